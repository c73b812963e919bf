//! Memory that requests share: each says how much it is going to hold, and waits while others hold too much.

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::task::AbortOnDropHandle;

use crate::{Refusal, Result};

/// Bytes that are counted as one.
const STEP_BYTES: u64 = 1024;

/// So much memory for all who ask for it together.
#[derive(Clone, Debug)]
pub struct Budget {
    room: Arc<Semaphore>,
    steps: u32,
    wait: Duration,
}

/// A part of a [`Budget`], given back when this is dropped.
#[derive(Debug)]
pub struct Held {
    budget: Budget,
    permit: OwnedSemaphorePermit,
}

/// Bytes, and the room that they take up.
struct Kept {
    bytes: Bytes,
    _held: Held,
}

impl AsRef<[u8]> for Kept {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

/// Never zero, so that the smallest wait as well when there is no room.
fn steps(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(STEP_BYTES)).unwrap_or(u32::MAX).max(1)
}

impl Budget {
    /// Room for `bytes`; whoever waits longer than `wait` for a part of it is told that the hub is busy.
    pub fn new(bytes: u64, wait: Duration) -> Budget {
        let steps = steps(bytes).min(u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX));
        Budget { room: Arc::new(Semaphore::new(steps as usize)), steps, wait }
    }

    /// Room for `bytes`, or all there is when that is less: who asks for much is alone, not refused for ever.
    ///
    /// # Errors
    /// `Busy` after waiting in vain.
    pub async fn hold(&self, bytes: u64) -> Result<Held> {
        let permit = self.acquire(steps(bytes).min(self.steps)).await?;
        Ok(Held { budget: self.clone(), permit })
    }

    async fn acquire(&self, steps: u32) -> Result<OwnedSemaphorePermit> {
        let asked = self.room.clone().acquire_many_owned(steps);
        match tokio::time::timeout(self.wait, asked).await {
            Ok(permit) => permit.map_err(Refusal::broken),
            Err(_) => Err(Refusal::Busy("the hub has too much in hand; try again in a while".into())),
        }
    }
}

impl Held {
    /// Makes it room for `bytes` in all; it never shrinks.
    ///
    /// # Errors
    /// `Busy` after waiting in vain. Two that grow may wait for each other, so the wait must have an end.
    pub async fn grow_to(&mut self, bytes: u64) -> Result<()> {
        let wanted = steps(bytes).min(self.budget.steps);
        let held = u32::try_from(self.permit.num_permits()).unwrap_or(u32::MAX);
        if let Some(more) = wanted.checked_sub(held).filter(|more| *more > 0) {
            self.permit.merge(self.budget.acquire(more).await?);
        }
        Ok(())
    }

    /// Ties the room to bytes: it is given back when the last slice of them is dropped.
    pub fn keep(self, bytes: Bytes) -> Bytes {
        Bytes::from_owner(Kept { bytes, _held: self })
    }

