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
/// Bytes that are read in one go rather than streamed.
const FEW_BYTES: u64 = 256 * 1024;
/// Bytes of a body verified in one go off the async threads.
const VERIFY_BYTES: usize = 1024 * 1024;

/// Why bytes were not stored or read.
#[derive(Debug, thiserror::Error)]
pub enum XetError {
    /// What was sent, or what is stored, is not a good xorb.
    #[error(transparent)]
    Xorb(#[from] XorbError),
    /// The footer of a stored xorb is damaged.
    #[error("xorb {0}: {1}")]
    Footer(XetHash, FooterError),
    /// A run of chunks of a stored xorb is damaged: it does not decode, or not to what was stored.
    #[error("xorb {0}, chunks {1:?}: {2}")]
    Damaged(XetHash, Range<u32>, super::frame::FrameError),
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
    /// The catalog of xorbs failed, for a reason of its own.
    #[error("catalog: {0}")]
    Catalog(Box<dyn std::error::Error + Send + Sync>),
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
    /// Where its frames and footer are.
    pub rest: Rest,
}

/// Where the frames and the footer of a xorb are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Here: a small xorb lives in its row.
    Row(Bytes),
    /// In the depot, at this place (see [`Key::Xorb`]).
    Depot(String),
}

/// Finds xorbs by hash: the database in production, a map in tests.
pub trait Catalog: Send + Sync {
    /// Where a xorb rests, or [`XetError::Missing`].
    fn find(&self, hash: XetHash) -> BoxFuture<'_, Result<XorbSource, XetError>>;
}

/// A xorb that was received and verified. It is durable, or small and for the caller to keep in a row. The caller says
/// what becomes of it: [`XorbStore::keep`] when its row is the one that counts, else [`XorbStore::discard`].
#[derive(Debug)]
pub struct ReceivedXorb {
    /// Its hash and chunks.
    pub index: Arc<XorbIndex>,
    /// Where it is.
    pub rest: Rest,
}

/// Stores xorbs in a depot.
#[derive(Clone, Debug)]
pub struct XorbStore {
    depot: Depot,
    places: fn() -> String,
    indexes: moka::sync::Cache<XetHash, Arc<XorbIndex>>,
}

impl XorbStore {
    /// Over a depot. `places` gives a name that was never given before.
    pub fn new(depot: Depot, places: fn() -> String) -> XorbStore {
        let indexes = moka::sync::Cache::builder()
            .max_capacity(INDEX_CACHE_BYTES)
            .weigher(|_, index: &Arc<XorbIndex>| index.len().saturating_mul(40).saturating_add(128))
            .build();
        XorbStore { depot, places, indexes }
    }

    /// Receives a xorb: every frame is decoded and hashed while it streams to the depot, and the whole becomes
    /// visible only if its Merkle hash is the one expected.
    pub async fn receive<S, E>(&self, expected: XetHash, body: S) -> Result<ReceivedXorb, XetError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        let place = (self.places)();
        let mut writer = self.depot.writer(&Key::Xorb(expected, place.clone()));
        match receive_into(Some(&mut writer), expected, body).await {
            Ok(index) => {
                let mut tail = Vec::new();
                index.render_footer(&mut tail);
                writer.write(&tail).await?;
                let rest = match writer.finish(limits::XORB_INLINE_BYTES_MAX).await? {
                    Written::Small(bytes) => Rest::Row(bytes),
                    Written::Stored => Rest::Depot(place),
                };
                Ok(ReceivedXorb { index: Arc::new(index), rest })
            }
            Err(error) => {
                writer.abort().await;
                Err(error)
            }
        }
    }

    /// Reads and verifies a xorb that is stored already, and stores nothing.
    pub async fn verify<S, E>(&self, expected: XetHash, body: S) -> Result<(), XetError>
    where
        S: Stream<Item = Result<Bytes, E>>,
        E: std::fmt::Display,
    {
        receive_into(None, expected, body).await.map(drop)
    }

    /// A row speaks of this xorb now: its index may be remembered.
    pub fn keep(&self, xorb: &ReceivedXorb) {
        self.indexes.insert(xorb.index.hash, xorb.index.clone());
    }

    /// No row will speak of this xorb, since somebody else stored one of that hash first.
    pub async fn discard(&self, xorb: ReceivedXorb) -> Result<(), XetError> {
        match xorb.rest {
            Rest::Row(_) => Ok(()),
            Rest::Depot(place) => Ok(self.depot.delete(&Key::Xorb(xorb.index.hash, place)).await?),
        }
    }

    /// Stores a xorb that was built here, from its frames in pieces.
    pub async fn put(&self, index: XorbIndex, mut body: Vec<Bytes>) -> Result<ReceivedXorb, XetError> {
        let mut footer = Vec::new();
        index.render_footer(&mut footer);
        body.push(footer.into());
        let index = Arc::new(index);
        if body.iter().map(Bytes::len).sum::<usize>() <= limits::XORB_INLINE_BYTES_MAX {
            return Ok(ReceivedXorb { index, rest: Rest::Row(body.concat().into()) });
        }
        let place = (self.places)();
        self.depot.put(&Key::Xorb(index.hash, place.clone()), body).await?;
        Ok(ReceivedXorb { index, rest: Rest::Depot(place) })
    }

    /// The index of a stored xorb, if it is in memory.
    pub fn cached(&self, hash: &XetHash) -> Option<Arc<XorbIndex>> {
        self.indexes.get(hash)
    }

    /// The index of a stored xorb, from memory or from its footer.
    pub async fn index(&self, source: &XorbSource) -> Result<Arc<XorbIndex>, XetError> {
        if let Some(index) = self.indexes.get(&source.hash) {
            return Ok(index);
        }
        let start = u64::from(source.packed_bytes);
        let end = start + footer_bytes(source.chunks) as u64;
        let tail = self.body(source, start..end).await?;
        let index = XorbIndex::parse_footer(&tail).map_err(|why| XetError::Footer(source.hash, why))?;
        let index = Arc::new(index);
        if index.hash != source.hash {
            return Err(XetError::Missing(source.hash));
        }
        self.indexes.insert(source.hash, index.clone());
        Ok(index)
    }

    /// Bytes of a stored xorb's body.
    pub async fn body(&self, source: &XorbSource, range: Range<u64>) -> Result<Bytes, XetError> {
        match &source.rest {
            Rest::Depot(place) => Ok(self.depot.range(&Key::Xorb(source.hash, place.clone()), range).await?),
            Rest::Row(body) => {
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
        let few = range.end.saturating_sub(range.start) <= FEW_BYTES;
        let place = match &source.rest {
            Rest::Depot(place) if !few => place,
            Rest::Depot(_) | Rest::Row(_) => {
                let bytes = self.body(source, range).await?;
                return Ok(futures_util::stream::once(async move { Ok(bytes) }).boxed());
            }
        };
        let stream = self.depot.stream(&Key::Xorb(source.hash, place.clone()), range).await?;
        Ok(stream.map(|piece| piece.map_err(XetError::from)).boxed())
    }
}

/// Verifies a body, and writes its frames if there is a writer.
async fn receive_into<S, E>(
    mut writer: Option<&mut crate::Writer>,
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
            let verified = verified?;
            if let Some(writer) = &mut writer {
                writer.write(&verified).await?;
            }
        }
        if ended {
            return Ok(receiver.finish(&expected)?);
        }
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
