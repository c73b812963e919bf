//! A Parquet file: its footer, the plan, and the first rows.

use seedcorn_formats::limits::{
    CELL_BYTES_MAX, FIELDS_MAX, PARQUET_GAP_BYTES_MAX, PARQUET_LEAVES_MAX, PARQUET_PLAN_BYTES_MAX, ROWS_MAX,
};
use seedcorn_formats::parquet::{Footer, Piece, TRAILER_BYTES, footer, plan, rows, trailer};
use seedcorn_formats::table::{CellKind, Table};

/// Rows that are asked for: a few, so that an input is soon done.
const ROWS: usize = 10;

/// Two bytes tell how long the footer is; it comes first, so that changes reach it, then the columns.
pub fn check(data: &[u8]) {
    let Some((size, rest)) = data.split_first_chunk::<2>() else { return };
    let Some((last, columns)) = rest.split_at_checked(usize::from(u16::from_le_bytes(*size))) else { return };
    let size = (last.len() as u32).to_le_bytes();
    let file = [b"PAR1", columns, last, &size, b"PAR1"].concat();
    let file_bytes = file.len() as u64;
    let tail = &file[file.len() - TRAILER_BYTES as usize..];
    assert_eq!(trailer(tail, file_bytes), Ok(last.len() as u64));
    let Ok(footer) = footer(last, file_bytes) else { return };
    let planned = plan(&footer);
    let end = file_bytes - TRAILER_BYTES - last.len() as u64;
    assert!(planned.iter().all(|range| range.start >= 4 && range.start < range.end && range.end <= end));
    assert!(planned.windows(2).all(|two| two[0].end < two[1].start), "ranges out of order, or touching");
    let bytes: u64 = planned.iter().map(|range| range.end - range.start).sum();
    assert!(bytes <= PARQUET_PLAN_BYTES_MAX + 2 * PARQUET_LEAVES_MAX as u64 * PARQUET_GAP_BYTES_MAX);
    let pieces: Vec<_> = planned
        .iter()
        .map(|range| Piece { at: range.start, bytes: &file[range.start as usize..range.end as usize] })
        .collect();
    let table = rows(&footer, ROWS, &pieces);
    sound(&footer, &table);
    let all = rows(&footer, ROWS, &[Piece { at: 0, bytes: &file }]);
    assert_eq!(all, table, "the plan left out something that is read");
    let fewer = rows(&footer, 1, &pieces);
    if let (Some(one), Some(first)) = (fewer.rows.first(), table.rows.first()) {
        let same = one.iter().zip(first).filter(|(one, first)| one.kind != CellKind::Unread || one == first);
        assert!(same.clone().all(|(one, first)| one == first || first.kind == CellKind::Unread));
    }
}

fn sound(footer: &Footer, table: &Table) {
    let fields = footer.fields();
    assert!(table.rows.len() <= ROWS.min(ROWS_MAX) && table.columns.len() <= FIELDS_MAX.min(fields.len()));
    assert_eq!(table.more_columns, fields.len() > table.columns.len());
    for (column, field) in table.columns.iter().zip(&fields) {
        assert_eq!((&column.name, &column.kind), (&field.name, &field.kind));
    }
    for row in &table.rows {
        assert_eq!(row.len(), table.columns.len());
        for (cell, column) in row.iter().zip(&table.columns) {
            assert!(cell.text.len() <= CELL_BYTES_MAX);
            assert!(cell.kind != CellKind::Unread || column.unread.is_some(), "unread, and nobody says why");
        }
    }
}
