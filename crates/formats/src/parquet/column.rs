//! The pages of one column: unpacked, their levels read, as far as the first rows need.

use std::borrow::Cow;

use super::footer::Chunk;
use super::levels::{Hybrid, width};
use super::page::{self, Page, Second};
use super::schema::Node;
use super::unpack::{Packed, Unpacked, unpack};
use crate::Unreadable;
use crate::limits::PARQUET_PAGES_MAX;

type Result<T> = std::result::Result<T, Unreadable>;

/// How much of a column is read.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub(super) rows: usize,
    pub(super) values: usize,
    pub(super) unpacked: usize,
}

/// The bytes of a column that were fetched.
pub(super) struct Source<'a> {
    pub(super) dictionary: &'a [u8],
    pub(super) data: &'a [u8],
    /// Whether `data` is all of the pages.
    pub(super) whole: bool,
}

/// What was read of a column.
#[derive(Default)]
pub(super) struct Pages<'a> {
    pub(super) dictionary: Option<Unpacked<'a>>,
    pub(super) data: Vec<Data<'a>>,
    /// One of each for every value, nulls among them.
    pub(super) definitions: Vec<u8>,
    pub(super) repetitions: Vec<u8>,
    /// Whether these are all values of the column.
    pub(super) ended: bool,
    /// Why it was not read further, if it should have been.
    pub(super) unread: Option<Unreadable>,
}

/// The values of one page.
pub(super) struct Data<'a> {
    bytes: Cow<'a, [u8]>,
    at: usize,
    pub(super) encoding: i64,
    /// How many are wanted: those that are not null.
    pub(super) present: usize,
    /// Whether `bytes` holds all values of the page.
    pub(super) whole: bool,
}

impl Data<'_> {
    pub(super) fn values(&self) -> &[u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }
}

/// Reads the pages of the leaf `node`.
pub(super) fn pages<'a>(node: &Node, chunk: &Chunk, source: &Source<'a>, limits: Limits) -> Pages<'a> {
    let mut reader =
        Reader { node, codec: chunk.codec, room: limits.unpacked, limits, pages: Pages::default() };
    let read = reader.read(chunk.values, source);
    let mut pages = reader.pages;
    pages.unread = read.err();
    pages
}

struct Reader<'a, 'n> {
    node: &'n Node,
    codec: i64,
    /// Bytes that may still be unpacked.
    room: usize,
    limits: Limits,
    pages: Pages<'a>,
}

