//! What to read to rebuild a file or a range of it: whole chunks, as few reads as possible.
//!
//! The same plan answers a reconstruction request and drives the server's own rebuild (Xet protocol,
//! "reconstruction").

use super::shard::Term;
use super::xorb::XorbIndex;
use seedcorn_core::digest::XetHash;
use std::collections::HashMap;
use std::ops::Range;

/// What to read, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// Bytes of the first term that come before the range asked for.
    pub offset_into_first_range: u64,
    /// The runs of chunks that cover the range, in order.
    pub terms: Vec<PlanTerm>,
    /// The reads that bring all chunks of all terms. Of one xorb no two touch, and they are in order; xorbs come in
    /// order of first use.
    pub fetches: Vec<Fetch>,
}

/// A run of chunks of one xorb, cut down to the chunks that are needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanTerm {
    /// The xorb.
    pub xorb: XetHash,
    /// Decompressed bytes of the run.
    pub raw_bytes: u32,
    /// The chunks.
    pub chunks: Range<u32>,
}

/// One read of a stored xorb.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetch {
    /// The xorb.
    pub xorb: XetHash,
    /// The chunks it brings.
    pub chunks: Range<u32>,
    /// The bytes of the stored object; the end is exclusive.
    pub bytes: Range<u64>,
}

/// Why there is no plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The range is empty or begins at the end of the file or after it.
    #[error("range begins at byte {start} of a file of {size} bytes, or is empty")]
    OutOfRange {
        /// Where the range begins.
        start: u64,
        /// Bytes of the file.
        size: u64,
    },
    /// A xorb whose index is not to be had.
    #[error("xorb {0} is missing")]
    MissingXorb(XetHash),
    /// A term that its xorb does not have: chunks past the end, or another number of bytes.
    #[error("term {term} does not fit xorb {xorb}")]
    Mismatch {
        /// The term's place in the file.
        term: usize,
        /// The xorb.
        xorb: XetHash,
    },
}

/// Plans the reading of a whole file (`range` is `None`) or of bytes of it; a range's end is exclusive and may lie
/// past the end of the file. `index` finds the index of a xorb and is only asked about xorbs that are needed.
pub fn plan<'x>(
    terms: &[Term],
    range: Option<Range<u64>>,
    index: impl Fn(&XetHash) -> Option<&'x XorbIndex>,
) -> Result<Plan, PlanError> {
    let size = terms.iter().map(|term| u64::from(term.raw_bytes)).sum();
    let wanted = match range {
        None => 0..size,
        Some(range) if range.start < size && range.start < range.end => range.start..range.end.min(size),
        Some(range) => return Err(PlanError::OutOfRange { start: range.start, size }),
    };
    let mut out = Plan::default();
    let mut start = 0;
    for (place, term) in terms.iter().enumerate() {
        let end = start + u64::from(term.raw_bytes);
        if end > wanted.start && start < wanted.end {
            let found = index(&term.xorb).ok_or(PlanError::MissingXorb(term.xorb))?;
            let within = wanted.start.saturating_sub(start)..wanted.end.min(end) - start;
            let mismatch = || PlanError::Mismatch { term: place, xorb: term.xorb };
            let (trimmed, skipped) = trim(term, found, &within).ok_or_else(mismatch)?;
            if out.terms.is_empty() {
                out.offset_into_first_range = within.start - u64::from(skipped);
            }
            out.terms.push(trimmed);
        }
        start = end;
    }
    out.fetches = fetches(&out.terms, index)?;
    Ok(out)
}

/// The chunks of a term that hold `within`, counted in bytes from the term's start; and the bytes of the chunks cut
/// off in front. `None` if the term does not fit the xorb.
fn trim(term: &Term, index: &XorbIndex, within: &Range<u64>) -> Option<(PlanTerm, u32)> {
    let whole = term.start..term.end;
    let raw = index.raw_range(&whole)?;
    if raw.end - raw.start != term.raw_bytes {
        return None;
    }
    let inside = index.chunks.get(term.start as usize..term.end as usize)?;
    let from = u64::from(raw.start) + within.start;
    let to = u64::from(raw.start) + within.end;
    let first = inside.partition_point(|chunk| u64::from(chunk.raw_end) <= from) as u32;
    let last = inside.partition_point(|chunk| u64::from(chunk.raw_end) < to) as u32;
    let chunks = term.start + first..term.start + last + 1;
    let kept = index.raw_range(&chunks)?;
    Some((PlanTerm { xorb: term.xorb, raw_bytes: kept.end - kept.start, chunks }, kept.start - raw.start))
}

