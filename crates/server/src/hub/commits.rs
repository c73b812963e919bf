//! `GET …/commits/{rev}`: history, newest first.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Uri, header};
use seedcorn_commons::access::See;
use seedcorn_commons::publish::refs;
use seedcorn_core::limits;
use seedcorn_wire::hub::{CommitItem, Formatted, UserName};

use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// Commits in a page unless asked otherwise.
const PAGE: usize = 50;

pub(crate) async fn list(
    State(app): State<App>,
    place: Place,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let number =
        |name: &str, usual: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(usual);
    let limit = number("limit", PAGE).clamp(1, limits::COMMITS_PAGE_MAX);
    let page = number("p", 0);
    let skip = page.saturating_mul(limit);
    let mut found = refs::history(&app.commons, &grant, place.part("rev"), skip, limit + 1).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let formatted = query.all("expand").any(|key| key == "formatted");
    let items: Vec<CommitItem> = found
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
    if more {
        let kept = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty() && !pair.starts_with("p="));
        let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
        pairs.push(format!("p={}", page + 1));
        let link = format!("<{}{}?{}>; rel=\"next\"", app.base(&headers), uri.path(), pairs.join("&"));
        if let Ok(link) = HeaderValue::from_str(&link) {
            response.headers_mut().insert(header::LINK, link);
        }
    }
    Ok(response)
}

/// A text as HTML that shows it.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
