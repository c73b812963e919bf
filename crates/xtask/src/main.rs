//! `cargo xtask test`: the one command that says whether everything holds, on a fresh machine as on an old one.
//! `cargo xtask shots` takes the pictures of the guides anew.

mod foreign;
mod fuzz;
mod packages;
mod postgres;
mod python;
mod run;
mod tally;
mod topics;

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Instant;

use anyhow::{Context, bail};

use crate::postgres::Cluster;
use crate::run::{cargo, checked, counted};
use crate::tally::Tally;

const USAGE: &str = "usage: cargo xtask test [--only STEP,STEP…] [--write]
       cargo xtask test openness   (the tests of one topic; also: funding, trust, collab)
       SEEDCORN_ROUNDS=DIR:DIR cargo xtask test funding   (and published rounds, each in a folder of its own)
       cargo xtask ci      (the same)
       cargo xtask shots   (takes the pictures in docs/shots anew)
steps, in this order: fmt, clippy, doc, unit, fuzz, clients, browser, api, books, log, scan, signing, git
`unit`, `fuzz`, `clients`, `browser`, `api`, `books`, `log`, `scan`, `signing` and `git` install what they need (with apt-get, as root or through sudo); `unit`,
`clients` and `git` start a private Postgres.";

/// What can be asked for with `--only`, in the order in which it runs.
const STEPS: [&str; 13] = [
    "fmt", "clippy", "doc", "unit", "fuzz", "clients", "browser", "api", "books", "log", "scan", "signing",
    "git",
];

/// The clients in Rust: a package outside the workspace, so that the hub's tree stays free of what they depend on.
const RUST_CLIENTS: &str = "tests/clients/rust/Cargo.toml";

/// Where things are.
struct Tree {
    root: PathBuf,
    target: PathBuf,
    /// README.md is made to say what the clients came to, instead of being compared with it.
    write: bool,
}

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    let write = words.pop_if(|word| word == "--write").is_some();
    if words == ["shots"] {
        return match tree(write).and_then(|tree| shots(&tree)) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("FAILED {error:#}");
                ExitCode::FAILURE
            }
        };
    }
    if let ["test", topic] = words.iter().map(String::as_str).collect::<Vec<_>>().as_slice()
        && let Some(topic) = topics::ALL.iter().find(|known| known.name == *topic)
    {
        return ended(|tally| tree(write).and_then(|tree| of_topic(&tree, topic, tally)));
    }
    let steps = match chosen(&words) {
        Ok(steps) => steps,
        Err(error) => {
            eprintln!("{error:#}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    ended(|tally| tree(write).and_then(|tree| test(&tree, &steps, tally)))
}

/// Runs tests, and tells how they ended.
fn ended(run: impl FnOnce(&mut Tally) -> anyhow::Result<()>) -> ExitCode {
    let mut tally = Tally::default();
    let start = Instant::now();
    let result = run(&mut tally);
    println!("\n{:.0} s in all", start.elapsed().as_secs_f64());
    if let Err(error) = &result {
        println!("FAILED {error:#}");
        // A step that is red without a test of its own, like clippy, is one failure.
        tally.failed = tally.failed.max(1);
    }
    println!("{tally}");
    if result.is_ok() && tally.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn chosen(words: &[String]) -> anyhow::Result<Vec<&'static str>> {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let only = match words.as_slice() {
        ["test" | "ci"] => return Ok(STEPS.to_vec()),
        ["test" | "ci", "--only", list] => *list,
        ["test" | "ci", one] => {
            one.strip_prefix("--only=").with_context(|| format!("unknown option {one}"))?
        }
        _ => bail!("what is to be done?"),
    };
    let asked: Vec<&str> = only.split(',').collect();
    if let Some(strange) = asked.iter().find(|step| !STEPS.contains(step)) {
        bail!("unknown step {strange:?}");
    }
    Ok(STEPS.into_iter().filter(|step| asked.contains(step)).collect())
}

fn tree(write: bool) -> anyhow::Result<Tree> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR").context("run this with `cargo xtask`")?;
    let root = Path::new(&manifest).ancestors().nth(2).context("xtask is not two folders below the root")?;
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
    Ok(Tree { root: root.to_owned(), target: std::path::absolute(target)?, write })
}

