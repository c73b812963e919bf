//! Fsck on a real store: a sound one is found sound, and each kind of damage is found and named.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod reading;
mod world;

use seedcorn_commons::access::Admin;
use seedcorn_commons::fsck::{self, Exit, Summary};
use seedcorn_commons::repo;
use seedcorn_commons::{authorize, discuss};
use seedcorn_content::Key;
use seedcorn_core::pointer::Pointer;
use seedcorn_core::repo::RepoKind;

use crate::world::{LONG, SHORT, Store, cut, flip, noise, sha256};

#[tokio::test]
async fn a_sound_store_is_found_sound() {
    let store = Store::new().await;
    let (_, quick) = store.check(false).await;
    let (_, deep) = store.check(true).await;
    store.expect(true, &[]).await;
    assert_eq!(quick, deep);
    let packed: i64 = store.packs().await.iter().map(|pack| pack.bytes).sum();
    assert!(quick.bytes > packed as u64 + (LONG + SHORT) as u64);
    let expected = Summary {
        repos: 1,
        commits: 3,
        packs: 4,
        xorbs: 2,
        files: 2,
        attachments: 0,
        findings: 0,
        objects: store.packs().await.iter().map(|pack| pack.objects as u64).sum(),
        bytes: quick.bytes,
    };
    assert_eq!(quick, expected);
}

#[tokio::test]
async fn a_chunk_that_rotted_is_found_by_deep_alone() {
    let store = Store::new().await;
    let (xorb, path) = store.xorb(false).await;
    flip(&path, 300_000);
    store.expect(false, &[]).await;
    let (xorb, file) = (xorb.hash.to_string(), store.file(LONG).await.hash.to_string());
    store
        .expect(true, &[&["xorb", &xorb, "files with chunks in it: 1"], &["file", &file, "model ada/one"]])
        .await;
}

#[tokio::test]
async fn a_xorb_that_is_gone_or_short_or_has_a_bad_footer() {
    let store = Store::new().await;
    let (xorb, path) = store.xorb(false).await;
    let (hash, place) = (xorb.hash.to_string(), Key::Xorb(xorb.hash, xorb.place.unwrap_or_default()).path());
    let whole = std::fs::read(&path).unwrap();
    let frames = usize::try_from(xorb.packed_bytes).unwrap();
    // A chunk's hash: it no longer makes the xorb's.
    flip(&path, frames + 60);
    store.expect(false, &[&["xorb", &hash, "footer names xorb"]]).await;
    std::fs::write(&path, &whole).unwrap();
    // Where the first frame ends: the hashes do not vouch for that, only the frames themselves.
    let ends = frames + 8 + 32 + 12 + 32 * usize::try_from(xorb.chunks).unwrap() + 12;
    flip(&path, ends);
    store.expect(false, &[]).await;
    // The file is read in one run that does not stop there; a range of it would.
    store.expect(true, &[&["xorb", &hash, "its footer tells other ends"]]).await;
    cut(&path, 1);
    store.expect(false, &[&["xorb", &hash, "bytes stored"]]).await;
    std::fs::remove_file(&path).unwrap();
    store.expect(false, &[&["xorb", &hash, "the depot has no", &place]]).await;
    let file = store.file(LONG).await.hash.to_string();
    store.expect(true, &[&["xorb", &hash], &["file", &file, "the depot has no"]]).await;
    std::fs::write(&path, whole).unwrap();
    store.expect(true, &[]).await;
}

#[tokio::test]
async fn a_xorb_in_its_row() {
    let store = Store::new().await;
    let hash = store.xorb(true).await.0.hash.to_string();
    store.sql("UPDATE xorb SET raw_bytes = raw_bytes + 1 WHERE hash = $1", (hash.as_str(),)).await;
    store.expect(false, &[&["xorb", &hash, "its footer and its row disagree"]]).await;
    store
        .sql("UPDATE xorb SET raw_bytes = raw_bytes - 1, chunks = 9000 WHERE hash = $1", (hash.as_str(),))
        .await;
    store.expect(false, &[&["xorb", &hash, "that no xorb has"]]).await;
    store.sql("UPDATE xorb SET chunks = 2, body = $2 WHERE hash = $1", (hash.as_str(), &[0_u8; 9][..])).await;
    store.expect(false, &[&["xorb", &hash, "9 bytes stored", "restore the database"]]).await;
}

