//! What is recorded of xorbs and of a file's terms once their bytes are durable.

use seedcorn_content::xet::rebuild::TermRun;
use seedcorn_content::xet::store::{ReceivedXorb, Rest};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::files::{self, Term, Xorb};

use crate::{Commons, Result};

/// Xorbs in a transaction that adds their rows. After it each is the one its row speaks of, or gone.
pub(super) struct Keeping {
    /// In the order of their hashes, so that two writers never wait for each other in a circle.
    xorbs: Vec<ReceivedXorb>,
    counts: Vec<bool>,
}

impl Keeping {
    pub(super) fn new(mut xorbs: Vec<ReceivedXorb>) -> Keeping {
        xorbs.sort_by_key(|xorb| xorb.index.hash);
        Keeping { xorbs, counts: Vec::new() }
    }

    /// Adds the rows, and that the member sent them to the repo. True if the member had not sent one of them before:
    /// whether others have, nobody is told.
    pub(super) async fn put(
        &mut self,
        tx: &mut Tx,
        (sender, repo): (&NamespaceId, &RepoId),
        now: Time,
    ) -> Result<bool> {
        let mut new = false;
        for xorb in &self.xorbs {
            let (row, body) = row(xorb);
            self.counts.push(files::put_xorb(tx, &row, body, now).await?);
            new |= files::put_sender(tx, &row.hash, sender, repo).await?;
        }
        Ok(new)
    }

    /// After the transaction. What cannot be removed now is litter, which a sweep finds.
    pub(super) async fn settle(self, commons: &Commons) {
        for (xorb, counts) in self.xorbs.into_iter().zip(self.counts) {
            if counts {
                commons.xorbs.keep(&xorb);
            } else if let Err(error) = commons.xorbs.discard(xorb).await {
                tracing::debug!(%error, "a second copy of a xorb was not removed");
            }
        }
    }
}

fn row(xorb: &ReceivedXorb) -> (Xorb, Option<&[u8]>) {
    let (place, body) = match &xorb.rest {
        Rest::Row(body) => (None, Some(&body[..])),
        Rest::Depot(place) => (Some(place.clone()), None),
    };
    let index = &xorb.index;
    let row = Xorb {
        hash: index.hash,
        chunks: i64::from(index.len()),
        raw_bytes: i64::from(index.raw_bytes()),
        packed_bytes: i64::from(index.packed_bytes()),
        place,
    };
    (row, body)
}

/// The rows of a file's terms.
pub(super) fn term_rows(terms: &[TermRun]) -> Vec<Term> {
    let row = |(n, term): (usize, &TermRun)| Term {
        n: n as i64,
        xorb: term.xorb,
        raw_bytes: i64::from(term.raw_bytes),
        first: i64::from(term.chunks.start),
        past: i64::from(term.chunks.end),
    };
    terms.iter().enumerate().map(row).collect()
}
