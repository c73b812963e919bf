//! Shards in: a claim how files are put together, believed in nothing. Chunks, lengths, verification hashes, file hash
//! and SHA-256 are all computed again from stored bytes before the file exists.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bytes::Bytes;
use futures_util::StreamExt;
use seedcorn_content::Offload;
use seedcorn_content::xet::hash::{MerkleBuilder, range_hash};
use seedcorn_content::xet::ingest::is_landmark;
use seedcorn_content::xet::rebuild::{TermRun, rebuild};
use seedcorn_content::xet::shard::{FileRecord, Shard};
use seedcorn_content::xet::store::Catalog;
use seedcorn_content::xet::xorb::XorbIndex;
use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_core::limits;
use seedcorn_db::files::{self, File};
use sha2::Digest;

use super::Shelf;
use super::keep::term_rows;
use super::reach::Readable;
use crate::access::{Grant, Propose};
use crate::{Commons, Refusal, Result};

/// How far a shard has come: bytes hashed, of so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes of files hashed so far.
    pub verified: u64,
    /// Bytes of all its files.
    pub total: u64,
}

/// A file of a shard whose structure is right.
struct Checked {
    hash: XetHash,
    sha256: Sha256,
    bytes: u64,
    terms: Vec<TermRun>,
    landmarks: Vec<(XetHash, XetHash, u32)>,
}

struct Acceptance<'a> {
    commons: &'a Commons,
    grant: &'a Grant<Propose>,
    shelf: Arc<Shelf>,
    /// Xorbs that the shard brings along: their chunks become landmarks.
    brought: BTreeSet<XetHash>,
}

/// Verifies a shard and records its files as sent by the asker to the repo of the token. `progress` is called now and
/// then. Either all its files are recorded or none.
///
/// # Errors
/// `Invalid` naming what is wrong; `Forbidden` when it refers to chunks that the sender neither sent nor may read.
pub async fn accept_shard(
    commons: &Commons,
    grant: &Grant<Propose>,
    body: Bytes,
    progress: &(dyn Fn(Progress) + Send + Sync),
) -> Result<()> {
    let sender = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
    // Before anything is unpacked: who waits holds only the body, which is counted.
    let _turn = commons.shards.turn(&sender.member).await;
    let shard = Offload::run(move || Shard::parse(&body)).await?;
    let shard = shard.map_err(|why| Refusal::Invalid(format!("bad shard: {why}")))?;
    let acceptance = Acceptance {
        commons,
        grant,
        shelf: Arc::new(commons.shelf.clone()),
        brought: shard.xorbs.iter().map(|xorb| xorb.hash).collect(),
    };
    acceptance.check_reach(&shard).await?;
    let mut checked = Vec::with_capacity(shard.files.len());
    for file in &shard.files {
        checked.push(acceptance.check_file(file).await?);
    }
    let total = checked.iter().map(|file| file.bytes).sum();
    if total > limits::SHARD_FILES_BYTES_MAX {
        let max = limits::SHARD_FILES_BYTES_MAX;
        return Err(Refusal::TooLarge(format!("the files of a shard have at most {max} bytes together")));
    }
    let mut verified = 0;
    for file in &checked {
        acceptance
            .check_sha256(file, |bytes| progress(Progress { verified: verified + bytes, total }))
            .await?;
        verified += file.bytes;
    }
    acceptance.record(checked).await
}

