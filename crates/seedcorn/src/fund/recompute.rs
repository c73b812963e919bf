//! `seedcorn fund recompute`

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use seedcorn_core::fund::{Line, Round};
use serde::Serialize;

use super::{ROUND, bundle, instead};
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
    /// What is another, where it is not the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<&'static str>,
    /// Projects of which the bundle says another thing than comes out.
    differences: Vec<Difference>,
}

#[derive(Serialize)]
struct Difference {
    project: String,
    /// As the bundle has it; none where it has no such project.
    said: Option<Line>,
    /// As it comes out; none where no such project does.
    recomputed: Option<Line>,
}

impl Recompute {
    /// Computes and prints.
    pub(super) fn run(&self) -> anyhow::Result<ExitCode> {
        let said = bundle(&self.bundle)?;
        let named = || self.bundle.display().to_string();
        let told =
            Round::read(&said).map_err(|error| instead(&said, ROUND, error.into())).with_context(named)?;
        let round = told.recompute().with_context(named)?;
        let bytes = round.bytes();
        let same = bytes == said;
        let why = (!same).then(|| why(&told, &round));
        let differences = differences(told.result, round.result);
        let (bundle, recomputed) = (Round::name(&said), Round::name(&bytes));
        say::json(&Recomputed { bundle, recomputed, same, why, differences })?;
        Ok(ExitCode::from(u8::from(!same)))
    }
}

/// What of a bundle is not as it comes out.
fn why(said: &Round, recomputed: &Round) -> &'static str {
    let names = |round: &Round| round.result.iter().map(|line| line.project.clone()).collect::<Vec<_>>();
    let (own, other) = (names(said), names(recomputed));
    let distinct: BTreeSet<&String> = own.iter().collect();
    match () {
        () if distinct.len() < own.len() => "its result lists a project twice",
        () if said.inputs != recomputed.inputs => "its inputs are not in the order that a bundle has them in",
        () if own != other => "its result has other projects, or has them in another order",
        () if said.result != recomputed.result => "its result is another",
        () => "it says the same, and its bytes are spelled otherwise: spaces, line ends or the order of keys",
    }
}

/// What is said of projects and does not come out so.
fn differences(said: Vec<Line>, recomputed: Vec<Line>) -> Vec<Difference> {
    let by_project = |lines: Vec<Line>| -> BTreeMap<String, Line> {
        lines.into_iter().map(|line| (line.project.clone(), line)).collect()
    };
    let (mut said, mut recomputed) = (by_project(said), by_project(recomputed));
    let projects: BTreeSet<String> = said.keys().chain(recomputed.keys()).cloned().collect();
    let pairs = projects.into_iter().map(|project| Difference {
        said: said.remove(&project),
        recomputed: recomputed.remove(&project),
        project,
    });
    pairs.filter(|one| one.said != one.recomputed).collect()
}
