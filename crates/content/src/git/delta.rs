//! Deltas: one object told as copies from another plus new bytes (git pack format, "deltified representation").

use std::cmp::Ordering;

use super::tree::raw_entries;

/// Why a delta cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    /// It ends inside a size or an instruction.
    #[error("delta ends inside an instruction")]
    Truncated,
    /// It was made for another base.
    #[error("delta is for a base of {wanted} bytes, this one has {got}")]
    BaseSize {
        /// Bytes the delta says its base has.
        wanted: u64,
        /// Bytes of the base at hand.
        got: u64,
    },
    /// The result would be larger than allowed.
    #[error("delta makes {size} bytes, at most {limit} are allowed")]
    TooLarge {
        /// Bytes the delta says it makes.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// A copy reaches outside the base.
    #[error("delta copies {len} bytes from {at}, outside its base")]
    CopyOutside {
        /// First byte to copy.
        at: usize,
        /// Bytes to copy.
        len: usize,
    },
    /// Instruction zero, which has no meaning yet.
    #[error("delta holds the reserved instruction")]
    Reserved,
    /// The instructions make more or fewer bytes than announced.
    #[error("delta announces {0} bytes and makes another number")]
    ResultSize(u64),
}

/// The two sizes a delta opens with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeltaSizes {
    /// Bytes of the base it needs.
    pub base: u64,
    /// Bytes of the object it makes.
    pub result: u64,
    /// Bytes the two sizes take at the front of the delta.
    pub len: usize,
}

impl DeltaSizes {
    /// Bytes that surely hold both sizes, for whoever inflates only the front of a delta.
    pub(super) const BYTES_MAX: usize = 20;

    /// Reads the sizes at the front of a delta. [`DeltaError::Truncated`] if they are not whole or exceed 63 bits.
    pub fn parse(delta: &[u8]) -> Result<Self, DeltaError> {
        let (base, rest) = varint(delta).ok_or(DeltaError::Truncated)?;
        let (result, rest) = varint(rest).ok_or(DeltaError::Truncated)?;
        Ok(DeltaSizes { base, result, len: delta.len() - rest.len() })
    }
}

fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let (mut value, mut shift, mut rest) = (0, 0, bytes);
    loop {
        let (&byte, after) = rest.split_first().filter(|_| shift <= 56)?;
        value |= u64::from(byte & 0x7f) << shift;
        (shift, rest) = (shift + 7, after);
        if byte & 0x80 == 0 {
            return Some((value, rest));
        }
    }
}

fn push_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Rebuilds an object of at most `limit` bytes. The result grows as instructions are carried out, so an announced size
/// alone costs no memory.
pub fn apply(base: &[u8], delta: &[u8], limit: u64) -> Result<Vec<u8>, DeltaError> {
    let sizes = DeltaSizes::parse(delta)?;
    let got = base.len() as u64;
    if sizes.base != got {
        return Err(DeltaError::BaseSize { wanted: sizes.base, got });
    }
    if sizes.result > limit {
        return Err(DeltaError::TooLarge { size: sizes.result, limit });
    }
    let mut out = Vec::new();
    let mut rest = delta.get(sizes.len..).unwrap_or_default();
    while let Some((&instruction, after)) = rest.split_first() {
        let piece = if instruction & 0x80 != 0 {
            let (at, len, after) = copy_span(instruction, after).ok_or(DeltaError::Truncated)?;
            rest = after;
            at.checked_add(len)
                .and_then(|end| base.get(at..end))
                .ok_or(DeltaError::CopyOutside { at, len })?
        } else if instruction != 0 {
            let (piece, after) = after.split_at_checked(instruction.into()).ok_or(DeltaError::Truncated)?;
            rest = after;
            piece
        } else {
            return Err(DeltaError::Reserved);
        };
        if (out.len() + piece.len()) as u64 > sizes.result {
            return Err(DeltaError::ResultSize(sizes.result));
        }
        out.extend_from_slice(piece);
    }
    if out.len() as u64 != sizes.result {
        return Err(DeltaError::ResultSize(sizes.result));
    }
    Ok(out)
}

/// Offset, length and what follows of a copy instruction, whose low bits tell which of the seven bytes are present.
fn copy_span(instruction: u8, mut rest: &[u8]) -> Option<(usize, usize, &[u8])> {
    let mut bytes = [0; 7];
    for (bit, byte) in bytes.iter_mut().enumerate() {
        if instruction >> bit & 1 == 1 {
            (*byte, rest) = rest.split_first().map(|(&first, after)| (first, after))?;
        }
    }
    let [a, b, c, d, e, f, g] = bytes;
    let len = u32::from_le_bytes([e, f, g, 0]) as usize;
    Some((u32::from_le_bytes([a, b, c, d]) as usize, if len == 0 { COPY_MAX } else { len }, rest))
}

