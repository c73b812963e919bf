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
    heard(said)
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
    let said = serde_json::to_writer_pretty(Quiet(&mut out), value).map_err(io::Error::from);
    heard(said.and_then(|()| writeln!(out)).and_then(|()| out.flush()))
}

/// Nobody who stops reading did anything wrong.
fn heard(said: io::Result<()>) -> anyhow::Result<()> {
    match said {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Unheard.into()),
        said => said.context("the output was not written"),
    }
}

/// JSON for a terminal as well: what turns the direction of writing is spelt, which means the same to a program.
struct Quiet<W>(W);

impl<W: Write> Write for Quiet<W> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.write_all(piece).map(|()| piece.len())
    }

    fn write_all(&mut self, piece: &[u8]) -> io::Result<()> {
        // Pieces are whole texts: nothing in JSON but a text has such a letter, and a text comes between its escapes.
        let Ok(text) = std::str::from_utf8(piece) else { return self.0.write_all(piece) };
        for part in text.split_inclusive(is_harmful) {
            match part.chars().next_back().filter(|letter| is_harmful(*letter)) {
                Some(letter) => {
                    self.0.write_all(&part.as_bytes()[..part.len() - letter.len_utf8()])?;
                    write!(self.0, "\\u{:04x}", u32::from(letter))?;
                }
                None => self.0.write_all(part.as_bytes())?,
            }
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Tells people something beside what was asked for. Nobody may be reading.
pub(crate) fn aside(line: impl fmt::Display) {
    let _ = writeln!(io::stderr(), "{}", shown(&line.to_string()));
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn what_turns_writing_is_spelt_and_means_the_same() {
        let value = serde_json::json!({"a\u{202e}b": ["\u{2066}", "\"\n\u{7f}ü\u{85}", 5]});
        let mut out = Vec::new();
        serde_json::to_writer_pretty(Quiet(&mut out), &value).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(!text.contains(is_harmful), "{text:?}");
        assert!(text.contains("a\\u202eb"), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
    }
}