impl Acceptance<'_> {
    /// Every run must be stored, and sent or readable by the sender.
    async fn check_reach(&self, shard: &Shard) -> Result<()> {
        let terms = || shard.files.iter().flat_map(|file| &file.terms);
        let wanted: BTreeSet<XetHash> = terms().map(|term| term.xorb).collect();
        let list: Vec<XetHash> = wanted.iter().copied().collect();
        let stored = files::find_xorbs(&mut self.commons.db.read().await?, &list).await?;
        let stored: BTreeSet<XetHash> = stored.into_iter().map(|xorb| xorb.hash).collect();
        let readable = Readable::of(self.commons, &self.grant.reader(), &wanted).await?;
        for term in terms() {
            // What is not stored and what is not theirs look alike, so that a shard is no oracle.
            if !stored.contains(&term.xorb) || !readable.covers(&term.xorb, &(term.start..term.end)) {
                return Err(Refusal::Invalid(format!(
                    "bad shard: chunks {}..{} of xorb {} were not sent; upload the xorb first (if your client \
                     believes it is here, its cache is of somebody else or of another time: set HF_XET_CACHE to an \
                     empty folder)",
                    term.start, term.end, term.xorb
                )));
            }
        }
        Ok(())
    }

    async fn index(&self, xorb: XetHash) -> Result<Arc<XorbIndex>> {
        if let Some(index) = self.commons.xorbs.cached(&xorb) {
            return Ok(index);
        }
        let source = self.shelf.find(xorb).await?;
        Ok(self.commons.xorbs.index(&source).await?)
    }

    /// Checks bounds, lengths, verification hashes and the file hash against our own indexes.
    async fn check_file(&self, file: &FileRecord) -> Result<Checked> {
        let bad = |why: String| Refusal::Invalid(format!("bad shard: file {}: {why}", file.hash));
        let sha256 = file.sha256.ok_or_else(|| bad("it carries no SHA-256".into()))?;
        let sums =
            file.verification.as_ref().ok_or_else(|| bad("it carries no verification hashes".into()))?;
        if sums.len() != file.terms.len() {
            return Err(bad("it has not one verification hash a term".into()));
        }
        let mut merkle = MerkleBuilder::default();
        let mut checked =
            Checked { hash: file.hash, sha256, bytes: 0, terms: Vec::new(), landmarks: Vec::new() };
        for (n, (term, sum)) in file.terms.iter().zip(sums).enumerate() {
            let index = self.index(term.xorb).await?;
            let chunks = index.chunks.get(term.start as usize..term.end as usize);
            let chunks = chunks.ok_or_else(|| bad(format!("term {n} lies outside its xorb")))?;
            let raw = index.raw_range(&(term.start..term.end)).map(|range| range.end - range.start);
            if raw != Some(term.raw_bytes) {
                return Err(bad(format!("term {n} has another length than its chunks")));
            }
            if range_hash(chunks.iter().map(|chunk| &chunk.hash)) != *sum {
                return Err(bad(format!("term {n} has a wrong verification hash")));
            }
            self.push_chunks(&mut checked, &mut merkle, &index, term.start..term.end);
            checked.bytes += u64::from(term.raw_bytes);
            let chunks = term.start..term.end;
            checked.terms.push(TermRun { xorb: term.xorb, chunks, raw_bytes: term.raw_bytes });
        }
        if checked.bytes > limits::FILE_BYTES_MAX {
            return Err(bad(format!("a file may have {} bytes", limits::FILE_BYTES_MAX)));
        }
        if merkle.file_hash() != file.hash {
            return Err(bad("its chunks make another file hash".into()));
        }
        Ok(checked)
    }

    /// Adds a run's chunks to the file's hash, and remembers landmarks of xorbs that came with this shard.
    fn push_chunks(
        &self,
        checked: &mut Checked,
        merkle: &mut MerkleBuilder,
        index: &XorbIndex,
        chunks: std::ops::Range<u32>,
    ) {
        let brought = self.brought.contains(&index.hash);
        let first_of_file = checked.terms.is_empty();
        for n in chunks.clone() {
            let Some(chunk) = index.chunks.get(n as usize) else {
                continue;
            };
            let len = index.raw_range(&(n..n + 1)).map_or(0, |range| range.end - range.start);
            merkle.push(chunk.hash, u64::from(len));
            let first = first_of_file && n == chunks.start;
            if brought && (first || is_landmark(&chunk.hash)) {
                checked.landmarks.push((chunk.hash, index.hash, n));
            }
        }
    }

    /// Streams the file from the store and compares its SHA-256 with the claim. A file that is known was hashed once.
    async fn check_sha256(&self, file: &Checked, progress: impl Fn(u64)) -> Result<()> {
        let known = files::find_file(&mut self.commons.db.read().await?, &file.hash).await?;
        let sum = match known {
            Some(known) => known.sha256,
            None => self.sha256(file, progress).await?,
        };
        if sum != file.sha256 {
            let claim = file.sha256;
            return Err(Refusal::Invalid(format!(
                "bad shard: file {} hashes to {sum}, not {claim}",
                file.hash
            )));
        }
        Ok(())
    }

    async fn sha256(&self, file: &Checked, progress: impl Fn(u64)) -> Result<Sha256> {
        let store = self.commons.xorbs.clone();
        let stream = rebuild(store, self.shelf.clone(), file.terms.clone(), 0..file.bytes);
        let mut stream = std::pin::pin!(stream);
        let mut hasher = sha2::Sha256::new();
        let mut done = 0;
        while let Some(piece) = stream.next().await {
            let piece = piece?;
            done += piece.len() as u64;
            hasher = Offload::run(move || {
                hasher.update(&piece);
                hasher
            })
            .await?;
            progress(done);
        }
        Ok(Sha256(hasher.finalize().into()))
    }

    /// The one transaction: files, who sent them where, landmarks.
    async fn record(&self, mut files_checked: Vec<Checked>) -> Result<()> {
        let sender = self.grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
        let (repo, now) = (&self.grant.repo().id, self.commons.now());
        // In the order of their hashes, so that two writers never wait for each other in a circle.
        files_checked.sort_by_key(|file| file.hash);
        let mut tx = self.commons.db.write().await?;
        self.grant.confirm(&mut tx, now).await?;
        let mut landmarks = BTreeMap::new();
        for checked in files_checked {
            let file = File { hash: checked.hash, sha256: checked.sha256, bytes: checked.bytes as i64 };
            files::put_file(&mut tx, &file, &term_rows(&checked.terms), now).await?;
            files::put_sent(&mut tx, repo, &checked.hash, &sender.member, now).await?;
            landmarks.extend(checked.landmarks.into_iter().map(|mark| ((mark.0, mark.1), mark)));
        }
        let landmarks: Vec<_> = landmarks.into_values().collect();
        files::put_chunks(&mut tx, &landmarks).await?;
        Ok(tx.commit().await?)
    }
}
