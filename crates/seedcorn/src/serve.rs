//! `seedcorn serve`.

use std::time::Duration;

use anyhow::{Context, bail};
use seedcorn_commons::store::Unused;
use seedcorn_commons::{Commons, demo, jobs, log, scan, signing, upkeep};
use seedcorn_core::limits;
use seedcorn_egress::{Egress, Reach};
use seedcorn_server::App;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::Resolved;
use crate::{conformance, hooks, mirror, open, welcome, witness};

/// How long the log rests after something went wrong.
const LOG_AGAIN: Duration = Duration::from_secs(5);
/// How often upkeep looks for what cannot wait.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);
/// Of how many such looks one is thorough: about one an hour.
const THOROUGH_EVERY: u32 = 720;

/// Runs the hub until it is told to stop.
pub(crate) async fn run(settings: Resolved) -> anyhow::Result<()> {
    let reach = hooks::reach(settings.webhook_hosts.as_deref())?;
    let commons = open::commons(&settings, Unused::Begin).await?;
    let listener = TcpListener::bind(settings.listen).await;
    let listener = listener.with_context(|| format!("{} cannot be listened on", settings.listen))?;
    let bound = listener.local_addr()?;
    let url = settings.public_url.clone().unwrap_or_else(|| format!("http://{bound}"));
    let first = welcome::first_member(&commons, &settings.first_member).await?;
    match settings.conformance {
        true => conformance::seed(&commons).await?,
        false => conformance::shut_out(&commons).await?,
    }
    if settings.demo && demo::seed(&commons).await? {
        tracing::info!("the demo set was made");
    }
    match jobs::regrade_all(&commons).await? {
        0 => {}
        asked => tracing::info!(
            works = asked,
            "the rules of openness are others than before: works are graded anew"
        ),
    }
    match scan::scan_all(&commons).await? {
        0 => {}
        asked => tracing::info!(works = asked, "files are looked into by new rules"),
    }
    match signing::look_all(&commons).await? {
        0 => {}
        asked => tracing::info!(
            works = asked,
            "signatures are looked at by new rules, or with another root of trust"
        ),
    }
    // Whoever reads that the hub listens may stop it at once.
    let signals = Signals::listen().context("signals cannot be heard")?;
    welcome::print(&url, first.as_ref());
    let (stop, at_once) = (CancellationToken::new(), CancellationToken::new());
    tokio::spawn(signals.obey(stop.clone(), at_once.clone()));
    let upkeep = tokio::spawn(keep_up(commons.clone(), stop.clone()));
    let working = tokio::spawn(work(commons.clone(), stop.clone()));
    let logging = tokio::spawn(keep_log(commons.clone(), stop.clone()));
    let asking = tokio::spawn(ask_witnesses(commons.clone(), stop.clone()));
    let mirroring = tokio::spawn(keep_mirrors(commons.clone(), stop.clone()));
    let telling = tokio::spawn(tell_others(commons.clone(), (reach, url), stop.clone()));
    let (quotas, proxies) = settings.limits()?;
    let app = App::new(commons.clone(), settings.public_url)
        .registering(settings.registration.into())
        .limiting(quotas, proxies);
    let serving = async {
        seedcorn_server::serve(app, listener, stop).await?;
        upkeep.await?;
        working.await?;
        logging.await?;
        asking.await?;
        mirroring.await?;
        telling.await?;
        commons.close().await?;
        tracing::info!("stopped");
        Ok(())
    };
    tokio::select! {
        done = serving => done,
        // As after a crash: nothing that was promised is lost.
        () = at_once.cancelled() => bail!("stopped at once by a second signal; requests were cut off"),
    }
}

/// The signals that ask for an end, heard from the moment that this is made.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Signals> {
        Ok(Signals {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// The first lets requests end, the second does not.
    async fn obey(mut self, stop: CancellationToken, at_once: CancellationToken) {
        self.next().await;
        stop.cancel();
        tracing::info!("stopping: running requests may end; a second signal cuts them off");
        self.next().await;
        at_once.cancel();
    }
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

/// The transparency log, until the hub stops. Each step may be left off anywhere; any process goes on with it.
async fn keep_log(commons: Commons, stop: CancellationToken) {
    let work = async {
        loop {
            match log::turn(&commons).await {
                Ok(true) => continue,
                Ok(false) => log::wait(&commons).await,
                Err(error) => {
                    tracing::error!(%error, "the transparency log does not go on; it is tried again");
                    tokio::time::sleep(LOG_AGAIN).await;
                }
            }
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Asks witnesses of the log, until the hub stops; at once if there are none.
async fn ask_witnesses(commons: Commons, stop: CancellationToken) {
    // Whoever runs the hub names them.
    let egress = match Egress::new(Reach::Anything) {
        Ok(egress) if log::has_witnesses(&commons) => egress,
        Ok(_) => return,
        Err(error) => return tracing::error!(%error, "no witness can be asked"),
    };
    let work = async {
        loop {
            if let Err(error) = witness::round(&commons, &egress).await {
                tracing::warn!(%error, "witnesses were not asked; they are again");
            }
            tokio::time::sleep(Duration::from_secs(limits::WITNESS_SECS)).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Keeps logs of others, until the hub stops; at once if there are none.
async fn keep_mirrors(commons: Commons, stop: CancellationToken) {
    let egress = match Egress::new(Reach::Anything) {
        Ok(egress) if !log::mirrored(&commons).is_empty() => egress,
        Ok(_) => return,
        Err(error) => return tracing::error!(%error, "no log of others can be read"),
    };
    let work = async {
        loop {
            mirror::round(&commons, &egress).await;
            tokio::time::sleep(Duration::from_secs(limits::MIRROR_SECS)).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}

/// Sends what members have told to addresses of theirs, until the hub stops. `url` is the hub's own address.
async fn tell_others(commons: Commons, (reach, url): (Reach, String), stop: CancellationToken) {
    let egress = match Egress::new(reach) {
        Ok(egress) => egress,
        Err(error) => return tracing::error!(%error, "nothing is sent to webhooks"),
    };
    tokio::select! {
        () = hooks::keep_telling(&commons, &egress, &url) => {}
        () = stop.cancelled() => {}
    }
}

/// Jobs, until the hub stops. One that is dropped here is done again once its time is up, by any process.
async fn work(commons: Commons, stop: CancellationToken) {
    let work = async {
        loop {
            if let Err(error) = jobs::run_due(&commons).await {
                tracing::warn!(%error, "jobs were not looked for; they are again");
            }
            jobs::wait(&commons).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}
