//! Packs that are written by hand: whole, thin, hostile.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::io::Write as _;

use bytes::Bytes;

use super::super::object::Sha1;
use super::super::{Index, Pack, PackWriter, tree_delta};
use super::*;

/// A pack that is written by hand: its entries, and how many it says there are.
struct Hand {
    bytes: Vec<u8>,
    count: u32,
}

fn zlib(data: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(data).unwrap();
    encoder.finish().unwrap()
}

impl Hand {
    fn new() -> Hand {
        Hand { bytes: b"PACK\0\0\0\x02\0\0\0\0".to_vec(), count: 0 }
    }

    /// Adds an entry; tells where it begins.
    fn put(&mut self, kind: EntryKind, data: &[u8]) -> u64 {
        let at = self.bytes.len() as u64;
        EntryHeader::render(kind, data.len() as u64, &mut self.bytes);
        self.bytes.extend(zlib(data));
        self.count += 1;
        at
    }

    fn closed(mut self) -> Bytes {
        self.bytes[8..12].copy_from_slice(&self.count.to_be_bytes());
        let mut sha1 = Sha1::new();
        sha1.update(&self.bytes);
        self.bytes.extend(sha1.finish().unwrap().as_bytes());
        self.bytes.into()
    }
}

const BLOB: EntryKind = EntryKind::Full(Kind::Blob);

/// A delta from a base of so many bytes that adds a byte at its end.
fn longer(base: usize, byte: u8) -> Vec<u8> {
    assert!(base < 128 - 1);
    vec![base as u8, base as u8 + 1, 0x90, base as u8, 1, byte]
}

fn take(bytes: &Bytes, known: &PackSet) -> Result<(PackSummary, Vec<Vec<u8>>), UnpackError> {
    let mut seen = Vec::new();
    let see: See<'_> = &mut |oid, kind, data| {
        assert_eq!(oid_of(kind, data).unwrap(), oid);
        seen.push(data.to_vec());
        Ok(())
    };
    let unpacked = unpack_within(bytes, known, see, 200 << 20)?;
    Ok((unpacked.summary, seen))
}

fn fails(bytes: &Bytes) -> UnpackError {
    take(bytes, &PackSet::default()).unwrap_err()
}

#[test]
fn every_object_is_seen_once_and_can_be_read_after() {
    let mut hand = Hand::new();
    let first = hand.put(BLOB, b"one");
    let second = hand.bytes.len() as u64;
    hand.put(EntryKind::OfsDelta(second - first), &longer(3, b'!'));
    let two = oid_of(Kind::Blob, b"one!").unwrap();
    // A base that comes later, by its id.
    hand.put(EntryKind::RefDelta(oid_of(Kind::Blob, b"late").unwrap()), &longer(4, b'r'));
    hand.put(EntryKind::RefDelta(two), &longer(4, b'?'));
    hand.put(BLOB, b"late");
    hand.put(EntryKind::Full(Kind::Tree), b"");
    let bytes = hand.closed();
    let (summary, mut seen) = take(&bytes, &PackSet::default()).unwrap();
    seen.sort();
    assert_eq!(seen, [&b""[..], b"late", b"later", b"one", b"one!", b"one!?"]);
    assert_eq!((summary.objects.len(), summary.thin), (6, false));
    let index = Index::parse(summary.index.clone().into()).unwrap();
    let pack = Pack::open(Box::new(bytes), index, summary.thin).unwrap();
    let packs = PackSet::new(vec![Arc::new(pack)]);
    for (oid, kind, size) in &summary.objects {
        let object = packs.read(oid).unwrap();
        assert_eq!((object.kind, object.data.len() as u64), (*kind, *size));
        assert_eq!(packs.about(oid).unwrap(), (*kind, *size));
    }
}

