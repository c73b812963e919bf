//! What a member is told, and what they want to be told.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::access::Actor;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::Tx;
use seedcorn_db::notices::{self as rows, Notice};
use seedcorn_db::repos::{self, Repo};

use super::find;
use crate::access::{Grant, See};
use crate::{Commons, Refusal, Result, account, list};

/// Something that a member is told, and of which repo.
#[derive(Clone, Debug)]
pub struct Told {
    /// What.
    pub notice: Notice,
    /// The repo.
    pub repo: Repo,
}

/// A page of what a member is told.
#[derive(Clone, Debug)]
pub struct Notices {
    /// What they may see, the last first.
    pub told: Vec<Told>,
    /// The last event of the page, be it to be seen or not.
    pub newest: Option<String>,
    /// Behind which event there is more.
    pub next: Option<String>,
}

/// What a member is told, the last first, before an event; what they may see no more is left out.
///
/// # Errors
/// `Forbidden` for narrow tokens.
pub async fn notices(commons: &Commons, actor: &Actor, all: bool, before: Option<&str>) -> Result<Notices> {
    account::check(actor)?;
    let mut tx = commons.db.read().await?;
    let page = rows::list(&mut tx, &actor.member, all, before, limits::NOTICES_PAGE).await?;
    let is_full = page.len() as i64 == limits::NOTICES_PAGE;
    let newest = page.first().map(|first| first.event.clone());
    let next = page.last().filter(|_| is_full).map(|last| last.event.clone());
    let seen = seen(&mut tx, actor, page.iter().map(|notice| notice.repo.clone()).collect()).await?;
    let told = page.into_iter().filter_map(|notice| {
        let repo = seen.get(notice.repo.as_str())?.clone();
        Some(Told { notice, repo })
    });
    let told = told.collect();
    Ok(Notices { told, newest, next })
}

/// Those of some repos that a member may see, by their ids.
async fn seen(tx: &mut Tx, actor: &Actor, repos: BTreeSet<RepoId>) -> Result<BTreeMap<String, Repo>> {
    let (ids, (mine, all)) = (Vec::from_iter(repos), list::sees(Some(actor)));
    let seen = repos::list_seen_by_id(tx, &ids, &mine, all).await?;
    Ok(seen.into_iter().map(|repo| (repo.id.to_string(), repo)).collect())
}

/// How much of it a member did not look at yet, counted up to [`limits::NOTICES_COUNTED_MAX`].
pub async fn unseen(commons: &Commons, actor: &Actor) -> Result<i64> {
    let mut tx = commons.db.look().await?;
    let unseen = rows::count_unseen(&mut tx, &actor.member, limits::NOTICES_COUNTED_MAX).await?;
    if unseen.is_empty() {
        return Ok(0);
    }
    // Of what they may see no more they are told nothing, not even that there is something.
    let seen = seen(&mut tx, actor, unseen.iter().map(|(repo, _)| RepoId(repo.clone())).collect()).await?;
    Ok(unseen.iter().filter(|(repo, _)| seen.contains_key(repo)).map(|(_, count)| count).sum())
}

/// Notes that whoever asks looked at a discussion.
pub async fn look_at(commons: &Commons, grant: &Grant<See>, number: i64) -> Result<()> {
    let (Some(actor), repo) = (grant.actor(), &grant.repo().id) else { return Ok(()) };
    if !rows::is_unseen(&mut commons.db.look().await?, &actor.member, repo, number).await? {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    rows::see(&mut tx, &actor.member, repo, number).await?;
    Ok(tx.commit().await?)
}

/// Notes that a member looked at all that they were told up to an event.
///
/// # Errors
/// `Forbidden` for narrow tokens.
pub async fn mark_all(commons: &Commons, actor: &Actor, up_to: &str) -> Result<()> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    rows::see_all(&mut tx, &actor.member, up_to).await?;
    Ok(tx.commit().await?)
}

/// Whether somebody wants to be told of a discussion, and of all of its repo, where they said so.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Wants {
    /// Of the discussion.
    pub discussion: Option<bool>,
    /// Of the repo.
    pub repo: Option<bool>,
}

/// What whoever asks wants to be told of; of number 0 only of the repo.
pub async fn wanted(commons: &Commons, grant: &Grant<See>, number: i64) -> Result<Wants> {
    let (Some(actor), repo) = (grant.actor(), &grant.repo().id) else { return Ok(Wants::default()) };
    let mut tx = commons.db.look().await?;
    let discussion = match number {
        0 => None,
        number => rows::wants(&mut tx, &actor.member, repo, number).await?,
    };
    Ok(Wants { discussion, repo: rows::wants(&mut tx, &actor.member, repo, 0).await? })
}

/// Notes whether whoever asks wants to be told of a discussion, or with number 0 of all of the repo.
///
/// # Errors
/// `Forbidden` for narrow tokens; `NotFound` where there is no such discussion.
pub async fn watch(commons: &Commons, grant: &Grant<See>, number: i64, wanted: bool) -> Result<()> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to be told".into()))?;
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    let grant = grant.confirm(&mut tx, commons.now()).await?;
    if number != 0 {
        find(&mut tx, &grant, number).await?;
    }
    rows::watch(&mut tx, &actor.member, (&grant.repo().id, number), wanted).await?;
    Ok(tx.commit().await?)
}
