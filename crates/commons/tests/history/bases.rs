//! Where histories parted, against what follows from the words alone.

use std::collections::BTreeSet;

use seedcorn_commons::access::See;
use seedcorn_commons::changes;
use seedcorn_core::digest::Oid;
use seedcorn_db::git::{self, Commit};

use crate::world::World;

fn oid(n: usize) -> Oid {
    format!("{n:040x}").parse().unwrap()
}

/// Commits with up to two parents each, as a generator of numbers has it.
fn grown(seed: u64, count: usize) -> Vec<Vec<usize>> {
    let mut state = seed;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 33) as usize % below
    };
    (0..count)
        .map(|n| {
            let parents: BTreeSet<usize> = match n {
                0 => BTreeSet::new(),
                // Near ones: so that lines cross.
                _ => (0..=next(2)).map(|_| n - 1 - next(n.min(4))).collect(),
            };
            parents.into_iter().collect()
        })
        .collect()
}

fn ancestors(graph: &[Vec<usize>], from: usize) -> BTreeSet<usize> {
    let (mut seen, mut left) = (BTreeSet::new(), vec![from]);
    while let Some(n) = left.pop() {
        if seen.insert(n) {
            left.extend(&graph[n]);
        }
    }
    seen
}

#[tokio::test]
async fn bases_are_the_common_commits_that_lead_to_no_other() {
    let mut several = 0;
    for seed in 0..6 {
        let (world, graph) = (World::new().await, grown(seed, 40));
        let mut generations: Vec<i64> = Vec::new();
        let mut commits = Vec::new();
        for (n, parents) in graph.iter().enumerate() {
            let generation = 1 + parents.iter().map(|&parent| generations[parent]).max().unwrap_or(0);
            generations.push(generation);
            let parents: Vec<Oid> = parents.iter().map(|&parent| oid(parent)).collect();
            let text = ("a".to_owned(), format!("{n}"));
            commits.push(Commit::new(oid(n), oid(1 << 40), &parents, generation, text, world.commons.now()));
        }
        let mut tx = world.commons.database().write().await.unwrap();
        git::add_commits(&mut tx, &world.repo, &commits).await.unwrap();
        tx.commit().await.unwrap();
        let see = world.grant::<See>().await;
        for first in (0..40).step_by(3) {
            for second in (0..40).step_by(4) {
                let (of_first, of_second) = (ancestors(&graph, first), ancestors(&graph, second));
                let both: BTreeSet<usize> = of_first.intersection(&of_second).copied().collect();
                let below: BTreeSet<usize> =
                    both.iter().flat_map(|&n| graph[n].iter()).flat_map(|&n| ancestors(&graph, n)).collect();
                let expected: BTreeSet<Oid> = both.difference(&below).map(|&n| oid(n)).collect();
                let bases = changes::merge_bases(&world.commons, &see, &commits[first], &commits[second]);
                let bases = bases.await.unwrap();
                let found: BTreeSet<Oid> = bases.found.iter().map(|commit| commit.oid).collect();
                assert_eq!((found, bases.all), (expected, true), "{seed}: {first} and {second}");
                several += usize::from(bases.found.len() > 1);

                let pair = (&commits[first], &commits[second]);
                let (ahead, whole) = changes::ahead(&world.commons, &see, pair, 100).await.unwrap();
                let ahead: BTreeSet<Oid> = ahead.iter().map(|commit| commit.oid).collect();
                let expected: BTreeSet<Oid> = of_first.difference(&of_second).map(|&n| oid(n)).collect();
                assert_eq!((ahead, whole), (expected, true), "{seed}: {first} without {second}");
            }
        }
    }
    assert!(several > 20, "only {several} had several");
}

#[tokio::test]
async fn what_others_push_beside_it_is_not_in_the_way() {
    let world = World::new().await;
    let now = world.commons.now();
    let commit = |n: usize, parent: usize, generation| {
        Commit::new(oid(n), oid(1 << 40), &[oid(parent)], generation, ("a".into(), "m".into()), now)
    };
    let root = Commit::new(oid(1), oid(1 << 40), &[], 1, ("a".into(), "m".into()), now);
    let mut commits = vec![root, commit(2, 1, 2), commit(3, 2, 3), commit(4, 2, 3)];
    // More than are walked, all of them younger than where the two parted.
    commits.extend((0..12_000).map(|n| commit(100 + n, 2, 3)));
    let mut tx = world.commons.database().write().await.unwrap();
    for some in commits.chunks(1000) {
        git::add_commits(&mut tx, &world.repo, some).await.unwrap();
    }
    tx.commit().await.unwrap();
    let see = world.grant::<See>().await;
    let bases = changes::merge_bases(&world.commons, &see, &commits[2], &commits[3]).await.unwrap();
    let found: Vec<Oid> = bases.found.iter().map(|commit| commit.oid).collect();
    assert_eq!((found, bases.all), (vec![oid(2)], true));
}
