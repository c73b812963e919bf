//! Entries of drafts, numbers for entries, the tree over them, and its signed root.

use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use seedcorn_content::{DepotError, Key};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::log::{
    self, Checkpoint, Edge, Event, Happened, Hash, Quorum, Tile, Tiles, Written, consistency_ranges,
    leaf_hash, verify_consistency,
};
use seedcorn_db::log::{self as rows, Draft, Signed, State};
use serde_json::Value;

use super::draft::Said;
use super::{manifest, recover};
use crate::{Commons, Refusal, Result};

/// Waits until there may be something to do: something was drafted in this process, or some time has passed.
pub async fn wait(commons: &Commons) {
    let patience = Duration::from_secs(limits::LOG_LOOK_SECS);
    let _ = tokio::time::timeout(patience, commons.log.wake.notified()).await;
}

/// Does all that there is to do: drafts become entries, entries are built into the tree, its root is signed and shown. Tells
/// whether there was anything.
///
/// # Errors
/// What keeps it from going on; it is tried again.
pub async fn turn(commons: &Commons) -> Result<bool> {
    if !commons.log.checked.load(Ordering::Acquire) {
        recover::check(commons).await?;
        commons.log.checked.store(true, Ordering::Release);
    }
    // What happens meanwhile is drafted all the same.
    if !state(commons).await?.held.is_empty() {
        return Ok(false);
    }
    let mut done = false;
    while finish_drafts(commons).await? {
        done = true;
    }
    while integrate(commons).await? {
        done = true;
    }
    Ok(done)
}

pub(super) async fn state(commons: &Commons) -> Result<State> {
    let state = rows::state(&mut commons.db.look().await?).await?;
    state.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("the log has not begun")))
}

/// Makes entries of drafts, and numbers them.
async fn finish_drafts(commons: &Commons) -> Result<bool> {
    let drafts = rows::drafts(&mut commons.db.look().await?, limits::LOG_BATCH).await?;
    let mut whole = Vec::new();
    for draft in drafts {
        // What cannot be told keeps nobody else's entry waiting.
        if let Some(said) = said(commons, &draft).await {
            whole.push((draft, said));
        }
    }
    let mut tx = commons.db.write().await?;
    rows::lock(&mut tx).await?;
    for (draft, said) in whole.iter() {
        finish(&mut tx, draft, said).await?;
    }
    let before = rows::state(&mut tx).await?.map_or(0, |state| state.numbered);
    let numbered = rows::number(&mut tx, limits::LOG_BATCH).await?;
    tx.commit().await?;
    Ok(numbered > before)
}

/// What a draft says, of a revision with what it is made of; none where that cannot be told yet. Of what cannot be read for an hour it is
/// logged that it happened, without that.
async fn said(commons: &Commons, draft: &Draft) -> Option<Said> {
    let mut said: Said = match serde_json::from_str(&draft.draft) {
        Ok(said) => said,
        Err(error) => {
            tracing::error!(draft.id, %error, "a draft of the log cannot be read");
            return None;
        }
    };
    if said.happened != Happened::Revision {
        return Some(said);
    }
    match manifest::told(commons, &RepoId(draft.subject.clone()), &draft.about).await {
        Ok(told) => {
            if let (Value::Object(data), Some(Value::Object(told))) = (&mut said.data, told) {
                data.extend(told);
            }
            Some(said)
        }
        Err(error) => {
            let (subject, commit) = (&draft.subject, &draft.about);
            tracing::error!(subject, commit, %error, "what a revision is made of cannot be read for the log");
            let is_late = draft.created.plus_secs(limits::LOG_PATIENCE_SECS) < commons.now();
            is_late.then_some(said)
        }
    }
}

