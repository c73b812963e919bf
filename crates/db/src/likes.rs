//! Who likes which works, and who follows whom.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// Notes that a member likes a work; false if they did.
pub async fn like(tx: &mut Tx, member: &NamespaceId, repo: &RepoId, now: Time) -> Result<bool> {
    let sql = "INSERT INTO liking (member, repo, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    if tx.run(sql, (member.as_str(), repo.as_str(), now.0)).await? == 0 {
        return Ok(false);
    }
    tx.run("UPDATE repo SET likes = likes + 1 WHERE id = $1", (repo.as_str(),)).await?;
    Ok(true)
}

/// Notes that they like it no more; false if they did not.
pub async fn unlike(tx: &mut Tx, member: &NamespaceId, repo: &RepoId) -> Result<bool> {
    let sql = "DELETE FROM liking WHERE member = $1 AND repo = $2";
    if tx.run(sql, (member.as_str(), repo.as_str())).await? == 0 {
        return Ok(false);
    }
    tx.run("UPDATE repo SET likes = likes - 1 WHERE id = $1", (repo.as_str(),)).await?;
    Ok(true)
}

/// Whether a member likes a work.
pub async fn likes(tx: &mut Tx, member: &NamespaceId, repo: &RepoId) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM liking WHERE member = $1 AND repo = $2";
    let row: Option<(i64,)> = tx.one(sql, (member.as_str(), repo.as_str())).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Those who like a work, by name, after one: names, and names for people to read.
pub async fn likers(tx: &mut Tx, repo: &RepoId, after: &str, limit: i64) -> Result<Vec<(String, String)>> {
    let sql = "SELECT n.name AS name, n.full_name AS full_name FROM liking l JOIN namespace n ON n.id = l.member \
               WHERE l.repo = $1 AND NOT n.disabled AND n.folded > $2 ORDER BY n.folded LIMIT $3";
    tx.many(sql, (repo.as_str(), after.to_ascii_lowercase().as_str(), limit)).await
}

/// The works that a member likes and that are there, the last first, and since when.
pub async fn liked(tx: &mut Tx, member: &NamespaceId, limit: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT l.repo AS repo, l.since AS since FROM liking l JOIN repo r ON r.id = l.repo \
               WHERE l.member = $1 AND r.gone IS NULL ORDER BY l.since DESC, l.repo LIMIT $2";
    tx.many(sql, (member.as_str(), limit)).await
}

/// How many works a member likes that everybody may see.
pub async fn count_liked(tx: &mut Tx, member: &NamespaceId) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM liking l JOIN repo r ON r.id = l.repo WHERE l.member = $1 AND r.gone IS NULL AND NOT r.private";
    let row: Option<(i64,)> = tx.one(sql, (member.as_str(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// How many works a member likes in all, also those that others do not see and those that are gone.
pub async fn count_likings(tx: &mut Tx, member: &NamespaceId) -> Result<i64> {
    let row: Option<(i64,)> =
        tx.one("SELECT COUNT(*) FROM liking WHERE member = $1", (member.as_str(),)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Notes that a member follows a member or a group; false if they did.
pub async fn follow(tx: &mut Tx, member: &NamespaceId, whom: &NamespaceId, now: Time) -> Result<bool> {
    let sql = "INSERT INTO following (member, of_whom, since) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING";
    Ok(tx.run(sql, (member.as_str(), whom.as_str(), now.0)).await? > 0)
}

/// Notes that they do no more; false if they did not.
pub async fn unfollow(tx: &mut Tx, member: &NamespaceId, whom: &NamespaceId) -> Result<bool> {
    let sql = "DELETE FROM following WHERE member = $1 AND of_whom = $2";
    Ok(tx.run(sql, (member.as_str(), whom.as_str())).await? > 0)
}

/// Whether a member follows somebody.
pub async fn follows(tx: &mut Tx, member: &NamespaceId, whom: &NamespaceId) -> Result<bool> {
    let sql = "SELECT COUNT(*) FROM following WHERE member = $1 AND of_whom = $2";
    let row: Option<(i64,)> = tx.one(sql, (member.as_str(), whom.as_str())).await?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

/// Those who follow somebody, by name, after one.
pub async fn followers(
    tx: &mut Tx,
    whom: &NamespaceId,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    let sql = "SELECT n.name AS name, n.full_name AS full_name FROM following f JOIN namespace n ON n.id = f.member \
               WHERE f.of_whom = $1 AND NOT n.disabled AND n.folded > $2 ORDER BY n.folded LIMIT $3";
    tx.many(sql, (whom.as_str(), after.to_ascii_lowercase().as_str(), limit)).await
}

/// The members, or the groups, whom a member follows, by name, after one. `kind` is `member` or `group`.
pub async fn followed(
    tx: &mut Tx,
    member: &NamespaceId,
    kind: &str,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String)>> {
    let sql = "SELECT n.name AS name, n.full_name AS full_name FROM following f JOIN namespace n ON n.id = f.of_whom \
               WHERE f.member = $1 AND n.kind = $2 AND NOT n.disabled AND n.folded > $3 ORDER BY n.folded LIMIT $4";
    tx.many(sql, (member.as_str(), kind, after.to_ascii_lowercase().as_str(), limit)).await
}

/// How many follow somebody, and how many they follow.
pub async fn count_follows(tx: &mut Tx, whom: &NamespaceId) -> Result<(i64, i64)> {
    let sql = "SELECT (SELECT COUNT(*) FROM following WHERE of_whom = $1) AS followers, \
               (SELECT COUNT(*) FROM following WHERE member = $1) AS following";
    Ok(tx.one(sql, (whom.as_str(),)).await?.unwrap_or_default())
}
