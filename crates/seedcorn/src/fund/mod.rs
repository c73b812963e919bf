//! `seedcorn fund`: how a pool of money is shared.

mod tally;

use clap::Subcommand;

/// `seedcorn fund …`
#[derive(Subcommand, Debug)]
pub(crate) enum Fund {
    /// Share a pool by a table of donations.
    ///
    /// Needs no hub and no network. What is paid out comes to the pool to the unit, and the order of the donations is nothing.
    Tally(tally::Tally),
}

/// Runs one of them.
pub(crate) fn run(command: Fund) -> anyhow::Result<()> {
    match command {
        Fund::Tally(tally) => tally.run(),
    }
}
