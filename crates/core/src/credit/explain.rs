//! Where a work's credit comes from and where it goes: every unit is traced to the use that it began with.

use super::flow::{Flow, each_part, passed};
use super::graph::Graph;
use super::parts::Room;
use super::share::apportion;

/// An amount that one work has from, or gives to, another.
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

/// Explains the credit of a work. Reads the part of the graph that is younger than the work.
pub fn explain(graph: &Graph, flow: &Flow, work: u32) -> Explanation {
    let own = graph.places[work as usize];
    let mut room = Room::default();
    let mut from = Vec::new();
    for place in own + 1..graph.works.len() as u32 {
        if !graph.parents_of(place).contains(&own) {
            continue;
        }
        let given = passed(graph, place, flow.reached_at(place));
        each_part(graph, place, given, &mut room, |parents, amount| {
            if parents.contains(&own) {
                from.push(Inflow { work: graph.works[place as usize], amount });
            }
        });
    }
    let mut to = Vec::new();
    let given = passed(graph, own, flow.reached_at(own));
    if given > 0 {
        each_part(graph, own, given, &mut room, |parents, amount| {
            to.extend(parents.iter().map(|parent| Inflow { work: graph.works[*parent as usize], amount }));
        });
    }
    let keeps = flow.kept(graph, own);
    let mut sources = sources(graph, flow, own, keeps);
    for list in [&mut from, &mut to, &mut sources] {
        list.retain(|inflow| inflow.amount > 0);
        list.sort_by_key(|inflow| std::cmp::Reverse(inflow.amount));
    }
    Explanation { seed: flow.seed_at(own), from, to, keeps, sources }
}

/// One whole, as fractions are counted here.
const WHOLE: u128 = 1 << 60;

/// What a work keeps, in parts by the use that they began with. The flow is linear but for what is rounded, so each source has
/// its share of the whole to less than a unit.
fn sources(graph: &Graph, flow: &Flow, own: u32, keeps: u64) -> Vec<Inflow> {
    // Of what reaches each place, the part that comes to this one.
    let mut parts = vec![0_u128; graph.works.len()];
    parts[own as usize] = WHOLE;
    let mut seeded: Vec<(u32, u128)> = vec![(own, u128::from(flow.seed_at(own)) * WHOLE)];
    for place in own + 1..graph.works.len() as u32 {
        let part = part_of(graph, place, &parts);
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
