//! What the headers of a repo's model files say of their size, kept so that each is read once.

use seedcorn_core::id::RepoId;

use crate::{Result, Tx};

/// What is known of these contents of a repo: the id of a tree or what names a file's content, and a JSON text.
pub async fn find(tx: &mut Tx, repo: &RepoId, contents: &[String]) -> Result<Vec<(String, String)>> {
    let sql = "SELECT content, says FROM weights \
               WHERE repo = $1 AND content IN (SELECT value ->> 0 FROM json_each($2))";
    tx.many(sql, (repo.as_str(), crate::list(contents))).await
}

/// Keeps what contents say. The same bytes always say the same, so what is there stays.
pub async fn put(tx: &mut Tx, repo: &RepoId, rows: &[(String, String)]) -> Result<()> {
    // In one order, so that two writers of the same rows never wait for each other in a circle.
    let sql = "INSERT INTO weights (repo, content, says) SELECT $1, value ->> 0, value ->> 1 FROM json_each($2) \
               WHERE TRUE ORDER BY value ->> 0 ON CONFLICT DO NOTHING";
    let rows: Vec<serde_json::Value> =
        rows.iter().map(|(content, says)| serde_json::json!([content, says])).collect();
    tx.run(sql, (repo.as_str(), serde_json::Value::from(rows).to_string())).await?;
    Ok(())
}
