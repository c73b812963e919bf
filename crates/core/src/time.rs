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
