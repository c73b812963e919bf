//! What a reader may refer to: whole xorbs they sent, and runs of chunks of files they may read. A xorb may hold chunks
//! of a public and of a private file, so it is runs that are readable, never xorbs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::xet::ingest::Landmarks;
use seedcorn_content::xet::store::{Catalog, XetError};
use seedcorn_content::xet::xorb::XorbIndex;
use seedcorn_core::digest::XetHash;
use seedcorn_db::files::{self, Reader, Run};

use crate::{Commons, Result};

/// Places tried for one landmark: the same chunk may lie in thousands of xorbs.
const PLACES_TRIED_MAX: usize = 64;

/// Runs of chunks that a reader may refer to, xorb by xorb.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    runs: BTreeMap<XetHash, Vec<Range<u32>>>,
}

impl Readable {
    /// Looks up what the reader may refer to in these xorbs.
    pub(crate) async fn of(
        commons: &Commons,
        reader: &Reader,
        xorbs: &BTreeSet<XetHash>,
    ) -> Result<Readable> {
        let xorbs: Vec<XetHash> = xorbs.iter().copied().collect();
        let mut tx = commons.db.read().await?;
        let sent = files::sent_xorbs(&mut tx, &xorbs, reader).await?;
        let runs = files::readable_runs(&mut tx, &xorbs, reader).await?;
        Ok(Readable::new(sent, runs))
    }

    fn new(sent: Vec<XetHash>, runs: Vec<Run>) -> Readable {
        let mut all: BTreeMap<XetHash, Vec<Range<u32>>> = BTreeMap::new();
        for xorb in sent {
            all.entry(xorb).or_default().push(0..u32::MAX);
        }
        for run in runs {
            if let (Ok(first), Ok(past)) = (u32::try_from(run.first), u32::try_from(run.past)) {
                all.entry(run.xorb).or_default().push(first..past);
            }
        }
        all.values_mut().for_each(|runs| *runs = merged(std::mem::take(runs)));
        Readable { runs: all }
    }

    /// Whether a run of chunks may be referred to: it lies within one merged stretch.
    pub(crate) fn covers(&self, xorb: &XetHash, chunks: &Range<u32>) -> bool {
        let runs = self.runs.get(xorb).map(Vec::as_slice).unwrap_or_default();
        runs.iter().any(|run| run.start <= chunks.start && chunks.end <= run.end)
    }
}

/// Joins what overlaps or touches.
fn merged(mut runs: Vec<Range<u32>>) -> Vec<Range<u32>> {
    runs.sort_by_key(|run| run.start);
    let mut out: Vec<Range<u32>> = Vec::with_capacity(runs.len());
    for run in runs {
        match out.last_mut() {
            Some(last) if run.start <= last.end => last.end = last.end.max(run.end),
            _ => out.push(run),
        }
    }
    out
}

/// A reader who looks for stored chunks while the server takes a file apart.
pub(crate) struct Reach<'a> {
    commons: &'a Commons,
    reader: Reader,
}

impl<'a> Reach<'a> {
    pub(crate) fn new(commons: &'a Commons, reader: Reader) -> Reach<'a> {
        Reach { commons, reader }
    }

    async fn look(
        &self,
        chunks: Vec<XetHash>,
        have: &BTreeSet<XetHash>,
    ) -> Result<Vec<Arc<XorbIndex>>, XetError> {
        let failed = |error: &dyn std::fmt::Display| XetError::Catalog(error.to_string());
        let mut tx = self.commons.db.read().await.map_err(|e| failed(&e))?;
        let places = files::find_chunks(&mut tx, &chunks).await.map_err(|e| failed(&e))?;
        drop(tx);
        let wanted = places.into_iter().map(|place| place.xorb).filter(|xorb| !have.contains(xorb));
        let wanted: BTreeSet<XetHash> = wanted.take(PLACES_TRIED_MAX).collect();
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let readable = Readable::of(self.commons, &self.reader, &wanted).await.map_err(|e| failed(&e))?;
        let shelf = self.commons.shelf.clone();
        let mut found = Vec::new();
        for xorb in wanted {
            let index = self.commons.xorbs.index(&shelf.find(xorb).await?).await?;
            // A xorb of which only some runs are readable is left alone: what saves a few bytes must not tell that
            // somebody else has them.
            if readable.covers(&xorb, &(0..index.len())) {
                found.push(index);
            }
        }
        Ok(found)
    }
}

impl Landmarks for Reach<'_> {
    fn find<'b>(
        &'b self,
        chunks: Vec<XetHash>,
        have: &'b BTreeSet<XetHash>,
    ) -> BoxFuture<'b, Result<Vec<Arc<XorbIndex>>, XetError>> {
        self.look(chunks, have).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_cover_what_lies_within_their_union_and_nothing_else() {
        let xorb = XetHash([1; 32]);
        let run = |first, past| Run { xorb, first, past };
        let readable = Readable::new(Vec::new(), vec![run(5, 9), run(0, 3), run(3, 4), run(8, 12)]);
        for (chunks, expected) in [(0..4, true), (0..5, false), (5..12, true), (4..5, false), (11..13, false)]
        {
            assert_eq!(readable.covers(&xorb, &chunks), expected, "{chunks:?}");
        }
        assert!(!readable.covers(&XetHash([2; 32]), &(0..1)));
        assert!(Readable::new(vec![xorb], Vec::new()).covers(&xorb, &(7..8000)));
    }
}
