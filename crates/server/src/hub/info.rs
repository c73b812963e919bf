//! `GET /api/{kind}s/{id}[/revision/{rev}]`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Grant, Read, See};
use seedcorn_commons::browse::{self, Revision};
use seedcorn_commons::grade;
use seedcorn_commons::model_size::model_size;
use seedcorn_commons::repo::{self, CardRow, Repo};
use seedcorn_commons::scan;
use seedcorn_core::card;
use seedcorn_core::paper::{ArxivId, Facts};
use seedcorn_core::repo::RepoKind;
use seedcorn_wire::hub::{
    BlobLfs, CODE_EXPAND, DATASET_EXPAND, MODEL_EXPAND, OLD_EXPAND, PAPER_EXPAND, SPACE_EXPAND, Sibling,
};
use serde_json::{Map, Value, json};

use super::{papers, security};
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::{Answer, error_response};

/// Files listed in `siblings`; clients read the tree beyond that.
const SIBLINGS_MAX: usize = 50_000;

/// What this hub tells beyond the Hub: how open a work is.
const OPENNESS: &str = "openness";

/// What is told unless `expand` asks for something else.
const USUAL: &[&str] = &[
    "author",
    "cardData",
    "createdAt",
    "datasets",
    "disabled",
    "downloads",
    "gated",
    "gguf",
    "lastModified",
    "library_name",
    "likes",
    "model-index",
    "models",
    "openness",
    "pipeline_tag",
    "private",
    "runtime",
    "safetensors",
    "sdk",
    "sha",
    "siblings",
    "tags",
    "usedStorage",
];

fn expandable(kind: RepoKind) -> &'static [&'static str] {
    match kind {
        RepoKind::Model => MODEL_EXPAND,
        RepoKind::Dataset => DATASET_EXPAND,
        RepoKind::Space => SPACE_EXPAND,
        RepoKind::Paper => PAPER_EXPAND,
        RepoKind::Code => CODE_EXPAND,
    }
}

pub(crate) async fn at_head(app: State<App>, place: Place, query: Query) -> Answer<Response> {
    // An arXiv id from before 2007 has a slash: to clients it is the id of a paper, in the address it looks like a repo.
    let (name, asker) = (place.full_name.clone(), place.asker.clone());
    let old = place.kind == RepoKind::Paper && ArxivId::parse(&name).is_ok();
    match info(app.0.clone(), place, query, "HEAD".into()).await {
        Err(failure) if old && matches!(failure.0, Refusal::Unseen) => {
            Ok(papers::get(app, asker, axum::extract::Path(name)).await.map_err(|_| failure)?.into_response())
        }
        answer => answer,
    }
}

pub(crate) async fn at_revision(app: State<App>, place: Place, query: Query) -> Answer<Response> {
    let revision = place.part("rev").to_owned();
    info(app.0, place, query, revision).await
}

/// The card on the default branch, or at another revision, for those who may read the files there.
async fn card_of(
    app: &App,
    place: &Place,
    grant: &Grant<See>,
    revision: &str,
    commit: &Revision,
) -> Answer<CardRow> {
    let other = !matches!(revision, "HEAD" | "main" | "refs/heads/main")
        && browse::revision(&app.commons, grant, "main").await?.oid != commit.oid;
    if other && let Ok(read) = place.grant::<Read>(app).await {
        return Ok(repo::card_at(&app.commons, &read, commit).await?);
    }
    Ok(repo::card(&app.commons, grant).await?)
}

async fn info(app: App, place: Place, query: Query, revision: String) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let asked: Vec<&str> = query.all("expand").collect();
    if let Some(unknown) = asked.iter().position(|key| {
        !expandable(place.kind).contains(key) && !OLD_EXPAND.contains(key) && *key != OPENNESS
    }) {
        return Ok(bad_expand(place.kind, unknown));
    }
    let keys: Vec<&str> = if asked.is_empty() { USUAL.to_vec() } else { asked };
    let commit = browse::revision(&app.commons, &grant, &revision).await?;
    let card = card_of(&app, &place, &grant, &revision, &commit).await?;
    let mut object = summary(grant.repo(), &card, &keys);
    if keys.contains(&"sha") {
        object.insert("sha".into(), json!(commit.oid.to_string()));
    }
    if keys.contains(&"siblings") {
        object.insert("siblings".into(), siblings(&app, &grant, &commit, query.flag("blobs")).await?);
    }
    if keys.contains(&"usedStorage") {
        object.insert("usedStorage".into(), json!(browse::total_bytes(&app.commons, &grant).await?));
    }
    let sized = keys.contains(&"safetensors") || keys.contains(&"gguf");
    if place.kind == RepoKind::Model && sized {
        object.extend(headers(&app, &place, &commit, &keys).await?);
    }
    if place.kind == RepoKind::Paper && query.get("expand").is_none() {
        let metadata: card::Metadata = serde_json::from_str(&card.card).unwrap_or_default();
        let facts = Facts::of_card(&metadata);
        let told = papers::one(grant.repo(), &facts)?.into_iter().filter(|(key, _)| key != "id");
        object.extend(told);
        object.extend(papers::linked(&app, place.asker.0.as_ref(), grant.repo(), &facts).await?);
    }
    if keys.contains(&OPENNESS)
        && let Some(brief) = grade::brief(&app.commons, &grant, &commit.oid).await?
    {
        let profile = grade::usual(place.kind);
        let told = json!({"profile": profile, "class": brief.confirmed, "possible": brief.possible});
        object.insert(OPENNESS.into(), told);
    }
    if query.flag("securityStatus") {
        let found = scan::of_commit(&app.commons, &grant, &commit.oid).await?;
        object.insert("securityRepoStatus".into(), security::of_repo(found.as_ref()));
    }
    Ok(Json(object).into_response())
}

