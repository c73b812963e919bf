//! Finding what of an incoming file is stored already, when the server itself takes a file apart.
//!
//! Pure matching over chunk hashes: the caller brings the indexes of xorbs that may share content with the file (found
//! through eligible chunks) and gets back which stretches to refer to and which to store.

use super::xorb::XorbIndex;
use seedcorn_core::digest::XetHash;
use std::collections::HashMap;
use std::ops::Range;

/// A stored run of fewer chunks than this is not referred to when new chunks lie on both sides of it: it would break
/// one read into three and save little. Eight chunks are about 512 KiB, the size at which a range request costs no
/// more than the bytes it brings.
pub const RUN_CHUNKS_MIN: usize = 8;

/// Places remembered per chunk hash. Chunks that repeat (zeroes) would otherwise make the search quadratic.
const PLACES_MAX: usize = 4;

/// A stretch of the incoming chunks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Stored nowhere that is known, or not worth referring to.
    New {
        /// Which of the incoming chunks.
        incoming: Range<usize>,
    },
    /// Stored as a run of a xorb's chunks, one for one.
    Stored {
        /// Which of the incoming chunks.
        incoming: Range<usize>,
        /// The xorb.
        xorb: XetHash,
        /// Its chunks.
        chunks: Range<u32>,
    },
}

impl Piece {
    /// Which of the incoming chunks this is.
    pub fn incoming(&self) -> &Range<usize> {
        match self {
            Piece::New { incoming } | Piece::Stored { incoming, .. } => incoming,
        }
    }
}

#[derive(Clone, Copy)]
struct Place {
    xorb: usize,
    chunk: usize,
}

/// Xorbs whose chunks can be referred to, by chunk hash.
pub struct Known<'x> {
    xorbs: Vec<&'x XorbIndex>,
    places: HashMap<XetHash, Vec<Place>>,
}

impl std::fmt::Debug for Known<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Known({} xorbs, {} chunks)", self.xorbs.len(), self.places.len())
    }
}

impl<'x> Known<'x> {
    /// Prepares the given xorbs; of runs equally long, one in an earlier xorb is preferred. Memory is about 64 bytes
    /// per distinct chunk.
    pub fn new(xorbs: impl IntoIterator<Item = &'x XorbIndex>) -> Known<'x> {
        let xorbs: Vec<_> = xorbs.into_iter().collect();
        let mut places: HashMap<XetHash, Vec<Place>> = HashMap::new();
        for (xorb, index) in xorbs.iter().enumerate() {
            for (chunk, entry) in index.chunks.iter().enumerate() {
                let list = places.entry(entry.hash).or_default();
                if list.len() < PLACES_MAX {
                    list.push(Place { xorb, chunk });
                }
            }
        }
        Known { xorbs, places }
    }

    /// Cuts the incoming chunks (one after the other in the file) into pieces that cover all of them in order. A short
    /// stored run is still taken at either end of `incoming`, where it may go on in what is not seen here or be the
    /// whole of a small file, and beside another stored run, where it costs no read that new chunks would not.
    pub fn pieces(&self, incoming: &[XetHash]) -> Vec<Piece> {
        let mut found = self.stretches(incoming).into_iter().peekable();
        let mut out: Vec<Piece> = Vec::new();
        while let Some(piece) = found.next() {
            let run = piece.incoming().clone();
            let after_new = matches!(out.last(), Some(Piece::New { .. }));
            let before_new = matches!(found.peek(), Some(Piece::New { .. }));
            let too_short = run.len() < RUN_CHUNKS_MIN && after_new && before_new;
            match (piece, out.last_mut()) {
                (Piece::New { .. }, Some(Piece::New { incoming })) => incoming.end = run.end,
                (_, Some(Piece::New { incoming })) if too_short => incoming.end = run.end,
                (piece, _) => out.push(piece),
            }
        }
        out
    }

    /// The longest stored run at each place, greedily, with the new stretches between.
    fn stretches(&self, incoming: &[XetHash]) -> Vec<Piece> {
        let mut out = Vec::new();
        let mut new_from = 0;
        let mut at = 0;
        while let Some(rest) = incoming.get(at..).filter(|rest| !rest.is_empty()) {
            let Some((place, len)) = self.longest(rest) else {
                at += 1;
                continue;
            };
            if new_from < at {
                out.push(Piece::New { incoming: new_from..at });
            }
            if let Some(index) = self.xorbs.get(place.xorb) {
                let chunks = place.chunk as u32..(place.chunk + len) as u32;
                out.push(Piece::Stored { incoming: at..at + len, xorb: index.hash, chunks });
            }
            at += len;
            new_from = at;
        }
        if new_from < at {
            out.push(Piece::New { incoming: new_from..at });
        }
        out
    }

    fn longest(&self, incoming: &[XetHash]) -> Option<(Place, usize)> {
        let places = self.places.get(incoming.first()?)?;
        let run = |place: &Place| {
            let stored = self.xorbs.get(place.xorb).and_then(|index| index.chunks.get(place.chunk..));
            stored
                .unwrap_or_default()
                .iter()
                .zip(incoming)
                .take_while(|(chunk, hash)| chunk.hash == **hash)
                .count()
        };
        // Of equals `max_by_key` takes the last, so the list is walked backwards to prefer the first.
        places.iter().rev().map(|place| (*place, run(place))).max_by_key(|&(_, len)| len)
    }
}

#[cfg(test)]
mod tests {
    use super::super::hash::chunk_hash;
    use super::super::xorb::ChunkEntry;
    use super::*;
    use proptest::prelude::*;

