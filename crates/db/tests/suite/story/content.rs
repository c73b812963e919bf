//! Xorbs, files, and who may read which of them; uploads in parts.

use std::collections::BTreeSet;

use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_db::Tx;
use seedcorn_db::files::{self, File, Reader, Run, Sent, Term, Xorb};
use seedcorn_db::repos::{self, Repo};
use seedcorn_db::uploads::{self, Upload};
use seedcorn_db::{told, weights};

use super::people::Cast;
use crate::rows::{at, ids, model, xet};

fn file(n: u8) -> File {
    File { hash: xet(n), sha256: Sha256([n; 32]), bytes: i64::from(n) * 10 }
}

fn term(n: i64, xorb: u8, first: i64, past: i64) -> Term {
    Term { n, xorb: xet(xorb), raw_bytes: (past - first) * 10, first, past }
}

fn sorted(mut hashes: Vec<XetHash>) -> Vec<XetHash> {
    hashes.sort();
    hashes
}

pub(crate) async fn xorbs_are_stored(tx: &mut Tx, cast: &Cast) {
    let xorb = |n, place: Option<&str>| Xorb {
        hash: xet(n),
        chunks: 9,
        raw_bytes: 90,
        packed_bytes: 50,
        place: place.map(str::to_owned),
    };
    assert!(files::put_xorb(tx, &xorb(1, None), Some(b"\0body\xff"), at(1)).await.unwrap());
    assert!(files::put_xorb(tx, &xorb(2, Some("p")), None, at(1)).await.unwrap());
    assert!(!files::put_xorb(tx, &xorb(2, None), Some(b"late"), at(2)).await.unwrap());
    assert!(!files::put_xorb(tx, &xorb(2, Some("late")), None, at(2)).await.unwrap());
    let found = files::find_xorb(tx, &xet(1)).await.unwrap().unwrap();
    assert_eq!((found.chunks, found.raw_bytes, found.packed_bytes, found.place), (9, 90, 50, None));
    assert_eq!(files::find_xorb(tx, &xet(2)).await.unwrap().unwrap().place.as_deref(), Some("p"));
    assert!(files::find_xorb(tx, &xet(3)).await.unwrap().is_none());
    let found = files::find_xorbs(tx, &[xet(3), xet(2), xet(1)]).await.unwrap();
    assert_eq!(sorted(found.iter().map(|row| row.hash).collect()), [xet(1), xet(2)]);
    assert_eq!(files::load_xorb(tx, &xet(1)).await.unwrap().as_deref(), Some(&b"\0body\xff"[..]));
    assert_eq!(files::load_xorb(tx, &xet(2)).await.unwrap(), None);
    let listed = files::list_xorbs(tx, "", 1).await.unwrap();
    assert_eq!((listed[0].hash, listed[0].place.as_deref()), (xet(1), None));
    assert_eq!(files::list_xorbs(tx, &xet(1).to_string(), 5).await.unwrap()[0].hash, xet(2));

    let (one, other) = (RepoId("a1".into()), RepoId("a2".into()));
    assert!(files::put_sender(tx, &xet(1), &cast.bob.id, &one).await.unwrap());
    assert!(!files::put_sender(tx, &xet(1), &cast.bob.id, &one).await.unwrap());
    assert!(files::put_sender(tx, &xet(1), &cast.bob.id, &other).await.unwrap());
    assert!(files::put_sender(tx, &xet(2), &cast.cy.id, &one).await.unwrap());
    assert!(files::put_sender(tx, &xet(2), &cast.bob.id, &other).await.unwrap());
    let asked = [xet(1), xet(2), xet(3)];
    let bob = cast.bob.id.clone();
    for (sent, expected) in [
        (Sent::Nothing, vec![]),
        (Sent::By(bob.clone()), vec![xet(1), xet(2)]),
        (Sent::To(bob.clone(), one), vec![xet(1)]),
        (Sent::To(bob, RepoId("elsewhere".into())), vec![]),
        (Sent::By(cast.cy.id.clone()), vec![xet(2)]),
    ] {
        let reader = Reader { namespaces: Vec::new(), repo: None, sent };
        assert_eq!(sorted(files::sent_xorbs(tx, &asked, &reader).await.unwrap()), expected, "{reader:?}");
    }
    answers_count(tx, cast).await;
}