#[tokio::test]
async fn packs_in_the_depot() {
    let store = Store::new().await;
    let (pack, body, index) = store.pack(false).await;
    let id = pack.id.to_string();
    let (whole, rows) = (std::fs::read(&body).unwrap(), std::fs::read(&index).unwrap());
    // The big blob is in the middle; without deep only its place is known.
    flip(&body, whole.len() / 2);
    store.expect(false, &[]).await;
    let (found, _) = store.check(true).await;
    assert!(found.len() == 1 && found[0].what.starts_with("blob "), "{found:#?}");
    std::fs::write(&body, &whole).unwrap();

    cut(&body, 5);
    let (found, _) = store.check(false).await;
    assert!(found[0].what.starts_with(&format!("pack {id} of model ada/one: it has ")), "{found:#?}");
    // What was in it is named too.
    let blob = |what: &str| what.contains("\"notes/big.bin\"") && what.ends_with("it is in no pack");
    assert!(found.iter().any(|finding| blob(&finding.what)), "{found:#?}");
    std::fs::write(&body, &whole).unwrap();

    flip(&index, rows.len() / 2);
    let (found, _) = store.check(false).await;
    assert!(found[0].what.contains(&id) && found[0].what.contains("its checksum is wrong"), "{found:#?}");
    std::fs::remove_file(&index).unwrap();
    let (found, _) = store.check(false).await;
    assert!(found[0].what.contains(&id) && found[0].what.contains(".idx"), "{found:#?}");
    std::fs::write(&index, &rows).unwrap();
    store.expect(true, &[]).await;
}

#[tokio::test]
async fn a_pack_that_broke_off_does_not_hide_the_next() {
    let store = Store::new().await;
    let (pack, body, _) = store.pack(false).await;
    let mut draft = store.draft().await;
    draft.put("later.txt".into(), b"later".to_vec()).await.unwrap();
    store.finish(draft).await;
    let bytes = pack.bytes - 7;
    cut(&body, 7);
    store.sql("UPDATE pack SET bytes = $2 WHERE id = $1", (pack.id.to_string(), bytes)).await;
    let (found, summary) = store.check(true).await;
    assert!(found[0].what.contains(&pack.id.to_string()), "{found:#?}");
    assert_eq!(summary.packs, 5);
    assert_eq!(found.iter().filter(|finding| finding.what.starts_with("pack ")).count(), 1, "{found:#?}");
    assert!(!found.iter().any(|finding| finding.what.contains("later.txt")), "{found:#?}");
}

#[tokio::test]
async fn a_pack_that_is_read_in_place() {
    let store = Store::new().await;
    let mut draft = store.draft().await;
    draft.put("huge.bin".into(), noise(5, 5 << 20)).await.unwrap();
    store.finish(draft).await;
    let (pack, body, _) = store.pack(false).await;
    assert!(pack.bytes > 5 << 20);
    store.expect(true, &[]).await;
    flip(&body, 3 << 20);
    store.expect(false, &[]).await;
    store.expect(true, &[&["blob", "model ada/one"]]).await;
}

#[tokio::test]
async fn packs_in_their_rows() {
    let store = Store::new().await;
    let id = store.pack(true).await.0.id.to_string();
    store.sql("UPDATE pack SET objects = objects + 1 WHERE id = $1", (id.as_str(),)).await;
    let (found, _) = store.check(false).await;
    assert!(found[0].what.contains(&id) && found[0].what.contains("its row says"), "{found:#?}");
    store.sql("UPDATE pack SET objects = objects - 1, idx = NULL WHERE id = $1", (id.as_str(),)).await;
    let (found, _) = store.check(false).await;
    assert!(found[0].what.contains(&id) && found[0].what.contains("no index"), "{found:#?}");
    store.sql("DELETE FROM pack WHERE id = $1", (id.as_str(),)).await;
    let (found, _) = store.check(false).await;
    let lost = |path: &str| found.iter().any(|finding| finding.what.contains(path));
    assert!(lost("\"notes/a.txt\"") || lost("the root"), "{found:#?}");
}

#[tokio::test]
async fn refs_and_the_commit_graph() {
    let store = Store::new().await;
    let head = store.head().await;
    let nowhere = "12".repeat(20);
    store.sql("UPDATE ref SET target = $1 WHERE name = 'refs/heads/main'", (nowhere.as_str(),)).await;
    store.expect(false, &[&["refs/heads/main of model ada/one", &nowhere]]).await;
    let oid = head.oid.to_string();
    store.sql("UPDATE ref SET target = $1 WHERE name = 'refs/heads/main'", (oid.as_str(),)).await;

    store.sql("UPDATE git_commit SET generation = 7 WHERE oid = $1", (oid.as_str(),)).await;
    store.expect(false, &[&["commit", &oid, "generation is 7", "3"]]).await;
    store.sql("UPDATE git_commit SET generation = 3, parents = '' WHERE oid = $1", (oid.as_str(),)).await;
    store.expect(false, &[&["commit", &oid, "other parents"]]).await;
    let parents: Vec<String> = head.parents().map(|parent| parent.to_string()).collect();
    store.sql("UPDATE git_commit SET parents = $2 WHERE oid = $1", (oid.as_str(), parents[0].as_str())).await;
    store.expect(true, &[]).await;
    store.sql("DELETE FROM git_commit WHERE oid = $1", (parents[0].as_str(),)).await;
    store.expect(false, &[&["commit", &oid, "its parent", &parents[0], "has no row"]]).await;
}

