//! How near the numbers of two tensors of one shape lie to each other. Two that were trained apart have nothing in common; one
//! that was trained on from the other stays near, even where no number is the same any more.

/// How numbers are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Numbers {
    /// IEEE 754, 64 bits.
    F64,
    /// IEEE 754, 32 bits.
    F32,
    /// IEEE 754, 16 bits.
    F16,
    /// The upper half of 32 bits.
    Bf16,
    /// Whole numbers of 8 bits.
    I8,
    /// 32 whole numbers of 8 bits behind what they are multiplied by (ggml).
    Q8_0,
    /// 32 whole numbers of 4 bits behind what they are multiplied by (ggml).
    Q4_0,
}

use std::ops::Range;

use super::Bytes;

/// Numbers that one piece of the longest form holds: samples begin at a multiple.
const NUMBERS_BLOCK: u64 = 32;
/// From this correlation on, numbers that are not the same come from the same training. Those of tensors that were trained apart
/// lie within a few hundredths of nothing.
const NEAR_CORRELATION: f64 = 0.5;
/// Numbers of a tensor that have to be compared before that counts.
const NEAR_NUMBERS_MIN: u64 = 1000;

impl Numbers {
    /// By its name in capitals, if they are compared here.
    pub fn named(dtype: &str) -> Option<Numbers> {
        match dtype {
            "F64" => Some(Numbers::F64),
            "F32" => Some(Numbers::F32),
            "F16" => Some(Numbers::F16),
            "BF16" => Some(Numbers::Bf16),
            "I8" => Some(Numbers::I8),
            "Q8_0" => Some(Numbers::Q8_0),
            "Q4_0" => Some(Numbers::Q4_0),
            _ => None,
        }
    }

    /// Bytes of so many numbers, a multiple of 32.
    pub fn bytes(self, numbers: u64) -> u64 {
        match self {
            Numbers::F64 => numbers * 8,
            Numbers::F32 => numbers * 4,
            Numbers::F16 | Numbers::Bf16 => numbers * 2,
            Numbers::I8 => numbers,
            Numbers::Q8_0 => numbers / NUMBERS_BLOCK * 34,
            Numbers::Q4_0 => numbers / NUMBERS_BLOCK * 18,
        }
    }

    /// Where so many numbers from the middle of a tensor lie, if it lies there and has so many in all; of one that has fewer, all that
    /// make whole pieces.
    pub fn middle(self, elements: u64, at: &Range<u64>, most: u64) -> Option<Range<u64>> {
        let count = elements.min(most) / NUMBERS_BLOCK * NUMBERS_BLOCK;
        let skipped = (elements - count) / 2 / NUMBERS_BLOCK * NUMBERS_BLOCK;
        let begin = at.start.checked_add(self.bytes(skipped))?;
        let end = begin.checked_add(self.bytes(count))?;
        (end <= at.end).then_some(begin..end)
    }

    /// The numbers in some bytes, little-endian; what is left over at the end is none.
    pub fn read(self, bytes: &[u8]) -> Vec<f64> {
        let pair = |one: &[u8]| u16::from_le_bytes([one[0], one[1]]);
        let of_32 = |one: &[u8]| f64::from(f32::from_le_bytes([one[0], one[1], one[2], one[3]]));
        match self {
            Numbers::F64 => {
                bytes.chunks_exact(8).map(|one| one.try_into().map_or(0.0, f64::from_le_bytes)).collect()
            }
            Numbers::F32 => bytes.chunks_exact(4).map(of_32).collect(),
            Numbers::Bf16 => bytes.chunks_exact(2).map(|one| of_32(&[0, 0, one[0], one[1]])).collect(),
            Numbers::F16 => bytes.chunks_exact(2).map(|one| half(pair(one))).collect(),
            Numbers::I8 => bytes.iter().map(|one| f64::from(one.cast_signed())).collect(),
            Numbers::Q8_0 => {
                let block = |one: &[u8]| {
                    let scale = half(pair(one));
                    one[2..].iter().map(move |byte| scale * f64::from(byte.cast_signed())).collect::<Vec<_>>()
                };
                bytes.chunks_exact(34).flat_map(block).collect()
            }
            Numbers::Q4_0 => {
                let block = |one: &[u8]| {
                    let scale = half(pair(one));
                    let low = one[2..].iter().map(move |byte| scale * (f64::from(byte & 15) - 8.0));
                    let high = one[2..].iter().map(move |byte| scale * (f64::from(byte >> 4) - 8.0));
                    low.chain(high).collect::<Vec<_>>()
                };
                bytes.chunks_exact(18).flat_map(block).collect()
            }
        }
    }
}

/// A number of 16 bits (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let sign = if bits >> 15 == 1 { -1.0 } else { 1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2.0_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1.0 + fraction / 1024.0) * 2.0_f64.powi(exponent - 15),
    };
    sign * size
}

/// How near the numbers of one tensor lie to those of another.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Near {
    /// How many were compared.
    pub compared: u64,
    sums: [f64; 2],
    product: f64,
    squares: [f64; 2],
}

