//! Compaction: many packs, thin ones among them, become one standard pack, mostly by copying entries as they lie.

use std::io::{Read, Seek, Write};
use std::sync::Arc;

use flate2::Crc;
use seedcorn_core::digest::Oid;
use seedcorn_core::limits::DELTA_DEPTH_MAX;

use super::DELTA_CHAIN_MAX;
use super::delta::DeltaSizes;
use super::entry::{EntryError, EntryKind, inflate_front};
use super::pack::{PackError, PackSummary, PackWriter};
use super::resolve::{PackSet, ReadError, Spot, base_of};
use super::source::{Pack, RawPackEntry, SourceError};

/// Bytes that reading one object through its chain may take in a pack that was made of others: a longer one begins anew.
const CHAIN_BYTES_MAX: u64 = 128 << 20;

/// Why packs cannot be merged.
#[derive(Debug, thiserror::Error)]
pub enum CompactError {
    /// An object cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The new pack cannot be written.
    #[error(transparent)]
    Write(#[from] PackError),
    /// An entry is not what its pack's index says.
    #[error("object {0} is damaged: its entry has another checksum")]
    Damaged(Oid),
}

/// Merges the objects of `sources` that `keep` wants into one self-contained pack, written from the very beginning of
/// `out`. Bases are looked for in all `packs`: so one thin pack alone is completed, too.
///
/// An entry is copied without inflating it when it is whole, or a delta whose base is kept as well (as `OFS_DELTA`,
/// after its base, in a chain of at most [`DELTA_DEPTH_MAX`] that is read with no more than 128 MiB). Every other is read and written whole. An object that
/// lies in several packs is taken from the first of the set. Copied entries are checked against their CRC.
pub fn compact<W: Read + Write + Seek>(
    packs: &PackSet,
    sources: &[Arc<Pack>],
    keep: &dyn Fn(&Oid) -> bool,
    out: W,
) -> Result<(PackSummary, W), CompactError> {
    let mut merge = Merge { packs, sources, keep, writer: PackWriter::new(out)? };
    for pack in sources {
        for row in pack.index().iter_by_offset() {
            if keep(&row.oid) && !merge.writer.contains(&row.oid) {
                merge.write_with_bases(Spot { pack: pack.clone(), offset: row.offset })?;
            }
        }
    }
    Ok(merge.writer.finish()?)
}

struct Merge<'a, W> {
    packs: &'a PackSet,
    sources: &'a [Arc<Pack>],
    keep: &'a dyn Fn(&Oid) -> bool,
    writer: PackWriter<W>,
}

impl<W: Read + Write + Seek> Merge<'_, W> {
    /// Writes the entry at `spot`, before it its base if that is kept, before that the base's base, and so on.
    fn write_with_bases(&mut self, spot: Spot) -> Result<(), CompactError> {
        let mut waiting = vec![spot];
        while let Some(spot) = waiting.last() {
            let entry = take(spot)?;
            let oid = entry.row.oid;
            if self.writer.contains(&oid) {
                waiting.pop();
                continue;
            }
            let Some(base) = self.kept_base(spot, &entry)? else {
                self.write(&entry, None)?;
                waiting.pop();
                continue;
            };
            if self.writer.contains(&base) {
                self.write(&entry, Some(base))?;
                waiting.pop();
                continue;
            }
            if waiting.len() > DELTA_CHAIN_MAX {
                return Err(ReadError::TooDeep(oid).into());
            }
            waiting.push(self.packs.find(&base).ok_or(ReadError::NotFound(base))?);
        }
        Ok(())
    }

    /// The base of a delta, if it will be in the new pack.
    fn kept_base(&self, spot: &Spot, entry: &RawPackEntry) -> Result<Option<Oid>, CompactError> {
        let oid = entry.row.oid;
        let base = match entry.header.kind {
            EntryKind::Full(_) => return Ok(None),
            EntryKind::RefDelta(base) => base,
            EntryKind::OfsDelta(_) => {
                let base =
                    base_of(spot, entry, &|oid| self.packs.find(oid)).map_err(|error| error.of(oid))?;
                let row = base.pack.index().row_at(base.offset);
                row.ok_or(ReadError::Source { oid, error: SourceError::NoEntry(base.offset) })?.oid
            }
        };
        let held = self.sources.iter().any(|pack| pack.index().find(&base).is_some());
        Ok(Some(base).filter(|base| held && (self.keep)(base)))
    }

    fn write(&mut self, entry: &RawPackEntry, base: Option<Oid>) -> Result<(), CompactError> {
        let oid = entry.row.oid;
        let len = entry.header.size;
        if let EntryKind::Full(kind) = entry.header.kind {
            check(entry)?;
            let how = (EntryKind::Full(kind), len);
            return Ok(self.writer.put_stream(oid, (kind, len), (0, len), how, entry.stream())?);
        }
        if let Some(base) = base.and_then(|base| self.writer.placed(&base)) {
            let size = result_size(entry).map_err(|error| ReadError::Entry { oid, error })?;
            let cost = base.cost.saturating_add(size).saturating_add(len);
            if base.depth < DELTA_DEPTH_MAX && cost <= CHAIN_BYTES_MAX {
                check(entry)?;
                let how = (EntryKind::OfsDelta(self.writer.bytes() - base.offset), len);
                let chain = (base.depth + 1, cost);
                return Ok(self.writer.put_stream(oid, (base.kind, size), chain, how, entry.stream())?);
            }
        }
        let object = self.packs.read(&oid)?;
        self.writer.add(object.kind, &object.data)?;
        Ok(())
    }
}

