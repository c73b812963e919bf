//! What was made lately of a commit's content for pages. A commit never changes, so neither does this; only who may see it
//! does, and that is asked before. Of repos that are not open to everybody nothing is kept: their cards have sealed
//! addresses in them, each reader their own.

use std::sync::Arc;

use seedcorn_commons::kept::{Kept, Weighed};
use seedcorn_commons::repo::Repo;
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;

use super::markdown::Rendered;
use super::standing::Around;

/// What was made.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// Rendered cards.
    pub(crate) cards: Kept<Key, Card>,
    /// Lists of files as JSON-LD.
    pub(crate) files: Kept<Key, String>,
    /// What strangers are told that works stand on, and what on them, for some seconds.
    pub(crate) around: Kept<(Key, u64, i64), Around>,
}

impl Default for Made {
    fn default() -> Self {
        Made {
            cards: Kept::new(limits::KEPT_BYTES_MAX),
            files: Kept::new(limits::KEPT_BYTES_MAX),
            around: Kept::new(limits::KEPT_BYTES_MAX),
        }
    }
}

/// What it depends on: the content, and the addresses in it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    repo: String,
    full_name: String,
    /// Where links within the repo lead.
    revision: String,
    /// The hub's own address, where links begin with it.
    base: String,
    commit: Oid,
}

impl Key {
    /// The key of what may be kept.
    pub(crate) fn of(repo: &Repo, revision: &str, base: &str, commit: Oid) -> Option<Key> {
        let is_open = !repo.private && repo.gated.is_empty();
        is_open.then(|| Key {
            repo: repo.id.0.clone(),
            full_name: repo.full_name(),
            revision: revision.to_owned(),
            base: base.to_owned(),
            commit,
        })
    }
}

/// A rendered card, or that there is none.
#[derive(Debug)]
pub(crate) struct Card(pub(crate) Option<Arc<Rendered>>);

impl Weighed for Card {
    fn bytes(&self) -> usize {
        self.0.as_ref().map_or(0, |card| card.html.len() + 64 * card.headings.len())
    }
}
