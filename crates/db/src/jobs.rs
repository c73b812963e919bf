//! Work that is done after a transaction, by whichever process comes to it: asked for in the transaction that makes it
//! necessary, so that it is neither lost nor done for what never happened.

use seedcorn_core::id::RepoId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// What is to be done, in a word.
    pub kind: String,
    /// With which repo.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// How often it was asked for. Asked for while it runs, it is run again.
    pub asked: i64,
    /// How often it was begun since it was asked for last.
    pub tries: i64,
    /// When it is to be begun, or if it was begun, when whoever did is given up.
    #[sqlx(try_from = "i64")]
    pub due: Time,
}

/// Asks for a job; one that waits already is that job.
pub async fn ask(tx: &mut Tx, kind: &str, repo: &RepoId, now: Time) -> Result<()> {
    let sql = "INSERT INTO job (kind, repo, asked, tries, due) VALUES ($1, $2, 1, 0, $3) \
               ON CONFLICT (kind, repo) DO UPDATE SET asked = job.asked + 1, tries = 0, due = excluded.due";
    tx.run(sql, (kind, repo.as_str(), now.0)).await?;
    Ok(())
}

/// Jobs that are due, the longest due first.
pub async fn due(tx: &mut Tx, now: Time, limit: i64) -> Result<Vec<Job>> {
    let sql =
        "SELECT kind, repo, asked, tries, due FROM job WHERE due <= $1 ORDER BY due, kind, repo LIMIT $2";
    tx.many(sql, (now.0, limit)).await
}

/// Begins a job as it was read: nobody else does until a moment. False if somebody was faster.
pub async fn begin(tx: &mut Tx, job: &Job, until: Time) -> Result<bool> {
    let sql = "UPDATE job SET tries = tries + 1, due = $5 \
               WHERE kind = $1 AND repo = $2 AND asked = $3 AND due = $4";
    let args = (job.kind.as_str(), job.repo.as_str(), job.asked, job.due.0, until.0);
    Ok(tx.run(sql, args).await? == 1)
}

/// Ends a job, unless it was asked for again since it was read.
pub async fn end(tx: &mut Tx, job: &Job) -> Result<()> {
    let sql = "DELETE FROM job WHERE kind = $1 AND repo = $2 AND asked = $3";
    tx.run(sql, (job.kind.as_str(), job.repo.as_str(), job.asked)).await?;
    Ok(())
}

/// Puts a job that came to nothing off until a moment, unless it was asked for again since it was read.
pub async fn put_off(tx: &mut Tx, job: &Job, until: Time) -> Result<()> {
    let sql = "UPDATE job SET due = $4 WHERE kind = $1 AND repo = $2 AND asked = $3";
    tx.run(sql, (job.kind.as_str(), job.repo.as_str(), job.asked, until.0)).await?;
    Ok(())
}

/// How many jobs there are, and how many of them failed at least so often.
pub async fn count(tx: &mut Tx, tries: i64) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) AS waiting, COUNT(*) FILTER (WHERE tries >= $1) AS failing FROM job";
    Ok(tx.one(sql, (tries,)).await?.unwrap_or_default())
}