fn take(spot: &Spot) -> Result<RawPackEntry, CompactError> {
    let oid = spot.pack.index().row_at(spot.offset).map_or(Oid::ZERO, |row| row.oid);
    Ok(spot.pack.entry(spot.offset).map_err(|error| ReadError::Source { oid, error })?)
}

fn check(entry: &RawPackEntry) -> Result<(), CompactError> {
    let mut crc = Crc::new();
    crc.update(&entry.bytes);
    if crc.sum() == entry.row.crc { Ok(()) } else { Err(CompactError::Damaged(entry.row.oid)) }
}

/// Bytes of the object a delta makes, from the front of the delta alone.
fn result_size(entry: &RawPackEntry) -> Result<u64, EntryError> {
    let front = inflate_front(entry.stream(), DeltaSizes::BYTES_MAX)?;
    DeltaSizes::parse(&front).map(|sizes| sizes.result).map_err(|_| EntryError::Truncated)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::{Index, Kind, TreeBase};
    use super::*;
    use bytes::Bytes;
    use std::io::Cursor;

    type Writer = PackWriter<Cursor<Vec<u8>>>;

    fn pack<T>(fill: impl FnOnce(&mut Writer) -> T) -> (Bytes, PackSummary) {
        let mut writer = PackWriter::new(Cursor::new(Vec::new())).unwrap();
        fill(&mut writer);
        let (summary, out) = writer.finish().unwrap();
        (out.into_inner().into(), summary)
    }

    fn open((bytes, summary): (Bytes, PackSummary)) -> Arc<Pack> {
        let index = Index::parse(summary.index.into()).unwrap();
        Arc::new(Pack::open(Box::new(bytes), index, summary.thin).unwrap())
    }

    fn tree(entries: u32) -> Vec<u8> {
        (0..entries)
            .flat_map(|n| [format!("100644 file{n:04}\0").as_bytes(), &[n as u8; 20]].concat())
            .collect()
    }

    fn versions() -> (PackSet, Vec<Oid>) {
        let (mut oids, mut packs) = (Vec::new(), Vec::new());
        for n in 100..104 {
            packs.push(open(pack(|writer| {
                let old = tree(n - 1);
                let base = oids.last().map(|&oid| TreeBase { oid, data: &old, depth: 0 });
                oids.push(writer.add_tree(&tree(n), base).unwrap().0);
                writer.add(Kind::Blob, b"in every pack").unwrap();
            })));
        }
        (PackSet::new(packs), oids)
    }

    fn merge(packs: &PackSet, keep: &dyn Fn(&Oid) -> bool) -> Result<Arc<Pack>, CompactError> {
        let (summary, out) = compact(packs, packs.packs(), keep, Cursor::new(Vec::new()))?;
        assert!(!summary.thin);
        Ok(open((out.into_inner().into(), summary)))
    }

    #[test]
    fn thin_packs_become_one_that_stands_alone() {
        let (packs, oids) = versions();
        let merged = merge(&packs, &|_| true).unwrap();
        assert_eq!(merged.index().len(), 5);
        let alone = PackSet::new(vec![merged]);
        for (at, oid) in oids.iter().enumerate() {
            let object = alone.read(oid).unwrap();
            assert_eq!((object.data, object.depth), (tree(100 + at as u32), at));
        }
    }

    #[test]
    fn what_leans_on_something_left_out_is_written_whole() {
        let (packs, oids) = versions();
        let merged = merge(&packs, &|oid| *oid != oids[1]).unwrap();
        assert!(merged.index().find(&oids[1]).is_none());
        let alone = PackSet::new(vec![merged]);
        let depths: Vec<usize> = [0, 2, 3].map(|at| alone.read(&oids[at]).unwrap().depth).into();
        assert_eq!(depths, [0, 0, 1]);
        // Merging what is merged changes nothing but the place of things.
        assert_eq!(merge(&alone, &|_| true).unwrap().index().len(), 4);
        assert!(merge(&alone, &|_| false).unwrap().index().is_empty());
    }

    #[test]
    fn some_of_the_packs_become_one_that_stands_alone() {
        let (packs, oids) = versions();
        let newest = &packs.packs()[2..];
        let (summary, out) = compact(&packs, newest, &|_| true, Cursor::new(Vec::new())).unwrap();
        let alone = PackSet::new(vec![open((out.into_inner().into(), summary))]);
        let depths: Vec<usize> = oids[2..].iter().map(|oid| alone.read(oid).unwrap().depth).collect();
        assert_eq!(depths, [0, 1], "the first leans on a pack that is not among them");
        assert!(alone.read(&oids[1]).is_err());
    }

    #[test]
    fn a_missing_base_a_circle_and_a_flipped_bit_are_errors() {
        let (packs, oids) = versions();
        let headless = PackSet::new(packs.packs().iter().filter(|pack| pack.is_thin()).cloned().collect());
        let error = merge(&headless, &|_| true).unwrap_err();
        assert!(matches!(error, CompactError::Read(ReadError::NotFound(oid)) if oid == oids[0]), "{error}");

        let circle = [(1, 2), (2, 1)].map(|(object, base)| {
            open(pack(|writer| {
                writer.add_delta(Oid([object; 20]), Kind::Blob, Oid([base; 20]), &[0, 0]).unwrap()
            }))
        });
        let error = merge(&PackSet::new(circle.into()), &|_| true).unwrap_err();
        assert!(matches!(error, CompactError::Read(ReadError::TooDeep(_))), "{error}");

        let (bytes, summary) = pack(|writer| writer.add(Kind::Blob, b"a blob").unwrap());
        let mut bytes = bytes.to_vec();
        bytes[20] ^= 1;
        let error = merge(&PackSet::new(vec![open((bytes.into(), summary))]), &|_| true).unwrap_err();
        assert!(matches!(error, CompactError::Damaged(_)), "{error}");
    }

    #[test]
    fn chains_are_cut_where_they_grow_too_long() {
        let deep = pack(|writer| {
            let mut base = writer.add(Kind::Tree, &tree(100)).unwrap();
            for n in 101..230 {
                let delta = super::super::tree_delta(&tree(n - 1), &tree(n)).unwrap();
                let oid = super::super::oid_of(Kind::Tree, &tree(n)).unwrap();
                writer.add_delta(oid, Kind::Tree, base, &delta).unwrap();
                base = oid;
            }
        });
        let alone = PackSet::new(vec![merge(&PackSet::new(vec![open(deep)]), &|_| true).unwrap()]);
        for n in 100..230 {
            let object = alone.read(&super::super::oid_of(Kind::Tree, &tree(n)).unwrap()).unwrap();
            assert_eq!((object.data, object.depth), (tree(n), (n as usize - 100) % (DELTA_DEPTH_MAX + 1)));
        }
    }
}
