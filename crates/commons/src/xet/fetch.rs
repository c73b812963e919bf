//! Sealed addresses of bytes of xorbs: whoever has one may fetch exactly those bytes, and no others, for a while.

use std::ops::Range;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use seedcorn_content::xet::store::Catalog;
use seedcorn_core::digest::XetHash;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_core::usage::Day;
use serde::{Deserialize, Serialize};

use crate::usage::Who;
use crate::{Commons, Refusal, Result};

/// Ends of sealed addresses are rounded up to this, so that the same bytes have the same address for the same asker for a while and
/// their cache can keep them.
const ROUND_SECS: i64 = 600;

#[derive(Serialize, Deserialize)]
struct Sealed {
    /// The xorb.
    h: String,
    /// First byte.
    s: u64,
    /// One past the last byte.
    e: u64,
    /// The repo whose file they are fetched for.
    r: String,
    /// By whom, hidden.
    w: String,
}

/// Bytes of a xorb that somebody may fetch.
#[derive(Debug)]
pub struct Fetch {
    xorb: XetHash,
    /// The bytes.
    pub bytes: Range<u64>,
    /// The repo whose file they are fetched for.
    pub repo: RepoId,
    /// By whom, and on which day they asked.
    pub who: (Who, Day),
}

impl Fetch {
    pub(super) fn seal(commons: &Commons, xorb: XetHash, bytes: Range<u64>, by: (&RepoId, &Who)) -> String {
        let end = commons.now().secs() + limits::SIGNED_URL_SECS;
        let until = Time::from_secs((end / ROUND_SECS + 1) * ROUND_SECS);
        let (repo, who) = by;
        let h = xorb.to_string();
        let w = commons.hide(who, &about(&h, &bytes));
        let body = Sealed { h, s: bytes.start, e: bytes.end, r: repo.0.clone(), w };
        commons.seals.fetch.close(&body, until)
    }

    /// The bytes, as they come from the depot.
    pub async fn stream(&self, commons: &Commons) -> Result<BoxStream<'static, Result<Bytes>>> {
        let source = commons.shelf.clone().find(self.xorb).await?;
        let stream = commons.xorbs.body_stream(&source, self.bytes.clone()).await?;
        Ok(stream.map(|piece| piece.map_err(Refusal::from)).boxed())
    }
}

/// Opens a sealed address. `range` is what the client asks for; it must be what was sealed.
///
/// # Errors
/// `BadSeal`: the client then asks for a new plan.
pub fn open_fetch(commons: &Commons, sealed: &str, range: Option<Range<u64>>) -> Result<Fetch> {
    let opened = commons.seals.fetch.open::<Sealed>(sealed, commons.now());
    let opened = opened.map_err(|why| Refusal::BadSeal(why.to_string()))?;
    let xorb =
        opened.h.parse().map_err(|_| Refusal::BadSeal("this address was not made by this hub".into()))?;
    let bytes = opened.s..opened.e;
    if range.is_some_and(|range| range.start < bytes.start || range.end > bytes.end || range != bytes) {
        return Err(Refusal::BadSeal("this address is for other bytes".into()));
    }
    let who = commons.show(&opened.w, &about(&opened.h, &bytes));
    let who = who.ok_or_else(|| Refusal::BadSeal("this address was not made by this hub".into()))?;
    Ok(Fetch { xorb, bytes, repo: RepoId(opened.r), who })
}

/// What an address is for, in a text.
fn about(xorb: &str, bytes: &Range<u64>) -> String {
    format!("{xorb} {} {}", bytes.start, bytes.end)
}
