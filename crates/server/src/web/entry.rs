//! A repo as lists show it.

use seedcorn_commons::list::Item;
use seedcorn_commons::search::Piece;
use seedcorn_core::card;
use seedcorn_core::paper::Facts;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;

use super::show::{Many, When};
use super::urls::{self, RepoUrls};

/// One line of a list.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// What it is.
    pub(crate) kind: RepoKind,
    /// What a paper is called by people.
    pub(crate) title: Option<String>,
    /// Who wrote it, as short as lists have it.
    pub(crate) by: String,
    /// The owner.
    pub(crate) owner: String,
    /// The repo's own name.
    pub(crate) name: String,
    /// Its pages.
    pub(crate) urls: RepoUrls,
    /// Only its namespace may see it.
    pub(crate) private: bool,
    /// What it is for, in the card's words.
    pub(crate) task: Option<String>,
    /// Under which terms.
    pub(crate) license: Option<String>,
    /// What the card says it builds on: text and address.
    pub(crate) bases: Vec<(String, String)>,
    /// File requests.
    pub(crate) downloads: u64,
    /// When its default branch last moved.
    pub(crate) updated: When,
    /// Where the words that were searched for stand in its card.
    pub(crate) why: Vec<Piece>,
}

/// Bases named in a list; the rest are on the repo's page.
const BASES: usize = 2;

/// `Ada Lovelace`, `Ada Lovelace and Charles Babbage`, `Ada Lovelace and 4 others`.
fn by(facts: &Facts) -> String {
    match facts.authors.as_slice() {
        [] => String::new(),
        [one] => one.name.clone(),
        [one, two] => format!("{} and {}", one.name, two.name),
        [one, others @ ..] => format!("{} and {} others", one.name, others.len()),
    }
}

impl Entry {
    pub(crate) fn new(item: Item, now: Time) -> Entry {
        let metadata: card::Metadata = serde_json::from_str(&item.card.card).unwrap_or_default();
        let bases = card::texts(&metadata, "base_model").filter(|base| base.matches('/').count() == 1);
        let bases = bases.take(BASES).map(|base| (base.to_owned(), urls::model(base))).collect();
        let facts = match item.repo.kind {
            RepoKind::Paper => Facts::of_card(&metadata),
            _ => Facts::default(),
        };
        Entry {
            kind: item.repo.kind,
            by: by(&facts),
            title: Some(facts.title).filter(|title| !title.is_empty()),
            urls: RepoUrls::new(item.repo.kind, &item.repo.full_name()),
            private: item.repo.private,
            task: card::pipeline_tag(&metadata).map(|task| task.replace('-', " ")),
            license: card::texts(&metadata, "license").next().map(str::to_owned),
            bases,
            downloads: u64::try_from(item.repo.downloads).unwrap_or_default(),
            updated: When { at: item.repo.updated, now },
            why: Vec::new(),
            owner: item.repo.owner,
            name: item.repo.name,
        }
    }

    /// How often it was downloaded, in words; empty if never.
    pub(crate) fn downloaded(&self) -> String {
        if self.downloads == 0 { String::new() } else { Many(self.downloads, "download").to_string() }
    }

    /// The icon of its kind.
    pub(crate) fn icon(&self) -> &'static str {
        icon(self.kind)
    }

    /// `Model`.
    pub(crate) fn kind_word(&self) -> &'static str {
        kind_word(self.kind)
    }
}

/// The icon of a kind.
pub(crate) fn icon(kind: RepoKind) -> &'static str {
    match kind {
        RepoKind::Model => "model",
        RepoKind::Dataset => "data",
        RepoKind::Space => "space",
        RepoKind::Paper => "paper",
        RepoKind::Code => "code",
    }
}

/// A kind's list as a heading has it.
pub(crate) fn plural_word(kind: &RepoKind) -> &'static str {
    match kind {
        RepoKind::Model => "Models",
        RepoKind::Dataset => "Datasets",
        RepoKind::Space => "Spaces",
        RepoKind::Paper => "Papers",
        RepoKind::Code => "Code",
    }
}

/// Where a kind's list is.
pub(crate) fn list(kind: &RepoKind) -> String {
    urls::browse(*kind)
}

/// A kind as a heading has it.
pub(crate) fn kind_word(kind: RepoKind) -> &'static str {
    match kind {
        RepoKind::Model => "Model",
        RepoKind::Dataset => "Dataset",
        RepoKind::Space => "Space",
        RepoKind::Paper => "Paper",
        RepoKind::Code => "Code",
    }
}

/// A kind in a sentence, as a thing that is made or counted: `2 code repos`.
pub(crate) fn thing(kind: &RepoKind) -> &'static str {
    match kind {
        RepoKind::Model => "model",
        RepoKind::Dataset => "dataset",
        RepoKind::Space => "space",
        RepoKind::Paper => "paper",
        RepoKind::Code => "code repo",
    }
}
