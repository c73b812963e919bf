//! Heads of tables, whole and cut.
#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use proptest::prelude::*;

use super::*;
use crate::limits::{CSV_FIELDS_MAX, FIELDS_MAX, ROWS_MAX, TABLE_HEAD_BYTES_MAX};

fn names(table: &Table) -> Vec<&str> {
    table.columns.iter().map(|column| column.name.as_str()).collect()
}

fn texts(table: &Table) -> Vec<Vec<&str>> {
    table.rows.iter().map(|row| row.iter().map(|cell| cell.text.as_str()).collect()).collect()
}

#[test]
fn fields_are_read() {
    let csv = b"\xef\xbb\xbfa,\"b \"\"x\"\"\",c\r\n1,\"two\nlines, a comma\",-3.5\r\n,x\xff,4e\n\n5,6,7,8";
    let table = separated(csv, true, b',').unwrap();
    assert_eq!(names(&table), ["a", "b \"x\"", "c", ""]);
    let rows = [["1", "two\nlines, a comma", "-3.5", ""], ["", "x\u{fffd}", "4e", ""], ["5", "6", "7", "8"]];
    assert_eq!(texts(&table), rows);
    let kinds: Vec<_> = table.rows[0].iter().map(|cell| cell.kind).collect();
    assert_eq!(kinds, [CellKind::Number, CellKind::Text, CellKind::Number, CellKind::Null]);
    assert_eq!(table.rows[1][2].kind, CellKind::Text);
    assert!(!table.more && !table.last_cut);
}

#[test]
fn separators_are_guessed() {
    for (csv, separator, columns) in [
        ("a;b;\"c,,,\"\n1;2;3", b',', vec!["a", "b", "c,,,"]),
        ("a|b,c\n", b',', vec!["a|b", "c"]),
        ("a|b|c,d\n", b',', vec!["a", "b", "c,d"]),
        ("a,b\tc\n", b'\t', vec!["a,b", "c"]),
    ] {
        assert_eq!(names(&separated(csv.as_bytes(), true, separator).unwrap()), columns);
    }
}

#[test]
fn a_cut_row_is_left_out_and_told() {
    for (csv, whole, rows, more, last_cut) in [
        ("a\n1\n2\n", true, 2, false, false),
        ("a\n1\n2", true, 2, false, false),
        ("a\n1\n2\n", false, 2, true, false),
        ("a\n1\n2", false, 1, true, true),
        ("a\n1\n\"2\n3", false, 1, true, true),
        ("a\n1\n\"2\n3", true, 2, false, false),
        ("a\n", true, 0, false, false),
    ] {
        let table = separated(csv.as_bytes(), whole, b',').unwrap();
        assert_eq!((table.rows.len(), table.more, table.last_cut), (rows, more, last_cut), "{csv:?} {whole}");
    }
    assert!(separated(b"", true, b',').is_err());
    assert!(separated(b"abc", false, b',').is_err());
}

