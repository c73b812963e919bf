//! Copies that do not say so: a hub knows them by their tensors.

use seedcorn_commons::access::{Grant, Propose, See, authorize};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{admin, browse, grade, publish};
use seedcorn_core::openness::{Component, Grade, Open, Profile};
use seedcorn_core::repo::RepoKind;

use crate::hub::{World, open_model_called, owned};
use crate::world::part;

/// Weights with a tensor that is long enough to be known again.
fn long_tensor() -> Vec<u8> {
    let data: Vec<u8> = (0..1024_u32).flat_map(|n| (n.wrapping_mul(2_654_435_761)).to_le_bytes()).collect();
    let header =
        format!("{{\"w\":{{\"dtype\":\"U32\",\"shape\":[1024],\"data_offsets\":[0,{}]}}}}", data.len());
    [&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &data].concat()
}

#[tokio::test]
async fn nobody_grants_more_of_tensors_than_those_who_had_them_first() {
    let world = World::new().await;
    let with = |yaml: &str| {
        let mut files = open_model_called("copy", yaml);
        files.retain(|(path, _)| *path != "model.safetensors");
        files.push(("model.safetensors", long_tensor()));
        files
    };
    world.make(RepoKind::Model, "first", &with("license: llama3.1")).await;
    // Somebody else's copy says Apache, and nothing of where it is from.
    let bob = admin::act_as(&world.commons, "bob").await.unwrap();
    let new = NewRepo {
        kind: RepoKind::Model,
        owner: Some("bob".into()),
        name: "copy".into(),
        private: Some(false),
        sdk: String::new(),
    };
    repo::create(&world.commons, &bob, new).await.unwrap();
    let grant: Grant<Propose> =
        authorize(&world.commons, Some(&bob), RepoKind::Model, "bob/copy").await.unwrap();
    publish::whole(&world.commons, &grant, "all of it", owned(&with("license: apache-2.0"))).await.unwrap();
    world.settle().await;
    let see: Grant<See> = authorize(&world.commons, None, RepoKind::Model, "bob/copy").await.unwrap();
    let head = browse::revision(&world.commons, &see, "main").await.unwrap();
    let graded = grade::known(&world.commons, &see, &head.oid).await.unwrap().unwrap();
    let verdict = graded.usual();
    let license = part(&verdict, Component::Parameters).license.clone().unwrap();
    assert_eq!((license.terms.open, verdict.confirmed), (Open::No, Grade::Unclassified), "{license:?}");
    assert_eq!(graded.own_verdict(Profile::Mof).confirmed, Grade::III, "by its own terms");
}
