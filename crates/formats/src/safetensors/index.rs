//! `model.safetensors.index.json`: which file of a large model has which tensor.

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::Unreadable;
use crate::limits::{SAFETENSORS_FILES_MAX, SAFETENSORS_INDEX_BYTES_MAX, TENSORS_MAX};
use crate::unreadable::{json, quoted};

/// Which file has which tensor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Index {
    /// The files in the order in which they are first named; paths that lead neither up nor out.
    pub files: Vec<String>,
    /// Each tensor, and the number of its file in `files`; in the order of their names.
    pub tensors: Vec<(String, usize)>,
    /// `metadata.total_size`: bytes of all tensors, as the writer counted.
    pub total_bytes: Option<u64>,
}

/// Reads an index file, all of it.
///
/// # Errors
///
/// It is no such JSON, a name stands twice, or a file's path leads out of the folder.
pub fn index(bytes: &[u8]) -> Result<Index, Unreadable> {
    if bytes.len() > SAFETENSORS_INDEX_BYTES_MAX {
        return Err(Unreadable::too_much("bytes of index", SAFETENSORS_INDEX_BYTES_MAX));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::broken("it is not UTF-8"))?;
    let mut index: Index = serde_json::from_str(text).map_err(|error| json(&error))?;
    index.tensors.sort_unstable();
    if let Some(two) = index.tensors.windows(2).find(|two| two[0].0 == two[1].0) {
        return Err(Unreadable::broken(format!("tensor {} stands twice", quoted(&two[0].0))));
    }
    match index.files.iter().find(|file| !stays_inside(file)) {
        Some(file) => Err(Unreadable::broken(format!("{} leads out of the folder", quoted(file)))),
        None => Ok(index),
    }
}

fn stays_inside(path: &str) -> bool {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    path.split('/').all(is_plain) && !path.contains(|c: char| c == '\\' || c.is_control())
}

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(IndexVisitor)
    }
}

struct IndexVisitor;

impl<'de> Visitor<'de> for IndexVisitor {
    type Value = Index;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an index of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Index, A::Error> {
        let (mut index, mut map, mut total) = (Index::default(), None, None);
        while let Some(field) = from.next_key::<String>()? {
            let twice = match field.as_str() {
                "weight_map" => map.replace(from.next_value::<WeightMap>()?).is_some(),
                "metadata" => total.replace(from.next_value::<TotalSize>()?).is_some(),
                _ => {
                    from.next_value::<IgnoredAny>()?;
                    false
                }
            };
            if twice {
                return Err(A::Error::custom(format!("{field} stands twice")));
            }
        }
        let Some(WeightMap { files, tensors }) = map else {
            return Err(A::Error::custom("it has no weight_map"));
        };
        index.files = files;
        index.tensors = tensors;
        index.total_bytes = total.and_then(|TotalSize(bytes)| bytes);
        Ok(index)
    }
}

struct WeightMap {
    files: Vec<String>,
    tensors: Vec<(String, usize)>,
}

impl<'de> Deserialize<'de> for WeightMap {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(WeightMapVisitor)
    }
}

struct WeightMapVisitor;

impl<'de> Visitor<'de> for WeightMapVisitor {
    type Value = WeightMap;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object from tensors to files")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<WeightMap, A::Error> {
        let mut numbers: HashMap<String, usize> = HashMap::new();
        let (mut files, mut tensors) = (Vec::new(), Vec::new());
        while let Some((tensor, file)) = from.next_entry::<String, String>()? {
            if tensors.len() >= TENSORS_MAX {
                return Err(A::Error::custom("too many tensors"));
            }
            let number = match numbers.get(&file) {
                Some(number) => *number,
                None if files.len() >= SAFETENSORS_FILES_MAX => {
                    return Err(A::Error::custom("too many files"));
                }
                None => {
                    files.push(file.clone());
                    numbers.insert(file, files.len() - 1);
                    files.len() - 1
                }
            };
            tensors.push((tensor, number));
        }
        Ok(WeightMap { files, tensors })
    }
}

/// `metadata`, of which only `total_size` is wanted. Some writers make a floating-point number of it, some a text; what
/// is no count is as good as none.
struct TotalSize(Option<u64>);

impl<'de> Deserialize<'de> for TotalSize {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_option(TotalSizeVisitor)
    }
}

struct TotalSizeVisitor;

impl<'de> Visitor<'de> for TotalSizeVisitor {
    type Value = TotalSize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_unit<E: Error>(self) -> Result<TotalSize, E> {
        Ok(TotalSize(None))
    }

    fn visit_none<E: Error>(self) -> Result<TotalSize, E> {
        Ok(TotalSize(None))
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<TotalSize, D::Error> {
        from.deserialize_map(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<TotalSize, A::Error> {
        let mut total = None;
        while let Some(field) = from.next_key::<String>()? {
            if field == "total_size" {
                total = count(&from.next_value::<serde_json::Value>()?);
            } else {
                from.next_value::<IgnoredAny>()?;
            }
        }
        Ok(TotalSize(total))
    }
}

fn count(value: &serde_json::Value) -> Option<u64> {
    let float = value.as_f64().filter(|float| float.fract() == 0.0 && (0.0..=1e18).contains(float));
    value.as_u64().or(float.map(|float| float as u64))
}
