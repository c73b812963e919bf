//! What owners sign with, and what signatures in their repos come to.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// What an owner's signatures are made with.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Signer {
    /// Names it.
    pub id: String,
    /// `key`, `certificate` or `identity`.
    pub kind: String,
    /// What its owner calls it.
    pub label: String,
    /// The PEM text, or the identity.
    pub value: String,
    /// Who says that of an identity; else empty.
    pub issuer: String,
    /// What an identity's print is made with; else empty.
    pub salt: String,
    /// What the log has of it.
    pub print: String,
    /// Since when it counts.
    #[sqlx(try_from = "i64")]
    pub added: Time,
    /// When it was taken back.
    pub revoked: Option<i64>,
}

/// Adds one.
pub async fn add(tx: &mut Tx, owner: &NamespaceId, signer: &Signer) -> Result<()> {
    let sql = "INSERT INTO signer (id, namespace, kind, label, value, issuer, salt, print, added) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let Signer { id, kind, label, value, issuer, salt, print, added, .. } = signer;
    let texts = (id, owner.as_str(), kind, label, value, issuer, salt, print);
    let (a, b, c, d, e, f, g, h) = texts;
    tx.run(
        sql,
        (a.as_str(), b, c.as_str(), d.as_str(), e.as_str(), f.as_str(), g.as_str(), h.as_str(), added.0),
    )
    .await?;
    Ok(())
}

/// All of an owner, also those taken back, the oldest first.
pub async fn of(tx: &mut Tx, owner: &NamespaceId) -> Result<Vec<Signer>> {
    let sql = "SELECT id, kind, label, value, issuer, salt, print, added, revoked FROM signer \
               WHERE namespace = $1 ORDER BY added, id";
    tx.many(sql, (owner.as_str(),)).await
}

/// Takes one back; tells whether it was there and counted until now.
pub async fn revoke(tx: &mut Tx, owner: &NamespaceId, id: &str, now: Time) -> Result<bool> {
    let sql = "UPDATE signer SET revoked = $3 WHERE namespace = $1 AND id = $2 AND revoked IS NULL";
    Ok(tx.run(sql, (owner.as_str(), id, now.0)).await? == 1)
}

/// What signatures on the default branch of a repo came to: its commit, the policy, and a JSON text.
pub async fn repo(tx: &mut Tx, repo: &RepoId) -> Result<Option<(String, String, String)>> {
    tx.one("SELECT oid, policy, says FROM signed_repo WHERE repo = $1", (repo.as_str(),)).await
}

/// Keeps that.
pub async fn put_repo(tx: &mut Tx, repo: &RepoId, oid: &str, policy: &str, says: &str) -> Result<()> {
    let sql = "INSERT INTO signed_repo (repo, oid, policy, says) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (repo) DO UPDATE SET oid = excluded.oid, policy = excluded.policy, says = excluded.says";
    tx.run(sql, (repo.as_str(), oid, policy, says)).await?;
    Ok(())
}

/// When each of some bundles was first seen in a repo, by their SHA-256.
pub async fn seen(tx: &mut Tx, repo: &RepoId, bundles: &[String]) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT bundle, seen FROM bundle_seen WHERE repo = $1 \
               AND bundle IN (SELECT value ->> 0 FROM json_each($2))";
    tx.many(sql, (repo.as_str(), crate::list(bundles))).await
}

/// Keeps that a bundle is seen now, unless it was before.
pub async fn put_seen(tx: &mut Tx, repo: &RepoId, bundle: &str, now: Time) -> Result<()> {
    let sql = "INSERT INTO bundle_seen (repo, bundle, seen) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    tx.run(sql, (repo.as_str(), bundle, now.0)).await?;
    Ok(())
}

/// Asks for a job on every repo that was looked at by another policy, or never.
pub async fn ask_all(tx: &mut Tx, job: &str, policy: &str, now: Time) -> Result<u64> {
    let sql = "INSERT INTO job (kind, repo, tries, due) SELECT $1, r.id, 0, $3 FROM repo r \
               WHERE r.gone IS NULL \
               AND NOT EXISTS (SELECT 1 FROM signed_repo s WHERE s.repo = r.id AND s.policy = $2) \
               AND EXISTS (SELECT 1 FROM ref f WHERE f.repo = r.id AND f.name = 'refs/heads/main') \
               ORDER BY r.id ON CONFLICT DO NOTHING";
    tx.run(sql, (job, policy, now.0)).await
}

/// Asks for a job on every repo of an owner in which there are signatures.
pub async fn ask_signed(tx: &mut Tx, job: &str, owner: &NamespaceId, now: Time) -> Result<u64> {
    let sql = "INSERT INTO job (kind, repo, tries, due) SELECT $1, r.id, 0, $3 FROM repo r \
               JOIN signed_repo s ON s.repo = r.id \
               WHERE r.namespace = $2 AND r.gone IS NULL AND s.says <> '[]' \
               ORDER BY r.id ON CONFLICT (kind, repo) DO UPDATE \
               SET tries = 0, due = CASE WHEN job.due <= excluded.due THEN job.due ELSE excluded.due END";
    tx.run(sql, (job, owner.as_str(), now.0)).await
}
