//! Chat templates: programs in Jinja that loaders run on whatever is said to a model. One that reaches beyond what it is given runs anything
//! (CVE-2024-34359, CVE-2026-5760). Nothing is rendered here: the words of a template are compared with those that only write text.

mod judge;
mod words;

use seedcorn_core::scan::{Found, Verdict};
use serde_json::Value;

/// Bytes of a template that is looked into.
const TEMPLATE_BYTES_MAX: usize = 64 << 10;
/// Templates of one file.
const TEMPLATES_MAX: usize = 64;
/// What keys of a GGUF that hold templates begin with.
pub const GGUF_KEY: &str = "tokenizer.chat_template";

/// A template, and what it is called; the usual one is called nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Template {
    /// Its name, where a file has several.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Whether a file of this path holds templates, to be read whole.
pub fn holds_templates(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["tokenizer_config.json", "processor_config.json", "chat_template.json"].contains(&name)
        || name.ends_with(".jinja")
        || name.ends_with(".jinja2")
}

/// The templates in a file, by its path.
pub fn templates(path: &str, bytes: &[u8]) -> Vec<Template> {
    let text = String::from_utf8_lossy(bytes);
    if path.ends_with(".jinja") || path.ends_with(".jinja2") {
        return vec![Template { name: String::new(), text: text.into_owned() }];
    }
    let value: Value = serde_json::from_str(&text).unwrap_or_default();
    let one =
        |name: &str, text: &Value| Some(Template { name: name.to_owned(), text: text.as_str()?.to_owned() });
    let all: Vec<Template> = match &value["chat_template"] {
        Value::Array(all) => all
            .iter()
            .filter_map(|named| one(named["name"].as_str().unwrap_or_default(), &named["template"]))
            .collect(),
        Value::Object(all) => all.iter().filter_map(|(name, text)| one(name, text)).collect(),
        text => one("", text).into_iter().collect(),
    };
    all.into_iter().take(TEMPLATES_MAX + 1).collect()
}

/// A configuration with its chat templates as the lines that they are, and not as one line of escapes, for people to compare; none of what
/// has no template. What stands around them is spelled anew.
pub fn unfold(path: &str, text: &str) -> Option<String> {
    if !holds_templates(path) || !path.ends_with(".json") {
        return None;
    }
    let mut value: Value = serde_json::from_str(text).ok()?;
    let found = templates(path, text.as_bytes());
    if found.is_empty() {
        return None;
    }
    value["chat_template"] = Value::String("below, line by line".into());
    let mut out = serde_json::to_string_pretty(&value).ok()?;
    for template in &found {
        let name = if template.name.is_empty() { String::new() } else { format!(" {:?}", template.name) };
        out.push_str(&format!("\n\nchat template{name}:\n{}", template.text));
    }
    out.push('\n');
    Some(out)
}

/// What of some templates may harm whoever renders one.
pub fn look(templates: &[Template]) -> Found {
    let mut found = Found::default();
    if templates.len() > TEMPLATES_MAX {
        found.add(Verdict::Unscannable, format!("it has more than {TEMPLATES_MAX} chat templates"));
    }
    for template in templates {
        let named = match template.name.as_str() {
            "" => "the chat template".to_owned(),
            name => format!("the chat template {name:?}"),
        };
        if template.text.len() > TEMPLATE_BYTES_MAX {
            let most = TEMPLATE_BYTES_MAX >> 10;
            found.add(Verdict::Unscannable, format!("{named} is longer than {most} KiB"));
            continue;
        }
        match words::read(&template.text) {
            Ok(tags) => judge::judge(&tags, |verdict, why| found.add(verdict, format!("{named} {why}"))),
            Err(why) => found.add(Verdict::Suspicious, format!("{named} cannot be read: {why}")),
        }
    }
    found
}

#[cfg(test)]
mod tests;
