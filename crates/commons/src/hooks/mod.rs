//! Webhooks: members have what happens in repos told to addresses of theirs. It is written down in the transaction of what happened, and sent
//! by whichever process comes first, again and again until it is taken.

mod happen;
mod payload;
mod send;

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Tx;
use seedcorn_db::members;
use seedcorn_db::repos::{self, Named};
use seedcorn_db::webhooks::{self as rows, Webhook};
use serde_json::{Value, json};

use crate::access::may_see;
use crate::{Commons, Refusal, Result, account, dice};

pub(crate) use happen::{Happened, happened};
pub use seedcorn_db::webhooks::Delivery;
pub use send::{Outcome, Sending, due, told, wait};

/// What may be told: what becomes of repos, and what is said about them.
pub const DOMAINS: [&str; 2] = ["repo", "discussion"];

/// Something that an address is told of: `user`, `org`, or the kind of a repo, and its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Watched {
    /// Which.
    pub kind: String,
    /// Its name.
    pub name: String,
}

/// An address of a member.
#[derive(Clone, Debug)]
pub struct Hook {
    /// Its row.
    pub row: Webhook,
    /// What it is told of, as far as the member may see that.
    pub watched: Vec<Watched>,
}

impl Hook {
    /// What is told.
    pub fn domains(&self) -> impl Iterator<Item = &str> {
        self.row.domains.split_whitespace()
    }
}

/// What an address is to be.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// The address.
    pub url: &'a str,
    /// What only the member and the hub know; may be empty.
    pub secret: &'a str,
    /// What is told: of [`DOMAINS`].
    pub domains: &'a [String],
    /// What it is told of.
    pub watched: &'a [Watched],
}

/// The addresses of a member, oldest first.
///
/// # Errors
/// `Forbidden` for narrow tokens.
pub async fn list(commons: &Commons, actor: &Actor) -> Result<Vec<Hook>> {
    account::check(actor)?;
    let mut tx = commons.db.read().await?;
    let mut hooks = Vec::new();
    for row in rows::list(&mut tx, &actor.member).await? {
        hooks.push(with_watched(&mut tx, actor, row).await?);
    }
    Ok(hooks)
}

/// One of them.
///
/// # Errors
/// `NotFound` for what is not theirs.
pub async fn get(commons: &Commons, actor: &Actor, id: &str) -> Result<Hook> {
    account::check(actor)?;
    let mut tx = commons.db.read().await?;
    let row = own(&mut tx, actor, id).await?;
    with_watched(&mut tx, actor, row).await
}

async fn own(tx: &mut Tx, actor: &Actor, id: &str) -> Result<Webhook> {
    let found = rows::find(tx, id).await?.filter(|row| row.member == actor.member);
    found.ok_or_else(|| Refusal::NotFound("you have no webhook of this id".into()))
}

async fn with_watched(tx: &mut Tx, actor: &Actor, row: Webhook) -> Result<Hook> {
    let mut watched = Vec::new();
    for target in rows::about(tx, &row.id).await? {
        let namespace = members::find_by_id(tx, &seedcorn_core::id::NamespaceId(target.clone())).await?;
        if let Some(namespace) = namespace {
            let kind = if namespace.kind == "group" { "org" } else { "user" };
            watched.push(Watched { kind: kind.into(), name: namespace.name });
        } else if let Some(repo) = repos::find_by_id(tx, &seedcorn_core::id::RepoId(target)).await?
            && may_see(Some(actor), &repo)
        {
            watched.push(Watched { kind: repo.kind.word().into(), name: repo.full_name() });
        }
    }
    Ok(Hook { row, watched })
}

/// Whether a member may be told something now that they might be told when it happened: of a repo that is gone, that alone.
async fn may_hear(tx: &mut Tx, member: &Actor, one: &Delivery) -> Result<bool> {
    Ok(match repos::find_by_id(tx, &one.repo).await? {
        Some(repo) => may_see(Some(member), &repo),
        None => {
            let told: Value = serde_json::from_str(&one.payload).unwrap_or_default();
            told["event"] == json!({ "action": "delete", "scope": "repo" })
        }
    })
}

/// Makes an address, or changes the one of an id; then it is sent to, whatever it did before.
///
/// # Errors
/// `Invalid` for an address that is none, for domains that are not known, and for what is not there to be told of.
pub async fn put(commons: &Commons, actor: &Actor, id: Option<&str>, new: New<'_>) -> Result<Hook> {
    account::check(actor)?;
    check_url(new.url)?;
    if new.secret.len() > limits::WEBHOOK_SECRET_BYTES_MAX
        || new.secret.chars().any(|c| c.is_control() || !c.is_ascii())
    {
        let most = limits::WEBHOOK_SECRET_BYTES_MAX;
        return Err(Refusal::Invalid(format!(
            "a secret is at most {most} letters of ASCII: it goes into a header"
        )));
    }
    let domains = domains(new.domains)?;
    let mut tx = commons.db.write().await?;
    let id = match id {
        Some(id) => own(&mut tx, actor, id).await?.id,
        None if rows::list(&mut tx, &actor.member).await?.len() >= limits::WEBHOOKS_MAX => {
            let most = limits::WEBHOOKS_MAX;
            return Err(Refusal::TooLarge(format!("a member has at most {most} webhooks")));
        }
        None => dice::id(),
    };
    let targets = targets(&mut tx, actor, new.watched).await?;
    let row = Webhook {
        id,
        member: actor.member.clone(),
        url: new.url.to_owned(),
        secret: new.secret.to_owned(),
        domains,
        disabled: String::new(),
        failed: 0,
    };
    rows::put(&mut tx, &row, commons.now()).await?;
    rows::set_about(&mut tx, &row.id, &targets).await?;
    let hook = with_watched(&mut tx, actor, row).await?;
    tx.commit().await?;
    Ok(hook)
}

