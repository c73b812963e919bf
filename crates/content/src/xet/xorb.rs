//! A xorb: up to 8192 chunks in up to 64 MiB, its index, the check of an uploaded one, and the making of a new one.

use super::frame::{Decoder, Encoder, FRAME_HEADER_BYTES, FrameError, FrameHeader, Scheme};
use super::hash::{MerkleBuilder, chunk_hash};
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits::{CHUNK_BYTES_MAX, XORB_BODY_BYTES_MAX, XORB_CHUNKS_MAX, XORB_RAW_BYTES_MAX};
use std::ops::Range;

pub use super::footer::{FOOTER_BYTES_MAX, FooterError, footer_bytes, footer_bytes_from_tail};

/// What an old client's footer begins with; no chunk header can, since its version is 0.
const FOOTER_IDENT: &[u8; 7] = b"XETBLOB";

/// One chunk of a xorb and where it ends. It begins where the one before it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkEntry {
    /// The hash of the chunk's bytes.
    pub hash: XetHash,
    /// Where the chunk ends among the decompressed bytes of the xorb.
    pub raw_end: u32,
    /// Where the chunk's frame ends among the stored bytes.
    pub packed_end: u32,
}

/// What is in a xorb. Always one chunk at least, ends strictly rising, everything within the limits, and `hash` the
/// Merkle root of the chunks: the only makers are [`Receiver`], [`Builder`] and [`XorbIndex::parse_footer`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XorbIndex {
    /// The xorb's name.
    pub hash: XetHash,
    /// Its chunks in order.
    pub chunks: Vec<ChunkEntry>,
}

/// Why a xorb is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XorbError {
    /// A bad frame.
    #[error("chunk {chunk}: {why}")]
    Frame {
        /// The chunk's place in the xorb.
        chunk: usize,
        /// What is wrong with it.
        why: FrameError,
    },
    /// More chunks than a xorb may have.
    #[error("more than {XORB_CHUNKS_MAX} chunks")]
    TooManyChunks,
    /// More decompressed bytes than a xorb may have.
    #[error("more than {XORB_RAW_BYTES_MAX} decompressed bytes")]
    TooManyRawBytes,
    /// More stored bytes than a xorb may have.
    #[error("more than {XORB_BODY_BYTES_MAX} stored bytes")]
    TooManyPackedBytes,
    /// A footer longer than any xorb's.
    #[error("footer of more than {FOOTER_BYTES_MAX} bytes")]
    FooterTooLong,
    /// The body ends inside a frame.
    #[error("body ends inside chunk {0}")]
    Truncated(usize),
    /// No chunk at all.
    #[error("no chunk in the xorb")]
    Empty,
    /// The chunks are not those of the xorb that was named.
    #[error("xorb hashes to {got}, not to {want}")]
    HashMismatch {
        /// The name it was sent under.
        want: XetHash,
        /// The name its chunks have.
        got: XetHash,
    },
}

impl XorbIndex {
    /// Chunks in the xorb, 1 to 8192.
    pub fn len(&self) -> u32 {
        self.chunks.len() as u32
    }

    /// Never true of a xorb that was checked.
    pub fn is_empty(&self) -> bool {
        self.chunks.is_empty()
    }

    /// Decompressed bytes.
    pub fn raw_bytes(&self) -> u32 {
        self.chunks.last().map_or(0, |chunk| chunk.raw_end)
    }

    /// Stored bytes of all frames, which is where the footer begins.
    pub fn packed_bytes(&self) -> u32 {
        self.chunks.last().map_or(0, |chunk| chunk.packed_end)
    }

    /// Where the chunks of a range lie among the decompressed bytes. `None` for an empty range or one past the end.
    pub fn raw_range(&self, chunks: &Range<u32>) -> Option<Range<u32>> {
        self.ends(chunks, |chunk| chunk.raw_end)
    }

    /// Where the frames of a range of chunks lie in the stored object. `None` for an empty range or one past the end.
    pub fn packed_range(&self, chunks: &Range<u32>) -> Option<Range<u32>> {
        self.ends(chunks, |chunk| chunk.packed_end)
    }

