//! Small numbers in runs and bit-packed groups: levels, dictionary indexes, truth values (Parquet encodings: RLE).

/// Yields as many as are asked for; a run of a billion costs nothing until then.
pub(super) struct Hybrid<'a> {
    bytes: &'a [u8],
    width: u32,
    run: Run<'a>,
}

enum Run<'a> {
    /// A value, and how often it comes again.
    Same(u32, u64),
    /// Packed values, the next one, and how many there are.
    Packed(&'a [u8], u64, u64),
}

impl<'a> Hybrid<'a> {
    /// `width`: bits of a value, at most 32.
    pub(super) fn new(bytes: &'a [u8], width: u32) -> Self {
        Hybrid { bytes, width: width.min(32), run: Run::Same(0, 0) }
    }

    fn next_run(&mut self) -> Option<()> {
        let header = varint(&mut self.bytes)?;
        let left = self.bytes;
        if header & 1 == 1 {
            let groups = header >> 1;
            let bytes = usize::try_from(groups.saturating_mul(u64::from(self.width))).unwrap_or(usize::MAX);
            let (packed, rest) = left.split_at(bytes.min(left.len()));
            self.bytes = rest;
            self.run = Run::Packed(packed, 0, groups.saturating_mul(8));
        } else {
            let bytes = self.width.div_ceil(8) as usize;
            let (value, rest) = left.split_at_checked(bytes)?;
            self.bytes = rest;
            let value = value.iter().rev().fold(0, |number, byte| number << 8 | u32::from(*byte));
            self.run = Run::Same(value, header >> 1);
        }
        Some(())
    }
}

impl Iterator for Hybrid<'_> {
    type Item = u32;

    /// None where the bytes end.
    fn next(&mut self) -> Option<u32> {
        loop {
            match &mut self.run {
                Run::Same(value, left) if *left > 0 => {
                    *left -= 1;
                    return Some(*value);
                }
                Run::Packed(bytes, at, count) if *at < *count => {
                    let value = bits(bytes, at.checked_mul(u64::from(self.width))?, self.width)?;
                    *at += 1;
                    return Some(value as u32);
                }
                _ => self.next_run()?,
            }
        }
    }
}

/// The bits that a value up to `max` takes.
pub(super) fn width(max: u8) -> u32 {
    u8::BITS - max.leading_zeros()
}

/// A number in groups of seven bits, the lowest first; at most 64 bits.
pub(super) fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// `width` bits, at most 64, from the bit `at` on; the lowest bit of a byte is its first.
pub(super) fn bits(bytes: &[u8], at: u64, width: u32) -> Option<u64> {
    if width == 0 {
        return Some(0);
    }
    let first = usize::try_from(at / 8).ok()?;
    let skipped = (at % 8) as u32;
    let count = (skipped + width).div_ceil(8) as usize;
    let span = bytes.get(first..first.checked_add(count)?)?;
    let number = span.iter().rev().fold(0u128, |number, byte| number << 8 | u128::from(*byte));
    Some((number >> skipped) as u64 & (u64::MAX >> (64 - width)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_and_groups_are_read() {
        // Eight values of three bits (the example of the format's description), then a run of four.
        let bytes = [0x03, 0x88, 0xc6, 0xfa, 0x08, 0x05];
        let read: Vec<_> = Hybrid::new(&bytes, 3).collect();
        assert_eq!(read, [0, 1, 2, 3, 4, 5, 6, 7, 5, 5, 5, 5]);
        assert_eq!(Hybrid::new(&[0x03, 0x88], 3).collect::<Vec<_>>(), [0, 1]);
        let mut long = Hybrid::new(&[0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x07], 3);
        assert_eq!(long.by_ref().take(5).collect::<Vec<_>>(), [7; 5]);
        let mut groups = Hybrid::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x07], 32);
        assert_eq!(groups.next(), None);
        assert_eq!(Hybrid::new(&[0, 0, 0, 0], 0).next(), None);
        assert_eq!(Hybrid::new(&[0x04], 0).collect::<Vec<_>>(), [0, 0]);
    }

    #[test]
    fn bits_are_read_from_anywhere() {
        let bytes = [0xff, 0x00, 0xff, 0, 0, 0, 0, 0, 0x80];
        assert_eq!(bits(&bytes, 4, 8), Some(0x0f));
        assert_eq!(bits(&bytes, 8, 64), Some(0x8000_0000_0000_ff00));
        assert_eq!(bits(&bytes, 7, 64), Some(0x0000_0000_0001_fe01));
        assert_eq!(bits(&bytes, 9, 64), None);
        assert_eq!(bits(&bytes, u64::MAX, 1), None);
        assert_eq!((width(0), width(1), width(2), width(7), width(255)), (0, 1, 2, 3, 8));
    }
}
