//! Whether two stretches of two files are the same, told by the chunks they are made of.
//!
//! A stretch is cut into pieces: chunks, or runs of chunks of one xorb, the first and the last perhaps not whole. Pieces
//! of one name, cut alike and at the same place of both stretches, are the same bytes. Two whole chunks of one length
//! and unlike hashes are unlike bytes. Everything else is left open, as ranges to be read.

use std::ops::Range;

use seedcorn_core::digest::XetHash;

/// What names the bytes of a piece.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Name {
    /// A chunk, by its hash.
    Chunk(XetHash),
    /// Chunks of a xorb. Another run may have the same bytes.
    Run(XetHash, u32, u32),
}

/// A chunk or run of a file, by where it ends in the file. It begins where the one before it ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Span {
    pub(super) name: Name,
    pub(super) end: u64,
}

/// A part of a stretch.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Piece {
    name: Name,
    /// Bytes of it that lie before the stretch.
    skip: u64,
    /// Where it ends, from the beginning of the stretch.
    end: u64,
    /// Whether all of it lies within.
    whole: bool,
}

/// What can be told of two stretches of one length.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Told {
    /// The same.
    Same,
    /// Not the same.
    Differ,
    /// The same if they are in these ranges, counted from their beginnings.
    Open(Vec<Range<u64>>),
}

/// The pieces of a stretch; none if the spans do not reach its end.
fn cut(spans: &[Span], stretch: &Range<u64>) -> Option<Vec<Piece>> {
    let first = spans.partition_point(|span| span.end <= stretch.start);
    let mut start = first.checked_sub(1).and_then(|before| spans.get(before)).map_or(0, |span| span.end);
    let mut pieces = Vec::new();
    for span in &spans[first..] {
        if start >= stretch.end {
            break;
        }
        pieces.push(Piece {
            name: span.name,
            skip: stretch.start.saturating_sub(start),
            end: span.end.min(stretch.end) - stretch.start,
            whole: start >= stretch.start && span.end <= stretch.end,
        });
        start = span.end;
    }
    (start >= stretch.end).then_some(pieces)
}

/// Compares a stretch of one file with a stretch of another.
pub(super) fn compare(a: (&[Span], &Range<u64>), b: (&[Span], &Range<u64>)) -> Told {
    let length = a.1.end - a.1.start;
    if length != b.1.end - b.1.start {
        return Told::Differ;
    }
    if length == 0 {
        return Told::Same;
    }
    let (Some(left), Some(right)) = (cut(a.0, a.1), cut(b.0, b.1)) else {
        return Told::Open(std::iter::once(0..length).collect());
    };
    let mut open: Vec<Range<u64>> = Vec::new();
    let (mut left, mut right, mut at) = (left.into_iter(), right.into_iter(), 0);
    while let (Some(mut a), Some(mut b)) = (left.next(), right.next()) {
        let single = a.end == b.end;
        if single && (a.name, a.skip) == (b.name, b.skip) {
            at = a.end;
            continue;
        }
        let chunks = matches!((a.name, b.name), (Name::Chunk(_), Name::Chunk(_)));
        if single && chunks && a.whole && b.whole {
            return Told::Differ;
        }
        // On to the next place where pieces of both end.
        while a.end != b.end {
            let (behind, rest) = if a.end < b.end { (&mut a, &mut left) } else { (&mut b, &mut right) };
            match rest.next() {
                Some(next) => *behind = next,
                None => break,
            }
        }
        let end = a.end.max(b.end);
        match open.last_mut() {
            Some(last) if last.end == at => last.end = end,
            _ => open.push(at..end),
        }
        at = end;
    }
    if open.is_empty() { Told::Same } else { Told::Open(open) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn name(bytes: &[u8]) -> Name {
        Name::Chunk(XetHash(*blake3::hash(bytes).as_bytes()))
    }

    /// A file cut at these places.
    fn spans(file: &[u8], cuts: &[usize]) -> Vec<Span> {
        let mut ends: Vec<usize> = cuts.iter().map(|cut| cut % file.len().max(1)).collect();
        ends.extend([0, file.len()]);
        ends.sort_unstable();
        ends.dedup();
        let two = ends.windows(2);
        two.map(|two| Span { name: name(&file[two[0]..two[1]]), end: two[1] as u64 }).collect()
    }

    fn check(a: &[u8], b: &[u8], at: (usize, usize), length: usize, cuts: (&[usize], &[usize])) {
        let length = length.min(a.len() - at.0).min(b.len() - at.1);
        let stretch = |at: usize| at as u64..(at + length) as u64;
        let (one, two) = (&a[at.0..at.0 + length], &b[at.1..at.1 + length]);
        match compare((&spans(a, cuts.0), &stretch(at.0)), (&spans(b, cuts.1), &stretch(at.1))) {
            Told::Same => assert_eq!(one, two),
            Told::Differ => assert_ne!(one, two),
            Told::Open(ranges) => {
                assert!(ranges.windows(2).all(|two| two[0].end < two[1].start));
                assert!(ranges.iter().all(|range| range.start < range.end && range.end <= length as u64));
                for n in 0..length {
                    let open = ranges.iter().any(|range| range.contains(&(n as u64)));
                    assert!(open || one[n] == two[n], "byte {n} was said to be the same");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_told_is_true(
            a in proptest::collection::vec(0..2_u8, 1..60), b in proptest::collection::vec(0..2_u8, 1..60),
            start in (0..60_usize, 0..60_usize), length in 0..60_usize,
            cuts in (proptest::collection::vec(0..60_usize, 0..20), proptest::collection::vec(0..60_usize, 0..20)),
            alike in any::<bool>(),
        ) {
            let b = if alike { let mut c = b; c.truncate(5); c.extend(&a); c } else { b };
            let at = (start.0 % (a.len() + 1), start.1 % (b.len() + 1));
            check(&a, &b, at, length, (&cuts.0, &cuts.1));
        }
    }

    #[test]
    fn a_run_proves_that_bytes_are_the_same_and_never_that_they_are_not() {
        let run = |first| Span { name: Name::Run(XetHash([7; 32]), first, first + 3), end: 10 };
        let all = 0..10;
        let open = |end| Told::Open(std::iter::once(0..end).collect());
        assert_eq!(compare((&[run(0)], &all), (&[run(0)], &all)), Told::Same);
        assert_eq!(compare((&[run(0)], &all), (&[run(1)], &all)), open(10));
        assert_eq!(compare((&[run(0)], &(2..5)), (&[run(0)], &(3..6))), open(3));
        // Spans that end early prove nothing.
        assert_eq!(compare((&[run(0)], &(5..15)), (&[run(0)], &(5..15))), open(10));
        assert_eq!(compare((&[], &(0..0)), (&[run(0)], &(4..4))), Told::Same);
        let chunk = |byte| Span { name: name(&[byte]), end: 10 };
        assert_eq!(compare((&[chunk(1)], &all), (&[chunk(2)], &all)), Told::Differ);
        assert_eq!(cut(&[run(0)], &(2..5)).unwrap()[0].skip, 2);
    }
}
