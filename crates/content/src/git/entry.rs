//! One entry of a pack: its header, and its zlib stream, inflated within bounds (git pack format).

use flate2::{Decompress, FlushDecompress, Status};
use seedcorn_core::digest::Oid;

use super::object::Kind;

/// How an entry tells its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// The whole content.
    Full(Kind),
    /// A delta against the entry that starts this many bytes before, in the same pack.
    OfsDelta(u64),
    /// A delta against an object named by id; in a thin pack it may lie in another one.
    RefDelta(Oid),
}

/// What stands before an entry's zlib stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryHeader {
    /// How the object is told.
    pub kind: EntryKind,
    /// Bytes the zlib stream gives: the object's content, or the delta.
    pub size: u64,
    /// Bytes of the header itself.
    pub len: usize,
}

/// Why an entry cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// The bytes end too soon.
    #[error("pack entry is cut short")]
    Truncated,
    /// A type that has no meaning.
    #[error("pack entry has type {0}")]
    Type(u8),
    /// A size or distance that no pack can hold.
    #[error("pack entry has a size or distance out of range")]
    Range,
    /// More bytes are announced than allowed.
    #[error("pack entry announces {size} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Bytes announced.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The stream gives another number of bytes than announced.
    #[error("pack entry announces {0} bytes and holds another number")]
    WrongSize(u64),
    /// The stream is not zlib, or its checksum is wrong.
    #[error("pack entry is not a sound zlib stream")]
    Zlib,
}

impl EntryHeader {
    /// Reads the header at the front of an entry.
    pub fn parse(bytes: &[u8]) -> Result<Self, EntryError> {
        let (&first, mut rest) = bytes.split_first().ok_or(EntryError::Truncated)?;
        let (mut size, mut shift, mut more) = (u64::from(first & 0x0f), 4, first & 0x80 != 0);
        while more {
            let (&byte, after) = rest.split_first().ok_or(EntryError::Truncated)?;
            if shift > 53 {
                return Err(EntryError::Range);
            }
            size |= u64::from(byte & 0x7f) << shift;
            (shift, rest, more) = (shift + 7, after, byte & 0x80 != 0);
        }
        let kind = match first >> 4 & 7 {
            1 => EntryKind::Full(Kind::Commit),
            2 => EntryKind::Full(Kind::Tree),
            3 => EntryKind::Full(Kind::Blob),
            4 => EntryKind::Full(Kind::Tag),
            6 => {
                let (distance, after) = parse_distance(rest)?;
                rest = after;
                EntryKind::OfsDelta(distance)
            }
            7 => {
                let (base, after) = rest.split_at_checked(20).ok_or(EntryError::Truncated)?;
                rest = after;
                EntryKind::RefDelta(Oid::from_slice(base).ok_or(EntryError::Truncated)?)
            }
            other => return Err(EntryError::Type(other)),
        };
        Ok(EntryHeader { kind, size, len: bytes.len() - rest.len() })
    }

    /// Writes a header to the end of `out`.
    pub(super) fn render(kind: EntryKind, size: u64, out: &mut Vec<u8>) {
        let code = match kind {
            EntryKind::Full(kind) => kind.code(),
            EntryKind::OfsDelta(_) => 6,
            EntryKind::RefDelta(_) => 7,
        };
        let mut byte = code << 4 | (size & 0x0f) as u8;
        let mut rest = size >> 4;
        while rest != 0 {
            out.push(byte | 0x80);
            byte = (rest & 0x7f) as u8;
            rest >>= 7;
        }
        out.push(byte);
        match kind {
            EntryKind::Full(_) => {}
            EntryKind::OfsDelta(distance) => render_distance(distance, out),
            EntryKind::RefDelta(base) => out.extend_from_slice(base.as_bytes()),
        }
    }
}

/// Big-endian groups of seven bits, each continued group counting one more, so that no distance has two spellings.
fn parse_distance(mut rest: &[u8]) -> Result<(u64, &[u8]), EntryError> {
    let mut distance = 0u64;
    loop {
        let (&byte, after) = rest.split_first().ok_or(EntryError::Truncated)?;
        rest = after;
        distance |= u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
        if distance >= 1 << 55 {
            return Err(EntryError::Range);
        }
        distance = (distance + 1) << 7;
    }
    if distance == 0 { Err(EntryError::Range) } else { Ok((distance, rest)) }
}

fn render_distance(distance: u64, out: &mut Vec<u8>) {
    let start = out.len();
    out.push((distance & 0x7f) as u8);
    let mut rest = distance >> 7;
    while rest != 0 {
        rest -= 1;
        out.push(0x80 | (rest & 0x7f) as u8);
        rest >>= 7;
    }
    if let Some(groups) = out.get_mut(start..) {
        groups.reverse();
    }
}

/// Bytes of the first piece of output; later pieces double what is there.
const PIECE: usize = 4096;

/// Inflates the zlib stream at the front of `bytes`, which must give exactly `size` bytes, at most `limit`. Memory
/// grows with what really comes out, and stops one byte past `size`.
pub fn inflate(bytes: &[u8], size: u64, limit: u64) -> Result<Vec<u8>, EntryError> {
    inflate_counted(bytes, size, limit).map(|(data, _)| data)
}

