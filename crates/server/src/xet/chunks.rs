//! `GET /v1/chunks/{prefix}/{hash}`: is this chunk stored?

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{StatusCode, header};
use seedcorn_commons::{Refusal, xet};

use super::keeper::{Hash, Sender};
use crate::app::App;
use crate::refuse::{Answer, Failure, error_response};

/// On trouble of ours the answer is "no": a client that is told 500 or 503 asks again and again while its upload waits.
pub(crate) async fn query(
    State(app): State<App>,
    Sender(grant): Sender,
    Hash(chunk): Hash,
) -> Answer<Response> {
    match xet::dedup(&app.commons, &grant, chunk).await {
        Ok(shard) => Ok(([(header::CONTENT_TYPE, "application/octet-stream")], shard).into_response()),
        Err(refusal @ (Refusal::Broken(_) | Refusal::Busy(_))) => {
            let _ = Failure(refusal).into_response();
            Ok(error_response(StatusCode::NOT_FOUND, None, "chunk not found"))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// `GET /v2/file-chunk-hashes/{hash}`: only for editing files in place, which is not served.
pub(crate) async fn file_chunk_hashes() -> Response {
    error_response(StatusCode::NOT_FOUND, None, "editing ranges of files is not served by this store")
}
