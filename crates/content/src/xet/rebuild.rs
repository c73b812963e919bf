//! Chunks back into a file: any byte range, streamed, in bounded memory. Each chunk is hashed before any of it is handed
//! out: no client compares what it gets with a hash, so damage that is not found here is found nowhere.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use seedcorn_core::digest::XetHash;
use tokio_util::task::AbortOnDropHandle;

use super::frame::Decoder;
use super::hash::chunk_hash;
use super::store::{Catalog, XetError, XorbSource, XorbStore};
use super::xorb::XorbIndex;
use crate::{Offload, OffloadError};

/// Decompressed bytes decoded in one go.
const BATCH_BYTES: u32 = 2 * 1024 * 1024;
/// Batches read and decoded ahead of the reader.
const BATCHES_AHEAD: usize = 2;

/// A run of chunks of a file: its place in a xorb and its decompressed length.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermRun {
    /// The xorb.
    pub xorb: XetHash,
    /// Its chunks.
    pub chunks: Range<u32>,
    /// Their bytes, decompressed.
    pub raw_bytes: u32,
}

/// A few chunks to fetch and decode, and what to keep of them.
struct Batch {
    source: XorbSource,
    /// Its hashes make the xorb's: whoever made it has checked that.
    index: Arc<XorbIndex>,
    packed: Range<u64>,
    chunks: Range<u32>,
    keep: Range<usize>,
}

struct Walk {
    store: XorbStore,
    catalog: Arc<dyn Catalog>,
    terms: VecDeque<TermRun>,
    /// Bytes still to skip at the front of the next term.
    skip: u64,
    /// Bytes still to hand out.
    left: u64,
    ready: VecDeque<Batch>,
}

/// Streams bytes `range` of the file that `terms` make up. The caller has clamped the range to the file.
pub fn rebuild(
    store: XorbStore,
    catalog: Arc<dyn Catalog>,
    terms: Vec<TermRun>,
    range: Range<u64>,
) -> impl Stream<Item = Result<Bytes, XetError>> + Send + 'static {
    let mut terms = VecDeque::from(terms);
    let mut skip = range.start;
    while let Some(first) = terms.front()
        && skip >= u64::from(first.raw_bytes)
    {
        skip -= u64::from(first.raw_bytes);
        terms.pop_front();
    }
    let left = range.end.saturating_sub(range.start);
    let walk = Walk { store: store.clone(), catalog, terms, skip, left, ready: VecDeque::new() };
    let batches = stream::try_unfold(walk, |mut walk| {
        apart(async move {
            let batch = walk.next().await?;
            Ok(batch.map(|batch| (batch, walk)))
        })
    });
    batches
        .map(move |batch| {
            let store = store.clone();
            async move { apart(decode(store, batch?)).await }
        })
        .buffered(BATCHES_AHEAD)
}

/// Goes on whether or not the stream is read: a reader who takes nothing for a while must not keep what a step has in hand,
/// such as a connection to the database, from everybody else. Ends with the stream.
async fn apart<T: Send + 'static>(
    step: impl Future<Output = Result<T, XetError>> + Send + 'static,
) -> Result<T, XetError> {
    AbortOnDropHandle::new(tokio::spawn(step)).await.map_err(|_| OffloadError)?
}

impl Walk {
    async fn next(&mut self) -> Result<Option<Batch>, XetError> {
        while self.ready.is_empty() && self.left > 0 {
            let Some(term) = self.terms.pop_front() else {
                return Ok(None);
            };
            let source = self.catalog.find(term.xorb).await?;
            let index = self.store.index(&source).await?;
            self.split(&source, &index, &term)?;
        }
        Ok(self.ready.pop_front())
    }

    /// Cuts the wanted part of a term into batches.
    fn split(&mut self, source: &XorbSource, index: &Arc<XorbIndex>, term: &TermRun) -> Result<(), XetError> {
        let missing = || XetError::NoSuchRun(term.xorb, term.chunks.clone());
        let mut first = term.chunks.start;
        while first < term.chunks.end && self.left > 0 {
            let mut past = first + 1;
            let mut raw = raw_bytes(index, first..past).ok_or_else(missing)?;
            if self.skip >= u64::from(raw) {
                self.skip -= u64::from(raw);
                first = past;
                continue;
            }
            while past < term.chunks.end && raw < BATCH_BYTES && u64::from(raw) < self.skip + self.left {
                past += 1;
                raw = raw_bytes(index, first..past).ok_or_else(missing)?;
            }
            let packed = index.packed_range(&(first..past)).ok_or_else(missing)?;
            let take = self.left.min(u64::from(raw) - self.skip);
            let keep = self.skip as usize..(self.skip + take) as usize;
            let packed = u64::from(packed.start)..u64::from(packed.end);
            let (source, index) = (source.clone(), index.clone());
            self.ready.push_back(Batch { source, index, packed, chunks: first..past, keep });
            self.left -= take;
            self.skip = 0;
            first = past;
        }
        Ok(())
    }
}

fn raw_bytes(index: &XorbIndex, chunks: Range<u32>) -> Option<u32> {
    let range = index.raw_range(&chunks)?;
    Some(range.end - range.start)
}

async fn decode(store: XorbStore, batch: Batch) -> Result<Bytes, XetError> {
    let packed = store.body(&batch.source, batch.packed.clone()).await?;
    Offload::run(move || unpack(&batch, &packed)).await?
}

/// The bytes to keep of a batch, if all its chunks are what they were when they were stored.
fn unpack(batch: &Batch, packed: &[u8]) -> Result<Bytes, XetError> {
    let entries = batch.index.chunks.get(batch.chunks.start as usize..).unwrap_or_default();
    let mut out = Vec::with_capacity(batch.keep.end);
    let right = |place: u32, chunk: &[u8]| {
        entries.get(place as usize).is_some_and(|entry| chunk_hash(chunk) == entry.hash)
    };
    let count = batch.chunks.end - batch.chunks.start;
    Decoder::default()
        .decode_run_if(packed, count, &mut out, right)
        .map_err(|why| XetError::Damaged(batch.source.hash, batch.chunks.clone(), why))?;
    if out.len() < batch.keep.end {
        return Err(XetError::NoSuchRun(batch.source.hash, batch.chunks.clone()));
    }
    Ok(Bytes::from(out).slice(batch.keep.clone()))
}
