//! What members say to each other: the states of a discussion, the signs that comments are given, and whom a text names.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::{limits, name};

/// The state of a discussion or a pull request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// A pull request that is not meant to be merged yet.
    Draft,
    /// Open.
    Open,
    /// Closed.
    Closed,
    /// A pull request that was merged: it stays so.
    Merged,
}

impl State {
    /// Every state.
    pub const ALL: [State; 4] = [State::Draft, State::Open, State::Closed, State::Merged];

    /// `draft`, `open`, `closed`, `merged`.
    pub fn word(self) -> &'static str {
        match self {
            State::Draft => "draft",
            State::Open => "open",
            State::Closed => "closed",
            State::Merged => "merged",
        }
    }

    /// The state that a word names.
    pub fn from_word(word: &str) -> Option<State> {
        State::ALL.into_iter().find(|state| state.word() == word)
    }

    /// Whether people can put a discussion, or a pull request, of this state into another. Only merging makes one merged, and nothing
    /// undoes that.
    pub fn may_become(self, other: State, is_pull: bool) -> bool {
        let is_there = |state: State| is_pull || matches!(state, State::Open | State::Closed);
        self != other && self != State::Merged && other != State::Merged && is_there(self) && is_there(other)
    }
}

/// The signs that a comment can be given.
pub const SIGNS: [&str; 8] = ["👍", "👎", "😄", "🎉", "😕", "❤️", "🚀", "👀"];

/// Names that a Markdown text calls by `@name`, each once, in lower case, at most [`limits::MENTIONS_MAX`]. What stands in code calls nobody.
pub fn mentions(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut seen = BTreeSet::new();
    let mut fence: Option<&str> = None;
    for line in text.lines() {
        let begin = line.trim_start();
        let mark = ["```", "~~~"].into_iter().find(|mark| begin.starts_with(mark));
        match (fence, mark) {
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, Some(mark)) => fence = Some(mark),
            (None, None) => {
                let names = outside_of_code(line).into_iter().flat_map(calls).map(|(_, name)| name);
                found.extend(names.filter(|name| seen.insert(name.clone())));
            }
            _ => {}
        }
    }
    found.truncate(limits::MENTIONS_MAX);
    found
}

/// The parts of a line that stand outside of backticks. One that is never closed is a letter like any other.
fn outside_of_code(line: &str) -> Vec<&str> {
    let (mut parts, mut rest) = (Vec::new(), line);
    while let Some(at) = rest.find('`') {
        let (before, from) = rest.split_at(at);
        let ticks = from.len() - from.trim_start_matches('`').len();
        let (mark, behind) = from.split_at(ticks);
        parts.push(before);
        rest = closed(behind, mark).unwrap_or(behind);
    }
    parts.push(rest);
    parts
}

/// What stands behind code that ends with just so many backticks.
fn closed<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    let mut rest = text;
    while let Some(at) = rest.find('`') {
        let from = rest.get(at..)?;
        let behind = from.trim_start_matches('`');
        if from.len() - behind.len() == mark.len() {
            return Some(behind);
        }
        rest = behind;
    }
    None
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

/// The places of a text outside of code at which it calls somebody by `@name`, with the name in lower case. An address
/// of mail calls nobody, nor does a path with `@` in it.
pub fn calls(text: &str) -> Vec<(Range<usize>, String)> {
    let (mut found, mut before) = (Vec::new(), None);
    for (at, c) in text.char_indices() {
        let begins = before.is_none_or(|c: char| !is_of_name(c) && !matches!(c, '@' | '/' | '\\'));
        before = Some(c);
        if c != '@' || !begins {
            continue;
        }
        let behind = text.get(at + 1..).unwrap_or_default();
        let end = behind.find(|c| !is_of_name(c)).unwrap_or(behind.len());
        // A sentence ends with a dot, a name does not.
        let name = behind.get(..end).unwrap_or_default().trim_end_matches(['.', '-']);
        if name::check_part(name).is_ok() {
            found.push((at..at + 1 + name.len(), name.to_ascii_lowercase()));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn states_that_follow() {
        let follows = |is_pull| {
            let all = State::ALL.into_iter().flat_map(|from| State::ALL.map(|to| (from, to)));
            let words = all.filter(|(from, to)| from.may_become(*to, is_pull));
            words.map(|(from, to)| format!("{} {}", from.word(), to.word())).collect::<Vec<_>>()
        };
        assert_eq!(follows(false), ["open closed", "closed open"]);
        let pull = ["draft open", "draft closed", "open draft", "open closed", "closed draft", "closed open"];
        assert_eq!(follows(true), pull);
        assert_eq!(State::from_word("published"), None);
    }

    #[test]
    fn whom_a_text_calls() {
        let text = "@Ada and @bob.\nmail a@b.org, path/@x, @@y, (@cy-1)! `@code` ``@a ` @b`` @ada @d`\n\
                    ```py\n@decorator\n```\n~~~\n@e\n```\n~~~\n@last_ one ` @open";
        assert_eq!(mentions(text), ["ada", "bob", "cy-1", "d", "last_", "open"]);
        let many: String = (0..100).map(|n| format!("@m{n} ")).collect();
        assert_eq!(mentions(&many).len(), limits::MENTIONS_MAX);
        assert!(mentions("@ @. @- @a--b").is_empty(), "{:?}", mentions("@ @. @- @a--b"));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "[@a`~\\n .é-]{0,60}") {
            for name in mentions(&text) {
                prop_assert!(text.to_ascii_lowercase().contains(&format!("@{name}")), "{text:?} does not call {name:?}");
            }
        }
    }
}
