//! `seedcorn fund recompute`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use seedcorn_core::fund::{Line, Round};
use serde::Serialize;

use super::bundle;
use crate::say;

/// `seedcorn fund recompute`
#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 the bundle says what comes of its inputs, byte for byte; 1 it does not; 2 it is no bundle."
)]
pub(crate) struct Recompute {
    /// The bundle, as `fund tally --bundle` wrote it.
    #[arg(value_name = "BUNDLE")]
    bundle: PathBuf,
}

#[derive(Serialize)]
struct Recomputed {
    /// The SHA-256 of the bundle as it is.
    bundle: String,
    /// The SHA-256 of what comes of its inputs.
    recomputed: String,
    same: bool,
    /// Lines that are others than the bundle says.
    differences: Vec<Line>,
}

impl Recompute {
    /// Computes and prints.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let said = bundle(&self.bundle)?;
        let round = Round::recompute(&said).with_context(|| self.bundle.display().to_string())?;
        let bytes = round.bytes();
        let same = bytes == said;
        let told: Option<Round> = serde_json::from_slice(&said).ok();
        let known = told.map(|told| told.result).unwrap_or_default();
        let differences = round.result.into_iter().filter(|line| !same && !known.contains(line)).collect();
        let (bundle, recomputed) = (Round::name(&said), Round::name(&bytes));
        say::json(&Recomputed { bundle, recomputed, same, differences })?;
        Ok(ExitCode::from(u8::from(!same)))
    }
}