#[test]
fn a_thin_pack_leans_on_what_is_there_and_on_nothing_else() {
    let mut writer = PackWriter::new(std::io::Cursor::new(Vec::new())).unwrap();
    let base = writer.add(Kind::Blob, b"base").unwrap();
    let (summary, out) = writer.finish().unwrap();
    let index = Index::parse(summary.index.into()).unwrap();
    let pack = Pack::open(Box::new(Bytes::from(out.into_inner())), index, false).unwrap();
    let known = PackSet::new(vec![Arc::new(pack)]);
    let mut hand = Hand::new();
    hand.put(EntryKind::RefDelta(base), &longer(4, b'd'));
    hand.put(EntryKind::RefDelta(oid_of(Kind::Blob, b"based").unwrap()), &longer(5, b'!'));
    let bytes = hand.closed();
    let (summary, seen) = take(&bytes, &known).unwrap();
    assert!(summary.thin);
    assert_eq!(seen, [&b"based"[..], b"based!"]);
    // One that leans on what is here and brings another copy of it, which leans on what leans on that.
    let mut circle = Hand::new();
    circle.put(EntryKind::RefDelta(base), &longer(4, b'd'));
    circle.put(EntryKind::RefDelta(oid_of(Kind::Blob, b"based").unwrap()), &[5, 4, 0x90, 4]);
    assert!(matches!(take(&circle.closed(), &known), Err(UnpackError::LeansBeside(oid)) if oid == base));
    assert!(matches!(fails(&bytes), UnpackError::NoBase(_)));
}

#[test]
fn an_empty_pack_is_one() {
    let (summary, seen) = take(&Hand::new().closed(), &PackSet::default()).unwrap();
    assert!(summary.objects.is_empty() && seen.is_empty());
}

#[test]
fn hostile_packs_are_named() {
    assert!(matches!(fails(&Bytes::from_static(b"PACK")), UnpackError::Magic));
    assert!(matches!(fails(&vec![0; 40].into()), UnpackError::Magic));
    let mut many = Hand::new();
    many.count = u32::MAX;
    assert!(matches!(fails(&many.closed()), UnpackError::TooManyObjects(u32::MAX)));
    let mut short = Hand::new();
    short.put(BLOB, b"one");
    short.count = 2;
    assert!(matches!(fails(&short.closed()), UnpackError::Entry { .. }), "an entry is missing");
    let mut long = Hand::new();
    long.put(BLOB, b"one");
    long.put(BLOB, b"two");
    long.count = 1;
    assert!(matches!(fails(&long.closed()), UnpackError::Checksum), "an entry too many");
    let mut twice = Hand::new();
    twice.put(BLOB, b"one");
    twice.put(BLOB, b"one");
    assert!(matches!(fails(&twice.closed()), UnpackError::Twice(_)));
    let mut nowhere = Hand::new();
    let at = nowhere.put(BLOB, b"one");
    let here = nowhere.bytes.len() as u64;
    nowhere.put(EntryKind::OfsDelta(here - at - 1), &longer(3, b'!'));
    assert!(matches!(fails(&nowhere.closed()), UnpackError::NoEntry(_)));
    let mut circle = Hand::new();
    let (a, b) = (oid_of(Kind::Blob, b"a").unwrap(), oid_of(Kind::Blob, b"b").unwrap());
    circle.put(EntryKind::RefDelta(a), &longer(1, b'!'));
    circle.put(EntryKind::RefDelta(b), &longer(1, b'!'));
    assert!(matches!(fails(&circle.closed()), UnpackError::NoBase(_)));
    let mut base = Hand::new();
    let at = base.put(BLOB, b"other");
    let here = base.bytes.len() as u64;
    base.put(EntryKind::OfsDelta(here - at), &longer(3, b'!'));
    assert!(matches!(fails(&base.closed()), UnpackError::Delta { error: DeltaError::BaseSize { .. }, .. }));
    let mut changed = {
        let mut hand = Hand::new();
        hand.put(BLOB, b"one");
        hand.closed().to_vec()
    };
    *changed.last_mut().unwrap() ^= 1;
    assert!(matches!(fails(&changed.into()), UnpackError::Checksum));
    let mut refused = Hand::new();
    refused.put(BLOB, b"one");
    let refused =
        unpack(&refused.closed(), &PackSet::default(), &mut |_, _, _| Err("it is not wanted".into()));
    assert_eq!(refused.unwrap_err().to_string(), "it is not wanted");
}

