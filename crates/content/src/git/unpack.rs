//! Taking in a pack that somebody pushed: every entry is inflated, every object rebuilt and named, within bounds, before anything is
//! believed (git pack format, version 2; deltas may lean on objects that the repo has, as `--thin` packs do).

mod input;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use flate2::Crc;
use seedcorn_core::digest::Oid;

use self::input::Input;
use super::delta::{DeltaError, apply};
use super::entry::{EntryError, EntryHeader, EntryKind, inflate};
use super::index::{IndexRow, render_index};
use super::object::{Collision, Kind, oid_of};
use super::resolve::{PackSet, ReadError};
use super::source::PackBytes;
use super::{
    DELTA_CHAIN_MAX, ENTRY_BYTES_MAX, OBJECT_BYTES_MAX, PACK_OBJECTS_MAX, PackSummary, READ_BYTES_MAX,
};

/// Bytes in front of an entry's stream: a header and the id of a base.
const HEADER_BYTES_MAX: usize = 32;
/// Bytes of a pack's own header, and of its trailer.
const PACK_HEADER: u64 = 12;
const TRAILER: u64 = 20;
/// Bytes that may come out of a pack, whatever its length: some, and so many for each byte of it, and never more than that.
const MADE_BYTES: u64 = 1 << 30;
const MADE_BYTES_PER_BYTE: u64 = 100;
const MADE_BYTES_MAX: u64 = 8 << 30;
/// Deltas between an object and a full one, and bytes that reading it takes, beyond which the pack is better written anew.
const DEPTH_EASY: usize = 250;
const COST_EASY: u64 = 128 << 20;
/// Bytes of objects that are held at once because something else is made of them.
const HELD_BYTES_MAX: u64 = 256 << 20;

