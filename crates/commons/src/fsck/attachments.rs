//! What is attached to comments: its object, and with `deep` its bytes.

use seedcorn_content::{Key, Offload};
use seedcorn_core::digest::Sha256;
use seedcorn_db::attachments::{self, Attachment};

use super::packs::stored_bytes;
use super::unsound::{Unsound, settle};
use super::{Finding, Ledger, PAGE};
use crate::{Commons, Result};

/// Checks all of them.
pub(super) async fn check(commons: &Commons, deep: bool, ledger: &mut Ledger<'_>) -> Result<()> {
    let mut after = String::new();
    loop {
        let page = attachments::list(&mut commons.db.read().await?, &after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(()) };
        after.clone_from(&last.id);
        for row in &page {
            ledger.summary.attachments += 1;
            match settle(look(commons, deep, row).await)? {
                Ok(bytes) => ledger.summary.bytes += bytes,
                Err(why) => ledger.add(Finding::new(
                    format!("attachment {}: {why}", row.id),
                    "comments that show it have a gap",
                    format!("restore {} from a backup", Key::Attachment(row.id.clone()).path()),
                )),
            }
        }
    }
}

/// Its bytes, if it is sound.
async fn look(commons: &Commons, deep: bool, row: &Attachment) -> Result<u64, Unsound> {
    let key = Key::Attachment(row.id.clone());
    let there = stored_bytes(commons, &key).await?;
    if i64::try_from(there) != Ok(row.bytes) {
        return Err(Unsound::Bad(format!("it has {there} bytes stored, its row says {}", row.bytes)));
    }
    if deep {
        let bytes = match commons.depot.get(&key).await {
            Ok(bytes) => bytes,
            Err(error) => return Err(Unsound::depot(commons, error).await),
        };
        let made = Offload::run(move || Sha256::of(&bytes)).await?;
        if made != row.sha256 {
            return Err(Unsound::Bad(format!("its bytes hash to {made}, its row says {}", row.sha256)));
        }
    }
    Ok(there)
}
