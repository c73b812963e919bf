//! Repos: made, renamed, opened and closed, deleted, listed.

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::RepoId;
use seedcorn_core::name;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::members;
pub use seedcorn_db::repos::Repo;
use seedcorn_db::repos::{self, Listing, Named};

use crate::access::{Admin, Grant, subject};
use crate::{Commons, Refusal, Result, dice, publish};

/// A repo to make.
#[derive(Debug)]
pub struct NewRepo {
    /// Model, dataset or space.
    pub kind: RepoKind,
    /// The owner; the asker when `None`.
    pub owner: Option<String>,
    /// Its name.
    pub name: String,
    /// Whether only its namespace may see it; the owner's default when `None`.
    pub private: Option<bool>,
    /// A space's SDK.
    pub sdk: String,
}

/// What came of making a repo.
#[derive(Debug)]
pub enum Created {
    /// Made.
    New(Repo),
    /// One of that name is there, and the asker may see it.
    Exists(Repo),
}

/// Makes a repo with its first commit: a default `.gitattributes`.
///
/// # Errors
/// `Forbidden` without the right to publish in the namespace, `Conflict` when the name leads to a repo that was
/// renamed: old names lead to it for ever.
pub async fn create(commons: &Commons, actor: &Actor, new: NewRepo) -> Result<Created> {
    name::check_part(&new.name).map_err(|why| Refusal::Invalid(why.to_string()))?;
    let owner_name = new.owner.as_deref().unwrap_or(&actor.name);
    let mut tx = commons.db.read().await?;
    let no_right = || {
        Refusal::Forbidden(format!(
            "You don't have the rights to create a {} under the namespace \"{owner_name}\"",
            new.kind
        ))
    };
    let owner =
        members::find(&mut tx, owner_name).await?.filter(|owner| !owner.disabled).ok_or_else(no_right)?;
    let full_name = format!("{}/{}", owner.name, new.name);
    let named = repos::find(&mut tx, new.kind, &full_name).await?;
    drop(tx);
    let may = actor.may_create_in(&owner.id);
    if let Named::Repo(repo) = named {
        return exists(actor, *repo, &full_name, no_right());
    }
    if !may {
        return Err(no_right());
    }
    let repo = Repo {
        id: RepoId(dice::id()),
        kind: new.kind,
        namespace: owner.id,
        owner: owner.name,
        name: new.name,
        private: new.private.unwrap_or(owner.private_default),
        gated: String::new(),
        sdk: new.sdk,
        card: String::new(),
        tags: "[]".into(),
        downloads: 0,
        created: commons.now(),
        updated: commons.now(),
    };
    let first = publish::first_commit(commons, &repo, actor).await?;
    let mut tx = commons.db.write().await?;
    if !repos::add(&mut tx, &repo).await? {
        return Err(Refusal::Conflict(format!("You already created this {} repo: {full_name}", repo.kind)));
    }
    first.record(&mut tx, &repo.id, repo.created).await?;
    tx.commit().await?;
    Ok(Created::New(repo))
}

fn exists(actor: &Actor, repo: Repo, full_name: &str, no_right: Refusal) -> Result<Created> {
    let now = repo.full_name();
    let seen = !repo.private || actor.role_on(&subject(&repo, &now)).is_some();
    match () {
        () if !seen => Err(no_right),
        () if !now.eq_ignore_ascii_case(full_name) => Err(Refusal::Conflict(format!(
            "{full_name} is a former name of {now} and leads to it for ever; choose another name"
        ))),
        () => Ok(Created::Exists(repo)),
    }
}

