//! The first rows of a table, cut to what a page has room for.

use seedcorn_commons::preview::Rows;
use seedcorn_formats::table::{Cell, CellKind, Column};

use super::super::show::{Count, Many};
use super::fit::{Room, clip, escaped_len};

/// Characters of a cell and of a column's name or type that are shown.
const CELL_CHARS: usize = 80;
/// Bytes of HTML that the table may become.
const TABLE_HTML_BYTES_MAX: usize = 110_000;
/// Bytes of HTML around a cell.
const CELL_HTML_BYTES: usize = 30;
/// Characters of what a cell tells when pointed at; the first for which all rows have room is taken.
const TITLE_CHARS: [usize; 4] = [2000, 600, 200, 0];

/// A column's head.
#[derive(Debug)]
pub(crate) struct ColumnView {
    pub(crate) name: String,
    pub(crate) kind: String,
}

/// A cell.
#[derive(Debug)]
pub(crate) struct CellView {
    pub(crate) text: String,
    /// More of it, if it is cut.
    pub(crate) title: Option<String>,
    /// Whether it stands to the right.
    pub(crate) number: bool,
    /// Whether it holds nothing that a file says.
    pub(crate) faint: bool,
}

/// The head of a table.
#[derive(Debug)]
pub(crate) struct RowsView {
    pub(crate) columns: Vec<ColumnView>,
    pub(crate) rows: Vec<Vec<CellView>>,
    /// Which rows of how many these are, in words.
    pub(crate) which: String,
    /// Sentences on what is left out and why.
    pub(crate) notes: Vec<String>,
}

impl RowsView {
    pub(super) fn new(rows: Rows) -> RowsView {
        let table = &rows.table;
        let columns: Vec<ColumnView> = table.columns.iter().map(column).collect();
        let head: usize = columns.iter().map(|c| 60 + escaped_len(&c.name) + escaped_len(&c.kind)).sum();
        let room = TABLE_HTML_BYTES_MAX.saturating_sub(head);
        let shown = TITLE_CHARS
            .iter()
            .map(|title| fitting(&table.rows, *title, room))
            .find(|shown| shown.len() == table.rows.len())
            .unwrap_or_else(|| fitting(&table.rows, 0, room));
        let all = !table.more && shown.len() == table.rows.len();
        let some = if all { String::new() } else { format!("The first {} of ", Count(shown.len() as u64)) };
        let which = match rows.count {
            Some(count) => format!("{some}{}", Many(count, "row")),
            None => format!("The first {}", Many(shown.len() as u64, "row")),
        };
        RowsView { which, notes: notes(&rows), columns, rows: shown }
    }
}

fn column(column: &Column) -> ColumnView {
    let name = if column.name.is_empty() { "no name" } else { &column.name };
    ColumnView { name: clip(name, CELL_CHARS).0, kind: clip(&column.kind, CELL_CHARS).0 }
}

/// As many rows as there is room for.
fn fitting(rows: &[Vec<Cell>], title: usize, room: usize) -> Vec<Vec<CellView>> {
    let mut room = Room::new(room);
    let mut shown = Vec::new();
    for row in rows {
        let cells: Vec<CellView> = row.iter().map(|one| cell(one, title)).collect();
        let len = |cell: &CellView| {
            CELL_HTML_BYTES + escaped_len(&cell.text) + cell.title.as_deref().map_or(0, escaped_len)
        };
        if !room.takes(CELL_HTML_BYTES + cells.iter().map(len).sum::<usize>()) {
            break;
        }
        shown.push(cells);
    }
    shown
}

fn cell(cell: &Cell, title: usize) -> CellView {
    let number = cell.kind == CellKind::Number;
    match cell.kind {
        CellKind::Null => CellView { text: "null".into(), title: None, number, faint: true },
        CellKind::Unread => CellView { text: "not read".into(), title: None, number, faint: true },
        _ => {
            let (mut text, is_cut) = clip(&cell.text, CELL_CHARS);
            if cell.cut && !is_cut {
                text.push('…');
            }
            let title = (is_cut && title > 0).then(|| clip(&cell.text, title).0);
            CellView { text, title, number, faint: cell.kind == CellKind::Bytes }
        }
    }
}

fn notes(rows: &Rows) -> Vec<String> {
    let table = &rows.table;
    let mut notes = Vec::new();
    if let Some(groups) = rows.groups {
        let writer =
            rows.writer.as_ref().map(|writer| format!(", written by {}", clip(writer, CELL_CHARS).0));
        notes.push(format!("{}{}.", Many(groups, "row group"), writer.unwrap_or_default()));
    }
    if table.more_columns {
        notes.push(format!("The file has more columns than these {}.", Count(table.columns.len() as u64)));
    }
    for column in table.columns.iter().filter(|column| column.unread.is_some()).take(10) {
        let why = column.unread.as_deref().unwrap_or_default();
        let (name, why) = (clip(&column.name, CELL_CHARS).0, clip(why, 3 * CELL_CHARS).0);
        notes.push(format!("The column “{name}” is not read in full: {why}."));
    }
    if table.last_cut {
        notes.push("The row after these is longer than what is read of the file for its page.".into());
    }
    notes
}

#[cfg(test)]
impl RowsView {
    pub(crate) fn sample() -> RowsView {
        use crate::web::samples::text;
        let cell = |title, number, faint| CellView { text: text(), title, number, faint };
        let column = |kind| ColumnView { name: text(), kind };
        RowsView {
            columns: vec![column(text()), column(String::new()), column(text())],
            rows: vec![vec![
                cell(Some(text()), true, false),
                cell(None, false, true),
                cell(None, false, false),
            ]],
            which: text(),
            notes: vec![text()],
        }
    }
}
