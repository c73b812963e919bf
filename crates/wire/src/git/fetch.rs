//! What `git fetch` and `git clone` want, in every version of the protocol (gitprotocol-v2 "fetch", gitprotocol-pack "Packfile
//! Negotiation").

use seedcorn_core::digest::Oid;

use super::pkt::{self, Line};
use super::{BadRequest, shown};

/// Objects that are wanted, or said to be there, in one request.
pub const OIDS_MAX: usize = 100_000;
/// Commits that a client has without their parents.
pub const SHALLOW_MAX: usize = 100_000;

/// How much of the history is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Deepen {
    /// So many commits deep; nothing stands for all of it.
    pub depth: Option<u32>,
    /// The depth counts from where the client's history ends now.
    pub relative: bool,
    /// Commits from this moment on, in seconds since 1970 UTC.
    pub since: Option<i64>,
    /// Commits that these refs do not lead to.
    pub not: Vec<String>,
}

/// What is to be left out.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Filter {
    /// Nothing.
    #[default]
    None,
    /// Files of so many bytes and more.
    Blobs(u64),
    /// What lies so many folders deep and more.
    Trees(u32),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Fetch {
    /// What is wanted.
    pub wants: Vec<Oid>,
    /// What the client has.
    pub haves: Vec<Oid>,
    /// Commits whose parents the client has not.
    pub shallow: Vec<Oid>,
    /// How much of the history, if not as much as there is.
    pub deepen: Option<Deepen>,
    /// What is left out.
    pub filter: Filter,
    /// The client has told all that it will.
    pub done: bool,
    /// Even if enough is known, the pack is to wait for `done`.
    pub wait_for_done: bool,
    /// Bases may be told by their distance.
    pub ofs_delta: bool,
    /// Tags on what is sent are wanted too.
    pub include_tag: bool,
    /// People are not to be shown anything.
    pub no_progress: bool,
    /// Version 0: how the pack is wrapped, and how haves are answered.
    pub old: Old,
}

/// What only versions 0 and 1 leave open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Old {
    /// Bytes of a line of a band; nothing where there are no bands.
    pub band: Option<usize>,
    /// `multi_ack_detailed`.
    pub detailed: bool,
    /// `no-done`.
    pub no_done: bool,
    /// Whether anything came after what is wanted: until then nothing is said of what is there.
    pub told: bool,
}

fn oid(text: &str) -> Result<Oid, BadRequest> {
    text.parse().map_err(|_| BadRequest::Unexpected(text.chars().take(80).collect()))
}

fn push(list: &mut Vec<Oid>, text: &str, what: &'static str, most: usize) -> Result<(), BadRequest> {
    if list.len() >= most {
        return Err(BadRequest::TooMany(what, most));
    }
    list.push(oid(text)?);
    Ok(())
}

impl Fetch {
    /// Version 2: the arguments of `command=fetch`, up to the flush.
    ///
    /// # Errors
    /// [`BadRequest`] for what was not offered, or is more than is taken.
    pub fn version_2(bytes: &mut &[u8]) -> Result<Fetch, BadRequest> {
        let mut fetch = Fetch::default();
        loop {
            let line = pkt::must(bytes)?;
            if line == Line::Flush {
                return Ok(fetch);
            }
            fetch.argument(line.text()?)?;
        }
    }

