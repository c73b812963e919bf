//! Pack indexes: which object lies where in a pack (git pack-index format, version 2).

use bytes::Bytes;
use seedcorn_core::digest::Oid;

use super::PACK_OBJECTS_MAX;
use super::object::{Collision, Sha1};

const MAGIC: &[u8; 8] = b"\xfftOc\0\0\0\x02";
const FANOUT_AT: usize = 8;
const NAMES_AT: usize = FANOUT_AT + 256 * 4;
/// Bytes at the end: the pack's checksum and the index's own.
const TRAILER: usize = 40;
/// Bytes of an object's row over the three tables: id, CRC, offset.
const ROW: usize = 20 + 4 + 4;
/// Bytes before the first entry of a pack, where no offset can point.
const PACK_HEADER: u64 = 12;
/// Set in a short offset that is a place in the table of long ones.
const LONG: u32 = 1 << 31;

/// Why bytes are not a pack index.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IndexError {
    /// Not an index of version 2.
    #[error("not a version 2 pack index")]
    Magic,
    /// The length does not fit the number of objects.
    #[error("pack index of {bytes} bytes cannot hold {objects} objects")]
    Length {
        /// Bytes of the index.
        bytes: usize,
        /// Objects it announces.
        objects: usize,
    },
    /// More objects than a pack may have.
    #[error("pack of {0} objects, at most {PACK_OBJECTS_MAX} are allowed")]
    TooManyObjects(usize),
    /// Ids out of order or in the wrong fan-out slot.
    #[error("pack index has its ids out of order")]
    Order,
    /// An offset that lies in the header, is used twice, or points outside the table of long ones.
    #[error("pack index has a bad offset for object {0}")]
    Offset(Oid),
    /// The checksum over the index is wrong.
    #[error("pack index is damaged: its checksum is wrong")]
    Checksum,
}

impl From<Collision> for IndexError {
    fn from(_: Collision) -> Self {
        IndexError::Checksum
    }
}

/// An object's row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexRow {
    /// The object.
    pub oid: Oid,
    /// Where its entry starts in the pack, in bytes.
    pub offset: u64,
    /// CRC-32 of the entry as it lies in the pack.
    pub crc: u32,
}

/// The bytes of an index over `rows`, in any order and free of duplicates, of the pack whose trailer is `pack_id`.
/// [`Collision`] only if somebody crafted ids that attack SHA-1.
pub fn render_index(rows: &[IndexRow], pack_id: &Oid) -> Result<Vec<u8>, Collision> {
    let mut rows = rows.to_vec();
    rows.sort_unstable_by_key(|row| row.oid);
    let mut out = MAGIC.to_vec();
    for first in 0..=u8::MAX {
        let upto = rows.partition_point(|row| row.oid.0[0] <= first);
        out.extend_from_slice(&(upto as u32).to_be_bytes());
    }
    rows.iter().for_each(|row| out.extend_from_slice(row.oid.as_bytes()));
    rows.iter().for_each(|row| out.extend_from_slice(&row.crc.to_be_bytes()));
    let mut long = Vec::new();
    for row in &rows {
        let short = u32::try_from(row.offset).ok().filter(|short| short & LONG == 0);
        let short = short.unwrap_or_else(|| {
            long.push(row.offset);
            LONG | (long.len() - 1) as u32
        });
        out.extend_from_slice(&short.to_be_bytes());
    }
    long.iter().for_each(|offset| out.extend_from_slice(&offset.to_be_bytes()));
    out.extend_from_slice(pack_id.as_bytes());
    let mut sha1 = Sha1::new();
    sha1.update(&out);
    out.extend_from_slice(sha1.finish()?.as_bytes());
    Ok(out)
}

/// A checked index, kept as the bytes it came in, and the order of its entries in the pack.
#[derive(Debug, Clone)]
pub struct Index {
    bytes: Bytes,
    len: usize,
    /// Offset and place among the sorted ids, by offset.
    by_offset: Vec<(u64, u32)>,
}