#[tokio::test]
async fn a_row_that_names_another_tree() {
    let store = Store::new().await;
    let head = store.head().await;
    let (oid, other) = (head.oid.to_string(), "ab".repeat(20));
    store.sql("UPDATE git_commit SET tree = $2 WHERE oid = $1", (oid.as_str(), other.as_str())).await;
    store
        .expect(
            false,
            &[&["commit", &oid, "its row says", &other], &["tree", &other, "the root", "it is in no pack"]],
        )
        .await;
}

#[tokio::test]
async fn facts_of_blobs() {
    let store = Store::new().await;
    let text = Pointer { sha256: sha256(&noise(1, LONG)), size: LONG as u64 }.render();
    let sum = sha256(&noise(1, LONG)).to_string();
    let mut tx = store.db.read().await.unwrap();
    let row: Option<(String,)> =
        tx.one("SELECT oid FROM blob_fact WHERE sha256 = $1", (sum.as_str(),)).await.unwrap();
    drop(tx);
    let oid = row.unwrap().0;
    let fact = ["fact of blob", &oid, "model ada/one"];

    store.sql("UPDATE blob_fact SET bytes = 5 WHERE oid = $1", (oid.as_str(),)).await;
    store.expect(false, &[&[&fact[..], &["the fact says 5"]].concat()]).await;
    let len = text.len() as i64;
    store.sql("UPDATE blob_fact SET bytes = $2, sha256 = NULL WHERE oid = $1", (oid.as_str(), len)).await;
    store.expect(false, &[&[&fact[..], &["no pointer", &sum]].concat()]).await;
    store
        .sql("UPDATE blob_fact SET sha256 = $2, file_bytes = 9 WHERE oid = $1", (oid.as_str(), sum.as_str()))
        .await;
    store.expect(false, &[&[&fact[..], &["of 9"]].concat(), &["pointer", &oid, &sum, "not 9"]]).await;
    let whole = LONG as i64;
    store.sql("UPDATE blob_fact SET file_bytes = $2 WHERE oid = $1", (oid.as_str(), whole)).await;
    store.expect(true, &[]).await;
    store.sql("DELETE FROM blob_fact WHERE oid = $1", (oid.as_str(),)).await;
    store.expect(false, &[&["blob", &oid, "\"weights/long.bin\"", "it has no fact"]]).await;
}

#[tokio::test]
async fn a_long_blob_of_another_length_is_found_by_deep_alone() {
    let store = Store::new().await;
    store.sql("UPDATE blob_fact SET bytes = 199999 WHERE bytes = 200000", ()).await;
    store.expect(false, &[]).await;
    store.expect(true, &[&["fact of blob", "has 200000 bytes", "says 199999"]]).await;
    store
        .sql("UPDATE blob_fact SET bytes = 200000, own_sha256 = $1 WHERE bytes = 199999", ("0".repeat(64),))
        .await;
    store.expect(true, &[&["fact of blob", "SHA-256", "says 0000"]]).await;
}

#[tokio::test]
async fn a_pointer_committed_as_text_is_no_damage() {
    let store = Store::new().await;
    let text = Pointer { sha256: sha256(b"elsewhere"), size: 9 }.render();
    let mut draft = store.draft().await;
    draft.put("example.txt".into(), text.into_bytes()).await.unwrap();
    store.finish(draft).await;
    store.expect(true, &[]).await;
}

#[tokio::test]
async fn a_pointer_without_its_file() {
    let store = Store::new().await;
    let file = store.file(LONG).await;
    store.sql("DELETE FROM repo_file WHERE file = $1", (file.hash.to_string(),)).await;
    store.expect(false, &[&["pointer", &file.sha256.to_string(), "which the repo does not have"]]).await;
}

