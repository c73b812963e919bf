//! Pictures and films in comments. Their bytes are in the depot.

use seedcorn_core::digest::Sha256;
use seedcorn_core::id::NamespaceId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// Something that is attached.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Attachment {
    /// Its id, which nobody guesses.
    pub id: String,
    /// Its media type.
    pub media: String,
    /// Its length.
    pub bytes: i64,
    /// Its SHA-256.
    #[sqlx(try_from = "String")]
    pub sha256: Sha256,
}

/// Adds one that is durable.
pub async fn add(tx: &mut Tx, one: &Attachment, member: &NamespaceId, now: Time) -> Result<()> {
    let sql =
        "INSERT INTO attachment (id, member, media, bytes, sha256, created) VALUES ($1, $2, $3, $4, $5, $6)";
    let sum = one.sha256.to_string();
    tx.run(sql, (&one.id, member.as_str(), &one.media, one.bytes, sum, now.0)).await?;
    Ok(())
}

/// One of them.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Attachment>> {
    tx.one("SELECT id, media, bytes, sha256 FROM attachment WHERE id = $1", (id,)).await
}

/// A page of all, by id.
pub async fn list(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Attachment>> {
    let sql = "SELECT id, media, bytes, sha256 FROM attachment WHERE id > $1 ORDER BY id LIMIT $2";
    tx.many(sql, (after, limit)).await
}

/// Bytes that a member sent since a moment, where what is smaller counts as so many.
pub async fn bytes_since(tx: &mut Tx, member: &NamespaceId, least: i64, since: Time) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(SUM(CASE WHEN bytes < $3 THEN $3 ELSE bytes END), 0) AS BIGINT) FROM attachment \
               WHERE member = $1 AND created >= $2";
    let row: Option<(i64,)> = tx.one(sql, (member.as_str(), since.0, least)).await?;
    Ok(row.map_or(0, |(bytes,)| bytes))
}

/// Those of some ids that there are.
pub async fn known(tx: &mut Tx, ids: &[String]) -> Result<Vec<String>> {
    let sql = "SELECT id FROM attachment WHERE id IN (SELECT value ->> 0 FROM json_each($1))";
    let rows: Vec<(String,)> = tx.many(sql, (crate::list(ids),)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
