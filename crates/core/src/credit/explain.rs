//! Where a work's credit comes from and where it goes: every unit is traced to the use that it began with.

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
    pub sources: Vec<Inflow>,
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
    for list in [&mut from, &mut to, &mut sources] {
        list.retain(|inflow| inflow.amount > 0);
        list.sort_by_key(|inflow| std::cmp::Reverse(inflow.amount));
    }
    let seed = own.iter().map(|place| flow.seed_at(*place)).sum();
    Explanation { seed, from, to, keeps, sources }
}

/// One whole, as fractions are counted here.
const WHOLE: u128 = 1 << 60;

/// What a work keeps, in parts by the use that they began with. The flow is linear but for what is rounded, so each source has
/// its share of the whole to less than a unit.
fn sources(graph: &Graph, flow: &Flow, own: &[u32], keeps: u64) -> Vec<Inflow> {
    // Of what reaches each place, the part that stays with the work.
    let mut parts = vec![0_u128; graph.works.len()];
    let mut seeded: Vec<(u32, u128)> = Vec::new();
    for place in own.first().copied().unwrap_or(u32::MAX)..graph.works.len() as u32 {
        let mut part = part_of(graph, place, &parts);
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
    let places = seeded.iter().map(|(place, _)| graph.works[*place as usize]);
    places.zip(amounts).map(|(work, amount)| Inflow { work, amount }).collect()
}

fn part_of(graph: &Graph, place: u32, parts: &[u128]) -> u128 {
    let mut parents = graph.parents_of(place);
    let (mut sum, mut weights) = (0_u128, 0_u128);
    for lot in graph.lots_of(place) {
        let (own, rest) = parents.split_at(lot.works as usize);
        parents = rest;
        sum += own.iter().map(|parent| parts[*parent as usize]).sum::<u128>() * u128::from(lot.weight);
        weights += u128::from(lot.weight) * u128::from(lot.works);
    }
    match sum {
        0 => 0,
        sum => sum / weights * u128::from(graph.passes[place as usize]) / 1000,
    }
}
