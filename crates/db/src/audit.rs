//! Who did what with accounts, rights and works: for those who run the hub. Lines are added and never changed.

use crate::{Result, Tx};

/// A line.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Line {
    /// Names it; later ones are greater.
    pub id: String,
    /// When.
    pub at: i64,
    /// The member who did it, by id; empty for the command line and the hub itself.
    pub actor: String,
    /// Their name then.
    pub name: String,
    /// The token or session that they came with; else empty.
    pub token: String,
    /// What was done, such as `repo.delete`.
    pub deed: String,
    /// To what, by its name then.
    pub subject: String,
    /// More of it: a JSON object.
    pub says: String,
}

/// Adds a line.
pub async fn add(tx: &mut Tx, line: &Line) -> Result<()> {
    let sql = "INSERT INTO audit (id, at, actor, name, token, deed, subject, says) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let Line { id, at, actor, name, token, deed, subject, says } = line;
    tx.run(
        sql,
        (
            id.as_str(),
            *at,
            actor.as_str(),
            name.as_str(),
            token.as_str(),
            deed.as_str(),
            subject.as_str(),
            says.as_str(),
        ),
    )
    .await?;
    Ok(())
}

/// Lines before one, the newest first: of a member, or of all if the name is empty.
pub async fn list(tx: &mut Tx, name: &str, before: &str, limit: i64) -> Result<Vec<Line>> {
    let sql = "SELECT id, at, actor, name, token, deed, subject, says FROM audit \
               WHERE ($1 = '' OR name = $1 OR subject = $1) AND ($2 = '' OR id < $2) ORDER BY id DESC LIMIT $3";
    tx.many(sql, (name, before, limit)).await
}
