//! Xorbs, files, and who may read which runs of chunks: the index over what the depot holds.

use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `xorb`, without its body.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Xorb {
    /// Its Merkle hash.
    #[sqlx(try_from = "String")]
    pub hash: XetHash,
    /// How many chunks.
    pub chunks: i64,
    /// Bytes of its chunks, decompressed.
    pub raw_bytes: i64,
    /// Bytes of its frames as stored, without the footer.
    pub packed_bytes: i64,
    /// The last part of its object's name in the depot; none if its body is in the row.
    pub place: Option<String>,
}

/// Adds a xorb, or notes that it was seen again. `body`: frames and footer, when small enough for the row.
/// True if it was new.
pub async fn put_xorb(tx: &mut Tx, xorb: &Xorb, body: Option<&[u8]>, now: Time) -> Result<bool> {
    let sql = "INSERT INTO xorb (hash, chunks, raw_bytes, packed_bytes, body, created, touched, place) \
               VALUES ($1, $2, $3, $4, $5, $6, $6, $7) ON CONFLICT (hash) DO NOTHING";
    let hash = xorb.hash.to_string();
    let place = xorb.place.as_deref();
    let args = (hash.as_str(), xorb.chunks, xorb.raw_bytes, xorb.packed_bytes, body, now.0, place);
    if tx.run(sql, args).await? == 1 {
        return Ok(true);
    }
    tx.run("UPDATE xorb SET touched = $2 WHERE hash = $1", (hash.as_str(), now.0)).await?;
    Ok(false)
}

/// A stored xorb.
pub async fn find_xorb(tx: &mut Tx, hash: &XetHash) -> Result<Option<Xorb>> {
    let sql = "SELECT hash, chunks, raw_bytes, packed_bytes, place FROM xorb WHERE hash = $1";
    tx.one(sql, (hash.to_string(),)).await
}

/// The stored ones among these.
pub async fn find_xorbs(tx: &mut Tx, hashes: &[XetHash]) -> Result<Vec<Xorb>> {
    let sql = "SELECT hash, chunks, raw_bytes, packed_bytes, place FROM xorb \
               WHERE hash IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(hashes),)).await
}

/// The body of a xorb that lives in its row.
pub async fn load_xorb(tx: &mut Tx, hash: &XetHash) -> Result<Option<Vec<u8>>> {
    let sql = "SELECT body FROM xorb WHERE hash = $1 AND body IS NOT NULL";
    Ok(tx.one::<(Vec<u8>,)>(sql, (hash.to_string(),)).await?.map(|(body,)| body))
}

/// Notes that a member sent the xorb's bytes to a repo and so has them; true if they had not before.
pub async fn put_sender(tx: &mut Tx, xorb: &XetHash, member: &NamespaceId, repo: &RepoId) -> Result<bool> {
    let sql = "INSERT INTO xorb_sender (xorb, member, repo) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (xorb.to_string(), member.as_str(), repo.as_str())).await? == 1)
}

/// Which of these xorbs the reader sent.
pub async fn sent_xorbs(tx: &mut Tx, xorbs: &[XetHash], reader: &Reader) -> Result<Vec<XetHash>> {
    let sql = "SELECT DISTINCT xorb FROM xorb_sender \
               WHERE xorb IN (SELECT value ->> 0 FROM json_each($1)) AND member = $2 \
               AND (repo = $3 OR $3 = '')";
    let (member, repo) = reader.sender();
    let rows: Vec<XorbOnly> = tx.many(sql, (crate::list(xorbs), member, repo)).await?;
    Ok(rows.into_iter().map(|row| row.xorb).collect())
}

#[derive(sqlx::FromRow)]
struct XorbOnly {
    #[sqlx(try_from = "String")]
    xorb: XetHash,
}

/// Who asks what may be read: the namespaces and the repo whose files are theirs to read, and whose own uploads count.
#[derive(Clone, Debug)]
pub struct Reader {
    /// Namespaces whose private repos they may read.
    pub namespaces: Vec<NamespaceId>,
    /// A repo they may read, private or not.
    pub repo: Option<RepoId>,
    /// What they sent themselves.
    pub sent: Sent,
}

