//! Branches and tags: made, deleted, listed.

use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::{limits, name};
use seedcorn_db::git::{self, Commit, NewRef, Ref};
use seedcorn_db::repos;

use super::pack::{self, StoredPack};
use super::record::moved;
use crate::access::{Grant, See, Write};
use crate::browse::History;
pub use crate::browse::Place;
use crate::objects::{MAIN, may_be_ref, resolve};
use crate::{Commons, Refusal, Result, jobs};

/// Branch or tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefKind {
    /// `refs/heads/…`
    Branch,
    /// `refs/tags/…`
    Tag,
}

/// What the whole name of a tag begins with.
pub const TAGS: &str = "refs/tags/";

impl RefKind {
    fn full(self, name: &str) -> String {
        match self {
            RefKind::Branch => format!("refs/heads/{name}"),
            RefKind::Tag => format!("refs/tags/{name}"),
        }
    }
}

/// Every ref of a repo, by name.
pub async fn list(commons: &Commons, grant: &Grant<See>) -> Result<Vec<Ref>> {
    Ok(git::list_refs(&mut commons.db.look().await?, &grant.repo().id).await?)
}

/// The tags of a repo, the one made last first, at most [`limits::RELEASES_MAX`], and how many there are.
pub async fn releases(commons: &Commons, grant: &Grant<See>) -> Result<(Vec<Ref>, usize)> {
    let mut tags: Vec<Ref> =
        list(commons, grant).await?.into_iter().filter(|found| found.name.starts_with(TAGS)).collect();
    let all = tags.len();
    tags.sort_by(|a, b| (b.moved, &b.name).cmp(&(a.moved, &a.name)));
    tags.truncate(limits::RELEASES_MAX);
    Ok((tags, all))
}

/// Makes a branch or tag at a revision; the default branch's head when none is given.
///
/// # Errors
/// `Conflict` if it exists, or if git could not hold both (`a` and `a/b`).
pub async fn create(
    commons: &Commons,
    grant: &Grant<Write>,
    kind: RefKind,
    short: &str,
    at: Option<&str>,
) -> Result<Oid> {
    let at = at.unwrap_or(MAIN);
    checked(commons, &grant.repo().id, short, at).await?;
    put(commons, grant, &kind.full(short), at, None).await
}

/// Makes an annotated tag at a revision: one with a message, that says who made it and when.
///
/// # Errors
/// As of [`create`]; `TooLarge` for a message that is too long.
pub async fn annotate(
    commons: &Commons,
    grant: &Grant<Write>,
    short: &str,
    at: &str,
    message: &str,
) -> Result<Oid> {
    let repo = &grant.repo().id;
    let target = checked(commons, repo, short, at).await?;
    let most = limits::COMMIT_MESSAGE_BYTES_MAX;
    if message.len() > most {
        return Err(Refusal::TooLarge(format!("the message of a tag has at most {most} bytes")));
    }
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to make a tag".into()))?;
    let tagger = pack::signature(actor, commons.now());
    let tag = pack::annotated(commons, repo, (target, short), &tagger, message).await?;
    put(commons, grant, &RefKind::Tag.full(short), &target.to_string(), Some(tag)).await
}

/// The commit that something new is to name. Where both are wrong, the Hub's clients look for the revision to be refused, not the name.
async fn checked(commons: &Commons, repo: &RepoId, short: &str, at: &str) -> Result<Oid> {
    let target = resolve(&mut commons.db.read().await?, repo, at).await?.oid;
    name::check_ref_name(short).map_err(|why| Refusal::Invalid(why.to_string()))?;
    Ok(target)
}

