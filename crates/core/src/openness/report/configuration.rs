//! A verdict as a configuration file of the Model Openness Tool (its schema `mof_schema.json` at commit `8b5d30e`). It lists
//! what is sure and nothing else, so that what the tool makes of it was seen here before.

use std::fmt::Write;

use super::super::finding::{Evidence, Place, Presence};
use super::super::tally::Status;
use super::super::terms::Open;
use super::super::verdict::{Part, Verdict};
use super::place;

/// What a file says besides the parts.
#[derive(Clone, Debug, Default)]
pub struct About<'a> {
    /// The release's name.
    pub name: &'a str,
    /// Which revision it is.
    pub version: &'a str,
    /// The day of the grading, as `2026-01-31`.
    pub date: &'a str,
    /// Who made it.
    pub producer: &'a str,
    /// The architecture, if it is known.
    pub architecture: &'a str,
    /// Where it is, as a URL; may be empty.
    pub address: &'a str,
}

/// The file.
pub fn write(about: &About<'_>, verdict: &Verdict) -> String {
    let mut out = String::from(
        "framework:\n  name: Model Openness Framework\n  version: '1.0'\n  date: '2024-12-15'\nrelease:\n",
    );
    let fields = [
        ("name", about.name),
        ("version", about.version),
        ("date", about.date),
        ("type", "other"),
        ("architecture", about.architecture),
        ("origin", ""),
        ("producer", about.producer),
        ("contact", ""),
        ("repository", about.address),
        ("huggingface", ""),
    ];
    for (key, value) in fields {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "  {key}: {}", quoted(value));
    }
    let listed: Vec<&Part> = verdict.parts.iter().filter(|part| is_sure(part)).collect();
    if listed.is_empty() {
        out.push_str("  components: []\n");
        return out;
    }
    out.push_str("  components:\n");
    for part in listed {
        let _ = writeln!(out, "  - name: {}", quoted(part.component.name()));
        let seen = part.evidence.first();
        let _ = writeln!(out, "    description: {}", quoted(seen.map_or("", |one| &one.excerpt)));
        let at = seen.map(path).unwrap_or_default();
        let _ = writeln!(out, "    component_path: {}", quoted(&at));
        // The tool knows ids by their spelling; without one it would let a licence of the whole hold.
        let license = match part.license.as_ref().map(|license| &license.terms) {
            None => "unlicensed".to_owned(),
            Some(terms) if terms.open == Open::Yes && part.status == Status::Included => terms.name.clone(),
            // The tool goes by the name alone, and what is beside a licence has none.
            Some(terms) => format!("{} (not open as it is here)", terms.name),
        };
        let _ = writeln!(out, "    license: {}", quoted(&license));
        let text = part.license.as_ref().and_then(|license| license.evidence.first());
        // Of what a library has there is no licence here.
        let at = text.filter(|one| one.rule.starts_with("license.")).map(path).unwrap_or_default();
        let _ = writeln!(out, "    license_path: {}", quoted(&at));
    }
    out
}

/// Where something is, without its line: a path that can be checked.
fn path(one: &Evidence) -> String {
    place(&Place { line: None, ..one.place.clone() })
}

fn is_sure(part: &Part) -> bool {
    let sure = part.evidence.iter().any(|one| one.level.confirms());
    sure && matches!(part.presence, Presence::Present | Presence::ByReference)
}

/// A text as YAML has it between double marks (YAML 1.2.2, section 7.3.1), where everything can stand.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}') => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}