/// Bytes of one copy instruction. The format has room for more, but git itself never writes more.
const COPY_MAX: usize = 0x10000;
/// Bytes of one insert instruction.
const INSERT_MAX: usize = 127;
/// A copy instruction takes up to seven bytes, so fewer are cheaper to repeat.
const COPY_MIN: usize = 8;

/// Writes instructions, joining neighbours.
struct Encoder<'a> {
    base: &'a [u8],
    out: Vec<u8>,
    copy: std::ops::Range<usize>,
    insert: Vec<u8>,
}

impl Encoder<'_> {
    fn copy(&mut self, span: std::ops::Range<usize>) {
        if self.copy.end == span.start && !self.copy.is_empty() {
            self.copy.end = span.end;
        } else {
            self.flush_copy();
            self.copy = span;
        }
    }

    fn insert(&mut self, bytes: &[u8]) {
        self.flush_copy();
        self.insert.extend_from_slice(bytes);
    }

    fn flush_copy(&mut self) {
        let span = std::mem::take(&mut self.copy);
        if span.len() < COPY_MIN {
            self.insert.extend_from_slice(self.base.get(span).unwrap_or_default());
            return;
        }
        self.flush_insert();
        for at in span.clone().step_by(COPY_MAX) {
            self.push_copy(at as u32, (span.end - at).min(COPY_MAX));
        }
    }

    fn flush_insert(&mut self) {
        for piece in self.insert.chunks(INSERT_MAX) {
            self.out.push(piece.len() as u8);
            self.out.extend_from_slice(piece);
        }
        self.insert.clear();
    }

    fn push_copy(&mut self, at: u32, len: usize) {
        let [a, b, c, d] = at.to_le_bytes();
        let [e, f, ..] = (len as u32).to_le_bytes();
        let head = self.out.len();
        self.out.push(0x80);
        let mut flags = 0x80;
        for (bit, byte) in [a, b, c, d, e, f].into_iter().enumerate() {
            if byte != 0 {
                flags |= 1 << bit;
                self.out.push(byte);
            }
        }
        if let Some(first) = self.out.get_mut(head) {
            *first = flags;
        }
    }
}

