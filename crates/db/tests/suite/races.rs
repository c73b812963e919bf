//! Many writers at once. SQLite lets one in at a time and so passes easily; Postgres is where these mean something.

use std::collections::BTreeSet;

use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_db::files::{self, File, Xorb};
use seedcorn_db::git::{self, BlobFact};
use seedcorn_db::uploads::{self, Upload};
use seedcorn_db::{Db, repos, settings};
use tokio::task::JoinSet;

use crate::place::Place;
use crate::rows::{at, commit, member, model, oid, repo, xet};

on_both!(
    fifty_moves_of_one_ref_are_linear,
    of_fifty_blind_moves_one_wins,
    a_name_goes_to_one,
    numbers_are_given_once,
    a_ref_and_one_below_it_are_never_both_made,
    a_setting_has_one_value,
    writers_of_lists_do_not_lock_each_other_out,
    a_reader_sees_one_picture_and_cannot_write,
    what_is_not_committed_never_was,
    parts_and_the_end_of_their_upload_do_not_break_each_other,
);

const MAIN: &str = "refs/heads/main";

/// Runs one task for each number at once, and returns what they gave.
async fn at_once<T, F>(place: &Place, count: u64, task: impl Fn(Db, u64) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let tasks: JoinSet<T> = (0..count).map(|n| task(place.db.clone(), n)).collect();
    tasks.join_all().await
}

async fn fifty_moves_of_one_ref_are_linear(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let m = repo(&mut tx, &ada, "m").await;
    git::add_commit(&mut tx, &m, &commit(oid(1000), &[], 1)).await.unwrap();
    assert!(git::add_ref(&mut tx, &m, MAIN, &oid(1000), at(0)).await.unwrap());
    tx.commit().await.unwrap();

    let repo = m.clone();
    let tries = at_once(place, 50, move |db, n| {
        let repo = repo.clone();
        async move {
            let mut tx = db.write().await.unwrap();
            let head = git::lock_ref(&mut tx, &repo, MAIN).await.unwrap().unwrap();
            let above = git::find_commit(&mut tx, &repo, &head).await.unwrap().unwrap().generation + 1;
            git::add_commit(&mut tx, &repo, &commit(oid(n), &[head], above)).await.unwrap();
            let moved = git::move_ref(&mut tx, &repo, MAIN, (&head, &oid(n)), at(above)).await.unwrap();
            tx.commit().await.unwrap();
            moved
        }
    });
    assert!(tries.await.into_iter().all(|moved| moved), "who holds the lock moves the ref at the first try");

    let mut tx = place.db.read().await.unwrap();
    let mut next = git::find_ref(&mut tx, &m, MAIN).await.unwrap();
    let mut seen = BTreeSet::new();
    while let Some(at) = next {
        let row = git::find_commit(&mut tx, &m, &at).await.unwrap().unwrap();
        assert_eq!(row.generation as usize, 51 - seen.len());
        assert!(seen.insert(row.oid));
        let parents: Vec<_> = row.parents().collect();
        assert!(parents.len() < 2);
        next = parents.first().copied();
    }
    assert_eq!(seen.len(), 51, "each commit is in the history once");
}

async fn of_fifty_blind_moves_one_wins(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let m = repo(&mut tx, &ada, "m").await;
    git::add_ref(&mut tx, &m, MAIN, &oid(1000), at(0)).await.unwrap();
    tx.commit().await.unwrap();
    let repo = m.clone();
    let moved = at_once(place, 50, move |db, n| {
        let repo = repo.clone();
        async move {
            let mut tx = db.write().await.unwrap();
            let moved = git::move_ref(&mut tx, &repo, MAIN, (&oid(1000), &oid(n)), at(1)).await.unwrap();
            tx.commit().await.unwrap();
            moved.then_some(n)
        }
    });
    let winners: Vec<u64> = moved.await.into_iter().flatten().collect();
    assert_eq!(winners.len(), 1, "{winners:?}");
    let mut tx = place.db.read().await.unwrap();
    assert_eq!(git::find_ref(&mut tx, &m, MAIN).await.unwrap(), Some(oid(winners[0])));
}

