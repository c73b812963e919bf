//! Lists of repos, of those that the reader may see, in pages.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::parameters::Range;
use seedcorn_core::repo::RepoKind;

use crate::repos::Repo;
use crate::{Result, Tx};

/// What to list: only what the reader may see.
#[derive(Clone, Debug)]
pub struct Listing<'a> {
    /// Which kind; only [`list_among`] takes all.
    pub kind: Option<RepoKind>,
    /// Only of this owner (any case), or all when empty.
    pub author: &'a str,
    /// Only repos whose `owner/name` holds all these texts, in any case.
    pub search: &'a [String],
    /// Only repos whose files need a grant, or only those whose files do not.
    pub gated: Option<bool>,
    /// Only repos with all these tags.
    pub tags: &'a [String],
    /// Only models of which so many parameters were counted; none whose files need a grant, since their headers do too.
    pub parameters: Option<Range>,
    /// Only those of which the openness is at least so much.
    pub openness: Option<i64>,
    /// Namespaces whose private repos the reader may see.
    pub mine: &'a [NamespaceId],
    /// Sees everything (an admin of the hub).
    pub all: bool,
}

impl Listing<'_> {
    fn patterns(&self) -> String {
        crate::list(self.search.iter().map(|text| crate::holds(text)))
    }

    /// As numbers that SQL compares; the first is less than nothing for all.
    fn openness(&self) -> i64 {
        self.openness.unwrap_or(-1)
    }

    fn parameters(&self) -> (i64, i64) {
        let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
        self.parameters.map_or((-1, 0), |range| (signed(range.min), signed(range.max)))
    }

    /// As a word that SQL compares: `all`, `yes` or `no`.
    fn gated(&self) -> &'static str {
        match self.gated {
            None => "all",
            Some(true) => "yes",
            Some(false) => "no",
        }
    }
}

/// A repo in a page of a listing, for who knows how many bytes of cards a page may have.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    /// The repo.
    #[sqlx(flatten)]
    pub repo: Repo,
    /// Bytes of its card and tags.
    pub card_bytes: i64,
    /// How open its default branch is, once it was graded: 100 times the class (0 none, 1 the entry, 3 the best) and the
    /// number of parts that count.
    pub openness: Option<i64>,
}

/// What the card of a repo says, and the tags derived from it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct CardRow {
    /// The repo.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// Its metadata, as JSON; empty when there is none.
    pub card: String,
    /// A JSON array of texts.
    pub tags: String,
    /// How open the default branch is, as [`Listed::openness`].
    pub openness: Option<i64>,
}

/// Cards and tags of some repos, in no order.
pub async fn list_cards(tx: &mut Tx, ids: &[RepoId]) -> Result<Vec<CardRow>> {
    let sql = "SELECT id AS repo, openness, card, tags FROM repo \
               WHERE id IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(ids),)).await
}

/// How many repos there are of a kind.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct KindCount {
    /// Which kind.
    #[sqlx(try_from = "String")]
    pub kind: RepoKind,
    /// Those that everybody may see.
    pub public: i64,
    /// All of them.
    pub total: i64,
}

/// How many repos of each kind there are; a kind that has none may be missing. Reads every entry of an index.
pub async fn count(tx: &mut Tx) -> Result<Vec<KindCount>> {
    let sql = "SELECT kind, COUNT(*) FILTER (WHERE NOT private) AS public, COUNT(*) AS total \
               FROM repo WHERE gone IS NULL GROUP BY kind";
    tx.many(sql, ()).await
}

/// How many private repos of each kind some namespaces have: kind, count.
pub async fn count_private(tx: &mut Tx, of: &[NamespaceId]) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT kind, COUNT(*) AS n FROM repo WHERE gone IS NULL AND private \
               AND namespace IN (SELECT value ->> 0 FROM json_each($1)) GROUP BY kind";
    tx.many(sql, (crate::list(of),)).await
}