    /// Hands out a range of bytes in slices of at most `slice` bytes. Bytes and room are given back with the last slice,
    /// or when `within` is over, whether or not anybody still asks for slices: the next one is then `Slow`. Slices are
    /// copies, or whoever has one would have all.
    pub fn lend(
        self,
        bytes: Bytes,
        range: Range<usize>,
        slice: usize,
        within: Duration,
    ) -> impl Stream<Item = Result<Bytes>> + Send + 'static {
        let lent = Arc::new(Mutex::new(Some((self, bytes))));
        let theirs = lent.clone();
        // Apart from the stream, which a reader who takes nothing does not poll.
        let end = AbortOnDropHandle::new(tokio::spawn(async move {
            tokio::time::sleep(within).await;
            theirs.lock().unwrap_or_else(PoisonError::into_inner).take();
        }));
        stream::try_unfold((lent, end, range), move |(lent, end, rest)| async move {
            if rest.is_empty() {
                return Ok(None);
            }
            let next = rest.start..rest.end.min(rest.start + slice);
            let rest = next.end..rest.end;
            let piece = {
                let mut lent = lent.lock().unwrap_or_else(PoisonError::into_inner);
                let piece = lent.as_ref().map(|(_, bytes)| Bytes::copy_from_slice(&bytes[next]));
                if rest.is_empty() {
                    lent.take();
                }
                piece
            };
            let slow =
                || Refusal::Slow("the file is read too slowly to be kept in memory for so long".into());
            Ok(Some((piece.ok_or_else(slow)?, (lent, end, rest))))
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use futures_util::StreamExt;

    const SOON: Duration = Duration::from_millis(20);

    #[tokio::test]
    async fn room_is_given_back_with_the_last_slice() {
        let budget = Budget::new(8 * STEP_BYTES, SOON);
        let slice = budget.hold(5 * STEP_BYTES).await.unwrap().keep(Bytes::from_static(b"bytes")).slice(1..3);
        assert_eq!(slice, &b"yt"[..]);
        assert!(matches!(budget.hold(4 * STEP_BYTES).await, Err(Refusal::Busy(_))));
        let _small = budget.hold(3 * STEP_BYTES).await.unwrap();
        drop(slice);
        budget.hold(5 * STEP_BYTES).await.unwrap();
    }

    #[tokio::test]
    async fn what_grows_counts_and_more_than_all_is_all() {
        let budget = Budget::new(8 * STEP_BYTES, SOON);
        let mut held = budget.hold(0).await.unwrap();
        held.grow_to(2 * STEP_BYTES).await.unwrap();
        held.grow_to(STEP_BYTES).await.unwrap();
        let other = budget.hold(6 * STEP_BYTES).await.unwrap();
        assert!(matches!(held.grow_to(3 * STEP_BYTES).await, Err(Refusal::Busy(_))));
        drop(other);
        held.grow_to(1000 * STEP_BYTES).await.unwrap();
        assert!(matches!(budget.hold(1).await, Err(Refusal::Busy(_))));
        drop(held);
        budget.hold(u64::MAX).await.unwrap();
    }

    /// What never comes is a failed test.
    const LATE: Duration = Duration::from_secs(60);

    #[tokio::test]
    async fn what_is_lent_comes_in_slices_and_the_room_back_with_the_last() {
        let budget = Budget::new(8 * STEP_BYTES, SOON);
        let held = budget.hold(8 * STEP_BYTES).await.unwrap();
        let mut lent = Box::pin(held.lend(Bytes::from_static(b"some bytes"), 1..9, 3, LATE));
        let mut taken = Vec::new();
        for expected in ["ome", " by", "te"] {
            assert!(matches!(budget.hold(1).await, Err(Refusal::Busy(_))));
            taken.push(lent.next().await.unwrap().unwrap());
            assert_eq!(taken.last().unwrap(), expected);
        }
        budget.hold(8 * STEP_BYTES).await.unwrap();
        assert!(lent.next().await.is_none());
        let held = budget.hold(1).await.unwrap();
        assert!(Box::pin(held.lend(Bytes::from_static(b"x"), 1..1, 3, LATE)).next().await.is_none());
    }

    #[tokio::test]
    async fn what_is_lent_is_taken_back_in_time_and_when_nobody_wants_it() {
        let budget = Budget::new(8 * STEP_BYTES, LATE);
        let all = async || budget.hold(8 * STEP_BYTES).await.unwrap();
        let lend = |held: Held, within| Box::pin(held.lend(Bytes::from_static(b"bytes"), 0..5, 2, within));
        let mut slow = lend(all().await, SOON);
        assert_eq!(slow.next().await.unwrap().unwrap(), "by");
        // Nothing is asked of the stream meanwhile.
        let gone = lend(all().await, LATE);
        assert!(matches!(slow.next().await, Some(Err(Refusal::Slow(_)))));
        assert!(slow.next().await.is_none());
        drop(gone);
        all().await;
    }
}
