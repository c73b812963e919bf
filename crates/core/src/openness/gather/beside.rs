//! What a card's metadata say of the terms beside `license`.

use serde_json::Value;

use super::super::held::holds_back;
use super::super::seen::{File, Reading, Release};
use super::super::terms::Restriction;
use crate::card;

/// Things that are told: more say nothing more.
const TOLD_MAX: usize = 8;
/// Keys whose texts are examples, figures and columns, and no terms.
const NO_TERMS: [&str; 5] = ["widget", "model-index", "dataset_info", "configs", "datasets"];
/// Characters of what is told of a value.
const SAID_CHARS_MAX: usize = 120;
/// Places where well-known licences are, in lower case.
const WELL_KNOWN: &[&str] = &[
    "apache.org/licenses/license-2.0",
    "opensource.org/license",
    "choosealicense.com/licenses/",
    "creativecommons.org/licenses/by/",
    "creativecommons.org/licenses/by-sa/",
    "creativecommons.org/publicdomain/",
    "spdx.org/licenses/",
];

/// What the metadata say of the terms in other places than `license`: other keys of that name, tags, a link to a text that
/// nobody read, and whatever holds something back.
pub(super) fn beside_license(release: &Release) -> Vec<(String, Option<Restriction>)> {
    let mut all = Vec::new();
    let named: Vec<String> =
        card::texts(&release.metadata, "license").map(|name| name.trim().to_ascii_lowercase()).collect();
    let other = named == ["other"];
    for (key, value) in &release.metadata {
        let lower = key.to_ascii_lowercase();
        if NO_TERMS.contains(&lower.as_str()) {
            continue;
        }
        let mut texts = Vec::new();
        collect(value, &mut texts);
        for text in texts {
            let told = || format!("{key}: {}", text.trim().chars().take(SAID_CHARS_MAX).collect::<String>());
            let value = text.trim().to_ascii_lowercase();
            let tagged = value.strip_prefix("license:").filter(|_| lower == "tags");
            let is_license = lower.contains("license") || lower.contains("licence");
            let says_other = match lower.as_str() {
                // They are looked at on their own.
                "license" | "license_name" | "license_details" => false,
                "license_link" => {
                    !other
                        && !is_at_home(release, &value)
                        && !WELL_KNOWN.iter().any(|place| value.contains(place))
                }
                _ if is_license => !named.contains(&value),
                _ => tagged.is_some_and(|name| !named.iter().any(|known| known == name)),
            };
            let held = if lower == "license" { None } else { holds_back(text) };
            if (says_other || held.is_some()) && all.len() < TOLD_MAX {
                all.push((told(), held));
            }
        }
    }
    all
}

/// Whether a link leads to a licence of the release itself: by its path, or by its page on a hub.
fn is_at_home(release: &Release, link: &str) -> bool {
    if !link.contains("://") {
        return true;
    }
    let name = release.name.to_ascii_lowercase();
    let mut parts = link.split('/').skip_while(|part| *part != name).skip(1);
    let page = parts.next().is_some_and(|part| ["blob", "resolve", "raw"].contains(&part));
    let file = parts.skip(1).collect::<Vec<_>>().join("/");
    let there =
        |one: &File| one.path.eq_ignore_ascii_case(&file) && matches!(one.reading, Reading::License(_));
    page && !name.is_empty() && release.files.iter().any(there)
}

/// All texts within a value.
fn collect<'a>(value: &'a Value, texts: &mut Vec<&'a str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(all) => all.iter().for_each(|one| collect(one, texts)),
        Value::Object(all) => all.values().for_each(|one| collect(one, texts)),
        _ => {}
    }
}