#[test]
fn tables_are_bounded() {
    let long = "a\n".repeat(ROWS_MAX + 2);
    let table = separated(long.as_bytes(), true, b',').unwrap();
    assert_eq!((table.rows.len(), table.more), (ROWS_MAX, true));
    let wide = ",".repeat(FIELDS_MAX);
    let table = separated(wide.as_bytes(), true, b',').unwrap();
    assert_eq!((table.columns.len(), table.more_columns), (FIELDS_MAX, true));
    assert!(separated(",".repeat(CSV_FIELDS_MAX).as_bytes(), true, b',').is_err());
    let huge = format!("a\n{}\n", "é".repeat(TABLE_HEAD_BYTES_MAX / 4));
    let cell = separated(huge.as_bytes(), true, b',').unwrap().rows[0][0].clone();
    assert_eq!((cell.text.len(), cell.cut), (CELL_BYTES_MAX, true));
    let table = json_lines("{\"a\":1}\n".repeat(ROWS_MAX + 1).as_bytes(), true).unwrap();
    assert_eq!((table.rows.len(), table.more), (ROWS_MAX, true));
    let object: String = (0..FIELDS_MAX * 2).map(|n| format!(r#""{n}":{n},"#)).collect();
    let table = json_lines(format!("{{{object}\"x\":0}}").as_bytes(), true).unwrap();
    assert_eq!((table.columns.len(), table.more_columns), (FIELDS_MAX, true));
    let table = json_array(format!("[{}]", vec!["{}"; ROWS_MAX + 1].join(",")).as_bytes(), true).unwrap();
    assert_eq!((table.rows.len(), table.more), (ROWS_MAX, true));
}

#[test]
fn objects_are_rows() {
    let lines = r#"{"z":1,"a":"x \"y\"","n":null}

{"a":[1,"b",{"k":null,"j":-2.5}],"t":true,"z":18446744073709551615,"z":2}
"#;
    let list = format!("\u{feff} [{}]", lines.trim().replace("}\n\n{", "} , {"));
    for table in [
        json_lines(lines.as_bytes(), true).unwrap(),
        json_array(list.trim_start_matches('\u{feff}').as_bytes(), true).unwrap(),
    ] {
        assert_eq!(names(&table), ["z", "a", "n", "t"]);
        let second = r#"[1, "b", {"k": null, "j": -2.5}]"#;
        assert_eq!(texts(&table), [["1", "x \"y\"", "", ""], ["2", second, "", "true"]]);
        let kinds: Vec<_> = table.rows[1].iter().map(|cell| cell.kind).collect();
        assert_eq!(kinds, [CellKind::Number, CellKind::Nested, CellKind::Null, CellKind::Bool]);
        assert!(!table.more && !table.last_cut);
    }
}

#[test]
fn a_cut_object_is_left_out_and_told() {
    let text = r#"[{"a":1},{"a":23},{"a":4}]"#;
    for cut in 8..=text.len() {
        let table = json_array(&text.as_bytes()[..cut], false).unwrap();
        assert_eq!(table.more, cut < text.len(), "{cut}");
        assert_eq!(table.rows.len(), [8, 17, 25].iter().filter(|end| cut >= **end).count(), "{cut}");
        assert_eq!(table.last_cut, ![8, 9, 17, 18, 25, 26].contains(&cut), "{cut}");
    }
    let table = json_lines(b"{\"a\":1}\n{\"a\":2}", false).unwrap();
    assert_eq!((table.rows.len(), table.more, table.last_cut), (1, true, true));
    let table = json_lines(b"{\"a\":1}\n{\"a\":2}", true).unwrap();
    assert_eq!((table.rows.len(), table.more, table.last_cut), (2, false, false));
}

#[test]
fn what_is_no_table_is_refused() {
    for text in ["{}", "[1]", "[[]]", "\"x\"", "[{}", "[{} {}x", "[{\"a\"}]", "x", ""] {
        assert!(json_array(text.as_bytes(), true).is_err(), "{text}");
    }
    for text in ["1\n", "[]\n", "{\"a\":1}\nx\n", "{\"a\":1} {\"a\":2}\n"] {
        assert!(json_lines(text.as_bytes(), true).is_err(), "{text}");
    }
    assert!(json_lines(b"{\"a\":\"\xff\"}", true).is_err());
    assert!(json_lines(b"{\"a\"", false).is_err());
    let deep = format!("{{\"a\":{}", "[".repeat(100_000));
    assert!(json_lines(deep.as_bytes(), true).is_err());
}

proptest! {
    /// The head of a table is the head of what the whole has.
    #[test]
    fn a_head_has_the_first_rows(csv in "[a,\"\n\r;]{0,60}", cut in 0usize..60) {
        let head = &csv.as_bytes()[..cut.min(csv.len())];
        let (Ok(part), Ok(all)) = (separated(head, false, b'\t'), separated(csv.as_bytes(), true, b'\t')) else {
            return Ok(());
        };
        prop_assert!(part.rows.len() <= all.rows.len());
        for (a, b) in part.rows.iter().zip(&all.rows) {
            prop_assert_eq!(&a[0], &b[0]);
        }
    }

    /// Whatever is written as JSON is read, in its order.
    #[test]
    fn written_is_read(texts in prop::collection::vec(".{0,20}", 1..5)) {
        let lines: String = texts.iter().map(|text| format!("{}\n", serde_json::json!({"a": text}))).collect();
        let table = json_lines(lines.as_bytes(), true).unwrap();
        let read: Vec<_> = table.rows.iter().map(|row| row[0].text.clone()).collect();
        prop_assert_eq!(read, texts);
    }
}
