//! What works build upon, and the marks by which one is known again in another.

use seedcorn_core::digest::Oid;
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// What is known of the tensors of files, by what names their contents: that name, and a JSON text.
pub async fn tensor_files(tx: &mut Tx, contents: &[String]) -> Result<Vec<(String, String)>> {
    let sql =
        "SELECT content, says FROM tensor_file WHERE content IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(contents),)).await
}

/// Keeps what names the tensors of a file. The same bytes always say the same, so what is there stays.
pub async fn put_tensor_file(tx: &mut Tx, content: &str, says: &str) -> Result<()> {
    let sql = "INSERT INTO tensor_file (content, says) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    tx.run(sql, (content, says)).await?;
    Ok(())
}

/// Gives a repo these marks, each with its bytes: those that it has or had keep their moments, of others it is written down that they are
/// gone, as many as `kept` of these. Tells how many are new.
pub async fn set_marks(
    tx: &mut Tx,
    repo: &RepoId,
    marks: &[(String, i64)],
    now: Time,
    kept: i64,
) -> Result<u64> {
    let rows: serde_json::Value =
        marks.iter().map(|(print, bytes)| serde_json::json!([print, bytes])).collect();
    let rows = rows.to_string();
    let sql = "UPDATE mark SET gone = $3 WHERE repo = $1 AND gone IS NULL AND print NOT IN (SELECT value ->> 0 FROM json_each($2))";
    tx.run(sql, (repo.as_str(), rows.as_str(), now.0)).await?;
    let sql = "UPDATE mark SET gone = NULL WHERE repo = $1 AND gone IS NOT NULL AND print IN (SELECT value ->> 0 FROM json_each($2))";
    tx.run(sql, (repo.as_str(), rows.as_str())).await?;
    // Those that were there first say most.
    let sql = "DELETE FROM mark WHERE repo = $1 AND gone IS NOT NULL AND print NOT IN \
               (SELECT print FROM mark WHERE repo = $1 AND gone IS NOT NULL ORDER BY since, print LIMIT $2)";
    tx.run(sql, (repo.as_str(), kept)).await?;
    let sql = "INSERT INTO mark (repo, print, bytes, since) \
               SELECT $1, value ->> 0, CAST(value ->> 1 AS BIGINT), $3 FROM json_each($2) \
               WHERE TRUE ON CONFLICT DO NOTHING";
    tx.run(sql, (repo.as_str(), rows.as_str(), now.0)).await
}

/// Since when a repo has or had some marks.
pub async fn marked(tx: &mut Tx, repo: &RepoId, prints: &[String]) -> Result<Vec<(String, i64)>> {
    let sql =
        "SELECT print, since FROM mark WHERE repo = $1 AND print IN (SELECT value ->> 0 FROM json_each($2))";
    tx.many(sql, (repo.as_str(), crate::list(prints))).await
}

/// A mark of a repo, and the public repo of another owner that had it first, if there is one.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Held {
    /// What is marked.
    pub print: String,
    /// Its bytes.
    pub bytes: i64,
    /// Who had it first.
    pub first: Option<String>,
}

/// The marks of a repo of some owner, each with whoever else had it before.
pub async fn held(tx: &mut Tx, repo: &RepoId, owner: &NamespaceId, limit: i64) -> Result<Vec<Held>> {
    let sql = "SELECT own.print AS print, own.bytes AS bytes, (SELECT other.repo FROM mark other \
               JOIN repo r ON r.id = other.repo WHERE other.print = own.print \
               AND (other.since < own.since OR (other.since = own.since AND other.repo < own.repo)) \
               AND NOT r.private AND r.gone IS NULL AND r.namespace <> $2 \
               ORDER BY other.since, other.repo LIMIT 1) AS first \
               FROM mark own WHERE own.repo = $1 AND own.gone IS NULL ORDER BY own.print LIMIT $3";
    tx.many(sql, (repo.as_str(), owner.as_str(), limit)).await
}

