//! What of a file may harm whoever opens it. Four verdicts and no more: nothing was found, something is odd, something is dangerous, or it could
//! not be looked into. What cannot be looked into is never called clean.

mod imports;
mod python;

use serde::{Deserialize, Serialize};

pub use imports::Import;

/// What was found in a file, from the best to the worst: of several parts the worst counts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nothing that does anything was found.
    #[default]
    NothingFound,
    /// It could not be looked into, or not to its end.
    Unscannable,
    /// It does what is not known to be harmless.
    Suspicious,
    /// It does what nothing that holds data does.
    Dangerous,
}

impl Verdict {
    /// As files and answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::NothingFound => "nothing-found",
            Verdict::Unscannable => "unscannable",
            Verdict::Suspicious => "suspicious",
            Verdict::Dangerous => "dangerous",
        }
    }

    /// In words, for people.
    pub fn text(self) -> &'static str {
        match self {
            Verdict::NothingFound => "no unsafe content found",
            Verdict::Unscannable => "could not be scanned",
            Verdict::Suspicious => "suspicious",
            Verdict::Dangerous => "dangerous",
        }
    }
}

/// What was found, and why.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
pub struct Found {
    /// The worst of it.
    pub verdict: Verdict,
    /// Why, the worst first: a sentence each.
    pub reasons: Vec<String>,
    /// What pickles in it bring in.
    pub imports: Vec<Import>,
    /// Programs that are run by whoever loads it and trusts it to (`trust_remote_code`): no verdict, but to be known.
    #[serde(default)]
    pub runs: Vec<String>,
}

/// Reasons that are told of one file.
const REASONS_MAX: usize = 50;
/// Imports that are told of one file.
const IMPORTS_MAX: usize = 1_000;

impl Found {
    /// Adds something that was found.
    pub fn add(&mut self, verdict: Verdict, reason: impl Into<String>) {
        let reason = reason.into();
        // The worst first, and of equals in their order: what made the verdict is never cut off.
        let place = if verdict > self.verdict { 0 } else { self.reasons.len() };
        if !self.reasons.contains(&reason) {
            self.reasons.insert(place, reason);
            self.reasons.truncate(REASONS_MAX);
        }
        self.verdict = self.verdict.max(verdict);
    }

    /// Adds what a pickle brings in, and what that comes to.
    pub fn import(&mut self, import: Import) {
        let (verdict, reason) = import.judge();
        if verdict > Verdict::NothingFound {
            self.add(verdict, reason);
        }
        if self.imports.len() < IMPORTS_MAX && !self.imports.contains(&import) {
            self.imports.push(import);
        }
    }

    /// Adds what was found in a part, with what that is called, if it is called something.
    pub fn part(&mut self, name: &str, part: Found) {
        for reason in part.reasons {
            let reason = if name.is_empty() { reason } else { format!("{name}: {reason}") };
            self.add(part.verdict, reason);
        }
        self.verdict = self.verdict.max(part.verdict);
        for import in part.imports {
            if self.imports.len() < IMPORTS_MAX && !self.imports.contains(&import) {
                self.imports.push(import);
            }
        }
        self.runs.extend(part.runs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_counts_and_is_told_first() {
        let mut found = Found::default();
        assert_eq!(found.verdict, Verdict::NothingFound);
        found.add(Verdict::Unscannable, "it breaks off");
        found.add(Verdict::Dangerous, "it calls");
        found.add(Verdict::Suspicious, "it is odd");
        found.add(Verdict::Suspicious, "it is odd");
        assert_eq!(found.verdict, Verdict::Dangerous);
        assert_eq!(found.reasons, ["it calls", "it breaks off", "it is odd"]);
        let mut whole = Found::default();
        whole.part("data.pkl", found);
        assert_eq!((whole.verdict, whole.reasons[0].as_str()), (Verdict::Dangerous, "data.pkl: it calls"));
    }
}
