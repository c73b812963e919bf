//! Writing a pack whose number of objects is known only at the end (git pack format, version 2).

use std::collections::{HashMap, HashSet};
use std::io::{self, Read, Seek, SeekFrom, Write};

use flate2::{Compress, Compression, Crc, FlushCompress, Status};
use seedcorn_core::digest::Oid;
use seedcorn_core::limits::DELTA_DEPTH_MAX;

use super::delta::{DeltaError, DeltaSizes, tree_delta};
use super::entry::{EntryHeader, EntryKind};
use super::index::{IndexRow, render_index};
use super::object::{Collision, Kind, Sha1, oid_of};
use super::{OBJECT_BYTES_MAX, PACK_OBJECTS_MAX};

/// Bytes of room for an entry that are kept for the next one.
const ENTRY_BYTES_KEPT: usize = 1024 * 1024;

/// Why a pack cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Writing, or reading back for the checksum, failed.
    #[error("writing the pack failed: {0}")]
    Io(#[from] io::Error),
    /// Content that attacks SHA-1.
    #[error(transparent)]
    Collision(#[from] Collision),
    /// An object larger than any may be.
    #[error("object of {0} bytes, at most {OBJECT_BYTES_MAX} are allowed")]
    TooLarge(u64),
    /// One object too many.
    #[error("a pack may hold at most {PACK_OBJECTS_MAX} objects")]
    TooManyObjects,
    /// What was given as a delta is none.
    #[error(transparent)]
    Delta(#[from] DeltaError),
    /// zlib failed.
    #[error("compressing an object failed")]
    Zlib,
}

/// The older version of a tree, to write a new one against.
#[derive(Debug, Clone, Copy)]
pub struct TreeBase<'a> {
    /// Its id; the object must be in this pack or in an older pack of the same repo.
    pub oid: Oid,
    /// Its content.
    pub data: &'a [u8],
    /// Deltas between it and its full base, as [`super::Object::depth`] tells.
    pub depth: usize,
}

/// What became of a pack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackSummary {
    /// SHA-1 over the pack: its trailer, and the name it is kept under.
    pub pack_id: Oid,
    /// Bytes of the pack.
    pub bytes: u64,
    /// The pack's index, version 2.
    pub index: Vec<u8>,
    /// Each object, its kind and the bytes of its content, by id.
    pub objects: Vec<(Oid, Kind, u64)>,
    /// Whether some base lies outside, so that git itself could not use the pack alone.
    pub thin: bool,
}

/// An object already written.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placed {
    pub(super) offset: u64,
    pub(super) kind: Kind,
    /// Deltas between it and a full object, as far as this pack knows.
    pub(super) depth: usize,
    /// Bytes that are inflated and rebuilt to read it, as far as this pack knows.
    pub(super) cost: u64,
    crc: u32,
    size: u64,
}

/// A pack in the making. Entries go straight to `W`; what stays in memory is a row an object, and one entry.
///
/// After an error the pack is unfinished and to be thrown away.
pub struct PackWriter<W> {
    out: W,
    bytes: u64,
    placed: HashMap<Oid, Placed>,
    /// Bases in older packs. They are never written here, not even when asked: an object with a copy in the very
    /// pack that uses it as an outside base could make a circle.
    outside: HashSet<Oid>,
    zlib: Compress,
    entry: Vec<u8>,
}

impl<W: Write> PackWriter<W> {
    /// Starts a pack at the very beginning of `out`, with a header whose count is filled in by [`Self::finish`].
    pub fn new(mut out: W) -> Result<Self, PackError> {
        out.write_all(b"PACK\0\0\0\x02\0\0\0\0")?;
        let zlib = Compress::new(Compression::default(), true);
        Ok(PackWriter {
            out,
            bytes: 12,
            placed: HashMap::new(),
            outside: HashSet::new(),
            zlib,
            entry: Vec::new(),
        })
    }

    /// Objects written so far.
    pub fn len(&self) -> usize {
        self.placed.len()
    }

    /// Whether nothing was written yet.
    pub fn is_empty(&self) -> bool {
        self.placed.is_empty()
    }

    /// Bytes written so far; the finished pack has 20 more.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether an object is in this pack, or known to be in an older one because something here is a delta against it.
    pub fn contains(&self, oid: &Oid) -> bool {
        self.placed.contains_key(oid) || self.outside.contains(oid)
    }

    pub(super) fn placed(&self, oid: &Oid) -> Option<Placed> {
        self.placed.get(oid).copied()
    }

    /// Writes a whole object, unless it is there already, and tells its id.
    pub fn add(&mut self, kind: Kind, data: &[u8]) -> Result<Oid, PackError> {
        let oid = oid_of(kind, data)?;
        if !self.contains(&oid) {
            self.put(oid, kind, EntryKind::Full(kind), 0, data.len() as u64, data)?;
        }
        Ok(oid)
    }

