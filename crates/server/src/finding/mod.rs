//! How works are found from outside: what crawlers may ask, the sitemap, and feeds. Whoever asks is told what everybody
//! may see; neither a cookie nor a token is looked at.

pub(crate) mod croissant;
pub(crate) mod described;
mod feed;
pub(crate) mod feeds;
mod robots;
mod sitemap;
mod xml;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use seedcorn_core::access::Action;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;

use crate::condition::{self, Verdict};
use crate::packed::Packable;
use crate::router::{Access, Route, route};

/// The addresses of this face.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = vec![
        route("GET", "/robots.txt", Access::Public, get(robots::get)),
        route("GET", "/sitemap.xml", Access::Public, get(sitemap::index)),
        route("GET", "/sitemap/{page}", Access::Public, get(sitemap::page)),
        route("GET", "/feed.atom", Access::Public, get(feeds::all)),
        route("GET", "/users/{ns}/feed.atom", Access::Public, get(feeds::namespace)),
    ];
    let address = "/api/datasets/{ns}/{name}/croissant";
    all.push(route("GET", address, Access::Repo(Action::Read), get(croissant::get)));
    for kind in RepoKind::ALL {
        all.push(route("GET", feeds::of_kind(kind), Access::Public, get(feeds::kind)));
        let of_repo = format!("/{}{{ns}}/{{name}}/feed.atom", kind.prefix());
        all.push(route("GET", of_repo, Access::Public, get(feeds::repo)));
    }
    all
}

/// A text for machines that ask for it again and again: with what they need to be told that nothing has changed.
fn document(headers: &HeaderMap, media: &'static str, text: String, changed: Option<Time>) -> Response {
    let tag = blake3::hash(text.as_bytes()).to_hex()[..32].to_owned();
    let verdict = match condition::judge(headers, &tag) {
        // A date is only asked when there is no tag (RFC 9110 §13.2.2).
        Verdict::Go if !headers.contains_key(header::IF_NONE_MATCH) && !is_newer(headers, changed) => {
            Verdict::Unchanged
        }
        verdict => verdict,
    };
    let mut response = match verdict {
        Verdict::Go => text.into_response(),
        Verdict::Unchanged => StatusCode::NOT_MODIFIED.into_response(),
        Verdict::Another => return StatusCode::PRECONDITION_FAILED.into_response(),
    };
    response.extensions_mut().insert(Packable::Always);
    let out = response.headers_mut();
    if verdict == Verdict::Go {
        out.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    }
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    // The same for everybody who came by the same address, and old after some minutes.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
    out.insert(header::VARY, HeaderValue::from_static("host, x-forwarded-host, x-forwarded-proto"));
    for (name, value) in
        [(header::ETAG, Some(format!("\"{tag}\""))), (header::LAST_MODIFIED, changed.map(Time::http_date))]
    {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(&value).ok()) {
            out.insert(name, value);
        }
    }
    response
}

/// Whether something changed since the moment that the asker names; it did when they name none.
fn is_newer(headers: &HeaderMap, changed: Option<Time>) -> bool {
    let since = headers.get(header::IF_MODIFIED_SINCE).and_then(|value| value.to_str().ok());
    match (since.and_then(Time::parse_http_date), changed) {
        (Some(since), Some(changed)) => changed.secs() > since.secs(),
        _ => true,
    }
}
