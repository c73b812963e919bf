//! `seedcorn lineage`: what of one work is another's.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::Args;
use seedcorn_commons::lineage;
use seedcorn_core::lineage::{Bytes, Comparison};

use crate::say::{self, Format};

/// `seedcorn lineage`
#[derive(Args, Debug)]
#[command(after_help = "Examples:
  seedcorn lineage ./base ./tuned                  # is ./tuned made from ./base?
  seedcorn lineage ./base ./tuned --format json

Tensors of safetensors and GGUF files are compared byte for byte under whatever name; those that are not the same, number by
number; all other files in chunks. Which of the two was there first is not in their bytes: the first is taken for the older.
Exit codes: 0 the second builds upon the first; 1 nothing shows that it does; 2 a folder cannot be read.")]
pub(crate) struct LineageArgs {
    /// The folder of the work that may have been built upon.
    #[arg(value_name = "PATH_A")]
    a: PathBuf,
    /// The folder of the work that may build upon it.
    #[arg(value_name = "PATH_B")]
    b: PathBuf,
    /// What to print.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

/// Compares and prints.
pub(crate) fn run(args: &LineageArgs) -> anyhow::Result<ExitCode> {
    let (found, left) = lineage::folders(&args.a, &args.b)?;
    if found.tensors.count == 0 && found.chunks.count == 0 && !left.is_empty() {
        left.iter().for_each(|line| say::aside(say::word(line)));
        bail!("{} has nothing that can be read", args.b.display());
    }
    left.iter().for_each(|line| say::aside(say::word(line)));
    match args.format {
        Format::Json => say::json(&found)?,
        Format::Text => say::text(text(&found))?,
    }
    Ok(ExitCode::from(u8::from(found.state.is_none())))
}

fn text(found: &Comparison) -> String {
    let mut out = String::new();
    let verdict = match (found.state, found.kind) {
        (None, _) => "Nothing shows that the second builds upon the first.".to_owned(),
        (Some(state), None) => format!("The second builds upon the first ({}).", state.word()),
        (Some(state), Some(kind)) => format!("The second builds upon the first: {kind} ({}).", state.word()),
    };
    let _ = writeln!(out, "{verdict}");
    for reason in &found.reasons {
        let _ = writeln!(out, "  {reason}");
    }
    if found.tensors.count > 0 {
        let _ = writeln!(out, "\nTensors of the second      count          bytes");
        for (what, part) in [
            ("the same", found.same),
            ("other numbers", found.changed),
            ("in fewer bits", found.repacked),
            ("new", found.new),
            ("in all", found.tensors),
        ] {
            let _ = writeln!(
                out,
                "  {what:<20} {:>9}  {:>13}  {}",
                part.count,
                part.bytes,
                share(part, found.tensors)
            );
        }
        let _ = writeln!(out, "  of the first, gone   {:>9}  {:>13}", found.gone.count, found.gone.bytes);
    }
    let shared = share(found.chunks_shared, found.chunks);
    let _ = writeln!(
        out,
        "\nBytes of all other files, in chunks: {} of {} are in the first  {shared}",
        found.chunks_shared.bytes, found.chunks.bytes
    );
    let build = match &found.build {
        None => "not known of both".to_owned(),
        Some(differences) if differences.is_empty() => "the same".to_owned(),
        Some(differences) => format!("different in {}", differences.join(", ")),
    };
    let _ = writeln!(out, "Build: {build}");
    let words = match found.words {
        None => "not known of both",
        Some(true) => "the same",
        Some(false) => "different",
    };
    let _ = writeln!(out, "Words of the tokenizer: {words}");
    for named in &found.named {
        let _ =
            writeln!(out, "It says itself that it builds upon {} ({})", say::word(&named.name), named.kind);
    }
    out
}

fn share(part: Bytes, whole: Bytes) -> String {
    let per_mille = part.per_mille(whole);
    format!("{:>3}.{} %", per_mille / 10, per_mille % 10)
}
