//! A whole file taken apart by the server: chunked, hashed, matched against what is stored, packed into xorbs. What
//! a client without Xet sends is stored exactly as if a Xet client had sent it.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use futures_util::{Stream, StreamExt};
use seedcorn_core::digest::{Sha256, XetHash};
use sha2::Digest;

use super::chunk::Chunker;
use super::dedup::{Known, Piece};
use super::hash::{MerkleBuilder, chunk_hash};
use super::rebuild::TermRun;
use super::store::{ReceivedXorb, XetError, XorbStore};
use super::xorb::{Builder, XorbIndex};
use crate::{Offload, OffloadError};

/// Bytes of the file looked at together: enough that a known chunk is almost surely among them. Below what allocators
/// take for a block of its own, which they give back to the system, and clear anew, each time.
const WINDOW_BYTES: usize = 6 * 1024 * 1024;
/// Bytes of the window's buffer: the last piece may be longer than what is missing.
const BUFFER_BYTES: usize = WINDOW_BYTES + 1024 * 1024;
/// Decompressed bytes after which a xorb is closed. Smaller than the protocol allows, so that an upload needs little
/// memory; at 16 MiB a TiB is 65,536 objects.
const XORB_BYTES: u32 = 16 * 1024 * 1024;
/// Stored xorbs whose chunks are compared at once.
const KNOWN_XORBS_MAX: usize = 48;

/// Whether a chunk's place is remembered: one in 16, so that shared runs are found within a window.
pub fn is_landmark(chunk: &XetHash) -> bool {
    chunk.last_word().is_multiple_of(16)
}

/// Chunks to remember: chunk, xorb, place.
pub type Landmarks = Vec<(XetHash, XetHash, u32)>;

/// The index over stored xorbs, as the sender of a file may use it.
pub trait Register: Send + Sync {
    /// Why it could not answer.
    type Error: From<XetError> + From<OffloadError> + Send;

    /// Indexes of xorbs that hold some of these landmark chunks and that the sender may read, those `have` excluded.
    fn find(
        &self,
        chunks: Vec<XetHash>,
        have: &BTreeSet<XetHash>,
    ) -> impl Future<Output = Result<Vec<Arc<XorbIndex>>, Self::Error>> + Send;

    /// Records a xorb while more are to come, so that neither memory nor what is recorded last grows with the file.
    fn keep(&self, made: Made) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// A xorb that was made: durable, or inline for the caller to keep.
#[derive(Debug)]
pub struct Made {
    /// The xorb.
    pub xorb: ReceivedXorb,
    /// Chunks of it to remember.
    pub landmarks: Landmarks,
}

/// A file that was taken apart.
#[derive(Debug)]
pub struct Ingested {
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// Its Xet hash.
    pub hash: XetHash,
    /// Its length.
    pub bytes: u64,
    /// The runs of chunks it is made of.
    pub terms: Vec<TermRun>,
    /// The last xorb that was made for it; those before it are recorded. A small file has only this one, which is
    /// recorded together with the file.
    pub last: Option<Made>,
}

/// Where a run of the file is: in a finished xorb, or in the one being built.
enum Run {
    Stored(TermRun),
    Open { chunks: Range<u32>, raw_bytes: u32 },
}

struct Ingest<'a, R> {
    store: &'a XorbStore,
    register: &'a R,
    chunker: Chunker,
    sha256: sha2::Sha256,
    merkle: MerkleBuilder,
    bytes: u64,
    /// Bytes that are not in a xorb yet: whole chunks, then the open one.
    window: BytesMut,
    /// The whole chunks of the window: hash and length.
    chunks: Vec<(XetHash, u32)>,
    first_chunk: Option<XetHash>,
    known: Vec<Arc<XorbIndex>>,
    known_hashes: BTreeSet<XetHash>,
    builder: Builder,
    /// Frames of the open xorb, a window's together.
    frames: Vec<Bytes>,
    runs: Vec<Run>,
    last: Option<Made>,
}

