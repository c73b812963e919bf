//! Refs, commits, packs, and facts of blobs.

use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::id::RepoId;
use seedcorn_db::Tx;
use seedcorn_db::git::{self, BlobFact, NewRef, Pack};

use super::people::Cast;
use crate::rows::{at, commit, oid, repo};

const MAIN: &str = "refs/heads/main";

pub(crate) async fn refs_move(tx: &mut Tx, cast: &Cast) {
    let (m, other) = (repo(tx, &cast.bob, "refs").await, RepoId("a1".into()));
    assert_eq!(git::find_ref(tx, &m, MAIN).await.unwrap(), None);
    assert_eq!(git::lock_ref(tx, &m, MAIN).await.unwrap(), None);
    assert!(git::add_ref(tx, &m, MAIN, &oid(1), at(1)).await.unwrap());
    assert!(!git::add_ref(tx, &m, MAIN, &oid(2), at(2)).await.unwrap());
    assert!(git::add_ref(tx, &other, MAIN, &oid(9), at(2)).await.unwrap());
    assert_eq!(git::lock_ref(tx, &m, MAIN).await.unwrap(), Some(oid(1)));

    assert!(!git::move_ref(tx, &m, MAIN, (&oid(2), &oid(3)), at(3)).await.unwrap());
    assert_eq!(git::find_ref(tx, &m, MAIN).await.unwrap(), Some(oid(1)));
    assert!(git::move_ref(tx, &m, MAIN, (&oid(1), &oid(2)), at(3)).await.unwrap());
    assert_eq!(git::find_ref(tx, &m, MAIN).await.unwrap(), Some(oid(2)));
    assert_eq!(git::find_ref(tx, &other, MAIN).await.unwrap(), Some(oid(9)));

    assert!(git::add_ref(tx, &m, "refs/tags/v1", &oid(1), at(1)).await.unwrap());
    let refs = git::list_refs(tx, &m).await.unwrap();
    assert_eq!(git::count_refs(tx, &m).await.unwrap(), refs.len() as i64);
    let own = refs.iter().filter(|row| !row.name.starts_with("refs/pr/")).count() as i64;
    assert_eq!(git::count_own_refs(tx, &m).await.unwrap(), own);
    let refs: Vec<_> = refs.iter().map(|row| (row.name.as_str(), row.target, row.moved)).collect();
    assert_eq!(refs, [(MAIN, oid(2), at(3)), ("refs/tags/v1", oid(1), at(1))]);
    git::set_tag(tx, &m, "refs/tags/v1", &oid(77)).await.unwrap();
    let objects = async |tx: &mut Tx| {
        let refs = git::list_refs(tx, &m).await.unwrap();
        refs.iter().map(git::Ref::object).collect::<Vec<_>>()
    };
    assert_eq!(objects(tx).await, [oid(2), oid(77)], "an annotated tag is told of as itself");
    assert!(git::move_ref(tx, &m, "refs/tags/v1", (&oid(1), &oid(3)), at(4)).await.unwrap());
    assert_eq!(objects(tx).await, [oid(2), oid(3)], "moved, it is none any more");
    assert!(git::delete_ref(tx, &m, "refs/tags/v1").await.unwrap());
    assert!(!git::delete_ref(tx, &m, "refs/tags/v1").await.unwrap());
    assert_eq!(git::list_refs(tx, &m).await.unwrap().len(), 1);
    refs_stand_beside_each_other(tx, &m).await;
}

/// The repo has main alone.
async fn refs_stand_beside_each_other(tx: &mut Tx, m: &RepoId) {
    let taken = |name: &str| NewRef::Taken(format!("refs/heads/{name}"));
    for (name, expected) in [
        ("main", taken("main")),
        ("main/x/y", taken("main")),
        ("mai", NewRef::Made),
        ("main-2", NewRef::Made),
        ("main0", NewRef::Made),
        ("a/b/c", NewRef::Made),
        ("a/b", taken("a/b/c")),
        ("a", taken("a/b/c")),
        ("a/b/c/d", taken("a/b/c")),
        ("a/b/d", NewRef::Made),
        ("a.b", NewRef::Made),
    ] {
        let full = format!("refs/heads/{name}");
        assert_eq!(git::add_ref_beside(tx, m, &full, &oid(1), at(1)).await.unwrap(), expected, "{name}");
    }
    assert_eq!(git::list_refs(tx, m).await.unwrap().len(), 7);
}

