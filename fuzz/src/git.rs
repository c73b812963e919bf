//! git's requests, and the packs that are pushed.

use std::sync::Arc;

use bytes::Bytes;
use seedcorn_content::git::{
    Commit, Index, Kind, Pack, PackSet, Sending, check_attributes, check_commit, check_modules, check_tag,
    oid_of, unpack,
};
use seedcorn_core::digest::Oid;
use seedcorn_wire::git::advert::{ListRefs, Refs};
use seedcorn_wire::git::fetch::Fetch;
use seedcorn_wire::git::push::{HeadReader, Report};

use crate::pieces;

/// The first byte says what the rest is.
pub fn check(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    match first {
        b'2' => fetch(Fetch::version_2(&mut &*rest).ok()),
        b'0' => fetch(Fetch::version_0(&mut &*rest).ok()),
        b'l' => listed(rest),
        b'p' => push(rest),
        b'u' => packed(rest),
        b's' => strict(rest),
        _ => {}
    }
}

fn fetch(fetch: Option<Fetch>) {
    let Some(fetch) = fetch else { return };
    assert!(fetch.deepen.is_none_or(|deepen| deepen.depth != Some(0)));
    assert!(fetch.old.band.is_none_or(|most| (1..=65_515).contains(&most)));
}

fn listed(data: &[u8]) {
    let Ok(asked) = ListRefs::read(&mut &*data) else { return };
    assert!(asked.answer(&Refs::default()).ends_with(b"0000"));
}

/// However it is cut, it is read alike, and what follows is left.
fn push(data: &[u8]) {
    let mut whole = HeadReader::default();
    let told = whole.take(data);
    let mut cut = HeadReader::default();
    let (mut last, mut left) = (Ok(false), data);
    for piece in pieces(data) {
        left = &left[piece.len()..];
        last = cut.take(piece);
        if last != Ok(false) {
            break;
        }
    }
    assert_eq!(told.is_ok(), last.is_ok());
    if told == Ok(true) {
        let ((push, rest), (again, mut begun)) = (whole.end().unwrap(), cut.end().unwrap());
        begun.extend_from_slice(left);
        assert_eq!((&push, &rest), (&again, &begun));
        let refs = push.commands.iter().map(|command| (command.name.clone(), Some(command.name.clone())));
        let lines = Report { unpack: None, refs: refs.collect() }.lines();
        assert!(lines.ends_with(b"0000"));
    }
}

/// A number of entries, and the entries: what is taken in can be read, and sent on.
fn packed(data: &[u8]) {
    let Some((count, entries)) = data.split_first() else { return };
    let mut bytes = b"PACK\0\0\0\x02\0\0\0".to_vec();
    bytes.push(*count);
    bytes.extend_from_slice(entries);
    let Ok(sum) = crate::pack::sha1(&bytes) else { return };
    bytes.extend_from_slice(sum.as_bytes());
    let bytes = Bytes::from(bytes);
    let mut seen: Vec<(Oid, Kind, Vec<u8>)> = Vec::new();
    let summary = unpack(&bytes, &PackSet::default(), &mut |oid, kind, data| {
        assert_eq!(oid_of(kind, data), Ok(oid));
        seen.push((oid, kind, data.to_vec()));
        Ok(())
    });
    let Ok(summary) = summary.map(|unpacked| unpacked.summary) else { return };
    assert_eq!((summary.objects.len(), summary.pack_id, summary.thin), (usize::from(*count), sum, false));
    let index = Index::parse(summary.index.into()).unwrap();
    let packs = PackSet::new(vec![Arc::new(Pack::open(Box::new(bytes), index, false).unwrap())]);
    for (oid, kind, data) in &seen {
        let object = packs.read(oid).unwrap();
        assert_eq!((&object.kind, &object.data), (kind, data));
        assert_eq!(packs.about(oid).unwrap(), (*kind, data.len() as u64));
    }
    let some: Vec<Oid> = seen.iter().map(|(oid, ..)| *oid).skip(usize::from(*count) % 2).collect();
    for ofs in [false, true] {
        let mut sending = Sending::new(&packs, &some, ofs).unwrap();
        let mut sent = Vec::new();
        while let Some(piece) = sending.piece(100).unwrap() {
            sent.extend(piece);
        }
        let again = unpack(&Bytes::from(sent), &PackSet::default(), &mut |_, _, _| Ok(())).unwrap();
        assert_eq!(again.summary.objects.len(), some.len());
    }
}

fn strict(data: &[u8]) {
    if check_commit(data).is_ok() {
        let commit = Commit::parse(data).unwrap();
        assert!(commit.author.secs >= 0 && !commit.author.email.contains(['<', '>']));
    }
    let _ = (check_tag(data), check_modules(data), check_attributes(data));
}
