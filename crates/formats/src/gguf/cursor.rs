//! The place where reading stands, in bytes of which the end may not be there yet.

use crate::Unreadable;
use crate::limits::{GGUF_HEADER_BYTES_MAX, GGUF_NAME_BYTES_MAX};

/// Why reading does not go on.
pub(super) enum Stop {
    /// So many bytes of the file are needed, from its beginning.
    More(u64),
    /// It makes no sense.
    Bad(Unreadable),
}

impl From<Unreadable> for Stop {
    fn from(error: Unreadable) -> Self {
        Stop::Bad(error)
    }
}

pub(super) struct Cursor<'a> {
    head: &'a [u8],
    at: u64,
    file_bytes: u64,
    pub(super) big_endian: bool,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(head: &'a [u8], file_bytes: u64) -> Self {
        Cursor { head, at: 0, file_bytes, big_endian: false }
    }

    /// Bytes read.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    pub(super) fn file_bytes(&self) -> u64 {
        self.file_bytes
    }

    /// Bytes of the file that follow.
    pub(super) fn left(&self) -> u64 {
        self.file_bytes.saturating_sub(self.at)
    }

    pub(super) fn take(&mut self, bytes: u64) -> Result<&'a [u8], Stop> {
        if bytes > self.left() {
            return Err(Unreadable::broken("it ends inside its header").into());
        }
        let end = self.at + bytes;
        if end > GGUF_HEADER_BYTES_MAX {
            return Err(Unreadable::too_much("bytes of header", GGUF_HEADER_BYTES_MAX).into());
        }
        // Both are at most the limit.
        let taken = self.head.get(self.at as usize..end as usize).ok_or(Stop::More(end))?;
        self.at = end;
        Ok(taken)
    }

    fn number<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut number = [0; N];
        number.copy_from_slice(self.take(N as u64)?);
        if self.big_endian {
            number.reverse();
        }
        Ok(number)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Stop> {
        self.number().map(u8::from_le_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, Stop> {
        self.number().map(u16::from_le_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Stop> {
        self.number().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Stop> {
        self.number().map(u64::from_le_bytes)
    }

    /// A length and so many bytes.
    pub(super) fn string(&mut self) -> Result<&'a [u8], Stop> {
        let bytes = self.u64()?;
        self.take(bytes)
    }

    /// A key or a tensor's name.
    pub(super) fn name(&mut self) -> Result<String, Stop> {
        let bytes = self.u64()?;
        if bytes > GGUF_NAME_BYTES_MAX {
            return Err(Unreadable::too_much("bytes of a name", GGUF_NAME_BYTES_MAX).into());
        }
        match std::str::from_utf8(self.take(bytes)?) {
            Ok("") => Err(Unreadable::broken("a name is empty").into()),
            Ok(name) => Ok(name.to_owned()),
            Err(_) => Err(Unreadable::broken("a name is not UTF-8").into()),
        }
    }
}
