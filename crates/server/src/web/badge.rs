//! How open a work is, as a picture for other sites: always as it is now, with the revision that it is of.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use seedcorn_commons::access::See;
use seedcorn_commons::{browse, grade};
use seedcorn_core::openness::report::badge;

use crate::app::App;
use crate::condition::{self, Verdict};
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// Letters of a commit's id that are shown.
const SHORT: usize = 7;

/// `GET …/badge/openness.svg`. What nobody graded yet is not graded for it: pictures are asked for by machines.
pub(crate) async fn get(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let revision = query.get("rev").unwrap_or("main");
    let commit = browse::revision(&app.commons, &grant, revision).await?;
    let known = grade::known(&app.commons, &grant, &commit.oid).await?;
    let oid = commit.oid.to_string();
    let (svg, tag) = match known {
        Some(graded) => {
            let short: String = oid.chars().take(SHORT).collect();
            (badge::of(&graded.usual(), &short), format!("{oid}.{}", graded.at.0))
        }
        // It will be soon, if it is the main branch.
        None if revision == "main" => (badge::none("re-checking"), format!("{oid}.soon")),
        None => (badge::none("not graded yet"), format!("{oid}.not")),
    };
    let unchanged = matches!(condition::judge(&headers, &tag), Verdict::Unchanged);
    let mut response = match unchanged {
        true => StatusCode::NOT_MODIFIED.into_response(),
        false => ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response(),
    };
    let out = response.headers_mut();
    if let Ok(tag) = HeaderValue::from_str(&format!("\"{tag}\"")) {
        out.insert(header::ETAG, tag);
    }
    // Asked for again each time: a picture must not outlive its grade.
    let cache = if grant.repo().private { "private, no-store" } else { "no-cache" };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    out.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    );
    Ok(response)
}
