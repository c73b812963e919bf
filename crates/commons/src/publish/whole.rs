//! Publish, all of it at once: files that are in memory, by one who is not at the other end of a wire.

use bytes::Bytes;
use seedcorn_core::digest::Sha256;
use seedcorn_core::limits;

use super::{
    BatchAnswer, CommitHeader, Committed, Draft, LfsObject, OfferedFile, Target, batch, offer, open_transfer,
    receive_basic,
};
use crate::access::{Grant, Propose};
use crate::{Commons, Result};

/// Bytes of a file from which an offer judges what it is.
const SAMPLE_BYTES: usize = 512;

/// Adds or replaces files on the default branch, in one commit, each by the way that an offer tells: path and bytes.
pub async fn whole(
    commons: &Commons,
    grant: &Grant<Propose>,
    message: &str,
    files: Vec<(String, Vec<u8>)>,
) -> Result<Committed> {
    let target = Target::new("main", false);
    let mut draft = Draft::begin(commons, grant.clone(), target.clone()).await?;
    for (path, bytes) in files {
        let len = bytes.len() as u64;
        let sample = bytes.iter().copied().take(SAMPLE_BYTES).collect();
        let asked = OfferedFile { path: path.clone(), sample, bytes: len };
        let large = offer(commons, grant, &target, None, vec![asked]).await?.iter().any(|file| file.large);
        if large || len > limits::REGULAR_FILE_BYTES_MAX {
            let sha256 = Sha256::of(&bytes);
            send(commons, grant, LfsObject { sha256, bytes: len }, bytes.into()).await?;
            draft.put_large(path, sha256, Some(len))?;
        } else {
            draft.put(path, bytes).await?;
        }
    }
    draft.finish(CommitHeader { summary: message.into(), ..CommitHeader::default() }).await
}

async fn send(commons: &Commons, grant: &Grant<Propose>, object: LfsObject, bytes: Bytes) -> Result<()> {
    for answer in batch(commons, grant, std::slice::from_ref(&object), false).await? {
        if let BatchAnswer::Basic(sealed) = answer {
            let open = open_transfer(commons, &sealed).await?;
            let body = futures_util::stream::iter([Ok::<_, std::convert::Infallible>(bytes.clone())]);
            receive_basic(commons, &open, body).await?;
        }
    }
    Ok(())
}
