//! Both databases sort texts by their bytes, so a page of either continues where a page of the other ended.

use seedcorn_core::digest::XetHash;
use seedcorn_db::files::{self, File, Xorb};
use seedcorn_db::listings::{self, Figure};
use seedcorn_db::{git, members, repos};

use crate::place::Place;
use crate::rows::{at, commit, everything, ids, member, model, namespace, oid, repo};

on_both!(repos_page_by_bytes, commits_page_by_bytes, content_pages_by_bytes, names_list_by_bytes);

/// In byte order. A dictionary would say `_ a A b B é`.
const NAMES: [&str; 6] = ["A", "B", "_", "a", "b", "é"];

async fn repos_page_by_bytes(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    for (n, id) in ["é", "b", "_", "A", "a", "B"].into_iter().enumerate() {
        assert!(repos::add(&mut tx, &model(id, &ada, &format!("repo{n}"))).await.unwrap());
    }
    let mut backwards = NAMES;
    backwards.reverse();
    // All were made in the same moment and none was downloaded: the ids alone decide.
    for by in [Figure::Created, Figure::Updated, Figure::Downloads] {
        let (mut seen, mut after) = (Vec::new(), (i64::MAX, String::new()));
        loop {
            let from = (after.0, after.1.as_str());
            let page = listings::list(&mut tx, &everything(), by, from, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            after = (by.of(last), last.repo.id.0.clone());
            seen.extend(page.into_iter().map(|listed| listed.repo.id.0));
        }
        assert_eq!(seen, backwards);
    }
    assert_eq!(ids(&repos::list_by_id(&mut tx, "", 99).await.unwrap()), NAMES);
}

async fn commits_page_by_bytes(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let repo = repo(&mut tx, &ada, "m").await;
    // Three generations of four, some of whose ids begin with letters.
    let mut all = Vec::new();
    for n in [0xb, 3, 0xf, 9] {
        for generation in 1..=3 {
            let id = oid(n << 60 | 5);
            let id = seedcorn_core::digest::Oid(id.0.map(|byte| byte ^ generation as u8));
            git::add_commit(&mut tx, &repo, &commit(id, &[], generation)).await.unwrap();
            all.push((generation, id));
        }
    }
    all.sort();
    all.reverse();
    for limit in [1, 3, 5, 100] {
        let (mut seen, mut below) = (Vec::new(), (i64::MAX, String::new()));
        loop {
            let page = git::list_commits_below(&mut tx, &repo, (below.0, &below.1), limit).await.unwrap();
            assert!(page.len() as i64 <= limit);
            let Some(last) = page.last() else { break };
            below = (last.generation, last.oid.to_string());
            seen.extend(page.into_iter().map(|commit| (commit.generation, commit.oid)));
        }
        assert_eq!(seen, all, "pages of {limit}");
    }
}

async fn content_pages_by_bytes(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let mut hashes: Vec<XetHash> = (0..20u8).map(|n| XetHash([n.wrapping_mul(77); 32])).collect();
    for hash in &hashes {
        let xorb = Xorb { hash: *hash, chunks: 1, raw_bytes: 1, packed_bytes: 1, place: None };
        assert!(files::put_xorb(&mut tx, &xorb, None, at(1)).await.unwrap());
        let file = File { hash: *hash, sha256: (*hash).into(), bytes: 1 };
        assert!(files::put_file(&mut tx, &file, &[], at(1)).await.unwrap());
    }
    hashes.sort_by_key(XetHash::to_string);
    let (mut xorbs, mut after) = (Vec::new(), String::new());
    while let page = files::list_xorbs(&mut tx, &after, 7).await.unwrap()
        && let Some(last) = page.last()
    {
        after = last.hash.to_string();
        xorbs.extend(page.into_iter().map(|xorb| xorb.hash));
    }
    assert_eq!(xorbs, hashes);
    let (mut found, mut after) = (Vec::new(), String::new());
    while let page = files::list_files(&mut tx, &after, 3).await.unwrap()
        && let Some(last) = page.last()
    {
        after = last.hash.to_string();
        found.extend(page.into_iter().map(|file| file.hash));
    }
    assert_eq!(found, hashes);
}

async fn names_list_by_bytes(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let repo = repo(&mut tx, &ada, "m").await;
    for name in ["é", "b", "_", "A", "a", "B"] {
        assert!(git::add_ref(&mut tx, &repo, name, &oid(1), at(1)).await.unwrap());
    }
    let refs = git::list_refs(&mut tx, &repo).await.unwrap();
    assert_eq!(refs.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), NAMES);

    for name in ["b", "_c", "A", "a-b", "aB"] {
        assert!(members::add(&mut tx, &namespace(name, "group")).await.unwrap());
    }
    let mut pages = async |text: &str, after: &str, limit| {
        let groups = members::list_groups(&mut tx, text, after, limit).await.unwrap();
        groups.into_iter().map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(pages("", "", 9).await, ["_c", "A", "a-b", "aB", "b"]);
    assert_eq!(pages("", "A", 2).await, ["a-b", "aB"]);
    assert_eq!(pages("B", "", 9).await, ["a-b", "aB", "b"]);
    assert_eq!(pages("_", "", 9).await, ["_c"]);
    assert_eq!(pages("%", "", 9).await, [""; 0]);
}
