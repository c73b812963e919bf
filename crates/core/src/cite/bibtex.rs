//! An entry for a list of references (BibTeX).

use super::Source;
use super::tex::escape;
use crate::paper::{Author, Facts};
use crate::repo::RepoKind;

/// Months as every style of BibTeX knows them.
pub(super) const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Words that a title begins with and is not known by.
const EMPTY_WORDS: [&str; 10] = ["a", "an", "the", "on", "of", "for", "in", "to", "and", "with"];

/// Letters of a key's name and of its word.
const KEY_LETTERS: usize = 24;

/// The entry of a work. A paper is cited as itself; anything else at the commit that was looked at.
pub fn bibtex(facts: &Facts, source: &Source<'_>) -> String {
    let facts = source.complete(facts);
    let paper = source.kind == RepoKind::Paper;
    let entry = if paper && !facts.venue.is_empty() { "article" } else { "misc" };
    let mut out = format!("@{entry}{{{},\n", key(&facts, source));
    let mut field = |name: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("  {name} = {{{value}}},\n"));
        }
    };
    // The second pair of braces keeps capitals as they are.
    field("title", &format!("{{{}}}", escape(&facts.title)));
    let authors: Vec<String> = facts.authors.iter().map(author).collect();
    field("author", &authors.join(" and "));
    field("year", &facts.published.map(|date| format!("{:04}", date.year)).unwrap_or_default());
    field(if entry == "article" { "journal" } else { "howpublished" }, &escape(&facts.venue));
    field("eprint", facts.arxiv.as_ref().map_or("", |id| id.as_str()));
    field("archiveprefix", if facts.arxiv.is_some() { "arXiv" } else { "" });
    field("doi", facts.doi.as_ref().map_or("", |doi| doi.as_str()));
    field("url", source.address);
    if !paper {
        field("note", &format!("{}, commit {}", word(source.kind), source.commit));
    }
    let month = facts.published.and_then(|date| date.month);
    if let Some(month) = month.and_then(|month| MONTHS.get(usize::from(month).wrapping_sub(1))) {
        out.push_str(&format!("  month = {month},\n"));
    }
    out.push_str("}\n");
    out
}

fn word(kind: RepoKind) -> &'static str {
    match kind {
        RepoKind::Model => "Model",
        RepoKind::Dataset => "Data set",
        RepoKind::Space => "Space",
        RepoKind::Code => "Software",
        RepoKind::Paper => "Paper",
    }
}

/// `Lovelace, Ada`, which leaves no doubt what the family name is; an institution, or a name that would be read as two,
/// between braces.
fn author(author: &Author) -> String {
    let whole = || format!("{{{}}}", escape(&author.name));
    let (given, family, suffix) = author.parts();
    let and = author.name.split(' ').any(|word| word.eq_ignore_ascii_case("and"));
    if author.entity || and || given.is_empty() {
        return whole();
    }
    let parts = [family, suffix, given];
    let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).map(|part| escape(part)).collect();
    parts.join(", ")
}

/// `lovelace2024growth`: the first author's last name, the year, the first telling word of the title. It follows from the
/// facts alone, so that citing twice gives one entry.
fn key(facts: &Facts, source: &Source<'_>) -> String {
    let letters = |text: &str| -> String {
        text.chars()
            .filter(char::is_ascii_alphanumeric)
            .take(KEY_LETTERS)
            .collect::<String>()
            .to_ascii_lowercase()
    };
    let first = facts.authors.first();
    let name = first.map(|author| if author.entity { author.name.clone() } else { author.parts().1 });
    let name = Some(letters(&name.unwrap_or_default())).filter(|name| !name.is_empty());
    let year = facts.published.map(|date| date.year.to_string()).unwrap_or_default();
    let mut words = facts.title.split(|c: char| !c.is_alphanumeric()).map(letters);
    let word = words.find(|word| !word.is_empty() && !EMPTY_WORDS.contains(&word.as_str()));
    format!("{}{year}{}", name.unwrap_or_else(|| letters(source.owner)), word.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::tests::{SOURCE, facts};
    use super::*;
    use crate::card::metadata;
    use crate::cite::read_bibtex;
    use crate::paper::Published;
    use proptest::prelude::*;

    #[test]
    fn a_paper() {
        let yaml = "title: 'On growth: 50% of {it} & more'\nauthors: [Ada Lovelace, 'Ludwig van Beethoven', {name: R and D, entity: true}]\n\
            arxiv: '2305.18290'\ndoi: 10.1038/x_1\npublished: 2024-05-31\n";
        let facts = Facts::of_card(&metadata(yaml).unwrap());
        assert_eq!(
            bibtex(&facts, &SOURCE),
            "@misc{lovelace2024growth,\n\
            \x20 title = {{On growth: 50\\% of \\textbraceleft{}it\\textbraceright{} \\& more}},\n\
            \x20 author = {Lovelace, Ada and van Beethoven, Ludwig and {R and D}},\n\
            \x20 year = {2024},\n  eprint = {2305.18290},\n  archiveprefix = {arXiv},\n  doi = {10.1038/x_1},\n\
            \x20 url = {https://hub.example/papers/acorn-lab/growth},\n  month = may,\n}\n"
        );
    }

    #[test]
    fn a_model_is_cited_at_its_commit() {
        let source = Source { kind: RepoKind::Model, name: "acorn-tiny", ..SOURCE };
        let text = bibtex(&Facts::default(), &source);
        assert!(
            text.starts_with(
                "@misc{acornlab2025acorn,\n  title = {{acorn-tiny}},\n  author = {{acorn-lab}},\n"
            ),
            "{text}"
        );
        assert!(text.contains("note = {Model, commit 0123456789012345678901234567890123456789}"), "{text}");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(facts in facts()) {
            let text = bibtex(&facts, &SOURCE);
            let read = read_bibtex(&text).unwrap();
            let whole = SOURCE.complete(&facts);
            prop_assert_eq!(&read.title, &whole.title, "{}", text);
            let names = |facts: &Facts| facts.authors.iter().map(|author| author.name.clone()).collect::<Vec<_>>();
            prop_assert_eq!(names(&read), names(&whole), "{}", text);
            let month = whole.published.map(|date| Published { day: None, ..date });
            prop_assert_eq!(read.published, month);
            prop_assert_eq!((&read.arxiv, &read.doi, &read.venue), (&whole.arxiv, &whole.doi, &whole.venue));
            prop_assert_eq!(bibtex(&facts, &SOURCE), text);
        }
    }
}
