//! Addresses to which members have what happens told, and what became of that.

use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// An address of a member.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Webhook {
    /// Names it.
    pub id: String,
    /// Whose it is.
    #[sqlx(try_from = "String")]
    pub member: NamespaceId,
    /// The address.
    pub url: String,
    /// What only the member and the hub know; may be empty.
    pub secret: String,
    /// What is told, with spaces between: `repo`, `discussion`.
    pub domains: String,
    /// Why nothing is sent; empty if it is.
    pub disabled: String,
    /// How many in a row were given up.
    pub failed: i64,
}

/// Something that is told.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Delivery {
    /// Names it; they are in the order of time.
    pub id: String,
    /// To which address.
    pub webhook: String,
    /// Of which repo.
    #[sqlx(try_from = "String")]
    pub repo: RepoId,
    /// What is told, in JSON; addresses in it begin with `/`.
    pub payload: String,
    /// How often it was tried.
    pub tries: i64,
    /// When it is tried next; nothing once it is done or given up.
    pub due: Option<i64>,
    /// What was answered last.
    pub status: Option<i64>,
    /// The beginning of the answer, or why there was none.
    pub answer: String,
    /// When it happened.
    #[sqlx(try_from = "i64")]
    pub created: Time,
    /// When it was tried last.
    pub tried: Option<i64>,
}

/// Adds an address, or changes it: then it is sent to again.
pub async fn put(tx: &mut Tx, row: &Webhook, now: Time) -> Result<()> {
    let sql = "INSERT INTO webhook (id, member, url, secret, domains, disabled, failed, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (id) DO UPDATE \
               SET url = excluded.url, secret = excluded.secret, domains = excluded.domains, disabled = excluded.disabled, \
               failed = excluded.failed";
    let args = (
        row.id.as_str(),
        row.member.as_str(),
        row.url.as_str(),
        row.secret.as_str(),
        row.domains.as_str(),
        row.disabled.as_str(),
        row.failed,
        now.0,
    );
    tx.run(sql, args).await?;
    Ok(())
}

/// Says what an address is told of: repos and namespaces, by id.
pub async fn set_about(tx: &mut Tx, webhook: &str, targets: &[String]) -> Result<()> {
    clear_about(tx, webhook).await?;
    let sql = "INSERT INTO webhook_about (target, webhook) SELECT value ->> 0, $2 FROM json_each($1) WHERE TRUE ON CONFLICT DO NOTHING";
    tx.run(sql, (crate::list(targets), webhook)).await?;
    Ok(())
}

async fn clear_about(tx: &mut Tx, webhook: &str) -> Result<()> {
    tx.run("DELETE FROM webhook_about WHERE webhook = $1", (webhook,)).await?;
    Ok(())
}

/// What an address is told of.
pub async fn about(tx: &mut Tx, webhook: &str) -> Result<Vec<String>> {
    let sql = "SELECT target FROM webhook_about WHERE webhook = $1 ORDER BY target";
    let rows: Vec<(String,)> = tx.many(sql, (webhook,)).await?;
    Ok(rows.into_iter().map(|(target,)| target).collect())
}

/// An address.
pub async fn find(tx: &mut Tx, id: &str) -> Result<Option<Webhook>> {
    let sql = "SELECT id, member, url, secret, domains, disabled, failed FROM webhook WHERE id = $1";
    tx.one(sql, (id,)).await
}

/// The addresses of a member, oldest first.
pub async fn list(tx: &mut Tx, member: &NamespaceId) -> Result<Vec<Webhook>> {
    let sql = "SELECT id, member, url, secret, domains, disabled, failed FROM webhook WHERE member = $1 ORDER BY id";
    tx.many(sql, (member.as_str(),)).await
}

/// The addresses that are told of a repo, or of all repos of its owner; at most so many, first those of whom it belongs to: however many others
/// watch, they leave these their room.
pub async fn list_about(tx: &mut Tx, repo: &RepoId, owner: &NamespaceId, limit: i64) -> Result<Vec<Webhook>> {
    let sql = "SELECT id, member, url, secret, domains, disabled, failed FROM webhook WHERE disabled = '' \
               AND id IN (SELECT webhook FROM webhook_about WHERE target IN ($1, $2)) \
               ORDER BY CASE WHEN member = $2 OR member IN (SELECT m.member FROM membership m WHERE m.team = $2) THEN 0 ELSE 1 END, id \
               LIMIT $3";
    tx.many(sql, (repo.as_str(), owner.as_str(), limit)).await
}

/// Stops sending to an address, and says why; an empty text goes on.
pub async fn set_disabled(tx: &mut Tx, id: &str, why: &str) -> Result<()> {
    tx.run("UPDATE webhook SET disabled = $2, failed = 0 WHERE id = $1", (id, why)).await?;
    Ok(())
}

