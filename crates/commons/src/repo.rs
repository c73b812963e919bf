//! Repos: made, renamed, opened and closed, deleted.

use seedcorn_core::access::Actor;
use seedcorn_core::id::RepoId;
use seedcorn_core::paper::Facts;
use seedcorn_core::repo::{RepoKind, SPACE_SDKS};
use seedcorn_core::{card, license, limits, name, paper};
pub use seedcorn_db::listings::CardRow;
use seedcorn_db::repos::{self, Named};
pub use seedcorn_db::repos::{Repo, Visibility};
use seedcorn_db::{Tx, listings, members};
use serde_json::json;

use crate::access::{Admin, Grant, Read, See, subject};
use crate::browse::Revision;
use crate::hooks::{self, Happened};
use crate::log::{self, what};
use crate::{Commons, Refusal, Result, audit, compute, dice, jobs, publish, pull, search};

/// A repo to make.
#[derive(Debug)]
pub struct NewRepo {
    /// What it is.
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
    create_with_card(commons, actor, new, None).await
}

/// The same, with a card that names a licence in the first commit; the licence is one that a card may name.
pub async fn create_licensed(
    commons: &Commons,
    actor: &Actor,
    new: NewRepo,
    license: &str,
) -> Result<Created> {
    if !license::is_known(license) {
        return Err(Refusal::Invalid(format!("{license:?} is no licence of the list")));
    }
    let card = format!("---\nlicense: {license}\n---\n\n# {}\n", new.name);
    create_with_card(commons, actor, new, Some(&card)).await
}

/// Makes the repo of a paper, with all that is known of it in its first card.
///
/// # Errors
/// As [`create`], and `Invalid` for facts that no card may state.
pub async fn create_paper(commons: &Commons, actor: &Actor, new: NewRepo, facts: &Facts) -> Result<Created> {
    let text = paper::card(facts);
    let report = card::validate(&text, RepoKind::Paper);
    if new.kind != RepoKind::Paper || !report.errors.is_empty() {
        return Err(Refusal::Invalid(report.errors.join("; ")));
    }
    create_with_card(commons, actor, new, Some(&text)).await
}

async fn create_with_card(
    commons: &Commons,
    actor: &Actor,
    new: NewRepo,
    card: Option<&str>,
) -> Result<Created> {
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
        disabled: String::new(),
        was_private: false,
        sdk,
        downloads: 0,
        likes: 0,
        rewritten: 0,
        created: commons.now(),
        updated: commons.now(),
    };
    let first = publish::first_commit(commons, &repo, actor, card).await?;
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
    match card {
        Some(card) => publish::put_card(&mut tx, &repo, card, repo.created).await?,
        None => search::put(&mut tx, &repo.id, "").await?,
    }
    jobs::grown(commons, &mut tx, &repo.id).await?;
    jobs::told(commons, &mut tx, &repo.id, repo.kind).await?;
    log::of_repo(commons, &mut tx, &repo.id, Some(actor), what::published(&repo.gated)).await?;
    log::of_shown(commons, &mut tx, &repo.id, Some(actor)).await?;
    hooks::happened(commons, &mut tx, &repo, Happened::Made).await?;
    let says = json!({ "private": repo.private });
    audit::note(&mut tx, Some(actor), ("repo.create", &called(&repo)), says, commons.now()).await?;
    tx.commit().await?;
    commons.changed();
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
        RepoKind::Model | RepoKind::Dataset | RepoKind::Paper | RepoKind::Code => Ok(String::new()),
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
    search::enter(&mut tx, &repo.id).await?;
    jobs::told(commons, &mut tx, &repo.id, kind).await?;
    let renamed = what::renamed(&grant.repo().full_name(), &repo.full_name());
    log::of_repo(commons, &mut tx, &repo.id, Some(actor), renamed).await?;
    hooks::happened(commons, &mut tx, grant.repo(), Happened::Renamed(&repo)).await?;
    let says = json!({ "to": repo.full_name() });
    audit::note(&mut tx, Some(actor), ("repo.rename", &called(grant.repo())), says, commons.now()).await?;
    tx.commit().await?;
    commons.changed();
    Ok(repo)
}

/// Deletes a repo. Its name is never handed to somebody else: only its namespace can make a repo of that name again.
pub async fn delete(commons: &Commons, grant: &Grant<Admin>) -> Result<()> {
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, &grant.repo().id).await?;
    log::of_repo(commons, &mut tx, &grant.repo().id, grant.actor(), what::gone()).await?;
    hooks::happened(commons, &mut tx, grant.repo(), Happened::Gone).await?;
    search::delete(&mut tx, &grant.repo().id, commons.now()).await?;
    audit::note(&mut tx, grant.actor(), ("repo.delete", &called(grant.repo())), json!({}), commons.now())
        .await?;
    jobs::shared(commons, &mut tx, &grant.repo().id).await?;
    jobs::told(commons, &mut tx, &grant.repo().id, grant.repo().kind).await?;
    tx.commit().await?;
    commons.changed();
    Ok(())
}

