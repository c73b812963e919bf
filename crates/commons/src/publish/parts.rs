//! Which parts of a multipart upload are here, so that whoever was cut off sends only the others.

use seedcorn_db::uploads;

use super::lfs::OpenTransfer;
use crate::{Commons, Refusal, Result};

/// A part that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedPart {
    /// From 1.
    pub number: u32,
    /// Its length.
    pub bytes: u64,
    /// What its sender was answered.
    pub etag: String,
}

/// The parts that were received of an upload, by number; `open` is any of its addresses.
///
/// # Errors
/// `NotFound` if the upload is finished or given up, or if it has no parts.
pub async fn received_parts(commons: &Commons, open: &OpenTransfer) -> Result<Vec<ReceivedPart>> {
    let mut tx = commons.db.read().await?;
    let known = uploads::find(&mut tx, open.upload()).await?;
    known.ok_or_else(|| Refusal::NotFound("this upload is finished, given up, or has no parts".into()))?;
    let parts = uploads::parts(&mut tx, open.upload()).await?;
    let part = |(number, bytes, etag)| {
        Some(ReceivedPart { number: u32::try_from(number).ok()?, bytes: u64::try_from(bytes).ok()?, etag })
    };
    Ok(parts.into_iter().filter_map(part).collect())
}
