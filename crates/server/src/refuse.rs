//! Refusals as HTTP: the status of each, once, and the headers from which the clients make their exceptions.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use seedcorn_commons::Refusal;

/// A refusal on its way out.
#[derive(Debug)]
pub(crate) struct Failure(pub(crate) Refusal);

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure(refusal)
    }
}

/// What handlers return.
pub(crate) type Answer<T = Response> = Result<T, Failure>;

/// Marks a redirect to a renamed repo; the middleware knows the address that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct MovedTo(pub(crate) String);

/// The text of a refusal, for a page that shows it.
#[derive(Clone, Debug)]
pub(crate) struct Told(pub(crate) String);

/// Status, and the Hub's code for it.
fn status(refusal: &Refusal) -> (StatusCode, Option<&'static str>) {
    match refusal {
        Refusal::Unseen => (StatusCode::NOT_FOUND, Some("RepoNotFound")),
        Refusal::NoRevision(_) => (StatusCode::NOT_FOUND, Some("RevisionNotFound")),
        Refusal::NoEntry { .. } => (StatusCode::NOT_FOUND, Some("EntryNotFound")),
        Refusal::NotFound(_) => (StatusCode::NOT_FOUND, None),
        Refusal::Moved(_) => (StatusCode::TEMPORARY_REDIRECT, None),
        Refusal::Unsigned(_) | Refusal::BadToken => (StatusCode::UNAUTHORIZED, None),
        Refusal::Forbidden(_) | Refusal::BadSeal(_) | Refusal::Disabled => (StatusCode::FORBIDDEN, None),
        Refusal::Gated { signed_in: true, .. } => (StatusCode::FORBIDDEN, Some("GatedRepo")),
        Refusal::Gated { signed_in: false, .. } => (StatusCode::UNAUTHORIZED, Some("GatedRepo")),
        Refusal::Invalid(_) => (StatusCode::BAD_REQUEST, None),
        Refusal::Coded(_) => (StatusCode::UNSUPPORTED_MEDIA_TYPE, None),
        Refusal::Unprocessable(_) => (StatusCode::UNPROCESSABLE_ENTITY, None),
        Refusal::Stale => (StatusCode::PRECONDITION_FAILED, None),
        Refusal::Conflict(_) => (StatusCode::CONFLICT, None),
        Refusal::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, None),
        Refusal::Range(_) => (StatusCode::RANGE_NOT_SATISFIABLE, None),
        Refusal::Slow(_) => (StatusCode::REQUEST_TIMEOUT, None),
        Refusal::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, None),
        Refusal::Full => (StatusCode::INSUFFICIENT_STORAGE, None),
        Refusal::Broken(_) => (StatusCode::INTERNAL_SERVER_ERROR, None),
    }
}

/// A header value holds no line breaks and nothing but ASCII.
fn header_text(text: &str) -> HeaderValue {
    let plain: String =
        text.chars().take(1000).map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '?' }).collect();
    HeaderValue::from_str(&plain).unwrap_or(HeaderValue::from_static("refused"))
}

/// An error answer of a status: JSON for programs, headers for the Hub's clients.
pub(crate) fn error_response(status: StatusCode, code: Option<&'static str>, message: &str) -> Response {
    let body = serde_json::json!({ "error": message, "message": message });
    let mut response = (status, Json(body)).into_response();
    response.extensions_mut().insert(Told(message.to_owned()));
    let headers = response.headers_mut();
    headers.insert("x-error-message", header_text(message));
    if let Some(code) = code {
        headers.insert("x-error-code", HeaderValue::from_static(code));
    }
    response
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Failure(refusal) = self;
        if let Refusal::Broken(error) = &refusal {
            tracing::error!(error = format!("{error:#}"), "a request broke");
        }
        let (status, code) = status(&refusal);
        let mut response = error_response(status, code, &refusal.to_string());
        let headers = response.headers_mut();
        match refusal {
            Refusal::NoEntry { commit: Some(commit), .. } => {
                headers.insert("x-repo-commit", header_text(&commit.to_string()));
            }
            Refusal::Range(bytes) => {
                headers.insert(header::CONTENT_RANGE, header_text(&format!("bytes */{bytes}")));
            }
            Refusal::Unsigned(_) => {
                headers
                    .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Seedcorn\""));
            }
            // Not Basic, which would make a browser ask for a password where the hub's own page does.
            Refusal::Gated { signed_in: false, .. } => {
                headers
                    .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"Seedcorn\""));
            }
            Refusal::Coded(_) => {
                headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
            }
            Refusal::Busy(_) => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("5"));
            }
            // What is left of the body will not be read, so nothing can follow it.
            Refusal::Slow(_) => {
                headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
            }
            Refusal::Moved(to) => {
                response.extensions_mut().insert(MovedTo(to));
            }
            _ => {}
        }
        response
    }
}

/// An endpoint of the Hub that is not served here.
pub(crate) fn not_served(uri: &http::Uri) -> Response {
    let message = format!("{} is not served by this hub", uri.path());
    error_response(StatusCode::NOT_IMPLEMENTED, None, &message)
}

/// An address that leads nowhere.
pub(crate) fn nothing_here() -> Response {
    error_response(StatusCode::NOT_FOUND, None, "there is nothing at this address")
}

/// A repo that cannot be.
pub(crate) fn no_repo() -> Response {
    Failure(Refusal::Unseen).into_response()
}
