//! One writer a branch at a time within this process: commits queue here instead of racing for the ref and losing.
//! Between processes the compare-and-swap in the database decides.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use seedcorn_core::id::RepoId;
use tokio::sync::OwnedMutexGuard;

type Key = (RepoId, String);

/// The locks in use; one that nobody holds or waits for is forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct BranchLocks {
    locks: Arc<Mutex<HashMap<Key, Weak<tokio::sync::Mutex<()>>>>>,
}

impl BranchLocks {
    /// Waits for the branch.
    pub(crate) async fn lock(&self, repo: &RepoId, name: &str) -> OwnedMutexGuard<()> {
        let lock = {
            let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
            locks.retain(|_, lock| lock.strong_count() > 0);
            let place = locks.entry((repo.clone(), name.to_owned())).or_default();
            place.upgrade().unwrap_or_else(|| {
                let lock = Arc::new(tokio::sync::Mutex::new(()));
                *place = Arc::downgrade(&lock);
                lock
            })
        };
        lock.lock_owned().await
    }
}
