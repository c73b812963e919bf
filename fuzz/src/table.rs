//! The heads of CSV, JSON Lines and JSON; and what a file is.

use seedcorn_formats::Unreadable;
use seedcorn_formats::kind::{self, Kind};
use seedcorn_formats::limits::{CELL_BYTES_MAX, FIELDS_MAX, ROWS_MAX};
use seedcorn_formats::table::{Table, json_array, json_lines, separated};

/// The first byte chooses the format, the second where the head is cut; the rest is the file.
pub fn check(data: &[u8]) {
    let Some(([format, cut], file)) = data.split_first_chunk() else { return };
    known(file);
    let read: fn(&[u8], bool) -> Result<Table, Unreadable> = match format {
        b't' => |head, whole| separated(head, whole, b'\t'),
        b'l' => json_lines,
        b'j' => json_array,
        _ => |head, whole| separated(head, whole, b','),
    };
    let whole = read(file, true);
    if let Ok(table) = &whole {
        sound(table);
        assert!(!table.last_cut, "nothing was cut");
    }
    let head = &file[..file.len() * usize::from(*cut) / 255];
    let Ok(part) = read(head, false) else { return };
    sound(&part);
    let Ok(whole) = whole else { return };
    assert!(part.rows.len() <= whole.rows.len(), "a part has more rows than the whole");
    for (part, whole) in part.rows.iter().zip(&whole.rows) {
        let width = part.len().min(whole.len());
        assert_eq!(part[..width], whole[..width], "a cut row was shown");
    }
}

fn sound(table: &Table) {
    assert!(table.rows.len() <= ROWS_MAX && table.columns.len() <= FIELDS_MAX);
    assert!(table.rows.iter().all(|row| row.len() == table.columns.len()));
    assert!(table.rows.iter().flatten().all(|cell| cell.text.len() <= CELL_BYTES_MAX));
    assert!(table.more || !table.last_cut);
}

/// What could run a script is shown by no name.
fn known(file: &[u8]) {
    for name in ["a.png", "a.txt", "a.json", "a", "a.svg", "a.pt"] {
        let kind = kind::of(name, file);
        let start =
            file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file).trim_ascii_start().to_ascii_lowercase();
        let runs = [&b"<svg"[..], b"<!doctype", b"<html", b"<script", b"<?xml", b"%pdf-"];
        if runs.iter().any(|tag| start.starts_with(tag)) && !start.starts_with(b"%pdf-") {
            assert_eq!(kind.inline(), None, "{name}");
        }
        if let Some(media) = kind.inline() {
            assert!(!media.contains("svg") && !media.contains("html") && !media.contains("xml"));
            assert!(!matches!(kind, Kind::Pdf | Kind::Svg | Kind::Notebook | Kind::Pickle));
        }
        assert!(!kind.word().is_empty());
    }
}