impl Index {
    /// Checks an index whole: length, checksum, order of ids, fan-out and offsets. Work and memory are linear in
    /// its length.
    pub fn parse(bytes: Bytes) -> Result<Self, IndexError> {
        if bytes.get(..FANOUT_AT) != Some(MAGIC) {
            return Err(IndexError::Magic);
        }
        let len = u32_at(&bytes, NAMES_AT - 4).unwrap_or(0) as usize;
        let length = IndexError::Length { bytes: bytes.len(), objects: len };
        if len > PACK_OBJECTS_MAX {
            return Err(IndexError::TooManyObjects(len));
        }
        let long = bytes.len().checked_sub(NAMES_AT + TRAILER + len * ROW);
        if long.is_none_or(|long| long % 8 != 0 || long / 8 > len) {
            return Err(length);
        }
        let mut index = Index { bytes, len, by_offset: Vec::new() };
        index.check_sum()?;
        index.check_order()?;
        index.by_offset = index.sorted_offsets()?;
        Ok(index)
    }

    fn check_sum(&self) -> Result<(), IndexError> {
        let (body, sum) = self.bytes.split_at_checked(self.bytes.len() - 20).ok_or(IndexError::Checksum)?;
        let mut sha1 = Sha1::new();
        sha1.update(body);
        if sha1.finish()?.as_bytes() == sum { Ok(()) } else { Err(IndexError::Checksum) }
    }

    fn check_order(&self) -> Result<(), IndexError> {
        let mut slots = [0u32; 256];
        let mut last = None;
        for place in 0..self.len {
            let oid =
                self.oid(place).filter(|oid| last.is_none_or(|last| last < *oid)).ok_or(IndexError::Order)?;
            slots[usize::from(oid.0[0])] += 1;
            last = Some(oid);
        }
        let mut upto = 0;
        for (slot, count) in slots.iter().enumerate() {
            upto += count;
            if u32_at(&self.bytes, FANOUT_AT + slot * 4) != Some(upto) {
                return Err(IndexError::Order);
            }
        }
        Ok(())
    }