async fn put(
    commons: &Commons,
    grant: &Grant<Write>,
    full: &str,
    at: &str,
    tag: Option<(Oid, StoredPack)>,
) -> Result<Oid> {
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let target = resolve(&mut tx, repo, at).await?;
    // Pull requests are others' to open: they take no room from branches.
    if git::count_own_refs(&mut tx, repo).await? >= limits::REFS_MAX as i64 {
        return Err(Refusal::TooLarge(format!("a repo has at most {} branches and tags", limits::REFS_MAX)));
    }
    match git::add_ref_beside(&mut tx, repo, full, &target.oid, now).await? {
        NewRef::Made => {}
        NewRef::Taken(there) if there == full => {
            return Err(Refusal::Conflict(format!("Reference {full} already exists")));
        }
        NewRef::Taken(there) => {
            return Err(Refusal::Conflict(format!("Reference {full} cannot stand beside {there}")));
        }
    }
    if let Some((tag, pack)) = tag {
        pack.add(&mut tx, repo, now).await?;
        git::set_tag(&mut tx, repo, full, &tag).await?;
    }
    jobs::branched(commons, &mut tx, repo, grant.repo().kind).await?;
    moved(commons, &mut tx, grant.repo(), grant.actor(), (full, None, Some(&target.oid))).await?;
    tx.commit().await?;
    Ok(target.oid)
}

/// Deletes a branch or tag. Its commits stay: they can still be named by their id.
pub async fn delete(commons: &Commons, grant: &Grant<Write>, kind: RefKind, short: &str) -> Result<()> {
    let full = kind.full(short);
    if full == MAIN {
        return Err(Refusal::Forbidden(format!("Cannot delete {full}")));
    }
    if !may_be_ref(short) {
        return Err(Refusal::NoRevision(short.to_owned()));
    }
    let repo = &grant.repo().id;
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let before = git::find_ref(&mut tx, repo, &full).await?;
    if !git::delete_ref(&mut tx, repo, &full).await? {
        return Err(Refusal::NoRevision(short.to_owned()));
    }
    moved(commons, &mut tx, grant.repo(), grant.actor(), (&full, before.as_ref(), None)).await?;
    jobs::branched(commons, &mut tx, &grant.repo().id, grant.repo().kind).await?;
    Ok(tx.commit().await?)
}

/// Where a page of history begins.
#[derive(Clone, Debug)]
pub enum From<'a> {
    /// At what a revision names, with so many commits passed over.
    Revision(&'a str, usize),
    /// Where the page before ended.
    Place(Place),
}

/// A page of history, newest first.
#[derive(Clone, Debug)]
pub struct Page {
    /// The commits.
    pub commits: Vec<Commit>,
    /// Where the next page begins, if there is more.
    pub next: Option<Place>,
}

/// A page of history: what a tip reaches, newest first.
///
/// # Errors
/// `NoRevision`; `Invalid` if more commits are to be passed over than [`limits::HISTORY_WALK_MAX`]; `TooLarge` if more
/// lines of history run side by side at the page's end than a place can name.
pub async fn history(commons: &Commons, grant: &Grant<See>, from: From<'_>, limit: usize) -> Result<Page> {
    let repo = grant.repo().id.clone();
    let mut tx = commons.db.read().await?;
    let (mut walk, skip) = match from {
        From::Place(place) => (History::resume(&mut tx, repo, place).await?, 0),
        From::Revision(_, skip) if skip > limits::HISTORY_WALK_MAX => {
            let max = limits::HISTORY_WALK_MAX;
            let text =
                format!("at most {max} commits are passed over; follow the links of each page to the next");
            return Err(Refusal::Invalid(text));
        }
        From::Revision(revision, skip) => {
            let tip = resolve(&mut tx, &repo, revision).await?;
            (History::new(repo, tip), skip)
        }
    };
    for _ in 0..skip {
        if walk.next(&mut tx).await?.is_none() {
            break;
        }
    }
    let mut commits = Vec::new();
    while commits.len() < limit
        && let Some(commit) = walk.next(&mut tx).await?
    {
        commits.push(commit);
    }
    let next = commits.last().and_then(|last| walk.place(last));
    if next.as_ref().is_some_and(|place| !place.is_short()) {
        return Err(Refusal::TooLarge(
            "too many lines of history run side by side here; ask for other pages".into(),
        ));
    }
    Ok(Page { commits, next })
}
