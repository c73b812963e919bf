//! What follows from a publication is done soon after it, once, and again if it came to nothing.

use seedcorn_commons::list::{self, Query};
use seedcorn_commons::{jobs, repo};
use seedcorn_core::id::RepoId;
use seedcorn_core::parameters::Range;
use seedcorn_db::jobs as rows;

use crate::world::{World, finish};

/// A safetensors file of one tensor with so many numbers.
fn weights(numbers: usize) -> Vec<u8> {
    let header = format!(r#"{{"w":{{"dtype":"U8","shape":[{numbers}],"data_offsets":[0,{numbers}]}}}}"#);
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes());
    file.resize(file.len() + numbers, 7);
    file
}

async fn publish(world: &World, file: Vec<u8>) {
    let mut draft = world.draft().await;
    draft.put("model.safetensors".to_owned(), file).await.unwrap();
    finish(draft, "weights").await.unwrap();
}

async fn sized(world: &World, min: u64, max: u64) -> usize {
    let query = Query { parameters: Some(Range { min, max }), limit: 9, ..Query::default() };
    list::list(&world.commons, Some(&world.actor), &query).await.unwrap().items.len()
}

#[tokio::test]
async fn models_are_measured_when_they_change() {
    let world = World::new().await;
    while jobs::run_due(&world.commons).await.unwrap() > 0 {}
    assert_eq!(sized(&world, 0, u64::MAX).await, 0);
    publish(&world, weights(700)).await;
    publish(&world, weights(1000)).await;
    assert_eq!(sized(&world, 0, u64::MAX).await, 0, "nobody waited for it");
    assert_eq!(
        jobs::run_due(&world.commons).await.unwrap(),
        7,
        "looked into, its signatures looked at, measured, graded, told to those that name it, traced, and weighed: asked for twice, done once"
    );
    assert_eq!((sized(&world, 1000, 1000).await, sized(&world, 0, 999).await), (1, 0));
    assert_eq!(jobs::run_due(&world.commons).await.unwrap(), 0);
    publish(&world, b"no weights at all".to_vec()).await;
    assert_eq!(jobs::run_due(&world.commons).await.unwrap(), 7);
    assert_eq!(sized(&world, 0, u64::MAX).await, 0);
}

#[tokio::test]
async fn a_job_of_a_repo_that_is_gone_is_over() {
    let world = World::new().await;
    publish(&world, weights(9)).await;
    repo::delete(&world.commons, &world.grant().await).await.unwrap();
    assert!(jobs::run_due(&world.commons).await.unwrap() > 0);
    let mut tx = world.commons.database().read().await.unwrap();
    assert_eq!(rows::count(&mut tx, 0).await.unwrap(), (0, 0));
}

#[tokio::test]
async fn what_nobody_here_knows_is_left_to_others() {
    let world = World::new().await;
    while jobs::run_due(&world.commons).await.unwrap() > 0 {}
    let (id, now): (&RepoId, _) = (&world.repo, world.commons.now());
    let mut tx = world.commons.database().write().await.unwrap();
    rows::ask(&mut tx, "dance", id, now).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(jobs::run_due(&world.commons).await.unwrap(), 0);
    let mut tx = world.commons.database().read().await.unwrap();
    assert_eq!(rows::count(&mut tx, 1).await.unwrap(), (1, 0), "it was not begun");
}
