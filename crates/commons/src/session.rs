//! Sessions: how a browser stays signed in. A session is a token of its own kind, so that all that holds for tokens
//! (stored as a hash, expiry, taken back, asked for again before something is written) holds for it.

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::{NamespaceId, TokenId};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_core::token;
use seedcorn_db::tokens::{self, Token};
use seedcorn_db::{members, passwords};
use serde_json::json;

use crate::identity::{self, secret_hash};
use crate::{Commons, Refusal, Result, account, audit, dice, password};

/// A browser that is signed in.
#[derive(Debug)]
pub struct SignedIn {
    /// Goes into the cookie; kept nowhere.
    pub secret: String,
    /// Who.
    pub name: String,
}

fn wrong() -> Refusal {
    Refusal::Forbidden("No member has this name and password.".into())
}

/// Signs in with name and password. `browser` is what it says of itself.
///
/// # Errors
/// `Forbidden` alike for a wrong name, a wrong password, and none set; `Busy` after too many wrong ones.
pub async fn with_password(commons: &Commons, name: &str, password: &str, browser: &str) -> Result<SignedIn> {
    let tries = tries_of(name);
    count_try(commons, &tries)?;
    let mut tx = commons.db.look().await?;
    let member =
        members::find(&mut tx, name).await?.filter(|found| found.kind == "member" && !found.disabled);
    let hash = match &member {
        Some(member) => passwords::find(&mut tx, &member.id).await?,
        None => None,
    };
    drop(tx);
    let right = password::verify(commons, password, hash).await?;
    let member = member.filter(|_| right).ok_or_else(wrong)?;
    commons.wrong_passwords.invalidate(&tries);
    begin(commons, &member.id, &member.name, browser).await
}

/// What tries at a member's password are counted by: nothing that somebody calls themselves is counted as another thing.
fn tries_of(name: &str) -> String {
    format!("password of {}", name.to_ascii_lowercase())
}

/// Counts a try as wrong before it is looked at, so that many at once are not all within the limit. Tries beyond it do not
/// count, or whoever goes on guessing would keep a member out for ever.
fn count_try(commons: &Commons, tries: &str) -> Result<()> {
    match counted(commons, tries, limits::WRONG_PASSWORDS_MAX) {
        true => Ok(()),
        false => Err(Refusal::Busy("Too many wrong passwords. Try again in a quarter of an hour.".into())),
    }
}

/// Counts one more of something; false beyond so many within [`limits::WRONG_PASSWORDS_SECS`].
pub(crate) fn counted(commons: &Commons, what: &str, max: u32) -> bool {
    let tries = &commons.wrong_passwords;
    let more = || {
        let before = |entry: Option<moka::Entry<String, u32>>| entry.map_or(0, moka::Entry::into_value);
        tries.entry_by_ref(what).and_upsert_with(|entry| before(entry) + 1).into_value()
    };
    tries.get(what).unwrap_or(0) < max && more() <= max
}

/// Signs in with an access token that may do all its member may.
///
/// # Errors
/// `BadToken`, or `Forbidden` for one that may do less.
pub async fn with_token(commons: &Commons, secret: &str, browser: &str) -> Result<SignedIn> {
    let actor = identity::identify(commons, secret.trim()).await?;
    if actor.scope != Scope::Write {
        return Err(Refusal::Forbidden(
            "This token may not do all that its member may. Sign in with one made with the write role."
                .into(),
        ));
    }
    start(commons, &actor.member, &actor.name, browser, Some(&actor.token)).await
}

/// Signs in a member who proved to be themselves without a token.
pub(crate) async fn begin(
    commons: &Commons,
    member: &NamespaceId,
    name: &str,
    browser: &str,
) -> Result<SignedIn> {
    start(commons, member, name, browser, None).await
}

/// A session that is begun with a token ends with it: whoever takes a token back takes back all it led to.
async fn start(
    commons: &Commons,
    member: &NamespaceId,
    name: &str,
    browser: &str,
    with: Option<&TokenId>,
) -> Result<SignedIn> {
    let secret = dice::secret(token::SESSION)?;
    let now = commons.now();
    let mut tx = commons.db.write().await?;
    let last = account::end_of(&mut tx, with, now).await?;
    let idle = now.plus_secs(limits::SESSION_IDLE_SECS).0;
    let row = Token {
        id: TokenId(dice::id()),
        member: member.clone(),
        name: browser[..browser.floor_char_boundary(limits::BROWSER_BYTES_MAX)].to_owned(),
        hash: secret_hash(&secret),
        hint: String::new(),
        role: tokens::SESSION.into(),
        scopes: "[]".into(),
        created: now,
        expires: Some(last.map_or(idle, |last| last.min(idle))),
        revoked: None,
        parent: with.map(|token| token.0.clone()),
    };
    tokens::add(&mut tx, &row).await?;
    let says = json!({ "session": row.id.0, "with": row.parent, "browser": row.name });
    audit::note(&mut tx, None, ("session.begin", name), says, now).await?;
    tx.commit().await?;
    Ok(SignedIn { secret, name: name.to_owned() })
}

