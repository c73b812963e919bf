//! Reads an entry of a list of references (BibTeX), from which a paper's facts are taken over.

use super::bibtex::MONTHS;
use super::tex::plain;
use crate::limits;
use crate::paper::{ArxivId, Author, Doi, Facts, Published};

/// Fields of an entry; real ones have a few dozen.
const FIELDS_MAX: usize = 200;

/// Why no entry could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct BadBib(pub String);

fn refuse<T>(why: impl Into<String>) -> Result<T, BadBib> {
    Err(BadBib(why.into()))
}

/// The facts of the first entry of a file. What the hub does not keep, such as pages, is left out; so is an id that is none.
///
/// # Errors
/// Says where the file stops being BibTeX, or that it has no entry.
pub fn read_bibtex(text: &str) -> Result<Facts, BadBib> {
    if text.len() > limits::BIB_BYTES_MAX {
        return refuse(format!("a list of references has at most {} bytes", limits::BIB_BYTES_MAX));
    }
    Ok(facts(&first_entry(text)?))
}

/// Fields: names in lower case, and values with TeX left in.
type Fields = Vec<(String, String)>;

/// The fields of the first entry that is a work.
fn first_entry(text: &str) -> Result<Fields, BadBib> {
    let mut rest = text;
    loop {
        let Some(at) = rest.find('@') else {
            return refuse("there is no entry in it: one begins like @article{key, …");
        };
        rest = rest.get(at + 1..).unwrap_or_default();
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (kind, behind) = rest.split_at(end);
        let known = !matches!(kind.to_ascii_lowercase().as_str(), "" | "comment" | "string" | "preamble");
        match behind.trim_start().strip_prefix(['{', '(']).filter(|_| known) {
            Some(inside) => return fields(inside),
            None => rest = behind,
        }
    }
}

/// What stands between the braces of an entry: a key, then fields.
fn fields(inside: &str) -> Result<Fields, BadBib> {
    let Some((_, mut rest)) = inside.split_once(',') else {
        return refuse("an entry has fields behind its key: @article{key, title = {…}, …}");
    };
    let mut fields = Fields::new();
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == ',');
        if rest.starts_with(['}', ')']) {
            return Ok(fields);
        }
        let Some((name, behind)) = rest.split_once('=') else {
            return refuse("the entry has no end: a closing brace is missing");
        };
        let name = name.trim().to_ascii_lowercase();
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || "{}\",@#".contains(c)) {
            let name: String = name.chars().take(40).collect();
            return refuse(format!("a field is written name = {{value}}: {name:?}"));
        }
        let (value, behind) = value(behind, &name)?;
        if fields.len() >= FIELDS_MAX {
            return refuse(format!("an entry has at most {FIELDS_MAX} fields"));
        }
        fields.push((name, value));
        rest = behind;
    }
}

/// Pieces joined by `#`: in braces, in quotes, or a bare word.
fn value<'a>(text: &'a str, name: &str) -> Result<(String, &'a str), BadBib> {
    let mut out = String::new();
    let mut rest = text.trim_start();
    loop {
        let (piece, behind) = match rest.chars().next() {
            Some('{') => braced(rest.get(1..).unwrap_or_default(), None),
            Some('"') => braced(rest.get(1..).unwrap_or_default(), Some('"')),
            Some(_) => {
                let end = rest.find(|c: char| c.is_whitespace() || ",}#)".contains(c)).unwrap_or(rest.len());
                Some(rest.split_at(end)).filter(|_| end > 0)
            }
            None => None,
        }
        .ok_or_else(|| BadBib(format!("the value of {name:?} has no end")))?;
        out.push_str(piece);
        rest = behind.trim_start();
        match rest.strip_prefix('#') {
            Some(behind) => rest = behind.trim_start(),
            None => return Ok((out, rest)),
        }
    }
}

/// What stands before the end: the closing brace, or a quote outside of braces. BibTeX counts braces whether or not a
/// backslash stands before them.
fn braced(text: &str, quote: Option<char>) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    for (at, c) in text.char_indices() {
        let end = match c {
            '}' if depth == 0 => quote.is_none(),
            c => depth == 0 && Some(c) == quote,
        };
        if end {
            return Some((text.get(..at)?, text.get(at + 1..)?));
        }
        match c {
            '{' => depth += 1,
            '}' => depth = depth.checked_sub(1)?,
            _ => {}
        }
    }
    None
}

fn facts(fields: &Fields) -> Facts {
    let raw =
        |name: &str| fields.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
    let short = |name: &str, most: usize| {
        Some(plain(raw(name))).filter(|text| text.len() <= most).unwrap_or_default()
    };
    let text = |name: &str| short(name, limits::TITLE_BYTES_MAX);
    let first = |names: &[&str]| {
        names.iter().map(|name| text(name)).find(|text| !text.is_empty()).unwrap_or_default()
    };
    let doi = Doi::parse(&verbatim(raw("doi"))).ok();
    let eprint = ArxivId::parse(&verbatim(raw("eprint"))).ok();
    let address = ArxivId::parse(&verbatim(raw("url"))).ok();
    Facts {
        title: text("title"),
        authors: authors(raw("author")),
        abstract_text: short("abstract", limits::ABSTRACT_BYTES_MAX),
        published: published(&text("date"), &text("year"), &text("month")),
        venue: first(&["journal", "journaltitle", "booktitle", "howpublished"]),
        arxiv: eprint.or(address).or_else(|| doi.as_ref().and_then(Doi::arxiv)),
        doi,
        licenses: Vec::new(),
    }
}

