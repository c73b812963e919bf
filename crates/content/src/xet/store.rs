//! Xorbs at rest: received and verified while they stream in, their indexes cached, their runs decoded on the way out.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{Stream, StreamExt};
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits;

use super::footer::{FooterError, footer_bytes};
use super::xorb::{Receiver, XorbError, XorbIndex};
use crate::{Depot, DepotError, Key, Offload, OffloadError, Written};

/// Indexes kept in memory: 40 bytes a chunk, so about 40 kB a full xorb.
const INDEX_CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// Bytes of a body verified in one go off the async threads.
const VERIFY_BYTES: usize = 1024 * 1024;

/// Why bytes were not stored or read.
#[derive(Debug, thiserror::Error)]
pub enum XetError {
    /// What was sent, or what is stored, is not a good xorb.
    #[error(transparent)]
    Xorb(#[from] XorbError),
    /// The footer of a stored xorb is damaged.
    #[error(transparent)]
    Footer(#[from] FooterError),
    /// A stored run of frames is damaged.
    #[error(transparent)]
    Frame(#[from] super::frame::FrameError),
    /// The sender stopped or failed.
    #[error("the body ended early: {0}")]
    Body(String),
    /// The body is longer than a xorb may be.
    #[error("the body is longer than {0} bytes")]
    TooLong(u64),
    /// The index does not name a xorb that a file needs.
    #[error("xorb {0} is not stored")]
    Missing(XetHash),
    /// A run of chunks that the xorb does not have.
    #[error("xorb {0} has no chunks {1:?}")]
    NoSuchRun(XetHash, Range<u32>),
    /// The depot failed.
    #[error(transparent)]
    Depot(#[from] DepotError),
    /// The catalog of xorbs failed.
    #[error("catalog: {0}")]
    Catalog(String),
    /// A computation was cut off.
    #[error(transparent)]
    Offload(#[from] OffloadError),
}

/// Where a stored xorb rests.
#[derive(Clone, Debug)]
pub struct XorbSource {
    /// Its hash.
    pub hash: XetHash,
    /// How many chunks it has.
    pub chunks: u32,
    /// Bytes of its frames, without the footer.
    pub packed_bytes: u32,
    /// Its whole body, when it is so small that it does not live in the depot.
    pub inline: Option<Bytes>,
}

/// Finds xorbs by hash: the database in production, a map in tests.
pub trait Catalog: Send + Sync {
    /// Where a xorb rests, or [`XetError::Missing`].
    fn find(&self, hash: XetHash) -> BoxFuture<'_, Result<XorbSource, XetError>>;
}

/// A xorb that was received, verified, and is durable unless `inline` hands its bytes to the caller to keep.
#[derive(Debug)]
pub struct ReceivedXorb {
    /// Its hash and chunks.
    pub index: Arc<XorbIndex>,
    /// Frames and footer of a small xorb, for the caller to keep in a row.
    pub inline: Option<Bytes>,
}

/// Stores xorbs in a depot.
#[derive(Clone, Debug)]
pub struct XorbStore {
    depot: Depot,
    indexes: moka::sync::Cache<XetHash, Arc<XorbIndex>>,
}

impl XorbStore {
    /// Over a depot.
    pub fn new(depot: Depot) -> XorbStore {
        let indexes = moka::sync::Cache::builder()
            .max_capacity(INDEX_CACHE_BYTES)
            .weigher(|_, index: &Arc<XorbIndex>| index.len().saturating_mul(40).saturating_add(128))
            .build();
        XorbStore { depot, indexes }
    }

    /// Receives a xorb: every frame is decoded and hashed while it streams to the depot, and the whole becomes
    /// visible only if its Merkle hash is the one expected.
    pub async fn receive<S, E>(&self, expected: XetHash, body: S) -> Result<ReceivedXorb, XetError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let mut writer = self.depot.writer(&Key::Xorb(expected));
        match self.receive_into(&mut writer, expected, body).await {
            Ok(index) => {
                let mut tail = Vec::new();
                index.render_footer(&mut tail);
                writer.write(&tail).await?;
                let inline = match writer.finish(limits::XORB_INLINE_BYTES_MAX).await? {
                    Written::Small(bytes) => Some(bytes),
                    Written::Stored => None,
                };
                let index = Arc::new(index);
                self.indexes.insert(expected, index.clone());
                Ok(ReceivedXorb { index, inline })
            }
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    async fn receive_into<S, E>(
        &self,
        writer: &mut crate::Writer,
        expected: XetHash,
        body: S,
    ) -> Result<XorbIndex, XetError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let mut receiver = Receiver::default();
        let mut taken = 0_u64;
        let mut body = std::pin::pin!(body);
        let mut pending: Vec<Bytes> = Vec::new();
        let mut pending_bytes = 0;
        loop {
            let piece = body.next().await.transpose().map_err(|e| XetError::Body(e.to_string()))?;
            let ended = piece.is_none();
            if let Some(piece) = piece {
                taken += piece.len() as u64;
                if taken > limits::XORB_BODY_BYTES_MAX {
                    return Err(XetError::TooLong(limits::XORB_BODY_BYTES_MAX));
                }
                pending_bytes += piece.len();
                pending.push(piece);
            }
            if pending_bytes >= VERIFY_BYTES || (ended && pending_bytes > 0) {
                let pieces = std::mem::take(&mut pending);
                pending_bytes = 0;
                let (back, verified) = Offload::run(move || verify(receiver, pieces)).await?;
                receiver = back;
                writer.write(&verified?).await?;
            }
            if ended {
                return Ok(receiver.finish(&expected)?);
            }
        }
    }

    /// Stores a xorb that was built here.
    pub async fn put(&self, index: XorbIndex, frames: Vec<u8>) -> Result<ReceivedXorb, XetError> {
        let mut body = frames;
        index.render_footer(&mut body);
        let hash = index.hash;
        let index = Arc::new(index);
        self.indexes.insert(hash, index.clone());
        let body = Bytes::from(body);
        if body.len() <= limits::XORB_INLINE_BYTES_MAX {
            return Ok(ReceivedXorb { index, inline: Some(body) });
        }
        self.depot.put(&Key::Xorb(hash), body).await?;
        Ok(ReceivedXorb { index, inline: None })
    }

    /// The index of a stored xorb, from memory or from its footer.
    pub async fn index(&self, source: &XorbSource) -> Result<Arc<XorbIndex>, XetError> {
        if let Some(index) = self.indexes.get(&source.hash) {
            return Ok(index);
        }
        let start = u64::from(source.packed_bytes);
        let end = start + footer_bytes(source.chunks) as u64;
        let tail = self.body(source, start..end).await?;
        let index = Arc::new(XorbIndex::parse_footer(&tail)?);
        if index.hash != source.hash {
            return Err(XetError::Missing(source.hash));
        }
        self.indexes.insert(source.hash, index.clone());
        Ok(index)
    }

    /// Bytes of a stored xorb's body.
    pub async fn body(&self, source: &XorbSource, range: Range<u64>) -> Result<Bytes, XetError> {
        match &source.inline {
            None => Ok(self.depot.range(&Key::Xorb(source.hash), range).await?),
            Some(body) => {
                let range = range.start as usize..range.end as usize;
                if range.end > body.len() || range.start > range.end {
                    return Err(XetError::Missing(source.hash));
                }
                Ok(body.slice(range))
            }
        }
    }

    /// Bytes of a stored xorb's body as they come, for a client that decodes them itself.
    pub async fn body_stream(
        &self,
        source: &XorbSource,
        range: Range<u64>,
    ) -> Result<futures_util::stream::BoxStream<'static, Result<Bytes, XetError>>, XetError> {
        if source.inline.is_some() {
            let bytes = self.body(source, range).await?;
            return Ok(futures_util::stream::once(async move { Ok(bytes) }).boxed());
        }
        let stream = self.depot.stream(&Key::Xorb(source.hash), range).await?;
        Ok(stream.map(|piece| piece.map_err(XetError::from)).boxed())
    }
}

/// Feeds pieces to the receiver; hands it back with the frames it verified.
fn verify(mut receiver: Receiver, pieces: Vec<Bytes>) -> (Receiver, Result<Vec<u8>, XorbError>) {
    let mut frames = Vec::with_capacity(pieces.iter().map(Bytes::len).sum());
    for piece in pieces {
        if let Err(error) = receiver.feed(&piece, &mut |frame| frames.extend_from_slice(frame)) {
            return (receiver, Err(error));
        }
    }
    (receiver, Ok(frames))
}
