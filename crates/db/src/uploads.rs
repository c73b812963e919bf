//! Multipart LFS uploads on their way.

use seedcorn_core::digest::Sha256;
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `upload`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Upload {
    /// Its id, which its parts' keys carry.
    pub id: String,
    /// Where the file goes.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// Who sends it.
    #[sqlx(try_from = "String")]
    pub member: NamespaceId,
    /// What the whole must hash to.
    #[sqlx(try_from = "String")]
    pub sha256: Sha256,
    /// Bytes of the whole.
    pub bytes: i64,
    /// Bytes of each part but the last.
    pub part_bytes: i64,
}

/// Adds an upload.
pub async fn add(tx: &mut Tx, row: &Upload, now: Time) -> Result<()> {
    let sql = "INSERT INTO upload (id, repo, member, sha256, bytes, part_bytes, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let args = (
        row.id.as_str(),
        row.repo.as_str(),
        row.member.as_str(),
        row.sha256.to_string(),
        row.bytes,
        row.part_bytes,
        now.0,
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// An upload that is not finished.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Upload>> {
    tx.one("SELECT id, repo, member, sha256, bytes, part_bytes FROM upload WHERE id = $1", (id,)).await
}

/// Some uploads that began before a moment: their sender will hardly come back.
pub async fn begun_before(tx: &mut Tx, before: Time, limit: i64) -> Result<Vec<Upload>> {
    let sql = "SELECT id, repo, member, sha256, bytes, part_bytes FROM upload WHERE created < $1 \
               ORDER BY created, id LIMIT $2";
    tx.many(sql, (before.0, limit)).await
}

/// Those of these uploads that are not finished.
pub async fn known(tx: &mut Tx, ids: &[String]) -> Result<Vec<String>> {
    let sql = "SELECT id FROM upload WHERE id IN (SELECT value ->> 0 FROM json_each($1))";
    let rows: Vec<(String,)> = tx.many(sql, (crate::list(ids),)).await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// Locks an upload's row until the transaction ends; false if there is no such upload.
async fn lock(tx: &mut Tx, id: &str) -> Result<bool> {
    Ok(tx.run("UPDATE upload SET bytes = bytes WHERE id = $1", (id,)).await? == 1)
}

/// Notes that a part is stored; a part sent again replaces the first. False if the upload is finished or unknown.
pub async fn put_part(tx: &mut Tx, upload: &str, n: i64, bytes: i64, etag: &str) -> Result<bool> {
    if !lock(tx, upload).await? {
        return Ok(false);
    }
    let sql = "INSERT INTO upload_part (upload, n, bytes, etag) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (upload, n) DO UPDATE SET bytes = excluded.bytes, etag = excluded.etag";
    tx.run(sql, (upload, n, bytes, etag)).await?;
    Ok(true)
}

/// The stored parts, in order: number, bytes, etag.
pub async fn parts(tx: &mut Tx, upload: &str) -> Result<Vec<(i64, i64, String)>> {
    tx.many("SELECT n, bytes, etag FROM upload_part WHERE upload = $1 ORDER BY n", (upload,)).await
}

/// Forgets an upload and its parts, those too that others are noting just now.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    lock(tx, id).await?;
    tx.run("DELETE FROM upload_part WHERE upload = $1", (id,)).await?;
    tx.run("DELETE FROM upload WHERE id = $1", (id,)).await?;
    Ok(())
}
