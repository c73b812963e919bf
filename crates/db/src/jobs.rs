//! Work that is done after a transaction, by whichever process comes to it: asked for in the transaction that makes it
//! necessary, so that it is neither lost nor done for what never happened.

use seedcorn_core::id::RepoId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A job. Its moment is its state: whoever begins it moves the moment on and holds the job as long as nobody else moves
/// it; asked for again, it is moved back.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Job {
    /// What is to be done, in a word.
    pub kind: String,
    /// With which repo.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// How often it was begun since it was asked for last.
    pub tries: i64,
    /// When it is to be begun, or if it was begun, when whoever did is given up.
    #[sqlx(try_from = "i64")]
    pub due: Time,
}

/// Asks for a job. One that waits already is that job and keeps its place.
pub async fn ask(tx: &mut Tx, kind: &str, repo: &RepoId, now: Time) -> Result<()> {
    let sql = "INSERT INTO job (kind, repo, tries, due) VALUES ($1, $2, 0, $3) ON CONFLICT (kind, repo) DO UPDATE \
               SET tries = 0, due = CASE WHEN job.due <= excluded.due THEN job.due ELSE excluded.due END";
    tx.run(sql, (kind, repo.as_str(), now.0)).await?;
    Ok(())
}

/// Jobs of these kinds that are due: those of the first kind first, of one kind the longest due first.
pub async fn due(tx: &mut Tx, kinds: &[&str], now: Time, limit: i64) -> Result<Vec<Job>> {
    let sql = "SELECT j.kind AS kind, j.repo AS repo, j.tries AS tries, j.due AS due FROM job j \
               JOIN json_each($1) k ON k.value ->> 1 = j.kind WHERE j.due <= $2 \
               ORDER BY CAST(k.value ->> 0 AS BIGINT), j.due, j.repo LIMIT $3";
    let kinds: serde_json::Value =
        (0..).zip(kinds).map(|(n, kind): (i64, _)| serde_json::json!([n, kind])).collect();
    tx.many(sql, (kinds.to_string(), now.0, limit)).await
}

/// Begins a job as it was read: until a moment it is the caller's, who gets it as it is then. `None` if somebody was
/// faster.
pub async fn begin(tx: &mut Tx, job: &Job, until: Time) -> Result<Option<Job>> {
    let sql = "UPDATE job SET tries = tries + 1, due = $4 WHERE kind = $1 AND repo = $2 AND due = $3";
    let begun = tx.run(sql, (job.kind.as_str(), job.repo.as_str(), job.due.0, until.0)).await? == 1;
    Ok(begun.then(|| Job { tries: job.tries + 1, due: until, ..job.clone() }))
}

/// Whether a job that was begun is still the caller's; then nobody else begins it before the transaction ends.
pub async fn hold(tx: &mut Tx, job: &Job) -> Result<bool> {
    let sql = "UPDATE job SET tries = tries WHERE kind = $1 AND repo = $2 AND due = $3";
    Ok(tx.run(sql, (job.kind.as_str(), job.repo.as_str(), job.due.0)).await? == 1)
}

/// Ends a job that is still the caller's.
pub async fn end(tx: &mut Tx, job: &Job) -> Result<()> {
    let sql = "DELETE FROM job WHERE kind = $1 AND repo = $2 AND due = $3";
    tx.run(sql, (job.kind.as_str(), job.repo.as_str(), job.due.0)).await?;
    Ok(())
}

/// Puts a job that came to nothing off until a moment, if it is still the caller's.
pub async fn put_off(tx: &mut Tx, job: &Job, until: Time) -> Result<()> {
    let sql = "UPDATE job SET due = $4 WHERE kind = $1 AND repo = $2 AND due = $3";
    tx.run(sql, (job.kind.as_str(), job.repo.as_str(), job.due.0, until.0)).await?;
    Ok(())
}

/// How many jobs there are, and how many of them were begun at least so often.
pub async fn count(tx: &mut Tx, tries: i64) -> Result<(i64, i64)> {
    let sql = "SELECT COUNT(*) AS waiting, COUNT(*) FILTER (WHERE tries >= $1) AS failing FROM job";
    Ok(tx.one(sql, (tries,)).await?.unwrap_or_default())
}
