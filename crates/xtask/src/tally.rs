//! How many tests passed and failed, read from the closing lines of the programs that ran them.

use std::fmt;

/// The sum over all test programs so far.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Tally {
    /// Adds what `line` says, if it is the closing line of nextest, of `cargo test`, or of the client tests.
    pub(crate) fn read_line(&mut self, line: &str) {
        let line = line.trim();
        let ours =
            || line.split_once(" passed, ").is_some_and(|(n, _)| n.bytes().all(|b| b.is_ascii_digit()));
        if line.starts_with("Summary [") || line.starts_with("test result: ") || ours() {
            self.passed += number_before(line, "passed");
            self.failed += number_before(line, "failed") + number_before(line, "timed out");
        }
    }
}

/// The number that stands right before `word`; 0 when the line has no such thing.
fn number_before(line: &str, word: &str) -> u64 {
    let Some((before, _)) = line.split_once(&format!(" {word}")) else { return 0 };
    before.rsplit(' ').next().and_then(|number| number.parse().ok()).unwrap_or(0)
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn reads_the_closing_lines_and_nothing_else() {
        let mut tally = Tally::default();
        for line in [
            "     Summary [   3.2s] 14 tests run: 12 passed (1 slow), 1 failed, 1 timed out, 3 skipped",
            "     Summary [   0.2s] 1/7 tests run: 1 passed, 0 skipped",
            "test result: ok. 5 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s",
            "203 passed, 2 failed",
            "  ok     matrix hub-2.4 xet sqlite-disk     19 passed,   12.0 s",
            "test ten_passed, and more ... ok",
        ] {
            tally.read_line(line);
        }
        assert_eq!(tally, Tally { passed: 12 + 1 + 5 + 203, failed: 2 + 2 });
        assert_eq!(tally.to_string(), "221 passed, 4 failed");
    }
}
