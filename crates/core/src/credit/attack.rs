//! What it brings in to cheat with works and what they say: under the flow, and beside it under PageRank, which pays for links.

use std::collections::BTreeSet;

use serde::Serialize;

use super::compare::page_rank;
use super::flow::run;
use super::graph::{BadGraph, Derivation, Graph, Work};
use super::kind::{Kind, Passing};

/// Works that are made up.
const FAKES: usize = 1000;
/// Pieces that a work is cut into.
const PIECES: usize = 10;
/// The part of PageRank that goes on, and its rounds.
const GOES_ON: f64 = 0.85;
const ROUNDS: usize = 50;
/// Of a thousand units of what is seeded, those that are captured.
const CAPTURED: u64 = 10;

/// Works, what they build upon, and what was used.
#[derive(Clone, Copy, Debug)]
pub struct Commons<'a> {
    /// The works.
    pub works: &'a [Work<'a>],
    /// What builds upon what.
    pub derivations: &'a [Derivation],
    /// The seed of each work.
    pub seeds: &'a [u64],
}

/// An attack and what it brought in for whoever controls the work.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Attacked {
    /// Its name.
    pub attack: &'static str,
    /// What was done.
    pub what: String,
    /// Units that the attacker has more than before, under the flow.
    pub flow: i64,
    /// The same if the pool were paid by PageRank.
    pub page_rank: i64,
}

/// Attacks on behalf of whoever controls a work.
///
/// # Errors
/// [`BadGraph`] where the works make no graph, or the one that is meant is not among them.
pub fn attack(commons: Commons<'_>, target: u32, passing: &Passing) -> Result<Vec<Attacked>, BadGraph> {
    let unknown = || BadGraph::Unknown(target, commons.works.len());
    let owner = commons.works.get(target as usize).ok_or_else(unknown)?.controller;
    let before = World::of(commons).earned(&[owner], passing)?;
    let pool: u64 = commons.seeds.iter().sum();
    let tell = |attack, what: String, world: &World, who: &[u32]| {
        let after = world.earned(who, passing)?;
        Ok(Attacked { attack, what, flow: after.0 - before.0, page_rank: after.1 - before.1 })
    };
    let mut all = Vec::new();

    let mut world = World::of(commons);
    // What the made-up works get is the attacker's as well.
    let mut own = vec![owner];
    for _ in 0..FAKES {
        let fake = world.add();
        world.derive(fake, target, Kind::Finetune);
        own.push(world.works[fake as usize].controller);
    }
    all.push(tell(
        "sybil children",
        format!("{FAKES} made-up works of {FAKES} accounts build upon it"),
        &world,
        &own,
    )?);

    let mut world = World::of(commons);
    let children: Vec<Derivation> =
        commons.derivations.iter().filter(|edge| edge.parent == target).copied().collect();
    // Each piece says what it builds upon: leaving that out is another thing, which measured derivations are for.
    let parents: Vec<Derivation> =
        commons.derivations.iter().filter(|edge| edge.child == target).copied().collect();
    for _ in 1..PIECES {
        let piece = world.add_old(owner, commons.works, target);
        children.iter().for_each(|edge| world.derive(edge.child, piece, edge.kind));
        parents.iter().for_each(|edge| world.derive(piece, edge.parent, edge.kind));
    }
    all.push(tell(
        "split",
        format!("it is cut into {PIECES} works, and all that build upon it name each"),
        &world,
        &[owner],
    )?);

    let mut world = World::of(commons);
    let wrapper = world.add_old(world.next_owner(), commons.works, target);
    let colluder = world.works[wrapper as usize].controller;
    for edge in world.derivations.iter_mut().filter(|edge| edge.parent == target) {
        edge.parent = wrapper;
    }
    world.derive(wrapper, target, Kind::Quantized);
    let note = "somebody else's copy stands between it and all that build upon it, if these can be made to name the copy";
    all.push(tell("wrapper", note.to_owned(), &world, &[owner, colluder])?);

    let mut world = World::of(commons);
    let claimed =
        commons.seeds.iter().enumerate().filter(|(work, _)| commons.works[*work].controller != owner);
    if let Some((victim, _)) = claimed.max_by_key(|(_, seed)| **seed) {
        let victim = u32::try_from(victim).unwrap_or(u32::MAX);
        // Even if the claim were believed: nothing builds upon what came after it.
        let later = world.add();
        world.works[later as usize].controller = owner;
        world.derive(victim, later, Kind::Quantized);
        let id = commons.works[victim as usize].id;
        all.push(tell(
            "paternity claim",
            format!(
                "a work that is published now is said to be what {id} was made from, and that is believed"
            ),
            &world,
            &[owner],
        )?);
    }

    let mut world = World::of(commons);
    let captured = pool / 1000 * CAPTURED;
    world.seeds[target as usize] += captured;
    let what = format!(
        "accounts with {CAPTURED} of a thousand of all trust use it and nothing else: {captured} units of seed"
    );
    all.push(tell("seed capture", what, &world, &[owner])?);
    Ok(all)
}

