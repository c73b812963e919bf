//! A text beside the licences that it holds, word by word: what it has that none of them has, and what it lacks of one. A text
//! that differs from a licence in a word is another one, whatever it resembles.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use regex::Regex;

/// Words in a row that are compared: a single word that is another changes three of them.
const ROW: usize = 3;
/// Letters of what is told of a line.
const TOLD_CHARS_MAX: usize = 160;
/// Words of a line that says who holds the copyright, and of a title.
const COPYRIGHT_WORDS_MAX: usize = 16;
const TITLE_WORDS_MAX: usize = 8;

/// A word, and the line that it stands in, counted from 1.
struct Word {
    line: u32,
    text: String,
}

/// The words of a text in lower case, without signs. Scripts that write no spaces have a word a letter; single letters and
/// digits are marks of lists and no words.
fn words(text: &str) -> Vec<Word> {
    let mut all = Vec::new();
    for (line, content) in (1..).zip(text.lines()) {
        let mut word = String::new();
        let mut end = |word: &mut String| {
            if word.chars().count() > 1 {
                all.push(Word { line, text: word.to_lowercase() });
            }
            word.clear();
        };
        for letter in content.chars() {
            match letter {
                letter if letter >= '\u{2e80}' && letter.is_alphanumeric() => {
                    end(&mut word);
                    // Twice, so that it counts as a word.
                    word.extend([letter, letter]);
                    end(&mut word);
                }
                letter if letter.is_alphanumeric() => word.push(letter),
                _ => end(&mut word),
            }
        }
        end(&mut word);
    }
    all
}

fn rows(words: &[Word]) -> impl Iterator<Item = String> {
    words.windows(ROW).map(|row| row.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "))
}

/// Words that titles of licences are made of.
const TITLES: &[&str] = &[
    "and",
    "apache",
    "attribution",
    "bsd",
    "by",
    "clause",
    "code",
    "commons",
    "community",
    "conditions",
    "copying",
    "copyright",
    "creative",
    "data",
    "dataset",
    "documentation",
    "expat",
    "for",
    "general",
    "gnu",
    "international",
    "january",
    "legal",
    "legalcode",
    "licence",
    "license",
    "licensed",
    "mit",
    "model",
    "mozilla",
    "new",
    "of",
    "openmdw",
    "permissive",
    "public",
    "revised",
    "sharealike",
    "simplified",
    "software",
    "source",
    "terms",
    "the",
    "this",
    "under",
    "universal",
    "version",
    "weights",
    "x11",
    "zero",
    "cc0",
    "cc",
    "20",
    "2004",
    "odc",
    "odbl",
    "open",
    "database",
    "unlicense",
    "agreement",
    "3clause",
    "2clause",
];

#[expect(clippy::expect_used, reason = "constant patterns, compiled by every test here")]
static MORE_THAN_A_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\b(pay|pays|paid|fees?|royalt\w*|employees|companies|agreement|unless|except|only|not|no|must|may|shall|need|prohibit\w*|commercial\w*|licen[cs]\w*|permi\w*|restrict\w*|forbid\w*|grant\w*|us|we|you|use|users?|solely|exclusively|valid|until|revok\w*|expir\w*|students?|including|enterprises?|revenue|above|below|resale)\b|[.;:] +[a-z]",
    )
    .expect("a valid pattern")
});

/// Where licences of the list are themselves.
const WELL_KNOWN: &[&str] = &[
    "apache.org/licenses",
    "opensource.org",
    "creativecommons.org",
    "spdx.org",
    "gnu.org",
    "mozilla.org",
    "openmdw.ai",
];

/// Whether a line is one that every licence file may have: who holds the copyright, a title, an address, an identifier.
fn is_usual(line: &str) -> bool {
    let lower = line.trim().to_lowercase();
    let bare =
        lower.trim_start_matches(|letter: char| !letter.is_alphanumeric() && letter != '(' && letter != '©');
    if bare.starts_with("spdx-filecopyrighttext:") {
        return !MORE_THAN_A_NAME.is_match(bare.split_once(':').map_or("", |(_, names)| names));
    }
    // What it says is compared with what the text is.
    if bare.starts_with("spdx-license-identifier:") {
        return true;
    }
    if bare.starts_with("http") && !bare.contains(char::is_whitespace) {
        return WELL_KNOWN.iter().any(|place| bare.contains(place));
    }
    let count = bare.split_whitespace().count();
    let claim = ["copyright", "(c)", "©", "portions copyright", "all rights reserved"];
    if claim.iter().any(|start| bare.starts_with(start)) {
        // What stands behind the names is not everybody's own.
        let plain = ["all rights reserved", "inc.", "ltd.", "co.", "llc.", "corp.", "et al.", "dr."]
            .iter()
            .fold(bare.to_owned(), |text, usual| text.replace(usual, " "));
        return count <= COPYRIGHT_WORDS_MAX && !MORE_THAN_A_NAME.is_match(&plain);
    }
    let all = words(bare);
    count <= TITLE_WORDS_MAX && all.iter().all(|word| TITLES.contains(&word.text.as_str()))
}

/// Lines of a text with words that stand so in none of the originals, each with its number.
pub(crate) fn own_lines(text: &str, originals: &[&str]) -> BTreeMap<u32, String> {
    let known: BTreeSet<String> =
        originals.iter().flat_map(|original| rows(&words(original)).collect::<Vec<_>>()).collect();
    let here = words(text);
    let mut covered = vec![false; here.len()];
    for (at, row) in rows(&here).enumerate() {
        if known.contains(&row) {
            covered[at..at + ROW].fill(true);
        }
    }
    let own: BTreeSet<u32> =
        here.iter().zip(covered).filter(|(_, covered)| !covered).map(|(word, _)| word.line).collect();
    let mut lines = BTreeMap::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        if own.contains(&number) && !is_usual(line) {
            lines.insert(number, line.trim().chars().take(TOLD_CHARS_MAX).collect());
        }
    }
    lines
}

/// What may be left out behind such words: how the licence is applied, and who wrote it.
const ENDS: &[&str] =
    &["end of terms and conditions", "creative commons is not a party", "creative commons may be contacted"];

/// What a text lacks of a licence that it holds, in the licence's words; nothing if it has all but title, names and appendix.
pub(crate) fn lacking(text: &str, original: &str) -> Option<String> {
    let here: BTreeSet<String> = rows(&words(text)).collect();
    let all = words(original);
    let lines: Vec<&str> = original.lines().collect();
    let line_of = |word: &Word| lines.get(word.line as usize - 1).copied().unwrap_or_default();
    // Names and years are to be filled in, and short lines at the head are titles.
    let is_free = |word: &Word| {
        let line = line_of(word).trim().to_lowercase();
        line.starts_with("copyright") || line.contains('<') || line.contains('[')
    };
    let begin =
        all.iter().position(|word| line_of(word).split_whitespace().count() > TITLE_WORDS_MAX).unwrap_or(0);
    let flat = all.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let end = ENDS.iter().filter_map(|mark| flat.find(mark)).min();
    let end = end.map_or(all.len(), |at| flat[..at].matches(' ').count());
    let mut missing = 0;
    for at in begin..end.saturating_sub(ROW - 1) {
        let row = &all[at..at + ROW];
        if row.iter().any(is_free) {
            continue;
        }
        let joined = row.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
        missing = if here.contains(&joined) { 0 } else { missing + 1 };
        // Two are broken by what stands between; three by a word that is another, or is not there.
        if missing >= ROW {
            return Some(row.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" "));
        }
    }
    None
}
