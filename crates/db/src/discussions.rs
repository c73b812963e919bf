//! Discussions and pull requests of repos, and what happened in them. The heads of pull requests are refs.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A discussion to be added.
#[derive(Clone, Debug)]
pub struct New<'a> {
    /// Its number in the repo.
    pub number: i64,
    /// Who opens it.
    pub author: &'a NamespaceId,
    /// One line.
    pub title: &'a str,
    /// The ref that it asks to be merged into; empty for what is no pull request.
    pub base: &'a str,
    /// `draft` or `open`.
    pub status: &'a str,
}

/// A discussion, or a pull request.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Discussion {
    /// Its number in the repo; the head of a pull request is `refs/pr/{number}`.
    pub number: i64,
    /// Who opened it.
    #[sqlx(try_from = "String")]
    pub author: NamespaceId,
    /// Their name.
    pub name: String,
    /// One line.
    pub title: String,
    /// The ref that it asks to be merged into; empty for what is no pull request.
    pub base: String,
    /// `draft`, `open`, `closed` or `merged`.
    pub status: String,
    /// The commit that it was merged by.
    pub merged: Option<String>,
    /// The commit that the base was at before.
    pub parted: Option<String>,
    /// Whether only those who may publish speak in it.
    pub locked: bool,
    /// How many events it has, which is the place of the last.
    pub events: i64,
    /// How many comments.
    pub comments: i64,
    /// Bytes of all that was written in it.
    pub bytes: i64,
    /// When it was opened.
    #[sqlx(try_from = "i64")]
    pub created: Time,
    /// When something happened last.
    #[sqlx(try_from = "i64")]
    pub moved: Time,
}

impl Discussion {
    /// Whether it asks for something to be merged.
    pub fn is_pull(&self) -> bool {
        !self.base.is_empty()
    }
}

/// Which discussions of a repo; an empty text asks for all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Which<'a> {
    /// `discussion` or `pull_request`.
    pub kind: &'a str,
    /// `open`, which drafts are too, or `closed`, which merged ones are too.
    pub status: &'a str,
    /// The name of who opened them, in lower case.
    pub author: &'a str,
}

/// An event to be added.
#[derive(Clone, Copy, Debug)]
pub struct NewEvent<'a> {
    /// Names it.
    pub id: &'a str,
    /// Who did it.
    pub author: &'a NamespaceId,
    /// `comment`, `title-change`, `status-change` or `lock`.
    pub kind: &'a str,
    /// A comment's Markdown, or JSON.
    pub says: &'a str,
    /// Which line a comment is on, in JSON; empty for none.
    pub line: &'a str,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Event {
    /// Names it.
    pub id: String,
    /// Its place in the discussion, from 1.
    pub place: i64,
    /// Who did it.
    #[sqlx(try_from = "String")]
    pub author: NamespaceId,
    /// Their name.
    pub name: String,
    /// `comment`, `title-change`, `status-change` or `lock`.
    pub kind: String,
    /// A comment's Markdown, or JSON.
    pub says: String,
    /// Which line a comment is on, in JSON; empty for none.
    pub line: String,
    /// How often it was edited.
    pub edits: i64,
    /// When last.
    pub edited: Option<i64>,
    /// The name of who hid it, if it is hidden.
    pub hidden: Option<String>,
    /// When it happened.
    #[sqlx(try_from = "i64")]
    pub created: Time,
}

/// What a comment said before.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Past {
    /// Of which comment.
    pub event: String,
    /// What.
    pub says: String,
    /// Since when.
    #[sqlx(try_from = "i64")]
    pub written: Time,
}

/// Adds a discussion in which nothing happened yet.
pub async fn add(tx: &mut Tx, repo: &RepoId, new: &New<'_>, now: Time) -> Result<()> {
    let sql = "INSERT INTO discussion (repo, number, author, title, base, status, locked, events, comments, bytes, created, moved) \
               VALUES ($1, $2, $3, $4, $5, $6, FALSE, 0, 0, 0, $7, $7)";
    let args = (repo.as_str(), new.number, new.author.as_str(), new.title, new.base, new.status, now.0);
    tx.run(sql, args).await?;
    Ok(())
}

