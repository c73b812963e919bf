//! What names the bytes of a data set: the chunks that its files are stored in, told by the store's own indexes and read from no byte
//! of them; of small files, the blob.

use std::collections::BTreeMap;

use seedcorn_content::xet::store::Catalog;
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::usage::is_content;

use crate::browse::Entry;
use crate::{Commons, Result, pull};

/// Hexadecimal digits of a hash that name a chunk.
const DIGITS: usize = 32;

/// The marks of a revision of a data set, each with its bytes. Of one that has too many those with the least hashes stay: of the same
/// bytes everywhere the same.
pub(super) async fn marks(commons: &Commons, entries: &[Entry]) -> Result<Vec<(String, i64)>> {
    let mut marks: BTreeMap<String, i64> = BTreeMap::new();
    let is_data =
        |entry: &&Entry| !entry.folder && is_content(RepoKind::Dataset, &entry.path, entry.large.is_some());
    for entry in entries.iter().filter(is_data) {
        match &entry.large {
            Some(large) => {
                let Some(xet) = &large.xet else { continue };
                of_file(commons, xet, &mut marks).await?;
            }
            None if entry.bytes >= limits::LINEAGE_BLOB_BYTES_MIN => {
                let print: String = entry.oid.to_string().chars().take(DIGITS).collect();
                add(&mut marks, print, i64::try_from(entry.bytes).unwrap_or(i64::MAX));
            }
            None => {}
        }
    }
    Ok(marks.into_iter().collect())
}

async fn of_file(commons: &Commons, file: &XetHash, marks: &mut BTreeMap<String, i64>) -> Result<()> {
    let shelf = commons.shelf.clone();
    for term in pull::terms(&mut commons.db.look().await?, file).await? {
        let index = match commons.xorbs.cached(&term.xorb) {
            Some(index) => index,
            None => commons.xorbs.index(&shelf.find(term.xorb).await?).await?,
        };
        let (first, count) = (term.chunks.start as usize, term.chunks.len());
        for (hash, bytes) in index.sized_chunks().skip(first).take(count) {
            let print: String = hash.to_string().chars().take(DIGITS).collect();
            add(marks, print, i64::from(bytes));
        }
    }
    Ok(())
}

/// Adds a mark; of too many the one with the greatest hash goes.
fn add(marks: &mut BTreeMap<String, i64>, print: String, bytes: i64) {
    marks.insert(print, bytes);
    if marks.len() > limits::LINEAGE_MARKS_MAX {
        marks.pop_last();
    }
}
