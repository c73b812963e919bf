//! Types of columns as people read them.

use super::footer::Field;
use super::schema::{Leaf, Meaning, Node, Physical, Repetition, Shape, Unit};
use crate::limits::CELL_BYTES_MAX;
use crate::text::Clipped;

impl Node {
    /// As the face shows it.
    pub(super) fn field(&self) -> Field {
        let mut kind = Clipped::new(CELL_BYTES_MAX);
        if self.repetition == Repetition::Repeated {
            kind.push("list<");
            self.kind(&mut kind);
            kind.push(">");
        } else {
            self.kind(&mut kind);
        }
        let (kind, _) = kind.finish();
        Field { name: self.name.clone(), kind, optional: self.repetition == Repetition::Optional }
    }

    fn kind(&self, out: &mut Clipped) {
        match &self.shape {
            Shape::Leaf(leaf) => leaf.kind(out),
            Shape::Struct(children) => {
                out.push("struct<");
                named(children, out);
                out.push(">");
            }
            Shape::List(child) => {
                out.push("list<");
                child.element().kind(out);
                out.push(">");
            }
            Shape::Map(child) => {
                out.push("map<");
                if let Shape::Struct(pair) = &child.shape {
                    for (n, node) in pair.iter().enumerate() {
                        out.push(if n == 0 { "" } else { ", " });
                        node.kind(out);
                    }
                }
                out.push(">");
            }
        }
    }
}

fn named(children: &[Node], out: &mut Clipped) {
    for (n, child) in children.iter().enumerate() {
        if out.is_full() {
            return;
        }
        out.push(if n == 0 { "" } else { ", " });
        out.push(&child.name);
        out.push(": ");
        out.push(if child.repetition == Repetition::Repeated { "list<" } else { "" });
        child.kind(out);
        out.push(if child.repetition == Repetition::Repeated { ">" } else { "" });
    }
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Unit::Milli => "ms",
            Unit::Micro => "µs",
            Unit::Nano => "ns",
        }
    }
}

impl Leaf {
    fn kind(self, out: &mut Clipped) {
        match (self.meaning, self.physical) {
            (Meaning::Text, _) => out.push("string"),
            (Meaning::Json, _) => out.push("json"),
            (Meaning::Decimal { precision, scale }, _) => {
                out.show(format_args!("decimal({precision}, {scale})"));
            }
            (Meaning::Date, _) => out.push("date"),
            (Meaning::Time(unit), _) => out.show(format_args!("time[{}]", unit.name())),
            (Meaning::Timestamp(unit, utc), _) => {
                let utc = if utc { ", UTC" } else { "" };
                out.show(format_args!("timestamp[{}{utc}]", unit.name()));
            }
            (Meaning::Int { bits, signed }, _) => {
                out.show(format_args!("{}int{bits}", if signed { "" } else { "u" }));
            }
            (Meaning::Uuid, _) => out.push("uuid"),
            (Meaning::Half, _) => out.push("float16"),
            (Meaning::Plain, Physical::Boolean) => out.push("bool"),
            (Meaning::Plain, Physical::Int32) => out.push("int32"),
            (Meaning::Plain, Physical::Int64) => out.push("int64"),
            (Meaning::Plain, Physical::Int96) => out.push("timestamp[ns]"),
            (Meaning::Plain, Physical::Float) => out.push("float32"),
            (Meaning::Plain, Physical::Double) => out.push("float64"),
            (Meaning::Plain, Physical::Bytes) => out.push("binary"),
            (Meaning::Plain, Physical::Fixed(length)) => out.show(format_args!("binary[{length}]")),
        }
    }
}
