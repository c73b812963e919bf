//! Links that are good once, known only by the SHA-256 of their secret.

use seedcorn_core::digest::Sha256;
use seedcorn_core::id::NamespaceId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// The purpose of a link by which somebody becomes a member.
pub const JOIN: &str = "join";
/// The purpose of a link by which a member sets their password.
pub const PASSWORD: &str = "password";

/// A row of `link`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Link {
    /// SHA-256 of the secret.
    #[sqlx(try_from = "String")]
    pub hash: Sha256,
    /// [`JOIN`] or [`PASSWORD`].
    pub purpose: String,
    /// Whose password it sets.
    pub member: Option<String>,
    /// When it was made.
    #[sqlx(try_from = "i64")]
    pub created: Time,
    /// When it ends.
    #[sqlx(try_from = "i64")]
    pub expires: Time,
    /// When it was used, in microseconds UTC.
    pub used: Option<i64>,
}

impl Link {
    /// Whose password it sets.
    pub fn member(&self) -> Option<NamespaceId> {
        self.member.clone().map(NamespaceId)
    }
}

/// Adds a link.
pub async fn add(tx: &mut Tx, row: &Link) -> Result<()> {
    let sql =
        "INSERT INTO link (hash, purpose, member, created, expires, used) VALUES ($1, $2, $3, $4, $5, $6)";
    let (hash, member) = (row.hash.to_string(), row.member.as_deref());
    tx.run(sql, (hash, row.purpose.as_str(), member, row.created.0, row.expires.0, row.used)).await?;
    Ok(())
}

/// The link whose secret has this SHA-256.
pub async fn find(tx: &mut Tx, hash: &Sha256) -> Result<Option<Link>> {
    let sql = "SELECT hash, purpose, member, created, expires, used FROM link WHERE hash = $1";
    tx.one(sql, (hash.to_string(),)).await
}

/// Uses a link up; false if it was used or has ended.
pub async fn spend(tx: &mut Tx, hash: &Sha256, now: Time) -> Result<bool> {
    let sql = "UPDATE link SET used = $2 WHERE hash = $1 AND used IS NULL AND expires > $2";
    Ok(tx.run(sql, (hash.to_string(), now.0)).await? == 1)
}

/// Uses up every link that sets this member's password.
pub async fn spend_all_of(tx: &mut Tx, member: &NamespaceId, now: Time) -> Result<()> {
    tx.run("UPDATE link SET used = $2 WHERE member = $1 AND used IS NULL", (member.as_str(), now.0)).await?;
    Ok(())
}

/// Forgets links that ended before a moment.
pub async fn forget(tx: &mut Tx, before: Time) -> Result<()> {
    tx.run("DELETE FROM link WHERE expires < $1", (before.0,)).await?;
    Ok(())
}
