//! Pull requests. Their heads are refs.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `pull_request`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct PullRequest {
    /// Shared with discussions; its head is `refs/pr/{number}`.
    pub number: i64,
    /// Who opened it.
    #[sqlx(try_from = "String")]
    pub author: NamespaceId,
    /// One line.
    pub title: String,
    /// The rest.
    pub body: String,
    /// The ref it asks to be merged into.
    pub base: String,
    /// `draft`, `open`, `closed` or `merged`.
    pub status: String,
    /// When it was opened.
    #[sqlx(try_from = "i64")]
    pub created: Time,
}

/// Adds a pull request.
pub async fn add(tx: &mut Tx, repo: &RepoId, row: &PullRequest) -> Result<()> {
    let sql = "INSERT INTO pull_request (repo, number, author, title, body, base, status, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let args = (
        repo.as_str(),
        row.number,
        row.author.as_str(),
        row.title.as_str(),
        row.body.as_str(),
        row.base.as_str(),
        row.status.as_str(),
        row.created.0,
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// A pull request of a repo.
pub async fn find(tx: &mut Tx, repo: &RepoId, number: i64) -> Result<Option<PullRequest>> {
    let sql = "SELECT number, author, title, body, base, status, created FROM pull_request \
               WHERE repo = $1 AND number = $2";
    tx.one(sql, (repo.as_str(), number)).await
}

/// A page of a repo's pull requests with numbers up to one, newest first.
pub async fn list(tx: &mut Tx, repo: &RepoId, last: i64, limit: i64) -> Result<Vec<PullRequest>> {
    let sql = "SELECT number, author, title, body, base, status, created FROM pull_request \
               WHERE repo = $1 AND number <= $2 ORDER BY number DESC LIMIT $3";
    tx.many(sql, (repo.as_str(), last, limit)).await
}

/// How many pull requests a repo has.
pub async fn count(tx: &mut Tx, repo: &RepoId) -> Result<i64> {
    let row: Option<(i64,)> =
        tx.one("SELECT COUNT(*) AS n FROM pull_request WHERE repo = $1", (repo.as_str(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Whether somebody has a pull request of a repo that can still be changed.
pub async fn has_own(tx: &mut Tx, repo: &RepoId, author: &NamespaceId) -> Result<bool> {
    let sql = "SELECT number FROM pull_request WHERE repo = $1 AND author = $2 AND status IN ('draft', 'open') LIMIT 1";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), author.as_str())).await?;
    Ok(row.is_some())
}
