//! `seedcorn serve`.

use std::time::Duration;

use anyhow::Context;
use seedcorn_commons::{Commons, demo, upkeep};
use seedcorn_server::App;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Resolved;
use crate::{conformance, open, welcome};

/// How often upkeep looks for what cannot wait.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Of how many such looks one is thorough: about one an hour.
const THOROUGH_EVERY: u32 = 720;

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
    let upkeep = tokio::spawn(keep_up(commons.clone(), stop.clone()));
    seedcorn_server::serve(App::new(commons.clone(), settings.public_url), listener, stop).await?;
    upkeep.await?;
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

/// Upkeep, until the hub stops. Any step can be left off: what is dropped here is done again after the next start.
async fn keep_up(commons: Commons, stop: CancellationToken) {
    let mut looks: u32 = 0;
    let work = async {
        loop {
            tokio::time::sleep(UPKEEP_EVERY).await;
            let done = match looks % THOROUGH_EVERY {
                0 => upkeep::thorough(&commons).await,
                _ => upkeep::often(&commons).await,
            };
            looks = looks.wrapping_add(1);
            match done {
                Ok(done) if done == upkeep::Done::default() => {}
                Ok(done) => tracing::info!(?done, "upkeep"),
                Err(error) => tracing::warn!(%error, "upkeep was not finished; it is tried again"),
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}