    /// Writes an object as a delta against `base`, unless it is there already. If the base is in this pack the entry
    /// is an `OFS_DELTA`; else it is a `REF_DELTA`, the pack is thin, and the base must be in an older pack of the
    /// same repo. The caller answers for `oid` and `kind`; readers check ids.
    pub fn add_delta(&mut self, oid: Oid, kind: Kind, base: Oid, delta: &[u8]) -> Result<(), PackError> {
        let sizes = DeltaSizes::parse(delta)?;
        if self.contains(&oid) || oid == base {
            return Ok(());
        }
        let (how, depth) = match self.placed(&base) {
            Some(found) => (EntryKind::OfsDelta(self.bytes - found.offset), found.depth + 1),
            None => (EntryKind::RefDelta(base), 1),
        };
        self.put(oid, kind, how, depth, sizes.result, delta)?;
        if matches!(how, EntryKind::RefDelta(_)) {
            self.outside.insert(base);
        }
        Ok(())
    }

    /// Writes a tree: as a delta against its older version where that pays and the chain stays within
    /// [`DELTA_DEPTH_MAX`], else whole. Tells its id, and its depth for the next version.
    pub fn add_tree(&mut self, data: &[u8], base: Option<TreeBase<'_>>) -> Result<(Oid, usize), PackError> {
        let oid = oid_of(Kind::Tree, data)?;
        if let Some(base) = base.filter(|base| base.depth < DELTA_DEPTH_MAX && !self.contains(&oid))
            && let Some(delta) = tree_delta(base.data, data)
        {
            self.add_delta(oid, Kind::Tree, base.oid, &delta)?;
            return Ok((oid, base.depth + 1));
        }
        self.add(Kind::Tree, data)?;
        Ok((oid, self.placed(&oid).map_or(0, |placed| placed.depth)))
    }

    fn put(
        &mut self,
        oid: Oid,
        kind: Kind,
        how: EntryKind,
        depth: usize,
        size: u64,
        data: &[u8],
    ) -> Result<(), PackError> {
        let larger = size.max(data.len() as u64);
        if larger > OBJECT_BYTES_MAX {
            return Err(PackError::TooLarge(larger));
        }
        let mut entry = std::mem::take(&mut self.entry);
        entry.clear();
        EntryHeader::render(how, data.len() as u64, &mut entry);
        deflate(&mut self.zlib, data, &mut entry)?;
        let cost = size.saturating_add(data.len() as u64);
        self.put_entry(oid, Placed { offset: 0, kind, depth, cost, crc: 0, size }, &entry)?;
        // The room of a large entry is not kept: between two blobs a commit may wait long, beside many others.
        if entry.capacity() <= ENTRY_BYTES_KEPT {
            self.entry = entry;
        }
        Ok(())
    }

    /// Copies a zlib stream as it is, under a new header that tells of `len` inflated bytes.
    pub(super) fn put_stream(
        &mut self,
        oid: Oid,
        (kind, size): (Kind, u64),
        (depth, cost): (usize, u64),
        (how, len): (EntryKind, u64),
        stream: &[u8],
    ) -> Result<(), PackError> {
        let mut entry = std::mem::take(&mut self.entry);
        entry.clear();
        EntryHeader::render(how, len, &mut entry);
        entry.extend_from_slice(stream);
        self.put_entry(oid, Placed { offset: 0, kind, depth, cost, crc: 0, size }, &entry)?;
        // The room of a large entry is not kept: between two blobs a commit may wait long, beside many others.
        if entry.capacity() <= ENTRY_BYTES_KEPT {
            self.entry = entry;
        }
        Ok(())
    }

    fn put_entry(&mut self, oid: Oid, placed: Placed, entry: &[u8]) -> Result<(), PackError> {
        if self.placed.len() >= PACK_OBJECTS_MAX {
            return Err(PackError::TooManyObjects);
        }
        let mut crc = Crc::new();
        crc.update(entry);
        self.out.write_all(entry)?;
        self.placed.insert(oid, Placed { offset: self.bytes, crc: crc.sum(), ..placed });
        self.bytes += entry.len() as u64;
        Ok(())
    }
}

impl<W: Read + Write + Seek> PackWriter<W> {
    /// Fills in the count, reads everything once for the checksum, and closes the pack. Also gives back `W`, which
    /// then stands at the end of the pack.
    pub fn finish(mut self) -> Result<(PackSummary, W), PackError> {
        self.out.flush()?;
        self.out.seek(SeekFrom::Start(8))?;
        self.out.write_all(&(self.placed.len() as u32).to_be_bytes())?;
        self.out.rewind()?;
        let mut sha1 = Sha1::new();
        let mut piece = vec![0; 64 << 10];
        let mut left = self.bytes;
        while left > 0 {
            let want = usize::try_from(left).unwrap_or(usize::MAX).min(piece.len());
            let Some(piece) = piece.get_mut(..want) else { break };
            self.out.read_exact(piece)?;
            sha1.update(piece);
            left -= want as u64;
        }
        let pack_id = sha1.finish()?;
        self.out.seek(SeekFrom::Start(self.bytes))?;
        self.out.write_all(pack_id.as_bytes())?;
        self.out.flush()?;

        let rows: Vec<IndexRow> = self
            .placed
            .iter()
            .map(|(&oid, placed)| IndexRow { oid, offset: placed.offset, crc: placed.crc })
            .collect();
        let mut objects: Vec<(Oid, Kind, u64)> =
            self.placed.iter().map(|(&oid, placed)| (oid, placed.kind, placed.size)).collect();
        objects.sort_unstable();
        let summary = PackSummary {
            pack_id,
            bytes: self.bytes + 20,
            index: render_index(&rows, &pack_id)?,
            objects,
            thin: !self.outside.is_empty(),
        };
        Ok((summary, self.out))
    }
}

