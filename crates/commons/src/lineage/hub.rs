//! What a work of the hub builds upon and what builds upon it, told to each reader as far as they may see it.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use seedcorn_core::credit::Kind;
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::limits;
use seedcorn_core::lineage::{Bytes, Parent, State};
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::lineage::{self as rows, Derivation};
use seedcorn_db::repos::{self, Repo};

use super::marks::BUILD;
use crate::access::{Grant, See};
use crate::list;
use crate::{Commons, Result};

/// A work of a lineage: a repo here that the reader may see, or what has only a name.
#[derive(Debug)]
pub enum Work {
    /// A repo.
    Here(Box<Repo>),
    /// Of another hub, or anywhere, or here and hidden from the reader: as it is named.
    Elsewhere(Parent),
}

/// A work, and how many steps above (more than nothing) or below (less) the one that was asked for it is.
#[derive(Debug)]
pub struct Node {
    /// The work.
    pub work: Work,
    /// Steps.
    pub level: i32,
}

/// One work builds upon another: both by their places among the works.
#[derive(Debug)]
pub struct Edge {
    /// What was made.
    pub child: usize,
    /// What it was made from.
    pub parent: usize,
    /// How it is known.
    pub state: State,
    /// In which way.
    pub kind: Kind,
    /// When it was first seen.
    pub since: Time,
    /// The child's commit then.
    pub oid: String,
    /// The parent's commit then, if it was here.
    pub parent_oid: Option<String>,
    /// Since when it is no longer seen.
    pub gone: Option<Time>,
    /// Where it is said, or what was measured: a JSON text.
    pub says: String,
    /// What its parent is called where words are said of it.
    pub key: String,
    /// What those who run the two say of it, the oldest first.
    pub words: Vec<rows::Word>,
}

impl Edge {
    /// Whether somebody spoke against it.
    pub fn is_contested(&self) -> bool {
        self.words.iter().any(|word| word.contests)
    }
}

/// The works around one.
#[derive(Debug, Default)]
pub struct Lineage {
    /// Works; the first is the one that was asked for.
    pub nodes: Vec<Node>,
    /// What lies between them.
    pub edges: Vec<Edge>,
    /// Whether there are more than are told.
    pub more: bool,
}

/// How much of a lineage is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Reach {
    /// Steps to what it builds upon.
    pub up: usize,
    /// Steps to what builds upon it.
    pub down: usize,
    /// Works, at most [`limits::LINEAGE_NODES_MAX`].
    pub works: usize,
}

/// The works around one, step by step: at each what it builds upon, then what builds upon it.
pub async fn around(commons: &Commons, grant: &Grant<See>, reach: Reach) -> Result<Lineage> {
    let (mine, all) = list::sees(grant.actor());
    let mut walk = Walk {
        mine,
        all,
        works: reach.works.clamp(1, limits::LINEAGE_NODES_MAX),
        lineage: Lineage::default(),
        places: BTreeMap::new(),
        told: BTreeMap::new(),
    };
    walk.add(grant.repo().id.0.clone(), Work::Here(Box::new(grant.repo().clone())), 0);
    let mut tx = commons.db.look().await?;
    let steps = |steps: usize| i32::try_from(steps.min(limits::LINEAGE_DEPTH_MAX)).unwrap_or_default();
    let (up, down) = (steps(reach.up), steps(reach.down));
    let start = vec![grant.repo().id.clone()];
    let (mut above, mut below) = (start.clone(), start);
    // One step each way before the rest: what is next to a work is told before what is far from it.
    for step in 1..=up.max(down) {
        if step <= up && !above.is_empty() {
            let found = rows::above(&mut tx, &above, limits::LINEAGE_EDGES_MAX).await?;
            above = walk.take(&mut tx, found, step).await?;
        }
        if step <= down && !below.is_empty() {
            below = walk.descend(&mut tx, &below, -step).await?;
        }
    }
    walk.join(&mut tx).await?;
    walk.listen(&mut tx).await?;
    Ok(walk.lineage)
}

struct Walk {
    mine: Vec<NamespaceId>,
    all: bool,
    works: usize,
    lineage: Lineage,
    /// Places of works by their ids or names.
    places: BTreeMap<String, usize>,
    /// Derivations that are told, by child, parent, state and way: their places.
    told: BTreeMap<(usize, usize, State, Kind), usize>,
}