/// Those of a push, all at once.
pub(crate) async fn commits_come_in_heaps(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "heaps").await;
    let all: Vec<_> = (1..=2500).map(|n| commit(oid(n), &[oid(n - 1), oid(n + 1)], n as i64)).collect();
    git::add_commit(tx, &m, &commit(oid(7), &[], 1)).await.unwrap();
    git::add_commits(tx, &m, &all).await.unwrap();
    let page = git::list_commits_below(tx, &m, (i64::MAX, ""), 3000).await.unwrap();
    assert_eq!(page.len(), 2500);
    let last = &page[0];
    assert_eq!((last.oid, last.tree, last.generation, last.at), (oid(2500), oid(7), 2500, at(2500)));
    assert_eq!((last.author.as_str(), last.title(), last.description()), ("ada", "title", "and more"));
    assert_eq!(last.parents().collect::<Vec<_>>(), [oid(2499), oid(2501)]);
    let row = git::find_commit(tx, &m, &oid(7)).await.unwrap().unwrap();
    assert_eq!((row.generation, row.parents().count()), (1, 0), "one that is there stays as it is");
    let links = git::list_links_below(tx, &m, (2500, &oid(2500).to_string()), 2).await.unwrap();
    let links: Vec<_> = links.iter().map(|link| (link.oid, link.tree, link.generation, link.at)).collect();
    assert_eq!(links, [(oid(2499), oid(7), 2499, at(2499)), (oid(2498), oid(7), 2498, at(2498))]);
    let links = git::find_links(tx, &m, &[oid(5), oid(9999)]).await.unwrap();
    assert_eq!(links.len(), 1);
    assert_eq!(links[0].parents().collect::<Vec<_>>(), [oid(4), oid(6)]);
}

pub(crate) async fn commits_pile_up(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "commits").await;
    let (root, left, right) = (oid(0xabc0 << 48), oid(0xabc1 << 48), oid(0xabff << 48));
    let merge = oid(0x1234 << 48);
    for row in [
        commit(root, &[], 1),
        commit(left, &[root], 2),
        commit(right, &[root], 2),
        commit(merge, &[left, right], 3),
    ] {
        git::add_commit(tx, &m, &row).await.unwrap();
    }
    git::add_commit(tx, &m, &commit(root, &[merge], 99)).await.unwrap();
    let row = git::find_commit(tx, &m, &root).await.unwrap().unwrap();
    assert_eq!((row.generation, row.parents().count()), (1, 0), "a commit that is there stays as it is");
    let row = git::find_commit(tx, &m, &merge).await.unwrap().unwrap();
    assert_eq!((row.oid, row.tree, row.generation, row.at), (merge, oid(7), 3, at(3)));
    assert_eq!((row.author.as_str(), row.title(), row.description()), ("ada", "title", "and more"));
    assert_eq!(row.parents().collect::<Vec<_>>(), [left, right]);
    assert!(git::find_commit(tx, &RepoId("a1".into()), &merge).await.unwrap().is_none());
    assert!(git::add_ref(tx, &m, MAIN, &merge, at(3)).await.unwrap());
    assert!(git::add_ref(tx, &m, "refs/heads/lost", &oid(99), at(3)).await.unwrap());
    let row = git::find_commit_of_ref(tx, &m, MAIN).await.unwrap().unwrap();
    assert_eq!((row.oid, row.tree, row.generation), (merge, oid(7), 3));
    for (id, name) in [(&m, "refs/heads/lost"), (&m, "refs/heads/none"), (&RepoId("a1".into()), MAIN)] {
        assert!(git::find_commit_of_ref(tx, id, name).await.unwrap().is_none(), "{name}");
    }
    let mut some = git::find_commits(tx, &m, &[right, oid(99), root]).await.unwrap();
    some.sort_by_key(|row| row.oid);
    assert_eq!(some.iter().map(|row| (row.oid, row.generation)).collect::<Vec<_>>(), [(root, 1), (right, 2)]);
    assert!(git::find_commits(tx, &m, &[]).await.unwrap().is_empty());

    for (prefix, expected) in [
        ("abc0", vec![root]),
        ("abc", vec![root, left]),
        ("ab", vec![root, left]),
        ("abf", vec![right]),
        ("1", vec![merge]),
        ("abd", vec![]),
        ("f", vec![]),
        (merge.to_string().as_str(), vec![merge]),
    ] {
        let found = git::find_commits_by_prefix(tx, &m, prefix).await.unwrap();
        assert_eq!(found.iter().map(|row| row.oid).collect::<Vec<_>>(), expected, "{prefix}");
    }

    let first = git::list_commits_below(tx, &m, (i64::MAX, ""), 2).await.unwrap();
    assert_eq!(first.iter().map(|row| row.oid).collect::<Vec<_>>(), [merge, right]);
    let second = git::list_commits_below(tx, &m, (2, &right.to_string()), 9).await.unwrap();
    assert_eq!(second.iter().map(|row| row.oid).collect::<Vec<_>>(), [left, root]);
    assert!(git::list_commits_below(tx, &m, (1, &root.to_string()), 9).await.unwrap().is_empty());
}

