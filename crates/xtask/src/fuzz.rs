//! The fuzz targets, each built with libFuzzer's instrumentation and run for a moment, from the seeds that are kept.
//!
//! This needs neither a nightly compiler nor cargo-fuzz: the instrumentation is a pass of LLVM, which stable rustc runs
//! when told to.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

use crate::Tree;
use crate::run::{cargo, checked, output};
use crate::tally::Tally;

/// A package outside the workspace, because all of it is compiled otherwise.
pub(crate) const MANIFEST: &str = "fuzz/Cargo.toml";

/// The parser that is tried, and the longest input in bytes: what its limits and its seeds need, and no more, since
/// longer inputs are slower ones.
const TARGETS: [(&str, u32); 19] = [
    ("xorb", 40_000),
    ("frame", 4096),
    ("shard", 16_384),
    ("ndjson", 4096),
    ("multipart", 2048),
    ("card", 4096),
    ("citation", 4096),
    ("pack", 8192),
    ("safetensors", 4096),
    ("gguf", 4096),
    ("parquet", 8192),
    ("table", 2048),
    ("release", 4096),
    ("license", 2048),
    ("lineage", 4096),
    ("round", 8192),
    ("log", 4096),
    ("scan", 4096),
    ("git", 4096),
];

/// Seconds that each target runs.
const SECS: u32 = 15;
/// Memory that a target may take: what an input of a few kilobytes can never need.
const MEMORY_MIB_MAX: u32 = 1024;
/// Seconds after which an input counts as one that never ends; far from what any takes on a slow machine.
const HANG_SECS: u32 = 60;

/// What cargo-fuzz passes too: coverage counters in every branch, and comparisons that libFuzzer can see into.
const INSTRUMENTATION: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Builds all targets, runs one after the other, and counts each as a test.
pub(crate) fn run(tree: &Tree, tally: &mut Tally) -> anyhow::Result<()> {
    let built = build(tree)?;
    let mut failed = Vec::new();
    for (name, input_bytes_max) in TARGETS {
        let target = Target { name, input_bytes_max, tree };
        match target.run(&built) {
            Ok(()) => tally.passed += 1,
            Err(error) => {
                println!("FAILED {name}: {error:#}");
                tally.failed += 1;
                failed.push(name);
            }
        }
    }
    if !failed.is_empty() {
        bail!("fuzzing found something in {}", failed.join(", "));
    }
    Ok(())
}

/// Compiles the targets into a folder of their own and tells where they are.
fn build(tree: &Tree) -> anyhow::Result<std::path::PathBuf> {
    let version = output(cargo(tree).arg("-vV"))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.context("`cargo -vV` names no host")?;
    let folder = tree.target.join("fuzz");
    // With a platform named, build scripts and macros are left without instrumentation, which they could not link.
    let arguments =
        ["build", "--locked", "--release", "--bins", "--manifest-path", MANIFEST, "--target", host];
    checked(
        cargo(tree)
            .args(arguments)
            .env("CARGO_TARGET_DIR", &folder)
            .env("CARGO_ENCODED_RUSTFLAGS", INSTRUMENTATION.join("\u{1f}")),
    )?;
    Ok(folder.join(host).join("release"))
}

struct Target<'a> {
    name: &'static str,
    input_bytes_max: u32,
    tree: &'a Tree,
}

impl Target<'_> {
    fn run(&self, built: &Path) -> anyhow::Result<()> {
        let work = self.tree.target.join("fuzz/runs").join(self.name);
        let found = work.join("corpus");
        if found.exists() {
            std::fs::remove_dir_all(&found)?;
        }
        std::fs::create_dir_all(&found)?;
        let log = work.join("log");
        let file = std::fs::File::create(&log)?;
        // Of several folders libFuzzer writes to the first alone, so the seeds stay as they are.
        let status = Command::new(built.join(self.name))
            .arg(&found)
            .arg(self.tree.root.join("fuzz/corpus").join(self.name))
            .arg(format!("-max_total_time={SECS}"))
            .arg(format!("-max_len={}", self.input_bytes_max))
            .arg(format!("-rss_limit_mb={MEMORY_MIB_MAX}"))
            .arg(format!("-timeout={HANG_SECS}"))
            .arg(format!("-artifact_prefix={}/", work.display()))
            .args(["-print_final_stats=1", "-verbosity=1"])
            .current_dir(&self.tree.root)
            .stdout(file.try_clone()?)
            .stderr(file)
            .status()
            .with_context(|| format!("cannot start the target {}", self.name))?;
        let text = String::from_utf8_lossy(&std::fs::read(&log)?).into_owned();
        if status.success() {
            println!("{:11} {}", self.name, tries(&text)?);
            return Ok(());
        }
        let lines: Vec<&str> = text.lines().collect();
        println!("{}", lines.get(lines.len().saturating_sub(40)..).unwrap_or_default().join("\n"));
        bail!("{status}; `cargo fuzz run -s none {} INPUT` repeats it, with the file named above", self.name)
    }
}

/// How many inputs were tried. None at all would be a test that cannot fail.
fn tries(log: &str) -> anyhow::Result<String> {
    let number = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let number: u64 = number.context("libFuzzer did not say what it did")?.trim().parse()?;
    if number == 0 {
        bail!("no input was tried");
    }
    Ok(format!("{number} inputs"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::{MANIFEST, TARGETS, tries};
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_target_runs_and_has_seeds() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
        let manifest = std::fs::read_to_string(root.join(MANIFEST)).unwrap();
        let bins = manifest.split("[[bin]]\n").skip(1);
        let bins: BTreeSet<_> = bins.map(|bin| bin.split('"').nth(1).unwrap()).collect();
        assert_eq!(TARGETS.map(|(name, _)| name).into_iter().collect::<BTreeSet<_>>(), bins);
        for (name, input_bytes_max) in TARGETS {
            let seeds: Vec<_> = std::fs::read_dir(root.join("fuzz/corpus").join(name)).unwrap().collect();
            assert!((1..40).contains(&seeds.len()), "{name}: {} seeds", seeds.len());
            for seed in seeds {
                let bytes = seed.unwrap().metadata().unwrap().len();
                // libFuzzer would cut it, and most formats would then refuse it.
                assert!(bytes <= u64::from(input_bytes_max), "{name}: a seed of {bytes} bytes");
            }
        }
    }

    #[test]
    fn a_run_that_tried_nothing_is_no_success() {
        let log = |tried: &str| format!("INFO: seed\nstat::number_of_executed_units: {tried}\nstat::x: 1\n");
        assert_eq!(tries(&log("12")).unwrap(), "12 inputs");
        assert!(tries(&log("0")).is_err());
        assert!(tries("").is_err());
    }
}