impl<'a> Reader<'a, '_> {
    fn read(&mut self, values: u64, source: &Source<'a>) -> Result<()> {
        if !source.dictionary.is_empty() {
            let (header, body) = page::header(source.dictionary)?;
            let Page::Dictionary = header.page else {
                return Err(Unreadable::broken("a dictionary is not where it should be"));
            };
            self.dictionary(&header, body)?;
        }
        let mut seen = 0u64;
        let mut rest = source.data;
        for _ in 0..PARQUET_PAGES_MAX {
            if seen >= values {
                self.pages.ended = self.pages.definitions.len() as u64 == seen;
                return Ok(());
            }
            if self.is_enough() || rest.is_empty() && !source.whole {
                return Ok(());
            }
            let (header, body) = match page::header(rest) {
                // The header was cut, or is longer than what was fetched.
                Err(Unreadable::Broken(_)) if !source.whole => return Ok(()),
                read => read?,
            };
            let whole = header.packed <= body.len();
            if !whole && source.whole {
                return Err(Unreadable::broken("a page is longer than its column"));
            }
            let (bytes, after) = body.split_at(header.packed.min(body.len()));
            match header.page {
                Page::Data(data) => {
                    self.data(&data, Packed { bytes, whole, raw: header.raw })?;
                    seen = seen.saturating_add(data.values);
                }
                Page::Dictionary => self.dictionary(&header, bytes)?,
                Page::Other => {}
            }
            if !whole {
                return Ok(());
            }
            rest = after;
        }
        Ok(())
    }

    fn is_enough(&self) -> bool {
        let known = self.pages.definitions.len();
        let rows = match self.node.level {
            0 => known,
            // One more has begun, so that the last wanted one is known to end.
            _ => self.pages.repetitions.iter().filter(|level| **level == 0).count().saturating_sub(1),
        };
        rows >= self.limits.rows || known >= self.limits.values || self.room == 0
    }

    fn unpack(&mut self, packed: Packed<'a>) -> Result<Unpacked<'a>> {
        let unpacked = unpack(self.codec, packed, self.room)?;
        self.room -= unpacked.bytes.len().min(self.room);
        Ok(unpacked)
    }

    fn dictionary(&mut self, header: &page::Header, body: &'a [u8]) -> Result<()> {
        if self.pages.dictionary.is_some() {
            return Err(Unreadable::broken("the column has two dictionaries"));
        }
        let whole = header.packed <= body.len();
        let bytes = &body[..header.packed.min(body.len())];
        let unpacked = self.unpack(Packed { bytes, whole, raw: header.raw })?;
        self.pages.dictionary = Some(unpacked);
        Ok(())
    }

    fn data(&mut self, data: &page::Data, packed: Packed<'a>) -> Result<()> {
        let limit = match self.node.level {
            0 => self.limits.rows.min(self.limits.values),
            _ => self.limits.values,
        };
        let room = limit.saturating_sub(self.pages.definitions.len());
        let wanted = usize::try_from(data.values).unwrap_or(usize::MAX).min(room);
        match data.second {
            Some(second) => self.second(data, second, packed, wanted),
            None => self.first(data, packed, wanted),
        }
    }

    /// A page of the first kind: levels, then values, all packed together.
    fn first(&mut self, data: &page::Data, packed: Packed<'a>, wanted: usize) -> Result<()> {
        /// `Encoding.RLE`.
        const RLE: i64 = 3;
        let Unpacked { bytes, whole } = self.unpack(packed)?;
        let mut at = 0;
        let (mut repetitions, mut definitions) = (None, None);
        for (max, encoding, levels) in [
            (self.node.level, data.repetitions, &mut repetitions),
            (self.node.definition, data.definitions, &mut definitions),
        ] {
            if max == 0 {
                continue;
            }
            if encoding != RLE {
                return Err(Unreadable::Unknown("an old way of writing levels".into()));
            }
            let rest = bytes.get(at..).unwrap_or_default();
            let (size, rest) = match rest.split_first_chunk::<4>() {
                Some((size, rest)) => (u32::from_le_bytes(*size) as usize, rest),
                None => (usize::MAX, rest),
            };
            at = at.saturating_add(4).saturating_add(size);
            *levels = Some(&rest[..rest.len().min(size)]);
        }
        let present = self.levels(repetitions, definitions, wanted, whole)?;
        self.pages.data.push(Data { bytes, at, encoding: data.encoding, present, whole });
        Ok(())
    }

    /// A page of the second kind: levels as they are, then the values, packed or not.
    fn second(&mut self, data: &page::Data, second: Second, packed: Packed<'a>, wanted: usize) -> Result<()> {
        let Packed { bytes, whole, raw } = packed;
        let before = second.repetitions.saturating_add(second.definitions);
        if whole && before > bytes.len() || before > raw {
            return Err(Unreadable::broken("a page's levels are longer than the page"));
        }
        let (levels, values) = bytes.split_at(before.min(bytes.len()));
        let (repetitions, definitions) = levels.split_at(second.repetitions.min(levels.len()));
        let some = |max, levels| if max == 0 { None } else { Some(levels) };
        let (level, definition) = (self.node.level, self.node.definition);
        let present = self.levels(some(level, repetitions), some(definition, definitions), wanted, whole)?;
        let packed = Packed { bytes: values, whole, raw: raw - before };
        let Unpacked { bytes, whole } = match second.packed {
            true => self.unpack(packed)?,
            false => unpack(0, packed, self.room)?,
        };
        self.pages.data.push(Data { bytes, at: 0, encoding: data.encoding, present, whole });
        Ok(())
    }

    /// Reads the levels of `wanted` values, and tells how many of them are no nulls. None means that the column has no
    /// such levels.
    fn levels(
        &mut self,
        repetitions: Option<&[u8]>,
        definitions: Option<&[u8]>,
        wanted: usize,
        whole: bool,
    ) -> Result<usize> {
        let (level, definition) = (self.node.level, self.node.definition);
        let repetitions = repetitions.map(|bytes| Hybrid::new(bytes, width(level)));
        let definitions = definitions.map(|bytes| Hybrid::new(bytes, width(definition)));
        let (mut repetitions, mut definitions) = (repetitions, definitions);
        let mut present = 0;
        for _ in 0..wanted {
            let next = |levels: &mut Option<Hybrid<'_>>, default: u8| match levels {
                Some(levels) => levels.next(),
                None => Some(u32::from(default)),
            };
            let (again, defined) = (next(&mut repetitions, 0), next(&mut definitions, definition));
            let (Some(again), Some(defined)) = (again, defined) else {
                if whole {
                    return Err(Unreadable::broken("a page has too few levels"));
                }
                break;
            };
            match (u8::try_from(again), u8::try_from(defined)) {
                (Ok(again), Ok(defined)) if again <= level && defined <= definition => {
                    self.pages.repetitions.push(again);
                    self.pages.definitions.push(defined);
                    present += usize::from(defined == definition);
                }
                _ => return Err(Unreadable::broken("a level is higher than the schema allows")),
            }
        }
        Ok(present)
    }
}
