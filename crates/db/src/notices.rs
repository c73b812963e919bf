//! What members are told of discussions, and what they want to be told of.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// Something that a member is told.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Notice {
    /// Of which repo.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// Of which discussion.
    pub number: i64,
    /// `mention`, `author`, `comment` or `watch`.
    pub reason: String,
    /// The last that happened; they are in the order of time.
    pub event: String,
    /// When.
    #[sqlx(try_from = "i64")]
    pub at: Time,
    /// Whether they looked at it since.
    pub seen: bool,
    /// What the discussion is about.
    pub title: String,
    /// In which state it is.
    pub status: String,
    /// Whether it asks for something to be merged: then into which ref.
    pub base: String,
}

/// Tells members of an event, each for a reason. Of each discussion they are told the last.
pub async fn put(
    tx: &mut Tx,
    who: &[(NamespaceId, &str)],
    (repo, number): (&RepoId, i64),
    event: &str,
    now: Time,
) -> Result<()> {
    let rows: Vec<[&str; 2]> = who.iter().map(|(member, reason)| [member.as_str(), *reason]).collect();
    let sql = "INSERT INTO notice (member, repo, number, reason, event, at, seen) \
               SELECT value ->> 0, $2, $3, value ->> 1, $4, $5, FALSE FROM json_each($1) WHERE TRUE \
               ON CONFLICT (member, repo, number) DO UPDATE \
               SET reason = excluded.reason, event = excluded.event, at = excluded.at, seen = FALSE";
    tx.run(sql, (serde_json::json!(rows).to_string(), repo.as_str(), number, event, now.0)).await?;
    Ok(())
}

/// What a member is told, the last first, before an event; without `all` only what they did not see.
pub async fn list(
    tx: &mut Tx,
    member: &NamespaceId,
    all: bool,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Notice>> {
    // No id begins with a tilde, and every one of them sorts before it.
    let sql = "SELECT t.repo AS repo, t.number AS number, t.reason AS reason, t.event AS event, t.at AS at, t.seen AS seen, \
               d.title AS title, d.status AS status, d.base AS base \
               FROM notice t JOIN discussion d ON d.repo = t.repo AND d.number = t.number \
               WHERE t.member = $1 AND ($2 OR NOT t.seen) AND t.event < $3 ORDER BY t.event DESC LIMIT $4";
    tx.many(sql, (member.as_str(), all, before.unwrap_or("~"), limit)).await
}

/// How much of it a member did not see, by repo, counted up to a limit of all, the last first.
pub async fn count_unseen(tx: &mut Tx, member: &NamespaceId, limit: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT repo, COUNT(*) AS unseen FROM (SELECT repo FROM notice WHERE member = $1 AND NOT seen \
               ORDER BY event DESC LIMIT $2) AS last GROUP BY repo ORDER BY repo";
    tx.many(sql, (member.as_str(), limit)).await
}

/// Whether a member did not see what happened in a discussion.
pub async fn is_unseen(tx: &mut Tx, member: &NamespaceId, repo: &RepoId, number: i64) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM notice WHERE member = $1 AND repo = $2 AND number = $3 AND NOT seen";
    let row: Option<(i64,)> = tx.one(sql, (member.as_str(), repo.as_str(), number)).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Notes that a member saw what happened in a discussion.
pub async fn see(tx: &mut Tx, member: &NamespaceId, repo: &RepoId, number: i64) -> Result<()> {
    let sql = "UPDATE notice SET seen = TRUE WHERE member = $1 AND repo = $2 AND number = $3";
    tx.run(sql, (member.as_str(), repo.as_str(), number)).await?;
    Ok(())
}

/// The same for everything up to an event.
pub async fn see_all(tx: &mut Tx, member: &NamespaceId, up_to: &str) -> Result<()> {
    let sql = "UPDATE notice SET seen = TRUE WHERE member = $1 AND event <= $2 AND NOT seen";
    tx.run(sql, (member.as_str(), up_to)).await?;
    Ok(())
}

/// Writes down whether a member wants to be told of a discussion, or with number 0 of all of a repo.
pub async fn watch(
    tx: &mut Tx,
    member: &NamespaceId,
    (repo, number): (&RepoId, i64),
    wanted: bool,
) -> Result<()> {
    let sql = "INSERT INTO watching (member, repo, number, wanted) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (repo, number, member) DO UPDATE SET wanted = excluded.wanted";
    tx.run(sql, (member.as_str(), repo.as_str(), number, wanted)).await?;
    Ok(())
}

/// What a member said of it; nothing if they said nothing.
pub async fn wants(tx: &mut Tx, member: &NamespaceId, repo: &RepoId, number: i64) -> Result<Option<bool>> {
    let sql = "SELECT wanted FROM watching WHERE repo = $1 AND number = $2 AND member = $3";
    let row: Option<(bool,)> = tx.one(sql, (repo.as_str(), number, member.as_str())).await?;
    Ok(row.map(|(wanted,)| wanted))
}

/// Those who said something of a discussion, or of all of its repo, with the number and what they said; at most so many.
pub async fn list_wants(
    tx: &mut Tx,
    repo: &RepoId,
    number: i64,
    limit: i64,
) -> Result<Vec<(String, i64, bool)>> {
    let sql = "SELECT member, number, wanted FROM watching WHERE repo = $1 AND number IN (0, $2) ORDER BY number, member LIMIT $3";
    tx.many(sql, (repo.as_str(), number, limit)).await
}
