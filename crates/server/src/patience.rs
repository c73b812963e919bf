//! How long the hub waits for a client that does nothing: for the next byte of a body, and for the next byte of an
//! answer to be taken. Only silence counts; an upload of hours is fine.

use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http_body::{Body as _, Frame, SizeHint};
use seedcorn_commons::Refusal;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Runs while somebody waits for the other side, and begins anew when it has done something.
#[derive(Debug)]
struct Watch {
    within: Duration,
    until: Option<Pin<Box<Sleep>>>,
}

impl Watch {
    fn new(within: Duration) -> Watch {
        Watch { within, until: None }
    }

    /// The outcome, or `None` when it has been waited for too long.
    fn over<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<T>) -> Poll<Option<T>> {
        if let Poll::Ready(done) = outcome {
            self.until = None;
            return Poll::Ready(Some(done));
        }
        let within = self.within;
        let until = self.until.get_or_insert_with(|| Box::pin(sleep(within)));
        ready!(until.as_mut().poll(cx));
        Poll::Ready(None)
    }
}

/// A request's body that ends with an error when its sender is silent for too long.
struct Awaited {
    body: Body,
    watch: Watch,
    stalled: Stalled,
}

/// Whether a body stalled. Handlers hear only of a body that broke; this tells why.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stalled(Arc<AtomicBool>);

impl Stalled {
    /// What to answer, if the body stalled.
    pub(crate) fn refusal(&self) -> Option<Refusal> {
        let stalled = self.0.load(Ordering::Relaxed);
        stalled.then(|| Refusal::Slow("nothing came of the body for too long; send it again".into()))
    }
}

/// A body that is waited for so long and no longer, and the place where that is noted.
pub(crate) fn awaited(body: Body, within: Duration) -> (Body, Stalled) {
    let stalled = Stalled::default();
    if body.is_end_stream() {
        return (body, stalled);
    }
    let body = Awaited { body, watch: Watch::new(within), stalled: stalled.clone() };
    (Body::new(body), stalled)
}

impl http_body::Body for Awaited {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        let frame = ready!(self.watch.over(cx, frame));
        Poll::Ready(frame.unwrap_or_else(|| {
            self.stalled.0.store(true, Ordering::Relaxed);
            Some(Err(axum::Error::new(io::Error::from(io::ErrorKind::TimedOut))))
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose writes fail when the other side takes nothing for too long. Reads are left alone: while an answer
/// is worked on, a client rightly says nothing.
#[derive(Debug)]
pub(crate) struct Outgoing<S> {
    stream: S,
    watch: Watch,
}

impl<S> Outgoing<S> {
    pub(crate) fn new(stream: S, within: Duration) -> Outgoing<S> {
        Outgoing { stream, watch: Watch::new(within) }
    }

    fn watched(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        let written = ready!(self.watch.over(cx, written));
        Poll::Ready(written.unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into())))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Outgoing<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Outgoing<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.watched(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, pieces);
        self.watched(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use futures_util::StreamExt;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    const SOON: Duration = Duration::from_millis(30);
    /// What never ends is a failed test.
    const LATE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn a_write_that_nobody_takes_fails() {
        let (ours, theirs) = tokio::io::duplex(64);
        let mut ours = Outgoing::new(ours, SOON);
        let written = tokio::time::timeout(LATE, ours.write_all(&[0; 1000])).await.unwrap();
        assert_eq!(written.unwrap_err().kind(), io::ErrorKind::TimedOut);
        drop(theirs);
    }

    #[tokio::test]
    async fn silence_and_pauses_between_writes_do_no_harm() {
        let (ours, mut theirs) = tokio::io::duplex(64);
        let mut ours = Outgoing::new(ours, SOON);
        for _ in 0..3 {
            ours.write_all(&[1; 10]).await.unwrap();
            let mut got = [0; 10];
            theirs.read_exact(&mut got).await.unwrap();
            tokio::time::sleep(2 * SOON).await;
        }
        let mut byte = [0];
        assert!(tokio::time::timeout(2 * SOON, ours.read(&mut byte)).await.is_err(), "a read was given up");
    }

    #[tokio::test]
    async fn a_body_that_stops_is_given_up_and_says_so() {
        let pieces = futures_util::stream::iter([Ok::<_, io::Error>(Bytes::from_static(b"one"))]);
        let body = Body::from_stream(pieces.chain(futures_util::stream::pending()));
        let (body, stalled) = awaited(body, SOON);
        let mut body = body.into_data_stream();
        assert_eq!(body.next().await.unwrap().unwrap(), &b"one"[..]);
        // Time that the reader takes for itself is not the sender's.
        tokio::time::sleep(2 * SOON).await;
        assert!(stalled.refusal().is_none());
        tokio::time::timeout(LATE, body.next()).await.unwrap().unwrap().unwrap_err();
        assert!(matches!(stalled.refusal(), Some(Refusal::Slow(_))));
    }
}
