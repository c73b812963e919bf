//! Reading objects: follows delta chains through the packs of one repo, within bounds.

use std::sync::Arc;

use seedcorn_core::digest::Oid;

use super::delta::{DeltaError, DeltaSizes, apply};
use super::entry::{EntryError, EntryKind, inflate, inflate_front};
use super::object::{Kind, oid_of};
use super::source::{Pack, RawPackEntry, SourceError};
use super::{DELTA_CHAIN_MAX, OBJECT_BYTES_MAX, READ_BYTES_MAX};

/// Why an object cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The object, or the base of a delta, is in no pack.
    #[error("object {0} is in no pack")]
    NotFound(Oid),
    /// A chain that is too long, or runs in a circle.
    #[error("object {0} is more than {DELTA_CHAIN_MAX} deltas from a full one")]
    TooDeep(Oid),
    /// More work than reading one object may be.
    #[error("reading object {0} takes more than {READ_BYTES_MAX} bytes")]
    TooMuch(Oid),
    /// The entry could not be taken from its pack.
    #[error("object {oid}: {error}")]
    Source {
        /// The object asked for.
        oid: Oid,
        /// What went wrong.
        error: SourceError,
    },
    /// An entry of its chain is unsound.
    #[error("object {oid}: {error}")]
    Entry {
        /// The object asked for.
        oid: Oid,
        /// What is wrong.
        error: EntryError,
    },
    /// A delta of its chain is unsound.
    #[error("object {oid}: {error}")]
    Delta {
        /// The object asked for.
        oid: Oid,
        /// What is wrong.
        error: DeltaError,
    },
    /// What was read has another id: the store is damaged, or the content attacks SHA-1.
    #[error("object {0} is damaged: its content has another id")]
    Damaged(Oid),
}

/// Where an object lies.
#[derive(Debug, Clone)]
pub struct Spot {
    /// The pack.
    pub pack: Arc<Pack>,
    /// Where the object's entry starts in it, in bytes.
    pub offset: u64,
}

/// An object that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its kind.
    pub kind: Kind,
    /// Its content.
    pub data: Vec<u8>,
    /// Deltas between it and its full base; 0 if it is kept whole.
    pub depth: usize,
}

/// Bytes still allowed for one read.
struct Budget {
    oid: Oid,
    left: u64,
}

impl Budget {
    fn spend(&mut self, bytes: u64) -> Result<(), ReadError> {
        self.left = self.left.checked_sub(bytes).ok_or(ReadError::TooMuch(self.oid))?;
        Ok(())
    }

    fn inflate(&mut self, entry: &RawPackEntry) -> Result<Vec<u8>, ReadError> {
        self.spend(entry.header.size.min(OBJECT_BYTES_MAX))?;
        inflate(entry.stream(), entry.header.size, OBJECT_BYTES_MAX)
            .map_err(|error| ReadError::Entry { oid: self.oid, error })
    }

    fn apply(&mut self, base: &[u8], delta: &[u8]) -> Result<Vec<u8>, ReadError> {
        let broken = |error| ReadError::Delta { oid: self.oid, error };
        let sizes = DeltaSizes::parse(delta).map_err(broken)?;
        let result = apply(base, delta, OBJECT_BYTES_MAX.min(self.left)).map_err(|error| match error {
            DeltaError::TooLarge { size, .. } if size <= OBJECT_BYTES_MAX => ReadError::TooMuch(self.oid),
            error => broken(error),
        })?;
        self.spend(sizes.result)?;
        Ok(result)
    }
}

/// Reads an object and checks its content against its id. `find` tells where an object lies; for a base it is asked
/// only when the base is not in the pack of the delta. Look at [`PackSet`] for the order in which it must prefer packs.
///
/// At most three objects are in memory at a time, at most [`READ_BYTES_MAX`] are produced in all, and a circle ends as
/// [`ReadError::TooDeep`].
pub fn read(oid: &Oid, find: &dyn Fn(&Oid) -> Option<Spot>) -> Result<Object, ReadError> {
    let mut budget = Budget { oid: *oid, left: READ_BYTES_MAX };
    let mut spot = find(oid).ok_or(ReadError::NotFound(*oid))?;
    let mut chain = Vec::new();
    let (kind, mut data) = loop {
        let entry = spot.pack.entry(spot.offset).map_err(|error| ReadError::Source { oid: *oid, error })?;
        if let EntryKind::Full(kind) = entry.header.kind {
            break (kind, budget.inflate(&entry)?);
        }
        if chain.len() == DELTA_CHAIN_MAX {
            return Err(ReadError::TooDeep(*oid));
        }
        let base = base_of(&spot, &entry, find).map_err(|error| error.of(*oid))?;
        // Only where the delta lies is kept, so that a long chain of files on disk does not fill the memory.
        chain.push(std::mem::replace(&mut spot, base));
    };
    let depth = chain.len();
    while let Some(spot) = chain.pop() {
        let entry = spot.pack.entry(spot.offset).map_err(|error| ReadError::Source { oid: *oid, error })?;
        let delta = budget.inflate(&entry)?;
        data = budget.apply(&data, &delta)?;
    }
    if oid_of(kind, &data).ok() != Some(*oid) {
        return Err(ReadError::Damaged(*oid));
    }
    Ok(Object { kind, data, depth })
}