    fn ends(&self, chunks: &Range<u32>, end: impl Fn(&ChunkEntry) -> u32) -> Option<Range<u32>> {
        let inside = self.chunks.get(chunks.start as usize..chunks.end as usize)?;
        let last = inside.last()?;
        let before = (chunks.start as usize).checked_sub(1).and_then(|i| self.chunks.get(i));
        Some(before.map_or(0, &end)..end(last))
    }

    /// Each chunk's hash and decompressed bytes, in order: what Merkle trees, terms and dedup answers are made from.
    pub fn sized_chunks(&self) -> impl Iterator<Item = (XetHash, u32)> + '_ {
        let mut before = 0;
        self.chunks.iter().map(move |chunk| {
            let len = chunk.raw_end - before;
            before = chunk.raw_end;
            (chunk.hash, len)
        })
    }
}

/// Chunks on their way into an index: the running sums and their limits, which are the same for a xorb received and
/// one built.
#[derive(Debug, Default)]
struct Tally {
    chunks: Vec<ChunkEntry>,
    merkle: MerkleBuilder,
    raw_bytes: u32,
    packed_bytes: u32,
}

impl Tally {
    /// Whether one more frame fits; asked before its bytes are decoded.
    fn admit(&self, header: &FrameHeader) -> Result<(), XorbError> {
        if self.chunks.len() >= XORB_CHUNKS_MAX {
            return Err(XorbError::TooManyChunks);
        }
        if u64::from(self.raw_bytes) + u64::from(header.raw_bytes) > XORB_RAW_BYTES_MAX {
            return Err(XorbError::TooManyRawBytes);
        }
        if u64::from(self.packed_bytes) + header.frame_bytes() as u64 > XORB_BODY_BYTES_MAX {
            return Err(XorbError::TooManyPackedBytes);
        }
        Ok(())
    }

    fn push(&mut self, hash: XetHash, header: &FrameHeader) {
        self.raw_bytes += header.raw_bytes;
        self.packed_bytes += header.frame_bytes() as u32;
        self.merkle.push(hash, u64::from(header.raw_bytes));
        self.chunks.push(ChunkEntry { hash, raw_end: self.raw_bytes, packed_end: self.packed_bytes });
    }

    fn frame_error(&self, why: FrameError) -> XorbError {
        XorbError::Frame { chunk: self.chunks.len(), why }
    }

    fn finish(self) -> Result<XorbIndex, XorbError> {
        if self.chunks.is_empty() {
            return Err(XorbError::Empty);
        }
        Ok(XorbIndex { hash: self.merkle.root(), chunks: self.chunks })
    }
}

/// Checks an uploaded xorb body while it arrives, in pieces of any size, and passes on what is good. Holds at most one
/// frame and one decoded chunk. After an error the receiver is of no more use.
#[derive(Debug, Default)]
pub struct Receiver {
    tally: Tally,
    partial: Vec<u8>,
    decoder: Decoder,
    raw: Vec<u8>,
    footer_bytes: Option<usize>,
}

