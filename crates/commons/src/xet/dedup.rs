//! Answers to "is this chunk stored?": a small shard of xorbs that hold it and what follows, told only to those who may
//! read them, their chunk hashes under a key.

use std::collections::BTreeSet;

use seedcorn_content::xet::hash::keyed;
use seedcorn_content::xet::shard::{XorbRecord, render_dedup_answer};
use seedcorn_content::xet::store::Catalog;
use seedcorn_core::digest::XetHash;
use seedcorn_core::time::Time;
use seedcorn_db::files;

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
    let readable = Readable::of(commons, &grant.reader(), &wanted).await?;
    let epoch = commons.now().secs() / EPOCH_SECS;
    let key = *blake3::keyed_hash(commons.seals.dedup.key(), &epoch.to_le_bytes()).as_bytes();
    let shelf = commons.shelf.clone();
    let mut records = Vec::with_capacity(xorbs.len());
    for xorb in xorbs {
        let index = commons.xorbs.index(&shelf.find(xorb).await?).await?;
        let mut record = XorbRecord::from_index(&index);
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
    Ok(render_dedup_answer(&records, key, created, expiry))
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
