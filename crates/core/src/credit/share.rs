//! An amount in parts that come to exactly that amount.

/// Parts of an amount in proportion to weights, by largest remainder: each gets its share rounded down, and the units that are
/// left go to those with the largest remainders, the earlier first where two are alike. With no weight at all, nobody gets
/// anything.
///
/// Sums of weights must stay below 2^64.
pub fn apportion(amount: u64, weights: &[u64]) -> Vec<u64> {
    let mut parts = Vec::with_capacity(weights.len());
    let mut room = Keys::default();
    let total: u64 = weights.iter().sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    by_weight(amount, weights, total, &mut parts, &mut room);
    parts
}

/// As [`apportion`], into a vector that is used again and again.
pub(super) fn by_weight(amount: u64, weights: &[u64], total: u64, parts: &mut Vec<u64>, room: &mut Keys) {
    parts.clear();
    let mut left = amount;
    if let Some(reciprocal) = Reciprocal::of(amount, total) {
        let keys = &mut room.narrow;
        keys.clear();
        for (n, weight) in (0_u64..).zip(weights) {
            let (part, rest) = reciprocal.share(*weight);
            left -= part;
            parts.push(part);
            // The largest remainder first, the earlier of two that are alike.
            keys.push((u64::from(u32::MAX) - rest) << 32 | n);
        }
        return add_left(left, keys, parts, |key| (key & u64::from(u32::MAX)) as usize);
    }
    let keys = &mut room.wide;
    keys.clear();
    for (n, weight) in (0_u128..).zip(weights) {
        let (part, rest) = share(amount, *weight, total);
        left -= part;
        parts.push(part);
        keys.push(u128::from(u64::MAX - rest) << 32 | n);
    }
    add_left(left, keys, parts, |key| (key & u128::from(u32::MAX)) as usize);
}

/// Gives the units that are left to those with the first keys. They are fewer than the parts with a remainder: remainders come to
/// `left` wholes, and each is less than one.
fn add_left<K: Ord + Copy>(left: u64, keys: &mut [K], parts: &mut [u64], place: impl Fn(K) -> usize) {
    let left = usize::try_from(left).unwrap_or(usize::MAX).min(keys.len());
    if left == 0 {
        return;
    }
    if left < keys.len() {
        keys.select_nth_unstable(left - 1);
    }
    for key in keys.iter().take(left) {
        if let Some(part) = parts.get_mut(place(*key)) {
            *part += 1;
        }
    }
}

/// Room for keys by which remainders are ordered, used again and again: narrow ones where the sum of weights is below 2^32.
#[derive(Default)]
pub(super) struct Keys {
    narrow: Vec<u64>,
    wide: Vec<u128>,
}

/// Shares of one amount by weights of one sum, with a single division for all of them: dividing takes longer than all the rest.
#[derive(Clone, Copy)]
struct Reciprocal {
    total: u64,
    /// What a unit of weight surely has, and what is left of the amount then.
    each: u64,
    rest: u64,
    /// 2^64 / total, rounded down.
    inverse: u64,
}

impl Reciprocal {
    /// For sums below 2^32: then the products below fit.
    fn of(amount: u64, total: u64) -> Option<Reciprocal> {
        let fits = total < 1 << 32;
        fits.then(|| Reciprocal {
            total,
            each: amount / total,
            rest: amount % total,
            inverse: u64::MAX / total,
        })
    }

    /// As [`share`].
    fn share(self, weight: u64) -> (u64, u64) {
        let product = self.rest * weight;
        // At most two too few: the inverse is less than one too small, and rounding down takes less than one.
        let mut part = ((u128::from(product) * u128::from(self.inverse)) >> 64) as u64;
        let mut rest = product - part * self.total;
        while rest >= self.total {
            (part, rest) = (part + 1, rest - self.total);
        }
        (self.each * weight + part, rest)
    }
}

/// `amount * weight / total`, rounded down, and what remains of it.
fn share(amount: u64, weight: u64, total: u64) -> (u64, u64) {
    match amount.checked_mul(weight) {
        Some(product) => (product / total, product % total),
        None => {
            let product = u128::from(amount) * u128::from(weight);
            let (part, rest) = (product / u128::from(total), product % u128::from(total));
            // The weight is no more than the total, so the part is no more than the amount.
            (u64::try_from(part).unwrap_or(amount), u64::try_from(rest).unwrap_or_default())
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_earlier_gets_what_cannot_be_halved() {
        assert_eq!(apportion(10, &[1, 1, 1]), [4, 3, 3]);
        assert_eq!(apportion(3, &[1, 2, 1]), [1, 1, 1], "remainders of .75, .5 and .75");
        assert_eq!(apportion(5, &[0, 0]), [0, 0]);
        assert_eq!(apportion(u64::MAX, &[u64::MAX / 2, u64::MAX / 2]), [u64::MAX / 2 + 1, u64::MAX / 2]);
    }

    proptest! {
        #[test]
        fn one_division_is_as_good_as_many(amount: u64, total in 1_u64..1 << 32, weight in 0_u64..1 << 32) {
            let weight = weight % (total + 1);
            let reciprocal = Reciprocal::of(amount, total).unwrap();
            prop_assert_eq!(reciprocal.share(weight), share(amount, weight, total));
        }

        #[test]
        fn parts_come_to_the_amount(
            amount: u64,
            weights in prop_oneof![
                prop::collection::vec(0_u64..1 << 40, 1..60),
                prop::collection::vec(0_u64..1 << 26, 1..60),
                prop::collection::vec(0_u64..5, 1..60),
            ],
        ) {
            let parts = apportion(amount, &weights);
            let total: u64 = weights.iter().sum();
            if total > 0 {
                prop_assert_eq!(parts.iter().map(|part| u128::from(*part)).sum::<u128>(), u128::from(amount));
            }
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = (u128::from(amount) * u128::from(*weight)) / u128::from(total.max(1));
                prop_assert!((exact..=exact + 1).contains(&u128::from(*part)));
                prop_assert!(*weight > 0 || *part == 0);
            }
        }
    }
}
