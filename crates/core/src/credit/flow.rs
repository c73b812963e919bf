//! The flow itself: one pass over the works, children before parents.

use super::due::Due;
use super::graph::Graph;
use super::parts::{self, Room};

/// What reaches each work and what it keeps, by place. Sums of seeds must stay below 2^63.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow {
    seeds: Vec<u64>,
    reached: Vec<u64>,
    mending: Mending,
}

/// What a change still comes to: nothing between two of them.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Mending {
    /// Places that something is taken from or given to.
    due: Due,
    /// How much, by place. Less than nothing wraps around.
    changes: Vec<u64>,
}

impl Mending {
    fn change(&mut self, place: u32, change: u64) {
        self.due.insert(place);
        let so_far = &mut self.changes[place as usize];
        *so_far = so_far.wrapping_add(change);
    }
}

/// Lets the seeds, by the numbers of works, flow to what they build upon.
pub fn run(graph: &Graph, seeds: &[u64]) -> Flow {
    let seed = |work: &u32| seeds.get(*work as usize).copied().unwrap_or_default();
    let seeds: Vec<u64> = graph.works.iter().map(seed).collect();
    let mut reached = seeds.clone();
    let mut room = Room::default();
    for place in (0..graph.works.len()).rev() {
        // Parents lie below: nothing reaches this place any more.
        let (below, here) = reached.split_at_mut(place);
        let place = place as u32;
        let passed = passed(graph, place, here[0]);
        if passed > 0 {
            each_part(graph, place, passed, &mut room, |parents, part| {
                parents.iter().for_each(|parent| below[*parent as usize] += part);
            });
        }
    }
    let mending = Mending { due: Due::new(reached.len()), changes: vec![0; reached.len()] };
    Flow { seeds, reached, mending }
}

/// How much of what reaches a place is passed on.
pub(super) fn passed(graph: &Graph, place: u32, reached: u64) -> u64 {
    let parts = u64::from(graph.passes[place as usize]);
    // Rounded down, without a product that might not fit.
    reached / 1000 * parts + reached % 1000 * parts / 1000
}

/// Tells parents, by place, their parts of what is passed on, those who have the same together.
pub(super) fn each_part(
    graph: &Graph,
    place: u32,
    passed: u64,
    room: &mut Room,
    tell: impl FnMut(&[u32], u64),
) {
    parts::each(passed, graph.lots_of(place), graph.parents_of(place), &graph.ids, room, tell);
}

impl Flow {
    /// What reached a work: its own seed, and what others passed to it.
    pub fn reached(&self, graph: &Graph, work: u32) -> u64 {
        self.reached[graph.places[work as usize] as usize]
    }

    /// What a work keeps of it.
    pub fn keeps(&self, graph: &Graph, work: u32) -> u64 {
        let place = graph.places[work as usize];
        self.kept(graph, place)
    }

    pub(super) fn kept(&self, graph: &Graph, place: u32) -> u64 {
        let reached = self.reached[place as usize];
        reached - passed(graph, place, reached)
    }

    pub(super) fn reached_at(&self, place: u32) -> u64 {
        self.reached[place as usize]
    }

    pub(super) fn seed_at(&self, place: u32) -> u64 {
        self.seeds[place as usize]
    }

    /// Gives a work another seed and mends what follows from it, exactly as if everything had flowed again: only works that
    /// the work builds upon are touched. Tells which changed.
    pub fn reseed(&mut self, graph: &Graph, work: u32, seed: u64) -> Vec<u32> {
        let place = graph.places[work as usize];
        let old = std::mem::replace(&mut self.seeds[place as usize], seed);
        let (mut room, mut changed) = (Room::default(), Vec::new());
        let Flow { reached, mending, .. } = self;
        mending.change(place, seed.wrapping_sub(old));
        // The highest place is through first: nothing reaches it any more.
        while let Some(place) = mending.due.pop_last() {
            let change = std::mem::take(&mut mending.changes[place as usize]);
            if change == 0 {
                continue;
            }
            let before = reached[place as usize];
            let now = before.wrapping_add(change);
            reached[place as usize] = now;
            changed.push(graph.works[place as usize]);
            let (was, is) = (passed(graph, place, before), passed(graph, place, now));
            if was == is {
                continue;
            }
            each_part(graph, place, was, &mut room, |parents, part| {
                parents.iter().for_each(|parent| mending.change(*parent, part.wrapping_neg()));
            });
            each_part(graph, place, is, &mut room, |parents, part| {
                parents.iter().for_each(|parent| mending.change(*parent, part));
            });
        }
        changed
    }
}
