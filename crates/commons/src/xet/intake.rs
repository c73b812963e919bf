//! A whole file received without Xet: what its sender may refer to while the server takes it apart, and what is recorded
//! of it on the way and at the end.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use seedcorn_content::xet::ingest::{Ingested, Made, Register};
use seedcorn_content::xet::store::Catalog;
use seedcorn_content::xet::xorb::XorbIndex;
use seedcorn_core::digest::XetHash;
use seedcorn_core::limits;
use seedcorn_db::Tx;
use seedcorn_db::files::{self, File};

use super::keep::{Keeping, term_rows};
use super::reach::Readable;
use crate::access::{Grant, Propose};
use crate::{Commons, Refusal, Result};

/// Places tried for one window's landmarks: the same chunk may lie in thousands of xorbs.
const PLACES_TRIED_MAX: usize = 64;

/// One file on its way in.
pub(crate) struct Intake<'a> {
    commons: &'a Commons,
    grant: &'a Grant<Propose>,
    /// Seconds since 1970: the xorb that has no row yet was not made before.
    since: AtomicI64,
}

impl<'a> Intake<'a> {
    pub(crate) fn new(commons: &'a Commons, grant: &'a Grant<Propose>) -> Intake<'a> {
        Intake { commons, grant, since: AtomicI64::new(commons.now().secs()) }
    }

    /// Records the file, and the xorb that is left. Its sender may use it from now on.
    pub(crate) async fn finish(&self, ingested: Ingested) -> Result<()> {
        let sender = self.grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
        let (repo, now) = (&self.grant.repo().id, self.commons.now());
        let file = File { hash: ingested.hash, sha256: ingested.sha256, bytes: ingested.bytes as i64 };
        let mut tx = self.commons.db.write().await?;
        let kept = self.put(&mut tx, ingested.last).await?;
        files::put_file(&mut tx, &file, &term_rows(&ingested.terms), now).await?;
        files::put_sent(&mut tx, repo, &file.hash, &sender.member, now).await?;
        tx.commit().await?;
        kept.settle(self.commons).await;
        Ok(())
    }

    /// Adds the rows of a xorb, if its sender may still send.
    async fn put(&self, tx: &mut Tx, made: Option<Made>) -> Result<Keeping> {
        let now = self.commons.now();
        let since = self.since.swap(now.secs(), Ordering::Relaxed);
        // A sweep takes what has waited for its row for a day.
        if now.secs() - since > limits::STRAY_SECS / 2 {
            return Err(Refusal::Slow("the body came too slowly; send the file in parts, or by Xet".into()));
        }
        let grant = self.grant.confirm(tx, now).await?;
        let sender = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
        let (xorb, landmarks) = made.map(|made| (made.xorb, made.landmarks)).unzip();
        let mut keeping = Keeping::new(xorb.into_iter().collect());
        keeping.put(tx, (&sender.member, &grant.repo().id), now).await?;
        files::put_chunks(tx, &landmarks.unwrap_or_default()).await?;
        Ok(keeping)
    }
}

impl Register for Intake<'_> {
    type Error = Refusal;

    async fn find(&self, chunks: Vec<XetHash>, have: &BTreeSet<XetHash>) -> Result<Vec<Arc<XorbIndex>>> {
        let commons = self.commons;
        let places = files::find_chunks(&mut commons.db.look().await?, &chunks).await?;
        let wanted = places.into_iter().map(|place| place.xorb).filter(|xorb| !have.contains(xorb));
        let wanted: BTreeSet<XetHash> = wanted.take(PLACES_TRIED_MAX).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let readable = Readable::of(commons, &self.grant.reader(), &wanted).await?;
        let mut found = Vec::new();
        for xorb in wanted {
            let index = commons.xorbs.index(&commons.shelf.find(xorb).await?).await?;
            // A xorb of which only some runs are readable is left alone: what saves a few bytes must not tell that
            // somebody else has them.
            if readable.covers(&xorb, &(0..index.len())) {
                found.push(index);
            }
        }
        Ok(found)
    }

    async fn keep(&self, made: Made) -> Result<()> {
        let mut tx = self.commons.db.write().await?;
        let kept = self.put(&mut tx, Some(made)).await?;
        tx.commit().await?;
        kept.settle(self.commons).await;
        Ok(())
    }
}
