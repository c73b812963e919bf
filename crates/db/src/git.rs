//! Refs, the commit graph, packs, and facts of blobs.

use std::collections::BTreeMap;

use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::id::RepoId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

pub use crate::packs::{
    Pack, Superseded, add_pack, list_packs, load_pack, pack_places, remove_superseded_pack,
    repos_of_many_packs, supersede_packs, superseded_packs,
};

#[derive(sqlx::FromRow)]
struct Target {
    #[sqlx(try_from = "String")]
    target: Oid,
}

/// A moving name and where it points.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Ref {
    /// The whole name, `refs/…`.
    pub name: String,
    /// The commit.
    #[sqlx(try_from = "String")]
    pub target: Oid,
    /// When it was made or last moved.
    #[sqlx(try_from = "i64")]
    pub moved: Time,
    /// The annotated tag on that commit, if it is one.
    tag: Option<String>,
}

impl Ref {
    /// What git says that it points at: the annotated tag, or the commit.
    pub fn object(&self) -> Oid {
        self.tag.as_ref().and_then(|tag| tag.parse().ok()).unwrap_or(self.target)
    }
}

/// Where a ref points.
pub async fn find_ref(tx: &mut Tx, repo: &RepoId, name: &str) -> Result<Option<Oid>> {
    let sql = "SELECT target FROM ref WHERE repo = $1 AND name = $2";
    Ok(tx.one::<Target>(sql, (repo.as_str(), name)).await?.map(|row| row.target))
}

/// Every ref of a repo, by name.
pub async fn list_refs(tx: &mut Tx, repo: &RepoId) -> Result<Vec<Ref>> {
    tx.many("SELECT name, target, moved, tag FROM ref WHERE repo = $1 ORDER BY name", (repo.as_str(),)).await
}

/// Removes commits from the graph: nobody finds them any more.
pub async fn delete_commits(tx: &mut Tx, repo: &RepoId, oids: &[Oid]) -> Result<()> {
    let sql = "DELETE FROM git_commit WHERE repo = $1 AND oid IN (SELECT value ->> 0 FROM json_each($2))";
    tx.run(sql, (repo.as_str(), crate::list(oids))).await?;
    Ok(())
}

/// Forgets what is known of blobs.
pub async fn delete_blob_facts(tx: &mut Tx, repo: &RepoId, oids: &[Oid]) -> Result<()> {
    let sql = "DELETE FROM blob_fact WHERE repo = $1 AND oid IN (SELECT value ->> 0 FROM json_each($2))";
    tx.run(sql, (repo.as_str(), crate::list(oids))).await?;
    Ok(())
}

