//! Listening: connections taken, served, and drained when told to stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::app::App;
use crate::client::Peer;
use crate::patience::Outgoing;
use crate::router::router;

/// How long requests may go on after the order to stop.
const DRAIN_WITHIN: Duration = Duration::from_secs(30);

/// Serves until told to stop, then lets running requests end.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    let bounds = app.bounds.clone();
    let service = router(app);
    let graceful = GracefulShutdown::new();
    let slots = Arc::new(Semaphore::new(bounds.connections));
    loop {
        let taken = tokio::select! {
            taken = take(&listener, &slots) => taken,
            () = stop.cancelled() => break,
        };
        let (slot, stream, peer) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                // Out of file descriptors, most likely: wait for some to be given back.
                tracing::warn!(%error, "a connection was not taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        // Without this, answers of a few packets wait for the client's delayed acknowledgement: small files would take
        // sixty times as long. It fails for a connection that is gone already, which is no reason to stop.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "a connection was gone before it was served");
            continue;
        }
        let stream = TokioIo::new(Outgoing::new(stream, bounds.stalled));
        let named = service.clone().map_request(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            request
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(bounds.headers)
            .serve_connection(stream, TowerToHyperService::new(named));
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended badly");
            }
            drop(slot);
        });
    }
    drop(listener);
    tokio::select! {
        () = graceful.shutdown() => {}
        () = tokio::time::sleep(DRAIN_WITHIN) => tracing::warn!("some requests did not end in time"),
    }
    Ok(())
}

/// The next connection, once there is room for one: until then clients wait in the system's queue.
async fn take(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> std::io::Result<(OwnedSemaphorePermit, TcpStream, SocketAddr)> {
    let slot = slots.clone().acquire_owned().await.map_err(std::io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    Ok((slot, stream, peer))
}
