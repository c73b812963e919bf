//! What those who run a hub can look up: who changed accounts, rights and works, when, and with which token. A line is added in the
//! transaction of the deed, so that neither is there without the other. It is no part of the public log.

use seedcorn_core::access::Actor;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::audit as rows;
use serde_json::Value;

use crate::{Commons, Result, dice, overview};

pub use seedcorn_db::audit::Line;

/// Adds a line. Nobody in particular is the command line, or the hub itself.
pub(crate) async fn note(
    tx: &mut Tx,
    by: Option<&Actor>,
    (deed, subject): (&str, &str),
    says: Value,
    now: Time,
) -> Result<()> {
    let line = rows::Line {
        // Ids of one process are in the order of time.
        id: dice::id(),
        at: now.0,
        actor: by.map(|actor| actor.member.0.clone()).unwrap_or_default(),
        name: by.map(|actor| actor.name.clone()).unwrap_or_default(),
        token: by.map(|actor| actor.token.0.clone()).unwrap_or_default(),
        deed: deed.to_owned(),
        subject: subject.to_owned(),
        says: says.to_string(),
    };
    Ok(rows::add(tx, &line).await?)
}

/// Writes down what somebody who runs the hub is about to do on its page, where the deed itself knows nobody.
///
/// # Errors
/// `Forbidden` for those who do not run the hub.
pub async fn operator(commons: &Commons, actor: &Actor, deed: &str, subject: &str) -> Result<()> {
    overview::check(actor)?;
    let mut tx = commons.db.write().await?;
    note(&mut tx, Some(actor), (deed, subject), Value::Object(serde_json::Map::new()), commons.now()).await?;
    Ok(tx.commit().await?)
}

/// Lines before one, the newest first: those that a member did or that were done to something of that name, or all. Tells whether there
/// are more.
///
/// # Errors
/// `Forbidden` for those who do not run the hub.
pub async fn list(commons: &Commons, actor: &Actor, name: &str, before: &str) -> Result<(Vec<Line>, bool)> {
    overview::check(actor)?;
    all(commons, name, before).await
}

/// The same for the command line, which may see everything.
///
/// # Errors
/// Those of the database.
pub async fn all(commons: &Commons, name: &str, before: &str) -> Result<(Vec<Line>, bool)> {
    let most = limits::AUDIT_PAGE;
    let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
    let mut lines = rows::list(&mut commons.db.look().await?, name, before, limit).await?;
    let more = lines.len() > most;
    lines.truncate(most);
    Ok((lines, more))
}
