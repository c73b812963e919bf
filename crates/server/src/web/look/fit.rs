//! Texts of strangers, cut to what a page has room for.

/// Bytes of HTML that the rows of a page may become, so that all of it stays below 150 kB.
pub(super) const ROWS_HTML_BYTES_MAX: usize = 60_000;
/// Characters of a name that are shown.
pub(super) const NAME_CHARS: usize = 120;

/// Bytes that are left for some rows.
#[derive(Debug)]
pub(super) struct Room(usize);

impl Room {
    pub(super) fn new(bytes: usize) -> Room {
        Room(bytes)
    }

    /// Takes so many bytes; false if there are not so many.
    pub(super) fn takes(&mut self, bytes: usize) -> bool {
        let left = self.0.checked_sub(bytes);
        self.0 = left.unwrap_or_default();
        left.is_some()
    }
}

/// Bytes of a text once it is HTML.
pub(super) fn escaped_len(text: &str) -> usize {
    text.bytes().map(|byte| if matches!(byte, b'<' | b'>' | b'&' | b'"' | b'\'') { 5 } else { 1 }).sum()
}

/// The first characters of a text, and whether that is not all. Control characters, which HTML has no place for, become
/// `U+FFFD`.
pub(super) fn clip(text: &str, chars: usize) -> (String, bool) {
    let end = text.char_indices().nth(chars).map(|(at, _)| at);
    let plain = |c: char| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    let mut shown: String = text[..end.unwrap_or(text.len())].chars().map(plain).collect();
    if end.is_some() {
        shown.push('…');
    }
    (shown, end.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_between_characters() {
        assert_eq!(clip("añb", 3), ("añb".into(), false));
        assert_eq!(clip("añb", 2), ("añ…".into(), true));
        assert_eq!(clip("a\0\u{7f}\n", 9), ("a\u{fffd}\u{fffd}\n".into(), false));
        assert_eq!(escaped_len("<é>"), 12);
    }

    #[test]
    fn room_has_an_end() {
        let mut room = Room::new(10);
        assert!(room.takes(4) && room.takes(6) && !room.takes(1));
        assert!(room.takes(0));
    }
}