/// What an answer named counts for who was told, until it expires.
async fn answers_count(tx: &mut Tx, cast: &Cast) {
    let (bob, one) = (cast.bob.id.clone(), RepoId("a1".into()));
    let reader = |sent| Reader { namespaces: Vec::new(), repo: None, sent };
    let (wide, narrow) = (reader(Sent::By(bob.clone())), reader(Sent::To(bob.clone(), one)));
    let run = |n, first, past| Run { xorb: xet(n), first, past };
    told::put(tx, &[run(1, 0, 3), run(2, 4, 9)], &wide, at(5)).await.unwrap();
    told::put(tx, &[run(1, 1, 2)], &narrow, at(5)).await.unwrap();
    told::put(tx, &[run(1, 1, 2)], &narrow, at(8)).await.unwrap();
    told::put(tx, &[], &narrow, at(8)).await.unwrap();
    let (one, two) = ((xet(1), 0, 3), (xet(2), 4, 9));
    let narrowly = (xet(1), 1, 2);
    for (reader, now, expected) in [
        (&wide, 4, vec![one, narrowly, two]),
        (&wide, 5, vec![narrowly]),
        (&narrow, 4, vec![narrowly]),
        (&narrow, 8, vec![]),
        (&reader(Sent::By(cast.cy.id.clone())), 4, vec![]),
        (&reader(Sent::To(bob, RepoId("a2".into()))), 4, vec![]),
    ] {
        let found = told::runs(tx, &[xet(1), xet(2), xet(3)], reader, at(now)).await.unwrap();
        let mut found: Vec<_> = found.iter().map(|run| (run.xorb, run.first, run.past)).collect();
        found.sort_unstable();
        assert_eq!(found, expected, "{reader:?} at {now}");
    }
    assert_eq!(told::forget(tx, at(5)).await.unwrap(), 2);
    assert_eq!(told::forget(tx, at(8)).await.unwrap(), 1);
}

pub(crate) async fn files_are_stored(tx: &mut Tx) {
    // The terms come out in order, whatever order they went in.
    assert!(files::put_file(tx, &file(10), &[term(1, 2, 0, 9), term(0, 1, 0, 3)], at(2)).await.unwrap());
    assert!(!files::put_file(tx, &file(10), &[term(0, 2, 0, 1)], at(3)).await.unwrap());
    let terms = files::terms(tx, &xet(10)).await.unwrap();
    let facts: Vec<_> =
        terms.iter().map(|row| (row.n, row.xorb, row.raw_bytes, row.first, row.past)).collect();
    assert_eq!(facts, [(0, xet(1), 30, 0, 3), (1, xet(2), 90, 0, 9)]);
    assert!(files::terms(tx, &xet(99)).await.unwrap().is_empty());

    // The same bytes cut in another way: an older file of the same SHA-256.
    let twin = File { hash: xet(11), ..file(10) };
    assert!(files::put_file(tx, &twin, &[term(0, 1, 3, 5), term(1, 1, 7, 9)], at(1)).await.unwrap());
    let found = files::find_file(tx, &xet(11)).await.unwrap().unwrap();
    assert_eq!((found.hash, found.sha256, found.bytes), (xet(11), Sha256([10; 32]), 100));
    assert!(files::find_file(tx, &xet(99)).await.unwrap().is_none());
    let found = files::find_files_by_sha256(tx, &[Sha256([10; 32]), Sha256([98; 32])]).await.unwrap();
    assert_eq!(found.iter().map(|row| row.hash).collect::<Vec<_>>(), [xet(11), xet(10)]);
    assert_eq!(files::list_files(tx, "", 9).await.unwrap().len(), 2);
    assert_eq!(files::list_files(tx, &xet(10).to_string(), 9).await.unwrap()[0].hash, xet(11));

    let runs = files::terms_of_files(tx, &[xet(11), xet(99), xet(10)], 3).await.unwrap();
    let runs: Vec<_> =
        runs.iter().map(|row| (row.file, row.xorb, row.first, row.past, row.raw_bytes)).collect();
    let ten = [(xet(10), xet(1), 0, 3, 30), (xet(10), xet(2), 0, 9, 90)];
    assert_eq!(runs, [ten[0], ten[1], (xet(11), xet(1), 3, 5, 20)]);

    // A term covers its first chunk and not the one past its last.
    assert_eq!(files::files_with_chunk(tx, &xet(1), 2).await.unwrap(), [(xet(10), 0)]);
    assert_eq!(files::files_with_chunk(tx, &xet(1), 3).await.unwrap(), [(xet(11), 0)]);
    assert!(files::files_with_chunk(tx, &xet(1), 5).await.unwrap().is_empty());
    for (xorb, count) in [(1, 2), (2, 1), (3, 0)] {
        assert_eq!(files::count_files_with_xorb(tx, &xet(xorb)).await.unwrap(), count);
    }
}

