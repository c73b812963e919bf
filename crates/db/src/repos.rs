//! Repos and every name they have had.

use seedcorn_core::digest::XetHash;
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `repo`, with its namespace's name. Its card and tags are not in it: they may be large, nearly every request
/// asks for a repo, and few show them; who does asks for them with [`crate::listings::list_cards`].
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Repo {
    /// Never changes.
    #[sqlx(try_from = "String")]
    pub id: RepoId,
    /// Model, dataset or space.
    #[sqlx(try_from = "String")]
    pub kind: RepoKind,
    /// Who owns it.
    #[sqlx(try_from = "String")]
    pub namespace: NamespaceId,
    /// The owner's name, canonical case.
    pub owner: String,
    /// Its own name, canonical case.
    pub name: String,
    /// Only its namespace may see it.
    pub private: bool,
    /// Empty, `auto` or `manual`: whether files need a grant.
    pub gated: String,
    /// Why whoever runs the hub took it down; empty if nobody did. It is private as long as it is.
    pub disabled: String,
    /// Whether it was private before.
    pub was_private: bool,
    /// A space's SDK, or empty.
    pub sdk: String,
    /// File requests counted.
    pub downloads: i64,
    /// How many members like it.
    pub likes: i64,
    /// How often its history was written anew.
    pub rewritten: i64,
    /// When it was made.
    #[sqlx(try_from = "i64")]
    pub created: Time,
    /// When its default branch last moved.
    #[sqlx(try_from = "i64")]
    pub updated: Time,
}

impl Repo {
    /// `namespace/name`, canonical case.
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }
}

/// How a name relates to repos.
#[derive(Clone, Debug)]
pub enum Named {
    /// Nobody ever had it.
    Free,
    /// A repo that was deleted had it last.
    Deleted,
    /// It leads to this repo, whose canonical name may be another.
    Repo(Box<Repo>),
}

fn folded(full_name: &str) -> String {
    full_name.to_ascii_lowercase()
}

/// What a name leads to.
pub async fn find(tx: &mut Tx, kind: RepoKind, full_name: &str) -> Result<Named> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated, r.gone AS gone \
               FROM repo_name a JOIN repo r ON r.id = a.repo JOIN namespace n ON n.id = r.namespace \
               WHERE a.kind = $1 AND a.folded = $2";
    let row: Option<WithGone> = tx.one(sql, (kind.word(), folded(full_name))).await?;
    Ok(match row {
        None => Named::Free,
        Some(row) if row.gone.is_some() => Named::Deleted,
        Some(row) => Named::Repo(Box::new(row.repo)),
    })
}

#[derive(sqlx::FromRow)]
struct WithGone {
    #[sqlx(flatten)]
    repo: Repo,
    gone: Option<i64>,
}

/// Every name that leads to a repo, its old ones too, as each was spelled last.
pub async fn list_names(tx: &mut Tx, id: &RepoId) -> Result<Vec<String>> {
    let rows: Vec<(String,)> =
        tx.many("SELECT spelled FROM repo_name WHERE repo = $1 ORDER BY folded", (id.as_str(),)).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Which of these names of a kind lead to a repo that a reader may see, in lower case.
pub async fn list_seen(
    tx: &mut Tx,
    kind: RepoKind,
    names: &[String],
    mine: &[NamespaceId],
    all: bool,
) -> Result<Vec<String>> {
    let sql = "SELECT a.folded FROM repo_name a JOIN repo r ON r.id = a.repo \
               WHERE a.kind = $1 AND a.folded IN (SELECT value ->> 0 FROM json_each($2)) AND r.gone IS NULL \
               AND (NOT r.private OR $3 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($4))))";
    let names: Vec<String> = names.iter().map(|name| folded(name)).collect();
    let rows: Vec<(String,)> =
        tx.many(sql, (kind.word(), crate::list(&names), all, crate::list(mine))).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// The repo of an id, unless it is deleted.
pub async fn find_by_id(tx: &mut Tx, id: &RepoId) -> Result<Option<Repo>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated \
               FROM repo r JOIN namespace n ON n.id = r.namespace WHERE r.id = $1 AND r.gone IS NULL";
    tx.one(sql, (id.as_str(),)).await
}

/// Repos that everybody may see, a page after an id.
pub async fn list_public_ids(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT id FROM repo WHERE NOT private AND gone IS NULL AND id > $1 ORDER BY id LIMIT $2";
    let rows: Vec<(String,)> = tx.many(sql, (after, limit)).await?;
    Ok(rows.into_iter().map(|(id,)| RepoId(id)).collect())
}

/// The repos of these ids that are there and may be seen: those that everybody may see, those of these owners, or all.
pub async fn list_seen_by_id(
    tx: &mut Tx,
    ids: &[RepoId],
    mine: &[NamespaceId],
    all: bool,
) -> Result<Vec<Repo>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.id IN (SELECT value ->> 0 FROM json_each($1)) AND r.gone IS NULL \
               AND (NOT r.private OR $2 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($3))))";
    tx.many(sql, (crate::list(ids), all, crate::list(mine))).await
}

