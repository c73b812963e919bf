//! The transparency log of this hub: what happened to works that everybody may see, in an order that nobody can change afterwards.
//!
//! What happened is drafted in the transaction of the change itself (`draft`). Soon after, any process makes entries of drafts,
//! numbers them, builds them into the tree and signs its root (`keep`). Each step may be left off anywhere and done again: once
//! entries are numbered, all that follows from them is the same whoever computes it. So no process leads.

mod draft;
mod keep;
mod manifest;
mod mirror;
mod read;
mod recover;
mod verify;
pub(crate) mod what;
mod witness;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use seedcorn_core::log::{Edge, Policy};
use seedcorn_core::note::{BadNote, KeyKind, SignerKey, VerifierKey};
use tokio::sync::{Mutex, Notify};

pub(crate) use draft::{knows, of_hub, of_owner, of_repo, of_round, of_shown};
pub use keep::{turn, wait};
pub use manifest::{Manifest, manifest_text};
pub use mirror::{Mirrored, mirror, mirror_checkpoint, mirror_file, mirrored, mirrors};
pub use read::{
    Logged, Placed, Standing, checkpoint, events, file, key, newest, origin, placed, prove, prove_revision,
    standing,
};
pub use recover::{Recovered, recover};
pub use verify::{Verified, folder, verify};
pub use witness::{
    Answered, Ask, Word, add_checkpoint, asks, has_witnesses, quorum, seen, take, witness_key,
};

/// How the log is kept.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What names the log of a hub that has none yet: its address without a scheme. Once it has one, it stays.
    pub origin: Option<String>,
    /// Who must have seen a checkpoint before it is shown: nobody, unless it says so.
    pub policy: Policy,
    /// Keys of the logs of others that this hub is a witness of.
    pub watched: Vec<VerifierKey>,
    /// Logs of others that are kept here.
    pub mirrored: Vec<Mirrored>,
}

/// What this process has at hand to keep the log.
#[derive(Debug)]
pub(crate) struct Keeper {
    key: SignerKey,
    /// By which this hub says that it saw logs of others.
    witness: SignerKey,
    /// Keys of the logs of others that it looks at.
    watched: Vec<VerifierKey>,
    /// Logs of others that it keeps.
    mirrored: Vec<Mirrored>,
    /// Who must have seen a checkpoint before it is shown.
    policy: Policy,
    /// How much of the log each witness saw last, as far as this process knows.
    witnessed: Mutex<BTreeMap<String, u64>>,
    /// The right edge of the tree as this process left it.
    edge: Mutex<Option<Edge>>,
    /// Whether this process looked what the log's files have.
    checked: AtomicBool,
    /// Told when something was drafted.
    wake: Arc<Notify>,
}

impl Keeper {
    /// For a log of a name; its keys follow from seeds: the log's and the witness's.
    pub(crate) fn new(
        origin: &str,
        (log, witness): (&[u8; 32], &[u8; 32]),
        settings: Settings,
    ) -> Result<Arc<Keeper>, BadNote> {
        let place = origin.strip_suffix("/log/1").unwrap_or(origin);
        Ok(Arc::new(Keeper {
            key: SignerKey::new(origin, KeyKind::Signer, log)?,
            witness: SignerKey::new(&format!("{place}/witness"), KeyKind::Cosigner, witness)?,
            watched: settings.watched,
            mirrored: settings.mirrored,
            policy: settings.policy,
            witnessed: Mutex::default(),
            edge: Mutex::default(),
            checked: AtomicBool::default(),
            wake: Arc::default(),
        }))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests;