pub(crate) async fn chunks_are_found(tx: &mut Tx) {
    files::put_chunks(tx, &[]).await.unwrap();
    files::put_chunks(tx, &[(xet(51), xet(2), 4), (xet(50), xet(1), u32::MAX)]).await.unwrap();
    files::put_chunks(tx, &[(xet(51), xet(1), 0), (xet(51), xet(2), 8)]).await.unwrap();
    let found = files::find_chunks(tx, &[xet(51), xet(52), xet(50)]).await.unwrap();
    let places: Vec<_> = found.iter().map(|row| (row.hash, row.xorb, row.n)).collect();
    let expected = [(xet(50), xet(1), i64::from(u32::MAX)), (xet(51), xet(1), 0), (xet(51), xet(2), 4)];
    assert_eq!(places, expected);
}

/// Seven files, each a run of xorb 5 of its own: `10 × file` to `10 × file + 5`.
pub(crate) async fn only_some_may_read(tx: &mut Tx, cast: &Cast) {
    let xorb = Xorb { hash: xet(5), chunks: 999, raw_bytes: 9990, packed_bytes: 1, place: None };
    files::put_xorb(tx, &xorb, None, at(1)).await.unwrap();
    let [open, gated, hidden, shared, deleted, sent, nowhere] = [20, 21, 22, 23, 24, 25, 26];
    for n in [open, gated, hidden, shared, deleted, sent, nowhere] {
        let run = i64::from(n) * 10;
        assert!(files::put_file(tx, &file(n), &[term(0, 5, run, run + 5)], at(5)).await.unwrap());
    }
    for (n, owner, private, gate, gone) in [
        (open, &cast.ada, false, "", false),
        (gated, &cast.ada, false, "auto", false),
        (hidden, &cast.ada, true, "", false),
        (shared, &cast.lab, true, "", false),
        (deleted, &cast.ada, false, "", true),
    ] {
        let repo = Repo { private, ..model(&format!("files{n}"), owner, &format!("files{n}")) };
        assert!(repos::add(tx, &repo).await.unwrap());
        repos::set_visibility(tx, &repo.id, Some(private), Some(gate)).await.unwrap();
        for _ in 0..2 {
            files::put_repo_files(tx, &repo.id, &[xet(n)]).await.unwrap();
        }
        assert!(files::repo_has_file(tx, &repo.id, &xet(n)).await.unwrap());
        assert!(!files::repo_has_file(tx, &repo.id, &xet(nowhere)).await.unwrap());
        let sums = [Sha256([n; 32]), Sha256([nowhere; 32])];
        let found = files::repo_files_by_sha256(tx, &repo.id, &sums).await.unwrap();
        assert_eq!(
            found.iter().map(|row| (row.hash, row.bytes)).collect::<Vec<_>>(),
            [(xet(n), i64::from(n) * 10)]
        );
        let near = files::repo_files_with_xorbs(tx, &repo.id, &[xet(4), xet(5)], 9).await.unwrap();
        assert_eq!(near.iter().map(|row| row.hash).collect::<Vec<_>>(), [xet(n)]);
        assert!(files::repo_files_with_xorbs(tx, &repo.id, &[xet(4)], 9).await.unwrap().is_empty());
        assert!(files::repo_files_with_xorbs(tx, &repo.id, &[xet(5)], 0).await.unwrap().is_empty());
        assert_eq!(ids(&repos::list_with_file(tx, &xet(n), 9).await.unwrap()), [repo.id.as_str()]);
        let all = files::repo_files(tx, &repo.id, 9).await.unwrap();
        assert_eq!(all.iter().map(|row| row.hash).collect::<Vec<_>>(), [xet(n)]);
        assert!(files::repo_files(tx, &repo.id, 0).await.unwrap().is_empty());
        if gone {
            repos::delete(tx, &repo.id, at(6)).await.unwrap();
        }
    }
    let place = RepoId(format!("files{open}"));
    assert!(repos::list_with_file(tx, &xet(deleted), 9).await.unwrap().is_empty());
    // The files share a xorb; of those that share it, the public ones alone are told of.
    let nobody = RepoId("none".into());
    let runs = files::public_runs(tx, &nobody, &[xet(4), xet(5)], 99).await.unwrap();
    let told: BTreeSet<XetHash> = runs.iter().map(|run| run.file).collect();
    assert!(told.contains(&xet(open)) && !told.contains(&xet(deleted)), "{told:?}");
    let others = files::public_runs(tx, &place, &[xet(5)], 99).await.unwrap();
    assert!(others.iter().all(|run| run.file != xet(open)), "its own do not count");
    assert!(files::public_runs(tx, &nobody, &[xet(4)], 9).await.unwrap().is_empty());
    assert!(!told.contains(&xet(gated)), "nobody learns what a gated repo has");
    let sharing = files::files_with_xorbs(tx, &[xet(5)], 99).await.unwrap();
    assert!(sharing.contains(&xet(open)) && sharing.contains(&xet(hidden)), "{sharing:?}");
    assert_eq!(files::files_with_xorbs(tx, &[xet(5)], 1).await.unwrap().len(), 1);
    let repos = files::repos_with_files(tx, &[xet(open), xet(nowhere)], 9).await.unwrap();
    assert_eq!(repos, std::slice::from_ref(&place));
    assert!(files::repos_with_files(tx, &[], 9).await.unwrap().is_empty());
    files::put_sent(tx, &place, &xet(sent), &cast.cy.id, at(6)).await.unwrap();
    files::put_sent(tx, &place, &xet(sent), &cast.cy.id, at(7)).await.unwrap();

    assert!(files::sent_to(tx, &place, &xet(sent), &cast.cy.id).await.unwrap());
    assert!(!files::sent_to(tx, &place, &xet(sent), &cast.bob.id).await.unwrap());
    assert!(!files::sent_to(tx, &RepoId("a1".into()), &xet(sent), &cast.cy.id).await.unwrap());
    files::forget(tx, &RepoId("a1".into()), &[xet(sent)]).await.unwrap();
    assert!(files::sent_to(tx, &place, &xet(sent), &cast.cy.id).await.unwrap(), "of another repo");

    let reader = |who: &NamespaceId, namespaces: &[&NamespaceId], repo: Option<u8>| Reader {
        sent: Sent::By(who.clone()),
        namespaces: namespaces.iter().map(|id| (*id).clone()).collect(),
        repo: repo.map(|n| RepoId(format!("files{n}"))),
    };
    let (ada, bob, cy, lab) = (&cast.ada.id, &cast.bob.id, &cast.cy.id, &cast.lab.id);
    for (who, expected) in [
        (Reader { sent: Sent::Nothing, ..reader(cy, &[], None) }, vec![open]),
        (Reader { sent: Sent::To(cy.clone(), place.clone()), ..reader(cy, &[], None) }, vec![open, sent]),
        (Reader { sent: Sent::To(cy.clone(), RepoId("a1".into())), ..reader(cy, &[], None) }, vec![open]),
        (reader(bob, &[bob], None), vec![open]),
        (reader(bob, &[bob, lab], None), vec![open, shared]),
        (reader(ada, &[ada, lab], None), vec![open, gated, hidden, shared]),
        (reader(cy, &[cy], None), vec![open, sent]),
        (reader(bob, &[bob], Some(gated)), vec![open, gated]),
        (reader(bob, &[bob], Some(hidden)), vec![open, hidden]),
        (reader(bob, &[bob], Some(deleted)), vec![open]),
        (reader(bob, &[bob], Some(open)), vec![open]),
    ] {
        let asked: Vec<XetHash> = (20..30).map(xet).collect();
        let read = files::readable_files(tx, &asked, &who).await.unwrap();
        assert_eq!(sorted(read), expected.iter().map(|n| xet(*n)).collect::<Vec<_>>(), "{who:?}");
        let runs = files::readable_runs(tx, &[xet(5), xet(6)], &who).await.unwrap();
        let runs: Vec<_> = runs.iter().map(|run| (run.xorb, run.first, run.past)).collect();
        let expected: BTreeSet<_> = expected.iter().map(|n| i64::from(*n) * 10).collect();
        let expected: BTreeSet<_> = expected.into_iter().map(|run| (xet(5), run, run + 5)).collect();
        assert_eq!(runs.iter().copied().collect::<BTreeSet<_>>(), expected, "{who:?}");
        assert_eq!(runs.len(), expected.len(), "a run is told once");
    }
    let asked = [xet(gated), xet(hidden)];
    assert!(files::readable_files(tx, &asked, &reader(bob, &[bob], None)).await.unwrap().is_empty());
}

