//! Who is trusted: members on panels, whom operators name, and whomever others vouch for.

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::{Tx, usage as rows};

use crate::{Commons, Refusal, Result, account};

pub use seedcorn_db::usage::Seat;

async fn find(tx: &mut Tx, name: &str) -> Result<Namespace> {
    let found = members::find(tx, name).await?.filter(|row| row.kind != "group");
    found.ok_or_else(|| Refusal::NotFound(format!("no member is called {name:?}")))
}

/// A member, who can be trusted; groups cannot.
///
/// # Errors
/// `NotFound` for nobody.
pub async fn member(commons: &Commons, name: &str) -> Result<Namespace> {
    find(&mut commons.db.look().await?, name).await
}

/// Puts a member on a panel; a panel of which nobody heard begins with them.
///
/// # Errors
/// `NotFound` for nobody; `Invalid` for a name of a panel that cannot be one.
pub async fn seat(commons: &Commons, panel: &str, name: &str) -> Result<bool> {
    let fits = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if panel.is_empty() || panel.len() > 64 || !panel.chars().all(fits) {
        return Err(Refusal::Invalid(format!(
            "a panel is called by up to 64 small letters, digits and '-', not {panel:?}"
        )));
    }
    let mut tx = commons.db.write().await?;
    let member = find(&mut tx, name).await?;
    let new = rows::seat(&mut tx, panel, &member.id).await?;
    tx.commit().await?;
    Ok(new)
}

/// Takes a member off a panel. Tells whether they sat on it.
///
/// # Errors
/// `NotFound` for nobody.
pub async fn unseat(commons: &Commons, panel: &str, name: &str) -> Result<bool> {
    let mut tx = commons.db.write().await?;
    let member = find(&mut tx, name).await?;
    let sat = rows::unseat(&mut tx, panel, &member.id).await?;
    tx.commit().await?;
    Ok(sat)
}

/// All panels: who sits where is public.
pub async fn panels(commons: &Commons) -> Result<Vec<Seat>> {
    Ok(rows::seats(&mut commons.db.look().await?).await?)
}

/// Lets somebody vouch for a member, or take it back.
///
/// # Errors
/// `NotFound` for nobody; `Invalid` for oneself, and for more than anybody knows.
pub async fn vouch(commons: &Commons, actor: &Actor, name: &str, does: bool) -> Result<()> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    members::lock(&mut tx, &actor.member).await?;
    let other = find(&mut tx, name).await?;
    if other.id == actor.member {
        return Err(Refusal::Invalid("nobody vouches for themselves".into()));
    }
    if does {
        if rows::vouched(&mut tx, &actor.member).await? >= limits::VOUCHED_MAX {
            let most = limits::VOUCHED_MAX;
            return Err(Refusal::Invalid(format!(
                "a member vouches for {most} others at most: take one back"
            )));
        }
        rows::vouch(&mut tx, &actor.member, &other.id, commons.now().0).await?;
    } else {
        rows::unvouch(&mut tx, &actor.member, &other.id).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Whether somebody vouches for a member.
pub async fn vouches(commons: &Commons, actor: &Actor, of: &Namespace) -> Result<bool> {
    Ok(rows::vouches(&mut commons.db.look().await?, &actor.member, &of.id).await?)
}

/// Lets one's own use count for credit from now on, or no longer: then the days that are known of it are forgotten.
///
/// # Errors
/// `Forbidden` for a token that may not speak for its member.
pub async fn set_counts(commons: &Commons, actor: &Actor, counts: bool) -> Result<()> {
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    rows::set_counts(&mut tx, &actor.member, counts).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether one's own use counts for credit.
pub async fn counts(commons: &Commons, actor: &Actor) -> Result<bool> {
    Ok(rows::counts(&mut commons.db.look().await?, &actor.member).await?)
}

/// The names of those who vouch for a member, so many of them.
pub async fn vouchers(commons: &Commons, of: &Namespace, limit: usize) -> Result<Vec<String>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(rows::vouchers(&mut commons.db.look().await?, &of.id, limit).await?)
}