/// How many public models have numbers of parameters from one to another, of each of some ranges that follow one another:
/// the place of the range among them, count.
pub async fn count_parameters(tx: &mut Tx, ranges: &[Range]) -> Result<Vec<(i64, i64)>> {
    let sql = "SELECT CAST(b.value ->> 0 AS BIGINT) AS place, COUNT(*) AS n FROM json_each($1) b \
               JOIN repo r ON r.kind = 'model' AND r.gone IS NULL AND NOT r.private AND r.gated = '' AND r.parameters \
               BETWEEN CAST(b.value ->> 1 AS BIGINT) AND CAST(b.value ->> 2 AS BIGINT) GROUP BY 1 ORDER BY 1";
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let rows = (0..)
        .zip(ranges)
        .map(|(n, range): (i64, &Range)| serde_json::json!([n, signed(range.min), signed(range.max)]));
    tx.many(sql, (serde_json::Value::from_iter(rows).to_string(),)).await
}

/// How many public repos of each kind a namespace has.
pub async fn count_public_of(tx: &mut Tx, namespace: &NamespaceId) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT kind, COUNT(*) AS n FROM repo WHERE namespace = $1 AND NOT private AND gone IS NULL GROUP BY kind ORDER BY kind";
    tx.many(sql, (namespace.as_str(),)).await
}

/// A figure of a repo that orders a list, greatest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Figure {
    /// When its default branch last moved.
    Updated,
    /// When it was made.
    Created,
    /// File requests.
    Downloads,
    /// Members who like it.
    Likes,
    /// How open it is; what is not graded is not listed.
    Openness,
}

impl Figure {
    /// A repo's.
    pub fn of(self, listed: &Listed) -> i64 {
        match self {
            Figure::Updated => listed.repo.updated.0,
            Figure::Created => listed.repo.created.0,
            Figure::Downloads => listed.repo.downloads,
            Figure::Likes => listed.repo.likes,
            Figure::Openness => listed.openness.unwrap_or_default(),
        }
    }
}

