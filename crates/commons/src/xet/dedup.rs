//! Answers to "is this chunk stored?": a small shard of xorbs that hold it and what follows, told only to those who may
//! read them, their chunk hashes under a key.

use std::collections::BTreeSet;
use std::ops::Range;

use seedcorn_content::xet::hash::keyed;
use seedcorn_content::xet::shard::{XorbRecord, render_dedup_answer};
use seedcorn_content::xet::store::Catalog;
use seedcorn_core::digest::XetHash;
use seedcorn_core::time::Time;
use seedcorn_db::files::{self, Reader, Run};
use seedcorn_db::told;

use super::reach::Readable;
use crate::access::{Grant, Propose};
use crate::{Commons, Refusal, Result};

/// Xorbs of one answer: about 2 GiB of what follows the chunk.
const XORBS_MAX: usize = 32;
/// Places looked at for one chunk.
const PLACES_MAX: usize = 8;
/// How long the same key serves: clients hash every chunk once a key, so there must be few.
const EPOCH_SECS: i64 = 7 * 24 * 3600;
/// How long an answer of an epoch may be used after it.
const GRACE_SECS: i64 = 14 * 24 * 3600;

/// A shard that tells where a chunk and what follows it are stored.
///
/// # Errors
/// `NotFound`, alike for what is not stored and what the asker may not read.
pub async fn dedup(commons: &Commons, grant: &Grant<Propose>, chunk: XetHash) -> Result<Vec<u8>> {
    let xorbs = following(commons, grant, chunk).await?;
    let wanted: BTreeSet<XetHash> = xorbs.iter().copied().collect();
    let reader = grant.reader();
    let readable = Readable::to_tell(commons, &reader, &wanted).await?;
    let epoch = commons.now().secs() / EPOCH_SECS;
    let key = *blake3::keyed_hash(commons.seals.dedup.key(), &epoch.to_le_bytes()).as_bytes();
    let shelf = commons.shelf.clone();
    let mut records = Vec::with_capacity(xorbs.len());
    let mut named = Vec::new();
    for xorb in xorbs {
        let index = commons.xorbs.index(&shelf.find(xorb).await?).await?;
        let mut record = XorbRecord::from_index(&index);
        named.extend(readable.lent(&xorb, record.chunks.len() as u32).map(|run| (xorb, run)));
        for (n, chunk) in record.chunks.iter_mut().enumerate() {
            let n = n as u32;
            if !readable.covers(&xorb, &(n..n + 1)) {
                // Its place must stay, since places are counted; its hash is not theirs to know.
                chunk.hash = keyed(&chunk.hash, commons.seals.dedup.key());
            }
        }
        records.push(record);
    }
    let created = Time::from_secs(epoch * EPOCH_SECS).secs().max(0) as u64;
    let expiry = created + (EPOCH_SECS + GRACE_SECS) as u64;
    remember(commons, &reader, named, Time::from_secs(expiry as i64)).await?;
    Ok(render_dedup_answer(&records, key, created, expiry))
}

/// Writes down what an answer names: its reader will refer to it without asking again, even after the repo it was read
/// from was made private or deleted. Whoever asks for much of one file is told the same again and again.
async fn remember(
    commons: &Commons,
    reader: &Reader,
    named: Vec<(XetHash, Range<u32>)>,
    until: Time,
) -> Result<()> {
    let xorbs: BTreeSet<XetHash> = named.iter().map(|(xorb, _)| *xorb).collect();
    let xorbs: Vec<XetHash> = xorbs.into_iter().collect();
    // Only what counts as long as this answer does; answers of an earlier epoch end sooner.
    let long = until.plus_secs(-1);
    let known = told::runs(&mut commons.db.read().await?, &xorbs, reader, long).await?;
    let known: BTreeSet<_> = known.into_iter().map(|run| (run.xorb, run.first, run.past)).collect();
    let fresh = named.into_iter().map(|(xorb, run)| (xorb, i64::from(run.start), i64::from(run.end)));
    let fresh: Vec<Run> = fresh
        .filter(|run| !known.contains(run))
        .map(|(xorb, first, past)| Run { xorb, first, past })
        .collect();
    if fresh.is_empty() {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    told::put(&mut tx, &fresh, reader, until).await?;
    Ok(tx.commit().await?)
}

/// The xorb that holds the chunk, and those that follow it in a file that the asker may read.
async fn following(commons: &Commons, grant: &Grant<Propose>, chunk: XetHash) -> Result<Vec<XetHash>> {
    let mut tx = commons.db.read().await?;
    let reader = grant.reader();
    for place in files::find_chunks(&mut tx, &[chunk]).await?.into_iter().take(PLACES_MAX) {
        let candidates = files::files_with_chunk(&mut tx, &place.xorb, place.n).await?;
        let hashes: Vec<XetHash> = candidates.iter().map(|(file, _)| *file).collect();
        let readable = files::readable_files(&mut tx, &hashes, &reader).await?;
        let Some((file, from)) = candidates.iter().find(|(file, _)| readable.contains(file)) else {
            continue;
        };
        let mut xorbs: Vec<XetHash> = Vec::new();
        for term in files::terms(&mut tx, file).await? {
            if term.n >= *from && !xorbs.contains(&term.xorb) {
                xorbs.push(term.xorb);
            }
            if xorbs.len() >= XORBS_MAX {
                break;
            }
        }
        return Ok(xorbs);
    }
    Err(Refusal::NotFound("chunk not found".into()))
}
