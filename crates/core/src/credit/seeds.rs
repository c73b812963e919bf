//! Seeds: what people whom others trust have used. Everybody has one budget, however much they use; publishing, likes and
//! counts of downloads bring nothing in.

use super::share::apportion;

/// One, as days and weights are counted here.
const ONE: u64 = 1 << 32;
/// Days of use that make somebody's budget whole.
const WHOLE_DAYS: u64 = 10;
/// One, as trust is counted.
const TRUST_ONE: u64 = 1_000_000;
/// Days after which a day of use counts no more: by then it is less than a part in 2^32.
const AGE_MAX_HALVES: u64 = 32;

/// What somebody used in a period.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Use {
    /// The number of who controls their account, by which their own works are left out.
    pub controller: u32,
    /// How far they are trusted, in millionths (see [`super::trust()`]).
    pub trust: u32,
    /// Their active days, as [`faded`] counts them.
    pub days: u64,
    /// What they used, versions of one work one after the other.
    pub works: Vec<UseOfOne>,
}

/// One version of a work that somebody used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UseOfOne {
    /// The number of the version.
    pub version: u32,
    /// The number of the work: of however many versions, it has one part of what a member has to give.
    pub work: u32,
    /// The number of who controls it.
    pub controller: u32,
    /// The days on which they used it, as [`faded`] counts them.
    pub days: u64,
}

/// How much days of use count by their ages in days: half as much for every `half_life` days that went by. In parts of 2^32.
pub fn faded(ages: impl IntoIterator<Item = u32>, half_life: u32) -> u64 {
    let half_life = u64::from(half_life.max(1));
    ages.into_iter().map(|age| half(u64::from(age), half_life)).sum()
}

/// 2^(-age / half_life) in parts of 2^32, by squares of roots of one half: the same on every machine.
fn half(age: u64, half_life: u64) -> u64 {
    /// 2^(-1/2^n) in parts of 2^62, for n of 1 to 16.
    static ROOTS: [u64; 16] = [
        3_260_954_456_333_195_553,
        3_877_950_241_171_266_237,
        4_228_934_724_888_366_667,
        4_416_165_660_797_809_419,
        4_512_867_096_753_504_462,
        4_562_008_997_483_360_349,
        4_586_780_255_215_411_730,
        4_599_216_278_082_138_665,
        4_605_446_927_862_164_404,
        4_608_565_417_332_308_034,
        4_610_125_453_837_388_245,
        4_610_905_670_110_601_999,
        4_611_295_827_762_151_833,
        4_611_490_918_967_884_500,
        4_611_588_467_665_893_036,
        4_611_637_242_788_701_950,
    ];
    let (halves, rest) = (age / half_life, age % half_life);
    if halves >= AGE_MAX_HALVES {
        return 0;
    }
    // The broken part of the exponent in binary digits.
    let digits = (rest << 16) / half_life;
    let mut value: u128 = 1 << 62;
    for (n, root) in ROOTS.iter().enumerate() {
        if digits & (1 << (15 - n)) != 0 {
            value = (value * u128::from(*root)) >> 62;
        }
    }
    u64::try_from(value >> 30).unwrap_or(ONE) >> halves
}

/// log2(1 + x) of parts of 2^32, in parts of 2^32: digit by digit, the same on every machine.
fn log(x: u64) -> u64 {
    let x = u128::from(x) + u128::from(ONE);
    let whole = 127 - x.leading_zeros() - 32;
    // In [1, 2), in parts of 2^62.
    let mut rest = if whole > 30 { x >> (whole - 30) } else { x << (30 - whole) };
    let mut log = u64::from(whole) << 32;
    for digit in (0..32).rev() {
        rest = (rest * rest) >> 62;
        if rest >= 2 << 62 {
            rest >>= 1;
            log |= 1 << digit;
        }
    }
    log
}

