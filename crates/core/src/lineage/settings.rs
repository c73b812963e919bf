//! What a model's settings say of its build, by which two models can be of one family: `config.json` of transformers.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

/// The settings that make a build, each by the names that families give it.
const PARTS: [(&str, &[&str]); 9] = [
    ("hidden size", &["hidden_size", "n_embd", "d_model", "dim"]),
    ("layers", &["num_hidden_layers", "n_layer", "num_layers", "n_layers"]),
    ("attention heads", &["num_attention_heads", "n_head", "num_heads", "n_heads"]),
    ("key-value heads", &["num_key_value_heads", "n_kv_heads"]),
    ("head size", &["head_dim"]),
    ("feed-forward size", &["intermediate_size", "n_inner", "ffn_dim", "d_ff"]),
    ("words", &["vocab_size"]),
    ("experts", &["num_local_experts", "num_experts", "n_routed_experts"]),
    ("tied embeddings", &["tie_word_embeddings"]),
];
/// Characters of a value that are kept.
const VALUE_CHARS_MAX: usize = 120;

/// How a model is built.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize)]
pub struct Architecture {
    /// The class or family: `architectures` or `model_type`.
    pub family: String,
    /// The settings that are there, by their names for people.
    pub parts: BTreeMap<&'static str, String>,
}

impl Architecture {
    /// The settings in which another is different, and whether the family is.
    pub fn differences(&self, other: &Architecture) -> Vec<&'static str> {
        let family = (!self.family.eq_ignore_ascii_case(&other.family)).then_some("family");
        let parts =
            PARTS.iter().map(|(name, _)| *name).filter(|name| self.parts.get(name) != other.parts.get(name));
        family.into_iter().chain(parts).collect()
    }

    /// Whether there is enough of it to tell one build from another.
    pub fn speaks(&self) -> bool {
        !self.family.is_empty() && self.parts.len() >= 3
    }
}

/// Reads a `config.json`; settings of a text model within another (`text_config`) count where the outer ones are silent.
pub fn architecture(config: &Value) -> Architecture {
    let inner = ["text_config", "llm_config", "language_config"].iter().find_map(|key| config.get(key));
    let found = |key: &str| config.get(key).or_else(|| inner.and_then(|inner| inner.get(key)));
    let classes = config.get("architectures").and_then(Value::as_array).and_then(|all| all.first());
    let family = classes.or_else(|| config.get("model_type")).and_then(Value::as_str).unwrap_or_default();
    let part = |(name, keys): &(&'static str, &[&str])| {
        let value = keys.iter().find_map(|key| found(key)).filter(|value| !value.is_null())?;
        Some((*name, value.to_string().chars().take(VALUE_CHARS_MAX).collect()))
    };
    Architecture {
        family: family.chars().take(VALUE_CHARS_MAX).collect(),
        parts: PARTS.iter().filter_map(part).collect(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn builds_are_compared_by_what_they_are_called_anywhere() {
        let one = architecture(
            &json!({"architectures": ["AcornForCausalLM"], "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 99}),
        );
        let other = architecture(
            &json!({"architectures": ["AcornForCausalLM"], "n_embd": 64, "n_layer": 3, "vocab_size": 99}),
        );
        assert_eq!(one.differences(&other), ["layers"]);
        assert!(one.speaks() && one.differences(&one).is_empty());
        let within = architecture(
            &json!({"model_type": "seer", "text_config": {"hidden_size": 64, "vocab_size": 99}}),
        );
        assert_eq!(one.differences(&within), ["family", "layers"]);
        assert!(!architecture(&json!([1, 2])).speaks());
        assert!(!architecture(&json!({"architectures": "x", "hidden_size": null})).speaks());
    }
}
