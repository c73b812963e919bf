//! Headings, their ids, and the first paragraph: what a page says about a text besides showing it.

use std::collections::{HashMap, HashSet};

use seedcorn_core::limits;

use super::address;

/// Characters of a first paragraph: what a preview of a page shows.
const PARAGRAPH_CHARS_MAX: usize = 300;

/// Bytes of a heading's text that are kept; longer ones are no headings.
const HEADING_BYTES_MAX: usize = 300;

/// A heading of a rendered text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 2 to 6, as its element says.
    pub level: u8,
    /// Its id, with [`super::ID_PREFIX`].
    pub id: String,
    /// Its text on one line.
    pub text: String,
}

/// What is known so far.
#[derive(Default)]
pub(super) struct Outline {
    pub(super) headings: Vec<Heading>,
    /// The written levels of the headings that the next one may stand below.
    above: Vec<u8>,
    taken: HashSet<String>,
    /// Where to go on counting for a heading that is there already.
    repeated: HashMap<String, usize>,
}

impl Outline {
    /// The level for a heading that is written as `level` (1 to 6). Below the page's own heading, and one below the
    /// next higher one at most, however many a text leaves out.
    pub(super) fn level(&mut self, level: u8) -> u8 {
        while self.above.last().is_some_and(|above| *above >= level) {
            self.above.pop();
        }
        self.above.push(level);
        u8::try_from(self.above.len() + 1).unwrap_or(6).min(6)
    }

    /// Whether an id, already prefixed, is free; it is taken from now on.
    pub(super) fn claim(&mut self, id: &str) -> bool {
        self.taken.insert(id.to_owned())
    }

    /// Notes a heading with its text, and gives it an id unless it has one. `None` if it gets none.
    pub(super) fn heading(&mut self, level: u8, own_id: Option<String>, text: &str) -> Option<String> {
        if self.headings.len() >= limits::MARKDOWN_HEADINGS_MAX {
            return None;
        }
        let text = one_line(text, HEADING_BYTES_MAX);
        let (new, id) = match own_id {
            Some(id) => (false, id),
            None => (true, self.slug(&text)),
        };
        self.headings.push(Heading { level, id: id.clone(), text });
        new.then_some(id)
    }

    /// As GitHub makes them: lower case, `-` for spaces, no punctuation, a number for the second of the same text.
    fn slug(&mut self, text: &str) -> String {
        let lower = text.to_lowercase();
        let kept = lower.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
        let word: String = kept.map(|c| if c == ' ' { '-' } else { c }).collect();
        let base = address::id(&word).unwrap_or_else(|| format!("{}section", address::ID_PREFIX));
        if self.claim(&base) {
            return base;
        }
        let mut count = self.repeated.get(&base).copied().unwrap_or_default();
        let id = loop {
            count += 1;
            let id = format!("{base}-{count}");
            if self.claim(&id) {
                break id;
            }
        };
        self.repeated.insert(base, count);
        id
    }
}

/// The words of a text with single spaces, up to about `bytes_max`.
pub(super) fn one_line(text: &str, bytes_max: usize) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if line.len() + word.len() > bytes_max && !line.is_empty() {
            line.push('…');
            break;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word.get(..word.floor_char_boundary(bytes_max)).unwrap_or_default());
    }
    line
}

/// A paragraph's text for previews; `None` if it says nothing.
pub(super) fn paragraph(text: &str) -> Option<String> {
    let line = one_line(text, PARAGRAPH_CHARS_MAX);
    line.contains(char::is_alphanumeric).then_some(line)
}
