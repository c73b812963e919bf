//! Bytes that come one after the other, looked at as they pass: a pickle, an array, something packed, or something else.

use seedcorn_core::scan::{Found, Verdict};

use super::place::Place;
use super::tar::Tar;
use super::unpack::Unpack;
use super::{npy, tar, zip};
use crate::pickle::Pickle;

/// Bytes of a beginning that tell what it is, and how long a header of an array may be.
const HEAD_BYTES: usize = 1024;
const ARRAY_HEADER_BYTES_MAX: usize = 1 << 20;

/// Something that is read in one go.
#[derive(Debug, Default)]
pub(super) struct Stream {
    place: Place,
    at: At,
    found: Found,
    /// Whether it begins as text.
    is_text: bool,
}

#[derive(Debug)]
enum At {
    /// Its beginning, as far as it is there.
    Head(Vec<u8>),
    /// The header of an array, as far as it is there.
    Array(Vec<u8>),
    /// What may be a pickle; whether it has to be one.
    Pickle(Box<Pickle>, bool),
    Packed(Box<Unpack>),
    /// An archive, which may be a pickle as well that holds one in a text.
    Tar(Box<Tar>, Box<Pickle>),
    Done,
}

impl Default for At {
    fn default() -> At {
        At::Head(Vec::new())
    }
}

/// What is written in a way that is not looked into, by its first bytes.
const CLOSED: [(&[u8], &str); 10] = [
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"]\0", "LZMA"),
    (b"ZF0x", "joblib"),
    (b"\x28\xb5\x2f\xfd", "Zstandard"),
    (b"\x04\x22\x4d\x18", "LZ4"),
    (b"7z\xbc\xaf\x27\x1c", "7-Zip"),
    (b"Rar!\x1a\x07", "RAR"),
    // Models of Keras in it may hold functions.
    (b"\x89HDF\r\n\x1a\n", "HDF5"),
    (b"PK", "an archive"),
];

impl Stream {
    /// Something that lies somewhere.
    pub(super) fn new(place: Place) -> Stream {
        Stream { place, ..Stream::default() }
    }

    /// Whether more bytes may tell more.
    pub(super) fn is_open(&self) -> bool {
        match &self.at {
            At::Head(_) | At::Array(_) => true,
            At::Pickle(pickle, _) => pickle.is_open(),
            At::Packed(packed) => packed.is_open(),
            At::Tar(tar, pickle) => tar.is_open() || pickle.is_open(),
            At::Done => false,
        }
    }

    /// Of the bytes that come next those that tell nothing, at most so many: they are left out.
    pub(super) fn skip(&mut self, most: u64) -> u64 {
        match &mut self.at {
            At::Pickle(pickle, _) => pickle.skip(most),
            At::Tar(tar, pickle) if !pickle.is_open() => tar.skip(most),
            _ => 0,
        }
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        match &mut self.at {
            At::Head(head) => {
                head.extend_from_slice(bytes);
                if head.len() >= HEAD_BYTES {
                    self.begin();
                }
            }
            At::Array(header) => {
                header.extend_from_slice(bytes);
                self.array();
            }
            At::Pickle(pickle, _) => pickle.take(bytes),
            At::Packed(packed) => packed.take(bytes),
            At::Tar(tar, pickle) => {
                tar.take(bytes);
                pickle.take(bytes);
            }
            At::Done => {}
        }
    }

    /// Its beginning is there, or all of it.
    fn begin(&mut self) {
        let At::Head(head) = std::mem::replace(&mut self.at, At::Done) else { return };
        let closed = CLOSED.iter().find(|(magic, _)| head.starts_with(magic));
        // A letter may be cut off at the end.
        let (text, rest) =
            head.utf8_chunks().next().map_or(("", 0), |one| (one.valid(), one.invalid().len()));
        let is_control = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t' | '\x0c');
        self.is_text = text.len() + rest == head.len() && rest < 4 && !text.contains(is_control);
        let (unpack, is_tar) = (Unpack::begins(&head, &self.place.packed()), tar::begins(&head));
        if (unpack.is_some() || is_tar) && self.place.packed().is_too_deep() {
            return self.closed("too much is packed in each other");
        }
        self.at = if let Some(unpack) = unpack {
            At::Packed(Box::new(unpack))
        } else if head.starts_with(npy::MAGIC) {
            At::Array(Vec::new())
        } else if is_tar {
            At::Tar(Box::new(Tar::new(self.place.clone())), self.pickle())
        } else if matches!(head.as_slice(), [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]) {
            return self.closed("it is written in a way (Zstandard) that is not looked into");
        } else if let Some((_, what)) = closed.filter(|(magic, _)| *magic != b"PK" || zip::begins(&head)) {
            return self.closed(&format!("it is written in a way ({what}) that is not looked into"));
        } else {
            At::Pickle(self.pickle(), self.place.is_pickle)
        };
        self.take(&head);
    }

    fn pickle(&self) -> Box<Pickle> {
        Box::new(Pickle::counting(self.place.opcodes.clone()))
    }

    fn closed(&mut self, why: &str) {
        self.found.add(Verdict::Unscannable, why);
    }

    fn array(&mut self) {
        let At::Array(header) = &self.at else { return };
        match npy::header_end(header) {
            Some(end) if end > ARRAY_HEADER_BYTES_MAX => {
                self.at = At::Done;
                self.closed("the header of an array is too long");
            }
            Some(end) if header.len() >= end => {
                let (header, rest) = header.split_at(end);
                if !npy::holds_objects(header) {
                    self.at = At::Done;
                    return;
                }
                let rest = rest.to_vec();
                self.at = At::Pickle(self.pickle(), true);
                self.take(&rest);
            }
            _ => {}
        }
    }

    /// There are no more bytes, or none that are wanted.
    pub(super) fn finish(mut self) -> Found {
        if matches!(self.at, At::Head(_)) {
            self.begin();
        }
        match self.at {
            At::Head(_) | At::Done => {}
            At::Array(_) => self.found.add(Verdict::Unscannable, "it ends in the header of an array"),
            At::Pickle(pickle, is_hinted) => {
                let told = pickle.finish();
                if told.is_pickle(self.is_text) {
                    self.found.part("", told.found());
                } else if is_hinted {
                    self.found.add(Verdict::Unscannable, "it is called a pickle and cannot be read as one");
                }
            }
            At::Packed(packed) => self.found.part("", packed.finish()),
            At::Tar(tar, pickle) => {
                let told = pickle.finish();
                if told.is_pickle(false) {
                    self.found.part("", told.found());
                }
                self.found.part("", tar.finish());
            }
        }
        self.place.judge(&mut self.found);
        self.found
    }
}
