//! The list of tensors, and where their bytes lie.

use std::ops::Range;

use super::cursor::{Cursor, Stop};
use super::names::TensorType;
use crate::Unreadable;
use crate::limits::GGUF_DIMENSIONS_MAX;
use crate::unreadable::quoted;

/// One tensor of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tensor {
    /// Its name.
    pub name: String,
    /// How its elements are written.
    pub kind: TensorType,
    /// Its dimensions in ggml's order: the one whose elements lie side by side is the first.
    pub shape: Vec<u64>,
    /// The product of its dimensions.
    pub elements: u64,
    /// Where its bytes lie, from the beginning of the file; empty if we do not know its type.
    pub at: Range<u64>,
}

/// So many tensors, and where their bytes begin.
pub(super) fn read(cursor: &mut Cursor<'_>, count: u64, alignment: u64) -> Result<(Vec<Tensor>, u64), Stop> {
    let mut tensors = Vec::new();
    for _ in 0..count {
        tensors.push(tensor(cursor, alignment)?);
    }
    // The header is far shorter than what would overflow.
    let data_at = cursor.at().next_multiple_of(alignment);
    let file_bytes = cursor.file_bytes();
    for tensor in &mut tensors {
        let shifted = |at: u64| at.checked_add(data_at).filter(|at| *at <= file_bytes);
        match (shifted(tensor.at.start), shifted(tensor.at.end)) {
            (Some(start), Some(end)) => tensor.at = start..end,
            _ => return Err(bad(&tensor.name, "has bytes outside the file").into()),
        }
    }
    let mut order: Vec<_> = tensors.iter().filter(|tensor| !tensor.at.is_empty()).collect();
    order.sort_unstable_by_key(|tensor| tensor.at.start);
    match order.windows(2).find(|two| two[0].at.end > two[1].at.start) {
        Some(two) => Err(bad(&two[1].name, "overlaps another").into()),
        None => Ok((tensors, data_at)),
    }
}

/// Its place still counts from where the tensors' bytes begin.
fn tensor(cursor: &mut Cursor<'_>, alignment: u64) -> Result<Tensor, Stop> {
    let name = cursor.name()?;
    let dimensions = cursor.u32()?;
    if dimensions > GGUF_DIMENSIONS_MAX {
        return Err(bad(&name, "has more than four dimensions").into());
    }
    let mut shape = Vec::new();
    for _ in 0..dimensions {
        shape.push(cursor.u64()?);
    }
    let kind = TensorType(cursor.u32()?);
    let start = cursor.u64()?;
    if !start.is_multiple_of(alignment) {
        return Err(bad(&name, "is not aligned").into());
    }
    let Some(elements) = shape.iter().try_fold(1u64, |product, &n| product.checked_mul(n)) else {
        return Err(bad(&name, "has more elements than can be counted").into());
    };
    let mut end = Some(start);
    if let Some((block, block_bytes)) = kind.block() {
        if shape.first().is_some_and(|row| !row.is_multiple_of(block)) {
            return Err(bad(&name, "has rows that end inside a block").into());
        }
        end = (elements / block).checked_mul(block_bytes).and_then(|bytes| start.checked_add(bytes));
    }
    let Some(end) = end else { return Err(bad(&name, "has bytes outside the file").into()) };
    Ok(Tensor { name, kind, shape, elements, at: start..end })
}

fn bad(name: &str, what: &str) -> Unreadable {
    Unreadable::broken(format!("tensor {} {what}", quoted(name)))
}
