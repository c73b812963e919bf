//! Becoming a member, and a new password for one who lost theirs: by links that are good once, of which the hub keeps
//! only a hash, or freely where the operator lets everybody in.

use seedcorn_core::id::{NamespaceId, TokenId};
use seedcorn_core::time::Time;
use seedcorn_core::{limits, name, token};
use seedcorn_db::links::{self, Link};
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::{Db, DbError, Tx, passwords, tokens};

use crate::identity::secret_hash;
use crate::session::{self, SignedIn, counted};
use crate::{Commons, Refusal, Result, account, audit, dice, password};

/// Who may become a member without the operator's doing.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Registration {
    /// Nobody.
    #[default]
    Closed,
    /// Whoever has a link.
    Invited,
    /// Everybody.
    Open,
}

/// Makes a link to join and returns its secret, which is kept nowhere.
pub async fn invite(db: &Db, now: Time) -> Result<String> {
    make(db, links::JOIN, None, now, limits::JOIN_LINK_SECS).await
}

/// Makes a link by which a member sets their password, and returns its secret. Links of theirs made before are void.
///
/// # Errors
/// `Invalid` if there is no such member, or they are shut out.
pub async fn password_link(db: &Db, name: &str, now: Time) -> Result<String> {
    let member = find_member(&mut db.read().await?, name).await?;
    make(db, links::PASSWORD, Some(&member.id), now, limits::PASSWORD_LINK_SECS).await
}

async fn find_member(tx: &mut Tx, name: &str) -> Result<Namespace> {
    let found = members::find(tx, name).await?.filter(|row| row.kind == "member" && !row.disabled);
    found.ok_or_else(|| Refusal::Invalid(format!("there is no member called {name:?} who may sign in")))
}

async fn make(db: &Db, purpose: &str, of: Option<&NamespaceId>, now: Time, secs: i64) -> Result<String> {
    let secret = dice::secret(token::LINK)?;
    let row = Link {
        hash: secret_hash(&secret),
        purpose: purpose.into(),
        member: of.map(|id| id.0.clone()),
        created: now,
        expires: now.plus_secs(secs),
        used: None,
    };
    let mut tx = db.write().await?;
    links::forget(&mut tx, now.plus_secs(-limits::LINK_MEMORY_SECS)).await?;
    if let Some(member) = of {
        links::spend_all_of(&mut tx, member, now).await?;
    }
    links::add(&mut tx, &row).await?;
    let subject = of.map(|id| id.0.as_str()).unwrap_or_default();
    audit::note(&mut tx, None, ("link.make", subject), serde_json::json!({ "for": purpose }), now).await?;
    tx.commit().await?;
    Ok(secret)
}

/// Whether a link is good for a purpose.
async fn check(tx: &mut Tx, secret: &str, purpose: &str, now: Time) -> Result<Link> {
    let unknown = || Refusal::Forbidden("This link is not one of this hub’s. Ask for a new one.".into());
    if !secret.starts_with(token::LINK) || !token::may_be_token(secret) {
        return Err(unknown());
    }
    let link = links::find(tx, &secret_hash(secret)).await?;
    let link = link.filter(|link| link.purpose == purpose).ok_or_else(unknown)?;
    if link.used.is_some() {
        return Err(Refusal::Forbidden("This link was used already. Ask for a new one.".into()));
    }
    if link.expires <= now {
        return Err(Refusal::Forbidden("This link has expired. Ask for a new one.".into()));
    }
    Ok(link)
}

/// Whether somebody may join; `secret` is that of their link, or empty.
///
/// # Errors
/// `Forbidden`, with what to do.
pub async fn may_join(commons: &Commons, registration: Registration, secret: &str) -> Result<()> {
    match (registration, secret) {
        (Registration::Closed, _) => {
            Err(Refusal::Forbidden("This hub takes no new members. Ask whoever runs it.".into()))
        }
        (Registration::Open, "") => Ok(()),
        (Registration::Invited, "") => {
            Err(Refusal::Forbidden("Members of this hub are invited. Ask whoever runs it for a link.".into()))
        }
        (Registration::Invited | Registration::Open, secret) => {
            let mut tx = commons.db.look().await?;
            check(&mut tx, secret, links::JOIN, commons.now()).await.map(|_| ())
        }
    }
}

/// Who joins.
#[derive(Debug)]
pub struct Newcomer<'a> {
    /// The name they choose.
    pub name: &'a str,
    /// For people to read; the name when empty.
    pub full_name: &'a str,
    /// Their password.
    pub password: &'a str,
    /// The secret of their link, or empty.
    pub secret: &'a str,
    /// What their browser says of itself.
    pub browser: &'a str,
}

/// Why somebody did not join, by the field of the form.
#[derive(Debug)]
pub enum NotJoined {
    /// The name cannot be had.
    Name(Refusal),
    /// The name for people to read.
    FullName(Refusal),
    /// The password.
    Password(Refusal),
    /// Nothing that they could write otherwise.
    Refused(Refusal),
}

