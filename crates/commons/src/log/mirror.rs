//! Logs of others, kept here whole: whoever runs one cannot take it away, nor show another past to those who read it here. Files are taken
//! over only when all of them lead to a root that is signed.

use std::future::Future;

use bytes::Bytes;
use seedcorn_core::digest::Sha256;
use seedcorn_core::limits;
use seedcorn_core::log::{self, Checkpoint, Edge, Hash, Policy, Tile, Witness, Written};
use seedcorn_core::note::{Note, VerifierKey};
use seedcorn_db::log::{self as rows, Mirror};

use super::keep::{Place, full_bundles, stored_edge, sweep};
use super::read::stored;
use crate::{Commons, Refusal, Result};

/// A log of others that is to be kept here.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mirrored {
    /// The key by which it is checked; its name is the log's.
    pub key: VerifierKey,
    /// Where its files are.
    pub url: String,
}

/// Logs that are told.
const TOLD_MAX: i64 = 1_000;

/// What names the files of a log of others: the SHA-256 of its origin.
fn name_of(origin: &str) -> String {
    Sha256::of(origin).to_string()
}

/// The logs that are to be kept here.
pub fn mirrored(commons: &Commons) -> &[Mirrored] {
    &commons.log.mirrored
}

/// How far the logs of others are kept here.
pub async fn mirrors(commons: &Commons) -> Result<Vec<Mirror>> {
    Ok(rows::mirrors(&mut commons.db.look().await?, TOLD_MAX).await?)
}

/// The checkpoint of a log of others up to which it is kept here, by what names its files.
///
/// # Errors
/// `NotFound` for one that is not kept here.
pub async fn mirror_checkpoint(commons: &Commons, name: &str) -> Result<String> {
    Ok(kept(commons, name).await?.note)
}

/// A file of a log of others.
///
/// # Errors
/// `NotFound` for one that is not kept here, or has no such file.
pub async fn mirror_file(commons: &Commons, name: &str, path: &str) -> Result<Bytes> {
    let row = kept(commons, name).await?;
    stored(commons, &Place::Mirror(row.name), row.size, path).await
}

async fn kept(commons: &Commons, name: &str) -> Result<Mirror> {
    let found = rows::mirror(&mut commons.db.look().await?, name).await?;
    found.ok_or_else(|| Refusal::NotFound("no such log is kept here".into()))
}

/// Brings what is kept of a log up to date. `fetch` brings a file by its path below the log's address, up to so many bytes. Tells how many
/// entries are new; or why nothing was taken over: the log is another than it was, does not answer, or has no signature that holds.
///
/// # Errors
/// What is this hub's to mend.
pub async fn mirror<F, G>(
    commons: &Commons,
    of: &Mirrored,
    fetch: F,
) -> Result<std::result::Result<u64, String>>
where
    F: Fn(String, usize) -> G,
    G: Future<Output = std::result::Result<Vec<u8>, String>>,
{
    let origin = of.key.name().to_owned();
    let name = name_of(&origin);
    let row = rows::mirror(&mut commons.db.look().await?, &name).await?;
    let (size, root) = match &row {
        None => (0, Hash::empty()),
        Some(row) => {
            (u64::try_from(row.size).map_err(Refusal::broken)?, row.root.parse().map_err(Refusal::broken)?)
        }
    };
    let (text, checkpoint) = match checkpoint(of, &fetch).await {
        Ok(found) => found,
        Err(why) => return Ok(Err(why)),
    };
    if checkpoint.size < size || (checkpoint.size == size && checkpoint.root != root) {
        return Ok(Err(format!(
            "the log is at {} entries and was at {size}, with another past: it is kept as it was",
            checkpoint.size
        )));
    }
    let place = Place::Mirror(name.clone());
    let edge = stored_edge(commons, &place, size).await?.filter(|edge| edge.root() == root);
    let Some(mut edge) = edge else {
        return Ok(Err("what is kept of it is damaged: remove it from log_mirror to begin anew".into()));
    };
    // Nothing of it is taken over before all of it is known to lead to the root.
    let spool = tempfile::tempdir_in(&commons.scratch).map_err(Refusal::broken)?;
    let mut files: Vec<(String, std::path::PathBuf)> = Vec::new();
    while edge.size() < checkpoint.size {
        let written = match bundle(&mut edge, checkpoint.size, &fetch).await {
            Ok(written) => written,
            Err(why) => return Ok(Err(why)),
        };
        for Written { path, bytes } in written {
            let aside = spool.path().join(files.len().to_string());
            tokio::fs::write(&aside, bytes).await.map_err(Refusal::broken)?;
            files.push((path, aside));
        }
    }
    if edge.root() != checkpoint.root {
        return Ok(Err(format!(
            "its {} entries do not lead to the root that is signed: it is kept as it was",
            checkpoint.size
        )));
    }
    let full = full_bundles(files.iter().map(|(path, _)| path.as_str()));
    for (path, aside) in files {
        let bytes = tokio::fs::read(&aside).await.map_err(Refusal::broken)?;
        commons.depot.put_same(&place.key(path), Bytes::from(bytes)).await?;
    }
    let row = Mirror {
        origin,
        name,
        size: i64::try_from(checkpoint.size).map_err(Refusal::broken)?,
        root: checkpoint.root.to_string(),
        note: text,
        at: commons.now(),
    };
    let mut tx = commons.db.write().await?;
    rows::set_mirror(&mut tx, &row).await?;
    tx.commit().await?;
    sweep(commons, &place, &full).await;
    Ok(Ok(checkpoint.size - size))
}

/// What the log shows now, if its signature holds: its own lines and those of others are kept with it.
async fn checkpoint<F, G>(of: &Mirrored, fetch: &F) -> std::result::Result<(String, Checkpoint), String>
where
    F: Fn(String, usize) -> G,
    G: Future<Output = std::result::Result<Vec<u8>, String>>,
{
    let bytes = fetch("checkpoint".into(), limits::WITNESS_BYTES_MAX).await?;
    let text = String::from_utf8(bytes).map_err(|_| "its checkpoint is no text".to_owned())?;
    let note: Note = text.parse().map_err(|error| format!("its checkpoint: {error}"))?;
    let own = Witness { name: of.key.name().to_owned(), key: of.key.clone(), url: None };
    let (checkpoint, _) =
        Policy::of_logs(vec![own]).check(&note).map_err(|error| format!("its checkpoint: {error}"))?;
    Ok((text, checkpoint))
}

/// Takes the rest of the bundle in which the next entry is: the files that follow.
async fn bundle<F, G>(edge: &mut Edge, size: u64, fetch: &F) -> std::result::Result<Vec<Written>, String>
where
    F: Fn(String, usize) -> G,
    G: Future<Output = std::result::Result<Vec<u8>, String>>,
{
    let index = edge.size() / log::BUNDLE;
    let first = index * log::BUNDLE;
    let width = (size - first).min(log::BUNDLE);
    let path = Tile { level: 0, index, width: width as u16 }.bundle_path();
    let bytes = fetch(path.clone(), limits::LOG_BUNDLE_BYTES_MAX).await?;
    let entries = log::entries(&bytes).filter(|all| all.len() as u64 == width);
    let entries = entries.ok_or_else(|| format!("{path} has not the entries that it should have"))?;
    let new = entries.into_iter().skip((edge.size() - first) as usize).map(<[u8]>::to_vec);
    edge.grow(new).ok_or_else(|| format!("{path} has an entry that is too long"))
}
