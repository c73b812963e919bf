//! How near the numbers of two tensors of one shape lie to each other. Two that were trained apart have nothing in common; one
//! that was trained on from the other stays near, even where no number is the same any more.

use serde::Serialize;

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
}

impl Numbers {
    /// By its name in capitals, if they are compared here.
    pub fn named(dtype: &str) -> Option<Numbers> {
        match dtype {
            "F64" => Some(Numbers::F64),
            "F32" => Some(Numbers::F32),
            "F16" => Some(Numbers::F16),
            "BF16" => Some(Numbers::Bf16),
            _ => None,
        }
    }

    /// Bytes of one.
    pub fn bytes(self) -> usize {
        match self {
            Numbers::F64 => 8,
            Numbers::F32 => 4,
            Numbers::F16 | Numbers::Bf16 => 2,
        }
    }

    /// The numbers in some bytes, little-endian; what is left over at the end is none.
    fn read(self, bytes: &[u8]) -> impl Iterator<Item = f64> + '_ {
        bytes.chunks_exact(self.bytes()).map(move |one| match (self, one) {
            (Numbers::F64, [a, b, c, d, e, f, g, h]) => f64::from_le_bytes([*a, *b, *c, *d, *e, *f, *g, *h]),
            (Numbers::F32, [a, b, c, d]) => f64::from(f32::from_le_bytes([*a, *b, *c, *d])),
            (Numbers::Bf16, [a, b]) => f64::from(f32::from_le_bytes([0, 0, *a, *b])),
            (_, [a, b, ..]) => half(u16::from_le_bytes([*a, *b])),
            _ => 0.0,
        })
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

/// How near some numbers lie to others, added up over many.
#[derive(Clone, Copy, PartialEq, Default, Debug, Serialize)]
pub struct Near {
    /// How many were compared.
    pub compared: u64,
    /// How many of them are the same.
    pub equal: u64,
    #[serde(skip)]
    product: f64,
    #[serde(skip)]
    squares: [f64; 2],
}

impl Near {
    /// Adds two pieces with as many numbers, each written in its own way. What is no number, or none in both, is left out.
    pub fn add(&mut self, a: (&[u8], Numbers), b: (&[u8], Numbers)) {
        for (a, b) in a.1.read(a.0).zip(b.1.read(b.0)) {
            if !a.is_finite() || !b.is_finite() || (a == 0.0 && b == 0.0) {
                continue;
            }
            self.compared += 1;
            self.equal += u64::from(a == b);
            self.product += a * b;
            self.squares[0] += a * a;
            self.squares[1] += b * b;
        }
    }

    /// Adds what was compared elsewhere.
    pub fn join(&mut self, other: &Near) {
        self.compared += other.compared;
        self.equal += other.equal;
        self.product += other.product;
        self.squares[0] += other.squares[0];
        self.squares[1] += other.squares[1];
    }

    /// The cosine between them: one where they point the same way, about nothing where they have nothing in common. None where
    /// nothing was compared.
    pub fn cosine(&self) -> Option<f64> {
        let length = (self.squares[0] * self.squares[1]).sqrt();
        (length > 0.0 && length.is_finite()).then(|| (self.product / length).clamp(-1.0, 1.0))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    fn bytes(numbers: &[f32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    #[test]
    fn numbers_as_they_are_written() {
        let read = |numbers: Numbers, bytes: &[u8]| numbers.read(bytes).collect::<Vec<f64>>();
        assert_eq!(
            read(Numbers::F16, &[0x00, 0x3c, 0x00, 0xc0, 0x01, 0x00, 0xff]),
            [1.0, -2.0, 2.0_f64.powi(-24)]
        );
        assert_eq!(read(Numbers::F16, &[0xff, 0x7b]), [65504.0]);
        assert_eq!(read(Numbers::Bf16, &[0x80, 0x3f, 0x20, 0xc1]), [1.0, -10.0]);
        assert_eq!(read(Numbers::F64, &1.25_f64.to_le_bytes()), [1.25]);
        assert!(half(0x7c00).is_infinite() && half(0x7e00).is_nan());
    }

    #[test]
    fn nearness() {
        let base: Vec<f32> = (0..1000_u32).map(|n| ((n * 7919 % 1000) as f32 - 499.5) / 500.0).collect();
        let tuned: Vec<f32> = base.iter().map(|one| one + 0.01).collect();
        let other: Vec<f32> = (0..1000_u32).map(|n| ((n * 104_729 % 997) as f32 - 498.0) / 500.0).collect();
        let near = |a: &[f32], b: &[f32]| {
            let mut near = Near::default();
            near.add((&bytes(a), Numbers::F32), (&bytes(b), Numbers::F32));
            near
        };
        assert!(near(&base, &tuned).cosine().unwrap() > 0.99);
        assert!(near(&base, &other).cosine().unwrap().abs() < 0.1);
        assert_eq!(near(&base, &base).equal, 1000);
        assert_eq!(near(&[0.0, f32::NAN], &[0.0, 1.0]), Near::default());
        assert_eq!(Near::default().cosine(), None);
        let mut joined = near(&base[..500], &tuned[..500]);
        joined.join(&near(&base[500..], &tuned[500..]));
        assert!((joined.cosine().unwrap() - near(&base, &tuned).cosine().unwrap()).abs() < 1e-12);
    }
}
