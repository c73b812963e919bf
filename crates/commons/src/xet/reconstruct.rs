//! From a file's hash to what a client has to fetch: runs of chunks, and a sealed address for each stretch of bytes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use seedcorn_content::xet::plan::{PlanError, plan};
use seedcorn_content::xet::shard;
use seedcorn_content::xet::store::Catalog;
use seedcorn_content::xet::xorb::XorbIndex;
use seedcorn_core::digest::XetHash;
use seedcorn_db::Tx;
use seedcorn_db::files::{self, Sent};

use super::Fetch;
use crate::access::{Grant, Read};
use crate::usage::Who;
use crate::{Commons, Refusal, Result};

/// A run of chunks of a file, in order.
#[derive(Debug)]
pub struct Term {
    /// The xorb.
    pub xorb: XetHash,
    /// Its bytes, decompressed.
    pub raw_bytes: u32,
    /// Its chunks.
    pub chunks: Range<u32>,
}

/// Bytes to fetch of a xorb.
#[derive(Debug)]
pub struct FetchUrl {
    /// The xorb.
    pub xorb: XetHash,
    /// The chunks in these bytes.
    pub chunks: Range<u32>,
    /// The bytes; the end is exclusive.
    pub bytes: Range<u64>,
    /// The sealed address.
    pub sealed: String,
}

/// How to rebuild a range of a file.
#[derive(Debug)]
pub struct Reconstruction {
    /// Bytes of the first run that lie before the range.
    pub offset_into_first_range: u64,
    /// The runs.
    pub terms: Vec<Term>,
    /// What to fetch.
    pub fetches: Vec<FetchUrl>,
}

/// Plans the rebuild of a file, or of bytes `range` of it, for one who may read it.
///
/// # Errors
/// `NotFound` for a file that does not exist or is not the reader's to read; `Range` past its end.
pub async fn reconstruct(
    commons: &Commons,
    grant: &Grant<Read>,
    who: &Who,
    file: XetHash,
    range: Option<Range<u64>>,
) -> Result<Reconstruction> {
    let mut tx = commons.db.look().await?;
    let missing = || Refusal::NotFound(format!("file {file} not found"));
    if !named_or_sent(&mut tx, grant, &file).await? {
        return Err(missing());
    }
    let terms = crate::pull::terms(&mut tx, &file).await?;
    let known = if commons.block_dangerous { files::find_file(&mut tx, &file).await? } else { None };
    drop(tx);
    if let Some(known) = known {
        crate::scan::may_give(commons, grant, &known.sha256.to_string(), None).await?;
    }
    let total: u64 = terms.iter().map(|term| u64::from(term.raw_bytes)).sum();
    let wanted = range.clone().unwrap_or(0..total);
    let indexes = indexes(commons, &terms, &wanted).await?;
    let terms: Vec<shard::Term> = terms
        .into_iter()
        .map(|term| shard::Term {
            xorb: term.xorb,
            raw_bytes: term.raw_bytes,
            start: term.chunks.start,
            end: term.chunks.end,
        })
        .collect();
    let planned = plan(&terms, range, |xorb| indexes.get(xorb).map(|index| &**index));
    let planned = planned.map_err(|why| match why {
        PlanError::OutOfRange { size, .. } => Refusal::Range(size),
        why => Refusal::broken(why),
    })?;
    let terms = planned.terms.into_iter().map(|term| Term {
        xorb: term.xorb,
        raw_bytes: term.raw_bytes,
        chunks: term.chunks,
    });
    let fetches = planned.fetches.into_iter().map(|fetch| FetchUrl {
        sealed: Fetch::seal(commons, fetch.xorb, fetch.bytes.clone(), (&grant.repo().id, who)),
        xorb: fetch.xorb,
        chunks: fetch.chunks,
        bytes: fetch.bytes,
    });
    Ok(Reconstruction {
        offset_into_first_range: planned.offset_into_first_range,
        terms: terms.collect(),
        fetches: fetches.collect(),
    })
}

/// Whether a commit of the repo names the file, or the asker sent it there.
async fn named_or_sent(tx: &mut Tx, grant: &Grant<Read>, file: &XetHash) -> Result<bool> {
    let repo = &grant.repo().id;
    if files::repo_has_file(tx, repo, file).await? {
        return Ok(true);
    }
    match grant.reader().sent {
        Sent::Nothing => Ok(false),
        Sent::By(member) | Sent::To(member, _) => Ok(files::sent_to(tx, repo, file, &member).await?),
    }
}

/// The indexes of the xorbs that a range needs.
async fn indexes(
    commons: &Commons,
    terms: &[seedcorn_content::xet::rebuild::TermRun],
    wanted: &Range<u64>,
) -> Result<BTreeMap<XetHash, Arc<XorbIndex>>> {
    let shelf = commons.shelf.clone();
    let mut found = BTreeMap::new();
    let mut start = 0;
    for term in terms {
        let end = start + u64::from(term.raw_bytes);
        if end > wanted.start && start < wanted.end && !found.contains_key(&term.xorb) {
            let index = match commons.xorbs.cached(&term.xorb) {
                Some(index) => index,
                None => commons.xorbs.index(&shelf.find(term.xorb).await?).await?,
            };
            found.insert(term.xorb, index);
        }
        start = end;
    }
    Ok(found)
}
