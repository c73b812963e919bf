//! Pull requests: opened, listed, looked at. Their heads are refs like any other.

use seedcorn_core::digest::Oid;
use seedcorn_db::pulls::PullRequest;
use seedcorn_db::{git, members, pulls, repos};

use super::commit::{CommitHeader, Target};
use crate::access::{Grant, Propose, See};
use crate::objects::{MAIN, resolve};
use crate::{Commons, Refusal, Result};

/// A pull request and who opened it.
#[derive(Clone, Debug)]
pub struct Pull {
    /// Its row.
    pub row: PullRequest,
    /// The author's name.
    pub author: String,
    /// Where its head is.
    pub head: Option<Oid>,
}

/// Opens a draft: its head is the head of the default branch, until something is committed to it.
pub async fn open_draft(commons: &Commons, grant: &Grant<Propose>, header: CommitHeader) -> Result<Pull> {
    header.check()?;
    let (repo, now) = (grant.repo(), commons.now());
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to propose".into()))?;
    let mut tx = commons.db.write().await?;
    let head = resolve(&mut tx, &repo.id, MAIN).await?.oid;
    let row = PullRequest {
        number: repos::next_number(&mut tx, &repo.id).await?,
        author: actor.member.clone(),
        title: header.summary,
        body: header.description,
        base: Target::new("main", false).base().to_owned(),
        status: "draft".into(),
        created: now,
    };
    pulls::add(&mut tx, &repo.id, &row).await?;
    git::add_ref(&mut tx, &repo.id, &format!("refs/pr/{}", row.number), &head, now).await?;
    tx.commit().await?;
    Ok(Pull { row, author: actor.name.clone(), head: Some(head) })
}

/// A page of pull requests, newest first, and how many there are. Clients ask by how many come before the page.
pub async fn list(commons: &Commons, grant: &Grant<See>, skip: i64, limit: i64) -> Result<(Vec<Pull>, i64)> {
    let repo = &grant.repo().id;
    let mut tx = commons.db.read().await?;
    let count = pulls::count(&mut tx, repo).await?;
    // Numbers are given in the transaction that makes the pull request, and none is ever deleted: they run from one to
    // the count without a gap, so a place in the order is a number.
    let last = count.saturating_sub(skip);
    let mut page = Vec::new();
    for row in pulls::list(&mut tx, repo, last, limit).await? {
        let author =
            members::find_by_id(&mut tx, &row.author).await?.map_or(String::new(), |member| member.name);
        page.push(Pull { row, author, head: None });
    }
    Ok((page, count))
}

/// One pull request.
pub async fn get(commons: &Commons, grant: &Grant<See>, number: i64) -> Result<Pull> {
    let repo = &grant.repo().id;
    let mut tx = commons.db.read().await?;
    let row = pulls::find(&mut tx, repo, number).await?;
    let row = row.ok_or_else(|| Refusal::NotFound(format!("there is no discussion {number}")))?;
    let author = members::find_by_id(&mut tx, &row.author).await?.map_or(String::new(), |member| member.name);
    let head = git::find_ref(&mut tx, repo, &format!("refs/pr/{number}")).await?;
    Ok(Pull { row, author, head })
}