/// Stores a file from its bytes. `bytes_max` is the length that was announced: one byte more is an error.
pub async fn ingest<R, S, E>(
    store: &XorbStore,
    register: &R,
    body: S,
    bytes_max: u64,
) -> Result<Ingested, R::Error>
where
    R: Register,
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let mut ingest = Ingest::new(store, register);
    let mut body = std::pin::pin!(body);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|e| XetError::Body(e.to_string()))?;
        ingest.bytes += piece.len() as u64;
        if ingest.bytes > bytes_max {
            return Err(XetError::TooLong(bytes_max).into());
        }
        ingest.window.extend_from_slice(&piece);
        if ingest.window.len() >= WINDOW_BYTES {
            ingest.take_window(false).await?;
        }
    }
    ingest.take_window(true).await?;
    ingest.finish().await
}

/// What one pass over new bytes yields.
struct Scanned {
    chunker: Chunker,
    chunks: Vec<(XetHash, u32)>,
}

fn scan(mut chunker: Chunker, window: &[u8], from: usize, ended: bool) -> Scanned {
    let mut chunks = Vec::new();
    let mut start = from - chunker.open_bytes();
    let mut at = from;
    while let Some(len) = chunker.next(&window[at..]) {
        at += len;
        chunks.push((chunk_hash(&window[start..at]), (at - start) as u32));
        start = at;
    }
    if ended && chunker.finish() > 0 {
        chunks.push((chunk_hash(&window[start..]), (window.len() - start) as u32));
    }
    Scanned { chunker, chunks }
}

/// The chunks of a xorb to remember: one in 16, and the first of the file.
fn landmarks(index: &XorbIndex, first_of_file: Option<&XetHash>) -> Landmarks {
    let chunks = index.chunks.iter().enumerate();
    let marks = chunks
        .filter(|(n, chunk)| is_landmark(&chunk.hash) || (*n == 0 && first_of_file == Some(&chunk.hash)));
    marks.map(|(n, chunk)| (chunk.hash, index.hash, n as u32)).collect()
}

impl<'a, R: Register> Ingest<'a, R> {
    fn new(store: &'a XorbStore, register: &'a R) -> Self {
        Ingest {
            store,
            register,
            chunker: Chunker::default(),
            sha256: sha2::Sha256::default(),
            merkle: MerkleBuilder::default(),
            bytes: 0,
            window: BytesMut::with_capacity(BUFFER_BYTES),
            chunks: Vec::new(),
            first_chunk: None,
            known: Vec::new(),
            known_hashes: BTreeSet::new(),
            builder: Builder::default(),
            frames: Vec::new(),
            runs: Vec::new(),
            last: None,
        }
    }

    /// Chunks the window, finds what is stored, packs the rest; the open chunk stays for the next window.
    async fn take_window(&mut self, ended: bool) -> Result<(), R::Error> {
        // Everything before the open chunk was taken last time, so the window begins with it.
        let from = self.chunker.open_bytes();
        let window = std::mem::take(&mut self.window).freeze();
        let chunker = std::mem::take(&mut self.chunker);
        let mut sha256 = std::mem::take(&mut self.sha256);
        let (fresh, whole) = (window.slice(from..), window.clone());
        let summed = Offload::run(move || {
            sha256.update(&fresh);
            sha256
        });
        let scanned = Offload::run(move || scan(chunker, &whole, from, ended));
        let (sha256, scanned) = futures_util::try_join!(summed, scanned)?;
        self.sha256 = sha256;
        self.chunker = scanned.chunker;
        self.chunks = scanned.chunks;
        for (hash, len) in &self.chunks {
            self.merkle.push(*hash, u64::from(*len));
        }
        self.look_up().await?;
        self.place(window).await
    }

    async fn look_up(&mut self) -> Result<(), R::Error> {
        let first =
            if self.first_chunk.is_none() { self.chunks.first().map(|(hash, _)| *hash) } else { None };
        let marks = self.chunks.iter().map(|(hash, _)| *hash).filter(is_landmark);
        let wanted: Vec<XetHash> = first.into_iter().chain(marks).collect();
        self.first_chunk = self.first_chunk.or(first);
        if wanted.is_empty() {
            return Ok(());
        }
        let found = self.register.find(wanted, &self.known_hashes).await?;
        for index in found {
            if self.known_hashes.insert(index.hash) {
                self.known.push(index);
            }
        }
        // The file is read front to back, so the xorbs found first are the ones it has left behind.
        while self.known.len() > KNOWN_XORBS_MAX {
            let old = self.known.remove(0);
            self.known_hashes.remove(&old.hash);
        }
        Ok(())
    }

