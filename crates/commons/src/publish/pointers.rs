//! From the SHA-256 that a commit or an LFS client names to a stored file that the asker may use.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_db::Tx;
use seedcorn_db::files::{self, File, Reader};

use crate::Result;

/// For each SHA-256 a stored file of that content which the reader sent or may read. What others hold privately is
/// not found: knowing a hash gives nobody bytes.
pub(crate) async fn usable(
    tx: &mut Tx,
    sums: &BTreeSet<Sha256>,
    reader: &Reader,
) -> Result<BTreeMap<Sha256, File>> {
    let sums: Vec<Sha256> = sums.iter().copied().collect();
    let candidates = files::find_files_by_sha256(tx, &sums).await?;
    let hashes: Vec<XetHash> = candidates.iter().map(|file| file.hash).collect();
    let readable: BTreeSet<XetHash> = files::readable_files(tx, &hashes, reader).await?.into_iter().collect();
    let mut found = BTreeMap::new();
    for file in candidates {
        if readable.contains(&file.hash) {
            found.entry(file.sha256).or_insert(file);
        }
    }
    Ok(found)
}
