//! Where a preview's bytes come from, and the memory that reading them may take.

use std::ops::Range;

use bytes::Bytes;
use seedcorn_core::limits;
use seedcorn_formats::kind::{self, Kind};
use seedcorn_formats::{gguf, safetensors};

use super::Reading;
use crate::pull::{self, From, Located};
use crate::{Commons, Held, Result, compute};

/// A file of which some ranges are read.
#[derive(Debug)]
pub(crate) struct Source<'a> {
    pub(super) commons: &'a Commons,
    pub(super) located: &'a Located,
    /// All of a blob: each of its ranges would inflate it again.
    whole: Option<Bytes>,
}

impl<'a> Source<'a> {
    pub(crate) async fn open(commons: &'a Commons, located: &'a Located) -> Result<Source<'a>> {
        let whole = match &located.from {
            From::Blob(blob) => Some(pull::whole(commons, blob, located.bytes).await?),
            From::Chunks { .. } => None,
        };
        Ok(Source { commons, located, whole })
    }

    /// The file's length.
    pub(crate) fn bytes(&self) -> u64 {
        self.located.bytes
    }

    /// Some bytes of the file; the range lies within it.
    pub(crate) async fn range(&self, range: Range<u64>) -> Result<Bytes> {
        match &self.whole {
            Some(whole) => Ok(whole.slice(range.start as usize..range.end as usize)),
            None => Ok(pull::range(self.commons, self.located, range).await?.into()),
        }
    }

    /// What the file is.
    pub(crate) async fn kind(&self, path: &str) -> Result<Kind> {
        let head = self.range(0..self.bytes().min(kind::HEAD_BYTES)).await?;
        Ok(kind::of(path, &head))
    }

    /// The room for reading a header of so many bytes.
    pub(crate) async fn room(&self, header_bytes: u64) -> Result<Held> {
        let bytes = match header_bytes {
            ..=limits::PREVIEW_SMALL_HEADER_BYTES => limits::PREVIEW_SMALL_BYTES,
            _ => limits::PREVIEW_LARGE_BYTES,
        };
        self.commons.previews.hold(bytes).await
    }
}

/// Reads a safetensors header and makes something of it, off the threads that answer.
pub(crate) async fn with_safetensors<T: Send + 'static>(
    source: &Source<'_>,
    make: impl FnOnce(safetensors::Header) -> T + Send + 'static,
) -> Reading<T> {
    let file_bytes = source.bytes();
    let first = source.range(0..file_bytes.min(safetensors::LENGTH_BYTES)).await?;
    let bytes = match safetensors::header_bytes(&first, file_bytes) {
        Ok(bytes) => bytes,
        Err(why) => return Ok(Err(why)),
    };
    let held = source.room(bytes).await?;
    let at = safetensors::LENGTH_BYTES;
    let json = source.range(at..at + bytes).await?;
    // The work goes on when nobody waits for it any more, so the room goes with it.
    compute(move || {
        let made = safetensors::parse(&json, file_bytes).map(make);
        drop(held);
        made
    })
    .await
}

/// Reads a GGUF header and makes something of it, off the threads that answer.
pub(crate) async fn with_gguf<T: Send + 'static>(
    source: &Source<'_>,
    make: impl FnOnce(gguf::Header) -> T + Send + 'static,
) -> Reading<T> {
    let file_bytes = source.bytes();
    let mut wanted = gguf::FIRST_BYTES.min(file_bytes);
    let mut room_for = wanted;
    let mut held = source.room(room_for).await?;
    let (header, held) = loop {
        if wanted > limits::PREVIEW_SMALL_HEADER_BYTES && room_for <= limits::PREVIEW_SMALL_HEADER_BYTES {
            // Given back first: two that hold little and wait for much would wait for each other.
            drop(held);
            held = source.room(wanted).await?;
            room_for = wanted;
        }
        let head = source.range(0..wanted).await?;
        let (read, back) = compute(move || (gguf::read(&head, file_bytes), held)).await?;
        match read {
            Err(why) => return Ok(Err(why)),
            Ok(gguf::Reading::Whole(header)) => break (header, back),
            Ok(gguf::Reading::More(more)) => (wanted, held) = (more, back),
        }
    };
    compute(move || {
        let made = make(header);
        drop(held);
        Ok(made)
    })
    .await
}
