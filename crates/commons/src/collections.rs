//! Collections: works and other collections that a member or a group puts together, in an order and with notes.

use seedcorn_core::access::{Actor, Role, Scope};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::collections as rows;
use seedcorn_db::repos::{self, Named, Repo};
use seedcorn_db::{Tx, members};

use crate::access::may_see;
use crate::{Commons, Refusal, Result, account, dice, list};

pub use seedcorn_db::collections::{Collection, Which};

/// What an item of another collection is.
pub const COLLECTION: &str = "collection";
/// Digits of a collection's id.
const ID_DIGITS: usize = 24;
/// The colours that there are.
pub const THEMES: [&str; 6] = ["orange", "blue", "green", "purple", "pink", "indigo"];

/// What is in a collection, as far as whoever asks may see it.
#[derive(Clone, Debug)]
pub struct Item {
    /// Where it stands among all, also those that whoever asks does not see, from 0.
    pub place: usize,
    /// Names it within the collection.
    pub id: String,
    /// What is said of it there.
    pub note: String,
    /// What it is.
    pub what: What,
}

/// What an item is.
#[derive(Clone, Debug)]
pub enum What {
    /// A repo.
    Repo(Box<Repo>),
    /// Another collection.
    Collection(Box<Collection>),
}

/// The address of a collection: `owner/its-title-and-its-id`.
pub fn address(row: &Collection) -> String {
    format!("{}/{}-{}", row.owner, row.slug, row.id)
}

/// The id at the end of an address; whatever stands before it may be what it was called once.
pub fn id_of(slug: &str) -> Option<&str> {
    let (_, id) = slug.rsplit_once('-')?;
    (id.len() == ID_DIGITS && id.bytes().all(|byte| byte.is_ascii_hexdigit())).then_some(id)
}

/// A title as addresses have it.
fn slug(title: &str) -> String {
    let mut slug = String::new();
    for c in title.chars().flat_map(char::to_lowercase) {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
        if slug.len() >= 60 {
            break;
        }
    }
    match slug.trim_matches('-') {
        "" => "collection".to_owned(),
        slug => slug.to_owned(),
    }
}

fn belongs(actor: Option<&Actor>, namespace: &NamespaceId, role: Role) -> bool {
    let Some(actor) = actor else { return false };
    // A token for some repos alone reads nothing else that is private.
    let narrow = matches!(actor.scope, Scope::Fine(_)) || (role > Role::Read && !actor.may_speak());
    !narrow && actor.role_in(namespace) >= Some(role)
}

fn missing() -> Refusal {
    Refusal::NotFound("there is no such collection, or it is private".into())
}

async fn find(tx: &mut Tx, actor: Option<&Actor>, id: &str, role: Option<Role>) -> Result<Collection> {
    let row = rows::find(tx, id).await?.ok_or_else(missing)?;
    if row.private && !belongs(actor, &row.namespace, Role::Read) {
        return Err(missing());
    }
    match role {
        Some(role) if !belongs(actor, &row.namespace, role) => {
            Err(Refusal::Forbidden(format!("this is for those who may publish for {}", row.owner)))
        }
        _ => Ok(row),
    }
}

/// A page of collections that whoever asks may see, and the place behind which the next begins.
pub async fn list(
    commons: &Commons,
    actor: Option<&Actor>,
    which: Which<'_>,
    before: Option<(i64, &str)>,
    limit: usize,
) -> Result<(Vec<Collection>, Option<(i64, String)>)> {
    let (mine, all) = list::sees(actor);
    let most = i64::try_from(limit + 1).unwrap_or(i64::MAX);
    let (owner, text) = (which.owner.to_ascii_lowercase(), which.text.to_lowercase());
    let which = Which { owner: &owner, text: &text, ..which };
    let mut tx = commons.db.read().await?;
    let mut page = rows::list(&mut tx, which, (&mine, all), before.unwrap_or((i64::MAX, "~")), most).await?;
    let more = page.len() > limit;
    page.truncate(limit);
    let next = page.last().filter(|_| more).map(|last| (last.updated.0, last.id.clone()));
    Ok((page, next))
}

