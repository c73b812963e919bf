//! The footer of a stored xorb, so that any Xet tool can read the object and the index can be had from its end alone.
//!
//! Version 1: ident, xorb hash, a section of chunk hashes, a section of packed and raw ends, and a fixed tail; then
//! the footer's length as a u32, not counting itself (Xet protocol, "xorb footer"). All little-endian.

use super::frame::{FRAME_HEADER_BYTES, FRAME_PAYLOAD_BYTES_MAX};
use super::hash::MerkleBuilder;
use super::xorb::{ChunkEntry, XorbIndex};
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits::{CHUNK_BYTES_MAX, XORB_CHUNKS_MAX, XORB_RAW_BYTES_MAX};

const IDENT: &[u8; 8] = b"XETBLOB\x01";
const HASHES: &[u8; 8] = b"XBLBHSH\x00";
const BOUNDARIES: &[u8; 8] = b"XBLBBND\x01";
/// Three u32s and a buffer that is zero for us and may hold an upload's nonce for others.
const TAIL_BYTES: usize = 12 + 16;
const LENGTH_BYTES: usize = 4;
const SECTION_HEAD_BYTES: usize = 8 + 4;
const FIXED_BYTES: usize = 8 + 32 + 2 * SECTION_HEAD_BYTES + TAIL_BYTES + LENGTH_BYTES;
const CHUNK_BYTES: usize = 32 + 4 + 4;

/// Bytes of the longest footer, length included.
pub const FOOTER_BYTES_MAX: usize = FIXED_BYTES + XORB_CHUNKS_MAX * CHUNK_BYTES;

/// Bytes at the end of a stored xorb of that many chunks: the footer and its length.
pub const fn footer_bytes(chunks: u32) -> usize {
    FIXED_BYTES + chunks as usize * CHUNK_BYTES
}

/// Bytes of the footer, length included, from the last four bytes of the object; they say where to read from.
pub fn footer_bytes_from_tail(last: [u8; LENGTH_BYTES]) -> Result<usize, FooterError> {
    let total = u32::from_le_bytes(last) as usize + LENGTH_BYTES;
    let chunks = total.checked_sub(FIXED_BYTES).filter(|rest| rest.is_multiple_of(CHUNK_BYTES));
    match chunks.map(|rest| rest / CHUNK_BYTES) {
        Some(1..=XORB_CHUNKS_MAX) => Ok(total),
        _ => Err(FooterError::Length(total)),
    }
}

/// Why bytes are not the footer of a xorb.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FooterError {
    /// Not the length of any xorb's footer.
    #[error("footer of {0} bytes, which no xorb has")]
    Length(usize),
    /// A part does not begin with its name and version, or does not agree with the others.
    #[error("footer has a bad {0}")]
    Part(&'static str),
    /// A chunk whose ends are impossible.
    #[error("footer gives chunk {0} impossible ends")]
    Ends(usize),
    /// The chunks are not those of the xorb the footer names.
    #[error("footer names xorb {named}, its chunks make {made}")]
    Hash {
        /// The hash in the footer.
        named: XetHash,
        /// The hash of its chunks.
        made: XetHash,
    },
}

impl XorbIndex {
    /// Appends the footer and its length: what follows the frames in a stored xorb. [`footer_bytes`] bytes.
    pub fn render_footer(&self, out: &mut Vec<u8>) {
        let count = self.len().to_le_bytes();
        let body = footer_bytes(self.len()) - LENGTH_BYTES;
        let boundaries = SECTION_HEAD_BYTES + self.chunks.len() * 8 + TAIL_BYTES;
        let hashes = SECTION_HEAD_BYTES + self.chunks.len() * 32 + boundaries;
        out.reserve(body + LENGTH_BYTES);
        out.extend_from_slice(IDENT);
        out.extend_from_slice(self.hash.as_bytes());
        out.extend_from_slice(HASHES);
        out.extend_from_slice(&count);
        self.chunks.iter().for_each(|chunk| out.extend_from_slice(chunk.hash.as_bytes()));
        out.extend_from_slice(BOUNDARIES);
        out.extend_from_slice(&count);
        self.chunks.iter().for_each(|chunk| out.extend_from_slice(&chunk.packed_end.to_le_bytes()));
        self.chunks.iter().for_each(|chunk| out.extend_from_slice(&chunk.raw_end.to_le_bytes()));
        out.extend_from_slice(&count);
        for number in [hashes, boundaries] {
            out.extend_from_slice(&(number as u32).to_le_bytes());
        }
        out.extend_from_slice(&[0; 16]);
        out.extend_from_slice(&(body as u32).to_le_bytes());
    }

    /// Reads a footer, length included, and nothing else. Checks every number and that the chunks make the hash.
    pub fn parse_footer(footer: &[u8]) -> Result<XorbIndex, FooterError> {
        let length = || FooterError::Length(footer.len());
        let (_, last) = footer.split_last_chunk().ok_or_else(length)?;
        if footer_bytes_from_tail(*last)? != footer.len() {
            return Err(length());
        }
        let count = (footer.len() - FIXED_BYTES) / CHUNK_BYTES;
        let mut rest = footer;
        let mut take = |len: usize| rest.split_off(..len).ok_or_else(length);
        let name =
            |part: &[u8], want: &[u8; 8], what| (part == want).then_some(()).ok_or(FooterError::Part(what));
        let word = |part: &[u8], want: usize, what| {
            (part == (want as u32).to_le_bytes()).then_some(()).ok_or(FooterError::Part(what))
        };
        name(take(8)?, IDENT, "ident or version")?;
        let named = XetHash::from_slice(take(32)?).ok_or_else(length)?;
        name(take(8)?, HASHES, "hash section")?;
        word(take(4)?, count, "count of hashes")?;
        let hashes = take(count * 32)?;
        name(take(8)?, BOUNDARIES, "boundary section")?;
        word(take(4)?, count, "count of boundaries")?;
        let packed_ends = take(count * 4)?;
        let raw_ends = take(count * 4)?;
        let boundaries = SECTION_HEAD_BYTES + count * 8 + TAIL_BYTES;
        word(take(4)?, count, "count of chunks")?;
        word(take(4)?, SECTION_HEAD_BYTES + count * 32 + boundaries, "hash section offset")?;
        word(take(4)?, boundaries, "boundary section offset")?;
        let chunks = chunks(hashes, packed_ends, raw_ends)?;
        let index = XorbIndex { hash: named, chunks };
        let mut merkle = MerkleBuilder::default();
        index.sized_chunks().for_each(|(hash, len)| merkle.push(hash, u64::from(len)));
        let made = merkle.root();
        if made == named { Ok(index) } else { Err(FooterError::Hash { named, made }) }
    }
}

