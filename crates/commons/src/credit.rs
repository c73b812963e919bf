//! Credit on the hub: trusted use of public works, flowing to what they build upon.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::str::FromStr;
use std::sync::Arc;

use seedcorn_core::credit::{
    self, Derivation, Explanation, Flow, Graph, Kind, Left, Passing, Use, UseOfOne, Vouching, faded, seeds,
    trust,
};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::lineage::Parent;
use seedcorn_core::time::Time;
use seedcorn_core::usage::Day;
use seedcorn_db::repos::{self, Repo};
use seedcorn_db::usage::{self, Used};
use seedcorn_db::{Tx, credit as rows};
use tokio::sync::Mutex;

use crate::access::{Grant, See};
use crate::{Commons, Refusal, Result, compute, list};

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
    /// Derivations that carry nothing.
    pub left: Left,
    /// What names each work: a repo's id, or how others name what is not here.
    names: Vec<Name>,
    numbers: HashMap<String, u32>,
    graph: Graph,
    flow: Flow,
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
    compute(move || read.flow(at)).await?
}

/// An amount of credit that a work has from, or gives to, another.
#[derive(Debug)]
pub struct Amount {
    /// The other work; `None` for works that the reader may not see.
    pub work: Option<Told>,
    /// Units.
    pub units: u64,
}

/// A work as it is told.
#[derive(Debug)]
pub enum Told {
    /// A repo of this hub.
    Here(Box<Repo>),
    /// As others name it.
    Elsewhere(Parent),
}

/// What the credit of one work is made of.
#[derive(Debug)]
pub struct Share {
    /// When it was computed.
    pub at: Time,
    /// Members whose use of anything counts.
    pub users: usize,
    /// What is seeded in all.
    pub seeded: u64,
    /// By its own use.
    pub seed: u64,
    /// All that reaches it.
    pub reached: u64,
    /// What it keeps.
    pub keeps: u64,
    /// By works that build upon it, the most first.
    pub from: Vec<Amount>,
    /// To works that it builds upon, the most first.
    pub to: Vec<Amount>,
    /// The works whose use what it keeps began with, the most first.
    pub sources: Vec<Amount>,
}

/// What the credit of a work is made of; none for a work that is not public, or that came since it was computed.
pub async fn of(commons: &Commons, grant: &Grant<See>) -> Result<Option<Share>> {
    let credit = current(commons).await?;
    let Some(work) = credit.numbers.get(grant.repo().id.as_str()).copied() else { return Ok(None) };
    let (explained, reached) = {
        let credit = credit.clone();
        compute(move || {
            let reached = credit.flow.reached(&credit.graph, work);
            (credit::explain(&credit.graph, &credit.flow, work), reached)
        })
        .await?
    };
    let Explanation { seed, from, to, keeps, sources } = explained;
    let cut = |mut list: Vec<credit::Inflow>| {
        list.truncate(limits::CREDIT_LINES_MAX);
        list
    };
    let lists = [cut(from), cut(to), cut(sources)];
    let ids: BTreeSet<&RepoId> = lists
        .iter()
        .flatten()
        .filter_map(|one| match &credit.names[one.work as usize] {
            Name::Here(repo) => Some(repo),
            Name::Elsewhere(_) => None,
        })
        .collect();
    let ids: Vec<RepoId> = ids.into_iter().cloned().collect();
    let (mine, all) = list::sees(grant.actor());
    let seen = repos::list_seen_by_id(&mut commons.db.look().await?, &ids, &mine, all).await?;
    let seen: BTreeMap<&str, &Repo> = seen.iter().map(|repo| (repo.id.as_str(), repo)).collect();
    let told = |one: &credit::Inflow| Amount {
        work: match &credit.names[one.work as usize] {
            Name::Elsewhere(parent) => Some(Told::Elsewhere(parent.clone())),
            Name::Here(id) => seen.get(id.as_str()).map(|repo| Told::Here(Box::new((*repo).clone()))),
        },
        units: one.amount,
    };
    let [from, to, sources] = lists.map(|list| list.iter().map(told).collect());
    let Credit { at, users, seeded, .. } = *credit;
    Ok(Some(Share { at, users, seeded, seed, reached, keeps, from, to, sources }))
}

/// All that credit is computed from.
struct Read {
    works: Vec<rows::Work>,
    derivations: Vec<rows::Derivation>,
    memberships: Vec<rows::Membership>,
    used: Vec<Used>,
    vouchings: Vec<(String, String)>,
    seats: Vec<usage::Seat>,
    /// Who has the names that stand before works which are not here, or are hidden: `elsewhere/…` and an id.
    owners: BTreeMap<String, String>,
    today: Day,
}