/// A collection and what is in it, as far as whoever asks may see it; at most so many.
///
/// # Errors
/// `NotFound` for what is not there, or is not theirs to see.
pub async fn get(
    commons: &Commons,
    actor: Option<&Actor>,
    id: &str,
    most: usize,
) -> Result<(Collection, Vec<Item>)> {
    let mut tx = commons.db.read().await?;
    let row = find(&mut tx, actor, id, None).await?;
    let items = seen(&mut tx, actor, id, most).await?;
    Ok((row, items))
}

/// Of a few, no more is looked at than four times as many: a list of many collections must not cost all that is in them.
async fn seen(tx: &mut Tx, actor: Option<&Actor>, id: &str, most: usize) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let looked_at = i64::try_from(most.saturating_mul(4)).unwrap_or(i64::MAX);
    for (place, item) in (0..).zip(rows::items(tx, id, looked_at).await?) {
        if items.len() >= most {
            break;
        }
        let what = match item.kind.as_str() {
            COLLECTION => {
                let inner = rows::find(tx, &item.target).await?;
                let open = |one: &Collection| !one.private || belongs(actor, &one.namespace, Role::Read);
                inner.filter(open).map(|one| What::Collection(Box::new(one)))
            }
            _ => {
                let repo = repos::find_by_id(tx, &RepoId(item.target)).await?;
                repo.filter(|repo| may_see(actor, repo)).map(|repo| What::Repo(Box::new(repo)))
            }
        };
        items.extend(what.map(|what| Item { id: item.id, place, note: item.note, what }));
    }
    Ok(items)
}

/// What a collection is to be; `None` leaves as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Facts<'a> {
    /// What it is called.
    pub title: Option<&'a str>,
    /// What it is about.
    pub description: Option<&'a str>,
    /// Whether only those who belong to its owner see it.
    pub private: Option<bool>,
    /// A colour, of [`THEMES`].
    pub theme: Option<&'a str>,
}

impl Facts<'_> {
    fn check(&self) -> Result<()> {
        let most = limits::COLLECTION_TITLE_CHARS;
        let bad = |title: &str| {
            title.trim().is_empty() || title.chars().count() > most || title.chars().any(char::is_control)
        };
        if self.title.is_some_and(bad) {
            return Err(Refusal::Invalid(format!("a title is one line of 1 to {most} characters")));
        }
        self.description.map_or(Ok(()), check_text)?;
        match self.theme {
            Some(theme) if !THEMES.contains(&theme) => {
                Err(Refusal::Invalid(format!("a theme is one of {}, not {theme:?}", THEMES.join(", "))))
            }
            _ => Ok(()),
        }
    }

    fn change(&self, row: &mut Collection) {
        if let Some(title) = self.title {
            (row.title, row.slug) = (title.trim().to_owned(), slug(title));
        }
        if let Some(description) = self.description {
            description.clone_into(&mut row.description);
        }
        row.private = self.private.unwrap_or(row.private);
        if let Some(theme) = self.theme {
            theme.clone_into(&mut row.theme);
        }
    }
}

fn check_text(text: &str) -> Result<()> {
    let most = limits::COLLECTION_TEXT_CHARS;
    match text.chars().count() > most || text.contains('\0') {
        true => Err(Refusal::Invalid(format!("a description or a note has at most {most} characters"))),
        false => Ok(()),
    }
}

