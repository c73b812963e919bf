//! Starting other programs: what they print is shown as it comes, and a red status is an error that names the command.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use anyhow::{Context, bail};

use crate::Tree;
use crate::tally::Tally;

/// The cargo that runs us, in the root of the workspace.
pub(crate) fn cargo(tree: &Tree) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    // The package outside the workspace shares the folder, and so whatever it has in common with the workspace.
    command.current_dir(&tree.root).env("CARGO_TARGET_DIR", &tree.target);
    // `cargo run` tells its child about the package xtask; passed on, it would confuse build scripts' caching.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text == "CARGO_MANIFEST_DIR" || text == "CARGO_MANIFEST_PATH" {
            command.env_remove(&name);
        }
    }
    command
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// Runs `command` and demands success.
pub(crate) fn checked(command: &mut Command) -> anyhow::Result<()> {
    let status = command.status().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

/// Runs `command`, demands success, and gives back what it wrote to standard output, trimmed.
pub(crate) fn output(command: &mut Command) -> anyhow::Result<String> {
    let out = command.output().with_context(|| format!("cannot start `{}`", shown(command)))?;
    if !out.status.success() {
        let words = String::from_utf8_lossy(&out.stderr);
        bail!("`{}` ended with {}: {}", shown(command), out.status, words.trim());
    }
    Ok(String::from_utf8_lossy(&out.stdout).trim().to_owned())
}

/// Runs a test command, adds the counts that it reports to `tally`, and demands success.
pub(crate) fn counted(command: &mut Command, tally: &mut Tally) -> anyhow::Result<()> {
    command.env("CARGO_TERM_COLOR", "never").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().with_context(|| format!("cannot start `{}`", shown(command)))?;
    let (out, err) = (child.stdout.take(), child.stderr.take());
    let counts = Mutex::new(std::mem::take(tally));
    std::thread::scope(|scope| {
        scope.spawn(|| relay(err, std::io::stderr(), &counts));
        relay(out, std::io::stdout(), &counts);
    });
    *tally = counts.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    let status = child.wait()?;
    if !status.success() {
        bail!("`{}` ended with {status}", shown(command));
    }
    Ok(())
}

fn relay(from: Option<impl Read>, mut to: impl Write, tally: &Mutex<Tally>) {
    let Some(from) = from else { return };
    for line in BufReader::new(from).split(b'\n') {
        let Ok(line) = line else { return };
        let text = String::from_utf8_lossy(&line);
        // Nobody listening is no reason to stop the tests.
        drop(writeln!(to, "{text}"));
        if let Ok(mut tally) = tally.lock() {
            tally.read_line(&text);
        }
    }
}