/// Who comes with this cookie; nobody if the session is over.
pub async fn identify(commons: &Commons, secret: &str) -> Result<Option<Actor>> {
    if !secret.starts_with(token::SESSION) || !token::may_be_token(secret) {
        return Ok(None);
    }
    let mut tx = commons.db.look().await?;
    let found = tokens::find(&mut tx, &secret_hash(secret)).await?;
    let Some(found) = found.filter(|found| found.role == tokens::SESSION) else {
        return Ok(None);
    };
    match identity::actor(&mut tx, found.clone(), commons.now()).await {
        Ok(actor) => {
            drop(tx);
            renew(commons, &found).await?;
            Ok(Some(actor))
        }
        Err(Refusal::BadToken) => Ok(None),
        Err(refusal) => Err(refusal),
    }
}

/// A session that is used goes on, up to a last day; written down once a day, so that reading pages costs no write.
async fn renew(commons: &Commons, session: &Token) -> Result<()> {
    let now = commons.now();
    let last = session.created.plus_secs(limits::SESSION_SECS);
    let mut until = now.plus_secs(limits::SESSION_IDLE_SECS).min(last);
    let so_far = session.expires.map_or(last, Time);
    let is_worth_it = |until: Time| until.secs() - so_far.secs() >= 24 * 3600;
    if !is_worth_it(until) {
        return Ok(());
    }
    if let Some(parent) = session.parent.clone().map(TokenId) {
        // It ends with the token it was begun with, which is looked up before anything is to be written.
        let parent = tokens::find_by_id(&mut commons.db.look().await?, &parent).await?;
        until = parent.and_then(|row| row.expires).map_or(until, |end| until.min(Time(end)));
        if !is_worth_it(until) {
            return Ok(());
        }
    }
    let mut tx = commons.db.write().await?;
    tokens::extend(&mut tx, &session.id, until).await?;
    Ok(tx.commit().await?)
}

/// Ends the session that somebody came with; an access token they came with stays as it is.
pub async fn end(commons: &Commons, actor: &Actor) -> Result<()> {
    let mut tx = commons.db.write().await?;
    let came_with = tokens::find_by_id(&mut tx, &actor.token).await?;
    if came_with.is_some_and(|row| row.role == tokens::SESSION) {
        tokens::revoke(&mut tx, &actor.token, commons.now()).await?;
    }
    Ok(tx.commit().await?)
}

/// The sessions of a member that are not over, newest first.
pub async fn list(commons: &Commons, actor: &Actor) -> Result<Vec<Token>> {
    account::check(actor)?;
    let mut tx = commons.db.look().await?;
    Ok(tokens::list_sessions(&mut tx, &actor.member, commons.now(), limits::SESSIONS_SHOWN_MAX).await?)
}

/// Ends one of a member's own sessions.
///
/// # Errors
/// `NotFound` alike for one that is somebody else's, unknown, or over.
pub async fn end_one(commons: &Commons, actor: &Actor, id: &str) -> Result<()> {
    account::check(actor)?;
    let missing = || Refusal::NotFound("You have no such session.".into());
    let id = TokenId(id.to_owned());
    let mut tx = commons.db.write().await?;
    let row = tokens::find_by_id(&mut tx, &id).await?;
    row.filter(|row| row.member == actor.member && row.role == tokens::SESSION).ok_or_else(missing)?;
    if !tokens::revoke(&mut tx, &id, commons.now()).await? {
        return Err(missing());
    }
    Ok(tx.commit().await?)
}

/// Ends every session of a member but the one they came with.
pub async fn end_others(commons: &Commons, actor: &Actor) -> Result<()> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    tokens::revoke_sessions(&mut tx, &actor.member, &actor.token, commons.now()).await?;
    Ok(tx.commit().await?)
}

/// Whether a member has a password.
pub async fn has_password(commons: &Commons, actor: &Actor) -> Result<bool> {
    Ok(passwords::find(&mut commons.db.look().await?, &actor.member).await?.is_some())
}

/// Sets a member's password and ends their sessions but the one at hand. `old` is the one so far, if they have one.
///
/// # Errors
/// `Invalid` when `old` is wrong or the new one cannot be chosen; `Busy` after too many wrong ones; `Forbidden` with a
/// narrow token.
pub async fn change_password(commons: &Commons, actor: &Actor, old: &str, new: &str) -> Result<()> {
    account::check(actor)?;
    password::check(new)?;
    let hash = passwords::find(&mut commons.db.look().await?, &actor.member).await?;
    if hash.is_some() {
        let tries = tries_of(&actor.name);
        count_try(commons, &tries)?;
        if !password::verify(commons, old, hash).await? {
            return Err(Refusal::Invalid("This is not your password so far.".into()));
        }
        commons.wrong_passwords.invalidate(&tries);
    }
    let hash = password::hash(commons, new).await?;
    let mut tx = commons.db.write().await?;
    passwords::put(&mut tx, &actor.member, &hash, commons.now()).await?;
    audit::note(&mut tx, Some(actor), ("password.change", &actor.name), json!({}), commons.now()).await?;
    tokens::revoke_sessions(&mut tx, &actor.member, &actor.token, commons.now()).await?;
    Ok(tx.commit().await?)
}
