//! The log as others read it: its checkpoint and files, entries, and proofs.

use bytes::Bytes;
use seedcorn_content::DepotError;
use seedcorn_core::log::{self, Event, Proof, Quorum, Tile, Tiles, inclusion_ranges};
use seedcorn_core::note::VerifierKey;
use seedcorn_core::time::{self, Time};
use seedcorn_db::log as rows;

use super::keep::{Place, fetch};
use super::witness::quorum_of;
use crate::access::{Grant, See};
use crate::objects::resolve;
use crate::{Commons, Refusal, Result};

/// What checks this log's signatures.
pub fn key(commons: &Commons) -> VerifierKey {
    commons.log.key.verifier()
}

/// What names this log.
pub fn origin(commons: &Commons) -> String {
    key(commons).name().to_owned()
}

/// How far the log is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// Entries in the checkpoint that is shown.
    pub size: u64,
    /// Its root.
    pub root: String,
    /// When it was signed.
    pub at: Option<Time>,
    /// What happened and is not in it yet.
    pub waiting: u64,
    /// Why the log does not go on; empty if it does.
    pub held: String,
}

/// How far the log is.
pub async fn standing(commons: &Commons) -> Result<Standing> {
    let mut tx = commons.db.look().await?;
    let state = rows::state(&mut tx).await?.ok_or_else(not_begun)?;
    let signed = rows::signed(&mut tx, state.published).await?;
    let unnumbered = rows::unnumbered(&mut tx).await?;
    Ok(Standing {
        size: u64::try_from(state.published).unwrap_or_default(),
        root: signed.as_ref().map(|signed| signed.root.clone()).unwrap_or_default(),
        at: signed.map(|signed| signed.at),
        waiting: u64::try_from(unnumbered + state.numbered - state.published).unwrap_or_default(),
        held: state.held,
    })
}

fn not_begun() -> Refusal {
    Refusal::NotFound("the log has no checkpoint yet: nothing was published".into())
}

/// The checkpoint that is shown: a note with the log's signature and those of witnesses.
///
/// # Errors
/// `NotFound` before there is one.
pub async fn checkpoint(commons: &Commons) -> Result<String> {
    let mut tx = commons.db.look().await?;
    let state = rows::state(&mut tx).await?.ok_or_else(not_begun)?;
    let signed = rows::signed(&mut tx, state.published).await?.ok_or_else(not_begun)?;
    Ok(format!("{}{}", signed.note, signed.cosigned))
}

/// A file of the log by its path: a tile, or a bundle of entries; only those that the checkpoint covers.
///
/// # Errors
/// `NotFound` for what is none, or not there.
pub async fn file(commons: &Commons, path: &str) -> Result<Bytes> {
    let state = rows::state(&mut commons.db.look().await?).await?;
    stored(commons, &Place::Own, state.map_or(0, |state| state.published), path).await
}

/// A file of a log of so many entries, by its path.
pub(super) async fn stored(commons: &Commons, place: &Place, size: i64, path: &str) -> Result<Bytes> {
    let none = || Refusal::NotFound(format!("the log has no file {path:?}"));
    let tile: Tile = path.parse().map_err(|_| none())?;
    if !tile.is_within(u64::try_from(size).map_err(Refusal::broken)?) {
        return Err(none());
    }
    match commons.depot.get(&place.key(path.to_owned())).await {
        Err(DepotError::Missing(_)) if !tile.is_full() => beginning(commons, place, path, tile).await,
        Err(DepotError::Missing(_)) => Err(none()),
        found => Ok(found?),
    }
}

/// A partial file that was swept, or was never stored because the log grew by more: the full one begins with it.
async fn beginning(commons: &Commons, place: &Place, path: &str, tile: Tile) -> Result<Bytes> {
    let none = || Refusal::NotFound(format!("the log has no file {path:?}"));
    let full = Tile { width: Tile::FULL, ..tile };
    let is_bundle = path.starts_with("tile/entries/");
    let whole = if is_bundle { full.bundle_path() } else { full.to_string() };
    let bytes = match commons.depot.get(&place.key(whole)).await {
        Err(DepotError::Missing(_)) => return Err(none()),
        found => found?,
    };
    let width = usize::from(tile.width);
    let end = match is_bundle {
        true => log::entries(&bytes).and_then(|all| {
            // Each entry stands behind its length in two bytes.
            Some(all.get(..width)?.iter().map(|entry| entry.len() + 2).sum())
        }),
        false => Some(32 * width).filter(|end| *end <= bytes.len()),
    };
    end.map(|end| bytes.slice(..end)).ok_or_else(none)
}

/// An entry as it stands in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Logged {
    /// Its number, once it has one.
    pub index: Option<u64>,
    /// What it says.
    pub event: Event,
    /// Its bytes.
    pub entry: String,
}

impl Logged {
    /// When it happened.
    pub fn at(&self) -> Option<Time> {
        time::moment(&self.event.time)
    }
}

