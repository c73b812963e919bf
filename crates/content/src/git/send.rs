//! A pack for somebody else: chosen objects of a repo, copied as they lie wherever that can be (git pack format, version 2).

use std::collections::HashMap;

use flate2::{Compress, Compression};
use seedcorn_core::digest::Oid;

use super::entry::{EntryHeader, EntryKind};
use super::object::Sha1;
use super::pack::deflate;
use super::resolve::{PackSet, ReadError, Spot, base_of};
use super::source::RawPackEntry;
use super::{PACK_OBJECTS_MAX, PackError};

/// Why a pack cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// An object cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The pack cannot be written.
    #[error(transparent)]
    Write(#[from] PackError),
}

/// An object to send: in which pack of the set it lies, and where there.
type Place = (usize, u64, Oid);

/// A pack that comes out piece by piece.
///
/// A delta is sent as it lies if its base is sent too. That needs no search for circles: of each object the copy in the first pack of the
/// set is taken, and what that leans on lies in the same pack or in an earlier one (see the module's text).
pub struct Sending {
    packs: PackSet,
    places: Vec<Place>,
    next: usize,
    /// Where each object that is sent begins, once it does.
    begins: HashMap<Oid, Option<u64>>,
    /// Whether a base may be told by its distance.
    ofs: bool,
    bytes: u64,
    sha1: Option<Sha1>,
    zlib: Compress,
}

impl std::fmt::Debug for Sending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Sending({} of {} objects)", self.next, self.places.len())
    }
}

impl Sending {
    /// Chooses the copies of these objects, each of which counts once. `ofs`: whether the receiver knows `OFS_DELTA`.
    ///
    /// # Errors
    /// An object that is not there, or too many.
    pub fn new(packs: &PackSet, oids: &[Oid], ofs: bool) -> Result<Sending, SendError> {
        let mut begins = HashMap::with_capacity(oids.len());
        let mut places: Vec<Place> = Vec::with_capacity(oids.len());
        for oid in oids {
            if begins.insert(*oid, None).is_some() {
                continue;
            }
            let (pack, offset) = packs.place(oid).ok_or(ReadError::NotFound(*oid))?;
            places.push((pack, offset, *oid));
        }
        if places.len() > PACK_OBJECTS_MAX {
            return Err(PackError::TooManyObjects.into());
        }
        // As they lie, so that bases come first and the disk is read in order.
        places.sort_unstable();
        let zlib = Compress::new(Compression::default(), true);
        let (packs, sha1) = (packs.clone(), Some(Sha1::new()));
        Ok(Sending { packs, places, next: 0, begins, ofs, bytes: 0, sha1, zlib })
    }

    /// Objects of the pack.
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Objects that were written so far.
    pub fn done(&self) -> usize {
        self.next
    }

    /// The next bytes, about so many; none at the end.
    ///
    /// # Errors
    /// An object that is damaged: the pack ends there.
    pub fn piece(&mut self, most: usize) -> Result<Option<Vec<u8>>, SendError> {
        let Some(mut sha1) = self.sha1.take() else { return Ok(None) };
        let mut out = Vec::with_capacity(most + most / 4);
        if self.bytes == 0 {
            out.extend_from_slice(b"PACK\0\0\0\x02");
            out.extend_from_slice(&(self.places.len() as u32).to_be_bytes());
        }
        while out.len() < most
            && let Some(&(pack, offset, oid)) = self.places.get(self.next)
        {
            let begins = self.bytes + out.len() as u64;
            self.write((pack, offset, oid), begins, &mut out)?;
            self.begins.insert(oid, Some(begins));
            self.next += 1;
        }
        sha1.update(&out);
        self.bytes += out.len() as u64;
        if self.next < self.places.len() {
            self.sha1 = Some(sha1);
        } else {
            let trailer = sha1.finish().map_err(PackError::Collision)?;
            out.extend_from_slice(trailer.as_bytes());
        }
        Ok(Some(out))
    }

    fn write(&mut self, (pack, offset, oid): Place, begins: u64, out: &mut Vec<u8>) -> Result<(), SendError> {
        let pack = self.packs.packs().get(pack).ok_or(ReadError::NotFound(oid))?;
        let spot = Spot { pack: pack.clone(), offset };
        let entry = spot.pack.entry(offset).map_err(|error| ReadError::Source { oid, error })?;
        if let Some(how) = self.as_it_lies(&spot, &entry, begins)? {
            EntryHeader::render(how, entry.header.size, out);
            out.extend_from_slice(entry.stream());
            return Ok(());
        }
        let object = self.packs.read(&oid)?;
        EntryHeader::render(EntryKind::Full(object.kind), object.data.len() as u64, out);
        deflate(&mut self.zlib, &object.data, out)?;
        Ok(())
    }

