//! Pictures and films in comments. Their bytes are in the depot.

use seedcorn_core::id::NamespaceId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// Adds one that is durable.
pub async fn add(
    tx: &mut Tx,
    id: &str,
    member: &NamespaceId,
    (media, bytes): (&str, i64),
    now: Time,
) -> Result<()> {
    let sql = "INSERT INTO attachment (id, member, media, bytes, created) VALUES ($1, $2, $3, $4, $5)";
    tx.run(sql, (id, member.as_str(), media, bytes, now.0)).await?;
    Ok(())
}

/// The media type and the length of one.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<(String, i64)>> {
    tx.one("SELECT media, bytes FROM attachment WHERE id = $1", (id,)).await
}

/// Bytes that a member sent since a moment.
pub async fn bytes_since(tx: &mut Tx, member: &NamespaceId, since: Time) -> Result<i64> {
    let sql =
        "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) FROM attachment WHERE member = $1 AND created >= $2";
    let row: Option<(i64,)> = tx.one(sql, (member.as_str(), since.0)).await?;
    Ok(row.map_or(0, |(bytes,)| bytes))
}

/// Those of some ids that there are.
pub async fn known(tx: &mut Tx, ids: &[String]) -> Result<Vec<String>> {
    let sql = "SELECT id FROM attachment WHERE id IN (SELECT value ->> 0 FROM json_each($1))";
    let rows: Vec<(String,)> = tx.many(sql, (crate::list(ids),)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}