/// Why a pack is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum UnpackError {
    /// Reading it failed.
    #[error("reading the pack failed: {0}")]
    Io(#[from] std::io::Error),
    /// It is no pack of version 2, or ends too soon.
    #[error("this is not a version 2 pack")]
    Magic,
    /// It announces too many objects.
    #[error("the pack announces {0} objects, at most {PACK_OBJECTS_MAX} are allowed")]
    TooManyObjects(u32),
    /// An entry is unsound.
    #[error("pack entry at {offset}: {error}")]
    Entry {
        /// Where it starts.
        offset: u64,
        /// What is wrong with it.
        error: EntryError,
    },
    /// A delta is unsound.
    #[error("delta at {offset}: {error}")]
    Delta {
        /// Where its entry starts.
        offset: u64,
        /// What is wrong with it.
        error: DeltaError,
    },
    /// A delta whose base starts at no entry of the pack.
    #[error("delta at {0} has its base where no entry starts")]
    NoEntry(u64),
    /// A delta whose base is neither in the pack nor in the repo.
    #[error("a delta leans on object {0}, which is neither in the pack nor in the repo")]
    NoBase(Oid),
    /// A base in the repo cannot be read.
    #[error(transparent)]
    Base(#[from] ReadError),
    /// A chain of deltas that is too long.
    #[error("object {0} is more than {DELTA_CHAIN_MAX} deltas from a full one")]
    TooDeep(Oid),
    /// More comes out of it than may.
    #[error("more than {0} bytes come out of the pack; push a long history in several parts")]
    TooMuch(u64),
    /// Too many large objects lean on each other.
    #[error("deltas of the pack need more than {HELD_BYTES_MAX} bytes at once")]
    TooWide,
    /// Content that attacks SHA-1.
    #[error(transparent)]
    Collision(#[from] Collision),
    /// An object that others lean on in the repo, and that is in the pack as well: what leans on what could run in a circle.
    #[error("the pack holds object {0}, and leans on the one that is here")]
    LeansBeside(Oid),
    /// The same object twice.
    #[error("the pack holds object {0} twice")]
    Twice(Oid),
    /// Something stands between the last entry and the trailer, or the trailer is that of another pack.
    #[error("the pack's checksum is wrong")]
    Checksum,
    /// Whoever looked at an object does not want it.
    #[error("{0}")]
    Refused(String),
}

/// An entry that was passed.
#[derive(Debug)]
struct Passed {
    offset: u64,
    end: u64,
    crc: u32,
    header: EntryHeader,
    /// Once it is known.
    oid: Option<Oid>,
    /// Bytes of the object.
    size: u64,
    kind: Kind,
}

/// Looks at an object, and may refuse it with a reason.
pub type See<'a> = &'a mut dyn FnMut(Oid, Kind, &[u8]) -> Result<(), String>;

/// A pack that was read whole.
#[derive(Debug)]
pub struct Unpacked {
    /// What it is.
    pub summary: PackSummary,
    /// Whether reading its objects takes so much that it should be written anew, see [`super::compact`].
    pub heavy: bool,
}

/// Reads a pack whole. `known` are the packs of the repo, in which bases may lie; `see` is shown each object once, in no order, and may
/// refuse it with a reason. A pack of no objects is one too.
///
/// In memory are a row an object, and objects on which deltas lean, at most 256 MiB of them.
///
/// # Errors
/// [`UnpackError`]; nothing of the pack may be used then.
pub fn unpack(bytes: &dyn PackBytes, known: &PackSet, see: See<'_>) -> Result<Unpacked, UnpackError> {
    let made = MADE_BYTES.saturating_add(bytes.size()?.saturating_mul(MADE_BYTES_PER_BYTE));
    unpack_within(bytes, known, see, made.min(MADE_BYTES_MAX))
}

/// The same, with so many bytes that may come out.
fn unpack_within(
    bytes: &dyn PackBytes,
    known: &PackSet,
    see: See<'_>,
    made: u64,
) -> Result<Unpacked, UnpackError> {
    let size = bytes.size()?;
    if size < PACK_HEADER + TRAILER {
        return Err(UnpackError::Magic);
    }
    let (passed, outside) = Default::default();
    let mut unpacking = Unpacking { bytes, known, see, passed, left: made, made, outside, heavy: false };
    let pack_id = unpacking.pass(size)?;
    unpacking.resolve()?;
    let heavy = unpacking.heavy;
    Ok(Unpacked { summary: unpacking.summary(pack_id, size)?, heavy })
}

struct Unpacking<'a> {
    bytes: &'a dyn PackBytes,
    known: &'a PackSet,
    see: See<'a>,
    passed: Vec<Passed>,
    /// Bytes that may still come out, and that might at first.
    left: u64,
    made: u64,
    /// Objects of the repo on which deltas lean.
    outside: HashSet<Oid>,
    heavy: bool,
}

/// Deltas by what they lean on.
#[derive(Default)]
struct Leaning {
    /// By the place of the base among the entries.
    by_place: HashMap<usize, Vec<usize>>,
    /// By the id of the base.
    by_oid: HashMap<Oid, Vec<usize>>,
}

impl Leaning {
    /// Those on one object, which are looked at now.
    fn on(&mut self, place: Option<usize>, oid: &Oid) -> Vec<usize> {
        let mut all = place.and_then(|place| self.by_place.remove(&place)).unwrap_or_default();
        all.extend(self.by_oid.remove(oid).unwrap_or_default());
        all
    }
}

/// An object on which deltas lean that are still to be resolved.
struct Base {
    data: Arc<Vec<u8>>,
    kind: Kind,
    /// Deltas between it and a full object, and the bytes that reading it takes.
    depth: usize,
    cost: u64,
    leaning: Vec<usize>,
}

impl Unpacking<'_> {
    /// Passes every entry once: full objects are seen, deltas noted. Tells the pack's id.
    fn pass(&mut self, size: u64) -> Result<Oid, UnpackError> {
        let mut input = Input::new(self.bytes, size - TRAILER);
        let header = input.front(PACK_HEADER as usize)?;
        let count = header.strip_prefix(b"PACK\0\0\0\x02").and_then(|rest| rest.first_chunk::<4>());
        let count = count.map(|count| u32::from_be_bytes(*count)).ok_or(UnpackError::Magic)?;
        if count as usize > PACK_OBJECTS_MAX {
            return Err(UnpackError::TooManyObjects(count));
        }
        input.advance(PACK_HEADER as usize);
        for _ in 0..count {
            let passed = self.pass_one(&mut input)?;
            self.passed.push(passed);
        }
        let is_end = input.at == size - TRAILER;
        let pack_id = input.sha1.finish()?;
        let trailer = self.bytes.range(size - TRAILER, size)?;
        if !is_end || trailer != pack_id.as_bytes()[..] {
            return Err(UnpackError::Checksum);
        }
        Ok(pack_id)
    }

    fn pass_one(&mut self, input: &mut Input<'_>) -> Result<Passed, UnpackError> {
        let offset = input.at;
        let broken = |error| UnpackError::Entry { offset, error };
        input.crc = Crc::new();
        let header = EntryHeader::parse(input.front(HEADER_BYTES_MAX)?).map_err(broken)?;
        if header.size > OBJECT_BYTES_MAX {
            return Err(broken(EntryError::TooLarge { size: header.size, limit: OBJECT_BYTES_MAX }));
        }
        self.spend(header.size)?;
        input.advance(header.len);
        let data = input.inflate(header.size, offset)?;
        if input.at - offset > ENTRY_BYTES_MAX {
            return Err(broken(EntryError::TooLarge { size: input.at - offset, limit: ENTRY_BYTES_MAX }));
        }
        let (mut oid, mut kind) = (None, Kind::Blob);
        if let EntryKind::Full(full) = header.kind {
            kind = full;
            oid = Some(self.name(full, &data)?);
        }
        Ok(Passed { offset, end: input.at, crc: input.crc.sum(), header, oid, size: header.size, kind })
    }

    fn spend(&mut self, bytes: u64) -> Result<(), UnpackError> {
        self.left = self.left.checked_sub(bytes).ok_or(UnpackError::TooMuch(self.made))?;
        Ok(())
    }

    fn name(&mut self, kind: Kind, data: &[u8]) -> Result<Oid, UnpackError> {
        let oid = oid_of(kind, data)?;
        (self.see)(oid, kind, data).map_err(UnpackError::Refused)?;
        Ok(oid)
    }

    /// Rebuilds what is told as deltas: first what leans on full objects of the pack, then what leans on those of the repo.
    fn resolve(&mut self) -> Result<(), UnpackError> {
        let mut leaning = self.leaning()?;
        for place in 0..self.passed.len() {
            let Some(Passed { oid: Some(oid), kind, header, .. }) = self.passed.get(place) else { continue };
            let (oid, kind, size) = (*oid, *kind, header.size);
            let own = leaning.on(Some(place), &oid);
            if matches!(header.kind, EntryKind::Full(_)) && !own.is_empty() {
                self.spend(size)?;
                let data = Arc::new(self.inflated(place)?);
                self.resolve_from(Base { data, kind, depth: 0, cost: size, leaning: own }, &mut leaning)?;
            }
        }
        // Some lean on what is made of others, so there may be several rounds.
        while !leaning.by_oid.is_empty() {
            let here = leaning.by_oid.keys().copied().filter(|oid| self.known.contains(oid));
            let mut here: Vec<Oid> = here.collect();
            // The same pack is taken in, or is not, each time.
            here.sort_unstable();
            if here.is_empty() {
                return Err(UnpackError::NoBase(leaning.by_oid.keys().min().copied().unwrap_or(Oid::ZERO)));
            }
            for oid in here {
                self.resolve_outside(oid, &mut leaning)?;
            }
        }
        match self.passed.iter().find(|passed| passed.oid.is_none()) {
            Some(passed) => Err(UnpackError::NoEntry(passed.offset)),
            None => Ok(()),
        }
    }

    /// What leans on an object of the repo.
    fn resolve_outside(&mut self, oid: Oid, leaning: &mut Leaning) -> Result<(), UnpackError> {
        let own = leaning.on(None, &oid);
        if own.is_empty() {
            return Ok(());
        }
        let object = self.known.read(&oid)?;
        self.outside.insert(oid);
        self.spend(object.data.len() as u64)?;
        // What reading the base took is not told; its versions are about as long as it is.
        let cost = (object.data.len() as u64).saturating_mul(object.depth as u64 + 1);
        let (depth, kind) = (object.depth, object.kind);
        self.resolve_from(Base { data: Arc::new(object.data), kind, depth, cost, leaning: own }, leaning)
    }

    fn leaning(&self) -> Result<Leaning, UnpackError> {
        let mut leaning = Leaning::default();
        for (place, passed) in self.passed.iter().enumerate() {
            match passed.header.kind {
                EntryKind::Full(_) => {}
                EntryKind::RefDelta(base) => leaning.by_oid.entry(base).or_default().push(place),
                EntryKind::OfsDelta(distance) => {
                    let nowhere = UnpackError::NoEntry(passed.offset);
                    let Some(base) = passed.offset.checked_sub(distance) else { return Err(nowhere) };
                    let base = self.passed.binary_search_by_key(&base, |passed| passed.offset);
                    let Ok(base) = base else { return Err(nowhere) };
                    leaning.by_place.entry(base).or_default().push(place);
                }
            }
        }
        Ok(leaning)
    }

    /// Everything that leans on an object, and on that again. An object is let go with the last that leans on it, so that a long chain
    /// costs no more memory than a short one.
    fn resolve_from(&mut self, first: Base, leaning: &mut Leaning) -> Result<(), UnpackError> {
        let mut held = first.data.len() as u64;
        let mut bases = vec![first];
        while let Some(base) = bases.last_mut() {
            let Some(place) = base.leaning.pop() else {
                held -= base.data.len() as u64;
                bases.pop();
                continue;
            };
            let (data, kind, depth, cost) = (base.data.clone(), base.kind, base.depth, base.cost);
            if base.leaning.is_empty() {
                held -= base.data.len() as u64;
                bases.pop();
            }
            let (oid, made, delta_bytes) = self.rebuild(place, kind, &data)?;
            drop(data);
            let cost = cost.saturating_add(delta_bytes).saturating_add(made.len() as u64);
            self.heavy |= depth + 1 > DEPTH_EASY || cost > COST_EASY;
            if depth + 1 > DELTA_CHAIN_MAX {
                return Err(UnpackError::TooDeep(oid));
            }
            if cost > READ_BYTES_MAX {
                return Err(ReadError::TooMuch(oid).into());
            }
            let own = leaning.on(Some(place), &oid);
            if own.is_empty() {
                continue;
            }
            held += made.len() as u64;
            if held > HELD_BYTES_MAX {
                return Err(UnpackError::TooWide);
            }
            bases.push(Base { data: Arc::new(made), kind, depth: depth + 1, cost, leaning: own });
        }
        Ok(())
    }

    /// The object that a delta makes: its id, its content, and the bytes of the delta.
    fn rebuild(&mut self, place: usize, kind: Kind, base: &[u8]) -> Result<(Oid, Vec<u8>, u64), UnpackError> {
        let delta = self.inflated(place)?;
        let offset = self.passed.get(place).map_or(0, |passed| passed.offset);
        let made = apply(base, &delta, OBJECT_BYTES_MAX.min(self.left)).map_err(|error| match error {
            DeltaError::TooLarge { size, .. } if size <= OBJECT_BYTES_MAX => UnpackError::TooMuch(self.made),
            error => UnpackError::Delta { offset, error },
        })?;
        self.spend((made.len() + delta.len()) as u64)?;
        let oid = self.name(kind, &made)?;
        if let Some(passed) = self.passed.get_mut(place) {
            (passed.oid, passed.kind, passed.size) = (Some(oid), kind, made.len() as u64);
        }
        Ok((oid, made, delta.len() as u64))
    }

    /// What an entry's stream holds, read again.
    fn inflated(&self, place: usize) -> Result<Vec<u8>, UnpackError> {
        let Some(passed) = self.passed.get(place) else { return Err(UnpackError::Magic) };
        let bytes = self.bytes.range(passed.offset + passed.header.len as u64, passed.end)?;
        inflate(&bytes, passed.header.size, OBJECT_BYTES_MAX)
            .map_err(|error| UnpackError::Entry { offset: passed.offset, error })
    }

    fn summary(self, pack_id: Oid, bytes: u64) -> Result<PackSummary, UnpackError> {
        let mut all: Vec<(Oid, &Passed)> =
            self.passed.iter().filter_map(|passed| Some((passed.oid?, passed))).collect();
        all.sort_unstable_by_key(|(oid, _)| *oid);
        if let Some([(oid, _), _]) = all.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(UnpackError::Twice(*oid));
        }
        if let Some((oid, _)) = all.iter().find(|(oid, _)| self.outside.contains(oid)) {
            return Err(UnpackError::LeansBeside(*oid));
        }
        let row =
            |(oid, passed): &(Oid, &Passed)| IndexRow { oid: *oid, offset: passed.offset, crc: passed.crc };
        let rows: Vec<IndexRow> = all.iter().map(row).collect();
        Ok(PackSummary {
            pack_id,
            bytes,
            index: render_index(&rows, &pack_id)?,
            objects: all.iter().map(|(oid, passed)| (*oid, passed.kind, passed.size)).collect(),
            thin: !self.outside.is_empty(),
        })
    }
}

#[cfg(test)]
mod tests;