/// Which uploads somebody may use before a commit names them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Sent {
    /// None: nobody in particular, or a token that only reads.
    Nothing,
    /// All that the member sent.
    By(NamespaceId),
    /// What the member sent to this repo.
    To(NamespaceId, RepoId),
}

impl Reader {
    /// Member and repo as queries take them: an empty member sent nothing, an empty repo is any.
    pub(crate) fn sender(&self) -> (&str, &str) {
        match &self.sent {
            Sent::Nothing => ("", ""),
            Sent::By(member) => (member.as_str(), ""),
            Sent::To(member, repo) => (member.as_str(), repo.as_str()),
        }
    }
}

/// A run of chunks of a xorb: `first..past`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Run {
    /// The xorb.
    #[sqlx(try_from = "String")]
    pub xorb: XetHash,
    /// First chunk.
    pub first: i64,
    /// One past the last chunk.
    pub past: i64,
}

/// The runs of these xorbs that belong to files the reader may read: files of public repos, of their namespaces, and
/// those they sent themselves.
pub async fn readable_runs(tx: &mut Tx, xorbs: &[XetHash], reader: &Reader) -> Result<Vec<Run>> {
    let sql = "SELECT DISTINCT t.xorb AS xorb, t.first AS first, t.past AS past FROM xet_term t \
               JOIN repo_file f ON f.file = t.file JOIN repo r ON r.id = f.repo \
               WHERE t.xorb IN (SELECT value ->> 0 FROM json_each($1)) AND r.gone IS NULL \
               AND r.disabled = '' AND ((NOT r.private AND r.gated = '') OR r.id = $2 \
               OR r.namespace IN (SELECT value ->> 0 FROM json_each($3))) \
               UNION SELECT t.xorb AS xorb, t.first AS first, t.past AS past FROM xet_term t \
               JOIN sent_file s ON s.file = t.file \
               WHERE t.xorb IN (SELECT value ->> 0 FROM json_each($1)) AND s.member = $4 \
               AND (s.repo = $5 OR $5 = '')";
    let repo = reader.repo.as_ref().map_or("", RepoId::as_str);
    let (member, to) = reader.sender();
    let args = (crate::list(xorbs), repo, crate::list(&reader.namespaces), member, to);
    tx.many(sql, args).await
}

/// A row of `xet_file`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct File {
    /// Its Xet hash.
    #[sqlx(try_from = "String")]
    pub hash: XetHash,
    /// Its SHA-256, verified.
    #[sqlx(try_from = "String")]
    pub sha256: Sha256,
    /// Its length.
    pub bytes: i64,
}

/// A row of `xet_term`: one run of chunks of a file.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Term {
    /// Place in the file.
    pub n: i64,
    /// The xorb.
    #[sqlx(try_from = "String")]
    pub xorb: XetHash,
    /// Decompressed bytes of the run.
    pub raw_bytes: i64,
    /// First chunk.
    pub first: i64,
    /// One past the last chunk.
    pub past: i64,
}

/// Adds a verified file and its terms; nothing if it is there (the same hash is the same bytes). True if it was new.
pub async fn put_file(tx: &mut Tx, file: &File, terms: &[Term], now: Time) -> Result<bool> {
    let sql =
        "INSERT INTO xet_file (hash, sha256, bytes, created) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let hash = file.hash.to_string();
    if tx.run(sql, (hash.as_str(), file.sha256.to_string(), file.bytes, now.0)).await? == 0 {
        return Ok(false);
    }
    let sql = "INSERT INTO xet_term (file, n, xorb, raw_bytes, first, past) \
               SELECT $1, CAST(value ->> 0 AS BIGINT), value ->> 1, CAST(value ->> 2 AS BIGINT), \
               CAST(value ->> 3 AS BIGINT), CAST(value ->> 4 AS BIGINT) FROM json_each($2)";
    let rows: Vec<serde_json::Value> = terms
        .iter()
        .map(|term| serde_json::json!([term.n, term.xorb.to_string(), term.raw_bytes, term.first, term.past]))
        .collect();
    tx.run(sql, (hash.as_str(), serde_json::Value::from(rows).to_string())).await?;
    Ok(true)
}

/// The terms of a file, in order.
pub async fn terms(tx: &mut Tx, file: &XetHash) -> Result<Vec<Term>> {
    let sql = "SELECT n, xorb, raw_bytes, first, past FROM xet_term WHERE file = $1 ORDER BY n";
    tx.many(sql, (file.to_string(),)).await
}

