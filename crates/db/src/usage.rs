//! What was taken of works, by day; and whose use counts: panels, who vouches for whom, and who wants it.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::usage::Day;

use crate::{Result, Tx};

/// What one consumer took of a work on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The work.
    pub repo: RepoId,
    /// The day.
    pub day: Day,
    /// A member's id; of others what tells them apart on that day and means nothing on another.
    pub who: String,
    /// `member`, `visitor` or `machine`.
    pub sort: &'static str,
    /// Files that were asked for.
    pub requests: i64,
    /// Bytes that were sent of what the work is made of.
    pub bytes: i64,
}

/// Adds to what a consumer took on a day. Tells whether it is the first on that day.
pub async fn add(tx: &mut Tx, taken: &Taken) -> Result<bool> {
    // A work of which nobody knows any more, as after an old backup was put back, is passed over.
    let sql = "INSERT INTO used (repo, day, who, sort, requests, bytes) \
               SELECT id, CAST($2 AS BIGINT), CAST($3 AS VARCHAR), CAST($4 AS VARCHAR), CAST($5 AS BIGINT), CAST($6 AS BIGINT) \
               FROM repo WHERE id = $1 ON CONFLICT DO NOTHING";
    let key = (taken.repo.as_str(), taken.day.0, taken.who.as_str());
    if tx.run(sql, (key.0, key.1, key.2, taken.sort, taken.requests, taken.bytes)).await? == 1 {
        return Ok(true);
    }
    let sql = "UPDATE used SET requests = requests + $4, bytes = bytes + $5 WHERE repo = $1 AND day = $2 AND who = $3";
    tx.run(sql, (key.0, key.1, key.2, taken.requests, taken.bytes)).await?;
    Ok(false)
}

/// A work on a day that is not summed up yet.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Open {
    /// The work.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// The day, as days since 1970.
    pub day: i64,
    /// Bytes that the work has, once they were weighed.
    pub whole: Option<i64>,
    /// Whether everybody may see it.
    pub public: bool,
}

/// Works on days before one that are not summed up yet.
pub async fn open_days(tx: &mut Tx, before: Day, limit: i64) -> Result<Vec<Open>> {
    let sql = "SELECT DISTINCT u.repo AS repo, u.day AS day, r.stored AS whole, (NOT r.private AND r.gone IS NULL) AS public FROM used u JOIN repo r ON r.id = u.repo \
               WHERE NOT u.counted AND u.day < $1 ORDER BY u.day, u.repo LIMIT $2";
    tx.many(sql, (before.0, limit)).await
}

/// Sums up what was taken of a work on a day: a consumer of at least `least` bytes used it. Only of members who want their use to
/// count for credit the day is kept, unless the work is their own or their group's; of all others nothing is known any more. What is
/// hidden on that day was used by nobody.
pub async fn sum_up(tx: &mut Tx, open: &Open, least: i64) -> Result<()> {
    let key = (open.repo.as_str(), open.day);
    if !open.public {
        tx.run("DELETE FROM used WHERE repo = $1 AND day = $2 AND NOT counted", key).await?;
        return Ok(());
    }
    let sql = "INSERT INTO used_day (repo, day, requests, bytes, members, visitors, machines) \
               SELECT repo, day, SUM(requests), SUM(bytes), COUNT(*) FILTER (WHERE sort = 'member' AND bytes >= $3), \
               COUNT(*) FILTER (WHERE sort = 'visitor' AND bytes >= $3), COUNT(*) FILTER (WHERE sort = 'machine' AND bytes >= $3) \
               FROM used WHERE repo = $1 AND day = $2 AND NOT counted GROUP BY repo, day \
               ON CONFLICT (repo, day) DO UPDATE SET requests = used_day.requests + excluded.requests, \
               bytes = used_day.bytes + excluded.bytes, members = used_day.members + excluded.members, \
               visitors = used_day.visitors + excluded.visitors, machines = used_day.machines + excluded.machines";
    tx.run(sql, (key.0, key.1, least)).await?;
    let sql = "DELETE FROM used WHERE repo = $1 AND day = $2 AND NOT counted AND NOT (sort = 'member' AND bytes >= $3 \
               AND who IN (SELECT member FROM counts_for_credit) \
               AND who NOT IN (SELECT r.namespace FROM repo r WHERE r.id = $1) \
               AND who NOT IN (SELECT m.member FROM membership m JOIN repo r ON r.namespace = m.team WHERE r.id = $1))";
    tx.run(sql, (key.0, key.1, least)).await?;
    // How much it was is nobody's business any more.
    tx.run("UPDATE used SET counted = TRUE, requests = 0, bytes = 0 WHERE repo = $1 AND day = $2", key)
        .await?;
    Ok(())
}

