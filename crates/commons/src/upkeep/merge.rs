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
    let packs = rows.iter().map(|row| (row.id, u64::try_from(row.bytes).unwrap_or_default()));
    let ids = to_merge(packs);
    if ids.is_empty() {
        return Ok(0);
    }
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

/// The packs to merge, from a list from the oldest to the newest, with their bytes. What is too large to be merged does
/// not count; what is merged makes no more than [`limits::PACK_MERGED_BYTES_MAX`]. It need not be next to each other: the
/// order matters only among packs that lean on others, and the merged one leans on none.
fn to_merge<T>(packs: impl Iterator<Item = (T, u64)>) -> Vec<T> {
    let packs: Vec<_> = packs.filter(|(_, bytes)| *bytes <= limits::PACK_MERGED_BYTES_MAX / 2).collect();
    if packs.len() <= limits::PACKS_MAX {
        return Vec::new();
    }
    let sizes: Vec<u64> = packs.iter().map(|(_, bytes)| *bytes).collect();
    let mut sum = 0;
    let within = |(pack, bytes): (T, u64)| {
        sum += bytes;
        (sum <= limits::PACK_MERGED_BYTES_MAX).then_some(pack)
    };
    packs.into_iter().skip(first_to_merge(&sizes)).map_while(within).collect()
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
    use super::{first_to_merge, limits, to_merge};

    const GIB: u64 = 1 << 30;

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
    fn large_packs_are_left_alone_and_none_is_made_that_is_too_large() {
        let chosen = |sizes: &[u64]| to_merge(sizes.iter().copied().enumerate());
        let max = limits::PACK_MERGED_BYTES_MAX;
        assert_eq!(max, 16 * GIB);
        assert_eq!(chosen(&[1; 30]), [] as [usize; 0]);
        assert_eq!(chosen(&[1; 31]), Vec::from_iter(0..31));
        assert_eq!(chosen(&[max / 2 + 1; 99]), [] as [usize; 0], "all are large");
        // Large ones do not count, wherever they are.
        let between = |small: usize| {
            let mut sizes = vec![max; 9];
            sizes.extend(vec![1; small / 2]);
            sizes.push(max / 2 + 1);
            sizes.extend(vec![1; small - small / 2]);
            chosen(&sizes)
        };
        assert_eq!(between(30), [] as [usize; 0]);
        assert_eq!(between(31), Vec::from_iter((9..24).chain(25..41)));
        // The oldest go first, as many as make one pack of no more than the limit.
        assert_eq!(chosen(&[GIB; 40]), Vec::from_iter(0..16));
        assert_eq!(chosen(&[max / 2; 31]).len(), 2);
    }

    #[test]
    fn a_history_of_large_files_comes_to_few_packs_too() {
        let (mut packs, mut copied) = (Vec::new(), 0);
        for n in 0..2000 {
            packs.push(GIB + n % 7);
            loop {
                let merged = to_merge(packs.iter().copied().enumerate());
                if merged.is_empty() {
                    break;
                }
                assert!(merged.len() > 1);
                let sum: u64 = merged.iter().map(|at| packs[*at]).sum();
                assert!(sum <= limits::PACK_MERGED_BYTES_MAX);
                copied += sum;
                let stay = (0..packs.len()).filter(|at| !merged.contains(at));
                packs = stay.map(|at| packs[at]).chain([sum]).collect();
            }
        }
        assert!(packs.len() < 30 + 2000 / 8, "{} packs", packs.len());
        assert!(copied < 2 * 2000 * (GIB + 7), "each byte is copied about once: {copied}");
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
