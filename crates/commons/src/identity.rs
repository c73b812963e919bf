//! From a secret to an actor: every door (Bearer, Basic, Xet token, signed address) ends here.

use std::collections::BTreeMap;

use seedcorn_core::access::{Actor, FineScope, Role, Scope};
use seedcorn_core::digest::Sha256;
use seedcorn_core::id::{NamespaceId, TokenId};
use seedcorn_core::openness::Policy;
use seedcorn_core::time::Time;
use seedcorn_core::token;
use seedcorn_db::members::{self, Membership, Namespace};
use seedcorn_db::tokens::{self, Token};
use seedcorn_db::{Db, Tx};

use crate::{Commons, Refusal, Result};

/// Bytes of the longest secret looked at.
const SECRET_BYTES_MAX: usize = 256;

/// Tokens are stored as this. They are random enough that no slow hash is needed.
pub(crate) fn secret_hash(secret: &str) -> Sha256 {
    Sha256::of(secret)
}

/// Who comes with this secret.
///
/// # Errors
/// `BadToken` alike for unknown, expired, revoked, and a disabled member.
pub async fn identify(commons: &Commons, secret: &str) -> Result<Actor> {
    if secret.is_empty() || secret.len() > SECRET_BYTES_MAX || !token::may_be_token(secret) {
        return Err(Refusal::BadToken);
    }
    let mut tx = commons.db.look().await?;
    let found = tokens::find(&mut tx, &secret_hash(secret)).await?;
    // A session belongs in a cookie and nowhere else.
    let found = found.filter(|found| found.role != tokens::SESSION).ok_or(Refusal::BadToken)?;
    actor(&mut tx, found, commons.now()).await
}

/// Who a token belongs to that the hub has sealed into something: a revoked token voids what was made with it.
pub(crate) async fn identify_id(db: &Db, id: &TokenId, now: Time) -> Result<Actor> {
    identify_within(&mut db.look().await?, id, now).await
}

/// The same within a transaction.
pub(crate) async fn identify_within(tx: &mut Tx, id: &TokenId, now: Time) -> Result<Actor> {
    let found = tokens::find_by_id(tx, id).await?.ok_or(Refusal::BadToken)?;
    actor(tx, found, now).await
}

/// Who a token or session belongs to, if it is still good.
pub(crate) async fn actor(tx: &mut Tx, token: Token, now: Time) -> Result<Actor> {
    if token.revoked.is_some() || token.expires.is_some_and(|end| end <= now.0) {
        return Err(Refusal::BadToken);
    }
    let member = members::find_by_id(tx, &token.member).await?.ok_or(Refusal::BadToken)?;
    if member.disabled {
        return Err(Refusal::BadToken);
    }
    let scope = scope(&token.role, &token.scopes)?;
    with(tx, member, token.id, scope).await
}

/// A member as they are without any token, for what the hub does in their name; none if they are shut out.
pub(crate) async fn as_member(tx: &mut Tx, member: &NamespaceId) -> Result<Option<Actor>> {
    match members::find_by_id(tx, member).await?.filter(|member| !member.disabled) {
        Some(member) => with(tx, member, TokenId(String::new()), Scope::Write).await.map(Some),
        None => Ok(None),
    }
}

async fn with(tx: &mut Tx, member: Namespace, token: TokenId, scope: Scope) -> Result<Actor> {
    let groups = members::groups_of(tx, &member.id).await?;
    let required = groups.iter().map(|group| &group.pull_policy).chain([&member.pull_policy]);
    let policy = required.filter_map(|text| text.parse().ok()).fold(Policy::default(), Policy::and);
    let groups: BTreeMap<_, _> =
        groups.into_iter().filter_map(|m| Some((m.team, Role::from_word(&m.role)?))).collect();
    Ok(Actor {
        member: member.id,
        name: member.name,
        full_name: member.full_name,
        admin: member.admin,
        groups,
        token,
        scope,
        policy,
    })
}

fn scope(role: &str, lines: &str) -> Result<Scope> {
    match role {
        "write" | tokens::SESSION => Ok(Scope::Write),
        "read" => Ok(Scope::Read),
        _ => serde_json::from_str::<Vec<FineScope>>(lines).map(Scope::Fine).map_err(Refusal::broken),
    }
}

/// What an actor may know about themselves.
#[derive(Debug)]
pub struct Whoami {
    /// Their row.
    pub member: Namespace,
    /// Their groups.
    pub groups: Vec<Membership>,
    /// The token they came with.
    pub token: Token,
}

/// Tells an actor who they are.
pub async fn whoami(commons: &Commons, actor: &Actor) -> Result<Whoami> {
    let mut tx = commons.db.read().await?;
    let member = members::find_by_id(&mut tx, &actor.member).await?.ok_or(Refusal::BadToken)?;
    let groups = members::groups_of(&mut tx, &actor.member).await?;
    let token = tokens::find_by_id(&mut tx, &actor.token).await?.ok_or(Refusal::BadToken)?;
    Ok(Whoami { member, groups, token })
}
