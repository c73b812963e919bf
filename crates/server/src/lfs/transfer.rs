//! Sealed LFS addresses: whole files, parts, and the end of an upload in parts. They carry no other authentication.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::publish::{complete_multipart, open_transfer, receive_basic, receive_part};
use seedcorn_wire::lfs::{Completion, Part};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use crate::app::App;
use crate::body;
use crate::refuse::{Answer, Failure};

/// How often a client that waits for a large file to be put together hears that it is still alive.
const SIGN_OF_LIFE: Duration = Duration::from_secs(3);

/// `PUT /lfs/{sealed}`: a whole file, or a part.
pub(crate) async fn put(
    State(app): State<App>,
    Path(sealed): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let open = open_transfer(&app.commons, &sealed).await?;
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match open.part() {
        Some(_) => {
            let etag = receive_part(&app.commons, &open, body.into_data_stream()).await?;
            let mut response = StatusCode::OK.into_response();
            if let Ok(etag) = HeaderValue::from_str(&etag) {
                response.headers_mut().insert(header::ETAG, etag);
            }
            Ok(response)
        }
        None => {
            if announced.is_some_and(|bytes| bytes != open.bytes()) {
                let (got, want) = (announced.unwrap_or_default(), open.bytes());
                let text = format!("the body has {got} bytes, {want} were announced; nothing was kept");
                return Err(Refusal::Unprocessable(text).into());
            }
            receive_basic(&app.commons, &open, body.into_data_stream()).await?;
            Ok(StatusCode::OK.into_response())
        }
    }
}

/// `POST /lfs/{sealed}`: all parts are sent. Putting them together may take longer than clients wait for an answer, so
/// the answer begins at once and grows by spaces until the outcome is known.
pub(crate) async fn complete(
    State(app): State<App>,
    Path(sealed): Path<String>,
    body: Body,
) -> Answer<Response> {
    let open = open_transfer(&app.commons, &sealed).await?;
    let request: Completion = body::json(body).await?;
    if !request.oid.is_empty() && request.oid != open.sha256().to_string() {
        let text = format!("\"oid\" is {:?}, and this address is for {}", request.oid, open.sha256());
        return Err(Refusal::Invalid(text).into());
    }
    let mut etags = BTreeMap::new();
    for Part { part_number, etag } in request.parts {
        if etags.insert(part_number, etag).is_some() {
            let text = format!("\"parts\" names part {part_number} twice; name each part once");
            return Err(Refusal::Invalid(text).into());
        }
    }
    let work = async move { complete_multipart(&app.commons, &open, &etags).await };
    let mut work = AbortOnDropHandle::new(tokio::spawn(work));
    // Small files are done at once and get a true status.
    match tokio::time::timeout(SIGN_OF_LIFE, &mut work).await {
        Ok(done) => {
            done.map_err(Refusal::broken)??;
            return Ok(axum::Json(serde_json::json!({ "success": true })).into_response());
        }
        Err(_still_at_work) => {}
    }
    let (send, receive) = mpsc::channel::<Result<Bytes, std::io::Error>>(1);
    tokio::spawn(async move {
        let outcome = loop {
            match tokio::time::timeout(SIGN_OF_LIFE, &mut work).await {
                Ok(done) => break done,
                Err(_) if send.send(Ok(Bytes::from_static(b" "))).await.is_err() => return,
                Err(_) => {}
            }
        };
        let last = match outcome {
            Ok(Ok(())) => Ok(Bytes::from_static(b"{\"success\":true}")),
            Ok(Err(refusal)) => {
                let text = refusal.to_string();
                // Only the log still hears of it; the client learns when it commits a file that is not here.
                let _ = Failure(refusal).into_response();
                Ok(Bytes::from(serde_json::json!({ "error": text }).to_string()))
            }
            Err(error) => Err(std::io::Error::other(error)),
        };
        let _ = send.send(last).await;
    });
    let stream = futures_util::stream::unfold(receive, |mut receive| async move {
        let piece = receive.recv().await?;
        Some((piece, receive))
    });
    Ok(([(header::CONTENT_TYPE, "application/json")], Body::from_stream(stream)).into_response())
}