impl Near {
    /// Adds numbers of both, pair by pair. What is no number is left out.
    pub fn add(&mut self, a: &[f64], b: &[f64]) {
        for (a, b) in a.iter().zip(b) {
            if !a.is_finite() || !b.is_finite() {
                continue;
            }
            self.compared += 1;
            self.sums[0] += a;
            self.sums[1] += b;
            self.product += a * b;
            self.squares[0] += a * a;
            self.squares[1] += b * b;
        }
    }

    /// Their correlation, where enough of them were compared that it is no chance.
    pub(super) fn enough(&self) -> Option<f64> {
        self.correlation().filter(|_| self.compared >= NEAR_NUMBERS_MIN)
    }

    /// Their correlation (Pearson): one where they rise and fall together, about nothing where they have nothing in common, even
    /// if all of them lie near one, as those of norms do. None where nothing varies.
    pub fn correlation(&self) -> Option<f64> {
        let n = self.compared as f64;
        let [mean_a, mean_b] = self.sums.map(|sum| sum / n);
        let spread = |square: f64, mean: f64| square / n - mean * mean;
        let (a, b) = (spread(self.squares[0], mean_a), spread(self.squares[1], mean_b));
        let length = (a * b).sqrt();
        let varies = a > 1e-12 * self.squares[0] / n && b > 1e-12 * self.squares[1] / n;
        (varies && length.is_finite())
            .then(|| ((self.product / n - mean_a * mean_b) / length).clamp(-1.0, 1.0))
    }
}

/// What a sample of tensors of one work, each beside that of another by the same name, tells of the two.
#[derive(Clone, Copy, PartialEq, Default, Debug)]
pub struct Sampled {
    /// Tensors that were compared, with their bytes.
    pub compared: Bytes,
    /// Those of them whose numbers rise and fall with the other's.
    pub near: Bytes,
    /// The correlation in the middle.
    pub correlation: Option<f64>,
}

impl Sampled {
    /// Of tensors with their bytes, each with how near it lies. What has too few numbers to tell is left out.
    pub fn of(tensors: impl IntoIterator<Item = (u64, Near)>) -> Sampled {
        let mut found = Sampled::default();
        let mut correlations = Vec::new();
        for (bytes, near) in tensors {
            let Some(correlation) = near.enough() else { continue };
            correlations.push(correlation);
            found.compared.add(bytes);
            if correlation >= NEAR_CORRELATION {
                found.near.add(bytes);
            }
        }
        correlations.sort_by(f64::total_cmp);
        found.correlation = correlations.get(correlations.len() / 2).copied();
        found
    }

    /// Whether numbers were compared and have nothing to do with each other.
    pub fn refutes(&self) -> bool {
        self.compared.count > 0 && self.near.count == 0
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_they_are_written() {
        let read = |numbers: Numbers, bytes: &[u8]| numbers.read(bytes);
        assert_eq!(
            read(Numbers::F16, &[0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff]),
            [1.0, -2.0, 2.0_f64.powi(-24)]
        );
        assert_eq!(read(Numbers::F16, &[0xff, 0x7b]), [65504.0]);
        assert_eq!(read(Numbers::Bf16, &[0x80, 0x3f, 0x20, 0xc1]), [1.0, -10.0]);
        assert_eq!(read(Numbers::F64, &1.25_f64.to_le_bytes()), [1.25]);
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
        let eights = [&[0x00, 0x38][..], &[2, 0xff], &[0; 30]].concat();
        let numbers = read(Numbers::Q8_0, &eights);
        assert_eq!((numbers.len(), numbers[0], numbers[1]), (32, 1.0, -0.5));
        let fours = [&[0x00, 0x3c][..], &[0x9a; 16]].concat();
        let numbers = read(Numbers::Q4_0, &fours);
        assert_eq!((numbers.len(), numbers[0], numbers[16]), (32, 2.0, 1.0));
        for numbers in [
            Numbers::F64,
            Numbers::F32,
            Numbers::F16,
            Numbers::Bf16,
            Numbers::I8,
            Numbers::Q8_0,
            Numbers::Q4_0,
        ] {
            let bytes = vec![1; numbers.bytes(64) as usize];
            assert_eq!(numbers.read(&bytes).len(), 64, "{numbers:?}");
        }
    }

    #[test]
    fn nearness() {
        let base: Vec<f64> = (0..1000_u32).map(|n| (f64::from(n * 7919 % 1000) - 499.5) / 500.0).collect();
        let tuned: Vec<f64> = base.iter().map(|one| one + 0.01).collect();
        let other: Vec<f64> = (0..1000_u32).map(|n| (f64::from(n * 104_729 % 997) - 498.0) / 500.0).collect();
        let near = |a: &[f64], b: &[f64]| {
            let mut near = Near::default();
            near.add(a, b);
            near
        };
        assert!(near(&base, &tuned).correlation().unwrap() > 0.99);
        assert!(near(&base, &other).correlation().unwrap().abs() < 0.1);
        // Norms all lie near one, whatever was trained.
        let up = |numbers: &[f64]| numbers.iter().map(|one| 1.0 + 0.1 * one).collect::<Vec<f64>>();
        assert!(near(&up(&base), &up(&other)).correlation().unwrap().abs() < 0.1);
        assert_eq!(near(&[1.0; 50], &base[..50]).correlation(), None, "what does not vary tells nothing");
        assert_eq!(near(&[f64::NAN], &[1.0]), Near::default());
        assert_eq!(Near::default().correlation(), None);
    }
}
