//! The header of a page.

use super::thrift::{Compact, Kind};
use crate::Unreadable;

type Result<T> = std::result::Result<T, Unreadable>;

/// What a page's header says.
pub(super) struct Header {
    /// Bytes that follow the header.
    pub(super) packed: usize,
    /// Bytes that they unpack to.
    pub(super) raw: usize,
    pub(super) page: Page,
}

pub(super) enum Page {
    Dictionary,
    Data(Data),
    /// Something that is passed over.
    Other,
}

/// What is said of a page of values.
#[derive(Clone, Copy, Default)]
pub(super) struct Data {
    /// Values, nulls among them.
    pub(super) values: u64,
    pub(super) encoding: i64,
    /// How the levels of a page of the first kind are written.
    pub(super) definitions: i64,
    pub(super) repetitions: i64,
    /// A page of the second kind.
    pub(super) second: Option<Second>,
}

/// Bytes of levels, which stand unpacked before the values, and whether the values are packed.
#[derive(Clone, Copy)]
pub(super) struct Second {
    pub(super) definitions: usize,
    pub(super) repetitions: usize,
    pub(super) packed: bool,
}

/// Reads a header, and gives what follows it.
pub(super) fn header(bytes: &[u8]) -> Result<(Header, &[u8])> {
    let mut from = Compact::new(bytes);
    let (mut kind_of, mut packed, mut raw) = (None, None, None);
    let (mut first, mut second) = (None, None);
    from.whole(|from, id, kind| match id {
        1 => from.int(kind).map(|n| kind_of = Some(n)),
        2 => from.size(kind).map(|n| raw = Some(n)),
        3 => from.size(kind).map(|n| packed = Some(n)),
        5 => data(from, kind).map(|data| first = Some(data)),
        8 => second_data(from, kind).map(|data| second = Some(data)),
        _ => from.skip(kind),
    })?;
    let page = match (kind_of, first, second) {
        (Some(0), Some(data), _) | (Some(3), _, Some(data)) => Page::Data(data),
        (Some(2), ..) => Page::Dictionary,
        (Some(0 | 3) | None, ..) => return Err(Unreadable::broken("a page does not say what it is")),
        _ => Page::Other,
    };
    let size = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok());
    match (size(packed), size(raw)) {
        (Some(packed), Some(raw)) => Ok((Header { packed, raw, page }, from.rest())),
        _ => Err(Unreadable::broken("a page does not say how long it is")),
    }
}

fn data(from: &mut Compact<'_>, kind: Kind) -> Result<Data> {
    let mut data = Data::default();
    from.fields(kind, |from, id, kind| match id {
        1 => from.size(kind).map(|n| data.values = n),
        2 => from.int(kind).map(|n| data.encoding = n),
        3 => from.int(kind).map(|n| data.definitions = n),
        4 => from.int(kind).map(|n| data.repetitions = n),
        _ => from.skip(kind),
    })?;
    Ok(data)
}

fn second_data(from: &mut Compact<'_>, kind: Kind) -> Result<Data> {
    let mut data = Data::default();
    let (mut definitions, mut repetitions, mut packed) = (0, 0, true);
    from.fields(kind, |from, id, kind| match id {
        1 => from.size(kind).map(|n| data.values = n),
        4 => from.int(kind).map(|n| data.encoding = n),
        5 => from.size(kind).map(|n| definitions = n),
        6 => from.size(kind).map(|n| repetitions = n),
        7 => from.bool(kind).map(|is| packed = is),
        _ => from.skip(kind),
    })?;
    match (usize::try_from(definitions), usize::try_from(repetitions)) {
        (Ok(definitions), Ok(repetitions)) => {
            data.second = Some(Second { definitions, repetitions, packed });
            Ok(data)
        }
        _ => Err(Unreadable::broken("a page's levels are too long")),
    }
}
