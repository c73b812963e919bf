//! Shards in, in both versions: one answer at the end, or a line now and then while files are hashed.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::header;
use seedcorn_commons::access::{Grant, Propose};
use seedcorn_commons::xet::{Progress, accept_shard};
use seedcorn_commons::{Commons, Refusal};
use seedcorn_core::limits;
use seedcorn_wire::xet::{ShardAnswer, ShardEvent};
use tokio::sync::mpsc;
use tokio_util::task::AbortOnDropHandle;

use super::keeper::Sender;
use crate::app::App;
use crate::body;
use crate::refuse::{Answer, Failure};

/// Clients give up after 300 seconds of silence.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// `POST /v1/shards`.
pub(crate) async fn shard_v1(
    State(app): State<App>,
    Sender(grant): Sender,
    body: Body,
) -> Answer<Json<ShardAnswer>> {
    let bytes = body::whole(body, limits::SHARD_BYTES_MAX as usize).await?;
    accept_shard(&app.commons, &grant, bytes, &|_| {}).await?;
    Ok(Json(ShardAnswer { result: 1 }))
}

/// `POST /v2/shards`: NDJSON. What is refused at once gets a plain status; later the last line tells.
pub(crate) async fn shard_v2(State(app): State<App>, Sender(grant): Sender, body: Body) -> Answer<Response> {
    let bytes = body::whole(body, limits::SHARD_BYTES_MAX as usize).await?;
    let (send, mut receive) = mpsc::channel::<Bytes>(4);
    let commons = app.commons.clone();
    // Whoever stops listening stops the work: it may be hours of hashing.
    let work = AbortOnDropHandle::new(tokio::spawn(work(commons, grant, bytes, send)));
    let first = receive.recv().await;
    let stream = futures_util::stream::unfold((first, receive, work), |(first, mut receive, work)| async {
        let line = match first {
            Some(line) => line,
            None => receive.recv().await?,
        };
        Some((Ok::<_, std::convert::Infallible>(line), (None, receive, work)))
    });
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(stream)).into_response())
}

fn line(event: &ShardEvent) -> Bytes {
    let mut text = serde_json::to_vec(event).unwrap_or_default();
    text.push(b'\n');
    text.into()
}

async fn work(commons: Commons, grant: Grant<Propose>, bytes: Bytes, send: mpsc::Sender<Bytes>) {
    let told = Mutex::new(Instant::now());
    let progress = |now: Progress| {
        let mut told = told.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if told.elapsed() >= SIGN_OF_LIFE {
            *told = Instant::now();
            // A full channel means that the client has lines to read: one less does not matter.
            let _ = send.try_send(line(&ShardEvent::Validating { verified: now.verified, total: now.total }));
        }
    };
    let outcome = accept_shard(&commons, &grant, bytes, &progress).await;
    let event = match outcome {
        Ok(()) => ShardEvent::Result,
        Err(refusal) => refused(refusal),
    };
    let _ = send.send(line(&event)).await;
}

/// What is not the sender's to mend may go well another time.
fn refused(refusal: Refusal) -> ShardEvent {
    let retryable = matches!(refusal, Refusal::Broken(_) | Refusal::Full | Refusal::Busy(_));
    let message = refusal.to_string();
    // Writes down what broke.
    let _ = Failure(refusal).into_response();
    ShardEvent::Error { message, retryable }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_hub_could_not_do_now_may_be_asked_again() {
        for (refusal, expected) in [
            (Refusal::Busy("busy".into()), true),
            (Refusal::Full, true),
            (Refusal::Broken(std::io::Error::other("odd").into()), true),
            (Refusal::Invalid("bad shard".into()), false),
            (Refusal::Forbidden("no".into()), false),
            (Refusal::Unseen, false),
        ] {
            let told = refusal.to_string();
            let ShardEvent::Error { message, retryable } = refused(refusal) else { panic!("{told}") };
            assert_eq!((&message, retryable), (&told, expected));
        }
    }
}