/// A page of repos of a kind, after a place in their order. Reads them in that order until the page is full: narrowed to
/// what few repos have, it reads all of them.
pub async fn list(
    tx: &mut Tx,
    what: &Listing<'_>,
    by: Figure,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<Listed>> {
    // One text each, for an order that is an argument is none that an index has.
    let sql = match by {
        Figure::Updated => {
            "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
                 r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
                 r.created AS created, r.updated AS updated, r.openness AS openness, \
                 CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
                 FROM repo r CROSS JOIN namespace n \
                 WHERE r.kind = $1 AND r.gone IS NULL AND n.id = r.namespace AND (n.folded = $2 OR $2 = '') \
                 AND NOT EXISTS (SELECT 1 FROM json_each($3) s \
                 WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
                 AND (NOT r.private OR $4 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($5)))) \
                 AND (r.updated, r.id) < ($6, $7) \
                 AND ($8 = 'all' OR (r.gated = '') = ($8 = 'no')) \
                 AND NOT EXISTS (SELECT 1 FROM json_each($9) w WHERE NOT EXISTS \
                 (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0)) \
                 AND ($11 < 0 OR (r.gated = '' AND r.parameters BETWEEN $11 AND $12)) \
                 AND ($13 < 0 OR r.openness >= $13) \
                 ORDER BY r.updated DESC, r.id DESC LIMIT $10"
        }
        Figure::Created => {
            "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
                 r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
                 r.created AS created, r.updated AS updated, r.openness AS openness, \
                 CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
                 FROM repo r CROSS JOIN namespace n \
                 WHERE r.kind = $1 AND r.gone IS NULL AND n.id = r.namespace AND (n.folded = $2 OR $2 = '') \
                 AND NOT EXISTS (SELECT 1 FROM json_each($3) s \
                 WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
                 AND (NOT r.private OR $4 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($5)))) \
                 AND (r.created, r.id) < ($6, $7) \
                 AND ($8 = 'all' OR (r.gated = '') = ($8 = 'no')) \
                 AND NOT EXISTS (SELECT 1 FROM json_each($9) w WHERE NOT EXISTS \
                 (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0)) \
                 AND ($11 < 0 OR (r.gated = '' AND r.parameters BETWEEN $11 AND $12)) \
                 AND ($13 < 0 OR r.openness >= $13) \
                 ORDER BY r.created DESC, r.id DESC LIMIT $10"
        }
        Figure::Downloads => {
            "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
                 r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
                 r.created AS created, r.updated AS updated, r.openness AS openness, \
                 CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
                 FROM repo r CROSS JOIN namespace n \
                 WHERE r.kind = $1 AND r.gone IS NULL AND n.id = r.namespace AND (n.folded = $2 OR $2 = '') \
                 AND NOT EXISTS (SELECT 1 FROM json_each($3) s \
                 WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
                 AND (NOT r.private OR $4 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($5)))) \
                 AND (r.downloads, r.id) < ($6, $7) \
                 AND ($8 = 'all' OR (r.gated = '') = ($8 = 'no')) \
                 AND NOT EXISTS (SELECT 1 FROM json_each($9) w WHERE NOT EXISTS \
                 (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0)) \
                 AND ($11 < 0 OR (r.gated = '' AND r.parameters BETWEEN $11 AND $12)) \
                 AND ($13 < 0 OR r.openness >= $13) \
                 ORDER BY r.downloads DESC, r.id DESC LIMIT $10"
        }
        Figure::Likes => {
            "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
                 r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
                 r.created AS created, r.updated AS updated, r.openness AS openness, \
                 CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
                 FROM repo r CROSS JOIN namespace n \
                 WHERE r.kind = $1 AND r.gone IS NULL AND n.id = r.namespace AND (n.folded = $2 OR $2 = '') \
                 AND NOT EXISTS (SELECT 1 FROM json_each($3) s \
                 WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
                 AND (NOT r.private OR $4 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($5)))) \
                 AND (r.likes, r.id) < ($6, $7) \
                 AND ($8 = 'all' OR (r.gated = '') = ($8 = 'no')) \
                 AND NOT EXISTS (SELECT 1 FROM json_each($9) w WHERE NOT EXISTS \
                 (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0)) \
                 AND ($11 < 0 OR (r.gated = '' AND r.parameters BETWEEN $11 AND $12)) \
                 AND ($13 < 0 OR r.openness >= $13) \
                 ORDER BY r.likes DESC, r.id DESC LIMIT $10"
        }
        Figure::Openness => {
            "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
                 r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
                 r.created AS created, r.updated AS updated, r.openness AS openness, \
                 CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
                 FROM repo r CROSS JOIN namespace n \
                 WHERE r.kind = $1 AND r.gone IS NULL AND n.id = r.namespace AND (n.folded = $2 OR $2 = '') \
                 AND NOT EXISTS (SELECT 1 FROM json_each($3) s \
                 WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
                 AND (NOT r.private OR $4 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($5)))) \
                 AND (r.openness, r.id) < ($6, $7) \
                 AND ($8 = 'all' OR (r.gated = '') = ($8 = 'no')) \
                 AND NOT EXISTS (SELECT 1 FROM json_each($9) w WHERE NOT EXISTS \
                 (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0)) \
                 AND ($11 < 0 OR (r.gated = '' AND r.parameters BETWEEN $11 AND $12)) \
                 AND ($13 < 0 OR r.openness >= $13) \
                 ORDER BY r.openness DESC, r.id DESC LIMIT $10"
        }
    };
    let author = what.author.to_ascii_lowercase();
    let (search, tags, mine) = (what.patterns(), crate::list(what.tags), crate::list(what.mine));
    let kind = what.kind.map_or("", RepoKind::word);
    let (from, to) = what.parameters();
    let args = (
        kind,
        author,
        search,
        what.all,
        mine,
        after.0,
        after.1,
        what.gated(),
        tags,
        limit,
        from,
        to,
        what.openness(),
    );
    tx.many(sql, args).await
}

