//! A work as search machines want it told: JSON-LD with the words of schema.org, in a block of data on its page.

use seedcorn_commons::browse::{self, Listing};
use seedcorn_commons::{Result, finding};
use seedcorn_core::paper::Facts;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::{card, license, limits};
use serde_json::{Map, Value, json};

use crate::app::App;
use crate::web::head::Opened;
use crate::web::made::Key;
use crate::web::urls;

/// Tags told as keywords.
const KEYWORDS_TOLD: usize = 60;
/// Authors that are told; the page has them all.
const AUTHORS_TOLD: usize = 100;

/// The block of a repo's front page; empty for a private one.
pub(crate) async fn data(app: &App, opened: &Opened, base: &str, description: &str) -> Result<String> {
    if opened.head.private {
        return Ok(String::new());
    }
    let mut text = block(&Value::Object(described(app, opened, base, description).await?));
    let key = Key::of(opened.grant.repo(), "main", base, opened.commit.oid);
    if let Some(key) = key {
        let files = match app.made.files.get(&key) {
            Some(kept) => kept,
            None => app.made.files.put(key, files(app, opened, base).await?),
        };
        // One more pair of the object.
        text.pop();
        text.push_str(&files);
        text.push('}');
    }
    Ok(text)
}

/// What schema.org calls it: a model is none of its kinds.
fn kind(kind: RepoKind) -> &'static str {
    match kind {
        RepoKind::Model => "CreativeWork",
        RepoKind::Dataset => "Dataset",
        RepoKind::Space | RepoKind::Code => "SoftwareSourceCode",
        RepoKind::Paper => "ScholarlyArticle",
    }
}

async fn described(app: &App, opened: &Opened, base: &str, description: &str) -> Result<Map<String, Value>> {
    let owner = finding::owner(&app.commons, &opened.grant).await?;
    let repo = opened.grant.repo();
    let person = if owner.kind == "group" { "Organization" } else { "Person" };
    let name = if owner.full_name.is_empty() { &owner.name } else { &owner.full_name };
    let tags: Vec<String> = serde_json::from_str(&opened.card.tags).unwrap_or_default();
    let object = json!({
        "@context": "https://schema.org",
        "@type": kind(repo.kind),
        "name": repo.full_name(),
        "description": description,
        "url": format!("{base}{}", opened.head.urls.card()),
        "dateCreated": repo.created.to_string(),
        "dateModified": repo.updated.to_string(),
        "creator": {
            "@type": person,
            "name": name,
            "url": format!("{base}{}", urls::namespace(&owner.name)),
        },
        "keywords": tags.iter().take(KEYWORDS_TOLD).collect::<Vec<_>>(),
        "isAccessibleForFree": repo.gated.is_empty(),
    });
    let Value::Object(mut object) = object else { return Ok(Map::new()) };
    let authors = Facts::of_card(&opened.metadata).authors;
    if !authors.is_empty() {
        let told = authors.iter().take(AUTHORS_TOLD).map(|author| {
            let kind = if author.entity { "Organization" } else { "Person" };
            match &author.orcid {
                Some(id) => json!({ "@type": kind, "name": author.name, "@id": id.address() }),
                None => json!({ "@type": kind, "name": author.name }),
            }
        });
        object.insert("author".into(), told.collect());
    }
    let licenses = licenses(&opened.metadata);
    if !licenses.is_empty() {
        object.insert("license".into(), json!(licenses));
    }
    if matches!(repo.kind, RepoKind::Space | RepoKind::Code) {
        object.insert("codeRepository".into(), json!(format!("{base}{}", opened.head.urls.tree("main", ""))));
    }
    Ok(object)
}

/// The licences that a card names: by their addresses where they have one.
pub(super) fn licenses(metadata: &card::Metadata) -> Vec<String> {
    let named = card::texts(metadata, "license").map(|id| {
        let link = metadata.get("license_link").and_then(Value::as_str);
        let link = link.filter(|link| id == "other" && link.starts_with("https://"));
        link.map(str::to_owned).or_else(|| license::spdx_address(id)).unwrap_or_else(|| id.to_owned())
    });
    named.collect()
}

/// A pair of the object: what the work consists of, written for a block.
async fn files(app: &App, opened: &Opened, base: &str) -> Result<String> {
    // Only a data set is distributed; what another work consists of encodes it.
    let (key, kind) = match opened.head.kind {
        RepoKind::Dataset => ("distribution", "DataDownload"),
        _ => ("encoding", "MediaObject"),
    };
    let what = Listing { path: "", recursive: true, after: None, limit: 2 * limits::DESCRIBED_FILES_MAX };
    let entries = browse::list(&app.commons, &opened.grant, &opened.commit, &what).await?;
    let (mut told, mut bytes) = (Vec::new(), 0);
    for entry in entries.iter().filter(|entry| !entry.folder).take(limits::DESCRIBED_FILES_MAX) {
        let mut file = json!({
            "@type": kind,
            "name": entry.path,
            "contentUrl": format!("{base}{}", opened.head.urls.resolve("main", &entry.path)),
            "contentSize": format!("{} B", entry.bytes),
        });
        if let Some(large) = &entry.large {
            file["sha256"] = json!(large.sha256.to_string());
        }
        // A path may have thousands of bytes, and a page is to stay a page.
        bytes += block(&file).len();
        if bytes > limits::DESCRIBED_BYTES_MAX {
            break;
        }
        told.push(file);
    }
    Ok(format!(",\"{key}\":{}", block(&Value::Array(told))))
}

/// JSON for a block of data: nothing in it can end the block, begin a comment, or be a line's end to a script.
pub(crate) fn block(value: &Value) -> String {
    let text = value.to_string();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_anything() {
        let value = json!({ "</script>": "<!--&\u{2028}\u{2029}\u{0}\"\\" });
        let text = block(&value);
        assert!(!text.contains(['<', '>', '&', '\u{2028}', '\u{2029}', '\0']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).ok(), Some(value));
    }
}
