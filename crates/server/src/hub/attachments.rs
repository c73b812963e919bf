//! What is attached to comments: `POST /uploads` sends it, and answers with its address.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, header};
use seedcorn_commons::discuss;
use seedcorn_core::limits;

use crate::actor::Asker;
use crate::app::App;
use crate::body;
use crate::refuse::Answer;

/// Whoever opens it by itself gets no more than a picture.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// `POST /uploads`.
pub(crate) async fn send(
    State(app): State<App>,
    asker: Asker,
    headers: HeaderMap,
    body: Body,
) -> Answer<String> {
    let actor = asker.signed_in()?;
    let media = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media = media.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_owned();
    let bytes =
        body::whole(body, usize::try_from(limits::ATTACHMENT_BYTES_MAX).unwrap_or(usize::MAX)).await?;
    let id = discuss::attach(&app.commons, actor, &media, bytes).await?;
    Ok(format!("{}/uploads/{id}", app.base(&headers)))
}

/// `GET /uploads/{id}`.
pub(crate) async fn get(State(app): State<App>, Path(id): Path<String>) -> Answer<Response> {
    let attached = discuss::attachment(&app.commons, &id).await?;
    let mut response = attached.bytes.into_response();
    let media = HeaderValue::from_str(&attached.media);
    let media = media.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    for (name, value) in [
        (header::CONTENT_TYPE, media),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        // An id never names anything else.
        (header::CACHE_CONTROL, HeaderValue::from_static("private, max-age=31536000, immutable")),
    ] {
        response.headers_mut().insert(name, value);
    }
    Ok(response)
}
