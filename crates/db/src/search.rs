//! Words and tags by which repos are found. The index of words is the one thing that each database keeps in its own way;
//! what is a word is decided before it comes here.

use std::fmt::Write;

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::parameters::Range;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::search::{Found, Wanted, kind_mark, namespace_mark, public_mark};

use crate::db::Fork;
use crate::{Result, Tx};

/// Lexemes of a text, and positions of one of them, that Postgres takes (its documentation, "Limitations" of text search).
const POSITION_MAX: usize = 16_383;

/// What a repo's entry in the index is made of.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Source {
    /// Model, dataset or space.
    #[sqlx(try_from = "String")]
    pub kind: RepoKind,
    /// `namespace/name`.
    pub full_name: String,
    /// Whose it is.
    #[sqlx(try_from = "String")]
    pub namespace: NamespaceId,
    /// Only its namespace may see it.
    pub private: bool,
    /// Empty, `auto` or `manual`: whether files need a grant.
    pub gated: String,
    /// Its metadata, as JSON; empty when there is none.
    pub card: String,
    /// A JSON array of texts.
    pub tags: String,
    /// Its number in the index; `None` before it is there.
    pub n: Option<i64>,
    /// What its card says, as plain text.
    pub body: String,
}

/// What is known of a repo that is not deleted.
pub async fn find(tx: &mut Tx, repo: &RepoId) -> Result<Option<Source>> {
    let sql = "SELECT r.kind AS kind, n.name || '/' || r.name AS full_name, r.namespace AS namespace, \
               r.private AS private, \
               r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.card AS card, r.tags AS tags, t.n AS n, COALESCE(t.body, '') AS body \
               FROM repo r JOIN namespace n ON n.id = r.namespace LEFT JOIN repo_text t ON t.repo = r.id \
               WHERE r.id = $1 AND r.gone IS NULL";
    tx.one(sql, (repo.as_str(),)).await
}

/// Gives a repo its number in the index and the text of its card, which replaces the one before; the number stays.
pub async fn put_text(tx: &mut Tx, repo: &RepoId, n: i64, body: &str) -> Result<()> {
    let sql = "INSERT INTO repo_text (repo, n, body) VALUES ($1, $2, $3) \
               ON CONFLICT (repo) DO UPDATE SET body = excluded.body";
    tx.run(sql, (repo.as_str(), n, body)).await?;
    Ok(())
}

/// The words of a repo, by where they stand.
#[derive(Clone, Debug, Default)]
pub struct Words {
    /// Of its name.
    pub name: Vec<String>,
    /// Of its tags, and its [`seedcorn_core::search::marks`].
    pub tags: Vec<String>,
    /// Of its text.
    pub body: Vec<String>,
}

/// Takes a number out of the index.
pub async fn forget(tx: &mut Tx, n: i64) -> Result<()> {
    const FORGET: Fork<&str> = Fork {
        sqlite: "DELETE FROM repo_words WHERE rowid = $1",
        postgres: "DELETE FROM repo_words WHERE n = $1",
    };
    tx.run(tx.pick(FORGET), (n,)).await?;
    Ok(())
}

/// Enters words under a number that is not in the index.
pub async fn enter(tx: &mut Tx, n: i64, words: &Words) -> Result<()> {
    const ENTER: Fork<&str> = Fork {
        sqlite: "INSERT INTO repo_words (rowid, name, tags, body) VALUES ($1, $2, $3, $4)",
        postgres: "INSERT INTO repo_words (n, words) VALUES ($1, CAST($2 || $3 || $4 AS TSVECTOR))",
    };
    let write = tx.pick(Fork { sqlite: spaced as fn(&[String], char) -> String, postgres: lexemes });
    let args = (n, write(&words.name, 'A'), write(&words.tags, 'B'), write(&words.body, 'D'));
    tx.run(tx.pick(ENTER), args).await?;
    Ok(())
}

fn spaced(words: &[String], _weight: char) -> String {
    words.join(" ")
}

/// `word:1A word:2A `, as a `tsvector` is written; words are letters and digits alone, so none needs quotes.
fn lexemes(words: &[String], weight: char) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().take(POSITION_MAX).enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(text, "{word}:{}{weight} ", at + 1);
    }
    text
}

/// Which words of a repo a search looks through.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Within {
    /// Of its name.
    Names,
    /// Of its name and tags.
    NamesAndTags,
    /// Of its name, tags and text.
    All,
}

/// Among which repos a search looks.
#[derive(Clone, Copy, Debug)]
pub struct Among<'a> {
    /// Of which kind; all if `None`.
    pub kind: Option<RepoKind>,
    /// Whose private repos the reader may see.
    pub mine: &'a [NamespaceId],
    /// Sees everything (an admin of the hub).
    pub all: bool,
    /// Words and marks that must all be among those of its tags.
    pub with: &'a [String],
}

