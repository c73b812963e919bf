//! Reading by name: what a revision means, and what it costs to ask how long a file is.

use seedcorn_commons::access::{Read, See, Write};
use seedcorn_commons::publish::refs::{self, RefKind};
use seedcorn_commons::{Refusal, browse, pull};
use seedcorn_core::digest::Oid;
use seedcorn_db::git;

use crate::world::{World, finish};

async fn put(world: &World, path: &str, bytes: &[u8]) -> Oid {
    let mut draft = world.draft().await;
    draft.put(path.into(), bytes.to_vec()).await.unwrap();
    finish(draft, "s").await.unwrap()
}

#[tokio::test]
async fn a_commit_id_means_the_commit_whatever_branches_are_called() {
    let world = World::new().await;
    let first = put(&world, "a.txt", b"one").await;
    let second = put(&world, "a.txt", b"two").await;
    // No such branch can be made any more; one may be there from before.
    let (lower, upper) = (first.to_string(), first.to_string().to_uppercase());
    let mut tx = world.commons.database().write().await.unwrap();
    for name in [&lower, &upper] {
        let name = format!("refs/heads/{name}");
        assert!(git::add_ref(&mut tx, &world.repo, &name, &second, world.commons.now()).await.unwrap());
    }
    tx.commit().await.unwrap();
    let see = world.grant::<See>().await;
    for name in [&lower, &upper] {
        assert_eq!(browse::revision(&world.commons, &see, name).await.unwrap().oid, first, "{name}");
        let whole = format!("refs/heads/{name}");
        assert_eq!(browse::revision(&world.commons, &see, &whole).await.unwrap().oid, second);
        refs::delete(&world.commons, &world.grant::<Write>().await, RefKind::Branch, name).await.unwrap();
    }
}

#[tokio::test]
async fn how_long_a_file_is_costs_none_of_its_bytes() {
    let world = World::new().await;
    let mut bytes = vec![0; 300_000];
    blake3::Hasher::new().finalize_xof().fill(&mut bytes);
    put(&world, "noise.txt", &bytes).await;
    // Damage in the middle of the pack, which is the middle of the file.
    let packs = world.depot().into_iter().filter(|path| path.extension().is_some_and(|kind| kind == "pack"));
    let packs: Vec<_> = packs.collect();
    let [pack] = &packs[..] else { panic!("{packs:?}") };
    let mut damaged = std::fs::read(pack).unwrap();
    let middle = damaged.len() / 2;
    damaged[middle..middle + 100].fill(0);
    std::fs::remove_file(pack).unwrap();
    std::fs::write(pack, damaged).unwrap();

    let world = world.reopen().await;
    let read = world.grant::<Read>().await;
    let found = pull::locate(&world.commons, &read, "main", "noise.txt", true).await.unwrap();
    assert_eq!(found.bytes, 300_000);
    let Err(refusal) = pull::stream(&world.commons, &found, 0..300_000).await else {
        panic!("it is damaged")
    };
    assert!(matches!(refusal, Refusal::Broken(_)), "{refusal:?}");
}