fn chunks(hashes: &[u8], packed_ends: &[u8], raw_ends: &[u8]) -> Result<Vec<ChunkEntry>, FooterError> {
    let (hashes, _) = hashes.as_chunks::<32>();
    let (packed_ends, _) = packed_ends.as_chunks::<4>();
    let (raw_ends, _) = raw_ends.as_chunks::<4>();
    let mut chunks = Vec::with_capacity(hashes.len());
    let (mut raw_before, mut packed_before) = (0, 0);
    for (place, ((hash, packed_end), raw_end)) in hashes.iter().zip(packed_ends).zip(raw_ends).enumerate() {
        let packed_end = u32::from_le_bytes(*packed_end);
        let raw_end = u32::from_le_bytes(*raw_end);
        let raw = raw_end.checked_sub(raw_before).map(|len| len as usize);
        let packed = packed_end.checked_sub(packed_before).map(|len| len as usize);
        let good = matches!(raw, Some(1..=CHUNK_BYTES_MAX))
            && packed.is_some_and(|len| {
                len > FRAME_HEADER_BYTES && len <= FRAME_HEADER_BYTES + FRAME_PAYLOAD_BYTES_MAX
            })
            && u64::from(raw_end) <= XORB_RAW_BYTES_MAX;
        if !good {
            return Err(FooterError::Ends(place));
        }
        (raw_before, packed_before) = (raw_end, packed_end);
        chunks.push(ChunkEntry { hash: XetHash(*hash), raw_end, packed_end });
    }
    Ok(chunks)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::hash::chunk_hash;
    use super::super::xorb::Builder;
    use super::*;
    use proptest::prelude::*;

    fn footer(chunks: u32) -> (XorbIndex, Vec<u8>) {
        let mut builder = Builder::default();
        for i in 0..chunks {
            let raw = vec![i as u8; 10 + i as usize];
            builder.push(chunk_hash(&raw), &raw, &mut Vec::new()).unwrap();
        }
        let index = builder.finish().unwrap();
        let mut out = Vec::new();
        index.render_footer(&mut out);
        (index, out)
    }

    #[test]
    fn rendered_and_parsed() {
        for chunks in [1, 2, 100] {
            let (index, bytes) = footer(chunks);
            assert_eq!(bytes.len(), footer_bytes(chunks));
            assert_eq!(footer_bytes_from_tail(*bytes.last_chunk().unwrap()), Ok(bytes.len()));
            assert_eq!(XorbIndex::parse_footer(&bytes), Ok(index));
        }
        assert_eq!(footer_bytes(8192), FOOTER_BYTES_MAX);
    }

    #[test]
    fn a_nonce_is_ignored_and_any_other_change_is_found() {
        let (index, bytes) = footer(5);
        let nonce = bytes.len() - 20..bytes.len() - 4;
        // Where a frame ends is not part of the hash: a small move of such an end can only be found by decoding.
        let packed_ends = 8 + 32 + 12 + 5 * 32 + 12..8 + 32 + 12 + 5 * 32 + 12 + 5 * 4;
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let parsed = XorbIndex::parse_footer(&changed);
            if nonce.contains(&at) {
                assert_eq!(parsed, Ok(index.clone()));
            } else if !packed_ends.contains(&at) {
                assert!(parsed.is_err(), "byte {at}");
            }
        }
    }

    #[test]
    fn a_length_no_xorb_has() {
        for total in [0, 4, FIXED_BYTES, FIXED_BYTES + 39, FOOTER_BYTES_MAX + CHUNK_BYTES] {
            let last = (total.saturating_sub(4) as u32).to_le_bytes();
            assert!(footer_bytes_from_tail(last).is_err(), "{total}");
        }
        assert!(footer_bytes_from_tail([0xff; 4]).is_err());
        let (_, bytes) = footer(2);
        assert_eq!(XorbIndex::parse_footer(&bytes[1..]), Err(FooterError::Length(bytes.len() - 1)));
        assert_eq!(XorbIndex::parse_footer(&[]), Err(FooterError::Length(0)));
    }

    proptest! {
        #[test]
        fn bytes_never_panic(mut bytes in prop::collection::vec(any::<u8>(), 0..400), fix: bool) {
            let len = bytes.len();
            if fix && len >= 4 {
                bytes[len - 4..].copy_from_slice(&((len - 4) as u32).to_le_bytes());
            }
            prop_assert!(XorbIndex::parse_footer(&bytes).is_err());
        }

        #[test]
        fn a_broken_footer_never_panics(at in any::<prop::sample::Index>(), change: u8) {
            let (_, mut bytes) = footer(3);
            let at = at.index(bytes.len());
            bytes[at] = change;
            let _ = XorbIndex::parse_footer(&bytes);
        }
    }
}
