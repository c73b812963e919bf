//! Clients keep what they learned of the store for weeks and refer to it without asking again.

use seedcorn_commons::access::{Admin, Propose, Read};
use seedcorn_commons::repo::Settings;
use seedcorn_commons::{Refusal, repo, xet};
use seedcorn_core::access::{Actor, FineScope, Scope};

use crate::world::{Parts, World, noise, parts, sha256};

async fn shut(world: &World) {
    let grant = world.grant::<Admin>(&world.alice, "alice/open").await;
    repo::set(&world.commons, &grant, Settings { private: Some(true), gated: None }).await.unwrap();
}

/// Taken apart by the hub, which then answers for the first chunk.
async fn published(world: &World, bytes: &[u8]) -> Parts {
    world.send_lfs(&world.alice, "alice/open", bytes).await;
    world.commit(&world.alice, "alice/open", sha256(bytes)).await.unwrap();
    parts(bytes)
}

#[tokio::test]
async fn what_an_answer_named_can_be_referred_to_after_its_repo_was_shut() {
    let world = World::new().await;
    let bytes = noise(20, 400_000);
    let parts = published(&world, &bytes).await;
    let propose = world.grant::<Propose>(&world.bob, "bob/hidden").await;
    let first = parts.index.sized_chunks().next().unwrap().0;
    let answer = xet::dedup(&world.commons, &propose, first).await.unwrap();
    assert_eq!(
        xet::dedup(&world.commons, &propose, first).await.unwrap(),
        answer,
        "the same bytes each time"
    );
    shut(&world).await;
    // A new question is answered as to anybody who may not read it; the answer that he has still counts.
    assert!(matches!(xet::dedup(&world.commons, &propose, first).await, Err(Refusal::NotFound(_))));
    world.send_shard(&world.bob, "bob/hidden", &parts.file).await.unwrap();
    world.commit(&world.bob, "bob/hidden", sha256(&bytes)).await.unwrap();
    assert!(world.read(&world.bob, "bob/hidden").await == bytes);
}

#[tokio::test]
async fn who_was_told_nothing_refers_to_nothing() {
    let world = World::new().await;
    let bytes = noise(21, 400_000);
    let parts = published(&world, &bytes).await;
    let first = parts.index.sized_chunks().next().unwrap().0;
    // What was told to a narrow token counts for its repo, and for its member's whole token.
    let open = world.grant::<Read>(&world.bob, "bob/open").await.repo().id.clone();
    let narrow = Actor {
        scope: Scope::Fine(vec![FineScope { repo: open, role: "write".into() }]),
        ..world.bob.clone()
    };
    let propose = world.grant::<Propose>(&narrow, "bob/open").await;
    shut(&world).await;
    assert!(xet::dedup(&world.commons, &propose, first).await.is_err());
    for (actor, repo) in [(&narrow, "bob/open"), (&world.bob, "bob/hidden")] {
        let refusal = world.send_shard(actor, repo, &parts.file).await.unwrap_err().to_string();
        assert!(refusal.contains("were not sent") && refusal.contains("HF_XET_CACHE"), "{refusal}");
    }
}

#[tokio::test]
async fn whoever_may_refer_to_other_things_has_a_store_of_another_name() {
    let world = World::new().await;
    let name = async |actor: &Actor, repo: &str| {
        let grant = world.grant::<Propose>(actor, repo).await;
        let token = xet::write_token(&world.commons, &grant, false).unwrap();
        assert_eq!(xet::generation_of(&token.store), world.commons.generation());
        token.store
    };
    let whole = name(&world.alice, "alice/open").await;
    assert_eq!(name(&world.alice, "alice/hidden").await, whole, "one member, one cache");
    assert_ne!(name(&world.bob, "bob/open").await, whole);
    let mut lines = Vec::new();
    for repo in ["alice/open", "alice/hidden"] {
        let id = world.grant::<Read>(&world.alice, repo).await.repo().id.clone();
        lines.push(FineScope { repo: id, role: "write".into() });
    }
    let narrow = Actor { scope: Scope::Fine(lines), ..world.alice.clone() };
    let (one, other) = (name(&narrow, "alice/open").await, name(&narrow, "alice/hidden").await);
    assert!(one != other && one != whole && other != whole);
}
