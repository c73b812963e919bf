//! Credit on the hub: trusted use of public works, flowing to what they build upon.

mod read;
mod share;
mod tables;

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::Arc;

use seedcorn_core::credit::{self, Flow, Graph, Versions};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::lineage::Parent;
use seedcorn_core::time::Time;
use seedcorn_core::usage::Day;
use tokio::sync::Mutex;

use read::Read;
pub(crate) use read::elsewhere;
pub use share::{Amount, Share, Told, of};
pub(crate) use tables::Drawn;
pub use tables::{Tables, tables};

use crate::{Commons, Result, compute};

/// What all use of a hub comes to, in units of credit: so many that rounding is nothing.
pub const POOL: u64 = 1_000_000_000_000;
/// Days after which a day of use counts for half.
pub const HALF_LIFE_DAYS: u32 = 365;

/// The credit of all public works, as it was at a moment.
#[derive(Debug)]
pub struct Credit {
    /// When it was computed.
    pub at: Time,
    /// Members whose use counts.
    pub users: usize,
    /// What is seeded in all: the pool, or nothing where nobody's use counts.
    pub seeded: u64,
    /// What names each work: a repo's id, or how others name what is not here.
    names: Vec<Name>,
    numbers: HashMap<String, u32>,
    /// Who controls each work, by number: through what is theirs credit passes as if it were one work.
    controllers: Vec<u32>,
    /// The works as they were one after the other: credit flows between these.
    versions: Versions,
    graph: Graph,
    flow: Flow,
    /// What other measures give, for comparison.
    others: Others,
}

/// What other measures give each work: no money follows them.
#[derive(Debug)]
struct Others {
    /// PageRank, of one.
    page_rank: Vec<f64>,
    /// The Shapley value of the lineage, in units; none where it takes too long.
    shapley: Option<Vec<f64>>,
}

impl Others {
    fn of(graph: &Graph, seeds: &[u64]) -> Others {
        let page_rank = credit::page_rank(graph, 0.85, 60);
        Others { page_rank, shapley: credit::shapley(graph, seeds, limits::SHAPLEY_STEPS_MAX) }
    }
}

/// What names a work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Name {
    /// A repo of this hub.
    Here(RepoId),
    /// As others name it.
    Elsewhere(Parent),
}

/// The credit that was computed last.
pub(crate) type Last = Arc<Mutex<Option<Arc<Credit>>>>;

/// The credit of all works as it was a while ago at most.
pub async fn current(commons: &Commons) -> Result<Arc<Credit>> {
    // Whoever comes meanwhile waits for the same.
    let mut last = commons.credit.lock().await;
    let is_fresh = |credit: &&Arc<Credit>| commons.now() < credit.at.plus_secs(limits::CREDIT_SECS);
    if let Some(credit) = last.as_ref().filter(is_fresh) {
        return Ok(credit.clone());
    }
    let credit = Arc::new(compute_now(commons).await?);
    *last = Some(credit.clone());
    Ok(credit)
}

/// The credit of all works as it is now.
pub async fn compute_now(commons: &Commons) -> Result<Credit> {
    let at = commons.now();
    let mut tx = commons.db.look().await?;
    let read = Read::all(&mut tx, Day::of(at)).await?;
    drop(tx);
    compute(move || read.prepare().flow(at)).await?
}

impl Credit {
    /// What a work keeps; nothing for one that is not public.
    pub fn keeps(&self, work: &RepoId) -> u64 {
        self.numbers.get(work.as_str()).map_or(0, |work| self.kept(*work))
    }

    /// What a work keeps, by its number: all its versions together.
    fn kept(&self, work: u32) -> u64 {
        self.versions.of_work(work).map(|version| self.flow.keeps(&self.graph, version)).sum()
    }

    /// The works that keep most, so many of them, with what they keep.
    pub fn most(&self, limit: usize) -> Vec<(&Name, u64)> {
        let each = (0_u32..).zip(&self.names).map(|(work, name)| (name, self.kept(work)));
        let mut all: Vec<(&Name, u64)> = each.filter(|(_, keeps)| *keeps > 0).collect();
        all.sort_by_key(|(_, keeps)| Reverse(*keeps));
        all.truncate(limit);
        all
    }
}