/// A delta from one tree's bytes to another's, found by walking both sorted lists side by side. `None` if it would not
/// be worth following (git's own rule: under half the object, less an id), or if the new one is not a tree.
///
/// An entry whose object changed keeps its mode and name as part of the copy before it, so it costs 21 new bytes and
/// one more copy.
pub fn tree_delta(old: &[u8], new: &[u8]) -> Option<Vec<u8>> {
    u32::try_from(old.len()).ok()?;
    let worth = (new.len() / 2).checked_sub(20)?;
    // Where the old tree turns unreadable there is merely nothing more to copy.
    let mut olds = raw_entries(old).map_while(Result::ok).peekable();
    let mut encoder = Encoder { base: old, out: Vec::new(), copy: 0..0, insert: Vec::new() };
    push_varint(&mut encoder.out, old.len() as u64);
    push_varint(&mut encoder.out, new.len() as u64);
    for entry in raw_entries(new) {
        let entry = entry.ok()?;
        while olds.next_if(|old| old.order(&entry) == Ordering::Less).is_some() {}
        let bytes = new.get(entry.span.clone())?;
        match olds.next_if(|old| old.name == entry.name && old.mode == entry.mode) {
            Some(twin) if twin.oid == entry.oid => encoder.copy(twin.span),
            Some(twin) => {
                encoder.copy(twin.span.start..twin.span.end.checked_sub(20)?);
                encoder.insert(entry.oid.as_bytes());
            }
            None => encoder.insert(bytes),
        }
        if encoder.out.len() > worth {
            return None;
        }
    }
    encoder.flush_copy();
    encoder.flush_insert();
    Some(encoder.out).filter(|delta| delta.len() < worth)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests may unwrap")]
    use super::super::{Mode, TreeEntry, render_tree};
    use super::*;
    use proptest::prelude::*;
    use seedcorn_core::digest::Oid;
    use std::collections::BTreeMap;

    fn tree(files: &BTreeMap<String, (bool, u8)>) -> Vec<u8> {
        let entries: Vec<TreeEntry> = files
            .iter()
            .map(|(name, &(is_tree, seed))| TreeEntry {
                mode: if is_tree { Mode::Tree } else { Mode::File },
                name: name.clone(),
                oid: Oid(blake3::hash(format!("{name}{seed}").as_bytes()).as_bytes()[..20]
                    .try_into()
                    .unwrap()),
            })
            .collect();
        render_tree(&entries).unwrap()
    }

    #[test]
    fn a_large_flat_directory_costs_little() {
        let mut files: BTreeMap<String, (bool, u8)> =
            (0..10_000).map(|n| (format!("data-{n:05}.bin"), (false, 0))).collect();
        let old = tree(&files);
        for n in 0..10 {
            files.insert(format!("data-{:05}.bin", n * 777), (false, 1));
            files.insert(format!("more-{n}.bin"), (false, 0));
        }
        files.remove("data-05000.bin");
        let new = tree(&files);
        let delta = tree_delta(&old, &new).unwrap();
        assert_eq!(apply(&old, &delta, u64::MAX).unwrap(), new);
        assert!(delta.len() < 900, "{}", delta.len());
    }

    #[test]
    fn small_or_unlike_trees_are_not_worth_it() {
        let one: BTreeMap<_, _> = (0..40).map(|n| (format!("a{n}"), (false, 0))).collect();
        let other: BTreeMap<_, _> = (0..40).map(|n| (format!("b{n}"), (false, 0))).collect();
        assert_eq!(tree_delta(&tree(&one), &tree(&other)), None);
        assert_eq!(tree_delta(b"", b""), None);
        assert_eq!(
            tree_delta(&tree(&one), b"not a tree, but long enough to be looked at more closely than most"),
            None
        );
        assert_eq!(tree_delta(b"junk", &tree(&one)), None);
    }

    #[test]
    fn hostile_deltas_are_named() {
        let base = b"0123456789";
        let run = |delta: &[u8]| apply(base, delta, 1 << 20).unwrap_err();
        assert_eq!(run(&[]), DeltaError::Truncated);
        assert_eq!(run(&[0xff; 12]), DeltaError::Truncated);
        assert_eq!(run(&[9, 1, 1, b'x']), DeltaError::BaseSize { wanted: 9, got: 10 });
        assert_eq!(
            run(&[10, 0xff, 0xff, 0xff, 0x7f]),
            DeltaError::TooLarge { size: 0xfff_ffff, limit: 1 << 20 }
        );
        assert_eq!(run(&[10, 1, 0]), DeltaError::Reserved);
        assert_eq!(run(&[10, 5, 0x91, 8, 5]), DeltaError::CopyOutside { at: 8, len: 5 });
        assert_eq!(run(&[10, 5, 0x80]), DeltaError::CopyOutside { at: 0, len: COPY_MAX });
        assert_eq!(run(&[10, 5, 0x91, 8]), DeltaError::Truncated);
        assert_eq!(run(&[10, 5, 3, b'x']), DeltaError::Truncated);
        assert_eq!(run(&[10, 5, 1, b'x']), DeltaError::ResultSize(5));
        assert_eq!(run(&[10, 1, 0x90, 10]), DeltaError::ResultSize(1));
    }

    #[test]
    fn long_runs_use_the_implicit_copy_length() {
        let files: BTreeMap<_, _> = (0..6000).map(|n| (format!("file-{n:05}"), (n % 7 == 0, 0))).collect();
        let old = tree(&files);
        let mut more = files.clone();
        more.insert("zz".into(), (false, 0));
        let new = tree(&more);
        let delta = tree_delta(&old, &new).unwrap();
        assert_eq!(apply(&old, &delta, u64::MAX).unwrap(), new);
        assert!(old.len() > 3 * COPY_MAX && delta.len() < 80, "{}", delta.len());
    }

    proptest! {
        #[test]
        fn arbitrary_deltas_never_panic_or_outgrow(base in prop::collection::vec(any::<u8>(), 0..64),
                                                   mut delta in prop::collection::vec(any::<u8>(), 0..64), honest in any::<bool>()) {
            if honest && !delta.is_empty() { delta[0] = base.len() as u8; }
            if let Ok(out) = apply(&base, &delta, 5000) { prop_assert!(out.len() <= 5000); }
            let _ = tree_delta(&base, &delta);
        }

        #[test]
        fn edits_become_deltas_that_give_the_new_tree(
            start in prop::collection::btree_map("[a-d.]{3,6}", (any::<bool>(), 0u8..3), 30..80),
            edits in prop::collection::vec(("[a-d.]{3,6}", prop::option::of((any::<bool>(), 0u8..3)), any::<prop::sample::Index>()), 0..8)
        ) {
            let mut files = start;
            files.remove("...");
            let mut old = tree(&files);
            for (name, change, which) in edits {
                match change {
                    Some(entry) => { files.insert(name, entry); }
                    None => {
                        let gone = files.keys().nth(which.index(files.len())).cloned().unwrap();
                        files.remove(&gone);
                    }
                }
                let new = tree(&files);
                if let Some(delta) = tree_delta(&old, &new) {
                    prop_assert_eq!(apply(&old, &delta, u64::MAX).unwrap(), &new[..]);
                } else {
                    prop_assert!(new.len() < 2000, "one edit of a tree this long must pay");
                }
                old = new;
            }
        }
    }
}
