//! The values of a column's pages, in each encoding (Parquet encodings).

use std::borrow::Cow;

use super::column::{Data, Pages};
use super::delta;
use super::levels::{Hybrid, bits};
use super::schema::Physical;
use crate::Unreadable;
use crate::limits::PARQUET_UNPACKED_BYTES_MAX;

type Result<T> = std::result::Result<T, Unreadable>;

/// A value as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Bool(bool),
    I32(i32),
    I64(i64),
    I96([u8; 12]),
    F32(f32),
    F64(f64),
    Bytes(Cow<'a, [u8]>),
}

/// The values that are not null, until the first that cannot be read; and why it cannot, if it should be there.
pub(super) fn values<'a>(pages: &'a Pages<'_>, physical: Physical) -> (Vec<Scalar<'a>>, Option<Unreadable>) {
    let mut reader = Reader { physical, dictionary: None, out: Vec::new() };
    for data in &pages.data {
        let before = reader.out.len();
        if let Err(error) = reader.page(pages, data) {
            return (reader.out, Some(error));
        }
        if reader.out.len() - before < data.present {
            let cut = !data.whole || pages.dictionary.as_ref().is_some_and(|dictionary| !dictionary.whole);
            let error = (!cut).then(|| Unreadable::broken("a page has too few values"));
            return (reader.out, error);
        }
    }
    (reader.out, None)
}

struct Reader<'a> {
    physical: Physical,
    dictionary: Option<Dictionary<'a>>,
    out: Vec<Scalar<'a>>,
}

