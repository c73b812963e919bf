//! What a reader may refer to: whole xorbs they sent, and runs of chunks of files they may read. A xorb may hold chunks
//! of a public and of a private file, so it is runs that are readable, never xorbs.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use seedcorn_core::digest::XetHash;
use seedcorn_db::files::{self, Reader, Run};
use seedcorn_db::{Tx, told};

use crate::{Commons, Result};

/// The run of a xorb that the reader sent: all there can be.
const SENT: Range<u32> = 0..u32::MAX;

/// Runs of chunks that a reader may refer to, xorb by xorb.
#[derive(Debug, Default)]
pub(crate) struct Readable {
    runs: BTreeMap<XetHash, Vec<Range<u32>>>,
}

impl Readable {
    /// Looks up what the reader may refer to in these xorbs: what may be named to them now, and what an answer named to
    /// them that has not expired.
    pub(crate) async fn of(
        commons: &Commons,
        reader: &Reader,
        xorbs: &BTreeSet<XetHash>,
    ) -> Result<Readable> {
        let mut tx = commons.db.read().await?;
        let (list, sent, mut runs) = now(&mut tx, reader, xorbs).await?;
        runs.extend(told::runs(&mut tx, &list, reader, commons.now()).await?);
        Ok(Readable::new(sent, runs))
    }

    /// Looks up what may be named to the reader now: what they sent, and what they may read.
    pub(crate) async fn to_tell(
        commons: &Commons,
        reader: &Reader,
        xorbs: &BTreeSet<XetHash>,
    ) -> Result<Readable> {
        let (_, sent, runs) = now(&mut commons.db.read().await?, reader, xorbs).await?;
        Ok(Readable::new(sent, runs))
    }

    /// The stretches of a xorb of so many chunks that are there for as long as somebody lets them be read: none of a xorb
    /// that the reader sent, which they may refer to for ever.
    pub(crate) fn lent(&self, xorb: &XetHash, chunks: u32) -> impl Iterator<Item = Range<u32>> {
        let runs = self.runs.get(xorb).map(Vec::as_slice).unwrap_or_default();
        let lent = runs.iter().filter(|run| run.end != SENT.end);
        lent.map(move |run| run.start..run.end.min(chunks)).filter(|run| !run.is_empty())
    }

    fn new(sent: Vec<XetHash>, runs: Vec<Run>) -> Readable {
        let mut all: BTreeMap<XetHash, Vec<Range<u32>>> = BTreeMap::new();
        for xorb in sent {
            all.entry(xorb).or_default().push(SENT);
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

/// The xorbs as a list, which of them the reader sent, and the runs of files they may read.
async fn now(
    tx: &mut Tx,
    reader: &Reader,
    xorbs: &BTreeSet<XetHash>,
) -> Result<(Vec<XetHash>, Vec<XetHash>, Vec<Run>)> {
    let list: Vec<XetHash> = xorbs.iter().copied().collect();
    let sent = files::sent_xorbs(tx, &list, reader).await?;
    let runs = files::readable_runs(tx, &list, reader).await?;
    Ok((list, sent, runs))
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
