//! The transparency log of this hub: what happened to works that everybody may see, in an order that nobody can change afterwards.
//!
//! What happened is drafted in the transaction of the change itself ([`draft`]). Soon after, any process makes entries of drafts,
//! numbers them, builds them into the tree and signs its root ([`keep`]). Each step may be left off anywhere and done again: once
//! entries are numbered, all that follows from them is the same whoever computes it. So no process leads.

mod draft;
mod keep;
mod manifest;
mod read;
mod verify;
pub(crate) mod what;

use std::sync::Arc;

use seedcorn_core::log::Edge;
use seedcorn_core::note::{BadNote, KeyKind, SignerKey};
use tokio::sync::{Mutex, Notify};

pub(crate) use draft::{knows, of_refs, of_repo, of_round};
pub use keep::{turn, wait};
pub use manifest::{Manifest, manifest};
pub use read::{
    Logged, Standing, checkpoint, events, file, key, newest, origin, prove, prove_revision, revision,
    standing,
};
pub use verify::{Verified, folder, verify};

/// What this process has at hand to keep the log.
#[derive(Debug)]
pub(crate) struct Keeper {
    key: SignerKey,
    /// The right edge of the tree as this process left it.
    edge: Mutex<Option<Edge>>,
    /// Told when something was drafted.
    wake: Notify,
}

impl Keeper {
    /// For a log of a name; its key follows from a seed.
    pub(crate) fn new(origin: &str, seed: &[u8; 32]) -> Result<Arc<Keeper>, BadNote> {
        let key = SignerKey::new(origin, KeyKind::Signer, seed)?;
        Ok(Arc::new(Keeper { key, edge: Mutex::default(), wake: Notify::new() }))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
