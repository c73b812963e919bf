//! `seedcorn admin repo`: repos that nobody is to read, by decision of whoever runs the hub.

use anyhow::Context;
use clap::Subcommand;
use seedcorn_commons::{Commons, repo};
use seedcorn_core::repo::RepoKind;

use crate::say;

/// `seedcorn admin repo …`
#[derive(Subcommand, Debug)]
pub(crate) enum Repos {
    /// Take a repo down: nobody reads it, and whoever saw it before is told that it is disabled.
    ///
    /// Its owners see why in its settings, and may delete it. The log tells that it was taken down, and not why.
    Disable {
        /// models/NAMESPACE/NAME, datasets/…, spaces/…, papers/… or code/….
        #[arg(value_name = "REPO")]
        repo: String,
        /// Why, for its owners.
        #[arg(long)]
        reason: String,
    },
    /// Let it be again as it was.
    Enable {
        /// As it was given to disable.
        #[arg(value_name = "REPO")]
        repo: String,
    },
}

fn named(text: &str) -> anyhow::Result<(RepoKind, &str)> {
    let parts = text.split_once('/').and_then(|(kind, name)| Some((RepoKind::from_plural(kind)?, name)));
    parts.with_context(|| format!("a repo is called models/NAMESPACE/NAME or the like, not {text:?}"))
}

/// Does it.
pub(crate) async fn run(hub: &Commons, command: Repos) -> anyhow::Result<()> {
    match command {
        Repos::Disable { repo, reason } => {
            let (kind, name) = named(&repo)?;
            anyhow::ensure!(!reason.trim().is_empty(), "--reason is empty: say why, for its owners");
            repo::set_disabled(hub, kind, name, reason.trim()).await?;
            say::line(format_args!("{repo} is taken down"))
        }
        Repos::Enable { repo } => {
            let (kind, name) = named(&repo)?;
            repo::set_disabled(hub, kind, name, "").await?;
            say::line(format_args!("{repo} is as it was"))
        }
    }
}
