//! Arrays of NumPy: a few words of text, then numbers; or, if they hold objects, a pickle.

/// What every array begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Where the header ends, as soon as its length is there.
pub(super) fn header_end(head: &[u8]) -> Option<usize> {
    let version = *head.get(6)?;
    let (start, bytes): (usize, usize) = match version {
        1 => (10, usize::from(u16::from_le_bytes(head.get(8..10)?.try_into().ok()?))),
        _ => (12, usize::try_from(u32::from_le_bytes(head.get(8..12)?.try_into().ok()?)).ok()?),
    };
    start.checked_add(bytes)
}

/// Whether a header says that objects follow. Its dtypes are quoted: any of them that has an `O` may be one, as may a field of that name.
pub(super) fn holds_objects(header: &[u8]) -> bool {
    let mut quoted = header.split(|byte| matches!(byte, b'\'' | b'"')).skip(1).step_by(2);
    quoted.any(|text| {
        let bare = text
            .strip_prefix(b"|")
            .or_else(|| text.strip_prefix(b"<"))
            .or_else(|| text.strip_prefix(b">"))
            .unwrap_or(text);
        bare.first() == Some(&b'O') || bare.eq_ignore_ascii_case(b"object")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_whether_objects_follow() {
        assert!(holds_objects(b"{'descr': '|O', 'fortran_order': False, 'shape': (3,), }"));
        assert!(holds_objects(
            b"{'descr': [('a', '<f4'), ('b', 'O')], 'fortran_order': False, 'shape': (), }"
        ));
        assert!(!holds_objects(b"{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }"));
        assert_eq!(header_end(b"\x93NUMPY\x01\x00\x76\x00"), Some(128));
        assert_eq!(header_end(b"\x93NUMPY\x02\x00\x74\x00\x00\x00"), Some(128));
        assert_eq!(header_end(b"\x93NUMPY\x01\x00\x76"), None);
    }
}
