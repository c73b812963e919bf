//! One chunk as it lies in a xorb: an eight-byte header, then the chunk plain or packed.
//!
//! Header: version 0, packed length (u24), scheme (u8), raw length (u24), little-endian (Xet protocol, "chunk
//! header").

use super::bg4;
use super::lz4::{self, Lz4Error};
use lz4_flex::block::CompressTable;
use seedcorn_core::limits::CHUNK_BYTES_MAX;

/// Bytes of a frame's header.
pub const FRAME_HEADER_BYTES: usize = 8;

/// Bytes of a packed chunk: a whole chunk, LZ4's worst growth of one byte in 255, and the LZ4 frame around it. A
/// client that packs what does not shrink is wasteful, not wrong.
pub const FRAME_PAYLOAD_BYTES_MAX: usize = CHUNK_BYTES_MAX + CHUNK_BYTES_MAX / 255 + 64;

/// After how many chunks the scheme is chosen anew, as the client does.
const RETEST_CHUNKS: u32 = 32;

/// BG4 costs several times what LZ4 costs, so it has to save one byte in this many to be chosen.
const BG4_GAIN: usize = 64;

/// How a chunk is packed. The numbers are those of the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Scheme {
    /// As it is.
    Plain = 0,
    /// An LZ4 frame.
    Lz4 = 1,
    /// Grouped by four bytes, then an LZ4 frame.
    Bg4Lz4 = 2,
}

/// The header of a frame; both lengths are within their limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameHeader {
    /// How the payload is packed.
    pub scheme: Scheme,
    /// Bytes of the payload, 1 to [`FRAME_PAYLOAD_BYTES_MAX`].
    pub packed_bytes: u32,
    /// Bytes of the chunk, 1 to [`CHUNK_BYTES_MAX`].
    pub raw_bytes: u32,
}

/// Why a frame is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// A header of a version that does not exist.
    #[error("chunk header has version {0}, only 0 exists")]
    Version(u8),
    /// A scheme that does not exist.
    #[error("chunk header has compression scheme {0}, only 0, 1 and 2 exist")]
    Scheme(u8),
    /// A chunk of no bytes or of too many.
    #[error("chunk of {0} bytes, allowed are 1 to {CHUNK_BYTES_MAX}")]
    RawBytes(u32),
    /// A payload of no bytes or of too many.
    #[error("packed chunk of {0} bytes, allowed are 1 to {FRAME_PAYLOAD_BYTES_MAX}")]
    PackedBytes(u32),
    /// A plain chunk whose two lengths differ.
    #[error("plain chunk of {raw} bytes says it is packed into {packed}")]
    PlainLength {
        /// Bytes of the chunk.
        raw: u32,
        /// Bytes of the payload.
        packed: u32,
    },
    /// The payload is not as long as its header says.
    #[error("payload of {got} bytes, its header says {want}")]
    PayloadLength {
        /// Bytes there are.
        got: usize,
        /// Bytes there should be.
        want: u32,
    },
    /// Fewer frames than asked for.
    #[error("frames end after {0} chunks")]
    Missing(u32),
    /// Bytes after the last frame asked for.
    #[error("{0} bytes follow the last frame")]
    Trailing(usize),
    /// A chunk that decodes and is not the one it should be.
    #[error("chunk {0} of the run does not have its hash")]
    Content(u32),
    /// The payload does not decode.
    #[error(transparent)]
    Lz4(#[from] Lz4Error),
}

impl FrameHeader {
    /// Reads a header and checks every field.
    pub fn parse(bytes: &[u8; FRAME_HEADER_BYTES]) -> Result<FrameHeader, FrameError> {
        let &[version, p0, p1, p2, scheme, r0, r1, r2] = bytes;
        let packed = u32::from_le_bytes([p0, p1, p2, 0]);
        let raw = u32::from_le_bytes([r0, r1, r2, 0]);
        if version != 0 {
            return Err(FrameError::Version(version));
        }
        let scheme = match scheme {
            0 => Scheme::Plain,
            1 => Scheme::Lz4,
            2 => Scheme::Bg4Lz4,
            other => return Err(FrameError::Scheme(other)),
        };
        if raw == 0 || raw as usize > CHUNK_BYTES_MAX {
            return Err(FrameError::RawBytes(raw));
        }
        if packed == 0 || packed as usize > FRAME_PAYLOAD_BYTES_MAX {
            return Err(FrameError::PackedBytes(packed));
        }
        if scheme == Scheme::Plain && packed != raw {
            return Err(FrameError::PlainLength { raw, packed });
        }
        Ok(FrameHeader { scheme, packed_bytes: packed, raw_bytes: raw })
    }

