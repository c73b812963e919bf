//! `seedcorn fund attack`

use std::fmt::Write;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::Args;
use seedcorn_commons::plain;
use seedcorn_core::credit::{self, Passing};
use seedcorn_core::fund::{
    self, Attackable, Attacked, Caps, Donation, Inputs, PAIR_LIMIT, Parameters, Round,
};
use serde::Serialize;

use super::{ROUND, bundle, instead};
use crate::say::{self, Format};

/// `seedcorn fund attack`
#[derive(Args, Debug)]
#[command(
    allow_negative_numbers = true,
    after_help = "Examples:
  seedcorn fund attack round.json
  seedcorn fund attack donations.csv --pool 100000 --account 500
  seedcorn fund attack donations.csv --pool 100000 --nodes works.csv --edges edges.csv --seeds seeds.csv

Gifts to oneself come back; what they cost is the accounts. A rule holds where a unit of the pool costs a unit or more, in the
cheapest of the ways that are tried. Under cocm accounts that give to one project alone bring in nothing by construction, so it is tried as well
to make them look like strangers.
With works, edges and seeds it is tried as well what made-up works and claims bring in."
)]
pub(crate) struct Attack {
    /// A bundle, as `fund tally --bundle` wrote it; or donations (donor, project, amount).
    #[arg(value_name = "ROUND")]
    round: PathBuf,
    /// The pool: what is shared by donations, in minor units. [default: what the bundle says, without what goes by credit]
    #[arg(long, value_name = "N")]
    pool: Option<u64>,
    /// What it costs to have an account that may give, in minor units.
    #[arg(long, value_name = "N", default_value_t = 500)]
    account: u64,
    /// Works, to try attacks on credit.
    #[arg(long, value_name = "FILE", requires = "edges", requires = "seeds")]
    nodes: Option<PathBuf>,
    /// What builds upon what.
    #[arg(long, value_name = "FILE", requires = "nodes")]
    edges: Option<PathBuf>,
    /// What was used.
    #[arg(long, value_name = "FILE", requires = "nodes")]
    seeds: Option<PathBuf>,
    /// The work on behalf of whose owner it is tried. [default: the one that keeps most]
    #[arg(long, value_name = "ID", requires = "nodes")]
    work: Option<String>,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Serialize)]
struct Told {
    pool: u64,
    account: u64,
    donations: Vec<Attacked>,
    /// The rules under which no way that was tried brings in more than it costs.
    holds: Vec<fund::Rule>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    credit: Vec<credit::Attacked>,
}

impl Attack {
    /// Tries, and prints.
    pub(super) fn run(&self) -> anyhow::Result<()> {
        let (inputs, round) = self.read()?;
        let donations: Vec<Donation<'_>> = inputs.counted().collect();
        let found = fund::attack(&donations, &round).with_context(|| self.round.display().to_string())?;
        let holds = fund::Rule::ALL
            .into_iter()
            .filter(|rule| found.iter().any(|one| one.rule == *rule))
            .filter(|rule| found.iter().filter(|one| one.rule == *rule).all(Attacked::holds))
            .collect();
        let credit = self.credit()?;
        let told = Told { pool: round.pool, account: round.account, donations: found, holds, credit };
        match self.format {
            Format::Json => say::json(&told),
            Format::Text => say::text(text(&told)),
        }
    }

    /// The donations, and how they are counted.
    fn read(&self) -> anyhow::Result<(Inputs, Attackable)> {
        let named = || self.round.display().to_string();
        let of = |pool, pair_limit, caps| Attackable { pool, pair_limit, caps, account: self.account };
        let mut first = [0];
        let read = File::open(&self.round).and_then(|mut file| file.read(&mut first)).with_context(named)?;
        if first[..read] == *b"{" {
            let bytes = bundle(&self.round)?;
            let round = Round::read(&bytes)
                .map_err(|error| instead(&bytes, ROUND, error.into()))
                .with_context(named)?;
            let pool = self.pool.unwrap_or(round.by_gifts());
            round.parameters.check().map_err(anyhow::Error::msg).with_context(named)?;
            if round.recompute().with_context(named)?.result != round.result {
                say::aside(
                    "the bundle's result is not what comes of its inputs: what is tried begins with those",
                );
            }
            let Parameters { pair_limit, caps, .. } = round.parameters;
            return Ok((round.inputs, of(pool, pair_limit, caps)));
        }
        let Some(pool) = self.pool else {
            bail!("--pool is wanted: a table of donations does not say what is shared")
        };
        let inputs = Inputs { donations: plain::donations(&self.round)?, ..Inputs::default() };
        Ok((inputs, of(pool, PAIR_LIMIT, Caps::default())))
    }

    /// What attacks on credit bring in, if there are works.
    fn credit(&self) -> anyhow::Result<Vec<credit::Attacked>> {
        let (Some(nodes), Some(edges), Some(seeds)) = (&self.nodes, &self.edges, &self.seeds) else {
            return Ok(Vec::new());
        };
        let tables = plain::tables(nodes, edges, seeds)?;
        let works = tables.works();
        let target = match &self.work {
            Some(id) => tables.number(id).with_context(|| format!("{id:?} is not among the works"))?,
            None => tables.greatest(&Passing::default())?.context("there are no works to attack with")?,
        };
        let commons =
            credit::Commons { works: &works, derivations: &tables.derivations, seeds: &tables.seeds };
        Ok(credit::attack(commons, target, &Passing::default())?)
    }
}

fn text(told: &Told) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "A pool of {}, and accounts at {} each. Of what is tried, the cheapest:\n",
        told.pool, told.account
    );
    for ring in fund::Ring::ALL {
        let _ = writeln!(out, "{}", ring.text());
        for one in told.donations.iter().filter(|one| one.attack == ring) {
            let price = match one.cost_per_mille {
                None => "nothing is got".to_owned(),
                Some(cost) => format!("a unit costs {}.{:03}", cost / 1000, cost % 1000),
            };
            let holds = if one.holds() { "holds" } else { "does not hold" };
            let _ = writeln!(
                out,
                "  {:<9} {price:<24} {holds:<14} {} accounts, {} locked, {} spent, {} got",
                one.rule.word(),
                one.accounts,
                one.locked,
                one.spent,
                one.extracted
            );
        }
    }
    let names: Vec<&str> = told.holds.iter().map(|rule| rule.word()).collect();
    let _ = match names.is_empty() {
        true => writeln!(out, "\nNo rule holds against all of it at that price of an account."),
        false => writeln!(out, "\nAgainst all of it: {}", names.join(", ")),
    };
    if !told.credit.is_empty() {
        let _ = writeln!(
            out,
            "\nCredit: what the attacker has more than before, of what is seeded\n  {:<16} {:>14} {:>14}",
            "", "by the flow", "by PageRank"
        );
        for one in &told.credit {
            let _ =
                writeln!(out, "  {:<16} {:>14} {:>14}  {}", one.attack, one.flow, one.page_rank, one.what);
        }
    }
    out
}
