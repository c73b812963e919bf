//! The footer: schema, how many rows, and where the columns of the first row group lie.

use super::TRAILER_BYTES;
use super::schema::{self, Node};
use super::thrift::{Compact, Kind};
use crate::limits::{METADATA_PAIRS_MAX, PARQUET_FOOTER_BYTES_MAX, PARQUET_NODES_MAX};
use crate::{Text, Unreadable};

type Result<T> = std::result::Result<T, Unreadable>;

/// What the footer says.
#[derive(Clone, Debug)]
pub struct Footer {
    /// Rows of the file.
    pub rows: u64,
    /// Row groups of the file.
    pub row_groups: u64,
    /// The writer, in its own words.
    pub created_by: Option<String>,
    /// The file's own metadata, such as `huggingface` or `ARROW:schema`, in its order.
    pub metadata: Vec<(String, Option<Text>)>,
    /// The top-level columns.
    pub(super) root: Vec<Node>,
    /// The first row group that has rows.
    pub(super) group: Option<RowGroup>,
    /// Where the footer begins: the end of the columns.
    pub(super) at: u64,
}

/// A top-level column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type for people: `string`, `list<int64>`, `struct<bytes: binary, path: string>`.
    pub kind: String,
    /// Whether it may be null.
    pub optional: bool,
}

impl Footer {
    /// The top-level columns.
    pub fn fields(&self) -> Vec<Field> {
        self.root.iter().map(Node::field).collect()
    }
}

#[derive(Clone, Debug)]
pub(super) struct RowGroup {
    pub(super) rows: u64,
    /// One for each leaf of the schema, in its order.
    pub(super) chunks: Vec<Chunk>,
}

/// Where the pages of a column lie.
#[derive(Clone, Debug, Default)]
pub(super) struct Chunk {
    pub(super) codec: i64,
    pub(super) values: u64,
    pub(super) bytes: u64,
    pub(super) data_at: u64,
    pub(super) dictionary_at: Option<u64>,
    /// Why it cannot be read.
    pub(super) unread: Option<Unreadable>,
    physical: Option<i64>,
}

/// How many bytes of footer stand before the last eight of a file of `file_bytes`. Fetch them and give them to
/// [`footer`].
///
/// # Errors
///
/// It is no Parquet file, its footer is encrypted, longer than the file, or longer than we read.
pub fn trailer(last: &[u8], file_bytes: u64) -> Result<u64> {
    let Some((bytes, magic)) = last.split_last_chunk::<4>().filter(|(bytes, _)| bytes.len() >= 4) else {
        return Err(Unreadable::Foreign("a Parquet file"));
    };
    match (magic, bytes.last_chunk::<4>()) {
        (b"PAR1", Some(bytes)) => {
            let bytes = u64::from(u32::from_le_bytes(*bytes));
            // The magic stands at the beginning too.
            if file_bytes < TRAILER_BYTES + 4 || bytes > file_bytes - TRAILER_BYTES - 4 {
                Err(Unreadable::broken("its footer is longer than the file"))
            } else if bytes > PARQUET_FOOTER_BYTES_MAX {
                Err(Unreadable::too_much("bytes of footer", PARQUET_FOOTER_BYTES_MAX))
            } else {
                Ok(bytes)
            }
        }
        (b"PARE", _) => Err(Unreadable::Unknown("an encrypted footer".into())),
        _ => Err(Unreadable::Foreign("a Parquet file")),
    }
}

