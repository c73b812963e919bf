//! A pack on its way in: kept in a file until it is there whole.

use std::io::Write;

use seedcorn_core::limits;

use crate::{Commons, Refusal, Result, compute};

/// Bytes that are written at once.
const PIECE: usize = 1 << 20;

/// What came of a pack so far.
#[derive(Debug)]
pub struct Spool {
    file: Option<std::fs::File>,
    waiting: Vec<u8>,
    bytes: u64,
}

impl Spool {
    /// An empty one.
    ///
    /// # Errors
    /// `Broken` if no file can be made.
    pub fn new(commons: &Commons) -> Result<Spool> {
        let file = tempfile::tempfile_in(&commons.scratch).map_err(Refusal::broken)?;
        Ok(Spool { file: Some(file), waiting: Vec::new(), bytes: 0 })
    }

    /// Adds some bytes.
    ///
    /// # Errors
    /// `TooLarge` beyond [`limits::PUSH_BYTES_MAX`]; `Full` if there is no room for them.
    pub async fn add(&mut self, bytes: &[u8]) -> Result<()> {
        self.bytes += bytes.len() as u64;
        if self.bytes > limits::PUSH_BYTES_MAX {
            let most = limits::PUSH_BYTES_MAX >> 30;
            let text = format!(
                "a push may have {most} GiB; large files go by git-lfs, and a long history in several pushes"
            );
            return Err(Refusal::TooLarge(text));
        }
        self.waiting.extend_from_slice(bytes);
        if self.waiting.len() >= PIECE { self.write().await } else { Ok(()) }
    }

    async fn write(&mut self) -> Result<()> {
        let Some(mut file) = self.file.take() else {
            return Err(Refusal::Broken(anyhow::anyhow!("a pack goes on after an error")));
        };
        let waiting = std::mem::take(&mut self.waiting);
        let (file, written) = compute(move || {
            let written = file.write_all(&waiting);
            (file, written)
        })
        .await?;
        written?;
        self.file = Some(file);
        Ok(())
    }

    /// The file; none, if nothing came.
    ///
    /// # Errors
    /// As of [`Spool::add`].
    pub async fn finish(mut self) -> Result<Option<std::fs::File>> {
        self.write().await?;
        Ok(self.file.filter(|_| self.bytes > 0))
    }
}
