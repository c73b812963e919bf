//! An amount in parts that come to exactly that amount.

/// Parts of an amount in proportion to weights, by largest remainder: each gets its share rounded down, and the units that are
/// left go to those with the largest remainders, the earlier first where two are alike. With no weight at all, nobody gets
/// anything.
///
/// Sums of weights must stay below 2^64.
pub fn apportion(amount: u64, weights: &[u64]) -> Vec<u64> {
    let total: u64 = weights.iter().sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    let shares = Shares::of(amount, total);
    let (mut parts, rests): (Vec<u64>, Vec<u64>) =
        weights.iter().map(|weight| shares.of_weight(*weight)).unzip();
    // Fewer than there are parts with a remainder: remainders come to so many wholes, and each is less than one.
    let left = (amount - parts.iter().sum::<u64>()) as usize;
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|n| std::cmp::Reverse(rests[*n]));
    order.iter().take(left).for_each(|n| parts[*n] += 1);
    parts
}

/// Shares of one amount by weights of one sum.
#[derive(Clone, Copy)]
pub(super) enum Shares {
    /// Of sums below 2^32.
    Narrow(Reciprocal),
    /// Of an amount, by a sum.
    Wide(u64, u64),
}

impl Shares {
    /// By weights that come to `total`, which is above nothing.
    pub(super) fn of(amount: u64, total: u64) -> Shares {
        match total < 1 << 32 {
            true => Shares::Narrow(Reciprocal::of(amount, total)),
            false => Shares::Wide(amount, total),
        }
    }

    /// The share of a weight, rounded down, and what remains of it in parts of the sum.
    pub(super) fn of_weight(self, weight: u64) -> (u64, u64) {
        match self {
            Shares::Narrow(reciprocal) => reciprocal.share(weight),
            Shares::Wide(amount, total) => share(amount, weight, total),
        }
    }
}

/// Shares with a single division for all of them: dividing takes longer than all the rest.
#[derive(Clone, Copy)]
pub(super) struct Reciprocal {
    total: u64,
    /// 2^64 / total, rounded down.
    inverse: u64,
    /// What a unit of weight surely has, and what is left of the amount then.
    each: u64,
    rest: u64,
}

impl Reciprocal {
    /// For sums below 2^32: then the products below fit.
    fn of(amount: u64, total: u64) -> Reciprocal {
        let mut of = Reciprocal { total, inverse: u64::MAX / total, each: 0, rest: 0 };
        (of.each, of.rest) = of.divide(amount);
        of
    }

    /// Divides by the sum.
    fn divide(self, product: u64) -> (u64, u64) {
        // At most two too few: the inverse is less than one too small, and rounding down takes less than one.
        let mut part = ((u128::from(product) * u128::from(self.inverse)) >> 64) as u64;
        let mut rest = product - part * self.total;
        while rest >= self.total {
            (part, rest) = (part + 1, rest - self.total);
        }
        (part, rest)
    }

    /// As [`share`].
    fn share(self, weight: u64) -> (u64, u64) {
        let (part, rest) = self.divide(self.rest * weight);
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
            prop_assert_eq!(Reciprocal::of(amount, total).share(weight), share(amount, weight, total));
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
