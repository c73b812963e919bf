//! Answers that take a while: sent as they come, with a sign of life where nothing comes.

use std::future::Future;
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use seedcorn_wire::git::pkt::{self, Band};
use tokio::sync::mpsc;

/// How often whoever waits hears that something is still going on: proxies give up on silence.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);
/// A line of people's band with nothing in it.
const ALIVE: &[u8] = b"0005\x02";

/// Where an answer goes.
#[derive(Clone, Debug)]
pub(super) struct Out {
    send: mpsc::Sender<Result<Bytes, std::io::Error>>,
}

/// Nobody listens any more.
#[derive(Debug)]
pub(super) struct Gone;

impl Out {
    /// Sends bytes as they are.
    pub(super) async fn put(&self, bytes: Vec<u8>) -> Result<(), Gone> {
        if bytes.is_empty() {
            return Ok(());
        }
        self.send.send(Ok(bytes.into())).await.map_err(|_| Gone)
    }

    /// Sends bytes through a band.
    pub(super) async fn band(&self, band: Band, data: &[u8]) -> Result<(), Gone> {
        let mut out = Vec::with_capacity(data.len() + data.len() / 8192 + 16);
        pkt::band(&mut out, band, data);
        self.put(out).await
    }

    /// Waits for something, and says so where the answer has bands.
    pub(super) async fn alive<T>(&self, has_bands: bool, work: impl Future<Output = T>) -> Result<T, Gone> {
        let mut work = std::pin::pin!(work);
        loop {
            match tokio::time::timeout(SIGN_OF_LIFE, &mut work).await {
                Ok(done) => return Ok(done),
                Err(_) if has_bands => self.put(ALIVE.to_vec()).await?,
                Err(_) if self.send.is_closed() => return Err(Gone),
                Err(_) => {}
            }
        }
    }

    /// Breaks the answer off, so that nobody takes what came for the whole.
    pub(super) async fn broken(&self) {
        let _ = self.send.send(Err(std::io::Error::other("the answer breaks off"))).await;
    }
}

/// A body that some work fills. Whoever goes away ends the work at its next word.
pub(super) fn body<F>(work: impl FnOnce(Out) -> F) -> Body
where
    F: Future<Output = Result<(), Gone>> + Send + 'static,
{
    let (send, receive) = mpsc::channel(2);
    let work = work(Out { send });
    let task = tokio_util::task::AbortOnDropHandle::new(tokio::spawn(work));
    let stream = futures_util::stream::unfold((receive, task), |(mut receive, task)| async move {
        let piece: Result<Bytes, std::io::Error> = receive.recv().await?;
        Some((piece, (receive, task)))
    });
    Body::from_stream(stream)
}