/// An id as it is meant: some programs escape its underscores.
fn verbatim(value: &str) -> String {
    value.chars().filter(|c| !matches!(c, '{' | '}' | '\\')).collect()
}

fn published(date: &str, year: &str, month: &str) -> Option<Published> {
    if let Ok(date) = Published::parse(date) {
        return Some(date);
    }
    let word = month.to_ascii_lowercase();
    let named = (1..).zip(MONTHS).find(|(_, known)| word.starts_with(known)).map(|(n, _)| n);
    Published::from_parts(year.parse().ok(), named.or_else(|| word.parse().ok()), None)
}

/// Names with `and` between them, outside of braces. `and others` says that the list is cut short.
fn authors(value: &str) -> Vec<Author> {
    let mut names = vec![String::new()];
    let mut depth = 0_usize;
    for word in value.split_whitespace() {
        if depth == 0 && word.eq_ignore_ascii_case("and") {
            names.push(String::new());
            continue;
        }
        let (open, close) = (word.matches('{').count(), word.matches('}').count());
        depth = (depth + open).saturating_sub(close);
        if let Some(name) = names.last_mut() {
            name.push(' ');
            name.push_str(word);
        }
    }
    let read = names.iter().filter_map(|name| author(name.trim()));
    let read = read.filter(|author| author.name.len() <= limits::AUTHOR_BYTES_MAX);
    read.take(limits::AUTHORS_MAX).collect()
}

fn author(name: &str) -> Option<Author> {
    let whole = name.strip_prefix('{').and_then(|inside| braced(inside, None));
    if let Some((inside, "")) = whole {
        return Some(Author::entity(&plain(inside))).filter(|author| !author.name.is_empty());
    }
    // Commas in braces part nothing, so the parts are taken before the braces go.
    let mut parts: Vec<String> = vec![String::new()];
    let mut depth = 0_usize;
    for c in name.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        match (c, parts.last_mut()) {
            (',', _) if depth == 0 => parts.push(String::new()),
            (c, Some(part)) => part.push(c),
            _ => {}
        }
    }
    let parts: Vec<String> = parts.iter().map(|part| plain(part)).collect();
    let name = match parts.as_slice() {
        [family, given] => format!("{given} {family}"),
        [family, suffix, given, ..] => format!("{given} {family}, {suffix}"),
        _ => parts.concat(),
    };
    let name = crate::paper::one_line(&name);
    (!name.is_empty() && name != "others").then(|| Author { name, ..Author::default() })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn entries_as_they_are_found() {
        let text = r#"
            % a comment
            @string{acl = "ACL"}
            @InProceedings{rafailov-2023, title = {Direct {P}reference \& {O}ptimization},
              author = "Rafailov, Rafael and {\"O}zg{\"u}r {\c{C}}elik and {The {DPO} Team} and Doe, Jr., John and others",
              year = 2023, month = "May", booktitle = "Proc. " # {of it}, pages = {1--2},
              eprint = {2305.18290}, archivePrefix = {arXiv}, doi = {10.1038/x\_1} }
            @misc{second, title = {No}}"#;
        let facts = read_bibtex(text).unwrap();
        assert_eq!(facts.title, "Direct Preference & Optimization");
        let names: Vec<_> =
            facts.authors.iter().map(|author| (author.name.as_str(), author.entity)).collect();
        assert_eq!(
            names,
            [
                ("Rafael Rafailov", false),
                ("Özgür Çelik", false),
                ("The DPO Team", true),
                ("John Doe, Jr.", false)
            ]
        );
        assert_eq!(facts.published.unwrap().to_string(), "2023-05");
        assert_eq!(facts.venue, "Proc. of it");
        assert_eq!(facts.arxiv.unwrap().as_str(), "2305.18290");
        assert_eq!(facts.doi.unwrap().as_str(), "10.1038/x_1");
    }

    #[test]
    fn what_is_no_entry_says_why() {
        for (text, says) in [
            ("", "no entry"),
            ("title: x", "no entry"),
            ("@comment{x}", "no entry"),
            ("@misc{key}", "fields behind its key"),
            ("@misc{key, title = {a", "\"title\" has no end"),
            ("@misc{key, title = {a}", "closing brace"),
            ("@misc{key, a b = {c}}", "name = {value}"),
            ("@misc{key, title = }", "no end"),
            (&"x".repeat(limits::BIB_BYTES_MAX + 1), "at most"),
            (&format!("@misc{{k, {}}}", "a=1,".repeat(300)), "at most 200 fields"),
        ] {
            let error = read_bibtex(text).unwrap_err();
            assert!(error.0.contains(says), "{text:.40}: {error}");
        }
    }

    proptest! {
        #[test]
        fn anything_is_read_or_refused(text in "(@misc\\{k, )?[a-z@{}\",=# \\\\]{0,80}") {
            let _ = read_bibtex(&text);
        }
    }
}
