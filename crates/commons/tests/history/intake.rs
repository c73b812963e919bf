//! Long uploads by LFS: what came is recorded while more comes, so that nothing that was recorded can be swept, and what
//! broke off need not be stored again.

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};
use seedcorn_commons::access::Propose;
use seedcorn_commons::publish::{self, BatchAnswer, LfsObject, OpenTransfer};
use seedcorn_commons::{Refusal, Result, admin};
use seedcorn_core::digest::Sha256;
use sha2::Digest;

use crate::world::{World, finish};

const PIECE: usize = 1 << 20;
/// Three xorbs of the server's making.
const BYTES: usize = 40 * PIECE;
const DAY: i64 = 24 * 3600;

fn noise() -> Bytes {
    let mut out = vec![0; BYTES];
    blake3::Hasher::new().finalize_xof().fill(&mut out);
    out.into()
}

async fn open(world: &World, bytes: &[u8]) -> OpenTransfer {
    let object = LfsObject { sha256: Sha256(sha2::Sha256::digest(bytes).into()), bytes: bytes.len() as u64 };
    let answers =
        publish::batch(&world.commons, &world.grant::<Propose>().await, &[object], false).await.unwrap();
    let [BatchAnswer::Basic(sealed)] = &answers[..] else { panic!("{answers:?}") };
    publish::open_transfer(&world.commons, sealed).await.unwrap()
}

/// The body in pieces, of which the first `pieces` come.
fn body(bytes: &Bytes, pieces: usize) -> impl Stream<Item = Result<Bytes, &'static str>> + use<> {
    let all: Vec<Bytes> =
        (0..pieces).map(|n| bytes.slice(n * PIECE..bytes.len().min((n + 1) * PIECE))).collect();
    let broken = (pieces * PIECE < bytes.len()).then_some(Err("the line went dead"));
    stream::iter(all.into_iter().map(Ok).chain(broken))
}

#[tokio::test]
async fn an_upload_that_broke_off_need_not_be_stored_again() {
    let world = World::new().await;
    let bytes = noise();
    let transfer = open(&world, &bytes).await;
    let broken = publish::receive_basic(&world.commons, &transfer, body(&bytes, 36)).await;
    assert!(
        matches!(&broken, Err(Refusal::Invalid(why)) if why.contains("the line went dead")),
        "{broken:?}"
    );

    // The first xorb has its row, the second had none yet, and goes with the next sweep.
    assert_eq!(world.depot().iter().filter(|path| path.to_string_lossy().contains("xorbs")).count(), 2);
    let first = world.depot();
    publish::receive_basic(&world.commons, &transfer, body(&bytes, 40)).await.unwrap();
    let again: u64 = world
        .depot()
        .iter()
        .filter(|path| !first.contains(path))
        .map(|path| path.metadata().unwrap().len())
        .sum();
    assert!(again < (BYTES - 15 * PIECE) as u64, "{again} bytes were stored anew");

    let mut draft = world.draft().await;
    draft.put_large("w.bin".into(), transfer_sum(&bytes), None).unwrap();
    finish(draft, "weights").await.unwrap();
    world.assert_sound().await;
}

fn transfer_sum(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

#[tokio::test]
async fn days_on_the_way_are_no_matter_as_long_as_bytes_come() {
    let world = World::new().await;
    let bytes = noise();
    let transfer = open(&world, &bytes).await;
    let slow = body(&bytes, 40).inspect(|_| world.wait(DAY / 80));
    publish::receive_basic(&world.commons, &transfer, slow).await.unwrap();
    world.assert_sound().await;
}

#[tokio::test]
async fn a_xorb_that_waited_for_its_row_too_long_is_not_recorded() {
    let world = World::new().await;
    let bytes = noise();
    let transfer = open(&world, &bytes).await;
    let slow = body(&bytes, 40).inspect(|_| world.wait(DAY / 10));
    let refused = publish::receive_basic(&world.commons, &transfer, slow).await;
    assert!(matches!(refused, Err(Refusal::Slow(_))), "{refused:?}");
    world.assert_sound().await;
}

#[tokio::test]
async fn a_token_that_is_revoked_ends_the_upload_on_its_way() {
    let world = World::new().await;
    let bytes = noise();
    let transfer = open(&world, &bytes).await;
    let db = world.commons.database().clone();
    let now = world.commons.now();
    let id = world.actor.token.0.clone();
    let (taken, count) = (std::sync::atomic::AtomicUsize::new(0), std::sync::atomic::Ordering::Relaxed);
    let watched = body(&bytes, 40).then(|piece| async {
        if taken.fetch_add(1, count) == 2 {
            assert!(admin::revoke_token(&db, &id, now).await.is_ok());
        }
        piece
    });
    let refused = publish::receive_basic(&world.commons, &transfer, watched).await;
    assert!(matches!(refused, Err(Refusal::BadToken)), "{refused:?}");
    // Long before the last piece.
    assert!(taken.load(count) < 39);
}
