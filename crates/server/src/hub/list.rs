//! `GET /api/models|datasets|spaces`: listings, narrowed and in pages; the tags there are; and a quick look by name.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Uri, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::counts;
use seedcorn_commons::list::{self, Query as Wanted, Sort};
use seedcorn_commons::search::LINKED;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::openness::Class;
use seedcorn_core::parameters::Range;
use seedcorn_core::repo::RepoKind;

use super::info::summary;
use super::next_link;
use crate::actor::Asker;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// Bytes of a repo's id: a UUID's text has fewer.
const ID_BYTES_MAX: usize = 64;

/// What a listing tells of each repo.
pub(super) const BRIEF: &[&str] = &[
    "author",
    "createdAt",
    "downloads",
    "gated",
    "lastModified",
    "library_name",
    "likes",
    "openness",
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
    "openness",
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
    if NOT_HERE.iter().any(|name| query.get(name).is_some()) {
        return Ok(Json(serde_json::json!([])).into_response());
    }
    let page = list::list(&app.commons, asker.0.as_ref(), &wanted).await?;
    let keys = if query.flag("full") || query.flag("cardData") { FULL } else { BRIEF };
    let link = page.next.as_ref().map(|place| next_link(&app, &headers, &uri, &written(place)));
    let items: Vec<_> = page.items.iter().map(|item| summary(&item.repo, &item.card, keys)).collect();
    let mut response = Json(items).into_response();
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

fn wanted(uri: &Uri, query: &Query) -> Answer<Wanted> {
    let plural = uri.path().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    let kind = RepoKind::from_plural(plural).unwrap_or(RepoKind::Model);
    let sort = match query.get("sort") {
        None | Some("lastModified" | "last_modified" | "trendingScore" | "trending_score") => Sort::Updated,
        Some("likes") => Sort::Likes,
        Some("createdAt" | "created_at") => Sort::Created,
        Some("downloads") => Sort::Downloads,
        Some("openness") => Sort::Openness,
        Some(other) => {
            let text = format!(
                "\"sort\" must be one of createdAt, downloads, lastModified, likes, openness, not {other:?}"
            );
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
    let clean = |text: &str| text.chars().filter(|c| *c != '\0').collect::<String>();
    let text = |name: &str| clean(query.get(name).unwrap_or_default());
    let gated = query.get("gated").and_then(seedcorn_wire::hub::flag);
    let search = query.all("search").map(clean).filter(|text| !text.is_empty()).collect();
    let (author, words) = (text("author"), text("q"));
    let parameters = query.get("num_parameters").map(str::parse::<Range>).transpose();
    let parameters = parameters.map_err(|bad| Refusal::Invalid(format!("\"num_parameters\": {bad}")))?;
    let tags = tags(kind, query);
    let openness = query.get("openness").map(class).transpose()?;
    Ok(Wanted {
        kind: Some(kind),
        author,
        search,
        words,
        gated,
        tags,
        parameters,
        openness,
        sort,
        after,
        limit,
    })
}

/// The least class that is asked for.
fn class(text: &str) -> Answer<Class> {
    let found = Class::from_word(text);
    let bad = || Refusal::Invalid(format!("\"openness\" is the least class: III, II or I, not {text:?}"));
    Ok(found.ok_or_else(bad)?)
}

/// Parameters whose values are tags as they are.
const TAGS: &[&str] = &["filter", "pipeline_tag", "library", "language", "sdk"];
/// Parameters whose values are tags behind a prefix: what a space uses.
const PREFIXED: &[(&str, &str)] = &[("models", "model:"), ("datasets", "dataset:")];
/// Parameters that ask for what no hub without services for inference has.
const NOT_HERE: &[&str] = &["apps", "inference", "inference_provider"];

/// What a listing is narrowed to; a value may be several tags with commas between.
fn tags(kind: RepoKind, query: &Query) -> Vec<String> {
    let plain = TAGS.iter().map(|name| (*name, ""));
    let all = plain.chain(PREFIXED.iter().copied());
    let values = all.flat_map(|(name, prefix)| query.all(name).map(move |value| (prefix, value)));
    let each = values.flat_map(|(prefix, value)| value.split(',').map(move |tag| (prefix, tag.trim())));
    // A model's tags have its languages bare.
    let bare =
        |tag| if kind == RepoKind::Model { str::strip_prefix(tag, "language:").unwrap_or(tag) } else { tag };
    let each = each.map(|(prefix, tag)| (prefix, bare(tag)));
    let mut tags: Vec<String> =
        each.filter(|(_, tag)| !tag.is_empty()).map(|(prefix, tag)| format!("{prefix}{tag}")).collect();
    if query.flag("linked") {
        tags.push(LINKED.to_owned());
    }
    tags.sort_unstable();
    tags.dedup();
    tags
}

/// Reads a place back; `None` for what no [`written`] is.
fn cursor(text: &str) -> Option<(i64, RepoId)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (figure, id) = text.split_once(' ')?;
    let is_id =
        id.len() <= ID_BYTES_MAX && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    Some((figure.parse().ok()?, is_id.then(|| RepoId(id.to_owned()))?))
}

/// A place as a cursor.
fn written(place: &(i64, RepoId)) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(format!("{} {}", place.0, place.1))
}

/// `GET /api/models-tags-by-type`, and the same of datasets: every tag that public repos have, by facet.
pub(crate) async fn tags_by_type(State(app): State<App>, uri: Uri) -> Answer<Response> {
    let kind = match uri.path().contains("/datasets-") {
        true => RepoKind::Dataset,
        false => RepoKind::Model,
    };
    let facets = counts::facets(&app.commons, kind).await?;
    let entry = |facet: &str, tag: &str| {
        let label = tag.strip_prefix(facet).and_then(|rest| rest.strip_prefix(':')).unwrap_or(tag);
        serde_json::json!({"id": tag, "label": label, "type": facet})
    };
    let of = |facet: &str, tags: &[(String, u64)]| -> serde_json::Value {
        tags.iter().map(|(tag, _)| entry(facet, tag)).collect()
    };
    let all: serde_json::Map<_, _> =
        facets.iter().map(|(facet, tags)| (facet.clone(), of(facet, tags))).collect();
    Ok(Json(all).into_response())
}

/// Repos of each kind that a quick look shows.
const QUICK: usize = 10;

/// `GET /api/quicksearch?q=…&type=…`: the best few of each kind for what somebody is typing.
pub(crate) async fn quick(State(app): State<App>, asker: Asker, query: Query) -> Answer<Response> {
    let words = query.get("q").unwrap_or_default();
    let asked = |kind: &RepoKind| query.get("type").is_none_or(|word| word == kind.word());
    let kinds = RepoKind::ALL.into_iter().filter(asked);
    let entry = |item: &list::Item| serde_json::json!({"_id": item.repo.id.as_str(), "id": item.repo.full_name(), "private": item.repo.private});
    let found = list::quick(&app.commons, asker.0.as_ref(), words, kinds, QUICK).await?.into_iter();
    let found: serde_json::Map<_, _> =
        found.map(|(kind, items)| (kind.plural().to_owned(), items.iter().map(entry).collect())).collect();
    Ok(Json(found).into_response())
}
