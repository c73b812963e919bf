//! Pull: from a name to bytes. HEAD and GET share everything but the body.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use seedcorn_content::git::Mode;
use seedcorn_content::xet::rebuild::{TermRun, rebuild};
use seedcorn_core::digest::{Oid, Sha256, XetHash};
use seedcorn_core::limits;
use seedcorn_db::git::{self, BlobFact, Commit};
use seedcorn_db::{Tx, files};

use crate::access::{Grant, Read};
use crate::browse::Entry;
use crate::objects::{Objects, resolve};
use crate::{Commons, Held, Refusal, Result};

/// A blob that was found and not read: whoever asks only how long a file is costs no inflating and no hash.
#[derive(Clone, Debug)]
pub struct Blob {
    objects: Box<Objects>,
    oid: Oid,
}

/// Where a file's bytes are.
#[derive(Clone, Debug)]
pub enum From {
    /// A blob of the repo.
    Blob(Blob),
    /// A stored file, in chunks.
    Chunks {
        /// Its Xet hash.
        xet: XetHash,
        /// Its SHA-256.
        sha256: Sha256,
    },
}

/// A file that was found.
#[derive(Clone, Debug)]
pub struct Located {
    /// The commit that the revision resolved to.
    pub commit: Commit,
    /// The blob (or the pointer) at the path.
    pub oid: Oid,
    /// The file's length.
    pub bytes: u64,
    /// Its bytes.
    pub from: From,
}

impl Located {
    /// What names the content: the blob's id, or a large file's SHA-256.
    pub fn etag(&self) -> String {
        match &self.from {
            From::Blob(_) => self.oid.to_string(),
            From::Chunks { sha256, .. } => sha256.to_string(),
        }
    }

    /// The file of an entry that was listed; `None` for a pointer to a file that is not there.
    pub(crate) fn of_entry(objects: &Objects, commit: &Commit, entry: &Entry) -> Option<Located> {
        let from = match &entry.large {
            Some(large) => From::Chunks { xet: large.xet?, sha256: large.sha256 },
            None => From::Blob(Blob { objects: Box::new(objects.clone()), oid: entry.oid }),
        };
        Some(Located { commit: commit.clone(), oid: entry.oid, bytes: entry.bytes, from })
    }
}

/// Finds a file. `follow` leads from a pointer to the file it names; without, the pointer itself is the file.
///
/// # Errors
/// `NoRevision`, or `NoEntry` with the commit that lacks the path.
pub async fn locate(
    commons: &Commons,
    grant: &Grant<Read>,
    revision: &str,
    path: &str,
    follow: bool,
) -> Result<Located> {
    let repo = &grant.repo().id;
    let commit = resolve(&mut commons.db.look().await?, repo, revision).await?;
    let objects = Objects::open(commons, repo).await?;
    let missing = || Refusal::NoEntry { message: "Entry not found".into(), commit: Some(commit.oid) };
    let entry = objects.entry(&commit.tree, path).await?.ok_or_else(missing)?;
    if matches!(entry.mode, Mode::Tree | Mode::Gitlink) {
        return Err(missing());
    }
    let mut tx = commons.db.look().await?;
    let fact = git::find_blob_facts(&mut tx, repo, &[entry.oid]).await?.pop();
    if let Some((sha256, bytes)) = fact.as_ref().and_then(BlobFact::file).filter(|_| follow) {
        let file = files::repo_files_by_sha256(&mut tx, repo, &[sha256]).await?.pop();
        let file =
            file.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("{path} points at {sha256}, which is lost")))?;
        let from = From::Chunks { xet: file.hash, sha256 };
        return Ok(Located { oid: entry.oid, commit, bytes, from });
    }
    drop(tx);
    let bytes = match fact.and_then(|fact| u64::try_from(fact.bytes).ok()) {
        Some(bytes) => bytes,
        None => objects.blob(&entry.oid).await?.len() as u64,
    };
    let blob = Blob { objects: Box::new(objects), oid: entry.oid };
    Ok(Located { oid: entry.oid, commit, bytes, from: From::Blob(blob) })
}