    fn argument(&mut self, text: &str) -> Result<(), BadRequest> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        match word {
            "done" => self.done = true,
            "wait-for-done" => self.wait_for_done = true,
            "ofs-delta" => self.ofs_delta = true,
            "include-tag" => self.include_tag = true,
            "no-progress" => self.no_progress = true,
            // Deltas against what the client has are not made here.
            "thin-pack" => {}
            _ => return self.common(word, rest),
        }
        Ok(())
    }

    /// Lines that all versions have.
    fn common(&mut self, word: &str, rest: &str) -> Result<(), BadRequest> {
        let number =
            |text: &str| text.parse().map_err(|_| BadRequest::Unexpected(text.chars().take(80).collect()));
        match word {
            "want" => push(&mut self.wants, rest, "wants", OIDS_MAX)?,
            "have" => push(&mut self.haves, rest, "haves", OIDS_MAX)?,
            "shallow" => push(&mut self.shallow, rest, "shallow commits", SHALLOW_MAX)?,
            "deepen" => {
                let depth = u32::try_from(number(rest)?).unwrap_or(u32::MAX);
                // Version 0 says so where nothing is to be deepened.
                if depth > 0 {
                    self.deepen.get_or_insert_default().depth = Some(depth);
                }
            }
            "deepen-relative" => self.deepen.get_or_insert_default().relative = true,
            "deepen-since" => self.deepen.get_or_insert_default().since = Some(number(rest)?),
            "deepen-not" => {
                let not = &mut self.deepen.get_or_insert_default().not;
                if not.len() >= 1000 {
                    return Err(BadRequest::TooMany("refs to leave out", 1000));
                }
                not.push(rest.to_owned());
            }
            "filter" => self.filter = filter(rest)?,
            _ => return Err(BadRequest::Unknown(word.chars().take(80).collect())),
        }
        Ok(())
    }

    /// Versions 0 and 1: the whole body of a POST.
    ///
    /// # Errors
    /// [`BadRequest`] for what was not offered, or is more than is taken.
    pub fn version_0(bytes: &mut &[u8]) -> Result<Fetch, BadRequest> {
        let mut fetch = Fetch::default();
        let mut relative = false;
        // Wants come first, and what they can do with the first of them.
        while let Some(line) = pkt::take(bytes)? {
            if line == Line::Flush {
                break;
            }
            let text = line.text()?;
            let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
            if word == "want" {
                let (want, known) = rest.split_once(' ').unwrap_or((rest, ""));
                push(&mut fetch.wants, want, "wants", OIDS_MAX)?;
                known.split(' ').for_each(|word| relative |= fetch.capability(word));
            } else {
                fetch.common(word, rest)?;
            }
        }
        if let Some(deepen) = fetch.deepen.as_mut() {
            deepen.relative = relative;
        }
        while let Some(line) = pkt::take(bytes)? {
            fetch.old.told = true;
            match line {
                Line::Flush => {}
                Line::Data(_) if line.text()? == "done" => {
                    fetch.done = true;
                    break;
                }
                Line::Data(data) => match line.text()?.strip_prefix("have ") {
                    Some(have) => push(&mut fetch.haves, have, "haves", OIDS_MAX)?,
                    None => return Err(BadRequest::Unexpected(shown(data))),
                },
                Line::Delim => return Err(BadRequest::Unexpected("0001".into())),
            }
        }
        match bytes.is_empty() {
            true => Ok(fetch),
            false => Err(BadRequest::Unexpected(shown(bytes))),
        }
    }

    /// Takes note of what a client can do; tells whether depths are relative.
    fn capability(&mut self, word: &str) -> bool {
        match word {
            "side-band-64k" => self.old.band = Some(pkt::BAND_MAX),
            "side-band" => self.old.band = self.old.band.or(Some(995)),
            "multi_ack_detailed" => self.old.detailed = true,
            "no-done" => self.old.no_done = true,
            "ofs-delta" => self.ofs_delta = true,
            "include-tag" => self.include_tag = true,
            "no-progress" => self.no_progress = true,
            _ => {}
        }
        word == "deepen-relative"
    }
}