fn test(tree: &Tree, steps: &[&str], tally: &mut Tally) -> anyhow::Result<()> {
    let has = |step: &str| steps.contains(&step);
    let needs_postgres = has("unit") || has("clients") || has("git");
    if needs_postgres
        || ["fuzz", "browser", "api", "books", "log", "scan", "signing"].iter().any(|step| has(step))
    {
        timed("packages", packages::install)?;
    }
    if has("fmt") {
        timed("fmt", || {
            checked(cargo(tree).args(["fmt", "--all", "--check"]))?;
            checked(cargo(tree).args(["fmt", "--check", "--manifest-path", RUST_CLIENTS]))?;
            checked(cargo(tree).args(["fmt", "--check", "--manifest-path", fuzz::MANIFEST]))
        })?;
    }
    if has("clippy") {
        let arguments = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        timed("clippy", || checked(cargo(tree).args(arguments)))?;
    }
    if has("doc") {
        let arguments = ["doc", "--no-deps", "--workspace"];
        timed("doc", || checked(cargo(tree).args(arguments).env("RUSTDOCFLAGS", "-Dwarnings")))?;
    }
    let cluster = needs_postgres.then(|| timed("postgres", Cluster::start)).transpose()?;
    if let Some(cluster) = cluster.as_ref().filter(|_| has("unit")) {
        timed("unit", || unit(tree, cluster, tally))?;
    }
    if has("fuzz") {
        timed("fuzz", || fuzz::run(tree, tally))?;
    }
    if let Some(cluster) = cluster.as_ref().filter(|_| has("clients")) {
        timed("builds for the clients", || {
            programs(tree)?;
            checked(cargo(tree).args(["test", "--no-run", "--locked", "--manifest-path", RUST_CLIENTS]))
        })?;
        timed("clients", || clients(tree, cluster, tally))?;
    }
    if has("browser") {
        timed("build for the browser", || programs(tree))?;
        timed("browser", || counted(&mut against_binary(tree, "tests/browser/run.py")?, tally))?;
    }
    if has("api") {
        timed("build for the API", || programs(tree))?;
        timed("api", || counted(&mut against_binary(tree, "tests/api/run.py")?, tally))?;
    }
    if has("books") {
        timed("build for the books", || programs(tree))?;
        timed("books", || counted(&mut against_binary(tree, "tests/books/run.py")?, tally))?;
    }
    if has("log") {
        timed("build for the log", || programs(tree))?;
        let witness = timed("another's witness", || foreign::witness(tree))?;
        let mut command = against_binary(tree, "tests/log/run.py")?;
        timed("log", || counted(command.env("SEEDCORN_TEST_WITNESS", &witness), tally))?;
    }
    if has("scan") {
        timed("build for the scan", || programs(tree))?;
        timed("scan", || counted(&mut against_binary(tree, "tests/scan/run.py")?, tally))?;
    }
    if has("signing") {
        timed("build for the signing", || programs(tree))?;
        timed("signing", || counted(&mut against_binary(tree, "tests/signing/run.py")?, tally))?;
    }
    if let Some(cluster) = cluster.as_ref().filter(|_| has("git")) {
        timed("build for git", || programs(tree))?;
        timed("git", || counted(&mut against_stores(tree, "tests/git/run.py", cluster)?, tally))?;
    }
    Ok(())
}

/// The tests of one topic. They are built as those of the step `unit` are, so that nothing is built twice.
fn of_topic(tree: &Tree, topic: &topics::Topic, tally: &mut Tally) -> anyhow::Result<()> {
    timed("packages", packages::install)?;
    let cluster = timed("postgres", Cluster::start)?;
    for (targets, names) in topic.runs {
        let mut command = cargo(tree);
        command.args(["test", "--workspace", "--no-fail-fast"]).args(*targets).arg("--").args(*names);
        if targets.contains(&"funding") && std::env::var_os("SEEDCORN_ROUNDS").is_some() {
            command.arg("--include-ignored");
        }
        counted(command.env("SEEDCORN_TEST_POSTGRES", cluster.url()), tally)?;
    }
    test(tree, topic.steps, tally)
}

/// The pages in a real browser, or the API from its document, against the same binary as the clients.
fn against_binary(tree: &Tree, script: &str) -> anyhow::Result<Command> {
    // The profile of the other tests: what they built need not be built again, and it is optimized enough for them.
    let mut command = Command::new(python::find()?);
    command
        .arg(tree.root.join(script))
        .arg("--work")
        .arg(tree.target.join("test"))
        .current_dir(&tree.root)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("SEEDCORN_TEST_BINARY", tree.target.join("debug/seedcorn"));
    Ok(command)
}

/// The same over every store that there is.
fn against_stores(tree: &Tree, script: &str, cluster: &Cluster) -> anyhow::Result<Command> {
    let mut command = against_binary(tree, script)?;
    command
        .env("PATH", cluster.path()?)
        .env("SEEDCORN_TEST_S3_SERVER", tree.target.join("debug/s3-server"))
        .env("SEEDCORN_TEST_POSTGRES", cluster.url());
    Ok(command)
}

fn shots(tree: &Tree) -> anyhow::Result<()> {
    packages::install()?;
    programs(tree)?;
    checked(against_binary(tree, "tests/browser/run.py")?.arg("--shots"))
}

/// Builds the hub and the S3 server, as the step `unit` does for its own tests: built with fewer packages at once, their
/// libraries would get other features and be built once more.
fn programs(tree: &Tree) -> anyhow::Result<()> {
    checked(cargo(tree).args(["test", "--workspace", "--no-run"]))
}

fn unit(tree: &Tree, cluster: &Cluster, tally: &mut Tally) -> anyhow::Result<()> {
    let with = |arguments: &[&str]| {
        let mut command = cargo(tree);
        command.args(arguments).env("SEEDCORN_TEST_POSTGRES", cluster.url());
        command
    };
    let nextest =
        Command::new("cargo-nextest").arg("--version").output().is_ok_and(|out| out.status.success());
    if nextest {
        counted(&mut with(&["nextest", "run", "--workspace", "--no-fail-fast"]), tally)?;
        // nextest leaves the examples in the documentation out.
        counted(&mut with(&["test", "--workspace", "--doc"]), tally)
    } else {
        counted(&mut with(&["test", "--workspace", "--no-fail-fast"]), tally)
    }
}

fn clients(tree: &Tree, cluster: &Cluster, tally: &mut Tally) -> anyhow::Result<()> {
    let mut command = against_stores(tree, "tests/clients/run.py", cluster)?;
    command.env("CARGO_TARGET_DIR", &tree.target);
    if tree.write {
        command.arg("--write");
    }
    counted(&mut command, tally)
}

fn timed<T>(name: &str, step: impl FnOnce() -> anyhow::Result<T>) -> anyhow::Result<T> {
    println!("\n== {name}");
    let start = Instant::now();
    let result = step().with_context(|| format!("at step {name}"));
    let word = if result.is_ok() { "ok" } else { "FAILED" };
    println!("== {name}: {word}, {:.1} s", start.elapsed().as_secs_f64());
    result
}
