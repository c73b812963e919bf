//! What is recorded of a file once its bytes are durable: xorbs, terms, landmarks, and who sent it.

use seedcorn_content::xet::ingest::Ingested;
use seedcorn_content::xet::rebuild::TermRun;
use seedcorn_content::xet::store::ReceivedXorb;
use seedcorn_core::id::NamespaceId;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::files::{self, File, Term, Xorb};

use crate::access::{Grant, Propose};
use crate::{Commons, Refusal, Result};

/// Adds the row of a xorb, and that the member sent it. True if it was new.
pub(super) async fn put_xorb(
    tx: &mut Tx,
    xorb: &ReceivedXorb,
    sender: &NamespaceId,
    now: Time,
) -> Result<bool> {
    let index = &xorb.index;
    let row = Xorb {
        hash: index.hash,
        chunks: i64::from(index.len()),
        raw_bytes: i64::from(index.raw_bytes()),
        packed_bytes: i64::from(index.packed_bytes()),
        inline: xorb.inline.is_some(),
    };
    let new = files::put_xorb(tx, &row, xorb.inline.as_deref(), now).await?;
    files::put_sender(tx, &index.hash, sender).await?;
    Ok(new)
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

/// Records a file that the server took apart itself.
pub(crate) async fn keep_ingested(
    commons: &Commons,
    grant: &Grant<Propose>,
    mut ingested: Ingested,
) -> Result<()> {
    let sender = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to upload".into()))?;
    let now = commons.now();
    // Rows are written in the order of their hashes, so that two writers never wait for each other in a circle.
    ingested.xorbs.sort_by_key(|xorb| xorb.index.hash);
    let mut tx = commons.db.write().await?;
    for xorb in &ingested.xorbs {
        put_xorb(&mut tx, xorb, &sender.member, now).await?;
    }
    let file = File { hash: ingested.hash, sha256: ingested.sha256, bytes: ingested.bytes as i64 };
    files::put_file(&mut tx, &file, &term_rows(&ingested.terms), now).await?;
    files::put_chunks(&mut tx, &ingested.landmarks).await?;
    files::put_sent(&mut tx, &grant.repo().id, &file.hash, &sender.member, now).await?;
    Ok(tx.commit().await?)
}