async fn a_name_goes_to_one(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    repo(&mut tx, &ada, "old").await;
    repos::delete(&mut tx, &model("old", &ada, "old").id, at(1)).await.unwrap();
    tx.commit().await.unwrap();
    // A name that nobody had, and one that a deleted repo had.
    for name in ["new", "old"] {
        let ada = ada.clone();
        let made = at_once(place, 12, move |db, n| {
            let row = model(&format!("{name}-{n}"), &ada, name);
            async move {
                let mut tx = db.write().await.unwrap();
                let added = repos::add(&mut tx, &row).await.unwrap();
                // A caller that was too late drops the transaction, and with it the row.
                if added {
                    tx.commit().await.unwrap();
                }
                added
            }
        });
        assert_eq!(made.await.into_iter().filter(|added| *added).count(), 1, "{name}");
    }
    let mut tx = place.db.read().await.unwrap();
    assert_eq!(repos::count(&mut tx).await.unwrap(), 2);
}

async fn numbers_are_given_once(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let m = repo(&mut tx, &ada, "m").await;
    tx.commit().await.unwrap();
    let mut numbers = at_once(place, 20, move |db, _| {
        let repo = m.clone();
        async move {
            let mut tx = db.write().await.unwrap();
            let number = repos::next_number(&mut tx, &repo).await.unwrap();
            tx.commit().await.unwrap();
            number
        }
    })
    .await;
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=20).collect::<Vec<i64>>());
}

/// As two branches that are made at once: `a` and `a/b`, which git could not check out both.
async fn a_ref_and_one_below_it_are_never_both_made(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let m = repo(&mut tx, &ada, "m").await;
    tx.commit().await.unwrap();
    const PAIRS: u64 = 20;
    let made = at_once(place, 2 * PAIRS, move |db, n| {
        let repo = m.clone();
        let name = format!("refs/heads/{}{}", n / 2, if n % 2 == 0 { "" } else { "/b" });
        async move {
            let mut tx = db.write().await.unwrap();
            let made = git::add_ref_beside(&mut tx, &repo, &name, &oid(1), at(1)).await.unwrap();
            tx.commit().await.unwrap();
            (made == git::NewRef::Made).then_some(n / 2)
        }
    });
    let mut made: Vec<u64> = made.await.into_iter().flatten().collect();
    made.sort_unstable();
    assert_eq!(made, (0..PAIRS).collect::<Vec<_>>(), "one of each pair");
}

async fn a_setting_has_one_value(place: &Place) {
    let values = at_once(place, 20, |db, n| async move {
        let mut tx = db.write().await.unwrap();
        let value = settings::put_if_absent(&mut tx, "made", &n.to_string()).await.unwrap();
        tx.commit().await.unwrap();
        value
    });
    let values: BTreeSet<String> = values.await.into_iter().collect();
    assert_eq!(values.len(), 1, "{values:?}");
}