/// What the headers of the model's files say, for those who may read them.
async fn headers(
    app: &App,
    place: &Place,
    commit: &browse::Revision,
    keys: &[&str],
) -> Answer<Map<String, Value>> {
    let mut told = Map::new();
    let grant = match place.grant::<Read>(app).await {
        Ok(grant) => grant,
        Err(failure) if matches!(failure.0, Refusal::Gated { .. }) => return Ok(told),
        Err(failure) => return Err(failure),
    };
    let says = model_size(&app.commons, &grant, commit).await?.unwrap_or_default();
    if let Some(size) = says.safetensors.as_ref().filter(|_| keys.contains(&"safetensors")) {
        let parameters: Map<String, Value> =
            size.by_dtype.iter().map(|(dtype, count)| (dtype.clone(), json!(count))).collect();
        told.insert("safetensors".into(), json!({ "parameters": parameters, "total": size.total }));
    }
    if let Some((size, facts)) = says.gguf.as_ref().filter(|_| keys.contains(&"gguf")) {
        let mut gguf = Map::from_iter([("total".to_owned(), json!(size.total))]);
        gguf.extend(facts.architecture.as_ref().map(|text| ("architecture".to_owned(), json!(text))));
        gguf.extend(facts.context_length.map(|tokens| ("context_length".to_owned(), json!(tokens))));
        told.insert("gguf".into(), Value::Object(gguf));
    }
    Ok(told)
}

fn bad_expand(kind: RepoKind, at: usize) -> Response {
    let options: Vec<String> = expandable(kind).iter().map(|key| format!("\"{key}\"")).collect();
    let text = format!("✖ Invalid option: expected one of {}\n  → at expand[{at}]", options.join("|"));
    error_response(StatusCode::BAD_REQUEST, None, &text)
}

async fn siblings(app: &App, grant: &Grant<See>, commit: &browse::Revision, blobs: bool) -> Answer<Value> {
    let files = browse::all_files(&app.commons, grant, commit, SIBLINGS_MAX).await?;
    let sibling = |file: browse::Entry| Sibling {
        blob_id: blobs.then(|| file.oid.to_string()),
        size: blobs.then_some(file.bytes),
        lfs: file.large.filter(|_| blobs).map(|large| BlobLfs {
            sha256: large.sha256.to_string(),
            size: file.bytes,
            pointer_size: large.pointer_bytes,
        }),
        rfilename: file.path,
    };
    Ok(json!(files.into_iter().map(sibling).collect::<Vec<_>>()))
}

/// What the rows of repo and card tell, for the keys asked. `id` and `_id` are always there.
pub(super) fn summary(repo: &Repo, row: &CardRow, keys: &[&str]) -> Map<String, Value> {
    let card: card::Metadata = serde_json::from_str(&row.card).unwrap_or_default();
    let mut object = Map::new();
    object.insert("_id".into(), json!(repo.id.as_str()));
    object.insert("id".into(), json!(repo.full_name()));
    if repo.kind == RepoKind::Model {
        object.insert("modelId".into(), json!(repo.full_name()));
    }
    for key in keys {
        if let Some(value) = fact(repo, row, &card, key) {
            object.insert((*key).to_owned(), value);
        }
    }
    object
}

/// One fact of the rows; `None` for what it does not tell and for what this kind of repo does not have.
fn fact(repo: &Repo, row: &CardRow, card: &card::Metadata, key: &str) -> Option<Value> {
    Some(match key {
        "author" => json!(repo.owner),
        "private" => json!(repo.private),
        "disabled" => json!(!repo.disabled.is_empty()),
        "xetEnabled" => json!(true),
        "gated" if repo.gated.is_empty() => json!(false),
        "gated" => json!(repo.gated),
        "createdAt" => json!(repo.created),
        "lastModified" => json!(repo.updated),
        "downloads" | "downloadsAllTime" => json!(repo.downloads),
        "likes" => json!(repo.likes),
        "trendingScore" => json!(0),
        "tags" => serde_json::from_str(&row.tags).unwrap_or_else(|_| json!([])),
        "cardData" if row.card.is_empty() => return None,
        "cardData" => json!(card),
        "model-index" => card.get("model-index")?.clone(),
        "library_name" => json!(card::library_name(card)?),
        "pipeline_tag" => json!(card::pipeline_tag(card)?),
        "description" | "citation" => return None,
        "models" | "datasets" if repo.kind == RepoKind::Space => {
            let named: Vec<&str> = card::texts(card, key).collect();
            json!((!named.is_empty()).then_some(named)?)
        }
        "sdk" if repo.kind == RepoKind::Space => json!(repo.sdk),
        OPENNESS if grade::is_graded(repo.kind) => {
            json!({"profile": grade::usual(repo.kind), "class": grade::grade_of(row.openness?)})
        }
        "runtime" if repo.kind == RepoKind::Space => json!({ "stage": "NO_APP_FILE" }),
        "subdomain" if repo.kind == RepoKind::Space => {
            json!(repo.full_name().replace('/', "-").to_lowercase())
        }
        "resourceGroup" => Value::Null,
        _ => return None,
    })
}