impl Name {
    /// The repo, if it is here.
    pub fn here(&self) -> Option<&RepoId> {
        match self {
            Name::Here(repo) => Some(repo),
            Name::Elsewhere(_) => None,
        }
    }

    /// A repo's id, or how others name it.
    pub fn text(&self) -> String {
        match self {
            Name::Here(repo) => repo.0.clone(),
            Name::Elsewhere(parent) => parent.to_string(),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use std::collections::BTreeMap;
    use std::path::Path;
    use std::sync::atomic::{AtomicI64, Ordering};

    use seedcorn_core::credit::Kind;
    use seedcorn_core::lineage::State;
    use seedcorn_core::repo::RepoKind;
    use seedcorn_core::usage::Sort;
    use seedcorn_db::members;
    use seedcorn_db::repos::{self, Named};
    use seedcorn_db::usage::{self as rows, Taken};

    use super::*;
    use crate::access::{Grant, Propose, authorize};
    use crate::{Clock, Opening, Refusal, admin, demo, jobs, publish, repo, trust, usage};

    async fn share(commons: &Commons, kind: RepoKind, name: &str) -> Share {
        let grant = authorize(commons, None, kind, name).await.unwrap();
        of(commons, &grant).await.unwrap().unwrap()
    }

    fn named(all: &[Amount]) -> BTreeMap<String, u64> {
        let name = |one: &Amount| match &one.work {
            Some(Told::Here(repo)) => repo.full_name(),
            Some(Told::Elsewhere(parent)) => parent.to_string(),
            None => "?".to_owned(),
        };
        all.iter().map(|one| (name(one), one.units)).collect()
    }

    const BASE: &str = "acorn-lab/acorn-tiny";
    const TUNED: &str = "field-notes/acorn-tiny-notes";

    #[tokio::test]
    async fn credit_flows_from_what_is_used_to_what_it_was_made_from() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let all = current(&commons).await.unwrap();
        assert_eq!((all.users, all.seeded), (2, POOL));
        let kept: u64 = (0..all.names.len() as u32).map(|work| all.kept(work)).sum();
        assert_eq!(kept, POOL, "what is seeded comes out again");

        let tuned = share(&commons, RepoKind::Model, TUNED).await;
        assert!(tuned.seed > 0 && tuned.keeps > 0, "{tuned:?}");
        let given = named(&tuned.to)[BASE];
        let base = share(&commons, RepoKind::Model, BASE).await;
        assert_eq!(named(&base.from)[TUNED], given, "what one gives the other gets");
        assert_eq!(base.seed + base.from.iter().map(|one| one.units).sum::<u64>(), base.reached);
        assert_eq!(base.sources.iter().map(|one| one.units).sum::<u64>(), base.keeps);
        assert!(named(&base.sources).contains_key(TUNED), "{base:?}");
        // For comparison alone.
        assert!(base.page_rank > 0.0 && base.page_rank < 1.0, "{base:?}");
        assert!(base.shapley.is_some_and(|value| value > 0.0 && value < 1.0), "{base:?}");
    }

    /// A hub with the demo's works, and its clock.
    async fn hub_with_a_clock(folder: &Path) -> (Commons, Arc<AtomicI64>) {
        let clock = Arc::new(AtomicI64::new(1_767_355_200_000_000));
        let opening = Opening::within(folder, [9; 32]).await.unwrap();
        let commons = Commons::open(Opening { clock: Clock::Set(clock.clone()), ..opening }).await.unwrap();
        demo::seed(&commons).await.unwrap();
        (commons, clock)
    }

    #[tokio::test]
    async fn what_is_taken_up_later_has_credit_from_then_on() {
        const DAY: i64 = 86_400_000_000;
        let folder = tempfile::tempdir().unwrap();
        let (commons, clock) = hub_with_a_clock(folder.path()).await;
        let settle = async || while jobs::run_due(&commons).await.unwrap() > 0 {};
        settle().await;
        // The base is older than what was made from it, and takes that up.
        clock.fetch_add(5 * DAY, Ordering::SeqCst);
        let keeper = admin::act_as(&commons, "demo-keeper").await.unwrap();
        let grant: Grant<Propose> = authorize(&commons, Some(&keeper), RepoKind::Model, BASE).await.unwrap();
        let card = format!("---\nlicense: apache-2.0\nbase_model: {TUNED}\n---\n# Anew\n");
        publish::whole(&commons, &grant, "From the tuned one", vec![("README.md".into(), card.into_bytes())])
            .await
            .unwrap();
        settle().await;
        let base = async || {
            let grant = authorize(&commons, None, RepoKind::Model, BASE).await.unwrap();
            *commons.credit.lock().await = None;
            of(&commons, &grant).await.unwrap().unwrap()
        };
        let before = base().await;
        assert!(!named(&before.to).contains_key(TUNED), "what was used was another version: {before:?}");
        assert!(named(&before.from).contains_key(TUNED), "{before:?}");

        clock.fetch_add(DAY, Ordering::SeqCst);
        let student = admin::act_as(&commons, "demo-student").await.unwrap();
        let mut tx = commons.db.write().await.unwrap();
        let who = members::find(&mut tx, &student.name).await.unwrap().unwrap().id.to_string();
        let Named::Repo(repo) = repos::find(&mut tx, RepoKind::Model, BASE).await.unwrap() else { panic!() };
        let taken = Taken {
            repo: repo.id.clone(),
            day: Day::of(commons.now()),
            who,
            sort: Sort::Member.word(),
            requests: 1,
            bytes: 64 << 20,
        };
        rows::add(&mut tx, &taken).await.unwrap();
        tx.commit().await.unwrap();
        clock.fetch_add(3 * DAY, Ordering::SeqCst);
        usage::sum_up(&commons).await.unwrap();
        let after = base().await;
        assert!(named(&after.to)[TUNED] > 0, "what is used now builds upon it: {after:?}");
        assert!(named(&after.from).contains_key(TUNED), "as what it was builds upon that: {after:?}");
        assert!(after.to.iter().any(|one| one.ways == [(Kind::Finetune, State::Declared)]), "{after:?}");
        assert!(after.from.iter().all(|one| !one.ways.is_empty()), "{after:?}");
        let all = current(&commons).await.unwrap();
        let kept: u64 = (0..all.names.len() as u32).map(|work| all.kept(work)).sum();
        assert_eq!(kept, POOL, "what is seeded comes out again");
    }

    #[tokio::test]
    async fn what_is_named_before_it_comes_keeps_what_it_had_and_nobody_learns_of_what_is_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let (commons, clock) = hub_with_a_clock(folder.path()).await;
        let settle = async || while jobs::run_due(&commons).await.unwrap() > 0 {};
        settle().await;
        let keeper = admin::act_as(&commons, "demo-keeper").await.unwrap();
        let make = async |name: &str, private| {
            let new = repo::NewRepo {
                kind: RepoKind::Model,
                owner: Some("acorn-lab".into()),
                name: name.into(),
                private: Some(private),
                sdk: String::new(),
            };
            repo::create(&commons, &keeper, new).await.unwrap();
            settle().await;
        };
        make("secret", true).await;
        let grant: Grant<Propose> = authorize(&commons, Some(&keeper), RepoKind::Model, TUNED).await.unwrap();
        let card = "---\nlicense: apache-2.0\nbase_model: [acorn-lab/secret, acorn-lab/later]\n---\n# Anew\n";
        let files = vec![("README.md".into(), card.as_bytes().to_vec())];
        publish::whole(&commons, &grant, "From others", files).await.unwrap();
        settle().await;
        let tuned = async || {
            *commons.credit.lock().await = None;
            share(&commons, RepoKind::Model, TUNED).await
        };
        let before = tuned().await;
        let told = |share: &Share, name: &str| {
            let line =
                share.to.iter().find(|one| named(std::slice::from_ref(one)).contains_key(name)).unwrap();
            (line.units, line.ways.clone())
        };
        let (secret, later) =
            (told(&before, "models/acorn-lab/secret"), told(&before, "models/acorn-lab/later"));
        assert_eq!(secret.1, later.1, "what is hidden is told as what is not there");
        assert!(later.0 > 0 && secret.0.abs_diff(later.0) <= 1);

        // The work of that name comes: what was used before is owed to the name as it was.
        clock.fetch_add(86_400_000_000, Ordering::SeqCst);
        make("later", false).await;
        let after = tuned().await;
        let part = |share: &Share| told(share, "models/acorn-lab/later").0 as f64 / share.reached as f64;
        assert!((part(&after) - part(&before)).abs() < 1e-9, "{after:?}");
    }

