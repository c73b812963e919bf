//! Members' passwords, known only by their Argon2id hashes.

use seedcorn_core::id::NamespaceId;
use seedcorn_core::time::Time;

use crate::{Result, Tx};

/// The hash of a member's password, as a PHC string; none if they have no password.
pub async fn find(tx: &mut Tx, member: &NamespaceId) -> Result<Option<String>> {
    let sql = "SELECT hash FROM password WHERE member = $1";
    Ok(tx.one::<(String,)>(sql, (member.as_str(),)).await?.map(|(hash,)| hash))
}

/// Sets a member's password.
pub async fn put(tx: &mut Tx, member: &NamespaceId, hash: &str, now: Time) -> Result<()> {
    let sql = "INSERT INTO password (member, hash, changed) VALUES ($1, $2, $3) \
               ON CONFLICT (member) DO UPDATE SET hash = excluded.hash, changed = excluded.changed";
    tx.run(sql, (member.as_str(), hash, now.0)).await?;
    Ok(())
}
