//! Every file that is kept as chunks: its terms against the xorbs, and with `deep` its bytes against its hashes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::{StreamExt, stream};
use seedcorn_content::Offload;
use seedcorn_content::xet::hash::MerkleBuilder;
use seedcorn_content::xet::rebuild::{TermRun, rebuild};
use seedcorn_content::xet::store::Catalog;
use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_db::files::{self, File, Term, Xorb};
use seedcorn_db::repos;
use sha2::Digest;

use super::repo::title;
use super::unsound::{Unsound, settle};
use super::{Finding, Ledger, PAGE};
use crate::{Commons, Result};

/// Files in hand at once: reading one waits while another is hashed.
const AT_ONCE: usize = 4;
/// Repos named in one finding.
const REPOS_NAMED_MAX: i64 = 8;

/// Checks all files.
pub(super) async fn check(commons: &Commons, deep: bool, ledger: &mut Ledger<'_>) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = files::list_files(&mut commons.db.read().await?, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after = last.hash.to_string();
        let mut checked = stream::iter(page)
            .map(|row| async move { (look(commons, deep, &row).await, row) })
            .buffered(AT_ONCE);
        while let Some((looked, row)) = checked.next().await {
            ledger.summary.files += 1;
            if let Err(why) = settle(looked)? {
                ledger.add(finding(commons, &row, &why).await?);
            }
        }
    }
}

async fn finding(commons: &Commons, row: &File, why: &str) -> Result<Finding> {
    let mut tx = commons.db.read().await?;
    let hurt = repos::list_with_file(&mut tx, &row.hash, REPOS_NAMED_MAX).await?;
    let hurt: Vec<String> = hurt.iter().map(title).collect();
    let harm = match hurt.is_empty() {
        true => "no repo names it yet, but the hub counts it as received".to_owned(),
        false => format!("pulling it from {} fails or is cut short", hurt.join(", ")),
    };
    Ok(Finding::new(
        format!("file {} (SHA-256 {}, {} bytes): {why}", row.hash, row.sha256, row.bytes),
        harm,
        "restore the xorbs and rows it is made of from a backup",
    ))
}

async fn look(commons: &Commons, deep: bool, row: &File) -> Result<(), Unsound> {
    let mut tx = commons.db.read().await?;
    let terms = files::terms(&mut tx, &row.hash).await?;
    let xorbs: BTreeSet<XetHash> = terms.iter().map(|term| term.xorb).collect();
    let xorbs: Vec<XetHash> = xorbs.into_iter().collect();
    let xorbs = files::find_xorbs(&mut tx, &xorbs).await?;
    drop(tx);
    let xorbs: HashMap<XetHash, Xorb> = xorbs.into_iter().map(|xorb| (xorb.hash, xorb)).collect();
    let mut runs = Vec::with_capacity(terms.len());
    let mut bytes = 0_i64;
    for (n, term) in terms.iter().enumerate() {
        let xorb = xorbs.get(&term.xorb);
        let xorb = xorb
            .ok_or_else(|| Unsound::Bad(format!("term {n} lies in xorb {}, which has no row", term.xorb)))?;
        let run = run(n, term, xorb).ok_or_else(|| Unsound::Bad(misfit(n, term, xorb)))?;
        bytes = bytes.saturating_add(term.raw_bytes);
        runs.push(run);
    }
    if bytes != row.bytes {
        return Err(Unsound::Bad(format!("its terms make {bytes} bytes")));
    }
    if deep {
        xet_hash(commons, &row.hash, &runs).await?;
        sha256(commons, row, runs).await?;
    }
    Ok(())
}

/// The term as a run of chunks, if it is the `n`th and its xorb has those chunks.
fn run(n: usize, term: &Term, xorb: &Xorb) -> Option<TermRun> {
    let (first, past) = (u32::try_from(term.first).ok()?, u32::try_from(term.past).ok()?);
    let raw_bytes = u32::try_from(term.raw_bytes).ok()?;
    let fits = first < past && term.past <= xorb.chunks && term.raw_bytes <= xorb.raw_bytes;
    let next = i64::try_from(n) == Ok(term.n);
    (fits && next).then_some(TermRun { xorb: term.xorb, chunks: first..past, raw_bytes })
}

fn misfit(n: usize, term: &Term, xorb: &Xorb) -> String {
    let (at, first, past) = (term.n, term.first, term.past);
    let (name, chunks) = (xorb.hash, xorb.chunks);
    format!("term {n} has number {at} and chunks {first}..{past} of xorb {name}, which has {chunks} chunks")
}

/// The hash that the chunks of the terms make, by the footers of their xorbs.
async fn xet_hash(commons: &Commons, want: &XetHash, runs: &[TermRun]) -> Result<(), Unsound> {
    let shelf = commons.shelf.clone();
    let mut merkle = MerkleBuilder::default();
    for (n, run) in runs.iter().enumerate() {
        let index = match shelf.find(run.xorb).await {
            Ok(source) => commons.xorbs.index(&source).await,
            Err(error) => Err(error),
        };
        let index = match index {
            Ok(index) => index,
            Err(error) => return Err(Unsound::xet(commons, error).await),
        };
        let raw = index.raw_range(&run.chunks).map(|raw| raw.end - raw.start);
        if raw != Some(run.raw_bytes) {
            return Err(Unsound::Bad(format!("term {n} has another length than its chunks")));
        }
        let (first, count) = (run.chunks.start as usize, run.chunks.len());
        for (hash, len) in index.sized_chunks().skip(first).take(count) {
            merkle.push(hash, u64::from(len));
        }
    }
    let made = merkle.file_hash();
    if made == *want { Ok(()) } else { Err(Unsound::Bad(format!("its chunks make file {made}"))) }
}

/// Rebuilds the file as for a reader.
async fn sha256(commons: &Commons, row: &File, runs: Vec<TermRun>) -> Result<(), Unsound> {
    let bytes = u64::try_from(row.bytes).map_err(Unsound::bad)?;
    let shelf = Arc::new(commons.shelf.clone());
    let mut pieces = Box::pin(rebuild(commons.xorbs.clone(), shelf, runs, 0..bytes));
    let mut hasher = sha2::Sha256::new();
    while let Some(piece) = pieces.next().await {
        let piece = match piece {
            Ok(piece) => piece,
            Err(error) => return Err(Unsound::xet(commons, error).await),
        };
        hasher = Offload::run(move || {
            hasher.update(&piece);
            hasher
        })
        .await?;
    }
    let made = Sha256(hasher.finalize().into());
    if made == row.sha256 { Ok(()) } else { Err(Unsound::Bad(format!("its bytes hash to {made}"))) }
}
