//! What a file says about itself, where that may harm: headers of tensors that cannot be right, and programs that loaders find in texts.

use std::ops::Range;

use seedcorn_core::scan::{Found, Verdict};
use serde_json::Value;

use crate::gguf::{self, Reading};
use crate::safetensors;
use crate::template::{self, Template};

/// Bytes of a text that is read whole.
const TEXT_BYTES_MAX: u64 = 16 << 20;
/// Bytes in which the length of a safetensors header stands.
const LENGTH_BYTES: u64 = 8;
/// Classes that are told of a configuration.
const CLASSES_MAX: usize = 10;

/// What is read of a file, and how.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Told {
    kind: Kind,
    /// Its beginning, up to here, is wanted.
    wants: u64,
}

/// As what a file of this path is read, where its name says so.
pub(super) fn read_as(path: &str) -> Option<&'static str> {
    match Told::by_name(path, 1)?.kind {
        Kind::Gguf => Some("GGUF"),
        Kind::Safetensors => Some("safetensors"),
        Kind::Text(path) if path.ends_with(".json") => Some("config"),
        Kind::Text(_) | Kind::TooLong => Some("template"),
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
enum Kind {
    Gguf,
    Safetensors,
    /// A text that may hold templates or name classes, by its path.
    Text(String),
    /// A text that is too long for that.
    TooLong,
}

impl Told {
    /// By a name that loaders go by.
    pub(super) fn by_name(path: &str, bytes: u64) -> Option<Told> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let kind = if name.ends_with(".safetensors") {
            Kind::Safetensors
        } else if name.ends_with(".gguf") {
            Kind::Gguf
        } else if template::holds_templates(path) || name == "config.json" || name.ends_with("_config.json") {
            if bytes <= TEXT_BYTES_MAX { Kind::Text(path.to_owned()) } else { Kind::TooLong }
        } else {
            return None;
        };
        Told::new(kind, bytes)
    }

    /// By what stands at its beginning.
    pub(super) fn by_head(head: &[u8], bytes: u64) -> Option<Told> {
        if head.starts_with(b"GGUF") { Told::new(Kind::Gguf, bytes) } else { None }
    }

    fn new(kind: Kind, bytes: u64) -> Option<Told> {
        let wants = match kind {
            Kind::Gguf => gguf::FIRST_BYTES,
            Kind::Safetensors => LENGTH_BYTES,
            Kind::Text(_) => bytes,
            Kind::TooLong => 1,
        };
        let wants = wants.min(bytes);
        (wants > 0).then_some(Told { kind, wants })
    }

    /// The bytes that are wanted next.
    pub(super) fn wants(&self) -> Range<u64> {
        0..self.wants
    }

    /// Takes them; what was found, once all is known.
    pub(super) fn take(&mut self, bytes: &[u8], file_bytes: u64) -> Option<Found> {
        let mut found = Found::default();
        match &self.kind {
            Kind::Text(path) => text(path, bytes, &mut found),
            Kind::TooLong => found.add(Verdict::Unscannable, "it is too long for a configuration"),
            Kind::Gguf => match gguf::read(bytes, file_bytes) {
                Ok(Reading::More(wanted)) => {
                    self.wants = wanted;
                    return None;
                }
                Ok(Reading::Whole(header)) => of_gguf(&header, &mut found),
                Err(why) => found.add(Verdict::Unscannable, format!("its header cannot be read: {why}")),
            },
            Kind::Safetensors if bytes.len() as u64 <= LENGTH_BYTES => {
                match safetensors::header_bytes(bytes, file_bytes) {
                    Ok(header) if LENGTH_BYTES + header > self.wants => {
                        self.wants = LENGTH_BYTES + header;
                        return None;
                    }
                    Ok(_) => found.add(Verdict::Unscannable, "it has no header"),
                    Err(why) => found.add(Verdict::Unscannable, format!("its header cannot be read: {why}")),
                }
            }
            Kind::Safetensors => match safetensors::parse(&bytes[LENGTH_BYTES as usize..], file_bytes) {
                Ok(header) => names(header.tensors.iter().map(|tensor| tensor.name.as_str()), &mut found),
                Err(why) => found.add(Verdict::Unscannable, format!("its header cannot be read: {why}")),
            },
        }
        Some(found)
    }
}

/// Names of tensors become names of files where a model is taken apart.
fn names<'a>(mut all: impl Iterator<Item = &'a str>, found: &mut Found) {
    let leaves = |name: &str| {
        name.starts_with(['/', '\\'])
            || name.split(['/', '\\']).any(|part| part == "..")
            || name.contains('\0')
    };
    if let Some(name) = all.find(|name| leaves(name)) {
        let name: String = name.chars().take(60).collect();
        found.add(Verdict::Suspicious, format!("a tensor is called {name:?}, which leads out of a folder"));
    }
}

fn of_gguf(header: &gguf::Header, found: &mut Found) {
    names(header.tensors.iter().map(|tensor| tensor.name.as_str()), found);
    let templates = header.pairs.iter().filter_map(|(key, value)| {
        let name = key.strip_prefix(template::GGUF_KEY)?.trim_start_matches('.');
        Some(Template { name: name.to_owned(), text: value.text()?.to_owned() })
    });
    found.part("", template::look(&templates.collect::<Vec<_>>()));
}

fn text(path: &str, bytes: &[u8], found: &mut Found) {
    found.part("", template::look(&template::templates(path, bytes)));
    if !path.ends_with(".json") {
        return;
    }
    let value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        // Python reads what is no JSON: NaN, halves of characters, numbers without end.
        Err(error) => {
            return found.add(
                Verdict::Unscannable,
                format!("it is no JSON, and may be read otherwise elsewhere: {error}"),
            );
        }
    };
    let classes = value["auto_map"].as_object().into_iter().flatten();
    let mut code: Vec<String> = classes.flat_map(|(_, class)| modules(class)).collect();
    code.sort();
    code.dedup();
    code.truncate(CLASSES_MAX);
    found.runs.extend(code);
}

/// The files that a class of `auto_map` is in: `modeling.Model`, `owner/repo--modeling.Model`, or a list of those.
fn modules(class: &Value) -> Vec<String> {
    match class {
        Value::String(text) => {
            let (repo, class) =
                text.split_once("--").map_or(("", text.as_str()), |(repo, class)| (repo, class));
            let module = class.rsplit_once('.').map_or(class, |(module, _)| module);
            let file = format!("{}.py", module.replace('.', "/"));
            let named = if repo.is_empty() { file } else { format!("{file} of {repo}") };
            vec![named.chars().take(200).collect()]
        }
        Value::Array(all) => all.iter().filter(|one| one.is_string()).flat_map(modules).collect(),
        _ => Vec::new(),
    }
}