/// A run of chunks and the file it is of.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct FileRun {
    /// The file.
    #[sqlx(try_from = "String")]
    pub file: XetHash,
    /// The xorb.
    #[sqlx(try_from = "String")]
    pub xorb: XetHash,
    /// Decompressed bytes of the run.
    pub raw_bytes: i64,
    /// First chunk.
    pub first: i64,
    /// One past the last chunk.
    pub past: i64,
}

/// The terms of these files, file by file and in order, at most so many.
pub async fn terms_of_files(tx: &mut Tx, files: &[XetHash], limit: i64) -> Result<Vec<FileRun>> {
    let sql = "SELECT file, xorb, raw_bytes, first, past FROM xet_term \
               WHERE file IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY file, n LIMIT $2";
    tx.many(sql, (crate::list(files), limit)).await
}

/// Files that commits of the repo name and that have chunks in one of these xorbs, by hash, at most so many.
pub async fn repo_files_with_xorbs(
    tx: &mut Tx,
    repo: &RepoId,
    xorbs: &[XetHash],
    limit: i64,
) -> Result<Vec<File>> {
    let sql = "SELECT f.hash AS hash, f.sha256 AS sha256, f.bytes AS bytes FROM xet_file f \
               JOIN repo_file r ON r.file = f.hash WHERE r.repo = $1 AND f.hash IN (SELECT t.file FROM xet_term t \
               WHERE t.xorb IN (SELECT value ->> 0 FROM json_each($2))) ORDER BY f.hash LIMIT $3";
    tx.many(sql, (repo.as_str(), crate::list(xorbs), limit)).await
}

/// Files that commits of the repo name, by hash, at most so many.
pub async fn repo_files(tx: &mut Tx, repo: &RepoId, limit: i64) -> Result<Vec<File>> {
    let sql = "SELECT f.hash AS hash, f.sha256 AS sha256, f.bytes AS bytes FROM repo_file r \
               JOIN xet_file f ON f.hash = r.file WHERE r.repo = $1 ORDER BY f.hash LIMIT $2";
    tx.many(sql, (repo.as_str(), limit)).await
}

/// Runs of chunks of these xorbs in files that everybody may read, of repos other than one, in no order, at most so many.
pub async fn public_runs(tx: &mut Tx, other: &RepoId, xorbs: &[XetHash], limit: i64) -> Result<Vec<FileRun>> {
    let sql = "SELECT t.file AS file, t.xorb AS xorb, t.raw_bytes AS raw_bytes, t.first AS first, t.past AS past \
               FROM xet_term t WHERE t.xorb IN (SELECT value ->> 0 FROM json_each($2)) \
               AND EXISTS (SELECT 1 FROM repo_file f JOIN repo r ON r.id = f.repo \
               WHERE f.file = t.file AND f.repo <> $1 AND r.gone IS NULL AND NOT r.private AND r.gated = '') LIMIT $3";
    tx.many(sql, (other.as_str(), crate::list(xorbs), limit)).await
}

/// Files that have chunks in one of these xorbs, at most so many.
pub async fn files_with_xorbs(tx: &mut Tx, xorbs: &[XetHash], limit: i64) -> Result<Vec<XetHash>> {
    let sql = "SELECT DISTINCT file AS hash FROM (SELECT file FROM xet_term \
               WHERE xorb IN (SELECT value ->> 0 FROM json_each($1)) LIMIT $2) t";
    let rows: Vec<Hashed> = tx.many(sql, (crate::list(xorbs), limit)).await?;
    Ok(rows.into_iter().map(|row| row.hash).collect())
}

/// Repos whose commits name one of these files, at most so many.
pub async fn repos_with_files(tx: &mut Tx, files: &[XetHash], limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT DISTINCT repo AS id FROM (SELECT repo FROM repo_file \
               WHERE file IN (SELECT value ->> 0 FROM json_each($1)) LIMIT $2) f";
    let rows: Vec<(String,)> = tx.many(sql, (crate::list(files), limit)).await?;
    Ok(rows.into_iter().map(|(id,)| RepoId(id)).collect())
}

#[derive(sqlx::FromRow)]
struct Hashed {
    #[sqlx(try_from = "String")]
    hash: XetHash,
}

