//! The patterns of gitignore(5) and gitattributes(5): compiled once, matched without recursion and in bounded work.

use crate::limits;

/// What is left of the work that patterns may cause: for the path that is matched, and for the whole request.
#[derive(Debug)]
pub struct Steps {
    path: u32,
    request: u32,
}

/// The work for a path is used up; what remains unknown must be answered by the caller's safe default.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct OutOfSteps;

impl Steps {
    /// All of it: [`limits::PATTERN_STEPS_MAX`] for a request, [`limits::PATTERN_STEPS_A_PATH_MAX`] for each path.
    pub fn new() -> Steps {
        Steps { path: 0, request: limits::PATTERN_STEPS_MAX }
    }

    pub(crate) fn begin_path(&mut self) {
        self.path = limits::PATTERN_STEPS_A_PATH_MAX.min(self.request);
    }

    fn take(&mut self) -> Result<(), OutOfSteps> {
        self.path = self.path.checked_sub(1).ok_or(OutOfSteps)?;
        self.request = self.request.saturating_sub(1);
        Ok(())
    }
}

impl Default for Steps {
    fn default() -> Self {
        Steps::new()
    }
}

/// The lines of a pattern file that are read: whole lines within [`limits::ATTRIBUTES_BYTES_MAX`], no byte-order mark.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let bytes = text.as_bytes();
    let read = match bytes.get(..limits::ATTRIBUTES_BYTES_MAX) {
        Some(head) if bytes.len() > head.len() => {
            let end = head.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
            text.get(..end).unwrap_or("")
        }
        _ => text,
    };
    read.lines()
}

/// One compiled pattern.
#[derive(Debug)]
pub(crate) struct Pattern {
    /// Ended in `/`: speaks of folders only.
    pub(crate) folders_only: bool,
    /// Held no other `/`: is compared with the last part of a path, wherever that is.
    any_folder: bool,
    segments: Vec<Segment>,
}

#[derive(Debug)]
enum Segment {
    /// `**` alone between slashes: any number of folders, none too.
    Folders,
    Name(Vec<Token>),
}

#[derive(Debug)]
enum Token {
    Byte(u8),
    /// `?`
    Any,
    /// `*`
    Star,
    Set(Set),
}

/// The bytes that a `[…]` matches, one bit each.
#[derive(Debug, Clone, Copy, Default)]
struct Set([u64; 4]);

impl Set {
    fn insert(&mut self, byte: u8) {
        self.0[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }

    fn holds(&self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] & (1 << (byte & 63)) != 0
    }
}

impl Pattern {
    /// Compiles a pattern from which any `!` has been taken; `None` if it can match nothing, as git would find too (an
    /// unfinished `[`, a lone `\` at the end).
    pub(crate) fn compile(pattern: &[u8]) -> Option<Pattern> {
        let (pattern, folders_only) = match pattern.strip_suffix(b"/") {
            Some(rest) => (rest, true),
            None => (pattern, false),
        };
        let any_folder = !pattern.contains(&b'/');
        let segments = segments(pattern.strip_prefix(b"/").unwrap_or(pattern))?;
        Some(Pattern { folders_only, any_folder, segments })
    }

    /// Whether the pattern matches a path, given as its parts.
    pub(crate) fn matches(&self, parts: &[&str], steps: &mut Steps) -> Result<bool, OutOfSteps> {
        let last = parts.len().saturating_sub(1);
        let parts = if self.any_folder { parts.get(last..).unwrap_or(parts) } else { parts };
        wild(
            &self.segments,
            parts,
            steps,
            |segment| matches!(segment, Segment::Folders),
            |segment, part, steps| match segment {
                Segment::Folders => Ok(false),
                Segment::Name(tokens) => name_matches(tokens, part.as_bytes(), steps),
            },
        )
    }
}

fn name_matches(tokens: &[Token], name: &[u8], steps: &mut Steps) -> Result<bool, OutOfSteps> {
    wild(
        tokens,
        name,
        steps,
        |token| matches!(token, Token::Star),
        |token, byte, _| {
            Ok(match token {
                Token::Byte(want) => want == byte,
                Token::Any => true,
                Token::Star => false,
                Token::Set(set) => set.holds(*byte),
            })
        },
    )
}