/// Public repos of other owners than a repo's that had a mark before a moment: the first of them and the last, so many of each at most.
pub async fn before(
    tx: &mut Tx,
    print: &str,
    (repo, owner): (&RepoId, &NamespaceId),
    moment: Time,
    each: i64,
) -> Result<Vec<RepoId>> {
    let sql = "WITH had(repo, since) AS (SELECT other.repo, other.since FROM mark other JOIN repo r ON r.id = other.repo \
               WHERE other.print = $1 AND other.repo <> $2 AND NOT r.private AND r.gone IS NULL AND r.namespace <> $3 \
               AND (other.since < $4 OR (other.since = $4 AND other.repo < $2))) \
               SELECT repo FROM (SELECT repo, since FROM had ORDER BY since, repo LIMIT $5) a \
               UNION SELECT repo FROM (SELECT repo, since FROM had ORDER BY since DESC, repo DESC LIMIT $5) b";
    let rows: Vec<(String,)> = tx.many(sql, (print, repo.as_str(), owner.as_str(), moment.0, each)).await?;
    Ok(rows.into_iter().map(|(repo,)| RepoId(repo)).collect())
}

/// Repos that have a mark of this one and had it later, in the order of their ids: what they build upon may have changed.
pub async fn later(tx: &mut Tx, repo: &RepoId, limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT DISTINCT other.repo AS repo FROM mark own JOIN mark other ON other.print = own.print \
               WHERE own.repo = $1 AND other.repo <> own.repo AND other.gone IS NULL \
               AND (other.since > own.since OR (other.since = own.since AND other.repo > own.repo)) \
               ORDER BY other.repo LIMIT $2";
    let rows: Vec<(String,)> = tx.many(sql, (repo.as_str(), limit)).await?;
    Ok(rows.into_iter().map(|(repo,)| RepoId(repo)).collect())
}

/// One work builds upon another.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Derivation {
    /// What was made.
    #[sqlx(try_from = "String")]
    pub child: RepoId,
    /// How it is known: `declared`, `measured` or `inferred`.
    pub state: String,
    /// In which way: `finetune`, `quantized`, ….
    pub way: String,
    /// What names the other work.
    pub parent: String,
    /// That work, if it is here.
    pub parent_repo: Option<String>,
    /// Its commit when this was first seen.
    pub parent_oid: Option<String>,
    /// The child's commit then.
    #[sqlx(try_from = "String")]
    pub oid: Oid,
    /// When that was.
    #[sqlx(try_from = "i64")]
    pub since: Time,
    /// Since when it is no longer seen, in microseconds UTC.
    pub gone: Option<i64>,
    /// Where it is said, or what was measured: a JSON text.
    pub says: String,
}

