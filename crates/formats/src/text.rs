//! Texts that stop growing: what a file says may be longer than anybody would read.

use std::fmt::{self, Write};

use crate::limits::TEXT_BYTES_MAX;

/// A text from a file's metadata, cut at [`TEXT_BYTES_MAX`]. Bytes that are no UTF-8 became `U+FFFD`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its beginning, or all of it.
    pub text: String,
    /// Whether there is more in the file.
    pub cut: bool,
    /// Bytes in the file.
    pub bytes: u64,
}

impl Text {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let (text, cut) = lossy(bytes, TEXT_BYTES_MAX);
        Text { text, cut, bytes: bytes.len() as u64 }
    }
}

/// At most `max` bytes of a text, ending between two characters.
pub(crate) fn prefix(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// At most `max` of the bytes as text, and whether there were more. A character is not cut in two.
pub(crate) fn lossy(bytes: &[u8], max: usize) -> (String, bool) {
    let Some(head) = bytes.get(..max).filter(|_| bytes.len() > max) else {
        return (String::from_utf8_lossy(bytes).into_owned(), false);
    };
    let whole = match std::str::from_utf8(head) {
        Err(error) if error.error_len().is_none() => &head[..error.valid_up_to()],
        _ => head,
    };
    (String::from_utf8_lossy(whole).into_owned(), true)
}

/// A text that takes no more than `max` bytes and remembers that there was more.
#[derive(Debug)]
pub(crate) struct Clipped {
    text: String,
    max: usize,
    cut: bool,
}

impl Clipped {
    pub(crate) fn new(max: usize) -> Self {
        Clipped { text: String::new(), max, cut: false }
    }

    /// Whether nothing more is taken.
    pub(crate) fn is_full(&self) -> bool {
        self.cut
    }

    pub(crate) fn push(&mut self, text: &str) {
        if self.cut {
            return;
        }
        let kept = prefix(text, self.max - self.text.len());
        self.text.push_str(kept);
        self.cut = kept.len() < text.len();
    }

    /// The text as a JSON string, with its quotes.
    pub(crate) fn push_json(&mut self, text: &str) {
        self.push("\"");
        for c in text.chars() {
            if self.cut {
                return;
            }
            match c {
                '"' => self.push("\\\""),
                '\\' => self.push("\\\\"),
                '\n' => self.push("\\n"),
                '\r' => self.push("\\r"),
                '\t' => self.push("\\t"),
                c if c.is_control() => self.show(format_args!("\\u{:04x}", u32::from(c))),
                c => self.push(c.encode_utf8(&mut [0; 4])),
            }
        }
        self.push("\"");
    }

    pub(crate) fn show(&mut self, shown: fmt::Arguments<'_>) {
        // It never fails: what does not fit is dropped.
        let _ = self.write_fmt(shown);
    }

    /// The text, and whether there was more.
    pub(crate) fn finish(self) -> (String, bool) {
        (self.text, self.cut)
    }
}

impl Write for Clipped {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.push(text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]

    use super::*;

    #[test]
    fn a_character_is_not_cut_in_two() {
        assert_eq!(prefix("aé", 2), "a");
        assert_eq!(lossy("aé".as_bytes(), 2), ("a".into(), true));
        assert_eq!(lossy("aé".as_bytes(), 3), ("aé".into(), false));
        assert_eq!(lossy(b"a\xff\xff", 2), ("a\u{fffd}".into(), true));
        let mut clipped = Clipped::new(2);
        clipped.push("aé");
        clipped.push("b");
        assert_eq!(clipped.finish(), ("a".into(), true));
    }

    #[test]
    fn json_strings_are_json() {
        let mut clipped = Clipped::new(100);
        let text = "a\"\\\n\r\t\u{1}\u{85}é";
        clipped.push_json(text);
        let (json, cut) = clipped.finish();
        assert!(!cut);
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }
}
