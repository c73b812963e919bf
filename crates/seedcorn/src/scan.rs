//! `seedcorn scan`: what of some files may harm whoever opens them.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use seedcorn_commons::scan::{self, Scanned};
use seedcorn_core::scan::Verdict;
use serde_json::json;

use crate::say::{self, Format};

/// `seedcorn scan`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn scan ./model                     # is it safe to load this?
  seedcorn scan ./model/pytorch_model.bin
  seedcorn scan ./model --format json

Files are judged by what is in them, not by what they are called. Pickles (PyTorch, joblib, scikit-learn, arrays of objects) are
programs: each name that one brings in is compared with a list of those that only hold data, and nothing is ever run. Archives
(zip, tar, gzip, zlib) are looked into; what cannot be looked into is never called clean.
Exit codes: 0 no unsafe content was found; 1 something is suspicious, dangerous or could not be scanned; 2 it cannot be read.")]
pub(crate) struct ScanArgs {
    /// A folder or a file.
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Looks and prints.
pub(crate) fn run(args: &ScanArgs) -> anyhow::Result<ExitCode> {
    let (mut all, left) = scan::files(&args.path)?;
    left.iter().for_each(|line| say::aside(say::word(line)));
    // The worst first, and of equals in the order of their names.
    all.sort_by_key(|one| std::cmp::Reverse(one.found.verdict));
    let worst = all.iter().map(|one| one.found.verdict).max().unwrap_or_default();
    // Nobody knows what is in what was left out.
    let worst = if left.is_empty() { worst } else { worst.max(Verdict::Unscannable) };
    match args.format {
        Format::Text => say::text(text(&all, worst))?,
        Format::Json => {
            let file = |one: &Scanned| {
                json!({
                    "path": one.path,
                    "verdict": one.found.verdict,
                    "reasons": one.found.reasons,
                    "imports": one.found.imports,
                    "runs": one.found.runs,
                })
            };
            say::json(
                &json!({ "verdict": worst, "files": all.iter().map(file).collect::<Vec<_>>(), "left": left }),
            )?;
        }
    }
    Ok(ExitCode::from(u8::from(worst > Verdict::NothingFound)))
}

fn text(all: &[Scanned], worst: Verdict) -> String {
    let mut out = String::new();
    for one in all.iter().filter(|one| one.found.verdict > Verdict::NothingFound) {
        let _ = writeln!(out, "{}: {}", say::word(&one.path), one.found.verdict.text());
        for reason in &one.found.reasons {
            let _ = writeln!(out, "  {}", say::word(reason));
        }
    }
    for (path, file) in all.iter().flat_map(|one| one.found.runs.iter().map(move |file| (&one.path, file))) {
        let _ = writeln!(
            out,
            "{}: names {}, which is run by whoever loads it with trust_remote_code",
            say::word(path),
            say::word(file)
        );
    }
    let files = if all.len() == 1 { "file" } else { "files" };
    let _ = writeln!(out, "{} {files}: {}", all.len(), worst.text());
    out
}
