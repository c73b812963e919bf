//! How open revisions are: what was found of each, by which rules, and what became of the default branch over time.

use std::collections::BTreeSet;

use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// What was found at a commit.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Row {
    /// The commit.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// The versions of rules and licences by which it was found.
    pub rules: String,
    /// When.
    #[sqlx(try_from = "i64")]
    pub graded: Time,
    /// What is sure: 100 times the class (0 none, 1 the entry, 3 the best), and the number of parts that count.
    pub class: i64,
    /// What may be, counted alike.
    pub possible: i64,
    /// The findings and remarks, as a JSON text.
    pub findings: String,
}

/// Writes down what was found at a commit; what was found there before by the same rules is replaced.
pub async fn put(tx: &mut Tx, repo: &RepoId, row: &Row) -> Result<()> {
    let sql = "INSERT INTO openness (repo, oid, rules, graded, class, possible, findings) \
               VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (repo, oid, rules) DO UPDATE SET graded = excluded.graded, \
               class = excluded.class, possible = excluded.possible, findings = excluded.findings";
    let args = (
        repo.as_str(),
        row.oid.to_string(),
        row.rules.as_str(),
        row.graded.0,
        row.class,
        row.possible,
        row.findings.as_str(),
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// What was found at a commit by some rules.
pub async fn find(tx: &mut Tx, repo: &RepoId, oid: &Oid, rules: &str) -> Result<Option<Row>> {
    let sql = "SELECT oid, rules, graded, class, possible, findings FROM openness \
               WHERE repo = $1 AND oid = $2 AND rules = $3";
    tx.one(sql, (repo.as_str(), oid.to_string(), rules)).await
}

/// A commit and what it came to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Graded {
    /// The commit.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// The class that is sure.
    pub class: i64,
    /// The class that may be.
    pub possible: i64,
}

/// What some commits of a repo came to by some rules, in no order; of those that nobody graded nothing.
pub async fn list(tx: &mut Tx, repo: &RepoId, oids: &[Oid], rules: &str) -> Result<Vec<Graded>> {
    let sql = "SELECT oid, class, possible FROM openness \
               WHERE repo = $1 AND rules = $3 AND oid IN (SELECT value ->> 0 FROM json_each($2))";
    tx.many(sql, (repo.as_str(), crate::list(oids), rules)).await
}

/// The commit of the default branch that was graded last, with what it came to.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Head {
    /// The commit.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// The versions of rules and licences by which it was found.
    pub rules: String,
    /// The class that is sure.
    pub class: i64,
    /// The class that may be.
    pub possible: i64,
}

/// What the default branch came to when it was graded last.
pub async fn head(tx: &mut Tx, repo: &RepoId) -> Result<Option<Head>> {
    let sql = "SELECT graded_oid AS oid, graded_rules AS rules, openness AS class, openness_possible AS possible \
               FROM repo WHERE id = $1 AND openness IS NOT NULL";
    tx.one(sql, (repo.as_str(),)).await
}

/// Writes down what the default branch came to.
pub async fn set_head(tx: &mut Tx, repo: &RepoId, head: &Head) -> Result<()> {
    let sql = "UPDATE repo SET graded_oid = $2, graded_rules = $3, openness = $4, openness_possible = $5 WHERE id = $1";
    tx.run(sql, (repo.as_str(), head.oid.to_string(), head.rules.as_str(), head.class, head.possible))
        .await?;
    Ok(())
}

/// Something that became of the openness of a default branch.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Event {
    /// When it was seen.
    #[sqlx(try_from = "i64")]
    pub at: Time,
    /// The commit that was graded before.
    #[sqlx(try_from = "String")]
    pub was: Oid,
    /// The commit at which it was seen; the same as before if something changed elsewhere.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// What became of it, as a JSON text.
    pub says: String,
}

/// Adds an event.
pub async fn add_event(tx: &mut Tx, repo: &RepoId, event: &Event) -> Result<()> {
    let sql = "INSERT INTO openness_event (repo, at, was, oid, says) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    let args = (repo.as_str(), event.at.0, event.was.to_string(), event.oid.to_string(), event.says.as_str());
    tx.run(sql, args).await?;
    Ok(())
}

/// The newest events of a repo, the newest first.
pub async fn events(tx: &mut Tx, repo: &RepoId, limit: i64) -> Result<Vec<Event>> {
    let sql = "SELECT at, was, oid, says FROM openness_event WHERE repo = $1 ORDER BY at DESC LIMIT $2";
    tx.many(sql, (repo.as_str(), limit)).await
}

