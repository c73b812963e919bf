//! What members do with their own account: access tokens made and taken back.

use seedcorn_core::access::{Actor, Scope};
use seedcorn_core::id::TokenId;
use seedcorn_core::limits;
use seedcorn_core::openness::Policy;
use seedcorn_core::time::Time;
use seedcorn_core::token;
use seedcorn_db::tokens::{self, Token};
use seedcorn_db::{Tx, members};
use serde_json::json;

use crate::access::{See, authorize};
use crate::admin::{self, FineLine, NewToken, TokenRole};
use crate::{Commons, Refusal, Result, audit, dice, identity};

/// Whether somebody may change their account: not with a token that is less than they are.
pub(crate) fn check(actor: &Actor) -> Result<()> {
    match actor.scope {
        Scope::Write => Ok(()),
        Scope::Read | Scope::Fine(_) => {
            Err(Refusal::Forbidden("A narrow token may not change its member's account.".into()))
        }
    }
}

/// Checks a name for people to read.
pub(crate) fn check_full_name(text: &str) -> Result<()> {
    let max = limits::FULL_NAME_BYTES_MAX;
    if text.len() > max || text.chars().any(char::is_control) {
        return Err(Refusal::Invalid(format!(
            "A full name is one line of at most {max} bytes, without control characters."
        )));
    }
    Ok(())
}

/// What a member or a group has set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Profile<'a> {
    /// What others read of it; empty for its name.
    pub full_name: &'a str,
    /// Whether its new repos are private unless said otherwise.
    pub private_default: bool,
    /// What it requires of the openness of what its members pull.
    pub policy: Policy,
}

/// Sets what others read of a member, how their new repos begin, and what they require of what they pull.
///
/// # Errors
/// `Invalid` for a name that cannot be one.
pub async fn set_profile(commons: &Commons, actor: &Actor, profile: Profile<'_>) -> Result<()> {
    check(actor)?;
    check_full_name(profile.full_name)?;
    let full_name = if profile.full_name.is_empty() { &actor.name } else { profile.full_name };
    let mut tx = commons.db.write().await?;
    members::set_profile(&mut tx, &actor.member, full_name, profile.private_default).await?;
    members::set_pull_policy(&mut tx, &actor.member, &profile.policy.to_string()).await?;
    Ok(tx.commit().await?)
}

/// A member's access tokens that are in use or have expired, oldest first.
pub async fn tokens(commons: &Commons, actor: &Actor) -> Result<Vec<Token>> {
    check(actor)?;
    let all = tokens::list(&mut commons.db.look().await?, &actor.member).await?;
    Ok(all.into_iter().filter(|token| token.revoked.is_none()).collect())
}

/// The token that what an actor makes now ends with: the one they came with, or signed in with; none if it was a
/// password.
async fn root(tx: &mut Tx, actor: &Actor) -> Result<Option<TokenId>> {
    let row = tokens::find_by_id(tx, &actor.token).await?.ok_or(Refusal::BadToken)?;
    Ok(match row.role == tokens::SESSION {
        true => row.parent.map(TokenId),
        false => Some(row.id),
    })
}

/// When what is made with a token ends at the latest, in microseconds UTC. Holds the token, so that it is not taken back
/// unseen while something is made with it.
pub(crate) async fn end_of(tx: &mut Tx, with: Option<&TokenId>, now: Time) -> Result<Option<i64>> {
    let Some(with) = with else {
        return Ok(None);
    };
    if !tokens::hold(tx, with).await? {
        return Err(Refusal::BadToken);
    }
    identity::identify_within(tx, with, now).await?;
    Ok(tokens::find_by_id(tx, with).await?.and_then(|row| row.expires))
}

