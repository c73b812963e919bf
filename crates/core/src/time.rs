//! Moments as microseconds since 1970 UTC, and the one way they are written on the wire.

use std::fmt;

/// A moment: microseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct Time(pub i64);

impl Time {
    /// From whole seconds since the Unix epoch.
    pub const fn from_secs(secs: i64) -> Time {
        Time(secs.saturating_mul(1_000_000))
    }

    /// Whole seconds since the Unix epoch, rounded down.
    pub const fn secs(self) -> i64 {
        self.0.div_euclid(1_000_000)
    }

    /// This moment and so many seconds.
    pub const fn plus_secs(self, secs: i64) -> Time {
        Time(self.0.saturating_add(secs.saturating_mul(1_000_000)))
    }

    /// `2 Jan 2026`, in UTC, for people to read.
    pub fn date(self) -> String {
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        at.strftime("%-d %b %Y").to_string()
    }

    /// `2026-01-02`, in UTC (ISO 8601).
    pub fn day(self) -> String {
        self.to_string().chars().take(10).collect()
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`: a date of HTTP (RFC 9110 §5.6.7), which has whole seconds.
    pub fn http_date(self) -> String {
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
    }

    /// Reads what [`Time::http_date`] writes; the two obsolete forms are none.
    pub fn parse_http_date(text: &str) -> Option<Time> {
        let at = jiff::fmt::rfc2822::parse(text.trim()).ok()?;
        Some(Time::from_secs(at.timestamp().as_second()))
    }
}

/// The moments from a day's, a week's or a month's beginning to its end, in UTC: `2026-01-02`, `2026-W01`, `2026-01`.
/// `None` for what is none of them.
pub fn period(text: &str) -> Option<(Time, Time)> {
    use jiff::civil::{Date, ISOWeekDate, Weekday};
    let digits = |text: &str, len: usize| {
        (text.len() == len && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse::<i16>().ok())?
    };
    let small = |text: &str| i8::try_from(digits(text, 2)?).ok();
    let (year, rest) = text.split_once('-')?;
    let year = digits(year, 4)?;
    let (first, after) = if let Some(week) = rest.strip_prefix('W') {
        let first = ISOWeekDate::new(year, small(week)?, Weekday::Monday).ok()?.date();
        (first, first.checked_add(jiff::Span::new().days(7)).ok()?)
    } else if let Some((month, day)) = rest.split_once('-') {
        let first = Date::new(year, small(month)?, small(day)?).ok()?;
        (first, first.tomorrow().ok()?)
    } else {
        let first = Date::new(year, small(rest)?, 1).ok()?;
        (first, first.last_of_month().tomorrow().ok()?)
    };
    let start = |day: Date| {
        let midnight = day.to_datetime(jiff::civil::Time::midnight());
        Some(Time(jiff::tz::Offset::UTC.to_timestamp(midnight).ok()?.as_microsecond()))
    };
    Some((start(first)?, start(after)?))
}

/// Reads a day (`2026-01-31`, its beginning in UTC) or a moment (RFC 3339; without an offset, UTC). `None` for what is neither.
pub fn moment(text: &str) -> Option<Time> {
    let at = text.parse::<jiff::Timestamp>().ok();
    let at = at.or_else(|| {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        jiff::tz::Offset::UTC.to_timestamp(civil).ok()
    });
    at.map(|at| Time(at.as_microsecond()))
}

impl From<i64> for Time {
    fn from(micros: i64) -> Time {
        Time(micros)
    }
}

impl fmt::Display for Time {
    /// `2026-01-02T03:04:05.678Z`: the only form that every client generation parses.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        write!(f, "{at:.3}").or(Err(fmt::Error))
    }
}

impl serde::Serialize for Time {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments() {
        for (text, secs) in [
            ("1970-01-02", 86_400),
            ("1970-01-01T00:01:00Z", 60),
            ("1970-01-01T02:00:00+02:00", 0),
            ("1970-01-01 00:00:05", 5),
            ("1970-01-01T00:00:07.25", 7),
        ] {
            assert_eq!(moment(text).map(Time::secs), Some(secs), "{text}");
        }
        for bad in ["", "yesterday", "2026", "2026-02-30", "12:00"] {
            assert_eq!(moment(bad), None, "{bad}");
        }
    }

    #[test]
    fn periods() {
        for (text, from, until) in [
            ("2024-02-29", "2024-02-29", "2024-03-01"),
            ("2025-W01", "2024-12-30", "2025-01-06"),
            ("2024-12", "2024-12-01", "2025-01-01"),
        ] {
            let told = period(text).map(|(from, until)| (from.to_string(), until.to_string()));
            let midnight = |day: &str| format!("{day}T00:00:00.000Z");
            assert_eq!(told, Some((midnight(from), midnight(until))), "{text}");
        }
        for bad in [
            "",
            "2024",
            "2024-13",
            "2024-2",
            "2023-02-29",
            "2024-W54",
            "2024-W1",
            "2024-1-1",
            "today",
            "+024-01",
        ] {
            assert_eq!(period(bad), None, "{bad}");
        }
    }

    #[test]
    fn always_three_digits_and_a_z() {
        assert_eq!(Time(1_767_323_045_000_000).to_string(), "2026-01-02T03:04:05.000Z");
        assert_eq!(Time(1_767_323_045_678_999).to_string(), "2026-01-02T03:04:05.678Z");
        assert_eq!(Time(-1).secs(), -1);
        let date = "Fri, 02 Jan 2026 03:04:05 GMT";
        assert_eq!(Time(1_767_323_045_678_999).http_date(), date);
        assert_eq!(Time::parse_http_date(date), Some(Time::from_secs(1_767_323_045)));
        assert_eq!(Time::parse_http_date("yesterday"), None);
        assert_eq!(Time(1_767_323_045_000_000).date(), "2 Jan 2026");
    }
}