impl Receiver {
    /// Takes the next bytes of the body. Each frame that is complete and decodes is given to `sink`, header and
    /// payload unchanged; an old client's footer is dropped. What was passed on is only to be kept if
    /// [`Receiver::finish`] agrees.
    pub fn feed(&mut self, mut data: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<(), XorbError> {
        while !data.is_empty() {
            if let Some(seen) = &mut self.footer_bytes {
                *seen = seen.saturating_add(data.len());
                return if *seen > FOOTER_BYTES_MAX { Err(XorbError::FooterTooLong) } else { Ok(()) };
            }
            if self.partial.is_empty() {
                data = self.take_whole(data, sink)?;
                if self.footer_bytes.is_some() {
                    continue;
                }
                self.partial.extend_from_slice(data);
                return Ok(());
            }
            data = self.complete_partial(data, sink)?;
        }
        Ok(())
    }

    /// The body is complete. The index of the xorb, if it is the one that was named.
    pub fn finish(self, expected: &XetHash) -> Result<XorbIndex, XorbError> {
        if !self.partial.is_empty() {
            return Err(XorbError::Truncated(self.tally.chunks.len()));
        }
        let index = self.tally.finish()?;
        if index.hash != *expected {
            return Err(XorbError::HashMismatch { want: *expected, got: index.hash });
        }
        Ok(index)
    }

    /// Takes all frames that lie whole in `data` without copying them; what is left is less than one frame, or a
    /// footer.
    fn take_whole<'d>(
        &mut self,
        mut data: &'d [u8],
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<&'d [u8], XorbError> {
        while let Some(head) = data.first_chunk() {
            let Some(header) = self.header(head)? else {
                return Ok(data);
            };
            let Some((frame, rest)) = data.split_at_checked(header.frame_bytes()) else {
                return Ok(data);
            };
            self.accept(&header, frame)?;
            sink(frame);
            data = rest;
        }
        Ok(data)
    }

    /// Adds to the frame that lies across two pieces.
    fn complete_partial<'d>(
        &mut self,
        mut data: &'d [u8],
        sink: &mut impl FnMut(&[u8]),
    ) -> Result<&'d [u8], XorbError> {
        // A header is judged as soon as it is whole, also when the body ends with it.
        data = self.fill_to(FRAME_HEADER_BYTES.max(self.partial.len()), data);
        let Some(head) = self.partial.first_chunk().copied() else {
            return Ok(data);
        };
        let Some(header) = self.header(&head)? else {
            self.footer_bytes = Some(self.partial.len());
            self.partial.clear();
            return Ok(data);
        };
        let rest = self.fill_to(header.frame_bytes(), data);
        if self.partial.len() == header.frame_bytes() {
            let frame = std::mem::take(&mut self.partial);
            self.accept(&header, &frame)?;
            sink(&frame);
            self.partial = frame;
            self.partial.clear();
        }
        Ok(rest)
    }

    fn fill_to<'d>(&mut self, want: usize, data: &'d [u8]) -> &'d [u8] {
        let (now, later) = data.split_at(data.len().min(want.saturating_sub(self.partial.len())));
        self.partial.extend_from_slice(now);
        later
    }

    /// The next frame's header, or `None` if a footer begins here.
    fn header(&mut self, head: &[u8; FRAME_HEADER_BYTES]) -> Result<Option<FrameHeader>, XorbError> {
        if head.starts_with(FOOTER_IDENT) {
            self.footer_bytes.get_or_insert(0);
            return Ok(None);
        }
        let header = FrameHeader::parse(head).map_err(|why| self.tally.frame_error(why))?;
        self.tally.admit(&header)?;
        Ok(Some(header))
    }

    fn accept(&mut self, header: &FrameHeader, frame: &[u8]) -> Result<(), XorbError> {
        let payload = frame.get(FRAME_HEADER_BYTES..).unwrap_or_default();
        let hash = if header.scheme == Scheme::Plain {
            chunk_hash(payload)
        } else {
            self.raw.clear();
            self.decoder.decode(header, payload, &mut self.raw).map_err(|why| self.tally.frame_error(why))?;
            chunk_hash(&self.raw)
        };
        self.tally.push(hash, header);
        Ok(())
    }
}

/// Packs chunks into a new xorb. The frames go to the caller; the builder keeps only the index.
#[derive(Debug, Default)]
pub struct Builder {
    tally: Tally,
    encoder: Encoder,
}

impl Builder {
    /// Whether a chunk of `raw_bytes` still fits.
    pub fn has_room_for(&self, raw_bytes: usize) -> bool {
        self.tally.chunks.len() < XORB_CHUNKS_MAX
            && u64::from(self.tally.raw_bytes) + raw_bytes as u64 <= XORB_RAW_BYTES_MAX
    }

