//! What git is told, and how: refusals as plain text, which it shows to people, and answers that nobody keeps.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use seedcorn_commons::Refusal;

use crate::place::Place;
use crate::refuse::Failure;

/// Whether a client speaks version 2.
pub(super) fn is_version_2(headers: &HeaderMap) -> bool {
    let spoken = headers.get("git-protocol").and_then(|value| value.to_str().ok()).unwrap_or_default();
    spoken.split(':').any(|word| word == "version=2")
}

/// An answer of one of git's media types, never kept by anybody.
pub(super) fn answer(media: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, max-age=0, must-revalidate"));
    response
}

/// A refusal as git shows it. Whoever comes without a token is asked for one, whether or not there is such a repo.
pub(super) fn refuse(place: &Place, failure: Failure) -> Response {
    let failure = match failure.0 {
        Refusal::Unseen | Refusal::Gated { .. } | Refusal::BadToken if place.asker.0.is_none() => Failure(
            Refusal::Unsigned("sign in with an access token as password, whatever the user name".into()),
        ),
        refusal => Failure(refusal),
    };
    let text = failure.0.to_string();
    let mut response = failure.into_response();
    if response.status() != StatusCode::TEMPORARY_REDIRECT {
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        response.headers_mut().insert(header::CONTENT_TYPE, plain);
        response.headers_mut().remove(header::CONTENT_LENGTH);
        *response.body_mut() = Body::from(format!("{text}\n"));
    }
    response
}