impl Among<'_> {
    /// Marks of which an entry has all of the first, and one of the second if there are any.
    fn marks(&self) -> (Vec<String>, Vec<String>) {
        let visible = std::iter::once(public_mark()).chain(self.mine.iter().map(namespace_mark));
        (
            self.kind.map(kind_mark).into_iter().chain(self.with.iter().cloned()).collect(),
            if self.all { Vec::new() } else { visible.collect() },
        )
    }
}

/// What a search says in the language of its index.
fn expression(tx: &Tx, wanted: &Wanted, within: Within, among: Among<'_>) -> String {
    let (all, one) = among.marks();
    let sqlite = || {
        let words: Vec<String> = wanted.words().iter().map(|word| format!("\"{word}\"*")).collect();
        let columns = match within {
            Within::Names => "{name}",
            Within::NamesAndTags => "{name tags}",
            Within::All => "{name tags body}",
        };
        let quote = |marks: &[String], by: &str| {
            let marks: Vec<String> = marks.iter().map(|mark| format!("\"{mark}\"")).collect();
            (!marks.is_empty()).then(|| format!("tags : ({})", marks.join(by)))
        };
        let words = format!("{columns} : ({})", words.join(" AND "));
        let parts = [Some(words), quote(&all, " AND "), quote(&one, " OR ")];
        parts.into_iter().flatten().collect::<Vec<_>>().join(" AND ")
    };
    let postgres = || {
        let weight = match within {
            Within::Names => ":*A",
            Within::NamesAndTags => ":*AB",
            Within::All => ":*",
        };
        let words = wanted.words().iter().map(|word| format!("{word}{weight}"));
        let kind = all.iter().map(|mark| format!("{mark}:B"));
        let one: Vec<String> = one.iter().map(|mark| format!("{mark}:B")).collect();
        let one = (!one.is_empty()).then(|| format!("({})", one.join(" | ")));
        words.chain(kind).chain(one).collect::<Vec<_>>().join(" & ")
    };
    tx.pick::<&dyn Fn() -> String>(Fork { sqlite: &sqlite, postgres: &postgres })()
}

/// How many repos have the words; it stops counting at a limit, and ranks none.
pub async fn count_matching(
    tx: &mut Tx,
    wanted: &Wanted,
    within: Within,
    among: Among<'_>,
    limit: i64,
) -> Result<i64> {
    if wanted.is_empty() {
        return Ok(0);
    }
    const COUNT: Fork<&str> = Fork {
        sqlite: "SELECT COUNT(*) AS n FROM (SELECT rowid FROM repo_words WHERE repo_words MATCH $1 LIMIT $2) f",
        postgres: "SELECT COUNT(*) AS n FROM (SELECT n FROM repo_words \
                   WHERE words @@ CAST($1 AS TSQUERY) LIMIT $2) f",
    };
    let row: Option<(i64,)> = tx.one(tx.pick(COUNT), (expression(tx, wanted, within, among), limit)).await?;
    Ok(row.map_or(0, |(n,)| n))
}

#[derive(sqlx::FromRow)]
struct Row {
    #[sqlx(try_from = "String")]
    id: RepoId,
    name: String,
    score: f64,
    downloads: i64,
}

/// Repos that have the words, at most so many; in no order.
pub async fn matching(
    tx: &mut Tx,
    wanted: &Wanted,
    within: Within,
    among: Among<'_>,
    limit: i64,
) -> Result<Vec<Found<RepoId>>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    // How well a text matches: SQLite's is less than nothing, and less is better.
    const MATCHING: Fork<&str> = Fork {
        sqlite: "SELECT t.repo AS id, r.name AS name, -f.score AS score, r.downloads AS downloads FROM \
                 (SELECT rowid AS n, bm25(repo_words, 8.0, 3.0, 1.0) AS score FROM repo_words \
                 WHERE repo_words MATCH $1 LIMIT $2) f \
                 JOIN repo_text t ON t.n = f.n JOIN repo r ON r.id = t.repo",
        postgres: "SELECT t.repo AS id, r.name AS name, CAST(f.score AS FLOAT8) AS score, \
                   r.downloads AS downloads FROM \
                   (SELECT n, ts_rank('{0.12, 0.2, 0.4, 1.0}', words, CAST($1 AS TSQUERY)) AS score FROM repo_words \
                   WHERE words @@ CAST($1 AS TSQUERY) LIMIT $2) f \
                   JOIN repo_text t ON t.n = f.n JOIN repo r ON r.id = t.repo",
    };
    let rows: Vec<Row> = tx.many(tx.pick(MATCHING), (expression(tx, wanted, within, among), limit)).await?;
    let found = rows.into_iter().map(|row| Found {
        id: row.id,
        name: row.name,
        score: row.score,
        downloads: u64::try_from(row.downloads).unwrap_or_default(),
    });
    Ok(found.collect())
}

/// The texts of some repos, in no order: id, text.
pub async fn list_texts(tx: &mut Tx, repos: &[RepoId]) -> Result<Vec<(String, String)>> {
    let sql = "SELECT repo, body FROM repo_text WHERE repo IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(repos),)).await
}