    async fn place(&mut self, mut window: Bytes) -> Result<(), R::Error> {
        let chunks = std::mem::take(&mut self.chunks);
        let hashes: Vec<XetHash> = chunks.iter().map(|(hash, _)| *hash).collect();
        let known = self.known.clone();
        let pieces =
            Offload::run(move || Known::new(known.iter().map(|index| &**index)).pieces(&hashes)).await?;
        for piece in pieces {
            let part = &chunks[piece.incoming().clone()];
            let raw: usize = part.iter().map(|(_, len)| *len as usize).sum();
            let bytes = window.split_to(raw);
            match piece {
                Piece::Stored { xorb, chunks, .. } => {
                    self.refer(TermRun { xorb, chunks, raw_bytes: raw as u32 })
                }
                Piece::New { .. } => self.pack(part.to_vec(), bytes).await?,
            }
        }
        // What remains is the open chunk; a fresh buffer, since the old one may be held by what was split off.
        self.window = BytesMut::with_capacity(BUFFER_BYTES);
        self.window.extend_from_slice(&window);
        Ok(())
    }

    fn refer(&mut self, term: TermRun) {
        if let Some(Run::Stored(last)) = self.runs.last_mut()
            && last.xorb == term.xorb
            && last.chunks.end == term.chunks.start
            && let Some(raw_bytes) = last.raw_bytes.checked_add(term.raw_bytes)
        {
            last.chunks.end = term.chunks.end;
            last.raw_bytes = raw_bytes;
            return;
        }
        self.runs.push(Run::Stored(term));
    }

    /// Packs new chunks, closing xorbs as they fill.
    async fn pack(&mut self, chunks: Vec<(XetHash, u32)>, bytes: Bytes) -> Result<(), R::Error> {
        let mut builder = std::mem::take(&mut self.builder);
        let (builder, frames, places) = Offload::run(move || {
            let (mut at, mut frames) = (0, Vec::with_capacity(bytes.len() + bytes.len() / 64));
            let mut places = Vec::with_capacity(chunks.len());
            for (hash, len) in chunks {
                let end = at + len as usize;
                places.push((builder.push(hash, &bytes[at..end], &mut frames)?, len));
                at = end;
            }
            Ok::<_, XetError>((builder, Bytes::from(frames), places))
        })
        .await??;
        self.builder = builder;
        self.frames.push(frames);
        for (place, len) in places {
            match self.runs.last_mut() {
                Some(Run::Open { chunks, raw_bytes }) => {
                    chunks.end = place + 1;
                    *raw_bytes += len;
                }
                _ => self.runs.push(Run::Open { chunks: place..place + 1, raw_bytes: len }),
            }
        }
        let raw = self.builder.chunks().last().map_or(0, |chunk| chunk.raw_end);
        if raw >= XORB_BYTES { self.close().await } else { Ok(()) }
    }

    /// Stores the open xorb and settles the runs that point into it.
    async fn close(&mut self) -> Result<(), R::Error> {
        let builder = std::mem::take(&mut self.builder);
        let frames = std::mem::take(&mut self.frames);
        if builder.chunks().is_empty() {
            return Ok(());
        }
        let index = builder.finish().map_err(XetError::from)?;
        let xorb = index.hash;
        let landmarks = landmarks(&index, self.first_chunk.as_ref());
        let received = self.store.put(index, frames).await?;
        self.known.push(received.index.clone());
        self.known_hashes.insert(xorb);
        for run in &mut self.runs {
            if let Run::Open { chunks, raw_bytes } = run {
                *run = Run::Stored(TermRun { xorb, chunks: chunks.clone(), raw_bytes: *raw_bytes });
            }
        }
        match self.last.replace(Made { xorb: received, landmarks }) {
            Some(before) => self.register.keep(before).await,
            None => Ok(()),
        }
    }

    async fn finish(mut self) -> Result<Ingested, R::Error> {
        self.close().await?;
        let terms = self.runs.into_iter().filter_map(|run| match run {
            Run::Stored(term) => Some(term),
            Run::Open { .. } => None,
        });
        Ok(Ingested {
            sha256: Sha256(self.sha256.finalize().into()),
            hash: self.merkle.file_hash(),
            bytes: self.bytes,
            terms: terms.collect(),
            last: self.last,
        })
    }
}