impl Walk {
    /// Tells derivations and the works at their other ends; gives back those of these that are here and new.
    async fn take(&mut self, tx: &mut Tx, found: Vec<Derivation>, level: i32) -> Result<Vec<RepoId>> {
        self.lineage.more |= found.len() as i64 >= limits::LINEAGE_EDGES_MAX;
        let up = level > 0;
        let ends: BTreeSet<&str> = found
            .iter()
            .filter_map(|row| if up { row.parent_repo.as_deref() } else { Some(row.child.as_str()) })
            .filter(|id| !self.places.contains_key(*id))
            .collect();
        let ends: Vec<RepoId> = ends.into_iter().map(|id| RepoId(id.to_owned())).collect();
        let mut seen = self.see(tx, &ends, up).await?;
        let mut next = Vec::new();
        for row in found {
            let (Some(state), Ok(kind)) = (State::from_word(&row.state), Kind::from_str(&row.way)) else {
                continue;
            };
            let here = if up { row.parent_repo.clone() } else { Some(row.child.0.clone()) };
            let other = match here {
                Some(id) if self.places.contains_key(&id) => self.places.get(&id).copied(),
                Some(id) => match seen.remove(&id) {
                    Some(repo) => {
                        let place = self.add(id.clone(), Work::Here(Box::new(repo)), level);
                        next.extend(place.map(|_| RepoId(id)));
                        place
                    }
                    None if up => self.elsewhere(&row, level),
                    None => None,
                },
                None => self.elsewhere(&row, level),
            };
            let own = if up {
                self.places.get(row.child.as_str())
            } else {
                row.parent_repo.as_ref().and_then(|id| self.places.get(id))
            };
            if let (Some(own), Some(other)) = (own.copied(), other) {
                let (child, parent) = if up { (own, other) } else { (other, own) };
                self.tell(row, (child, parent), state, kind);
            }
        }
        Ok(next)
    }

    /// Tells what builds upon some works, a page at a time, until there is room for no more of them.
    async fn descend(&mut self, tx: &mut Tx, parents: &[RepoId], level: i32) -> Result<Vec<RepoId>> {
        let mut next = Vec::new();
        let mut left = limits::LINEAGE_EDGES_MAX;
        let mut behind: Option<Derivation> = None;
        loop {
            let page = limits::LINEAGE_PAGE.min(left);
            let found = rows::below(tx, parents, behind.as_ref(), page).await?;
            left -= found.len() as i64;
            let is_last = (found.len() as i64) < page;
            behind = found.last().cloned();
            next.extend(self.take(tx, found, level).await?);
            if is_last {
                return Ok(next);
            }
            if left <= 0 || (self.lineage.more && self.lineage.nodes.len() >= self.works) {
                self.lineage.more = true;
                return Ok(next);
            }
        }
    }

    /// Tells what lies between works that are told: also between those of the last step, and those that were cut off.
    async fn join(&mut self, tx: &mut Tx) -> Result<()> {
        let here = self.lineage.nodes.iter().filter_map(|node| match &node.work {
            Work::Here(repo) => Some(repo.id.clone()),
            Work::Elsewhere(_) => None,
        });
        let here: Vec<RepoId> = here.collect();
        for row in rows::above(tx, &here, limits::LINEAGE_EDGES_MAX).await? {
            let child = self.places.get(row.child.as_str()).copied();
            let parent = row.parent_repo.as_ref().and_then(|id| self.places.get(id)).copied();
            let (Some(state), Ok(kind)) = (State::from_word(&row.state), Kind::from_str(&row.way)) else {
                continue;
            };
            if let (Some(child), Some(parent)) = (child, parent) {
                self.tell(row, (child, parent), state, kind);
            }
        }
        Ok(())
    }

    /// Works that the reader may see, by their ids. Of those that build upon others the rest is left once they are more than there is
    /// room for. That there are more is told of works that may be seen alone.
    async fn see(&self, tx: &mut Tx, ids: &[RepoId], up: bool) -> Result<BTreeMap<String, Repo>> {
        let mut seen = BTreeMap::new();
        for part in ids.chunks(limits::LINEAGE_NODES_MAX) {
            if !up && self.lineage.nodes.len() + seen.len() > self.works {
                break;
            }
            let found = repos::list_seen_by_id(tx, part, &self.mine, self.all).await?;
            seen.extend(found.into_iter().map(|repo| (repo.id.0.clone(), repo)));
        }
        Ok(seen)
    }

    /// A work that is not here, or that the reader may not see: by the name that the child gives it. What only the hub knows of
    /// a hidden work is not told.
    fn elsewhere(&mut self, row: &Derivation, level: i32) -> Option<usize> {
        let parent: Parent = row.parent.parse().ok()?;
        match self.places.get(&row.parent) {
            Some(place) => Some(*place),
            None => self.add(row.parent.clone(), Work::Elsewhere(parent), level),
        }
    }

