//! The one home of blocking work: hashing, compressing and packing run here, as many at once as there are cores.

use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

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
    /// Waits for a free core, then computes. Waiting before reading more of a body is what pushes back on senders.
    ///
    /// # Errors
    /// [`OffloadError`] if the work panicked.
    pub async fn run<T: Send + 'static>(
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, OffloadError> {
        let permit = cores().clone().acquire_owned().await.map_err(|_| OffloadError)?;
        #[expect(clippy::disallowed_methods, reason = "this is its one home")]
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(permit);
            result
        });
        done.await.map_err(|_| OffloadError)
    }
}
