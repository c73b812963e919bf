//! Xorbs in.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use seedcorn_commons::{Refusal, xet};
use seedcorn_core::limits;
use seedcorn_wire::xet::XorbAnswer;

use super::keeper::{Hash, Sender};
use crate::app::App;
use crate::body;
use crate::refuse::{Answer, error_response};

/// `POST /v1/xorbs/{prefix}/{hash}`.
pub(crate) async fn post(
    State(app): State<App>,
    Sender(grant): Sender,
    Hash(hash): Hash,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<XorbAnswer>> {
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|bytes| bytes > limits::XORB_BODY_BYTES_MAX) {
        let max = limits::XORB_BODY_BYTES_MAX;
        return Err(Refusal::TooLarge(format!("a xorb has at most {max} bytes")).into());
    }
    let was_inserted = xet::receive_xorb(&app.commons, &grant, hash, body.into_data_stream()).await?;
    Ok(Json(XorbAnswer { was_inserted }))
}

/// `POST /v1/xorb-grants/{prefix}/{hash}`: 200 when the sender need not send it, else 404, which means "post it".
pub(crate) async fn grant(
    State(app): State<App>,
    Sender(grant): Sender,
    Hash(hash): Hash,
) -> Answer<Response> {
    if xet::has_xorb(&app.commons, &grant, hash).await? {
        return Ok(Json(serde_json::json!({})).into_response());
    }
    Ok(error_response(StatusCode::NOT_FOUND, None, "upload grants are not given; post the xorb"))
}

/// `HEAD /v1/xorbs/{prefix}/{hash}`.
pub(crate) async fn head(
    State(app): State<App>,
    Sender(grant): Sender,
    Hash(hash): Hash,
) -> Answer<StatusCode> {
    let here = xet::has_xorb(&app.commons, &grant, hash).await?;
    Ok(if here { StatusCode::OK } else { StatusCode::NOT_FOUND })
}

/// `POST /v1/telemetry`: read and dropped; clients wait for the answer.
pub(crate) async fn telemetry(body: Body) -> Answer<Response> {
    body::of_anybody(body, limits::TELEMETRY_BYTES_MAX).await?;
    Ok(Json(serde_json::json!({})).into_response())
}
