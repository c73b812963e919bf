//! What answers to dedup queries named, and to whom. Clients keep those answers and refer to what they name without
//! asking again, for as long as the answer says.

use seedcorn_core::digest::XetHash;
use seedcorn_core::time::Time;

use crate::files::{Reader, Run};
use crate::{Result, Tx};

/// Notes that runs of chunks were named to a reader, who may refer to them until then.
pub async fn put(tx: &mut Tx, runs: &[Run], reader: &Reader, until: Time) -> Result<()> {
    let sql = "INSERT INTO xorb_told (xorb, member, repo, first, past, until) \
               SELECT value ->> 0, $2, $3, CAST(value ->> 1 AS BIGINT), CAST(value ->> 2 AS BIGINT), \
               CAST($4 AS BIGINT) FROM json_each($1) WHERE TRUE ORDER BY value ->> 0, value ->> 1 \
               ON CONFLICT (xorb, member, repo, first, past) DO UPDATE SET until = excluded.until";
    let rows: Vec<serde_json::Value> =
        runs.iter().map(|run| serde_json::json!([run.xorb.to_string(), run.first, run.past])).collect();
    let (member, repo) = reader.sender();
    tx.run(sql, (serde_json::Value::from(rows).to_string(), member, repo, until.0)).await?;
    Ok(())
}

/// Runs of chunks of these xorbs that were named to a reader and still count at `now`.
pub async fn runs(tx: &mut Tx, xorbs: &[XetHash], reader: &Reader, now: Time) -> Result<Vec<Run>> {
    let sql = "SELECT DISTINCT xorb, first, past FROM xorb_told \
               WHERE xorb IN (SELECT value ->> 0 FROM json_each($1)) AND member = $2 \
               AND (repo = $3 OR $3 = '') AND until > $4";
    let (member, repo) = reader.sender();
    tx.many(sql, (crate::list(xorbs), member, repo, now.0)).await
}

/// Forgets what counts no longer; how many rows that was.
pub async fn forget(tx: &mut Tx, now: Time) -> Result<u64> {
    tx.run("DELETE FROM xorb_told WHERE until <= $1", (now.0,)).await
}
