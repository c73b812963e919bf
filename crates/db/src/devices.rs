//! Sign-ins that a program began and a browser is to confirm (RFC 8628), by the SHA-256 of what the program holds.

use seedcorn_core::digest::Sha256;
use seedcorn_core::id::TokenId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// A row of `device`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Device {
    /// SHA-256 of the device code.
    #[sqlx(try_from = "String")]
    pub hash: Sha256,
    /// What its user types into the browser.
    pub code: String,
    /// What the program says of itself.
    pub client: String,
    /// When it was begun.
    #[sqlx(try_from = "i64")]
    pub created: Time,
    /// When it ends.
    #[sqlx(try_from = "i64")]
    pub expires: Time,
    /// When the program asked last.
    #[sqlx(try_from = "i64")]
    pub polled: Time,
    /// Empty until somebody answers; then the role of the token to make, or [`NO`], or [`DONE`].
    pub answer: String,
    /// The session or token by which somebody agreed.
    pub token: Option<String>,
}

/// The answer of somebody who refused.
pub const NO: &str = "no";
/// The token was handed over.
pub const DONE: &str = "done";

/// Begins a sign-in; false if its codes are taken.
pub async fn add(tx: &mut Tx, row: &Device) -> Result<bool> {
    let sql = "INSERT INTO device (hash, code, client, created, expires, polled, answer, token) \
               VALUES ($1, $2, $3, $4, $5, $6, '', NULL) ON CONFLICT DO NOTHING";
    let hash = row.hash.to_string();
    let args =
        (hash.as_str(), row.code.as_str(), row.client.as_str(), row.created.0, row.expires.0, row.polled.0);
    Ok(tx.run(sql, args).await? == 1)
}

/// The sign-in of a program.
pub async fn find(tx: &mut Tx, hash: &Sha256) -> Result<Option<Device>> {
    let sql =
        "SELECT hash, code, client, created, expires, polled, answer, token FROM device WHERE hash = $1";
    tx.one(sql, (hash.to_string(),)).await
}

/// The sign-in that a user's code names.
pub async fn find_by_code(tx: &mut Tx, code: &str) -> Result<Option<Device>> {
    let sql =
        "SELECT hash, code, client, created, expires, polled, answer, token FROM device WHERE code = $1";
    tx.one(sql, (code,)).await
}

/// Answers a sign-in that nobody has answered; false if somebody has.
pub async fn answer(tx: &mut Tx, code: &str, answer: &str, token: Option<&TokenId>) -> Result<bool> {
    let sql = "UPDATE device SET answer = $2, token = $3 WHERE code = $1 AND answer = ''";
    Ok(tx.run(sql, (code, answer, token.map(TokenId::as_str))).await? == 1)
}

/// Notes that the token is handed over; false if it was before.
pub async fn finish(tx: &mut Tx, hash: &Sha256) -> Result<bool> {
    let sql = "UPDATE device SET answer = 'done' WHERE hash = $1 AND answer <> 'done'";
    Ok(tx.run(sql, (hash.to_string(),)).await? == 1)
}

/// Notes when a program asked.
pub async fn poll(tx: &mut Tx, hash: &Sha256, now: Time) -> Result<()> {
    tx.run("UPDATE device SET polled = $2 WHERE hash = $1", (hash.to_string(), now.0)).await?;
    Ok(())
}

/// How many sign-ins wait for an answer.
pub async fn count(tx: &mut Tx, now: Time) -> Result<i64> {
    let row: Option<(i64,)> =
        tx.one("SELECT COUNT(*) AS n FROM device WHERE expires > $1 AND answer = ''", (now.0,)).await?;
    Ok(row.map_or(0, |(count,)| count))
}

/// Forgets what ended before a moment.
pub async fn forget(tx: &mut Tx, before: Time) -> Result<()> {
    tx.run("DELETE FROM device WHERE expires < $1", (before.0,)).await?;
    Ok(())
}
