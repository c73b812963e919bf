//! The credit of one work: where it comes from, where it goes, and along which edges.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::credit::{self, Explanation, Kind};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::lineage::{Parent, State};
use seedcorn_core::time::Time;
use seedcorn_db::repos::{self, Repo};
use seedcorn_db::{Tx, lineage as rows};

use super::{Credit, Name, current};
use crate::access::{Grant, See};
use crate::{Commons, Result, compute, list};

/// An amount of credit that a work has from, or gives to, another.
#[derive(Debug)]
pub struct Amount {
    /// The other work; `None` for works that the reader may not see.
    pub work: Option<Told>,
    /// Units.
    pub units: u64,
    /// In which ways the younger of the two builds upon the older, and how that is known; of what began further away nothing.
    pub ways: Vec<(Kind, State)>,
    /// The works in between, in the order in which it passed them; of several ways those of the widest.
    pub along: Vec<Option<Told>>,
}

/// A work as it is told.
#[derive(Clone, Debug)]
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
    /// For comparison: what PageRank gives it, of one. Links alone can win it, and no money follows it.
    pub page_rank: f64,
    /// For comparison: what the Shapley value of the lineage gives it, of one. No money follows it either.
    pub shapley: Option<f64>,
}

/// What the credit of a work is made of; none for a work that is not public, or that came since it was computed.
pub async fn of(commons: &Commons, grant: &Grant<See>) -> Result<Option<Share>> {
    let credit = current(commons).await?;
    let Some(work) = credit.numbers.get(grant.repo().id.as_str()).copied() else { return Ok(None) };
    let versions = credit.versions.of_work(work);
    let explained = {
        let (credit, versions) = (credit.clone(), versions.clone());
        compute(move || credit::explain(&credit.graph, &credit.flow, versions)).await?
    };
    let Explanation { seed, from, to, keeps, sources } = explained;
    let reached = seed + from.iter().map(|one| one.amount).sum::<u64>();
    let near = |all: Vec<credit::Inflow>| {
        credit.by_work(all.into_iter().map(|one| (one.work, one.amount, Vec::new())).collect())
    };
    let far = |one: credit::Source| (one.work, one.amount, one.along);
    let mut lists = [near(from), near(to), credit.by_work(sources.into_iter().map(far).collect())];
    let told = Telling::of(commons, grant, (&credit, work), &mut lists).await?;
    let [from, to, sources] = lists;
    let amounts = |all: Vec<Line>, ways: &dyn Fn(u32) -> (u32, u32)| -> Vec<Amount> {
        let one = |line: Line| Amount {
            work: told.work(line.work),
            units: line.units,
            ways: told.ways(ways(line.work)),
            along: line.along.into_iter().map(|work| told.work(work)).collect(),
        };
        all.into_iter().map(one).collect()
    };
    let Credit { at, users, seeded, .. } = *credit;
    let sum = |values: &Vec<f64>| versions.clone().map(|version| values[version as usize]).sum::<f64>();
    let of_all = |units: f64| if seeded > 0 { units / seeded as f64 } else { 0.0 };
    Ok(Some(Share {
        at,
        users,
        seeded,
        seed,
        reached,
        keeps,
        from: amounts(from, &|other| (other, work)),
        to: amounts(to, &|other| (work, other)),
        sources: amounts(sources, &|other| (other, work)),
        page_rank: sum(&credit.others.page_rank),
        shapley: credit.others.shapley.as_ref().map(|values| of_all(sum(values))),
    }))
}

/// An amount, and the works that it came by: all by their numbers.
struct Line {
    work: u32,
    units: u64,
    along: Vec<u32>,
}

impl Credit {
    /// Amounts of versions by works, those of one work together, the most first, as many as are told.
    fn by_work(&self, all: Vec<(u32, u64, Vec<u32>)>) -> Vec<Line> {
        let mut works: BTreeMap<u32, Line> = BTreeMap::new();
        // The most comes first, so that the way of the most stays.
        for (version, amount, along) in all {
            let work = self.versions.work(version);
            let line = works.entry(work).or_insert_with(|| Line {
                work,
                units: 0,
                along: along
                    .iter()
                    .take(limits::CREDIT_ALONG_MAX)
                    .map(|version| self.versions.work(*version))
                    .collect(),
            });
            line.units += amount;
        }
        let mut lines: Vec<Line> = works.into_values().collect();
        lines.sort_by_key(|line| Reverse(line.units));
        lines.truncate(limits::CREDIT_LINES_MAX);
        lines
    }
}

/// Works by their numbers as somebody may see them, and what is known between them.
struct Telling<'a> {
    credit: &'a Credit,
    seen: BTreeMap<String, Repo>,
    /// By child and parent.
    ways: Ways,
}

