//! Repos: made, renamed, opened and closed, deleted, listed.

use std::collections::BTreeMap;

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::repo::{RepoKind, SPACE_SDKS};
use seedcorn_core::{limits, name};
use seedcorn_db::repos::{self, Listing, Named};
pub use seedcorn_db::repos::{CardRow, Repo, Visibility};
use seedcorn_db::{Tx, members};

use crate::access::{Admin, Grant, See, subject};
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
    /// A space's SDK, one of [`SPACE_SDKS`], or empty; other kinds have none.
    pub sdk: String,
}

/// What came of making a repo.
#[derive(Debug)]
pub enum Created {
    /// Made.
    New(Repo),
    /// The name leads to this repo, which the asker may see, and why none was made. Its own name may be another: old
    /// names lead to a renamed repo for ever.
    Exists(Repo, String),
}

/// Makes a repo with its first commit: a default `.gitattributes`.
///
/// # Errors
/// `Forbidden` without the right to publish in the namespace; `Conflict` if somebody else made and deleted one of that
/// name at the same time.
pub async fn create(commons: &Commons, actor: &Actor, new: NewRepo) -> Result<Created> {
    name::check_part(&new.name).map_err(|why| Refusal::Invalid(why.to_string()))?;
    let sdk = checked_sdk(new.kind, new.sdk)?;
    let owner_name = new.owner.as_deref().unwrap_or(&actor.name);
    let no_right = || {
        Refusal::Forbidden(format!(
            "You don't have the rights to create a {} under the namespace \"{owner_name}\"",
            new.kind
        ))
    };
    // What cannot be a name is not looked up: nobody has it.
    name::check_part(owner_name).map_err(|_| no_right())?;
    let mut tx = commons.db.read().await?;
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
        sdk,
        downloads: 0,
        created: commons.now(),
        updated: commons.now(),
    };
    let first = publish::first_commit(commons, &repo, actor).await?;
    let mut tx = commons.db.write().await?;
    if !repos::add(&mut tx, &repo).await? {
        drop(tx);
        // Somebody was faster; tell what they made, as if it had been there before.
        return match repos::find(&mut commons.db.read().await?, repo.kind, &full_name).await? {
            Named::Repo(there) => exists(actor, *there, &full_name, no_right()),
            Named::Free | Named::Deleted => Err(Refusal::Conflict(
                "Cannot create repo: another conflicting operation is in progress".into(),
            )),
        };
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
        () if !now.eq_ignore_ascii_case(full_name) => {
            let why = format!("{full_name} is a former name of {now} and leads to it for ever");
            Ok(Created::Exists(repo, why))
        }
        () => {
            let why = format!("You already created this {} repo", repo.kind);
            Ok(Created::Exists(repo, why))
        }
    }
}

