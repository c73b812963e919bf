//! The value of a key.

use std::fmt;

use super::cursor::{Cursor, Stop};
use crate::limits::GGUF_LIST_SHOWN;
use crate::{Text, Unreadable};

/// A typed value.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the types of the format by their names")]
pub enum Value {
    U8(u8),
    I8(i8),
    U16(u16),
    I16(i16),
    U32(u32),
    I32(i32),
    F32(f32),
    Bool(bool),
    Text(Text),
    List(List),
    U64(u64),
    I64(i64),
    F64(f64),
}

/// A list of values of one type, such as the tokens of a vocabulary.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// The type's name, such as `string`.
    pub of: &'static str,
    /// How many there are.
    pub count: u64,
    /// The first few.
    pub first: Vec<Value>,
}

/// Names of the types in the format's order, and the least bytes of a value.
const TYPES: [(&str, u64); 13] = [
    ("uint8", 1),
    ("int8", 1),
    ("uint16", 2),
    ("int16", 2),
    ("uint32", 4),
    ("int32", 4),
    ("float32", 4),
    ("bool", 1),
    ("string", 8),
    ("array", 12),
    ("uint64", 8),
    ("int64", 8),
    ("float64", 8),
];
const STRING: u32 = 8;
const ARRAY: u32 = 9;

impl Value {
    /// The name of its type.
    pub fn kind(&self) -> &'static str {
        let number = match self {
            Value::U8(_) => 0,
            Value::I8(_) => 1,
            Value::U16(_) => 2,
            Value::I16(_) => 3,
            Value::U32(_) => 4,
            Value::I32(_) => 5,
            Value::F32(_) => 6,
            Value::Bool(_) => 7,
            Value::Text(_) => 8,
            Value::List(_) => 9,
            Value::U64(_) => 10,
            Value::I64(_) => 11,
            Value::F64(_) => 12,
        };
        TYPES[number].0
    }

    /// The value if it is a text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(&text.text),
            _ => None,
        }
    }

    /// The value if it is a whole number that is not negative.
    pub fn unsigned(&self) -> Option<u64> {
        match *self {
            Value::U8(n) => Some(n.into()),
            Value::U16(n) => Some(n.into()),
            Value::U32(n) => Some(n.into()),
            Value::U64(n) => Some(n),
            Value::I8(n) => n.try_into().ok(),
            Value::I16(n) => n.try_into().ok(),
            Value::I32(n) => n.try_into().ok(),
            Value::I64(n) => n.try_into().ok(),
            _ => None,
        }
    }
}

/// The value as people read it; of a list its length and beginning.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::U8(n) => n.fmt(f),
            Value::I8(n) => n.fmt(f),
            Value::U16(n) => n.fmt(f),
            Value::I16(n) => n.fmt(f),
            Value::U32(n) => n.fmt(f),
            Value::I32(n) => n.fmt(f),
            Value::U64(n) => n.fmt(f),
            Value::I64(n) => n.fmt(f),
            Value::F32(n) => write!(f, "{n:?}"),
            Value::F64(n) => write!(f, "{n:?}"),
            Value::Bool(b) => b.fmt(f),
            Value::Text(text) => f.write_str(&text.text),
            Value::List(list) => {
                f.write_str("[")?;
                for (n, value) in list.first.iter().enumerate() {
                    f.write_str(if n == 0 { "" } else { ", " })?;
                    match value {
                        Value::Text(text) => write!(f, "{:?}", text.text)?,
                        value => value.fmt(f)?,
                    }
                }
                f.write_str(if list.count > list.first.len() as u64 { ", …]" } else { "]" })
            }
        }
    }
}

/// A type's number and the value.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Value, Stop> {
    match cursor.u32()? {
        ARRAY => list(cursor).map(Value::List),
        kind => single(cursor, kind),
    }
}

fn single(cursor: &mut Cursor<'_>, kind: u32) -> Result<Value, Stop> {
    Ok(match kind {
        0 => Value::U8(cursor.u8()?),
        1 => Value::I8(cursor.u8()?.cast_signed()),
        2 => Value::U16(cursor.u16()?),
        3 => Value::I16(cursor.u16()?.cast_signed()),
        4 => Value::U32(cursor.u32()?),
        5 => Value::I32(cursor.u32()?.cast_signed()),
        6 => Value::F32(f32::from_bits(cursor.u32()?)),
        7 => Value::Bool(cursor.u8()? != 0),
        STRING => Value::Text(Text::of(cursor.string()?)),
        10 => Value::U64(cursor.u64()?),
        11 => Value::I64(cursor.u64()?.cast_signed()),
        12 => Value::F64(f64::from_bits(cursor.u64()?)),
        kind => return Err(Unreadable::broken(format!("a value has the unknown type {kind}")).into()),
    })
}

fn list(cursor: &mut Cursor<'_>) -> Result<List, Stop> {
    let kind = cursor.u32()?;
    let count = cursor.u64()?;
    let Some((of, least)) = TYPES.get(kind as usize) else {
        return Err(Unreadable::broken(format!("a list has the unknown type {kind}")).into());
    };
    if kind == ARRAY {
        return Err(Unreadable::Unknown("a list of lists".into()).into());
    }
    if count > cursor.left() / least {
        return Err(Unreadable::broken("a list is longer than the file").into());
    }
    let mut first = Vec::new();
    let shown = count.min(GGUF_LIST_SHOWN as u64);
    for _ in 0..shown {
        first.push(single(cursor, kind)?);
    }
    if kind == STRING {
        for _ in shown..count {
            cursor.string()?;
        }
    } else {
        // Not more than the file has.
        cursor.take((count - shown) * least)?;
    }
    Ok(List { of, count, first })
}
