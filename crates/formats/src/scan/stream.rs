//! Bytes that come one after the other, looked at as they pass: a pickle, an array, something packed, or something else.

use seedcorn_core::scan::{Found, Verdict};

use super::place::Place;
use super::tar::Tar;
use super::unpack::Unpack;
use super::{npy, tar, zip};
use crate::kind;
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
    /// Whether it is neither text nor anything that is known to do nothing.
    is_opaque: bool,
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
    Tar(Box<Tar>),
    Done,
}

impl Default for At {
    fn default() -> At {
        At::Head(Vec::new())
    }
}

/// What is written in a way that is not looked into, by its first bytes.
const CLOSED: [(&[u8], &str); 9] = [
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\0", "xz"),
    (b"]\0\0", "LZMA"),
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
            At::Tar(tar) => tar.is_open(),
            At::Done => false,
        }
    }

    /// Of the bytes that come next those that tell nothing, at most so many: they are left out.
    pub(super) fn skip(&mut self, most: u64) -> u64 {
        match &mut self.at {
            At::Pickle(pickle, _) => pickle.skip(most),
            At::Tar(tar) => tar.skip(most),
            _ => 0,
        }
    }

    /// Whether an archive may stand behind it that some would open instead.
    pub(super) fn is_opaque(&self) -> bool {
        self.is_opaque
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
            At::Tar(tar) => tar.take(bytes),
            At::Done => {}
        }
    }

    /// Its beginning is there, or all of it.
    fn begin(&mut self) {
        let At::Head(head) = std::mem::replace(&mut self.at, At::Done) else { return };
        let closed = CLOSED.iter().find(|(magic, _)| head.starts_with(magic));
        let text = std::str::from_utf8(&head).is_ok_and(|text| !text.contains('\0'));
        self.is_opaque =
            !text && matches!(kind::sniff(&head), None | Some(kind::Kind::Pickle | kind::Kind::Binary(_)));
        let (unpack, is_tar) = (Unpack::begins(&head, &self.place.packed()), tar::begins(&head));
        if (unpack.is_some() || is_tar) && self.place.packed().is_too_deep() {
            return self.closed("too much is packed in each other");
        }
        self.at = if let Some(unpack) = unpack {
            At::Packed(Box::new(unpack))
        } else if head.starts_with(npy::MAGIC) {
            At::Array(Vec::new())
        } else if is_tar {
            At::Tar(Box::new(Tar::new(self.place.clone())))
        } else if let Some((_, what)) = closed.filter(|(magic, _)| *magic != b"PK" || zip::begins(&head)) {
            return self.closed(&format!("it is written in a way ({what}) that is not looked into"));
        } else {
            At::Pickle(Box::default(), self.place.is_pickle)
        };
        self.take(&head);
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
                self.at = At::Pickle(Box::default(), true);
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
                if told.is_pickle() {
                    self.found.part("", told.found());
                } else if is_hinted {
                    self.found.add(Verdict::Unscannable, "it is called a pickle and cannot be read as one");
                }
            }
            At::Packed(packed) => self.found.part("", packed.finish()),
            At::Tar(tar) => self.found.part("", tar.finish()),
        }
        self.found
    }
}
