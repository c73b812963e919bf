//! `CITATION.cff`, in which software and data say how to cite them (Citation File Format 1.2.0): written and read.

use serde_json::{Map, Value};

use super::Source;
use super::spdx;
use crate::card::{CardError, Metadata, metadata, quoted};
use crate::limits;
use crate::paper::{ArxivId, Author, Doi, Facts, Orcid, Published, one_line};
use crate::repo::RepoKind;

/// The file of a work.
pub fn cff(facts: &Facts, source: &Source<'_>) -> String {
    let facts = source.complete(facts);
    let paper = source.kind == RepoKind::Paper;
    let mut out = String::from("cff-version: 1.2.0\n");
    let what = match source.kind {
        RepoKind::Model => "model",
        RepoKind::Dataset => "data set",
        RepoKind::Space => "space",
        RepoKind::Code => "software",
        RepoKind::Paper => "paper",
    };
    line(&mut out, "", "message", &format!("If you use this {what}, please cite it as below."));
    // A paper is neither of the two types there are; its citation follows as the preferred one.
    match source.kind {
        RepoKind::Dataset => out.push_str("type: dataset\n"),
        RepoKind::Model | RepoKind::Space | RepoKind::Code => out.push_str("type: software\n"),
        RepoKind::Paper => {}
    }
    cited(&mut out, "", &facts);
    if !facts.abstract_text.is_empty() {
        line(&mut out, "", "abstract", &facts.abstract_text);
    }
    let day = facts.published.filter(|date| date.day.is_some()).unwrap_or(source.day);
    line(&mut out, "", "date-released", &day.full().unwrap_or_default());
    let licenses: Vec<String> =
        facts.licenses.iter().filter_map(|id| spdx::from_card(id)).map(quoted).collect();
    match licenses.as_slice() {
        [] => {}
        [one] => out.push_str(&format!("license: {one}\n")),
        many => out.push_str(&format!("license: [{}]\n", many.join(", "))),
    }
    line(&mut out, "", "url", source.address);
    line(&mut out, "", "commit", source.commit);
    if paper {
        let kind = if facts.venue.is_empty() { "generic" } else { "article" };
        out.push_str(&format!("preferred-citation:\n  type: {kind}\n"));
        cited(&mut out, "  ", &facts);
        if let Some(date) = facts.published {
            out.push_str(&format!("  year: {}\n", date.year));
            out.push_str(&date.month.map(|month| format!("  month: {month}\n")).unwrap_or_default());
            line(&mut out, "  ", "date-published", &date.full().unwrap_or_default());
        }
        line(&mut out, "  ", "journal", &facts.venue);
        line(&mut out, "  ", "url", source.address);
    }
    out
}

fn line(out: &mut String, indent: &str, key: &str, value: &str) {
    if !value.is_empty() {
        out.push_str(&format!("{indent}{key}: {}\n", quoted(value)));
    }
}

/// What stands in the file itself and in its preferred citation.
fn cited(out: &mut String, indent: &str, facts: &Facts) {
    line(out, indent, "title", &facts.title);
    out.push_str(&format!("{indent}authors:\n"));
    for author in &facts.authors {
        let (given, family, suffix) = author.parts();
        let mut parts = match author.entity {
            true => vec![("name", author.name.clone())],
            false => vec![("family-names", family), ("given-names", given), ("name-suffix", suffix)],
        };
        parts.push(("orcid", author.orcid.as_ref().map(Orcid::address).unwrap_or_default()));
        parts.push(("affiliation", author.affiliation.clone()));
        let mut lead = "- ";
        for (key, value) in parts.iter().filter(|(_, value)| !value.is_empty()) {
            out.push_str(&format!("{indent}{lead}{key}: {}\n", quoted(value)));
            lead = "  ";
        }
    }
    line(out, indent, "doi", facts.doi.as_ref().map_or("", |doi| doi.as_str()));
    if let Some(id) = &facts.arxiv {
        let value = quoted(&format!("arXiv:{id}"));
        out.push_str(&format!("{indent}identifiers:\n{indent}- type: other\n{indent}  value: {value}\n"));
    }
}