    fn add(&mut self, key: String, work: Work, level: i32) -> Option<usize> {
        if self.lineage.nodes.len() >= self.works {
            self.lineage.more = true;
            return None;
        }
        let place = self.lineage.nodes.len();
        self.lineage.nodes.push(Node { work, level });
        self.places.insert(key, place);
        Some(place)
    }

    fn tell(&mut self, row: Derivation, (child, parent): (usize, usize), state: State, kind: Kind) {
        if child == parent {
            return;
        }
        let told = Edge {
            child,
            parent,
            state,
            kind,
            since: row.since,
            oid: row.oid.to_string(),
            // Of a work that the reader may not see nobody learns that it is here, nor its commit.
            parent_oid: row.parent_oid.filter(|_| matches!(self.lineage.nodes[parent].work, Work::Here(_))),
            gone: row.gone.map(Time),
            says: row.says,
            key: row.parent,
            words: Vec::new(),
        };
        // What is so is told before what is so no longer, under whichever name.
        match self.told.get(&(child, parent, state, kind)).copied() {
            Some(place) if self.lineage.edges[place].gone.is_some() && told.gone.is_none() => {
                self.lineage.edges[place] = told;
            }
            Some(_) => {}
            None => {
                self.told.insert((child, parent, state, kind), self.lineage.edges.len());
                self.lineage.edges.push(told);
            }
        }
    }

    /// Adds what people say of the derivations of the first work.
    async fn listen(&mut self, tx: &mut Tx) -> Result<()> {
        let children: BTreeSet<RepoId> = self
            .lineage
            .edges
            .iter()
            .filter(|edge| edge.child == 0 || edge.parent == 0)
            .filter_map(|edge| match &self.lineage.nodes[edge.child].work {
                Work::Here(repo) => Some(repo.id.clone()),
                Work::Elsewhere(_) => None,
            })
            .collect();
        let children: Vec<RepoId> = children.into_iter().collect();
        for word in rows::words(tx, &children, TALK).await? {
            let Some(child) = self.places.get(word.child.as_str()) else { continue };
            let of = |edge: &&mut Edge| edge.child == *child && edge.key == word.parent;
            self.lineage.edges.iter_mut().filter(of).for_each(|edge| edge.words.push(word.clone()));
        }
        Ok(())
    }
}

/// How much of what is said is told.
const TALK: (i64, i64) = (limits::LINEAGE_TALK_SHOWN, limits::LINEAGE_TALK_MAX);

/// What of a model is new: its tensors, and those of them that no public model of another owner had before.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Novelty {
    /// Tensors that speak for where they are from, and their bytes.
    pub all: Bytes,
    /// Those of them that are new.
    pub new: Bytes,
}

/// How many works a work builds upon directly, and how many build upon it that everybody may see.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Direct {
    /// Works that it builds upon.
    pub parents: usize,
    /// Works that build upon it.
    pub children: usize,
}

/// How many works are next to a work, each way; [`limits::LINEAGE_COUNTED_MAX`] stands for that many or more.
pub async fn direct(commons: &Commons, grant: &Grant<See>) -> Result<Direct> {
    let mut tx = commons.db.look().await?;
    let (parents, children) = rows::direct(&mut tx, &grant.repo().id, limits::LINEAGE_COUNTED_MAX).await?;
    let whole = |figure: i64| usize::try_from(figure).unwrap_or_default();
    Ok(Direct { parents: whole(parents), children: whole(children) })
}

