//! One stored pack with its index: where entries are taken from, in memory or on disk.

use std::fmt;
use std::fs::File;
use std::io;
use std::path::PathBuf;

use bytes::Bytes;
use seedcorn_core::digest::Oid;

use super::ENTRY_BYTES_MAX;
use super::entry::{EntryError, EntryHeader};
use super::index::{Index, IndexRow};

/// Bytes of an entry that are enough for its header and the beginning of a delta.
const FRONT_BYTES: u64 = 128;

/// Bytes that can be read from any place, by many readers at once.
pub trait PackBytes: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> io::Result<u64>;

    /// The bytes from `from` up to `to`, all of them, or an error.
    fn range(&self, from: u64, to: u64) -> io::Result<Bytes>;
}

fn outside() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "range outside the pack")
}

impl PackBytes for Bytes {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn range(&self, from: u64, to: u64) -> io::Result<Bytes> {
        let (from, to) = (usize::try_from(from), usize::try_from(to));
        let (Ok(from), Ok(to)) = (from, to) else { return Err(outside()) };
        if from > to || to > self.len() { Err(outside()) } else { Ok(self.slice(from..to)) }
    }
}

#[cfg(unix)]
impl PackBytes for File {
    fn size(&self) -> io::Result<u64> {
        self.metadata().map(|about| about.len())
    }

    fn range(&self, from: u64, to: u64) -> io::Result<Bytes> {
        let len =
            to.checked_sub(from).filter(|_| self.size().is_ok_and(|size| to <= size)).ok_or_else(outside)?;
        let mut bytes = vec![0; usize::try_from(len).map_err(|_| outside())?];
        std::os::unix::fs::FileExt::read_exact_at(self, &mut bytes, from)?;
        Ok(bytes.into())
    }
}

/// A pack that is opened for each read: a hub has more large packs than a process may have open files.
impl PackBytes for PathBuf {
    fn size(&self) -> io::Result<u64> {
        std::fs::metadata(self).map(|about| about.len())
    }

    fn range(&self, from: u64, to: u64) -> io::Result<Bytes> {
        File::open(self)?.range(from, to)
    }
}

/// Why a pack cannot be opened or one of its entries not taken.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The bytes could not be read.
    #[error("reading the pack failed: {0}")]
    Io(#[from] io::Error),
    /// Not a pack of version 2.
    #[error("not a version 2 pack")]
    Magic,
    /// Pack and index disagree about the number of objects.
    #[error("pack announces {pack} objects and its index {index}")]
    Count {
        /// Objects the pack's header announces.
        pack: u32,
        /// Objects in the index.
        index: usize,
    },
    /// The index belongs to another pack.
    #[error("pack {pack} has the index of pack {index}")]
    Mismatch {
        /// The pack's trailer.
        pack: Oid,
        /// The trailer the index names.
        index: Oid,
    },
    /// No entry starts at this offset.
    #[error("no pack entry starts at {0}")]
    NoEntry(u64),
    /// An entry larger than any may be.
    #[error("pack entry at {offset} takes {bytes} bytes, at most {ENTRY_BYTES_MAX} are allowed")]
    TooLarge {
        /// Where the entry starts.
        offset: u64,
        /// Bytes it takes in the pack.
        bytes: u64,
    },
    /// The entry's header cannot be read.
    #[error("pack entry at {offset}: {error}")]
    Entry {
        /// Where the entry starts.
        offset: u64,
        /// What is wrong with it.
        error: EntryError,
    },
}

/// An entry as it lies in a pack.
#[derive(Debug, Clone)]
pub(super) struct RawPackEntry {
    pub(super) header: EntryHeader,
    /// Header and zlib stream.
    pub(super) bytes: Bytes,
    pub(super) row: IndexRow,
}

impl RawPackEntry {
    /// The zlib stream.
    pub(super) fn stream(&self) -> &[u8] {
        self.bytes.get(self.header.len..).unwrap_or_default()
    }
}

/// A pack that can be read by object id.
pub struct Pack {
    bytes: Box<dyn PackBytes>,
    size: u64,
    index: Index,
    thin: bool,
}

impl fmt::Debug for Pack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pack")
            .field("id", &self.id())
            .field("objects", &self.index.len())
            .finish_non_exhaustive()
    }
}