/// Renames a repo, within its namespace or into another.
///
/// # Errors
/// `Conflict` if the name is taken or was a repo's before.
pub async fn rename(commons: &Commons, grant: &Grant<Admin>, to: &str) -> Result<Repo> {
    let (owner, new_name) = name::split_full_name(to).map_err(|why| Refusal::Invalid(why.to_string()))?;
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to rename a repo".into()))?;
    let mut tx = commons.db.write().await?;
    let kind = grant.repo().kind;
    let owner = members::find(&mut tx, owner).await?.filter(|owner| !owner.disabled);
    let owner = owner
        .filter(|owner| actor.may_create_in(&owner.id))
        .ok_or_else(|| Refusal::Forbidden(format!("You don't have the rights to move a {kind} to {to}")))?;
    match repos::find(&mut tx, kind, to).await? {
        Named::Repo(there) if there.id != grant.repo().id => {
            return Err(Refusal::Conflict(format!("A {kind} repository called {to} already exists")));
        }
        Named::Repo(_) | Named::Free | Named::Deleted => {}
    }
    let mut repo = grant.repo().clone();
    repo.namespace = owner.id;
    repo.owner = owner.name;
    repo.name = new_name.to_owned();
    if !repos::rename(&mut tx, &repo).await? {
        return Err(Refusal::Conflict(format!("A {kind} repository called {to} already exists")));
    }
    tx.commit().await?;
    Ok(repo)
}

/// Deletes a repo. Its name is never handed to somebody else: only its namespace can make a repo of that name again.
pub async fn delete(commons: &Commons, grant: &Grant<Admin>) -> Result<()> {
    let mut tx = commons.db.write().await?;
    repos::delete(&mut tx, &grant.repo().id, commons.now()).await?;
    Ok(tx.commit().await?)
}

/// What may be set; `None` leaves as it is.
#[derive(Debug, Default)]
pub struct Settings {
    /// Only its namespace may see it.
    pub private: Option<bool>,
    /// Empty, `auto` or `manual`.
    pub gated: Option<String>,
}

/// Changes who may see a repo and who may read its files.
pub async fn set(commons: &Commons, grant: &Grant<Admin>, settings: Settings) -> Result<Repo> {
    let mut repo = grant.repo().clone();
    repo.private = settings.private.unwrap_or(repo.private);
    repo.gated = settings.gated.unwrap_or(repo.gated);
    let mut tx = commons.db.write().await?;
    repos::set_visibility(&mut tx, &repo.id, repo.private, &repo.gated).await?;
    tx.commit().await?;
    Ok(repo)
}

/// How a listing is ordered; always greatest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sort {
    /// When its default branch last moved.
    Updated,
    /// When it was made.
    Created,
    /// File requests.
    Downloads,
}

/// What to list.
#[derive(Debug)]
pub struct Query {
    /// Which kind.
    pub kind: RepoKind,
    /// Only of this owner, when not empty.
    pub author: String,
    /// Only with this in `owner/name`, when not empty.
    pub search: String,
    /// The order.
    pub sort: Sort,
    /// After this place: the last row's figure and id.
    pub after: Option<(i64, String)>,
    /// At most so many.
    pub limit: usize,
}

impl Query {
    /// The place of a row in the order.
    pub fn place(&self, repo: &Repo) -> (i64, String) {
        let figure = match self.sort {
            Sort::Updated => repo.updated.0,
            Sort::Created => repo.created.0,
            Sort::Downloads => repo.downloads,
        };
        (figure, repo.id.0.clone())
    }
}

/// A page of repos that an actor may see.
pub async fn list(commons: &Commons, actor: Option<&Actor>, query: &Query) -> Result<Vec<Repo>> {
    let mine = actor.map(Actor::readable_namespaces).unwrap_or_default();
    let what = Listing {
        kind: query.kind,
        author: &query.author,
        search: &query.search,
        mine: &mine,
        all: actor.is_some_and(|actor| actor.admin && !matches!(actor.scope, Scope::Fine(_))),
    };
    let after = query.after.as_ref().map_or((i64::MAX, "~"), |(figure, id)| (*figure, id.as_str()));
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut tx = commons.db.read().await?;
    Ok(match query.sort {
        Sort::Downloads => repos::list_by_downloads(&mut tx, &what, after, limit).await?,
        Sort::Updated => repos::list_by_time(&mut tx, &what, false, after, limit).await?,
        Sort::Created => repos::list_by_time(&mut tx, &what, true, after, limit).await?,
    })
}
