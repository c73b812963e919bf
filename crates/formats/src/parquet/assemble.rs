//! Values and levels into rows (Parquet's nested encoding; "Dremel"): each cell is written as it is walked.

use super::column::{Limits, Pages, Source, pages};
use super::footer::{Footer, RowGroup};
use super::plan::{self, Piece};
use super::scalar;
use super::schema::{Leaf, Node, Repetition, Shape};
use super::values::{Scalar, values};
use crate::Unreadable;
use crate::limits::{
    CELL_BYTES_MAX, PARQUET_TABLE_UNPACKED_BYTES_MAX, PARQUET_TABLE_VALUES_MAX, PARQUET_UNPACKED_BYTES_MAX,
    PARQUET_VALUES_MAX,
};
use crate::table::{Cell, CellKind};
use crate::text::Clipped;

/// The cells of a top-level column, `rows` of them, and why some are unread.
pub(super) fn field(
    footer: &Footer,
    group: &RowGroup,
    field: &Node,
    rows: usize,
    pieces: &[Piece<'_>],
) -> (Vec<Cell>, Option<String>) {
    let mut leaves = Vec::new();
    collect(field, &mut leaves);
    let shown = plan::leaves(footer).max(1);
    let limits = Limits {
        rows,
        values: PARQUET_VALUES_MAX.min(PARQUET_TABLE_VALUES_MAX / shown),
        unpacked: PARQUET_UNPACKED_BYTES_MAX.min(PARQUET_TABLE_UNPACKED_BYTES_MAX / shown),
    };
    let cap = plan::range_bytes(plan::leaves(footer));
    let read = |node: &&Node| match plan::wanted(footer, &group.chunks[node.leaves.start], cap) {
        Ok(wanted) => {
            let data = plan::bytes(pieces, &wanted.data);
            let all = wanted.data.end - wanted.data.start;
            let whole = wanted.whole && data.len() as u64 == all;
            let source = Source { dictionary: plan::bytes(pieces, &wanted.dictionary), data, whole };
            pages(node, &group.chunks[node.leaves.start], &source, limits)
        }
        Err(why) => Pages { unread: Some(why), ..Pages::default() },
    };
    let pages: Vec<Pages<'_>> = leaves.iter().map(read).collect();
    let mut unread = pages.iter().find_map(|pages| pages.unread.clone());
    let mut cursors = Vec::new();
    for (node, pages) in leaves.iter().zip(&pages) {
        let Shape::Leaf(leaf) = &node.shape else { continue };
        let (values, why) = values(pages, leaf.physical);
        unread = unread.or(why);
        cursors.push(Cursor { pages, values, at: 0, value_at: 0, most: node.definition });
    }
    let mut walk = Walk { cursors, first: field.leaves.start, unread };
    let mut cells = Vec::new();
    while cells.len() < rows {
        match walk.row(field) {
            Ok(cell) => cells.push(cell),
            Err(End) => break,
        }
    }
    let missing = cells.len() < rows;
    cells.resize_with(rows, || Cell::new(CellKind::Unread, String::new()));
    let why = walk.unread.map_or_else(|| "longer than what is read here".to_owned(), |why| why.to_string());
    (cells, missing.then_some(why))
}

/// The leaves below a node, in the schema's order.
fn collect<'a>(node: &'a Node, leaves: &mut Vec<&'a Node>) {
    match &node.shape {
        Shape::Leaf(_) => leaves.push(node),
        Shape::Struct(children) => children.iter().for_each(|child| collect(child, leaves)),
        Shape::List(child) | Shape::Map(child) => collect(child, leaves),
    }
}

/// Nothing more is known of a column.
struct End;

/// Where reading of a leaf stands.
struct Cursor<'a> {
    pages: &'a Pages<'a>,
    values: Vec<Scalar<'a>>,
    at: usize,
    value_at: usize,
    /// The definition level of a value that is there.
    most: u8,
}

impl Cursor<'_> {
    fn definition(&self) -> Result<u8, End> {
        self.pages.definitions.get(self.at).copied().ok_or(End)
    }

    /// Whether a list that repeats at `level` goes on. At the end of what is known it does not if the column ends there.
    fn goes_on(&self, level: u8) -> Result<bool, End> {
        match self.pages.repetitions.get(self.at) {
            Some(again) => Ok(*again >= level),
            None if self.pages.ended => Ok(false),
            None => Err(End),
        }
    }

    /// The next value; none is a null.
    fn next(&mut self) -> Result<Option<&Scalar<'_>>, End> {
        let definition = self.definition()?;
        self.at += 1;
        if definition < self.most {
            return Ok(None);
        }
        self.value_at += 1;
        self.values.get(self.value_at - 1).map(Some).ok_or(End)
    }
}

