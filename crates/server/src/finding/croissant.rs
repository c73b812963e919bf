//! `GET /api/datasets/{ns}/{name}/croissant`: a data set told to machines that load it (MLCommons Croissant 1.0).

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use seedcorn_commons::access::{Grant, Read, See};
use seedcorn_commons::tables::{Column, Format, Holds, Parts, Tables};
use seedcorn_commons::{Refusal, browse, finding, pull, repo, tables};
use seedcorn_core::{card, limits};
use serde_json::{Map, Value, json};

use super::described::licenses;
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;
use crate::web::urls::{self, RepoUrls};

/// What of the context is the same in every description (Croissant 1.0, appendix 1).
const CONTEXT: &str = r#"{
"@language":"en","@vocab":"https://schema.org/","citeAs":"cr:citeAs","column":"cr:column",
"conformsTo":"dct:conformsTo","cr":"http://mlcommons.org/croissant/","rai":"http://mlcommons.org/croissant/RAI/",
"data":{"@id":"cr:data","@type":"@json"},"dataType":{"@id":"cr:dataType","@type":"@vocab"},
"dct":"http://purl.org/dc/terms/","equivalentProperty":"cr:equivalentProperty","examples":{"@id":"cr:examples","@type":"@json"},"extract":"cr:extract",
"field":"cr:field","fileProperty":"cr:fileProperty","fileObject":"cr:fileObject","fileSet":"cr:fileSet",
"format":"cr:format","includes":"cr:includes","isLiveDataset":"cr:isLiveDataset","jsonPath":"cr:jsonPath",
"key":"cr:key","md5":"cr:md5","parentField":"cr:parentField","path":"cr:path","recordSet":"cr:recordSet",
"references":"cr:references","regex":"cr:regex","repeated":"cr:repeated","replace":"cr:replace",
"samplingRate":"cr:samplingRate","sc":"https://schema.org/","separator":"cr:separator","source":"cr:source","subField":"cr:subField",
"transform":"cr:transform"}"#;

/// The description of the main branch.
pub(crate) async fn get(State(app): State<App>, place: Place, headers: HeaderMap) -> Answer<Response> {
    let read = place.grant::<Read>(&app).await?;
    let see = read.lower::<See>().ok_or(Refusal::Unseen)?;
    let base = app.base(&headers);
    let commit = browse::revision(&app.commons, &see, "main").await?;
    let found = tables::tables(&app.commons, &read, &commit).await?;
    let row = repo::card(&app.commons, &see).await?;
    let metadata: card::Metadata = serde_json::from_str(&row.card).unwrap_or_default();
    let repo = see.repo();
    let (full_name, urls) = (repo.full_name(), RepoUrls::new(repo.kind, &repo.full_name()));
    let owner = finding::owner(&app.commons, &see).await?;
    let opening = finding::openings(&app.commons, &[repo]).await?.remove(&repo.id);
    let (texts, person) =
        (licenses(&metadata), if owner.kind == "group" { "Organization" } else { "Person" });
    let tags: Vec<String> = serde_json::from_str(&row.tags).unwrap_or_default();
    let mut object = Map::new();
    let mut put = |key: &str, value: Value| drop(object.insert(key.into(), value));
    put("@context", serde_json::from_str(CONTEXT).map_err(Refusal::broken)?);
    put("@type", json!("sc:Dataset"));
    put("conformsTo", json!("http://mlcommons.org/croissant/1.0"));
    put("name", json!(repo.name));
    put("alternateName", json!([full_name]));
    let told = opening.filter(|opening| !opening.trim().is_empty());
    put("description", json!(told.unwrap_or_else(|| format!("Dataset {full_name}"))));
    put("url", json!(format!("{base}{}", urls.card())));
    put("datePublished", json!(repo.created.to_string()));
    put("dateModified", json!(repo.updated.to_string()));
    let home = format!("{base}{}", urls::namespace(&owner.name));
    put(
        "creator",
        json!({ "@type": person, "name": if owner.full_name.is_empty() { &owner.name } else { &owner.full_name }, "url": home }),
    );
    put("keywords", json!(tags));
    if !texts.is_empty() {
        put("license", json!(texts));
    }
    if let Some(citation) = citation(&app, &read, &commit).await? {
        put("citeAs", json!(citation));
    }
    let at = format!("{base}{}", urls.resolve(&commit.oid.to_string(), ""));
    put("distribution", Value::Array(distribution(&found, &at)));
    put("recordSet", Value::Array(found.tables.iter().filter_map(|table| records(&found, table)).collect()));
    let headers =
        [(header::CONTENT_TYPE, "application/ld+json"), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")];
    Ok((headers, Value::Object(object).to_string()).into_response())
}

/// Every file is an object of its own; the parts of a table are a set of them. `at`: where the revision's files are.
fn distribution(found: &Tables, at: &str) -> Vec<Value> {
    let objects = found.files.iter().map(|file| {
        json!({
            "@type": "cr:FileObject",
            "@id": id("files", &file.path),
            "name": file.path,
            "contentUrl": format!("{at}/{}", urls::path_segments(&file.path)),
            "contentSize": format!("{} B", file.bytes),
            "encodingFormat": file.format.map_or("application/octet-stream", media),
            "sha256": file.sha256.to_string(),
        })
    });
    let sets = found.tables.iter().filter(|table| table.files.len() > 1).map(|table| {
        let parts = table
            .files
            .iter()
            .filter_map(|n| Some(json!({ "@id": id("files", &found.files.get(*n)?.path) })));
        json!({
            "@type": "cr:FileSet",
            "@id": id("parts", &table.pattern),
            "name": table.pattern,
            "containedIn": parts.collect::<Vec<_>>(),
            "encodingFormat": media(table.format),
            "includes": table.pattern,
        })
    });
    objects.chain(sets).collect()
}

/// The id of a thing in the document, each text its own. Readers of Croissant take no blanks in one, and a colon would make
/// another address of it.
fn id(sort: &str, text: &str) -> String {
    let mut out = format!("{sort}/");
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'/' | b'_' | b'-' => out.push(char::from(byte)),
            byte => out.push_str(&format!("~{byte:02x}")),
        }
    }
    out
}

