//! `GET /api/models|datasets|spaces`: plain listings.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Uri, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::repo::{self, Query as Wanted, Sort};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;

use super::info::summary;
use crate::actor::Asker;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// Bytes of a repo's id: a UUID's text has fewer.
const ID_BYTES_MAX: usize = 64;

/// What a listing tells of each repo.
const BRIEF: &[&str] = &[
    "author",
    "createdAt",
    "downloads",
    "gated",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "private",
    "sdk",
    "tags",
];
const FULL: &[&str] = &[
    "author",
    "cardData",
    "createdAt",
    "disabled",
    "downloads",
    "gated",
    "lastModified",
    "library_name",
    "likes",
    "pipeline_tag",
    "private",
    "sdk",
    "tags",
];

pub(crate) async fn list(
    State(app): State<App>,
    asker: Asker,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Answer<Response> {
    let wanted = wanted(&uri, &query)?;
    let page = repo::list(&app.commons, asker.0.as_ref(), &wanted).await?;
    let keys = if query.flag("full") || query.flag("cardData") { FULL } else { BRIEF };
    let link = match page.items.last() {
        Some(last) if page.more => Some(next_link(&app, &headers, &uri, &wanted.place(&last.repo))),
        _ => None,
    };
    let items: Vec<_> = page.items.iter().map(|item| summary(&item.repo, &item.card, keys)).collect();
    let mut response = Json(items).into_response();
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn wanted(uri: &Uri, query: &Query) -> Answer<Wanted> {
    let plural = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let kind = RepoKind::ALL.into_iter().find(|kind| kind.plural() == plural).unwrap_or(RepoKind::Model);
    let sort = match query.get("sort") {
        None | Some("lastModified" | "last_modified" | "trendingScore" | "trending_score" | "likes") => {
            Sort::Updated
        }
        Some("createdAt" | "created_at") => Sort::Created,
        Some("downloads") => Sort::Downloads,
        Some(other) => {
            let text = format!("\"sort\" must be one of createdAt, downloads, lastModified, not {other:?}");
            return Err(Refusal::Invalid(text).into());
        }
    };
    let limit = match query.get("limit") {
        None => limits::LIST_PAGE_MAX,
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| Refusal::Invalid(format!("\"limit\" must be a number, not {text:?}")))?
            .clamp(1, limits::LIST_PAGE_MAX),
    };
    let after = match query.get("cursor") {
        None => None,
        Some(text) => {
            Some(cursor(text).ok_or_else(|| Refusal::Invalid("\"cursor\" was not made here".into()))?)
        }
    };
    let text =
        |name: &str| query.get(name).unwrap_or_default().chars().filter(|c| *c != '\0').collect::<String>();
    Ok(Wanted { kind, author: text("author"), search: text("search"), sort, after, limit })
}

/// Reads a place back; `None` for what no [`next_link`] wrote.
fn cursor(text: &str) -> Option<(i64, RepoId)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (figure, id) = text.split_once(' ')?;
    let is_id =
        id.len() <= ID_BYTES_MAX && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Some((figure.parse().ok()?, is_id.then(|| RepoId(id.to_owned()))?))
}

/// The address of the next page, absolute, with every parameter of this one.
fn next_link(app: &App, headers: &HeaderMap, uri: &Uri, place: &(i64, RepoId)) -> String {
    let cursor = BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", place.0, place.1));
    let kept = uri.query().unwrap_or_default().split('&');
    let mut pairs: Vec<String> =
        kept.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=")).map(str::to_owned).collect();
    pairs.push(format!("cursor={}", segment(&cursor)));
    format!("<{}{}?{}>; rel=\"next\"", app.base(headers), uri.path(), pairs.join("&"))
}
