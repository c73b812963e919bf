//! Standard output: what a command was asked for. Whoever reads it may stop at any time, as `head` does, and that is no
//! mistake of anybody's.

use std::fmt;
use std::io::{self, ErrorKind, Write};

use anyhow::Context;

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
    let said = write!(out, "{text}").and_then(|()| out.flush());
    match said {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unheard.into()),
        said => said.context("the output was not written"),
    }
}
