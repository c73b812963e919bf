//! The one home of blocking work: hashing, compressing and packing run here, as many at once as there are cores.

use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinHandle;
use tokio_util::task::AbortOnDropHandle;

/// The work panicked or the runtime is shutting down.
#[derive(Debug, thiserror::Error)]
#[error("a computation was cut off")]
pub struct OffloadError;

/// Runs one coherent piece of computing off the async threads.
#[derive(Debug)]
pub struct Offload;

fn cores() -> &'static Arc<Semaphore> {
    static CORES: OnceLock<Arc<Semaphore>> = OnceLock::new();
    CORES.get_or_init(|| {
        let count = std::thread::available_parallelism().map_or(2, usize::from);
        Arc::new(Semaphore::new(count.max(2)))
    })
}

impl Offload {
    /// Waits for a free core, then computes. Waiting before reading more of a body is what pushes back on senders. Whoever
    /// drops this before its turn has nothing computed.
    ///
    /// # Errors
    /// [`OffloadError`] if the work panicked.
    pub async fn run<T: Send + 'static>(
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, OffloadError> {
        let done = match cores().clone().try_acquire_owned() {
            Ok(core) => start(core, work),
            // Turns are given in order, also to those who are not looking: one in a stream that nobody reads just now
            // would keep a core from all others. So a task waits in its place, which is always there to take it.
            Err(_) => {
                let turn = async {
                    let core = cores().clone().acquire_owned().await.ok()?;
                    Some(start(core, work))
                };
                let turn = AbortOnDropHandle::new(tokio::spawn(turn));
                turn.await.ok().flatten().ok_or(OffloadError)?
            }
        };
        done.await.map_err(|_| OffloadError)
    }
}

/// Computes on a core, which is given back when that is done, whether or not anybody still wants to know.
fn start<T: Send + 'static>(
    core: OwnedSemaphorePermit,
    work: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    #[expect(clippy::disallowed_methods, reason = "this is its one home")]
    tokio::task::spawn_blocking(move || {
        let result = work();
        drop(core);
        result
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use std::sync::mpsc;
    use std::time::Duration;

    use futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn a_turn_that_nobody_is_there_to_take_holds_up_nobody() {
        let count = std::thread::available_parallelism().map_or(2, usize::from).max(2);
        let mut ends = Vec::new();
        let busy: Vec<_> = (0..count)
            .map(|_| {
                let (end, ended) = mpsc::sync_channel::<()>(0);
                ends.push(end);
                tokio::spawn(Offload::run(move || ended.recv().is_err()))
            })
            .collect();
        while cores().available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let mut away: Vec<_> = (0..count).map(|_| Box::pin(Offload::run(|| 1))).collect();
        for waiting in &mut away {
            assert!(poll!(waiting).is_pending());
        }
        // They are in the queue, and from now on not looked at.
        tokio::task::yield_now().await;
        drop(ends);
        let later = tokio::time::timeout(Duration::from_secs(60), Offload::run(|| 2)).await;
        assert_eq!(later.unwrap().unwrap(), 2);
        for waiting in away {
            assert_eq!(waiting.await.unwrap(), 1);
        }
        for ended in busy {
            assert!(ended.await.unwrap().unwrap());
        }
    }
}
