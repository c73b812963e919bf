//! Removes what nobody can want any more: first the bytes, then what remembers them, so that a crash leaves work for the
//! next sweep and nothing that none will find.

use futures_util::TryStreamExt;
use seedcorn_content::Key;
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits;
use seedcorn_db::{files, git, uploads};

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
            commons.git.forget(&old.repo, &old.id, !old.inline).await?;
            let mut tx = commons.db.write().await?;
            let ours = git::remove_superseded_pack(&mut tx, &old.repo, &old.id, commons.now()).await?;
            tx.commit().await?;
            removed += usize::from(ours);
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
            for (n, ..) in uploads::parts(&mut commons.db.read().await?, &upload.id).await? {
                commons.depot.delete(&Key::Part(upload.id.clone(), u32::try_from(n).unwrap_or(0))).await?;
            }
            let mut tx = commons.db.write().await?;
            uploads::delete(&mut tx, &upload.id).await?;
            tx.commit().await?;
            removed += 1;
        }
        if page.is_empty() {
            return Ok(removed);
        }
    }
}

/// Removes xorbs in the depot that no row speaks of: left by uploads that broke off, or that somebody else's was first.
/// A place is given once, so nobody can begin to want one that has been unwanted for a day.
pub(super) async fn stray_xorbs(commons: &Commons) -> Result<usize> {
    let before = commons.now().plus_secs(-limits::STRAY_XORB_SECS).secs();
    let mut old =
        commons.depot.list(Key::XORBS).try_filter(|(_, written)| std::future::ready(*written < before));
    let mut removed = 0;
    let mut page: Vec<(XetHash, String)> = Vec::new();
    loop {
        let next = old.try_next().await?;
        let ended = next.is_none();
        page.extend(next.and_then(|(path, _)| Key::parse_xorb(&path)));
        if page.len() >= PAGE as usize || (ended && !page.is_empty()) {
            removed += remove_strays(commons, std::mem::take(&mut page)).await?;
        }
        if ended {
            return Ok(removed);
        }
    }
}

async fn remove_strays(commons: &Commons, page: Vec<(XetHash, String)>) -> Result<usize> {
    let hashes: Vec<XetHash> = page.iter().map(|(hash, _)| *hash).collect();
    let rows = files::find_xorbs(&mut commons.db.read().await?, &hashes).await?;
    let mut removed = 0;
    for (hash, place) in page {
        if !rows.iter().any(|row| row.hash == hash && row.place.as_ref() == Some(&place)) {
            commons.depot.delete(&Key::Xorb(hash, place)).await?;
            removed += 1;
        }
    }
    Ok(removed)
}
