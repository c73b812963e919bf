//! The seeded generator behind all demo content: a named, endless, always equal stream of numbers.

/// Words that are drawn from the stream at once, so that the weights take milliseconds.
const WORDS: usize = 512;
/// Half of the greatest sum of four 16-bit draws: where the bell of [`Draw::bell`] is centred.
const BELL_CENTRE: f32 = 131_070.0;
/// The standard deviation of that sum: twice 65536 / sqrt(12).
const BELL_SPREAD: f32 = 37_837.2;

/// Numbers from the BLAKE3 output stream of a topic. Only exact operations are used on the way (integers, and IEEE
/// `+ - * /`), because a platform's own `sin` or `exp` could change a digit and with it every digest.
pub(super) struct Draw {
    stream: blake3::OutputReader,
    words: [u64; WORDS],
    next: usize,
}

impl Draw {
    /// The stream that a topic names.
    pub(super) fn new(topic: &str) -> Draw {
        let mut hasher = blake3::Hasher::new_derive_key("Seedcorn demo content, first sowing");
        hasher.update(topic.as_bytes());
        Draw { stream: hasher.finalize_xof(), words: [0; WORDS], next: WORDS }
    }

    /// 64 even bits.
    fn word(&mut self) -> u64 {
        if self.next == WORDS {
            let mut bytes = [0; WORDS * 8];
            self.stream.fill(&mut bytes);
            let (eights, _) = bytes.as_chunks::<8>();
            for (word, eight) in self.words.iter_mut().zip(eights) {
                *word = u64::from_le_bytes(*eight);
            }
            self.next = 0;
        }
        let word = self.words[self.next];
        self.next += 1;
        word
    }

    /// A number from 0 up to, but not with, `end`; the bias of a multiply-and-shift is far below what shows here.
    pub(super) fn below(&mut self, end: u32) -> u32 {
        ((u128::from(self.word()) * u128::from(end)) >> 64) as u32
    }

    /// A number between two ends, both included.
    pub(super) fn between(&mut self, low: i64, high: i64) -> i64 {
        let width = (high - low + 1).clamp(1, i64::from(u32::MAX)) as u32;
        low + i64::from(self.below(width))
    }

    /// One of a list's entries.
    pub(super) fn pick<T: Copy, const N: usize>(&mut self, list: &[T; N]) -> T {
        const { assert!(N > 0, "nothing to pick from") };
        list[self.below(N as u32) as usize]
    }

    /// Mean 0, deviation 1, nearly normal: the sum of four even draws, which ends at 3.46 deviations.
    pub(super) fn bell(&mut self) -> f32 {
        let word = self.word();
        let sum = (word & 0xffff) + (word >> 16 & 0xffff) + (word >> 32 & 0xffff) + (word >> 48);
        (sum as f32 - BELL_CENTRE) / BELL_SPREAD
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_named_and_repeat() {
        let take = |topic| {
            let mut draw = Draw::new(topic);
            (0..2000).map(|_| draw.word()).collect::<Vec<_>>()
        };
        let first = take("a");
        assert_eq!(first, take("a"));
        assert_ne!(first, take("b"));
        assert_ne!(first[..WORDS], first[WORDS..2 * WORDS]);
    }

    #[test]
    fn bell_has_the_promised_shape() {
        let mut draw = Draw::new("bell");
        let values: Vec<f64> = (0..50_000).map(|_| f64::from(draw.bell())).collect();
        let mean = values.iter().sum::<f64>() / 50_000.0;
        let spread = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / 50_000.0;
        assert!(mean.abs() < 0.02, "{mean}");
        assert!((spread - 1.0).abs() < 0.03, "{spread}");
        assert!(values.iter().all(|value| value.abs() < 3.5));
    }

    #[test]
    fn ends_are_kept() {
        let mut draw = Draw::new("ends");
        let seen: std::collections::BTreeSet<i64> = (0..500).map(|_| draw.between(-2, 3)).collect();
        assert_eq!(seen.into_iter().collect::<Vec<_>>(), [-2, -1, 0, 1, 2, 3]);
    }
}
