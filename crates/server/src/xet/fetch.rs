//! `GET /fetch/{sealed}`: bytes of a xorb, for whoever holds the sealed address.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::Response;
use futures_util::TryStreamExt;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use seedcorn_commons::{Refusal, xet};

use crate::app::App;
use crate::hub::resolve::counted;
use crate::refuse::Answer;

pub(crate) async fn fetch(
    State(app): State<App>,
    Path((_, sealed)): Path<(String, String)>,
    headers: HeaderMap,
) -> Answer<Response> {
    let text = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let range = text.and_then(|text| {
        let (first, last) = text.strip_prefix("bytes=")?.split_once('-')?;
        Some(first.parse().ok()?..last.parse::<u64>().ok()?.checked_add(1)?)
    });
    if text.is_some() && range.is_none() {
        return Err(Refusal::BadSeal("this address is for one range of bytes".into()).into());
    }
    let fetch = xet::open_fetch(&app.commons, &sealed, range.clone())?;
    let stream = fetch.stream(&app.commons).await?.inspect_err(|refusal| {
        if let Refusal::Broken(error) = refusal {
            tracing::error!(error = format!("{error:#}"), "a xorb fetch broke off");
        }
    });
    let bytes = fetch.bytes.clone();
    let stream = counted(&app, (fetch.repo, fetch.who), bytes.end - bytes.start, stream);
    let mut response = Response::new(Body::from_stream(stream));
    let out = response.headers_mut();
    out.insert(header::CONTENT_LENGTH, HeaderValue::from(bytes.end - bytes.start));
    out.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    out.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    // The address is the secret, and its bytes never change.
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=3600, immutable"));
    if range.is_some() {
        let shown = format!("bytes {}-{}/*", bytes.start, bytes.end - 1);
        if let Ok(value) = HeaderValue::from_str(&shown) {
            out.insert(header::CONTENT_RANGE, value);
        }
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}
