//! Removes what nobody can want any more: first the bytes, then what remembers them, so that a crash leaves work for the
//! next sweep and nothing that none will find.

use std::collections::HashSet;

use futures_util::TryStreamExt;
use seedcorn_content::Key;
use seedcorn_core::limits;
use seedcorn_db::{Tx, attachments, files, git, told, uploads, webhooks};

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
            commons.git.forget(&old.repo, &old.id, old.place.as_deref()).await?;
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

/// Forgets what answers named that have expired.
pub(super) async fn expired_answers(commons: &Commons) -> Result<usize> {
    let mut tx = commons.db.write().await?;
    let forgotten = told::forget(&mut tx, commons.now()).await?;
    tx.commit().await?;
    Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
}

/// Forgets what webhooks were told long ago.
pub(super) async fn old_deliveries(commons: &Commons) -> Result<usize> {
    let before = commons.now().plus_secs(-limits::DELIVERY_KEPT_SECS);
    let mut tx = commons.db.write().await?;
    let forgotten = webhooks::forget(&mut tx, before).await?;
    tx.commit().await?;
    Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
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

/// Removes what lies below a folder of the depot for so many seconds and no row speaks of: left by what broke off, came
/// too late, or was sent by somebody else first. A place, like the id of an upload, is given once: so nobody can begin to
/// want what has been unwanted for longer than anybody's bytes wait for their row.
pub(super) async fn strays(commons: &Commons, folder: &str, secs: i64) -> Result<usize> {
    let before = commons.now().plus_secs(-secs).secs();
    let mut old = commons.depot.list(folder).try_filter(|(_, written)| std::future::ready(*written < before));
    let mut removed = 0;
    let mut page = Vec::new();
    loop {
        let next = old.try_next().await?;
        let ended = next.is_none();
        page.extend(next.and_then(|(path, _)| Key::parse(&path)));
        if page.len() >= PAGE as usize || (ended && !page.is_empty()) {
            removed += remove_strays(commons, std::mem::take(&mut page)).await?;
        }
        if ended {
            return Ok(removed);
        }
    }
}

async fn remove_strays(commons: &Commons, page: Vec<Key>) -> Result<usize> {
    let named = Named::among(&mut commons.db.read().await?, &page).await?;
    let mut removed = 0;
    for key in page.iter().filter(|key| !named.holds(key)) {
        commons.depot.delete(key).await?;
        removed += 1;
    }
    Ok(removed)
}

/// What rows speak of.
#[derive(Default)]
struct Named {
    /// Of xorbs and packs.
    places: HashSet<String>,
    uploads: HashSet<String>,
    attached: HashSet<String>,
}

impl Named {
    /// One query a kind.
    async fn among(tx: &mut Tx, page: &[Key]) -> Result<Named> {
        let (mut xorbs, mut packs, mut uploads) = (Vec::new(), Vec::new(), Vec::new());
        let mut attached = Vec::new();
        for key in page {
            match key {
                Key::Xorb(hash, _) => xorbs.push(*hash),
                Key::Pack(repo, id, place) | Key::PackIndex(repo, id, place) => {
                    packs.push((repo.clone(), *id, place.clone()));
                }
                Key::Part(upload, _) => uploads.push(upload.clone()),
                Key::Attachment(id) => attached.push(id.clone()),
                Key::Log(_) | Key::Mirror(_) | Key::Mark => {}
            }
        }
        let mut named = Named::default();
        if !xorbs.is_empty() {
            named.places.extend(files::find_xorbs(tx, &xorbs).await?.into_iter().filter_map(|row| row.place));
        }
        if !packs.is_empty() {
            named.places.extend(git::pack_places(tx, &packs).await?);
        }
        if !uploads.is_empty() {
            named.uploads.extend(uploads::known(tx, &uploads).await?);
        }
        if !attached.is_empty() {
            named.attached.extend(attachments::known(tx, &attached).await?);
        }
        Ok(named)
    }

    fn holds(&self, key: &Key) -> bool {
        match key {
            Key::Xorb(_, place) | Key::Pack(_, _, place) | Key::PackIndex(_, _, place) => {
                self.places.contains(place)
            }
            Key::Part(upload, _) => self.uploads.contains(upload),
            Key::Attachment(id) => self.attached.contains(id),
            Key::Log(_) | Key::Mirror(_) | Key::Mark => true,
        }
    }
}
