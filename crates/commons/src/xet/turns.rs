//! Whose turn it is to have work done that costs much: a few pieces a member at once, so that nobody takes all there is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use seedcorn_core::id::NamespaceId;
use seedcorn_core::limits;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The members who have or wait for a turn; others are forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct Turns {
    members: Arc<Mutex<HashMap<NamespaceId, Weak<Semaphore>>>>,
}

impl Turns {
    /// Waits for a turn, which lasts until what is returned is dropped.
    pub(crate) async fn turn(&self, member: &NamespaceId) -> Option<OwnedSemaphorePermit> {
        let turns = {
            let mut members = self.members.lock().unwrap_or_else(PoisonError::into_inner);
            members.retain(|_, turns| turns.strong_count() > 0);
            let place = members.entry(member.clone()).or_default();
            place.upgrade().unwrap_or_else(|| {
                let turns = Arc::new(Semaphore::new(limits::SHARDS_AT_ONCE_MAX));
                *place = Arc::downgrade(&turns);
                turns
            })
        };
        turns.acquire_owned().await.ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn one_member_waits_while_another_does_not() {
        let (turns, ada, bob) = (Turns::default(), NamespaceId("ada".into()), NamespaceId("bob".into()));
        let mut held = Vec::new();
        for _ in 0..limits::SHARDS_AT_ONCE_MAX {
            held.push(turns.turn(&ada).await);
        }
        assert!(turns.turn(&ada).now_or_never().is_none());
        assert!(turns.turn(&bob).now_or_never().is_some());
        held.pop();
        assert!(turns.turn(&ada).now_or_never().is_some());
    }
}
