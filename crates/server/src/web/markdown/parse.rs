//! A text into comrak's tree, within bounds.

use std::time::{Duration, Instant};

use comrak::{Arena, Node, Options, try_parse_document};
use seedcorn_core::limits;

/// Longer than any text takes that was not made to take long. The bounds below keep known traps out; this is for those
/// that nobody knows.
const PARSE_MAX: Duration = Duration::from_secs(5);

/// Hands the tree of `source` to `then`; `None` if parsing it took too long.
pub(super) fn with_tree<T>(source: &str, then: impl FnOnce(Node<'_>) -> T) -> Option<T> {
    if quote_steps(source) > limits::MARKDOWN_STEPS_MAX {
        return None;
    }
    let arena = Arena::new();
    let begun = Instant::now();
    let options = options(source);
    try_parse_document(&arena, source, &options, &|| begun.elapsed() > PARSE_MAX).ok().map(then)
}

fn options(source: &str) -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.strikethrough = true;
    extension.table = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    let dollars = dollar_steps(source) <= limits::MARKDOWN_STEPS_MAX;
    extension.math_dollars = dollars;
    extension.math_code = dollars;
    options
}

/// At most how many steps it takes to open the quotes of all lines: the square of how many each begins with.
fn quote_steps(source: &str) -> usize {
    let marker =
        |byte: &u8| matches!(byte, b'>' | b' ' | b'\t' | b'-' | b'*' | b'+' | b'.' | b')' | b'0'..=b'9');
    let quotes = |line: &str| line.bytes().take_while(marker).filter(|byte| *byte == b'>').count();
    source.split(['\n', '\r']).map(quotes).map(|quotes| quotes * quotes).sum()
}

/// At most how many steps it takes to look for the partners of all dollar signs: for each its paragraph.
fn dollar_steps(source: &str) -> usize {
    let (mut steps, mut bytes, mut dollars) = (0, 0, 0);
    for line in source.split(['\n', '\r']) {
        if line.trim_ascii().is_empty() {
            steps += bytes * dollars;
            (bytes, dollars) = (0, 0);
        }
        bytes += line.len();
        dollars += line.bytes().filter(|byte| *byte == b'$').count();
    }
    steps + bytes * dollars
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_counted() {
        assert_eq!(quote_steps("> > a > b\n1. >>>\n>"), 4 + 9 + 1);
        assert_eq!(quote_steps("a >>>>"), 0);
        assert_eq!(dollar_steps("$a$\nb\n \n\n$$"), 4 * 2 + 2 * 2);
        assert!(quote_steps(&">".repeat(100_000)) > limits::MARKDOWN_STEPS_MAX);
        assert!(dollar_steps(&"\\\\$b".repeat(100_000)) > limits::MARKDOWN_STEPS_MAX);
        // A long text with many formulas in common paragraphs.
        let common = "In $x$ we see $y$ and more words of this kind.\n\n".repeat(20_000);
        assert!(dollar_steps(&common) < limits::MARKDOWN_STEPS_MAX);
    }
}