pub(crate) async fn packs_are_compacted(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "packs").await;
    let place = |n: u64, inline: bool| (!inline).then(|| format!("at-{n}"));
    let pack = |n: u64, origin: &str, inline: bool| Pack {
        id: oid(n),
        bytes: 100 + n as i64,
        objects: 3,
        origin: origin.into(),
        thin: !inline,
        place: place(n, inline),
    };
    let (bytes, idx) = (&b"PACK\0\xff"[..], &b"\xfftOc"[..]);
    // The clock may step back; which pack is older does not change by that.
    git::add_pack(tx, &m, &pack(2, "commit", true), Some((bytes, idx)), at(5)).await.unwrap();
    git::add_pack(tx, &m, &pack(1, "push", false), None, at(2)).await.unwrap();
    git::add_pack(tx, &m, &pack(1, "commit", true), Some((b"other", b"other")), at(9)).await.unwrap();
    let packs = git::list_packs(tx, &m).await.unwrap();
    let facts =
        |row: &Pack| (row.id, row.bytes, row.objects, row.origin.clone(), row.thin, row.place.clone());
    let expected = [pack(2, "commit", true), pack(1, "push", false)];
    assert_eq!(packs.iter().map(facts).collect::<Vec<_>>(), expected.iter().map(facts).collect::<Vec<_>>());

    assert_eq!(git::load_pack(tx, &m, &oid(2)).await.unwrap(), Some((bytes.to_vec(), idx.to_vec())));
    assert_eq!(git::load_pack(tx, &m, &oid(1)).await.unwrap(), None, "its bytes are elsewhere");
    assert_eq!(git::load_pack(tx, &RepoId("a1".into()), &oid(2)).await.unwrap(), None);

    git::add_pack(tx, &m, &pack(3, "compact", false), None, at(3)).await.unwrap();
    assert_eq!(git::supersede_packs(tx, &m, &[], at(4)).await.unwrap(), 0);
    assert_eq!(git::list_packs(tx, &m).await.unwrap().len(), 3);
    assert_eq!(git::repos_of_many_packs(tx, 2).await.unwrap(), [(m.clone(), 3)]);
    assert_eq!(git::supersede_packs(tx, &m, &[oid(1), oid(2), oid(77)], at(4)).await.unwrap(), 2);
    assert_eq!(git::supersede_packs(tx, &m, &[oid(1)], at(8)).await.unwrap(), 0, "once");
    assert!(git::repos_of_many_packs(tx, 2).await.unwrap().is_empty());
    let packs = git::list_packs(tx, &m).await.unwrap();
    assert_eq!(packs.iter().map(|row| row.id).collect::<Vec<_>>(), [oid(3)]);
    assert!(git::load_pack(tx, &m, &oid(2)).await.unwrap().is_some(), "a reader may still want it");

    assert!(git::superseded_packs(tx, at(4), 9).await.unwrap().is_empty());
    let old = |n, inline| git::Superseded { repo: m.clone(), id: oid(n), place: place(n, inline) };
    assert_eq!(git::superseded_packs(tx, at(5), 9).await.unwrap(), [old(1, false), old(2, true)]);
    assert_eq!(git::superseded_packs(tx, at(5), 1).await.unwrap(), [old(1, false)]);
    assert!(git::remove_superseded_pack(tx, &m, &oid(2), at(9)).await.unwrap());
    assert!(!git::remove_superseded_pack(tx, &m, &oid(2), at(9)).await.unwrap());
    assert!(!git::remove_superseded_pack(tx, &m, &oid(3), at(9)).await.unwrap(), "it is in use");
    assert_eq!(git::superseded_packs(tx, at(5), 9).await.unwrap(), [old(1, false)]);
    git::add_pack(tx, &m, &pack(2, "commit", true), Some((bytes, idx)), at(9)).await.unwrap();
    assert_eq!(
        git::list_packs(tx, &m).await.unwrap().len(),
        1,
        "what it holds is in the one that replaced it"
    );
    assert_eq!(git::load_pack(tx, &m, &oid(2)).await.unwrap(), None);
    packs_have_places(tx, &m).await;
}

