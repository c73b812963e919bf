//! From scores to money: caps by water-filling, floors to a fixpoint, whole units by largest remainder.

use serde::{Deserialize, Serialize};

use crate::credit::apportion;

/// What happens to a pool that is larger than what the scores ask for.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surplus {
    /// All of it is paid out, in proportion.
    #[default]
    Share,
    /// Each gets what its score says, in minor units, and the rest stays in the pool.
    Keep,
}

/// Bounds on what is paid out, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Caps {
    /// At most so much for all projects of one controller together: nobody gains by cutting a project in pieces.
    pub most: Option<u64>,
    /// So much for a project, or nothing: what would get less is left out, and the others share it.
    pub least: u64,
    /// What is done with what nobody asks for.
    pub surplus: Surplus,
}

/// What made an amount smaller than its score alone would have.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reduced {
    /// It would have been more than anybody may get.
    Cap,
    /// It would have been less than is paid out at all.
    Floor,
}

/// What one project gets.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Allocated {
    /// Minor units.
    pub amount: u64,
    /// What it would have been by its score alone.
    pub uncapped: u64,
    /// What made it smaller, if anything did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reduced: Option<Reduced>,
}

/// Shares a pool by scores, in their order. `groups` has for each a number that those of one controller have in common; where it is
/// empty, each is by itself. The amounts come to the pool, unless nobody has a score, all are at the cap, or
/// the surplus is kept.
///
/// The cap is found by water-filling: what the capped leave is shared by the others until nobody is above it. Then all below
/// the floor are left out and it is done again, until there are none.
pub fn allocate(pool: u64, scores: &[f64], caps: &Caps, groups: &[u32]) -> Vec<Allocated> {
    let pool = match caps.surplus {
        Surplus::Share => pool,
        Surplus::Keep => pool.min(asked(scores)),
    };
    let weights = whole_weights(scores);
    let uncapped = apportion(pool, &weights);
    let mut out = vec![false; weights.len()];
    let mut amounts;
    loop {
        let left: Vec<u64> =
            weights.iter().zip(&out).map(|(weight, out)| if *out { 0 } else { *weight }).collect();
        amounts = match caps.most {
            None => apportion(pool, &left),
            Some(most) => fill_groups(pool, &left, groups, most),
        };
        let mut dropped = false;
        for ((amount, weight), out) in amounts.iter().zip(&left).zip(&mut out) {
            if *weight > 0 && *amount < caps.least {
                (*out, dropped) = (true, true);
            }
        }
        if !dropped {
            break;
        }
    }
    let sums = sums(&amounts, groups);
    let is_capped =
        |n: usize| caps.most == Some(groups.get(n).map_or(amounts[n], |group| sums[*group as usize]));
    let each = amounts.iter().zip(&uncapped).zip(&out).enumerate().map(|(n, ((amount, uncapped), out))| {
        let reduced = match out {
            true => Some(Reduced::Floor),
            false => (amount < uncapped && is_capped(n)).then_some(Reduced::Cap),
        };
        Allocated { amount: *amount, uncapped: *uncapped, reduced }
    });
    each.collect()
}

/// What scores come to in whole units.
fn asked(scores: &[f64]) -> u64 {
    let sum: f64 = scores.iter().filter(|score| is_score(score)).sum();
    sum.min(9e18) as u64
}

fn is_score(score: &f64) -> bool {
    score.is_finite() && *score > 0.0
}

/// Scores as whole numbers of 52 bits for the largest, so that all that follows is exact. What is no positive number is none.
fn whole_weights(scores: &[f64]) -> Vec<u64> {
    let largest = scores.iter().copied().filter(is_score).fold(0.0, f64::max);
    if largest <= 0.0 {
        return vec![0; scores.len()];
    }
    // Sums of 2^12 and more of the largest must not overflow.
    let bits = 62 - (usize::BITS - scores.len().leading_zeros());
    let scale = (1_u64 << bits.min(52)) as f64;
    let weight = |score: &f64| if is_score(score) { ((score / largest) * scale) as u64 } else { 0 };
    scores.iter().map(weight).collect()
}

/// Sums of what has the same group.
fn sums(each: &[u64], groups: &[u32]) -> Vec<u64> {
    let count = groups.iter().max().map_or(0, |last| *last as usize + 1);
    let mut sums = vec![0; count];
    each.iter().zip(groups).for_each(|(one, group)| sums[*group as usize] += one);
    sums
}

/// The same as [`fill`], with no group above `most` all in all; within a group in proportion to weights.
fn fill_groups(pool: u64, weights: &[u64], groups: &[u32], most: u64) -> Vec<u64> {
    if groups.is_empty() {
        return fill(pool, weights, most);
    }
    let of_groups = fill(pool, &sums(weights, groups), most);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); of_groups.len()];
    groups.iter().enumerate().for_each(|(n, group)| members[*group as usize].push(n));
    let mut amounts = vec![0; weights.len()];
    for (amount, members) in of_groups.into_iter().zip(&members) {
        let own: Vec<u64> = members.iter().map(|n| weights[*n]).collect();
        members.iter().zip(apportion(amount, &own)).for_each(|(n, part)| amounts[*n] = part);
    }
    amounts
}