/// A commons that can be added to.
struct World {
    ids: Vec<String>,
    works: Vec<Owned>,
    derivations: Vec<Derivation>,
    seeds: Vec<u64>,
}

#[derive(Clone, Copy)]
struct Owned {
    controller: u32,
    created: i64,
}

impl World {
    fn of(commons: Commons<'_>) -> World {
        let works =
            commons.works.iter().map(|work| Owned { controller: work.controller, created: work.created });
        let mut seeds = commons.seeds.to_vec();
        seeds.resize(commons.works.len(), 0);
        World {
            ids: commons.works.iter().map(|work| work.id.to_owned()).collect(),
            works: works.collect(),
            derivations: commons.derivations.to_vec(),
            seeds,
        }
    }

    fn next_owner(&self) -> u32 {
        self.works.iter().map(|work| work.controller).max().map_or(0, |most| most.saturating_add(1))
    }

    /// A new work, made after all others, of its own account.
    fn add(&mut self) -> u32 {
        let owner = self.next_owner();
        let last = self.works.iter().map(|work| work.created).max().unwrap_or_default();
        self.push(owner, last.saturating_add(1))
    }

    /// A work that is as old as another.
    fn add_old(&mut self, owner: u32, works: &[Work<'_>], as_old_as: u32) -> u32 {
        let created = works.get(as_old_as as usize).map_or(0, |work| work.created);
        self.push(owner, created)
    }

    fn push(&mut self, controller: u32, created: i64) -> u32 {
        let number = u32::try_from(self.works.len()).unwrap_or(u32::MAX);
        self.ids.push(format!("\u{1}{number:08}"));
        self.works.push(Owned { controller, created });
        self.seeds.push(0);
        number
    }

    fn derive(&mut self, child: u32, parent: u32, kind: Kind) {
        self.derivations.push(Derivation { child, parent, kind });
    }

    /// What some keep together under the flow, and what they would have if the same were paid by PageRank.
    fn earned(&self, owners: &[u32], passing: &Passing) -> Result<(i64, i64), BadGraph> {
        let works: Vec<Work<'_>> = self
            .ids
            .iter()
            .zip(&self.works)
            .map(|(id, work)| Work { id, controller: work.controller, created: work.created })
            .collect();
        let (graph, _) = Graph::build(&works, self.derivations.clone(), passing)?;
        let flow = run(&graph, &self.seeds);
        let rank = page_rank(&graph, GOES_ON, ROUNDS);
        let pool: u64 = self.seeds.iter().sum();
        let owners: BTreeSet<u32> = owners.iter().copied().collect();
        let is_own = |work: &Owned| owners.contains(&work.controller);
        let own: Vec<u32> =
            (0_u32..).zip(&self.works).filter(|(_, work)| is_own(work)).map(|(n, _)| n).collect();
        let kept: u64 = own.iter().map(|work| flow.keeps(&graph, *work)).sum();
        let ranked: f64 = own.iter().map(|work| rank[*work as usize]).sum();
        Ok((i64::try_from(kept).unwrap_or(i64::MAX), (ranked * pool as f64) as i64))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn what_the_flow_pays_and_what_page_rank_would() {
        let names: Vec<String> = (0..40).map(|n| format!("work{n:02}")).collect();
        let works: Vec<Work<'_>> =
            (0_u32..).zip(&names).map(|(n, id)| Work { id, controller: n, created: i64::from(n) }).collect();
        let edges: Vec<Derivation> =
            (1..40).map(|child| Derivation { child, parent: child / 2, kind: Kind::Finetune }).collect();
        let seeds = vec![10_000_u64; 40];
        let commons = Commons { works: &works, derivations: &edges, seeds: &seeds };
        let found = attack(commons, 5, &Passing::default()).unwrap();
        let of = |name: &str| found.iter().find(|one| one.attack == name).unwrap();
        assert_eq!(of("sybil children").flow, 0);
        assert!(of("sybil children").page_rank > 50_000, "{:?}", of("sybil children"));
        assert!(of("split").flow.abs() <= 10, "{:?}", of("split"));
        assert!(of("wrapper").flow > 0, "what a re-packager earns whom others name");
        assert_eq!(of("paternity claim").flow, 0);
        assert_eq!(attack(commons, 40, &Passing::default()), Err(BadGraph::Unknown(40, 40)));
        // Where there are few others, too: what is made up counts for whoever made it up.
        let few = Commons { works: &works[..3], derivations: &edges[..2], seeds: &seeds[..3] };
        let found = attack(few, 1, &Passing::default()).unwrap();
        let children = found.iter().find(|one| one.attack == "sybil children").unwrap();
        assert!(children.flow == 0 && children.page_rank > 0, "{children:?}");
        let capture = of("seed capture");
        assert!(capture.flow > 0 && capture.flow <= 4000, "no more than was captured: {capture:?}");
    }
}