    /// The header's eight bytes.
    pub fn render(&self) -> [u8; FRAME_HEADER_BYTES] {
        let [p0, p1, p2, _] = self.packed_bytes.to_le_bytes();
        let [r0, r1, r2, _] = self.raw_bytes.to_le_bytes();
        [0, p0, p1, p2, self.scheme as u8, r0, r1, r2]
    }

    /// Bytes of the whole frame, header and payload.
    pub fn frame_bytes(&self) -> usize {
        FRAME_HEADER_BYTES + self.packed_bytes as usize
    }
}

/// Unpacks frames. Keep one per stream: it reuses its buffer.
#[derive(Debug, Default)]
pub struct Decoder {
    grouped: Vec<u8>,
}

impl Decoder {
    /// Appends to `out` exactly `header.raw_bytes` bytes, or an error and nothing.
    pub fn decode(
        &mut self,
        header: &FrameHeader,
        payload: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), FrameError> {
        if payload.len() != header.packed_bytes as usize {
            return Err(FrameError::PayloadLength { got: payload.len(), want: header.packed_bytes });
        }
        let start = out.len();
        if header.scheme == Scheme::Plain {
            out.extend_from_slice(payload);
            return Ok(());
        }
        let end = start + header.raw_bytes as usize;
        out.resize(end, 0);
        let done = self.unpack(header.scheme, payload, &mut out[start..]);
        if done.is_err() {
            out.truncate(start);
        }
        Ok(done?)
    }

    fn unpack(&mut self, scheme: Scheme, payload: &[u8], out: &mut [u8]) -> Result<(), Lz4Error> {
        if scheme != Scheme::Bg4Lz4 {
            return lz4::decode(payload, out);
        }
        self.grouped.resize(out.len(), 0);
        lz4::decode(payload, &mut self.grouped)?;
        bg4::join(&self.grouped, out);
        Ok(())
    }

    /// Decodes `packed`, which must be exactly `chunks` frames one after the other, and appends their bytes to `out`.
    /// On an error `out` keeps the chunks before the bad one.
    pub fn decode_run(&mut self, packed: &[u8], chunks: u32, out: &mut Vec<u8>) -> Result<(), FrameError> {
        self.decode_run_if(packed, chunks, out, |_, _| true)
    }

    /// The same, and asks of each chunk, by its place in the run and its bytes, whether it is the right one.
    pub fn decode_run_if(
        &mut self,
        packed: &[u8],
        chunks: u32,
        out: &mut Vec<u8>,
        mut right: impl FnMut(u32, &[u8]) -> bool,
    ) -> Result<(), FrameError> {
        let mut rest = packed;
        for done in 0..chunks {
            let (header, tail) = rest.split_first_chunk().ok_or(FrameError::Missing(done))?;
            let header = FrameHeader::parse(header)?;
            let (payload, tail) =
                tail.split_at_checked(header.packed_bytes as usize).ok_or(FrameError::Missing(done))?;
            let start = out.len();
            self.decode(&header, payload, out)?;
            if !right(done, &out[start..]) {
                out.truncate(start);
                return Err(FrameError::Content(done));
            }
            rest = tail;
        }
        if rest.is_empty() { Ok(()) } else { Err(FrameError::Trailing(rest.len())) }
    }
}

/// Packs chunks into frames, choosing the scheme by trying. Keep one per file or xorb: it reuses its buffers and
/// remembers what worked.
#[derive(Default)]
pub struct Encoder {
    table: CompressTable,
    grouped: Vec<u8>,
    trial: Vec<u8>,
    grouping: bool,
    until_retest: u32,
}

