//! Which bytes hold the first rows: the beginning of each column's dictionary and pages.

use std::ops::Range;

use super::footer::{Chunk, Footer};
use crate::Unreadable;
use crate::limits::{
    FIELDS_MAX, PARQUET_GAP_BYTES_MAX, PARQUET_LEAVES_MAX, PARQUET_PLAN_BYTES_MAX, PARQUET_RANGE_BYTES_MAX,
};

/// Some bytes of a file.
#[derive(Clone, Copy, Debug)]
pub struct Piece<'a> {
    /// Where they lie in the file.
    pub at: u64,
    /// The bytes.
    pub bytes: &'a [u8],
}

/// The bytes of the file that hold the first rows, in their order, none twice. There are at most
/// [`PARQUET_PLAN_BYTES_MAX`] of them, and small gaps.
pub fn plan(footer: &Footer) -> Vec<Range<u64>> {
    let Some(group) = &footer.group else { return Vec::new() };
    let leaves = leaves(footer);
    let cap = range_bytes(leaves);
    let wanted = group.chunks.iter().take(leaves).filter_map(|chunk| wanted(footer, chunk, cap).ok());
    let mut ranges: Vec<_> = wanted.flat_map(|wanted| [wanted.dictionary, wanted.data]).collect();
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end.saturating_add(PARQUET_GAP_BYTES_MAX) => {
                last.end = last.end.max(range.end);
            }
            _ => merged.push(range),
        }
    }
    merged
}

/// How many of the top-level columns get cells.
pub(super) fn shown(footer: &Footer) -> usize {
    let few = |node: &&super::schema::Node| node.leaves.end <= PARQUET_LEAVES_MAX;
    footer.root.iter().take(FIELDS_MAX).take_while(few).count()
}

/// Leaves inside those.
pub(super) fn leaves(footer: &Footer) -> usize {
    footer.root[..shown(footer)].last().map_or(0, |node| node.leaves.end)
}

/// Bytes of one range, if so many leaves share what may be fetched.
pub(super) fn range_bytes(leaves: usize) -> u64 {
    let ranges = 2 * leaves.max(1) as u64;
    PARQUET_RANGE_BYTES_MAX.min(PARQUET_PLAN_BYTES_MAX / ranges)
}

/// What is wanted of one column.
pub(super) struct Wanted {
    /// The dictionary page or its beginning; empty if there is none.
    pub(super) dictionary: Range<u64>,
    /// The data pages or the beginning of them.
    pub(super) data: Range<u64>,
    /// Whether `data` is all of the pages.
    pub(super) whole: bool,
}

/// What to fetch of a column, `cap` bytes a range.
pub(super) fn wanted(footer: &Footer, chunk: &Chunk, cap: u64) -> Result<Wanted, Unreadable> {
    if let Some(why) = &chunk.unread {
        return Err(why.clone());
    }
    let dictionary_at = chunk.dictionary_at.filter(|at| *at < chunk.data_at);
    let start = dictionary_at.unwrap_or(chunk.data_at);
    let end = start.checked_add(chunk.bytes).filter(|end| *end <= footer.at);
    let Some(end) = end.filter(|end| start >= 4 && chunk.data_at <= *end) else {
        return Err(Unreadable::broken("the column lies outside the file"));
    };
    let capped = |range: Range<u64>| range.start..range.end.min(range.start.saturating_add(cap));
    let data = capped(chunk.data_at..end);
    let whole = data.end == end;
    Ok(Wanted { dictionary: capped(start..chunk.data_at), data, whole })
}

/// The bytes of a range that some piece has, from its beginning on.
pub(super) fn bytes<'a>(pieces: &[Piece<'a>], range: &Range<u64>) -> &'a [u8] {
    let has = |piece: &Piece<'a>| {
        let from = usize::try_from(range.start.checked_sub(piece.at)?).ok()?;
        piece.bytes.get(from..).filter(|rest| !rest.is_empty())
    };
    let rest = pieces.iter().find_map(has).unwrap_or_default();
    let wanted = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
    &rest[..rest.len().min(wanted)]
}