#[tokio::test]
async fn terms_and_sums_of_files() {
    let store = Store::new().await;
    let file = store.file(LONG).await;
    let hash = file.hash.to_string();
    let named = ["file", hash.as_str(), "model ada/one"];
    store.sql("UPDATE xet_term SET past = past + 1 WHERE file = $1", (hash.as_str(),)).await;
    store.expect(false, &[&[&named[..], &["which has"]].concat()]).await;
    store.sql("UPDATE xet_term SET past = past - 2 WHERE file = $1", (hash.as_str(),)).await;
    store.expect(false, &[]).await;
    store.expect(true, &[&[&named[..], &["another length than its chunks"]].concat()]).await;
    store.sql("UPDATE xet_term SET past = past + 1, raw_bytes = 5 WHERE file = $1", (hash.as_str(),)).await;
    store.expect(false, &[&[&named[..], &["its terms make 5 bytes"]].concat()]).await;
    store.sql("UPDATE xet_term SET raw_bytes = $2 WHERE file = $1", (hash.as_str(), file.bytes)).await;
    store.expect(true, &[]).await;
    store.sql("DELETE FROM xet_term WHERE file = $1", (hash.as_str(),)).await;
    store.expect(false, &[&[&named[..], &["its terms make 0 bytes"]].concat()]).await;
}

#[tokio::test]
async fn a_file_with_another_sum() {
    let store = Store::new().await;
    store.send(&noise(9, 30_000)).await;
    let (file, wrong) = (store.file(30_000).await, "cd".repeat(32));
    let hash = file.hash.to_string();
    store.sql("UPDATE xet_file SET sha256 = $2 WHERE hash = $1", (hash.as_str(), wrong.as_str())).await;
    store.expect(false, &[]).await;
    let made = file.sha256.to_string();
    store.expect(true, &[&["file", &hash, &wrong, "hash to", &made, "no repo names it yet"]]).await;
}

#[tokio::test]
async fn what_is_attached_to_a_comment() {
    let store = Store::new().await;
    let picture = [b"\x89PNG\r\n\x1a\n".as_slice(), &noise(6, 90)].concat();
    let id =
        discuss::attach(&store.commons, &store.actor, "image/png", picture.clone().into()).await.unwrap();
    let (found, summary) = store.check(true).await;
    assert_eq!((found, summary.attachments), (Vec::new(), 1));
    let body = store.path(&Key::Attachment(id.clone()));
    flip(&body, 50);
    store.expect(false, &[]).await;
    store.expect(true, &[&["attachment", &id, "its bytes hash to"]]).await;
    cut(&body, 1);
    store.expect(false, &[&["attachment", &id, "97 bytes stored"]]).await;
    std::fs::remove_file(&body).unwrap();
    store.expect(false, &[&["attachment", &id, "the depot has no"]]).await;
    std::fs::write(&body, &picture).unwrap();
    store.expect(true, &[]).await;
}

#[tokio::test]
async fn a_deleted_repo_is_not_looked_at() {
    let store = Store::new().await;
    let (_, body, _) = store.pack(false).await;
    cut(&body, 5);
    let grant = authorize::<Admin>(&store.commons, Some(&store.actor), RepoKind::Model, "ada/one").await;
    repo::delete(&store.commons, &grant.unwrap()).await.unwrap();
    let (found, summary) = store.check(true).await;
    assert_eq!((found, summary.repos, summary.files), (Vec::new(), 0, 2));
}

#[tokio::test]
async fn what_is_published_meanwhile_is_no_damage() {
    let store = Store::new().await;
    let write = async {
        for n in 0..12_u64 {
            let mut draft = store.draft().await;
            draft.put(format!("more/{n}.txt"), noise(n, 400)).await.unwrap();
            store.finish(draft).await;
        }
    };
    let look = async {
        for _ in 0..6 {
            store.expect(true, &[]).await;
        }
    };
    tokio::join!(write, look);
    store.expect(true, &[]).await;
}

#[tokio::test]
async fn many_lost_objects_are_counted_rather_than_named() {
    let store = Store::new().await;
    let mut draft = store.draft().await;
    for n in 0..80 {
        draft.put(format!("many/{n}.bin"), noise(n, 2000)).await.unwrap();
    }
    store.finish(draft).await;
    let (pack, body, _) = store.pack(false).await;
    std::fs::remove_file(&body).unwrap();
    let (found, _) = store.check(false).await;
    assert!(found[0].what.contains(&pack.id.to_string()), "{found:#?}");
    assert!(found.len() <= 52, "{}", found.len());
    assert!(found.last().unwrap().what.contains("further objects of model ada/one"), "{found:#?}");
}

#[tokio::test]
async fn a_database_that_does_not_answer_is_no_finding() {
    let store = Store::new().await;
    store.db.close().await;
    let mut found = Vec::new();
    let checked = fsck::check(&store.commons, false, &mut |finding| found.push(finding)).await;
    assert_eq!((Exit::of(&checked), Exit::of(&checked).code()), (Exit::Unchecked, 2));
    assert_eq!(found, []);
    assert_eq!((Exit::Sound.code(), Exit::Findings.code()), (0, 1));
}
