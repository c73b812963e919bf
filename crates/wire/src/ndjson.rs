//! NDJSON as it arrives: pieces of a body in, whole lines out.

use bytes::{Bytes, BytesMut};

/// A line of at least so many bytes leaves the memory it came in to itself, which is then free when the line is.
const LONG_LINE_BYTES: usize = 256 * 1024;

/// A line longer than was allowed. What comes after it is not looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {0} bytes")]
pub struct LineTooLong(pub usize);

/// Cuts a body into lines. Holds one unfinished line and the piece pushed last, if lines are taken after every push.
#[derive(Debug)]
pub struct Lines {
    buffer: BytesMut,
    scanned: usize,
    line_bytes_max: usize,
}

impl Lines {
    /// For lines of at most `line_bytes_max` bytes, their line breaks not counted.
    pub fn new(line_bytes_max: usize) -> Lines {
        Lines { buffer: BytesMut::new(), scanned: 0, line_bytes_max }
    }

    /// Adds the next piece of the body.
    pub fn push(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// Bytes held: all that was pushed and not taken.
    pub fn unfinished(&self) -> usize {
        self.buffer.len()
    }

    /// The next whole line that is not blank, without its line break; `None` until more is pushed.
    pub fn take_line(&mut self) -> Result<Option<Bytes>, LineTooLong> {
        loop {
            let unseen = self.buffer.get(self.scanned..).unwrap_or_default();
            let Some(at) = unseen.iter().position(|byte| *byte == b'\n') else {
                self.scanned = self.buffer.len();
                return self.checked(self.scanned).map(|()| None);
            };
            let len = self.scanned + at;
            self.checked(len)?;
            let mut line = self.buffer.split_to(len + 1).freeze();
            line.truncate(len);
            self.scanned = 0;
            if len >= LONG_LINE_BYTES {
                self.buffer = BytesMut::from(&self.buffer[..]);
            }
            if !is_blank(&line) {
                return Ok(Some(line));
            }
        }
    }

    /// The last line of a body that has ended, which need not have a line break.
    pub fn take_rest(&mut self) -> Result<Option<Bytes>, LineTooLong> {
        if let Some(line) = self.take_line()? {
            return Ok(Some(line));
        }
        let rest = self.buffer.split().freeze();
        self.scanned = 0;
        Ok((!is_blank(&rest)).then_some(rest))
    }

    fn checked(&self, len: usize) -> Result<(), LineTooLong> {
        if len > self.line_bytes_max { Err(LineTooLong(self.line_bytes_max)) } else { Ok(()) }
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.trim_ascii().is_empty()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    /// All lines of a body that comes in pieces of `step` bytes, or the refusal.
    fn lines(body: &[u8], step: usize, max: usize) -> Result<Vec<Bytes>, LineTooLong> {
        let mut lines = Lines::new(max);
        let mut found = Vec::new();
        for piece in body.chunks(step) {
            lines.push(piece);
            while let Some(line) = lines.take_line()? {
                found.push(line);
            }
        }
        while let Some(line) = lines.take_rest()? {
            found.push(line);
        }
        Ok(found)
    }

    #[test]
    fn the_same_lines_however_the_body_is_cut() {
        let body = b"one\n\n  \r\ntwo \r\nthree";
        for step in 1..=body.len() {
            assert_eq!(lines(body, step, 5).unwrap(), [&b"one"[..], b"two \r", b"three"], "{step}");
            assert_eq!(lines(body, step, 4), Err(LineTooLong(4)), "{step}");
        }
        assert_eq!(lines(b"", 1, 0), Ok(Vec::new()));
        assert_eq!(lines(b"\n\n", 1, 0), Ok(Vec::new()));
    }

    #[test]
    fn a_long_line_has_its_memory_to_itself() {
        let body = [&vec![b'x'; LONG_LINE_BYTES][..], b"\ntwo\nthree"].concat();
        let mut lines = Lines::new(LONG_LINE_BYTES);
        lines.push(&body);
        let long = lines.take_line().unwrap().unwrap();
        // Nobody else looks at that memory.
        assert!(long.try_into_mut().is_ok_and(|long| long.len() == LONG_LINE_BYTES));
        assert_eq!(lines.take_line(), Ok(Some("two".into())));
        assert_eq!(lines.take_rest(), Ok(Some("three".into())));
    }

    #[test]
    fn a_line_without_end_is_refused_before_its_end() {
        let mut lines = Lines::new(10);
        lines.push(&[b'x'; 11]);
        assert_eq!(lines.take_line(), Err(LineTooLong(10)));
    }

    #[test]
    fn what_is_left_unread_is_read_at_the_end() {
        let mut lines = Lines::new(10);
        lines.push(b"a\nb\nc");
        assert_eq!(lines.take_rest(), Ok(Some("a".into())));
        assert_eq!(lines.take_rest(), Ok(Some("b".into())));
        assert_eq!(lines.take_rest(), Ok(Some("c".into())));
        assert_eq!(lines.take_rest(), Ok(None));
    }
}