/// Forgets days of use of members before one.
pub async fn forget(tx: &mut Tx, before: Day) -> Result<u64> {
    tx.run("DELETE FROM used WHERE counted AND day < $1", (before.0,)).await
}

/// A work on a day, summed up.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Daily {
    /// The kind of the work, in a word.
    pub kind: String,
    /// Whose it is, by name.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// The work.
    pub repo: String,
    /// Files that were asked for.
    pub requests: i64,
    /// Bytes that were sent of what it is made of.
    pub bytes: i64,
    /// Members who used it.
    pub members: i64,
    /// Visitors who did.
    pub visitors: i64,
    /// Machines that did.
    pub machines: i64,
}

/// Days before one on which anything was used, the newest first: each is found from the one before, whatever there is of each.
pub async fn days(tx: &mut Tx, before: Day, limit: i64) -> Result<Vec<Day>> {
    let sql = "WITH RECURSIVE found(day) AS (SELECT MAX(day) FROM used_day WHERE day < $1 \
               UNION ALL SELECT (SELECT MAX(u.day) FROM used_day u WHERE u.day < found.day) FROM found WHERE found.day IS NOT NULL) \
               SELECT day FROM found WHERE day IS NOT NULL LIMIT $2";
    let rows: Vec<(i64,)> = tx.many(sql, (before.0, limit)).await?;
    Ok(rows.into_iter().map(|(day,)| Day(day)).collect())
}

/// What was taken on a day of works that everybody may see, in the order of their ids, from behind one of these.
pub async fn of_day(tx: &mut Tx, day: Day, behind: &str, limit: i64) -> Result<Vec<Daily>> {
    let sql = "SELECT r.kind AS kind, n.name AS namespace, r.name AS name, d.repo AS repo, d.requests AS requests, d.bytes AS bytes, \
               d.members AS members, d.visitors AS visitors, d.machines AS machines \
               FROM used_day d JOIN repo r ON r.id = d.repo JOIN namespace n ON n.id = r.namespace \
               WHERE d.day = $1 AND d.repo > $2 AND NOT r.private AND r.gone IS NULL ORDER BY d.repo LIMIT $3";
    tx.many(sql, (day.0, behind, limit)).await
}

/// A day on which a member used a work.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Used {
    /// Who.
    pub who: String,
    /// What.
    pub repo: String,
    /// The day, as days since 1970.
    pub day: i64,
}

/// Days of use of members from one day on, of works that everybody may see, by member, work and day, from behind one of these.
pub async fn by_members(tx: &mut Tx, from: Day, behind: &Used, limit: i64) -> Result<Vec<Used>> {
    let sql = "SELECT u.who AS who, u.repo AS repo, u.day AS day FROM used u JOIN repo r ON r.id = u.repo \
               WHERE u.counted AND u.day >= $1 AND (u.who, u.repo, u.day) > ($2, $3, $4) AND NOT r.private AND r.gone IS NULL \
               ORDER BY u.who, u.repo, u.day LIMIT $5";
    tx.many(sql, (from.0, behind.who.as_str(), behind.repo.as_str(), behind.day, limit)).await
}

/// Puts a member on a panel.
pub async fn seat(tx: &mut Tx, panel: &str, member: &NamespaceId) -> Result<bool> {
    let sql = "INSERT INTO seat (panel, member) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (panel, member.as_str())).await? == 1)
}

/// Takes a member off a panel.
pub async fn unseat(tx: &mut Tx, panel: &str, member: &NamespaceId) -> Result<bool> {
    let sql = "DELETE FROM seat WHERE panel = $1 AND member = $2";
    Ok(tx.run(sql, (panel, member.as_str())).await? == 1)
}

