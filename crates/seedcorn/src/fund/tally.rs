//! `seedcorn fund tally`

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use seedcorn_commons::plain;
use seedcorn_core::fund::{self, Caps, Inputs, PAIR_LIMIT, Parameters, Round, Surplus};
use serde::Serialize;

use crate::say;

/// `seedcorn fund tally`
#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "Example:
  $ cat donations.csv
  donor,project,amount
  ada,tokenizer,500
  ben,tokenizer,500
  cem,corpus,2000
  $ seedcorn fund tally --pool 100000 donations.csv
  $ seedcorn fund tally --rule cocm --pool 100000 --cap 20000 donations.csv
  $ seedcorn fund tally --pool 100000 --bundle round.json donations.csv
  $ seedcorn fund recompute round.json              # anybody comes to the same bytes

Amounts are whole minor units, such as cents. Projects without a match are told all the same.
Exit codes: 0 counted; 2 the table cannot be counted with, and which row says why."
)]
pub(crate) struct Tally {
    /// Donations, as CSV with a header or as Parquet: donor, project, amount (whole minor units).
    #[arg(value_name = "FILE")]
    donations: PathBuf,
    /// The pool: what is shared, in minor units such as cents.
    #[arg(long, value_name = "N")]
    pool: u64,
    /// By which rule.
    #[arg(long, value_enum, default_value_t = Rule::Pairwise)]
    rule: Rule,
    /// The most that two donors can bring in together under the rule pairwise, before it is scaled to the pool: minor units.
    #[arg(long, value_name = "N", default_value_t = PAIR_LIMIT, value_parser = clap::value_parser!(u64).range(1..))]
    pair_limit: u64,
    /// The most that all projects of one controller get, in minor units; what is over goes to the others.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    cap: Option<u64>,
    /// The least that a project gets, in minor units; what would get less gets nothing.
    #[arg(long, value_name = "N", default_value_t = 0)]
    floor: u64,
    /// What is done with a pool that is larger than what the rule asks for.
    #[arg(long, value_enum, default_value_t = Rest::Share)]
    surplus: Rest,
    /// Who controls each project (project, controller): what they give to it themselves does not count.
    #[arg(long, value_name = "FILE")]
    controllers: Option<PathBuf>,
    /// What each project keeps of the credit for what was used (project, amount), for --by-credit.
    #[arg(long, value_name = "FILE")]
    credit: Option<PathBuf>,
    /// Of a thousand units of the pool, those that go by credit and not by donations.
    #[arg(long, value_name = "PER_MILLE", default_value_t = 0, requires = "credit", value_parser = clap::value_parser!(u16).range(0..=1000))]
    by_credit: u16,
    /// Write the whole round there: inputs, parameters and result, for others to recompute.
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Rule {
    /// No two donors bring in more than --pair-limit together, before all is scaled to the pool.
    Pairwise,
    /// Quadratic funding with no bound: whoever has many accounts wins.
    Plain,
    /// What donors give together counts for less, the more they are connected.
    Cocm,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
enum Rest {
    /// It is shared as well, in proportion.
    Share,
    /// It stays in the pool.
    Keep,
}

#[derive(Serialize)]
struct Tallied {
    rule: fund::Rule,
    pool: u64,
    projects: Vec<Project>,
}

#[derive(Serialize)]
struct Project {
    project: String,
    donated: u64,
    #[serde(rename = "match")]
    matched: u64,
}

impl Tally {
    /// Counts and prints.
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let round = self.round()?;
        if let Some(path) = &self.bundle {
            let bytes = round.bytes();
            std::fs::write(path, &bytes).with_context(|| path.display().to_string())?;
            say::aside(format_args!("{} is {}", path.display(), Round::name(&bytes)));
        }
        let paid: u64 = round.result.iter().map(|line| line.matched).sum();
        if paid < self.pool {
            say::aside(format_args!("{} of the pool are not paid out", self.pool - paid));
        }
        let projects = round.result.into_iter().map(|line| Project {
            project: line.project,
            donated: line.donated,
            matched: line.matched,
        });
        say::json(&Tallied { rule: self.rule.into(), pool: self.pool, projects: projects.collect() })
    }

    fn round(&self) -> anyhow::Result<Round> {
        let parameters = Parameters {
            rule: self.rule.into(),
            pool: self.pool,
            pair_limit: self.pair_limit,
            caps: Caps { most: self.cap, least: self.floor, surplus: self.surplus.into() },
            by_credit: self.by_credit,
        };
        let inputs = Inputs {
            donations: plain::donations(&self.donations)?,
            controllers: self.controllers.as_deref().map(plain::controllers).transpose()?.unwrap_or_default(),
            credit: self.credit.as_deref().map(plain::credit).transpose()?.unwrap_or_default(),
        };
        let code = concat!("seedcorn ", env!("CARGO_PKG_VERSION"));
        Round::compute(code, parameters, inputs).with_context(|| self.donations.display().to_string())
    }
}

impl From<Rule> for fund::Rule {
    fn from(rule: Rule) -> fund::Rule {
        match rule {
            Rule::Pairwise => fund::Rule::Pairwise,
            Rule::Plain => fund::Rule::Plain,
            Rule::Cocm => fund::Rule::Cocm,
        }
    }
}

impl From<Rest> for Surplus {
    fn from(rest: Rest) -> Surplus {
        match rest {
            Rest::Share => Surplus::Share,
            Rest::Keep => Surplus::Keep,
        }
    }
}
