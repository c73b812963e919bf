//! What a text in somebody's own words holds back, found by words that leave no doubt.

use std::sync::LazyLock;

use regex::Regex;

use super::terms::Restriction;

/// Letters of a line that are told.
const SAID_CHARS_MAX: usize = 160;

const HELD: &[(&str, Restriction)] = &[
    (r"\bmonthly active users\b", Restriction::UserThreshold),
    (r"\bannual (gross )?revenues?\b", Restriction::UserThreshold),
    (r"\bnon-?commercial (use|uses|purposes?|basis|research|licen[cs]e)\b", Restriction::NonCommercial),
    (r"\b(solely|only|exclusively) for (academic|scientific )?(or )?research\b", Restriction::NonCommercial),
    (r"\bresearch (purposes|use) only\b", Restriction::NonCommercial),
    (r"\bnot (be used )?for (any )?commercial\b", Restriction::NonCommercial),
    (r"\bcc[- ]by[- ]nc\b", Restriction::NonCommercial),
    (r"\b(acceptable|prohibited) uses? policy\b", Restriction::UseRestriction),
    (r"\buse-based restrictions\b", Restriction::UseRestriction),
    (r"\bopen ?rail\b", Restriction::UseRestriction),
    (r"\bcommunity licen[cs]e\b", Restriction::Custom),
    (r"\b(train|improve|develop) any other (large )?(language |ai )?models?\b", Restriction::OutputUse),
    (r"\bno derivatives?\b", Restriction::NoDerivatives),
];

#[expect(clippy::expect_used, reason = "constant patterns, compiled by every test here")]
static PATTERNS: LazyLock<Vec<(Regex, Restriction)>> = LazyLock::new(|| {
    let compiled = |(pattern, kind): &(&str, Restriction)| {
        (Regex::new(&format!("(?i){pattern}")).expect("a valid pattern"), *kind)
    };
    HELD.iter().map(compiled).collect()
});

/// Words by which both kinds of use are granted: they hold nothing back, and are blotted out before others are looked for.
#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test here")]
static BOTH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\bnon-?commercial (use )?(and|or) commercial\b|\bcommercial (use )?(and|or|as well as) non-?commercial\b")
        .expect("a valid pattern")
});

/// Something that is held back, and where that is said.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Held {
    /// The line, counted from 1.
    pub line: u32,
    /// What is held back.
    pub what: Restriction,
    /// The line itself, cut.
    pub said: String,
}

/// The first line of a text for each kind of thing that is held back, in their order but for what says only that terms are
/// somebody's own. Sentences go over line ends, so each line is read with
/// the next.
pub fn held_back(text: &str) -> Vec<Held> {
    let mut found: Vec<Held> = Vec::new();
    let mut lines = (1..).zip(text.lines()).peekable();
    while let Some((number, line)) = lines.next() {
        let line = line.trim();
        let next = lines.peek().map_or("", |(_, next)| next.trim());
        let both = format!("{line} {next}");
        let both = BOTH.replace_all(&both, |hit: &regex::Captures<'_>| " ".repeat(hit[0].len()));
        for (pattern, what) in PATTERNS.iter() {
            // What stands in the next line alone is found there.
            let here = pattern.find(&both).is_some_and(|hit| hit.start() < line.len());
            if here && !found.iter().any(|known| known.what == *what) {
                let said = line.chars().take(SAID_CHARS_MAX).collect();
                found.push(Held { line: number, what: *what, said });
            }
        }
    }
    // A title says least.
    found.sort_by_key(|held| held.what == Restriction::Custom);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grants_both_kinds_of_use_holds_nothing_back() {
        assert_eq!(held_back("Free for commercial and non-commercial use."), []);
        assert_eq!(held_back("For non-commercial or commercial purposes, as you like."), []);
        let found = held_back("It may be used for non-commercial\npurposes, and not for commercial ones.");
        assert_eq!(
            found.iter().map(|held| (held.line, held.what)).collect::<Vec<_>>(),
            [(1, Restriction::NonCommercial)]
        );
    }
}
