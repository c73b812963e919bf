//! Where a file is cut: content-defined chunking with the boundaries every Xet client makes.
//!
//! GearHash over the bytes, a cut where the top sixteen bits are zero, and never under 8 KiB or over 128 KiB (Xet
//! protocol, "content-defined chunking"). The same content gives the same chunks whoever cuts it, and in whatever
//! pieces it arrives.

use seedcorn_core::limits::CHUNK_BYTES_MAX;

/// Bytes of the smallest chunk that is not the last of its file.
pub const CHUNK_BYTES_MIN: usize = 8 * 1024;

const MASK: u64 = 0xffff_0000_0000_0000;

/// The hash forgets a byte after 64 more, so what lies before this place in a chunk cannot move its boundary.
const SCAN_FROM: usize = CHUNK_BYTES_MIN - 64 - 1;

/// Finds chunk boundaries in a byte stream that is pushed in pieces of any size. Holds no bytes.
#[derive(Debug, Clone, Default)]
pub struct Chunker {
    gear: gearhash::Hasher<'static>,
    open: usize,
}

impl Chunker {
    /// Looks at the next bytes of the file. `Some(n)`: the open chunk ends after `n` bytes of `data` (1 to
    /// `data.len()`), and the rest of `data` has not been looked at. `None`: all of `data` belongs to the open chunk.
    pub fn next(&mut self, data: &[u8]) -> Option<usize> {
        let stop = data.len().min(CHUNK_BYTES_MAX - self.open);
        let mut at = SCAN_FROM.saturating_sub(self.open).min(stop);
        loop {
            match self.gear.next_match(&data[at..stop], MASK) {
                Some(seen) => {
                    at += seen;
                    if self.open + at >= CHUNK_BYTES_MIN {
                        break;
                    }
                }
                None if self.open + stop == CHUNK_BYTES_MAX => {
                    at = stop;
                    break;
                }
                None => {
                    self.open += stop;
                    return None;
                }
            }
        }
        self.finish();
        Some(at)
    }

    /// Bytes of the open chunk so far, below [`CHUNK_BYTES_MAX`].
    pub fn open_bytes(&self) -> usize {
        self.open
    }

    /// Ends the file: the open chunk, if it has bytes, is the last one. Returns its bytes; the next file may follow.
    pub fn finish(&mut self) -> usize {
        self.gear.set_hash(0);
        std::mem::take(&mut self.open)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn noise(mut seed: u64, len: usize) -> Vec<u8> {
        let mut out = Vec::with_capacity(len + 8);
        while out.len() < len {
            seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            out.extend_from_slice(&(seed ^ seed >> 29).to_le_bytes());
        }
        out.truncate(len);
        out
    }

    fn cut(data: &[u8], mut piece: impl FnMut() -> usize) -> Vec<usize> {
        let mut chunker = Chunker::default();
        let mut ends = Vec::new();
        let mut at = 0;
        while at < data.len() {
            let end = (at + piece()).min(data.len());
            match chunker.next(&data[at..end]) {
                Some(seen) => {
                    at += seen;
                    ends.push(at);
                }
                None => at = end,
            }
        }
        if chunker.finish() > 0 {
            ends.push(at);
        }
        ends
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn pieces_do_not_matter(seed: u64, len in 0usize..600_000, sizes in prop::collection::vec(1usize..90_000, 1..9)) {
            let data = noise(seed, len);
            let mut turn = sizes.iter().cycle();
            prop_assert_eq!(cut(&data, || usize::MAX - len), cut(&data, || turn.next().copied().unwrap_or(1)));
        }
    }

    #[test]
    fn byte_by_byte_is_the_same() {
        let data = noise(3, 300_000);
        assert_eq!(cut(&data, || 1), cut(&data, || data.len()));
    }

    #[test]
    fn sizes_stay_within_the_bounds() {
        let data = noise(1, 8 << 20);
        let mut last = 0;
        let ends = cut(&data, || 1 << 20);
        for &end in &ends {
            assert!(end - last <= CHUNK_BYTES_MAX && (end - last >= CHUNK_BYTES_MIN || end == data.len()));
            last = end;
        }
        assert!((100..200).contains(&ends.len()), "{} chunks of a target of 128", ends.len());
        assert_eq!(cut(&[0; 300_000], || 4096), [131_072, 262_144, 300_000]);
        assert_eq!(cut(&[], || 1), [0; 0]);
    }
}