/// Who sits on a panel.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Seat {
    /// The panel.
    pub panel: String,
    /// Who, by id.
    pub member: String,
    /// By name.
    pub name: String,
}

/// All seats, by panel and name.
pub async fn seats(tx: &mut Tx) -> Result<Vec<Seat>> {
    let sql = "SELECT s.panel AS panel, s.member AS member, n.name AS name FROM seat s JOIN namespace n ON n.id = s.member \
               WHERE NOT n.disabled ORDER BY s.panel, n.name";
    tx.many(sql, ()).await
}

/// Lets a member vouch for another.
pub async fn vouch(tx: &mut Tx, by: &NamespaceId, of: &NamespaceId, at: i64) -> Result<bool> {
    let sql = "INSERT INTO vouching (by_member, of_member, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (by.as_str(), of.as_str(), at)).await? == 1)
}

/// Takes that back.
pub async fn unvouch(tx: &mut Tx, by: &NamespaceId, of: &NamespaceId) -> Result<bool> {
    let sql = "DELETE FROM vouching WHERE by_member = $1 AND of_member = $2";
    Ok(tx.run(sql, (by.as_str(), of.as_str())).await? == 1)
}

/// Who vouches for whom, by ids, in order; those whose accounts are closed neither do nor are vouched for.
pub async fn vouchings(tx: &mut Tx) -> Result<Vec<(String, String)>> {
    let sql = "SELECT v.by_member AS by_member, v.of_member AS of_member FROM vouching v \
               JOIN namespace b ON b.id = v.by_member JOIN namespace o ON o.id = v.of_member \
               WHERE NOT b.disabled AND NOT o.disabled ORDER BY v.by_member, v.of_member";
    tx.many(sql, ()).await
}

/// The names of those who vouch for a member, in order, so many of them.
pub async fn vouchers(tx: &mut Tx, of: &NamespaceId, limit: i64) -> Result<Vec<String>> {
    let sql = "SELECT n.name AS name FROM vouching v JOIN namespace n ON n.id = v.by_member \
               WHERE v.of_member = $1 AND NOT n.disabled ORDER BY n.name LIMIT $2";
    let rows: Vec<(String,)> = tx.many(sql, (of.as_str(), limit)).await?;
    Ok(rows.into_iter().map(|(name,)| name).collect())
}

/// Whether a member vouches for another.
pub async fn vouches(tx: &mut Tx, by: &NamespaceId, of: &NamespaceId) -> Result<bool> {
    let sql = "SELECT at FROM vouching WHERE by_member = $1 AND of_member = $2";
    let found: Option<(i64,)> = tx.one(sql, (by.as_str(), of.as_str())).await?;
    Ok(found.is_some())
}

/// Lets a member's use count for credit from now on, or no longer: then the days that are known are forgotten.
pub async fn set_counts(tx: &mut Tx, member: &NamespaceId, counts: bool) -> Result<()> {
    if counts {
        let sql = "INSERT INTO counts_for_credit (member) VALUES ($1) ON CONFLICT DO NOTHING";
        tx.run(sql, (member.as_str(),)).await?;
    } else {
        tx.run("DELETE FROM counts_for_credit WHERE member = $1", (member.as_str(),)).await?;
        tx.run("DELETE FROM used WHERE who = $1 AND counted", (member.as_str(),)).await?;
    }
    Ok(())
}

/// Whether a member's use counts for credit.
pub async fn counts(tx: &mut Tx, member: &NamespaceId) -> Result<bool> {
    let sql = "SELECT member FROM counts_for_credit WHERE member = $1";
    let found: Option<(String,)> = tx.one(sql, (member.as_str(),)).await?;
    Ok(found.is_some())
}

/// How many members one vouches for.
pub async fn vouched(tx: &mut Tx, by: &NamespaceId) -> Result<i64> {
    let found: Option<(i64,)> =
        tx.one("SELECT COUNT(*) FROM vouching WHERE by_member = $1", (by.as_str(),)).await?;
    Ok(found.map_or(0, |(count,)| count))
}