    fn hashes(ids: impl IntoIterator<Item = u32>) -> Vec<XetHash> {
        ids.into_iter().map(|id| chunk_hash(&id.to_le_bytes())).collect()
    }

    fn xorb(name: u32, ids: impl IntoIterator<Item = u32>) -> XorbIndex {
        let chunks = hashes(ids).into_iter().zip(1..).map(|(hash, i)| ChunkEntry {
            hash,
            raw_end: i,
            packed_end: 9 * i,
        });
        XorbIndex { hash: chunk_hash(&name.to_be_bytes()), chunks: chunks.collect() }
    }

    fn new(incoming: Range<usize>) -> Piece {
        Piece::New { incoming }
    }

    fn stored(xorb: &XorbIndex, incoming: Range<usize>, from: u32) -> Piece {
        let chunks = from..from + incoming.len() as u32;
        Piece::Stored { incoming, xorb: xorb.hash, chunks }
    }

    #[test]
    fn an_insert_in_the_middle_is_all_that_is_new() {
        let a = xorb(1, 0..100);
        let incoming = hashes((0..40).chain(500..503).chain(40..100));
        let pieces = Known::new([&a]).pieces(&incoming);
        assert_eq!(pieces, [stored(&a, 0..40, 0), new(40..43), stored(&a, 43..103, 40)]);
    }

    #[test]
    fn the_longest_run_wins_and_the_first_of_equals() {
        let (a, b, c) = (xorb(1, 0..10), xorb(2, 0..20), xorb(3, 0..20));
        let pieces = Known::new([&a, &b, &c]).pieces(&hashes(0..20));
        assert_eq!(pieces, [stored(&b, 0..20, 0)]);
    }

    #[test]
    fn a_short_run_between_new_chunks_is_stored_again() {
        let a = xorb(1, 0..100);
        let known = Known::new([&a]);
        let around = |run: u32| hashes((500..510).chain(10..10 + run).chain(600..610));
        assert_eq!(known.pieces(&around(7)), [new(0..27)]);
        assert_eq!(known.pieces(&around(8)), [new(0..10), stored(&a, 10..18, 10), new(18..28)]);
    }

    #[test]
    fn a_short_run_at_an_end_or_beside_another_is_taken() {
        let (a, b) = (xorb(1, 0..100), xorb(2, 200..203));
        let known = Known::new([&a, &b]);
        assert_eq!(known.pieces(&hashes([5])), [stored(&a, 0..1, 5)]);
        assert_eq!(
            known.pieces(&hashes([5, 900, 901, 6])),
            [stored(&a, 0..1, 5), new(1..3), stored(&a, 3..4, 6)]
        );
        let pieces = known.pieces(&hashes((900..905).chain(200..203).chain(0..50)));
        assert_eq!(pieces, [new(0..5), stored(&b, 5..8, 0), stored(&a, 8..58, 0)]);
    }

    #[test]
    fn nothing_known_or_nothing_to_do() {
        assert_eq!(Known::new([]).pieces(&hashes(0..3)), [new(0..3)]);
        assert_eq!(Known::new([&xorb(1, 0..3)]).pieces(&[]), []);
    }

    #[test]
    fn repeated_chunks_stay_cheap() {
        let zeroes = xorb(1, std::iter::repeat_n(0, 8192));
        let known = Known::new(std::iter::repeat_n(&zeroes, 20));
        let pieces = known.pieces(&hashes(std::iter::repeat_n(0, 100_000)));
        assert_eq!(pieces.len(), 13);
    }

    proptest! {
        #[test]
        fn pieces_cover_everything_and_are_true(
            ids in prop::collection::vec(0u32..30, 0..200),
            xorbs in prop::collection::vec(prop::collection::vec(0u32..30, 1..60), 0..4),
        ) {
            let xorbs: Vec<_> = xorbs.into_iter().zip(0..).map(|(ids, name)| xorb(name, ids)).collect();
            let incoming = hashes(ids);
            let mut next = 0;
            let pieces = Known::new(&xorbs).pieces(&incoming);
            for piece in &pieces {
                prop_assert_eq!(piece.incoming().start, next);
                prop_assert!(!piece.incoming().is_empty());
                next = piece.incoming().end;
                if let Piece::Stored { incoming: run, xorb, chunks } = piece {
                    let index = xorbs.iter().find(|one| one.hash == *xorb);
                    let held: Vec<_> = index.into_iter().flat_map(|one| &one.chunks[chunks.start as usize..chunks.end as usize]).map(|c| c.hash).collect();
                    prop_assert_eq!(&incoming[run.clone()], &held[..]);
                }
            }
            prop_assert_eq!(next, incoming.len());
            for pair in pieces.windows(2) {
                let both_new = matches!(pair, [Piece::New { .. }, Piece::New { .. }]);
                prop_assert!(!both_new);
            }
        }
    }
}