/// Why the base of a delta has no place.
pub(super) enum NoBase {
    Missing(Oid),
    Outside(u64),
}

impl NoBase {
    pub(super) fn of(self, oid: Oid) -> ReadError {
        match self {
            NoBase::Missing(base) => ReadError::NotFound(base),
            NoBase::Outside(offset) => ReadError::Source { oid, error: SourceError::NoEntry(offset) },
        }
    }
}

/// Where the base of a delta lies. Its own pack comes first, so that a self-contained pack never needs another.
pub(super) fn base_of(
    spot: &Spot,
    entry: &RawPackEntry,
    find: &dyn Fn(&Oid) -> Option<Spot>,
) -> Result<Spot, NoBase> {
    match entry.header.kind {
        EntryKind::OfsDelta(distance) => {
            let offset = spot.offset.checked_sub(distance).ok_or(NoBase::Outside(spot.offset))?;
            Ok(Spot { pack: Arc::clone(&spot.pack), offset })
        }
        EntryKind::RefDelta(base) => match spot.pack.index().find(&base) {
            Some(offset) => Ok(Spot { pack: Arc::clone(&spot.pack), offset }),
            None => find(&base).ok_or(NoBase::Missing(base)),
        },
        EntryKind::Full(_) => Ok(spot.clone()),
    }
}

/// All packs of one repo, in the order that makes every chain end (see the module's text).
#[derive(Debug, Clone, Default)]
pub struct PackSet {
    packs: Vec<Arc<Pack>>,
}

impl PackSet {
    /// Takes the packs of a repo in the order in which they are looked into: **first those that were made of others, then
    /// oldest first**.
    pub fn new(packs: Vec<Arc<Pack>>) -> Self {
        PackSet { packs }
    }

    /// The packs, in the order they are looked into.
    pub fn packs(&self) -> &[Arc<Pack>] {
        &self.packs
    }

    /// Where an object lies.
    pub fn find(&self, oid: &Oid) -> Option<Spot> {
        self.packs
            .iter()
            .find_map(|pack| pack.index().find(oid).map(|offset| Spot { pack: Arc::clone(pack), offset }))
    }

    /// In which pack of the set an object lies, and where there.
    pub(super) fn place(&self, oid: &Oid) -> Option<(usize, u64)> {
        let mut packs = self.packs.iter().enumerate();
        packs.find_map(|(place, pack)| Some((place, pack.index().find(oid)?)))
    }

    /// The kind of an object and the bytes of its content, without reading it.
    ///
    /// # Errors
    /// [`ReadError`] if it is not there, or its entry is unsound.
    pub fn about(&self, oid: &Oid) -> Result<(Kind, u64), ReadError> {
        let mut spot = self.find(oid).ok_or(ReadError::NotFound(*oid))?;
        let mut size = None;
        for _ in 0..=DELTA_CHAIN_MAX {
            let entry =
                spot.pack.front(spot.offset).map_err(|error| ReadError::Source { oid: *oid, error })?;
            if let EntryKind::Full(kind) = entry.header.kind {
                return Ok((kind, size.unwrap_or(entry.header.size)));
            }
            if size.is_none() {
                let broken = |error| ReadError::Entry { oid: *oid, error };
                let front = inflate_front(entry.stream(), DeltaSizes::BYTES_MAX).map_err(broken)?;
                let sizes = DeltaSizes::parse(&front);
                size = Some(sizes.map_err(|error| ReadError::Delta { oid: *oid, error })?.result);
            }
            spot = base_of(&spot, &entry, &|oid| self.find(oid)).map_err(|error| error.of(*oid))?;
        }
        Err(ReadError::TooDeep(*oid))
    }

