//! git's formats: pack entries, deltas, trees, commits, indexes, and a whole pack read by id.

use std::io::Cursor;
use std::sync::Arc;

use bytes::Bytes;
use seedcorn_content::git::{
    Commit, DeltaSizes, EntryHeader, EntryKind, Index, IndexRow, Kind, OBJECT_BYTES_MAX, Pack, PackSet,
    PackWriter, TreeBase, apply, inflate_counted, oid_of, parse_tree, render_index, render_tree, tree_delta,
};
use seedcorn_core::digest::Oid;

/// Bytes that one delta may make here.
const RESULT_BYTES_MAX: u64 = 1 << 20;

/// The first byte says what the rest is.
pub fn check(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    match first {
        b'e' => entry(rest),
        b'd' => delta(rest),
        b't' => trees(rest),
        b'c' => commit(rest),
        b'i' => index(rest),
        b'p' => pack(rest),
        _ => {}
    }
}

fn entry(data: &[u8]) {
    let Ok(header) = EntryHeader::parse(data) else { return };
    assert!((1..=data.len()).contains(&header.len));
    assert!(!matches!(header.kind, EntryKind::OfsDelta(0)));
    let stream = &data[header.len..];
    let Ok((content, used)) = inflate_counted(stream, header.size, RESULT_BYTES_MAX) else { return };
    assert_eq!(content.len() as u64, header.size);
    assert!(used <= stream.len());
    // What follows the stream is not looked at; without its last byte it is no stream.
    let exact = &stream[..used];
    assert_eq!(inflate_counted(exact, header.size, RESULT_BYTES_MAX), Ok((content, used)));
    assert!(inflate_counted(&exact[..used - 1], header.size, RESULT_BYTES_MAX).is_err());
    assert!(inflate_counted(exact, header.size + 1, RESULT_BYTES_MAX).is_err());
}

/// Two bytes give the length of the base.
fn delta(data: &[u8]) {
    let Some((base, delta)) = parted(data) else { return };
    let Ok(made) = apply(base, delta, RESULT_BYTES_MAX) else { return };
    let sizes = DeltaSizes::parse(delta).unwrap();
    assert_eq!((sizes.base, sizes.result), (base.len() as u64, made.len() as u64));
    assert!(apply(&[base, b"!"].concat(), delta, RESULT_BYTES_MAX).is_err());
    if !made.is_empty() {
        assert!(apply(base, delta, made.len() as u64 - 1).is_err());
    }
}

fn parted(data: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&len, rest) = data.split_first_chunk()?;
    rest.split_at_checked(u16::from_le_bytes(len).into())
}

/// Two trees, which need not be any; what goes wrong with bytes that are none must go wrong without harm.
fn trees(data: &[u8]) {
    let Some((old, new)) = parted(data) else { return };
    if let Some(delta) = tree_delta(old, new) {
        assert!(delta.len() < new.len() / 2);
        assert_eq!(apply(old, &delta, OBJECT_BYTES_MAX).as_deref(), Ok(new));
    }
    for bytes in [old, new] {
        let Ok(entries) = parse_tree(bytes) else { continue };
        let rendered = render_tree(&entries).unwrap();
        // An old mode is read and written as the one git writes now.
        assert_eq!(rendered.len(), bytes.len());
        assert_eq!(parse_tree(&rendered).as_ref(), Ok(&entries));
        let reversed: Vec<_> = entries.into_iter().rev().collect();
        assert_eq!(render_tree(&reversed).as_ref(), Ok(&rendered));
    }
    if let (Ok(_), Ok(_)) = (parse_tree(old), parse_tree(new)) {
        kept(old, new);
    }
}

/// Both in a pack of our own making, the second perhaps as a delta.
fn kept(old: &[u8], new: &[u8]) {
    let mut writer = PackWriter::new(Cursor::new(Vec::new())).unwrap();
    let (first, depth) = writer.add_tree(old, None).unwrap();
    let (second, _) = writer.add_tree(new, Some(TreeBase { oid: first, data: old, depth })).unwrap();
    let (summary, bytes) = writer.finish().unwrap();
    let index = Index::parse(summary.index.into()).unwrap();
    let pack = Pack::open(Box::new(Bytes::from(bytes.into_inner())), index, summary.thin).unwrap();
    let set = PackSet::new(vec![Arc::new(pack)]);
    assert_eq!(set.read(&first).unwrap().data, old);
    assert_eq!(set.read(&second).unwrap().data, new);
}