type Ways = BTreeMap<(u32, u32), Vec<(Kind, State)>>;

impl Telling<'_> {
    async fn of<'a>(
        commons: &Commons,
        grant: &Grant<See>,
        (credit, own): (&'a Credit, u32),
        lists: &mut [Vec<Line>; 3],
    ) -> Result<Telling<'a>> {
        let mut tx = commons.db.look().await?;
        let mut ways = Ways::new();
        let children: BTreeSet<u32> = lists[0].iter().map(|line| line.work).chain([own]).collect();
        for (child, parent, way) in above(&mut tx, credit, &children).await? {
            ways.entry((child, parent)).or_default().push(way);
        }
        let mut left = SEARCHES_MAX;
        let [from, to, _] = lists;
        let from = from.iter_mut().map(|line| ((line.work, own), line));
        let to = to.iter_mut().map(|line| ((own, line.work), line));
        for (ends, line) in from.chain(to).filter(|(ends, _)| !ways.contains_key(ends)) {
            if left > 0 {
                left -= 1;
                line.along = through_own(&mut tx, credit, ends).await?;
            }
        }
        let here = |work: u32| credit.names[work as usize].here().cloned();
        let named = lists.iter().flatten().flat_map(|line| line.along.iter().chain([&line.work]));
        let named: BTreeSet<RepoId> = named.filter_map(|work| here(*work)).collect();
        let named: Vec<RepoId> = named.into_iter().collect();
        let (mine, all) = list::sees(grant.actor());
        let seen = repos::list_seen_by_id(&mut tx, &named, &mine, all).await?;
        let seen = seen.into_iter().map(|repo| (repo.id.0.clone(), repo)).collect();
        Ok(Telling { credit, seen, ways })
    }

    fn work(&self, work: u32) -> Option<Told> {
        match &self.credit.names[work as usize] {
            Name::Elsewhere(parent) => Some(Told::Elsewhere(parent.clone())),
            Name::Here(id) => self.seen.get(id.as_str()).map(|repo| Told::Here(Box::new(repo.clone()))),
        }
    }

    fn ways(&self, ends: (u32, u32)) -> Vec<(Kind, State)> {
        let mut ways = self.ways.get(&ends).cloned().unwrap_or_default();
        ways.sort_unstable_by_key(|(kind, state)| (kind.word(), state.word()));
        ways.dedup();
        ways
    }
}

/// Amounts that came through works of the same people, for which the way is looked for.
const SEARCHES_MAX: usize = 20;
/// Steps of such a way.
const STEPS_MAX: usize = 8;

/// What some works build upon as credit counts it: child, parent and how. By both names of a parent that is hidden: nobody learns that it is
/// here.
async fn above(
    tx: &mut Tx,
    credit: &Credit,
    children: &BTreeSet<u32>,
) -> Result<Vec<(u32, u32, (Kind, State))>> {
    let ids: Vec<RepoId> =
        children.iter().filter_map(|child| credit.names[*child as usize].here().cloned()).collect();
    let mut all = Vec::new();
    for row in rows::above(tx, &ids, limits::LINEAGE_EDGES_MAX).await? {
        let state = State::from_word(&row.state);
        let (Ok(kind), Some(state)) = (row.way.parse(), state) else { continue };
        let Some(child) = credit.numbers.get(row.child.as_str()).copied() else { continue };
        if state == State::Inferred {
            continue;
        }
        let named = [row.parent_repo, Some(row.parent)].into_iter().flatten();
        let parents: BTreeSet<u32> = named.filter_map(|name| credit.numbers.get(&name).copied()).collect();
        all.extend(parents.into_iter().map(|parent| (child, parent, (kind, state))));
    }
    Ok(all)
}

/// The works between two that are all of whoever controls the first: through these credit passes as if they were one.
async fn through_own(tx: &mut Tx, credit: &Credit, (child, parent): (u32, u32)) -> Result<Vec<u32>> {
    let controller = credit.controllers[child as usize];
    let mut came: BTreeMap<u32, u32> = BTreeMap::new();
    let mut front = BTreeSet::from([child]);
    for _ in 0..STEPS_MAX {
        let mut next = BTreeSet::new();
        for (from, to, _) in above(tx, credit, &front).await? {
            if to == parent {
                let mut way = Vec::new();
                let mut at = from;
                while at != child {
                    way.push(at);
                    at = came[&at];
                }
                way.reverse();
                return Ok(way);
            }
            if credit.controllers[to as usize] == controller && to != child && !came.contains_key(&to) {
                came.insert(to, from);
                next.insert(to);
            }
        }
        if next.is_empty() {
            break;
        }
        front = next;
    }
    Ok(Vec::new())
}