/// A walk through the rows of a top-level column.
struct Walk<'a> {
    cursors: Vec<Cursor<'a>>,
    /// The number of the first leaf.
    first: usize,
    unread: Option<Unreadable>,
}

impl<'a> Walk<'a> {
    fn row(&mut self, field: &Node) -> Result<Cell, End> {
        if let (Shape::Leaf(leaf), Repetition::Required | Repetition::Optional) =
            (&field.shape, field.repetition)
        {
            let value = self.cursor(field).next()?;
            let null = || Cell::new(CellKind::Null, String::new());
            return Ok(value.map_or_else(null, |value| scalar::cell(*leaf, value)));
        }
        let starts = self.cursor(field).pages.repetitions.get(self.cursor(field).at);
        if starts.is_some_and(|level| *level != 0) {
            self.unread = Some(Unreadable::broken("a row begins inside another"));
            return Err(End);
        }
        let mut out = Clipped::new(CELL_BYTES_MAX);
        let null =
            field.repetition == Repetition::Optional && self.cursor(field).definition()? < field.definition;
        self.node(field, &mut out)?;
        if null {
            return Ok(Cell::new(CellKind::Null, String::new()));
        }
        let (text, cut) = out.finish();
        Ok(Cell { kind: CellKind::Nested, text, cut })
    }

    /// The first leaf below a node leads: the others have the same levels above.
    fn cursor(&mut self, node: &Node) -> &mut Cursor<'a> {
        let n = node.leaves.start - self.first;
        &mut self.cursors[n]
    }

    /// One null in each leaf below.
    fn pass(&mut self, node: &Node) -> Result<(), End> {
        for leaf in node.leaves.clone() {
            self.cursors[leaf - self.first].next()?;
        }
        Ok(())
    }

    fn node(&mut self, node: &Node, out: &mut Clipped) -> Result<(), End> {
        match node.repetition {
            Repetition::Repeated => self.repeated(node, node, out),
            Repetition::Optional if self.cursor(node).definition()? < node.definition => {
                out.push("null");
                self.pass(node)
            }
            _ => self.present(node, out),
        }
    }

    /// A node that is there.
    fn present(&mut self, node: &Node, out: &mut Clipped) -> Result<(), End> {
        match &node.shape {
            Shape::Leaf(leaf) => self.leaf(node, *leaf, out),
            Shape::List(shell) => self.repeated(shell, shell.element(), out),
            Shape::Map(shell) => self.map(shell, out),
            Shape::Struct(children) => {
                out.push("{");
                for (n, child) in children.iter().enumerate() {
                    out.push(if n == 0 { "" } else { ", " });
                    out.push_json(&child.name);
                    out.push(": ");
                    self.node(child, out)?;
                }
                out.push("}");
                Ok(())
            }
        }
    }

    /// The values of a list: `shell` repeats, `element` is shown of it.
    fn repeated(&mut self, shell: &Node, element: &Node, out: &mut Clipped) -> Result<(), End> {
        out.push("[");
        if self.cursor(shell).definition()? < shell.definition {
            self.pass(shell)?;
        } else {
            loop {
                // Without its repetition, which is being walked here.
                if std::ptr::eq(shell, element) {
                    self.present(shell, out)?;
                } else {
                    self.node(element, out)?;
                }
                if !self.cursor(shell).goes_on(shell.level)? {
                    break;
                }
                out.push(", ");
            }
        }
        out.push("]");
        Ok(())
    }

    fn map(&mut self, shell: &Node, out: &mut Clipped) -> Result<(), End> {
        let Shape::Struct(pair) = &shell.shape else { return self.repeated(shell, shell, out) };
        out.push("{");
        if self.cursor(shell).definition()? < shell.definition {
            self.pass(shell)?;
        } else {
            loop {
                for (n, node) in pair.iter().enumerate() {
                    out.push(if n == 0 { "" } else { ": " });
                    self.node(node, out)?;
                }
                if !self.cursor(shell).goes_on(shell.level)? {
                    break;
                }
                out.push(", ");
            }
        }
        out.push("}");
        Ok(())
    }

    fn leaf(&mut self, node: &Node, leaf: Leaf, out: &mut Clipped) -> Result<(), End> {
        let Some(value) = self.cursor(node).next()? else {
            out.push("null");
            return Ok(());
        };
        // What does not fit is walked, not written.
        if out.is_full() {
            return Ok(());
        }
        let cell = scalar::cell(leaf, value);
        match cell.kind {
            CellKind::Text => out.push_json(&cell.text),
            _ => out.push(&cell.text),
        }
        Ok(())
    }
}
