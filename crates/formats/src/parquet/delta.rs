//! Whole numbers as differences in blocks (Parquet encodings: DELTA_BINARY_PACKED).

use super::levels::{bits, varint};
use crate::Unreadable;

/// The first numbers of such a run, and what follows it.
pub(super) struct Deltas<'a> {
    pub(super) numbers: Vec<i64>,
    /// None if the bytes end before the run does.
    pub(super) rest: Option<&'a [u8]>,
}

/// At most `wanted` numbers. Sums wrap, as the format has it.
pub(super) fn read(bytes: &[u8], wanted: usize) -> Result<Deltas<'_>, Unreadable> {
    let mut deltas = Deltas { numbers: Vec::new(), rest: None };
    let mut from = bytes;
    let head = [varint(&mut from), varint(&mut from), varint(&mut from), varint(&mut from)];
    let [Some(block), Some(minis), Some(total), Some(first)] = head else { return Ok(deltas) };
    let each = block.checked_div(minis).unwrap_or(0);
    if each == 0 || each * minis != block || !each.is_multiple_of(8) || block > BLOCK_VALUES_MAX {
        return Err(Unreadable::broken("a page's numbers are in blocks of a strange size"));
    }
    let mut last = unzigzag(first);
    if total > 0 && wanted > 0 {
        deltas.numbers.push(last);
    }
    // Values that are still to come; each block of them takes bytes.
    let mut left = total.saturating_sub(1);
    while left > 0 {
        let Some(least) = varint(&mut from).map(unzigzag) else { return Ok(deltas) };
        let Some((widths, after)) = from.split_at_checked(minis as usize) else { return Ok(deltas) };
        from = after;
        for width in widths {
            if left == 0 {
                break;
            }
            if *width > 64 {
                return Err(Unreadable::broken("a page's numbers have more than 64 bits"));
            }
            let count = each.min(left);
            for n in 0..count {
                if deltas.numbers.len() >= wanted {
                    break;
                }
                let at = n * u64::from(*width);
                let Some(delta) = bits(from, at, u32::from(*width)) else { return Ok(deltas) };
                last = last.wrapping_add(least).wrapping_add(delta.cast_signed());
                deltas.numbers.push(last);
            }
            let Some(after) = from.get((each * u64::from(*width) / 8) as usize..) else { return Ok(deltas) };
            from = after;
            left -= count;
        }
    }
    deltas.rest = Some(from);
    Ok(deltas)
}

/// Values of a block: writers use 128 or a few thousand.
const BLOCK_VALUES_MAX: u64 = 1 << 20;

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]

    use super::*;

    #[test]
    fn a_block_is_read() {
        // 7, 5, 3, 1, 2, 3, 4, 5: the second example of the format's description, in four groups of 32.
        let mut bytes = vec![0x80, 0x01, 0x04, 0x08, 0x0e, 0x03, 2, 0, 0, 0, 0xc0, 0x3f];
        bytes.extend([0; 6]);
        bytes.extend(b"rest");
        let all = read(&bytes, 100).unwrap();
        assert_eq!(all.numbers, [7, 5, 3, 1, 2, 3, 4, 5]);
        assert_eq!(all.rest.unwrap(), b"rest");
        let some = read(&bytes, 3).unwrap();
        assert_eq!(some.numbers, [7, 5, 3]);
        assert_eq!(some.rest.unwrap(), b"rest");
        for cut in 0..bytes.len() - 4 {
            let deltas = read(&bytes[..cut], 100).unwrap();
            assert!(all.numbers.starts_with(&deltas.numbers) && deltas.rest.is_none(), "{cut}");
        }
    }

    #[test]
    fn strange_blocks_are_refused() {
        for bytes in [
            &b"\x00\x04\x08\x0e"[..],
            b"\x80\x01\x00\x08\x0e",
            b"\x80\x01\x05\x08\x0e",
            b"\x80\x01\x40\x08\x0e",
            b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01\x08\x0e",
            b"\x80\x01\x04\x08\x0e\x03\x41\x00\x00\x00\x00",
        ] {
            assert!(read(bytes, 10).is_err(), "{bytes:?}");
        }
        // Billions of values in a few bytes: only those that are wanted are made.
        let many = [b"\x80\x80\x40\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00".to_vec(), vec![0; 2000]]
            .concat();
        let deltas = read(&many, 50).unwrap();
        assert_eq!((deltas.numbers.len(), deltas.rest), (50, None));
    }
}
