//! `seedcorn fund`: how a pool of money is shared.

mod attack;
mod book;
mod recompute;
mod tally;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use seedcorn_core::fund::FORMAT as ROUND;
use seedcorn_core::fund::ledger::FORMAT as BOOK;
use serde::Deserialize;

/// Bytes of a bundle.
const BUNDLE_BYTES_MAX: u64 = 1 << 30;

/// `seedcorn fund …`
#[derive(Subcommand, Debug)]
pub(crate) enum Fund {
    /// Share a pool by a table of donations.
    ///
    /// Needs no hub and no network. What is paid out comes to the pool to the unit, and the order of the donations is nothing.
    Tally(tally::Tally),
    /// Compute a round anew from its bundle, and tell whether it comes to the same bytes.
    Recompute(recompute::Recompute),
    /// Check the book of a round, and print it for programs that keep books and for banks.
    Book(book::Book),
    /// See what it costs to cheat in a round, under each rule.
    Attack(attack::Attack),
}

/// Runs one of them.
pub(crate) fn run(command: Fund) -> anyhow::Result<ExitCode> {
    match command {
        Fund::Tally(tally) => tally.run().map(|()| ExitCode::SUCCESS),
        Fund::Recompute(recompute) => recompute.run(),
        Fund::Book(book) => book.run().map(|()| ExitCode::SUCCESS),
        Fund::Attack(attack) => attack.run().map(|()| ExitCode::SUCCESS),
    }
}

/// Why a file is not what is wanted of it: where it is another of those that are read here, that is the first thing to say.
fn instead(bytes: &[u8], wanted: &str, error: anyhow::Error) -> anyhow::Error {
    let format = serde_json::from_slice::<Formatted>(bytes).ok().and_then(|file| file.format);
    let first = bytes.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_table = !first.starts_with(b"{") && first.windows(5).any(|word| word == b"donor");
    match format.as_deref().filter(|format| *format != wanted) {
        Some(ROUND) => {
            anyhow!(
                "it is the bundle of a round: `seedcorn fund recompute` and `seedcorn fund attack` read it"
            )
        }
        Some(BOOK) => anyhow!("it is the book of a round: `seedcorn fund book` reads it"),
        _ if is_table => anyhow!("it is a table of donations: `seedcorn fund tally` reads it"),
        _ if !bytes.starts_with(b"{") => anyhow!("it is no JSON, as bundles and books are"),
        _ => error,
    }
}

/// Of a file in JSON, what it says that it is.
#[derive(Deserialize)]
struct Formatted {
    format: Option<String>,
}

/// The bytes of a bundle.
fn bundle(path: &Path) -> anyhow::Result<Vec<u8>> {
    let named = || path.display().to_string();
    let mut bytes = Vec::new();
    let file = File::open(path).with_context(named)?;
    file.take(BUNDLE_BYTES_MAX + 1).read_to_end(&mut bytes).with_context(named)?;
    if bytes.len() as u64 > BUNDLE_BYTES_MAX {
        bail!("{} is larger than {BUNDLE_BYTES_MAX} bytes", path.display());
    }
    Ok(bytes)
}
