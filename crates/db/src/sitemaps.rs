//! What search machines are told of: public repos, and groups, in pages by id.

use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A page: where it begins, and what in it changed last.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Part {
    /// The id of its first row.
    pub first: String,
    /// When one of its rows changed last.
    #[sqlx(try_from = "i64")]
    pub updated: Time,
}

/// A row of a page.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Address {
    /// A repo's kind; of a group `group`.
    pub kind: String,
    /// `namespace/name`, or the group's name.
    pub full_name: String,
    /// When it changed last.
    #[sqlx(try_from = "i64")]
    pub updated: Time,
}

/// Where pages of so many public repos begin. Reads every repo's row, without its card.
pub async fn repo_parts(tx: &mut Tx, rows: i64, limit: i64) -> Result<Vec<Part>> {
    let sql = "SELECT MIN(p.id) AS first, MAX(p.updated) AS updated FROM (SELECT id, updated, \
               (ROW_NUMBER() OVER (ORDER BY id) - 1) / $1 AS page FROM repo \
               WHERE gone IS NULL AND NOT private) p GROUP BY p.page ORDER BY p.page LIMIT $2";
    tx.many(sql, (rows, limit)).await
}

/// Where pages of so many groups begin.
pub async fn group_parts(tx: &mut Tx, rows: i64, limit: i64) -> Result<Vec<Part>> {
    let sql = "SELECT MIN(p.id) AS first, MAX(p.created) AS updated FROM (SELECT id, created, \
               (ROW_NUMBER() OVER (ORDER BY id) - 1) / $1 AS page FROM namespace \
               WHERE kind = 'group' AND NOT disabled) p GROUP BY p.page ORDER BY p.page LIMIT $2";
    tx.many(sql, (rows, limit)).await
}

/// Public repos from one id on and before another, by id.
pub async fn repos(tx: &mut Tx, first: &str, past: &str, limit: i64) -> Result<Vec<Address>> {
    let sql = "SELECT r.kind AS kind, n.name || '/' || r.name AS full_name, r.updated AS updated \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.id >= $1 AND r.id < $2 AND r.gone IS NULL AND NOT r.private ORDER BY r.id LIMIT $3";
    tx.many(sql, (first, past, limit)).await
}

/// Groups from one id on and before another, by id. A group changes when one of its public repos does.
pub async fn groups(tx: &mut Tx, first: &str, past: &str, limit: i64) -> Result<Vec<Address>> {
    let sql = "SELECT n.kind AS kind, n.name AS full_name, COALESCE((SELECT MAX(r.updated) FROM repo r \
               WHERE r.namespace = n.id AND r.gone IS NULL AND NOT r.private), n.created) AS updated \
               FROM namespace n WHERE n.id >= $1 AND n.id < $2 AND n.kind = 'group' AND NOT n.disabled \
               ORDER BY n.id LIMIT $3";
    tx.many(sql, (first, past, limit)).await
}
