//! What was found in files that may harm whoever opens them.

use seedcorn_core::id::RepoId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// What was found in some contents by these rules: what names each, and a JSON text. Of others nothing is known.
pub async fn files(tx: &mut Tx, contents: &[String], rules: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT content, says FROM scan_file WHERE rules = $2 \
               AND content IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(contents), rules)).await
}

/// Keeps what was found in a content.
pub async fn put_file(tx: &mut Tx, content: &str, rules: i64, says: &str) -> Result<()> {
    let sql = "INSERT INTO scan_file (content, rules, says) VALUES ($1, $2, $3) \
               ON CONFLICT (content) DO UPDATE SET rules = excluded.rules, says = excluded.says";
    tx.run(sql, (content, rules, says)).await?;
    Ok(())
}

/// What was found in the default branch of a repo by these rules: the commit, and a JSON text.
pub async fn repo(tx: &mut Tx, repo: &RepoId, rules: i64) -> Result<Option<(String, String)>> {
    let sql = "SELECT oid, says FROM scan_repo WHERE repo = $1 AND rules = $2";
    tx.one(sql, (repo.as_str(), rules)).await
}

/// Keeps what was found in the default branch of a repo.
pub async fn put_repo(tx: &mut Tx, repo: &RepoId, rules: i64, oid: &str, says: &str) -> Result<()> {
    let sql = "INSERT INTO scan_repo (repo, rules, oid, says) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (repo) DO UPDATE SET rules = excluded.rules, oid = excluded.oid, says = excluded.says";
    tx.run(sql, (repo.as_str(), rules, oid, says)).await?;
    Ok(())
}

/// Asks for a job on every repo whose default branch was looked into by other rules, or never.
pub async fn ask_all(tx: &mut Tx, job: &str, rules: i64, now: Time) -> Result<u64> {
    let sql = "INSERT INTO job (kind, repo, tries, due) SELECT $1, r.id, 0, $3 FROM repo r \
               WHERE r.gone IS NULL \
               AND NOT EXISTS (SELECT 1 FROM scan_repo s WHERE s.repo = r.id AND s.rules = $2) \
               AND EXISTS (SELECT 1 FROM ref f WHERE f.repo = r.id AND f.name = 'refs/heads/main') \
               ORDER BY r.id ON CONFLICT DO NOTHING";
    tx.run(sql, (job, rules, now.0)).await
}
