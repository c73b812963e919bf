//! Xorbs in: verified while they stream, recorded once durable.

use std::collections::BTreeSet;

use bytes::Bytes;
use futures_util::Stream;
use seedcorn_core::digest::XetHash;
use seedcorn_db::files;

use super::keep::Keeping;
use super::reach::Readable;
use crate::access::{Grant, Propose};
use crate::{Commons, Refusal, Result};

/// Receives a xorb. True if this sender had not sent it before: whether somebody else did is not told.
pub async fn receive_xorb<S, E>(
    commons: &Commons,
    grant: &Grant<Propose>,
    hash: XetHash,
    body: S,
) -> Result<bool>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let sender = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
    let place = (&sender.member, &grant.repo().id);
    let stored = files::find_xorb(&mut commons.db.look().await?, &hash).await?.is_some();
    let mut keeping = if stored {
        commons.xorbs.verify(hash, body).await?;
        Keeping::new(Vec::new())
    } else {
        Keeping::new(vec![commons.xorbs.receive(hash, body).await?])
    };
    let mut tx = commons.db.write().await?;
    grant.confirm(&mut tx, commons.now()).await?;
    let new = match stored {
        true => files::put_sender(&mut tx, &hash, place.0, place.1).await?,
        false => keeping.put(&mut tx, place, commons.now()).await?,
    };
    tx.commit().await?;
    keeping.settle(commons).await;
    Ok(new)
}

/// Whether the sender may count a xorb as sent: it is stored, and they sent it before or may read all of it. Others
/// are told that it is not here, and have to show that they have its bytes.
pub async fn has_xorb(commons: &Commons, grant: &Grant<Propose>, hash: XetHash) -> Result<bool> {
    let Some(row) = files::find_xorb(&mut commons.db.read().await?, &hash).await? else {
        return Ok(false);
    };
    let readable = Readable::of(commons, &grant.reader(), &BTreeSet::from([hash])).await?;
    let whole = 0..u32::try_from(row.chunks).unwrap_or(u32::MAX);
    Ok(readable.covers(&hash, &whole))
}
