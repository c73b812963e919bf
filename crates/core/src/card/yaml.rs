//! YAML into JSON values with a budget on what it may grow to, since one anchor can be repeated at will.

use std::cell::Cell;
use std::fmt;

use serde::Deserializer;
use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::CardError;
use crate::limits;

/// Nested lists and mappings.
const DEPTH_MAX: usize = 40;
/// Scalars, lists and mappings, counted without what aliases repeat.
const NODES_MAX: usize = 100_000;
/// Parts that aliases repeat.
const REPEATED_MAX: usize = 20_000;
/// Characters of the parser's own message that are passed on.
const MESSAGE_CHARS_MAX: usize = 200;

/// Parses one YAML document.
pub(super) fn parse(yaml: &str) -> Result<Value, CardError> {
    let left = Cell::new(limits::CARD_BYTES_MAX);
    let too_large = Cell::new(false);
    let budget = Budget { left: &left, too_large: &too_large };
    let parsed = serde_saphyr::with_deserializer_from_str_with_options(yaml, options(), |deserializer| {
        budget.deserialize(deserializer)
    });
    parsed.map_err(|error| if too_large.get() { CardError::TooLarge } else { syntax(&error) })
}

fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_depth: DEPTH_MAX,
            flow_nesting_limit: DEPTH_MAX,
            max_nodes: NODES_MAX,
            max_documents: 1,
        },
        alias_limits: serde_saphyr::alias_limits! { max_total_replayed_events: REPEATED_MAX },
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        non_finite_float_policy: serde_saphyr::NonFiniteFloatPolicy::AsString,
        with_snippet: false,
    }
}

fn syntax(error: &serde_saphyr::Error) -> CardError {
    let (line, column) = error.location().map_or((1, 1), |at| (at.line() as usize, at.column() as usize));
    let full = error.render_with_formatter(&serde_saphyr::UserMessageFormatter);
    // The place is told apart from the message, and only its first line is for people.
    let first = full.lines().next().unwrap_or_default();
    let message = first.split(" at line ").next().unwrap_or(first).chars().take(MESSAGE_CHARS_MAX).collect();
    CardError::Syntax { line, column, message }
}

/// Builds values as long as their texts and nodes fit into what is left.
#[derive(Clone, Copy)]
struct Budget<'b> {
    left: &'b Cell<usize>,
    too_large: &'b Cell<bool>,
}

impl Budget<'_> {
    fn take<E: serde::de::Error>(self, bytes: usize) -> Result<(), E> {
        match self.left.get().checked_sub(bytes) {
            Some(left) => {
                self.left.set(left);
                Ok(())
            }
            None => {
                self.too_large.set(true);
                Err(E::custom("the metadata is too large"))
            }
        }
    }
}

impl<'de> DeserializeSeed<'de> for Budget<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Budget<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("not a finite number"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.take(text.len())?;
        Ok(Value::String(text.to_owned()))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Value, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(value) = from.next_element_seed(self)? {
            self.take(1)?;
            list.push(value);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = from.next_key_seed(Key(self))? {
            let value = from.next_value_seed(self)?;
            if map.insert(key, value).is_some() {
                return Err(A::Error::custom("a key stands twice"));
            }
        }
        Ok(Value::Object(map))
    }
}

/// A key of a mapping: a text, or another scalar as it is written.
struct Key<'b>(Budget<'b>);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<String, D::Error> {
        from.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<String, E> {
        self.0.take(text.len().max(1))?;
        Ok(text.to_owned())
    }
}