impl Encoder {
    /// Appends header and payload of one chunk to `out`; the payload is plain when packing does not shrink it. Fails
    /// only for a chunk of no bytes or more than [`CHUNK_BYTES_MAX`], and then appends nothing.
    pub fn encode(&mut self, raw: &[u8], out: &mut Vec<u8>) -> Result<FrameHeader, FrameError> {
        if raw.is_empty() || raw.len() > CHUNK_BYTES_MAX {
            return Err(FrameError::RawBytes(u32::try_from(raw.len()).unwrap_or(u32::MAX)));
        }
        let start = out.len();
        out.extend_from_slice(&[0; FRAME_HEADER_BYTES]);
        let scheme = self.pack(raw, out);
        if scheme == Scheme::Plain {
            out.extend_from_slice(raw);
        }
        let packed = out.len() - start - FRAME_HEADER_BYTES;
        let header = FrameHeader { scheme, packed_bytes: packed as u32, raw_bytes: raw.len() as u32 };
        out[start..start + FRAME_HEADER_BYTES].copy_from_slice(&header.render());
        Ok(header)
    }

    /// Forgets which scheme worked; for the start of another file's bytes.
    pub fn start_file(&mut self) {
        self.until_retest = 0;
    }

    /// Appends the packed chunk, or nothing if that would not be shorter than the chunk.
    fn pack(&mut self, raw: &[u8], out: &mut Vec<u8>) -> Scheme {
        let retest = self.until_retest == 0;
        self.until_retest = if retest { RETEST_CHUNKS - 1 } else { self.until_retest - 1 };
        let start = out.len();
        let mut scheme = Scheme::Plain;
        if (retest || !self.grouping) && lz4::encode(raw, &mut self.table, out) {
            scheme = Scheme::Lz4;
        }
        if !retest && !self.grouping {
            return scheme;
        }
        self.trial.clear();
        bg4::split(raw, &mut self.grouped);
        let shrinks = lz4::encode(&self.grouped, &mut self.table, &mut self.trial);
        let rival = if scheme == Scheme::Plain { raw.len() } else { out.len() - start };
        if retest {
            self.grouping = shrinks && self.trial.len() + raw.len() / BG4_GAIN < rival;
        }
        if shrinks && self.grouping {
            out.truncate(start);
            out.extend_from_slice(&self.trial);
            scheme = Scheme::Bg4Lz4;
        }
        scheme
    }
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encoder").field("grouping", &self.grouping).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut seed = 5u64;
        (0..len)
            .map(|_| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1);
                (seed >> 56) as u8
            })
            .collect()
    }

    fn floats(len: usize) -> Vec<u8> {
        noise(len).chunks(3).flat_map(|b| [b[0], b[b.len() / 2], 0x3c, 0x42]).take(len).collect()
    }

    #[test]
    fn the_scheme_suits_the_bytes() {
        let mut encoder = Encoder::default();
        let mut out = Vec::new();
        let text = b"all work and no play makes jack a dull boy. ".repeat(2000);
        for (raw, scheme) in [
            (noise(60_000), Scheme::Plain),
            (text[..60_000].to_vec(), Scheme::Lz4),
            (floats(60_001), Scheme::Bg4Lz4),
        ] {
            encoder.start_file();
            let before = out.len();
            let header = encoder.encode(&raw, &mut out).unwrap();
            assert_eq!(header.scheme, scheme);
            assert_eq!(out.len() - before, header.frame_bytes());
            let mut back = Vec::new();
            Decoder::default().decode_run(&out[before..], 1, &mut back).unwrap();
            assert_eq!(back, raw);
        }
        let mut all = Vec::new();
        Decoder::default().decode_run(&out, 3, &mut all).unwrap();
        assert_eq!(all.len(), 180_001);
    }

    #[test]
    fn the_choice_is_made_anew_every_32_chunks() {
        let mut encoder = Encoder::default();
        let mut out = Vec::new();
        let schemes: Vec<Scheme> = (0..70)
            .map(|i| {
                encoder.encode(&if i == 0 { noise(9000) } else { floats(9000) }, &mut out).unwrap().scheme
            })
            .collect();
        assert_eq!(schemes.iter().position(|&s| s == Scheme::Bg4Lz4), Some(32));
        assert!(schemes[32..].iter().all(|&s| s == Scheme::Bg4Lz4));
    }

    #[test]
    fn a_header_out_of_bounds_is_named() {
        let parse = |packed: u32, scheme: u8, raw: u32, version: u8| {
            let [p0, p1, p2, _] = packed.to_le_bytes();
            let [r0, r1, r2, _] = raw.to_le_bytes();
            FrameHeader::parse(&[version, p0, p1, p2, scheme, r0, r1, r2])
        };
        let max = CHUNK_BYTES_MAX as u32;
        let payload_max = FRAME_PAYLOAD_BYTES_MAX as u32;
        assert_eq!(parse(max, 0, max, 0).map(|h| h.render()), Ok([0, 0, 0, 2, 0, 0, 0, 2]));
        assert!(parse(payload_max, 1, max, 0).is_ok());
        assert_eq!(parse(1, 0, 1, 1), Err(FrameError::Version(1)));
        assert_eq!(parse(1, 3, 1, 0), Err(FrameError::Scheme(3)));
        assert_eq!(parse(1, 1, 0, 0), Err(FrameError::RawBytes(0)));
        assert_eq!(parse(1, 1, max + 1, 0), Err(FrameError::RawBytes(max + 1)));
        assert_eq!(parse(0, 1, 1, 0), Err(FrameError::PackedBytes(0)));
        assert_eq!(parse(payload_max + 1, 1, 1, 0), Err(FrameError::PackedBytes(payload_max + 1)));
        assert_eq!(parse(2, 0, 1, 0), Err(FrameError::PlainLength { raw: 1, packed: 2 }));
    }

    #[test]
    fn a_run_is_exact() {
        let mut run = Vec::new();
        let mut encoder = Encoder::default();
        encoder.encode(b"one", &mut run).unwrap();
        encoder.encode(b"two", &mut run).unwrap();
        let mut out = Vec::new();
        let mut decoder = Decoder::default();
        assert_eq!(decoder.decode_run(&run, 3, &mut out), Err(FrameError::Missing(2)));
        assert_eq!(decoder.decode_run(&run[..run.len() - 1], 2, &mut out), Err(FrameError::Missing(1)));
        assert_eq!(decoder.decode_run(&run, 1, &mut out), Err(FrameError::Trailing(11)));
        assert_eq!(out, b"onetwooneone");
        let mut out = Vec::new();
        let right = |place, chunk: &[u8]| (place, chunk) != (1, b"two");
        assert_eq!(decoder.decode_run_if(&run, 2, &mut out, right), Err(FrameError::Content(1)));
        assert_eq!(out, b"one");
        assert_eq!(encoder.encode(&[], &mut run), Err(FrameError::RawBytes(0)));
        assert_eq!(encoder.encode(&[0; CHUNK_BYTES_MAX + 1], &mut run), Err(FrameError::RawBytes(131_073)));
        assert_eq!(run.len(), 22);
    }

    proptest! {
        #[test]
        fn decode_never_panics_and_is_all_or_nothing(
            bytes in prop::collection::vec(any::<u8>(), 0..300), scheme in 0u8..3, raw in 1u32..5000
        ) {
            let mut out = b"kept".to_vec();
            let mut head = [0, bytes.len() as u8, (bytes.len() >> 8) as u8, 0, scheme, 0, 0, 0];
            head[5..].copy_from_slice(&raw.to_le_bytes()[..3]);
            if let Ok(header) = FrameHeader::parse(&head) {
                prop_assert_eq!(header.render(), head);
                let done = Decoder::default().decode(&header, &bytes, &mut out);
                prop_assert_eq!(out.len(), if done.is_ok() { 4 + raw as usize } else { 4 });
            }
            let _ = Decoder::default().decode_run(&bytes, raw, &mut out);
        }

        #[test]
        fn packed_and_back(chunks in prop::collection::vec((0u8..3, 1usize..20_000), 1..6)) {
            let raws: Vec<Vec<u8>> = chunks.iter().map(|&(kind, len)| match kind {
                0 => noise(len),
                1 => floats(len),
                _ => vec![7; len],
            }).collect();
            let mut encoder = Encoder::default();
            let (mut run, mut out) = (Vec::new(), Vec::new());
            for raw in &raws {
                encoder.encode(raw, &mut run).unwrap();
            }
            Decoder::default().decode_run(&run, raws.len() as u32, &mut out).unwrap();
            prop_assert_eq!(out, raws.concat());
        }
    }
}
