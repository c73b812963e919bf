//! Where a work's credit comes from and where it goes: every unit is traced to the use that it began with.

use std::cmp::Reverse;
use std::ops::Range;

use super::flow::{Flow, each_part, passed};
use super::graph::Graph;
use super::parts::Room;
use super::share::apportion;

/// An amount that versions of a work have from, or give to, another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Inflow {
    /// The other work.
    pub work: u32,
    /// Units.
    pub amount: u64,
}

/// Why a work has the credit that it has. `seed` and `from` come to what reaches it; `to` and `keeps` do as well; `sources`
/// come to what it keeps.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Explanation {
    /// By its own use.
    pub seed: u64,
    /// By works that build upon it, the most first.
    pub from: Vec<Inflow>,
    /// To works that it builds upon, the most first.
    pub to: Vec<Inflow>,
    /// What it keeps.
    pub keeps: u64,
    /// The works whose use it is from, itself among them, the most first.
    pub sources: Vec<Source>,
}

/// An amount that began with the use of a work.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Source {
    /// The work that was used.
    pub work: u32,
    /// Units.
    pub amount: u64,
    /// The works that it came by, where it came by several ways those of the widest: from what the used work builds upon on, without
    /// the two ends.
    pub along: Vec<u32>,
}

/// Explains the credit of a work, given as all its versions. Reads the part of the graph that is younger than the first.
pub fn explain(graph: &Graph, flow: &Flow, versions: Range<u32>) -> Explanation {
    let mut own: Vec<u32> = versions.map(|version| graph.places[version as usize]).collect();
    own.sort_unstable();
    let is_own = |place: &u32| own.binary_search(place).is_ok();
    let mut room = Room::default();
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for place in own.first().copied().unwrap_or(u32::MAX)..graph.works.len() as u32 {
        let (gives, takes) = (is_own(&place), graph.parents_of(place).iter().any(is_own));
        if !gives && !takes {
            continue;
        }
        let given = passed(graph, place, flow.reached_at(place));
        each_part(graph, place, given, &mut room, |parents, amount| {
            let taken = parents.iter().filter(|parent| is_own(parent));
            from.extend(taken.map(|_| Inflow { work: graph.works[place as usize], amount }));
            if gives {
                to.extend(
                    parents.iter().map(|parent| Inflow { work: graph.works[*parent as usize], amount }),
                );
            }
        });
    }
    let keeps = own.iter().map(|place| flow.kept(graph, *place)).sum();
    let mut sources = sources(graph, flow, &own, keeps);
    for list in [&mut from, &mut to] {
        list.retain(|inflow| inflow.amount > 0);
        list.sort_by_key(|inflow| Reverse(inflow.amount));
    }
    sources.retain(|source| source.amount > 0);
    sources.sort_by_key(|source| Reverse(source.amount));
    let seed = own.iter().map(|place| flow.seed_at(*place)).sum();
    Explanation { seed, from, to, keeps, sources }
}

/// One whole, as fractions are counted here.
const WHOLE: u128 = 1 << 60;

/// What a work keeps, in parts by the use that they began with. The flow is linear but for what is rounded, so each source has
/// its share of the whole to less than a unit.
fn sources(graph: &Graph, flow: &Flow, own: &[u32], keeps: u64) -> Vec<Source> {
    // Of what reaches each place, the part that stays with the work, and the parent by which most of that goes.
    let mut parts = vec![0_u128; graph.works.len()];
    let mut next = vec![u32::MAX; graph.works.len()];
    let mut seeded: Vec<(u32, u128)> = Vec::new();
    for place in own.first().copied().unwrap_or(u32::MAX)..graph.works.len() as u32 {
        let (mut part, widest) = part_of(graph, place, &parts);
        next[place as usize] = widest;
        if own.binary_search(&place).is_ok() {
            part += WHOLE / 1000 * (1000 - u128::from(graph.passes[place as usize]));
        }
        parts[place as usize] = part;
        let seed = flow.seed_at(place);
        if part > 0 && seed > 0 {
            seeded.push((place, u128::from(seed) * part));
        }
    }
    // As many bits as leave room for the sum.
    let total: u128 = seeded.iter().fold(0, |sum, (_, weight)| sum.saturating_add(*weight));
    let shift = (128 - total.leading_zeros()).saturating_sub(62);
    let weights: Vec<u64> =
        seeded.iter().map(|(_, weight)| u64::try_from(weight >> shift).unwrap_or_default()).collect();
    let amounts = apportion(keeps, &weights);
    let along = |place: u32| {
        let step =
            |place: &u32| Some(next[*place as usize]).filter(|place| own.binary_search(place).is_err());
        let first = Some(place).filter(|place| own.binary_search(place).is_err());
        let places = std::iter::successors(first, step).skip(1).take_while(|place| *place != u32::MAX);
        places.map(|place| graph.works[place as usize]).collect()
    };
    let told = |((place, _), amount): (&(u32, u128), u64)| Source {
        work: graph.works[*place as usize],
        amount,
        along: along(*place),
    };
    seeded.iter().zip(amounts).map(told).collect()
}

/// Of what reaches a place, the part that comes to where its parents' parts come to, and the parent by which most of that goes.
fn part_of(graph: &Graph, place: u32, parts: &[u128]) -> (u128, u32) {
    let mut parents = graph.parents_of(place);
    let (mut sum, mut weights) = (0_u128, 0_u128);
    let mut widest = (0_u128, u32::MAX);
    for lot in graph.lots_of(place) {
        let (own, rest) = parents.split_at(lot.works as usize);
        parents = rest;
        for parent in own {
            let part = parts[*parent as usize] * u128::from(lot.weight);
            sum += part;
            if part > widest.0 {
                widest = (part, *parent);
            }
        }
        weights += u128::from(lot.weight) * u128::from(lot.works);
    }
    match sum {
        0 => (0, u32::MAX),
        sum => (sum / weights * u128::from(graph.passes[place as usize]) / 1000, widest.1),
    }
}
