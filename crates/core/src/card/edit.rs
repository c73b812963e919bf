//! A card changed by its fields: only the lines of a field that is changed are written anew, all others stay as they are,
//! comments and keys that nobody here knows among them.

use serde_json::Value;

use super::{CardError, Metadata, metadata, quoted, split};

/// What a field is to be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Field {
    /// Not there.
    Absent,
    /// One text.
    Text(String),
    /// A list of texts.
    Texts(Vec<String>),
}

/// Why a card cannot be changed by its fields.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// Its metadata cannot be read.
    #[error(transparent)]
    Unread(#[from] CardError),
    /// It is written in a way in which a field cannot be told from its neighbours.
    #[error("the metadata is written in a way that only its text can be changed")]
    Entangled,
}

/// The text of a card with these fields and this body; `body` is the whole text behind the metadata.
///
/// # Errors
/// If the result would not say exactly what was asked for, and what the card said before.
pub fn edit(text: &str, fields: &[(&str, Field)], body: &str) -> Result<String, EditError> {
    let card = split(text);
    let yaml = card.yaml.unwrap_or_default();
    let before = metadata(yaml)?;
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let mut wanted = before.clone();
    let mut lines = yaml.to_owned();
    for (key, field) in fields {
        if value(field).as_ref() == wanted.get(*key) {
            continue;
        }
        lines = put(&lines, key, field, end).ok_or(EditError::Entangled)?;
        match value(field) {
            Some(value) => wanted.insert((*key).to_owned(), value),
            None => wanted.remove(*key),
        };
    }
    let edited = assemble(text, &lines, body, end);
    if says(&edited, &wanted, body) { Ok(edited) } else { Err(EditError::Entangled) }
}

/// Whether a text, read as any other card, has this metadata and this body.
fn says(text: &str, wanted: &Metadata, body: &str) -> bool {
    let card = split(text);
    card.body == body && metadata(card.yaml.unwrap_or_default()).is_ok_and(|said| said == *wanted)
}

fn value(field: &Field) -> Option<Value> {
    match field {
        Field::Absent => None,
        Field::Text(text) => Some(Value::String(text.clone())),
        Field::Texts(texts) => Some(texts.iter().cloned().map(Value::String).collect()),
    }
}

/// Puts the block, changed or not, back to where it was.
fn assemble(text: &str, lines: &str, body: &str, end: &str) -> String {
    let card = split(text);
    let Some(yaml) = card.yaml else {
        return match lines.trim() {
            "" => body.to_owned(),
            lines => format!("---{end}{lines}{end}---{end}{body}"),
        };
    };
    // What stands around the block is kept as it is: a byte-order mark, blank lines, the dashes.
    let from = yaml.as_ptr().addr() - text.as_ptr().addr();
    let fence = &text[from + yaml.len()..text.len() - card.body.len()];
    let fence = if card.body.is_empty() && !body.is_empty() && !fence.ends_with('\n') {
        format!("{fence}{end}")
    } else {
        fence.to_owned()
    };
    format!("{}{lines}{fence}{body}", &text[..from])
}

/// The lines with one field changed; `None` if its lines cannot be told from others.
fn put(yaml: &str, key: &str, field: &Field, end: &str) -> Option<String> {
    let new = render(key, field, end);
    let mut found = None;
    let mut at = 0;
    for line in yaml.split_inclusive('\n') {
        match (&found, key_of(line)) {
            (None, Some(here)) if here == key => found = Some(at..yaml.len()),
            // The next key, or a remark above it, ends the field's lines.
            (Some(range), here) if range.end == yaml.len() && (here.is_some() || line.starts_with('#')) => {
                found = Some(range.start..at);
            }
            _ => {}
        }
        at += line.len();
    }
    let Some(range) = found else {
        // A field that is not there needs no lines; else something hides it.
        if new.is_empty() {
            return None;
        }
        let gap = if yaml.is_empty() || yaml.ends_with('\n') { "" } else { end };
        return Some(format!("{yaml}{gap}{new}"));
    };
    let (above, below) = (&yaml[..range.start], &yaml[range.end..]);
    let edited = match (new.as_str(), below) {
        ("", "") => above.trim_end_matches(['\r', '\n']).to_owned(),
        ("", below) => format!("{above}{below}"),
        (new, "") => format!("{above}{new}"),
        (new, below) => format!("{above}{new}{end}{below}"),
    };
    Some(edited)
}

/// The key that a line of the outermost mapping begins with.
fn key_of(line: &str) -> Option<String> {
    let first = line.chars().next()?;
    if first.is_whitespace()
        || matches!(first, '#' | '-' | '[' | ']' | '{' | '}' | '?' | '&' | '*' | '!' | '|' | '>')
    {
        return None;
    }
    let (key, rest) = line.split_once(':')?;
    if !(rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n'])) {
        return None;
    }
    let key = key.trim_end();
    let quoted = |mark: char| key.strip_prefix(mark).and_then(|key| key.strip_suffix(mark));
    Some(quoted('"').or_else(|| quoted('\'')).unwrap_or(key).to_owned())
}

fn render(key: &str, field: &Field, end: &str) -> String {
    match field {
        Field::Absent => String::new(),
        Field::Text(text) => format!("{key}: {}", scalar(text)),
        Field::Texts(texts) if texts.is_empty() => format!("{key}: []"),
        Field::Texts(texts) => {
            let lines = texts.iter().map(|text| format!("{end}- {}", scalar(text)));
            format!("{key}:{}", lines.collect::<String>())
        }
    }
}

