//! An amount in parts that come to exactly that amount.

/// Parts of an amount in proportion to weights, by largest remainder: each gets its share rounded down, and the units that are
/// left go to those with the largest remainders, the earlier first where two are alike. With no weight at all, nobody gets
/// anything.
///
/// Sums of weights must stay below 2^64.
pub fn apportion(amount: u64, weights: &[u64]) -> Vec<u64> {
    let mut parts = Vec::with_capacity(weights.len());
    let mut room = Vec::new();
    let total: u64 = weights.iter().sum();
    if total == 0 {
        return vec![0; weights.len()];
    }
    by_weight(amount, weights, total, &mut parts, &mut room);
    parts
}

/// As [`apportion`], into a vector that is used again and again.
pub(super) fn by_weight(
    amount: u64,
    weights: &[u64],
    total: u64,
    parts: &mut Vec<u64>,
    room: &mut Vec<(u64, u32)>,
) {
    parts.clear();
    room.clear();
    let mut left = amount;
    for (n, weight) in (0_u32..).zip(weights) {
        let (part, rest) = share(amount, *weight, total);
        left -= part;
        parts.push(part);
        if rest > 0 {
            room.push((u64::MAX - rest, n));
        }
    }
    let left = usize::try_from(left).unwrap_or(usize::MAX).min(room.len());
    if left == 0 {
        return;
    }
    // The units left are fewer than the parts with a remainder: remainders come to `left` wholes, and each is less than one.
    if left < room.len() {
        room.select_nth_unstable(left - 1);
    }
    for (_, n) in room.iter().take(left) {
        if let Some(part) = parts.get_mut(*n as usize) {
            *part += 1;
        }
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
        fn parts_come_to_the_amount(amount: u64, weights in prop::collection::vec(0_u64..1 << 40, 1..60)) {
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