fn checked_sdk(kind: RepoKind, sdk: String) -> Result<String> {
    match kind {
        RepoKind::Model | RepoKind::Dataset => Ok(String::new()),
        RepoKind::Space if sdk.is_empty() || SPACE_SDKS.contains(&sdk.as_str()) => Ok(sdk),
        RepoKind::Space => Err(Refusal::Invalid(format!("\"sdk\" must be one of {}", SPACE_SDKS.join(", ")))),
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

/// Changes who may see a repo and who may read its files; tells how it is then.
pub async fn set(commons: &Commons, grant: &Grant<Admin>, settings: Settings) -> Result<Visibility> {
    let mut tx = commons.db.write().await?;
    let (id, gated) = (&grant.repo().id, settings.gated.as_deref());
    let now = repos::set_visibility(&mut tx, id, settings.private, gated).await?.ok_or(Refusal::Unseen)?;
    tx.commit().await?;
    Ok(now)
}

/// What a repo's card says, and the tags derived from it.
pub async fn card(commons: &Commons, grant: &Grant<See>) -> Result<CardRow> {
    let id = std::slice::from_ref(&grant.repo().id);
    repos::list_cards(&mut commons.db.look().await?, id).await?.pop().ok_or(Refusal::Unseen)
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
    pub after: Option<(i64, RepoId)>,
    /// At most so many.
    pub limit: usize,
}

/// A repo of a listing.
#[derive(Debug)]
pub struct Item {
    /// The repo.
    pub repo: Repo,
    /// Its card and tags.
    pub card: CardRow,
}

/// A page of a listing.
#[derive(Debug)]
pub struct Page {
    /// What is on it.
    pub items: Vec<Item>,
    /// Whether there may be more.
    pub more: bool,
}

impl Query {
    /// The place of a row in the order.
    pub fn place(&self, repo: &Repo) -> (i64, RepoId) {
        let figure = match self.sort {
            Sort::Updated => repo.updated.0,
            Sort::Created => repo.created.0,
            Sort::Downloads => repo.downloads,
        };
        (figure, repo.id.clone())
    }
}

/// The namespaces whose private repos somebody may see, and whether they may see all.
fn sees(actor: Option<&Actor>) -> (Vec<NamespaceId>, bool) {
    let all = actor.is_some_and(|actor| actor.admin && !matches!(actor.scope, Scope::Fine(_)));
    (actor.map(Actor::readable_namespaces).unwrap_or_default(), all)
}

/// How many repos of each kind an actor may see.
pub async fn count(commons: &Commons, actor: Option<&Actor>) -> Result<Vec<(RepoKind, u64)>> {
    let (mine, all) = sees(actor);
    let rows = repos::count_visible(&mut commons.db.look().await?, &mine, all).await?;
    let of =
        |kind: RepoKind| rows.iter().find(|(word, _)| word == kind.word()).map_or(0, |(_, count)| *count);
    Ok(RepoKind::ALL.map(|kind| (kind, u64::try_from(of(kind)).unwrap_or_default())).to_vec())
}

/// A page of repos that an actor may see. It ends early when cards and tags grow larger than
/// [`limits::LIST_PAGE_CARD_BYTES_MAX`].
///
/// # Errors
/// `Invalid` for a search longer than any name.
pub async fn list(commons: &Commons, actor: Option<&Actor>, query: &Query) -> Result<Page> {
    if query.search.len() > limits::SEARCH_BYTES_MAX {
        let max = limits::SEARCH_BYTES_MAX;
        return Err(Refusal::Invalid(format!("\"search\" has at most {max} bytes; no name is longer")));
    }
    let (mine, all) = sees(actor);
    let what = Listing { kind: query.kind, author: &query.author, search: &query.search, mine: &mine, all };
    let after = query.after.as_ref().map_or((i64::MAX, "~"), |(figure, id)| (*figure, id.as_str()));
    let limit = i64::try_from(query.limit).unwrap_or(i64::MAX);
    let mut tx = commons.db.read().await?;
    let listed = match query.sort {
        Sort::Downloads => repos::list_by_downloads(&mut tx, &what, after, limit).await?,
        Sort::Updated => repos::list_by_time(&mut tx, &what, false, after, limit).await?,
        Sort::Created => repos::list_by_time(&mut tx, &what, true, after, limit).await?,
    };
    let found = listed.len();
    let items = with_cards(&mut tx, listed).await?;
    let more = found == query.limit || items.len() < found;
    Ok(Page { items, more })
}

/// Those of the first repos whose cards and tags fit into a page, with them; never none of some.
async fn with_cards(tx: &mut Tx, listed: Vec<repos::Listed>) -> Result<Vec<Item>> {
    let (mut bytes, mut repos) = (0, Vec::new());
    for listed in listed {
        bytes += usize::try_from(listed.card_bytes).unwrap_or_default();
        if bytes > limits::LIST_PAGE_CARD_BYTES_MAX && !repos.is_empty() {
            break;
        }
        repos.push(listed.repo);
    }
    let ids: Vec<RepoId> = repos.iter().map(|repo| repo.id.clone()).collect();
    let rows = repos::list_cards(tx, &ids).await?;
    let mut cards: BTreeMap<RepoId, CardRow> = rows.into_iter().map(|row| (row.repo.clone(), row)).collect();
    Ok(repos.into_iter().filter_map(|repo| Some(Item { card: cards.remove(&repo.id)?, repo })).collect())
}
