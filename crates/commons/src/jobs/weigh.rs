//! How much of a repo no other public one has. When that changes, it may have changed for those that share with it too.

use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::{Tx, files, repos};

use super::{Job, rows};
use crate::{Commons, Result, access, changes};

pub(super) async fn run(commons: &Commons, repo: &RepoId) -> Result<()> {
    if access::for_the_hub(commons, repo).await?.is_none() {
        return Ok(());
    }
    let bytes = changes::only_here(commons, repo).await?;
    let bytes = bytes.map(|bytes| i64::try_from(bytes).unwrap_or(i64::MAX));
    let mut tx = commons.db.write().await?;
    if repos::set_only_here(&mut tx, repo, bytes).await? {
        ask_others(commons, &mut tx, repo).await?;
    }
    Ok(tx.commit().await?)
}

/// For one that others see now and did not, or do not see any more.
pub(super) async fn spread(commons: &Commons, repo: &RepoId) -> Result<()> {
    let mut tx = commons.db.write().await?;
    rows::ask(&mut tx, Job::Weigh.word(), repo, commons.now()).await?;
    ask_others(commons, &mut tx, repo).await?;
    Ok(tx.commit().await?)
}

async fn ask_others(commons: &Commons, tx: &mut Tx, repo: &RepoId) -> Result<()> {
    let most = i64::try_from(limits::SHARING_REPOS_MAX).unwrap_or(i64::MAX);
    for other in files::sharing_repos(tx, repo, most).await? {
        rows::ask(tx, Job::Weigh.word(), &other, commons.now()).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use seedcorn_core::repo::RepoKind;

    use crate::access::{Admin, Grant, Level, See, authorize};
    use crate::repo::Settings;
    use crate::{Commons, Opening, Places, admin, browse, demo, jobs, repo};

    async fn grant<L: Level>(commons: &Commons, name: &str) -> Grant<L> {
        let keeper = admin::act_as(commons, "demo-keeper").await.unwrap();
        authorize(commons, Some(&keeper), RepoKind::Model, name).await.unwrap()
    }

    /// Bytes that it has, and that it alone has, once all jobs are done.
    async fn weighed(commons: &Commons, name: &str) -> (i64, i64) {
        while jobs::run_due(commons).await.unwrap() > 0 {}
        let (all, alone) = browse::stored_bytes(commons, &grant::<See>(commons, name).await).await.unwrap();
        (all, alone.unwrap())
    }

    #[tokio::test]
    async fn what_is_shared_is_nobodys_alone() {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            database: format!("sqlite:{}", folder.path().join("db").display()),
            depot: folder.path().join("depot").display().to_string(),
            ..Places::default()
        };
        let opening = Opening::at(&places, folder.path().join("tmp"), [9; 32]).await.unwrap();
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