    fn sorted_offsets(&self) -> Result<Vec<(u64, u32)>, IndexError> {
        let mut by_offset = Vec::with_capacity(self.len);
        for place in 0..self.len {
            let oid = self.oid(place).ok_or(IndexError::Order)?;
            let offset = self.offset(place).filter(|&offset| offset >= PACK_HEADER);
            by_offset.push((offset.ok_or(IndexError::Offset(oid))?, place as u32));
        }
        by_offset.sort_unstable();
        let twice = by_offset.windows(2).find_map(|pair| match pair {
            [(a, place), (b, _)] if a == b => Some(*place),
            _ => None,
        });
        match twice.and_then(|place| self.oid(place as usize)) {
            Some(oid) => Err(IndexError::Offset(oid)),
            None => Ok(by_offset),
        }
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the pack holds nothing.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The trailer of the pack this index belongs to, which is also the pack's name.
    pub fn pack_id(&self) -> Oid {
        let at = self.bytes.len() - TRAILER;
        self.bytes.get(at..at + 20).and_then(Oid::from_slice).unwrap_or(Oid::ZERO)
    }

    /// Where the entry of an object starts in the pack, in bytes.
    pub fn find(&self, oid: &Oid) -> Option<u64> {
        let place = self.lower_bound(oid);
        self.oid(place).filter(|found| found == oid)?;
        self.offset(place)
    }

    /// All rows, by id.
    pub fn iter(&self) -> impl Iterator<Item = IndexRow> {
        (0..self.len).filter_map(|place| self.row(place))
    }

    /// All rows, in the order in which entries lie in the pack.
    pub fn iter_by_offset(&self) -> impl Iterator<Item = IndexRow> {
        self.by_offset.iter().filter_map(|&(_, place)| self.row(place as usize))
    }

    /// The row of the entry that starts at `offset`.
    pub fn row_at(&self, offset: u64) -> Option<IndexRow> {
        let at = self.by_offset.binary_search_by_key(&offset, |&(start, _)| start).ok()?;
        self.by_offset.get(at).and_then(|&(_, place)| self.row(place as usize))
    }

    /// Where the entry that starts at `offset` ends: at the next entry, or at the trailer of a pack of `pack_bytes`.
    /// `None` if no entry starts there or the end would not come after the start.
    pub fn entry_end(&self, offset: u64, pack_bytes: u64) -> Option<u64> {
        let at = self.by_offset.binary_search_by_key(&offset, |&(start, _)| start).ok()?;
        let end = match self.by_offset.get(at + 1) {
            Some(&(next, _)) => next,
            None => pack_bytes.checked_sub(20)?,
        };
        Some(end).filter(|&end| end > offset)
    }

    /// Up to two objects whose id starts with these hex digits, so that the caller can tell "none", "one" and
    /// "ambiguous" apart. Anything but 1 to 40 lower-case hex digits finds none.
    pub fn find_prefix(&self, hex: &str) -> Vec<Oid> {
        let Ok(low) = format!("{hex:0<40}").parse::<Oid>() else { return Vec::new() };
        if hex.is_empty() {
            return Vec::new();
        }
        let first = self.lower_bound(&low);
        let nearby = (first..self.len.min(first + 2)).filter_map(|place| self.oid(place));
        nearby.filter(|oid| oid.to_string().starts_with(hex)).collect()
    }

    fn lower_bound(&self, oid: &Oid) -> usize {
        let slot = usize::from(oid.0[0]);
        let upto = |slot: usize| u32_at(&self.bytes, FANOUT_AT + slot * 4).unwrap_or(0) as usize;
        let (mut low, mut high) = (slot.checked_sub(1).map_or(0, upto), upto(slot));
        while low < high {
            let middle = low.midpoint(high);
            match self.oid(middle) {
                Some(found) if found < *oid => low = middle + 1,
                _ => high = middle,
            }
        }
        low
    }

    fn row(&self, place: usize) -> Option<IndexRow> {
        let crc = u32_at(&self.bytes, NAMES_AT + self.len * 20 + place * 4)?;
        Some(IndexRow { oid: self.oid(place)?, offset: self.offset(place)?, crc })
    }

    fn oid(&self, place: usize) -> Option<Oid> {
        let at = NAMES_AT + place * 20;
        self.bytes.get(at..at + 20).filter(|_| place < self.len).and_then(Oid::from_slice)
    }

    fn offset(&self, place: usize) -> Option<u64> {
        let short = u32_at(&self.bytes, NAMES_AT + self.len * 24 + place * 4)?;
        if short & LONG == 0 {
            return Some(short.into());
        }
        let at = NAMES_AT + self.len * ROW + (short & !LONG) as usize * 8;
        let long = self.bytes.get(..self.bytes.len() - TRAILER)?.get(at..at + 8)?;
        Some(u64::from_be_bytes(long.try_into().ok()?))
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_be_bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::*;
    use proptest::prelude::*;

    fn oid(first: u8, last: u8) -> Oid {
        let mut bytes = [0; 20];
        (bytes[0], bytes[19]) = (first, last);
        Oid(bytes)
    }

    fn rows() -> Vec<IndexRow> {
        vec![
            IndexRow { oid: oid(0xab, 1), offset: 5 << 32, crc: 1 },
            IndexRow { oid: oid(0x00, 7), offset: 12, crc: 2 },
            IndexRow { oid: oid(0xab, 2), offset: 1 << 31, crc: 3 },
            IndexRow { oid: oid(0xff, 0), offset: 500, crc: 4 },
        ]
    }

    /// With the checksum made good again, so that the fault behind it is what is found.
    fn parse(mut bytes: Vec<u8>) -> Result<Index, IndexError> {
        let body = bytes.len() - 20;
        let mut sha1 = Sha1::new();
        sha1.update(&bytes[..body]);
        let sum = sha1.finish().unwrap();
        bytes[body..].copy_from_slice(sum.as_bytes());
        Index::parse(bytes.into())
    }

    #[test]
    fn long_offsets_and_order_read_back() {
        let index = Index::parse(render_index(&rows(), &Oid([3; 20])).unwrap().into()).unwrap();
        for row in rows() {
            assert_eq!(index.find(&row.oid), Some(row.offset));
            assert_eq!(index.row_at(row.offset), Some(row));
        }
        assert_eq!(index.find(&oid(0xab, 3)), None);
        assert_eq!(index.pack_id(), Oid([3; 20]));
        let offsets: Vec<u64> = index.iter_by_offset().map(|row| row.offset).collect();
        assert_eq!(offsets, [12, 500, 1 << 31, 5 << 32]);
        assert_eq!(index.entry_end(12, 6 << 32), Some(500));
        assert_eq!(index.entry_end(5 << 32, 6 << 32), Some((6 << 32) - 20));
        assert_eq!((index.entry_end(13, 6 << 32), index.entry_end(5 << 32, 100)), (None, None));
    }

    #[test]
    fn prefixes_tell_none_one_and_many() {
        let index = Index::parse(render_index(&rows(), &Oid::ZERO).unwrap().into()).unwrap();
        assert_eq!(index.find_prefix("ab"), [oid(0xab, 1), oid(0xab, 2)]);
        assert_eq!(index.find_prefix(&oid(0xab, 2).to_string()), [oid(0xab, 2)]);
        assert_eq!(index.find_prefix("ff0"), [oid(0xff, 0)]);
        for none in ["", "ac", "AB", "xyz", "é", &"0".repeat(41)] {
            assert!(index.find_prefix(none).is_empty(), "{none}");
        }
    }

    #[test]
    fn hostile_indexes_are_named() {
        let good = render_index(&rows(), &Oid::ZERO).unwrap();
        let with = |at: usize, bytes: &[u8]| {
            let mut bad = good.clone();
            bad[at..at + bytes.len()].copy_from_slice(bytes);
            parse(bad).unwrap_err()
        };
        assert_eq!(with(7, &[3]), IndexError::Magic);
        assert_eq!(with(NAMES_AT - 4, &[0xff; 4]), IndexError::TooManyObjects(u32::MAX as usize));
        assert!(matches!(with(NAMES_AT - 4, &5u32.to_be_bytes()), IndexError::Length { objects: 5, .. }));
        assert_eq!(with(FANOUT_AT, &[0, 0, 0, 0]), IndexError::Order);
        assert_eq!(with(NAMES_AT, &[0xff; 20]), IndexError::Order);
        let offsets = NAMES_AT + 4 * 24;
        assert_eq!(with(offsets, &[0, 0, 0, 3]), IndexError::Offset(oid(0, 7)));
        assert_eq!(with(offsets, &[0xff; 4]), IndexError::Offset(oid(0, 7)));
        assert_eq!(with(offsets, &500u32.to_be_bytes()), IndexError::Offset(oid(0, 7)));
        assert_eq!(
            Index::parse(Bytes::from(good[..good.len() - 1].to_vec())).unwrap_err(),
            IndexError::Length { bytes: good.len() - 1, objects: 4 }
        );
        let mut flipped = good.clone();
        flipped[NAMES_AT + 90] ^= 1;
        assert_eq!(Index::parse(flipped.into()).unwrap_err(), IndexError::Checksum);
        assert_eq!(
            Index::parse(Bytes::from_static(MAGIC)).unwrap_err(),
            IndexError::Length { bytes: 8, objects: 0 }
        );
        assert_eq!(Index::parse(Bytes::new()).unwrap_err(), IndexError::Magic);
    }

    proptest! {
        #[test]
        fn damaged_indexes_never_panic(cut in 0usize..1300, at in any::<prop::sample::Index>(), bytes in any::<[u8; 4]>()) {
            let mut bad = render_index(&rows(), &Oid::ZERO).unwrap();
            bad.truncate(bad.len().saturating_sub(cut).max(40));
            let at = at.index(bad.len() - 4);
            bad[at..at + 4].copy_from_slice(&bytes);
            if let Ok(index) = parse(bad) {
                for row in index.iter() { prop_assert_eq!(index.find(&row.oid), Some(row.offset)); }
            }
        }
    }
}
