//! What a card's metadata say of the terms beside `license`.

use serde_json::Value;

use super::super::held::holds_back;
use super::super::seen::Release;
use super::super::terms::Restriction;
use crate::card;

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
                    let at_home = !value.contains("://");
                    !other && !at_home && !WELL_KNOWN.iter().any(|place| value.contains(place))
                }
                _ if is_license => !named.contains(&value),
                _ => tagged.is_some_and(|name| !named.iter().any(|known| known == name)),
            };
            let held = if lower == "license" { None } else { holds_back(text) };
            if says_other || held.is_some() {
                all.push((told(), held));
            }
        }
    }
    all
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
