//! A README.md and the metadata at its head: finding, reading and judging it, and the tags that follow from it.

mod edit;
mod facet;
mod quote;
mod relation;
mod tags;
mod validate;
mod yaml;

use crate::limits;
use serde_json::{Map, Value};

pub use edit::{EditError, Field, edit};
pub use facet::{Facet, facet, facets};
pub use quote::quoted;
pub use relation::Relation;
pub use tags::{library_name, pipeline_tag, tags};
pub use validate::{Report, validate};

/// A card's metadata: names to JSON values.
pub type Metadata = Map<String, Value>;

/// A README.md, taken apart.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Card<'a> {
    /// What stands between the `---` lines; `None` if the text does not begin with such a block.
    pub yaml: Option<&'a str>,
    /// The line of the text, counted from 1, on which `yaml` begins.
    pub yaml_line: usize,
    /// The text behind the block; the whole text if there is none.
    pub body: &'a str,
}

/// Why a card's metadata cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CardError {
    /// More than [`limits::CARD_BYTES_MAX`] of YAML, or as much once its aliases are followed.
    #[error("the metadata is larger than {} bytes", limits::CARD_BYTES_MAX)]
    TooLarge,
    /// Not YAML, a key that stands twice, more than one document, or nested too deep.
    #[error("invalid YAML at line {line}, column {column}: {message}")]
    Syntax {
        /// Counted from 1, from the first line of what was parsed.
        line: usize,
        /// In characters, counted from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// A list or a single value.
    #[error("the metadata must be a mapping, such as \"license: mit\"")]
    NotAMapping,
}

/// Finds the metadata block of a README.md, exactly where the clients find it: `---` on the first line that is not
/// blank, a later line `---` to end it; `\n`, `\r\n` and `\r` end lines; a byte-order mark is skipped.
pub fn split(text: &str) -> Card<'_> {
    find(text).unwrap_or(Card { yaml: None, yaml_line: 1, body: text })
}

fn find(text: &str) -> Option<Card<'_>> {
    let fence = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    let inside = after_line_end(fence.strip_prefix("---")?)?;
    let opening = text.get(..text.len() - inside.len())?;
    let yaml_line = 1 + opening.matches('\n').count();
    let mut ends = inside.match_indices(['\n', '\r']).filter(|(at, end)| {
        // The two bytes of `\r\n` are one line end.
        *end == "\r" || !inside.get(..*at).is_some_and(|before| before.ends_with('\r'))
    });
    ends.find_map(|(end, _)| {
        let line = after_line_end(inside.get(end..)?)?;
        let rest = line.strip_prefix("---")?.trim_start_matches([' ', '\t']);
        let body = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix('\n'));
        let body = body.or_else(|| rest.is_empty().then_some(""))?;
        Some(Card { yaml: Some(inside.get(..end)?), yaml_line, body })
    })
}

fn after_line_end(text: &str) -> Option<&str> {
    text.strip_prefix("\r\n").or_else(|| text.strip_prefix(['\r', '\n']))
}

/// Reads the YAML of a card into JSON. Nothing (or only comments) is an empty mapping. Plain `yes`, `no` and `on` are
/// words, since `no` is a language; dates, numbers with leading zeroes, `.nan` and `.inf` stay as they are written.
///
/// # Errors
/// See [`CardError`]. Parsing is bounded in bytes, nodes, depth and followed aliases.
pub fn metadata(yaml: &str) -> Result<Metadata, CardError> {
    if yaml.len() > limits::CARD_BYTES_MAX {
        return Err(CardError::TooLarge);
    }
    match yaml::parse(yaml)? {
        Value::Object(metadata) => Ok(metadata),
        Value::Null => Ok(Metadata::new()),
        _ => Err(CardError::NotAMapping),
    }
}

