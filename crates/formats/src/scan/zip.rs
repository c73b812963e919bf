//! Zip archives (PKWARE's application note 6.3.10), by both of their directories: the one at the end, and the headers before each file.
//! Loaders read now one, now the other; where the two differ, somebody wants to show one thing and load another.

mod directory;
mod local;

use std::collections::BTreeSet;
use std::ops::Range;

use seedcorn_core::scan::{Found, Verdict};

use super::PIECE_BYTES;
use super::place::Place;
use super::stream::Stream;
use super::unpack::Unpack;
use directory::{End, Entry};

pub(super) use directory::{END_BYTES_MAX, ends};

/// Bytes of a directory that are read.
const DIRECTORY_BYTES_MAX: u64 = 64 << 20;
/// Bytes of a file's header that are read at first, with the beginning of the file: most tell enough.
const LOCAL_BYTES: u64 = 4096;
/// Bytes between two files that belong to neither: what says their lengths afterwards takes up to 24, and some align.
const GAP_BYTES_MAX: u64 = 4096;
/// Files of one archive that are looked into.
const ENTRIES_MAX: usize = 200_000;

/// Whether something begins as an archive does.
pub(super) fn begins(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04")
        || head.starts_with(b"PK\x05\x06")
        || head.starts_with(b"PK\x07\x08PK\x03\x04")
}

/// An archive that is being looked into.
#[derive(Debug)]
pub(super) struct Zip {
    bytes: u64,
    place: Place,
    at: At,
    /// The files, in the order in which they lie.
    entries: Vec<Entry>,
    /// The file that is looked into.
    entry: usize,
    /// Where the file before it ends.
    end_before: u64,
    /// Where the directory begins, and how many bytes stand before the archive.
    directory: u64,
    before: u64,
    found: Found,
}

#[derive(Debug)]
enum At {
    /// The end, which tells where the directory is.
    End,
    /// The other end, of archives of many or large files.
    End64(u64),
    Directory(Range<u64>),
    /// The header of a file, so long at least.
    Local(u64),
    /// A file, from this byte on to its end.
    File(Content, Range<u64>),
    Done,
}

#[derive(Debug)]
enum Content {
    Stored(Box<Stream>),
    Deflated(Box<Unpack>),
}

impl Zip {
    /// A file of so many bytes that is an archive.
    pub(super) fn new(bytes: u64, place: Place) -> Zip {
        Zip {
            bytes,
            place,
            at: At::End,
            entries: Vec::new(),
            entry: 0,
            end_before: 0,
            directory: bytes,
            before: 0,
            found: Found::default(),
        }
    }

    /// The bytes that are wanted next.
    pub(super) fn wants(&self) -> Option<Range<u64>> {
        match &self.at {
            At::End => Some(self.bytes.saturating_sub(END_BYTES_MAX)..self.bytes),
            At::End64(at) => Some(*at..self.bytes.min(at.saturating_add(directory::END64_BYTES))),
            At::Directory(range) => Some(range.clone()),
            At::Local(bytes) => {
                let at = self.entries[self.entry].at;
                Some(at..self.bytes.min(at.saturating_add(*bytes)))
            }
            At::File(_, range) => Some(range.start..range.end.min(range.start + PIECE_BYTES)),
            At::Done => None,
        }
    }

