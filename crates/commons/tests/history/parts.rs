//! Uploads in parts, when their parts and their end meet.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use seedcorn_commons::access::Propose;
use seedcorn_commons::publish::{self, BatchAnswer, LfsObject, OpenTransfer};
use seedcorn_commons::{Refusal, Result};
use seedcorn_core::digest::Sha256;
use sha2::Digest;

use crate::world::World;

/// What is sent at once.
fn body(bytes: &[u8]) -> impl futures_util::Stream<Item = std::io::Result<Bytes>> + use<> {
    stream::iter([Ok(Bytes::copy_from_slice(bytes))])
}

#[tokio::test]
async fn a_part_that_comes_after_the_end_is_told_so_and_leaves_nothing() {
    let world = World::new().await;
    let commons = &world.commons;
    let mut bytes = vec![0; (4 << 20) + 5];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    let object = LfsObject { sha256: Sha256(sha2::Sha256::digest(&bytes).into()), bytes: bytes.len() as u64 };
    let grant = world.grant::<Propose>().await;
    let answer = publish::batch(commons, &grant, &[object], true).await.unwrap().pop();
    let Some(BatchAnswer::Multipart { part_bytes, parts, complete }) = answer else { panic!("{answer:?}") };
    let open =
        async |sealed: &str| -> OpenTransfer { publish::open_transfer(commons, sealed).await.unwrap() };
    for (sealed, part) in parts.iter().zip(bytes.chunks(part_bytes as usize)) {
        publish::receive_part(commons, &open(sealed).await, body(part)).await.unwrap();
    }
    // The last part is sent once more, and while it is on its way the upload ends.
    let (last, end) = (open(parts.last().unwrap()).await, open(&complete).await);
    let late = stream::once(async {
        publish::complete_multipart(commons, &end, &BTreeMap::new()).await.unwrap();
        Ok::<_, std::io::Error>(Bytes::copy_from_slice(bytes.chunks(part_bytes as usize).last().unwrap()))
    });
    let told: Result<String> = publish::receive_part(commons, &last, late.boxed()).await;
    assert!(matches!(&told, Err(Refusal::NotFound(why)) if why.contains("finished")), "{told:?}");
    let left: Vec<_> = world
        .depot()
        .into_iter()
        .filter(|path| path.components().any(|part| part.as_os_str() == "parts"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    world.assert_sound().await;
}
