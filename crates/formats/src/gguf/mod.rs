//! GGUF: a magic, typed key-value pairs, a list of tensors, the tensors' bytes (GGUF specification, versions 2 and 3).
//!
//! The length of what stands before the tensors' bytes is written nowhere, so reading asks for more until it has all.

mod cursor;
mod names;
mod tensors;
mod value;

use cursor::{Cursor, Stop};
pub use names::TensorType;
pub use tensors::Tensor;
pub use value::{List, Value};

use crate::Unreadable;
use crate::limits::{GGUF_ALIGNMENT_BYTES_MAX, GGUF_HEADER_BYTES_MAX, GGUF_PAIRS_MAX, TENSORS_MAX};
use crate::unreadable::quoted;

pub use crate::limits::GGUF_FIRST_BYTES as FIRST_BYTES;

/// Bytes to which tensors are aligned if the file does not say otherwise (GGUF specification).
const ALIGNMENT_BYTES: u64 = 32;

/// What came of reading the beginning of a file.
#[derive(Clone, Debug, PartialEq)]
pub enum Reading {
    /// Call again with so many bytes of the file, counted from its beginning: more than there were, not more than the
    /// file has or we read.
    More(u64),
    /// All that stands before the tensors' bytes.
    Whole(Header),
}

/// What a file says before its tensors' bytes.
#[derive(Clone, Debug, PartialEq)]
pub struct Header {
    /// 2 or 3.
    pub version: u32,
    /// Whether its numbers are big-endian.
    pub big_endian: bool,
    /// The pairs in their order; no key stands twice.
    pub pairs: Vec<(String, Value)>,
    /// The tensors in their order; no name stands twice, no bytes belong to two.
    pub tensors: Vec<Tensor>,
    /// Where the tensors' bytes begin, from the beginning of the file.
    pub data_at: u64,
}

impl Header {
    /// The value of a key such as `general.name`.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.pairs.iter().find(|(known, _)| known == key).map(|(_, value)| value)
    }

    /// `general.architecture`, such as `llama`.
    pub fn architecture(&self) -> Option<&str> {
        self.value("general.architecture").and_then(Value::text)
    }

    /// The name of `general.file_type`, such as `Q4_K_M`: how most of the tensors are quantised.
    pub fn quantisation(&self) -> Option<&'static str> {
        self.value("general.file_type").and_then(Value::unsigned).and_then(names::file_type)
    }

    /// `{architecture}.context_length`: the tokens that the model was made for.
    pub fn context_length(&self) -> Option<u64> {
        self.value(&format!("{}.context_length", self.architecture()?)).and_then(Value::unsigned)
    }

    /// Elements of all tensors. A count too large for 64 bits stays at their end.
    pub fn parameters(&self) -> u64 {
        self.tensors.iter().fold(0, |sum, tensor| sum.saturating_add(tensor.elements))
    }
}

/// Reads `head`, the first bytes of a file of `file_bytes`. Begin with [`FIRST_BYTES`], or all of a shorter file.
///
/// # Errors
///
/// It is no GGUF of a version we read, contradicts itself or the file's length, or its header is longer than we read.
pub fn read(head: &[u8], file_bytes: u64) -> Result<Reading, Unreadable> {
    match header(head, file_bytes) {
        Ok(header) => Ok(Reading::Whole(header)),
        Err(Stop::Bad(error)) => Err(error),
        Err(Stop::More(bytes)) => {
            // Doubling bounds how often the same bytes are read.
            let most = file_bytes.min(GGUF_HEADER_BYTES_MAX);
            let twice = (head.len() as u64).saturating_mul(2).max(FIRST_BYTES).min(most);
            Ok(Reading::More(bytes.max(twice)))
        }
    }
}

fn header(head: &[u8], file_bytes: u64) -> Result<Header, Stop> {
    let mut cursor = Cursor::new(head, file_bytes);
    if file_bytes < 24 || cursor.take(4)? != b"GGUF" {
        return Err(Unreadable::Foreign("a GGUF file").into());
    }
    let mut version = cursor.u32()?;
    // The magic is bytes; the first number tells the order of all others.
    if version.trailing_zeros() >= 16 && version != 0 {
        cursor.big_endian = true;
        version = version.swap_bytes();
    }
    if version != 2 && version != 3 {
        return Err(Unreadable::Unknown(format!("version {version} of GGUF").into()).into());
    }
    let tensors = cursor.u64()?;
    let pairs = cursor.u64()?;
    if pairs > GGUF_PAIRS_MAX {
        return Err(Unreadable::too_much("key-value pairs", GGUF_PAIRS_MAX).into());
    }
    if tensors > TENSORS_MAX as u64 {
        return Err(Unreadable::too_much("tensors", TENSORS_MAX).into());
    }
    let mut known = Vec::new();
    for _ in 0..pairs {
        let key = cursor.name()?;
        let value = value::read(&mut cursor)?;
        known.push((key, value));
    }
    no_twins(known.iter().map(|(key, _)| key.as_str()), "key")?;
    let alignment = alignment(&known)?;
    let (tensors, data_at) = tensors::read(&mut cursor, tensors, alignment)?;
    no_twins(tensors.iter().map(|tensor| tensor.name.as_str()), "tensor")?;
    Ok(Header { version, big_endian: cursor.big_endian, pairs: known, tensors, data_at })
}

fn no_twins<'a>(names: impl Iterator<Item = &'a str>, what: &str) -> Result<(), Unreadable> {
    let mut names: Vec<_> = names.collect();
    names.sort_unstable();
    match names.windows(2).find(|two| two[0] == two[1]) {
        Some(two) => Err(Unreadable::broken(format!("{what} {} stands twice", quoted(two[0])))),
        None => Ok(()),
    }
}

fn alignment(pairs: &[(String, Value)]) -> Result<u64, Unreadable> {
    let Some((_, value)) = pairs.iter().find(|(key, _)| key == "general.alignment") else {
        return Ok(ALIGNMENT_BYTES);
    };
    match value {
        Value::U32(n) if n.is_power_of_two() && u64::from(*n) <= GGUF_ALIGNMENT_BYTES_MAX => {
            Ok(u64::from(*n))
        }
        _ => Err(Unreadable::broken("general.alignment is no power of two up to a MiB")),
    }
}

#[cfg(test)]
mod tests;
