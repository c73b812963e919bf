//! `seedcorn serve`.

use std::time::Duration;

use anyhow::Context;
use seedcorn_commons::{Commons, demo};
use seedcorn_server::App;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Resolved;
use crate::{conformance, open, welcome};

/// How often counted downloads are written down.
const FLUSH_EVERY: Duration = Duration::from_secs(5);

/// Runs the hub until it is told to stop.
pub(crate) async fn run(settings: Resolved) -> anyhow::Result<()> {
    let commons = open::commons(&settings).await?;
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.with_context(|| format!("{} cannot be listened on", settings.listen))?;
    let bound = listener.local_addr()?;
    let url = settings.public_url.clone().unwrap_or_else(|| format!("http://{bound}"));
    let first = welcome::first_member(&commons, &settings.first_member).await?;
    if settings.conformance {
        conformance::seed(&commons).await?;
    }
    if settings.demo && demo::seed(&commons).await? {
        tracing::info!("the demo set was made");
    }
    welcome::print(&url, first.as_ref());
    let stop = CancellationToken::new();
    tokio::spawn(stop_on_signal(stop.clone()));
    tokio::spawn(flush(commons.clone(), stop.clone()));
    seedcorn_server::serve(App::new(commons.clone(), settings.public_url), listener, stop).await?;
    commons.close().await?;
    tracing::info!("stopped");
    Ok(())
}

async fn stop_on_signal(stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: running requests may end");
    stop.cancel();
}

async fn flush(commons: Commons, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(FLUSH_EVERY) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = commons.flush_downloads().await {
            tracing::warn!(%error, "download counts were not written down");
        }
    }
}
