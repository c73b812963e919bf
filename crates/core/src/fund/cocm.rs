//! Connection-oriented cluster match (Miller, Weyl & Erichsen 2022), with donors clustered by what they give to, as rounds of
//! Gitcoin have counted it since 2023.

use super::donations::Donations;
use super::pairwise::{PAIRS_MAX, TooManyPairs};

/// What somebody's gift counts for a cluster to which they are connected.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Meeting {
    /// Nothing, by as much as they are connected.
    Harsh,
    /// The square root of it, by as much as they are connected: of whole units of so many minor ones.
    Soft {
        /// Minor units of a whole one, such as 100 cents.
        unit: f64,
    },
}

/// Of each project the sum over pairs of different clusters g, h of √(P_gh·P_hg), where P_hg is what the members of g gave as
/// far as they are strangers to h. Every project is a cluster of those who give to it.
///
/// # Errors
/// [`TooManyPairs`] where that would take too long.
pub fn cocm(donations: &Donations, meeting: Meeting) -> Result<Vec<f64>, TooManyPairs> {
    let clusters = donations.of_project.len();
    let cost = cost(donations);
    if cost > PAIRS_MAX {
        return Err(TooManyPairs(cost));
    }
    let belongs = belongs(donations);
    let near = near(donations, &belongs);
    let mut scores = vec![0.0; clusters];
    // What the members of one cluster gave, as far as they are strangers to another.
    let mut strange = vec![0.0; clusters * clusters];
    for (score, given) in scores.iter_mut().zip(&donations.of_project) {
        let mut touched: Vec<u32> = Vec::new();
        for (donor, amount) in given {
            let near = &near[*donor as usize * clusters..(*donor as usize + 1) * clusters];
            for (cluster, part) in &belongs[*donor as usize] {
                touched.push(*cluster);
                let row = &mut strange[*cluster as usize * clusters..(*cluster as usize + 1) * clusters];
                for (cell, near) in row.iter_mut().zip(near) {
                    let known = match meeting {
                        Meeting::Harsh => 0.0,
                        Meeting::Soft { unit } => near * (amount / unit).sqrt() * unit,
                    };
                    *cell += (known + (1.0 - near) * amount) * part;
                }
            }
        }
        touched.sort_unstable();
        touched.dedup();
        // Of a cluster that nobody here is in, nothing was given: only those that were touched meet.
        for (n, one) in touched.iter().enumerate() {
            for other in &touched[n + 1..] {
                let there = strange[*one as usize * clusters + *other as usize];
                let back = strange[*other as usize * clusters + *one as usize];
                *score += 2.0 * (there * back).sqrt();
            }
        }
        for cluster in touched {
            strange[cluster as usize * clusters..(cluster as usize + 1) * clusters].fill(0.0);
        }
    }
    Ok(scores)
}

/// Steps that it takes, the memory for a table of donors by clusters among them.
fn cost(donations: &Donations) -> u64 {
    let clusters = donations.of_project.len() as u64;
    let memberships: u64 = donations.of_donor.iter().map(|own| (own.len() as u64).pow(2)).sum();
    let spread: u64 = donations.of_project.iter().map(|given| (given.len() as u64) * clusters).sum();
    // A cell of a table costs more than a step: they come to 256 MiB at most.
    memberships
        .saturating_mul(clusters)
        .saturating_add(spread)
        .saturating_add(64 * clusters.saturating_mul(clusters + donations.of_donor.len() as u64))
}

/// Of each donor, the clusters that they are in, in parts of one.
fn belongs(donations: &Donations) -> Vec<Vec<(u32, f64)>> {
    let of_one = |own: &Vec<(u32, f64)>| {
        let sum: f64 = own.iter().map(|(_, amount)| amount).sum();
        own.iter().map(|(cluster, amount)| (*cluster, amount / sum)).collect()
    };
    donations.of_donor.iter().map(of_one).collect()
}

/// How near each donor is to each cluster: one for their own; else how likely a walk from the donor to a cluster of theirs, to
/// a member of that and on to one of their clusters ends there. Donors by clusters.
fn near(donations: &Donations, belongs: &[Vec<(u32, f64)>]) -> Vec<f64> {
    let clusters = donations.of_project.len();
    // From a cluster by one of its members to another cluster.
    let mut steps = vec![0.0; clusters * clusters];
    for (given, row) in donations.of_project.iter().zip(steps.chunks_mut(clusters.max(1))) {
        let sum: f64 = given.iter().map(|(_, amount)| amount).sum();
        for (donor, amount) in given {
            for (cluster, part) in &belongs[*donor as usize] {
                row[*cluster as usize] += amount / sum * part;
            }
        }
    }
    let mut near = vec![0.0; belongs.len() * clusters];
    for (own, row) in belongs.iter().zip(near.chunks_mut(clusters.max(1))) {
        for (cluster, part) in own {
            let onward = &steps[*cluster as usize * clusters..(*cluster as usize + 1) * clusters];
            row.iter_mut().zip(onward).for_each(|(cell, step)| *cell += part * step);
        }
        own.iter().for_each(|(cluster, _)| row[*cluster as usize] = 1.0);
    }
    near
}
