//! A paper's first card, from what its form, or the command that makes it, was told.

use super::facts::{Author, Facts};
use crate::card::quoted;

/// The README.md of a paper: all that is known of it as metadata, from which its page, its citations and its links are
/// made. Reading it gives the same facts again.
pub fn card(facts: &Facts) -> String {
    let mut out = String::from("---\n");
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("{key}: {}\n", quoted(value)));
        }
    };
    match facts.licenses.as_slice() {
        [one] => line("license", one),
        many => {
            let list: Vec<String> = many.iter().map(|one| quoted(one)).collect();
            if !list.is_empty() {
                out.push_str(&format!("license: [{}]\n", list.join(", ")));
            }
        }
    }
    let mut line = |key: &str, value: &str| {
        if !value.is_empty() {
            out.push_str(&format!("{key}: {}\n", quoted(value)));
        }
    };
    line("title", &facts.title);
    line("arxiv", facts.arxiv.as_ref().map_or("", |id| id.as_str()));
    line("doi", facts.doi.as_ref().map_or("", |doi| doi.as_str()));
    line("published", &facts.published.map(|date| date.to_string()).unwrap_or_default());
    line("venue", &facts.venue);
    line("abstract", &facts.abstract_text);
    if !facts.authors.is_empty() {
        out.push_str("authors:\n");
    }
    facts.authors.iter().for_each(|author| out.push_str(&entry(author)));
    out.push_str("---\n");
    out
}

fn entry(author: &Author) -> String {
    let mut out = format!("- name: {}\n", quoted(&author.name));
    if let Some(orcid) = &author.orcid {
        out.push_str(&format!("  orcid: {}\n", quoted(orcid.as_str())));
    }
    if !author.affiliation.is_empty() {
        out.push_str(&format!("  affiliation: {}\n", quoted(&author.affiliation)));
    }
    if author.entity {
        out.push_str("  entity: true\n");
    }
    out
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::card::{metadata, split, validate};
    use crate::cite::tests::facts;
    use crate::repo::RepoKind;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_written_is_read_back(facts in facts()) {
            let text = card(&facts);
            let read = split(&text);
            prop_assert_eq!(Facts::of_card(&metadata(read.yaml.unwrap()).unwrap()), facts, "{}", text);
            let report = validate(&text, RepoKind::Paper);
            prop_assert!(report.errors.is_empty(), "{:?}", report);
        }
    }
}