fn records(found: &Tables, table: &Parts) -> Option<Value> {
    if table.columns.is_empty() {
        return None;
    }
    let rows = id("rows", &table.pattern);
    let source = match table.files.as_slice() {
        [only] => json!({ "fileObject": { "@id": id("files", &found.files.get(*only)?.path) } }),
        _ => json!({ "fileSet": { "@id": id("parts", &table.pattern) } }),
    };
    let field = |column: &Column| {
        let mut source = source.clone();
        source["extract"] = json!({ "column": column.name });
        let mut field = json!({
            "@type": "cr:Field",
            "@id": id(&rows, &column.name),
            "name": column.name,
            "dataType": data_type(column.holds),
            "source": source,
        });
        if column.repeated {
            field["repeated"] = json!(true);
        }
        if !column.kind.is_empty() {
            field["description"] = json!(format!("{} in the file", column.kind));
        }
        field
    };
    // Two columns of one name cannot be told apart by it: the first one is meant.
    let mut seen = std::collections::BTreeSet::new();
    let columns = table.columns.iter().filter(|column| seen.insert(&column.name));
    let fields: Vec<Value> = columns.map(field).collect();
    Some(json!({ "@type": "cr:RecordSet", "@id": rows, "name": table.pattern, "field": fields }))
}

fn data_type(holds: Holds) -> &'static str {
    match holds {
        Holds::Booleans => "sc:Boolean",
        Holds::Integers => "sc:Integer",
        Holds::Floats => "sc:Float",
        Holds::Dates => "sc:Date",
        Holds::Times => "sc:DateTime",
        Holds::Texts => "sc:Text",
    }
}

fn media(format: Format) -> &'static str {
    match format {
        Format::Parquet => "application/x-parquet",
        Format::Csv => "text/csv",
        Format::Tsv => "text/tab-separated-values",
        Format::JsonLines => "application/jsonlines",
        Format::Json => "application/json",
    }
}

/// The first block of code of the card that is an entry of BibTeX.
async fn citation(app: &App, grant: &Grant<Read>, commit: &browse::Revision) -> Answer<Option<String>> {
    let located = match pull::locate(&app.commons, grant, &commit.oid.to_string(), "README.md", true).await {
        Err(Refusal::NoEntry { .. }) => return Ok(None),
        located => located?,
    };
    let bytes = pull::beginning(&app.commons, &located, limits::CARD_BYTES_MAX as u64).await?;
    Ok(bibtex(&String::from_utf8_lossy(&bytes)))
}

fn bibtex(card: &str) -> Option<String> {
    let mut blocks = card.split("\n```").skip(1).step_by(2);
    let entry = blocks.find_map(|block| {
        let (_, text) = block.split_once('\n')?;
        let text = text.trim();
        let (kind, rest) = text.strip_prefix('@')?.split_once('{')?;
        (kind.trim().chars().all(|c| c.is_ascii_alphabetic()) && rest.ends_with('}')).then_some(text)
    });
    entry.filter(|entry| entry.len() <= limits::PREVIEW_VALUE_BYTES).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_no_blanks_and_are_their_own() {
        assert_eq!(id("files", "a b/c:~.csv"), "files/a~20b/c~3a~7e.csv");
        assert_ne!(id("files", "a b"), id("files", "a~20b"));
    }

    #[test]
    fn citations_are_blocks_of_bibtex() {
        let card = "# A\n\n```python\nx = 1\n```\n\n```bibtex\n@misc{a,\n  title={A}\n}\n```\n";
        assert_eq!(bibtex(card).as_deref(), Some("@misc{a,\n  title={A}\n}"));
        assert_eq!(bibtex("```\n@misc{a}\n```"), None, "not after a line's end");
        assert_eq!(bibtex("\n```\n@property\ndef a(): {}\n```\n"), None);
    }
}
