//! Cards that were rendered lately. A commit never changes, so neither does its card; only who may see it does, and that
//! is asked before. Cards of repos that are not open to everybody have sealed addresses in them, each reader their own:
//! they are not kept.

use std::sync::Arc;

use seedcorn_commons::Grant;
use seedcorn_commons::access::Read;
use seedcorn_commons::raw;
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;

use super::markdown::Rendered;

/// The cards.
#[derive(Clone, Debug)]
pub(crate) struct Cards(moka::sync::Cache<Key, Option<Arc<Rendered>>>);

/// What a card's HTML depends on: the text, and the addresses in it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Key {
    full_name: String,
    revision: String,
    commit: Oid,
}

impl Key {
    /// The key of a card that may be kept.
    pub(crate) fn of(grant: &Grant<Read>, revision: &str, commit: Oid) -> Option<Key> {
        let (full_name, revision) = (grant.repo().full_name(), revision.to_owned());
        let full_name = format!("{}:{full_name}:{}", grant.repo().kind, grant.repo().id);
        (!raw::needs_seal(grant)).then_some(Key { full_name, revision, commit })
    }
}

impl Cards {
    /// The card, if it was rendered lately; `Some(None)` for a revision without one.
    pub(crate) fn get(&self, key: Option<&Key>) -> Option<Option<Arc<Rendered>>> {
        self.0.get(key?)
    }

    /// Keeps a card.
    pub(crate) fn put(&self, key: Option<Key>, card: Option<Arc<Rendered>>) {
        if let Some(key) = key {
            self.0.insert(key, card);
        }
    }
}

impl Default for Cards {
    fn default() -> Self {
        let weigh = |key: &Key, card: &Option<Arc<Rendered>>| {
            let text = card.as_ref().map_or(0, |card| card.html.len() + 64 * card.headings.len());
            u32::try_from(200 + key.full_name.len() + key.revision.len() + text).unwrap_or(u32::MAX)
        };
        let cache = moka::sync::Cache::builder().weigher(weigh);
        Cards(cache.max_capacity(limits::CARDS_KEPT_BYTES_MAX).build())
    }
}