/// The name of the token that what a member makes now ends with, if they came by one.
pub async fn rests_on(commons: &Commons, actor: &Actor) -> Result<Option<String>> {
    let mut tx = commons.db.look().await?;
    match root(&mut tx, actor).await? {
        Some(token) => Ok(tokens::find_by_id(&mut tx, &token).await?.map(|row| row.name)),
        None => Ok(None),
    }
}

/// Makes an access token and returns its secret, which is kept nowhere. Made by somebody who came by a token, it ends with
/// that one: else a token that leaked would live on in others after it was taken back.
///
/// # Errors
/// `Invalid` for a name that is empty or too long, for too many lines, or when there are too many tokens already.
pub async fn make_token(
    commons: &Commons,
    actor: &Actor,
    name: &str,
    role: TokenRole,
    expires: Option<Time>,
) -> Result<String> {
    if name.is_empty() || name.len() > limits::NAME_BYTES_MAX {
        let max = limits::NAME_BYTES_MAX;
        return Err(Refusal::Invalid(format!("A token’s name has 1 to {max} bytes.")));
    }
    if matches!(&role, TokenRole::Fine(lines) if lines.len() > limits::TOKEN_LINES_MAX) {
        let max = limits::TOKEN_LINES_MAX;
        return Err(Refusal::Invalid(format!("A token has at most {max} lines.")));
    }
    if let TokenRole::Fine(lines) = &role {
        see(commons, actor, lines).await?;
    }
    let new = NewToken { member: actor.name.clone(), name: name.to_owned(), role, expires };
    let mut tx = commons.db.write().await?;
    let (secret, _) = make_within(&mut tx, actor, new, commons.now()).await?;
    tx.commit().await?;
    Ok(secret)
}

/// The same within a transaction; tells when the token ends, too.
pub(crate) async fn make_within(
    tx: &mut Tx,
    actor: &Actor,
    new: NewToken,
    now: Time,
) -> Result<(String, Option<Time>)> {
    check(actor)?;
    let all = tokens::list(tx, &actor.member).await?;
    if all.iter().filter(|token| token.revoked.is_none()).count() >= limits::TOKENS_MAX {
        let max = limits::TOKENS_MAX;
        return Err(Refusal::Invalid(format!("A member has at most {max} tokens. Take one back first.")));
    }
    let with = root(tx, actor).await?;
    let last = end_of(tx, with.as_ref(), now).await?;
    let ends = [new.expires, last.map(Time)].into_iter().flatten().min();
    let secret = dice::secret(token::PERSONAL)?;
    let new = NewToken { expires: ends, ..new };
    admin::add_token(tx, new, &secret, now, (Some(actor), with)).await?;
    Ok((secret, ends))
}

/// A token for a repo that its member cannot see would tell them that it exists.
async fn see(commons: &Commons, actor: &Actor, lines: &[FineLine]) -> Result<()> {
    for line in lines {
        match authorize::<See>(commons, Some(actor), line.kind, &line.full_name).await {
            Ok(_) | Err(Refusal::Moved(_)) => {}
            Err(Refusal::Unseen) => return Err(admin::no_such_repo(line)),
            Err(refusal) => return Err(refusal),
        }
    }
    Ok(())
}

/// Takes one of a member's own tokens back.
///
/// # Errors
/// `NotFound` alike for a token that is somebody else's, unknown, or taken back already.
pub async fn revoke_token(commons: &Commons, actor: &Actor, id: &str) -> Result<()> {
    check(actor)?;
    let missing = || Refusal::NotFound("You have no such token in use.".into());
    let id = TokenId(id.to_owned());
    let mut tx = commons.db.write().await?;
    let own = tokens::find_by_id(&mut tx, &id).await?.filter(|token| token.member == actor.member);
    own.ok_or_else(missing)?;
    if !tokens::revoke(&mut tx, &id, commons.now()).await? {
        return Err(missing());
    }
    audit::note(&mut tx, Some(actor), ("token.revoke", &id.0), json!({}), commons.now()).await?;
    Ok(tx.commit().await?)
}
