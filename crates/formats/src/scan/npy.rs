//! Arrays of NumPy: a few words of text, then numbers; or, if they hold objects, a pickle.

/// What every array begins with.
pub(super) const MAGIC: &[u8] = b"\x93NUMPY";

/// Dtypes in dtypes.
const DEPTH_MAX: u32 = 16;

/// Where the header ends, as soon as its length is there.
pub(super) fn header_end(head: &[u8]) -> Option<usize> {
    let version = *head.get(6)?;
    let (start, bytes): (usize, usize) = match version {
        1 => (10, usize::from(u16::from_le_bytes(head.get(8..10)?.try_into().ok()?))),
        _ => (12, usize::try_from(u32::from_le_bytes(head.get(8..12)?.try_into().ok()?)).ok()?),
    };
    start.checked_add(bytes)
}

/// Whether a header says that objects follow, or does not say plainly that none do. It is read by Python, which knows many spellings: only
/// what NumPy itself writes is taken for plain.
pub(super) fn holds_objects(header: &[u8]) -> bool {
    let text = std::str::from_utf8(header.get(10..).unwrap_or_default()).unwrap_or_default();
    let rest = text.trim_start_matches(['\0', ' ']).strip_prefix("{'descr': ");
    rest.and_then(|rest| plain(rest, 0)).is_none_or(|rest| !rest.starts_with(", 'fortran_order': "))
}

/// What stands behind a plain dtype: a text, or a list of fields, each with a name, a dtype and maybe a shape.
fn plain(text: &str, depth: u32) -> Option<&str> {
    let Some(mut rest) = text.strip_prefix('[') else {
        let (dtype, rest) = quoted(text)?;
        return is_plain(dtype).then_some(rest);
    };
    if depth >= DEPTH_MAX {
        return None;
    }
    loop {
        rest = rest.strip_prefix('(')?;
        rest = match rest.strip_prefix('(') {
            // A title and a name.
            Some(both) => quoted(quoted(both)?.1.strip_prefix(", ")?)?.1.strip_prefix(')')?,
            None => quoted(rest)?.1,
        };
        rest = plain(rest.strip_prefix(", ")?, depth + 1)?;
        if let Some(shape) = rest.strip_prefix(", (") {
            let numbers = |letter: char| letter.is_ascii_digit() || matches!(letter, ',' | ' ');
            rest = shape.trim_start_matches(numbers).strip_prefix(')')?;
        }
        rest = rest.strip_prefix(')')?;
        match rest.strip_prefix(", ") {
            Some(next) => rest = next,
            None => return rest.strip_prefix(']'),
        }
    }
}

/// A text in quotes without escapes, and what stands behind it.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let (inner, rest) = text.strip_prefix('\'')?.split_once('\'')?;
    (!inner.contains('\\')).then_some((inner, rest))
}

/// Whether a dtype has no objects: one letter of those that numbers and texts have, and how many bytes.
fn is_plain(dtype: &str) -> bool {
    let bare = dtype.strip_prefix(['<', '>', '|', '=']).unwrap_or(dtype);
    let letters = ['?', 'b', 'B', 'i', 'u', 'f', 'c', 'S', 'U', 'a', 'V', 'm', 'M'];
    let Some(rest) = bare.strip_prefix(letters) else { return false };
    let unit = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    unit.is_empty() || (unit.starts_with('[') && unit.ends_with(']') && unit.len() < 16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_tell_whether_objects_follow() {
        let header = |descr: &str| {
            format!("\u{1}NUMPY????{{'descr': {descr}, 'fortran_order': False, 'shape': (3,), }}     \n")
        };
        for plain in [
            "'<f4'",
            "'|b1'",
            "'<M8[ns]'",
            "'|S12'",
            "[('Open', '<f4'), ('O', '<i8', (2, 3))]",
            "[('a', [('b', '|V3')])]",
            "[(('t', 'n'), '<f8')]",
        ] {
            assert!(!holds_objects(header(plain).as_bytes()), "{plain}");
        }
        for objects in [
            "'|O'",
            "[('a', '<f4'), ('b', 'O')]",
            "'=O'",
            "'|\\x4f'",
            "'f4,O'",
            "'2O'",
            "'(1,)O'",
            "'object_'",
            "[(\"'\", 'O')]",
            "[('a', [('b', '|O')])]",
            "'<f4', 'descr': '|O'",
        ] {
            assert!(holds_objects(header(objects).as_bytes()), "{objects}");
        }
        assert!(holds_objects(b"\x93NUMPY????{# '\n'descr': '|O', 'fortran_order': False, 'shape': (3,), }"));
        assert!(holds_objects(&header(&"[('a', ".repeat(99)).into_bytes()));
        assert!(holds_objects(b"nothing of the kind"));
        assert_eq!(header_end(b"\x93NUMPY\x01\x00\x76\x00"), Some(128));
        assert_eq!(header_end(b"\x93NUMPY\x02\x00\x74\x00\x00\x00"), Some(128));
        assert_eq!(header_end(b"\x93NUMPY\x01\x00\x76"), None);
    }
}
