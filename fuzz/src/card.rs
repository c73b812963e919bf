//! A README.md: its metadata, the judgement of it, and the tags that follow.

use std::collections::HashSet;

use seedcorn_core::card::{
    Field, Metadata, edit, library_name, metadata, pipeline_tag, split, tags, validate,
};
use seedcorn_core::limits::CARD_BYTES_MAX;
use seedcorn_core::repo::RepoKind;
use serde_json::Value;

/// Lines that a report may have of each sort.
const LINES_MAX: usize = 50;
/// YAML ends a key at this many characters unless a `?` announced it, so JSON of longer keys is no YAML.
const KEY_CHARS_MAX: usize = 1000;

/// The bytes are the text of a README.md.
pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let card = split(&text);
    let yaml = card.yaml.unwrap_or_default();
    assert!(text.ends_with(card.body));
    if card.yaml.is_some() {
        let at = yaml.as_ptr().addr() - text.as_ptr().addr();
        assert_eq!(&text[at..at + yaml.len()], yaml);
        assert_eq!(text[..at].matches('\n').count() + 1, card.yaml_line);
        assert!(at + yaml.len() + card.body.len() < text.len());
    } else {
        assert_eq!((card.body, card.yaml_line), (&*text, 1));
    }
    let read = metadata(yaml);
    let known = read.as_ref().cloned().unwrap_or_default();
    for kind in RepoKind::ALL {
        judged(&text, kind, read.is_ok());
        tagged(&known, card.body, kind);
    }
    if read.is_ok() {
        written_anew(&known);
        edited(&text, &known);
    }
    // The text is tried as bare metadata too, so that a change of its fences does not hide all that is inside.
    if let Ok(bare) = metadata(&text) {
        written_anew(&bare);
    }
}

/// A card that is changed by its fields says what it said, but for them.
fn edited(text: &str, known: &Metadata) {
    let body = split(text).body;
    assert_eq!(edit(text, &[], body).as_deref(), Ok(text));
    for field in [Field::Absent, Field::Text("no: #".into()), Field::Texts(vec!["mit".into(), "\"".into()])] {
        if let Ok(changed) = edit(text, &[("license", field)], "Other\n") {
            let card = split(&changed);
            let mut read = metadata(card.yaml.unwrap_or_default()).unwrap();
            let mut rest = known.clone();
            read.remove("license");
            rest.remove("license");
            assert_eq!((read, card.body), (rest, "Other\n"));
        }
    }
}

fn judged(text: &str, kind: RepoKind, readable: bool) {
    let report = validate(text, kind);
    assert!(report.errors.len() <= LINES_MAX && report.warnings.len() <= LINES_MAX);
    assert_eq!(report.text().lines().count(), report.errors.len() + report.warnings.len());
    if !readable {
        assert_eq!((report.errors.len(), report.warnings.len()), (1, 0));
    }
}

fn tagged(metadata: &Metadata, body: &str, kind: RepoKind) {
    let tags = tags(metadata, body, kind);
    assert!(tags.len() <= 1000);
    assert_eq!(tags.iter().collect::<HashSet<_>>().len(), tags.len(), "a tag stands twice");
    let sound =
        |tag: &str| (1..=256).contains(&tag.len()) && tag == tag.trim() && !tag.chars().any(char::is_control);
    assert!(tags.iter().all(|tag| sound(tag)));
    for word in [library_name(metadata), pipeline_tag(metadata)].into_iter().flatten() {
        assert!(sound(word));
        assert!(kind != RepoKind::Model || tags.iter().any(|tag| tag == word));
    }
    let licences = tags.iter().filter(|tag| tag.starts_with("license:")).count();
    assert!(licences == 0 || metadata.contains_key("license"), "a licence tag without a licence");
}

/// What YAML does not print is written as its number, as JSON may: whatever is not ASCII stands within quotes.
fn printed(json: &str) -> String {
    let number = |c: char| format!("\\u{:04x}", u32::from(c));
    let is_seen =
        |c: char| c.is_ascii() && c != '\u{7f}' || !(c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}'));
    json.chars().map(|c| if is_seen(c) { c.to_string() } else { number(c) }).collect()
}

/// The metadata as JSON is YAML that says the same, and goes through JSON, as the database keeps it, unchanged.
fn written_anew(known: &Metadata) {
    let json = serde_json::to_string(known).unwrap();
    assert_eq!(serde_json::from_str::<Metadata>(&json).as_ref().ok(), Some(known));
    assert!(texts_bytes(&Value::Object(known.clone())) <= CARD_BYTES_MAX);
    let json = printed(&json);
    if json.len() <= CARD_BYTES_MAX && known.values().all(short_keys) && known.keys().all(|key| short(key)) {
        assert_eq!(metadata(&json).as_ref(), Ok(known), "{json}");
    }
}

fn short(key: &str) -> bool {
    key.len() <= KEY_CHARS_MAX
}

fn short_keys(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.iter().all(short_keys),
        Value::Object(map) => map.iter().all(|(key, value)| short(key) && short_keys(value)),
        _ => true,
    }
}

fn texts_bytes(value: &Value) -> usize {
    match value {
        Value::String(text) => text.len(),
        Value::Array(list) => list.iter().map(texts_bytes).sum(),
        Value::Object(map) => map.iter().map(|(key, value)| key.len() + texts_bytes(value)).sum(),
        _ => 0,
    }
}