/// What of a model is new; none where it has no tensors that were traced.
pub async fn novelty(commons: &Commons, grant: &Grant<See>) -> Result<Option<Novelty>> {
    let repo = grant.repo();
    let found = rows::novelty(&mut commons.db.look().await?, &repo.id, &repo.namespace, BUILD).await?;
    let whole = |figure: i64| u64::try_from(figure).unwrap_or_default();
    let novelty = found.map(|found| Novelty {
        all: Bytes { count: whole(found.tensors), bytes: whole(found.bytes) },
        new: Bytes { count: whole(found.new_tensors), bytes: whole(found.new_bytes) },
    });
    Ok(novelty.filter(|novelty| novelty.all.count > 0))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use seedcorn_core::repo::RepoKind;

    use super::*;
    use crate::access::{Admin, Level, authorize};
    use crate::repo::Settings;
    use crate::{admin, demo, jobs, lineage, repo};

    async fn grant<L: Level>(commons: &Commons, name: &str, who: Option<&str>) -> Grant<L> {
        let actor = match who {
            Some(who) => Some(admin::act_as(commons, who).await.unwrap()),
            None => None,
        };
        authorize(commons, actor.as_ref(), RepoKind::Model, name).await.unwrap()
    }

    const WIDE: Reach = Reach { up: 9, down: 9, works: 100 };

    /// State and way of every derivation, and the names of its works.
    fn told(lineage: &Lineage) -> Vec<String> {
        let name = |node: &Node| match &node.work {
            Work::Here(repo) => repo.full_name(),
            Work::Elsewhere(parent) => format!("({parent})"),
        };
        let line = |edge: &Edge| {
            let (child, parent) = (&lineage.nodes[edge.child], &lineage.nodes[edge.parent]);
            format!("{} {} {} <- {}", edge.state.word(), edge.kind, name(parent), name(child))
        };
        let mut lines: Vec<String> = lineage.edges.iter().map(line).collect();
        lines.sort();
        lines
    }

    #[tokio::test]
    async fn what_is_said_and_what_is_there_are_both_told() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let tuned = grant::<See>(&commons, "field-notes/acorn-tiny-notes", None).await;
        let lineage = around(&commons, &tuned, Reach { up: 1, down: 0, ..WIDE }).await.unwrap();
        let lines = told(&lineage);
        let (base, own) = ("acorn-lab/acorn-tiny", "field-notes/acorn-tiny-notes");
        for state in ["declared", "measured"] {
            let line = format!("{state} finetune {base} <- {own}");
            assert!(lines.contains(&line), "{line}: {lines:#?}");
        }
        assert!(!lines.iter().any(|line| line.starts_with("inferred")), "{lines:#?}");
        let measured = lineage.edges.iter().find(|edge| edge.state == State::Measured).unwrap();
        assert!(measured.says.contains("per_mille") && measured.parent_oid.is_some(), "{measured:?}");
        let novelty = novelty(&commons, &tuned).await.unwrap().unwrap();
        assert!(novelty.new.bytes < novelty.all.bytes / 2, "most of its tensors are another's: {novelty:?}");

        let base = grant::<See>(&commons, base, None).await;
        let below = told(&around(&commons, &base, Reach { up: 0, ..WIDE }).await.unwrap());
        assert!(
            below.contains(
                &"measured finetune acorn-lab/acorn-tiny <- field-notes/acorn-tiny-notes".to_owned()
            )
        );
        let few = around(&commons, &base, Reach { works: 2, ..WIDE }).await.unwrap();
        assert_eq!((few.nodes.len(), few.more), (2, true));
    }

    #[tokio::test]
    async fn rows_of_others_are_known_again() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let (kind, name) = (RepoKind::Dataset, "demo-student/garden-more");
        let student = admin::act_as(&commons, "demo-student").await.unwrap();
        let sdk = String::new();
        let new = repo::NewRepo { kind, owner: None, name: "garden-more".into(), private: Some(false), sdk };
        repo::create(&commons, &student, new).await.unwrap();
        let all = demo::repos();
        let garden = all.iter().find(|one| one.name == "garden-observations").unwrap();
        let rows = &garden.commits[0].files.iter().find(|(path, _)| path.contains("train")).unwrap().1;
        let more = [rows.as_slice(), &[7; 50_000]].concat();
        let grant = authorize(&commons, Some(&student), kind, name).await.unwrap();
        let files = vec![("more/all.parquet".to_owned(), more)];
        crate::publish::whole(&commons, &grant, "Add the rows", files).await.unwrap();
        while jobs::run_due(&commons).await.unwrap() > 0 {}
        let see: Grant<See> = authorize(&commons, None, kind, name).await.unwrap();
        let around = around(&commons, &see, Reach { up: 1, down: 0, ..WIDE }).await.unwrap();
        let lines = told(&around);
        assert_eq!(lines, [format!("measured dataset field-notes/garden-observations <- {name}")]);
        assert!(around.edges[0].says.contains("of_chunks"), "{:?}", around.edges[0]);
        // It does not say so: both owners are told, and nobody else.
        let keeper = admin::act_as(&commons, "demo-keeper").await.unwrap();
        for (actor, owner) in [(&student, "demo-student"), (&keeper, "field-notes")] {
            let told = lineage::unnamed(&commons, actor, owner).await.unwrap();
            let told: Vec<String> = told.iter().map(|one| one.child.full_name()).collect();
            assert_eq!(told, [name], "{owner}");
        }
        for (actor, owner) in [(&student, "field-notes"), (&keeper, "demo-student"), (&keeper, "acorn-lab")] {
            assert!(lineage::unnamed(&commons, actor, owner).await.unwrap().is_empty(), "{owner}");
        }
        let novelty = novelty(&commons, &see).await.unwrap().unwrap();
        assert!(novelty.new.bytes > 0 && novelty.new.bytes < novelty.all.bytes / 2, "{novelty:?}");
    }

    #[tokio::test]
    async fn nobody_learns_of_what_is_hidden() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let (base, tuned) = ("acorn-lab/acorn-tiny", "field-notes/acorn-tiny-notes");
        let hide = |private| Settings { private: Some(private), gated: None };
        repo::set(&commons, &grant::<Admin>(&commons, base, Some("demo-keeper")).await, hide(true))
            .await
            .unwrap();
        let see = grant::<See>(&commons, tuned, None).await;
        let reach = Reach { up: 1, down: 0, ..WIDE };
        for round in ["before the jobs", "after them"] {
            let lines = told(&around(&commons, &see, reach).await.unwrap());
            // The card says so to everybody; that its bytes are there nobody says.
            let declared = format!("declared finetune (models/{base}) <- {tuned}");
            assert!(lines.contains(&declared), "{round}: {lines:#?}");
            assert!(!lines.iter().any(|line| line.starts_with("measured")), "{round}: {lines:#?}");
            let found = around(&commons, &see, reach).await.unwrap();
            let hidden = |edge: &&Edge| matches!(found.nodes[edge.parent].work, Work::Elsewhere(_));
            assert!(
                found.edges.iter().filter(hidden).all(|edge| edge.parent_oid.is_none()),
                "{round}: its commit is told"
            );
            while jobs::run_due(&commons).await.unwrap() > 0 {}
        }
        let keeper = grant::<See>(&commons, tuned, Some("demo-keeper")).await;
        let lines = told(&around(&commons, &keeper, reach).await.unwrap());
        assert!(lines.contains(&format!("declared finetune {base} <- {tuned}")), "{lines:#?}");
        repo::set(&commons, &grant::<Admin>(&commons, tuned, Some("demo-keeper")).await, hide(true))
            .await
            .unwrap();
        repo::set(&commons, &grant::<Admin>(&commons, base, Some("demo-keeper")).await, hide(false))
            .await
            .unwrap();
        let see = grant::<See>(&commons, base, None).await;
        let below = told(&around(&commons, &see, Reach { up: 0, ..WIDE }).await.unwrap());
        assert!(!below.iter().any(|line| line.contains(tuned)), "{below:#?}");
    }

    #[tokio::test]
    async fn those_who_run_either_speak_of_it() {
        let folder = tempfile::tempdir().unwrap();
        let commons = demo::hub(folder.path()).await;
        let name = "field-notes/acorn-tiny-notes";
        let stranger = grant::<See>(&commons, name, None).await;
        let keeper = grant::<See>(&commons, name, Some("demo-keeper")).await;
        let key = "models/acorn-lab/acorn-tiny";
        assert!(lineage::say(&commons, &stranger, key, true, "No.").await.is_err());
        assert!(lineage::say(&commons, &keeper, "models/no/body", true, "No.").await.is_err());
        assert!(lineage::say(&commons, &keeper, key, true, "  ").await.is_err());
        lineage::say(&commons, &keeper, key, true, "It was trained apart.").await.unwrap();
        lineage::say(&commons, &keeper, key, false, "Its embeddings are ours.").await.unwrap();
        for n in 0..limits::LINEAGE_TALK_EACH {
            let said = lineage::say(&commons, &keeper, key, true, &format!("Again {n}.")).await;
            assert_eq!(said.is_ok(), n < limits::LINEAGE_TALK_EACH - 2, "{n}");
        }
        let lineage = around(&commons, &stranger, Reach { up: 1, down: 0, ..WIDE }).await.unwrap();
        let contested: Vec<&Edge> = lineage.edges.iter().filter(|edge| edge.is_contested()).collect();
        assert_eq!(contested.len(), 1);
        let words: Vec<&str> = contested[0].words.iter().map(|word| word.words.as_str()).collect();
        assert_eq!(words.len() as i64, limits::LINEAGE_TALK_SHOWN, "the last of one side: {words:?}");
        assert_eq!(words.last(), Some(&"Again 47."));
    }
}
