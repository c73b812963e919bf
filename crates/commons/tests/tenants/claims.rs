//! What is claimed of bytes is computed again: two packings of the same chunks, shards that lie, batches that ask for much.

use seedcorn_commons::Refusal;
use seedcorn_commons::access::Propose;
use seedcorn_commons::publish::{self, BatchAnswer, LfsObject};
use seedcorn_content::xet::frame::{FrameHeader, Scheme};
use seedcorn_content::xet::shard::FileRecord;
use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_core::limits;

use crate::world::{Parts, World, fsck_is_clean, noise, parts, read, sha256};

/// Bytes that are no noise to a compressor: everything comes twice.
fn stutter(seed: u64, len: usize) -> Vec<u8> {
    noise(seed, len / 2).chunks(500).flat_map(|part| [part, part].concat()).collect()
}

/// The frames of a xorb whose chunks are not compressed: another body with the same hash.
fn unpacked(parts: &Parts, bytes: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    for n in 0..parts.index.len() {
        let raw = parts.index.raw_range(&(n..n + 1)).unwrap();
        let raw = &bytes[raw.start as usize..raw.end as usize];
        let len = raw.len() as u32;
        frames.extend(FrameHeader { scheme: Scheme::Plain, packed_bytes: len, raw_bytes: len }.render());
        frames.extend(raw);
    }
    frames
}

#[tokio::test]
async fn the_same_chunks_packed_in_two_ways_are_the_same_file() {
    for len in [30_000, 400_000] {
        let bytes = stutter(6, len);
        let packed = parts(&bytes);
        let other = Parts { frames: unpacked(&packed, &bytes), ..parts(&bytes) };
        assert!(other.frames.len() > packed.frames.len());
        for (first, second) in [(&packed, &other), (&other, &packed)] {
            let world = World::new().await;
            // Also by LFS, for which the hub packs them itself.
            world.send_xorb(&world.alice, "alice/open", first).await;
            world.send_shard(&world.alice, "alice/open", &first.file).await.unwrap();
            world.commit(&world.alice, "alice/open", sha256(&bytes)).await.unwrap();
            world.send_xorb(&world.bob, "bob/open", second).await;
            world.send_lfs(&world.bob, "bob/hidden", &bytes).await;
            world.send_shard(&world.bob, "bob/open", &second.file).await.unwrap();
            world.commit(&world.bob, "bob/open", sha256(&bytes)).await.unwrap();
            world.commit(&world.bob, "bob/hidden", sha256(&bytes)).await.unwrap();
            for commons in [world.commons.clone(), world.cold().await] {
                for (actor, repo) in
                    [(&world.alice, "alice/open"), (&world.bob, "bob/open"), (&world.bob, "bob/hidden")]
                {
                    assert!(read(&commons, actor, repo).await == bytes, "{repo} of {len} bytes");
                }
            }
        }
    }
}

#[tokio::test]
async fn two_packings_sent_at_once_are_one_xorb_in_the_end() {
    let world = World::new().await;
    let bytes = stutter(7, 3_000_000);
    let packed = parts(&bytes);
    let other = Parts { frames: unpacked(&packed, &bytes), ..parts(&bytes) };
    tokio::join!(
        world.send_xorb(&world.alice, "alice/open", &packed),
        world.send_xorb(&world.bob, "bob/open", &other),
        world.send_xorb(&world.alice, "alice/hidden", &other),
        world.send_lfs(&world.bob, "bob/hidden", &bytes),
    );
    world.send_shard(&world.alice, "alice/open", &packed.file).await.unwrap();
    world.commit(&world.alice, "alice/open", sha256(&bytes)).await.unwrap();
    for commons in [world.commons.clone(), world.cold().await] {
        assert!(read(&commons, &world.alice, "alice/open").await == bytes);
    }
    fsck_is_clean(&world.commons).await;
}

#[tokio::test]
async fn a_shard_that_lies_is_refused_and_leaves_nothing() {
    let world = World::new().await;
    let bytes = noise(5, 500_000);
    let good = parts(&bytes);
    let alice = &world.alice;
    world.send_xorb(alice, "alice/open", &good).await;
    type Lie = fn(&mut FileRecord);
    let lies: [(&str, Lie); 8] = [
        ("SHA-256", |file| file.sha256 = Some(Sha256([9; 32]))),
        ("no SHA-256", |file| file.sha256 = None),
        ("file hash", |file| file.hash = XetHash([9; 32])),
        ("verification", |file| file.verification = Some(vec![XetHash([9; 32])])),
        ("no verification", |file| file.verification = None),
        ("length", |file| file.terms[0].raw_bytes -= 1),
        ("chunks past the end", |file| file.terms[0].end += 1),
        ("xorb that is not there", |file| file.terms[0].xorb = XetHash([9; 32])),
    ];
    for (what, lie) in lies {
        let mut file = good.file.clone();
        lie(&mut file);
        let refused = world.send_shard(alice, "alice/open", &file).await;
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{what}: {refused:?}");
        assert!(world.commit(alice, "alice/open", sha256(&bytes)).await.is_err(), "{what}");
    }
    world.send_shard(alice, "alice/open", &good.file).await.unwrap();
    world.commit(alice, "alice/open", sha256(&bytes)).await.unwrap();
}

#[tokio::test]
async fn a_small_batch_asks_for_no_mountain_of_addresses() {
    let world = World::new().await;
    let grant = world.grant::<Propose>(&world.bob, "alice/open").await;
    let objects: Vec<LfsObject> =
        (0..60).map(|n| LfsObject { sha256: Sha256([n; 32]), bytes: limits::FILE_BYTES_MAX }).collect();
    let answers = publish::batch(&world.commons, &grant, &objects, true).await.unwrap();
    let parts: Vec<usize> = answers
        .iter()
        .filter_map(|answer| match answer {
            BatchAnswer::Multipart { parts, part_bytes, .. } => {
                assert!(part_bytes * parts.len() as u64 >= limits::FILE_BYTES_MAX);
                Some(parts.len())
            }
            _ => None,
        })
        .collect();
    assert!(parts.iter().all(|parts| *parts as u64 <= limits::LFS_PARTS_MAX), "{parts:?}");
    assert_eq!(parts.iter().sum::<usize>() as u64, limits::LFS_BATCH_PARTS_MAX, "as many as may be");
    assert!(matches!(answers[59], BatchAnswer::Error(422, _)));
}
