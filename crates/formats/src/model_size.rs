//! How large a model is: its parameters by dtype, over all its files.

use std::fmt;

use crate::limits::DTYPES_MAX;
use crate::safetensors::Header;

/// A dtype is named in the text if it has at least one parameter in so many.
const NAMED_ONE_IN: u64 = 100;

/// The parameters of a model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelSize {
    /// How many there are of each dtype, most first; only in the total those of dtypes beyond [`DTYPES_MAX`].
    pub parameters: Vec<(String, u64)>,
    /// How many there are.
    pub total: u64,
}

impl ModelSize {
    /// The parameters of a model that lies in these files. A count too large for 64 bits stays at their end: such
    /// dtypes are invented.
    pub fn of<'a>(headers: impl IntoIterator<Item = &'a Header>) -> Self {
        let mut size = ModelSize::default();
        for (dtype, count) in headers.into_iter().flat_map(Header::parameters) {
            size.add(dtype.name(), count);
        }
        size
    }

    /// Counts more of a dtype.
    pub fn add(&mut self, dtype: &str, count: u64) {
        self.total = self.total.saturating_add(count);
        let known = self.parameters.len();
        match self.parameters.iter_mut().find(|(name, _)| name == dtype) {
            Some((_, known)) => *known = known.saturating_add(count),
            None if known >= DTYPES_MAX => {}
            None => self.parameters.push((dtype.to_owned(), count)),
        }
        self.parameters.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    }
}

/// `7.24 B, BF16`; dtypes with under a hundredth of the parameters are left out.
impl fmt::Display for ModelSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&figure(self.total))?;
        for (dtype, count) in &self.parameters {
            if *count > 0 && *count >= self.total / NAMED_ONE_IN {
                write!(f, ", {dtype}")?;
            }
        }
        Ok(())
    }
}

/// A count with three digits and its unit: `950`, `22.7 M`, `7.24 B`, `1.04 T`.
pub fn figure(count: u64) -> String {
    let mut value = count as f64;
    if count < 1000 {
        return count.to_string();
    }
    let mut unit = "";
    for next in ["k", "M", "B", "T", "Q"] {
        // 999.5 would be written as 1000.
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    let digits = match value {
        value if value < 9.995 => 2,
        value if value < 99.95 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_have_three_digits() {
        for (count, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1.00 k"),
            (22_713_216, "22.7 M"),
            (137_022_720, "137 M"),
            (999_499_999, "999 M"),
            (999_500_000, "1.00 B"),
            (7_241_732_096, "7.24 B"),
            (9_995_000_000, "10.0 B"),
            (671_026_419_200, "671 B"),
            (1_040_000_000_000, "1.04 T"),
            (u64::MAX, "18447 Q"),
        ] {
            assert_eq!(figure(count), text);
        }
    }

    #[test]
    fn sizes_name_the_dtypes_that_matter() {
        let mut size = ModelSize::default();
        assert_eq!(size.to_string(), "0");
        size.add("F32", 1_000_000);
        size.add("BF16", 7_000_000_000);
        size.add("BF16", 241_732_096);
        assert_eq!(size.to_string(), "7.24 B, BF16");
        size.add("U8", 1_000_000_000);
        assert_eq!(size.to_string(), "8.24 B, BF16, U8");
        size.add("X", u64::MAX);
        assert_eq!(size.total, u64::MAX);
        assert_eq!(size.parameters[0], ("X".to_owned(), u64::MAX));
    }
}