fn logged(row: rows::Entry) -> Result<Logged> {
    let event = Event::read(row.entry.as_bytes()).map_err(Refusal::broken)?;
    Ok(Logged { index: row.idx.and_then(|idx| u64::try_from(idx).ok()), event, entry: row.entry })
}

/// What was logged of a repo before a place in its chain, the newest first, so much at most.
pub async fn events(
    commons: &Commons,
    grant: &Grant<See>,
    before: Option<u64>,
    limit: usize,
) -> Result<Vec<Logged>> {
    let before = before.and_then(|place| i64::try_from(place).ok()).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut tx = commons.db.look().await?;
    let rows = rows::of_subject(&mut tx, grant.repo().id.as_str(), before, limit).await?;
    rows.into_iter().map(logged).collect()
}

/// Entries before a number, the newest first, so many at most.
pub async fn newest(commons: &Commons, before: Option<u64>, limit: usize) -> Result<Vec<Logged>> {
    let before = before.and_then(|idx| i64::try_from(idx).ok()).unwrap_or(i64::MAX);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = rows::newest(&mut commons.db.look().await?, before, limit).await?;
    rows.into_iter().map(logged).collect()
}

/// What was logged last of a commit of a repo, as far as the checkpoint covers it, else at all; none if that was never the head of a branch while everybody could see it.
pub(super) async fn revision(commons: &Commons, grant: &Grant<See>, oid: &str) -> Result<Option<Logged>> {
    let mut tx = commons.db.look().await?;
    let published = rows::state(&mut tx).await?.map_or(0, |state| state.published);
    let row = rows::about(&mut tx, grant.repo().id.as_str(), oid, published).await?;
    row.map(logged).transpose()
}

/// Where a revision stands in the log.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Placed {
    /// When it happened.
    pub at: Option<Time>,
    /// Its number, once the checkpoint that is shown covers it.
    pub index: Option<u64>,
    /// Who saw that checkpoint.
    pub quorum: Quorum,
}

/// Where a commit of a repo stands in the log; none if it was never the head of a branch while everybody could see it.
pub async fn placed(commons: &Commons, grant: &Grant<See>, oid: &str) -> Result<Option<Placed>> {
    let mut tx = commons.db.look().await?;
    let published = rows::state(&mut tx).await?.map_or(0, |state| state.published);
    let found = rows::about(&mut tx, grant.repo().id.as_str(), oid, published).await?;
    let Some(row) = found else { return Ok(None) };
    let index = row.idx.filter(|index| *index < published).and_then(|index| u64::try_from(index).ok());
    let quorum = quorum_of(commons, rows::signed(&mut tx, published).await?.as_ref())?;
    Ok(Some(Placed { at: logged(row)?.at(), index, quorum }))
}

/// The proof that a revision was logged, by what names it.
///
/// # Errors
/// `NoRevision` if there is none; `NotFound` if it was never the head of a branch while everybody could see it, or the checkpoint does
/// not cover it yet.
pub async fn prove_revision(commons: &Commons, grant: &Grant<See>, rev: &str) -> Result<Proof> {
    let commit = resolve(&mut commons.db.look().await?, &grant.repo().id, rev).await?;
    let logged = revision(commons, grant, &commit.oid.to_string()).await?;
    let none = || {
        Refusal::NotFound(format!(
            "the commit {} was not logged: it was never the head of a branch while everybody could see it",
            commit.oid
        ))
    };
    let logged = logged.ok_or_else(none)?;
    let waits = || Refusal::NotFound("it was logged a moment ago: the next checkpoint will cover it".into());
    prove(commons, logged.index.ok_or_else(waits)?).await
}

/// The proof that an entry is in the log as the checkpoint has it.
///
/// # Errors
/// `NotFound` if there is no such entry, or the checkpoint does not cover it yet.
pub async fn prove(commons: &Commons, index: u64) -> Result<Proof> {
    let none = || Refusal::NotFound(format!("the log has no entry {index} that its checkpoint covers"));
    let mut tx = commons.db.look().await?;
    let state = rows::state(&mut tx).await?.ok_or_else(none)?;
    let size = u64::try_from(state.published).map_err(Refusal::broken)?;
    if index >= size {
        return Err(none());
    }
    let row = rows::entry(&mut tx, i64::try_from(index).map_err(Refusal::broken)?).await?.ok_or_else(none)?;
    let signed = rows::signed(&mut tx, state.published).await?.ok_or_else(none)?;
    drop(tx);
    let ranges = inclusion_ranges(index, size);
    let mut tiles = Tiles::of(size);
    for tile in tiles.wanted(&ranges) {
        fetch(commons, &Place::Own, &mut tiles, tile).await?;
    }
    let hashes = tiles.proof(&ranges).ok_or_else(none)?;
    let checkpoint = format!("{}{}", signed.note, signed.cosigned);
    Ok(Proof { entry: row.entry.into_bytes(), index, hashes, checkpoint })
}