    /// Whether the object is in one of the packs.
    pub fn contains(&self, oid: &Oid) -> bool {
        self.packs.iter().any(|pack| pack.index().find(oid).is_some())
    }

    /// Reads an object; see [`read`].
    pub fn read(&self, oid: &Oid) -> Result<Object, ReadError> {
        read(oid, &|oid| self.find(oid))
    }

    /// Up to two objects whose id starts with these hex digits; see [`super::Index::find_prefix`].
    pub fn find_prefix(&self, hex: &str) -> Vec<Oid> {
        let mut found: Vec<Oid> = self.packs.iter().flat_map(|pack| pack.index().find_prefix(hex)).collect();
        found.sort_unstable();
        found.dedup();
        found.truncate(2);
        found
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::{Index, PackWriter, TreeBase};
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;
    use std::io::Cursor;

    type Writer = PackWriter<Cursor<Vec<u8>>>;

    fn pack<T>(fill: impl FnOnce(&mut Writer) -> T) -> (Vec<u8>, Index, bool) {
        let mut writer = PackWriter::new(Cursor::new(Vec::new())).unwrap();
        fill(&mut writer);
        let (summary, out) = writer.finish().unwrap();
        (out.into_inner(), Index::parse(summary.index.into()).unwrap(), summary.thin)
    }

    fn open((bytes, index, thin): (Vec<u8>, Index, bool)) -> Arc<Pack> {
        Arc::new(Pack::open(Box::new(Bytes::from(bytes)), index, thin).unwrap())
    }

    fn tree(entries: u32) -> Vec<u8> {
        (0..entries)
            .flat_map(|n| [format!("100644 file{n:04}\0").as_bytes(), &[n as u8; 20]].concat())
            .collect()
    }

    /// A delta that makes `result` bytes of a base of `base` bytes: its first 64 KiB over and over.
    fn bomb(base: u64, result: u64) -> Vec<u8> {
        let mut delta = Vec::new();
        for mut size in [base, result] {
            while size >= 0x80 {
                delta.push(size as u8 | 0x80);
                size >>= 7;
            }
            delta.push(size as u8);
        }
        delta.extend(std::iter::repeat_n(0x80, (result / 0x10000) as usize));
        delta
    }

    fn fake(n: u32) -> Oid {
        let mut bytes = [0xfa; 20];
        bytes[..4].copy_from_slice(&n.to_be_bytes());
        Oid(bytes)
    }

    #[test]
    fn chains_run_through_thin_packs() {
        let mut oids = Vec::new();
        let mut packs = Vec::new();
        let mut before: Option<(Oid, Vec<u8>, usize)> = None;
        for n in 0..60 {
            let data = tree(300 + n);
            packs.push(open(pack(|writer| {
                let base =
                    before.as_ref().map(|(oid, data, depth)| TreeBase { oid: *oid, data, depth: *depth });
                let (oid, depth) = writer.add_tree(&data, base).unwrap();
                oids.push(oid);
                before = Some((oid, data.clone(), depth));
            })));
        }
        let set = PackSet::new(packs);
        let depths: Vec<usize> = oids.iter().map(|oid| set.read(oid).unwrap().depth).collect();
        assert_eq!(depths[..51], (0..=50).collect::<Vec<_>>()[..]);
        assert_eq!(depths[51..], (0..9).collect::<Vec<_>>()[..]);
        let last = set.read(oids.last().unwrap()).unwrap();
        assert_eq!((last.kind, last.data), (Kind::Tree, tree(359)));
        assert!(matches!(set.read(&Oid::ZERO), Err(ReadError::NotFound(Oid::ZERO))));
        // Without the oldest pack the chain has no end.
        let rest = PackSet::new(
            set.packs().iter().filter(|pack| pack.index().find(&oids[0]).is_none()).cloned().collect(),
        );
        assert!(matches!(rest.read(&oids[3]), Err(ReadError::NotFound(missing)) if missing == oids[0]));
    }

    #[test]
    fn an_object_that_came_back_does_not_make_a_circle() {
        let (old, new) = (tree(300), tree(301));
        let (old_oid, new_oid) = (oid_of(Kind::Tree, &old).unwrap(), oid_of(Kind::Tree, &new).unwrap());
        let first = open(pack(|writer| writer.add(Kind::Tree, &old).unwrap()));
        let base = |oid, data| Some(TreeBase { oid, data, depth: 0 });
        let there = open(pack(|writer| writer.add_tree(&new, base(old_oid, &old)).unwrap()));
        let back = open(pack(|writer| writer.add_tree(&old, base(new_oid, &new)).unwrap()));
        let set = PackSet::new(vec![first, Arc::clone(&there), Arc::clone(&back)]);
        assert_eq!(set.read(&old_oid).unwrap().data, old);
        assert_eq!(set.read(&new_oid).unwrap().data, new);
        // A caller who breaks the rule gets an error, and soon.
        let circle = PackSet::new(vec![there, back]);
        assert!(matches!(circle.read(&old_oid), Err(ReadError::TooDeep(oid)) if oid == old_oid));
    }

    #[test]
    fn a_circle_inside_one_pack_ends() {
        let (mut bytes, index, _) = pack(|writer| {
            writer.add_delta(fake(1), Kind::Blob, fake(8), &[0, 0]).unwrap();
            writer.add_delta(fake(2), Kind::Blob, fake(9), &[0, 0]).unwrap();
        });
        for (from, to) in [(fake(8), fake(2)), (fake(9), fake(1))] {
            let at = bytes.windows(20).position(|window| window == from.as_bytes()).unwrap();
            bytes[at..at + 20].copy_from_slice(to.as_bytes());
        }
        let set = PackSet::new(vec![open((bytes, index, false))]);
        assert!(matches!(set.read(&fake(1)), Err(ReadError::TooDeep(_))));
    }

    #[test]
    fn long_chains_and_delta_bombs_are_cut_off() {
        let deep = open(pack(|writer| {
            let mut base = writer.add(Kind::Blob, b"").unwrap();
            for n in 0..5000 {
                writer.add_delta(fake(n), Kind::Blob, base, &[0, 0]).unwrap();
                base = fake(n);
            }
        }));
        let set = PackSet::new(vec![deep]);
        assert!(matches!(set.read(&fake(4999)), Err(ReadError::TooDeep(_))));
        assert!(matches!(set.read(&fake(DELTA_CHAIN_MAX as u32)), Err(ReadError::TooDeep(_))));
        // One fewer is followed to the end, where the made-up id is found out.
        assert!(matches!(set.read(&fake(DELTA_CHAIN_MAX as u32 - 1)), Err(ReadError::Damaged(_))));

        let wide = open(pack(|writer| {
            let mut base = writer.add(Kind::Blob, &[0; 0x10000]).unwrap();
            let mut size = 0x10000;
            for n in 0..30 {
                writer.add_delta(fake(n), Kind::Blob, base, &bomb(size, 64 << 20)).unwrap();
                (base, size) = (fake(n), 64 << 20);
            }
        }));
        assert!(wide.size() < 5000);
        assert!(matches!(PackSet::new(vec![wide]).read(&fake(29)), Err(ReadError::TooMuch(_))));
    }

    #[test]
    fn prefixes_are_counted_over_all_packs() {
        let one = || open(pack(|writer| writer.add(Kind::Blob, b"1").unwrap()));
        let oid = oid_of(Kind::Blob, b"1").unwrap();
        let other = open(pack(|writer| {
            let mut near = oid;
            near.0[19] ^= 1;
            writer.add_delta(near, Kind::Blob, fake(1), &[0, 0]).unwrap();
        }));
        assert_eq!(PackSet::new(vec![one(), one()]).find_prefix(&oid.to_string()[..8]), [oid]);
        assert_eq!(PackSet::new(vec![one(), other]).find_prefix(&oid.to_string()[..8]).len(), 2);
    }

    proptest! {
        #[test]
        fn damage_is_noticed(at in any::<prop::sample::Index>(), bytes in any::<[u8; 3]>()) {
            let (mut packed, index, thin) = pack(|writer| {
                let base = writer.add(Kind::Tree, &tree(60)).unwrap();
                writer.add_tree(&tree(70), Some(TreeBase { oid: base, data: &tree(60), depth: 0 })).unwrap();
                writer.add(Kind::Blob, b"a blob of some length, a blob of some length").unwrap();
            });
            let at = at.index(packed.len() - 35) + 12;
            packed[at..at + 3].copy_from_slice(&bytes);
            let set = PackSet::new(vec![open((packed, index.clone(), thin))]);
            for row in index.iter() {
                if let Ok(object) = set.read(&row.oid) {
                    prop_assert_eq!(oid_of(object.kind, &object.data).unwrap(), row.oid);
                }
            }
        }
    }
}