/// As [`inflate`], and also tells how many bytes of input the stream took.
pub fn inflate_counted(bytes: &[u8], size: u64, limit: u64) -> Result<(Vec<u8>, usize), EntryError> {
    let too_large = EntryError::TooLarge { size, limit };
    let want = usize::try_from(size).ok().filter(|_| size <= limit).ok_or(too_large)?;
    let mut zlib = Decompress::new(true);
    let mut out = Vec::new();
    loop {
        let used = zlib.total_in() as usize;
        let before = out.len();
        out.reserve_exact(before.max(PIECE).min((want - before).saturating_add(1)));
        let input = bytes.get(used..).unwrap_or_default();
        let status =
            zlib.decompress_vec(input, &mut out, FlushDecompress::None).map_err(|_| EntryError::Zlib)?;
        if out.len() > want {
            return Err(EntryError::WrongSize(size));
        }
        if status == Status::StreamEnd {
            break;
        }
        if out.len() == before && zlib.total_in() as usize == used {
            return Err(EntryError::Truncated);
        }
    }
    if out.len() == want { Ok((out, zlib.total_in() as usize)) } else { Err(EntryError::WrongSize(size)) }
}

/// The first bytes of a stream, at most `count`, for reading a delta's sizes without inflating it.
pub(super) fn inflate_front(bytes: &[u8], count: usize) -> Result<Vec<u8>, EntryError> {
    let mut out = Vec::with_capacity(count);
    let mut zlib = Decompress::new(true);
    zlib.decompress_vec(bytes, &mut out, FlushDecompress::None).map_err(|_| EntryError::Zlib)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;
    use std::io::Write;

    fn zlib(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_stream_gives_exactly_what_it_announces() {
        let data = vec![b'x'; 1 << 20];
        let mut packed = zlib(&data);
        let len = packed.len();
        packed.extend_from_slice(b"the next entry");
        assert_eq!(inflate_counted(&packed, 1 << 20, 1 << 20).unwrap(), (data, len));
        assert_eq!(inflate(&packed, 10, 1 << 20), Err(EntryError::WrongSize(10)));
        assert_eq!(inflate(&packed, (1 << 20) + 1, 1 << 30), Err(EntryError::WrongSize((1 << 20) + 1)));
        assert_eq!(inflate(&packed, 1 << 20, 10), Err(EntryError::TooLarge { size: 1 << 20, limit: 10 }));
        assert_eq!(inflate(&packed[..len - 1], 1 << 20, 1 << 20), Err(EntryError::Truncated));
        packed[len - 1] ^= 1;
        assert_eq!(inflate(&packed, 1 << 20, 1 << 20), Err(EntryError::Zlib));
        assert_eq!(inflate(b"", 0, 10), Err(EntryError::Truncated));
        assert_eq!(inflate(&zlib(b""), 0, 0).unwrap(), b"");
        assert_eq!(inflate(&zlib(b"a"), 0, 10), Err(EntryError::WrongSize(0)));
    }

    #[test]
    fn an_absurd_size_costs_no_memory() {
        assert_eq!(inflate(&zlib(b"small"), u64::MAX, u64::MAX), Err(EntryError::WrongSize(u64::MAX)));
    }

    #[test]
    fn hostile_headers_are_named() {
        assert_eq!(EntryHeader::parse(&[]), Err(EntryError::Truncated));
        assert_eq!(EntryHeader::parse(&[0x00]), Err(EntryError::Type(0)));
        assert_eq!(EntryHeader::parse(&[0x50]), Err(EntryError::Type(5)));
        assert_eq!(EntryHeader::parse(&[0xff; 12]), Err(EntryError::Range));
        assert_eq!(EntryHeader::parse(&[0x60, 0x00]), Err(EntryError::Range));
        assert_eq!(EntryHeader::parse(&[[0x60].as_slice(), &[0xff; 12]].concat()), Err(EntryError::Range));
        assert_eq!(EntryHeader::parse(&[0x70, 1, 2]), Err(EntryError::Truncated));
    }

    proptest! {
        #[test]
        fn headers_read_back(size in 0u64..1 << 59, distance in 1u64..1 << 60, which in 0u8..3) {
            let kind = match which {
                0 => EntryKind::Full(Kind::Tag),
                1 => EntryKind::OfsDelta(distance),
                _ => EntryKind::RefDelta(Oid([9; 20])),
            };
            let mut bytes = Vec::new();
            EntryHeader::render(kind, size, &mut bytes);
            let len = bytes.len();
            prop_assert!(len <= 9 + 20);
            bytes.extend_from_slice(b"more");
            prop_assert_eq!(EntryHeader::parse(&bytes), Ok(EntryHeader { kind, size, len }));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..100), size in 0u64..5000) {
            let _ = EntryHeader::parse(&bytes);
            let _ = inflate(&bytes, size, 4000);
            let _ = inflate(&[&[0x78, 0x9c], bytes.as_slice()].concat(), size, 4000);
            let _ = inflate_front(&bytes, 20);
        }
    }
}
