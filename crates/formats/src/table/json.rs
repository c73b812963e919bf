//! Objects of JSON as rows: one a line, or all in a list.

use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::{Cell, CellKind, Column, Table};
use crate::Unreadable;
use crate::limits::{CELL_BYTES_MAX, FIELDS_MAX, ROWS_MAX, TABLE_HEAD_BYTES_MAX};
use crate::text::Clipped;
use crate::unreadable::json;

/// Reads the head of a file of JSON Lines: an object a line. `whole`: whether `head` is all of the file.
///
/// # Errors
///
/// A line is no JSON object, or the first is longer than what is looked at.
pub fn json_lines(head: &[u8], whole: bool) -> Result<Table, Unreadable> {
    let (head, whole) = beginning(head, whole);
    let mut rows = Rows::default();
    for line in head.split_inclusive(|byte| *byte == b'\n') {
        let ended = whole || line.ends_with(b"\n");
        if line.trim_ascii().is_empty() {
            continue;
        }
        if rows.is_full() || !ended {
            return rows.finish(true, !ended);
        }
        rows.push(serde_json::from_slice(line).map_err(|error| json(&error))?);
    }
    rows.finish(!whole, false)
}

/// Reads the head of a JSON file that is a list of objects. `whole`: whether `head` is all of the file.
///
/// # Errors
///
/// It is no list of objects, or the first is longer than what is looked at.
pub fn json_array(head: &[u8], whole: bool) -> Result<Table, Unreadable> {
    let (head, whole) = beginning(head, whole);
    let mut rows = Rows::default();
    let Some(mut rest) = head.trim_ascii_start().strip_prefix(b"[") else {
        return Err(Unreadable::Foreign("a list of JSON objects"));
    };
    loop {
        rest = rest.trim_ascii_start();
        match rest.first() {
            Some(b']') => return rows.finish(false, false),
            Some(b'{') if rows.is_full() => return rows.finish(true, false),
            Some(b'{') => {}
            Some(_) => return Err(Unreadable::Foreign("a list of JSON objects")),
            None if whole => return Err(Unreadable::broken("the list has no end")),
            None => return rows.finish(true, false),
        }
        let mut objects = serde_json::Deserializer::from_slice(rest).into_iter();
        match objects.next() {
            Some(Ok(row)) => rows.push(row),
            Some(Err(error)) if error.is_eof() && !whole => return rows.finish(true, true),
            Some(Err(error)) => return Err(json(&error)),
            None => return rows.finish(true, true),
        }
        rest = rest.get(objects.byte_offset()..).unwrap_or_default().trim_ascii_start();
        match rest.split_first() {
            Some((b',', after)) => rest = after,
            Some((b']', _)) | None => {}
            Some(_) => return Err(Unreadable::broken("something strange follows an object")),
        }
    }
}

fn beginning(head: &[u8], whole: bool) -> (&[u8], bool) {
    let whole = whole && head.len() <= TABLE_HEAD_BYTES_MAX;
    let head = &head[..head.len().min(TABLE_HEAD_BYTES_MAX)];
    (head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head), whole)
}

/// Rows whose columns become known as they come.
#[derive(Default)]
struct Rows {
    names: Vec<String>,
    rows: Vec<Vec<Cell>>,
    left_out: bool,
}

impl Rows {
    fn is_full(&self) -> bool {
        self.rows.len() >= ROWS_MAX
    }

    fn push(&mut self, Row { cells, left_out }: Row) {
        let mut row = Vec::new();
        self.left_out |= left_out;
        for (name, cell) in cells {
            let known = self.names.iter().position(|known| *known == name);
            let Some(at) = known.or_else(|| (self.names.len() < FIELDS_MAX).then_some(self.names.len()))
            else {
                self.left_out = true;
                continue;
            };
            if known.is_none() {
                self.names.push(name);
            }
            if row.len() <= at {
                row.resize_with(at + 1, null);
            }
            row[at] = cell;
        }
        self.rows.push(row);
    }