/// Forgets an address with all that was sent to it.
pub async fn delete(tx: &mut Tx, id: &str) -> Result<()> {
    tx.run("DELETE FROM delivery WHERE webhook = $1", (id,)).await?;
    clear_about(tx, id).await?;
    tx.run("DELETE FROM webhook WHERE id = $1", (id,)).await?;
    Ok(())
}

/// Adds something to be told at once.
pub async fn deliver(
    tx: &mut Tx,
    (id, webhook): (&str, &str),
    repo: &RepoId,
    payload: &str,
    now: Time,
) -> Result<()> {
    let sql = "INSERT INTO delivery (id, webhook, repo, payload, tries, due, answer, created) VALUES ($1, $2, $3, $4, 0, $5, '', $5)";
    tx.run(sql, (id, webhook, repo.as_str(), payload, now.0)).await?;
    Ok(())
}

/// What is due, the longest first: of each member at most so many, of some none, and at most so many of all.
pub async fn due(
    tx: &mut Tx,
    now: Time,
    (each, all): (i64, i64),
    but: &[NamespaceId],
) -> Result<Vec<Delivery>> {
    // What is counted is only named: what is told is read of those alone that are taken.
    let sql = "SELECT d.id AS id, d.webhook AS webhook, d.repo AS repo, d.payload AS payload, d.tries AS tries, d.due AS due, \
               d.status AS status, d.answer AS answer, d.created AS created, d.tried AS tried FROM ( \
               SELECT w.id AS id, ROW_NUMBER() OVER (PARTITION BY h.member ORDER BY w.due, w.id) AS nth \
               FROM delivery w JOIN webhook h ON h.id = w.webhook WHERE w.due IS NOT NULL AND w.due <= $1 \
               AND h.member NOT IN (SELECT value ->> 0 FROM json_each($4))) AS waiting \
               JOIN delivery d ON d.id = waiting.id WHERE waiting.nth <= $2 ORDER BY d.due, d.id LIMIT $3";
    tx.many(sql, (now.0, each, all, crate::list(but))).await
}

/// Takes something that is due, so that nobody else does before a moment; false if somebody did.
pub async fn claim(tx: &mut Tx, id: &str, due: i64, until: Time) -> Result<bool> {
    let sql = "UPDATE delivery SET tries = tries + 1, due = $3 WHERE id = $1 AND due = $2";
    Ok(tx.run(sql, (id, due, until.0)).await? > 0)
}

/// Writes down what became of a try, and when the next is; nothing if there is none.
pub async fn tried(
    tx: &mut Tx,
    id: &str,
    (status, answer): (Option<i64>, &str),
    due: Option<Time>,
    now: Time,
) -> Result<()> {
    let sql = "UPDATE delivery SET status = $2, answer = $3, due = $4, tried = $5 WHERE id = $1";
    tx.run(sql, (id, status, answer, due.map(|due| due.0), now.0)).await?;
    Ok(())
}

/// Counts one that was given up, or forgets those before one that was not; how many in a row were given up.
pub async fn count_failed(tx: &mut Tx, webhook: &str, failed: bool) -> Result<i64> {
    let sql =
        "UPDATE webhook SET failed = CASE WHEN $2 THEN failed + 1 ELSE 0 END WHERE id = $1 RETURNING failed";
    let row: Option<(i64,)> = tx.one(sql, (webhook, failed)).await?;
    Ok(row.map_or(0, |(failed,)| failed))
}

/// What was told to an address, the last first, before one.
pub async fn list_deliveries(
    tx: &mut Tx,
    webhook: &str,
    before: Option<&str>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    let sql = "SELECT id, webhook, repo, payload, tries, due, status, answer, created, tried FROM delivery \
               WHERE webhook = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    tx.many(sql, (webhook, before.unwrap_or("~"), limit)).await
}

/// One of them.
pub async fn find_delivery(tx: &mut Tx, webhook: &str, id: &str) -> Result<Option<Delivery>> {
    let sql = "SELECT id, webhook, repo, payload, tries, due, status, answer, created, tried FROM delivery WHERE webhook = $1 AND id = $2";
    tx.one(sql, (webhook, id)).await
}

/// One by its id alone.
pub async fn find_any(tx: &mut Tx, id: &str) -> Result<Option<Delivery>> {
    let sql = "SELECT id, webhook, repo, payload, tries, due, status, answer, created, tried FROM delivery WHERE id = $1";
    tx.one(sql, (id,)).await
}

/// How much waits to be told to an address.
pub async fn count_waiting(tx: &mut Tx, webhook: &str) -> Result<i64> {
    let sql = "SELECT COUNT(*) FROM delivery WHERE webhook = $1 AND due IS NOT NULL";
    let row: Option<(i64,)> = tx.one(sql, (webhook,)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Forgets what was done before a moment; how much.
pub async fn forget(tx: &mut Tx, before: Time) -> Result<u64> {
    tx.run("DELETE FROM delivery WHERE due IS NULL AND created < $1", (before.0,)).await
}
