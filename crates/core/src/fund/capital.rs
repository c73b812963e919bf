//! Capital-constrained quadratic funding in integers, as clr.fund counts it: donations lie in the pot, and the pot is all there
//! is.

/// What makes a round none.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadCapital {
    /// The pot holds less than what was given.
    #[error("the pot holds less than what was given")]
    Short,
    /// A number does not fit.
    #[error("a number of the round is too large")]
    TooLarge,
}

/// The part of the pot that goes by squares, in parts of `precision`: (pot − given) / (Σ votes² − given), rounded down.
///
/// `votes` are sums of square roots of credits and `spent` sums of credits, of each project; `unit` is what one credit is
/// worth in minor units. None where nobody gave more than alone: then nothing goes by squares.
///
/// # Errors
/// [`BadCapital`].
pub fn alpha(
    pot: u128,
    votes: &[u64],
    spent: &[u64],
    unit: u128,
    precision: u128,
) -> Result<u128, BadCapital> {
    let given: u128 = spent.iter().map(|spent| u128::from(*spent)).sum();
    let squares = votes
        .iter()
        .try_fold(0_u128, |sum, votes| sum.checked_add(u128::from(*votes).checked_mul(u128::from(*votes))?));
    let squares = squares.ok_or(BadCapital::TooLarge)?;
    let worth = given.checked_mul(unit).ok_or(BadCapital::TooLarge)?;
    let surplus = pot.checked_sub(worth).ok_or(BadCapital::Short)?;
    let asked = squares.saturating_sub(given).checked_mul(unit).ok_or(BadCapital::TooLarge)?;
    if asked == 0 {
        return Ok(0);
    }
    mul_div(surplus, precision, asked).ok_or(BadCapital::TooLarge)
}

/// What one project gets: alpha·votes² + (1 − alpha)·spent credits, in minor units rounded down.
///
/// # Errors
/// [`BadCapital`].
pub fn capital_constrained(
    alpha: u128,
    votes: u64,
    spent: u64,
    unit: u128,
    precision: u128,
) -> Result<u128, BadCapital> {
    let square = u128::from(votes) * u128::from(votes);
    let by_squares = alpha.checked_mul(square);
    let by_credits = precision.checked_sub(alpha).and_then(|rest| rest.checked_mul(u128::from(spent)));
    let sum = by_squares.zip(by_credits).and_then(|(a, b)| a.checked_add(b)).ok_or(BadCapital::TooLarge)?;
    mul_div(sum, unit, precision).ok_or(BadCapital::TooLarge)
}

/// a·b/c rounded down, with a product of 256 bits. None if it does not fit, or c is nothing.
fn mul_div(a: u128, b: u128, c: u128) -> Option<u128> {
    if c == 0 {
        return None;
    }
    if let Some(product) = a.checked_mul(b) {
        return Some(product / c);
    }
    // b binary digit by binary digit, from the top: twice what there is, and a once more where the digit is one.
    let (mut quotient, mut rest) = (0_u128, 0_u128);
    let (a_whole, a_rest) = (a / c, a % c);
    for digit in (0..128).rev() {
        quotient = quotient.checked_mul(2)?;
        (quotient, rest) = add(quotient, rest, rest, c)?;
        if b >> digit & 1 == 1 {
            quotient = quotient.checked_add(a_whole)?;
            (quotient, rest) = add(quotient, rest, a_rest, c)?;
        }
    }
    Some(quotient)
}

/// Adds to a rest below c another, and carries.
fn add(quotient: u128, rest: u128, more: u128, c: u128) -> Option<(u128, u128)> {
    match rest >= c - more {
        true => Some((quotient.checked_add(1)?, rest - (c - more))),
        false => Some((quotient, rest + more)),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_pot_of_three() {
        // Two donors of 4 credits to the first, one of 9 to the second: votes 4 and 3, spent 8 and 9.
        let (votes, spent) = ([4, 3], [8, 9]);
        let precision = 1_000_000;
        let alpha = alpha(21, &votes, &spent, 1, precision).unwrap();
        assert_eq!(alpha, 500_000, "4 more than was given, of 8 that squares ask for");
        let paid = |n: usize| capital_constrained(alpha, votes[n], spent[n], 1, precision).unwrap();
        assert_eq!((paid(0), paid(1)), (12, 9));
        assert_eq!(super::alpha(16, &votes, &spent, 1, precision), Err(BadCapital::Short));
        assert_eq!(super::alpha(30, &[2], &[4], 1, precision), Ok(0), "one donor alone");
    }

    proptest! {
        #[test]
        fn products_of_256_bits(a in any::<u128>(), b in any::<u128>(), c in 1_u128..) {
            if let Some(quotient) = mul_div(a, b, c) {
                // The same in a second way: modulo 2^128, and to the size as real numbers.
                let rest = a.wrapping_mul(b).wrapping_sub(quotient.wrapping_mul(c));
                prop_assert!(rest < c);
                let exact = a as f64 * b as f64 / c as f64;
                prop_assert!((quotient as f64 - exact).abs() <= exact * 1e-9 + 1.0);
            } else {
                prop_assert!(a as f64 * b as f64 / c as f64 > 3.4e38);
            }
        }
    }
}