/// A text as YAML of every version reads it: between quotes unless it is plainly a word.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./+".contains(&byte));
    let words = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"];
    if plain && !words.contains(&text.to_ascii_lowercase().as_str()) {
        return text.to_owned();
    }
    quoted(text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn text(text: &str) -> Field {
        Field::Text(text.into())
    }

    fn texts(all: &[&str]) -> Field {
        Field::Texts(all.iter().map(|text| (*text).to_owned()).collect())
    }

    const CARD: &str = "\u{feff}\n---\n# A remark.\nlicense: mit # why\n\nlanguage:\n- en\n- \"no\"\n# Of the odd ones.\n\
                        'odd key':   {a: [1, 2.50], b: ~}\ntags: [a,\n  b]\nbase_model: >-\n  meadow/\n  seed\nlast: 0x10\n--- \n\n# Body\n";

    #[test]
    fn only_what_is_changed_is_written_anew() {
        let body = split(CARD).body;
        assert_eq!(edit(CARD, &[], body).unwrap(), CARD);
        assert_eq!(
            edit(CARD, &[("license", text("mit")), ("tags", texts(&["a", "b"]))], body).unwrap(),
            CARD
        );
        let edited = edit(
            CARD,
            &[
                ("license", text("cc-by-4.0")),
                ("language", texts(&["en", "no", "de"])),
                ("tags", Field::Absent),
                ("base_model", text("meadow/seed-base")),
                ("pipeline_tag", text("text-generation")),
            ],
            "\n# Other\n",
        );
        let expected = "\u{feff}\n---\n# A remark.\nlicense: cc-by-4.0\nlanguage:\n- en\n- \"no\"\n- de\n# Of the odd ones.\n\
                        'odd key':   {a: [1, 2.50], b: ~}\nbase_model: meadow/seed-base\nlast: 0x10\n\
                        pipeline_tag: text-generation\n--- \n\n# Other\n";
        assert_eq!(edited.unwrap(), expected);
        let crlf = "---\r\nlicense: mit\r\nx: 1\r\n---\r\nBody\r\n";
        let edited = edit(crlf, &[("license", texts(&["a", "b"]))], "Body\r\n").unwrap();
        assert_eq!(edited, "---\r\nlicense:\r\n- a\r\n- b\r\nx: 1\r\n---\r\nBody\r\n");
    }

    #[test]
    fn a_card_without_metadata_gets_some() {
        let edited = edit("# Title\n", &[("license", text("mit"))], "# Title\n").unwrap();
        assert_eq!(edited, "---\nlicense: mit\n---\n# Title\n");
        assert_eq!(edit("", &[("license", Field::Absent)], "# New\n").unwrap(), "# New\n");
        assert_eq!(edit("---\nlicense: mit\n---", &[], "Body").unwrap(), "---\nlicense: mit\n---\nBody");
        let gone = edit("---\nlicense: mit\n---\nBody", &[("license", Field::Absent)], "Body").unwrap();
        assert_eq!(split(&gone).body, "Body");
        assert_eq!(metadata(split(&gone).yaml.unwrap()), Ok(Metadata::new()));
    }

    #[test]
    fn what_cannot_be_told_apart_is_left_alone() {
        for card in [
            "---\n{license: mit, tags: [a]}\n---\n",
            "---\n? license\n: mit\n---\n",
            "---\nlicense: &l mit\nother: *l\n---\n",
            "---\n\"licen\\u0073e\": mit\n---\n",
            "---\nnote: \"a\nlicense: b\"\nlicense: mit\n---\n",
        ] {
            let changed = edit(card, &[("license", text("other"))], "");
            assert!(changed.is_err(), "{card:?} became {changed:?}");
            assert_eq!(edit(card, &[], "").as_deref(), Ok(card));
        }
        // What another key brings can be overruled, but not taken away.
        let merged = "---\nbase: &b {license: mit}\n<<: *b\n---\n";
        assert_eq!(edit(merged, &[("license", Field::Absent)], ""), Err(EditError::Entangled));
        let edited = edit(merged, &[("license", text("other"))], "").unwrap();
        assert_eq!(edited, "---\nbase: &b {license: mit}\n<<: *b\nlicense: other\n---\n");
        // The body would be read as metadata, or as a part of it.
        assert_eq!(edit("Body", &[], "---\na: 1\n---\n"), Err(EditError::Entangled));
        assert!(matches!(edit("---\na: [\n---\n", &[], ""), Err(EditError::Unread(_))));
    }

    proptest! {
        #[test]
        fn any_text_is_read_back(one in ".*", all in proptest::collection::vec(".*", 0..4), body in "[^-\n].*") {
            let fields = [("license", Field::Text(one.clone())), ("tags", Field::Texts(all.clone()))];
            for card in ["", CARD, "---\ntags: x\nmore: {y: 1}\n---\n"] {
                if let Ok(edited) = edit(card, &fields, &body) {
                    let read = metadata(split(&edited).yaml.unwrap()).unwrap();
                    prop_assert_eq!(&read["license"], &Value::String(one.clone()));
                    prop_assert_eq!(read["tags"].as_array().unwrap().len(), all.len());
                    prop_assert_eq!(split(&edited).body, &body);
                }
            }
        }

        #[test]
        fn words_need_no_quotes_and_others_are_right_in_them(one in "[ -~é]{0,40}") {
            let edited = edit("", &[("license", Field::Text(one.clone()))], "").unwrap();
            let read = metadata(split(&edited).yaml.unwrap()).unwrap();
            prop_assert_eq!(&read["license"], &Value::String(one));
        }
    }
}
