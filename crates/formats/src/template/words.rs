//! The words of a Jinja template: what stands in its tags, with the escapes of its texts undone.

/// A word.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// A name or a keyword.
    Name(String),
    /// A text, as it is once its escapes are undone.
    Text(String),
    /// A number.
    Number,
    /// Anything else, a character each.
    Sign(char),
}

/// A tag.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Tag {
    /// Whether it is a statement (`{% … %}`) and not a value (`{{ … }}`).
    pub(super) statement: bool,
    /// What stands in it.
    pub(super) words: Vec<Word>,
}

/// Tags that are read.
const TAGS_MAX: usize = 20_000;

/// Takes a template apart.
///
/// # Errors
/// What of it cannot be read.
pub(super) fn read(text: &str) -> Result<Vec<Tag>, String> {
    let mut tags: Vec<Tag> = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        rest = &rest[at..];
        let kind = rest[1..].chars().next();
        match kind {
            Some('#') => {
                let end = rest[2..].find("#}").ok_or("a comment does not end")?;
                rest = &rest[2 + end + 2..];
            }
            Some('{' | '%') => {
                let statement = kind == Some('%');
                let (words, left) = words(&rest[2..], if statement { "%}" } else { "}}" })?;
                rest = left;
                let raw = statement && words == [Word::Name("raw".into())];
                if tags.len() == TAGS_MAX {
                    return Err("it has too many tags".into());
                }
                tags.push(Tag { statement, words });
                // What stands between is text, whatever it looks like.
                if raw {
                    rest = after_raw(rest).ok_or("a raw block does not end")?;
                }
            }
            _ => rest = &rest[1..],
        }
    }
    Ok(tags)
}

fn after_raw(mut rest: &str) -> Option<&str> {
    loop {
        rest = &rest[rest.find("{%")? + 2..];
        // Exactly so ends a raw block: anything else is text in it.
        let inner = rest.strip_prefix(['-', '+']).unwrap_or(rest).trim_start();
        let Some(after) = inner.strip_prefix("endraw") else { continue };
        let after = after.trim_start();
        if let Some(after) = after.strip_prefix(['-', '+']).unwrap_or(after).strip_prefix("%}") {
            return Some(after);
        }
    }
}

/// The words up to the end of a tag, and what follows it.
fn words<'a>(text: &'a str, end: &str) -> Result<(Vec<Word>, &'a str), String> {
    let mut all = Vec::new();
    // Signs of white space control at either end say nothing.
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    // A dictionary may end where a value does: its braces are counted.
    let mut open = 0_u32;
    loop {
        rest = rest.trim_start();
        let first = rest.chars().next().ok_or("a tag does not end")?;
        if open == 0 {
            let ending = rest.strip_prefix(['-', '+']).unwrap_or(rest);
            if let Some(after) = ending.strip_prefix(end) {
                return Ok((all, after));
            }
        }
        let bytes = match first {
            '\'' | '"' => {
                let (text, bytes) = quoted(rest, first)?;
                all.push(Word::Text(text));
                bytes
            }
            first if first.is_alphabetic() || first == '_' => {
                let bytes = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                all.push(Word::Name(rest[..bytes].to_owned()));
                bytes
            }
            first if first.is_ascii_digit() => {
                all.push(Word::Number);
                rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
            }
            first => {
                match first {
                    '{' => open += 1,
                    '}' => open = open.saturating_sub(1),
                    _ => {}
                }
                all.push(Word::Sign(first));
                first.len_utf8()
            }
        };
        rest = &rest[bytes..];
    }
}

/// A text in quotes with its escapes undone, as Python reads them; and how many bytes it takes.
fn quoted(text: &str, quote: char) -> Result<(String, usize), String> {
    let mut out = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Ok((out, at + c.len_utf8())),
            '\\' => {
                let (_, kind) = chars.next().ok_or("a text does not end")?;
                let digits = match kind {
                    'x' => 2,
                    'u' => 4,
                    'U' => 8,
                    _ => 0,
                };
                let rest = text.get(at + 1 + kind.len_utf8()..).unwrap_or_default();
                let coded = rest.get(..digits).filter(|_| digits > 0);
                let coded = coded.and_then(|hex| char::from_u32(u32::from_str_radix(hex, 16).ok()?));
                match (coded, kind) {
                    (Some(coded), _) => {
                        out.push(coded);
                        (0..digits).for_each(|_| {
                            chars.next();
                        });
                    }
                    (None, '0'..='7') => {
                        let octal: String =
                            text[at + 1..].chars().take(3).take_while(|c| ('0'..='7').contains(c)).collect();
                        out.extend(u32::from_str_radix(&octal, 8).ok().and_then(char::from_u32));
                        (1..octal.len()).for_each(|_| {
                            chars.next();
                        });
                    }
                    // The end of a line says nothing.
                    (None, '\n') => {}
                    // By name, a character can be anything: it counts as what is looked for.
                    (None, 'N') => out.push('_'),
                    (None, kind) => out.push(kind),
                }
            }
            c => out.push(c),
        }
    }
    Err("a text does not end".into())
}
