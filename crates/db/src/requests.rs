//! Who asked for the files of gated repos, and what was said to that.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Request {
    /// Names it.
    pub id: String,
    /// Who asked.
    #[sqlx(try_from = "String")]
    pub member: NamespaceId,
    /// Their name.
    pub name: String,
    /// Their name for people to read.
    pub full_name: String,
    /// `pending`, `accepted` or `rejected`.
    pub status: String,
    /// What the form asked for, a JSON object.
    pub fields: String,
    /// Why it was rejected.
    pub reason: String,
    /// When it was asked.
    #[sqlx(try_from = "i64")]
    pub asked: Time,
}

/// Whether a member was let in to a gated repo.
pub async fn is_admitted(tx: &mut Tx, repo: &RepoId, member: &NamespaceId) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM access_request WHERE repo = $1 AND member = $2 AND status = 'accepted'";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), member.as_str())).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// A member's request; none if they did not ask.
pub async fn of(tx: &mut Tx, repo: &RepoId, member: &NamespaceId) -> Result<Option<Request>> {
    let sql = "SELECT q.id AS id, q.member AS member, n.name AS name, n.full_name AS full_name, q.status AS status, \
               q.fields AS fields, q.reason AS reason, q.asked AS asked \
               FROM access_request q JOIN namespace n ON n.id = q.member WHERE q.repo = $1 AND q.member = $2";
    tx.one(sql, (repo.as_str(), member.as_str())).await
}

/// The request of an id to a repo.
pub async fn find(tx: &mut Tx, repo: &RepoId, id: &str) -> Result<Option<Request>> {
    let sql = "SELECT q.id AS id, q.member AS member, n.name AS name, n.full_name AS full_name, q.status AS status, \
               q.fields AS fields, q.reason AS reason, q.asked AS asked \
               FROM access_request q JOIN namespace n ON n.id = q.member WHERE q.repo = $1 AND q.id = $2";
    tx.one(sql, (repo.as_str(), id)).await
}

/// Requests of a state, the newest first, after one.
pub async fn list(
    tx: &mut Tx,
    repo: &RepoId,
    status: &str,
    before: Option<(Time, &str)>,
    limit: i64,
) -> Result<Vec<Request>> {
    let sql = "SELECT q.id AS id, q.member AS member, n.name AS name, n.full_name AS full_name, q.status AS status, \
               q.fields AS fields, q.reason AS reason, q.asked AS asked \
               FROM access_request q JOIN namespace n ON n.id = q.member \
               WHERE q.repo = $1 AND q.status = $2 AND (q.asked < $3 OR (q.asked = $3 AND q.id < $4)) \
               ORDER BY q.asked DESC, q.id DESC LIMIT $5";
    let (at, id) = before.map_or((i64::MAX, ""), |(at, id)| (at.0, id));
    tx.many(sql, (repo.as_str(), status, at, id, limit)).await
}

/// How many requests of a state there are.
pub async fn count(tx: &mut Tx, repo: &RepoId, status: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM access_request WHERE repo = $1 AND status = $2";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), status)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Writes down what a member asks, in a state; whatever they asked before is replaced.
pub async fn put(
    tx: &mut Tx,
    repo: &RepoId,
    member: &NamespaceId,
    (id, status, fields): (&str, &str, &str),
    now: Time,
) -> Result<()> {
    let sql = "INSERT INTO access_request (repo, member, id, status, fields, reason, asked) \
               VALUES ($1, $2, $3, $4, $5, '', $6) ON CONFLICT (repo, member) DO UPDATE \
               SET id = excluded.id, status = excluded.status, fields = excluded.fields, reason = '', \
               asked = excluded.asked, handled = NULL";
    tx.run(sql, (repo.as_str(), member.as_str(), id, status, fields, now.0)).await?;
    Ok(())
}

/// Says to a request.
pub async fn handle(
    tx: &mut Tx,
    repo: &RepoId,
    member: &NamespaceId,
    (status, reason): (&str, &str),
    now: Time,
) -> Result<()> {
    let sql =
        "UPDATE access_request SET status = $3, reason = $4, handled = $5 WHERE repo = $1 AND member = $2";
    tx.run(sql, (repo.as_str(), member.as_str(), status, reason, now.0)).await?;
    Ok(())
}

/// A request of one's own: the kind, owner and name of the repo, the state, why it was rejected, and when one asked.
pub type Own = (String, String, String, String, String, i64);

/// What a member asked for, of repos that are still there and that everybody may know of, the newest first.
pub async fn own(tx: &mut Tx, member: &NamespaceId, limit: i64) -> Result<Vec<Own>> {
    let sql = "SELECT r.kind, n.name, r.name, q.status, q.reason, q.asked \
               FROM access_request q JOIN repo r ON r.id = q.repo JOIN namespace n ON n.id = r.namespace \
               WHERE q.member = $1 AND r.gone IS NULL AND NOT r.private ORDER BY q.asked DESC, q.id LIMIT $2";
    tx.many(sql, (member.as_str(), limit)).await
}

/// Takes a member's request away; tells whether there was one.
pub async fn remove(tx: &mut Tx, repo: &RepoId, member: &NamespaceId) -> Result<bool> {
    let sql = "DELETE FROM access_request WHERE repo = $1 AND member = $2";
    Ok(tx.run(sql, (repo.as_str(), member.as_str())).await? == 1)
}
