//! Tar archives (POSIX ustar, with the ways of GNU for long names and sizes): each file in one is looked at as it passes.

use seedcorn_core::scan::{Found, Verdict};

use super::place::Place;
use super::stream::Stream;

const BLOCK: usize = 512;
const LEADS_OUT: &str = "it would lie outside of the folder into which it is unpacked";
/// Files of one archive.
const FILES_MAX: u64 = 1_000_000;

/// Bytes of what is said of the next file that are looked at.
const NOTES_BYTES_MAX: usize = 1 << 16;

/// Whether it begins as one: by the checksum of its first header, which the oldest have too. Some sum up signed bytes.
pub(super) fn begins(head: &[u8]) -> bool {
    let (Some(header), Some(said)) = (head.get(..BLOCK), head.get(148..156).and_then(size)) else {
        return false;
    };
    let byte = |n: usize, byte: u8| if (148..156).contains(&n) { b' ' } else { byte };
    let sum: u64 = header.iter().enumerate().map(|(n, one)| u64::from(byte(n, *one))).sum();
    let signed: i64 = header.iter().enumerate().map(|(n, one)| i64::from(byte(n, *one).cast_signed())).sum();
    said == sum || i64::try_from(said) == Ok(signed)
}

/// A tar archive.
#[derive(Debug, Default)]
pub(super) struct Tar {
    place: Place,
    header: Vec<u8>,
    file: Option<File>,
    /// Bytes that are still to come until the next block.
    filling: u64,
    files: u64,
    found: Found,
    is_over: bool,
}

/// The file that is passing.
#[derive(Debug)]
struct File {
    name: String,
    stream: Stream,
    /// What is said of the next file, if it is that.
    notes: Option<Vec<u8>>,
    bytes: u64,
    /// Bytes of it that are still to come.
    left: u64,
}

impl Tar {
    /// An archive that lies somewhere.
    pub(super) fn new(place: Place) -> Tar {
        Tar { place, ..Tar::default() }
    }

    /// Whether more bytes may tell more.
    pub(super) fn is_open(&self) -> bool {
        !self.is_over
    }

    /// Of the bytes that come next those that tell nothing, at most so many: they are left out.
    pub(super) fn skip(&mut self, most: u64) -> u64 {
        let Some(file) = &mut self.file else { return 0 };
        let most = most.min(file.left);
        let skipped = if file.notes.is_some() {
            0
        } else if file.stream.is_open() {
            file.stream.skip(most)
        } else {
            most
        };
        file.left -= skipped;
        self.end_file();
        skipped
    }

    /// Takes the next bytes.
    pub(super) fn take(&mut self, mut bytes: &[u8]) {
        let within = |many: u64, bytes: &[u8]| usize::try_from(many).unwrap_or(usize::MAX).min(bytes.len());
        while !bytes.is_empty() && self.is_open() {
            let some = if let Some(file) = &mut self.file {
                let some = within(file.left, bytes);
                match &mut file.notes {
                    Some(notes) => {
                        notes.extend_from_slice(
                            &bytes[..some.min(NOTES_BYTES_MAX.saturating_sub(notes.len()))],
                        );
                    }
                    None => file.stream.take(&bytes[..some]),
                }
                file.left -= some as u64;
                some
            } else if self.filling > 0 {
                let some = within(self.filling, bytes);
                self.filling -= some as u64;
                some
            } else {
                let some = (BLOCK - self.header.len()).min(bytes.len());
                self.header.extend_from_slice(&bytes[..some]);
                some
            };
            bytes = &bytes[some..];
            self.end_file();
            if self.header.len() == BLOCK {
                self.begin_file();
            }
        }
    }

    /// Ends the file that is passing, if all of it is there.
    fn end_file(&mut self) {
        if let Some(file) = self.file.take_if(|file| file.left == 0) {
            self.filling = file.bytes.next_multiple_of(BLOCK as u64) - file.bytes;
            let notes = file.notes.unwrap_or_default();
            let says = |what: &[u8]| notes.windows(what.len()).any(|part| part == what);
            if says(b" size=") || says(b"GNU.sparse") || notes.len() >= NOTES_BYTES_MAX {
                self.found.add(
                    Verdict::Unscannable,
                    "lengths in the archive are told in a way that is not looked into",
                );
            }
            if says(b"../") || says(b"path=/") {
                self.found.add(Verdict::Suspicious, LEADS_OUT);
            }
            self.found.part(&file.name, file.stream.finish());
        }
    }

    fn begin_file(&mut self) {
        let header = std::mem::take(&mut self.header);
        if header.iter().all(|byte| *byte == 0) {
            self.is_over = true;
            return;
        }
        self.files += 1;
        let readable = begins(&header) && self.files <= FILES_MAX;
        let Some(bytes) = size(&header[124..136]).filter(|_| readable) else {
            self.found.add(Verdict::Unscannable, "a header of the archive cannot be read");
            self.is_over = true;
            return;
        };
        let prefix = if header[257..262] == *b"ustar" && header[262] == 0 {
            text(&header[345..500])
        } else {
            String::new()
        };
        let name = if prefix.is_empty() {
            text(&header[..100])
        } else {
            format!("{prefix}/{}", text(&header[..100]))
        };
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            self.found.add(Verdict::Suspicious, format!("{name}: {LEADS_OUT}"));
        }
        let kind = header[156];
        match kind {
            b'1' | b'2' => self.found.add(Verdict::Suspicious, format!("{name} is a link")),
            b'S' | b'M' => {
                let why = format!("{name} is written in a way that is not looked into");
                self.found.add(Verdict::Unscannable, why);
            }
            _ => {}
        }
        // Links and folders have no bytes, whatever they say.
        let is_folder = kind == 0 && name.ends_with('/');
        if bytes > 0 && !is_folder && !matches!(kind, b'1'..=b'6') {
            let stream = Stream::new(self.place.within(&name));
            let notes = matches!(kind, b'x' | b'g' | b'X' | b'L' | b'K').then(Vec::new);
            self.file = Some(File { name, stream, notes, bytes, left: bytes });
        }
    }

    /// There are no more bytes.
    pub(super) fn finish(mut self) -> Found {
        if let Some(file) = self.file.take() {
            self.found.part(&file.name, file.stream.finish());
            self.found.add(Verdict::Unscannable, "the archive ends in the middle of a file");
        }
        self.found
    }
}

/// A text that ends with its bytes, or with a zero.
fn text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// A size: octal digits, or as GNU writes large ones.
fn size(field: &[u8]) -> Option<u64> {
    if field[0] & 0x80 != 0 {
        let (high, low) = field.split_at(4);
        let is_small = high == [0x80, 0, 0, 0];
        return is_small.then(|| u64::from_be_bytes(low.try_into().unwrap_or([0xff; 8])));
    }
    let text = text(field);
    match text.trim() {
        "" => Some(0),
        digits => u64::from_str_radix(digits, 8).ok(),
    }
}