impl Read {
    async fn all(tx: &mut Tx, today: Day) -> Result<Read> {
        let mut read = Read {
            works: Vec::new(),
            derivations: Vec::new(),
            memberships: rows::memberships(tx).await?,
            used: Vec::new(),
            vouchings: usage::vouchings(tx).await?,
            seats: usage::seats(tx).await?,
            owners: BTreeMap::new(),
            today,
        };
        loop {
            let behind = read.works.last().map(|work| work.id.clone()).unwrap_or_default();
            let page = rows::works(tx, &behind, limits::CREDIT_PAGE).await?;
            let ends = (page.len() as i64) < limits::CREDIT_PAGE;
            read.works.extend(page);
            if ends {
                break;
            }
        }
        loop {
            let behind = read.derivations.last().cloned().unwrap_or_default();
            let page = rows::derivations(tx, &behind, limits::CREDIT_PAGE).await?;
            let ends = (page.len() as i64) < limits::CREDIT_PAGE;
            read.derivations.extend(page);
            if ends {
                break;
            }
        }
        let folded: BTreeSet<String> = read
            .derivations
            .iter()
            .filter_map(|row| Some(elsewhere(&row.parent).strip_prefix("elsewhere/")?.to_ascii_lowercase()))
            .collect();
        for page in folded.into_iter().collect::<Vec<_>>().chunks(limits::CREDIT_PAGE as usize) {
            let found = rows::owners(tx, page).await?;
            read.owners.extend(found.into_iter().map(|(name, id)| (format!("elsewhere/{name}"), id)));
        }
        let from = Day(today.0 - limits::USAGE_DAYS_MAX);
        loop {
            let none = Used { who: String::new(), repo: String::new(), day: i64::MIN };
            let behind = read.used.last().cloned().unwrap_or(none);
            let page = usage::by_members(tx, from, &behind, limits::CREDIT_PAGE).await?;
            let ends = (page.len() as i64) < limits::CREDIT_PAGE;
            read.used.extend(page);
            if ends {
                return Ok(read);
            }
        }
    }

    fn flow(self, at: Time) -> Result<Credit> {
        let mut controllers = Controllers::of(&self.memberships);
        let mut owners: Vec<&str> = self.works.iter().map(|work| work.namespace.as_str()).collect();
        let mut names: Vec<Name> = Vec::new();
        let mut facts: Vec<(u32, i64)> = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        for work in &self.works {
            numbers.insert(work.id.clone(), names.len() as u32);
            names.push(Name::Here(RepoId(work.id.clone())));
            facts.push((controllers.number(&work.namespace), work.created));
        }
        let mut derivations = Vec::new();
        for row in &self.derivations {
            let (Some(child), Ok(kind)) = (numbers.get(&row.child).copied(), Kind::from_str(&row.way)) else {
                continue;
            };
            let here = row.parent_repo.as_ref().and_then(|id| numbers.get(id)).copied();
            let parent = match here.or_else(|| numbers.get(&row.parent).copied()) {
                Some(parent) => parent,
                None => {
                    // What is hidden is not told by its bytes; by its name it is what anybody may say.
                    let Ok(parent) = row.parent.parse::<Parent>() else { continue };
                    let number = names.len() as u32;
                    numbers.insert(row.parent.clone(), number);
                    // Also what is hidden here is its owner's.
                    let owner = elsewhere(&row.parent);
                    let owner = self.owners.get(&owner).unwrap_or(&owner);
                    facts.push((controllers.number(owner), i64::MIN));
                    owners.push("");
                    names.push(Name::Elsewhere(parent));
                    number
                }
            };
            derivations.push(Derivation { child, parent, kind });
        }
        let ids: Vec<String> = names.iter().map(Name::text).collect();
        let works: Vec<credit::Work<'_>> = ids
            .iter()
            .zip(&facts)
            .map(|(id, (controller, created))| credit::Work {
                id,
                controller: *controller,
                created: *created,
            })
            .collect();
        let (graph, left) =
            Graph::build(&works, derivations, &Passing::default()).map_err(Refusal::broken)?;
        let uses = self.uses(&mut controllers, &numbers, (&facts, &owners));
        let users = uses.iter().filter(|one| one.trust > 0 && !one.works.is_empty()).count();
        let seeds = seeds(works.len(), POOL, &uses);
        let flow = credit::run(&graph, &seeds);
        Ok(Credit { at, users, seeded: seeds.iter().sum(), left, names, numbers, graph, flow })
    }

    /// What each member used, with how far they are trusted.
    fn uses(
        &self,
        controllers: &mut Controllers,
        numbers: &HashMap<String, u32>,
        (facts, owners): (&[(u32, i64)], &[&str]),
    ) -> Vec<Use> {
        let trusted = self.trusted();
        let mut groups: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for row in &self.memberships {
            groups.entry(&row.member).or_default().insert(&row.team);
        }
        let age = |day: i64| u32::try_from((self.today.0 - day).max(0)).unwrap_or(u32::MAX);
        let of_one = |all: &[Used]| {
            let who = all[0].who.as_str();
            let controller = controllers.number(who);
            let is_own = |work: u32| {
                facts[work as usize].0 == controller
                    || groups.get(who).is_some_and(|groups| groups.contains(owners[work as usize]))
            };
            let mut active: BTreeSet<i64> = BTreeSet::new();
            let mut works = Vec::new();
            for one in all.chunk_by(|a, b| a.repo == b.repo) {
                let Some(work) = numbers.get(&one[0].repo).copied().filter(|work| !is_own(*work)) else {
                    continue;
                };
                active.extend(one.iter().map(|used| used.day));
                works.push(UseOfOne {
                    work,
                    controller: facts[work as usize].0,
                    days: faded(one.iter().map(|used| age(used.day)), HALF_LIFE_DAYS),
                });
            }
            Use {
                controller,
                trust: trusted.get(who).copied().unwrap_or_default(),
                days: faded(active.into_iter().map(age), HALF_LIFE_DAYS),
                works,
            }
        };
        self.used.chunk_by(|a, b| a.who == b.who).map(of_one).collect()
    }

