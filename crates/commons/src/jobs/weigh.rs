//! How much of a repo no other one has that everybody may read. That changes with the bytes of all that it shares with, so
//! those are weighed anew together.

use std::collections::BTreeSet;

use seedcorn_core::digest::XetHash;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::jobs::{self, Job as Row};
use seedcorn_db::{files, repos};

use super::Job;
use crate::{Commons, Result, access, changes};

/// Xorbs, or files, that are asked for at once.
const BATCH: usize = 500;

pub(super) async fn run(commons: &Commons, job: &Row) -> Result<()> {
    if access::for_the_hub(commons, &job.repo).await?.is_none() {
        return Ok(());
    }
    let weighed = changes::weigh_all(commons, &job.repo).await?;
    let mut tx = commons.db.write().await?;
    // In the order in which deeds lock the two: the repo, then its jobs.
    repos::lock(&mut tx, &job.repo).await?;
    // If it was asked for again meanwhile, what is there may be newer than this.
    if jobs::hold(&mut tx, job).await? {
        repos::set_weighed(&mut tx, &job.repo, weighed).await?;
    }
    Ok(tx.commit().await?)
}

pub(super) async fn spread(commons: &Commons, job: &Row) -> Result<()> {
    let mut all = sharing(commons, &job.repo).await?;
    all.insert(job.repo.clone());
    let mut tx = commons.db.write().await?;
    // In the order of ids, so that no two wait for each other.
    for repo in &all {
        jobs::ask(&mut tx, Job::Weigh.word(), repo, commons.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// Repos with files that have chunks in the xorbs of a repo's files: so many as are found among so many terms.
async fn sharing(commons: &Commons, repo: &RepoId) -> Result<BTreeSet<RepoId>> {
    let most = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let mut tx = commons.db.look().await?;
    let own = files::repo_files(&mut tx, repo, most(limits::WEIGHED_FILES_MAX)).await?;
    let own: Vec<XetHash> = own.into_iter().map(|file| file.hash).collect();
    let runs = files::terms_of_files(&mut tx, &own, most(limits::WEIGHED_TERMS_MAX)).await?;
    let xorbs: BTreeSet<XetHash> = runs.into_iter().map(|run| run.xorb).collect();
    let xorbs: Vec<XetHash> = xorbs.into_iter().collect();
    let mut found: BTreeSet<XetHash> = BTreeSet::new();
    for batch in xorbs.chunks(BATCH) {
        found.extend(files::files_with_xorbs(&mut tx, batch, most(limits::WEIGHED_TERMS_MAX)).await?);
        if found.len() >= limits::WEIGHED_FILES_MAX {
            break;
        }
    }
    let found: Vec<XetHash> = found.into_iter().collect();
    let mut all = BTreeSet::new();
    for batch in found.chunks(BATCH) {
        all.extend(files::repos_with_files(&mut tx, batch, most(limits::WEIGHED_FILES_MAX)).await?);
        if all.len() >= limits::SHARING_REPOS_MAX {
            break;
        }
    }
    Ok(all.into_iter().take(limits::SHARING_REPOS_MAX).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use seedcorn_core::repo::RepoKind;

    use crate::access::{Admin, Grant, Level, See, authorize};
    use crate::repo::Settings;
    use crate::{Commons, Opening, admin, browse, demo, jobs, repo};

    async fn grant<L: Level>(commons: &Commons, name: &str) -> Grant<L> {
        let keeper = admin::act_as(commons, "demo-keeper").await.unwrap();
        authorize(commons, Some(&keeper), RepoKind::Model, name).await.unwrap()
    }

    /// Bytes that it has, and that it alone has, once all jobs are done.
    async fn weighed(commons: &Commons, name: &str) -> (i64, i64) {
        while jobs::run_due(commons).await.unwrap() > 0 {}
        let weighed = browse::weighed(commons, &grant::<See>(commons, name).await).await.unwrap().unwrap();
        (weighed.stored, weighed.only_here)
    }

    #[tokio::test]
    async fn what_is_shared_is_nobodys_alone() {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(opening).await.unwrap();
        demo::seed(&commons).await.unwrap();
        let (base, tuned) = ("acorn-lab/acorn-tiny", "field-notes/acorn-tiny-notes");
        let (all, alone) = weighed(&commons, base).await;
        assert!(alone < all / 2, "the tuned model has most of its bytes: {alone} of {all}");

        // A private repo shares with nobody, and nobody learns that it does.
        let hide = |private| Settings { private: Some(private), gated: None };
        repo::set(&commons, &grant::<Admin>(&commons, tuned).await, hide(true)).await.unwrap();
        let (all, alone_again) = weighed(&commons, base).await;
        assert!(alone_again > all / 2, "{alone_again} of {all}");
        repo::set(&commons, &grant::<Admin>(&commons, tuned).await, hide(false)).await.unwrap();
        assert_eq!(weighed(&commons, base).await, (all, alone));
        repo::delete(&commons, &grant::<Admin>(&commons, tuned).await).await.unwrap();
        assert_eq!(weighed(&commons, base).await, (all, alone_again));
    }
}
