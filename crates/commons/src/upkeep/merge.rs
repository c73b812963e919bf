//! Many small packs become few large ones, so that reading stays quick however long a history grows.

use std::sync::Arc;

use seedcorn_content::Offload;
use seedcorn_content::git::{CompactError, Pack, compact};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::git;

use crate::objects::Objects;
use crate::publish::stored_pack;
use crate::{Commons, Refusal, Result};

/// Merges the newest packs of a repo if there are too many; tells how many went into one.
///
/// Their rows are marked as superseded in the transaction that adds the new one. If another process was faster, that
/// transaction changes nothing.
pub async fn merge_packs(commons: &Commons, repo: &RepoId) -> Result<usize> {
    let rows = git::list_packs(&mut commons.db.read().await?, repo).await?;
    if rows.len() <= limits::PACKS_MAX {
        return Ok(0);
    }
    let sizes: Vec<u64> = rows.iter().map(|row| u64::try_from(row.bytes).unwrap_or_default()).collect();
    let merged = &rows[first_to_merge(&sizes)..];
    let ids: Vec<_> = merged.iter().map(|row| row.id).collect();
    let packs = Objects::open(commons, repo).await?.packs;
    let sources: Vec<Arc<Pack>> =
        packs.packs().iter().filter(|pack| ids.contains(&pack.id())).cloned().collect();
    if sources.len() != ids.len() {
        return Ok(0);
    }
    let file = tempfile::tempfile_in(&commons.scratch)?;
    let (summary, file) =
        Offload::run(move || compact(&packs, &sources, &|_| true, file)).await?.map_err(refusal)?;
    let stored = stored_pack(commons, repo, summary, file, "compact").await?;
    let now = commons.now();
    let mut tx = commons.db.write().await?;
    let all = git::supersede_packs(&mut tx, repo, &ids, now).await? == ids.len() as u64;
    if !all || !stored.add(&mut tx, repo, now).await? {
        return Ok(0);
    }
    tx.commit().await?;
    tracing::debug!(%repo, packs = ids.len(), "packs were merged");
    Ok(ids.len())
}

/// Where the packs to merge begin, in a list from the oldest to the newest. At most half of [`limits::PACKS_MAX`] stay
/// as they are, and each of them has at least twice the bytes of all that is merged. So a byte is copied about as often
/// as the repo doubles.
fn first_to_merge(sizes: &[u64]) -> usize {
    let mut sum: u64 = 0;
    for (at, size) in sizes.iter().enumerate().rev() {
        let stay = at + 1;
        if stay <= limits::PACKS_MAX / 2 && *size >= sum.saturating_mul(2) {
            return stay;
        }
        sum = sum.saturating_add(*size);
    }
    0
}

fn refusal(error: CompactError) -> Refusal {
    match error {
        CompactError::Write(error) => crate::publish::pack_refusal(error),
        error => Refusal::broken(error),
    }
}

#[cfg(test)]
mod tests {
    use super::first_to_merge;

    #[test]
    fn large_old_packs_stay_as_they_are() {
        let after = |old: &[u64]| first_to_merge(&[old, &[1; 20]].concat());
        assert_eq!(after(&[]), 0);
        assert_eq!(after(&[1000]), 1);
        assert_eq!(after(&[1000, 41]), 2);
        assert_eq!(after(&[1000, 39]), 1, "1000 are more than twice 59");
        assert_eq!(after(&[100, 39]), 0);
        assert_eq!(first_to_merge(&[u64::MAX; 31]), 15, "sums do not overflow");
        let thirds: Vec<u64> = (0..31).rev().map(|n| 3_u64.pow(n)).collect();
        assert_eq!(first_to_merge(&thirds), 15, "however the sizes are, packs become few");
    }

    #[test]
    fn copying_grows_slowly_with_the_history() {
        let (mut packs, mut copied) = (Vec::new(), 0);
        for _ in 0..100_000 {
            packs.extend([1]);
            if packs.len() > 30 {
                let merged: u64 = packs.drain(first_to_merge(&packs)..).sum();
                copied += merged;
                packs.extend([merged]);
            }
        }
        assert!(copied < 1_200_000, "{copied} copies of 100,000 bytes");
    }
}
