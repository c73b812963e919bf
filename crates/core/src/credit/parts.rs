//! What one work passes on, in parts for those that it builds upon: as [`apportion`](super::apportion) does it, but counted once
//! for all of one weight, of whom there are few kinds.

use super::share::Shares;

/// So many works, one after the other, of one weight.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Lot {
    pub(super) weight: u64,
    pub(super) works: u32,
}

/// Room that is used again for every work.
#[derive(Default)]
pub(super) struct Room {
    given: Vec<Given>,
    alike: Vec<(u32, usize)>,
}

/// What a lot is given.
struct Given {
    /// What remains after division.
    rest: u64,
    /// What each has.
    part: u64,
    /// Where its works begin.
    begin: usize,
    works: usize,
    /// How many of them, the first by their ids, have one more.
    more: usize,
}

/// Tells works, in lists of those who have the same, their parts of an amount. `works` come lot by lot, and within a lot in the
/// order of their ids, which `ids` has by place.
pub(super) fn each(
    amount: u64,
    lots: &[Lot],
    works: &[u32],
    ids: &[u32],
    room: &mut Room,
    mut tell: impl FnMut(&[u32], u64),
) {
    let total: u64 = lots.iter().map(|lot| lot.weight * u64::from(lot.works)).sum();
    if total == 0 {
        return;
    }
    let shares = Shares::of(amount, total);
    room.given.clear();
    let (mut left, mut begin) = (amount, 0);
    for lot in lots {
        let (part, rest) = shares.of_weight(lot.weight);
        left -= part * u64::from(lot.works);
        room.given.push(Given { rest, part, begin, works: lot.works as usize, more: 0 });
        begin += lot.works as usize;
    }
    hand_out(left as usize, works, ids, room);
    for given in &room.given {
        let (more, others) = works[given.begin..given.begin + given.works].split_at(given.more);
        tell(more, given.part + 1);
        tell(others, given.part);
    }
}

/// Gives the units that are left to those with the largest remainders, the first by their ids where those are alike. They are
/// fewer than the works with a remainder: remainders come to `left` wholes, and each is less than one.
fn hand_out(mut left: usize, works: &[u32], ids: &[u32], room: &mut Room) {
    let Room { given, alike } = room;
    if left == 0 {
        return;
    }
    given.sort_unstable_by_key(|given| std::cmp::Reverse(given.rest));
    for lots in given.chunk_by_mut(|a, b| a.rest == b.rest) {
        let all: usize = lots.iter().map(|lot| lot.works).sum();
        if left >= all {
            lots.iter_mut().for_each(|lot| lot.more = lot.works);
            left -= all;
            continue;
        }
        if let [one] = lots {
            one.more = left;
        } else if left > 0 {
            alike.clear();
            for (n, lot) in lots.iter().enumerate() {
                let own = &works[lot.begin..lot.begin + lot.works];
                alike.extend(own.iter().map(|work| (ids[*work as usize], n)));
            }
            alike.select_nth_unstable(left - 1);
            // Each lot is in the order of ids, so those who come first are its beginning.
            alike.iter().take(left).for_each(|(_, n)| lots[*n].more += 1);
        }
        return;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::credit::apportion;

    proptest! {
        #[test]
        fn lots_are_as_good_as_one_by_one(
            amount in prop_oneof![0_u64..100, any::<u64>()],
            weights in prop_oneof![
                prop::collection::vec(1_u64..4, 1..40),
                prop::collection::vec(1_u64..1 << 25, 1..12),
                prop::collection::vec(prop::sample::select(vec![3_u64 << 40, 5 << 40, 7]), 1..40),
            ],
        ) {
            // Works are numbered by their ids, backward.
            let n = weights.len() as u32;
            let ids: Vec<u32> = (0..n).rev().collect();
            let weight = |work: &u32| weights[ids[*work as usize] as usize];
            let mut works: Vec<u32> = (0..n).collect();
            works.sort_by_key(|work| (weight(work), ids[*work as usize]));
            let lots: Vec<Lot> = works
                .chunk_by(|a, b| weight(a) == weight(b))
                .map(|lot| Lot { weight: weight(&lot[0]), works: lot.len() as u32 })
                .collect();
            let mut parts = vec![0; weights.len()];
            each(amount, &lots, &works, &ids, &mut Room::default(), |works, part| {
                works.iter().for_each(|work| parts[ids[*work as usize] as usize] += part);
            });
            prop_assert_eq!(parts, apportion(amount, &weights));
        }
    }
}