    fn finish(self, more: bool, last_cut: bool) -> Result<Table, Unreadable> {
        if self.rows.is_empty() && last_cut {
            return Err(Unreadable::too_much("bytes in the first row", TABLE_HEAD_BYTES_MAX));
        }
        let mut rows = self.rows;
        for row in &mut rows {
            row.resize_with(self.names.len(), null);
        }
        let columns = self.names.into_iter().map(|name| Column { name, ..Column::default() });
        Ok(Table { columns: columns.collect(), rows, more_columns: self.left_out, more, last_cut })
    }
}

fn null() -> Cell {
    Cell::new(CellKind::Null, String::new())
}

/// An object: its names and values in their order. Of a name that stands twice the last counts, as everywhere.
struct Row {
    cells: Vec<(String, Cell)>,
    left_out: bool,
}

impl<'de> Deserialize<'de> for Row {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(RowVisitor)
    }
}

struct RowVisitor;

impl<'de> Visitor<'de> for RowVisitor {
    type Value = Row;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Row, A::Error> {
        let mut row = Row { cells: Vec::new(), left_out: false };
        while let Some(name) = from.next_key::<String>()? {
            let mut out = Clipped::new(CELL_BYTES_MAX);
            let kind = from.next_value_seed(Written { out: &mut out, before: "", nested: false })?;
            let (text, cut) = out.finish();
            // A row with more columns than are shown fills them, and the rest is passed over.
            if row.cells.len() < FIELDS_MAX {
                row.cells.push((name, Cell { kind, text, cut }));
            } else {
                row.left_out = true;
            }
        }
        Ok(row)
    }
}

/// Writes a value into a cell while it is read, so that no tree of it is ever built.
struct Written<'a> {
    out: &'a mut Clipped,
    /// What is written first, if there is a value.
    before: &'static str,
    /// Inside a list or an object, where texts have quotes.
    nested: bool,
}

impl<'de> DeserializeSeed<'de> for Written<'_> {
    type Value = CellKind;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<CellKind, D::Error> {
        self.out.push(self.before);
        from.deserialize_any(self)
    }
}

impl Written<'_> {
    fn number(self, shown: fmt::Arguments<'_>) -> CellKind {
        self.out.show(shown);
        CellKind::Number
    }
}

impl<'de> Visitor<'de> for Written<'_> {
    type Value = CellKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<CellKind, E> {
        self.out.push(if self.nested { "null" } else { "" });
        Ok(CellKind::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<CellKind, E> {
        self.out.show(format_args!("{value}"));
        Ok(CellKind::Bool)
    }

    fn visit_i64<E: Error>(self, n: i64) -> Result<CellKind, E> {
        Ok(self.number(format_args!("{n}")))
    }

    fn visit_u64<E: Error>(self, n: u64) -> Result<CellKind, E> {
        Ok(self.number(format_args!("{n}")))
    }

    fn visit_f64<E: Error>(self, n: f64) -> Result<CellKind, E> {
        Ok(self.number(format_args!("{n:?}")))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<CellKind, E> {
        if self.nested {
            self.out.push_json(text);
        } else {
            self.out.push(text);
        }
        Ok(CellKind::Text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<CellKind, A::Error> {
        self.out.push("[");
        let mut before = "";
        while from.next_element_seed(Written { out: self.out, before, nested: true })?.is_some() {
            before = ", ";
        }
        self.out.push("]");
        Ok(CellKind::Nested)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<CellKind, A::Error> {
        self.out.push("{");
        let mut before = "";
        while let Some(name) = from.next_key::<String>()? {
            self.out.push(before);
            self.out.push_json(&name);
            self.out.push(": ");
            from.next_value_seed(Written { out: self.out, before: "", nested: true })?;
            before = ", ";
        }
        self.out.push("}");
        Ok(CellKind::Nested)
    }
}
