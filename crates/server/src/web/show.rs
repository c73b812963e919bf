//! Figures, sizes and moments as people read them: units of ten, three digits, "18 minutes ago" up to a day and a date
//! from then on.

use std::fmt::{Display, Formatter, Result};

use askama::filters::HtmlSafe;
use seedcorn_core::time::Time;

/// A size in bytes: `714 B`, `11.4 kB`, `4.62 GB`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bytes(pub(crate) u64);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
        if self.0 < 1000 {
            return write!(f, "{} B", self.0);
        }
        let mut value = self.0 as f64 / 1000.0;
        let mut unit = 0;
        // 999.5 would be written as 1000.
        while value >= 999.5 && unit + 1 < units.len() {
            value /= 1000.0;
            unit += 1;
        }
        let digits = match value {
            value if value < 9.995 => 2,
            value if value < 99.95 => 1,
            _ => 0,
        };
        write!(f, "{value:.digits$} {}", units[unit])
    }
}

/// The beginning of a text, so that no list grows with what one of its lines says.
pub(crate) fn cut(text: &str, chars: usize) -> String {
    match text.char_indices().nth(chars) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

/// Thousandths as hundredths: `12.3 %`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PerMille(pub(crate) u64);

impl Display for PerMille {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}.{} %", self.0 / 10, self.0 % 10)
    }
}

/// A whole number with commas: `1,903`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count(pub(crate) u64);

impl Display for Count {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let digits = self.0.to_string();
        for (n, digit) in digits.chars().enumerate() {
            if n > 0 && (digits.len() - n).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

/// A number and what is counted: `1 file`, `21 files`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Many(pub(crate) u64, pub(crate) &'static str);

impl Display for Many {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{} {}{}", Count(self.0), self.1, if self.0 == 1 { "" } else { "s" })
    }
}

/// Parameters by dtype and how many there are of all, as shares: `BF16 99.9 %, F32 under 0.1 %`; the first few.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shares<'a>(pub(crate) &'a [(String, u64)], pub(crate) u64);

/// Dtypes that are named.
const SHARES: usize = 5;

impl Display for Shares<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let named = self.0.iter().filter(|(_, count)| *count > 0);
        for (n, (dtype, count)) in named.clone().take(SHARES).enumerate() {
            let comma = if n > 0 { ", " } else { "" };
            // Rounded down: only what is all of it is a hundred.
            let per_mille = (u128::from(*count) * 1000 / u128::from(self.1.max(1))) as u64;
            match per_mille {
                _ if *count == self.1 => write!(f, "{comma}{dtype}")?,
                0 => write!(f, "{comma}{dtype} under 0.1 %")?,
                _ => write!(f, "{comma}{dtype} {}", PerMille(per_mille))?,
            }
        }
        if named.count() > SHARES { f.write_str(", …") } else { Ok(()) }
    }
}

/// A moment, as seen from another: a `time` element.
#[derive(Clone, Copy, Debug)]
pub(crate) struct When {
    /// The moment.
    pub(crate) at: Time,
    /// Now.
    pub(crate) now: Time,
}

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl When {
    fn words(&self) -> String {
        let ago = self.now.secs() - self.at.secs();
        let many = |n: i64, word| format!("{} ago", Many(n.unsigned_abs(), word));
        match ago {
            ..MINUTE => "just now".into(),
            MINUTE..HOUR => many(ago / MINUTE, "minute"),
            HOUR..DAY => many(ago / HOUR, "hour"),
            _ => self.at.date(),
        }
    }
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "<time datetime=\"{}\">{}</time>", self.at, self.words())
    }
}

impl HtmlSafe for When {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_three_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.00 kB"),
            (11_400, "11.4 kB"),
            (999_499, "999 kB"),
            (999_500, "1.00 MB"),
            (9_994_999, "9.99 MB"),
            (9_995_000, "10.0 MB"),
            (4_620_000_000, "4.62 GB"),
            (u64::MAX, "18.4 EB"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Bytes(bytes).to_string(), text, "{bytes}");
        }
    }

    #[test]
    fn counts_have_commas_and_plurals() {
        for (count, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(Count(count).to_string(), text);
        }
        assert_eq!(Many(1, "file").to_string(), "1 file");
        assert_eq!(Many(1200, "file").to_string(), "1,200 files");
    }

    #[test]
    fn shares_are_of_the_whole() {
        let shares = |all: &[(&str, u64)], total| {
            let all: Vec<_> = all.iter().map(|(dtype, count)| ((*dtype).to_owned(), *count)).collect();
            Shares(&all, total).to_string()
        };
        assert_eq!(shares(&[("F32", 7)], 7), "F32");
        assert_eq!(
            shares(&[("BF16", 999_999), ("F32", 1), ("I64", 0)], 1_000_000),
            "BF16 99.9 %, F32 under 0.1 %"
        );
        assert_eq!(shares(&[], 0), "");
        let many: Vec<_> = ["A", "B", "C", "D", "E", "F"].map(|dtype| (dtype, 1)).into();
        assert!(shares(&many, 6).ends_with("E 16.6 %, …"));
    }

    #[test]
    fn moments_are_ago_for_a_day() {
        let now = Time(1_790_000_000_000_000);
        let words = |secs: i64| When { at: now.plus_secs(-secs), now }.words();
        assert_eq!(words(-5), "just now");
        assert_eq!(words(59), "just now");
        assert_eq!(words(60), "1 minute ago");
        assert_eq!(words(2 * HOUR + 1), "2 hours ago");
        assert_eq!(words(DAY), "20 Sep 2026");
        assert!(When { at: now, now }.to_string().starts_with("<time datetime=\"2026-09-21T"));
    }
}
