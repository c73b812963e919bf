//! Whom owners do not let speak, and comments that were reported to those who run the hub.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A comment that was reported.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Report {
    /// The comment.
    pub event: String,
    /// Its discussion's repo.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// The discussion.
    pub number: i64,
    /// What the comment says.
    pub said: String,
    /// The name of who wrote it.
    pub author: String,
    /// Whether it is hidden.
    pub hidden: bool,
    /// Who reported it.
    #[sqlx(try_from = "String")]
    pub member: NamespaceId,
    /// Their name.
    pub name: String,
    /// Why.
    pub says: String,
    /// When.
    #[sqlx(try_from = "i64")]
    pub at: Time,
}

/// Whether a member may not speak in the repos of a namespace.
pub async fn is_blocked(tx: &mut Tx, namespace: &NamespaceId, member: &NamespaceId) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM blocked WHERE namespace = $1 AND member = $2";
    let row: Option<(i64,)> = tx.one(sql, (namespace.as_str(), member.as_str())).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Lets a member speak no more; false if that is so already.
pub async fn block(tx: &mut Tx, namespace: &NamespaceId, member: &NamespaceId, now: Time) -> Result<bool> {
    let sql = "INSERT INTO blocked (namespace, member, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (namespace.as_str(), member.as_str(), now.0)).await? > 0)
}

/// Lets them speak again; false if they may.
pub async fn unblock(tx: &mut Tx, namespace: &NamespaceId, member: &NamespaceId) -> Result<bool> {
    let sql = "DELETE FROM blocked WHERE namespace = $1 AND member = $2";
    Ok(tx.run(sql, (namespace.as_str(), member.as_str())).await? > 0)
}

/// Those who may not speak in the repos of a namespace, by name after one, and since when.
pub async fn list_blocked(
    tx: &mut Tx,
    namespace: &NamespaceId,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT n.name AS name, b.since AS since FROM blocked b JOIN namespace n ON n.id = b.member \
               WHERE b.namespace = $1 AND n.folded > $2 ORDER BY n.folded LIMIT $3";
    tx.many(sql, (namespace.as_str(), after.to_ascii_lowercase().as_str(), limit)).await
}

/// How many may not speak in the repos of a namespace.
pub async fn count_blocked(tx: &mut Tx, namespace: &NamespaceId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM blocked WHERE namespace = $1";
    let row: Option<(i64,)> = tx.one(sql, (namespace.as_str(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Writes down that a member reported a comment; again, if they did before.
pub async fn report(tx: &mut Tx, event: &str, member: &NamespaceId, says: &str, now: Time) -> Result<()> {
    let sql = "INSERT INTO report (event, member, says, at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (event, member) DO UPDATE SET says = excluded.says, at = excluded.at, settled = NULL";
    tx.run(sql, (event, member.as_str(), says, now.0)).await?;
    Ok(())
}

/// Reports that nobody looked at yet, the oldest first.
pub async fn list_reports(tx: &mut Tx, limit: i64) -> Result<Vec<Report>> {
    let sql = "SELECT r.event AS event, e.repo AS repo, e.number AS number, e.says AS said, a.name AS author, e.hidden IS NOT NULL AS hidden, \
               r.member AS member, n.name AS name, r.says AS says, r.at AS at \
               FROM report r JOIN discussion_event e ON e.id = r.event JOIN namespace n ON n.id = r.member \
               JOIN namespace a ON a.id = e.author WHERE r.settled IS NULL ORDER BY r.at, r.event LIMIT $1";
    tx.many(sql, (limit,)).await
}

/// Reports of a member since a moment.
pub async fn count_reports_of(tx: &mut Tx, member: &NamespaceId, since: Time) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM report WHERE member = $1 AND at >= $2";
    let row: Option<(i64,)> = tx.one(sql, (member.as_str(), since.0)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Notes that all reports of a comment were looked at; false if there were none.
pub async fn settle(tx: &mut Tx, event: &str, now: Time) -> Result<bool> {
    let sql = "UPDATE report SET settled = $2 WHERE event = $1 AND settled IS NULL";
    Ok(tx.run(sql, (event, now.0)).await? > 0)
}
