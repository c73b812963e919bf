//! When a work came out, as exactly as is known.

use std::fmt;

use serde_json::Value;

use crate::name::BadName;

/// A year, a month or a day.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub struct Published {
    /// The year.
    pub year: u16,
    /// 1 to 12.
    pub month: Option<u8>,
    /// 1 to 31, never without a month.
    pub day: Option<u8>,
}

impl Published {
    /// Reads `2024`, `2024-05` or `2024-05-31`; what follows a day, such as a time, is left out.
    ///
    /// # Errors
    /// Says what a date looks like.
    pub fn parse(text: &str) -> Result<Published, BadName> {
        read(text.trim())
            .ok_or_else(|| BadName(format!("a date is written 2024, 2024-05 or 2024-05-31: {text:?}")))
    }

    /// From a card, where a year alone is a number.
    ///
    /// # Errors
    /// As [`Published::parse`].
    pub fn from_value(value: &Value) -> Result<Published, BadName> {
        match value {
            Value::String(text) => Published::parse(text),
            Value::Number(number) => Published::parse(&number.to_string()),
            _ => Err(BadName("a date is written 2024, 2024-05 or 2024-05-31".into())),
        }
    }

    /// From parts that stand apart; a month or day that cannot be is left out.
    pub fn from_parts(year: Option<u64>, month: Option<u64>, day: Option<u64>) -> Option<Published> {
        let year = u16::try_from(year?).ok().filter(|year| (1000..=9999).contains(year))?;
        let small = |part: Option<u64>, most: u8| {
            part.and_then(|part| u8::try_from(part).ok()).filter(|part| (1..=most).contains(part))
        };
        let month = small(month, 12);
        let day = small(day, 31).filter(|day| month.is_some_and(|month| is_day(year, month, *day)));
        Some(Published { year, month, day })
    }

    /// `2024-05-31`, if the day is known.
    pub fn full(self) -> Option<String> {
        self.day.map(|_| self.to_string())
    }
}

fn is_day(year: u16, month: u8, day: u8) -> bool {
    let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
    let (Ok(year), Ok(month), Ok(day)) = parts else { return false };
    jiff::civil::Date::new(year, month, day).is_ok()
}

fn read(text: &str) -> Option<Published> {
    let mut parts = text.splitn(3, '-');
    let number = |text: &str, len: usize| {
        (text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
    };
    let year: u64 = number(parts.next()?, 4)?;
    let month: Option<u64> = match parts.next() {
        Some(text) => Some(number(text, 2)?),
        None => None,
    };
    let day: Option<u64> = match parts.next() {
        Some(text) => {
            let (day, rest) = (text.get(..2)?, text.get(2..)?);
            let time = rest.is_empty() || rest.starts_with(['T', 't', ' ']);
            Some(number(day, 2).filter(|_| time)?)
        }
        None => None,
    };
    let read = Published::from_parts(Some(year), month, day)?;
    (read.month.is_some() == month.is_some() && read.day.is_some() == day.is_some()).then_some(read)
}

impl fmt::Display for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        for part in [self.month, self.day].into_iter().flatten() {
            write!(f, "-{part:02}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn dates() {
        for good in ["2024", "2024-05", "2024-02-29"] {
            assert_eq!(Published::parse(good).unwrap().to_string(), good);
        }
        assert_eq!(Published::parse("2022-01-20 10:00:00Z").unwrap().full().as_deref(), Some("2022-01-20"));
        for bad in
            ["", "24", "2023-02-29", "2024-13", "2024-5", "2024-05-31x", "0024", "2024-05-é", "+024", "2024-"]
        {
            assert!(Published::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Published::from_value(&serde_json::json!(2024)).unwrap().year, 2024);
        assert!(Published::from_value(&serde_json::json!(2024.5)).is_err());
        assert_eq!(Published::from_parts(Some(2024), Some(2), Some(30)).unwrap().to_string(), "2024-02");
    }
}
