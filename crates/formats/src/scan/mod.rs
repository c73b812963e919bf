//! Whether a file may harm whoever opens it, told from what is in it and not from what it is called.
//!
//! Pickles are programs, and hide in archives, behind other endings, in arrays and behind other pickles. All of these are looked
//! into; what cannot be is never called clean. A file is asked for piece by piece: of an archive only what may be a program is read, so
//! that gigabytes of tensors cost nothing.

mod npy;
mod place;
mod stream;
mod tar;
mod told;
mod unpack;
mod zip;

use std::ops::Range;

use seedcorn_core::scan::{Found, Verdict};

use place::Place;
pub use place::{WAYS, read_as};
use stream::Stream;
use told::Told;
use zip::Zip;

/// The rules by which files are judged: another number wherever any file may be judged otherwise than before.
pub const RULES: i64 = 4;
/// Bytes that are asked for at once.
const PIECE_BYTES: u64 = 1 << 20;
/// Bytes of a file's beginning that tell what it is.
const HEAD_BYTES: u64 = 1024;

/// Looks into a file: it says which bytes it wants, and gets them.
#[derive(Debug)]
pub struct Scan {
    bytes: u64,
    place: Place,
    at: At,
    /// What it says about itself, looked into once its bytes were: by its name, and by what it begins with.
    told: Vec<Told>,
    found: Found,
}

#[derive(Debug)]
enum At {
    /// Its beginning is wanted.
    Head,
    /// It is read from this byte on.
    Stream(Box<Stream>, u64),
    /// It is an archive.
    Zip(Box<Zip>),
    /// What it says about itself is wanted.
    Told(Told),
    /// Its end is wanted: an archive may stand behind what it begins with.
    End,
    /// Nothing more is wanted.
    Done,
}

impl Scan {
    /// Of a file by its path, of so many bytes.
    pub fn new(path: &str, bytes: u64) -> Scan {
        let at = if bytes == 0 { At::Done } else { At::Head };
        let told = Told::by_name(path, bytes).into_iter().collect();
        Scan { bytes, place: Place::of(path), at, told, found: Found::default() }
    }

    /// The bytes that are wanted next, within the file and never none; nothing when all is known.
    pub fn wants(&self) -> Option<Range<u64>> {
        match &self.at {
            At::Head => Some(0..self.bytes.min(HEAD_BYTES)),
            At::Stream(_, at) => Some(*at..self.bytes.min(at + PIECE_BYTES)),
            At::Zip(zip) => zip.wants(),
            At::Told(told) => Some(told.wants()),
            At::End => Some(self.bytes.saturating_sub(zip::END_BYTES_MAX)..self.bytes),
            At::Done => None,
        }
    }

    /// Takes the bytes that were wanted.
    pub fn take(&mut self, bytes: &[u8]) {
        self.at = match std::mem::replace(&mut self.at, At::Done) {
            At::Head => self.with_head(bytes),
            At::Stream(stream, at) => self.with_stream(*stream, at, bytes),
            At::Zip(mut zip) => {
                zip.take(bytes);
                self.with_zip(*zip)
            }
            At::End => {
                if zip::ends(bytes) {
                    self.found.add(Verdict::Suspicious, "an archive stands behind what it begins with");
                    self.with_zip(Zip::new(self.bytes, self.place.clone()))
                } else {
                    self.with_told()
                }
            }
            At::Told(mut told) => match told.take(bytes, self.bytes) {
                Some(found) => {
                    self.found.part("", found);
                    self.with_told()
                }
                None => At::Told(told),
            },
            At::Done => At::Done,
        };
    }

    fn with_head(&mut self, bytes: &[u8]) -> At {
        // Some loaders go by names and others by what is there.
        let by_head = Told::by_head(bytes, self.bytes).filter(|told| !self.told.contains(told));
        self.told.extend(by_head);
        match zip::begins(bytes) {
            true => self.with_zip(Zip::new(self.bytes, self.place.clone())),
            false => self.with_stream(Stream::new(self.place.clone()), 0, bytes),
        }
    }

    fn with_told(&mut self) -> At {
        self.told.pop().map_or(At::Done, At::Told)
    }

    fn with_stream(&mut self, mut stream: Stream, at: u64, bytes: &[u8]) -> At {
        stream.take(bytes);
        // What it does not want is stepped over: tensors in the middle of a pickle.
        let at = at + bytes.len() as u64;
        let at = at + stream.skip(self.bytes.saturating_sub(at));
        if stream.is_open() && at < self.bytes {
            return At::Stream(Box::new(stream), at);
        }
        self.found.part("", stream.finish());
        At::End
    }

    fn with_zip(&mut self, zip: Zip) -> At {
        if zip.wants().is_some() {
            return At::Zip(Box::new(zip));
        }
        self.found.part("", zip.finish());
        self.with_told()
    }

    /// What was found.
    pub fn finish(self) -> Found {
        let is_open = self.wants().is_some();
        let mut found = self.found;
        if is_open {
            found.add(Verdict::Unscannable, "it was not read to its end");
        }
        found
    }
}

#[cfg(test)]
mod tests;