/// Makes the entry of one draft; nothing where the one before it in its chain is not made yet.
async fn finish(tx: &mut seedcorn_db::Tx, draft: &Draft, said: &Said) -> Result<()> {
    let before = match draft.place {
        0 => None,
        place => {
            let Some(hash) = rows::hash(tx, &draft.subject, place - 1).await? else { return Ok(()) };
            let hash: Hash = hash.parse().map_err(Refusal::broken)?;
            Some((u64::try_from(place - 1).map_err(Refusal::broken)?, hash))
        }
    };
    let Said { happened, subject, actor, data } = said;
    let what = (*happened, data.clone());
    let event = Event::following(before, what, subject.clone(), actor.clone(), draft.created);
    let entry = event.bytes().map_err(Refusal::broken)?;
    let hash = leaf_hash(&entry).to_string();
    let entry = String::from_utf8(entry).map_err(Refusal::broken)?;
    Ok(rows::finish(tx, &draft.id, (&entry, &hash)).await?)
}

/// Builds entries that have a number into the tree, stores its files, signs its root and shows it.
async fn integrate(commons: &Commons) -> Result<bool> {
    let state = state(commons).await?;
    if state.size >= state.numbered {
        return Ok(false);
    }
    let mut held = commons.log.edge.lock().await;
    let mut edge = match held.take().filter(|edge| is_at(edge, &state)) {
        Some(edge) => edge,
        None => read_edge(commons, &state).await?,
    };
    let entries = rows::entries(&mut commons.db.look().await?, state.size, limits::LOG_BATCH).await?;
    let written = edge.grow(entries.into_iter().map(String::into_bytes));
    let written =
        written.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("an entry of the log is too long")))?;
    let full = full_bundles(written.iter().map(|file| file.path.as_str()));
    store(commons, written).await?;
    seal(commons, &state, &edge).await?;
    *held = Some(edge);
    drop(held);
    sweep(commons, &Place::Own, &full).await;
    Ok(true)
}

fn is_at(edge: &Edge, state: &State) -> bool {
    i64::try_from(edge.size()) == Ok(state.size) && edge.root().to_string() == state.root
}

/// The edge of the tree from what is stored.
async fn read_edge(commons: &Commons, state: &State) -> Result<Edge> {
    let size = u64::try_from(state.size).map_err(Refusal::broken)?;
    let edge = stored_edge(commons, &Place::Own, size).await?.filter(|edge| is_at(edge, state));
    edge.ok_or_else(|| damaged("the right edge of the tree"))
}

/// Whose files are meant: of this log, or of one of others that is kept here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Place {
    Own,
    /// By the SHA-256 of what names it.
    Mirror(String),
}

impl Place {
    /// Where a file is, by its path below the log's address.
    pub(super) fn key(&self, path: String) -> Key {
        match self {
            Place::Own => Key::Log(path),
            Place::Mirror(name) => Key::Mirror(format!("{name}/{path}")),
        }
    }
}

/// The right edge of a tree of so many entries from its files; none where they do not fit.
pub(super) async fn stored_edge(commons: &Commons, place: &Place, size: u64) -> Result<Option<Edge>> {
    let mut tiles = Tiles::of(size);
    let mut entries = Vec::new();
    for tile in Tile::partial(size) {
        fetch(commons, place, &mut tiles, tile).await?;
        if tile.level == 0 {
            let bundle = commons.depot.get(&place.key(tile.bundle_path())).await?;
            let read = log::entries(&bundle).ok_or_else(|| damaged(&tile.bundle_path()))?;
            entries = read.into_iter().map(<[u8]>::to_vec).collect();
        }
    }
    Ok(Edge::read(size, &tiles, entries))
}

fn damaged(what: &str) -> Refusal {
    Refusal::Broken(anyhow::anyhow!("the stored log is not what was signed: {what}"))
}

/// Adds a tile as it is stored; where the partial one is swept, the beginning of the full one.
pub(super) async fn fetch(commons: &Commons, place: &Place, tiles: &mut Tiles, tile: Tile) -> Result<()> {
    let bytes = match commons.depot.get(&place.key(tile.to_string())).await {
        Err(DepotError::Missing(_)) if !tile.is_full() => {
            let full = Tile { width: Tile::FULL, ..tile };
            let bytes = commons.depot.get(&place.key(full.to_string())).await?;
            bytes.slice(..bytes.len().min(32 * usize::from(tile.width)))
        }
        found => found?,
    };
    match tiles.add(tile, &bytes) {
        true => Ok(()),
        false => Err(damaged(&tile.to_string())),
    }
}

