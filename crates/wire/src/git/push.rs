//! What `git push` asks for, and how it is told what became of it (gitprotocol-pack, "Pushing Data To a Server").

use seedcorn_core::digest::Oid;

use super::pkt::{self, Line};
use super::{BadRequest, shown};

/// Refs that are changed at once.
pub const COMMANDS_MAX: usize = 10_000;
/// Bytes of all commands and options.
pub const HEAD_BYTES_MAX: usize = 4 << 20;
/// Options of one push.
const OPTIONS_MAX: usize = 100;

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
    /// `git push -o`.
    pub options: Vec<String>,
}

impl Push {
    /// Reads the head of a push: what is left of `bytes` belongs to the pack. Nothing, if more of it is to come.
    ///
    /// # Errors
    /// [`BadRequest`] for what it cannot be.
    pub fn read(bytes: &mut &[u8]) -> Result<Option<Push>, BadRequest> {
        let mut rest = *bytes;
        let (mut push, mut has_options) = (Push::default(), false);
        loop {
            let Some(line) = pkt::take(&mut rest)? else { return Push::more(bytes) };
            if line == Line::Flush {
                break;
            }
            has_options |= push.command(line)?;
        }
        if has_options {
            loop {
                let Some(line) = pkt::take(&mut rest)? else { return Push::more(bytes) };
                if line == Line::Flush {
                    break;
                }
                if push.options.len() >= OPTIONS_MAX {
                    return Err(BadRequest::TooMany("options", OPTIONS_MAX));
                }
                push.options.push(line.text()?.to_owned());
            }
        }
        *bytes = rest;
        Ok(Some(push))
    }

    fn more(bytes: &[u8]) -> Result<Option<Push>, BadRequest> {
        match bytes.len() > HEAD_BYTES_MAX {
            true => Err(BadRequest::TooMany("bytes before the pack", HEAD_BYTES_MAX)),
            false => Ok(None),
        }
    }

    /// A line; tells whether options come after the commands.
    fn command(&mut self, line: Line<'_>) -> Result<bool, BadRequest> {
        let Line::Data(data) = line else { return Err(BadRequest::Unexpected("0001".into())) };
        let bad = || BadRequest::Unexpected(shown(data));
        // A client whose history is cut off says where; what it sends is checked without that.
        if data.starts_with(b"shallow ") {
            return Ok(false);
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
        let mut has_options = false;
        for word in known.split(' ') {
            match word {
                "atomic" => self.atomic = true,
                "quiet" => self.quiet = true,
                "side-band-64k" => self.bands = true,
                "report-status" | "report-status-v2" => self.report = true,
                "push-options" => has_options = true,
                _ => {}
            }
        }
        Ok(has_options)
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

    #[test]
    fn a_push_is_read_as_it_comes() {
        let (zero, one) = ("0".repeat(40), "01".repeat(20));
        let mut bytes = Vec::new();
        pkt::text(&mut bytes, &format!("shallow {one}"));
        let known = "report-status-v2 side-band-64k atomic quiet push-options agent=x";
        pkt::put(&mut bytes, format!("{zero} {one} refs/heads/a b\0{known}").as_bytes());
        pkt::text(&mut bytes, &format!("{one} {zero} refs/tags/v1"));
        bytes.extend_from_slice(pkt::FLUSH);
        pkt::text(&mut bytes, "ci.skip");
        bytes.extend_from_slice(pkt::FLUSH);
        let head = bytes.len();
        bytes.extend_from_slice(b"PACK");
        for end in 0..head {
            let mut part = &bytes[..end];
            assert_eq!(Push::read(&mut part).unwrap(), None, "at {end}");
            assert_eq!(part.len(), end, "nothing was taken");
        }
        let mut rest = bytes.as_slice();
        let push = Push::read(&mut rest).unwrap().unwrap();
        assert_eq!(rest, b"PACK");
        assert!(push.atomic && push.quiet && push.bands && push.report && push.has_pack());
        assert_eq!((push.commands.len(), push.commands[0].name.as_str()), (2, "refs/heads/a b"));
        assert_eq!(push.options, ["ci.skip"]);
        assert_eq!(Push::read(&mut &b"0000"[..]).unwrap().unwrap(), Push::default());
        for bad in [
            format!("{one} refs/heads/a"),
            format!("{one} x refs/heads/a"),
            format!("{one} {one}"),
            "x".into(),
        ] {
            let mut bytes = Vec::new();
            pkt::text(&mut bytes, &bad);
            bytes.extend_from_slice(pkt::FLUSH);
            assert!(Push::read(&mut bytes.as_slice()).is_err(), "{bad}");
        }
    }

    #[test]
    fn it_is_told_what_became_of_it() {
        let refs =
            vec![("refs/heads/a".to_owned(), None), ("refs/heads/b".to_owned(), Some("no\nway".to_owned()))];
        let told = String::from_utf8(Report { unpack: None, refs }.lines()).unwrap();
        assert_eq!(told, "000eunpack ok\n0014ok refs/heads/a\n001bng refs/heads/b no way\n0000");
    }
}
