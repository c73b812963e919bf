//! What `git push` asks for, and how it is told what became of it (gitprotocol-pack, "Pushing Data To a Server").

use seedcorn_core::digest::Oid;

use super::pkt::{self, Line};
use super::{BadRequest, shown};

/// Refs that are changed at once.
pub const COMMANDS_MAX: usize = 10_000;
/// Bytes of all commands.
pub const HEAD_BYTES_MAX: usize = 4 << 20;

/// A ref that is to be another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// Its whole name.
    pub name: String,
    /// What the sender saw; zeros if there was none.
    pub from: Oid,
    /// What it is to be; zeros if there is to be none.
    pub to: Oid,
}

/// What comes before the pack.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Push {
    /// What is asked for, in order.
    pub commands: Vec<Command>,
    /// All or nothing.
    pub atomic: bool,
    /// People are to be shown nothing but errors.
    pub quiet: bool,
    /// The answer goes through bands.
    pub bands: bool,
    /// What came of it is to be told.
    pub report: bool,
}

/// Reads the head of a push as it comes: each line once.
#[derive(Clone, Debug, Default)]
pub struct HeadReader {
    push: Push,
    /// What came and is no whole line yet, or belongs to the pack.
    waiting: Vec<u8>,
    bytes: usize,
    is_whole: bool,
}

impl HeadReader {
    /// Takes some bytes; tells whether the head is whole. No more are taken then.
    ///
    /// # Errors
    /// [`BadRequest`] for what it cannot be.
    pub fn take(&mut self, bytes: &[u8]) -> Result<bool, BadRequest> {
        self.waiting.extend_from_slice(bytes);
        let mut rest = self.waiting.as_slice();
        while !self.is_whole
            && let Some(line) = pkt::take(&mut rest)?
        {
            match line == Line::Flush {
                true => self.is_whole = true,
                false => self.push.command(line)?,
            }
        }
        let taken = self.waiting.len() - rest.len();
        self.bytes += taken;
        if self.bytes > HEAD_BYTES_MAX {
            return Err(BadRequest::TooMany("bytes before the pack", HEAD_BYTES_MAX));
        }
        self.waiting.drain(..taken);
        Ok(self.is_whole)
    }

    /// The head, and what came behind it.
    ///
    /// # Errors
    /// [`BadRequest::Short`] if it is not whole.
    pub fn end(self) -> Result<(Push, Vec<u8>), BadRequest> {
        match self.is_whole {
            true => Ok((self.push, self.waiting)),
            false => Err(BadRequest::Short),
        }
    }
}

impl Push {
    fn command(&mut self, line: Line<'_>) -> Result<(), BadRequest> {
        let Line::Data(data) = line else { return Err(BadRequest::Unexpected("0001".into())) };
        let bad = || BadRequest::Unexpected(shown(data));
        // A client whose history is cut off says where; what it sends is checked without that.
        if data.starts_with(b"shallow ") {
            return Ok(());
        }
        let mut parts = data.splitn(2, |byte| *byte == 0);
        let command = Line::Data(parts.next().unwrap_or_default()).text()?;
        let known = Line::Data(parts.next().unwrap_or_default()).text()?;
        let mut words = command.splitn(3, ' ');
        let mut oid = || words.next().and_then(|word| word.parse::<Oid>().ok());
        let (Some(from), Some(to)) = (oid(), oid()) else { return Err(bad()) };
        let name = words.next().filter(|name| !name.is_empty()).ok_or_else(bad)?.to_owned();
        if self.commands.len() >= COMMANDS_MAX {
            return Err(BadRequest::TooMany("commands", COMMANDS_MAX));
        }
        self.commands.push(Command { name, from, to });
        for word in known.split(' ') {
            match word {
                "atomic" => self.atomic = true,
                "quiet" => self.quiet = true,
                "side-band-64k" => self.bands = true,
                "report-status" | "report-status-v2" => self.report = true,
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether anything but deletions is asked for: then a pack follows.
    pub fn has_pack(&self) -> bool {
        self.commands.iter().any(|command| command.to != Oid::ZERO)
    }
}

/// What became of a push: whether the pack was taken in, and of each ref why it was not changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Why the pack was not taken in.
    pub unpack: Option<String>,
    /// The refs in order.
    pub refs: Vec<(String, Option<String>)>,
}

/// Words without the end of a line, and few.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(400).collect()
}

impl Report {
    /// The packet lines (`report-status`).
    pub fn lines(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let unpack = self.unpack.as_deref().unwrap_or("ok");
        pkt::text(&mut out, &format!("unpack {}", one_line(unpack)));
        for (name, why) in &self.refs {
            match why {
                None => pkt::text(&mut out, &format!("ok {name}")),
                Some(why) => pkt::text(&mut out, &format!("ng {name} {}", one_line(why))),
            }
        }
        out.extend_from_slice(pkt::FLUSH);
        out
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    fn read(bytes: &[u8]) -> Result<(Push, Vec<u8>), BadRequest> {
        let mut reader = HeadReader::default();
        reader.take(bytes)?;
        reader.end()
    }

    #[test]
    fn a_push_is_read_as_it_comes() {
        let (zero, one) = ("0".repeat(40), "01".repeat(20));
        let mut bytes = Vec::new();
        pkt::text(&mut bytes, &format!("shallow {one}"));
        let known = "report-status-v2 side-band-64k atomic quiet agent=x";
        pkt::put(&mut bytes, format!("{zero} {one} refs/heads/a b\0{known}").as_bytes());
        pkt::text(&mut bytes, &format!("{one} {zero} refs/tags/v1"));
        bytes.extend_from_slice(pkt::FLUSH);
        let head = bytes.len();
        bytes.extend_from_slice(b"PACK");
        let (push, rest) = read(&bytes).unwrap();
        assert_eq!(rest, b"PACK");
        assert!(push.atomic && push.quiet && push.bands && push.report && push.has_pack());
        assert_eq!((push.commands.len(), push.commands[0].name.as_str()), (2, "refs/heads/a b"));
        let mut reader = HeadReader::default();
        let whole: Vec<bool> = bytes[..head].iter().map(|byte| reader.take(&[*byte]).unwrap()).collect();
        assert_eq!(whole.iter().position(|whole| *whole), Some(head - 1));
        assert_eq!(reader.end(), Ok((push, Vec::new())));
        assert_eq!(read(&bytes[..head - 1]), Err(BadRequest::Short));
        assert_eq!(read(b"0000").unwrap(), (Push::default(), Vec::new()));
        for bad in [
            format!("{one} refs/heads/a"),
            format!("{one} x refs/heads/a"),
            format!("{one} {one}"),
            "x".into(),
        ] {
            let mut bytes = Vec::new();
            pkt::text(&mut bytes, &bad);
            bytes.extend_from_slice(pkt::FLUSH);
            assert!(read(&bytes).is_err(), "{bad}");
        }
        let mut endless = HeadReader::default();
        let line = format!("0036shallow {one} x");
        let ended = (0..100_000).find_map(|_| endless.take(line.as_bytes()).err());
        assert_eq!(ended, Some(BadRequest::TooMany("bytes before the pack", HEAD_BYTES_MAX)));
    }

    #[test]
    fn it_is_told_what_became_of_it() {
        let refs =
            vec![("refs/heads/a".to_owned(), None), ("refs/heads/b".to_owned(), Some("no\nway".to_owned()))];
        let told = String::from_utf8(Report { unpack: None, refs }.lines()).unwrap();
        assert_eq!(told, "000eunpack ok\n0014ok refs/heads/a\n001bng refs/heads/b no way\n0000");
    }
}
