//! The `Range` header (RFC 9110 §14): single byte ranges. Several at once, units we do not know, and what is no range at
//! all are ignored, as the RFC has it: the whole is sent.

use std::ops::Range;

use http::{HeaderMap, header};

/// What a request asks for of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// All of it.
    Whole,
    /// These bytes, end exclusive, within the file.
    Part(Range<u64>),
    /// Bytes that it does not have.
    Outside,
}

/// Reads the `Range` header of a request for a file of `bytes` bytes.
pub(crate) fn asked(headers: &HeaderMap, bytes: u64) -> Asked {
    let mut lines = headers.get_all(header::RANGE).iter();
    match (lines.next().and_then(|line| line.to_str().ok()), lines.next()) {
        (Some(line), None) => read(line, bytes).unwrap_or(Asked::Whole),
        _ => Asked::Whole,
    }
}

/// `None` for what is not one range of bytes.
fn read(line: &str, bytes: u64) -> Option<Asked> {
    let (unit, spec) = line.trim().split_once('=')?;
    let (first, last) = spec.trim().split_once('-').filter(|_| unit.eq_ignore_ascii_case("bytes"))?;
    let range = match (first, last) {
        ("", suffix) => {
            let count = position(suffix)?;
            // No range of bytes can be told of a file that has none; all of it is what was asked for.
            if bytes == 0 && count > 0 {
                return Some(Asked::Whole);
            }
            bytes.saturating_sub(count)..bytes
        }
        (first, "") => position(first)?..bytes,
        (first, last) => {
            let (first_digits, last_digits) = (first.trim_start_matches('0'), last.trim_start_matches('0'));
            let (start, end) = (position(first)?, position(last)?);
            // Beyond what a number holds, the digits still tell which is greater.
            let order = (first_digits.len(), first_digits).cmp(&(last_digits.len(), last_digits));
            if order.is_gt() {
                return None;
            }
            start..end.saturating_add(1).min(bytes)
        }
    };
    Some(if range.start >= bytes || range.is_empty() { Asked::Outside } else { Asked::Part(range) })
}

/// Digits alone. More of them than a number holds are beyond every file.
fn position(digits: &str) -> Option<u64> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(line: &'static str, bytes: u64) -> Asked {
        asked(&HeaderMap::from_iter([(header::RANGE, HeaderValue::from_static(line))]), bytes)
    }

    #[test]
    fn the_forms() {
        for (line, expected) in [
            ("bytes=0-", Asked::Part(0..10)),
            ("bytes=2-4", Asked::Part(2..5)),
            ("Bytes=2-4", Asked::Part(2..5)),
            ("bytes=2-100", Asked::Part(2..10)),
            ("bytes=2-99999999999999999999", Asked::Part(2..10)),
            ("bytes=-3", Asked::Part(7..10)),
            ("bytes=-30", Asked::Part(0..10)),
            ("bytes=-99999999999999999999", Asked::Part(0..10)),
            ("bytes=10-", Asked::Outside),
            ("bytes=10-20", Asked::Outside),
            ("bytes=-0", Asked::Outside),
            ("bytes=18446744073709551615-", Asked::Outside),
            ("bytes=99999999999999999999-", Asked::Outside),
            ("bytes=99999999999999999998-99999999999999999999", Asked::Outside),
            ("bytes=99999999999999999999-99999999999999999998", Asked::Whole),
            ("bytes=4-2", Asked::Whole),
            ("bytes=0-1,4-5", Asked::Whole),
            ("bytes=0-1,", Asked::Whole),
            ("lines=1-2", Asked::Whole),
            ("items=0-1", Asked::Whole),
            ("bytes=x-", Asked::Whole),
            ("bytes=+1-", Asked::Whole),
            ("bytes=-", Asked::Whole),
            ("bytes=1", Asked::Whole),
            ("bytes 0-1", Asked::Whole),
            ("abc", Asked::Whole),
            ("", Asked::Whole),
        ] {
            assert_eq!(of(line, 10), expected, "{line}");
        }
        assert_eq!(asked(&HeaderMap::new(), 10), Asked::Whole);
        assert_eq!(of("bytes=0-0", 0), Asked::Outside);
        assert_eq!(of("bytes=-5", 0), Asked::Whole);
    }

    #[test]
    fn two_headers_are_none() {
        let lines = ["bytes=0-1", "bytes=4-5"].map(|line| (header::RANGE, HeaderValue::from_static(line)));
        assert_eq!(asked(&HeaderMap::from_iter(lines), 10), Asked::Whole);
    }
}