/// Replaces the tags of a repo: tag and facet.
pub async fn put_tags(
    tx: &mut Tx,
    repo: &RepoId,
    (kind, public): (RepoKind, bool),
    tags: &[(String, String)],
) -> Result<()> {
    let rows: serde_json::Value =
        tags.iter().map(|(tag, facet)| serde_json::json!([tag, facet, tag.to_ascii_lowercase()])).collect();
    let rows = rows.to_string();
    // What stays keeps the moment since when it is there.
    let sql = "DELETE FROM repo_tag WHERE repo = $1 AND NOT EXISTS (SELECT 1 FROM json_each($2) v \
               WHERE v.value ->> 0 = repo_tag.tag AND v.value ->> 1 = repo_tag.facet)";
    tx.run(sql, (repo.as_str(), rows.as_str())).await?;
    let sql = "UPDATE repo_tag SET kind = $2, public = $3 WHERE repo = $1";
    tx.run(sql, (repo.as_str(), kind.word(), public)).await?;
    let sql = "INSERT INTO repo_tag (repo, tag, facet, folded, kind, public, since) \
               SELECT r.id, v.value ->> 0, v.value ->> 1, v.value ->> 2, $2, $3, r.updated FROM json_each($4) v \
               JOIN repo r ON r.id = $1 WHERE TRUE ON CONFLICT (repo, tag) DO NOTHING";
    tx.run(sql, (repo.as_str(), kind.word(), public, rows)).await?;
    Ok(())
}

/// Repos of a kind with a tag, whoever may see them, at most so many.
pub async fn tagged(tx: &mut Tx, kind: RepoKind, tag: &str, limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT repo FROM repo_tag WHERE kind = $1 AND tag = $2 LIMIT $3";
    let rows: Vec<(String,)> = tx.many(sql, (kind.word(), tag, limit)).await?;
    Ok(rows.into_iter().map(|(id,)| RepoId(id)).collect())
}

/// Repos of a kind that somebody has (a name in any case), whoever may see them, at most so many.
pub async fn owned(tx: &mut Tx, kind: RepoKind, owner: &str, limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT r.id FROM namespace n JOIN repo r ON r.namespace = n.id \
               WHERE n.folded = $1 AND r.kind = $2 AND r.gone IS NULL LIMIT $3";
    let rows: Vec<(String,)> = tx.many(sql, (owner.to_ascii_lowercase(), kind.word(), limit)).await?;
    Ok(rows.into_iter().map(|(id,)| RepoId(id)).collect())
}

/// Repos of a kind whose `owner/name`, or an old one, holds a text in any case, whoever may see them, at most so many.
pub async fn named(tx: &mut Tx, kind: RepoKind, text: &str, limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT repo FROM repo_name WHERE kind = $1 AND folded LIKE $2 ESCAPE '\\' LIMIT $3";
    let rows: Vec<(String,)> = tx.many(sql, (kind.word(), crate::holds(text), limit)).await?;
    Ok(rows.into_iter().map(|(id,)| RepoId(id)).collect())
}

/// Repos of a kind that are at least so open, at most so many.
pub async fn open(tx: &mut Tx, kind: RepoKind, least: i64, limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT id FROM repo WHERE kind = $1 AND openness >= $2 AND gone IS NULL LIMIT $3";
    let rows: Vec<(String,)> = tx.many(sql, (kind.word(), least, limit)).await?;
    Ok(rows.into_iter().map(|(id,)| RepoId(id)).collect())
}

/// Repos of whose models so many parameters were counted, whoever may see them, at most so many.
pub async fn sized(tx: &mut Tx, range: Range, limit: i64) -> Result<Vec<RepoId>> {
    let sql = "SELECT id FROM repo WHERE parameters IS NOT NULL AND parameters BETWEEN $1 AND $2 LIMIT $3";
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let rows: Vec<(String,)> = tx.many(sql, (signed(range.min), signed(range.max), limit)).await?;
    Ok(rows.into_iter().map(|(id,)| RepoId(id)).collect())
}

/// How often each tag of a facet is used by public repos of a kind, the most used first: tag, count.
pub async fn count_tags(tx: &mut Tx, kind: RepoKind, facet: &str, limit: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT tag, COUNT(*) AS uses FROM repo_tag WHERE public AND kind = $1 AND facet = $2 \
               GROUP BY tag ORDER BY uses DESC, tag LIMIT $3";
    tx.many(sql, (kind.word(), facet, limit)).await
}

/// Every facet that public repos of a kind have tags of.
pub async fn facets(tx: &mut Tx, kind: RepoKind) -> Result<Vec<String>> {
    let sql = "SELECT DISTINCT facet FROM repo_tag WHERE public AND kind = $1 ORDER BY facet";
    let rows: Vec<(String,)> = tx.many(sql, (kind.word(),)).await?;
    Ok(rows.into_iter().map(|(facet,)| facet).collect())
}