fn commit(data: &[u8]) {
    let Ok(commit) = Commit::parse(data) else { return };
    let again = Commit::parse(&commit.render()).unwrap();
    assert_eq!((again.tree, &again.parents), (commit.tree, &commit.parents));
    // Rendering cleans what git would not have written; once cleaned, nothing more changes.
    assert_eq!(Commit::parse(&again.render()).as_ref(), Ok(&again));
}

/// The bytes are an index without its own checksum.
fn index(data: &[u8]) {
    let Ok(sum) = sha1(data) else { return };
    let bytes = [data, sum.as_bytes()].concat();
    let Ok(index) = Index::parse(Bytes::from(bytes)) else { return };
    let rows: Vec<IndexRow> = index.iter().collect();
    assert_eq!((rows.len(), index.is_empty()), (index.len(), rows.is_empty()));
    let by_offset: Vec<IndexRow> = index.iter_by_offset().collect();
    assert!(by_offset.windows(2).all(|two| two[0].offset < two[1].offset));
    for row in &rows {
        assert_eq!(index.find(&row.oid), Some(row.offset));
        assert_eq!(index.row_at(row.offset), Some(*row));
        assert_eq!(index.find_prefix(&row.oid.to_string()), [row.oid]);
    }
    let rendered = render_index(&by_offset, &index.pack_id()).unwrap();
    let again = Index::parse(rendered.into()).unwrap();
    assert!(again.iter().eq(rows) && again.pack_id() == index.pack_id());
}

pub(crate) fn sha1(data: &[u8]) -> Result<Oid, ()> {
    let mut hasher = gix_hash::hasher(gix_hash::Kind::Sha1);
    hasher.update(data);
    let id = hasher.try_finalize().map_err(|_| ())?;
    Oid::from_slice(id.as_slice()).ok_or(())
}

/// An entry's place in a pack, and what it gives if it is sound.
struct Placed {
    row: IndexRow,
    content: Option<(Kind, Vec<u8>)>,
}

/// Entries of a pack, each behind two bytes of length. They get the ids of what they give, as far as that can be told
/// from what stands before them; else ids that their places give them. Reading must end, and give just that or nothing.
fn pack(data: &[u8]) {
    let mut bytes = b"PACK\0\0\0\x02\0\0\0\0".to_vec();
    let (mut rest, mut placed) = (data, Vec::<Placed>::new());
    while let Some((&len, after)) = rest.split_first_chunk() {
        let (entry, after) = after.split_at(after.len().min(u16::from_le_bytes(len).into()));
        rest = after;
        let offset = bytes.len() as u64;
        let content = content(entry, offset, &placed);
        let oid = content.as_ref().and_then(|(kind, data)| oid_of(*kind, data).ok());
        let oid = oid.unwrap_or(Oid([placed.len() as u8; 20]));
        if !entry.is_empty() && placed.iter().all(|other| other.row.oid != oid) {
            placed.push(Placed { row: IndexRow { oid, offset, crc: 0 }, content });
            bytes.extend_from_slice(entry);
        }
    }
    bytes[8..12].copy_from_slice(&(placed.len() as u32).to_be_bytes());
    let Ok(pack_id) = sha1(&bytes) else { return };
    bytes.extend_from_slice(pack_id.as_bytes());
    let rows: Vec<IndexRow> = placed.iter().map(|placed| placed.row).collect();
    let index = Index::parse(render_index(&rows, &pack_id).unwrap().into()).unwrap();
    let pack = Pack::open(Box::new(Bytes::from(bytes)), index, false).unwrap();
    let set = PackSet::new(vec![Arc::new(pack)]);
    for Placed { row, content } in &placed {
        assert!(set.contains(&row.oid));
        let read = set.read(&row.oid).ok();
        assert!(read.as_ref().is_none_or(|object| object.depth < placed.len()));
        assert_eq!(read.map(|object| (object.kind, object.data)).as_ref(), content.as_ref());
    }
}

/// What an entry gives, told without the reader that is tried.
fn content(entry: &[u8], offset: u64, before: &[Placed]) -> Option<(Kind, Vec<u8>)> {
    let header = EntryHeader::parse(entry).ok()?;
    let (data, _) = inflate_counted(&entry[header.len..], header.size, RESULT_BYTES_MAX).ok()?;
    let base = match header.kind {
        EntryKind::Full(kind) => return Some((kind, data)),
        EntryKind::OfsDelta(distance) => {
            let at = offset.checked_sub(distance)?;
            before.iter().find(|placed| placed.row.offset == at)?
        }
        EntryKind::RefDelta(base) => before.iter().find(|placed| placed.row.oid == base)?,
    };
    let (kind, base) = base.content.as_ref()?;
    Some((*kind, apply(base, &data, RESULT_BYTES_MAX).ok()?))
}
