//! A repo as lists show it.

use std::collections::BTreeMap;

use seedcorn_commons::list::Item;
use seedcorn_commons::repo::Repo;
use seedcorn_commons::search::Piece;
use seedcorn_commons::{Result, bases, grade, search};
use seedcorn_core::card;
use seedcorn_core::paper::Facts;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::search::{Wanted, excerpt};
use seedcorn_core::time::Time;

use super::show::{Many, When};
use super::urls::{self, RepoUrls};
use super::visit::Visit;
use crate::app::App;

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
    /// The class of openness that is sure.
    pub(crate) class: Option<String>,
    /// Under which terms.
    pub(crate) license: Option<String>,
    /// What the card says it builds on, and its address if it is here.
    pub(crate) bases: Vec<(String, Option<String>)>,
    /// File requests.
    pub(crate) downloads: u64,
    /// When its default branch last moved.
    pub(crate) updated: When,
    /// Its name with the words that were searched for marked; empty if none stands there.
    pub(crate) marked: Vec<Piece>,
    /// Tags in which such words stand.
    pub(crate) tagged: Vec<Vec<Piece>>,
    /// Where they stand in its card.
    pub(crate) why: Vec<Piece>,
}

/// Tags told to have been found.
const TAGGED: usize = 3;
/// Letters of a name or a tag in which words are marked.
const MARKED_CHARS: usize = 200;

/// Entries of a list, with the bases that are here; where words were asked for, with the places where they stand.
pub(crate) async fn all(app: &App, visit: &Visit, items: Vec<Item>, words: &str) -> Result<Vec<Entry>> {
    let mut why = BTreeMap::new();
    if !words.is_empty() {
        let repos: Vec<&Repo> = items.iter().map(|item| &item.repo).collect();
        why = search::excerpts(&app.commons, &repos, words).await?;
    }
    let wanted = Wanted::read(words);
    let mut entries: Vec<Entry> = Vec::with_capacity(items.len());
    for item in items {
        let pieces = why.remove(&item.repo.id).unwrap_or_default();
        let tags: Vec<String> = serde_json::from_str(&item.card.tags).unwrap_or_default();
        let mut entry = Entry::new(item, visit.now);
        if !wanted.is_empty() {
            entry.mark(&wanted, &tags, pieces);
        }
        entries.push(entry);
    }
    let named: Vec<String> =
        entries.iter().flat_map(|entry| &entry.bases).map(|(name, _)| name.clone()).collect();
    let here = bases::here(&app.commons, visit.actor.as_ref(), &named).await?;
    for (name, href) in entries.iter_mut().flat_map(|entry| &mut entry.bases) {
        *href = here.contains(&name.to_ascii_lowercase()).then(|| urls::model(name));
    }
    Ok(entries)
}

fn hits(text: &str, wanted: &Wanted) -> Option<Vec<Piece>> {
    let pieces = excerpt(text, wanted, MARKED_CHARS);
    pieces.iter().any(|piece| piece.hit).then_some(pieces)
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
        let bases = bases.take(BASES).map(|base| (base.to_owned(), None)).collect();
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
            class: item
                .card
                .openness
                .and_then(|figure| grade::grade_of(figure).class())
                .map(|class| format!("Class {class}")),
            license: card::texts(&metadata, "license").next().map(str::to_owned),
            bases,
            downloads: u64::try_from(item.repo.downloads).unwrap_or_default(),
            updated: When { at: item.repo.updated, now },
            marked: Vec::new(),
            tagged: Vec::new(),
            why: Vec::new(),
            owner: item.repo.owner,
            name: item.repo.name,
        }
    }

    /// Marks the words in its name, or else in its tags, and in its card.
    fn mark(&mut self, wanted: &Wanted, tags: &[String], card: Vec<Piece>) {
        self.marked = hits(self.title.as_deref().unwrap_or(&self.name), wanted).unwrap_or_default();
        self.tagged = tags.iter().filter_map(|tag| hits(tag, wanted)).take(TAGGED).collect();
        let elsewhere = !self.marked.is_empty() || !self.tagged.is_empty();
        // The beginning of a card in which none of them stands tells nothing.
        self.why = if elsewhere && card.iter().all(|piece| !piece.hit) { Vec::new() } else { card };
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
