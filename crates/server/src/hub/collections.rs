//! Collections as the clients make, change and read them.

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, patch, post};
use http::{HeaderMap, HeaderValue, Uri, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::collections::{self, Collection, Facts, Item, NewItem, What, Which};
use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use serde::Deserialize;
use serde_json::{Value, json};

use super::next_link;
use crate::actor::Asker;
use crate::app::App;
use crate::body;
use crate::place::Query;
use crate::refuse::Answer;
use crate::router::{Access, Route, route};

/// Items that lists of collections show of each.
const LISTED: usize = 4;

/// All of them.
pub(crate) fn routes() -> Vec<Route> {
    let at = |path: &str| format!("/api/collections{path}");
    let (seen, own) = (Access::Filtered, Access::SignedIn);
    vec![
        route("GET", at(""), seen, get(list)),
        route("POST", at(""), own, post(create)),
        route("GET", at("/{ns}/{slug}"), seen, get(one)),
        route("PATCH", at("/{ns}/{slug}"), own, patch(change)),
        route("DELETE", at("/{ns}/{slug}"), own, delete(remove)),
        route("POST", at("/{ns}/{slug}/items"), own, post(add)),
        route("PATCH", at("/{ns}/{slug}/items/{item}"), own, patch(set)),
        route("DELETE", at("/{ns}/{slug}/items/{item}"), own, delete(take)),
    ]
}

fn item(item: &Item) -> Value {
    let mut told = match &item.what {
        What::Repo(repo) => json!({
            "type": repo.kind.word(),
            "id": repo.full_name(),
            "author": repo.owner,
            "private": repo.private,
            "gated": if repo.gated.is_empty() { json!(false) } else { json!(repo.gated) },
            "downloads": repo.downloads,
            "likes": repo.likes,
            "lastModified": repo.updated,
        }),
        What::Collection(inner) => json!({
            "type": collections::COLLECTION,
            "id": inner.id,
            "slug": collections::address(inner),
            "title": inner.title,
        }),
    };
    told["_id"] = json!(item.id);
    told["position"] = json!(item.place);
    if !item.note.is_empty() {
        told["note"] = json!({ "text": item.note, "html": item.note });
    }
    told
}

fn wire(row: &Collection, items: &[Item]) -> Value {
    let items: Vec<Value> = items.iter().map(item).collect();
    let mut told = json!({
        "slug": collections::address(row),
        "title": row.title,
        "owner": { "name": row.owner },
        "items": items,
        "lastUpdated": row.updated.to_string(),
        "private": row.private,
        "theme": row.theme,
        "upvotes": 0,
        "isUpvotedByUser": false,
    });
    if !row.description.is_empty() {
        told["description"] = json!(row.description);
    }
    told
}

fn id_in(slug: &str) -> Result<&str, Refusal> {
    let text = || Refusal::NotFound("a collection's address ends with its 24 digits".into());
    collections::id_of(slug).ok_or_else(text)
}

async fn whole(app: &App, actor: Option<&Actor>, id: &str) -> Answer<Value> {
    let (row, items) = collections::get(&app.commons, actor, id, limits::COLLECTION_ITEMS_MAX).await?;
    let mut told = wire(&row, &items);
    // Lists must not have it: clients would be given it twice.
    told["position"] = json!(0);
    Ok(told)
}

async fn list(
    State(app): State<App>,
    asker: Asker,
    (headers, uri): (HeaderMap, Uri),
    query: Query,
) -> Answer<Response> {
    let actor = asker.0.as_ref();
    let holding = match query.get("item") {
        None => None,
        Some(item) => match collections::holding(&app.commons, actor, item).await? {
            Some(id) => Some(id),
            None => return Ok(Json(json!([])).into_response()),
        },
    };
    let which = Which {
        owner: query.get("owner").unwrap_or_default(),
        holding: holding.as_deref().unwrap_or_default(),
        text: query.get("q").unwrap_or_default(),
    };
    let limit = query.get("limit").and_then(|text| text.parse::<usize>().ok());
    let limit = limit.unwrap_or(limits::COLLECTIONS_PAGE).clamp(1, limits::COLLECTIONS_PAGE);
    let before = query.get("cursor").and_then(|text| text.split_once('.'));
    let before = before.and_then(|(at, id)| Some((at.parse::<i64>().ok()?, id)));
    let (page, next) = collections::list(&app.commons, actor, which, before, limit).await?;
    let mut told = Vec::with_capacity(page.len());
    for row in page {
        match collections::get(&app.commons, actor, &row.id, LISTED).await {
            Ok((row, items)) => told.push(wire(&row, &items)),
            // Since the list was read it was deleted, or hidden.
            Err(Refusal::NotFound(_)) => {}
            Err(refusal) => return Err(refusal.into()),
        }
    }
    let mut response = Json(told).into_response();
    if let Some((at, id)) = next {
        let link = next_link(&app, &headers, &uri, &format!("{at}.{id}"));
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

async fn one(
    State(app): State<App>,
    asker: Asker,
    Path((_, slug)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    Ok(Json(whole(&app, asker.0.as_ref(), id_in(&slug)?).await?))
}

/// What a collection is to be.
#[derive(Deserialize)]
struct Said {
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    namespace: Option<String>,
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    private: Option<bool>,
    #[serde(default)]
    theme: Option<String>,
}

impl Said {
    fn facts(&self) -> Facts<'_> {
        Facts {
            title: self.title.as_deref(),
            description: self.description.as_deref(),
            private: self.private,
            theme: self.theme.as_deref(),
        }
    }
}

async fn create(State(app): State<App>, asker: Asker, body: Body) -> Answer<Json<Value>> {
    let actor = asker.signed_in()?;
    let said: Said = body::json(body).await?;
    let row = collections::create(&app.commons, actor, said.namespace.as_deref(), said.facts()).await?;
    Ok(Json(whole(&app, Some(actor), &row.id).await?))
}

async fn change(
    State(app): State<App>,
    asker: Asker,
    Path((_, slug)): Path<(String, String)>,
    body: Body,
) -> Answer<Json<Value>> {
    let actor = asker.signed_in()?;
    let said: Said = body::json(body).await?;
    let row = collections::set(&app.commons, actor, id_in(&slug)?, said.facts()).await?;
    Ok(Json(json!({ "success": true, "data": whole(&app, Some(actor), &row.id).await? })))
}

async fn remove(
    State(app): State<App>,
    asker: Asker,
    Path((_, slug)): Path<(String, String)>,
) -> Answer<Json<Value>> {
    collections::delete(&app.commons, asker.signed_in()?, id_in(&slug)?).await?;
    Ok(Json(json!({ "success": true })))
}

/// What is put in.
#[derive(Deserialize)]
struct Adding {
    item: Named,
    #[serde(default)]
    note: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
    r#type: String,
}

async fn add(
    State(app): State<App>,
    asker: Asker,
    Path((_, slug)): Path<(String, String)>,
    body: Body,
) -> Answer<Json<Value>> {
    let actor = asker.signed_in()?;
    let said: Adding = body::json(body).await?;
    let note = said.note.unwrap_or_default();
    let new = NewItem { kind: &said.item.r#type, name: &said.item.id, note: &note };
    let row = collections::add_item(&app.commons, actor, id_in(&slug)?, new).await?;
    Ok(Json(whole(&app, Some(actor), &row.id).await?))
}

/// What becomes of an item.
#[derive(Deserialize)]
struct Setting {
    #[serde(default)]
    note: Option<String>,
    #[serde(default)]
    position: Option<usize>,
}

async fn set(
    State(app): State<App>,
    asker: Asker,
    Path((_, slug, item)): Path<(String, String, String)>,
    body: Body,
) -> Answer<Json<Value>> {
    let actor = asker.signed_in()?;
    let said: Setting = body::json(body).await?;
    let what = (said.note.as_deref(), said.position);
    collections::set_item(&app.commons, actor, (id_in(&slug)?, &item), what).await?;
    Ok(Json(json!({ "success": true })))
}

async fn take(
    State(app): State<App>,
    asker: Asker,
    Path((_, slug, item)): Path<(String, String, String)>,
) -> Answer<Json<Value>> {
    collections::remove_item(&app.commons, asker.signed_in()?, id_in(&slug)?, &item).await?;
    Ok(Json(json!({ "success": true })))
}
