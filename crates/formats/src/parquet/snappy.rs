//! The beginning of a Snappy block (Snappy format description). Other decoders want all of it, which may be far more than
//! the first rows need.

use crate::Unreadable;

fn broken<T>() -> Result<T, Unreadable> {
    Err(Unreadable::broken("a page is no Snappy"))
}

/// At most `wanted` bytes from the block's beginning; fewer if the block was cut.
pub(super) fn prefix(block: &[u8], wanted: usize) -> Result<Vec<u8>, Unreadable> {
    let mut from = block;
    // How long it says it is; the page's header says so too.
    let mut shift = 0;
    while let Some((byte, rest)) = from.split_first() {
        from = rest;
        shift += 7;
        match byte {
            0x80.. if shift >= 35 => return broken(),
            0x80.. => {}
            _ => break,
        }
    }
    let mut out = Vec::new();
    while out.len() < wanted {
        let Some((tag, rest)) = from.split_first() else { break };
        let extra = extra_bytes(*tag);
        let Some((extra, rest)) = rest.split_at_checked(extra) else { break };
        let number = extra.iter().rev().fold(0usize, |number, byte| number << 8 | usize::from(*byte));
        let (length, offset) = match tag & 3 {
            0 => {
                let length = if extra.is_empty() { usize::from(tag >> 2) } else { number }.saturating_add(1);
                let literal = &rest[..rest.len().min(length)];
                out.extend_from_slice(&literal[..literal.len().min(wanted - out.len())]);
                from = &rest[literal.len()..];
                continue;
            }
            1 => (usize::from(tag >> 2 & 7) + 4, usize::from(tag >> 5) << 8 | number),
            _ => (usize::from(tag >> 2) + 1, number),
        };
        from = rest;
        let length = length.min(wanted - out.len());
        copy(&mut out, offset, length)?;
    }
    Ok(out)
}

/// Bytes between a tag and what it is about.
fn extra_bytes(tag: u8) -> usize {
    match (tag & 3, tag >> 2) {
        (0, length @ 60..) => usize::from(length - 59),
        (0, _) => 0,
        (1, _) => 1,
        (2, _) => 2,
        _ => 4,
    }
}

/// Repeats what came `offset` bytes before; the copy may overlap itself.
fn copy(out: &mut Vec<u8>, offset: usize, length: usize) -> Result<(), Unreadable> {
    let Some(start) = out.len().checked_sub(offset).filter(|_| offset > 0) else { return broken() };
    for at in start..start + length {
        out.push(out[at]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]

    use super::*;

    /// A literal, a near copy that overlaps itself, a copy of each other kind.
    const BLOCK: &[u8] = b"\x15\x08abc\x11\x03\x0a\x05\x00\x0b\x01\x00\x00\x00\xf0\x03wxyz";

    #[test]
    fn a_block_and_its_beginnings_are_read() {
        let read = prefix(BLOCK, 1000).unwrap();
        assert_eq!(read, b"abcabcabcababccccwxyz");
        for wanted in 0..read.len() {
            assert_eq!(prefix(BLOCK, wanted).unwrap(), read[..wanted]);
        }
        for cut in 0..BLOCK.len() {
            assert!(read.starts_with(&prefix(&BLOCK[..cut], 1000).unwrap()));
        }
    }

    #[test]
    fn copies_of_nothing_are_refused() {
        for block in [
            &b"\x05\x01\x01"[..],
            b"\x05\x00a\x01\x00",
            b"\x05\x00a\x01\x02",
            b"\x05\x00a\xff\xff\xff\xff\xff",
        ] {
            assert!(prefix(block, 100).is_err());
        }
        assert!(prefix(b"\xff\xff\xff\xff\xff\xff", 100).is_err());
    }

    #[test]
    fn a_bomb_yields_no_more_than_wanted() {
        let bomb = [b"\xff\xff\xff\xff\x0f\x00a".to_vec(), b"\xfe\x01\x00".repeat(100_000)].concat();
        assert_eq!(prefix(&bomb, 5000).unwrap().len(), 5000);
    }
}
