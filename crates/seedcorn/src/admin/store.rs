//! `seedcorn admin store …`

use clap::Subcommand;
use seedcorn_commons::store::{self, Unused};

use crate::config::Resolved;
use crate::{open, say};

/// `seedcorn admin store …`
#[derive(Subcommand, Debug)]
pub(crate) enum Store {
    /// Give the store a new generation and print it: after a backup was restored.
    ///
    /// Clients remember for weeks what is stored, and do not send it again. With the new generation they forget it.
    /// Start every process of the hub anew afterwards.
    Renew,
    /// Take the key in the master key file for the hub's from now on, or make one: when the one before is lost.
    ///
    /// Addresses and Xet tokens that are on their way become void. Start every process of the hub anew afterwards, with
    /// the same key.
    Rekey,
}

pub(super) async fn run(settings: &Resolved, command: Store) -> anyhow::Result<()> {
    match command {
        Store::Renew => {
            let commons = open::commons(settings, Unused::Refuse).await?;
            say::line(store::renew(commons.database()).await?)?;
            Ok(commons.close().await?)
        }
        Store::Rekey => open::rekey(settings).await,
    }
}
