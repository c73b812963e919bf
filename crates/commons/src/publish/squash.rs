//! Squashing: a branch's history becomes one commit with the same files.

use seedcorn_db::{git, repos};

use super::commit::{CommitHeader, Target};
use super::pack::{self, Message};
use super::record::moved;
use crate::access::{Grant, Write};
use crate::discuss::{PULLS, pull_of};
use crate::objects::{MAIN, resolve};
use crate::{Commons, Refusal, Result, jobs};

/// Replaces the history of a branch or of a pull request's head, named as in addresses. The commits it had stay in the store and can still be named
/// by their ids.
///
/// # Errors
/// `NoRevision` if there is no such branch; `Conflict` if it was moved meanwhile, or if the pull request was merged.
pub async fn squash(
    commons: &Commons,
    grant: &Grant<Write>,
    branch: &str,
    header: CommitHeader,
) -> Result<()> {
    header.check()?;
    let repo = &grant.repo().id;
    let target = Target::new(branch, false);
    let name = target.base();
    if !name.starts_with("refs/heads/") && !name.starts_with(PULLS) {
        return Err(Refusal::NoRevision(branch.to_owned()));
    }
    let guard = commons.branches.lock(repo, name).await;
    let head = resolve(&mut commons.db.read().await?, repo, name).await?;
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to squash".into()))?;
    let at = commons.now();
    let message = Message {
        author: pack::signature(actor, at),
        text: header.message(),
        parents: Vec::new(),
        generation: 1,
        at,
    };
    let recorded = pack::finish(commons, repo, pack::begin(commons)?, head.tree, message, Vec::new()).await?;
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    if pull_of(&mut tx, repo, name).await?.is_some_and(|pull| pull.merged.is_some()) {
        return Err(Refusal::Conflict("this pull request was merged: its history is done".into()));
    }
    recorded.add(&mut tx, repo, at).await?;
    if !git::move_ref(&mut tx, repo, name, (&head.oid, &recorded.oid()), at).await? {
        return Err(Refusal::Conflict("the branch was moved by somebody else; try again".into()));
    }
    let step = (name, Some(&head.oid), Some(&recorded.oid()));
    moved(commons, &mut tx, grant.repo(), Some(actor), step).await?;
    match name == MAIN {
        true => jobs::moved(commons, &mut tx, repo, grant.repo().kind).await?,
        false => jobs::branched(commons, &mut tx, repo, grant.repo().kind).await?,
    }
    tx.commit().await?;
    commons.changed();
    drop(guard);
    Ok(())
}
