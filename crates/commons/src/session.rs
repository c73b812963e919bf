//! Sessions: how a browser stays signed in. A session is a token of its own kind, so that all that holds for tokens
//! (stored as a hash, expiry, taken back, asked for again before something is written) holds for it.

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::{NamespaceId, TokenId};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_core::token;
use seedcorn_db::tokens::{self, Token};
use seedcorn_db::{members, passwords};

use crate::identity::{self, secret_hash};
use crate::{Commons, Refusal, Result, dice, password};

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

/// Signs in with name and password.
///
/// # Errors
/// `Forbidden` alike for a wrong name, a wrong password, and none set; `Busy` after too many wrong ones.
pub async fn with_password(commons: &Commons, name: &str, password: &str) -> Result<SignedIn> {
    let folded = name.to_ascii_lowercase();
    if commons.wrong_passwords.get(&folded).unwrap_or(0) >= limits::WRONG_PASSWORDS_MAX {
        return Err(Refusal::Busy("Too many wrong passwords. Try again in a quarter of an hour.".into()));
    }
    let mut tx = commons.db.look().await?;
    let member =
        members::find(&mut tx, name).await?.filter(|found| found.kind == "member" && !found.disabled);
    let hash = match &member {
        Some(member) => passwords::find(&mut tx, &member.id).await?,
        None => None,
    };
    drop(tx);
    let right = password::verify(commons, password, hash).await?;
    let Some(member) = member.filter(|_| right) else {
        let before = commons.wrong_passwords.get(&folded).unwrap_or(0);
        commons.wrong_passwords.insert(folded, before + 1);
        return Err(wrong());
    };
    begin(commons, &member.id, &member.name).await
}

/// Signs in with an access token that may do all its member may.
///
/// # Errors
/// `BadToken`, or `Forbidden` for one that may do less.
pub async fn with_token(commons: &Commons, secret: &str) -> Result<SignedIn> {
    let actor = identity::identify(commons, secret.trim()).await?;
    if actor.scope != Scope::Write {
        return Err(Refusal::Forbidden(
            "This token may not do all that its member may. Sign in with one made with the write role."
                .into(),
        ));
    }
    begin(commons, &actor.member, &actor.name).await
}

async fn begin(commons: &Commons, member: &NamespaceId, name: &str) -> Result<SignedIn> {
    let random: [u8; 128] = dice::bytes().map_err(Refusal::broken)?;
    let secret = token::render(token::SESSION, &random)
        .ok_or_else(|| Refusal::Broken(anyhow::anyhow!("the random source gave too little")))?;
    let now = commons.now();
    let row = Token {
        id: TokenId(dice::id()),
        member: member.clone(),
        name: String::new(),
        hash: secret_hash(&secret),
        hint: String::new(),
        role: tokens::SESSION.into(),
        scopes: "[]".into(),
        created: now,
        expires: Some(now.plus_secs(limits::SESSION_IDLE_SECS).0),
        revoked: None,
    };
    let mut tx = commons.db.write().await?;
    tokens::add(&mut tx, &row).await?;
    tx.commit().await?;
    Ok(SignedIn { secret, name: name.to_owned() })
}

/// Who comes with this cookie; nobody if the session is over.
pub async fn identify(commons: &Commons, secret: &str) -> Result<Option<Actor>> {
    if !secret.starts_with(token::SESSION) || !token::may_be_token(secret) {
        return Ok(None);
    }
    let found = tokens::find(&mut commons.db.look().await?, &secret_hash(secret)).await?;
    let Some(found) = found.filter(|found| found.role == tokens::SESSION) else {
        return Ok(None);
    };
    match identity::identify_id(&commons.db, &found.id, commons.now()).await {
        Ok(actor) => {
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
    let until = now.plus_secs(limits::SESSION_IDLE_SECS).min(last);
    let so_far = session.expires.map_or(last, Time);
    if until.secs() - so_far.secs() < 24 * 3600 {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    tokens::extend(&mut tx, &session.id, until).await?;
    Ok(tx.commit().await?)
}

/// Ends a session; nothing if there is none.
pub async fn end(commons: &Commons, actor: &Actor) -> Result<()> {
    let mut tx = commons.db.write().await?;
    tokens::revoke(&mut tx, &actor.token, commons.now()).await?;
    Ok(tx.commit().await?)
}

/// Sets a member's password and ends their sessions but the one at hand. `old` is the one so far, if they have one.
///
/// # Errors
/// `Forbidden` when `old` is wrong, `Invalid` when the new one cannot be chosen.
pub async fn change_password(commons: &Commons, actor: &Actor, old: &str, new: &str) -> Result<()> {
    password::check(new)?;
    let hash = passwords::find(&mut commons.db.look().await?, &actor.member).await?;
    if hash.is_some() && !password::verify(commons, old, hash).await? {
        return Err(Refusal::Forbidden("This is not your password so far.".into()));
    }
    let hash = password::hash(commons, new).await?;
    let mut tx = commons.db.write().await?;
    passwords::put(&mut tx, &actor.member, &hash, commons.now()).await?;
    tokens::revoke_sessions(&mut tx, &actor.member, &actor.token, commons.now()).await?;
    Ok(tx.commit().await?)
}
