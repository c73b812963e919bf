//! Values as people read them.

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, Timestamp};

use super::schema::{Leaf, Meaning, Physical, Unit};
use super::values::Scalar;
use crate::kind;
use crate::limits::CELL_BYTES_MAX;
use crate::table::{Cell, CellKind};

/// Bytes of the beginning of a value that tell what it is.
const SNIFFED_BYTES: usize = 4096;
/// Bytes of the longest two's-complement number that we turn into digits.
const DECIMAL_BYTES_MAX: usize = 16;

/// A value as a cell of its own.
pub(super) fn cell(leaf: Leaf, value: &Scalar<'_>) -> Cell {
    match value {
        Scalar::Bool(value) => Cell::new(CellKind::Bool, value.to_string()),
        Scalar::I32(n) => integer(leaf.meaning, i64::from(*n), 32),
        Scalar::I64(n) => integer(leaf.meaning, *n, 64),
        Scalar::I96(bytes) => Cell::new(CellKind::Text, old_moment(bytes)),
        Scalar::F32(n) => Cell::new(CellKind::Number, format!("{n:?}")),
        Scalar::F64(n) => Cell::new(CellKind::Number, format!("{n:?}")),
        Scalar::Bytes(bytes) => of_bytes(leaf, bytes),
    }
}

fn integer(meaning: Meaning, n: i64, bits: u32) -> Cell {
    let text = match meaning {
        Meaning::Date => return Cell::new(CellKind::Text, date(n)),
        Meaning::Time(unit) => return Cell::new(CellKind::Text, time(n, unit)),
        Meaning::Timestamp(unit, utc) => return Cell::new(CellKind::Text, moment(n, unit, utc)),
        Meaning::Decimal { scale, .. } => decimal(i128::from(n), scale),
        Meaning::Int { signed: false, .. } if bits == 32 => (n as u32).to_string(),
        Meaning::Int { signed: false, .. } => n.cast_unsigned().to_string(),
        _ => n.to_string(),
    };
    Cell::new(CellKind::Number, text)
}

fn of_bytes(leaf: Leaf, bytes: &[u8]) -> Cell {
    match leaf.meaning {
        Meaning::Text | Meaning::Json => Cell::text(bytes),
        Meaning::Decimal { scale, .. } if bytes.len() <= DECIMAL_BYTES_MAX => {
            let sign = if bytes.first().is_some_and(|byte| *byte >= 0x80) { -1 } else { 0 };
            let number = bytes.iter().fold(sign, |number: i128, byte| number << 8 | i128::from(*byte));
            Cell::new(CellKind::Number, decimal(number, scale))
        }
        Meaning::Half => match bytes {
            [low, high] => Cell::new(CellKind::Number, half(u16::from_le_bytes([*low, *high]))),
            _ => described(bytes),
        },
        Meaning::Uuid => Cell::new(CellKind::Text, uuid(bytes)),
        // Old writers do not say which bytes are text.
        _ if leaf.physical == Physical::Bytes && kind::is_text(bytes, false) => Cell::text(bytes),
        _ => described(bytes),
    }
}

/// Bytes that are no text: what they are and how many.
fn described(bytes: &[u8]) -> Cell {
    let kind = kind::sniff(&bytes[..bytes.len().min(SNIFFED_BYTES)]);
    let word = kind.map_or("binary", |kind| kind.word());
    Cell::new(CellKind::Bytes, format!("<{word}, {} bytes>", bytes.len()))
}

fn decimal(number: i128, scale: u32) -> String {
    let scale = scale as usize;
    let digits = format!("{:0>width$}", number.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let sign = if number < 0 { "-" } else { "" };
    let point = if scale > 0 { "." } else { "" };
    format!("{sign}{whole}{point}{part}")
}

fn date(days: i64) -> String {
    let date = jiff::Span::new().try_days(days).and_then(|days| Date::constant(1970, 1, 1).checked_add(days));
    date.map_or_else(|_| format!("day {days}"), |date| date.to_string())
}

fn nanos(n: i64, unit: Unit) -> i128 {
    let each = match unit {
        Unit::Milli => 1_000_000,
        Unit::Micro => 1000,
        Unit::Nano => 1,
    };
    i128::from(n) * each
}

fn time(n: i64, unit: Unit) -> String {
    let since = i64::try_from(nanos(n, unit)).ok().map(SignedDuration::from_nanos);
    let time = since.and_then(|since| jiff::civil::Time::midnight().checked_add(since).ok());
    time.map_or_else(|| n.to_string(), |time| time.to_string())
}

fn moment(n: i64, unit: Unit, utc: bool) -> String {
    let Ok(moment) = Timestamp::from_nanosecond(nanos(n, unit)) else { return n.to_string() };
    let text = moment.to_string();
    if utc { text } else { text.trim_end_matches('Z').to_owned() }
}

/// Nanoseconds of a day and the Julian day, as old writers wrote moments.
fn old_moment(bytes: &[u8; 12]) -> String {
    /// The Julian day of 1970-01-01.
    const EPOCH: i64 = 2_440_588;
    let [a, b, c, d, e, f, g, h, day @ ..] = *bytes;
    let nanos = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
    let days = i64::from(i32::from_le_bytes(day)) - EPOCH;
    let start = jiff::Span::new().try_days(days);
    let start = start.and_then(|days| DateTime::constant(1970, 1, 1, 0, 0, 0, 0).checked_add(days));
    match start.and_then(|start| start.checked_add(SignedDuration::from_nanos(nanos))) {
        Ok(moment) => moment.to_string(),
        Err(_) => format!("day {days}, {nanos} ns"),
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> String {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f32::from(bits & 1023));
    let value = match exponent {
        0 => fraction * 2f32.powi(-24),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    };
    format!("{:?}", sign * value)
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = String::new();
    for (n, byte) in bytes.iter().enumerate().take(CELL_BYTES_MAX) {
        text.push_str(if matches!(n, 4 | 6 | 8 | 10) { "-" } else { "" });
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_out() {
        assert_eq!(decimal(-5, 2), "-0.05");
        assert_eq!(decimal(12345, 2), "123.45");
        assert_eq!(decimal(12345, 0), "12345");
        assert_eq!(decimal(i128::MIN, 38), "-1.70141183460469231731687303715884105728");
        for (bits, text) in
            [(0x3c00, "1.0"), (0xc000, "-2.0"), (0x0001, "5.9604645e-8"), (0x7c00, "inf"), (0x7e01, "NaN")]
        {
            assert_eq!(half(bits), text);
        }
    }

    #[test]
    fn times_are_written_out() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(20_000), "2024-10-04");
        assert_eq!(date(i64::MAX), format!("day {}", i64::MAX));
        assert_eq!(moment(1_700_000_000_123, Unit::Milli, false), "2023-11-14T22:13:20.123");
        assert_eq!(moment(i64::MAX, Unit::Milli, true), i64::MAX.to_string());
        assert_eq!(moment(i64::MIN, Unit::Nano, true), "1677-09-21T00:12:43.145224192Z");
        assert_eq!(time(3_723_000_001, Unit::Micro), "01:02:03.000001");
        assert_eq!(time(-1, Unit::Nano), "-1");
        assert_eq!(old_moment(&[0, 0, 0, 0, 0, 0, 0, 0, 0x8c, 0x3d, 0x25, 0]), "1970-01-01T00:00:00");
        assert!(old_moment(&[0xff; 12]).contains("day") || old_moment(&[0xff; 12]).starts_with('-'));
    }
}
