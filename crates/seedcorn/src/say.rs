//! Standard output: what a command was asked for. Whoever reads it may stop at any time, as `head` does, and that is no
//! mistake of anybody's.

use std::fmt;
use std::io::{self, ErrorKind, Write};

use anyhow::Context;
use serde::Serialize;

/// What a command prints: for people, or for programs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// Everything, for programs.
    Json,
}

/// Nobody reads any more. There is nothing left to do and nobody to tell.
#[derive(Debug)]
pub(crate) struct Unheard;

impl fmt::Display for Unheard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nobody reads the output")
    }
}

impl std::error::Error for Unheard {}

/// Prints a line.
///
/// # Errors
/// [`Unheard`] when nobody reads any more; whatever else keeps the line from being written.
pub(crate) fn line(line: impl fmt::Display) -> anyhow::Result<()> {
    text(format_args!("{line}\n"))
}

/// Prints a text that brings its line breaks along.
///
/// # Errors
/// As [`line()`].
pub(crate) fn text(text: impl fmt::Display) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    let said = write!(out, "{}", shown(&text.to_string())).and_then(|()| out.flush());
    match said {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unheard.into()),
        said => said.context("the output was not written"),
    }
}

/// A text as a terminal may have it: names of files and what stands in them could move the cursor, colour what follows, or turn
/// the direction of writing.
fn shown(text: &str) -> String {
    text.chars().map(|letter| if is_harmful(letter) { '\u{fffd}' } else { letter }).collect()
}

/// A name or a line out of a file, as part of a line.
pub(crate) fn word(text: &str) -> String {
    text.chars().map(|letter| if letter == '\n' || letter == '\t' { '\u{fffd}' } else { letter }).collect()
}

fn is_harmful(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{061c}');
    turns || (letter.is_control() && !matches!(letter, '\n' | '\t'))
}

/// Prints a value as JSON for programs and people.
///
/// # Errors
/// As [`line()`].
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    let said = serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from);
    match said.and_then(|()| writeln!(out)).and_then(|()| out.flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unheard.into()),
        said => said.context("the output was not written"),
    }
}

/// Tells people something beside what was asked for. Nobody may be reading.
pub(crate) fn aside(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", shown(&line.to_string()));
}
