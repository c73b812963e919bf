//! Packet lines (gitprotocol-common, "pkt-line Format"): four hexadecimal digits of length, themselves included, and the rest.

use super::BadRequest;

/// Bytes of a line's payload at most.
pub const PAYLOAD_MAX: usize = 65_516;
/// Bytes of a band's payload: one less, for the number of the band.
pub const BAND_MAX: usize = PAYLOAD_MAX - 1;

/// The end of a request or of a list.
pub const FLUSH: &[u8] = b"0000";
/// The end of a section of a list.
pub const DELIM: &[u8] = b"0001";

/// One of the streams that share an answer (gitprotocol-pack, "Packfile Data").
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Band {
    /// The pack, or the report.
    Data = 1,
    /// What people are shown.
    Progress = 2,
    /// Why it ended.
    Error = 3,
}

/// What a line is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line<'a> {
    /// A payload, with the newline that may end it.
    Data(&'a [u8]),
    /// `0000`.
    Flush,
    /// `0001`.
    Delim,
}

impl<'a> Line<'a> {
    /// The payload as text, without the end of its line.
    ///
    /// # Errors
    /// [`BadRequest::Unexpected`] if it is none.
    pub fn text(self) -> Result<&'a str, BadRequest> {
        let Line::Data(data) = self else {
            return Err(BadRequest::Unexpected("the end of a section".into()));
        };
        let data = data.strip_suffix(b"\n").unwrap_or(data);
        std::str::from_utf8(data).map_err(|_| BadRequest::Unexpected(super::shown(data)))
    }
}

/// Takes the first line off some bytes; nothing if it is not all there.
///
/// # Errors
/// [`BadRequest::Length`] for what is no line.
pub fn take<'a>(bytes: &mut &'a [u8]) -> Result<Option<Line<'a>>, BadRequest> {
    let Some((digits, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let bad = || BadRequest::Length(super::shown(digits));
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(bad());
    }
    let length = std::str::from_utf8(digits).ok().and_then(|digits| usize::from_str_radix(digits, 16).ok());
    let line = match length.ok_or_else(bad)? {
        0 => Line::Flush,
        1 => Line::Delim,
        length @ 4.. if length <= PAYLOAD_MAX + 4 => {
            let Some((data, after)) = rest.split_at_checked(length - 4) else { return Ok(None) };
            *bytes = after;
            return Ok(Some(Line::Data(data)));
        }
        _ => return Err(bad()),
    };
    *bytes = rest;
    Ok(Some(line))
}

/// Takes a line that must be there.
///
/// # Errors
/// [`BadRequest::Short`] if it is not.
pub fn must<'a>(bytes: &mut &'a [u8]) -> Result<Line<'a>, BadRequest> {
    take(bytes)?.ok_or(BadRequest::Short)
}

/// Adds a line of some bytes, [`PAYLOAD_MAX`] at most.
pub fn put(out: &mut Vec<u8>, data: &[u8]) {
    debug_assert!(data.len() <= PAYLOAD_MAX);
    out.extend_from_slice(format!("{:04x}", data.len() + 4).as_bytes());
    out.extend_from_slice(data);
}

/// Adds a line of text, with a newline.
pub fn text(out: &mut Vec<u8>, text: &str) {
    put(out, format!("{text}\n").as_bytes());
}

/// Adds as many lines of a band as the bytes need.
pub fn band(out: &mut Vec<u8>, band: Band, data: &[u8]) {
    for piece in data.chunks(BAND_MAX) {
        out.extend_from_slice(format!("{:04x}", piece.len() + 5).as_bytes());
        out.push(band as u8);
        out.extend_from_slice(piece);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    #[test]
    fn lines_are_taken_one_by_one() {
        let mut out = Vec::new();
        text(&mut out, "want x");
        out.extend_from_slice(DELIM);
        put(&mut out, b"");
        out.extend_from_slice(FLUSH);
        out.extend_from_slice(b"00");
        let mut rest = out.as_slice();
        assert_eq!(take(&mut rest), Ok(Some(Line::Data(b"want x\n"))));
        assert_eq!(take(&mut rest), Ok(Some(Line::Delim)));
        assert_eq!(take(&mut rest), Ok(Some(Line::Data(b""))));
        assert_eq!(take(&mut rest), Ok(Some(Line::Flush)));
        assert_eq!((take(&mut rest), rest), (Ok(None), &b"00"[..]));
        assert_eq!(must(&mut rest), Err(BadRequest::Short));
        assert_eq!(take(&mut &b"0010short"[..]), Ok(None));
        for bad in ["0002", "0003", "zzzz", "+123", "fff1", "ffff"] {
            assert_eq!(take(&mut bad.as_bytes()), Err(BadRequest::Length(bad.into())));
        }
        assert_eq!(Line::Data(b"a\n").text(), Ok("a"));
        assert!(Line::Data(b"\xff").text().is_err() && Line::Flush.text().is_err());
    }

    #[test]
    fn bands_are_cut_into_lines() {
        let mut out = Vec::new();
        band(&mut out, Band::Error, &vec![7; BAND_MAX + 1]);
        let mut rest = out.as_slice();
        let Some(Line::Data(first)) = take(&mut rest).unwrap() else { panic!() };
        assert_eq!((first.len(), first[0]), (PAYLOAD_MAX, 3));
        assert_eq!(take(&mut rest), Ok(Some(Line::Data(&[3, 7]))));
    }
}
