//! How much a hub holds, for those who run it.

use crate::members::Namespace;
use crate::{Result, Tx};

/// A count for each kind of thing.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Tally {
    /// The kind.
    pub kind: String,
    /// How many.
    pub n: i64,
}

/// How many repos of each kind there are, deleted ones apart.
pub async fn repos(tx: &mut Tx) -> Result<Vec<Tally>> {
    tx.many("SELECT kind, COUNT(*) AS n FROM repo WHERE gone IS NULL GROUP BY kind ORDER BY kind", ()).await
}

/// How many members and groups there are.
pub async fn namespaces(tx: &mut Tx) -> Result<Vec<Tally>> {
    tx.many("SELECT kind, COUNT(*) AS n FROM namespace GROUP BY kind ORDER BY kind", ()).await
}

/// Bytes of one part of the store.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct Stored {
    /// How many objects.
    pub objects: i64,
    /// Bytes they take.
    pub bytes: i64,
}

/// The xorbs.
pub async fn xorbs(tx: &mut Tx) -> Result<Stored> {
    let sql = "SELECT COUNT(*) AS objects, CAST(COALESCE(SUM(packed_bytes), 0) AS BIGINT) AS bytes FROM xorb";
    Ok(tx.one(sql, ()).await?.unwrap_or_default())
}

/// The git packs.
pub async fn packs(tx: &mut Tx) -> Result<Stored> {
    let sql = "SELECT COUNT(*) AS objects, CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS bytes FROM pack";
    Ok(tx.one(sql, ()).await?.unwrap_or_default())
}

/// The large files that repos name, each as often as a repo names it: what would be stored if nothing were shared.
pub async fn files(tx: &mut Tx) -> Result<Stored> {
    let sql = "SELECT COUNT(*) AS objects, CAST(COALESCE(SUM(f.bytes), 0) AS BIGINT) AS bytes \
               FROM repo_file r JOIN xet_file f ON f.hash = r.file JOIN repo o ON o.id = r.repo \
               WHERE o.gone IS NULL";
    Ok(tx.one(sql, ()).await?.unwrap_or_default())
}

/// What is shared with everybody.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct Shared {
    /// Members and groups with public repos.
    pub publishers: i64,
    /// Public repos whose cards say what they build on: a model or a data set.
    pub building: i64,
    /// Bytes of the large files that everybody may read, each file once.
    pub bytes: i64,
}

/// Of public repos alone, so that the figures tell nothing of others.
pub async fn shared(tx: &mut Tx) -> Result<Shared> {
    let sql = "SELECT (SELECT COUNT(DISTINCT namespace) FROM repo WHERE gone IS NULL AND NOT private) AS publishers, \
               (SELECT COUNT(DISTINCT repo) FROM repo_tag WHERE public AND facet IN ('base_model', 'dataset')) \
               AS building, CAST(COALESCE((SELECT SUM(bytes) FROM xet_file WHERE EXISTS (SELECT 1 FROM repo_file f \
               JOIN repo r ON r.id = f.repo WHERE f.file = xet_file.hash AND r.gone IS NULL AND NOT r.private \
               AND r.gated = '')), 0) \
               AS BIGINT) AS bytes";
    Ok(tx.one(sql, ()).await?.unwrap_or_default())
}

/// Multipart uploads that were begun and are not over.
pub async fn uploads(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.one("SELECT COUNT(*) AS n FROM upload", ()).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Members whose names begin with a text, after a name; at most so many, by name.
pub async fn members(tx: &mut Tx, prefix: &str, after: &str, limit: i64) -> Result<Vec<Namespace>> {
    let sql = "SELECT id, name, kind, full_name, admin, disabled, private_default, pull_policy, created FROM namespace \
               WHERE kind = 'member' AND folded >= $1 AND folded < $2 AND folded > $3 ORDER BY folded LIMIT $4";
    let prefix = prefix.to_ascii_lowercase();
    // No folded name has a character beyond 'z'.
    let end = format!("{prefix}{{");
    tx.many(sql, (prefix.as_str(), end, after.to_ascii_lowercase(), limit)).await
}
