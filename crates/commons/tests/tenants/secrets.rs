//! Two members, the same private bytes: deduplication must give neither the other's bytes nor the knowledge of them.

use bytes::Bytes;
use seedcorn_commons::access::{Propose, Read};
use seedcorn_commons::publish::{self, BatchAnswer, LfsObject};
use seedcorn_commons::{Refusal, xet};
use seedcorn_content::xet::hash::{file_hash, range_hash};
use seedcorn_content::xet::shard::{FileRecord, Term};
use seedcorn_core::access::{Actor, FineScope, Scope};

use crate::world::{World, noise, parts, sha256};

#[tokio::test]
async fn knowing_every_hash_gives_nobody_bytes() {
    let world = World::new().await;
    let bytes = noise(1, 900_000);
    let secret = world.publish(&world.alice, "alice/hidden", &bytes).await;
    let sum = sha256(&bytes);
    let bob = &world.bob;
    let propose = world.grant::<Propose>(bob, "bob/open").await;

    // The SHA-256 through LFS: he is asked for the bytes, and cannot commit without.
    let asked = [LfsObject { sha256: sum, bytes: bytes.len() as u64 }];
    let answers = publish::batch(&world.commons, &propose, &asked, false).await.unwrap();
    assert!(matches!(&answers[..], [BatchAnswer::Basic(_)]), "{answers:?}");
    assert!(publish::verify(&world.commons, &propose, &asked[0]).await.is_err());
    assert!(matches!(world.commit(bob, "bob/open", sum).await, Err(Refusal::Invalid(_))));

    // The wrong bytes to the right address.
    let [BatchAnswer::Basic(sealed)] = &answers[..] else { panic!() };
    let open = publish::open_transfer(&world.commons, sealed).await.unwrap();
    let wrong = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(noise(2, bytes.len())))]);
    let refused = publish::receive_basic(&world.commons, &open, wrong).await;
    assert!(matches!(refused, Err(Refusal::Unprocessable(_))), "{refused:?}");
    assert!(world.commit(bob, "bob/open", sum).await.is_err());

    // The xorb's hash, a chunk's hash, the file's hash.
    assert!(!xet::has_xorb(&world.commons, &propose, secret.index.hash).await.unwrap());
    let chunk = secret.index.chunks[0].hash;
    assert!(matches!(xet::dedup(&world.commons, &propose, chunk).await, Err(Refusal::NotFound(_))));
    let read = world.grant::<Read>(bob, "bob/open").await;
    let plan = xet::reconstruct(
        &world.commons,
        &read,
        &world.commons.who(None, false, None),
        secret.file.hash,
        None,
    )
    .await;
    assert!(matches!(plan, Err(Refusal::NotFound(_))));

    // A forged shard, right to the last verification hash.
    assert!(matches!(world.send_shard(bob, "bob/open", &secret.file).await, Err(Refusal::Invalid(_))));
    assert!(world.commit(bob, "bob/open", sum).await.is_err());

    // With the bytes he has the file, and so does she still.
    world.publish(bob, "bob/hidden", &bytes).await;
    assert!(
        world.read(bob, "bob/hidden").await == bytes
            && world.read(&world.alice, "alice/hidden").await == bytes
    );
}

