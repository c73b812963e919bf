//! Forms with files as browsers send them (`multipart/form-data`, RFC 7578 and the HTML standard): pieces of a body in,
//! parts out, none of them ever whole in memory.

use bytes::{Bytes, BytesMut};

/// Bytes of a boundary (RFC 2046).
const BOUNDARY_BYTES_MAX: usize = 70;

/// Why a body is no such form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormError {
    /// The boundary does not stand where one must.
    #[error("the form's parts are not set apart by the boundary that its header names")]
    Boundary,
    /// A part's head is longer than was allowed.
    #[error("the head of a part is longer than {0} bytes")]
    HeadTooLong(usize),
    /// A part does not say which field it is, or not in UTF-8.
    #[error("a part of the form has no name that can be read")]
    Unnamed,
    /// The body ended within a part.
    #[error("the form ended early")]
    Unfinished,
}

/// What a part says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartHead {
    /// The field.
    pub name: String,
    /// What the sender calls the file; a path if a folder was chosen. None of a field without a file.
    pub file: Option<String>,
}

/// What comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// A part begins.
    Part(PartHead),
    /// Some of its bytes, never none.
    Bytes(Bytes),
    /// It ends.
    PartEnd,
    /// The form ends; what comes after it is not looked at.
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first boundary.
    Start,
    /// Behind a boundary: another part, or the end.
    Boundary,
    Head,
    Body,
    End,
}

/// Takes a form apart. Holds the piece pushed last and one head, if all is taken after every push.
#[derive(Debug)]
pub struct Multipart {
    /// Line end, two dashes, the boundary.
    delimiter: Vec<u8>,
    buffer: BytesMut,
    state: State,
    head_bytes_max: usize,
}

/// The boundary that a `Content-Type` of such a form names.
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, rest) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let value = rest.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("boundary").then_some(value.trim())
    })?;
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    let fits = !value.is_empty() && value.len() <= BOUNDARY_BYTES_MAX;
    (fits && value.bytes().all(|byte| (b' '..=b'~').contains(&byte))).then(|| value.to_owned())
}

impl Multipart {
    /// For a form with this boundary, whose parts' heads have at most so many bytes.
    pub fn new(boundary: &str, head_bytes_max: usize) -> Multipart {
        let delimiter = format!("\r\n--{boundary}").into_bytes();
        // The first boundary begins no line of its own.
        Multipart { delimiter, buffer: BytesMut::from("\r\n"), state: State::Start, head_bytes_max }
    }

    /// Adds the next piece of the body.
    pub fn push(&mut self, piece: &[u8]) {
        if self.state != State::End {
            self.buffer.extend_from_slice(piece);
        }
    }

    /// What comes next; `None` until more is pushed.
    pub fn take(&mut self) -> Result<Option<Piece>, FormError> {
        loop {
            return match self.state {
                State::Start if self.buffer.len() < self.delimiter.len() => Ok(None),
                State::Start if !self.buffer.starts_with(&self.delimiter) => Err(FormError::Boundary),
                State::Start => {
                    self.pass_delimiter();
                    continue;
                }
                State::Boundary => match self.buffer.get(..2) {
                    None => Ok(None),
                    Some(b"\r\n") => {
                        // Its line end stays: a head without any line is one as well.
                        self.state = State::Head;
                        continue;
                    }
                    Some(b"--") => {
                        self.state = State::End;
                        self.buffer.clear();
                        Ok(Some(Piece::End))
                    }
                    Some(_) => Err(FormError::Boundary),
                },
                State::Head => self.head(),
                State::Body => Ok(self.body()),
                State::End => Ok(None),
            };
        }
    }

    /// To be asked when the body has ended and nothing more is to be taken.
    ///
    /// # Errors
    /// `Unfinished` if the form has not.
    pub fn finish(&self) -> Result<(), FormError> {
        if self.state == State::End { Ok(()) } else { Err(FormError::Unfinished) }
    }

    fn pass_delimiter(&mut self) {
        let _ = self.buffer.split_to(self.delimiter.len());
        self.state = State::Boundary;
    }

    fn head(&mut self) -> Result<Option<Piece>, FormError> {
        let within = self.buffer.len().min(self.head_bytes_max + 4);
        match self.buffer[..within].windows(4).position(|four| four == b"\r\n\r\n") {
            Some(end) => {
                let head = self.buffer.split_to(end + 4);
                self.state = State::Body;
                parse_head(&head).map(|head| Some(Piece::Part(head)))
            }
            None if self.buffer.len() >= self.head_bytes_max + 4 => {
                Err(FormError::HeadTooLong(self.head_bytes_max))
            }
            None => Ok(None),
        }
    }

    fn body(&mut self) -> Option<Piece> {
        let end = (0..self.buffer.len())
            .filter(|at| self.buffer[*at] == b'\r')
            // What may be the beginning of the boundary is kept until more is there to tell.
            .find(|at| {
                let rest = &self.buffer[*at..];
                let len = rest.len().min(self.delimiter.len());
                rest[..len] == self.delimiter[..len]
            });
        match end {
            Some(0) if self.buffer.len() < self.delimiter.len() => None,
            Some(0) => {
                self.pass_delimiter();
                Some(Piece::PartEnd)
            }
            Some(end) => Some(Piece::Bytes(self.buffer.split_to(end).freeze())),
            None if self.buffer.is_empty() => None,
            None => Some(Piece::Bytes(self.buffer.split().freeze())),
        }
    }
}

