//! Lists of repos, of those that the reader may see, in pages.

use seedcorn_core::id::{NamespaceId, RepoId};
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
    /// Namespaces whose private repos the reader may see.
    pub mine: &'a [NamespaceId],
    /// Sees everything (an admin of the hub).
    pub all: bool,
}

impl Listing<'_> {
    fn patterns(&self) -> String {
        crate::list(self.search.iter().map(|text| like(&text.to_lowercase())))
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

fn like(text: &str) -> String {
    let mut pattern = String::from("%");
    for c in text.chars().filter(|c| *c != '\0') {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern + "%"
}

/// A repo in a page of a listing, for who knows how many bytes of cards a page may have.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    /// The repo.
    #[sqlx(flatten)]
    pub repo: Repo,
    /// Bytes of its card and tags.
    pub card_bytes: i64,
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
}

/// Cards and tags of some repos, in no order.
pub async fn list_cards(tx: &mut Tx, ids: &[RepoId]) -> Result<Vec<CardRow>> {
    let sql = "SELECT id AS repo, card, tags FROM repo \
               WHERE id IN (SELECT value ->> 0 FROM json_each($1))";
    tx.many(sql, (crate::list(ids),)).await
}

/// How many repos of each kind somebody may see: kind, count.
pub async fn count_visible(tx: &mut Tx, mine: &[NamespaceId], all: bool) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT kind, COUNT(*) AS n FROM repo WHERE gone IS NULL \
               AND (NOT private OR $1 OR namespace IN (SELECT value ->> 0 FROM json_each($2))) GROUP BY kind";
    tx.many(sql, (all, crate::list(mine))).await
}

/// A page of repos by a time (newest first), after a place in that order.
pub async fn list_by_time(
    tx: &mut Tx,
    what: &Listing<'_>,
    created: bool,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<Listed>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.sdk AS sdk, r.downloads AS downloads, \
               r.created AS created, r.updated AS updated, \
               CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.kind = $1 AND r.gone IS NULL AND (n.folded = $2 OR $2 = '') \
               AND NOT EXISTS (SELECT 1 FROM json_each($3) s \
               WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
               AND (NOT r.private OR $4 OR r.namespace IN (SELECT value ->> 0 FROM json_each($5))) \
               AND (CASE WHEN $6 THEN r.created ELSE r.updated END, r.id) < ($7, $8) \
               AND ($11 = 'all' OR (r.gated = '') = ($11 = 'no')) \
               AND NOT EXISTS (SELECT 1 FROM json_each($10) w WHERE NOT EXISTS \
               (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0)) \
               ORDER BY CASE WHEN $6 THEN r.created ELSE r.updated END DESC, r.id DESC LIMIT $9";
    let author = what.author.to_ascii_lowercase();
    let mine = crate::list(what.mine);
    let search = what.patterns();
    let tags = crate::list(what.tags);
    let kind = what.kind.map_or("", RepoKind::word);
    tx.many(sql, (kind, author, search, what.all, mine, created, after.0, after.1, limit, tags, what.gated()))
        .await
}

/// A page of repos by downloads (most first), after a place in that order.
pub async fn list_by_downloads(
    tx: &mut Tx,
    what: &Listing<'_>,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<Listed>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.sdk AS sdk, r.downloads AS downloads, \
               r.created AS created, r.updated AS updated, \
               CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.kind = $1 AND r.gone IS NULL AND (n.folded = $2 OR $2 = '') \
               AND NOT EXISTS (SELECT 1 FROM json_each($3) s \
               WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
               AND (NOT r.private OR $4 OR r.namespace IN (SELECT value ->> 0 FROM json_each($5))) \
               AND (r.downloads, r.id) < ($6, $7) \
               AND ($10 = 'all' OR (r.gated = '') = ($10 = 'no')) \
               AND NOT EXISTS (SELECT 1 FROM json_each($9) w WHERE NOT EXISTS \
               (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0)) \
               ORDER BY r.downloads DESC, r.id DESC LIMIT $8";
    let author = what.author.to_ascii_lowercase();
    let mine = crate::list(what.mine);
    let search = what.patterns();
    let tags = crate::list(what.tags);
    let kind = what.kind.map_or("", RepoKind::word);
    tx.many(sql, (kind, author, search, what.all, mine, after.0, after.1, limit, tags, what.gated())).await
}

/// Which figure orders [`list_among`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// The figure that came with the id.
    Given,
    /// When its default branch last moved.
    Updated,
    /// When it was made.
    Created,
    /// File requests.
    Downloads,
}

