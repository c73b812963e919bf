//! The first rows of tables: Parquet by its footer and a few pages, texts by their beginning.

use bytes::Bytes;
use seedcorn_core::limits;
use seedcorn_formats::kind::Rows as How;
use seedcorn_formats::parquet::{self, Footer, Piece};
use seedcorn_formats::table::{self, Table};

use super::{Reading, Source};
use crate::{Result, compute};

/// The head of a table.
#[derive(Clone, Debug)]
pub struct Rows {
    /// Columns and first rows.
    pub table: Table,
    /// How many rows the file has, if it says so or all of it was read.
    pub count: Option<u64>,
    /// Parquet's row groups.
    pub groups: Option<u64>,
    /// The program that wrote it, in its own words; cut.
    pub writer: Option<String>,
}

impl Rows {
    /// About how many bytes of memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let cells = self.table.rows.iter().flatten().map(|cell| 32 + cell.text.len());
        let column = |column: &table::Column| {
            100 + column.name.len() + column.kind.len() + column.unread.as_ref().map_or(0, String::len)
        };
        let columns = self.table.columns.iter().map(column);
        cells.chain(columns).sum::<usize>() + self.writer.as_ref().map_or(0, String::len)
    }
}

/// Reads the head of a text that may be a table.
pub(super) async fn of_text(source: &Source<'_>, how: How) -> Reading<Rows> {
    let held = source.room(limits::PREVIEW_TEXT_BYTES * 4).await?;
    let head = source.range(0..source.bytes().min(limits::PREVIEW_TEXT_BYTES)).await?;
    let whole = head.len() as u64 == source.bytes();
    compute(move || {
        let read = match how {
            How::Separated(separator) => table::separated(&head, whole, separator),
            How::JsonLines => table::json_lines(&head, whole),
            How::Json => table::json_array(&head, whole),
        };
        let rows = read.map(|mut table| {
            let count = (!table.more).then_some(table.rows.len() as u64);
            shorten(&mut table);
            Rows { table, count, groups: None, writer: None }
        });
        drop(held);
        rows
    })
    .await
}

/// As many rows as a page shows.
fn shorten(table: &mut Table) {
    if table.rows.len() > limits::PREVIEW_ROWS {
        table.rows.truncate(limits::PREVIEW_ROWS);
        table.more = true;
        table.last_cut = false;
    }
}

/// Reads a Parquet file's footer and the beginning of its columns.
pub(super) async fn parquet(source: &Source<'_>) -> Reading<Rows> {
    let file_bytes = source.bytes();
    let behind = file_bytes - file_bytes.min(parquet::TRAILER_BYTES);
    let last = source.range(behind..file_bytes).await?;
    let bytes = match parquet::trailer(&last, file_bytes) {
        Ok(bytes) => bytes,
        Err(why) => return Ok(Err(why)),
    };
    // What columns unpack to is the most of it, however short the footer is.
    let held = source.room(u64::MAX).await?;
    let footer = source.range(behind - bytes..behind).await?;
    let (footer, held) = compute(move || (parquet::footer(&footer, file_bytes), held)).await?;
    let footer = match footer {
        Ok(footer) => footer,
        Err(why) => return Ok(Err(why)),
    };
    let pieces = pieces(source, &footer).await?;
    compute(move || {
        let pieces: Vec<_> = pieces.iter().map(|(at, bytes)| Piece { at: *at, bytes }).collect();
        let table = parquet::rows(&footer, limits::PREVIEW_ROWS, &pieces);
        let writer = footer.created_by.map(|text| super::cut(text, limits::PREVIEW_FIND_BYTES_MAX).0);
        drop(held);
        Ok(Rows { table, count: Some(footer.rows), groups: Some(footer.row_groups), writer })
    })
    .await
}

async fn pieces(source: &Source<'_>, footer: &Footer) -> Result<Vec<(u64, Bytes)>> {
    let mut pieces = Vec::new();
    for range in parquet::plan(footer) {
        pieces.push((range.start, source.range(range).await?));
    }
    Ok(pieces)
}
