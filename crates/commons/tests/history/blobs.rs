//! Regular files on their way out: a long one is in memory as a whole, and together they have so much of it and no more.

use std::time::Duration;

use futures_util::StreamExt;
use seedcorn_commons::access::Read;
use seedcorn_commons::{Refusal, Result, pull};
use seedcorn_core::limits;

use crate::world::{World, finish};

#[tokio::test]
async fn readers_who_take_nothing_do_not_add_up() {
    let world = World::new().await;
    let mut draft = world.draft().await;
    let bytes = vec![0; limits::COMMIT_FILE_BYTES_MAX as usize];
    draft.put("zeroes.bin".into(), bytes).await.unwrap();
    draft.put("few.bin".into(), vec![7; limits::BLOB_SLICE_BYTES as usize]).await.unwrap();
    draft.put("more.bin".into(), vec![7; limits::BLOB_SLICE_BYTES as usize + 1]).await.unwrap();
    finish(draft, "zeroes").await.unwrap();
    let read = world.grant::<Read>().await;
    let located = pull::locate(&world.commons, &read, "main", "zeroes.bin", true).await.unwrap();
    let open = || pull::stream(&world.commons, &located, 0..located.bytes);
    let mut held = Vec::new();
    for _ in 0..limits::BLOBS_BYTES_MAX / limits::COMMIT_FILE_BYTES_MAX {
        held.push(open().await.unwrap());
    }
    let waits = tokio::time::timeout(Duration::from_secs(1), open()).await;
    assert!(waits.is_err(), "one more was read into memory");
    // A short file is had all the same.
    for (path, waits) in [("few.bin", false), ("more.bin", true)] {
        let short = pull::locate(&world.commons, &read, "main", path, true).await.unwrap();
        let opened = pull::stream(&world.commons, &short, 0..short.bytes);
        let patience = Duration::from_secs(if waits { 1 } else { limits::BUSY_SECS / 2 });
        let opened = tokio::time::timeout(patience, opened).await;
        assert_eq!(opened.is_err(), waits, "{path}");
        if let Ok(stream) = opened {
            let bytes: Vec<u8> = stream.unwrap().map(|piece| piece.unwrap().to_vec()).concat().await;
            assert_eq!(bytes, vec![7; short.bytes as usize]);
        }
    }
    // A piece that is still being sent holds nothing but itself.
    let piece = held.pop().unwrap().next().await.unwrap().unwrap();
    assert_eq!(piece.len() as u64, limits::BLOB_SLICE_BYTES);
    let pieces: Vec<Result<_, Refusal>> = open().await.unwrap().collect().await;
    assert_eq!(pieces.into_iter().map(|piece| piece.unwrap().len()).sum::<usize>() as u64, located.bytes);
}