/// Matches items against a pattern some of whose elements are wild (stand for any run of items). After a mismatch only
/// the last wild element ever needs to take one more item, which keeps the work at the product of both lengths.
fn wild<P, T>(
    pattern: &[P],
    items: &[T],
    steps: &mut Steps,
    is_wild: impl Fn(&P) -> bool,
    one: impl Fn(&P, &T, &mut Steps) -> Result<bool, OutOfSteps>,
) -> Result<bool, OutOfSteps> {
    let (mut at, mut item) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    loop {
        steps.take()?;
        match (pattern.get(at), items.get(item)) {
            (None, None) => return Ok(true),
            (Some(element), _) if is_wild(element) => {
                at += 1;
                retry = Some((at, item));
                continue;
            }
            (Some(element), Some(found)) if one(element, found, steps)? => {
                at += 1;
                item += 1;
                continue;
            }
            // Taking more items cannot help when they have run out.
            (Some(_), None) => return Ok(false),
            _ => {}
        }
        match retry.as_mut() {
            None => return Ok(false),
            Some((after_wild, from)) => {
                *from += 1;
                (at, item) = (*after_wild, *from);
            }
        }
    }
}

fn segments(pattern: &[u8]) -> Option<Vec<Segment>> {
    let mut segments = Vec::new();
    let mut name = Vec::new();
    let mut rest = pattern;
    while let Some((&byte, mut after)) = rest.split_first() {
        match byte {
            b'/' => segments.push(Segment::Name(std::mem::take(&mut name))),
            b'\\' => {
                let (&literal, behind) = after.split_first()?;
                after = behind;
                match literal {
                    b'/' => segments.push(Segment::Name(std::mem::take(&mut name))),
                    _ => name.push(Token::Byte(literal)),
                }
            }
            b'*' => {
                let stars = rest.iter().take_while(|byte| **byte == b'*').count();
                after = rest.get(stars..)?;
                let alone = stars > 1 && name.is_empty();
                match after {
                    [b'/', behind @ ..] if alone => {
                        segments.push(Segment::Folders);
                        after = behind;
                    }
                    // git's one difference between `/` and `\/`: before the latter `**` is one folder or more.
                    [b'\\', b'/', behind @ ..] if alone => {
                        segments.push(Segment::Folders);
                        segments.push(Segment::Name(vec![Token::Star]));
                        after = behind;
                    }
                    // A final `**` is anything inside the folder, but not the folder itself.
                    [] if alone => {
                        segments.push(Segment::Folders);
                        name.push(Token::Star);
                    }
                    _ => name.push(Token::Star),
                }
            }
            b'?' => name.push(Token::Any),
            b'[' => {
                let (set, behind) = set(after)?;
                after = behind;
                name.push(Token::Set(set));
            }
            _ => name.push(Token::Byte(byte)),
        }
        rest = after;
    }
    segments.push(Segment::Name(name));
    Some(segments)
}

/// Reads a `[…]` from behind its `[`; gives the set and what follows. `None` if it is unfinished or names an unknown
/// class.
fn set(pattern: &[u8]) -> Option<(Set, &[u8])> {
    let (negated, mut rest) = match pattern.split_first()? {
        (b'!' | b'^', after) => (true, after),
        _ => (false, pattern),
    };
    let mut set = Set::default();
    let mut low: Option<u8> = None;
    let mut first = true;
    loop {
        let (&byte, after) = rest.split_first()?;
        if byte == b']' && !first {
            rest = after;
            break;
        }
        first = false;
        if byte == b'[' && after.first() == Some(&b':') {
            let name = after.get(1..after.iter().position(|byte| *byte == b']')?)?;
            if let Some(name) = name.strip_suffix(b":") {
                let class = class(name)?;
                (0..=255).filter(class).for_each(|byte| set.insert(byte));
                rest = after.get(name.len() + 3..)?;
                low = None;
                continue;
            }
        }
        if let (b'-', Some(from), Some(next)) = (byte, low, after.first())
            && *next != b']'
        {
            let (to, behind) = literal(after)?;
            (from..=to).for_each(|byte| set.insert(byte));
            (rest, low) = (behind, None);
            continue;
        }
        let (byte, behind) = literal(rest)?;
        set.insert(byte);
        (rest, low) = (behind, Some(byte));
    }
    if negated {
        set.0.iter_mut().for_each(|word| *word = !*word);
    }
    Some((set, rest))
}

fn literal(pattern: &[u8]) -> Option<(u8, &[u8])> {
    let (&byte, after) = pattern.strip_prefix(b"\\").unwrap_or(pattern).split_first()?;
    Some((byte, after))
}

