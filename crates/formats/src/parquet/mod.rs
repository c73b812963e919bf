//! Parquet: columns in pages, and behind them a footer that says where they lie (Parquet format, `parquet.thrift`).
//!
//! Our own code, because the public one is made for files that one trusts: it makes room by the counts it reads. It
//! also wants pages whole, where the first rows of a page of a hundred images are in its first hundredth. This reads
//! beginnings only: [`trailer`] tells how long the footer is, [`footer()`] reads it, [`plan()`] tells which bytes
//! hold the first rows, and [`rows`] makes a table of them. A column that cannot be read says why; the others are
//! read.

mod assemble;
mod column;
mod delta;
mod describe;
mod footer;
mod levels;
mod page;
mod plan;
mod scalar;
mod schema;
mod snappy;
mod thrift;
mod unpack;
mod values;

pub use footer::{Field, Footer, footer, trailer};
pub use plan::{Piece, plan};

use crate::limits::ROWS_MAX;
use crate::table::{Column, Table};

/// Bytes at the end of a file: how long the footer is, and the magic.
pub const TRAILER_BYTES: u64 = 8;

/// The first rows, at most `rows_max`, from the bytes that [`plan()`] asked for. What is missing in `pieces` makes
/// cells that are marked as unread.
pub fn rows(footer: &Footer, rows_max: usize, pieces: &[Piece<'_>]) -> Table {
    let Some(group) = &footer.group else {
        return Table { columns: columns(footer), ..Table::default() };
    };
    let wanted = rows_max.min(ROWS_MAX).min(usize::try_from(group.rows).unwrap_or(usize::MAX));
    let mut table = Table { columns: columns(footer), ..Table::default() };
    table.rows.resize_with(wanted, Vec::new);
    let shown = plan::shown(footer);
    for (field, head) in footer.root[..shown].iter().zip(&mut table.columns) {
        let (cells, unread) = assemble::field(footer, group, field, wanted, pieces);
        for (row, cell) in table.rows.iter_mut().zip(cells) {
            row.push(cell);
        }
        head.unread = unread;
    }
    table.columns.truncate(shown);
    table.more_columns = footer.root.len() > shown;
    table.more = footer.rows > wanted as u64;
    table
}

fn columns(footer: &Footer) -> Vec<Column> {
    let column = |field: Field| Column { name: field.name, kind: field.kind, unread: None };
    footer.fields().into_iter().map(column).collect()
}

#[cfg(test)]
mod tests;