/// Adds the zlib stream of some bytes to the end of `out`.
pub(super) fn deflate(zlib: &mut Compress, data: &[u8], out: &mut Vec<u8>) -> Result<(), PackError> {
    zlib.reset();
    loop {
        out.reserve(data.len() / 2 + 256);
        let rest = data.get(zlib.total_in() as usize..).unwrap_or_default();
        let status = zlib.compress_vec(rest, out, FlushCompress::Finish).map_err(|_| PackError::Zlib)?;
        if status == Status::StreamEnd {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::entry::inflate;
    use super::*;
    use std::io::Cursor;

    fn writer() -> PackWriter<Cursor<Vec<u8>>> {
        PackWriter::new(Cursor::new(Vec::new())).unwrap()
    }

    fn tree(entries: u32) -> Vec<u8> {
        (0..entries)
            .flat_map(|n| [format!("100644 file{n:04}\0").as_bytes(), &[n as u8; 20]].concat())
            .collect()
    }

    #[test]
    fn a_large_entry_leaves_no_room_behind() {
        let mut state = 1_u64;
        let noise = (0..3 * ENTRY_BYTES_KEPT).map(|_| {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 56) as u8
        });
        let mut writer = writer();
        writer.add(Kind::Blob, &noise.collect::<Vec<u8>>()).unwrap();
        assert!(writer.bytes() > ENTRY_BYTES_KEPT as u64 && writer.entry.capacity() <= ENTRY_BYTES_KEPT);
    }

    #[test]
    fn one_object_is_written_once() {
        let mut writer = writer();
        let first = writer.add(Kind::Blob, b"same").unwrap();
        let bytes = writer.bytes();
        assert_eq!(writer.add(Kind::Blob, b"same").unwrap(), first);
        assert_eq!((writer.len(), writer.bytes()), (1, bytes));
        let (summary, out) = writer.finish().unwrap();
        assert_eq!(summary.objects, [(first, Kind::Blob, 4)]);
        assert_eq!(summary.bytes, out.get_ref().len() as u64);
        assert_eq!(out.get_ref()[..12], *b"PACK\0\0\0\x02\0\0\0\x01");
        assert!(!summary.thin);
    }

    #[test]
    fn trees_become_deltas_until_the_chain_is_long() {
        let (old, new) = (tree(200), tree(201));
        let base = |depth| Some(TreeBase { oid: oid_of(Kind::Tree, &old).unwrap(), data: &old, depth });
        let mut thin = writer();
        let (oid, depth) = thin.add_tree(&new, base(DELTA_DEPTH_MAX - 1)).unwrap();
        assert_eq!((depth, thin.bytes() < 120), (DELTA_DEPTH_MAX, true));
        // The base is known to be elsewhere, so a second copy is not even made.
        thin.add(Kind::Tree, &old).unwrap();
        let (summary, _) = thin.finish().unwrap();
        assert_eq!((summary.objects, summary.thin), (vec![(oid, Kind::Tree, new.len() as u64)], true));

        let mut full = writer();
        assert_eq!(full.add_tree(&new, base(DELTA_DEPTH_MAX)).unwrap(), (oid, 0));
        assert!(!full.finish().unwrap().0.thin);

        let mut both = writer();
        both.add(Kind::Tree, &old).unwrap();
        assert_eq!(both.add_tree(&new, base(0)).unwrap(), (oid, 1));
        assert!(!both.finish().unwrap().0.thin);
    }

    #[test]
    fn what_does_not_shrink_is_still_sound() {
        let noise: Vec<u8> =
            (0..5000u32).flat_map(|n| blake3::hash(&n.to_le_bytes()).as_bytes()[..].to_vec()).collect();
        let mut out = Vec::new();
        let mut zlib = Compress::new(Compression::default(), true);
        deflate(&mut zlib, &noise, &mut out).unwrap();
        assert_eq!(inflate(&out, noise.len() as u64, OBJECT_BYTES_MAX).unwrap(), noise);
    }

    #[test]
    fn a_delta_must_be_one_and_stay_within_bounds() {
        let huge = [4, 0x80, 0x80, 0x80, 0x80, 0x01];
        let add =
            |delta: &[u8]| writer().add_delta(Oid([1; 20]), Kind::Blob, Oid([2; 20]), delta).unwrap_err();
        assert!(matches!(add(&huge), PackError::TooLarge(0x1000_0000)));
        assert!(matches!(add(&[]), PackError::Delta(DeltaError::Truncated)));
    }
}