/// A discussion of a repo.
pub async fn find(tx: &mut Tx, repo: &RepoId, number: i64) -> Result<Option<Discussion>> {
    let sql = "SELECT d.number AS number, d.author AS author, n.name AS name, d.title AS title, d.base AS base, d.status AS status, \
               d.merged AS merged, d.parted AS parted, d.locked AS locked, d.events AS events, d.comments AS comments, \
               d.bytes AS bytes, d.created AS created, d.moved AS moved \
               FROM discussion d JOIN namespace n ON n.id = d.author WHERE d.repo = $1 AND d.number = $2";
    tx.one(sql, (repo.as_str(), number)).await
}

/// A page of a repo's discussions, the newest first.
pub async fn list(
    tx: &mut Tx,
    repo: &RepoId,
    which: Which<'_>,
    skip: i64,
    limit: i64,
) -> Result<Vec<Discussion>> {
    let sql = "SELECT d.number AS number, d.author AS author, n.name AS name, d.title AS title, d.base AS base, d.status AS status, \
               d.merged AS merged, d.parted AS parted, d.locked AS locked, d.events AS events, d.comments AS comments, \
               d.bytes AS bytes, d.created AS created, d.moved AS moved \
               FROM discussion d JOIN namespace n ON n.id = d.author WHERE d.repo = $1 \
               AND ($2 = '' OR ($2 = 'discussion' AND d.base = '') OR ($2 = 'pull_request' AND d.base <> '')) \
               AND ($3 = '' OR ($3 = 'open' AND d.status IN ('draft', 'open')) OR ($3 = 'closed' AND d.status IN ('closed', 'merged'))) \
               AND ($4 = '' OR n.folded = $4) ORDER BY d.number DESC LIMIT $5 OFFSET $6";
    tx.many(sql, (repo.as_str(), which.kind, which.status, which.author, limit, skip)).await
}

/// How many of them there are.
pub async fn count(tx: &mut Tx, repo: &RepoId, which: Which<'_>) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM discussion d JOIN namespace n ON n.id = d.author WHERE d.repo = $1 \
               AND ($2 = '' OR ($2 = 'discussion' AND d.base = '') OR ($2 = 'pull_request' AND d.base <> '')) \
               AND ($3 = '' OR ($3 = 'open' AND d.status IN ('draft', 'open')) OR ($3 = 'closed' AND d.status IN ('closed', 'merged'))) \
               AND ($4 = '' OR n.folded = $4)";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), which.kind, which.status, which.author)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// How many discussions somebody opened in a repo that are still open.
pub async fn count_open_of(tx: &mut Tx, repo: &RepoId, author: &NamespaceId) -> Result<i64> {
    let sql =
        "SELECT COUNT(*) FROM discussion WHERE repo = $1 AND author = $2 AND status IN ('draft', 'open')";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), author.as_str())).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Whether somebody has a pull request of a repo that can still be changed.
pub async fn has_own_pull(tx: &mut Tx, repo: &RepoId, author: &NamespaceId) -> Result<bool> {
    let sql = "SELECT number FROM discussion \
               WHERE repo = $1 AND author = $2 AND status IN ('draft', 'open') AND base <> '' LIMIT 1";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), author.as_str())).await?;
    Ok(row.is_some())
}

/// Gives a discussion another title.
pub async fn set_title(tx: &mut Tx, repo: &RepoId, number: i64, title: &str) -> Result<()> {
    let sql = "UPDATE discussion SET title = $3 WHERE repo = $1 AND number = $2";
    tx.run(sql, (repo.as_str(), number, title)).await?;
    Ok(())
}

/// Puts a discussion into another state.
pub async fn set_status(tx: &mut Tx, repo: &RepoId, number: i64, status: &str) -> Result<()> {
    let sql = "UPDATE discussion SET status = $3 WHERE repo = $1 AND number = $2";
    tx.run(sql, (repo.as_str(), number, status)).await?;
    Ok(())
}

/// Locks or unlocks it.
pub async fn set_locked(tx: &mut Tx, repo: &RepoId, number: i64, locked: bool) -> Result<()> {
    let sql = "UPDATE discussion SET locked = $3 WHERE repo = $1 AND number = $2";
    tx.run(sql, (repo.as_str(), number, locked)).await?;
    Ok(())
}