/// The kind of a repo, of a deleted one too.
pub async fn find_kind(tx: &mut Tx, id: &RepoId) -> Result<Option<RepoKind>> {
    let row: Option<(String,)> = tx.one("SELECT kind FROM repo WHERE id = $1", (id.as_str(),)).await?;
    Ok(row.and_then(|(kind,)| RepoKind::from_word(&kind)))
}

/// Adds a repo under a name that is free or deleted; false if somebody was faster.
pub async fn add(tx: &mut Tx, repo: &Repo) -> Result<bool> {
    let sql = "INSERT INTO repo (id, kind, namespace, name, private, gated, sdk, card, tags, downloads, numbers, \
               created, updated) VALUES ($1, $2, $3, $4, $5, '', $6, '', '[]', 0, 0, $7, $7)";
    let args = (
        repo.id.as_str(),
        repo.kind.word(),
        repo.namespace.as_str(),
        repo.name.as_str(),
        repo.private,
        repo.sdk.as_str(),
        repo.created.0,
    );
    tx.run(sql, args).await?;
    take_name(tx, repo).await
}

/// Gives a repo its canonical name; false if a living repo has it.
async fn take_name(tx: &mut Tx, repo: &Repo) -> Result<bool> {
    let sql = "INSERT INTO repo_name (kind, folded, spelled, repo) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (kind, folded) DO UPDATE SET repo = excluded.repo, spelled = excluded.spelled \
               WHERE EXISTS (SELECT 1 FROM repo r WHERE r.id = repo_name.repo \
               AND (r.gone IS NOT NULL OR r.id = excluded.repo))";
    let name = repo.full_name();
    Ok(tx.run(sql, (repo.kind.word(), folded(&name), name, repo.id.as_str())).await? == 1)
}

/// Renames a repo, maybe into another namespace; the old name goes on leading to it. False if the name is taken.
pub async fn rename(tx: &mut Tx, repo: &Repo) -> Result<bool> {
    let sql = "UPDATE repo SET namespace = $2, name = $3 WHERE id = $1";
    tx.run(sql, (repo.id.as_str(), repo.namespace.as_str(), repo.name.as_str())).await?;
    take_name(tx, repo).await
}

/// Deletes a repo. Its name begins with its namespace's, which is never given away, so only its former owner can make a
/// repo of that name again; its bytes go with the next sweep.
pub async fn delete(tx: &mut Tx, id: &RepoId, now: Time) -> Result<()> {
    tx.run("UPDATE repo SET gone = $2 WHERE id = $1", (id.as_str(), now.0)).await?;
    Ok(())
}

/// Who may see a repo, and who may read its files.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Visibility {
    /// Only its namespace may see it.
    pub private: bool,
    /// Empty, `auto` or `manual`: whether files need a grant.
    pub gated: String,
}

/// Sets what is given and leaves the rest as the row has it, which a caller may have read too long ago to write back.
/// Tells how it is now; `None` if the repo is deleted.
pub async fn set_visibility(
    tx: &mut Tx,
    id: &RepoId,
    private: Option<bool>,
    gated: Option<&str>,
) -> Result<Option<Visibility>> {
    let sql = "UPDATE repo SET private = COALESCE($2, private), gated = COALESCE($3, gated) \
               WHERE id = $1 AND gone IS NULL RETURNING private, gated";
    tx.one(sql, (id.as_str(), private, gated)).await
}

/// Locks a repo's row until the transaction ends; false if there is no such repo, or it is deleted.
pub async fn lock(tx: &mut Tx, id: &RepoId) -> Result<bool> {
    let sql = "UPDATE repo SET numbers = numbers WHERE id = $1 AND gone IS NULL";
    Ok(tx.run(sql, (id.as_str(),)).await? == 1)
}

/// Counts that a repo's history was written anew.
pub async fn count_rewrite(tx: &mut Tx, id: &RepoId) -> Result<()> {
    tx.run("UPDATE repo SET rewritten = rewritten + 1 WHERE id = $1", (id.as_str(),)).await?;
    Ok(())
}

/// What a repo weighs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, sqlx::FromRow)]
pub struct Weighed {
    /// Bytes of its chunks, each once, and of what lies in git itself.
    pub stored: i64,
    /// Those of them that no other repo has that everybody may read.
    pub only_here: i64,
}