/// Reads what a file says, by the same reader and limits as cards: of its preferred citation, and for whatever that does
/// not say, of the file itself.
///
/// # Errors
/// See [`CardError`]. What is not as the format has it is left out.
pub fn read_cff(text: &str) -> Result<Facts, CardError> {
    let file = metadata(text)?;
    let own = facts(&file);
    Ok(match file.get("preferred-citation") {
        Some(Value::Object(preferred)) => facts(preferred).or(own),
        _ => own,
    })
}

fn facts(file: &Metadata) -> Facts {
    let text = |key: &str| one_line(file.get(key).and_then(Value::as_str).unwrap_or_default());
    let number =
        |key: &str| file.get(key).and_then(|value| value.as_u64().or_else(|| value.as_str()?.parse().ok()));
    let identifiers =
        || file.get("identifiers").and_then(Value::as_array).into_iter().flatten().take(limits::LINKS_MAX);
    let values = || identifiers().filter_map(|one| one.get("value")?.as_str());
    let doi = Doi::parse(&text("doi")).ok().or_else(|| values().find_map(|value| Doi::parse(value).ok()));
    let arxiv =
        values().find_map(|value| ArxivId::parse(value).ok()).or_else(|| ArxivId::parse(&text("url")).ok());
    let day = ["date-published", "date-released"].iter().find_map(|key| Published::parse(&text(key)).ok());
    let parts = Published::from_parts(number("year"), number("month"), None);
    let card = Metadata::from_iter([
        ("title".to_owned(), file.get("title").cloned().unwrap_or_default()),
        ("abstract".to_owned(), file.get("abstract").cloned().unwrap_or_default()),
        (
            "venue".to_owned(),
            file.get("journal").or_else(|| file.get("collection-title")).cloned().unwrap_or_default(),
        ),
    ]);
    let authors =
        file.get("authors").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object);
    let licenses = crate::card::texts(file, "license").take(limits::LINKS_MAX);
    Facts {
        authors: authors.filter_map(author).take(limits::AUTHORS_MAX).collect(),
        published: day.or(parts),
        arxiv: arxiv.or_else(|| doi.as_ref().and_then(Doi::arxiv)),
        doi,
        licenses: licenses.map(|id| one_line(id).to_ascii_lowercase()).collect(),
        ..Facts::of_card(&card)
    }
}