/// Writes down by which commit a pull request was merged, and where the base was before.
pub async fn set_merged(
    tx: &mut Tx,
    repo: &RepoId,
    number: i64,
    (merged, parted): (&str, &str),
) -> Result<()> {
    let sql =
        "UPDATE discussion SET status = 'merged', merged = $3, parted = $4 WHERE repo = $1 AND number = $2";
    tx.run(sql, (repo.as_str(), number, merged, parted)).await?;
    Ok(())
}

/// Adds an event behind those that there are; its place.
pub async fn add_event(
    tx: &mut Tx,
    repo: &RepoId,
    number: i64,
    new: &NewEvent<'_>,
    now: Time,
) -> Result<i64> {
    let comments = i64::from(new.kind == "comment");
    let bytes = i64::try_from(new.says.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE discussion SET events = events + 1, comments = comments + $3, bytes = bytes + $4, moved = $5 \
               WHERE repo = $1 AND number = $2 RETURNING events";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), number, comments, bytes, now.0)).await?;
    let place = row.map_or(0, |(place,)| place);
    let sql = "INSERT INTO discussion_event (id, repo, number, place, author, kind, says, line, edits, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9)";
    let args =
        (new.id, repo.as_str(), number, place, new.author.as_str(), new.kind, new.says, new.line, now.0);
    tx.run(sql, args).await?;
    Ok(place)
}

/// An event of a discussion.
pub async fn find_event(tx: &mut Tx, repo: &RepoId, number: i64, id: &str) -> Result<Option<Event>> {
    let sql = "SELECT e.id AS id, e.place AS place, e.author AS author, n.name AS name, e.kind AS kind, e.says AS says, e.line AS line, \
               e.edits AS edits, e.edited AS edited, h.name AS hidden, e.created AS created \
               FROM discussion_event e JOIN namespace n ON n.id = e.author LEFT JOIN namespace h ON h.id = e.hidden \
               WHERE e.repo = $1 AND e.number = $2 AND e.id = $3";
    tx.one(sql, (repo.as_str(), number, id)).await
}

/// Events of a discussion behind a place, in their order.
pub async fn list_events(
    tx: &mut Tx,
    repo: &RepoId,
    number: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Event>> {
    let sql = "SELECT e.id AS id, e.place AS place, e.author AS author, n.name AS name, e.kind AS kind, e.says AS says, e.line AS line, \
               e.edits AS edits, e.edited AS edited, h.name AS hidden, e.created AS created \
               FROM discussion_event e JOIN namespace n ON n.id = e.author LEFT JOIN namespace h ON h.id = e.hidden \
               WHERE e.repo = $1 AND e.number = $2 AND e.place > $3 ORDER BY e.place LIMIT $4";
    tx.many(sql, (repo.as_str(), number, after, limit)).await
}

/// Comments of a discussion that are on lines of files, in their order.
pub async fn list_on_lines(tx: &mut Tx, repo: &RepoId, number: i64, limit: i64) -> Result<Vec<Event>> {
    let sql = "SELECT e.id AS id, e.place AS place, e.author AS author, n.name AS name, e.kind AS kind, e.says AS says, e.line AS line, \
               e.edits AS edits, e.edited AS edited, h.name AS hidden, e.created AS created \
               FROM discussion_event e JOIN namespace n ON n.id = e.author LEFT JOIN namespace h ON h.id = e.hidden \
               WHERE e.repo = $1 AND e.number = $2 AND e.line <> '' ORDER BY e.place LIMIT $3";
    tx.many(sql, (repo.as_str(), number, limit)).await
}

/// How many discussions of a repo a member opened since a moment.
pub async fn count_opened_since(
    tx: &mut Tx,
    repo: &RepoId,
    author: &NamespaceId,
    since: Time,
) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM discussion WHERE repo = $1 AND author = $2 AND created >= $3";
    let row: Option<(i64,)> = tx.one(sql, (repo.as_str(), author.as_str(), since.0)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Where an event is: the repo, and the number of the discussion.
pub async fn place_of(tx: &mut Tx, event: &str) -> Result<Option<(RepoId, i64)>> {
    let sql = "SELECT repo, number FROM discussion_event WHERE id = $1";
    let row: Option<(String, i64)> = tx.one(sql, (event,)).await?;
    Ok(row.map(|(repo, number)| (RepoId(repo), number)))
}

/// What merged pull requests of a repo came to: of each its number, the commit it was merged as, and where its branch was before.
pub async fn list_merged(tx: &mut Tx, repo: &RepoId) -> Result<Vec<(i64, String, String)>> {
    let sql = "SELECT number, merged, parted FROM discussion \
               WHERE repo = $1 AND merged IS NOT NULL AND parted IS NOT NULL ORDER BY number";
    tx.many(sql, (repo.as_str(),)).await
}

/// Gives a comment another text, and keeps the one that it had.
pub async fn edit(
    tx: &mut Tx,
    repo: &RepoId,
    number: i64,
    (before, says): (&Event, &str),
    now: Time,
) -> Result<()> {
    let sql = "INSERT INTO comment_past (event, version, says, written) VALUES ($1, $2, $3, $4)";
    let written = before.edited.unwrap_or(before.created.0);
    tx.run(sql, (before.id.as_str(), before.edits, before.says.as_str(), written)).await?;
    let sql = "UPDATE discussion_event SET says = $2, edits = edits + 1, edited = $3 WHERE id = $1";
    tx.run(sql, (before.id.as_str(), says, now.0)).await?;
    let bytes = i64::try_from(says.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE discussion SET bytes = bytes + $3, moved = $4 WHERE repo = $1 AND number = $2";
    tx.run(sql, (repo.as_str(), number, bytes, now.0)).await?;
    Ok(())
}

/// What some comments said before, of each the oldest first.
pub async fn list_past(tx: &mut Tx, comments: &[String]) -> Result<Vec<Past>> {
    let sql = "SELECT event, says, written FROM comment_past \
               WHERE event IN (SELECT value ->> 0 FROM json_each($1)) ORDER BY event, version";
    tx.many(sql, (crate::list(comments),)).await
}

/// Hides a comment, or shows it again.
pub async fn set_hidden(tx: &mut Tx, event: &str, by: Option<&NamespaceId>) -> Result<()> {
    let sql = "UPDATE discussion_event SET hidden = $2 WHERE id = $1";
    tx.run(sql, (event, by.map(NamespaceId::as_str))).await?;
    Ok(())
}

/// Those who opened a discussion or did something in it, at most so many.
pub async fn list_who(tx: &mut Tx, repo: &RepoId, number: i64, limit: i64) -> Result<Vec<NamespaceId>> {
    let sql = "SELECT DISTINCT author FROM discussion_event WHERE repo = $1 AND number = $2 ORDER BY author LIMIT $3";
    let rows: Vec<(String,)> = tx.many(sql, (repo.as_str(), number, limit)).await?;
    Ok(rows.into_iter().map(|(id,)| NamespaceId(id)).collect())
}

/// Adds a sign of a member to a comment; false if it is there.
pub async fn react(tx: &mut Tx, event: &str, sign: &str, member: &NamespaceId, now: Time) -> Result<bool> {
    let sql = "INSERT INTO reaction (event, sign, member, at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (event, sign, member.as_str(), now.0)).await? > 0)
}

/// Takes a sign of a member back; false if there is none.
pub async fn unreact(tx: &mut Tx, event: &str, sign: &str, member: &NamespaceId) -> Result<bool> {
    let sql = "DELETE FROM reaction WHERE event = $1 AND sign = $2 AND member = $3";
    Ok(tx.run(sql, (event, sign, member.as_str())).await? > 0)
}

/// The signs that comments of a discussion have, each with how many gave it and whether a member is among them: the comment, the sign, the
/// number, and 1 or 0. An empty id is nobody.
pub async fn list_reactions(
    tx: &mut Tx,
    repo: &RepoId,
    number: i64,
    member: &str,
) -> Result<Vec<(String, String, i64, i64)>> {
    let sql = "SELECT r.event AS event, r.sign AS sign, COUNT(*) AS n, CAST(MAX(CASE WHEN r.member = $3 THEN 1 ELSE 0 END) AS BIGINT) AS own \
               FROM reaction r JOIN discussion_event e ON e.id = r.event WHERE e.repo = $1 AND e.number = $2 \
               GROUP BY r.event, r.sign ORDER BY r.event, MIN(r.at), r.sign";
    tx.many(sql, (repo.as_str(), number, member)).await
}