/// Of three packs, the first was replaced, the second replaced and removed, the third is in use.
async fn packs_have_places(tx: &mut Tx, m: &RepoId) {
    let at_place = |n: u64, place: &str| (m.clone(), oid(n), place.to_owned());
    let asked = [
        at_place(3, "at-3"),
        at_place(1, "at-1"),
        at_place(1, "at-3"),
        at_place(3, "elsewhere"),
        at_place(2, "at-2"),
        at_place(9, "at-9"),
        (RepoId("a1".into()), oid(3), "at-3".to_owned()),
    ];
    let mut named = git::pack_places(tx, &asked).await.unwrap();
    named.sort();
    assert_eq!(named, ["at-1", "at-3"]);
    assert!(git::remove_superseded_pack(tx, m, &oid(1), at(9)).await.unwrap());
    assert_eq!(git::pack_places(tx, &asked).await.unwrap(), ["at-3"]);
    assert!(git::pack_places(tx, &[]).await.unwrap().is_empty());
}

pub(crate) async fn blobs_are_known(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "blobs").await;
    let sum = Sha256([0xe5; 32]);
    let regular = |n: u64, bytes: u64| BlobFact::regular(oid(n), bytes, Sha256([7; 32]));
    let mut facts: Vec<BlobFact> = (0..5000).map(|n| regular(n, n)).collect();
    facts.push(regular(9000, 130).pointing_at(&sum, u64::MAX));
    git::add_blob_facts(tx, &m, &[]).await.unwrap();
    assert_eq!(git::total_bytes(tx, &m).await.unwrap(), 0);
    git::add_blob_facts(tx, &m, &facts[..5000]).await.unwrap();
    assert_eq!(git::total_bytes(tx, &m).await.unwrap(), (0..5000).sum::<i64>());
    assert!(git::small_bytes(tx, &m).await.unwrap() > 0);
    git::add_blob_facts(tx, &m, &facts).await.unwrap();
    let again = [regular(4, 1).pointing_at(&sum, 1), regular(9001, 6)];
    git::add_blob_facts(tx, &m, &again).await.unwrap();

    assert_eq!(
        git::total_bytes(tx, &m).await.unwrap(),
        i64::MAX,
        "a size that a stranger made up breaks nothing"
    );
    assert!(git::find_blob_facts(tx, &m, &[]).await.unwrap().is_empty());
    let asked: Vec<Oid> = (0..10_000).map(oid).collect();
    let mut found = git::find_blob_facts(tx, &m, &asked).await.unwrap();
    found.sort_by_key(|fact| fact.oid);
    assert_eq!(found.len(), 5002);
    let learnt = (oid(4), 4, Some((sum, 1)));
    assert_eq!(
        (found[4].oid, found[4].bytes, found[4].file()),
        learnt,
        "a text may turn out to be a pointer"
    );
    assert_eq!((found[4].content(), found[3].content()), (sum, Sha256([7; 32])));
    git::add_blob_facts(tx, &m, &[regular(4, 4)]).await.unwrap();
    let still = git::find_blob_facts(tx, &m, &[oid(4)]).await.unwrap();
    assert_eq!(still[0].file(), Some((sum, 1)), "and is one from then on");
    assert_eq!((found[5000].bytes, found[5000].file()), (130, Some((sum, i64::MAX as u64))));
    assert!(git::find_blob_facts(tx, &RepoId("a1".into()), &asked).await.unwrap().is_empty());

    let first = git::list_blob_facts(tx, &m, "", 5001).await.unwrap();
    assert_eq!(first.iter().map(|fact| fact.oid).collect::<Vec<_>>()[4999..], [oid(4999), oid(9000)]);
    let last = git::list_blob_facts(tx, &m, &oid(9000).to_string(), 5001).await.unwrap();
    assert_eq!(last.iter().map(|fact| (fact.oid, fact.bytes)).collect::<Vec<_>>(), [(oid(9001), 6)]);
    git::delete_blob_facts(tx, &m, &[oid(9001)]).await.unwrap();
    assert!(git::find_blob_facts(tx, &m, &[oid(9001)]).await.unwrap().is_empty());
    git::delete_commits(tx, &m, &[oid(123_456)]).await.unwrap();
}
