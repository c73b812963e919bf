//! What fsck finds damaged is not read as if it were sound.

use futures_util::StreamExt;
use seedcorn_commons::access::Read;
use seedcorn_commons::{Refusal, authorize, pull};
use seedcorn_core::repo::RepoKind;
use std::ops::Range;

use crate::world::{LONG, SHORT, Store, flip, noise};

/// What a reader gets of a range before it ends or breaks off, and why it broke off.
async fn read(store: &Store, path: &str, range: Range<u64>) -> (Vec<u8>, Option<String>) {
    let grant =
        authorize::<Read>(&store.commons, Some(&store.actor), RepoKind::Model, "ada/one").await.unwrap();
    let located = pull::locate(&store.commons, &grant, "main", path, true).await.unwrap();
    let mut pieces = pull::stream(&store.commons, &located, range).await.unwrap();
    let mut got = Vec::new();
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => got.extend_from_slice(&piece),
            Err(Refusal::Broken(error)) => return (got, Some(format!("{error:#}"))),
            Err(other) => panic!("{other:?}"),
        }
    }
    (got, None)
}

#[tokio::test]
async fn a_chunk_that_rotted_is_handed_to_nobody() {
    let store = Store::new().await;
    let bytes = noise(1, LONG);
    let (xorb, path) = store.xorb(false).await;
    assert_eq!(read(&store, "weights/long.bin", 0..LONG as u64).await, (bytes.clone(), None));
    flip(&path, 300_000);
    let (got, why) = read(&store, "weights/long.bin", 0..LONG as u64).await;
    assert!(bytes.starts_with(&got));
    // So that whoever reads the log knows what to restore.
    assert!(why.as_ref().is_some_and(|why| why.contains(&xorb.hash.to_string())), "{why:?}");
    let (got, why) = read(&store, "weights/long.bin", 299_990..300_010).await;
    assert!(got.is_empty() && why.is_some());
    // What the damage is not in is read as before.
    let (got, why) = read(&store, "weights/long.bin", 0..100).await;
    assert_eq!((got.as_slice(), why), (&bytes[..100], None));
    let (got, why) = read(&store, "weights/long.bin", LONG as u64 - 100..LONG as u64).await;
    assert_eq!((got.as_slice(), why), (&bytes[LONG - 100..], None));
}

#[tokio::test]
async fn nor_is_one_in_a_row() {
    let store = Store::new().await;
    let (xorb, _) = store.xorb(true).await;
    let hash = xorb.hash.to_string();
    let row: Option<(Vec<u8>,)> = store
        .db
        .read()
        .await
        .unwrap()
        .one("SELECT body FROM xorb WHERE hash = $1", (hash.as_str(),))
        .await
        .unwrap();
    let mut body = row.unwrap().0;
    body[5000] ^= 1;
    store.sql("UPDATE xorb SET body = $2 WHERE hash = $1", (hash.as_str(), &body[..])).await;
    let (got, why) = read(&store, "short.bin", 0..SHORT as u64).await;
    assert!(noise(2, SHORT).starts_with(&got));
    assert!(why.as_ref().is_some_and(|why| why.contains(&hash)), "{why:?}");
}
