//! Large files forgotten for good, while others are at work.

use std::collections::BTreeSet;

use seedcorn_commons::Refusal;
use seedcorn_commons::access::Write;
use seedcorn_commons::publish;
use seedcorn_commons::publish::refs::{self, RefKind};

use crate::world::{World, finish};

#[tokio::test]
async fn what_was_begun_before_is_not_recorded_behind_it() {
    let world = World::new().await;
    let (gone, stays) = (world.send(vec![7; 30_000]).await, world.send(vec![8; 30_000]).await);
    let mut draft = world.draft().await;
    draft.put_large("a/secret.bin".into(), gone, None).unwrap();
    draft.put_large("other.bin".into(), stays, None).unwrap();
    let first = finish(draft, "Both").await.unwrap();
    // Somebody brings it to another place, and somebody else was at it before.
    let mut under_way = world.draft().await;
    under_way.put_large("b/again.bin".into(), gone, None).unwrap();
    let mut beside = world.draft().await;
    beside.put("note.txt".into(), b"beside".to_vec()).await.unwrap();
    let (grant, sums) = (world.grant::<Write>().await, BTreeSet::from([gone]));
    assert_eq!(publish::forget(&world.commons, &grant, &sums).await.unwrap(), 1);
    let refused = finish(under_way, "Again").await.unwrap_err();
    assert!(refused.to_string().contains("no file with SHA-256"), "{refused}");
    let refused = finish(beside, "Beside").await.unwrap_err();
    assert!(matches!(&refused, Refusal::Conflict(why) if why.contains("written anew")), "{refused}");
    // What it was cannot be named any more, and so nothing can be put on it.
    let grant = world.grant::<Write>().await;
    let at = first.to_string();
    let refused = refs::create(&world.commons, &grant, RefKind::Branch, "back", Some(&at)).await.unwrap_err();
    assert!(matches!(refused, Refusal::NoRevision(_)), "{refused}");
    let mut draft = world.draft().await;
    draft.put("note.txt".into(), b"goes on".to_vec()).await.unwrap();
    finish(draft, "Note").await.unwrap();
    world.assert_sound().await;
}

#[tokio::test]
async fn what_no_ref_leads_to_goes_too() {
    let world = World::new().await;
    let gone = world.send(vec![7; 30_000]).await;
    let mut draft = world.draft().await;
    draft.put_large("secret.bin".into(), gone, None).unwrap();
    let begun = finish(draft, "It").await.unwrap();
    let grant = world.grant::<Write>().await;
    refs::create(&world.commons, &grant, RefKind::Branch, "side", None).await.unwrap();
    let mut draft = world.draft_to("side").await;
    draft.put("note.txt".into(), b"beside".to_vec()).await.unwrap();
    let beside = finish(draft, "Beside").await.unwrap();
    refs::delete(&world.commons, &grant, RefKind::Branch, "side").await.unwrap();
    refs::annotate(&world.commons, &grant, "v1", "main", "First").await.unwrap();
    publish::forget(&world.commons, &world.grant::<Write>().await, &BTreeSet::from([gone])).await.unwrap();
    let grant = world.grant::<Write>().await;
    for oid in [begun, beside] {
        let at = oid.to_string();
        let refused =
            refs::create(&world.commons, &grant, RefKind::Branch, "back", Some(&at)).await.unwrap_err();
        assert!(matches!(refused, Refusal::NoRevision(_)), "{refused}");
    }
    let tags = refs::list(&world.commons, &grant.lower().unwrap()).await.unwrap();
    let tag = tags.iter().find(|row| row.name == "refs/tags/v1").unwrap();
    assert_ne!(tag.object(), tag.target, "it is an annotated tag as before");
    world.assert_sound().await;
}