impl From<DbError> for NotJoined {
    fn from(error: DbError) -> Self {
        NotJoined::Refused(error.into())
    }
}

impl From<Refusal> for NotJoined {
    fn from(refusal: Refusal) -> Self {
        NotJoined::Refused(refusal)
    }
}

/// Makes somebody a member and signs them in; their link is used up.
///
/// # Errors
/// By field, as [`NotJoined`] tells.
pub async fn join(
    commons: &Commons,
    registration: Registration,
    new: Newcomer<'_>,
) -> Result<SignedIn, NotJoined> {
    may_join(commons, registration, new.secret).await?;
    name::check_namespace(new.name).map_err(|why| NotJoined::Name(Refusal::Invalid(why.to_string())))?;
    account::check_full_name(new.full_name).map_err(NotJoined::FullName)?;
    password::check(new.password).map_err(NotJoined::Password)?;
    let taken = || {
        let text = format!("There is a member or group called {} already.", new.name);
        NotJoined::Name(Refusal::Conflict(text))
    };
    if members::find(&mut commons.db.look().await?, new.name).await?.is_some() {
        return Err(taken());
    }
    // A link is good once, so only those who come without one are counted.
    if new.secret.is_empty() && !counted(commons, "/join", limits::JOINS_MAX) {
        let text = "Too many have joined just now. Try again in a quarter of an hour.";
        return Err(NotJoined::Refused(Refusal::Busy(text.into())));
    }
    let hash = password::hash(commons, new.password).await?;
    let row = Namespace {
        id: NamespaceId(dice::id()),
        name: new.name.to_owned(),
        kind: "member".into(),
        full_name: if new.full_name.is_empty() { new.name } else { new.full_name }.to_owned(),
        admin: false,
        disabled: false,
        private_default: false,
        pull_policy: String::new(),
        created: commons.now(),
    };
    let mut tx = commons.db.write().await?;
    if !members::add(&mut tx, &row).await? {
        return Err(taken());
    }
    if !new.secret.is_empty() {
        spend(&mut tx, new.secret, commons.now()).await?;
    }
    passwords::put(&mut tx, &row.id, &hash, row.created).await?;
    audit::note(&mut tx, None, ("member.join", &row.name), serde_json::json!({}), row.created).await?;
    tx.commit().await?;
    Ok(session::begin(commons, &row.id, &row.name, new.browser).await?)
}

/// Uses a link up; of two who come with it at once only one gets on.
async fn spend(tx: &mut Tx, secret: &str, now: Time) -> Result<()> {
    match links::spend(tx, &secret_hash(secret), now).await? {
        true => Ok(()),
        false => Err(Refusal::Forbidden("This link was used already. Ask for a new one.".into())),
    }
}

/// Whose password a link sets.
///
/// # Errors
/// `Forbidden` for a link that is not good, with what to do.
pub async fn whose(commons: &Commons, secret: &str) -> Result<Namespace> {
    let mut tx = commons.db.look().await?;
    let link = check(&mut tx, secret, links::PASSWORD, commons.now()).await?;
    let member = match link.member() {
        Some(id) => members::find_by_id(&mut tx, &id).await?.filter(|row| !row.disabled),
        None => None,
    };
    member.ok_or_else(|| Refusal::Forbidden("Its member may not sign in.".into()))
}

/// Sets the password of the member that a link is for, ends their sessions and signs them in; the link is used up.
///
/// # Errors
/// `Invalid` for a password that cannot be chosen; `Forbidden` for a link that is not good.
pub async fn set_by_link(commons: &Commons, secret: &str, new: &str, browser: &str) -> Result<SignedIn> {
    let member = whose(commons, secret).await?;
    password::check(new)?;
    let hash = password::hash(commons, new).await?;
    let mut tx = commons.db.write().await?;
    spend(&mut tx, secret, commons.now()).await?;
    put(&mut tx, &member, &hash, commons.now()).await?;
    tx.commit().await?;
    commons.wrong_passwords.invalidate(&member.name.to_ascii_lowercase());
    session::begin(commons, &member.id, &member.name, browser).await
}

/// Sets a member's password for them and ends their sessions.
///
/// # Errors
/// `Invalid` if there is no such member, or for a password that cannot be chosen.
pub async fn set_password(commons: &Commons, name: &str, new: &str) -> Result<()> {
    let member = find_member(&mut commons.db.look().await?, name).await?;
    password::check(new)?;
    let hash = password::hash(commons, new).await?;
    let mut tx = commons.db.write().await?;
    put(&mut tx, &member, &hash, commons.now()).await?;
    links::spend_all_of(&mut tx, &member.id, commons.now()).await?;
    Ok(tx.commit().await?)
}

async fn put(tx: &mut Tx, member: &Namespace, hash: &str, now: Time) -> Result<()> {
    passwords::put(tx, &member.id, hash, now).await?;
    audit::note(tx, None, ("password.set", &member.name), serde_json::json!({}), now).await?;
    // No session is spared: none has an empty id.
    Ok(tokens::revoke_sessions(tx, &member.id, &TokenId(String::new()), now).await?)
}
