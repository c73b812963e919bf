//! Atom (RFC 4287): a feed as a value, and how it is written.

use std::fmt::Write;

use seedcorn_core::time::Time;

use super::xml::{line, text};

/// The media type of feeds.
pub(super) const MEDIA: &str = "application/atom+xml; charset=utf-8";

/// A feed. All addresses are absolute.
#[derive(Debug)]
pub(super) struct Feed {
    /// What it is a feed of.
    pub(super) title: String,
    /// Its own address, from which its id is made.
    pub(super) here: String,
    /// The page for people.
    pub(super) page: String,
    /// Who is named where an entry names nobody: the hub.
    pub(super) author: String,
    /// When something in it changed last; what it is of was made then, if it is empty.
    pub(super) updated: Time,
    /// The newest first.
    pub(super) entries: Vec<Entry>,
}

/// An entry.
#[derive(Debug)]
pub(super) struct Entry {
    /// A URN that is never another's.
    pub(super) id: String,
    /// Its title.
    pub(super) title: String,
    /// Its page.
    pub(super) page: String,
    /// Who made it.
    pub(super) author: String,
    /// When it was made.
    pub(super) published: Time,
    /// When it changed last.
    pub(super) updated: Time,
    /// What it is, in a few words; may be empty.
    pub(super) summary: String,
    /// Its categories.
    pub(super) tags: Vec<String>,
}

/// Tags of an entry: what is searched for by them is on its page.
const TAGS: usize = 20;

impl Feed {
    /// The feed as a document.
    pub(super) fn write(&self) -> String {
        let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
        out.push_str("<feed xmlns=\"http://www.w3.org/2005/Atom\">\n");
        field(&mut out, "id", &urn(&["feed", &self.here]));
        field(&mut out, "title", &self.title);
        field(&mut out, "updated", &self.updated.to_string());
        author(&mut out, &self.author);
        link(&mut out, "self", "application/atom+xml", &self.here);
        link(&mut out, "alternate", "text/html", &self.page);
        field(&mut out, "generator", "Seedcorn");
        for entry in &self.entries {
            entry.write(&mut out);
        }
        out.push_str("</feed>\n");
        out
    }
}

impl Entry {
    fn write(&self, out: &mut String) {
        out.push_str("<entry>\n");
        field(out, "id", &self.id);
        field(out, "title", &self.title);
        field(out, "published", &self.published.to_string());
        field(out, "updated", &self.updated.to_string());
        author(out, &self.author);
        link(out, "alternate", "text/html", &self.page);
        for tag in self.tags.iter().take(TAGS) {
            line_of(out, format_args!("<category term=\"{}\"/>", line(tag)));
        }
        if !self.summary.is_empty() {
            line_of(out, format_args!("<summary type=\"text\">{}</summary>", text(&self.summary)));
        }
        out.push_str("</entry>\n");
    }
}

fn field(out: &mut String, name: &str, value: &str) {
    line_of(out, format_args!("<{name}>{}</{name}>", line(value)));
}

/// A name must not be empty (RFC 4287 §3.2.1 wants one to read).
fn author(out: &mut String, name: &str) {
    let name = line(name);
    let name = if name.is_empty() { "unknown" } else { name.as_str() };
    line_of(out, format_args!("<author><name>{name}</name></author>"));
}

fn link(out: &mut String, rel: &str, media: &str, href: &str) {
    line_of(out, format_args!("<link rel=\"{rel}\" type=\"{media}\" href=\"{}\"/>", text(href)));
}

fn line_of(out: &mut String, line: std::fmt::Arguments<'_>) {
    // Nothing that is written into a string fails.
    let _ = writeln!(out, "{line}");
}

/// A URN made of what names something for ever: the same words, the same URN (RFC 9562 §5.8, a UUID of our own making).
pub(super) fn urn(words: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for word in words {
        hasher.update(&(word.len() as u64).to_le_bytes());
        hasher.update(word.as_bytes());
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let [a, b, c, d, e] = [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]];
    format!("urn:uuid:{a}-{b}-{c}-{d}-{e}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urns_are_uuids_of_their_words() {
        let urn_of = urn(&["feed", "http://hub.example/feed.atom"]);
        assert_eq!(urn_of, urn(&["feed", "http://hub.example/feed.atom"]));
        assert_ne!(urn(&["ab", "c"]), urn(&["a", "bc"]));
        let uuid = urn_of.strip_prefix("urn:uuid:").unwrap_or_default();
        assert_eq!(uuid.len(), 36);
        assert_eq!((&uuid[14..15], "89ab".contains(&uuid[19..20])), ("8", true), "{uuid}");
    }
}