impl Pack {
    /// Puts a pack and its index together, checking that they fit: header, number of objects, trailer. The pack's
    /// own checksum is not computed, since each object is checked against its id when it is read. `thin` tells
    /// whether deltas may have their base in another pack (see [`super::PackSummary::thin`]).
    pub fn open(bytes: Box<dyn PackBytes>, index: Index, thin: bool) -> Result<Self, SourceError> {
        let size = bytes.size()?;
        if size < 32 {
            return Err(SourceError::Magic);
        }
        let header = bytes.range(0, 12)?;
        let count = header.strip_prefix(b"PACK\0\0\0\x02").and_then(|count| count.try_into().ok());
        let count = count.map(u32::from_be_bytes).ok_or(SourceError::Magic)?;
        if count as usize != index.len() {
            return Err(SourceError::Count { pack: count, index: index.len() });
        }
        let trailer = Oid::from_slice(&bytes.range(size - 20, size)?).ok_or(SourceError::Magic)?;
        if trailer != index.pack_id() {
            return Err(SourceError::Mismatch { pack: trailer, index: index.pack_id() });
        }
        Ok(Pack { bytes, size, index, thin })
    }

    /// The pack's name: its trailer.
    pub fn id(&self) -> Oid {
        self.index.pack_id()
    }

    /// Bytes of the pack.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Which object lies where.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// Whether deltas may have their base in another pack.
    pub fn is_thin(&self) -> bool {
        self.thin
    }

    /// The entry that starts at `offset`, header read, with no more of its stream than tells the sizes of a delta.
    pub(super) fn front(&self, offset: u64) -> Result<RawPackEntry, SourceError> {
        let row = self.index.row_at(offset).ok_or(SourceError::NoEntry(offset))?;
        let end = self.index.entry_end(offset, self.size).ok_or(SourceError::NoEntry(offset))?;
        let bytes = self.bytes.range(offset, end.min(offset + FRONT_BYTES))?;
        let header = EntryHeader::parse(&bytes).map_err(|error| SourceError::Entry { offset, error })?;
        Ok(RawPackEntry { header, bytes, row })
    }

    /// The entry that starts at `offset`, header read.
    pub(super) fn entry(&self, offset: u64) -> Result<RawPackEntry, SourceError> {
        let row = self.index.row_at(offset).ok_or(SourceError::NoEntry(offset))?;
        let end = self.index.entry_end(offset, self.size).ok_or(SourceError::NoEntry(offset))?;
        if end - offset > ENTRY_BYTES_MAX {
            return Err(SourceError::TooLarge { offset, bytes: end - offset });
        }
        let bytes = self.bytes.range(offset, end)?;
        let header = EntryHeader::parse(&bytes).map_err(|error| SourceError::Entry { offset, error })?;
        Ok(RawPackEntry { header, bytes, row })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::{Kind, PackWriter};
    use super::*;
    use std::io::{Cursor, Write};

    fn packed() -> (Vec<u8>, Index) {
        let mut writer = PackWriter::new(Cursor::new(Vec::new())).unwrap();
        writer.add(Kind::Blob, b"one").unwrap();
        let (summary, out) = writer.finish().unwrap();
        (out.into_inner(), Index::parse(summary.index.into()).unwrap())
    }

    fn open(bytes: Vec<u8>, index: &Index) -> Result<Pack, SourceError> {
        Pack::open(Box::new(Bytes::from(bytes)), index.clone(), false)
    }

    #[test]
    fn a_pack_and_a_foreign_index_do_not_fit() {
        let (good, index) = packed();
        assert_eq!(open(good.clone(), &index).unwrap().size(), good.len() as u64);
        let mut absurd = good.clone();
        absurd[8..12].fill(0xff);
        assert!(matches!(open(absurd, &index), Err(SourceError::Count { pack: u32::MAX, index: 1 })));
        let mut other = good.clone();
        *other.last_mut().unwrap() ^= 1;
        assert!(matches!(open(other, &index), Err(SourceError::Mismatch { .. })));
        let mut version = good.clone();
        version[7] = 3;
        assert!(matches!(open(version, &index), Err(SourceError::Magic)));
        assert!(matches!(open(good[..31].to_vec(), &index), Err(SourceError::Magic)));
    }

    #[test]
    fn files_and_memory_read_alike() {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(b"0123456789").unwrap();
        let memory = Bytes::from_static(b"0123456789");
        for source in [&file as &dyn PackBytes, &memory] {
            assert_eq!(source.size().unwrap(), 10);
            assert_eq!(source.range(2, 5).unwrap(), "234");
            assert_eq!(source.range(10, 10).unwrap(), "");
            assert!(source.range(5, 11).is_err() && source.range(5, 2).is_err());
            assert!(source.range(0, u64::MAX).is_err());
        }
    }
}
