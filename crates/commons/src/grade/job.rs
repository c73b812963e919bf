//! Grading what was published, behind the publication: the default branch of a repo, and after it those that name it.

use seedcorn_core::limits;
use seedcorn_core::openness::Difference;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::jobs::{self, Job};
use seedcorn_db::{Tx, git, openness as rows, repos};

use super::{is_graded, make, read, reviewed};
use crate::access::{self, Grant, Read};
use crate::log::{self, what};
use crate::objects::MAIN;
use crate::{Commons, Refusal, Result};

/// Grades the default branch, and writes down what became of its openness.
pub(crate) async fn regrade(commons: &Commons, job: &Job) -> Result<()> {
    let repo = &job.repo;
    let Some(grant): Option<Grant<Read>> = access::for_the_hub(commons, repo).await? else {
        return Ok(());
    };
    let Some(commit) = git::find_commit_of_ref(&mut commons.db.look().await?, repo, MAIN).await? else {
        return Ok(());
    };
    if !is_graded(grant.repo().kind) {
        return Ok(());
    }
    let (row, names) = {
        let _turn = commons.grading.acquire().await.map_err(Refusal::broken)?;
        make(commons, &grant, &commit).await?
    };
    let mut tx = commons.db.write().await?;
    // In the order in which deeds lock the two: the repo, then its jobs.
    repos::lock(&mut tx, repo).await?;
    // If it was asked for again meanwhile, what is there may be newer than this.
    if jobs::hold(&mut tx, job).await? {
        note(commons, &mut tx, &grant, &row).await?;
        rows::put(&mut tx, repo, &row).await?;
        rows::add_links(&mut tx, repo, &names).await?;
        let head =
            rows::Head { oid: row.oid, rules: row.rules.clone(), class: row.class, possible: row.possible };
        let before = rows::head(&mut tx, repo).await?;
        rows::set_head(&mut tx, repo, &head).await?;
        if let Some(graded) = what::graded(before.as_ref(), &head) {
            log::of_repo(commons, &mut tx, repo, None, graded).await?;
        }
    }
    tx.commit().await?;
    commons.briefs.invalidate(&(repo.clone(), commit.oid));
    commons.changed();
    Ok(())
}

/// Writes down what became of the openness since it was graded last by the same rules: other rules are no news of a release.
async fn note(commons: &Commons, tx: &mut Tx, grant: &Grant<Read>, now: &rows::Row) -> Result<()> {
    let repo = &grant.repo().id;
    let Some(head) = rows::head(tx, repo).await?.filter(|head| head.rules == now.rules) else {
        return Ok(());
    };
    let Some(before) = rows::find(tx, repo, &head.oid, &head.rules).await? else {
        return Ok(());
    };
    let was = before.oid;
    let reviews = reviewed(tx, commons, grant.repo()).await?;
    let (before, after) = (read(grant.repo(), before, &reviews)?, read(grant.repo(), now.clone(), &reviews)?);
    let difference = Difference::between(&before.usual(), &after.usual());
    if difference.before == difference.after && difference.changes.is_empty() {
        return Ok(());
    }
    let says = serde_json::to_string(&difference).map_err(Refusal::broken)?;
    let event = rows::Event { at: commons.now(), was, oid: now.oid, says };
    Ok(rows::add_event(tx, repo, &event).await?)
}

/// Asks for the grading of all that names a repo, by any name that it has or had: what was found of it is other than it was.
pub(crate) async fn follow(commons: &Commons, job: &Job) -> Result<()> {
    let repo = &job.repo;
    let mut tx = commons.db.look().await?;
    let Some(kind) = repos::find_kind(&mut tx, repo).await? else {
        return Ok(());
    };
    let mut names = repos::list_names(&mut tx, repo).await?;
    // As findings name it.
    let spelled: Vec<String> = names.iter().map(|name| format!("\"{}/{name}\"", kind.plural())).collect();
    if kind == RepoKind::Paper {
        names.extend(rows::paper_names(&mut tx, repo).await?);
    }
    let most = i64::try_from(limits::GRADED_FOLLOWERS_MAX).unwrap_or(i64::MAX);
    let followers = rows::linking(&mut tx, kind, &names, most).await?;
    drop(tx);
    if followers.is_empty() {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    // In the order of ids, so that no two wait for each other.
    for follower in followers.iter().filter(|follower| *follower != repo) {
        jobs::ask(&mut tx, crate::jobs::REGRADE, follower, commons.now()).await?;
        for name in &spelled {
            rows::forget(&mut tx, follower, name).await?;
        }
    }
    tx.commit().await?;
    commons.work.notify_one();
    Ok(())
}