/// Makes a collection of a member or a group; one's own where no owner is named.
///
/// # Errors
/// `Forbidden` for those who may not publish for it; `Invalid` for facts that cannot be; `TooLarge` where there are too many.
pub async fn create(
    commons: &Commons,
    actor: &Actor,
    owner: Option<&str>,
    facts: Facts<'_>,
) -> Result<Collection> {
    account::check(actor)?;
    let facts = Facts { title: Some(facts.title.unwrap_or_default()), ..facts };
    facts.check()?;
    let mut tx = commons.db.write().await?;
    let owner = members::find(&mut tx, owner.unwrap_or(&actor.name)).await?;
    let owner = owner.filter(|owner| actor.may_create_in(&owner.id));
    let owner = owner.ok_or_else(|| Refusal::Forbidden("you may not publish for this owner".into()))?;
    members::lock(&mut tx, &owner.id).await?;
    if rows::count(&mut tx, &owner.id).await? >= limits::COLLECTIONS_MAX as i64 {
        return Err(Refusal::TooLarge(format!(
            "an owner has at most {} collections",
            limits::COLLECTIONS_MAX
        )));
    }
    let mut row = Collection {
        id: random_id()?,
        namespace: owner.id,
        owner: owner.name,
        title: String::new(),
        slug: String::new(),
        description: String::new(),
        private: false,
        theme: "green".into(),
        updated: commons.now(),
    };
    facts.change(&mut row);
    rows::put(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row)
}

/// A collection that is being changed.
async fn changing(commons: &Commons, actor: &Actor, id: &str) -> Result<(Tx, Collection)> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    rows::lock(&mut tx, id).await?;
    let row = find(&mut tx, Some(actor), id, Some(Role::Write)).await?;
    Ok((tx, row))
}

/// Changes what a collection is.
///
/// # Errors
/// `NotFound`, `Forbidden`, and `Invalid` for facts that cannot be.
pub async fn set(commons: &Commons, actor: &Actor, id: &str, facts: Facts<'_>) -> Result<Collection> {
    facts.check()?;
    let (mut tx, mut row) = changing(commons, actor, id).await?;
    facts.change(&mut row);
    row.updated = commons.now();
    rows::put(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row)
}

/// Deletes a collection; what was in it stays.
///
/// # Errors
/// `NotFound`, `Forbidden`.
pub async fn delete(commons: &Commons, actor: &Actor, id: &str) -> Result<()> {
    let (mut tx, _) = changing(commons, actor, id).await?;
    rows::delete(&mut tx, id).await?;
    Ok(tx.commit().await?)
}

/// What is put into a collection: the kind of a repo and its name, or another collection and its address.
#[derive(Clone, Copy, Debug)]
pub struct NewItem<'a> {
    /// `model`, `dataset`, `space`, `paper`, `code` or `collection`.
    pub kind: &'a str,
    /// Its name.
    pub name: &'a str,
    /// What is said of it there.
    pub note: &'a str,
}

/// Puts something at the end of a collection.
///
/// # Errors
/// `Invalid` for what is not there to be seen; `Conflict` for what is in it already; `TooLarge` where it is full.
pub async fn add_item(commons: &Commons, actor: &Actor, id: &str, new: NewItem<'_>) -> Result<Collection> {
    check_text(new.note)?;
    let (mut tx, row) = changing(commons, actor, id).await?;
    let target = target(&mut tx, actor, &row, new).await?;
    if rows::count_items(&mut tx, id).await? >= limits::COLLECTION_ITEMS_MAX as i64 {
        return Err(Refusal::TooLarge(format!(
            "a collection holds at most {}",
            limits::COLLECTION_ITEMS_MAX
        )));
    }
    let item = rows::Item { id: random_id()?, kind: new.kind.to_owned(), target, note: new.note.to_owned() };
    if !rows::add_item(&mut tx, id, &item).await? {
        return Err(Refusal::Conflict(format!("{} is in this collection already", new.name)));
    }
    touched(commons, tx, row).await
}

