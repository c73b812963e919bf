//! Packs: where they are, which are in use, and which were replaced.

use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `pack`, without its bytes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Pack {
    /// Its trailer: SHA-1 over the whole pack.
    #[sqlx(try_from = "String")]
    pub id: Oid,
    /// Its length.
    pub bytes: i64,
    /// How many objects it holds.
    pub objects: i64,
    /// `commit`, `push` or `compact`.
    pub origin: String,
    /// Whether it may hold deltas whose base lies in an older pack.
    pub thin: bool,
    /// Where it is in the depot; `None` when its bytes are in the row.
    pub place: Option<String>,
}

impl Pack {
    /// Whether it was made of others, which it has replaced.
    pub fn is_merged(&self) -> bool {
        self.origin == "compact"
    }
}

/// Adds a pack, newer than all that the repo has; `body` is the pack and its index when they are small enough to live
/// in the row. Two that are added at once may count as equally old: neither leans on the other. False if it
/// has, or had, this very pack.
pub async fn add_pack(
    tx: &mut Tx,
    repo: &RepoId,
    pack: &Pack,
    body: Option<(&[u8], &[u8])>,
    now: Time,
) -> Result<bool> {
    let sql = "INSERT INTO pack (repo, id, bytes, objects, origin, thin, place, pack, idx, created, seq) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
                       (SELECT COALESCE(MAX(seq), 0) + 1 FROM pack WHERE repo = $11)) ON CONFLICT DO NOTHING";
    let (bytes, idx) = body.unzip();
    let args = (
        repo.as_str(),
        pack.id.to_string(),
        pack.bytes,
        pack.objects,
        pack.origin.as_str(),
        pack.thin,
        pack.place.as_deref(),
        bytes,
        idx,
        now.0,
        repo.as_str(),
    );
    Ok(tx.run(sql, args).await? == 1)
}

/// The packs of a repo in use, oldest first, the order in which chains of deltas are sure to end.
pub async fn list_packs(tx: &mut Tx, repo: &RepoId) -> Result<Vec<Pack>> {
    let sql = "SELECT id, bytes, objects, origin, thin, place FROM pack \
               WHERE repo = $1 AND superseded IS NULL ORDER BY seq, id";
    tx.many(sql, (repo.as_str(),)).await
}

/// Those of these places in the depot where a pack is that was not removed.
pub async fn pack_places(tx: &mut Tx, places: &[(RepoId, Oid, String)]) -> Result<Vec<String>> {
    let sql = "SELECT p.place AS place FROM json_each($1) w \
               JOIN pack p ON p.repo = w.value ->> 0 AND p.id = w.value ->> 1 AND p.place = w.value ->> 2 \
               WHERE p.removed IS NULL";
    let places: Vec<serde_json::Value> = places
        .iter()
        .map(|(repo, id, place)| serde_json::json!([repo.as_str(), id.to_string(), place]))
        .collect();
    let rows: Vec<(String,)> = tx.many(sql, (serde_json::Value::from(places).to_string(),)).await?;
    Ok(rows.into_iter().map(|(place,)| place).collect())
}

/// Repos with more than `most` packs in use, and how many.
pub async fn repos_of_many_packs(tx: &mut Tx, most: i64) -> Result<Vec<(RepoId, i64)>> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(try_from = "String")]
        repo: RepoId,
        packs: i64,
    }
    let sql = "SELECT repo, COUNT(*) AS packs FROM pack WHERE superseded IS NULL \
               GROUP BY repo HAVING COUNT(*) > $1 ORDER BY repo";
    let rows: Vec<Row> = tx.many(sql, (most,)).await?;
    Ok(rows.into_iter().map(|row| (row.repo, row.packs)).collect())
}

/// The bytes and index of a pack that lives in its row.
pub async fn load_pack(tx: &mut Tx, repo: &RepoId, id: &Oid) -> Result<Option<(Vec<u8>, Vec<u8>)>> {
    let sql =
        "SELECT pack, idx FROM pack WHERE repo = $1 AND id = $2 AND pack IS NOT NULL AND idx IS NOT NULL";
    tx.one(sql, (repo.as_str(), id.to_string())).await
}

/// Marks packs as replaced by a compacted one, and tells how many were not yet. They are kept until no reader can
/// still want them.
pub async fn supersede_packs(tx: &mut Tx, repo: &RepoId, ids: &[Oid], now: Time) -> Result<u64> {
    let sql = "UPDATE pack SET superseded = $3 WHERE repo = $1 AND superseded IS NULL \
               AND id IN (SELECT value ->> 0 FROM json_each($2))";
    tx.run(sql, (repo.as_str(), crate::list(ids), now.0)).await
}

/// A pack that was replaced.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Superseded {
    /// Its repo.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// Its id.
    #[sqlx(try_from = "String")]
    pub id: Oid,
    /// Where it is in the depot; `None` when its bytes are in the row.
    pub place: Option<String>,
}

/// Some packs that were replaced before a moment.
pub async fn superseded_packs(tx: &mut Tx, before: Time, limit: i64) -> Result<Vec<Superseded>> {
    let sql = "SELECT repo, id, place FROM pack \
               WHERE superseded IS NOT NULL AND removed IS NULL AND superseded < $1 \
               ORDER BY superseded, repo, id LIMIT $2";
    tx.many(sql, (before.0, limit)).await
}

/// Notes that the bytes of a pack that was replaced are gone, those in its row with it; false if it is in use, or was
/// removed before.
pub async fn remove_superseded_pack(tx: &mut Tx, repo: &RepoId, id: &Oid, now: Time) -> Result<bool> {
    let sql = "UPDATE pack SET removed = $3, pack = NULL, idx = NULL \
               WHERE repo = $1 AND id = $2 AND superseded IS NOT NULL AND removed IS NULL";
    Ok(tx.run(sql, (repo.as_str(), id.to_string(), now.0)).await? == 1)
}