    /// How an entry is told if its stream is copied; not at all, if it leans on what is not sent.
    fn as_it_lies(
        &self,
        spot: &Spot,
        entry: &RawPackEntry,
        begins: u64,
    ) -> Result<Option<EntryKind>, ReadError> {
        let base = match entry.header.kind {
            EntryKind::Full(_) => return Ok(Some(entry.header.kind)),
            EntryKind::RefDelta(base) => base,
            EntryKind::OfsDelta(_) => {
                let oid = entry.row.oid;
                let base =
                    base_of(spot, entry, &|oid| self.packs.find(oid)).map_err(|error| error.of(oid))?;
                let row = base.pack.index().row_at(base.offset);
                row.ok_or(ReadError::NotFound(oid))?.oid
            }
        };
        Ok(match self.begins.get(&base) {
            None => None,
            Some(Some(at)) if self.ofs => Some(EntryKind::OfsDelta(begins - at)),
            Some(_) => Some(EntryKind::RefDelta(base)),
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use std::io::Cursor;
    use std::sync::Arc;

    use bytes::Bytes;

    use super::super::{Index, Kind, Pack, PackWriter, TreeBase, unpack};
    use super::*;

    fn tree(entries: u32) -> Vec<u8> {
        let entry = |n: u32| [format!("100644 file{n:04}\0").as_bytes(), &[n as u8; 20]].concat();
        (0..entries).flat_map(entry).collect()
    }

    /// A repo of some versions of a tree, each in a pack of its own that leans on the one before.
    fn versions(count: u32) -> (PackSet, Vec<Oid>) {
        let (mut oids, mut packs): (Vec<Oid>, _) = (Vec::new(), Vec::new());
        for n in 100..100 + count {
            let mut writer = PackWriter::new(Cursor::new(Vec::new())).unwrap();
            let old = tree(n - 1);
            let base = oids.last().map(|&oid| TreeBase { oid, data: &old, depth: 0 });
            oids.push(writer.add_tree(&tree(n), base).unwrap().0);
            let (summary, out) = writer.finish().unwrap();
            let index = Index::parse(summary.index.into()).unwrap();
            let bytes = Bytes::from(out.into_inner());
            packs.push(Arc::new(Pack::open(Box::new(bytes), index, summary.thin).unwrap()));
        }
        (PackSet::new(packs), oids)
    }

    fn sent(packs: &PackSet, oids: &[Oid], ofs: bool) -> Vec<u8> {
        let mut sending = Sending::new(packs, oids, ofs).unwrap();
        let mut all = Vec::new();
        while let Some(piece) = sending.piece(50).unwrap() {
            all.extend(piece);
        }
        assert_eq!(sending.done(), sending.len());
        all
    }

    #[test]
    fn what_is_sent_is_a_whole_pack_of_what_was_asked_for() {
        let (packs, oids) = versions(5);
        for ofs in [false, true] {
            for wanted in [&oids[..], &oids[2..], &oids[4..], &[oids[0], oids[4], oids[0]], &[]] {
                let bytes = Bytes::from(sent(&packs, wanted, ofs));
                let mut seen = Vec::new();
                let summary = unpack(&bytes, &PackSet::default(), &mut |oid, kind, data| {
                    assert_eq!((kind, data), (Kind::Tree, &packs.read(&oid).unwrap().data[..]));
                    seen.push(oid);
                    Ok(())
                });
                assert!(!summary.unwrap().summary.thin, "it stands alone");
                let mut wanted = wanted.to_vec();
                wanted.sort_unstable();
                wanted.dedup();
                seen.sort_unstable();
                assert_eq!(seen, wanted);
            }
        }
    }

    #[test]
    fn deltas_are_copied_where_their_base_goes_along() {
        let (packs, oids) = versions(5);
        let all = sent(&packs, &oids, true).len();
        let last = sent(&packs, &oids[4..], true).len();
        assert!(all < last + 4 * 120, "{all} bytes for five versions, {last} for one");
        assert!(matches!(
            Sending::new(&packs, &[Oid([9; 20])], true).unwrap_err(),
            SendError::Read(ReadError::NotFound(_))
        ));
    }
}