/// Amounts in proportion to weights with none above `most`, by water-filling.
fn fill(pool: u64, weights: &[u64], most: u64) -> Vec<u64> {
    let mut left = weights.to_vec();
    let mut capped = vec![false; weights.len()];
    let mut rest = pool;
    loop {
        let amounts = apportion(rest, &left);
        let over: Vec<usize> =
            amounts.iter().enumerate().filter(|(_, amount)| **amount > most).map(|(n, _)| n).collect();
        if over.is_empty() {
            let with_caps =
                amounts.iter().zip(&capped).map(|(amount, capped)| if *capped { most } else { *amount });
            return with_caps.collect();
        }
        for n in over {
            (left[n], capped[n]) = (0, true);
            rest = rest.saturating_sub(most);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn amounts(pool: u64, scores: &[f64], caps: &Caps) -> Vec<u64> {
        allocate(pool, scores, caps, &[]).iter().map(|one| one.amount).collect()
    }

    #[test]
    fn caps_and_floors() {
        let none = Caps::default();
        assert_eq!(amounts(100, &[1.0, 1.0, 1.0], &none), [34, 33, 33]);
        let capped = Caps { most: Some(50), ..none };
        assert_eq!(amounts(100, &[8.0, 1.0, 1.0], &capped), [50, 25, 25]);
        assert_eq!(
            amounts(100, &[8.0, 0.0, 0.0], &capped),
            [50, 0, 0],
            "all who have a score are at the cap"
        );
        let both = Caps { most: Some(50), least: 12, ..none };
        // 50, 43, 7: the last is left out, and the second may have what it leaves.
        assert_eq!(amounts(100, &[80.0, 13.0, 2.0], &both), [50, 50, 0]);
        let floored = allocate(100, &[80.0, 13.0, 2.0], &both, &[]);
        assert_eq!(floored[2].reduced, Some(Reduced::Floor));
        assert_eq!((floored[0].reduced, floored[0].uncapped), (Some(Reduced::Cap), 84));
        // Two below the floor go at once, although what one leaves would lift the other.
        assert_eq!(amounts(100, &[76.0, 13.0, 11.0], &Caps { least: 14, ..none }), [100, 0, 0]);
    }

    #[test]
    fn a_cap_is_on_all_that_somebody_has() {
        let caps = Caps { most: Some(50), ..Caps::default() };
        let shared = |groups: &[u32]| -> Vec<u64> {
            allocate(100, &[6.0, 2.0, 1.0, 1.0], &caps, groups).iter().map(|one| one.amount).collect()
        };
        assert_eq!(shared(&[0, 1, 2, 3]), [50, 25, 13, 12]);
        assert_eq!(shared(&[0, 0, 1, 2]), [38, 12, 25, 25], "in pieces it is no more than whole");
        let told = allocate(100, &[6.0, 2.0, 1.0, 1.0], &caps, &[0, 0, 1, 2]);
        assert_eq!(
            told.iter().map(|one| one.reduced).collect::<Vec<_>>(),
            [Some(Reduced::Cap), Some(Reduced::Cap), None, None]
        );
    }

    #[test]
    fn a_surplus_is_kept_where_a_round_says_so() {
        let keep = Caps { surplus: Surplus::Keep, ..Caps::default() };
        assert_eq!(amounts(1000, &[200.0, 50.0], &keep), [200, 50]);
        assert_eq!(amounts(100, &[200.0, 50.0], &keep), [80, 20]);
        assert_eq!(amounts(100, &[f64::NAN, f64::INFINITY, -1.0, 0.0], &Caps::default()), [0; 4]);
    }

    proptest! {
        #[test]
        fn the_pool_is_paid_out_to_the_unit(
            pool in 0_u64..1 << 50,
            scores in prop::collection::vec(prop_oneof![Just(0.0), 0.0..1e12_f64], 1..50),
            most in prop::option::of(1_u64..1 << 50),
            least in prop_oneof![Just(0_u64), 0_u64..1 << 40],
        ) {
            let caps = Caps { most, least, surplus: Surplus::Share };
            let amounts = amounts(pool, &scores, &caps);
            let sum: u64 = amounts.iter().sum();
            prop_assert!(sum <= pool);
            for amount in &amounts {
                prop_assert!(*amount == 0 || *amount >= least);
                prop_assert!(most.is_none_or(|most| *amount <= most));
            }
            let paid = amounts.iter().filter(|amount| **amount > 0).count() as u64;
            let full = most.is_some_and(|most| amounts.iter().all(|amount| *amount == 0 || *amount == most));
            prop_assert!(sum == pool || paid == 0 || full, "{sum} of {pool}");
        }

        #[test]
        fn more_score_is_never_less_money(pool in 0_u64..1 << 40, scores in prop::collection::vec(1.0..1e9_f64, 2..30)) {
            let amounts = amounts(pool, &scores, &Caps { most: Some(pool / 2 + 1), ..Caps::default() });
            for a in 0..scores.len() {
                for b in 0..scores.len() {
                    prop_assert!(scores[a] <= scores[b] || amounts[a] + 1 >= amounts[b]);
                }
            }
        }
    }
}