/// Writes down a derivation. What is seen of it still keeps its moment and its commits, and what it rests on is told anew; what is no
/// longer seen stays as it was, and this is another.
pub async fn put(tx: &mut Tx, row: &Derivation) -> Result<()> {
    let sql = "UPDATE derivation SET parent_repo = COALESCE($5, parent_repo), parent_oid = COALESCE(parent_oid, $6), says = $7 \
               WHERE child = $1 AND state = $2 AND way = $3 AND parent = $4 AND gone IS NULL";
    let args = (
        row.child.as_str(),
        row.state.as_str(),
        row.way.as_str(),
        row.parent.as_str(),
        row.parent_repo.as_deref(),
        row.parent_oid.as_deref(),
        row.says.as_str(),
    );
    if tx.run(sql, args).await? > 0 {
        return Ok(());
    }
    let sql = "INSERT INTO derivation (child, state, way, parent, parent_repo, parent_oid, oid, since, gone, says) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, $9) ON CONFLICT (child, state, way, parent, since) DO UPDATE \
               SET parent_repo = COALESCE(excluded.parent_repo, derivation.parent_repo), gone = NULL, says = excluded.says";
    let args = (
        row.child.as_str(),
        row.state.as_str(),
        row.way.as_str(),
        row.parent.as_str(),
        row.parent_repo.as_deref(),
        row.parent_oid.as_deref(),
        row.oid.to_string(),
        row.since.0,
        row.says.as_str(),
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// Forgets derivations of a work that are no longer seen, but for the last of them: so many, and those that ended at the same moment.
pub async fn forget(tx: &mut Tx, child: &RepoId, kept: i64) -> Result<u64> {
    let sql = "DELETE FROM derivation WHERE child = $1 AND gone IS NOT NULL AND gone < \
               (SELECT gone FROM derivation WHERE child = $1 AND gone IS NOT NULL ORDER BY gone DESC LIMIT 1 OFFSET $2)";
    tx.run(sql, (child.as_str(), kept - 1)).await
}

/// Marks derivations of a work as no longer seen: those of a state that are not among these, by way and parent.
pub async fn end_others(
    tx: &mut Tx,
    child: &RepoId,
    state: &str,
    seen: &[(String, String)],
    now: Time,
) -> Result<u64> {
    let sql = "UPDATE derivation SET gone = $4 WHERE child = $1 AND state = $2 AND gone IS NULL AND NOT EXISTS \
               (SELECT 1 FROM json_each($3) j WHERE j.value ->> 0 = derivation.way AND j.value ->> 1 = derivation.parent)";
    let seen: serde_json::Value = seen.iter().map(|(way, parent)| serde_json::json!([way, parent])).collect();
    tx.run(sql, (child.as_str(), state, seen.to_string(), now.0)).await
}

/// What some works build upon: what is so before what is no longer, what is measured before what is said.
pub async fn above(tx: &mut Tx, children: &[RepoId], limit: i64) -> Result<Vec<Derivation>> {
    let sql = "SELECT child, state, way, parent, parent_repo, parent_oid, oid, since, gone, says FROM derivation \
               WHERE child IN (SELECT value ->> 0 FROM json_each($1)) \
               ORDER BY gone IS NOT NULL, child, state DESC, way, parent LIMIT $2";
    tx.many(sql, (crate::list(children), limit)).await
}

/// What builds upon some works here, in the order of the works, then of what builds upon them; from behind one of these.
pub async fn below(
    tx: &mut Tx,
    parents: &[RepoId],
    behind: Option<&Derivation>,
    limit: i64,
) -> Result<Vec<Derivation>> {
    let sql = "SELECT child, state, way, parent, parent_repo, parent_oid, oid, since, gone, says FROM derivation \
               WHERE parent_repo IN (SELECT value ->> 0 FROM json_each($1)) \
               AND (parent_repo, child, state, way, parent, since) > ($2, $3, $4, $5, $6, $7) \
               ORDER BY parent_repo, child, state, way, parent, since LIMIT $8";
    let (named, since) = behind.map_or(("", i64::MIN), |row| (row.parent.as_str(), row.since.0));
    let (parent, child, state, way) = behind.map_or(("", "", "", ""), |row| {
        (
            row.parent_repo.as_deref().unwrap_or_default(),
            row.child.as_str(),
            row.state.as_str(),
            row.way.as_str(),
        )
    });
    let left: Vec<RepoId> = parents.iter().filter(|one| one.as_str() >= parent).cloned().collect();
    tx.many(sql, (crate::list(&left), parent, child, state, way, named, since, limit)).await
}

/// Lets derivations that name a work by one of these names lead to it; those that lead to another only where the name is surely
/// this one's.
pub async fn adopt(tx: &mut Tx, repo: &RepoId, names: &[String], surely: bool) -> Result<u64> {
    let sql = "UPDATE derivation SET parent_repo = $1 WHERE parent IN (SELECT value ->> 0 FROM json_each($2)) \
               AND child <> $1 AND (parent_repo IS NULL OR ($3 AND parent_repo <> $1))";
    tx.run(sql, (repo.as_str(), crate::list(names), surely)).await
}

/// The ids of the works whose tensors a work has, as they were measured last.
pub async fn measured(tx: &mut Tx, child: &RepoId) -> Result<Vec<String>> {
    let sql = "SELECT parent_repo FROM derivation \
               WHERE child = $1 AND state = 'measured' AND gone IS NULL AND parent_repo IS NOT NULL ORDER BY parent";
    let rows: Vec<(String,)> = tx.many(sql, (child.as_str(),)).await?;
    Ok(rows.into_iter().map(|(parent,)| parent).collect())
}

/// How many works a work builds upon, and how many that everybody may see build upon it, directly; each up to a bound. Of a parent
/// that not everybody may see only what the work says of it counts.
pub async fn direct(tx: &mut Tx, repo: &RepoId, most: i64) -> Result<(i64, i64)> {
    let sql = "SELECT (SELECT COUNT(*) FROM (SELECT DISTINCT COALESCE(d.parent_repo, d.parent) AS parent FROM derivation d \
               LEFT JOIN repo r ON r.id = d.parent_repo WHERE d.child = $1 AND d.gone IS NULL \
               AND (d.state = 'declared' OR d.parent_repo IS NULL OR (NOT r.private AND r.gone IS NULL)) LIMIT $2) a) AS parents, \
               (SELECT COUNT(*) FROM (SELECT DISTINCT d.child AS child \
               FROM derivation d JOIN repo r ON r.id = d.child WHERE d.parent_repo = $1 AND d.gone IS NULL \
               AND NOT r.private AND r.gone IS NULL LIMIT $2) b) AS children";
    Ok(tx.one(sql, (repo.as_str(), most)).await?.unwrap_or_default())
}

/// Writes down of what was measured of a work whether it says so as well.
pub async fn compare_with_said(tx: &mut Tx, child: &RepoId) -> Result<()> {
    let sql = "UPDATE derivation SET named = EXISTS (SELECT 1 FROM derivation said WHERE said.child = derivation.child \
               AND said.parent_repo = derivation.parent_repo AND said.state = 'declared' AND said.gone IS NULL) \
               WHERE child = $1 AND state = 'measured'";
    tx.run(sql, (child.as_str(),)).await?;
    Ok(())
}

/// Works of an owner that have bytes of others and do not say so, and works of others that have bytes of theirs: child and parent,
/// where both are there and may be seen, as [`crate::repos::list_seen_by_id`] has it.
pub async fn unnamed(
    tx: &mut Tx,
    owner: &NamespaceId,
    (mine, all): (&[NamespaceId], bool),
    limit: i64,
) -> Result<Vec<(RepoId, RepoId)>> {
    let sql = "SELECT u.child AS child, u.parent AS parent FROM \
               (SELECT d.child AS child, d.parent_repo AS parent FROM repo r JOIN derivation d ON d.child = r.id \
               WHERE r.namespace = $1 AND d.state = 'measured' AND d.gone IS NULL AND NOT d.named AND d.parent_repo IS NOT NULL \
               UNION SELECT d.child AS child, d.parent_repo AS parent FROM repo r JOIN derivation d ON d.parent_repo = r.id \
               WHERE r.namespace = $1 AND d.state = 'measured' AND d.gone IS NULL AND NOT d.named) u \
               JOIN repo c ON c.id = u.child JOIN repo p ON p.id = u.parent WHERE c.gone IS NULL AND p.gone IS NULL \
               AND (NOT c.private OR $2 OR c.namespace IN (SELECT value ->> 0 FROM json_each($3))) \
               AND (NOT p.private OR $2 OR p.namespace IN (SELECT value ->> 0 FROM json_each($3))) \
               ORDER BY u.child, u.parent LIMIT $4";
    let rows: Vec<(String, String)> = tx.many(sql, (owner.as_str(), all, crate::list(mine), limit)).await?;
    Ok(rows.into_iter().map(|(child, parent)| (RepoId(child), RepoId(parent))).collect())
}

/// What of a repo's tensors others had first: how many tensors it has and their bytes, and how many of these are new, of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Novelty {
    /// Tensors that speak for where they are from.
    pub tensors: i64,
    /// Their bytes.
    pub bytes: i64,
    /// Those of them that no public repo of another owner had before.
    pub new_tensors: i64,
    /// Their bytes.
    pub new_bytes: i64,
}

/// What of the tensors of a repo of some owner is new; marks that begin with `aside` are no tensors.
pub async fn novelty(
    tx: &mut Tx,
    repo: &RepoId,
    owner: &NamespaceId,
    aside: &str,
) -> Result<Option<Novelty>> {
    let sql = "SELECT COUNT(*) AS tensors, CAST(COALESCE(SUM(t.bytes), 0) AS BIGINT) AS bytes, \
               COUNT(*) FILTER (WHERE NOT t.had) AS new_tensors, \
               CAST(COALESCE(SUM(t.bytes) FILTER (WHERE NOT t.had), 0) AS BIGINT) AS new_bytes \
               FROM (SELECT own.bytes AS bytes, EXISTS (SELECT 1 FROM mark other JOIN repo r ON r.id = other.repo \
               WHERE other.print = own.print \
               AND (other.since < own.since OR (other.since = own.since AND other.repo < own.repo)) \
               AND NOT r.private AND r.gone IS NULL AND r.namespace <> $2) AS had \
               FROM mark own WHERE own.repo = $1 AND own.gone IS NULL AND own.print NOT LIKE $3) t";
    tx.one(sql, (repo.as_str(), owner.as_str(), format!("{aside}%"))).await
}

/// What somebody says of a derivation.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Word {
    /// Who, by name.
    pub member: String,
    /// Whether it speaks against it; else it is an answer.
    pub contests: bool,
    /// What is said.
    pub words: String,
    /// When.
    #[sqlx(try_from = "i64")]
    pub at: Time,
    /// What names the parent.
    pub parent: String,
    /// The child.
    #[sqlx(try_from = "String")]
    pub child: RepoId,
}

