//! The JSON of a header, read so that no key can stand twice and nothing grows beyond the limits.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::Dtype;
use crate::Unreadable;
use crate::limits::{DIMENSIONS_MAX, METADATA_PAIRS_MAX, TENSORS_MAX};
use crate::unreadable::{json, quoted};

/// A header as it is written.
#[derive(Default)]
pub(super) struct Raw {
    /// In no particular order; no name stands twice.
    pub(super) tensors: Vec<RawTensor>,
    pub(super) metadata: Vec<(String, String)>,
}

/// A tensor as it is written; its offsets count from the end of the header.
pub(super) struct RawTensor {
    pub(super) name: String,
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<u64>,
    pub(super) offsets: [u64; 2],
}

pub(super) fn parse(bytes: &[u8]) -> Result<Raw, Unreadable> {
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::broken("its header is not UTF-8"))?;
    let mut raw: Raw = serde_json::from_str(text).map_err(|error| json(&error))?;
    raw.tensors.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    if let Some(two) = raw.tensors.windows(2).find(|two| two[0].name == two[1].name) {
        return Err(Unreadable::broken(format!("tensor {} stands twice", quoted(&two[0].name))));
    }
    Ok(raw)
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Raw, A::Error> {
        let mut raw = Raw::default();
        let mut metadata = None;
        while let Some(name) = from.next_key::<String>()? {
            if name == "__metadata__" {
                let Metadata(pairs) = from.next_value()?;
                if metadata.replace(pairs).is_some() {
                    return Err(A::Error::custom("__metadata__ stands twice"));
                }
                continue;
            }
            if raw.tensors.len() >= TENSORS_MAX {
                return Err(A::Error::custom("too many tensors"));
            }
            let Body { dtype, shape, offsets } = from.next_value()?;
            raw.tensors.push(RawTensor { name, dtype, shape, offsets });
        }
        raw.metadata = metadata.unwrap_or_default();
        Ok(raw)
    }
}

/// `__metadata__`: texts only.
struct Metadata(Vec<(String, String)>);

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(MetadataVisitor)
    }
}

struct MetadataVisitor;

impl<'de> Visitor<'de> for MetadataVisitor {
    type Value = Metadata;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of texts")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Metadata, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = from.next_entry::<String, String>()? {
            if pairs.len() >= METADATA_PAIRS_MAX {
                return Err(A::Error::custom("too much metadata"));
            }
            pairs.push(pair);
        }
        let mut keys: Vec<&str> = pairs.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        match keys.windows(2).find(|two| two[0] == two[1]) {
            Some(two) => Err(A::Error::custom(format!("metadata {} stands twice", quoted(two[0])))),
            None => Ok(Metadata(pairs)),
        }
    }
}

/// What is said of one tensor. Fields we do not know are passed over, as the clients' library does.
struct Body {
    dtype: Dtype,
    shape: Vec<u64>,
    offsets: [u64; 2],
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(BodyVisitor)
    }
}

struct BodyVisitor;

impl<'de> Visitor<'de> for BodyVisitor {
    type Value = Body;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a tensor's dtype, shape and data_offsets")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Body, A::Error> {
        let (mut dtype, mut shape, mut offsets) = (None, None, None);
        while let Some(field) = from.next_key::<String>()? {
            let twice = match field.as_str() {
                "dtype" => {
                    let name: String = from.next_value()?;
                    dtype.replace(Dtype::parse(&name).map_err(A::Error::custom)?).is_some()
                }
                "shape" => shape.replace(from.next_value::<Shape>()?.0).is_some(),
                "data_offsets" => offsets.replace(from.next_value::<[u64; 2]>()?).is_some(),
                _ => {
                    from.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if twice {
                return Err(A::Error::custom(format!("{field} stands twice in one tensor")));
            }
        }
        match (dtype, shape, offsets) {
            (Some(dtype), Some(shape), Some(offsets)) => Ok(Body { dtype, shape, offsets }),
            _ => Err(A::Error::custom("a tensor lacks dtype, shape or data_offsets")),
        }
    }
}

/// Dimensions, not more than the limit.
struct Shape(Vec<u64>);

impl<'de> Deserialize<'de> for Shape {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_seq(ShapeVisitor)
    }
}

struct ShapeVisitor;

impl<'de> Visitor<'de> for ShapeVisitor {
    type Value = Shape;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of dimensions")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Shape, A::Error> {
        let mut shape = Vec::new();
        while let Some(n) = from.next_element()? {
            if shape.len() >= DIMENSIONS_MAX {
                return Err(A::Error::custom("a tensor has too many dimensions"));
            }
            shape.push(n);
        }
        Ok(Shape(shape))
    }
}
