//! Upkeep: what a hub does for itself. Packs are merged before they become too many, what nobody can want any more is
//! removed, and counts are written down. Every step may be left off anywhere and done again, by any replica.

mod merge;
mod sweep;

use seedcorn_core::limits;
use seedcorn_db::git;

use crate::{Commons, Result};

pub use merge::merge_packs;

/// What upkeep did.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Done {
    /// Packs that were merged into others.
    pub merged: usize,
    /// Merged packs that were removed, for nobody reads them any more.
    pub packs: usize,
    /// Multipart uploads that were given up.
    pub uploads: usize,
    /// Xorbs that no row speaks of.
    pub xorbs: usize,
}

/// What cannot wait long: counts written down, and packs merged in repos where somebody met too many.
pub async fn often(commons: &Commons) -> Result<Done> {
    commons.flush_downloads().await?;
    let mut done = Done::default();
    for repo in commons.take_crowded() {
        done.merged += merge_packs(commons, &repo).await?;
    }
    Ok(done)
}

/// A look at everything.
pub async fn thorough(commons: &Commons) -> Result<Done> {
    let most = i64::try_from(limits::PACKS_MAX).unwrap_or(i64::MAX);
    let crowded = git::repos_of_many_packs(&mut commons.db.read().await?, most).await?;
    let mut done = often(commons).await?;
    for (repo, _) in crowded {
        done.merged += merge_packs(commons, &repo).await?;
    }
    done.packs = sweep::superseded_packs(commons).await?;
    done.uploads = sweep::abandoned_uploads(commons).await?;
    done.xorbs = sweep::stray_xorbs(commons).await?;
    Ok(done)
}
