//! The schema: a flat list of elements that means a tree, and what the leaves mean.

use std::ops::Range;

use super::thrift::{Compact, Kind};
use crate::Unreadable;
use crate::limits::{PARQUET_DEPTH_MAX, TEXT_BYTES_MAX};
use crate::text::prefix;

type Result<T> = std::result::Result<T, Unreadable>;

/// An element of the flat list.
#[derive(Default)]
pub(super) struct Element {
    name: String,
    physical: Option<i64>,
    length: Option<u64>,
    repetition: Option<i64>,
    children: Option<u64>,
    converted: Option<i64>,
    scale: i64,
    precision: i64,
    logical: Option<Logical>,
}

/// `LogicalType`: which one, and its parameters.
#[derive(Default)]
struct Logical {
    id: i64,
    scale: i64,
    precision: i64,
    unit: Option<i64>,
    utc: bool,
    bits: i64,
    signed: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repetition {
    Required,
    Optional,
    Repeated,
}

/// A node of the tree.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) name: String,
    pub(super) repetition: Repetition,
    /// The definition level at which this is there, and the repetition level at which it comes once more.
    pub(super) definition: u8,
    pub(super) level: u8,
    /// The leaves below, numbered through the whole schema.
    pub(super) leaves: Range<usize>,
    pub(super) shape: Shape,
}

#[derive(Clone, Debug)]
pub(super) enum Shape {
    Leaf(Leaf),
    Struct(Vec<Node>),
    /// The repeated node below; [`Node::element`] is what it repeats.
    List(Box<Node>),
    /// The repeated node below, whose two children are key and value.
    Map(Box<Node>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) physical: Physical,
    pub(super) meaning: Meaning,
}

/// How values are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Physical {
    Boolean,
    Int32,
    Int64,
    Int96,
    Float,
    Double,
    Bytes,
    /// So many bytes each, at least one.
    Fixed(usize),
}

/// What values mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    Plain,
    Text,
    Json,
    Decimal {
        precision: i64,
        scale: u32,
    },
    Date,
    Time(Unit),
    /// Whether it is a moment; if not, a date and a time of some place.
    Timestamp(Unit, bool),
    Int {
        bits: i64,
        signed: bool,
    },
    Uuid,
    Half,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Milli,
    Micro,
    Nano,
}

/// Reads one element of the flat list.
pub(super) fn element(from: &mut Compact<'_>, kind: Kind) -> Result<Element> {
    let mut element = Element::default();
    from.fields(kind, |from, id, kind| match id {
        1 => from.int(kind).map(|n| element.physical = Some(n)),
        2 => from.size(kind).map(|n| element.length = Some(n)),
        3 => from.int(kind).map(|n| element.repetition = Some(n)),
        4 => from.text(kind).map(|name| element.name = prefix(&name, TEXT_BYTES_MAX).to_owned()),
        5 => from.size(kind).map(|n| element.children = Some(n)),
        6 => from.int(kind).map(|n| element.converted = Some(n)),
        7 => from.int(kind).map(|n| element.scale = n),
        8 => from.int(kind).map(|n| element.precision = n),
        10 => logical(from, kind).map(|logical| element.logical = Some(logical)),
        _ => from.skip(kind),
    })?;
    Ok(element)
}

fn logical(from: &mut Compact<'_>, kind: Kind) -> Result<Logical> {
    let mut logical = Logical::default();
    from.fields(kind, |from, id, kind| {
        logical.id = id;
        match id {
            // Decimal.
            5 => from.fields(kind, |from, id, kind| match id {
                1 => from.int(kind).map(|n| logical.scale = n),
                2 => from.int(kind).map(|n| logical.precision = n),
                _ => from.skip(kind),
            }),
            // Time and timestamp; the unit is a union of empty structures.
            7 | 8 => from.fields(kind, |from, id, kind| match id {
                1 => from.bool(kind).map(|utc| logical.utc = utc),
                2 => from.fields(kind, |from, id, kind| {
                    logical.unit = Some(id);
                    from.skip(kind)
                }),
                _ => from.skip(kind),
            }),
            // Integer.
            10 => from.fields(kind, |from, id, kind| match id {
                1 => from.int(kind).map(|n| logical.bits = n),
                2 => from.bool(kind).map(|signed| logical.signed = signed),
                _ => from.skip(kind),
            }),
            _ => from.skip(kind),
        }
    })?;
    Ok(logical)
}