/// A file by its Xet hash.
pub async fn find_file(tx: &mut Tx, hash: &XetHash) -> Result<Option<File>> {
    tx.one("SELECT hash, sha256, bytes FROM xet_file WHERE hash = $1", (hash.to_string(),)).await
}

/// Files with one of these SHA-256, oldest first.
pub async fn find_files_by_sha256(tx: &mut Tx, sums: &[Sha256]) -> Result<Vec<File>> {
    let sql = "SELECT hash, sha256, bytes FROM xet_file \
               WHERE sha256 IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY created, hash";
    tx.many(sql, (crate::list(sums),)).await
}

/// Which of these files the reader may have: those of the repo at hand, of repos they may read, and their own.
pub async fn readable_files(tx: &mut Tx, files: &[XetHash], reader: &Reader) -> Result<Vec<XetHash>> {
    let sql = "SELECT f.file AS xorb FROM repo_file f JOIN repo r ON r.id = f.repo \
               WHERE f.file IN (SELECT value ->> 0 FROM json_each($1)) AND r.gone IS NULL \
               AND r.disabled = '' AND ((NOT r.private AND r.gated = '') OR r.id = $2 \
               OR r.namespace IN (SELECT value ->> 0 FROM json_each($3))) \
               UNION SELECT s.file AS xorb FROM sent_file s \
               WHERE s.file IN (SELECT value ->> 0 FROM json_each($1)) AND s.member = $4 \
               AND (s.repo = $5 OR $5 = '')";
    let repo = reader.repo.as_ref().map_or("", RepoId::as_str);
    let (member, to) = reader.sender();
    let args = (crate::list(files), repo, crate::list(&reader.namespaces), member, to);
    let rows: Vec<XorbOnly> = tx.many(sql, args).await?;
    Ok(rows.into_iter().map(|row| row.xorb).collect())
}

/// Whether a commit of the repo names the file.
pub async fn repo_has_file(tx: &mut Tx, repo: &RepoId, file: &XetHash) -> Result<bool> {
    let sql = "SELECT file AS xorb FROM repo_file WHERE repo = $1 AND file = $2";
    Ok(tx.one::<XorbOnly>(sql, (repo.as_str(), file.to_string())).await?.is_some())
}

/// Whether a file was sent to the repo by this member.
pub async fn sent_to(tx: &mut Tx, repo: &RepoId, file: &XetHash, member: &NamespaceId) -> Result<bool> {
    let sql = "SELECT file AS xorb FROM sent_file WHERE repo = $1 AND file = $2 AND member = $3";
    let args = (repo.as_str(), file.to_string(), member.as_str());
    Ok(tx.one::<XorbOnly>(sql, args).await?.is_some())
}

/// Notes that a commit of the repo names these files.
pub async fn put_repo_files(tx: &mut Tx, repo: &RepoId, files: &[XetHash]) -> Result<()> {
    // In one order, as everybody adds them: two writers of the same rows wait for each other, but never in a circle.
    let sql = "INSERT INTO repo_file (repo, file) SELECT $1, value ->> 0 FROM json_each($2) \
               WHERE TRUE ORDER BY value ->> 0 ON CONFLICT DO NOTHING";
    tx.run(sql, (repo.as_str(), crate::list(files))).await?;
    Ok(())
}

/// Notes that a member sent a file to a repo.
pub async fn put_sent(
    tx: &mut Tx,
    repo: &RepoId,
    file: &XetHash,
    member: &NamespaceId,
    now: Time,
) -> Result<()> {
    let sql = "INSERT INTO sent_file (repo, file, member, at) VALUES ($1, $2, $3, $4) \
               ON CONFLICT (repo, file, member) DO UPDATE SET at = excluded.at";
    tx.run(sql, (repo.as_str(), file.to_string(), member.as_str(), now.0)).await?;
    Ok(())
}

/// Takes files from a repo: no commit of it names them any more, and nobody sent them to it.
pub async fn forget(tx: &mut Tx, repo: &RepoId, files: &[XetHash]) -> Result<()> {
    let list = crate::list(files);
    let sql = "DELETE FROM repo_file WHERE repo = $1 AND file IN (SELECT value ->> 0 FROM json_each($2))";
    tx.run(sql, (repo.as_str(), list.as_str())).await?;
    let sql = "DELETE FROM sent_file WHERE repo = $1 AND file IN (SELECT value ->> 0 FROM json_each($2))";
    tx.run(sql, (repo.as_str(), list)).await?;
    Ok(())
}