#[test]
fn bombs_are_put_out() {
    // A size that is told and never comes costs nothing.
    let mut lie = Hand::new();
    EntryHeader::render(BLOB, 60 << 20, &mut lie.bytes);
    lie.bytes.extend(zlib(b"small"));
    lie.count = 1;
    assert!(matches!(fails(&lie.closed()), UnpackError::Entry { error: EntryError::WrongSize(_), .. }));
    let mut large = Hand::new();
    EntryHeader::render(BLOB, OBJECT_BYTES_MAX + 1, &mut large.bytes);
    large.count = 1;
    assert!(matches!(fails(&large.closed()), UnpackError::Entry { error: EntryError::TooLarge { .. }, .. }));
    // Much out of little.
    let mut zeros = Hand::new();
    for n in 0..40_u8 {
        let mut blob = vec![0; 8 << 20];
        blob[0] = n;
        zeros.put(BLOB, &blob);
    }
    let zeros = zeros.closed();
    assert!(zeros.len() < 1 << 20);
    assert!(matches!(fails(&zeros), UnpackError::TooMuch(_)));
    // Deltas that each make much of the same base: copies of 16 MiB.
    let mut copies = Hand::new();
    let at = copies.put(BLOB, &[7; 0x10000]);
    for n in 0..40_u8 {
        let here = copies.bytes.len() as u64;
        let mut delta = vec![0x80, 0x80, 0x04];
        // 256 copies of 64 KiB, and a byte that makes it another object.
        delta.extend([0x81, 0x80, 0x80, 0x08]);
        delta.extend(std::iter::repeat_n(0x80, 256));
        delta.extend([1, n]);
        copies.put(EntryKind::OfsDelta(here - at), &delta);
    }
    let copies = copies.closed();
    assert!(copies.len() < 64 << 10, "{}", copies.len());
    assert!(matches!(fails(&copies), UnpackError::TooMuch(_)));
}

#[test]
fn chains_may_be_long_and_not_endless() {
    let chain = |links: usize| {
        let mut hand = Hand::new();
        let mut content = b"x".to_vec();
        let mut before = hand.put(BLOB, &content);
        for link in 0..links {
            let here = hand.bytes.len() as u64;
            // The same length with two bytes that count.
            let delta = [content.len() as u8, 3, 3, b'x', link as u8, (link >> 8) as u8];
            content = vec![b'x', link as u8, (link >> 8) as u8];
            hand.put(EntryKind::OfsDelta(here - before), &delta);
            before = here;
        }
        hand.closed()
    };
    let heavy =
        |links: usize| unpack(&chain(links), &PackSet::default(), &mut |_, _, _| Ok(())).unwrap().heavy;
    assert_eq!([DEPTH_EASY, DEPTH_EASY + 1].map(heavy), [false, true]);
    assert_eq!(take(&chain(DELTA_CHAIN_MAX), &PackSet::default()).unwrap().1.len(), DELTA_CHAIN_MAX + 1);
    assert!(matches!(fails(&chain(DELTA_CHAIN_MAX + 1)), UnpackError::TooDeep(_)));
}

#[test]
fn a_tree_with_many_versions_needs_little_memory() {
    let tree = |entries: u32| -> Vec<u8> {
        let entry = |n: u32| [format!("100644 file{n:05}\0").as_bytes(), &[n as u8; 20]].concat();
        (0..entries).flat_map(entry).collect()
    };
    let mut hand = Hand::new();
    let mut old = tree(5000);
    let mut before = hand.put(EntryKind::Full(Kind::Tree), &old);
    for n in 5001..5300 {
        let (new, here) = (tree(n), hand.bytes.len() as u64);
        hand.put(EntryKind::OfsDelta(here - before), &tree_delta(&old, &new).unwrap());
        (old, before) = (new, here);
    }
    // All of them at once would be 60 MB, and with one held for each a chain of them would still fit; more would not.
    assert_eq!(take(&hand.closed(), &PackSet::default()).unwrap().1.len(), 300);
}

#[test]
fn whatever_the_bytes_it_ends() {
    let mut hand = Hand::new();
    let at = hand.put(BLOB, b"one");
    let here = hand.bytes.len() as u64;
    hand.put(EntryKind::OfsDelta(here - at), &longer(3, b'!'));
    let whole = hand.closed();
    for at in 0..whole.len() {
        for byte in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bytes = whole.to_vec();
            bytes[at] = byte;
            let _ = take(&bytes.into(), &PackSet::default());
        }
        let _ = take(&whole.slice(..at), &PackSet::default());
    }
}