/// Reads a footer: as many bytes as [`trailer`] said, without the last eight.
///
/// # Errors
///
/// It is no such structure, contradicts itself, or holds more than we read.
pub fn footer(bytes: &[u8], file_bytes: u64) -> Result<Footer> {
    let beside = (bytes.len() as u64).saturating_add(TRAILER_BYTES);
    let (Some(at), true) = (file_bytes.checked_sub(beside), bytes.len() as u64 <= PARQUET_FOOTER_BYTES_MAX)
    else {
        return Err(Unreadable::broken("its footer is longer than the file, or than is read"));
    };
    let mut elements = Vec::new();
    let (mut rows, mut row_groups, mut group) = (None, 0u64, None);
    let (mut created_by, mut metadata) = (None, Vec::new());
    Compact::new(bytes).whole(|from, id, kind| match id {
        2 => from.list(kind, |from, kind| {
            if elements.len() >= PARQUET_NODES_MAX {
                return Err(Unreadable::too_much("columns", PARQUET_NODES_MAX));
            }
            elements.push(schema::element(from, kind)?);
            Ok(())
        }),
        3 => from.size(kind).map(|count| rows = Some(count)),
        4 => from.list(kind, |from, kind| {
            row_groups += 1;
            if group.is_some() {
                return from.skip(kind);
            }
            let read = row_group(from, kind)?;
            group = Some(read).filter(|group| group.rows > 0);
            Ok(())
        }),
        5 => from.list(kind, |from, kind| {
            if metadata.len() >= METADATA_PAIRS_MAX {
                return Err(Unreadable::too_much("pairs of metadata", METADATA_PAIRS_MAX));
            }
            metadata.push(pair(from, kind)?);
            Ok(())
        }),
        6 => from.binary(kind).map(|bytes| created_by = Some(Text::of(bytes).text)),
        8 => Err(Unreadable::Unknown("an encrypted file".into())),
        _ => from.skip(kind),
    })?;
    let Some(rows) = rows else { return Err(Unreadable::broken("its footer tells no number of rows")) };
    let root = schema::build(elements)?;
    if let Some(group) = &mut group {
        check(group, &root)?;
    }
    Ok(Footer { rows, row_groups, created_by, metadata, root, group, at })
}

/// The columns of a group are those of the schema.
fn check(group: &mut RowGroup, root: &[Node]) -> Result<()> {
    let leaves: Vec<_> = root.iter().flat_map(Node::physical).collect();
    if leaves.len() != group.chunks.len() {
        return Err(Unreadable::broken("a row group has more or fewer columns than the schema"));
    }
    for (leaf, chunk) in leaves.iter().zip(&mut group.chunks) {
        if chunk.unread.is_none() && chunk.physical != Some(*leaf) {
            chunk.unread = Some(Unreadable::broken("the column is not of the schema's type"));
        }
    }
    Ok(())
}

fn pair(from: &mut Compact<'_>, kind: Kind) -> Result<(String, Option<Text>)> {
    let (mut key, mut value) = (String::new(), None);
    from.fields(kind, |from, id, kind| match id {
        1 => from.binary(kind).map(|bytes| key = Text::of(bytes).text),
        2 => from.binary(kind).map(|bytes| value = Some(Text::of(bytes))),
        _ => from.skip(kind),
    })?;
    Ok((key, value))
}

fn row_group(from: &mut Compact<'_>, kind: Kind) -> Result<RowGroup> {
    let mut group = RowGroup { rows: 0, chunks: Vec::new() };
    from.fields(kind, |from, id, kind| match id {
        1 => from.list(kind, |from, kind| {
            if group.chunks.len() >= PARQUET_NODES_MAX {
                return Err(Unreadable::too_much("columns", PARQUET_NODES_MAX));
            }
            group.chunks.push(chunk(from, kind)?);
            Ok(())
        }),
        3 => from.size(kind).map(|rows| group.rows = rows),
        _ => from.skip(kind),
    })?;
    Ok(group)
}

fn chunk(from: &mut Compact<'_>, kind: Kind) -> Result<Chunk> {
    let mut chunk = Chunk::default();
    let mut unread = Some("a column without a description");
    from.fields(kind, |from, id, kind| match id {
        1 => {
            // An empty path means this file.
            if !from.binary(kind)?.is_empty() {
                chunk.unread = Some(Unreadable::Unknown("a column in another file".into()));
            }
            Ok(())
        }
        3 => {
            unread = None;
            description(from, kind, &mut chunk)
        }
        8 | 9 => {
            chunk.unread = Some(Unreadable::Unknown("an encrypted column".into()));
            from.skip(kind)
        }
        _ => from.skip(kind),
    })?;
    let without = unread.map(|why| Unreadable::Unknown(why.into()));
    chunk.unread = chunk.unread.or(without);
    Ok(chunk)
}

fn description(from: &mut Compact<'_>, kind: Kind, chunk: &mut Chunk) -> Result<()> {
    from.fields(kind, |from, id, kind| match id {
        1 => from.int(kind).map(|n| chunk.physical = Some(n)),
        4 => from.int(kind).map(|n| chunk.codec = n),
        5 => from.size(kind).map(|n| chunk.values = n),
        7 => from.size(kind).map(|n| chunk.bytes = n),
        9 => from.size(kind).map(|n| chunk.data_at = n),
        // Some writers put a zero for "none".
        11 => from.size(kind).map(|n| chunk.dictionary_at = Some(n).filter(|at| *at > 0)),
        _ => from.skip(kind),
    })
}