/// Two writers add the same rows in opposite orders. Did each row wait where the list puts it, each writer would hold
/// what the other waits for.
async fn writers_of_lists_do_not_lock_each_other_out(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let m = repo(&mut tx, &ada, "m").await;
    let xorb = Xorb { hash: xet(1), chunks: 1, raw_bytes: 1, packed_bytes: 1, place: None };
    files::put_xorb(&mut tx, &xorb, None, at(1)).await.unwrap();
    let hash = |round: u8, n: u16| {
        let mut bytes = [round; 32];
        bytes[..2].copy_from_slice(&n.to_be_bytes());
        XetHash(bytes)
    };
    const ROUNDS: u8 = 4;
    const ROWS: u16 = 1500;
    for (round, n) in (0..ROUNDS).flat_map(|round| (0..ROWS / 5).map(move |n| (round, n))) {
        let file = File { hash: hash(round, n), sha256: hash(round, n).into(), bytes: 1 };
        files::put_file(&mut tx, &file, &[], at(1)).await.unwrap();
    }
    tx.commit().await.unwrap();
    for round in 0..ROUNDS {
        let repo = m.clone();
        at_once(place, 4, move |db, writer| {
            let mut order: Vec<u16> = (0..ROWS).collect();
            if writer % 2 == 1 {
                order.reverse();
            }
            let hashes: Vec<XetHash> = order.iter().map(|n| hash(round, *n)).collect();
            let few: Vec<XetHash> =
                order.iter().filter(|n| **n < ROWS / 5).map(|n| hash(round, *n)).collect();
            let fact =
                |n: &u16| BlobFact::regular(oid(u64::from(round) << 32 | u64::from(*n)), 1, Sha256([9; 32]));
            let facts: Vec<BlobFact> = order.iter().map(fact).collect();
            let repo = repo.clone();
            async move {
                let mut tx = db.write().await.unwrap();
                let chunks: Vec<_> = hashes.iter().map(|hash| (*hash, xet(1), 0)).collect();
                files::put_chunks(&mut tx, &chunks).await.unwrap();
                git::add_blob_facts(&mut tx, &repo, &facts).await.unwrap();
                files::put_repo_files(&mut tx, &repo, &few).await.unwrap();
                tx.commit().await.unwrap();
            }
        })
        .await;
    }
}

async fn a_reader_sees_one_picture_and_cannot_write(place: &Place) {
    let mut reader = place.db.read().await.unwrap();
    assert_eq!(settings::find(&mut reader, "a").await.unwrap(), None);
    let mut writer = place.db.write().await.unwrap();
    settings::put(&mut writer, "a", "1").await.unwrap();
    writer.commit().await.unwrap();
    assert_eq!(settings::find(&mut reader, "a").await.unwrap(), None, "the picture moved");
    settings::put(&mut reader, "b", "1").await.unwrap_err();
    drop(reader);
    let mut reader = place.db.read().await.unwrap();
    assert_eq!(settings::find(&mut reader, "a").await.unwrap().as_deref(), Some("1"));
    assert_eq!(settings::find(&mut reader, "b").await.unwrap(), None);
}

async fn what_is_not_committed_never_was(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    settings::put(&mut tx, "a", "1").await.unwrap();
    drop(tx);
    // A row whose owner is not there.
    let mut tx = place.db.write().await.unwrap();
    assert_eq!(settings::find(&mut tx, "a").await.unwrap(), None);
    let stranger = crate::rows::namespace("nobody", "member");
    repos::add(&mut tx, &model("x", &stranger, "x")).await.unwrap_err();
}

/// A part that is told of while its upload ends is noted before the end or is too late; neither is an error.
async fn parts_and_the_end_of_their_upload_do_not_break_each_other(place: &Place) {
    let mut tx = place.db.write().await.unwrap();
    let ada = member(&mut tx, "ada").await;
    let m = repo(&mut tx, &ada, "m").await;
    const UPLOADS: u64 = 20;
    for n in 0..UPLOADS {
        let (id, member, sha256) = (n.to_string(), ada.id.clone(), Sha256([1; 32]));
        let upload = Upload { id, repo: m.clone(), member, sha256, bytes: 9, part_bytes: 1 };
        uploads::add(&mut tx, &upload, at(0)).await.unwrap();
    }
    tx.commit().await.unwrap();
    at_once(place, 4 * UPLOADS, |db, n| async move {
        let (upload, part) = ((n / 4).to_string(), n % 4);
        let mut tx = db.write().await.unwrap();
        if part == 2 {
            uploads::delete(&mut tx, &upload).await.unwrap();
        } else {
            uploads::put_part(&mut tx, &upload, part as i64, 1, "e").await.unwrap();
        }
        tx.commit().await.unwrap();
    })
    .await;
    let mut tx = place.db.read().await.unwrap();
    for n in 0..UPLOADS {
        assert!(uploads::parts(&mut tx, &n.to_string()).await.unwrap().is_empty());
    }
}