/// A page of some repos, each with a figure, greatest first, after a place in that order. Each is there with the figure
/// it was ordered by.
pub async fn list_among(
    tx: &mut Tx,
    what: &Listing<'_>,
    among: &[(RepoId, i64)],
    order: Order,
    after: (i64, &str),
    limit: i64,
) -> Result<Vec<(i64, Listed)>> {
    let sql = "SELECT * FROM (SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, \
               r.name AS name, r.private AS private, r.gated AS gated, r.sdk AS sdk, r.downloads AS downloads, \
               r.created AS created, r.updated AS updated, \
               CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes, \
               CASE $1 WHEN 'updated' THEN r.updated WHEN 'created' THEN r.created \
               WHEN 'downloads' THEN r.downloads ELSE CAST(c.value ->> 1 AS BIGINT) END AS figure \
               FROM json_each($2) c CROSS JOIN repo r JOIN namespace n ON n.id = r.namespace \
               WHERE r.id = c.value ->> 0 AND r.gone IS NULL \
               AND (r.kind = $3 OR $3 = '') AND (n.folded = $4 OR $4 = '') \
               AND NOT EXISTS (SELECT 1 FROM json_each($5) s \
               WHERE lower(n.name || '/' || r.name) NOT LIKE s.value ->> 0 ESCAPE '\\') \
               AND (NOT r.private OR $6 OR r.namespace IN (SELECT value ->> 0 FROM json_each($7))) \
               AND ($12 = 'all' OR (r.gated = '') = ($12 = 'no')) \
               AND NOT EXISTS (SELECT 1 FROM json_each($8) w WHERE NOT EXISTS \
               (SELECT 1 FROM repo_tag t WHERE t.repo = r.id AND t.tag = w.value ->> 0))) f \
               WHERE (figure, id) < ($9, $10) ORDER BY figure DESC, id DESC LIMIT $11";
    let order = match order {
        Order::Given => "given",
        Order::Updated => "updated",
        Order::Created => "created",
        Order::Downloads => "downloads",
    };
    let among: serde_json::Value =
        among.iter().map(|(id, figure)| serde_json::json!([id.as_str(), figure])).collect();
    let author = what.author.to_ascii_lowercase();
    let (search, mine) = (what.patterns(), crate::list(what.mine));
    let kind = what.kind.map_or("", RepoKind::word);
    let tags = crate::list(what.tags);
    let (figure, id) = after;
    let args = (
        order,
        among.to_string(),
        kind,
        author,
        search,
        what.all,
        mine,
        tags,
        figure,
        id,
        limit,
        what.gated(),
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
    limit: i64,
) -> Result<Vec<Listed>> {
    let sql = "SELECT r.id AS id, r.kind AS kind, r.namespace AS namespace, n.name AS owner, r.name AS name, \
               r.private AS private, r.gated AS gated, r.sdk AS sdk, r.downloads AS downloads, \
               r.created AS created, r.updated AS updated, \
               CAST(octet_length(r.card) + octet_length(r.tags) AS BIGINT) AS card_bytes \
               FROM repo r JOIN namespace n ON n.id = r.namespace \
               JOIN (SELECT t.repo AS repo, MIN(t.since) AS since FROM repo_tag t WHERE t.kind = $1 \
               AND t.tag IN (SELECT value ->> 0 FROM json_each($2)) GROUP BY t.repo) g ON g.repo = r.id \
               WHERE r.gone IS NULL \
               AND (NOT r.private OR $3 OR r.namespace IN (SELECT value ->> 0 FROM json_each($4))) \
               ORDER BY CASE WHEN $5 THEN -g.since ELSE r.created END DESC, r.id LIMIT $6";
    let kind = what.kind.map_or("", RepoKind::word);
    tx.many(sql, (kind, crate::list(any), what.all, crate::list(what.mine), longest, limit)).await
}

/// How many repos [`list_tagged`] would list without a limit.
pub async fn count_tagged(tx: &mut Tx, what: &Listing<'_>, any: &[String]) -> Result<i64> {
    let sql = "SELECT COUNT(*) AS n FROM repo r \
               WHERE r.id IN (SELECT t.repo FROM repo_tag t WHERE t.kind = $1 \
               AND t.tag IN (SELECT value ->> 0 FROM json_each($2))) AND r.gone IS NULL \
               AND (NOT r.private OR $3 OR r.namespace IN (SELECT value ->> 0 FROM json_each($4)))";
    let kind = what.kind.map_or("", RepoKind::word);
    let row: Option<(i64,)> = tx.one(sql, (kind, crate::list(any), what.all, crate::list(what.mine))).await?;
    Ok(row.map_or(0, |(n,)| n))
}

#[derive(sqlx::FromRow)]
struct Ordered {
    figure: i64,
    #[sqlx(flatten)]
    listed: Listed,
}