fn check_url(url: &str) -> Result<()> {
    let rest = ["https://", "http://"].iter().find_map(|scheme| url.strip_prefix(scheme));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let is_long = url.len() > limits::WEBHOOK_URL_BYTES_MAX;
    let is_odd = url.chars().any(|c| c.is_control() || c.is_whitespace());
    match host {
        Some(host) if !host.is_empty() && !host.contains('@') && !is_long && !is_odd => Ok(()),
        _ => {
            let most = limits::WEBHOOK_URL_BYTES_MAX;
            let text = format!(
                "an address begins with https:// or http://, names a host and no user, and has at most {most} bytes"
            );
            Err(Refusal::Invalid(text))
        }
    }
}

fn domains(asked: &[String]) -> Result<String> {
    if let Some(other) = asked.iter().find(|one| !DOMAINS.contains(&one.trim_end_matches('s'))) {
        return Err(Refusal::Invalid(format!("a domain is \"repo\" or \"discussion\", not {other:?}")));
    }
    // Older clients call it by more than one.
    let is = |domain: &&str| asked.is_empty() || asked.iter().any(|one| one.trim_end_matches('s') == *domain);
    Ok(DOMAINS.into_iter().filter(is).collect::<Vec<_>>().join(" "))
}

async fn targets(tx: &mut Tx, actor: &Actor, watched: &[Watched]) -> Result<Vec<String>> {
    if watched.is_empty() || watched.len() > limits::WATCHED_MAX {
        let most = limits::WATCHED_MAX;
        return Err(Refusal::Invalid(format!(
            "say of what it is to be told: 1 to {most} repos, members or groups"
        )));
    }
    let mut targets = Vec::new();
    for one in watched {
        let missing = || Refusal::Invalid(format!("there is no {} called {:?}", one.kind, one.name));
        let target = match (one.kind.as_str(), RepoKind::from_word(&one.kind)) {
            ("user" | "org", _) => members::find(tx, &one.name).await?.ok_or_else(missing)?.id.0,
            (_, None) => {
                let text = format!("\"type\" is \"user\", \"org\" or a kind of repo, not {:?}", one.kind);
                return Err(Refusal::Invalid(text));
            }
            (_, Some(kind)) => match repos::find(tx, kind, &one.name).await? {
                Named::Repo(repo) if may_see(Some(actor), &repo) => repo.id.0,
                _ => return Err(missing()),
            },
        };
        targets.push(target);
    }
    Ok(targets)
}

/// Goes on to send to an address, or stops.
///
/// # Errors
/// `NotFound` for what is not theirs.
pub async fn set_enabled(commons: &Commons, actor: &Actor, id: &str, enabled: bool) -> Result<Hook> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    let row = own(&mut tx, actor, id).await?;
    let why = if enabled { "" } else { "you stopped it" };
    rows::set_disabled(&mut tx, &row.id, why).await?;
    let row = own(&mut tx, actor, id).await?;
    let hook = with_watched(&mut tx, actor, row).await?;
    tx.commit().await?;
    Ok(hook)
}

/// Forgets an address, and what was sent to it.
///
/// # Errors
/// `NotFound` for what is not theirs.
pub async fn delete(commons: &Commons, actor: &Actor, id: &str) -> Result<()> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    let row = own(&mut tx, actor, id).await?;
    rows::delete(&mut tx, &row.id).await?;
    Ok(tx.commit().await?)
}

/// What was told to an address, the last first, before one; and behind which there is more. Of what they may see no more it is not shown again what
/// was told.
///
/// # Errors
/// `NotFound` for what is not theirs.
pub async fn deliveries(
    commons: &Commons,
    actor: &Actor,
    id: &str,
    before: Option<&str>,
) -> Result<(Vec<Delivery>, Option<String>)> {
    account::check(actor)?;
    let mut tx = commons.db.read().await?;
    let row = own(&mut tx, actor, id).await?;
    let mut page = rows::list_deliveries(&mut tx, &row.id, before, limits::DELIVERIES_PAGE).await?;
    for one in &mut page {
        if !may_hear(&mut tx, actor, one).await? {
            one.payload = json!({ "hidden": "you may not see this repo any more" }).to_string();
        }
    }
    let is_full = page.len() as i64 == limits::DELIVERIES_PAGE;
    let next = page.last().filter(|_| is_full).map(|last| last.id.clone());
    Ok((page, next))
}

/// Tells something once more that was told, as it was.
///
/// # Errors
/// `NotFound` for what is not theirs; `Conflict` for an address that is not sent to.
pub async fn redeliver(commons: &Commons, actor: &Actor, id: &str, delivery: &str) -> Result<()> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    let row = own(&mut tx, actor, id).await?;
    if !row.disabled.is_empty() {
        return Err(Refusal::Conflict("nothing is sent to it; let it be sent to again first".into()));
    }
    let found = rows::find_delivery(&mut tx, &row.id, delivery).await?;
    let found = found.ok_or_else(|| Refusal::NotFound("nothing of this id was told".into()))?;
    if !may_hear(&mut tx, actor, &found).await? {
        return Err(Refusal::Forbidden("you may not see the repo that this tells of any more".into()));
    }
    if rows::count_waiting(&mut tx, &row.id).await? >= limits::DELIVERIES_WAITING_MAX {
        return Err(Refusal::TooLarge("too much waits to be told to it".into()));
    }
    rows::deliver(&mut tx, (&dice::id(), &row.id), &found.repo, &found.payload, commons.now()).await?;
    tx.wake(&commons.sending);
    Ok(tx.commit().await?)
}
