//! Many releases at once, each told in a line, as many at a time as there are cores.

use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::{anyhow, bail};
use seedcorn_core::openness::{Class, Profile, Verdict, report};

use super::source::{Release, Source, folder};
use super::{Format, GradeArgs, UNREADABLE, exit, json_of};
use crate::say;

/// What became of one.
type Outcome = anyhow::Result<(Release, Verdict)>;

/// Grades all of them and prints a line of each, in their order. The worst of the exit codes is that of all.
pub(super) fn run(args: &GradeArgs, min: Option<Class>) -> anyhow::Result<ExitCode> {
    if args.explain.is_some() || args.diff.is_some() || !args.reviews.is_empty() {
        bail!("--explain, --diff and --review are of one release");
    }
    if !matches!(args.format, Format::Text | Format::Json) {
        bail!("several releases are told as text or json");
    }
    let next = AtomicUsize::new(0);
    let outcomes: Vec<Mutex<Option<Outcome>>> = args.paths.iter().map(|_| Mutex::new(None)).collect();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads.min(args.paths.len()) {
            scope.spawn(|| {
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    let Some(path) = args.paths.get(n) else { break };
                    let outcome = one(args, path);
                    *outcomes[n].lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                }
            });
        }
    });
    let (mut worst, mut codes) = (0, Vec::new());
    for (path, outcome) in args.paths.iter().zip(outcomes) {
        let outcome = outcome.into_inner().unwrap_or_else(PoisonError::into_inner);
        match outcome.unwrap_or_else(|| Err(anyhow!("it was not reached"))) {
            Ok((release, verdict)) => {
                print(args, path, &release, &verdict)?;
                codes.push(exit_number(&verdict, min));
            }
            Err(error) => {
                super::unreadable(&error.context(path.clone()));
                codes.push(UNREADABLE);
            }
        }
    }
    // What cannot be read is worse than what is not good enough, and that than what may be.
    for (rank, code) in [(1, 4), (2, 1), (3, UNREADABLE)] {
        if codes.contains(&code) {
            worst = worst.max(rank);
        }
    }
    Ok(ExitCode::from([0, 4, 1, UNREADABLE][worst]))
}

fn one(args: &GradeArgs, path: &str) -> Outcome {
    let source = Source::read(path, args.kind)?;
    let profile = args.profile(&source)?;
    let Source::Folder(path, kind) = source else { bail!("several are graded in folders alone") };
    let release = folder(&path, kind)?;
    let verdict = release.verdict(profile);
    Ok((release, verdict))
}

fn exit_number(verdict: &Verdict, min: Option<Class>) -> u8 {
    match exit(verdict, min) {
        code if code == ExitCode::SUCCESS => 0,
        code if code == ExitCode::from(4) => 4,
        _ => 1,
    }
}

fn print(args: &GradeArgs, path: &str, release: &Release, verdict: &Verdict) -> anyhow::Result<()> {
    if args.format == Format::Json {
        let mut told = json_of(release, verdict);
        if let Some(map) = told.as_object_mut() {
            map.insert("path".into(), serde_json::json!(path));
        }
        return say::line(told.to_string());
    }
    let possible = match verdict.possible == verdict.confirmed {
        true => String::new(),
        false => format!(", {} possible", report::grade(verdict.possible)),
    };
    let lacks: Vec<&str> = verdict.next.iter().map(|step| step.component.name()).collect();
    let lacks = match (lacks.is_empty(), verdict.profile) {
        (true, _) => String::new(),
        (false, Profile::Osaid | Profile::Eu) => format!("; lacks {}", lacks.join(", ")),
        (false, _) => format!("; for the next class: {}", lacks.join(", ")),
    };
    say::line(format!("{path}: {}{possible}{lacks}", report::grade(verdict.confirmed)))
}