/// The texts of a field that is either one text or a list of texts, with whatever else stands in the list left out.
pub fn texts<'a>(metadata: &'a Metadata, key: &str) -> impl Iterator<Item = &'a str> {
    let value = metadata.get(key);
    let single = value.and_then(Value::as_str);
    let list = value.and_then(Value::as_array).into_iter().flatten();
    single.into_iter().chain(list.filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use serde_json::json;

    fn yaml(text: &str) -> Option<&str> {
        split(text).yaml
    }

    #[test]
    fn blocks_as_the_clients_find_them() {
        assert_eq!(yaml("---\nmetadata: 1\n---"), Some("metadata: 1"));
        assert_eq!(yaml("   \n---\nmetadata: 1\n---"), Some("metadata: 1"));
        assert_eq!(yaml("\u{feff}---\na: 1\n---\n"), Some("a: 1"));
        assert_eq!(yaml("---\ra: 1\r---\n"), Some("a: 1"));
        assert_eq!(yaml("---\n\n--- \t\n"), Some(""));
        assert_eq!(yaml("something\n---\nmetadata: 1\n---"), None);
        assert_eq!(yaml("---\na: 1\n---oops\n"), None);
        assert_eq!(yaml("---- \na: 1\n---\n"), None);
        assert_eq!(yaml("---\n---\ntrailing\n"), None);
        assert_eq!(yaml(""), None);
    }

    #[test]
    fn the_body_and_the_line_are_kept() {
        let card = split("---\r\nlanguage: en\r\n---\r\nSome body\r\n");
        assert_eq!(card, Card { yaml: Some("language: en"), yaml_line: 2, body: "Some body\r\n" });
        assert_eq!(split("\n\n---\na: 1\n---\nb").yaml_line, 4);
        assert_eq!(split("Hello\n").body, "Hello\n");
        // An empty block followed by a real one.
        let card = split("---\r\n---\r\nlanguage: en\r\n---\r\nbody\r\n");
        assert_eq!(card.body, "body\r\n");
        assert_eq!(metadata(card.yaml.unwrap()).unwrap()["language"], "en");
    }

    #[test]
    fn many_blank_lines_are_read_once() {
        for text in [format!("---\n{}", "\n".repeat(200_000)), format!("---\r\n{}", "\r\n".repeat(200_000))] {
            assert_eq!(yaml(&text), None);
        }
    }

    #[test]
    fn numbers_are_kept_to_the_last_digit() {
        // The metadata is kept as JSON; a metric that came back changed in its last digit would be another metric.
        let text = (1..2000).map(|n| format!("m{n}: {}\n", f64::from(n) / 2003.0)).collect::<String>();
        let read = metadata(&text).unwrap();
        let json = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<Metadata>(&json).unwrap(), read);
    }

    #[test]
    fn values_become_json() {
        let read = metadata(
            "language: no\ndate: 2022-01-20\nat: 2022-01-20 10:00:00Z\nn: 20220120\nf: 0.9\nz: 007\nb: true\n\
             on: yes\nnone: ~\nempty:\nlist: [a, 1]\nmap: {k: v}\nnan: .nan\nsize: 1_000\ntext: |\n  a\n  b\n1: x\n",
        );
        let expected = json!({
            "language": "no", "date": "2022-01-20", "at": "2022-01-20 10:00:00Z", "n": 20220120, "f": 0.9,
            "z": "007", "b": true, "on": "yes", "none": null, "empty": null, "list": ["a", 1], "map": {"k": "v"},
            "nan": ".nan", "size": "1_000", "text": "a\nb\n", "1": "x",
        });
        assert_eq!(Value::Object(read.unwrap()), expected);
        assert_eq!(metadata("# only a comment\n"), Ok(Metadata::new()));
        assert_eq!(metadata(""), Ok(Metadata::new()));
        assert_eq!(metadata("[]"), Err(CardError::NotAMapping));
        assert_eq!(metadata("word"), Err(CardError::NotAMapping));
        let shared = metadata("a: &x {k: 1}\nb: *x\nc:\n  <<: *x\n  l: 2\n").unwrap();
        assert_eq!((&shared["b"], &shared["c"]), (&json!({"k": 1}), &json!({"k": 1, "l": 2})));
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, at) in [
            ("a: 1\nb: [1, 2\nc: 3\n", (3, 2)),
            ("a: 1\na: 2\n", (2, 1)),
            ("a: b: c\n", (1, 5)),
            ("a: 1\n---\nb: 2\n", (2, 1)),
            ("a: *nope\n", (1, 4)),
        ] {
            let error = metadata(text).unwrap_err();
            let CardError::Syntax { line, column, message } = &error else { unreachable!("{error:?}") };
            assert_eq!((*line, *column), at, "{text:?}: {message}");
            assert!(!message.is_empty() && !message.contains('\n'), "{message:?}");
        }
    }

    #[test]
    fn bombs_are_refused() {
        let long = format!("a: &a {}\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(40));
        assert_eq!(metadata(&long), Err(CardError::TooLarge));
        assert_eq!(metadata(&" ".repeat(limits::CARD_BYTES_MAX + 1)), Err(CardError::TooLarge));
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let before = format!("*a{}, ", n - 1).repeat(9);
            laughs.push_str(&format!("a{n}: &a{n} [{before}]\n"));
        }
        assert!(metadata(&laughs).is_err());
        assert!(metadata(&format!("a: {}", "[".repeat(100_000))).is_err());
        assert!(metadata(&"- ".repeat(100_000)).is_err());
        let nested = (0..500).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>();
        assert!(metadata(&nested).is_err());
    }
}