/// Finds a large file by its SHA-256, among those that commits of the repo name.
pub async fn locate_object(commons: &Commons, grant: &Grant<Read>, sha256: Sha256) -> Result<Located> {
    let repo = &grant.repo().id;
    let mut tx = commons.db.look().await?;
    let commit = resolve(&mut tx, repo, "HEAD").await?;
    let file = files::repo_files_by_sha256(&mut tx, repo, &[sha256]).await?.pop();
    let file = file.ok_or_else(|| Refusal::NotFound("the repository has no such object".into()))?;
    let bytes = u64::try_from(file.bytes).unwrap_or_default();
    Ok(Located { commit, oid: Oid::ZERO, bytes, from: From::Chunks { xet: file.hash, sha256 } })
}

/// The runs of chunks that make up a file.
pub(crate) async fn terms(tx: &mut Tx, file: &XetHash) -> Result<Vec<TermRun>> {
    let rows = files::terms(tx, file).await?;
    let run = |row: files::Term| {
        let chunks = u32::try_from(row.first).ok()?..u32::try_from(row.past).ok()?;
        Some(TermRun { xorb: row.xorb, chunks, raw_bytes: u32::try_from(row.raw_bytes).ok()? })
    };
    let runs: Option<Vec<TermRun>> = rows.into_iter().map(run).collect();
    runs.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("file {file} has terms out of bounds")))
}

/// Streams bytes of a file; the range lies within it.
pub async fn stream(
    commons: &Commons,
    located: &Located,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    match &located.from {
        From::Blob(blob) => {
            // Held until the last byte is taken: readers who are slow must not add up.
            let (bytes, held) = inflate(commons, blob, located.bytes).await?;
            if range.end > located.bytes || range.start > range.end {
                return Err(Refusal::Broken(anyhow::anyhow!("a range outside of blob {}", blob.oid)));
            }
            let patience = limits::STALLED_SECS + (range.end - range.start) / limits::BLOB_BYTES_PER_SEC_MIN;
            let range = range.start as usize..range.end as usize;
            let Some(held) = held else {
                return Ok(stream::once(async move { Ok(bytes.slice(range)) }).boxed());
            };
            let slice = limits::BLOB_SLICE_BYTES as usize;
            Ok(held.lend(bytes, range, slice, Duration::from_secs(patience)).boxed())
        }
        From::Chunks { xet, .. } => stream_file(commons, xet, range).await,
    }
}

/// All of a blob and the room it takes up; a short one takes none.
async fn inflate(commons: &Commons, blob: &Blob, len: u64) -> Result<(Bytes, Option<Held>)> {
    let held = match len {
        ..=limits::BLOB_SLICE_BYTES => None,
        more => Some(commons.blobs.hold(more).await?),
    };
    let bytes = blob.objects.blob(&blob.oid).await?;
    if bytes.len() as u64 != len {
        let (oid, has) = (blob.oid, bytes.len());
        return Err(Refusal::Broken(anyhow::anyhow!("blob {oid} has {has} bytes, not {len}")));
    }
    Ok((bytes, held))
}

/// All of a blob, counted among those in memory until the last slice of it is dropped.
pub(crate) async fn whole(commons: &Commons, blob: &Blob, len: u64) -> Result<Bytes> {
    let (bytes, held) = inflate(commons, blob, len).await?;
    Ok(match held {
        Some(held) => held.keep(bytes),
        None => bytes,
    })
}

/// The first bytes of a file, at most so many.
pub async fn beginning(commons: &Commons, located: &Located, most: u64) -> Result<Vec<u8>> {
    range(commons, located, 0..located.bytes.min(most)).await
}

/// Some bytes of a file, in memory; the range lies within it, and the caller answers for its length.
pub(crate) async fn range(commons: &Commons, located: &Located, range: Range<u64>) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut pieces = stream(commons, located, range).await?;
    while let Some(piece) = pieces.next().await {
        bytes.extend_from_slice(&piece?);
    }
    Ok(bytes)
}

/// Streams bytes of a stored file, whoever asks: the caller holds the grant.
pub(crate) async fn stream_file(
    commons: &Commons,
    file: &XetHash,
    range: Range<u64>,
) -> Result<BoxStream<'static, Result<Bytes>>> {
    let terms = terms(&mut commons.db.look().await?, file).await?;
    let shelf = Arc::new(commons.shelf.clone());
    let stream = rebuild(commons.xorbs.clone(), shelf, terms, range);
    Ok(stream.map(|piece| piece.map_err(Refusal::from)).boxed())
}