    /// Appends the chunk's frame to `out` and returns the chunk's place in the xorb. `hash` must be the chunk's own.
    /// Fails, appending nothing, for a chunk of no bytes, one over 128 KiB, or one without room.
    pub fn push(&mut self, hash: XetHash, raw: &[u8], out: &mut Vec<u8>) -> Result<u32, XorbError> {
        if self.tally.chunks.len() >= XORB_CHUNKS_MAX {
            return Err(XorbError::TooManyChunks);
        }
        if raw.len() <= CHUNK_BYTES_MAX && !self.has_room_for(raw.len()) {
            return Err(XorbError::TooManyRawBytes);
        }
        let header = self.encoder.encode(raw, out).map_err(|why| self.tally.frame_error(why))?;
        let place = self.tally.chunks.len() as u32;
        self.tally.push(hash, &header);
        Ok(place)
    }

    /// Tells the packer that other data begins, so that it chooses its scheme anew.
    pub fn start_file(&mut self) {
        self.encoder.start_file();
    }

    /// The chunks so far, in order.
    pub fn chunks(&self) -> &[ChunkEntry] {
        &self.tally.chunks
    }

    /// The index of the finished xorb; an error only if nothing was pushed.
    pub fn finish(self) -> Result<XorbIndex, XorbError> {
        self.tally.finish()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn raw(i: u32, len: usize) -> Vec<u8> {
        (0..len as u32).map(|j| (i.wrapping_mul(31) ^ (j / 3) ^ (j.wrapping_mul(j) >> 7)) as u8).collect()
    }

    fn xorb(lens: &[usize]) -> (XorbIndex, Vec<u8>) {
        let mut builder = Builder::default();
        let mut out = Vec::new();
        for (i, &len) in lens.iter().enumerate() {
            let raw = raw(i as u32, len);
            assert_eq!(builder.push(chunk_hash(&raw), &raw, &mut out), Ok(i as u32));
        }
        (builder.finish().unwrap(), out)
    }

    fn receive(body: &[u8], piece: usize, expected: &XetHash) -> Result<(XorbIndex, Vec<u8>), XorbError> {
        let mut receiver = Receiver::default();
        let mut kept = Vec::new();
        for data in body.chunks(piece) {
            receiver.feed(data, &mut |frame| kept.extend_from_slice(frame))?;
        }
        receiver.finish(expected).map(|index| (index, kept))
    }

    #[test]
    fn what_is_built_is_received_whatever_the_pieces() {
        let (index, body) = xorb(&[1, 9000, 131_072, 20, 8192]);
        let mut old = body.clone();
        index.render_footer(&mut old);
        for piece in [1, 2, 7, 8, 9, 1000, 70_000, 1 << 20] {
            let (got, kept) = receive(&body, piece, &index.hash).unwrap();
            assert_eq!((&got, &kept), (&index, &body), "{piece}");
            let (got, kept) = receive(&old, piece, &index.hash).unwrap();
            assert_eq!((&got, &kept), (&index, &body), "{piece} with a footer");
        }
        assert_eq!(index.len(), 5);
        assert_eq!(index.raw_bytes(), 148_285);
        assert_eq!(index.packed_bytes() as usize, body.len());
        assert_eq!(index.raw_range(&(1..3)), Some(1..140_073));
        assert_eq!(index.packed_range(&(0..1)), Some(0..9));
        let (from, to) = (4, 3);
        for none in [0..0, 3..6, 5..6, from..to, 0..u32::MAX] {
            assert_eq!(index.packed_range(&none), None);
        }
        let lens: Vec<u32> = index.sized_chunks().map(|(_, len)| len).collect();
        assert_eq!(lens, [1, 9000, 131_072, 20, 8192]);
    }

    #[test]
    fn a_body_that_ends_with_a_header_is_judged_alike_whatever_the_pieces() {
        let (index, body) = xorb(&[10, 20]);
        let footer = [&body[..], FOOTER_IDENT, &[1]].concat();
        let wrong = [&body[..], &[1, 1, 0, 0, 0, 1, 0, 0]].concat();
        for piece in 1..=wrong.len() {
            assert_eq!(receive(&footer, piece, &index.hash), Ok((index.clone(), body.clone())), "{piece}");
            let why = FrameError::Version(1);
            let refused = Err(XorbError::Frame { chunk: 2, why });
            assert_eq!(receive(&wrong, piece, &index.hash), refused, "{piece}");
        }
    }

    #[test]
    fn each_fault_has_its_name() {
        let (index, body) = xorb(&[100, 9000]);
        let receive = |body: &[u8]| receive(body, 50, &index.hash).map(|_| ());
        assert_eq!(receive(&[]), Err(XorbError::Empty));
        assert_eq!(receive(&body[..body.len() - 1]), Err(XorbError::Truncated(1)));
        assert_eq!(receive(&body[..3]), Err(XorbError::Truncated(0)));
        let mut bad = body.clone();
        bad[4] = 9;
        assert_eq!(receive(&bad), Err(XorbError::Frame { chunk: 0, why: FrameError::Scheme(9) }));
        let (other, more) = xorb(&[100, 9000, 5]);
        assert_eq!(receive(&more), Err(XorbError::HashMismatch { want: index.hash, got: other.hash }));
        let long = [&body[..], b"XETBLOB", &vec![0; FOOTER_BYTES_MAX]].concat();
        assert_eq!(receive(&long), Err(XorbError::FooterTooLong));
        assert_eq!(receive(&long[body.len()..][..1000]), Err(XorbError::Empty));
    }

    #[test]
    fn a_flipped_byte_is_found() {
        let (index, body) = xorb(&[300, 500]);
        for at in 0..body.len() {
            let mut bad = body.clone();
            bad[at] ^= 4;
            assert!(receive(&bad, 4096, &index.hash).is_err(), "byte {at}");
        }
    }

    #[test]
    fn chunks_are_counted() {
        let frame = [0, 1, 0, 0, 0, 1, 0, 0, b'x'];
        let body = frame.repeat(XORB_CHUNKS_MAX + 1);
        let all = xorb_of_same(XORB_CHUNKS_MAX);
        assert_eq!(receive(&body[..body.len() - 9], 1 << 16, &all).unwrap().0.len(), 8192);
        assert_eq!(receive(&body, 1 << 16, &all).unwrap_err(), XorbError::TooManyChunks);
    }

    fn xorb_of_same(count: usize) -> XetHash {
        super::super::hash::xorb_hash(&vec![(chunk_hash(b"x"), 1); count])
    }

    #[test]
    fn raw_bytes_are_counted() {
        let mut builder = Builder::default();
        let (big, hash) = (vec![0; CHUNK_BYTES_MAX], chunk_hash(b""));
        let mut body = Vec::new();
        for _ in 0..512 {
            assert!(builder.has_room_for(big.len()));
            builder.push(hash, &big, &mut body).unwrap();
        }
        let len = body.len();
        assert!(!builder.has_room_for(1));
        assert_eq!(builder.push(hash, b"x", &mut body), Err(XorbError::TooManyRawBytes));
        assert_eq!(body.len(), len);
        body.extend_from_slice(&[0, 1, 0, 0, 0, 1, 0, 0, b'x']);
        assert_eq!(receive(&body, 1 << 20, &hash).unwrap_err(), XorbError::TooManyRawBytes);
    }

    proptest! {
        #[test]
        fn bytes_never_panic(body in prop::collection::vec(any::<u8>(), 0..400), piece in 1usize..50) {
            let _ = receive(&body, piece, &XetHash::ZERO);
        }

        #[test]
        fn a_broken_xorb_never_panics(at in any::<prop::sample::Index>(), change in 1u8.., cut in any::<prop::sample::Index>()) {
            let (index, mut body) = xorb(&[40, 2000, 3]);
            let at = at.index(body.len());
            body[at] ^= change;
            prop_assert!(receive(&body, 64, &index.hash).is_err());
            body.truncate(cut.index(body.len()));
            let _ = receive(&body, 13, &index.hash);
        }
    }
}