/// `blob:none`, `blob:limit=4k`, `tree:0`.
fn filter(text: &str) -> Result<Filter, BadRequest> {
    let unknown = || BadRequest::Unknown(format!("filter {}", text.chars().take(60).collect::<String>()));
    if text == "blob:none" {
        return Ok(Filter::Blobs(0));
    }
    if let Some(depth) = text.strip_prefix("tree:") {
        return depth.parse().map(Filter::Trees).map_err(|_| unknown());
    }
    let size = text.strip_prefix("blob:limit=").ok_or_else(unknown)?;
    let (digits, unit) = match size.as_bytes().last().map(u8::to_ascii_lowercase) {
        Some(b'k') => (&size[..size.len() - 1], 1 << 10),
        Some(b'm') => (&size[..size.len() - 1], 1 << 20),
        Some(b'g') => (&size[..size.len() - 1], 1 << 30),
        _ => (size, 1_u64),
    };
    let number: u64 = digits.parse().map_err(|_| unknown())?;
    number.checked_mul(unit).map(Filter::Blobs).ok_or_else(unknown)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;

    fn lines(all: &[&str]) -> Vec<u8> {
        let mut out = Vec::new();
        for line in all {
            match *line {
                "0000" => out.extend_from_slice(pkt::FLUSH),
                line => pkt::text(&mut out, line),
            }
        }
        out
    }

    #[test]
    fn version_2_is_read() {
        let one = "01".repeat(20);
        let want = format!("want {one}");
        let have = format!("have {one}");
        let all = [
            "thin-pack",
            "no-progress",
            "include-tag",
            "ofs-delta",
            &want,
            &have,
            "deepen 3",
            "deepen-relative",
            "filter blob:limit=2k",
            "done",
            "0000",
        ];
        let fetch = Fetch::version_2(&mut lines(&all).as_slice()).unwrap();
        assert_eq!((fetch.wants.len(), fetch.haves.len(), fetch.done, fetch.ofs_delta), (1, 1, true, true));
        let deepen = Deepen { depth: Some(3), relative: true, ..Deepen::default() };
        assert_eq!((fetch.deepen, fetch.filter), (Some(deepen), Filter::Blobs(2048)));
        for bad in [
            "want x",
            "have",
            "deepen x",
            "sideband-all",
            "filter sparse:oid=1",
            "filter tree:x",
            "want-ref r",
        ] {
            assert!(Fetch::version_2(&mut lines(&[bad, "0000"]).as_slice()).is_err(), "{bad}");
        }
        assert_eq!(Fetch::version_2(&mut lines(&["done"]).as_slice()), Err(BadRequest::Short));
        assert!(filter("blob:limit=99999999999g").is_err() && filter("blob:limit=").is_err());
        assert_eq!((filter("tree:0"), filter("blob:none")), (Ok(Filter::Trees(0)), Ok(Filter::Blobs(0))));
    }

    #[test]
    fn version_0_is_read() {
        let one = "01".repeat(20);
        let first =
            format!("want {one} multi_ack_detailed no-done side-band-64k ofs-delta deepen-relative agent=x");
        let (want, shallow, have) = (format!("want {one}"), format!("shallow {one}"), format!("have {one}"));
        let all = [&first, &want, &shallow, "deepen 2", "0000", &have, "0000", &have, "done"];
        let fetch = Fetch::version_0(&mut lines(&all).as_slice()).unwrap();
        assert_eq!((fetch.wants.len(), fetch.haves.len(), fetch.shallow.len(), fetch.done), (2, 2, 1, true));
        assert!(fetch.old.detailed && fetch.old.no_done && fetch.deepen.unwrap().relative);
        assert_eq!(fetch.old.band, Some(pkt::BAND_MAX));
        // One that is cut off before it is done is answered as far as it goes.
        let cut = Fetch::version_0(&mut lines(&[&want, "0000", &have]).as_slice()).unwrap();
        assert!(!cut.done && cut.old.told);
        assert!(!Fetch::version_0(&mut lines(&[&want, "deepen 1", "0000"]).as_slice()).unwrap().old.told);
        let after = [&want[..], "0000", "done", "more"];
        assert!(Fetch::version_0(&mut lines(&after).as_slice()).is_err());
        assert!(Fetch::version_0(&mut lines(&[&want, "0000", "want x"]).as_slice()).is_err());
    }
}
