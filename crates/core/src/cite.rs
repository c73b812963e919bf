//! How a work is cited: the entry for a list of references, and the file `CITATION.cff`, both made from what the work says
//! about itself and from where it is; and both read.

mod bibtex;
mod cff;
mod reader;
mod spdx;
mod tex;

use crate::paper::{Author, Facts, Published};
use crate::repo::RepoKind;

pub use bibtex::bibtex;
pub use cff::{cff, read_cff};
pub use reader::{BadBib, read_bibtex};

/// Where a work is.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// What it is.
    pub kind: RepoKind,
    /// Whose it is.
    pub owner: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The address of its page.
    pub address: &'a str,
    /// The commit that is cited.
    pub commit: &'a str,
    /// The day of that commit.
    pub day: Published,
}

impl Source<'_> {
    /// What the work says, with its name and its owner where it does not say.
    fn complete(&self, facts: &Facts) -> Facts {
        let own = Facts {
            title: self.name.to_owned(),
            authors: vec![Author::entity(self.owner)],
            published: Some(self.day),
            ..Facts::default()
        };
        facts.clone().or(own)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::paper::{ArxivId, Doi, Orcid};
    use proptest::option;
    use proptest::prelude::*;

    pub(crate) const SOURCE: Source<'static> = Source {
        kind: RepoKind::Paper,
        owner: "acorn-lab",
        name: "growth",
        address: "https://hub.example/papers/acorn-lab/growth",
        commit: "0123456789012345678901234567890123456789",
        day: Published { year: 2025, month: Some(3), day: Some(9) },
    };

    /// A line as facts have it.
    fn line(pattern: &'static str) -> impl Strategy<Value = String> {
        pattern.prop_map(|text| crate::paper::one_line(&text))
    }

    fn author() -> impl Strategy<Value = Author> {
        let orcid = option::of(Just(Orcid::parse("0000-0002-1825-0097").unwrap()));
        // A comma parts a name, so none stands in one.
        let name = line("[\\PC&&[^,<]]{1,20}( [a-z]{2,4})?( [\\PC&&[^,<]]{1,12})?");
        let named = |(name, orcid, affiliation, entity)| Author { name, orcid, affiliation, entity };
        (name, orcid, line("\\PC{0,12}"), any::<bool>())
            .prop_map(named)
            .prop_filter("a name", |author| !author.name.is_empty() && author.name != "others")
    }

    /// Facts that a paper may have.
    pub(crate) fn facts() -> impl Strategy<Value = Facts> {
        let licenses =
            prop::sample::subsequence(vec!["apache-2.0".to_owned(), "cc-by-4.0".into(), "mit".into()], 0..3);
        let published = option::of((1900_u64..2100, option::of((1_u64..13, option::of(1_u64..29)))));
        let published = published.prop_map(|date| {
            let (year, rest) = date?;
            Published::from_parts(Some(year), rest.map(|(month, _)| month), rest.and_then(|(_, day)| day))
        });
        let ids = (
            option::of(Just(ArxivId::parse("2305.18290").unwrap())),
            option::of(Just(Doi::parse("10.1038/s-1_2(3)").unwrap())),
        );
        let parts = (
            line("\\PC{1,40}"),
            prop::collection::vec(author(), 0..4),
            line("\\PC{0,60}"),
            published,
            line("\\PC{0,20}"),
            ids,
            licenses,
        );
        let made = |(title, authors, abstract_text, published, venue, (arxiv, doi), licenses)| Facts {
            title,
            authors,
            abstract_text,
            published,
            venue,
            arxiv,
            doi,
            licenses,
        };
        parts.prop_map(made).prop_filter("a title", |facts| !facts.title.is_empty())
    }

    #[test]
    fn a_work_that_says_nothing_is_cited_by_its_name() {
        let facts = SOURCE.complete(&Facts::default());
        assert_eq!((facts.title.as_str(), facts.authors[0].name.as_str()), ("growth", "acorn-lab"));
        assert_eq!(facts.published, Some(SOURCE.day));
    }
}