/// A person by the parts of their name, or an institution by all of it.
fn author(map: &Map<String, Value>) -> Option<Author> {
    let text = |key: &str| one_line(map.get(key).and_then(Value::as_str).unwrap_or_default());
    let whole = text("name");
    let author = match whole.is_empty() {
        false => Author::entity(&whole),
        true => {
            let parts = ["given-names", "name-particle", "family-names"].map(text);
            let mut name = one_line(&parts.join(" "));
            let suffix = text("name-suffix");
            if !name.is_empty() && !suffix.is_empty() {
                name = format!("{name}, {suffix}");
            }
            Author { name: if name.is_empty() { text("alias") } else { name }, ..Author::default() }
        }
    };
    let affiliation = text("affiliation");
    let affiliation = if affiliation.len() <= limits::AUTHOR_BYTES_MAX { affiliation } else { String::new() };
    let sound = !author.name.is_empty() && author.name.len() <= limits::AUTHOR_BYTES_MAX;
    sound.then(|| Author { orcid: Orcid::parse(&text("orcid")).ok(), affiliation, ..author })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::tests::{SOURCE, facts as any_facts};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn a_data_set() {
        let source = Source { kind: RepoKind::Dataset, ..SOURCE };
        let yaml = "title: 'Garden: \"one\"'\nauthors: [Ada Lovelace <0000-0002-1825-0097>]\nlicense: [cc-by-4.0, llama2]\n";
        let facts = Facts::of_card(&metadata(yaml).unwrap());
        assert_eq!(
            cff(&facts, &source),
            "cff-version: 1.2.0\nmessage: \"If you use this data set, please cite it as below.\"\ntype: dataset\n\
             title: \"Garden: \\\"one\\\"\"\nauthors:\n- family-names: \"Lovelace\"\n  given-names: \"Ada\"\n\
             \x20 orcid: \"https://orcid.org/0000-0002-1825-0097\"\ndate-released: \"2025-03-09\"\nlicense: \"CC-BY-4.0\"\n\
             url: \"https://hub.example/papers/acorn-lab/growth\"\ncommit: \"0123456789012345678901234567890123456789\"\n"
        );
    }

    #[test]
    fn a_file_as_others_write_it() {
        let text = "cff-version: 1.2.0\nmessage: Cite it.\ntitle: Tool\nauthors:\n- family-names: Beethoven\n  given-names: Ludwig\n\
            \x20 name-particle: van\n  name-suffix: Jr.\n- name: Acorn Lab\n- alias: ghost\n- 7\nversion: 1.0\nlicense: Apache-2.0\n\
            identifiers:\n- type: doi\n  value: 10.5281/zenodo.1\n- type: other\n  value: arXiv:2305.18290\ndate-released: 2024-02-29\n";
        let facts = read_cff(text).unwrap();
        let names: Vec<_> =
            facts.authors.iter().map(|author| (author.name.as_str(), author.entity)).collect();
        assert_eq!(names, [("Ludwig van Beethoven, Jr.", false), ("Acorn Lab", true), ("ghost", false)]);
        assert_eq!(facts.doi.unwrap().as_str(), "10.5281/zenodo.1");
        assert_eq!(facts.arxiv.unwrap().as_str(), "2305.18290");
        assert_eq!(
            (facts.licenses, facts.published.unwrap().to_string()),
            (vec!["apache-2.0".to_owned()], "2024-02-29".into())
        );
        let preferred = format!(
            "{text}preferred-citation:\n  type: article\n  title: The paper\n  year: 2023\n  month: 4\n"
        );
        let facts = read_cff(&preferred).unwrap();
        assert_eq!(
            (facts.title.as_str(), facts.published.unwrap().to_string().as_str()),
            ("The paper", "2023-04")
        );
        assert_eq!(facts.authors.len(), 3, "of the file itself");
        assert!(read_cff("- a list").is_err() && read_cff("a: [").is_err());
    }

    proptest! {
        #[test]
        fn whatever_a_file_says_can_be_cited(
            title in any::<String>(),
            parts in prop::collection::vec(("[ ,.a-dA{}\\\\\"&%'~-]{0,9}", any::<String>(), "[ ,]{0,2}|Jr\\.|and|others"), 0..4),
        ) {
            let authors: Vec<_> = parts
                .iter()
                .map(|(given, family, more)| json!({"given-names": given, "family-names": family, "name-suffix": more}))
                .collect();
            let facts = read_cff(&json!({"title": title, "authors": authors}).to_string());
            // JSON is YAML but for a few characters that YAML does not print.
            let Ok(facts) = facts else { return Ok(()) };
            let whole = SOURCE.complete(&facts);
            let bib = crate::cite::read_bibtex(&crate::cite::bibtex(&facts, &SOURCE)).unwrap();
            for again in [read_cff(&cff(&facts, &SOURCE)).unwrap(), bib] {
                prop_assert_eq!(&again.title, &whole.title);
                prop_assert_eq!(again.authors.len(), whole.authors.len(), "{:?} {:?}", again, whole);
            }
        }

        #[test]
        fn what_is_written_is_read_back(facts in any_facts()) {
            let text = cff(&facts, &SOURCE);
            prop_assert_eq!(read_cff(&text).unwrap(), SOURCE.complete(&facts), "{}", text);
        }
    }
}
