//! `seedcorn credit`: how credit flows from what is used to what it builds upon.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use seedcorn_commons::plain;
use seedcorn_core::credit::{Passing, page_rank, shapley};
use seedcorn_core::limits::SHAPLEY_STEPS_MAX;
use serde::Serialize;

use crate::say;

/// `seedcorn credit …`
#[derive(Subcommand, Debug)]
pub(crate) enum Credit {
    /// Let credit flow through tables of works, of what they build upon, and of their use.
    ///
    /// Needs no hub and no network. What is seeded comes out again to the unit: a work passes a bounded part of what reaches it
    /// to the works that it builds upon and keeps the rest. A work that builds upon a later one, or upon one of the same
    /// controller, passes it nothing.
    Run(Run),
}

/// `seedcorn credit run`
#[derive(Args, Debug)]
#[command(after_help = "Example:
  $ cat works.csv           $ cat edges.csv                $ cat seeds.csv
  id,controller,created     child,parent,type              id,amount
  corpus,ada,2026-01-01     base,corpus,dataset            tuned,1000000
  base,ben,2026-02-01       tuned,base,finetune
  tuned,cem,2026-03-01
  $ seedcorn credit run --nodes works.csv --edges edges.csv --seeds seeds.csv

Types are quantized, adapter, finetune, merge, distilled, dataset, code and cites.
Exit codes: 0 counted; 2 a table cannot be counted with, and which row says why.")]
pub(crate) struct Run {
    /// Works, as CSV with a header or as Parquet: id, controller, created (a whole number or a date).
    #[arg(long, value_name = "FILE")]
    nodes: PathBuf,
    /// What builds upon what: child, parent, type, and state if it is known (inferred ones carry nothing).
    #[arg(long, value_name = "FILE")]
    edges: PathBuf,
    /// What was used: id, amount (whole units).
    #[arg(long, value_name = "FILE")]
    seeds: PathBuf,
    /// Tells beside it what other measures would give, for comparison: PageRank, which links alone can win, and the Shapley value of
    /// the lineage, which whoever cuts a work in pieces can.
    #[arg(long)]
    compare: bool,
}

#[derive(Serialize)]
struct Credited {
    seeded: u64,
    credit: Vec<Work>,
}

/// What reached a work, and what it keeps.
#[derive(Serialize)]
struct Work {
    id: String,
    #[serde(rename = "in")]
    reached: u64,
    keep: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnostics: Option<Diagnostics>,
}

/// What other measures give: no money follows them.
#[derive(Clone, Copy, Serialize)]
struct Diagnostics {
    /// Of one.
    page_rank: f64,
    /// In the units of the seeds; none where it takes too long.
    shapley: Option<f64>,
}

/// Rounds of PageRank, and how often it goes on.
const PAGE_RANK: (f64, usize) = (0.85, 60);

/// Runs one of them.
pub(crate) fn run(command: Credit) -> anyhow::Result<()> {
    let Credit::Run(files) = command;
    let lineage = plain::lineage(&files.nodes, &files.edges, &files.seeds, &Passing::default())?;
    let plain::Lineage { ids, graph, left, inferred, seeds, flow, seeded } = lineage;
    for (count, what) in [
        (inferred, "only inferred: they carry nothing"),
        (left.twice, "told more than once: counted once"),
        (left.backward, "leading to a work that is not older: they carry nothing"),
        (left.cut as usize, "works that build upon too many others in one way: the oldest of those count"),
    ] {
        if count > 0 {
            say::aside(format_args!("{count} {what}"));
        }
    }
    let ranks = files.compare.then(|| page_rank(&graph, PAGE_RANK.0, PAGE_RANK.1));
    let values = files.compare.then(|| shapley(&graph, &seeds, SHAPLEY_STEPS_MAX)).flatten();
    let diagnostics = |n: u32| {
        let shapley = values.as_ref().map(|values| values[n as usize]);
        ranks.as_ref().map(|ranks| Diagnostics { page_rank: ranks[n as usize], shapley })
    };
    let work = |(n, id)| {
        let diagnostics = diagnostics(n);
        Work { id, reached: flow.reached(&graph, n), keep: flow.keeps(&graph, n), diagnostics }
    };
    let mut credit: Vec<Work> = (0_u32..).zip(ids).map(work).collect();
    credit.sort_unstable_by(|a, b| a.id.cmp(&b.id));
    say::json(&Credited { seeded, credit })
}