/// The chunks of a term, and the term's place in the plan.
type Run = (Range<u32>, usize);

/// Joins the chunk ranges of each xorb that overlap or touch.
fn fetches<'x>(
    terms: &[PlanTerm],
    index: impl Fn(&XetHash) -> Option<&'x XorbIndex>,
) -> Result<Vec<Fetch>, PlanError> {
    let mut order: Vec<(XetHash, Vec<Run>)> = Vec::new();
    let mut places: HashMap<XetHash, usize> = HashMap::new();
    for (place, term) in terms.iter().enumerate() {
        let at = *places.entry(term.xorb).or_insert(order.len());
        let run = (term.chunks.clone(), place);
        match order.get_mut(at) {
            Some((_, runs)) => runs.push(run),
            None => order.push((term.xorb, vec![run])),
        }
    }
    let mut out = Vec::new();
    for (xorb, mut runs) in order {
        let found = index(&xorb).ok_or(PlanError::MissingXorb(xorb))?;
        runs.sort_unstable_by_key(|(chunks, _)| chunks.start);
        let mut runs = runs.into_iter().peekable();
        while let Some((mut chunks, term)) = runs.next() {
            while let Some((next, _)) = runs.next_if(|(next, _)| next.start <= chunks.end) {
                chunks.end = chunks.end.max(next.end);
            }
            let bytes = found.packed_range(&chunks).ok_or(PlanError::Mismatch { term, xorb })?;
            out.push(Fetch { xorb, chunks, bytes: u64::from(bytes.start)..u64::from(bytes.end) });
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::frame::Decoder;
    use super::super::hash::chunk_hash;
    use super::super::xorb::Builder;
    use super::*;
    use proptest::prelude::*;

    struct Stored {
        index: XorbIndex,
        frames: Vec<u8>,
        raws: Vec<Vec<u8>>,
    }

    fn stored(seed: u8, lens: &[usize]) -> Stored {
        let mut builder = Builder::default();
        let mut frames = Vec::new();
        let raws: Vec<Vec<u8>> = lens
            .iter()
            .enumerate()
            .map(|(i, &len)| (0..len).map(|j| (j * 7 + i * 31) as u8 ^ seed).collect())
            .collect();
        for raw in &raws {
            builder.push(chunk_hash(raw), raw, &mut frames).unwrap();
        }
        Stored { index: builder.finish().unwrap(), frames, raws }
    }

    fn term(stored: &Stored, chunks: Range<u32>) -> Term {
        let raw = stored.index.raw_range(&chunks).unwrap();
        Term { xorb: stored.index.hash, raw_bytes: raw.end - raw.start, start: chunks.start, end: chunks.end }
    }

    fn find<'x>(all: &'x [Stored]) -> impl Fn(&XetHash) -> Option<&'x XorbIndex> + Copy {
        |hash| all.iter().map(|one| &one.index).find(|index| index.hash == *hash)
    }

    /// Rebuilds as a client does: reads the fetches, decodes them, picks each term's chunks.
    fn rebuild(plan: &Plan, all: &[Stored]) -> Vec<u8> {
        let mut out = Vec::new();
        for term in &plan.terms {
            let fetch = plan
                .fetches
                .iter()
                .find(|f| {
                    f.xorb == term.xorb
                        && f.chunks.start <= term.chunks.start
                        && f.chunks.end >= term.chunks.end
                })
                .unwrap();
            let from = all.iter().find(|one| one.index.hash == term.xorb).unwrap();
            let packed = &from.frames[fetch.bytes.start as usize..fetch.bytes.end as usize];
            let mut raw = Vec::new();
            Decoder::default().decode_run(packed, fetch.chunks.end - fetch.chunks.start, &mut raw).unwrap();
            let base = from.index.raw_range(&fetch.chunks).unwrap().start;
            let want = from.index.raw_range(&term.chunks).unwrap();
            assert_eq!(want.end - want.start, term.raw_bytes);
            out.extend_from_slice(&raw[(want.start - base) as usize..(want.end - base) as usize]);
        }
        out
    }

    fn two() -> Vec<Stored> {
        vec![stored(1, &[10, 20, 30, 40]), stored(2, &[5, 5, 5])]
    }

    #[test]
    fn a_range_is_cut_to_chunks_and_reads_are_joined() {
        let all = two();
        let terms = [term(&all[0], 1..3), term(&all[1], 0..3), term(&all[0], 3..4), term(&all[0], 0..1)];
        let whole = plan(&terms, None, find(&all)).unwrap();
        assert_eq!(whole.offset_into_first_range, 0);
        let runs = |plan: &Plan| plan.fetches.iter().map(|f| f.chunks.clone()).collect::<Vec<_>>();
        assert_eq!(runs(&whole), [0..4, 0..3]);
        assert_eq!(whole.fetches[0].bytes, 0..all[0].frames.len() as u64);
        // Bytes 25 to 57: five into chunk 2 of the first term, through chunk 1 of the second.
        let part = plan(&terms, Some(25..57), find(&all)).unwrap();
        assert_eq!(part.offset_into_first_range, 5);
        assert_eq!(
            part.terms.iter().map(|t| (t.chunks.clone(), t.raw_bytes)).collect::<Vec<_>>(),
            [(2..3, 30), (0..2, 10)]
        );
        assert_eq!(runs(&part), [2..3, 0..2]);
        let apart = plan(&[term(&all[0], 0..1), term(&all[0], 2..3)], None, find(&all)).unwrap();
        assert_eq!(runs(&apart), [0..1, 2..3]);
    }

    #[test]
    fn past_the_end_and_the_empty_file() {
        let all = two();
        let terms = [term(&all[1], 0..3)];
        let at = |range| plan(&terms, Some(range), find(&all));
        assert_eq!(at(15..20), Err(PlanError::OutOfRange { start: 15, size: 15 }));
        assert_eq!(at(3..3), Err(PlanError::OutOfRange { start: 3, size: 15 }));
        assert_eq!(at(14..u64::MAX).unwrap().terms[0].chunks, 2..3);
        assert_eq!(plan(&[], None, find(&all)), Ok(Plan::default()));
        assert_eq!(plan(&[], Some(0..1), find(&all)), Err(PlanError::OutOfRange { start: 0, size: 0 }));
    }

    #[test]
    fn a_term_that_does_not_fit_is_refused() {
        let all = two();
        let xorb = all[1].index.hash;
        let refused = |raw_bytes, start, end| plan(&[Term { xorb, raw_bytes, start, end }], None, find(&all));
        assert_eq!(refused(14, 0, 3), Err(PlanError::Mismatch { term: 0, xorb }));
        assert_eq!(refused(15, 0, 4), Err(PlanError::Mismatch { term: 0, xorb }));
        assert_eq!(refused(15, 2, 1), Err(PlanError::Mismatch { term: 0, xorb }));
        assert_eq!(plan(&[term(&all[1], 0..1)], None, find(&all[..1])), Err(PlanError::MissingXorb(xorb)));
    }

    proptest! {
        #[test]
        fn what_is_planned_rebuilds_the_range(
            picks in prop::collection::vec((0usize..2, 0u32..4, 1u32..4), 1..12), from in 0u64..400, len in 1u64..300
        ) {
            let all = two();
            let mut file = Vec::new();
            let mut terms = Vec::new();
            for (xorb, start, count) in picks {
                let start = start.min(all[xorb].index.len() - 1);
                let chunks = start..(start + count).min(all[xorb].index.len());
                file.extend(all[xorb].raws[chunks.start as usize..chunks.end as usize].concat());
                terms.push(term(&all[xorb], chunks));
            }
            prop_assert_eq!(&rebuild(&plan(&terms, None, find(&all)).unwrap(), &all), &file);
            match plan(&terms, Some(from..from + len), find(&all)) {
                Err(why) => prop_assert_eq!(why, PlanError::OutOfRange { start: from, size: file.len() as u64 }),
                Ok(plan) => {
                    let bytes = rebuild(&plan, &all);
                    let (from, skip) = (from as usize, plan.offset_into_first_range as usize);
                    let want = &file[from..file.len().min(from + len as usize)];
                    prop_assert_eq!(&bytes[skip..skip + want.len()], want);
                    prop_assert!(skip < plan.terms[0].raw_bytes as usize);
                    for pair in plan.fetches.windows(2) {
                        prop_assert!(pair[0].xorb != pair[1].xorb || pair[0].chunks.end < pair[1].chunks.start);
                    }
                }
            }
        }
    }
}