/// The children of the root.
pub(super) fn build(elements: Vec<Element>) -> Result<Vec<Node>> {
    let mut elements = elements.into_iter();
    let Some(root) = elements.next() else { return Err(Unreadable::broken("it has no schema")) };
    let mut tree = Tree { elements, leaves: 0 };
    let above = Above { definition: 0, level: 0, depth: 0 };
    let mut nodes = Vec::new();
    for _ in 0..root.children.unwrap_or_default() {
        nodes.push(tree.node(above)?);
    }
    match tree.elements.next() {
        None => Ok(nodes),
        Some(_) => Err(Unreadable::broken("its schema has elements that belong nowhere")),
    }
}

struct Tree {
    elements: std::vec::IntoIter<Element>,
    leaves: usize,
}

#[derive(Clone, Copy)]
struct Above {
    definition: u8,
    level: u8,
    depth: usize,
}

impl Tree {
    fn node(&mut self, above: Above) -> Result<Node> {
        if above.depth >= PARQUET_DEPTH_MAX {
            return Err(Unreadable::too_much("levels of groups", PARQUET_DEPTH_MAX));
        }
        let Some(element) = self.elements.next() else {
            return Err(Unreadable::broken("its schema ends too early"));
        };
        let repetition = match element.repetition {
            Some(0) => Repetition::Required,
            Some(1) => Repetition::Optional,
            Some(2) => Repetition::Repeated,
            _ => return Err(Unreadable::broken("a column is neither required, optional nor repeated")),
        };
        // Both grow by one a level at most, and levels are few.
        let within = Above {
            definition: above.definition + u8::from(repetition != Repetition::Required),
            level: above.level + u8::from(repetition == Repetition::Repeated),
            depth: above.depth + 1,
        };
        let first = self.leaves;
        let shape = match element.children {
            None => {
                self.leaves += 1;
                Shape::Leaf(leaf(&element)?)
            }
            Some(0) => return Err(Unreadable::broken("a group of columns is empty")),
            Some(count) => {
                let mut children = Vec::new();
                for _ in 0..count {
                    children.push(self.node(within)?);
                }
                group(&element, children)
            }
        };
        let leaves = first..self.leaves;
        let Above { definition, level, .. } = within;
        Ok(Node { name: element.name, repetition, definition, level, leaves, shape })
    }
}

/// A group's shape: a list or a map if it says so and is built like one, else a struct.
fn group(element: &Element, mut children: Vec<Node>) -> Shape {
    let id = element.logical.as_ref().map(|logical| logical.id);
    let converted = element.converted;
    let single = children.len() == 1 && children[0].repetition == Repetition::Repeated;
    let pairs = single && matches!(&children[0].shape, Shape::Struct(pair) if pair.len() == 2);
    let child = if single { children.pop() } else { None };
    match child {
        Some(child) if pairs && (id == Some(2) || matches!(converted, Some(1 | 2))) => {
            Shape::Map(Box::new(child))
        }
        Some(child) if id == Some(3) || converted == Some(3) => Shape::List(Box::new(child)),
        child => {
            children.extend(child);
            Shape::Struct(children)
        }
    }
}

fn leaf(element: &Element) -> Result<Leaf> {
    let physical = match element.physical {
        Some(0) => Physical::Boolean,
        Some(1) => Physical::Int32,
        Some(2) => Physical::Int64,
        Some(3) => Physical::Int96,
        Some(4) => Physical::Float,
        Some(5) => Physical::Double,
        Some(6) => Physical::Bytes,
        Some(7) => match element.length {
            Some(length @ 1..=0x7fff_ffff) => Physical::Fixed(length as usize),
            _ => return Err(Unreadable::broken("a column of fixed length has none")),
        },
        _ => return Err(Unreadable::broken("a column is of an unknown type")),
    };
    Ok(Leaf { physical, meaning: meaning(element, physical) })
}