/// Writes down what a repo weighs; `None` if that is not known.
pub async fn set_weighed(tx: &mut Tx, repo: &RepoId, weighed: Option<Weighed>) -> Result<()> {
    let sql = "UPDATE repo SET stored = $2, only_here = $3 WHERE id = $1";
    let (stored, only_here) = (weighed.map(|bytes| bytes.stored), weighed.map(|bytes| bytes.only_here));
    tx.run(sql, (repo.as_str(), stored, only_here)).await?;
    Ok(())
}

/// What a repo weighed when it was weighed last.
pub async fn weighed(tx: &mut Tx, repo: &RepoId) -> Result<Option<Weighed>> {
    let sql = "SELECT stored, only_here FROM repo \
               WHERE id = $1 AND stored IS NOT NULL AND only_here IS NOT NULL";
    tx.one(sql, (repo.as_str(),)).await
}

/// Writes down how many parameters the model on the default branch has; `None` if it has no weights that can be read.
pub async fn set_parameters(tx: &mut Tx, repo: &RepoId, parameters: Option<i64>) -> Result<()> {
    tx.run("UPDATE repo SET parameters = $2 WHERE id = $1", (repo.as_str(), parameters)).await?;
    Ok(())
}

/// What the card on the default branch says now, and when that branch moved.
pub async fn set_card(tx: &mut Tx, id: &RepoId, card: &str, tags: &str, now: Time) -> Result<()> {
    let sql = "UPDATE repo SET card = $2, tags = $3, updated = $4 WHERE id = $1";
    tx.run(sql, (id.as_str(), card, tags, now.0)).await?;
    Ok(())
}

/// The default branch moved and the card is as it was.
pub async fn touch(tx: &mut Tx, id: &RepoId, now: Time) -> Result<()> {
    tx.run("UPDATE repo SET updated = $2 WHERE id = $1", (id.as_str(), now.0)).await?;
    Ok(())
}

/// Adds so many file requests to a repo's count.
pub async fn count_downloads(tx: &mut Tx, id: &RepoId, count: i64) -> Result<()> {
    tx.run("UPDATE repo SET downloads = downloads + $2 WHERE id = $1", (id.as_str(), count)).await?;
    Ok(())
}

/// The next number for a pull request or discussion of the repo; the row is locked until the transaction ends.
pub async fn next_number(tx: &mut Tx, id: &RepoId) -> Result<i64> {
    let sql = "UPDATE repo SET numbers = numbers + 1 WHERE id = $1 RETURNING numbers";
    let row: Option<(i64,)> = tx.one(sql, (id.as_str(),)).await?;
    Ok(row.map_or(0, |(number,)| number))
}

/// Every repo that is not deleted, for checks of the whole store, a page after an id.
pub async fn list_by_id(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Repo>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.gone IS NULL AND r.id > $1 ORDER BY r.id LIMIT $2";
    tx.many(sql, (after, limit)).await
}

/// The repos that a member likes, the last first: in the order of [`crate::likes::liked`].
pub async fn list_liked(tx: &mut Tx, member: &NamespaceId, limit: i64) -> Result<Vec<Repo>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated \
               FROM liking l JOIN repo r ON r.id = l.repo JOIN namespace n ON n.id = r.namespace \
               WHERE l.member = $1 AND r.gone IS NULL ORDER BY l.since DESC, l.repo LIMIT $2";
    tx.many(sql, (member.as_str(), limit)).await
}

/// Repos whose commits name a file, oldest first, at most so many: whom it would hurt to lose it.
pub async fn list_with_file(tx: &mut Tx, file: &XetHash, limit: i64) -> Result<Vec<Repo>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated \
               FROM repo_file f JOIN repo r ON r.id = f.repo JOIN namespace n ON n.id = r.namespace \
               WHERE f.file = $1 AND r.gone IS NULL ORDER BY r.id LIMIT $2";
    tx.many(sql, (file.to_string(), limit)).await
}

/// How many repos there are.
pub async fn count(tx: &mut Tx) -> Result<i64> {
    let row: Option<(i64,)> = tx.one("SELECT COUNT(*) AS n FROM repo WHERE gone IS NULL", ()).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Takes a repo down for a reason, or lets it be again if that is empty: it is private meanwhile, and then as it was.
pub async fn set_disabled(tx: &mut Tx, id: &RepoId, reason: &str) -> Result<()> {
    let sql = "UPDATE repo SET disabled = $2, \
               was_private = CASE WHEN disabled = '' THEN private ELSE was_private END, \
               private = CASE WHEN $3 THEN TRUE WHEN disabled <> '' THEN was_private ELSE private END \
               WHERE id = $1 AND gone IS NULL";
    tx.run(sql, (id.as_str(), reason, !reason.is_empty())).await?;
    Ok(())
}
