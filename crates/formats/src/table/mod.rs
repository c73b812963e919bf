//! The head of a table: columns and the first rows, whatever the file's format.

mod json;
mod separated;

use crate::limits::CELL_BYTES_MAX;
use crate::text::lossy;

pub use json::{json_array, json_lines};
pub use separated::separated;

/// Columns and the first rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns that have cells.
    pub columns: Vec<Column>,
    /// The first rows, each with one cell a column.
    pub rows: Vec<Vec<Cell>>,
    /// Whether the file has columns beyond those.
    pub more_columns: bool,
    /// Whether rows follow the last one.
    pub more: bool,
    /// Whether the bytes ended inside the row that follows the last one.
    pub last_cut: bool,
}

/// A column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Column {
    /// Its name; empty if it has none.
    pub name: String,
    /// Its type for people; empty if the file does not say.
    pub kind: String,
    /// Why some of its cells are unread.
    pub unread: Option<String>,
}

/// A cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// What is in it.
    pub kind: CellKind,
    /// It as text; empty for nulls and unread ones.
    pub text: String,
    /// Whether the text is only a beginning.
    pub cut: bool,
}

/// What is in a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellKind {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Bool,
    /// A number.
    Number,
    /// A text, without quotes.
    Text,
    /// A list or an object, much like JSON.
    Nested,
    /// Bytes, of which the text tells what they are and how many.
    Bytes,
    /// Something that was not read; its column tells why.
    Unread,
}

impl Cell {
    /// `text` is not longer than a cell takes, or is cut.
    pub(crate) fn new(kind: CellKind, text: String) -> Self {
        if text.len() > CELL_BYTES_MAX {
            return Cell { kind, ..Cell::text(text.as_bytes()) };
        }
        Cell { kind, text, cut: false }
    }

    pub(crate) fn text(bytes: &[u8]) -> Self {
        let (text, cut) = lossy(bytes, CELL_BYTES_MAX);
        Cell { kind: CellKind::Text, text, cut }
    }
}

#[cfg(test)]
mod tests;