fn parse_head(head: &[u8]) -> Result<PartHead, FormError> {
    let head = std::str::from_utf8(head).map_err(|_| FormError::Unnamed)?;
    let disposition = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.trim().eq_ignore_ascii_case("content-disposition").then_some(value.trim())
    });
    let parameters = disposition.and_then(|value| value.strip_prefix("form-data"));
    let parameters = parameters.ok_or(FormError::Unnamed)?;
    let name = parameter(parameters, "name").ok_or(FormError::Unnamed)?;
    Ok(PartHead { name, file: parameter(parameters, "filename") })
}

/// A quoted parameter. Browsers write what cannot stand between quotes as `%22`, `%0D` and `%0A`, and escape nothing
/// else; a backslash is one.
fn parameter(mut rest: &str, wanted: &str) -> Option<String> {
    loop {
        rest = rest.trim_start().strip_prefix(';')?.trim_start();
        let (name, value) = rest.split_once('=')?;
        let (value, after) = match value.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => value.split_at(value.find(';').unwrap_or(value.len())),
        };
        if name.trim().eq_ignore_ascii_case(wanted) {
            return Some(value.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n"));
        }
        rest = after;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    /// Name, file, content.
    type Part = (String, Option<String>, Vec<u8>);

    /// Every part of a body that comes in pieces of `step` bytes.
    fn parts(body: &[u8], step: usize) -> Result<Vec<Part>, FormError> {
        let mut form = Multipart::new("b", 200);
        let mut found = Vec::new();
        for piece in body.chunks(step) {
            form.push(piece);
            while let Some(piece) = form.take()? {
                match piece {
                    Piece::Part(head) => found.push((head.name, head.file, Vec::new())),
                    Piece::Bytes(bytes) => found.last_mut().unwrap().2.extend_from_slice(&bytes),
                    Piece::PartEnd | Piece::End => {}
                }
            }
        }
        form.finish().map(|()| found)
    }

    #[test]
    fn the_same_parts_however_the_body_is_cut() {
        let content = b"\r\n--\r\n--a\r--b\n--b\r\r\n-\r\n";
        let mut body = b"--b\r\nContent-Disposition: form-data; name=\"t\"\r\n\r\nwords\r\n--b\r\n\
                         Content-Type: text/plain\r\ncontent-disposition: form-data; name=\"f\"; \
                         filename=\"a/%22\xc3\xa9;\\.txt\"\r\n\r\n"
            .to_vec();
        body.extend_from_slice(content);
        body.extend_from_slice(
            b"\r\n--b\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--b--\r\nafter",
        );
        for step in 1..=body.len() {
            let found = parts(&body, step).unwrap();
            assert_eq!(found[0], ("t".into(), None, b"words".to_vec()), "{step}");
            assert_eq!(found[1], ("f".into(), Some("a/\"é;\\.txt".into()), content.to_vec()), "{step}");
            assert_eq!(found[2], ("x".into(), None, Vec::new()), "{step}");
            assert_eq!(found.len(), 3);
        }
        assert_eq!(parts(b"--b--", 1), Ok(Vec::new()));
    }

    #[test]
    fn what_is_no_form_is_refused() {
        let head = "Content-Disposition: form-data; name=\"t\"\r\n\r\n";
        for (body, why) in [
            ("before\r\n--b\r\n".to_owned(), FormError::Boundary),
            (format!("--bb\r\n{head}"), FormError::Boundary),
            (format!("--b\r\n{head}words\r\n--c--"), FormError::Unfinished),
            (format!("--b\r\n{head}words"), FormError::Unfinished),
            (String::new(), FormError::Unfinished),
            ("--b\r\n\r\n\r\n--b--".to_owned(), FormError::Unnamed),
            ("--b\r\nContent-Disposition: form-data; name=\"t\r\n\r\n".to_owned(), FormError::Unnamed),
            ("--b\r\nContent-Disposition: attachment; name=\"t\"\r\n\r\n".to_owned(), FormError::Unnamed),
            (format!("--b\r\nX: {}", "x".repeat(300)), FormError::HeadTooLong(200)),
        ] {
            for step in [1, 7, 1000] {
                assert_eq!(parts(body.as_bytes(), step), Err(why.clone()), "{body:?} by {step}");
            }
        }
    }

    #[test]
    fn boundaries() {
        let named = |text: &str| boundary(text);
        assert_eq!(named("multipart/form-data; boundary=abc").as_deref(), Some("abc"));
        assert_eq!(named("Multipart/Form-Data; charset=x; Boundary=\"a b\"").as_deref(), Some("a b"));
        for none in
            ["multipart/form-data", "text/plain; boundary=a", "multipart/form-data; boundary=", "", ";"]
        {
            assert_eq!(named(none), None, "{none:?}");
        }
        assert_eq!(named(&format!("multipart/form-data; boundary={}", "a".repeat(71))), None);
        assert_eq!(named("multipart/form-data; boundary=a\r\nb"), None);
    }
}
