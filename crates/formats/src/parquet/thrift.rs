//! Thrift's compact protocol, as far as Parquet uses it (Thrift compact protocol encoding). Nothing is made of a count
//! before so many bytes are seen to be there.

use crate::Unreadable;
use crate::limits::THRIFT_DEPTH_MAX;

/// What a field or an element is. A field of [`TRUE`] or [`FALSE`] has its value in its type.
pub(super) type Kind = u8;
const TRUE: Kind = 1;
const FALSE: Kind = 2;
const BYTE: Kind = 3;
const I16: Kind = 4;
const I32: Kind = 5;
const I64: Kind = 6;
const DOUBLE: Kind = 7;
const BINARY: Kind = 8;
const LIST: Kind = 9;
const SET: Kind = 10;
const MAP: Kind = 11;
const STRUCT: Kind = 12;
const UUID: Kind = 13;

type Result<T> = std::result::Result<T, Unreadable>;

pub(super) struct Compact<'a> {
    bytes: &'a [u8],
}

fn wrong<T>() -> Result<T> {
    Err(Unreadable::broken("its Thrift structures are not Parquet's"))
}

impl<'a> Compact<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Compact { bytes }
    }

    /// What follows what was read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8]> {
        let Some((taken, rest)) = self.bytes.split_at_checked(count) else {
            return Err(Unreadable::broken("a Thrift structure has no end"));
        };
        self.bytes = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8> {
        self.take(1).map(|taken| taken[0])
    }

    fn varint(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        wrong()
    }

    fn zigzag(&mut self) -> Result<i64> {
        let number = self.varint()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// A count of things that take at least one byte each.
    fn count(&mut self) -> Result<usize> {
        let count = self.varint()?;
        match usize::try_from(count) {
            Ok(count) if count <= self.bytes.len() => Ok(count),
            _ => Err(Unreadable::broken("a Thrift list is longer than what is there")),
        }
    }

    /// A whole number of any width.
    pub(super) fn int(&mut self, kind: Kind) -> Result<i64> {
        match kind {
            BYTE => self.byte().map(|byte| byte.cast_signed().into()),
            I16 | I32 | I64 => self.zigzag(),
            _ => wrong(),
        }
    }

    /// A size or a place: a whole number that is not negative.
    pub(super) fn size(&mut self, kind: Kind) -> Result<u64> {
        match u64::try_from(self.int(kind)?) {
            Ok(size) => Ok(size),
            Err(_) => Err(Unreadable::broken("a size or an offset is negative")),
        }
    }

    pub(super) fn bool(&mut self, kind: Kind) -> Result<bool> {
        match kind {
            TRUE => Ok(true),
            FALSE => Ok(false),
            _ => wrong(),
        }
    }

    pub(super) fn binary(&mut self, kind: Kind) -> Result<&'a [u8]> {
        if kind != BINARY {
            return wrong();
        }
        let count = self.count()?;
        self.take(count)
    }

    pub(super) fn text(&mut self, kind: Kind) -> Result<String> {
        self.binary(kind).map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    }

    /// Each element of a list, which must read it.
    pub(super) fn list(
        &mut self,
        kind: Kind,
        mut each: impl FnMut(&mut Self, Kind) -> Result<()>,
    ) -> Result<()> {
        if kind != LIST && kind != SET {
            return wrong();
        }
        let (count, of) = self.list_head()?;
        for _ in 0..count {
            each(self, of)?;
        }
        Ok(())
    }

    fn list_head(&mut self) -> Result<(usize, Kind)> {
        let head = self.byte()?;
        let count = match head >> 4 {
            15 => self.count()?,
            count => usize::from(count),
        };
        Ok((count, head & 15))
    }

    /// Each field of a structure by its number, which must read it or [`Compact::skip`] it.
    pub(super) fn fields(
        &mut self,
        kind: Kind,
        mut each: impl FnMut(&mut Self, i64, Kind) -> Result<()>,
    ) -> Result<()> {
        if kind != STRUCT {
            return wrong();
        }
        let mut id = 0i64;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Ok(());
            }
            id = match head >> 4 {
                0 => self.zigzag()?,
                delta => id.saturating_add(i64::from(delta)),
            };
            each(self, id, head & 15)?;
        }
    }

    /// The fields of a structure that stands by itself.
    pub(super) fn whole(&mut self, each: impl FnMut(&mut Self, i64, Kind) -> Result<()>) -> Result<()> {
        self.fields(STRUCT, each)
    }

    pub(super) fn skip(&mut self, kind: Kind) -> Result<()> {
        self.skip_within(kind, false, THRIFT_DEPTH_MAX)
    }

    /// `element`: truth values in lists and maps take a byte, as fields they take none.
    fn skip_within(&mut self, kind: Kind, element: bool, depth: usize) -> Result<()> {
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Unreadable::too_much("Thrift structures in each other", THRIFT_DEPTH_MAX));
        };
        match kind {
            TRUE | FALSE if !element => Ok(()),
            TRUE | FALSE | BYTE => self.take(1).map(drop),
            I16 | I32 | I64 => self.varint().map(drop),
            DOUBLE => self.take(8).map(drop),
            UUID => self.take(16).map(drop),
            BINARY => self.binary(kind).map(drop),
            LIST | SET => {
                let (count, of) = self.list_head()?;
                (0..count).try_for_each(|_| self.skip_within(of, true, depth))
            }
            MAP => {
                let count = self.count()?;
                let kinds = if count == 0 { 0 } else { self.byte()? };
                (0..count).try_for_each(|_| {
                    self.skip_within(kinds >> 4, true, depth)?;
                    self.skip_within(kinds & 15, true, depth)
                })
            }
            STRUCT => self.fields(kind, |this, _, kind| this.skip_within(kind, false, depth)),
            _ => wrong(),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]

    use super::*;

    #[test]
    fn every_kind_is_passed_over() {
        for (kind, bytes) in [
            (TRUE, &b""[..]),
            (BYTE, b"\x07"),
            (I32, b"\xff\x01"),
            (DOUBLE, b"12345678"),
            (BINARY, b"\x03abc"),
            (LIST, b"\x21\x01\x02"),
            (LIST, b"\xf5\x02\x02\x02"),
            (MAP, b"\x00"),
            (MAP, b"\x02\x58\x02\x01a\x04\x01b"),
            (STRUCT, b"\x11\x15\x02\x05\x20\x02\x00"),
            (UUID, b"0123456789abcdef"),
        ] {
            let bytes = [bytes, b"!"].concat();
            let mut compact = Compact::new(&bytes);
            compact.skip(kind).unwrap();
            assert_eq!(compact.rest(), b"!", "{kind}");
        }
    }

    #[test]
    fn what_is_not_there_is_refused() {
        let deep = b"\x19".repeat(1000);
        let structs = b"\x1c".repeat(1000);
        for (kind, bytes) in [
            (BYTE, &b""[..]),
            (I64, b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
            (BINARY, b"\xff\xff\xff\xff\x0fabc"),
            (LIST, b"\xfc\xff\xff\xff\xff\x07"),
            (LIST, b"\x1e"),
            (MAP, b"\xff\xff\xff\xff\x07\x11"),
            (LIST, &deep),
            (STRUCT, &structs),
            (0, b"abc"),
        ] {
            assert!(Compact::new(bytes).skip(kind).is_err(), "{kind} {bytes:.20?}");
        }
        assert!(Compact::new(b"\x01").size(I32).is_err());
        assert_eq!(Compact::new(b"\x01").int(I32), Ok(-1));
        assert_eq!(Compact::new(b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01").int(I64), Ok(i64::MAX));
    }
}
