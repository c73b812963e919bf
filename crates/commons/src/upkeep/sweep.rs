//! Removes what nobody can want any more: first the name, then the bytes, so that a crash leaves bytes without a name.

use seedcorn_content::Key;
use seedcorn_core::limits;
use seedcorn_db::{git, uploads};

use crate::{Commons, Result};

/// Rows looked at in one go.
const PAGE: i64 = 200;

/// Removes packs that were merged into others long enough ago.
pub(super) async fn superseded_packs(commons: &Commons) -> Result<usize> {
    let before = commons.now().plus_secs(-limits::SUPERSEDED_PACK_SECS);
    let mut removed = 0;
    loop {
        let page = git::superseded_packs(&mut commons.db.read().await?, before, PAGE).await?;
        for old in &page {
            let mut tx = commons.db.write().await?;
            let ours = git::delete_superseded_pack(&mut tx, &old.repo, &old.id).await?;
            tx.commit().await?;
            if ours {
                commons.git.forget(&old.repo, &old.id, !old.inline).await?;
                removed += 1;
            }
        }
        if page.is_empty() {
            return Ok(removed);
        }
    }
}

/// Gives up multipart uploads whose sender has not come back.
pub(super) async fn abandoned_uploads(commons: &Commons) -> Result<usize> {
    let before = commons.now().plus_secs(-limits::UPLOAD_SECS);
    let mut removed = 0;
    loop {
        let page = uploads::begun_before(&mut commons.db.read().await?, before, PAGE).await?;
        for upload in &page {
            let mut tx = commons.db.write().await?;
            let parts = uploads::parts(&mut tx, &upload.id).await?;
            uploads::delete(&mut tx, &upload.id).await?;
            tx.commit().await?;
            for (n, ..) in parts {
                commons.depot.delete(&Key::Part(upload.id.clone(), u32::try_from(n).unwrap_or(0))).await?;
            }
            removed += 1;
        }
        if page.is_empty() {
            return Ok(removed);
        }
    }
}
