//! Words by which repos are found: what counts as a word, what a reader asks for, what is best, and where it stands in a
//! text. Pure, so that both databases find the same.

mod excerpt;
mod plain;
mod rank;

use crate::id::NamespaceId;
use crate::limits;
use crate::repo::RepoKind;

pub use excerpt::{Piece, excerpt};
pub use plain::plain;
pub use rank::{Found, order};

/// The words of a text, in lower case, in its order: runs of letters and digits. Scripts without spaces between words
/// give one word a character, which finds any run of them. Longer words are cut at [`limits::SEARCH_WORD_CHARS_MAX`].
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    runs(text).map(|(start, end)| fold(&text[start..end]))
}

/// Where words stand in a text, in bytes.
fn runs(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut rest = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, first) = rest.by_ref().find(|(_, c)| c.is_alphanumeric())?;
        let mut end = start + first.len_utf8();
        if stands_alone(first) {
            return Some((start, end));
        }
        while let Some((at, c)) = rest.next_if(|(_, c)| c.is_alphanumeric() && !stands_alone(*c)) {
            end = at + c.len_utf8();
        }
        Some((start, end))
    })
}

fn fold(word: &str) -> String {
    // Lower case may bring marks that are no letters ("İ"), which would end a word where it is asked for.
    let lower = word.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric());
    lower.take(limits::SEARCH_WORD_CHARS_MAX).collect()
}

/// Han, Hiragana, Katakana, Thai, Lao, Khmer and Burmese put no spaces between words (Unicode blocks).
fn stands_alone(c: char) -> bool {
    matches!(u32::from(c), 0x0e00..=0x0eff | 0x1000..=0x109f | 0x1780..=0x17ff | 0x3040..=0x30ff | 0x3400..=0x4dbf
        | 0x4e00..=0x9fff | 0xf900..=0xfaff | 0x20000..=0x323af)
}

/// The words of a name such as `org/Llama-3.1-8B`: its parts, each part also where letters meet digits (`8`, `b`), and all
/// of it as one (`llama318b`), so that it is found however somebody spaces it.
pub fn name_words(name: &str) -> Vec<String> {
    let mut found: Vec<String> = words(name).collect();
    for part in name.split('/') {
        found.push(words(part).collect::<String>().chars().take(limits::SEARCH_WORD_CHARS_MAX).collect());
    }
    for word in words(name) {
        found.extend(words(&spaced(&word)));
    }
    found.retain(|word| !word.is_empty());
    found.sort_unstable();
    found.dedup();
    found
}

/// A word with spaces where letters meet digits.
fn spaced(word: &str) -> String {
    let mut out = String::with_capacity(word.len() + 4);
    let mut before: Option<char> = None;
    for c in word.chars() {
        if before.is_some_and(|before| before.is_numeric() != c.is_numeric()) {
            out.push(' ');
        }
        out.push(c);
        before = Some(c);
    }
    out
}

/// Marks that stand among the words of an entry and that nobody can ask for by typing: no letter begins them.
const KIND: char = '\u{e000}';
const PUBLIC: char = '\u{e001}';
const NAMESPACE: char = '\u{e002}';

/// The mark of a kind of repo.
pub fn kind_mark(kind: RepoKind) -> String {
    format!("{KIND}{kind}")
}

/// The mark of what everybody may see.
pub fn public_mark() -> String {
    PUBLIC.to_string()
}

/// The mark of what belongs to a namespace.
pub fn namespace_mark(namespace: &NamespaceId) -> String {
    let id = namespace.as_str().chars().filter(char::is_ascii_alphanumeric);
    std::iter::once(NAMESPACE).chain(id).collect()
}

/// The marks of a repo, by which a search looks through those alone that it is about and that its reader may see: what
/// others have must not change what is found.
pub fn marks(kind: RepoKind, private: bool, namespace: &NamespaceId) -> Vec<String> {
    let public = (!private).then(public_mark);
    [kind_mark(kind), namespace_mark(namespace)].into_iter().chain(public).collect()
}

/// What somebody asks for: words, each of which must be in what is found, at least as the beginning of a word there.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted(Vec<String>);

impl Wanted {
    /// Reads at most [`limits::SEARCH_WORDS_MAX`] words of a query; what follows is not asked for.
    pub fn read(query: &str) -> Wanted {
        let mut wanted = Vec::new();
        for word in words(query).filter(|word| !word.is_empty()) {
            if wanted.len() == limits::SEARCH_WORDS_MAX {
                break;
            }
            if !wanted.contains(&word) {
                wanted.push(word);
            }
        }
        Wanted(wanted)
    }

    /// The words, in lower case; none of them is empty or has anything but letters and digits.
    pub fn words(&self) -> &[String] {
        &self.0
    }

    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(of("Qwen2.5-7B_Instruct, für Größe!"), ["qwen2", "5", "7b", "instruct", "für", "größe"]);
        assert_eq!(of("大模型 GPT中文"), ["大", "模", "型", "gpt", "中", "文"]);
        assert_eq!(of(" -- ' \" * ( ) \0 "), [""; 0]);
        assert_eq!(of("İstanbul"), ["istanbul"]);
        assert_eq!(of(&"x".repeat(500)), ["x".repeat(limits::SEARCH_WORD_CHARS_MAX)]);
    }

    #[test]
    fn names_are_found_however_they_are_spaced() {
        let words = name_words("org/Llama-3.1-8B");
        for word in ["org", "llama", "3", "1", "8b", "8", "b", "llama318b"] {
            assert!(words.iter().any(|found| found == word), "{word} in {words:?}");
        }
    }

    #[test]
    fn queries_are_bounded_and_plain() {
        let wanted = Wanted::read("bert OR \"name:x\" bert* NEAR(");
        assert_eq!(wanted.words(), ["bert", "or", "name", "x", "near"]);
        let many: String = (0..100).map(|n| format!("w{n} ")).collect();
        assert_eq!(Wanted::read(&many).words().len(), limits::SEARCH_WORDS_MAX);
        assert!(Wanted::read("  .,;").is_empty());
    }
}
