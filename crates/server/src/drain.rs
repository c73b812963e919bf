//! What is left of a body when its request was answered early. A client that sends everything before it listens would
//! find a broken connection instead of the answer, so the rest is read and thrown away, as far as is reasonable.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Body;
use axum::extract::Request;
use bytes::Bytes;
use http::header;
use http_body::{Body as _, Frame, SizeHint};
use http_body_util::BodyExt;
use seedcorn_core::limits;

/// How long a client may take to send what is thrown away.
const WITHIN: Duration = Duration::from_secs(10);

/// A request's body, lent to whoever answers it.
struct Lent {
    body: Body,
    /// Whether there may be more to come.
    open: bool,
    /// Whether the client sends. One that asked first waits until somebody reads.
    sends: bool,
}

/// The middleware: lends out the body.
pub(crate) async fn lend(request: Request) -> Request {
    let asked_first = request.headers().contains_key(header::EXPECT);
    request.map(|body| {
        let open = !body.is_end_stream();
        Body::new(Lent { body, open, sends: !asked_first })
    })
}

impl http_body::Body for Lent {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        self.sends = true;
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        self.open = matches!(frame, Some(Ok(_)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let unread = self.open && self.sends && !self.body.is_end_stream();
        if unread && let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(tokio::time::timeout(WITHIN, drain(std::mem::take(&mut self.body))));
        }
    }
}

/// Reads to the end, to the first error, or to the limit.
async fn drain(mut body: Body) {
    let mut left = limits::UNREAD_BODY_BYTES_MAX;
    while let Some(Ok(frame)) = body.frame().await {
        match left.checked_sub(frame.data_ref().map_or(0, Bytes::len)) {
            Some(rest) => left = rest,
            None => return,
        }
    }
}
