//! `seedcorn log`: the transparency log, for those who run the hub.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use seedcorn_commons::log;
use seedcorn_commons::store::Unused;
use seedcorn_core::log::Policy;

use crate::config::Resolved;
use crate::monitor::Monitor;
use crate::{open, say};

/// `seedcorn log …`
#[derive(Subcommand, Debug)]
pub(crate) enum Log {
    /// Print what others need to know of this log and of this hub as a witness: keys, as lines of a policy.
    Key,
    /// Check the log of a hub: that it only grew, and says what the hub says. Needs no store.
    Monitor(Monitor),
    /// Take back what the log's files have and the database does not know, after an earlier state of the database was restored.
    ///
    /// Run it while no server runs. What the hub says now where that is another thing than its log says is logged as well; nothing else that
    /// was lost comes back.
    Recover,
}

/// Runs one of them.
pub(crate) async fn run(settings: &Resolved, command: Log) -> anyhow::Result<ExitCode> {
    if let Log::Monitor(monitor) = &command {
        return monitor.run().await;
    }
    let commons = open::commons(settings, Unused::Refuse).await?;
    match command {
        Log::Monitor(_) => {}
        Log::Key => {
            let url = settings.url();
            say::line(format_args!("log {} {url}/log/1", log::key(&commons)))?;
            say::line(format_args!("witness NAME {} {url}/witness", log::witness_key(&commons)))?;
        }
        Log::Recover => {
            let log::Recovered { entries, works } = log::recover(&commons).await?;
            while log::turn(&commons).await? {}
            say::line(format_args!(
                "{entries} entries were taken back; {works} works are elsewhere than the log said, which is logged now"
            ))?;
        }
    }
    commons.close().await?;
    Ok(ExitCode::SUCCESS)
}

impl Resolved {
    /// How the transparency log is kept.
    pub(crate) fn log_settings(&self) -> anyhow::Result<log::Settings> {
        let read = |flag: &str, path: &Option<PathBuf>| -> anyhow::Result<Policy> {
            let Some(path) = path else { return Ok(Policy::default()) };
            let named = || format!("{flag} {}", path.display());
            std::fs::read_to_string(path).with_context(named)?.parse().with_context(named)
        };
        let policy = read("--log-policy", &self.log_policy)?;
        if let Some(one) = policy.witnesses.iter().find(|one| one.url.is_none()) {
            bail!("--log-policy: the witness {} has no address behind its key", one.name);
        }
        let watched = read("--watched-logs", &self.watched_logs)?.logs;
        let mirrored = read("--mirrored-logs", &self.mirrored_logs)?.logs.into_iter().map(|one| {
            let url = one
                .url
                .with_context(|| format!("--mirrored-logs: {} has no address behind its key", one.name))?;
            Ok(log::Mirrored { key: one.key, url })
        });
        Ok(log::Settings {
            origin: self.public_url.as_deref().map(log_origin),
            policy,
            watched: watched.into_iter().map(|one| one.key).collect(),
            mirrored: mirrored.collect::<anyhow::Result<_>>()?,
        })
    }
}

/// What names the log of a hub at a public address: that address without a scheme.
fn log_origin(url: &str) -> String {
    let bare = url.split_once("://").map_or(url, |(_, rest)| rest).trim_end_matches('/');
    format!("{bare}/log/1")
}
