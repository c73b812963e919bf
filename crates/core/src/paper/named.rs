//! How cards name papers and code, and the tags by which those who name a work are found.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use super::facts::Facts;
use super::ids::{ArxivId, Doi};
use crate::card::{Metadata, texts};
use crate::repo::RepoKind;
use crate::{limits, name};

/// A paper that a card names.
#[derive(Clone, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Cited {
    /// By its id at arXiv.
    Arxiv(ArxivId),
    /// By its DOI.
    Doi(Doi),
    /// By its repo here, `namespace/name` in lower case: a name differs from no other by case alone.
    Repo(String),
}

impl Cited {
    /// Reads an entry of a card's `papers`: an arXiv id, a DOI, the address of either, or `namespace/name`.
    pub fn read(text: &str) -> Option<Cited> {
        let text = text.trim();
        if let Ok(doi) = Doi::parse(text) {
            return Some(doi.arxiv().map_or(Cited::Doi(doi), Cited::Arxiv));
        }
        // An old arXiv id, such as hep-th/9901001, reads as a repo's name too; nobody is likely to call a repo so.
        match ArxivId::parse(text) {
            Ok(id) => Some(Cited::Arxiv(id)),
            Err(_) => repo_name(text).map(Cited::Repo),
        }
    }

    /// The tag of a repo that names the paper. A paper's own arXiv id is its tag `arxiv:…`, so one that cites another is
    /// tagged otherwise.
    pub fn tag(&self, by: RepoKind) -> String {
        match self {
            Cited::Arxiv(id) if by == RepoKind::Paper => format!("cites:arxiv:{id}"),
            Cited::Arxiv(id) => format!("arxiv:{id}"),
            Cited::Doi(doi) => format!("cites:{doi}"),
            Cited::Repo(name) => format!("paper:{name}"),
        }
    }

    /// What a tag of a repo that is no paper names, if it names a paper.
    pub fn from_tag(tag: &str) -> Option<Cited> {
        match tag.split_once(':')? {
            ("arxiv", id) => ArxivId::parse(id).ok().map(Cited::Arxiv),
            ("cites", doi) => Doi::parse(doi).ok().map(Cited::Doi),
            ("paper", name) => repo_name(name).map(Cited::Repo),
            _ => None,
        }
    }
}

fn repo_name(text: &str) -> Option<String> {
    name::split_full_name(text).is_ok().then(|| text.to_ascii_lowercase())
}

#[expect(clippy::expect_used, reason = "a constant pattern, compiled by every test of papers")]
static DOI_LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)https?://(?:dx\.)?doi\.org/(10\.[^\s"'<>\[\]{}|\\^`]+)"#).expect("a valid pattern")
});

/// The papers that a card names, each once: in its field `papers`, and by links to DOIs in its text.
pub fn cited(metadata: &Metadata, body: &str) -> Vec<Cited> {
    let mut seen = BTreeSet::new();
    let listed = texts(metadata, "papers").filter_map(Cited::read);
    let linked =
        DOI_LINK.captures_iter(body).filter_map(|found| Cited::read(sentence_end(found.get(1)?.as_str())));
    listed.chain(linked).filter(|one| seen.insert(one.clone())).take(limits::LINKS_MAX).collect()
}

/// A link in running text, without what ends the sentence or the brackets around it.
fn sentence_end(link: &str) -> &str {
    let mut link = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '*', '_']);
    while link.ends_with(')') && link.matches(')').count() > link.matches('(').count() {
        link = link.get(..link.len() - 1).unwrap_or_default().trim_end_matches(['.', ',', ';']);
    }
    link
}

/// The code repos that a card says its work stands on: `namespace/name` in lower case. Whatever else stands in the field,
/// such as addresses of other places, is for people.
pub fn code(metadata: &Metadata) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let names = texts(metadata, "code").filter_map(|text| repo_name(text.trim()));
    names.filter(|name| seen.insert(name.clone())).take(limits::LINKS_MAX).collect()
}

/// Tags of a paper by which it is found itself.
pub fn own_tags(facts: &Facts) -> Vec<String> {
    let arxiv = facts.arxiv.as_ref().map(|id| format!("arxiv:{id}"));
    let doi = facts.doi.as_ref().map(|doi| format!("doi:{doi}"));
    arxiv.into_iter().chain(doi).collect()
}

/// Tags of which a repo of kind `by` has one if it names the paper with these facts and these names, old and new.
pub fn tags_of_citing(facts: &Facts, names: &[String], by: RepoKind) -> Vec<String> {
    let arxiv = facts.arxiv.clone().map(Cited::Arxiv);
    let doi = facts.doi.clone().map(Cited::Doi);
    let names = names.iter().map(|name| Cited::Repo(name.to_ascii_lowercase()));
    arxiv.into_iter().chain(doi).chain(names).map(|one| one.tag(by)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use crate::card::metadata;

    #[test]
    fn papers_are_named_in_four_ways() {
        let yaml = "papers:\n- 'arXiv:2305.18290v2'\n- https://doi.org/10.1038/X\n- Acorn-Lab/Growth\n\
            - 10.48550/arXiv.2305.18290\n- hep-th/9901001\n- a sentence\n- 7\n";
        let text = "See (https://doi.org/10.1145/3442188.3445922). Also https://dx.doi.org/10.1000/a(1), \
            [x](https://doi.org/10.1038/x) and doi.org/10.9999/none.";
        let all = cited(&metadata(yaml).unwrap(), text);
        let tags = |by| all.iter().map(|one| one.tag(by)).collect::<Vec<_>>();
        assert_eq!(
            tags(RepoKind::Model),
            [
                "arxiv:2305.18290",
                "cites:10.1038/x",
                "paper:acorn-lab/growth",
                "arxiv:hep-th/9901001",
                "cites:10.1145/3442188.3445922",
                "cites:10.1000/a(1)",
            ]
        );
        assert_eq!(tags(RepoKind::Paper)[0], "cites:arxiv:2305.18290");
        for (one, tag) in all.iter().zip(tags(RepoKind::Model)) {
            assert_eq!(Cited::from_tag(&tag).as_ref(), Some(one));
        }
        assert!(Cited::from_tag("license:mit").is_none() && Cited::from_tag("paper").is_none());
    }

    #[test]
    fn code_is_named_by_its_repo() {
        let yaml = "code: [Acorn-Lab/Tools, acorn-lab/tools, https://git.example/x/y, 7]";
        assert_eq!(code(&metadata(yaml).unwrap()), ["acorn-lab/tools"]);
        assert_eq!(code(&metadata("code: a/b").unwrap()), ["a/b"]);
    }

    #[test]
    fn a_paper_is_found_by_what_others_call_it() {
        let facts = Facts::of_card(&metadata("arxiv: '2305.18290'\ndoi: 10.1038/x").unwrap());
        assert_eq!(own_tags(&facts), ["arxiv:2305.18290", "doi:10.1038/x"]);
        let names = ["Ada/New".to_owned(), "ada/old".to_owned()];
        assert_eq!(
            tags_of_citing(&facts, &names, RepoKind::Dataset),
            ["arxiv:2305.18290", "cites:10.1038/x", "paper:ada/new", "paper:ada/old"]
        );
    }
}