/// What the audit log calls a repo.
pub(crate) fn called(repo: &Repo) -> String {
    format!("{}/{}", repo.kind.plural(), repo.full_name())
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
    repos::lock(&mut tx, id).await?;
    let before = repos::find_by_id(&mut tx, id).await?.ok_or(Refusal::Unseen)?;
    if !before.disabled.is_empty() {
        return Err(Refusal::Disabled);
    }
    if settings.private == Some(true) {
        // The last that is told of it.
        let hidden = what::visible(true, gated.unwrap_or(&before.gated));
        log::of_repo(commons, &mut tx, id, grant.actor(), hidden).await?;
    }
    let now = repos::set_visibility(&mut tx, id, settings.private, gated).await?.ok_or(Refusal::Unseen)?;
    seen(commons, &mut tx, grant, (&before, &now)).await?;
    // Those are told who may see it now.
    let after = repos::find_by_id(&mut tx, id).await?.ok_or(Refusal::Unseen)?;
    hooks::happened(commons, &mut tx, &after, Happened::Set).await?;
    let says = json!({ "private": now.private, "gated": now.gated });
    audit::note(&mut tx, grant.actor(), ("repo.set", &called(&before)), says, commons.now()).await?;
    search::enter(&mut tx, id).await?;
    jobs::shared(commons, &mut tx, id).await?;
    jobs::told(commons, &mut tx, id, grant.repo().kind).await?;
    tx.commit().await?;
    commons.changed();
    Ok(now)
}

/// Takes a repo down for a reason, or lets it be again if that is empty, for whoever runs the hub. Of what everybody saw, the log tells.
///
/// # Errors
/// `Invalid` for a repo that is not there, or a reason that is too long.
pub async fn set_disabled(commons: &Commons, kind: RepoKind, full_name: &str, reason: &str) -> Result<()> {
    let most = limits::REJECTION_CHARS_MAX;
    if reason.chars().count() > most || reason.contains('\0') {
        return Err(Refusal::Invalid(format!("a reason is a text of {most} characters at most")));
    }
    let mut tx = commons.db.write().await?;
    let missing = || Refusal::Invalid(format!("there is no {kind} called {full_name:?}"));
    let Named::Repo(found) = repos::find(&mut tx, kind, full_name).await? else { return Err(missing()) };
    let id = &found.id;
    repos::lock(&mut tx, id).await?;
    let before = repos::find_by_id(&mut tx, id).await?.ok_or_else(missing)?;
    if before.disabled.is_empty() && !reason.is_empty() {
        log::of_repo(commons, &mut tx, id, None, what::taken_down()).await?;
    }
    repos::set_disabled(&mut tx, id, reason).await?;
    if !before.disabled.is_empty() && reason.is_empty() && log::knows(&mut tx, id).await? {
        log::of_repo(commons, &mut tx, id, None, what::restored()).await?;
        log::of_shown(commons, &mut tx, id, None).await?;
    }
    let deed = if reason.is_empty() { "repo.enable" } else { "repo.disable" };
    audit::note(&mut tx, None, (deed, &called(&before)), json!({ "reason": reason }), commons.now()).await?;
    search::enter(&mut tx, id).await?;
    jobs::shared(commons, &mut tx, id).await?;
    jobs::told(commons, &mut tx, id, kind).await?;
    tx.commit().await?;
    commons.changed();
    Ok(())
}

/// Logs what became of who may see a repo, if everybody may now.
async fn seen(
    commons: &Commons,
    tx: &mut Tx,
    grant: &Grant<Admin>,
    (before, now): (&Repo, &Visibility),
) -> Result<()> {
    let (id, by) = (&before.id, grant.actor());
    if now.private || (before.private, &before.gated) == (now.private, &now.gated) {
        return Ok(());
    }
    let is_first = !log::knows(tx, id).await?;
    let told = if is_first { what::published(&now.gated) } else { what::visible(false, &now.gated) };
    log::of_repo(commons, tx, id, by, told).await?;
    match before.private {
        true => log::of_shown(commons, tx, id, by).await.map(drop),
        false => Ok(()),
    }
}

/// What a repo's card says, and the tags derived from it.
pub async fn card(commons: &Commons, grant: &Grant<See>) -> Result<CardRow> {
    let id = std::slice::from_ref(&grant.repo().id);
    listings::list_cards(&mut commons.db.look().await?, id).await?.pop().ok_or(Refusal::Unseen)
}

/// The same as the README of a commit says it, for those who may read it.
pub async fn card_at(commons: &Commons, grant: &Grant<Read>, commit: &Revision) -> Result<CardRow> {
    let repo = grant.repo();
    let oid = commit.oid.to_string();
    let text = match pull::locate(commons, grant, &oid, "README.md", true).await {
        Ok(located) => pull::beginning(commons, &located, limits::CARD_BYTES_MAX as u64).await?,
        Err(Refusal::NoEntry { .. }) => Vec::new(),
        Err(refusal) => return Err(refusal),
    };
    let (id, kind) = (repo.id.clone(), repo.kind);
    compute(move || read_card(&id, kind, &String::from_utf8_lossy(&text))).await?
}

/// Reads a card. One that does not parse is kept as a file and shows no metadata.
pub(crate) fn read_card(repo: &RepoId, kind: RepoKind, text: &str) -> Result<CardRow> {
    let card = card::split(text);
    let read = card.yaml.and_then(|yaml| card::metadata(yaml).ok()).unwrap_or_default();
    let json = |value| serde_json::to_string(value).map_err(Refusal::broken);
    Ok(CardRow {
        repo: repo.clone(),
        tags: serde_json::to_string(&card::tags(&read, card.body, kind)).map_err(Refusal::broken)?,
        card: if read.is_empty() { String::new() } else { json(&read)? },
        openness: None,
    })
}
