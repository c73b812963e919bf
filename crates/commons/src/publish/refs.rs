//! Branches and tags: made, deleted, listed.

use seedcorn_core::digest::Oid;
use seedcorn_core::name;
use seedcorn_db::git::{self, Commit, Ref};

use crate::access::{Grant, See, Write};
use crate::objects::{MAIN, resolve};
use crate::{Commons, Refusal, Result};

/// Branch or tag.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RefKind {
    /// `refs/heads/…`
    Branch,
    /// `refs/tags/…`
    Tag,
}

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
    Ok(git::list_refs(&mut commons.db.read().await?, &grant.repo().id).await?)
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
    name::check_ref_name(short).map_err(|why| Refusal::Invalid(why.to_string()))?;
    let repo = &grant.repo().id;
    let full = kind.full(short);
    let mut tx = commons.db.write().await?;
    let target = resolve(&mut tx, repo, at.unwrap_or(MAIN)).await?;
    for there in git::list_refs(&mut tx, repo).await? {
        let (inner, outer) = (format!("{}/", there.name), format!("{full}/"));
        if there.name == full {
            return Err(Refusal::Conflict(format!("Reference {full} already exists")));
        }
        if full.starts_with(&inner) || there.name.starts_with(&outer) {
            return Err(Refusal::Conflict(format!("Reference {full} cannot stand beside {}", there.name)));
        }
    }
    if !git::add_ref(&mut tx, repo, &full, &target.oid, commons.now()).await? {
        return Err(Refusal::Conflict(format!("Reference {full} already exists")));
    }
    tx.commit().await?;
    Ok(target.oid)
}

/// Deletes a branch or tag. Its commits stay: they can still be named by their id.
pub async fn delete(commons: &Commons, grant: &Grant<Write>, kind: RefKind, short: &str) -> Result<()> {
    let full = kind.full(short);
    if full == MAIN {
        return Err(Refusal::Forbidden(format!("Cannot delete {full}")));
    }
    let mut tx = commons.db.write().await?;
    if !git::delete_ref(&mut tx, &grant.repo().id, &full).await? {
        return Err(Refusal::NoRevision(short.to_owned()));
    }
    Ok(tx.commit().await?)
}

/// A page of history, newest first: what a tip reaches, `skip` commits passed over.
pub async fn history(
    commons: &Commons,
    grant: &Grant<See>,
    revision: &str,
    skip: usize,
    limit: usize,
) -> Result<Vec<Commit>> {
    let mut tx = commons.db.read().await?;
    let tip = resolve(&mut tx, &grant.repo().id, revision).await?;
    let mut walk = crate::browse::History::new(grant.repo().id.clone(), tip);
    let mut page = Vec::new();
    let mut passed = 0;
    while page.len() < limit {
        let Some(commit) = walk.next(&mut tx).await? else {
            break;
        };
        if passed < skip {
            passed += 1;
        } else {
            page.push(commit);
        }
    }
    Ok(page)
}