/// Adds chunks that answer global dedup queries.
pub async fn put_chunks(tx: &mut Tx, chunks: &[(XetHash, XetHash, u32)]) -> Result<()> {
    // In one order, so that two writers of the same chunks never wait for each other in a circle.
    let sql = "INSERT INTO chunk (hash, xorb, n) \
               SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS BIGINT) FROM json_each($1) \
               WHERE TRUE ORDER BY value ->> 0, value ->> 1 ON CONFLICT DO NOTHING";
    let rows: Vec<serde_json::Value> = chunks
        .iter()
        .map(|(hash, xorb, n)| serde_json::json!([hash.to_string(), xorb.to_string(), n]))
        .collect();
    tx.run(sql, (serde_json::Value::from(rows).to_string(),)).await?;
    Ok(())
}

/// A chunk's place in a xorb.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Place {
    /// The chunk.
    #[sqlx(try_from = "String")]
    pub hash: XetHash,
    /// The xorb that holds it.
    #[sqlx(try_from = "String")]
    pub xorb: XetHash,
    /// Which of its chunks it is.
    pub n: i64,
}

/// Where chunks are stored: at most eight places each would ever matter, so the answer is bounded.
pub async fn find_chunks(tx: &mut Tx, chunks: &[XetHash]) -> Result<Vec<Place>> {
    let sql = "SELECT hash, xorb, n FROM chunk \
               WHERE hash IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY hash, xorb LIMIT 4096";
    tx.many(sql, (crate::list(chunks),)).await
}

/// Every xorb, for checks of the whole store, a page after a hash.
pub async fn list_xorbs(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<Xorb>> {
    let sql = "SELECT hash, chunks, raw_bytes, packed_bytes, place FROM xorb \
               WHERE hash > $1 ORDER BY hash LIMIT $2";
    tx.many(sql, (after, limit)).await
}

/// How many files have chunks in a xorb: how much would be lost with it.
pub async fn count_files_with_xorb(tx: &mut Tx, xorb: &XetHash) -> Result<i64> {
    let sql = "SELECT COUNT(DISTINCT file) AS n FROM xet_term WHERE xorb = $1";
    let row: Option<(i64,)> = tx.one(sql, (xorb.to_string(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Every file, for checks of the whole store, a page after a hash.
pub async fn list_files(tx: &mut Tx, after: &str, limit: i64) -> Result<Vec<File>> {
    tx.many("SELECT hash, sha256, bytes FROM xet_file WHERE hash > $1 ORDER BY hash LIMIT $2", (after, limit))
        .await
}

/// The files of these SHA-256 that commits of the repo name.
pub async fn repo_files_by_sha256(tx: &mut Tx, repo: &RepoId, sums: &[Sha256]) -> Result<Vec<File>> {
    // By EXISTS, since a join would be begun from all files of the repo.
    let sql = "SELECT f.hash AS hash, f.sha256 AS sha256, f.bytes AS bytes FROM xet_file f \
               WHERE f.sha256 IN (SELECT value ->> 0 FROM json_each($2)) \
               AND EXISTS (SELECT 1 FROM repo_file r WHERE r.repo = $1 AND r.file = f.hash)";
    tx.many(sql, (repo.as_str(), crate::list(sums))).await
}

/// Files that hold a chunk of a xorb, at most 64: where a chunk leads to what follows it.
pub async fn files_with_chunk(tx: &mut Tx, xorb: &XetHash, n: i64) -> Result<Vec<(XetHash, i64)>> {
    let sql = "SELECT file AS xorb, n FROM xet_term WHERE xorb = $1 AND first <= $2 AND past > $2 \
               ORDER BY file, n LIMIT 64";
    let rows: Vec<FileTerm> = tx.many(sql, (xorb.to_string(), n)).await?;
    Ok(rows.into_iter().map(|row| (row.xorb, row.n)).collect())
}

#[derive(sqlx::FromRow)]
struct FileTerm {
    #[sqlx(try_from = "String")]
    xorb: XetHash,
    n: i64,
}
