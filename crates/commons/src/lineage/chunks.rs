//! What names the bytes of files: the chunks that they are stored in, told by the store's own indexes and read from no byte of them; of
//! small files, the blob.

use std::collections::BTreeMap;

use seedcorn_content::xet::store::Catalog;
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::usage::is_content;

use super::marks::is_weights;
use crate::browse::Entry;
use crate::{Commons, Result, pull};

/// Hexadecimal digits of a hash that name a chunk.
const DIGITS: usize = 32;
/// Before the mark of a chunk of a model, whose other marks name tensors.
pub(super) const CHUNK: &str = "chunk:";

/// Files that everybody has, by the beginnings of their names: terms, and what programs write of themselves.
const EVERYBODYS: [&str; 12] = [
    "licen",
    "copying",
    "notice",
    "unlicense",
    ".git",
    "cargo.lock",
    "package-lock",
    "poetry.lock",
    "uv.lock",
    "yarn.lock",
    "pnpm-lock",
    "go.sum",
];

/// Folders into which people put what others made.
const VENDORED: [&str; 6] = ["node_modules", "vendor", "vendored", "third_party", "thirdparty", "external"];

/// What the files of a revision are known by.
pub(super) struct Marked {
    /// Marks with their bytes.
    pub(super) marks: Vec<(String, i64)>,
    /// Bytes of files that are too small to have one.
    pub(super) rest: u64,
}

/// The marks of a revision, each with its bytes: of a model those of weights whose tensors have no names that are read here. Of one that
/// has too many those with the least hashes stay: of the same bytes everywhere the same.
pub(super) async fn marks(commons: &Commons, kind: RepoKind, entries: &[Entry]) -> Result<Marked> {
    let mut marks: BTreeMap<String, i64> = BTreeMap::new();
    let mut rest = 0;
    for entry in entries.iter().filter(|entry| !entry.folder && speaks(kind, entry)) {
        match &entry.large {
            Some(large) => {
                let Some(xet) = &large.xet else { continue };
                of_file(commons, xet, &mut marks).await?;
            }
            None if entry.bytes >= limits::LINEAGE_BLOB_BYTES_MIN => {
                let print: String = entry.oid.to_string().chars().take(DIGITS).collect();
                add(&mut marks, print, i64::try_from(entry.bytes).unwrap_or(i64::MAX));
            }
            None => rest += entry.bytes,
        }
    }
    let before = if kind == RepoKind::Model { CHUNK } else { "" };
    let marks = marks.into_iter().map(|(print, bytes)| (format!("{before}{print}"), bytes)).collect();
    Ok(Marked { marks, rest })
}

/// Whether the bytes of a file speak for where they are from.
fn speaks(kind: RepoKind, entry: &Entry) -> bool {
    let name = entry.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    match kind {
        RepoKind::Model => is_content(kind, &entry.path, entry.large.is_some()) && !is_weights(&entry.path),
        RepoKind::Dataset => is_content(kind, &entry.path, entry.large.is_some()),
        RepoKind::Space | RepoKind::Paper | RepoKind::Code => {
            let vendored =
                entry.path.split('/').any(|folder| VENDORED.contains(&folder)) || name.contains(".min.");
            !vendored && !EVERYBODYS.iter().any(|begin| name.starts_with(begin))
        }
    }
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
