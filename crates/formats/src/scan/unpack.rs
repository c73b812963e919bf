//! What is packed (gzip, zlib, deflate), unpacked as it passes and looked at; how much comes out has an end.

use std::io::{self, Write};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use seedcorn_core::scan::{Found, Verdict};

use super::place::Place;
use super::stream::Stream;

/// Something packed.
#[derive(Debug)]
pub(super) struct Unpack {
    with: With,
    /// Whether its packed bytes ended well, or badly.
    ended: Option<bool>,
}

#[derive(Debug)]
enum With {
    Deflate(DeflateDecoder<Out>),
    Gzip(MultiGzDecoder<Out>),
    Zlib(ZlibDecoder<Out>),
}

/// Where it goes.
#[derive(Debug, Default)]
struct Out {
    stream: Stream,
    place: Place,
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.place.unpack(bytes.len());
        if !self.is_open() {
            return Err(io::Error::other("no more is wanted"));
        }
        self.stream.take(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Out {
    fn new(place: Place) -> Out {
        Out { stream: Stream::new(place.clone()), place }
    }

    fn is_open(&self) -> bool {
        !self.place.is_full() && self.stream.is_open()
    }
}

impl With {
    fn out(&mut self) -> &mut Out {
        match self {
            With::Deflate(with) => with.get_mut(),
            With::Gzip(with) => with.get_mut(),
            With::Zlib(with) => with.get_mut(),
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            With::Deflate(with) => with.write(bytes),
            With::Gzip(with) => with.write(bytes),
            With::Zlib(with) => with.write(bytes),
        }
    }

    fn end(&mut self) -> io::Result<()> {
        match self {
            With::Deflate(with) => with.try_finish(),
            With::Gzip(with) => with.try_finish(),
            With::Zlib(with) => with.try_finish(),
        }
    }
}

impl Unpack {
    /// What is deflated without anything around it, as in archives.
    pub(super) fn deflated(place: Place) -> Unpack {
        Unpack { with: With::Deflate(DeflateDecoder::new(Out::new(place))), ended: None }
    }

    /// What begins as gzip or zlib do (RFC 1952 §2.3.1, RFC 1950 §2.2).
    pub(super) fn begins(head: &[u8], place: &Place) -> Option<Unpack> {
        let out = || Out::new(place.clone());
        let with = match head {
            [0x1f, 0x8b, 8, ..] => With::Gzip(MultiGzDecoder::new(out())),
            [0x78, flags @ (0x01 | 0x5e | 0x9c | 0xda), ..]
                if (0x7800 + u16::from(*flags)).is_multiple_of(31) =>
            {
                With::Zlib(ZlibDecoder::new(out()))
            }
            _ => return None,
        };
        Some(Unpack { with, ended: None })
    }

    /// Whether more bytes may tell more.
    pub(super) fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    /// Takes the next packed bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && self.is_open() {
            match self.with.write(bytes) {
                // What stands behind its end belongs to nobody.
                Ok(0) => self.ended = Some(true),
                Ok(some) => bytes = bytes.get(some..).unwrap_or_default(),
                Err(_) => self.ended = Some(!self.with.out().is_open()),
            }
            if !self.with.out().is_open() {
                self.ended = Some(true);
            }
        }
    }

    /// There are no more bytes, or none that are wanted.
    pub(super) fn finish(mut self) -> Found {
        if self.ended.is_none() {
            self.ended = Some(self.with.end().is_ok() || !self.with.out().is_open());
        }
        let out = std::mem::take(self.with.out());
        let mut found = out.stream.finish();
        if self.ended == Some(false) {
            found.add(Verdict::Unscannable, "its packed bytes cannot be unpacked to their end");
        }
        if out.place.is_full() {
            found.add(Verdict::Unscannable, "more comes out of it than is looked at");
        }
        found
    }
}