pub(crate) async fn sizes_are_kept(tx: &mut Tx) {
    let (one, other) = (RepoId("a1".into()), RepoId("a2".into()));
    let row = |content: &str, says: &str| (content.to_owned(), says.to_owned());
    weights::put(tx, &one, &[]).await.unwrap();
    // A model may have the same file twice.
    let rows = [row("tree", "{\"é\":1}"), row("file", "{}"), row("file", "{}")];
    weights::put(tx, &one, &rows).await.unwrap();
    weights::put(tx, &one, &[row("file", "late"), row("more", "'")]).await.unwrap();
    weights::put(tx, &other, &[row("file", "theirs")]).await.unwrap();
    let asked = ["more", "none", "file", "tree"].map(str::to_owned);
    let mut found = weights::find(tx, &one, &asked).await.unwrap();
    found.sort();
    assert_eq!(found, [row("file", "{}"), row("more", "'"), row("tree", "{\"é\":1}")]);
    assert_eq!(weights::find(tx, &other, &asked).await.unwrap(), [row("file", "theirs")]);
    assert!(weights::find(tx, &one, &[]).await.unwrap().is_empty());
}

pub(crate) async fn uploads_come_in_parts(tx: &mut Tx, cast: &Cast) {
    let upload = Upload {
        id: "u1".into(),
        repo: RepoId("a1".into()),
        member: cast.ada.id.clone(),
        sha256: Sha256([3; 32]),
        bytes: 1 << 40,
        part_bytes: 1 << 30,
    };
    uploads::add(tx, &upload, at(1)).await.unwrap();
    uploads::add(tx, &Upload { id: "u2".into(), ..upload.clone() }, at(1)).await.unwrap();
    let found = uploads::find(tx, "u1").await.unwrap().unwrap();
    assert_eq!((found.id.as_str(), &found.repo, &found.member), ("u1", &upload.repo, &upload.member));
    assert_eq!((found.sha256, found.bytes, found.part_bytes), (upload.sha256, 1 << 40, 1 << 30));
    for (id, n, bytes, etag) in [("u1", 10, 5, "j"), ("u1", 2, 7, "b"), ("u1", 2, 8, "c"), ("u2", 1, 1, "z")]
    {
        assert!(uploads::put_part(tx, id, n, bytes, etag).await.unwrap());
    }
    assert_eq!(uploads::parts(tx, "u1").await.unwrap(), [(2, 8, "c".to_owned()), (10, 5, "j".to_owned())]);
    uploads::add(tx, &Upload { id: "u0".into(), ..upload.clone() }, at(2)).await.unwrap();
    let old = |rows: Vec<Upload>| rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(old(uploads::begun_before(tx, at(2), 9).await.unwrap()), ["u1", "u2"]);
    assert_eq!(old(uploads::begun_before(tx, at(3), 1).await.unwrap()), ["u1"]);
    let ids = ["u2", "none", "u1"].map(str::to_owned);
    let mut known = uploads::known(tx, &ids).await.unwrap();
    known.sort();
    assert_eq!(known, ["u1", "u2"]);
    uploads::delete(tx, "u1").await.unwrap();
    assert_eq!(uploads::known(tx, &ids).await.unwrap(), ["u2"]);
    assert!(uploads::find(tx, "u1").await.unwrap().is_none());
    assert!(uploads::parts(tx, "u1").await.unwrap().is_empty());
    // A part that comes after the end, as of an upload that never was.
    for id in ["u1", "none"] {
        assert!(!uploads::put_part(tx, id, 1, 1, "late").await.unwrap(), "{id}");
        assert!(uploads::parts(tx, id).await.unwrap().is_empty(), "{id}");
    }
    assert_eq!(uploads::parts(tx, "u2").await.unwrap().len(), 1);
}
