//! Which chunks of xorbs were met before.

use std::collections::BTreeMap;
use std::ops::Range;

use seedcorn_core::digest::XetHash;
use seedcorn_core::limits::XORB_CHUNKS_MAX;

const WORDS: usize = XORB_CHUNKS_MAX / 64;

/// Chunks by xorb, a bit each.
#[derive(Default)]
pub(super) struct Covered {
    xorbs: BTreeMap<XetHash, Box<[u64; WORDS]>>,
}

impl Covered {
    /// Notes a run; returns those parts of it that were not met before.
    pub(super) fn add(&mut self, xorb: XetHash, run: Range<u32>) -> Vec<Range<u32>> {
        let bits = self.xorbs.entry(xorb).or_insert_with(|| Box::new([0; WORDS]));
        let mut fresh: Vec<Range<u32>> = Vec::new();
        for n in run {
            let Some(word) = bits.get_mut(n as usize / 64) else { break };
            let bit = 1 << (n % 64);
            if *word & bit != 0 {
                continue;
            }
            *word |= bit;
            match fresh.last_mut() {
                Some(last) if last.end == n => last.end = n + 1,
                _ => fresh.push(n..n + 1),
            }
        }
        fresh
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_chunk_is_fresh_once() {
        let (mut covered, x, y) = (Covered::default(), XetHash([1; 32]), XetHash([2; 32]));
        let mut add = |xorb, run| -> Vec<(u32, u32)> {
            covered.add(xorb, run).into_iter().map(|part| (part.start, part.end)).collect()
        };
        assert_eq!(add(x, 60..70), [(60, 70)]);
        assert_eq!(add(x, 58..72), [(58, 60), (70, 72)]);
        assert_eq!(add(x, 58..72), []);
        assert_eq!(add(y, 0..1), [(0, 1)]);
        assert_eq!(add(y, 8190..9000), [(8190, 8192)]);
    }
}