/// How many refs a repo has.
pub async fn count_refs(tx: &mut Tx, repo: &RepoId) -> Result<i64> {
    let row: Option<(i64,)> = tx.one("SELECT COUNT(*) FROM ref WHERE repo = $1", (repo.as_str(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// How many of them are no heads of pull requests.
pub async fn count_own_refs(tx: &mut Tx, repo: &RepoId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM ref WHERE repo = $1 AND name NOT LIKE 'refs/pr/%'";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Locks a ref until the transaction ends, and says where it points. Writers queue here instead of failing later.
pub async fn lock_ref(tx: &mut Tx, repo: &RepoId, name: &str) -> Result<Option<Oid>> {
    let sql = "UPDATE ref SET moved = moved WHERE repo = $1 AND name = $2 RETURNING target";
    Ok(tx.one::<Target>(sql, (repo.as_str(), name)).await?.map(|row| row.target))
}

/// Makes a ref; false if it exists.
pub async fn add_ref(tx: &mut Tx, repo: &RepoId, name: &str, target: &Oid, now: Time) -> Result<bool> {
    let sql = "INSERT INTO ref (repo, name, target, moved) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (repo.as_str(), name, target.to_string(), now.0)).await? == 1)
}

/// What came of a new ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewRef {
    /// It is there now.
    Made,
    /// There was one of that name, or one beside which git could not hold it: `a` and `a/b`.
    Taken(String),
}

/// Makes a ref, unless git could not hold it beside one that is there. The repo's row is locked first, so that two
/// who make `a` and `a/b` at once meet here.
pub async fn add_ref_beside(
    tx: &mut Tx,
    repo: &RepoId,
    name: &str,
    target: &Oid,
    now: Time,
) -> Result<NewRef> {
    crate::repos::lock(tx, repo).await?;
    let above: Vec<&str> = name.match_indices('/').filter_map(|(at, _)| name.get(..at)).collect();
    // '0' follows '/' in byte order, so between the two lies all that is below the name.
    let sql = "SELECT name, target, moved, tag FROM ref WHERE repo = $1 AND (name = $2 OR (name >= $3 AND name < $4) \
               OR name IN (SELECT value ->> 0 FROM json_each($5))) ORDER BY name LIMIT 1";
    let args = (repo.as_str(), name, format!("{name}/"), format!("{name}0"), crate::list(above));
    if let Some(there) = tx.one::<Ref>(sql, args).await? {
        return Ok(NewRef::Taken(there.name));
    }
    Ok(match add_ref(tx, repo, name, target, now).await? {
        true => NewRef::Made,
        false => NewRef::Taken(name.to_owned()),
    })
}

/// Moves a ref, if it still points where the caller thinks; false if not.
pub async fn move_ref(
    tx: &mut Tx,
    repo: &RepoId,
    name: &str,
    (from, to): (&Oid, &Oid),
    now: Time,
) -> Result<bool> {
    let sql =
        "UPDATE ref SET target = $4, moved = $5, tag = NULL WHERE repo = $1 AND name = $2 AND target = $3";
    Ok(tx.run(sql, (repo.as_str(), name, from.to_string(), to.to_string(), now.0)).await? == 1)
}

/// Keeps the annotated tag by which a ref points at its commit.
pub async fn set_tag(tx: &mut Tx, repo: &RepoId, name: &str, tag: &Oid) -> Result<()> {
    tx.run("UPDATE ref SET tag = $3 WHERE repo = $1 AND name = $2", (repo.as_str(), name, tag.to_string()))
        .await?;
    Ok(())
}

/// Deletes a ref; false if there is none.
pub async fn delete_ref(tx: &mut Tx, repo: &RepoId, name: &str) -> Result<bool> {
    Ok(tx.run("DELETE FROM ref WHERE repo = $1 AND name = $2", (repo.as_str(), name)).await? == 1)
}

/// A row of the commit graph.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Commit {
    /// The commit's id.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// Its root tree.
    #[sqlx(try_from = "String")]
    pub tree: Oid,
    /// Its parents, as texts with spaces between.
    parents: String,
    /// One more than the greatest among its parents; 1 for a root.
    pub generation: i64,
    /// The author's name.
    pub author: String,
    /// The whole message.
    pub message: String,
    /// When it was committed.
    #[sqlx(try_from = "i64")]
    pub at: Time,
}

impl Commit {
    /// A row to add.
    pub fn new(
        oid: Oid,
        tree: Oid,
        parents: &[Oid],
        generation: i64,
        text: (String, String),
        at: Time,
    ) -> Self {
        let parents: Vec<String> = parents.iter().map(Oid::to_string).collect();
        Commit { oid, tree, parents: parents.join(" "), generation, author: text.0, message: text.1, at }
    }

    /// Its parents, in order.
    pub fn parents(&self) -> impl Iterator<Item = Oid> {
        self.parents.split_ascii_whitespace().filter_map(|parent| parent.parse().ok())
    }

    /// The message's first line.
    pub fn title(&self) -> &str {
        self.message.lines().next().unwrap_or("")
    }

    /// What follows the first line and the blank one after it.
    pub fn description(&self) -> &str {
        self.message.split_once('\n').map_or("", |(_, rest)| rest.trim())
    }
}

/// Adds a commit to the graph; nothing if it is there.
pub async fn add_commit(tx: &mut Tx, repo: &RepoId, row: &Commit) -> Result<()> {
    let sql = "INSERT INTO git_commit (repo, oid, tree, parents, generation, author, message, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING";
    let args = (
        repo.as_str(),
        row.oid.to_string(),
        row.tree.to_string(),
        row.parents.as_str(),
        row.generation,
        row.author.as_str(),
        row.message.as_str(),
        row.at.0,
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// Adds many commits to the graph; nothing of those that are there.
pub async fn add_commits(tx: &mut Tx, repo: &RepoId, rows: &[Commit]) -> Result<()> {
    let sql = "INSERT INTO git_commit (repo, oid, tree, parents, generation, author, message, at) \
               SELECT $1, value ->> 0, value ->> 1, value ->> 2, CAST(value ->> 3 AS BIGINT), value ->> 4, value ->> 5, \
               CAST(value ->> 6 AS BIGINT) FROM json_each($2) WHERE TRUE ON CONFLICT DO NOTHING";
    for page in rows.chunks(COMMITS_PAGE) {
        let row = |row: &Commit| {
            let (oid, tree) = (row.oid.to_string(), row.tree.to_string());
            serde_json::json!([oid, tree, row.parents, row.generation, row.author, row.message, row.at.0])
        };
        let page: Vec<serde_json::Value> = page.iter().map(row).collect();
        tx.run(sql, (repo.as_str(), serde_json::Value::from(page).to_string())).await?;
    }
    Ok(())
}

/// Commits that are added by one statement.
const COMMITS_PAGE: usize = 1000;

/// A commit of a repo.
pub async fn find_commit(tx: &mut Tx, repo: &RepoId, oid: &Oid) -> Result<Option<Commit>> {
    let sql = "SELECT oid, tree, parents, generation, author, message, at FROM git_commit \
               WHERE repo = $1 AND oid = $2";
    tx.one(sql, (repo.as_str(), oid.to_string())).await
}

/// The commit that a ref points at; `None` if there is no such ref, or it points at no commit.
pub async fn find_commit_of_ref(tx: &mut Tx, repo: &RepoId, name: &str) -> Result<Option<Commit>> {
    let sql = "SELECT c.oid AS oid, c.tree AS tree, c.parents AS parents, c.generation AS generation, \
               c.author AS author, c.message AS message, c.at AS at FROM ref r \
               JOIN git_commit c ON c.repo = r.repo AND c.oid = r.target WHERE r.repo = $1 AND r.name = $2";
    tx.one(sql, (repo.as_str(), name)).await
}

/// At most two commits whose id begins with these hex digits: enough to know whether it names exactly one.
pub async fn find_commits_by_prefix(tx: &mut Tx, repo: &RepoId, prefix: &str) -> Result<Vec<Commit>> {
    // 'g' sorts behind every hex digit, so this is the end of the range.
    let sql = "SELECT oid, tree, parents, generation, author, message, at FROM git_commit \
               WHERE repo = $1 AND oid >= $2 AND oid < $3 ORDER BY oid LIMIT 2";
    tx.many(sql, (repo.as_str(), prefix, format!("{prefix}g"))).await
}

/// Those of these commits that the repo has, in no order.
pub async fn find_commits(tx: &mut Tx, repo: &RepoId, oids: &[Oid]) -> Result<Vec<Commit>> {
    let sql = "SELECT oid, tree, parents, generation, author, message, at FROM git_commit \
               WHERE repo = $1 AND oid IN (SELECT value ->> 0 FROM json_each($2))";
    tx.many(sql, (repo.as_str(), crate::list(oids))).await
}

/// Commits of the repo before a place in (generation, oid) order, highest first. History is read in such pages; the
/// caller keeps what its tip reaches.
pub async fn list_commits_below(
    tx: &mut Tx,
    repo: &RepoId,
    place: (i64, &str),
    limit: i64,
) -> Result<Vec<Commit>> {
    let sql = "SELECT oid, tree, parents, generation, author, message, at FROM git_commit \
               WHERE repo = $1 AND (generation, oid) < ($2, $3) ORDER BY generation DESC, oid DESC LIMIT $4";
    tx.many(sql, (repo.as_str(), place.0, place.1, limit)).await
}

/// A commit as far as the graph goes: without what people wrote.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Link {
    /// The commit's id.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// Its root tree.
    #[sqlx(try_from = "String")]
    pub tree: Oid,
    /// Its parents, as texts with spaces between.
    parents: String,
    /// One more than the greatest among its parents; 1 for a root.
    pub generation: i64,
    /// When it was committed.
    #[sqlx(try_from = "i64")]
    pub at: Time,
}

impl Link {
    /// Its parents, in order.
    pub fn parents(&self) -> impl Iterator<Item = Oid> {
        self.parents.split_ascii_whitespace().filter_map(|parent| parent.parse().ok())
    }
}

/// Those of these commits that the repo has, as far as the graph goes, in no order.
pub async fn find_links(tx: &mut Tx, repo: &RepoId, oids: &[Oid]) -> Result<Vec<Link>> {
    let sql = "SELECT oid, tree, parents, generation, at FROM git_commit \
               WHERE repo = $1 AND oid IN (SELECT value ->> 0 FROM json_each($2))";
    tx.many(sql, (repo.as_str(), crate::list(oids))).await
}

/// As [`list_commits_below`], as far as the graph goes.
pub async fn list_links_below(
    tx: &mut Tx,
    repo: &RepoId,
    place: (i64, &str),
    limit: i64,
) -> Result<Vec<Link>> {
    let sql = "SELECT oid, tree, parents, generation, at FROM git_commit \
               WHERE repo = $1 AND (generation, oid) < ($2, $3) ORDER BY generation DESC, oid DESC LIMIT $4";
    tx.many(sql, (repo.as_str(), place.0, place.1, limit)).await
}

/// What is known of a blob: its own size and digest, and, when it is an LFS pointer, what it points to.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct BlobFact {
    /// The blob's id.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// Bytes of the blob itself.
    pub bytes: i64,
    /// SHA-256 of the blob itself.
    #[sqlx(try_from = "String")]
    pub own_sha256: Sha256,
    /// SHA-256 of the file that a pointer names.
    sha256: Option<String>,
    /// Bytes of that file.
    file_bytes: Option<i64>,
}

impl BlobFact {
    /// A regular file.
    pub fn regular(oid: Oid, bytes: u64, own_sha256: Sha256) -> Self {
        BlobFact { oid, bytes: bytes as i64, own_sha256, sha256: None, file_bytes: None }
    }

    /// The same, as a pointer and the file it names; a size that no file can have counts as `i64::MAX`.
    pub fn pointing_at(self, sha256: &Sha256, file_bytes: u64) -> Self {
        BlobFact {
            sha256: Some(sha256.to_string()),
            file_bytes: Some(i64::try_from(file_bytes).unwrap_or(i64::MAX)),
            ..self
        }
    }

    /// SHA-256 of the file that stands here, whether it is the blob or what that points to.
    pub fn content(&self) -> Sha256 {
        self.file().map_or(self.own_sha256, |(sha256, _)| sha256)
    }

    /// SHA-256 and size of the file that a pointer names.
    pub fn file(&self) -> Option<(Sha256, u64)> {
        let sha256 = self.sha256.as_deref()?.parse().ok()?;
        Some((sha256, u64::try_from(self.file_bytes?).ok()?))
    }
}

/// Facts that are added by one statement.
const FACTS_PAGE: usize = 10_000;

/// Adds facts of blobs. Those that are there stay, but that a text known as a regular file is a
/// pointer may be learnt later: when a commit names the file it points to.
pub async fn add_blob_facts(tx: &mut Tx, repo: &RepoId, facts: &[BlobFact]) -> Result<()> {
    // In one order, so that two writers of the same facts never wait for each other in a circle.
    let sql = "INSERT INTO blob_fact (repo, oid, bytes, own_sha256, sha256, file_bytes) \
               SELECT $1, value ->> 0, CAST(value ->> 1 AS BIGINT), value ->> 2, value ->> 3, CAST(value ->> 4 AS BIGINT) \
               FROM json_each($2) WHERE TRUE ORDER BY value ->> 0 \
               ON CONFLICT (repo, oid) DO UPDATE SET sha256 = excluded.sha256, file_bytes = excluded.file_bytes \
               WHERE blob_fact.sha256 IS NULL AND excluded.sha256 IS NOT NULL";
    // One row a blob, the pointer's if there is one: a statement may not touch a row twice.
    let mut distinct: BTreeMap<Oid, &BlobFact> = BTreeMap::new();
    for fact in facts {
        let place = distinct.entry(fact.oid).or_insert(fact);
        if place.sha256.is_none() {
            *place = fact;
        }
    }
    let row = |fact: &&BlobFact| {
        let own = fact.own_sha256.to_string();
        serde_json::json!([fact.oid.to_string(), fact.bytes, own, fact.sha256, fact.file_bytes])
    };
    let facts: Vec<&BlobFact> = distinct.into_values().collect();
    for page in facts.chunks(FACTS_PAGE) {
        let rows: Vec<serde_json::Value> = page.iter().map(row).collect();
        tx.run(sql, (repo.as_str(), serde_json::Value::from(rows).to_string())).await?;
    }
    Ok(())
}

/// Facts of blobs of a repo, in no order; unknown ones are left out.
pub async fn find_blob_facts(tx: &mut Tx, repo: &RepoId, oids: &[Oid]) -> Result<Vec<BlobFact>> {
    let sql = "SELECT oid, bytes, own_sha256, sha256, file_bytes FROM blob_fact \
               WHERE repo = $1 AND oid IN (SELECT value ->> 0 FROM json_each($2))";
    tx.many(sql, (repo.as_str(), crate::list(oids))).await
}

/// Every fact of a repo's blobs, for checks of the whole store, a page after a blob's id.
pub async fn list_blob_facts(tx: &mut Tx, repo: &RepoId, after: &str, limit: i64) -> Result<Vec<BlobFact>> {
    let sql = "SELECT oid, bytes, own_sha256, sha256, file_bytes FROM blob_fact \
               WHERE repo = $1 AND oid > $2 ORDER BY oid LIMIT $3";
    tx.many(sql, (repo.as_str(), after, limit)).await
}

/// Bytes of a repo's contents that lie in git itself, each once.
pub async fn small_bytes(tx: &mut Tx, repo: &RepoId) -> Result<i64> {
    let sql = "SELECT CAST(COALESCE(SUM(bytes), 0) AS BIGINT) AS total FROM blob_fact \
               WHERE repo = $1 AND file_bytes IS NULL";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(),)).await?;
    Ok(row.map_or(0, |(total,)| total))
}

/// Bytes of all distinct contents of a repo: files, and what pointers point to. Exact below 2^53, `i64::MAX` at most.
pub async fn total_bytes(tx: &mut Tx, repo: &RepoId) -> Result<i64> {
    // A pointer may name any size, so whole numbers could overflow, which is an error on both databases.
    let sql = "SELECT SUM(CAST(COALESCE(file_bytes, bytes) AS DOUBLE PRECISION)) AS total \
               FROM blob_fact WHERE repo = $1";
    let row: Option<(Option<f64>,)> = tx.one(sql, (repo.as_str(),)).await?;
    Ok(row.and_then(|(total,)| total).unwrap_or(0.0) as i64)
}