fn class(name: &[u8]) -> Option<fn(&u8) -> bool> {
    Some(match name {
        b"alnum" => u8::is_ascii_alphanumeric,
        b"alpha" => u8::is_ascii_alphabetic,
        b"blank" => |byte| matches!(byte, b' ' | b'\t'),
        b"cntrl" => u8::is_ascii_control,
        b"digit" => u8::is_ascii_digit,
        b"graph" => u8::is_ascii_graphic,
        b"lower" => u8::is_ascii_lowercase,
        b"print" => |byte| matches!(byte, 32..=126),
        b"punct" => u8::is_ascii_punctuation,
        b"space" => |byte| matches!(byte, b' ' | 9..=13),
        b"upper" => u8::is_ascii_uppercase,
        b"xdigit" => u8::is_ascii_hexdigit,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn matches(pattern: &str, path: &str) -> Option<bool> {
        let pattern = Pattern::compile(pattern.as_bytes())?;
        let parts: Vec<&str> = path.split('/').collect();
        pattern.matches(&parts, &mut one_path()).ok()
    }

    fn one_path() -> Steps {
        let mut steps = Steps::new();
        steps.begin_path();
        steps
    }

    #[test]
    fn what_git_matches() {
        for (pattern, path) in [
            ("*.bin", "a/b/c.bin"),
            ("/*.bin", "c.bin"),
            ("a/*/c", "a/b/c"),
            ("a/**/c", "a/c"),
            ("a/**/c", "a/b/b/c"),
            ("a/**/b/**/c", "a/x/b/c/y/b/q/c"),
            ("**/c", "c"),
            ("**/c", "a/b/c"),
            ("a/**", "a/b/c"),
            ("/**", "a"),
            ("**", "a/b"),
            ("a/b**c", "a/bxc"),
            ("a/***/c", "a/b/c"),
            ("[a-c]?[!x]", "bxy"),
            ("[]]", "]"),
            ("[]-]x", "-x"),
            ("[a-]", "-"),
            ("[\\]]", "]"),
            ("[[:digit:]x][[:upper:]]", "3A"),
            ("[[:]", ":"),
            ("\\*", "*"),
            ("a\\/b", "a/b"),
            ("saved_model/**/*", "saved_model/x"),
            ("saved_model/**/*", "saved_model/x/y.pb"),
            ("*tfevents*", "runs/events.out.tfevents.17"),
            ("tar.*", "x/tar.gz"),
            ("é*", "été"),
            ("**\\/c", "a/b/c"),
            ("??", "é"),
        ] {
            assert_eq!(matches(pattern, path), Some(true), "{pattern} {path}");
        }
    }

    #[test]
    fn what_git_does_not_match() {
        for (pattern, path) in [
            ("/*.bin", "a/c.bin"),
            ("a/*", "a/b/c"),
            ("a/**", "a"),
            ("a/b**c", "a/b/c"),
            ("a/?/c", "a//c"),
            ("a/[^x]b", "a//b"),
            ("?", "é"),
            ("[a-c]", "d"),
            ("[[:digit:]]", "x"),
            ("*.bin", "x.bin/y"),
            ("a//b", "a/b"),
            ("**\\/c", "c"),
            ("", "a"),
        ] {
            assert_eq!(matches(pattern, path), Some(false), "{pattern} {path}");
        }
        for pattern in ["[a", "[", "[!", "x\\", "[[:nope:]]", "[a-", "[\\"] {
            assert!(Pattern::compile(pattern.as_bytes()).is_none(), "{pattern}");
        }
    }

    #[test]
    fn hostile_patterns_end_soon() {
        let name = "a".repeat(250);
        for pattern in [format!("{}b", "a*".repeat(2000)), format!("{}b", "*?".repeat(120))] {
            assert_eq!(matches(&pattern, &name), Some(false));
        }
        let deep = vec![name.as_str(); 64].join("/");
        let heavy = format!("{}b", "**/*a*a*a*a*a*a*a*a*a*/".repeat(200));
        let parts: Vec<&str> = deep.split('/').collect();
        let mut steps = one_path();
        let found = Pattern::compile(heavy.as_bytes()).map(|heavy| {
            let mut found = Ok(false);
            for _ in 0..10_000 {
                found = heavy.matches(&parts, &mut steps);
            }
            found
        });
        assert_eq!(found, Some(Err(OutOfSteps)));
    }

    #[test]
    fn only_whole_lines_within_the_limit() {
        let text = format!("\u{feff}first\n{}\nlast", "x".repeat(limits::ATTRIBUTES_BYTES_MAX));
        assert_eq!(lines(&text).collect::<Vec<_>>(), ["first"]);
        assert_eq!(lines(&"é".repeat(limits::ATTRIBUTES_BYTES_MAX)).count(), 0);
    }

    /// The meaning of `*` and `?` by plain recursion.
    fn slow(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => {
                slow(rest, text) || text.split_first().is_some_and(|(_, text)| slow(pattern, text))
            }
            (Some((want, pattern)), Some((byte, text))) => {
                (*want == b'?' || want == byte) && slow(pattern, text)
            }
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_plain_meaning(pattern in "[ab*?]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(matches(&pattern, &text), Some(slow(pattern.as_bytes(), text.as_bytes())));
        }

        #[test]
        fn nothing_panics(pattern: Vec<u8>, path: String) {
            if let Some(pattern) = Pattern::compile(&pattern) {
                let parts: Vec<&str> = path.split('/').collect();
                prop_assert!(pattern.matches(&parts, &mut one_path()).is_ok());
            }
        }
    }
}
