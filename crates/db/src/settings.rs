//! Facts about the store itself, one row each.

use crate::{Result, Tx};

/// The value of a setting.
pub async fn find(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = tx.one("SELECT value FROM setting WHERE name = $1", (name,)).await?;
    Ok(row.map(|(value,)| value))
}

/// Sets a setting, unless it has a value; returns the one it has now.
pub async fn put_if_absent(tx: &mut Tx, name: &str, value: &str) -> Result<String> {
    tx.run("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", (name, value))
        .await?;
    Ok(find(tx, name).await?.unwrap_or_else(|| value.to_owned()))
}

/// Sets a setting, whatever it was.
pub async fn put(tx: &mut Tx, name: &str, value: &str) -> Result<()> {
    let sql = "INSERT INTO setting (name, value) VALUES ($1, $2) \
               ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    tx.run(sql, (name, value)).await?;
    Ok(())
}
