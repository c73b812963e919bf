//! Pairwise-bounded quadratic funding (Buterin 2019): what two donors bring in together is bounded over all projects.

use super::donations::Donations;

/// Pairs of donors to one project that are looked at in a round.
pub const PAIRS_MAX: u64 = 1 << 31;

/// A round whose count would take too long.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("counting the round by this rule takes {0} steps, more than {PAIRS_MAX}")]
pub struct TooManyPairs(pub u64);

/// Of each project the sum over pairs of its donors of k·√(c·c′), with k = M / (M + what the pair gives together over all
/// projects, by the same roots). A pair brings in less than M, however much it gives.
///
/// # Errors
/// [`TooManyPairs`] beyond [`PAIRS_MAX`].
pub fn pairwise(donations: &Donations, limit: f64) -> Result<Vec<f64>, TooManyPairs> {
    let pairs: u64 = donations.of_project.iter().map(|given| (given.len() as u64).pow(2) / 2).sum();
    if pairs > PAIRS_MAX {
        return Err(TooManyPairs(pairs));
    }
    let roots: Vec<Vec<(u32, f64)>> = donations
        .of_project
        .iter()
        .map(|given| given.iter().map(|(donor, amount)| (*donor, amount.sqrt())).collect())
        .collect();
    let mut scores = vec![0.0; roots.len()];
    // What one donor and each later one give together.
    let mut together = vec![0.0; donations.of_donor.len()];
    for (donor, own) in (0_u32..).zip(&donations.of_donor) {
        let others = |project: u32| {
            let given = &roots[project as usize];
            let after = given.partition_point(|(other, _)| *other <= donor);
            &given[after..]
        };
        for (project, amount) in own {
            let root = amount.sqrt();
            others(*project).iter().for_each(|(other, theirs)| together[*other as usize] += root * theirs);
        }
        for (project, amount) in own {
            let root = amount.sqrt();
            let score = &mut scores[*project as usize];
            for (other, theirs) in others(*project) {
                *score += limit / (limit + together[*other as usize]) * (root * theirs);
            }
        }
        for (project, _) in own {
            others(*project).iter().for_each(|(other, _)| together[*other as usize] = 0.0);
        }
    }
    Ok(scores)
}