#[tokio::test]
async fn what_is_public_is_shared_and_what_lies_beside_it_is_not() {
    let world = World::new().await;
    let (public, private) = (noise(3, 400_000), noise(4, 400_000));
    // One xorb with the chunks of two files, one of which only Alice may read.
    let both = parts(&[public.clone(), private.clone()].concat());
    world.send_xorb(&world.alice, "alice/hidden", &both).await;
    let ends: Vec<u32> = both.index.chunks.iter().map(|chunk| chunk.raw_end).collect();
    let border = ends.iter().position(|end| *end >= 300_000).unwrap() as u32;
    let run = |chunks: std::ops::Range<u32>| {
        let raw = both.index.raw_range(&chunks).unwrap();
        let whole = [public.clone(), private.clone()].concat();
        let bytes = &whole[raw.start as usize..raw.end as usize];
        let inside = &both.index.chunks[chunks.start as usize..chunks.end as usize];
        let sized: Vec<_> = both.index.sized_chunks().collect();
        let sized: Vec<_> = sized[chunks.start as usize..chunks.end as usize]
            .iter()
            .map(|(hash, len)| (*hash, u64::from(*len)))
            .collect();
        let (start, end) = (chunks.start, chunks.end);
        let record = FileRecord {
            hash: file_hash(&sized),
            terms: vec![Term { xorb: both.index.hash, raw_bytes: bytes.len() as u32, start, end }],
            verification: Some(vec![range_hash(inside.iter().map(|chunk| &chunk.hash))]),
            sha256: Some(sha256(bytes)),
        };
        (record, bytes.to_vec())
    };
    let (open, open_bytes) = run(0..border);
    let (hidden, hidden_bytes) = run(border..both.index.len());
    for (repo, file, bytes) in [("alice/open", &open, &open_bytes), ("alice/hidden", &hidden, &hidden_bytes)]
    {
        world.send_shard(&world.alice, repo, file).await.unwrap();
        world.commit(&world.alice, repo, sha256(bytes)).await.unwrap();
    }

    // Bob may refer to the public run without sending a byte, and to no chunk beyond it.
    world.send_shard(&world.bob, "bob/open", &open).await.unwrap();
    world.commit(&world.bob, "bob/open", sha256(&open_bytes)).await.unwrap();
    assert!(world.read(&world.bob, "bob/open").await == open_bytes);
    assert!(world.send_shard(&world.bob, "bob/open", &hidden).await.is_err());
    let (one_more, _) = run(0..border + 1);
    assert!(world.send_shard(&world.bob, "bob/open", &one_more).await.is_err());
    let propose = world.grant::<Propose>(&world.bob, "bob/open").await;
    assert!(!xet::has_xorb(&world.commons, &propose, both.index.hash).await.unwrap());
}

#[tokio::test]
async fn a_token_for_one_repo_opens_nothing_that_its_member_sent_to_another() {
    let world = World::new().await;
    let bytes = noise(8, 500_000);
    let secret = world.publish(&world.alice, "alice/hidden", &bytes).await;
    let open = world.grant::<Read>(&world.alice, "alice/open").await.repo().id.clone();
    let line = |role: &str| Scope::Fine(vec![FineScope { repo: open.clone(), role: role.into() }]);
    for scope in [Scope::Read, line("read"), line("write")] {
        let narrow = Actor { scope: scope.clone(), ..world.alice.clone() };
        let read = world.grant::<Read>(&narrow, "alice/open").await;
        let plan = xet::reconstruct(
            &world.commons,
            &read,
            &world.commons.who(None, false, None),
            secret.file.hash,
            None,
        )
        .await;
        assert!(matches!(plan, Err(Refusal::NotFound(_))), "{scope:?}: {plan:?}");
        if scope != line("write") {
            continue;
        }
        let propose = world.grant::<Propose>(&narrow, "alice/open").await;
        assert!(!xet::has_xorb(&world.commons, &propose, secret.index.hash).await.unwrap());
        assert!(world.send_shard(&narrow, "alice/open", &secret.file).await.is_err());
        assert!(world.commit(&narrow, "alice/open", sha256(&bytes)).await.is_err());
        // What comes with this token can be used with it.
        world.publish(&narrow, "alice/open", &noise(9, 200_000)).await;
    }
    // Her whole token may move her own bytes without sending them again.
    world.commit(&world.alice, "alice/open", sha256(&bytes)).await.unwrap();
}

#[tokio::test]
async fn a_sender_is_not_told_whether_others_sent_the_same() {
    let world = World::new().await;
    let bytes = noise(10, 300_000);
    world.publish(&world.alice, "alice/hidden", &bytes).await;
    let parts = parts(&bytes);
    let grant = world.grant::<Propose>(&world.bob, "bob/open").await;
    for expected in [true, false] {
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(parts.frames.clone()))]);
        let new = xet::receive_xorb(&world.commons, &grant, parts.index.hash, body).await.unwrap();
        assert_eq!(new, expected);
    }
}
