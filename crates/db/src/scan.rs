//! What was found in files that may harm whoever opens them.

use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// What was found in some contents by these rules: what names each, and a JSON text. Of others nothing is known.
pub async fn files(tx: &mut Tx, contents: &[String], rules: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT content, says FROM scan_file WHERE rules = $2 \
               AND content IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(contents), rules)).await
}

/// One of some contents that is dangerous by these rules.
pub async fn dangerous(tx: &mut Tx, contents: &[String], rules: i64) -> Result<Option<String>> {
    let sql = "SELECT content FROM scan_file WHERE rules = $2 AND says LIKE '%\"verdict\":\"dangerous\"%' \
               AND content IN (SELECT value ->> 0 FROM json_each($1)) LIMIT 1";
    let found: Option<(String,)> = tx.one(sql, (crate::list(contents), rules)).await?;
    Ok(found.map(|(content,)| content))
}

/// Keeps what was found in a content.
pub async fn put_file(tx: &mut Tx, content: &str, rules: i64, says: &str) -> Result<()> {
    let sql = "INSERT INTO scan_file (content, rules, says) VALUES ($1, $2, $3) \
               ON CONFLICT (content) DO UPDATE SET rules = excluded.rules, says = excluded.says";
    tx.run(sql, (content, rules, says)).await?;
    Ok(())
}

/// What was found in a commit by these rules, if a branch, a tag or a pull request leads to it: a JSON text.
pub async fn commit(tx: &mut Tx, repo: &RepoId, oid: &Oid, rules: i64) -> Result<Option<String>> {
    let sql = "SELECT says FROM scan_ref WHERE repo = $1 AND oid = $2 AND rules = $3 LIMIT 1";
    let found: Option<(String,)> = tx.one(sql, (repo.as_str(), oid.to_string(), rules)).await?;
    Ok(found.map(|(says,)| says))
}

/// Refs of a repo that were looked into by other rules, or never, or moved since: their whole names and commits. The default branch comes
/// first, then what moved last.
pub async fn refs_due(tx: &mut Tx, repo: &RepoId, rules: i64, limit: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT f.name, f.target FROM ref f WHERE f.repo = $1 \
               AND NOT EXISTS (SELECT 1 FROM scan_ref s WHERE s.repo = f.repo AND s.name = f.name \
               AND s.oid = f.target AND s.rules = $2) \
               ORDER BY CASE WHEN f.name = 'refs/heads/main' THEN 0 ELSE 1 END, f.moved DESC, f.name LIMIT $3";
    tx.many(sql, (repo.as_str(), rules, limit)).await
}

/// Keeps what was found in what a ref leads to.
pub async fn put_ref(
    tx: &mut Tx,
    repo: &RepoId,
    (name, oid): (&str, &Oid),
    rules: i64,
    says: &str,
) -> Result<()> {
    let sql = "INSERT INTO scan_ref (repo, name, oid, rules, says) VALUES ($1, $2, $3, $4, $5) \
               ON CONFLICT (repo, name) DO UPDATE SET oid = excluded.oid, rules = excluded.rules, says = excluded.says";
    tx.run(sql, (repo.as_str(), name, oid.to_string(), rules, says)).await?;
    Ok(())
}

/// Forgets what was found in refs that are not there any more.
pub async fn forget_refs(tx: &mut Tx, repo: &RepoId) -> Result<u64> {
    let sql = "DELETE FROM scan_ref WHERE repo = $1 AND NOT EXISTS \
               (SELECT 1 FROM ref f WHERE f.repo = scan_ref.repo AND f.name = scan_ref.name)";
    tx.run(sql, (repo.as_str(),)).await
}

/// Asks for a job on every repo with a ref that was looked into by other rules, or never.
pub async fn ask_all(tx: &mut Tx, job: &str, rules: i64, now: Time) -> Result<u64> {
    let sql = "INSERT INTO job (kind, repo, tries, due) SELECT $1, r.id, 0, $3 FROM repo r \
               WHERE r.gone IS NULL AND EXISTS (SELECT 1 FROM ref f WHERE f.repo = r.id \
               AND NOT EXISTS (SELECT 1 FROM scan_ref s WHERE s.repo = f.repo AND s.name = f.name \
               AND s.oid = f.target AND s.rules = $2)) \
               ORDER BY r.id ON CONFLICT DO NOTHING";
    tx.run(sql, (job, rules, now.0)).await
}
