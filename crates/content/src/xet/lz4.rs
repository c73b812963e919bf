//! The LZ4 frame format around one chunk, decoded straight into a buffer of the promised length.
//!
//! Strict on purpose: a frame accepted here must decode for every client later, so whatever a client's decoder could
//! trip over (checksums, sizes, a missing end, bytes after it) is refused when it is uploaded (LZ4 Frame Format
//! Description 1.6).

use lz4_flex::block::{
    CompressTable, DecompressError, compress_into_with_table, decompress_into, decompress_into_with_dict,
    get_maximum_output_size,
};
use twox_hash::XxHash32;

const MAGIC: [u8; 4] = 0x184d_2204u32.to_le_bytes();
const VERSION: u8 = 0b0100_0000;
const INDEPENDENT: u8 = 0b0010_0000;
const BLOCK_CHECKSUMS: u8 = 0b0001_0000;
const CONTENT_SIZE: u8 = 0b0000_1000;
const CONTENT_CHECKSUM: u8 = 0b0000_0100;
const DICTIONARY: u8 = 0b0000_0001;
/// The version's other bit and the reserved one.
const FLAGS_ALWAYS_ZERO: u8 = 0b1000_0010;

/// A block whose length has this bit is not compressed.
const STORED: u32 = 1 << 31;
/// How far back a match may reach.
const WINDOW: usize = 64 * 1024;

