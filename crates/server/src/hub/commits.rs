//! `GET …/commits/{rev}`: history, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Uri, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::publish::refs::{self, From};
use seedcorn_core::limits;
use seedcorn_wire::hub::{CommitItem, Formatted, UserName};

use super::next_link;
use crate::app::App;
use crate::place::{self, Query};
use crate::refuse::Answer;

/// Commits in a page unless asked otherwise.
const PAGE: usize = 50;

pub(crate) async fn list(
    State(app): State<App>,
    place: place::Place,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let number =
        |name: &str, usual: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let limit = number("limit", PAGE).clamp(1, limits::COMMITS_PAGE_MAX);
    let from = match query.get("cursor") {
        Some(text) => {
            From::Place(cursor(text).ok_or_else(|| Refusal::Invalid("\"cursor\" was not made here".into()))?)
        }
        // A page by its number, for whom links are too long; each costs as much as all before it.
        None => From::Revision(place.part("rev"), number("p", 0).saturating_mul(limit)),
    };
    let page = refs::history(&app.commons, &grant, from, limit).await?;
    let formatted = query.all("expand").any(|key| key == "formatted");
    let items: Vec<CommitItem> = page
        .commits
        .iter()
        .map(|commit| CommitItem {
            id: commit.oid.to_string(),
            title: commit.title().to_owned(),
            message: commit.description().to_owned(),
            date: commit.at.to_string(),
            authors: vec![UserName { user: commit.author.clone() }],
            formatted: formatted
                .then(|| Formatted { title: escape(commit.title()), message: escape(commit.description()) }),
        })
        .collect();
    let mut response = Json(items).into_response();
    if let Some(next) = page.next {
        let link = next_link(&app, &headers, &uri, &BASE64_URL_SAFE_NO_PAD.encode(next.to_string()));
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

fn cursor(text: &str) -> Option<refs::Place> {
    refs::Place::parse(std::str::from_utf8(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?)
}

/// A text as HTML that shows it.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