/// 24 hexadecimal digits that nobody guesses, as those of the Hub.
fn random_id() -> Result<String> {
    let random: [u8; 12] = dice::bytes().map_err(Refusal::broken)?;
    Ok(random.iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn touched(commons: &Commons, mut tx: Tx, row: Collection) -> Result<Collection> {
    let row = Collection { updated: commons.now(), ..row };
    rows::put(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(row)
}

async fn target(tx: &mut Tx, actor: &Actor, within: &Collection, new: NewItem<'_>) -> Result<String> {
    let missing = || Refusal::Invalid(format!("there is no {} called {:?}", new.kind, new.name));
    if new.kind == COLLECTION {
        let slug = new.name.rsplit_once('/').map_or(new.name, |(_, slug)| slug);
        let id = id_of(slug).ok_or_else(missing)?;
        let inner = find(tx, Some(actor), id, None).await.map_err(|refusal| match refusal {
            Refusal::NotFound(_) => missing(),
            other => other,
        })?;
        return match inner.id == within.id {
            true => Err(Refusal::Invalid("a collection does not hold itself".into())),
            false => Ok(inner.id),
        };
    }
    let Some(kind) = RepoKind::from_word(new.kind) else {
        let text = format!("an item is a collection or a kind of repo, not {:?}", new.kind);
        return Err(Refusal::Invalid(text));
    };
    match repos::find(tx, kind, new.name).await? {
        Named::Repo(repo) if may_see(Some(actor), &repo) => Ok(repo.id.0),
        _ => Err(missing()),
    }
}

/// Says something else of an item, or moves it to a place among the others, from 0.
///
/// # Errors
/// `NotFound` for what is not in it.
pub async fn set_item(
    commons: &Commons,
    actor: &Actor,
    (id, item): (&str, &str),
    (note, place): (Option<&str>, Option<usize>),
) -> Result<Collection> {
    note.map_or(Ok(()), check_text)?;
    let (mut tx, row) = changing(commons, actor, id).await?;
    let mut items = rows::items(&mut tx, id, i64::MAX).await?;
    let at = items.iter().position(|one| one.id == item);
    let at = at.ok_or_else(|| Refusal::NotFound("this collection has no such item".into()))?;
    let mut moved = items.remove(at);
    if let Some(note) = note {
        note.clone_into(&mut moved.note);
    }
    items.insert(place.unwrap_or(at).min(items.len()), moved);
    for (place, item) in (1..).zip(&items) {
        rows::set_item(&mut tx, id, &item.id, (&item.note, place)).await?;
    }
    touched(commons, tx, row).await
}

/// Takes an item out.
///
/// # Errors
/// `NotFound` for what is not in it.
pub async fn remove_item(commons: &Commons, actor: &Actor, id: &str, item: &str) -> Result<Collection> {
    let (mut tx, row) = changing(commons, actor, id).await?;
    if !rows::delete_item(&mut tx, id, item).await? {
        return Err(Refusal::NotFound("this collection has no such item".into()));
    }
    touched(commons, tx, row).await
}

/// The id of what a list of collections is to hold: `models/owner/name`, if whoever asks may see it.
pub async fn holding(commons: &Commons, actor: Option<&Actor>, item: &str) -> Result<Option<String>> {
    let Some((plural, name)) = item.split_once('/') else { return Ok(None) };
    let Some(kind) = RepoKind::from_plural(plural) else { return Ok(None) };
    match repos::find(&mut commons.db.look().await?, kind, name).await? {
        Named::Repo(repo) if may_see(actor, &repo) => Ok(Some(repo.id.0)),
        _ => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_end_with_the_id() {
        assert_eq!(slug("My cool stuff 7f-é Ω!"), "my-cool-stuff-7f");
        assert_eq!((slug(" Ω "), slug(&"a".repeat(99)).len()), ("collection".to_owned(), 60));
        let id = "0123456789abcdef01234567";
        assert_eq!(id_of(&format!("what-it-was-{id}")), Some(id));
        for bad in ["", id, "a-0123", "a-0123456789abcdef0123456g"] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }
}