/// Why bytes are not one good LZ4 frame of the promised length.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Lz4Error {
    /// The bytes end inside the frame.
    #[error("LZ4 frame is cut short")]
    Truncated,
    /// The first four bytes are not those of an LZ4 frame.
    #[error("not an LZ4 frame")]
    Magic,
    /// A header that says something no client can decode.
    #[error("LZ4 frame header: {0}")]
    Header(&'static str),
    /// A checksum in the frame does not fit.
    #[error("LZ4 {0} checksum does not match")]
    Checksum(&'static str),
    /// A block that is empty, longer than the frame's blocks may be, or not LZ4.
    #[error("LZ4 block: {0}")]
    Block(&'static str),
    /// More bytes come out than were promised.
    #[error("LZ4 frame holds more than the promised {0} bytes")]
    TooLong(usize),
    /// Fewer bytes come out than were promised.
    #[error("LZ4 frame holds {got} bytes, {want} were promised")]
    TooShort {
        /// Bytes that came out.
        got: usize,
        /// Bytes promised.
        want: usize,
    },
    /// Bytes after the end of the frame.
    #[error("{0} bytes follow the LZ4 frame")]
    Trailing(usize),
}

struct Header {
    flags: u8,
    block_bytes_max: usize,
}

/// Decodes one frame that must fill `out` exactly. Never writes past `out` and allocates nothing. On an error the
/// content of `out` is unspecified.
pub(super) fn decode(frame: &[u8], out: &mut [u8]) -> Result<(), Lz4Error> {
    let want = out.len();
    let (header, mut rest) = header(frame, want)?;
    let mut done = 0;
    loop {
        let word = u32::from_le_bytes(take(&mut rest)?);
        if word == 0 {
            break;
        }
        let len = (word & !STORED) as usize;
        if len > header.block_bytes_max {
            return Err(Lz4Error::Block("longer than the frame's blocks may be"));
        }
        let block = rest.split_off(..len).ok_or(Lz4Error::Truncated)?;
        if header.flags & BLOCK_CHECKSUMS != 0 && u32::from_le_bytes(take(&mut rest)?) != hash(block) {
            return Err(Lz4Error::Checksum("block"));
        }
        let (before, room) = out.split_at_mut(done);
        let cap = room.len().min(header.block_bytes_max);
        let got = if word & STORED != 0 {
            let room = room.get_mut(..len).ok_or(Lz4Error::TooLong(want))?;
            room.copy_from_slice(block);
            len
        } else {
            let window = if header.flags & INDEPENDENT != 0 { 0 } else { before.len().min(WINDOW) };
            let dictionary = &before[before.len() - window..];
            unpack(block, &mut room[..cap], dictionary).map_err(|why| match why {
                DecompressError::OutputTooSmall { .. } => Lz4Error::TooLong(want),
                _ => Lz4Error::Block("not LZ4"),
            })?
        };
        if got == 0 {
            // Decoders take an empty block for the end and would leave the rest of the frame unread.
            return Err(Lz4Error::Block("empty"));
        }
        done += got;
    }
    if header.flags & CONTENT_CHECKSUM != 0 && u32::from_le_bytes(take(&mut rest)?) != hash(&out[..done]) {
        return Err(Lz4Error::Checksum("content"));
    }
    match (done == want, rest.len()) {
        (false, _) => Err(Lz4Error::TooShort { got: done, want }),
        (true, 0) => Ok(()),
        (true, extra) => Err(Lz4Error::Trailing(extra)),
    }
}

fn unpack(block: &[u8], out: &mut [u8], dictionary: &[u8]) -> Result<usize, DecompressError> {
    if dictionary.is_empty() {
        decompress_into(block, out)
    } else {
        decompress_into_with_dict(block, out, dictionary)
    }
}

fn header(frame: &[u8], want: usize) -> Result<(Header, &[u8]), Lz4Error> {
    let mut rest = frame;
    if take::<4>(&mut rest)? != MAGIC {
        return Err(Lz4Error::Magic);
    }
    let described = rest;
    let [flags, block] = take(&mut rest)?;
    if flags & VERSION == 0 || flags & FLAGS_ALWAYS_ZERO != 0 || block & 0b1000_1111 != 0 {
        return Err(Lz4Error::Header("unknown version or reserved bits"));
    }
    if flags & DICTIONARY != 0 {
        return Err(Lz4Error::Header("needs a dictionary"));
    }
    let block_bytes_max = match block >> 4 {
        code @ 4..=7 => 1 << (8 + 2 * code),
        _ => return Err(Lz4Error::Header("unknown block size")),
    };
    if flags & CONTENT_SIZE != 0 && u64::from_le_bytes(take(&mut rest)?) != want as u64 {
        return Err(Lz4Error::Header("content size differs from the promised length"));
    }
    let described = &described[..described.len() - rest.len()];
    let [check] = take(&mut rest)?;
    if check != header_check(described) {
        return Err(Lz4Error::Checksum("header"));
    }
    Ok((Header { flags, block_bytes_max }, rest))
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], Lz4Error> {
    let (head, tail) = rest.split_first_chunk().ok_or(Lz4Error::Truncated)?;
    *rest = tail;
    Ok(*head)
}

fn hash(bytes: &[u8]) -> u32 {
    XxHash32::oneshot(0, bytes)
}

fn header_check(descriptor: &[u8]) -> u8 {
    hash(descriptor).to_le_bytes()[1]
}

/// Appends `raw` to `out` as one frame of one independent block, and returns true; or leaves `out` as it was and
/// returns false when the frame would not be shorter than `raw`.
pub(super) fn encode(raw: &[u8], table: &mut CompressTable, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let code: u8 = if raw.len() <= 64 * 1024 { 4 } else { 5 };
    let descriptor = [VERSION | INDEPENDENT, code << 4];
    out.extend_from_slice(&MAGIC);
    out.extend_from_slice(&descriptor);
    out.push(header_check(&descriptor));
    let block_at = out.len() + 4;
    out.resize(block_at + get_maximum_output_size(raw.len()), 0);
    let packed = compress_into_with_table(raw, &mut out[block_at..], table);
    let end = packed.as_ref().map_or(0, |len| block_at + len);
    match packed {
        Ok(len) if end + 4 - start < raw.len() => {
            out[block_at - 4..block_at].copy_from_slice(&(len as u32).to_le_bytes());
            out.truncate(end);
            out.extend_from_slice(&[0; 4]);
            true
        }
        _ => {
            out.truncate(start);
            false
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use lz4_flex::frame::{BlockMode, BlockSize, FrameDecoder, FrameEncoder, FrameInfo};
    use proptest::prelude::*;
    use std::io::{Read, Write};

    fn text(len: usize) -> Vec<u8> {
        (0..len).map(|i| b"the quick brown fox"[i * i / 7 % 19]).collect()
    }

    fn frame(info: FrameInfo, raw: &[u8]) -> Vec<u8> {
        let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
        encoder.write_all(raw).unwrap();
        encoder.finish().unwrap()
    }

    fn unframe(frame: &[u8], len: usize) -> Result<Vec<u8>, Lz4Error> {
        let mut out = vec![0; len];
        decode(frame, &mut out).map(|()| out)
    }

    #[test]
    fn every_kind_of_frame_an_encoder_makes() {
        let raw = text(131_072);
        for mode in [BlockMode::Independent, BlockMode::Linked] {
            for size in [BlockSize::Max64KB, BlockSize::Max256KB, BlockSize::Max1MB, BlockSize::Max4MB] {
                for (block, content, len) in [
                    (false, false, None),
                    (true, false, None),
                    (false, true, Some(131_072)),
                    (true, true, None),
                ] {
                    let info = FrameInfo::new()
                        .block_mode(mode)
                        .block_size(size)
                        .block_checksums(block)
                        .content_checksum(content)
                        .content_size(len);
                    assert_eq!(unframe(&frame(info, &raw), raw.len()).as_ref(), Ok(&raw));
                }
            }
        }
    }

    #[test]
    fn what_we_encode_others_decode() {
        let mut table = CompressTable::default();
        for len in [400, 1000, 65_535, 65_536, 65_537, 131_072] {
            let raw = text(len);
            let mut out = b"before".to_vec();
            assert!(encode(&raw, &mut table, &mut out), "{len}");
            let mut back = Vec::new();
            FrameDecoder::new(&out[6..]).read_to_end(&mut back).unwrap();
            assert_eq!(back, raw);
            assert_eq!(unframe(&out[6..], len).unwrap(), raw);
        }
        let mut out = b"before".to_vec();
        assert!(!encode(b"xyz", &mut table, &mut out));
        assert_eq!(out, b"before");
    }

    #[test]
    fn each_fault_has_its_name() {
        let raw = text(1000);
        let checked = FrameInfo::new().block_checksums(true).content_checksum(true);
        let good = frame(checked, &raw);
        let with = |at: usize, change: u8| {
            let mut bad = good.clone();
            bad[at] ^= change;
            unframe(&bad, 1000)
        };
        let last = good.len() - 1;
        assert_eq!(with(0, 1), Err(Lz4Error::Magic));
        assert_eq!(with(4, 0x80), Err(Lz4Error::Header("unknown version or reserved bits")));
        assert_eq!(with(4, 0x01), Err(Lz4Error::Header("needs a dictionary")));
        assert_eq!(with(5, 0x40), Err(Lz4Error::Header("unknown block size")));
        assert_eq!(with(6, 1), Err(Lz4Error::Checksum("header")));
        assert_eq!(with(10, 0x40), Err(Lz4Error::Block("longer than the frame's blocks may be")));
        assert_eq!(with(11, 1), Err(Lz4Error::Checksum("block")));
        assert_eq!(with(last, 1), Err(Lz4Error::Checksum("content")));
        assert_eq!(unframe(&good[..last], 1000), Err(Lz4Error::Truncated));
        assert_eq!(unframe(&[&good[..], b"!"].concat(), 1000), Err(Lz4Error::Trailing(1)));
        assert_eq!(unframe(&good, 1001), Err(Lz4Error::TooShort { got: 1000, want: 1001 }));
        assert_eq!(unframe(&good, 999), Err(Lz4Error::TooLong(999)));
        let bomb = frame(FrameInfo::new().block_size(BlockSize::Max4MB), &vec![0; 4 << 20]);
        assert_eq!(unframe(&bomb, 1000), Err(Lz4Error::TooLong(1000)));
    }

    #[test]
    fn an_empty_block_is_refused() {
        let mut frame = frame(FrameInfo::new(), &text(1000));
        let end = frame.len() - 4;
        for block in [&[0, 0, 0, 0x80][..], &[1, 0, 0, 0, 0]] {
            frame.truncate(end);
            frame.extend_from_slice(block);
            frame.extend_from_slice(&[0; 4]);
            assert_eq!(unframe(&frame, 1000), Err(Lz4Error::Block("empty")));
        }
    }

    proptest! {
        #[test]
        fn bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200), len in 0usize..2000) {
            let _ = unframe(&bytes, len);
            let descriptor = [VERSION | INDEPENDENT, 0x40];
            let head = [&MAGIC[..], &descriptor, &[header_check(&descriptor)], &[bytes.len() as u8, 0, 0, 0]].concat();
            let _ = unframe(&[&head[..], &bytes, &[0; 4]].concat(), len);
        }

        /// Whatever is accepted, the decoder the clients use accepts too, with the same bytes.
        #[test]
        fn no_more_lenient_than_the_clients(len in 1usize..3000, at in any::<prop::sample::Index>(), change: u8, linked: bool) {
            let mode = if linked { BlockMode::Linked } else { BlockMode::Independent };
            let raw = text(len);
            let mut bytes = frame(FrameInfo::new().block_mode(mode), &raw);
            let at = at.index(bytes.len());
            bytes[at] ^= change;
            if let Ok(ours) = unframe(&bytes, len) {
                let mut theirs = Vec::new();
                FrameDecoder::new(&bytes[..]).read_to_end(&mut theirs).unwrap();
                prop_assert_eq!(ours, theirs);
            }
        }
    }
}