    #[tokio::test]
    async fn whoever_has_the_tables_computes_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let all = current(&commons).await.unwrap();
        let Tables { nodes, edges, seeds } = tables(&commons).await.unwrap();
        let ids: Vec<&str> = nodes.lines().skip(1).map(|line| line.split(',').next().unwrap()).collect();
        let number = |id: &str| ids.iter().position(|known| *known == id).unwrap() as u32;
        let works: Vec<credit::Work<'_>> = nodes
            .lines()
            .skip(1)
            .map(|line| {
                let cells: Vec<&str> = line.split(',').collect();
                credit::Work {
                    id: cells[0],
                    controller: cells[2].parse().unwrap(),
                    created: cells[3].parse().unwrap(),
                }
            })
            .collect();
        let derivations = edges.lines().skip(1).map(|line| {
            let cells: Vec<&str> = line.split(',').collect();
            let (child, parent) = (number(cells[0]), number(cells[1]));
            credit::Derivation { child, parent, kind: cells[2].parse().unwrap() }
        });
        let (graph, _) = Graph::build(&works, derivations.collect(), &credit::Passing::default()).unwrap();
        let mut amounts = vec![0; ids.len()];
        for line in seeds.lines().skip(1) {
            let (id, amount) = line.split_once(',').unwrap();
            amounts[number(id) as usize] = amount.parse().unwrap();
        }
        let flow = credit::run(&graph, &amounts);
        let keeps: u64 = (0..ids.len() as u32)
            .filter(|version| {
                nodes.lines().nth(*version as usize + 1).unwrap().contains(&format!("models/{BASE}"))
            })
            .map(|version| flow.keeps(&graph, version))
            .sum();
        let base = share(&commons, RepoKind::Model, BASE).await;
        assert_eq!(keeps, base.keeps, "to the unit: {nodes}");
        assert_eq!(amounts.iter().sum::<u64>(), all.seeded);
    }

    #[tokio::test]
    async fn only_trusted_use_of_others_works_counts() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let before = compute_now(&commons).await.unwrap();
        for panel in ["stewards", "readers"] {
            let seat = trust::panels(&commons).await.unwrap();
            let seat = seat.iter().find(|seat| seat.panel == panel).unwrap();
            assert!(trust::unseat(&commons, panel, &seat.name).await.unwrap());
        }
        let after = compute_now(&commons).await.unwrap();
        assert_eq!((before.seeded, after.seeded, after.users), (POOL, 0, 0), "nobody is trusted by nobody");

        assert!(trust::seat(&commons, "stewards", "demo-keeper").await.unwrap());
        assert!(!trust::seat(&commons, "stewards", "demo-keeper").await.unwrap());
        assert!(matches!(trust::seat(&commons, "No!", "demo-keeper").await, Err(Refusal::Invalid(_))));
        assert!(matches!(trust::seat(&commons, "x", "acorn-lab").await, Err(Refusal::NotFound(_))));
        let keeper = admin::act_as(&commons, "demo-keeper").await.unwrap();
        assert!(matches!(
            trust::vouch(&commons, &keeper, "demo-keeper", true).await,
            Err(Refusal::Invalid(_))
        ));
        for name in ["demo-reader", "demo-student"] {
            trust::vouch(&commons, &keeper, name, false).await.unwrap();
        }
        assert_eq!(compute_now(&commons).await.unwrap().users, 0, "whom the panel does not know");
        trust::vouch(&commons, &keeper, "demo-student", true).await.unwrap();
        let again = compute_now(&commons).await.unwrap();
        assert_eq!((again.users, again.seeded), (1, POOL));
        let student = admin::act_as(&commons, "demo-student").await.unwrap();
        assert!(trust::counts(&commons, &student).await.unwrap());
        trust::set_counts(&commons, &student, false).await.unwrap();
        assert_eq!(compute_now(&commons).await.unwrap().users, 0, "they want it to be forgotten");
        trust::set_counts(&commons, &student, true).await.unwrap();
        assert_eq!(compute_now(&commons).await.unwrap().users, 0, "and it is");
    }
}