/// The values of a dictionary, found by their number.
enum Dictionary<'a> {
    Fixed(&'a [u8], usize),
    Bytes(Vec<&'a [u8]>),
}

impl<'a> Reader<'a> {
    fn page(&mut self, pages: &'a Pages<'_>, data: &'a Data<'_>) -> Result<()> {
        let (bytes, wanted) = (data.values(), data.present);
        match (data.encoding, self.physical) {
            (0, _) => self.plain(bytes, wanted),
            (2 | 8, _) => return self.indexes(pages, bytes, wanted),
            (3, Physical::Boolean) => {
                let runs = bytes.get(4..).unwrap_or_default();
                self.out.extend(Hybrid::new(runs, 1).take(wanted).map(|bit| Scalar::Bool(bit == 1)));
            }
            (5, Physical::Int32) => {
                let numbers = delta::read(bytes, wanted)?.numbers;
                self.out.extend(numbers.into_iter().map(|number| Scalar::I32(number as i32)));
            }
            (5, Physical::Int64) => {
                self.out.extend(delta::read(bytes, wanted)?.numbers.into_iter().map(Scalar::I64));
            }
            (6, Physical::Bytes) => return self.lengths(bytes, wanted),
            (7, Physical::Bytes | Physical::Fixed(_)) => return self.prefixes(bytes, wanted),
            (9, _) if data.whole => return self.split(bytes, wanted),
            (9, _) => return Err(Unreadable::Unknown("so long a page of split values".into())),
            (encoding, _) => return Err(Unreadable::Unknown(format!("encoding {encoding}").into())),
        }
        Ok(())
    }

    fn plain(&mut self, bytes: &'a [u8], wanted: usize) {
        match self.physical.bytes() {
            Some(width) => {
                let values = bytes.chunks_exact(width).take(wanted);
                self.out.extend(values.filter_map(|value| fixed(self.physical, value.into())));
            }
            None if self.physical == Physical::Boolean => {
                let bit = |n: usize| bits(bytes, n as u64, 1).map(|bit| Scalar::Bool(bit == 1));
                self.out.extend((0..wanted).map_while(bit));
            }
            None => self.out.extend(Lengthy(bytes).take(wanted).map(|value| Scalar::Bytes(value.into()))),
        }
    }

    fn indexes(&mut self, pages: &'a Pages<'_>, bytes: &[u8], wanted: usize) -> Result<()> {
        let Some(found) = &pages.dictionary else {
            return Err(Unreadable::broken("a page refers to a dictionary that is not there"));
        };
        let dictionary = self.dictionary.get_or_insert_with(|| match self.physical.bytes() {
            Some(width) => Dictionary::Fixed(&found.bytes, width),
            None => Dictionary::Bytes(Lengthy(&found.bytes).collect()),
        });
        let Some((width, runs)) = bytes.split_first() else { return Ok(()) };
        if *width > 32 {
            return Err(Unreadable::broken("a page's indexes have more than 32 bits"));
        }
        for index in Hybrid::new(runs, u32::from(*width)).take(wanted) {
            let index = index as usize;
            let value = match dictionary {
                Dictionary::Bytes(values) => values.get(index).map(|value| Scalar::Bytes((*value).into())),
                Dictionary::Fixed(bytes, width) => {
                    let at = index.saturating_mul(*width);
                    let value = bytes.get(at..).and_then(|rest| rest.get(..*width));
                    value.and_then(|value| fixed(self.physical, value.into()))
                }
            };
            match value {
                Some(value) => self.out.push(value),
                None if found.whole => return Err(Unreadable::broken("a dictionary lacks a value")),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    /// Lengths, then the bytes of all values.
    fn lengths(&mut self, bytes: &'a [u8], wanted: usize) -> Result<()> {
        let lengths = delta::read(bytes, wanted)?;
        let mut rest = lengths.rest.unwrap_or_default();
        for length in lengths.numbers {
            let length = usize::try_from(length).map_err(|_| Unreadable::broken("a length is negative"))?;
            let Some((value, after)) = rest.split_at_checked(length) else { return Ok(()) };
            self.out.push(Scalar::Bytes(value.into()));
            rest = after;
        }
        Ok(())
    }

    /// How much of its predecessor each value begins with, and the rest of it.
    fn prefixes(&mut self, bytes: &'a [u8], wanted: usize) -> Result<()> {
        let shared = delta::read(bytes, wanted)?;
        let Some(rest) = shared.rest else { return Ok(()) };
        let lengths = delta::read(rest, wanted)?;
        let mut rest = lengths.rest.unwrap_or_default();
        let mut last = Vec::new();
        let mut made = 0;
        for (shared, length) in shared.numbers.into_iter().zip(lengths.numbers) {
            let (Ok(shared), Ok(length)) = (usize::try_from(shared), usize::try_from(length)) else {
                return Err(Unreadable::broken("a length is negative"));
            };
            let Some((own, after)) = rest.split_at_checked(length) else { return Ok(()) };
            let Some(begin) = last.get(..shared) else {
                return Err(Unreadable::broken("a value begins with more than its predecessor has"));
            };
            let value = [begin, own].concat();
            rest = after;
            // Each value may be as long as all before it together.
            made += value.len();
            if made > PARQUET_UNPACKED_BYTES_MAX {
                return Err(Unreadable::too_much("bytes of values", PARQUET_UNPACKED_BYTES_MAX));
            }
            last.clone_from(&value);
            let cut = matches!(self.physical, Physical::Fixed(width) if width != value.len());
            if cut {
                return Err(Unreadable::broken("a value of fixed length has another"));
            }
            self.out.push(Scalar::Bytes(value.into()));
        }
        Ok(())
    }

    /// The first bytes of all values, then the second ones, and so on.
    fn split(&mut self, bytes: &[u8], wanted: usize) -> Result<()> {
        let Some(width) = self.physical.bytes().filter(|_| self.physical != Physical::Int96) else {
            return Err(Unreadable::broken("split values of no fixed length"));
        };
        let count = bytes.len() / width;
        for n in 0..wanted.min(count) {
            let value: Vec<u8> = (0..width).map(|byte| bytes[byte * count + n]).collect();
            self.out.extend(fixed(self.physical, value.into()));
        }
        Ok(())
    }
}

/// Values with their length before them.
struct Lengthy<'a>(&'a [u8]);

impl<'a> Iterator for Lengthy<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<4>()?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        self.0 = rest;
        Some(value)
    }
}

/// A value of fixed length; `bytes` is as long as the type is.
fn fixed(physical: Physical, bytes: Cow<'_, [u8]>) -> Option<Scalar<'_>> {
    Some(match physical {
        Physical::Int32 => Scalar::I32(i32::from_le_bytes(*bytes.first_chunk()?)),
        Physical::Int64 => Scalar::I64(i64::from_le_bytes(*bytes.first_chunk()?)),
        Physical::Int96 => Scalar::I96(*bytes.first_chunk()?),
        Physical::Float => Scalar::F32(f32::from_le_bytes(*bytes.first_chunk()?)),
        Physical::Double => Scalar::F64(f64::from_le_bytes(*bytes.first_chunk()?)),
        Physical::Fixed(_) | Physical::Bytes => Scalar::Bytes(bytes),
        Physical::Boolean => return None,
    })
}

impl Physical {
    /// Bytes of a value; none if they differ or are bits.
    fn bytes(self) -> Option<usize> {
        match self {
            Physical::Boolean | Physical::Bytes => None,
            Physical::Int32 | Physical::Float => Some(4),
            Physical::Int64 | Physical::Double => Some(8),
            Physical::Int96 => Some(12),
            Physical::Fixed(length) => Some(length),
        }
    }
}
