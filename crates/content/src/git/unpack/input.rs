//! A pack that is read from its beginning to its end, entry by entry.

use bytes::{Buf, Bytes};
use flate2::{Crc, Decompress, FlushDecompress, Status};

use super::UnpackError;
use crate::git::entry::EntryError;
use crate::git::object::Sha1;
use crate::git::source::PackBytes;

/// Bytes that are read at once.
const PIECE: u64 = 256 << 10;

/// A pack as it is read from its beginning, with its checksums on the way.
pub(super) struct Input<'a> {
    bytes: &'a dyn PackBytes,
    pub(super) at: u64,
    /// Where entries end.
    end: u64,
    /// What was read from `at` on.
    window: Bytes,
    pub(super) sha1: Sha1,
    pub(super) crc: Crc,
    zlib: Decompress,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a dyn PackBytes, end: u64) -> Self {
        let (sha1, crc, zlib) = (Sha1::new(), Crc::new(), Decompress::new(true));
        Input { bytes, at: 0, end, window: Bytes::new(), sha1, crc, zlib }
    }

    /// The bytes that come next, so many unless the end is nearer.
    pub(super) fn front(&mut self, count: usize) -> Result<&[u8], UnpackError> {
        if self.window.len() < count {
            self.window = self.bytes.range(self.at, self.end.min(self.at + PIECE))?;
        }
        Ok(&self.window)
    }

    /// Passes some of what was read.
    pub(super) fn advance(&mut self, count: usize) {
        let passed = self.window.get(..count).unwrap_or_default();
        self.sha1.update(passed);
        self.crc.update(passed);
        self.at += passed.len() as u64;
        self.window.advance(passed.len());
    }

    /// What the stream that begins here holds, which must be so many bytes.
    pub(super) fn inflate(&mut self, size: u64, offset: u64) -> Result<Vec<u8>, UnpackError> {
        let broken = |error| UnpackError::Entry { offset, error };
        let want = usize::try_from(size).map_err(|_| broken(EntryError::Range))?;
        let mut out = Vec::new();
        self.zlib.reset(true);
        loop {
            let before = (self.zlib.total_in(), out.len());
            // Room grows with what really comes, and one byte more tells whether too much does.
            out.reserve_exact(out.len().max(4096).min((want - out.len()).saturating_add(1)));
            self.front(1)?;
            let status = self.zlib.decompress_vec(&self.window, &mut out, FlushDecompress::None);
            let status = status.map_err(|_| broken(EntryError::Zlib))?;
            let used = self.zlib.total_in() - before.0;
            self.advance(used as usize);
            if out.len() > want {
                return Err(broken(EntryError::WrongSize(size)));
            }
            if status == Status::StreamEnd {
                break;
            }
            if used == 0 && out.len() == before.1 {
                return Err(broken(EntryError::Truncated));
            }
        }
        if out.len() == want { Ok(out) } else { Err(broken(EntryError::WrongSize(size))) }
    }
}
