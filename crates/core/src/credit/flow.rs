//! The flow itself: one pass over the works, children before parents.

use std::collections::BTreeMap;

use super::graph::{EQUAL, Graph};
use super::share::{Keys, by_weight};

/// What reaches each work and what it keeps, by place. Sums of seeds must stay below 2^63.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Flow {
    seeds: Vec<u64>,
    reached: Vec<u64>,
}

/// Room that is used again for every work.
#[derive(Default)]
pub(super) struct Room {
    parts: Vec<u64>,
    rests: Keys,
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
            each_part(graph, place, passed, &mut room, |parent, part| below[parent as usize] += part);
        }
    }
    Flow { seeds, reached }
}

/// How much of what reaches a place is passed on.
pub(super) fn passed(graph: &Graph, place: u32, reached: u64) -> u64 {
    let parts = u64::from(graph.passes[place as usize]);
    // Rounded down, without a product that might not fit.
    reached / 1000 * parts + reached % 1000 * parts / 1000
}

/// Tells each parent, by place, its part of what is passed on.
pub(super) fn each_part(
    graph: &Graph,
    place: u32,
    passed: u64,
    room: &mut Room,
    mut tell: impl FnMut(u32, u64),
) {
    let parents = graph.parents_of(place);
    let weighed = graph.weighed[place as usize];
    if weighed == EQUAL {
        let n = parents.len() as u64;
        let (part, left) = (passed / n, (passed % n) as usize);
        for (at, parent) in parents.iter().enumerate() {
            tell(*parent, part + u64::from(at < left));
        }
        return;
    }
    let begin = weighed as usize;
    let weights = &graph.weights[begin + 1..begin + 1 + parents.len()];
    by_weight(passed, weights, graph.weights[begin], &mut room.parts, &mut room.rests);
    for (parent, part) in parents.iter().zip(&room.parts) {
        tell(*parent, *part);
    }
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
        let mut room = Room::default();
        let mut changed = Vec::new();
        // Places that something was taken from or given to, with what reached them before; the highest is through first.
        let mut touched = BTreeMap::from([(place, self.reached[place as usize])]);
        self.move_by(place, old, seed);
        while let Some((place, before)) = touched.pop_last() {
            let now = self.reached[place as usize];
            if now != before {
                changed.push(graph.works[place as usize]);
            }
            let (was, is) = (passed(graph, place, before), passed(graph, place, now));
            if was == is {
                continue;
            }
            each_part(graph, place, was, &mut room, |parent, part| {
                touched.entry(parent).or_insert(self.reached[parent as usize]);
                self.move_by(parent, part, 0);
            });
            each_part(graph, place, is, &mut room, |parent, part| self.move_by(parent, 0, part));
        }
        changed
    }

    /// What reaches a place may be below nothing until all that changes it is through.
    fn move_by(&mut self, place: u32, less: u64, more: u64) {
        let reached = &mut self.reached[place as usize];
        *reached = reached.wrapping_sub(less).wrapping_add(more);
    }
}
