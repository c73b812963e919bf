//! Access tokens, known only by the SHA-256 of their secret.

use seedcorn_core::digest::Sha256;
use seedcorn_core::id::{NamespaceId, TokenId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `token`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Token {
    /// Never changes; tells nothing of the secret.
    #[sqlx(try_from = "String")]
    pub id: TokenId,
    /// Whose it is.
    #[sqlx(try_from = "String")]
    pub member: NamespaceId,
    /// What the member calls it; for a session, what the browser says of itself.
    pub name: String,
    /// SHA-256 of the secret.
    #[sqlx(try_from = "String")]
    pub hash: Sha256,
    /// The secret's last four characters.
    pub hint: String,
    /// `read`, `write`, `fine`, or [`SESSION`].
    pub role: String,
    /// JSON: for `fine`, what it may do where.
    pub scopes: String,
    /// When it was made.
    #[sqlx(try_from = "i64")]
    pub created: Time,
    /// When it ends, in microseconds UTC.
    pub expires: Option<i64>,
    /// When it was taken back, in microseconds UTC.
    pub revoked: Option<i64>,
    /// The token it was made with, and ends with; none if its member proved to be themselves in another way.
    pub parent: Option<String>,
}

/// The role of a row that is not an access token but a browser's session.
pub const SESSION: &str = "session";

/// Adds a token; false if its secret or id is already there.
pub async fn add(tx: &mut Tx, row: &Token) -> Result<bool> {
    let sql = "INSERT INTO token (id, member, name, hash, hint, role, scopes, created, expires, revoked, parent) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT DO NOTHING";
    let args = (
        row.id.as_str(),
        row.member.as_str(),
        row.name.as_str(),
        row.hash.to_string(),
        row.hint.as_str(),
        row.role.as_str(),
        row.scopes.as_str(),
        row.created.0,
        row.expires,
        row.revoked,
        row.parent.as_deref(),
    );
    Ok(tx.run(sql, args).await? == 1)
}

/// The token whose secret has this SHA-256.
pub async fn find(tx: &mut Tx, hash: &Sha256) -> Result<Option<Token>> {
    let sql = "SELECT id, member, name, hash, hint, role, scopes, created, expires, revoked, parent \
               FROM token WHERE hash = $1";
    tx.one(sql, (hash.to_string(),)).await
}

/// The token of an id.
pub async fn find_by_id(tx: &mut Tx, id: &TokenId) -> Result<Option<Token>> {
    let sql = "SELECT id, member, name, hash, hint, role, scopes, created, expires, revoked, parent \
               FROM token WHERE id = $1";
    tx.one(sql, (id.as_str(),)).await
}

/// The access tokens of a member, oldest first.
pub async fn list(tx: &mut Tx, member: &NamespaceId) -> Result<Vec<Token>> {
    let sql = "SELECT id, member, name, hash, hint, role, scopes, created, expires, revoked, parent \
               FROM token WHERE member = $1 AND role <> 'session' ORDER BY id";
    tx.many(sql, (member.as_str(),)).await
}

/// The sessions of a member that are not over, newest first; at most so many.
pub async fn list_sessions(tx: &mut Tx, member: &NamespaceId, now: Time, limit: i64) -> Result<Vec<Token>> {
    let sql = "SELECT id, member, name, hash, hint, role, scopes, created, expires, revoked, parent FROM token \
               WHERE member = $1 AND role = 'session' AND revoked IS NULL AND expires > $2 ORDER BY id DESC LIMIT $3";
    tx.many(sql, (member.as_str(), now.0, limit)).await
}

/// Holds a token as it is until the transaction ends; false if there is none or it is taken back.
pub async fn hold(tx: &mut Tx, id: &TokenId) -> Result<bool> {
    let sql = "UPDATE token SET role = role WHERE id = $1 AND revoked IS NULL";
    Ok(tx.run(sql, (id.as_str(),)).await? == 1)
}

/// Takes a token back, and all that was made with it; false if there is none or it is taken back already.
pub async fn revoke(tx: &mut Tx, id: &TokenId, now: Time) -> Result<bool> {
    let sql = "UPDATE token SET revoked = $2 WHERE id = $1 AND revoked IS NULL";
    if tx.run(sql, (id.as_str(), now.0)).await? != 1 {
        return Ok(false);
    }
    // A statement of its own, which sees what waited for the row above.
    let sql = "WITH RECURSIVE made (id) AS (SELECT id FROM token WHERE parent = $1 \
               UNION SELECT t.id FROM token t JOIN made m ON t.parent = m.id) \
               UPDATE token SET revoked = $2 WHERE id IN (SELECT id FROM made) AND revoked IS NULL";
    tx.run(sql, (id.as_str(), now.0)).await?;
    Ok(true)
}

/// Takes back every token and session of a member; how many there were.
pub async fn revoke_all(tx: &mut Tx, member: &NamespaceId, now: Time) -> Result<u64> {
    let sql = "UPDATE token SET revoked = $2 WHERE member = $1 AND revoked IS NULL";
    tx.run(sql, (member.as_str(), now.0)).await
}

/// Lets a session go on until a later moment.
pub async fn extend(tx: &mut Tx, id: &TokenId, until: Time) -> Result<()> {
    tx.run("UPDATE token SET expires = $2 WHERE id = $1 AND revoked IS NULL", (id.as_str(), until.0)).await?;
    Ok(())
}

/// Takes back every session of a member but one.
pub async fn revoke_sessions(tx: &mut Tx, member: &NamespaceId, but: &TokenId, now: Time) -> Result<()> {
    let sql = "UPDATE token SET revoked = $3 \
               WHERE member = $1 AND id <> $2 AND role = 'session' AND revoked IS NULL";
    tx.run(sql, (member.as_str(), but.as_str(), now.0)).await?;
    Ok(())
}
