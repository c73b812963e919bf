//! The directory at the end of an archive (application note §4.3.12 to §4.3.16).

use std::ops::Range;

use crate::limits::NAME_SHOWN_BYTES_MAX;

/// Bytes of an end record without its comment, and of the longest with it and with what points to the other end.
const END_BYTES: usize = 22;
pub(in crate::scan) const END_BYTES_MAX: u64 = 22 + 65_535 + LOCATOR_BYTES as u64;
const LOCATOR_BYTES: usize = 20;
/// Bytes of the other end, as far as they are read.
pub(super) const END64_BYTES: u64 = 56;
const ENTRY_BYTES: usize = 46;

/// Where the directory is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct End {
    /// Where it says that the directory begins.
    at: u64,
    bytes: u64,
    /// Where this end is, which stands right behind the directory.
    end: u64,
}

/// A file in the directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    /// Its bytes as they are packed, and unpacked.
    pub(super) packed: u64,
    pub(super) bytes: u64,
    /// Where its header is.
    pub(super) at: u64,
    attributes: u32,
}

/// Some bytes as a number, little-endian.
pub(super) fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    let mut whole = [0; 8];
    whole[..N].copy_from_slice(bytes.get(at..at.checked_add(N)?)?);
    Some(u64::from_le_bytes(whole))
}

/// Where ends begin, the last first: whatever they say of their comments, some take the last.
fn places(tail: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let after = (tail.len() + 1).saturating_sub(END_BYTES);
    (0..after).rev().filter(|at| tail[*at..].starts_with(b"PK\x05\x06"))
}

/// Whether an end is the end of the file, with its comment.
fn fits(tail: &[u8], at: usize) -> bool {
    number::<2>(tail, at + 20).is_some_and(|comment| at + END_BYTES + comment as usize == tail.len())
}

/// Whether an archive ends there.
pub(in crate::scan) fn ends(tail: &[u8]) -> bool {
    places(tail).next().is_some()
}

/// What is odd about how the archive ends: some take the last end, others one whose comment goes on to the end of the file.
pub(super) fn odd_end(tail: &[u8]) -> Option<&'static str> {
    if places(tail).next().is_some_and(|last| !fits(tail, last)) {
        return Some("something stands behind the archive");
    }
    let two = places(tail).filter(|at| fits(tail, *at)).count() > 1;
    two.then_some("it has two ends: two archives in one file")
}

impl End {
    /// The last end in the last bytes of a file, which begin at some byte of it; and if there is another end, where it is by what points to
    /// it, and where by standing before that.
    pub(super) fn find(tail: &[u8], start: u64) -> Option<(End, Option<[u64; 2]>)> {
        let at = places(tail).next()?;
        let end = start + at as u64;
        let end = End { bytes: number::<4>(tail, at + 12)?, at: number::<4>(tail, at + 16)?, end };
        let locator = at.checked_sub(LOCATOR_BYTES).filter(|at| tail[*at..].starts_with(b"PK\x06\x07"));
        let both = locator
            .and_then(|at| Some([number::<8>(tail, at + 8)?, (start + at as u64).checked_sub(END64_BYTES)?]));
        Some((end, both))
    }

    /// With what the other end at some byte says: it counts wherever there is one.
    pub(super) fn with64(bytes: &[u8], end: u64) -> Option<End> {
        bytes.starts_with(b"PK\x06\x06").then_some(())?;
        Some(End { bytes: number::<8>(bytes, 40)?, at: number::<8>(bytes, 48)?, end })
    }

    /// The bytes of the directory, and how many bytes stand before the archive of which it does not know.
    pub(super) fn directory(&self) -> Option<(Range<u64>, u64)> {
        let start = self.end.checked_sub(self.bytes)?;
        Some((start..self.end, start.checked_sub(self.at)?))
    }
}

/// The files of a directory, at most so many, and whether these are all.
pub(super) fn read(bytes: &[u8], most: usize) -> (Vec<Entry>, bool) {
    let (mut entries, mut at) = (Vec::new(), 0);
    while at < bytes.len() && entries.len() < most {
        let Some((entry, end)) = Entry::read(bytes, at) else { return (entries, false) };
        entries.push(entry);
        at = end;
    }
    (entries, at == bytes.len())
}

impl Entry {
    fn read(bytes: &[u8], at: usize) -> Option<(Entry, usize)> {
        bytes.get(at..)?.starts_with(b"PK\x01\x02").then_some(())?;
        let short = |place| number::<2>(bytes, at + place);
        let long = |place| number::<4>(bytes, at + place);
        let [name, extra, comment] = [28, 30, 32].map(|place| short(place).map(|bytes| bytes as usize));
        let (name, extra) = (at + ENTRY_BYTES..at + ENTRY_BYTES + name?, extra?);
        let end = name.end + extra + comment?;
        (end <= bytes.len()).then_some(())?;
        let mut entry = Entry {
            flags: short(8)? as u16,
            method: short(10)? as u16,
            packed: long(20)?,
            bytes: long(24)?,
            attributes: long(38)? as u32,
            at: long(42)?,
            name: bytes[name.clone()].to_vec(),
        };
        let wide = sizes64(&bytes[name.end..name.end + extra]).unwrap_or_default();
        let mut wide = wide.chunks_exact(8);
        // Those numbers that did not find room, in this order.
        for number in [&mut entry.bytes, &mut entry.packed, &mut entry.at] {
            if *number == u64::from(u32::MAX)
                && let Some(bytes) = wide.next()
            {
                *number = u64::from_le_bytes(bytes.try_into().ok()?);
            }
        }
        Some((entry, end))
    }

    /// Whether it is encrypted.
    pub(super) fn is_secret(&self) -> bool {
        self.flags & 1 != 0
    }

    /// As it is told.
    pub(super) fn name_shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.name);
        let shown: String = text.chars().filter(|letter| !letter.is_control()).collect();
        let start = shown.len().saturating_sub(NAME_SHOWN_BYTES_MAX);
        // Its end tells more than its beginning.
        let start = (start..shown.len()).find(|at| shown.is_char_boundary(*at)).unwrap_or(0);
        shown[start..].to_owned()
    }

    /// What is odd about its name or its kind.
    pub(super) fn odd(&self) -> Option<String> {
        let (name, text) = (self.name_shown(), String::from_utf8_lossy(&self.name));
        let leads_out =
            text.starts_with('/') || text.contains(':') || text.split(['/', '\\']).any(|part| part == "..");
        if leads_out || text.contains('\\') || text.contains('\0') {
            return Some(format!("{name} would lie outside of the folder into which it is unpacked"));
        }
        // The mode of Unix, in the upper half.
        ((self.attributes >> 16) & 0o170_000 == 0o120_000).then(|| format!("{name} is a link"))
    }
}

/// The field of wide sizes (§4.5.3).
pub(super) fn sizes64(mut extra: &[u8]) -> Option<&[u8]> {
    while let (Some(kind), Some(bytes)) = (number::<2>(extra, 0), number::<2>(extra, 2)) {
        let end = 4 + bytes as usize;
        if kind == 1 {
            return extra.get(4..end);
        }
        extra = extra.get(end..)?;
    }
    None
}