fn meaning(element: &Element, physical: Physical) -> Meaning {
    let unit = |unit: Option<i64>| match unit {
        Some(1) => Unit::Milli,
        Some(2) => Unit::Micro,
        _ => Unit::Nano,
    };
    let decimal = |precision, scale| match u32::try_from(scale) {
        Ok(scale @ 0..=38) => Meaning::Decimal { precision, scale },
        _ => Meaning::Plain,
    };
    let (id, converted) = (element.logical.as_ref().map(|logical| logical.id), element.converted);
    let meaning = match (&element.logical, id, converted) {
        (_, Some(1 | 4), _) => Meaning::Text,
        (Some(logical), Some(5), _) => decimal(logical.precision, logical.scale),
        (_, Some(6), _) => Meaning::Date,
        (Some(logical), Some(7), _) => Meaning::Time(unit(logical.unit)),
        (Some(logical), Some(8), _) => Meaning::Timestamp(unit(logical.unit), logical.utc),
        (Some(logical), Some(10), _) => Meaning::Int { bits: logical.bits, signed: logical.signed },
        (_, Some(12), _) => Meaning::Json,
        (_, Some(14), _) => Meaning::Uuid,
        (_, Some(15), _) => Meaning::Half,
        (.., Some(0 | 4)) => Meaning::Text,
        (.., Some(5)) => decimal(element.precision, element.scale),
        (.., Some(6)) => Meaning::Date,
        (.., Some(7)) => Meaning::Time(Unit::Milli),
        (.., Some(8)) => Meaning::Time(Unit::Micro),
        (.., Some(9)) => Meaning::Timestamp(Unit::Milli, true),
        (.., Some(10)) => Meaning::Timestamp(Unit::Micro, true),
        (.., Some(n @ 11..=14)) => Meaning::Int { bits: 8 << (n - 11), signed: false },
        (.., Some(n @ 15..=18)) => Meaning::Int { bits: 8 << (n - 15), signed: true },
        (.., Some(19)) => Meaning::Json,
        _ => Meaning::Plain,
    };
    // A meaning that does not fit how the values are written means nothing.
    let fits = match meaning {
        Meaning::Plain => true,
        Meaning::Text | Meaning::Json => physical == Physical::Bytes,
        Meaning::Decimal { .. } => {
            matches!(physical, Physical::Int32 | Physical::Int64 | Physical::Bytes | Physical::Fixed(_))
        }
        Meaning::Date => physical == Physical::Int32,
        Meaning::Time(Unit::Milli) => physical == Physical::Int32,
        Meaning::Time(_) | Meaning::Timestamp(..) => physical == Physical::Int64,
        Meaning::Int { bits: 64, .. } => physical == Physical::Int64,
        Meaning::Int { bits, .. } => physical == Physical::Int32 && matches!(bits, 8 | 16 | 32),
        Meaning::Uuid => physical == Physical::Fixed(16),
        Meaning::Half => physical == Physical::Fixed(2),
    };
    if fits { meaning } else { Meaning::Plain }
}

impl Node {
    /// The child that stands for an element of a list, if the repeated node is only its shell (Parquet format: lists).
    pub(super) fn element(&self) -> &Node {
        match &self.shape {
            Shape::Struct(children) if children.len() == 1 && self.name != "array" => &children[0],
            _ => self,
        }
    }

    /// The type's number of each leaf.
    pub(super) fn physical(&self) -> Vec<i64> {
        match &self.shape {
            Shape::Leaf(leaf) => vec![leaf.physical.number()],
            Shape::Struct(children) => children.iter().flat_map(Node::physical).collect(),
            Shape::List(child) | Shape::Map(child) => child.physical(),
        }
    }
}

impl Physical {
    fn number(self) -> i64 {
        match self {
            Physical::Boolean => 0,
            Physical::Int32 => 1,
            Physical::Int64 => 2,
            Physical::Int96 => 3,
            Physical::Float => 4,
            Physical::Double => 5,
            Physical::Bytes => 6,
            Physical::Fixed(_) => 7,
        }
    }
}