    /// Takes the bytes that were wanted.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        self.at = match std::mem::replace(&mut self.at, At::Done) {
            At::End => self.end(bytes),
            At::End64(at) => match End::with64(bytes, at) {
                Some(end) => self.found_end(&end),
                None => self.broken("the end of the archive cannot be read"),
            },
            At::Directory(_) => self.read_directory(bytes),
            At::Local(asked) => self.local(bytes, asked),
            At::File(content, range) => self.content(content, range, bytes),
            At::Done => At::Done,
        };
    }

    fn broken(&mut self, why: &str) -> At {
        self.found.add(Verdict::Unscannable, why);
        At::Done
    }

    fn odd(&mut self, why: String) {
        self.found.add(Verdict::Suspicious, why);
    }

    fn end(&mut self, tail: &[u8]) -> At {
        if let Some(why) = directory::odd_end(tail) {
            self.odd(why.into());
        }
        let Some((end, end64)) = End::find(tail, self.bytes - tail.len() as u64) else {
            return self.broken("it begins as an archive and does not end as one");
        };
        match end64 {
            Some([said, found]) => {
                if said != found {
                    self.odd("what points to the end of the archive points elsewhere".into());
                }
                At::End64(found)
            }
            None => self.found_end(&end),
        }
    }

    fn found_end(&mut self, end: &End) -> At {
        let Some((range, before)) = end.directory() else {
            return self.broken("the directory of the archive lies outside of it");
        };
        self.directory = range.start;
        self.before = before;
        if before > 0 {
            self.odd("something stands before the archive".into());
        }
        match range.end - range.start {
            0 => At::Done,
            bytes if bytes > DIRECTORY_BYTES_MAX => self.broken("the directory of the archive is too long"),
            _ => At::Directory(range),
        }
    }

    fn read_directory(&mut self, bytes: &[u8]) -> At {
        let (mut entries, is_whole) = directory::read(bytes, ENTRIES_MAX);
        if !is_whole {
            self.found.add(Verdict::Unscannable, "the directory of the archive cannot be read to its end");
        }
        let mut names = BTreeSet::new();
        for entry in &entries {
            if !names.insert(entry.name.clone()) {
                self.odd(format!("it has two files of the name {}", entry.name_shown()));
            }
            if let Some(why) = entry.odd() {
                self.odd(why);
            }
        }
        entries.sort_by_key(|entry| entry.at);
        for entry in &mut entries {
            entry.at = entry.at.saturating_add(self.before);
        }
        self.end_before = self.before;
        self.entries = entries;
        self.from(0)
    }

    /// Goes on with a file, or ends.
    fn from(&mut self, entry: usize) -> At {
        self.entry = entry;
        while let Some(next) = self.entries.get(self.entry) {
            if next.at < self.bytes {
                return At::Local(LOCAL_BYTES);
            }
            let why = format!("{} lies outside of the archive", next.name_shown());
            self.found.add(Verdict::Unscannable, why);
            self.entry += 1;
        }
        if self.directory.saturating_sub(self.end_before) > GAP_BYTES_MAX {
            self.odd("bytes before its directory belong to no file of it".into());
        }
        At::Done
    }

    fn local(&mut self, bytes: &[u8], asked: u64) -> At {
        let entry = self.entries[self.entry].clone();
        let name = entry.name_shown();
        let Some(header) = local::Header::read(bytes) else {
            self.found.add(Verdict::Unscannable, format!("the header of {name} cannot be read"));
            return self.from(self.entry + 1);
        };
        if header.bytes > bytes.len() as u64 {
            if asked >= header.bytes {
                self.found.add(Verdict::Unscannable, format!("the header of {name} cannot be read"));
                return self.from(self.entry + 1);
            }
            return At::Local(header.bytes);
        }
        for why in header.differs(bytes, &entry) {
            self.odd(format!("the two directories of the archive differ in {why} of {name}"));
        }
        if entry.at < self.end_before {
            self.odd(format!("{name} lies upon another file of the archive"));
            // Many upon each other would be looked into again and again.
            self.found.add(Verdict::Unscannable, format!("{name} is not looked into"));
            return self.from(self.entry + 1);
        } else if entry.at - self.end_before > if self.entry == 0 { 0 } else { GAP_BYTES_MAX } {
            self.odd(format!("bytes before {name} belong to no file of the archive"));
        }
        if entry.is_secret() || header.is_secret() {
            self.found.add(Verdict::Unscannable, format!("{name} is encrypted"));
        }
        let start = entry.at + header.bytes;
        let end = start.saturating_add(entry.packed).min(self.bytes);
        self.end_before = self.end_before.max(end);
        let place = self.place.within(&name);
        let content = match entry.method {
            0 => Content::Stored(Box::new(Stream::new(place))),
            8 => Content::Deflated(Box::new(Unpack::deflated(place))),
            other => {
                let why = format!("{name} is packed in a way that is not looked into (method {other})");
                self.found.add(Verdict::Unscannable, why);
                return self.from(self.entry + 1);
            }
        };
        let is_code = entry.name.starts_with(b"code/") || entry.name.windows(6).any(|part| part == b"/code/");
        if is_code && entry.name.ends_with(b".py") {
            self.odd("it holds TorchScript, code that runs when it is used".into());
        }
        let here = &bytes[usize::try_from(header.bytes).unwrap_or(usize::MAX).min(bytes.len())..];
        let here = &here[..usize::try_from(end.saturating_sub(start)).unwrap_or(usize::MAX).min(here.len())];
        self.content(content, start..end, here)
    }

    fn content(&mut self, mut content: Content, range: Range<u64>, bytes: &[u8]) -> At {
        let mut at = range.start + bytes.len() as u64;
        let is_open = match &mut content {
            Content::Stored(stream) => {
                stream.take(bytes);
                at += stream.skip(range.end.saturating_sub(at));
                stream.is_open()
            }
            Content::Deflated(packed) => {
                packed.take(bytes);
                packed.is_open()
            }
        };
        if is_open && at < range.end {
            return At::File(content, at..range.end);
        }
        let found = match content {
            Content::Stored(stream) => stream.finish(),
            Content::Deflated(packed) => packed.finish(),
        };
        let name = self.entries[self.entry].name_shown();
        self.found.part(&name, found);
        self.from(self.entry + 1)
    }

    /// What was found.
    pub(super) fn finish(mut self) -> Found {
        self.place.judge(&mut self.found);
        self.found
    }
}