async fn store(commons: &Commons, written: Vec<Written>) -> Result<()> {
    let puts = written.into_iter().map(|file| async move {
        commons.depot.put_same(&Key::Log(file.path), Bytes::from(file.bytes)).await
    });
    stream::iter(puts).buffer_unordered(limits::LOG_FILES_AT_ONCE).try_collect::<Vec<()>>().await?;
    Ok(())
}

/// Moves the tree on, and signs its root if it goes on from what was signed before. Nobody sees a signature before it is kept.
async fn seal(commons: &Commons, state: &State, edge: &Edge) -> Result<()> {
    let checkpoint = Checkpoint { origin: state.origin.clone(), size: edge.size(), root: edge.root() };
    let before = rows::last_signed(&mut commons.db.look().await?).await?;
    if let Some(before) = before {
        goes_on(commons, &before, &checkpoint).await?;
    }
    let note = commons.log.key.sign(&checkpoint.text()).map_err(Refusal::broken)?;
    let size = i64::try_from(checkpoint.size).map_err(Refusal::broken)?;
    let root = checkpoint.root.to_string();
    let mut tx = commons.db.write().await?;
    if !rows::grow(&mut tx, state.size, (size, &root)).await? {
        // Another process did the same a moment ago, or more.
        return Ok(());
    }
    let signed = Signed { size, root: root.clone(), note, cosigned: String::new(), at: commons.now() };
    rows::put_signed(&mut tx, &signed).await?;
    let kept = rows::signed(&mut tx, size).await?;
    if kept.is_none_or(|kept| kept.root != root) {
        return Err(Refusal::Broken(anyhow::anyhow!(
            "a root of {size} entries was signed that is another: the log stops"
        )));
    }
    // With witnesses it is shown once enough of them saw it.
    if commons.log.policy.is_met(&Quorum::default()) {
        rows::publish(&mut tx, size).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Whether a tree goes on from what was signed before, as told by the files that are stored.
async fn goes_on(commons: &Commons, before: &Signed, checkpoint: &Checkpoint) -> Result<()> {
    let old = u64::try_from(before.size).map_err(Refusal::broken)?;
    let root: Hash = before.root.parse().map_err(Refusal::broken)?;
    let ranges = consistency_ranges(old, checkpoint.size);
    let mut tiles = Tiles::of(checkpoint.size);
    for tile in tiles.wanted(&ranges) {
        fetch(commons, &Place::Own, &mut tiles, tile).await?;
    }
    let proof = tiles.proof(&ranges).ok_or_else(|| damaged("a tile is missing"))?;
    match verify_consistency((old, root), checkpoint.tree(), &proof) {
        true => Ok(()),
        false => Err(damaged(&format!("it does not go on from {old} entries"))),
    }
}

/// The full bundles among files.
pub(super) fn full_bundles<'a>(paths: impl Iterator<Item = &'a str>) -> Vec<Tile> {
    paths.filter_map(|path| path.parse::<Tile>().ok()).filter(Tile::is_full).collect()
}

/// Removes partial files whose full ones are there: a tree that grows by single entries leaves many.
pub(super) async fn sweep(commons: &Commons, place: &Place, full: &[Tile]) {
    for tile in full {
        let mut folders = vec![format!("{tile}.p")];
        if tile.level == 0 {
            folders.push(format!("{}.p", tile.bundle_path()));
        }
        for folder in folders {
            let within = place.key(folder.clone()).path();
            let paths = commons.depot.list(&within).map_ok(|(path, _)| path).try_collect::<Vec<_>>().await;
            for path in paths.unwrap_or_default() {
                let width = path.strip_prefix(&within).map(|width| place.key(format!("{folder}{width}")));
                if let Some(key) = width {
                    // What cannot be removed now does no harm.
                    let _ = commons.depot.delete(&key).await;
                }
            }
        }
    }
}
