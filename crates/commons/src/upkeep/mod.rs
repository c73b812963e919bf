//! Upkeep: what a hub does for itself. Packs are merged before they become too many, what nobody can want any more is
//! removed, and counts are written down. Every step may be left off anywhere and done again, by any replica.

mod merge;
mod sweep;

use seedcorn_content::Key;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::git;

use crate::{Commons, Result, usage};

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
    /// Parts in the depot whose upload is over.
    pub parts: usize,
    /// Xorbs in the depot that no row speaks of.
    pub xorbs: usize,
    /// Runs of chunks named in answers that have expired.
    pub told: usize,
    /// Packs in the depot that no row speaks of, and indexes of such packs.
    pub stray_packs: usize,
    /// Files attached to comments in the depot that no row speaks of.
    pub attachments: usize,
    /// Deliveries to webhooks that were forgotten for their age.
    pub deliveries: usize,
    /// Days of works whose use was summed up.
    pub days: usize,
}

impl Done {
    /// What was done, for people: `3 packs merged, 1 upload given up`.
    pub fn told(&self) -> String {
        let all = [
            (self.merged, "packs merged"),
            (self.packs, "merged packs removed"),
            (self.uploads, "uploads given up"),
            (self.parts, "parts of uploads removed"),
            (self.xorbs, "stray xorbs removed"),
            (self.told, "expired answers forgotten"),
            (self.stray_packs, "stray packs removed"),
            (self.attachments, "stray attachments removed"),
            (self.deliveries, "old deliveries forgotten"),
            (self.days, "days of use summed up"),
        ];
        let did: Vec<String> =
            all.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        if did.is_empty() { "nothing was left to do".into() } else { did.join(", ") }
    }
}

/// What cannot wait long: counts written down, and packs merged in repos where somebody met too many.
pub async fn often(commons: &Commons) -> Result<Done> {
    let mut done = Done::default();
    merge_all(commons, commons.take_crowded(), &mut done).await;
    if let Err(refusal) = commons.flush_usage().await {
        tracing::warn!(%refusal, "use of works was not written down; it is tried again");
    }
    commons.note_upkeep(done);
    Ok(done)
}

/// A look at everything.
pub async fn thorough(commons: &Commons) -> Result<Done> {
    let most = i64::try_from(limits::PACKS_MAX).unwrap_or(i64::MAX);
    let crowded = git::repos_of_many_packs(&mut commons.db.read().await?, most).await?;
    let mut done = often(commons).await?;
    merge_all(commons, crowded.into_iter().map(|(repo, _)| repo), &mut done).await;
    done.packs = went_on("merged packs", sweep::superseded_packs(commons).await);
    done.uploads = went_on("abandoned uploads", sweep::abandoned_uploads(commons).await);
    done.told = went_on("expired answers", sweep::expired_answers(commons).await);
    done.parts = strays(commons, Key::PARTS, limits::UPLOAD_SECS).await;
    done.xorbs = strays(commons, Key::XORBS, limits::STRAY_SECS).await;
    done.stray_packs = strays(commons, Key::PACKS, limits::STRAY_SECS).await;
    done.attachments = strays(commons, Key::ATTACHMENTS, limits::STRAY_SECS).await;
    done.deliveries = went_on("old deliveries", sweep::old_deliveries(commons).await);
    done.days = went_on("use of works", usage::sum_up(commons).await);
    commons.note_upkeep(done);
    Ok(done)
}

/// One damaged repo must not keep the others waiting.
async fn merge_all(commons: &Commons, repos: impl IntoIterator<Item = RepoId>, done: &mut Done) {
    for repo in repos {
        match merge_packs(commons, &repo).await {
            Ok(merged) => done.merged += merged,
            Err(error) => tracing::warn!(%repo, %error, "packs were not merged"),
        }
    }
}

async fn strays(commons: &Commons, folder: &str, secs: i64) -> usize {
    went_on(folder, sweep::strays(commons, folder, secs).await)
}

fn went_on(what: &str, swept: Result<usize>) -> usize {
    swept.unwrap_or_else(|error| {
        tracing::warn!(%error, "sweeping {what} was not finished; it is tried again");
        0
    })
}
