//! safetensors: eight bytes that say how long the header is, the header in JSON, the tensors' bytes (safetensors format).
//!
//! Stricter than the clients' library in one thing: a name that stands twice is refused. The library takes the last, and
//! another reader may take the first; both would be right, and see different tensors.

mod dtype;
mod index;
mod json;

use std::ops::Range;

pub use dtype::Dtype;
pub use index::{Index, index};

use crate::Unreadable;
use crate::limits::{DTYPES_MAX, SAFETENSORS_FORMAT_BYTES_MAX, SAFETENSORS_HEADER_BYTES_MAX};
use crate::unreadable::quoted;

/// Bytes in front of the header: its length, little-endian.
pub const LENGTH_BYTES: u64 = 8;

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name: any text, never a path.
    pub name: String,
    /// What its elements are.
    pub dtype: Dtype,
    /// Its dimensions, outermost first; empty for a single number.
    pub shape: Vec<u64>,
    /// The product of its dimensions.
    pub elements: u64,
    /// Where its bytes lie, from the beginning of the file.
    pub at: Range<u64>,
}

/// What is sound, and worth telling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Remark {
    /// White space stands before the header's JSON; the format begins with a brace.
    SpaceBefore,
    /// So many tensors have names that would lead out of a folder or hide on a screen, if somebody took them for paths.
    OddNames(u64),
}

/// The header of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The tensors in the order of their bytes.
    pub tensors: Vec<Tensor>,
    /// `__metadata__`: free texts, in their order; no key stands twice.
    pub metadata: Vec<(String, String)>,
    /// Oddities.
    pub remarks: Vec<Remark>,
    /// Bytes of the header's JSON.
    pub header_bytes: u64,
}

impl Header {
    /// Bytes of all tensors.
    pub fn data_bytes(&self) -> u64 {
        self.tensors.iter().map(|tensor| tensor.at.end - tensor.at.start).sum()
    }

    /// How many elements there are of each dtype, most first; dtypes beyond [`DTYPES_MAX`] are left out.
    pub fn parameters(&self) -> Vec<(Dtype, u64)> {
        let mut counts: Vec<(Dtype, u64)> = Vec::new();
        for tensor in &self.tensors {
            let known = counts.len();
            match counts.iter_mut().find(|(dtype, _)| *dtype == tensor.dtype) {
                Some((_, count)) => *count = count.saturating_add(tensor.elements),
                None if known >= DTYPES_MAX => {}
                None => counts.push((tensor.dtype.clone(), tensor.elements)),
            }
        }
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        counts
    }
}

/// How many bytes of JSON follow the first eight of a file of `file_bytes`. Fetch them and give them to [`parse`].
///
/// # Errors
///
/// The file is shorter than it says, or its header longer than we read.
pub fn header_bytes(first: &[u8], file_bytes: u64) -> Result<u64, Unreadable> {
    let Some(first) = first.first_chunk::<8>() else { return Err(Unreadable::Foreign("a safetensors file")) };
    let header = u64::from_le_bytes(*first);
    let end = header.checked_add(LENGTH_BYTES);
    if !(2..=SAFETENSORS_FORMAT_BYTES_MAX).contains(&header) {
        Err(Unreadable::Foreign("a safetensors file"))
    } else if end.is_none_or(|end| end > file_bytes) {
        Err(Unreadable::broken("its header is longer than the file"))
    } else if header > SAFETENSORS_HEADER_BYTES_MAX {
        Err(Unreadable::too_much("bytes of header", SAFETENSORS_HEADER_BYTES_MAX))
    } else {
        Ok(header)
    }
}

/// Reads a header: `json` is as many bytes as [`header_bytes`] said, from the file's ninth on.
///
/// The tensors cover the rest of the file without a hole, an overlap or a byte to spare, and each has as many bytes as
/// its shape and dtype need. A dtype we do not know is taken as it is; its size cannot be checked.
///
/// # Errors
///
/// The header is no such JSON, or contradicts itself or the file's length.
pub fn parse(json: &[u8], file_bytes: u64) -> Result<Header, Unreadable> {
    let header_bytes = json.len() as u64;
    if header_bytes > SAFETENSORS_HEADER_BYTES_MAX {
        return Err(Unreadable::too_much("bytes of header", SAFETENSORS_HEADER_BYTES_MAX));
    }
    let data_at = header_bytes + LENGTH_BYTES;
    let Some(data_bytes) = file_bytes.checked_sub(data_at) else {
        return Err(Unreadable::broken("its header is longer than the file"));
    };
    let json::Raw { tensors, metadata } = json::parse(json)?;
    let mut sound = Vec::new();
    for raw in tensors {
        sound.push(tensor(raw, data_at, data_bytes)?);
    }
    sound.sort_by(|a, b| (a.at.start, a.at.end, &a.name).cmp(&(b.at.start, b.at.end, &b.name)));
    let mut end = data_at;
    for tensor in &sound {
        if tensor.at.start != end {
            let what = if tensor.at.start < end { "overlaps another" } else { "lies behind a hole" };
            return Err(Unreadable::broken(format!("tensor {} {what}", quoted(&tensor.name))));
        }
        end = tensor.at.end;
    }
    if end != file_bytes {
        return Err(Unreadable::broken(format!("{} bytes follow its last tensor", file_bytes - end)));
    }
    let remarks = remarks(json, &sound);
    Ok(Header { tensors: sound, metadata, remarks, header_bytes })
}

fn tensor(raw: json::RawTensor, data_at: u64, data_bytes: u64) -> Result<Tensor, Unreadable> {
    let json::RawTensor { name, dtype, shape, offsets: [start, end] } = raw;
    let broken = |what: &str| Err(Unreadable::broken(format!("tensor {} {what}", quoted(&name))));
    if start > end || end > data_bytes {
        return broken("has bytes outside the file");
    }
    let Some(elements) = shape.iter().try_fold(1u64, |product, &n| product.checked_mul(n)) else {
        return broken("has more elements than can be counted");
    };
    if let Some(bits) = dtype.bits() {
        let Some(bits) = elements.checked_mul(u64::from(bits)) else {
            return broken("has more elements than can be counted");
        };
        if bits % 8 != 0 {
            return broken("ends inside a byte");
        }
        if bits / 8 != end - start {
            return broken("has more or fewer bytes than its shape needs");
        }
    }
    Ok(Tensor { name, dtype, shape, elements, at: data_at + start..data_at + end })
}

fn remarks(json: &[u8], tensors: &[Tensor]) -> Vec<Remark> {
    let mut remarks = Vec::new();
    if json.first().is_some_and(u8::is_ascii_whitespace) {
        remarks.push(Remark::SpaceBefore);
    }
    let odd = tensors.iter().filter(|tensor| is_odd(&tensor.name)).count();
    if odd > 0 {
        remarks.push(Remark::OddNames(odd as u64));
    }
    remarks
}

fn is_odd(name: &str) -> bool {
    let leads_out = name.starts_with('/') || name.split(['/', '\\']).any(|part| part == "..");
    name.is_empty() || leads_out || name.contains(|c: char| c == '\\' || c.is_control())
}

#[cfg(test)]
mod tests;