/// Asks for a job on every repo of some kinds whose default branch was graded by other rules, or never.
pub async fn ask_all(tx: &mut Tx, job: &str, kinds: &[RepoKind], rules: &str, now: Time) -> Result<u64> {
    let sql = "INSERT INTO job (kind, repo, tries, due) SELECT $1, r.id, 0, $4 FROM repo r \
               WHERE r.gone IS NULL AND r.kind IN (SELECT value ->> 0 FROM json_each($2)) \
               AND (r.graded_rules IS NULL OR r.graded_rules <> $3) \
               AND EXISTS (SELECT 1 FROM ref f WHERE f.repo = r.id AND f.name = 'refs/heads/main') \
               ORDER BY r.id ON CONFLICT DO NOTHING";
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.word()).collect();
    tx.run(sql, (job, crate::list(&kinds), rules, now.0)).await
}

/// How many public repos of a kind came to each figure of openness: the figure, or none for those that nobody graded yet,
/// and how many.
pub async fn count(tx: &mut Tx, kind: RepoKind) -> Result<Vec<(Option<i64>, i64)>> {
    let sql = "SELECT openness, COUNT(*) AS n FROM repo WHERE kind = $1 AND NOT private AND gone IS NULL \
               GROUP BY openness ORDER BY openness";
    tx.many(sql, (kind.word(),)).await
}

/// Forgets what was found at commits of a repo that are not its graded head and name another repo, as `"datasets/ada/rows"`:
/// what that is has changed.
pub async fn forget(tx: &mut Tx, repo: &RepoId, named: &str) -> Result<()> {
    let sql = "DELETE FROM openness WHERE repo = $1 AND findings LIKE $2 ESCAPE '\\' \
               AND NOT EXISTS (SELECT 1 FROM repo r WHERE r.id = openness.repo AND r.graded_oid = openness.oid)";
    tx.run(sql, (repo.as_str(), crate::holds_as_it_is(named))).await?;
    Ok(())
}

/// Writes down what a release of a repo names elsewhere, beside what other commits of it name: kinds and names in lower case.
pub async fn add_links(tx: &mut Tx, repo: &RepoId, names: &BTreeSet<(RepoKind, String)>) -> Result<()> {
    let sql = "INSERT INTO openness_link (repo, kind, name) SELECT $1, value ->> 0, value ->> 1 FROM json_each($2) \
               WHERE TRUE ON CONFLICT DO NOTHING";
    let rows: serde_json::Value =
        names.iter().map(|(kind, name)| serde_json::json!([kind.word(), name])).collect();
    tx.run(sql, (repo.as_str(), rows.to_string())).await?;
    Ok(())
}

/// Repos that name one of a kind by one of these names, in the order of their ids.
pub async fn linking(tx: &mut Tx, kind: RepoKind, names: &[String], limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT DISTINCT repo FROM openness_link \
               WHERE kind = $1 AND name IN (SELECT value ->> 0 FROM json_each($2)) ORDER BY repo LIMIT $3";
    let names: Vec<String> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
    let rows: Vec<(String,)> = tx.many(sql, (kind.word(), crate::list(&names), limit)).await?;
    Ok(rows.into_iter().map(|(repo,)| RepoId(repo)).collect())
}

/// The ids by which a paper is named besides its repo's name, as tags have them.
pub async fn paper_names(tx: &mut Tx, repo: &RepoId) -> Result<Vec<String>> {
    let sql = "SELECT folded FROM repo_tag WHERE repo = $1 AND (folded LIKE 'arxiv:%' OR folded LIKE 'doi:%') ORDER BY folded";
    let rows: Vec<(String,)> = tx.many(sql, (repo.as_str(),)).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Signed reviews of a repo's evidence, as they came, the oldest first.
pub async fn reviews(tx: &mut Tx, repo: &RepoId, limit: i64) -> Result<Vec<String>> {
    let sql = "SELECT note FROM openness_review WHERE repo = $1 ORDER BY n LIMIT $2";
    let rows: Vec<(String,)> = tx.many(sql, (repo.as_str(), limit)).await?;
    Ok(rows.into_iter().map(|(note,)| note).collect())
}

/// Adds a signed review.
pub async fn add_review(tx: &mut Tx, repo: &RepoId, note: &str, now: Time) -> Result<()> {
    let sql = "INSERT INTO openness_review (repo, n, note, at) VALUES \
               ($1, (SELECT COALESCE(MAX(n), 0) + 1 FROM openness_review WHERE repo = $4), $2, $3)";
    tx.run(sql, (repo.as_str(), note, now.0, repo.as_str())).await?;
    Ok(())
}