/// A page of some repos, each with a figure, after a place in their order: by a figure of theirs, or by the one given with
/// them. Each is there with the figure it was ordered by.
pub async fn list_among(
    tx: &mut Tx,
    what: &Listing<'_>,
    among: &[(RepoId, i64)],
    by: Option<Figure>,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<(i64, Listed)>> {
    let sql = "SELECT * FROM (SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, \
               r.name AS name, r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated, r.openness AS openness, \
               CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes, \
               CASE $1 WHEN 'updated' THEN r.updated WHEN 'created' THEN r.created \
               WHEN 'downloads' THEN r.downloads WHEN 'likes' THEN r.likes WHEN 'openness' THEN r.openness ELSE CAST(c.value ->> 1 AS BIGINT) END AS figure \
               FROM json_each($2) c CROSS JOIN repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.id = c.value ->> 0 AND r.gone IS NULL \
               AND (r.kind = $3 OR $3 = '') AND (n.folded = $4 OR $4 = '') \
               AND NOT EXISTS (SELECT 1 FROM json_each($5) s \
               WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
               AND (NOT r.private OR $6 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($7)))) \
               AND ($12 = 'all' OR (r.gated = '') = ($12 = 'no')) \
               AND ($13 < 0 OR (r.gated = '' AND r.parameters BETWEEN $13 AND $14)) \
               AND ($15 < 0 OR r.openness >= $15) \
               AND NOT EXISTS (SELECT 1 FROM json_each($8) w WHERE NOT EXISTS \
               (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0))) f \
               WHERE (figure, id) < ($9, $10) ORDER BY figure DESC, id DESC LIMIT $11";
    let by = match by {
        None => "given",
        Some(Figure::Updated) => "updated",
        Some(Figure::Created) => "created",
        Some(Figure::Downloads) => "downloads",
        Some(Figure::Likes) => "likes",
        Some(Figure::Openness) => "openness",
    };
    let among: serde_json::Value =
        among.iter().map(|(id, figure)| serde_json::json!([id.as_str(), figure])).collect();
    let author = what.author.to_ascii_lowercase();
    let (search, mine) = (what.patterns(), crate::list(what.mine));
    let kind = what.kind.map_or("", RepoKind::word);
    let tags = crate::list(what.tags);
    let (figure, id) = after;
    let (from, to) = what.parameters();
    let (among, gated) = (among.to_string(), what.gated());
    let args = (
        by,
        among,
        kind,
        author,
        search,
        what.all,
        mine,
        tags,
        figure,
        id,
        limit,
        gated,
        from,
        to,
        what.openness(),
    );
    let rows: Vec<Ordered> = tx.many(sql, args).await?;
    Ok(rows.into_iter().map(|row| (row.figure, row.listed)).collect())
}

/// Repos of a kind that have at least one of these tags: the newest first, or the one whose card has said so for longest.
/// Of `what`, who the reader is counts alone.
pub async fn list_tagged(
    tx: &mut Tx,
    what: &Listing<'_>,
    any: &[String],
    longest: bool,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<Listed>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.disabled AS disabled, r.was_private AS was_private, r.sdk AS sdk, r.downloads AS downloads, r.likes AS likes, r.rewritten AS rewritten, \
               r.created AS created, r.updated AS updated, r.openness AS openness, \
               CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               JOIN (SELECT t.repo AS repo, MIN(t.since) AS since FROM repo_tag t WHERE t.kind = $1 \
               AND t.folded IN (SELECT value ->> 0 FROM json_each($2)) GROUP BY t.repo) g ON g.repo = r.id \
               WHERE r.gone IS NULL \
               AND (NOT r.private OR $3 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($4)))) \
               AND (r.created < $6 OR (r.created = $6 AND r.id > $7)) \
               ORDER BY CASE WHEN $5 THEN -g.since ELSE r.created END DESC, r.id LIMIT $8";
    let kind = what.kind.map_or("", RepoKind::word);
    let (created, id) = after;
    tx.many(sql, (kind, lower(any), what.all, crate::list(what.mine), longest, created, id, limit)).await
}

/// Tags in lower case: cards name works in whatever case.
fn lower(tags: &[String]) -> String {
    let tags: Vec<String> = tags.iter().map(|tag| tag.to_ascii_lowercase()).collect();
    crate::list(&tags)
}

/// How many repos [`list_tagged`] would list without a limit.
pub async fn count_tagged(tx: &mut Tx, what: &Listing<'_>, any: &[String]) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM repo r \
               WHERE r.id IN (SELECT t.repo FROM repo_tag t WHERE t.kind = $1 \
               AND t.folded IN (SELECT value ->> 0 FROM json_each($2))) AND r.gone IS NULL \
               AND (NOT r.private OR $3 OR (r.disabled = '' AND r.namespace IN (SELECT value ->> 0 FROM json_each($4))))";
    let kind = what.kind.map_or("", RepoKind::word);
    let row: Option<(i64,)> = tx.one(sql, (kind, lower(any), what.all, crate::list(what.mine))).await?;
    Ok(row.map_or(0, |(n,)| n))
}

#[derive(sqlx::FromRow)]
struct Ordered {
    figure: i64,
    #[sqlx(flatten)]
    listed: Listed,
}