    /// How far each member is trusted, in millionths.
    fn trusted(&self) -> BTreeMap<&str, u32> {
        let all: BTreeSet<&str> = self
            .vouchings
            .iter()
            .flat_map(|(by, of)| [by.as_str(), of.as_str()])
            .chain(self.seats.iter().map(|seat| seat.member.as_str()))
            .collect();
        let all: Vec<&str> = all.into_iter().collect();
        let number = |member: &str| all.binary_search(&member).map_or(u32::MAX, |n| n as u32);
        let vouchings: Vec<Vouching> =
            self.vouchings.iter().map(|(by, of)| Vouching { by: number(by), of: number(of) }).collect();
        let panels: Vec<Vec<u32>> = self
            .seats
            .chunk_by(|a, b| a.panel == b.panel)
            .map(|panel| panel.iter().map(|seat| number(&seat.member)).collect())
            .collect();
        let trusted = trust(all.len(), &vouchings, &panels);
        all.into_iter().zip(trusted).collect()
    }
}

impl Credit {
    /// What a work keeps; nothing for one that is not public.
    pub fn keeps(&self, work: &RepoId) -> u64 {
        self.numbers.get(work.as_str()).map_or(0, |work| self.flow.keeps(&self.graph, *work))
    }

    /// The works that keep most, so many of them, with what they keep.
    pub fn most(&self, limit: usize) -> Vec<(&Name, u64)> {
        let each = (0_u32..).zip(&self.names).map(|(work, name)| (name, self.flow.keeps(&self.graph, work)));
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

/// Who runs what: a group that one member alone runs is that member's.
struct Controllers {
    of_group: BTreeMap<String, String>,
    numbers: BTreeMap<String, u32>,
}

impl Controllers {
    fn of(memberships: &[rows::Membership]) -> Controllers {
        let of_group = memberships.chunk_by(|a, b| a.team == b.team).filter_map(|group| {
            let mut admins = group.iter().filter(|row| row.admin);
            match (admins.next(), admins.next()) {
                (Some(only), None) => Some((only.team.clone(), only.member.clone())),
                _ => None,
            }
        });
        Controllers { of_group: of_group.collect(), numbers: BTreeMap::new() }
    }

    fn number(&mut self, namespace: &str) -> u32 {
        let controller = self.of_group.get(namespace).map_or(namespace, String::as_str);
        let next = self.numbers.len() as u32;
        *self.numbers.entry(controller.to_owned()).or_insert(next)
    }
}

/// Who runs a work that is not here, as far as its name tells: the works of one account of another hub are one's.
fn elsewhere(parent: &str) -> String {
    match parent.split('/').collect::<Vec<_>>()[..] {
        [_, owner, _] => format!("elsewhere/{}", owner.to_ascii_lowercase()),
        _ => format!("elsewhere/{parent}"),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use seedcorn_core::repo::RepoKind;

    use super::*;
    use crate::access::authorize;
    use crate::{Opening, admin, demo, jobs, trust};

    async fn demo_hub(folder: &std::path::Path) -> Commons {
        let commons = Commons::open(Opening::within(folder, [9; 32]).await.unwrap()).await.unwrap();
        demo::seed(&commons).await.unwrap();
        while jobs::run_due(&commons).await.unwrap() > 0 {}
        commons
    }

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
        let commons = demo_hub(folder.path()).await;
        let all = current(&commons).await.unwrap();
        assert_eq!((all.users, all.seeded), (2, POOL));
        let kept: u64 = (0..all.names.len() as u32).map(|work| all.flow.keeps(&all.graph, work)).sum();
        assert_eq!(kept, POOL, "what is seeded comes out again");

        let tuned = share(&commons, RepoKind::Model, TUNED).await;
        assert!(tuned.seed > 0 && tuned.keeps > 0, "{tuned:?}");
        let given = named(&tuned.to)[BASE];
        let base = share(&commons, RepoKind::Model, BASE).await;
        assert_eq!(named(&base.from)[TUNED], given, "what one gives the other gets");
        assert_eq!(base.seed + base.from.iter().map(|one| one.units).sum::<u64>(), base.reached);
        assert_eq!(base.sources.iter().map(|one| one.units).sum::<u64>(), base.keeps);
        assert!(named(&base.sources).contains_key(TUNED), "{base:?}");
    }

    #[tokio::test]
    async fn only_trusted_use_of_others_works_counts() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo_hub(folder.path()).await;
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
