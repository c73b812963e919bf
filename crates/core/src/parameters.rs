//! Numbers of parameters as people write them, and ranges of them: `7B`, `min:500M,max:3B`, as the Hub's clients ask with
//! `num_parameters`.

use std::fmt;
use std::str::FromStr;

/// Suffixes and what they stand for.
const UNITS: [(char, u64); 4] =
    [('K', 1_000), ('M', 1_000_000), ('B', 1_000_000_000), ('T', 1_000_000_000_000)];

/// Numbers of parameters from one to another, both within.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Range {
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
}

impl Range {
    /// From nothing to everything.
    pub const ALL: Range = Range { min: 0, max: u64::MAX };
}

/// Sizes of models by which lists are narrowed.
pub const SIZES: [Range; 6] = {
    const B: u64 = 1_000_000_000;
    [
        Range { min: 0, max: B },
        Range { min: B, max: 3 * B },
        Range { min: 3 * B, max: 10 * B },
        Range { min: 10 * B, max: 30 * B },
        Range { min: 30 * B, max: 100 * B },
        Range { min: 100 * B, max: u64::MAX },
    ]
};

impl Range {
    /// It in words: `up to 1B`, `1B to 3B`, `100B and more`.
    pub fn told(&self) -> String {
        match (self.min, self.max) {
            (0, u64::MAX) => "any".to_owned(),
            (0, max) => format!("up to {}", short(max)),
            (min, u64::MAX) => format!("{} and more", short(min)),
            (min, max) => format!("{} to {}", short(min), short(max)),
        }
    }
}

/// What is no range; says how one is written.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("a number of parameters is asked for as \"min:6B,max:128B\" or one of the two, not {0:?}")]
pub struct BadRange(String);

impl FromStr for Range {
    type Err = BadRange;

    fn from_str(text: &str) -> Result<Range, BadRange> {
        let bad = || BadRange(text.chars().take(100).collect());
        let mut range = Range::ALL;
        for part in text.split(',') {
            match part.trim().split_once(':') {
                Some(("min", number)) => range.min = number_of(number).ok_or_else(bad)?,
                Some(("max", number)) => range.max = number_of(number).ok_or_else(bad)?,
                _ => return Err(bad()),
            }
        }
        Ok(range)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.min, self.max) {
            (0, u64::MAX) => f.write_str("min:0"),
            (min, u64::MAX) => write!(f, "min:{}", short(min)),
            (0, max) => write!(f, "max:{}", short(max)),
            (min, max) => write!(f, "min:{},max:{}", short(min), short(max)),
        }
    }
}

/// A number with or without a unit, such as `7B`, `1.5b` or `3000000`.
fn number_of(text: &str) -> Option<u64> {
    let text = text.trim();
    let last = text.chars().next_back()?.to_ascii_uppercase();
    let unit = UNITS.iter().find(|(letter, _)| *letter == last);
    let (digits, unit) = unit.map_or((text, 1), |(_, unit)| (&text[..text.len() - 1], *unit));
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let fraction = if fraction.is_empty() {
        0
    } else {
        let scale = 10_u128.pow(u32::try_from(fraction.len()).ok()?);
        fraction.parse::<u128>().ok()? * u128::from(unit) / scale
    };
    u64::try_from(whole.parse::<u128>().ok()? * u128::from(unit) + fraction).ok()
}

/// A number as [`number_of`] reads it, with the largest unit that needs no fraction.
fn short(number: u64) -> String {
    let unit = UNITS.iter().rev().find(|(_, unit)| number >= *unit && number.is_multiple_of(*unit));
    unit.map_or_else(|| number.to_string(), |(letter, unit)| format!("{}{letter}", number / unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_clients_write_them() {
        let read = |text: &str| text.parse::<Range>().map(|range| (range.min, range.max));
        assert_eq!(read("min:6B,max:128B"), Ok((6_000_000_000, 128_000_000_000)));
        assert_eq!(read("max:1.5b"), Ok((0, 1_500_000_000)));
        assert_eq!(read("min:0.5K, max:3000"), Ok((500, 3000)));
        assert_eq!(read("min:2T"), Ok((2_000_000_000_000, u64::MAX)));
        for bad in [
            "",
            "7B",
            "min:",
            "min:B",
            "min:-1",
            "min:1e9",
            "mid:3",
            "min:1,",
            "min:9999999999999",
            "min:1.é",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        // No number is too large to be judged.
        assert!(read("max:999999999999T").is_err());
    }

    #[test]
    fn ranges_are_written_as_they_are_read() {
        assert_eq!(SIZES.map(|size| size.told())[..2], ["up to 1B", "1B to 3B"]);
        assert_eq!(SIZES[5].told(), "100B and more");
        for text in ["min:6B,max:128B", "max:500M", "min:1500M", "min:1", "min:0"] {
            assert_eq!(text.parse::<Range>().map(|range| range.to_string()), Ok(text.to_owned()));
        }
    }
}