/// A pool in parts by what was used, by the numbers of versions: they come to the pool, unless nothing was used at all.
///
/// Everybody's budget is their trust times their activity, and is split over what they used by the logarithm of the days on
/// which they did; a work's part, over its versions by the days themselves. Works of their own are left out.
pub fn seeds(versions: usize, pool: u64, uses: &[Use]) -> Vec<u64> {
    let mut weights = vec![0_u128; versions];
    for one in uses {
        let activity = one.days.min(WHOLE_DAYS * ONE) / WHOLE_DAYS;
        let budget = u128::from(activity) * u128::from(u64::from(one.trust).min(TRUST_ONE));
        let days = |work: &[UseOfOne]| work.iter().map(|of| of.days).fold(0, u64::saturating_add);
        let is_others = |of: &UseOfOne| of.controller != one.controller && (of.version as usize) < versions;
        let works = one.works.chunk_by(|a, b| a.work == b.work).filter(|work| work.iter().all(is_others));
        let logs: Vec<(&[UseOfOne], u128)> = works.map(|work| (work, u128::from(log(days(work))))).collect();
        let sum: u128 = logs.iter().map(|(_, log)| log).sum();
        if sum == 0 {
            continue;
        }
        for (work, log) in logs {
            // At most 2^52 times 2^38.
            let part = budget * log / sum;
            for of in work {
                weights[of.version as usize] += part * u128::from(of.days) / u128::from(days(work).max(1));
            }
        }
    }
    let total: u128 = weights.iter().sum();
    let shift = (128 - total.leading_zeros()).saturating_sub(62);
    let weights: Vec<u64> =
        weights.iter().map(|weight| u64::try_from(weight >> shift).unwrap_or_default()).collect();
    apportion(pool, &weights)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_worth_half() {
        assert_eq!(faded([0], 365), ONE);
        assert_eq!(faded([365, 730], 365), ONE / 2 + ONE / 4);
        assert_eq!(faded([365 * 40], 365), 0);
        for age in 0..2000 {
            let exact = (-f64::from(age) / 365.0).exp2();
            let here = faded([age], 365) as f64 / ONE as f64;
            assert!((here - exact).abs() < 1.1e-5, "{age}: {here} {exact}");
        }
    }

    #[test]
    fn logarithms() {
        assert_eq!((log(0), log(ONE), log(3 * ONE)), (0, ONE, 2 * ONE));
        for x in [0.001, 0.5, 1.0, 2.0, 9.7, 365.0, 1e6] {
            let here = log((x * ONE as f64) as u64) as f64 / ONE as f64;
            assert!((here - (1.0_f64 + x).log2()).abs() < 1e-8, "{x}: {here}");
        }
    }

    fn used(controller: u32, trust: u32, works: &[(u32, u32, u64)]) -> Use {
        let works = works.iter().map(|(work, controller, days)| UseOfOne {
            version: *work,
            work: *work,
            controller: *controller,
            days: days * ONE,
        });
        Use { controller, trust, days: 20 * ONE, works: works.collect() }
    }

    #[test]
    fn one_budget_each_and_none_for_oneself() {
        let pool = 1_000_000;
        // Member 9 pulls one work all day, member 8 two works, one of them their own.
        let uses = [used(9, 1_000_000, &[(0, 1, 300)]), used(8, 1_000_000, &[(1, 1, 3), (2, 8, 300)])];
        assert_eq!(seeds(3, pool, &uses), [500_000, 500_000, 0]);
        let half = [used(9, 1_000_000, &[(0, 1, 1)]), used(8, 500_000, &[(1, 1, 1)])];
        assert_eq!(seeds(3, 300, &half), [200, 100, 0]);
        assert_eq!(seeds(3, pool, &[used(9, 0, &[(0, 1, 1)])]), [0, 0, 0], "nobody trusts them");
        // log2(1 + 1) and log2(1 + 3).
        assert_eq!(seeds(2, 300, &[used(9, 1, &[(0, 1, 1), (1, 1, 3)])]), [100, 200]);
    }

    #[test]
    fn a_work_of_many_versions_has_no_more_of_it() {
        let mut one = used(9, 1, &[(0, 1, 1), (1, 1, 2), (2, 1, 1)]);
        // The last two are versions of one work.
        one.works[2].work = 1;
        assert_eq!(seeds(3, 900, &[one.clone()]), [300, 400, 200]);
        one.works[2].version = 9;
        assert_eq!(seeds(3, 900, &[one]), [900, 0, 0], "no such version");
    }
}
