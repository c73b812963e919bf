//! The rule that keeps a log from having two pasts: what was signed is never forgotten. A hub whose database was put back to an earlier
//! state does not go on with its log before it knows again what the log's files say.

use std::collections::BTreeMap;

use futures_util::TryStreamExt;
use seedcorn_content::Key;
use seedcorn_core::log::{self, Event, Happened, Tile, after};
use seedcorn_core::time;
use seedcorn_db::log::{self as rows, Known};
use seedcorn_db::repos;

use super::draft::of_all;
use super::keep::state;
use crate::{Commons, Refusal, Result, dice};

/// Why a log does not go on.
const BEHIND: &str = "the log's files have more entries than the database knows: an earlier state of it was restored. Run `seedcorn log recover`";

/// Looks once whether the log's files have more than the database; then it does not go on.
pub(super) async fn check(commons: &Commons) -> Result<()> {
    let before = state(commons).await?.numbered;
    let stored = stored(commons, before).await?;
    // Another process may have gone on while the files were looked at: what it stored it numbered before.
    if stored > before && stored > state(commons).await?.numbered {
        hold(commons, BEHIND).await?;
    }
    Ok(())
}

/// Keeps the log from going on, and says why.
async fn hold(commons: &Commons, why: &str) -> Result<()> {
    tracing::error!(why, "the transparency log does not go on");
    let mut tx = commons.db.write().await?;
    rows::hold(&mut tx, why).await?;
    Ok(tx.commit().await?)
}

/// How many entries the files have, if they are more than so many; else so many.
async fn stored(commons: &Commons, known: i64) -> Result<i64> {
    let mut size = u64::try_from(known).map_err(Refusal::broken)?;
    loop {
        let tile = Tile { level: 0, index: size / log::BUNDLE, width: Tile::FULL };
        if commons.depot.size(&Key::Log(tile.bundle_path())).await?.is_none() {
            break;
        }
        size = (tile.index + 1) * log::BUNDLE;
    }
    let last = Tile { level: 0, index: size / log::BUNDLE, width: Tile::FULL };
    let folder = format!("{}/{}.p", Key::LOG, last.bundle_path());
    let paths: Vec<String> = commons.depot.list(&folder).map_ok(|(path, _)| path).try_collect().await?;
    let widths = paths.iter().filter_map(|path| path.rsplit('/').next()?.parse::<u64>().ok());
    let widest = widths.max().unwrap_or_default();
    i64::try_from(size.max(last.index * log::BUNDLE + widest)).map_err(Refusal::broken)
}

/// What was taken back.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Recovered {
    /// Entries of the files that the database did not know.
    pub entries: u64,
    /// Public works of which the log said another thing than is so: it is logged now.
    pub works: u64,
}

/// Takes entries back from the log's files, and logs what the hub says now where that is another thing than its log says. Nothing else
/// of what was lost comes back.
///
/// # Errors
/// What the files are, if they are not what was signed.
pub async fn recover(commons: &Commons) -> Result<Recovered> {
    let mut tx = commons.db.write().await?;
    rows::lock(&mut tx).await?;
    let state =
        rows::state(&mut tx).await?.ok_or_else(|| Refusal::NotFound("the log has not begun".into()))?;
    drop(tx);
    if !state.held.is_empty() && state.held != BEHIND {
        return Err(Refusal::Conflict(format!(
            "the log is held for another reason, which this does not mend: {}",
            state.held
        )));
    }
    let size = stored(commons, state.numbered).await?;
    let known = read(commons, state.numbered, size).await?;
    let mut tx = commons.db.write().await?;
    rows::lock(&mut tx).await?;
    let mut subjects: BTreeMap<&str, i64> = BTreeMap::new();
    for one in &known {
        *subjects.entry(&one.subject).or_default() += 1;
    }
    for (subject, places) in subjects {
        rows::make_room(&mut tx, subject, places).await?;
    }
    for one in &known {
        rows::take_back(&mut tx, one).await?;
    }
    rows::set_numbered(&mut tx, size).await?;
    rows::hold(&mut tx, "").await?;
    tx.commit().await?;
    *commons.log.edge.lock().await = None;
    // What happened since the database was put back is logged before the two are compared.
    while super::turn(commons).await? {}
    let works = reconcile(commons).await?;
    Ok(Recovered { entries: known.len() as u64, works })
}

/// Entries from their bundles, whole or partial.
async fn read(commons: &Commons, from: i64, size: i64) -> Result<Vec<Known>> {
    let (mut next, size) =
        (u64::try_from(from).map_err(Refusal::broken)?, u64::try_from(size).map_err(Refusal::broken)?);
    let mut known = Vec::new();
    while next < size {
        let first = next / log::BUNDLE * log::BUNDLE;
        let width = (size - first).min(log::BUNDLE);
        let tile = Tile { level: 0, index: next / log::BUNDLE, width: width as u16 };
        let bundle = commons.depot.get(&Key::Log(tile.bundle_path())).await?;
        let damaged = || Refusal::Broken(anyhow::anyhow!("the bundle {} is damaged", tile.bundle_path()));
        let entries = log::entries(&bundle).filter(|all| all.len() as u64 == width).ok_or_else(damaged)?;
        for entry in &entries[(next - first) as usize..] {
            known.push(taken_back(commons, next, entry)?);
            next += 1;
        }
    }
    Ok(known)
}

fn taken_back(commons: &Commons, index: u64, entry: &[u8]) -> Result<Known> {
    let event = Event::read(entry).map_err(Refusal::broken)?;
    let about = match event.happened {
        Happened::Revision => event.data["commit"].as_str().unwrap_or_default().to_owned(),
        _ => String::new(),
    };
    Ok(Known {
        id: dice::id(),
        idx: i64::try_from(index).map_err(Refusal::broken)?,
        place: i64::try_from(event.place).map_err(Refusal::broken)?,
        about,
        created: time::moment(&event.time).unwrap_or_else(|| commons.now()),
        hash: after(&event, entry).1.to_string(),
        entry: String::from_utf8_lossy(entry).into_owned(),
        subject: event.subject.id,
    })
}

/// Logs of public works what the log does not say of them.
async fn reconcile(commons: &Commons) -> Result<u64> {
    let (mut works, mut behind) = (0, String::new());
    loop {
        let ids = repos::list_public_ids(&mut commons.db.look().await?, &behind, PAGE).await?;
        let Some(last) = ids.last() else { return Ok(works) };
        behind = last.0.clone();
        for id in &ids {
            let mut tx = commons.db.write().await?;
            repos::lock(&mut tx, id).await?;
            if of_all(commons, &mut tx, id).await? > 0 {
                tx.commit().await?;
                works += 1;
            }
        }
    }
}

/// Works that are looked at in one go.
const PAGE: i64 = 200;
