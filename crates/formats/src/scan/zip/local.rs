//! The header before a file of an archive (application note §4.3.7).

use super::directory::{Entry, number, sizes64};

const HEADER_BYTES: usize = 30;

/// A file's header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Header {
    flags: u16,
    method: u16,
    packed: u64,
    bytes_unpacked: u64,
    name: usize,
    /// Its own bytes, with the name and what follows it.
    pub(super) bytes: u64,
}

impl Header {
    /// From the bytes that begin with it; they may be fewer than it has.
    pub(super) fn read(bytes: &[u8]) -> Option<Header> {
        bytes.starts_with(b"PK\x03\x04").then_some(())?;
        let (name, extra) = (number::<2>(bytes, 26)?, number::<2>(bytes, 28)?);
        Some(Header {
            flags: number::<2>(bytes, 6)? as u16,
            method: number::<2>(bytes, 8)? as u16,
            packed: number::<4>(bytes, 18)?,
            bytes_unpacked: number::<4>(bytes, 22)?,
            name: name as usize,
            bytes: HEADER_BYTES as u64 + name + extra,
        })
    }

    /// Whether it says that the file is encrypted.
    pub(super) fn is_secret(&self) -> bool {
        self.flags & 1 != 0
    }

    /// In what it differs from the directory, all of its bytes being there.
    pub(super) fn differs(&self, bytes: &[u8], entry: &Entry) -> Vec<&'static str> {
        let name = bytes.get(HEADER_BYTES..HEADER_BYTES + self.name).unwrap_or_default();
        let extra = bytes.get(HEADER_BYTES + self.name..self.bytes as usize).unwrap_or_default();
        let wide = sizes64(extra).unwrap_or_default();
        let wide = |at: usize, number: u64| match wide.get(at..at + 8) {
            Some(bytes) if number == u64::from(u32::MAX) => {
                u64::from_le_bytes(bytes.try_into().unwrap_or_default())
            }
            _ => number,
        };
        let (unpacked, packed) = (wide(0, self.bytes_unpacked), wide(8, self.packed));
        // Sizes that are told afterwards are nothing here.
        let later = self.flags & 8 != 0;
        let size = |own: u64, of: u64| own != of && !(later && own == 0) && own != u64::from(u32::MAX);
        [
            (name != entry.name, "the name"),
            ((self.flags ^ entry.flags) & 1 != 0, "whether it is encrypted"),
            (self.method != entry.method, "the way of packing"),
            (size(packed, entry.packed) || size(unpacked, entry.bytes), "the size"),
        ]
        .into_iter()
        .filter_map(|(differs, what)| differs.then_some(what))
        .collect()
    }
}