/// Something that is said for one of two works.
#[derive(Clone, Copy, Debug)]
pub struct NewWord<'a> {
    /// What was made.
    pub child: &'a RepoId,
    /// What names the work that it was made from.
    pub parent: &'a str,
    /// Who says it.
    pub member: &'a NamespaceId,
    /// Whether for the child, else for the parent.
    pub of_child: bool,
    /// Whether it speaks against it; else it is an answer.
    pub contests: bool,
    /// What is said.
    pub words: &'a str,
}

/// How often something was said of a derivation for one of the two works.
pub async fn said(tx: &mut Tx, child: &RepoId, parent: &str, of_child: bool) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM derivation_word WHERE child = $1 AND parent = $2 AND of_child = $3";
    let row: Option<(i64,)> = tx.one(sql, (child.as_str(), parent, of_child)).await?;
    Ok(row.map_or(0, |(n,)| n))
}

/// Adds what somebody says of what is between two works; the caller holds the child.
pub async fn add_word(tx: &mut Tx, word: &NewWord<'_>, now: Time) -> Result<()> {
    let (child, parent) = (word.child.as_str(), word.parent);
    let sql = "SELECT COALESCE(MAX(n), 0) AS n FROM derivation_word WHERE child = $1 AND parent = $2";
    let last: Option<(i64,)> = tx.one(sql, (child, parent)).await?;
    let n = last.map_or(0, |(n,)| n) + 1;
    let sql = "INSERT INTO derivation_word (child, parent, n, member, of_child, contests, words, at) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let args = (child, parent, n, word.member.as_str(), word.of_child, word.contests, word.words, now.0);
    tx.run(sql, args).await?;
    Ok(())
}

/// What was said of the derivations of some works: of each the oldest first. For either work the last so many are told, and all in
/// all so many, the newest of each derivation before older ones: nobody talks others out of sight.
pub async fn words(tx: &mut Tx, children: &[RepoId], (each, limit): (i64, i64)) -> Result<Vec<Word>> {
    let sql = "SELECT member, contests, words, at, parent, child FROM (SELECT m.name AS member, w.contests AS contests, \
               w.words AS words, w.at AS at, w.parent AS parent, w.child AS child, w.n AS n FROM \
               (SELECT child, parent, n, member, contests, words, at, ROW_NUMBER() OVER (PARTITION BY child, parent, of_child \
               ORDER BY n DESC) AS place FROM derivation_word WHERE child IN (SELECT value ->> 0 FROM json_each($1))) w \
               JOIN namespace m ON m.id = w.member WHERE w.place <= $2 ORDER BY w.place, w.child, w.parent, w.n LIMIT $3) t \
               ORDER BY child, parent, n";
    tx.many(sql, (crate::list(children), each, limit)).await
}
