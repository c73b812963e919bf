//! Receive, from a form: a file of which nobody has told length and hash before. Its first bytes and the repo's rules
//! decide which way it goes; no more of it is held in memory than goes inside a commit.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use seedcorn_content::xet::ingest::ingest;
use seedcorn_core::limits;

use super::commit::Draft;
use super::offer::{OfferedFile, offer};
use crate::xet::Intake;
use crate::{Budget, Refusal, Result};

/// The beginning of a file.
struct Beginning {
    bytes: Vec<u8>,
    ended: bool,
}

impl Draft {
    /// Adds or replaces a file from its bytes as they come; at most `most` of them. While they may go inside the commit
    /// they are held in `room`.
    ///
    /// # Errors
    /// `Invalid` if the body breaks off, `Slow` if it comes too slowly to be held, `TooLarge`, and what
    /// [`Draft::put`] refuses.
    pub async fn put_stream<S, E>(&mut self, path: String, body: S, most: u64, room: &Budget) -> Result<()>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: std::fmt::Display + Send,
    {
        self.admit(&path)?;
        // It is asked again after its end.
        let mut body = std::pin::pin!(body.fuse());
        let mut begun = Beginning { bytes: Vec::new(), ended: false };
        let mut held = room.hold(limits::SAMPLE_BYTES as u64).await?;
        let patience = limits::STALLED_SECS
            + limits::REGULAR_FILE_BYTES_MAX.min(most) / limits::HELD_BODY_BYTES_PER_SEC_MIN;
        let judged = async {
            begun.read_to(limits::SAMPLE_BYTES as u64, &mut body).await?;
            if self.is_large(&path, &begun.bytes).await? {
                return Ok(true);
            }
            let step = 64 * limits::SAMPLE_BYTES as u64;
            while !begun.ended && begun.bytes.len() as u64 <= limits::REGULAR_FILE_BYTES_MAX {
                let next = (begun.bytes.len() as u64 * 2).max(step);
                held.grow_to(next).await?;
                begun.read_to(next.min(limits::REGULAR_FILE_BYTES_MAX + 1), &mut body).await?;
            }
            Ok::<bool, Refusal>(begun.bytes.len() as u64 > limits::REGULAR_FILE_BYTES_MAX)
        };
        let slow = || Refusal::Slow(format!("{path} comes too slowly to be kept in memory for so long"));
        let judged = tokio::time::timeout(Duration::from_secs(patience), judged).await;
        let large = judged.map_err(|_| slow())??;
        if begun.bytes.len() as u64 > most {
            return Err(Refusal::TooLarge(format!("{path} has more than {most} bytes")));
        }
        if !large {
            return self.put(path, begun.bytes).await;
        }
        // What was held is soon among the chunks.
        drop(held);
        self.receive(path, begun, body, most).await
    }

    /// Whether a file that begins so is to go as a large one, whatever its length.
    async fn is_large(&self, path: &str, begun: &[u8]) -> Result<bool> {
        let sample = begun[..begun.len().min(limits::SAMPLE_BYTES)].to_vec();
        let file = OfferedFile { path: path.to_owned(), sample, bytes: begun.len() as u64 };
        // Somebody chose this very file, so nothing is left out.
        let nothing_ignored = Some(String::new());
        let judged = offer(&self.commons, &self.grant, &self.target, nothing_ignored, vec![file]).await?;
        Ok(judged.first().is_some_and(|file| file.large))
    }

    /// Takes a large file apart as the LFS door does.
    async fn receive<S, E>(&mut self, path: String, begun: Beginning, rest: S, most: u64) -> Result<()>
    where
        S: Stream<Item = Result<Bytes, E>> + Send,
        E: std::fmt::Display + Send,
    {
        let whole = stream::once(async move { Ok(Bytes::from(begun.bytes)) }).chain(rest);
        let intake = Intake::new(&self.commons, &self.grant);
        let ingested = ingest(&self.commons.xorbs, &intake, whole, most.min(limits::FILE_BYTES_MAX)).await?;
        let (sha256, bytes) = (ingested.sha256, ingested.bytes);
        intake.finish(ingested).await?;
        self.put_large(path, sha256, Some(bytes))
    }
}

impl Beginning {
    /// Reads until there are so many bytes or no more come. The last piece may bring a few more.
    async fn read_to<S, E>(&mut self, bytes: u64, body: &mut S) -> Result<()>
    where
        S: Stream<Item = Result<Bytes, E>> + Unpin,
        E: std::fmt::Display,
    {
        while !self.ended && (self.bytes.len() as u64) < bytes {
            match body.next().await {
                Some(Ok(piece)) => self.bytes.extend_from_slice(&piece),
                Some(Err(error)) => return Err(Refusal::Invalid(format!("the body ended early: {error}"))),
                None => self.ended = true,
            }
        }
        Ok(())
    }
}
