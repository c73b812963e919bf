//! The flow's proved properties, each tried on many graphs.

use proptest::prelude::*;

use super::*;

fn kind() -> impl Strategy<Value = Kind> {
    prop::sample::select(Kind::ALL.to_vec())
}

/// Graphs with circles in time, equal moments, own citations and edges told twice.
fn world() -> impl Strategy<Value = World> {
    (2_usize..40).prop_flat_map(|n| {
        let works = prop::collection::vec((0_u32..12, 0_i64..8), n);
        let edges = prop::collection::vec((0..n as u32, 0..n as u32, kind()), 0..120);
        let seeds = prop::collection::vec(prop_oneof![Just(0), 0_u64..1_000_000_000], n);
        (works, edges, seeds).prop_map(|(works, edges, seeds)| World {
            works: (0..)
                .zip(works)
                .map(|(n, (controller, created))| (format!("w{n:03}"), controller, created))
                .collect(),
            edges: edges
                .into_iter()
                .map(|(child, parent, kind)| Derivation { child, parent, kind })
                .collect(),
            seeds,
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn nothing_is_made_or_lost(world in world()) {
        prop_assert_eq!(world.credit().iter().sum::<u64>(), world.seeds.iter().sum::<u64>());
    }

    #[test]
    fn the_order_of_what_is_told_is_nothing(world in world(), turn in 0_usize..40) {
        let n = world.works.len();
        let moved = |work: u32| ((work as usize + turn) % n) as u32;
        let mut other = world.clone();
        for at in 0..n {
            other.works[moved(at as u32) as usize] = world.works[at].clone();
            other.seeds[moved(at as u32) as usize] = world.seeds[at];
        }
        other.edges = world.edges.iter().rev().map(|edge| Derivation {
            child: moved(edge.child), parent: moved(edge.parent), kind: edge.kind
        }).collect();
        let (one, two) = (world.credit(), other.credit());
        for at in 0..n {
            prop_assert_eq!(one[at], two[moved(at as u32) as usize]);
        }
    }

    #[test]
    fn fakes_gain_nothing(
        world in world(),
        fakes in prop::collection::vec((100_u32..110, prop_oneof![Just(3_i64), Just(99_i64)]), 1..20),
        links in prop::collection::vec((any::<u32>(), any::<u32>(), kind()), 0..80),
    ) {
        let before = world.credit();
        let mut attacked = world.clone();
        let honest = world.works.len() as u32;
        for (controller, created) in &fakes {
            attacked.add(*controller, *created, 0);
        }
        let all = attacked.works.len() as u32;
        // Links inside the fakes and out of them; honest works build upon none.
        for (from, to, kind) in links {
            attacked.edge(honest + from % (all - honest), to % all, kind);
        }
        let after = attacked.credit();
        prop_assert_eq!(&after[..honest as usize], &before[..]);
        prop_assert!(after[honest as usize..].iter().all(|keeps| *keeps == 0));
    }

    #[test]
    fn more_use_of_one_takes_from_nobody(world in world(), at in any::<prop::sample::Index>(), more in 1_u64..1_000_000) {
        let before = world.credit();
        let mut used = world.clone();
        used.seeds[at.index(world.works.len())] += more;
        // But for the units that rounding gives to one or the other.
        let parents = world.edges.len() as u64 + 1;
        for (before, after) in before.iter().zip(used.credit()) {
            prop_assert!(after + parents >= *before, "{after} {before}");
        }
    }

    #[test]
    fn a_change_is_mended_as_if_all_had_flowed_again(
        world in world(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_u64..1_000_000), 1..8),
    ) {
        let (graph, _) = world.graph();
        let mut flow = run(&graph, &world.seeds);
        let mut seeds = world.seeds.clone();
        for (at, seed) in changes {
            let at = at.index(seeds.len());
            seeds[at] = seed;
            let before = flow.clone();
            let changed = flow.reseed(&graph, at as u32, seed);
            prop_assert_eq!(&flow, &run(&graph, &seeds));
            for work in 0..seeds.len() as u32 {
                prop_assert!(changed.contains(&work) || before.reached(&graph, work) == flow.reached(&graph, work));
            }
        }
    }

    #[test]
    fn every_unit_is_explained(world in world(), at in any::<prop::sample::Index>(), more in 0_u32..4) {
        let (graph, _) = world.graph();
        let flow = run(&graph, &world.seeds);
        let first = at.index(world.works.len()) as u32;
        let versions = first..(first + 1 + more).min(world.works.len() as u32);
        let why = explain(&graph, &flow, versions.clone());
        let sum = |all: &[Inflow]| all.iter().map(|one| one.amount).sum::<u64>();
        let reached: u64 = versions.clone().map(|version| flow.reached(&graph, version)).sum();
        prop_assert_eq!(why.keeps, versions.map(|version| flow.keeps(&graph, version)).sum::<u64>());
        prop_assert_eq!(why.seed + sum(&why.from), reached);
        prop_assert_eq!(why.keeps + sum(&why.to), reached);
        prop_assert_eq!(why.sources.iter().map(|one| one.amount).sum::<u64>(), why.keeps);
        for source in &why.sources {
            prop_assert!(world.seeds[source.work as usize] > 0);
        }
    }

    #[test]
    fn credit_comes_by_ways_that_were_told(world in world(), at in any::<prop::sample::Index>()) {
        let world = world.apart();
        let (graph, _) = world.graph();
        let flow = run(&graph, &world.seeds);
        let work = at.index(world.works.len()) as u32;
        let told = |way: &[u32]| {
            let is_told = |edge: &Derivation| (edge.child, edge.parent) == (way[0], way[1]);
            world.edges.iter().any(is_told)
        };
        for source in explain(&graph, &flow, work..work + 1).sources {
            let ends: &[u32] = if source.work == work { &[] } else { &[work] };
            let way = [&[source.work], &source.along[..], ends].concat();
            prop_assert!(way.windows(2).all(told), "{:?} to {}", way, work);
        }
    }

    #[test]
    fn what_two_uses_bring_is_what_each_brings(world in world(), cut in 0_u64..=100) {
        let (graph, _) = world.graph();
        let of = |seeds: &[u64]| -> Vec<u64> {
            let flow = run(&graph, seeds);
            (0..seeds.len() as u32).map(|work| flow.keeps(&graph, work)).collect()
        };
        let first: Vec<u64> = world.seeds.iter().map(|seed| seed / 100 * cut).collect();
        let rest: Vec<u64> = world.seeds.iter().zip(&first).map(|(all, first)| all - first).collect();
        let (all, first, rest) = (of(&world.seeds), of(&first), of(&rest));
        for n in 0..all.len() {
            prop_assert!(all[n].abs_diff(first[n] + rest[n]) <= world.rounding(), "{n}");
        }
    }

    #[test]
    fn what_is_far_is_moved_little(world in world(), at in any::<prop::sample::Index>(), more in 1_u64..1_000_000_000) {
        let world = world.apart();
        let (graph, _) = world.graph();
        let at = at.index(world.works.len());
        let before = run(&graph, &world.seeds);
        let mut seeds = world.seeds.clone();
        seeds[at] += more;
        let after = run(&graph, &seeds);
        // Steps from the work to what it builds upon, the fewest.
        let mut steps = vec![None; seeds.len()];
        steps[at] = Some(0_i32);
        for _ in 0..seeds.len() {
            for edge in &world.edges {
                if let Some(one) = steps[edge.child as usize] {
                    let further = steps[edge.parent as usize].map_or(one + 1, |known: i32| known.min(one + 1));
                    steps[edge.parent as usize] = Some(further);
                }
            }
        }
        for work in 0..seeds.len() as u32 {
            let moved = before.reached(&graph, work).abs_diff(after.reached(&graph, work));
            let most = steps[work as usize].map_or(0.0, |steps| more as f64 * 0.9_f64.powi(steps));
            prop_assert!(moved as f64 <= most + world.rounding() as f64, "{work}: {moved} of {most}");
        }
    }

    #[test]
    fn whoever_brings_no_use_gains_nothing_by_what_they_say(world in world(), liars in 1_u32..6) {
        // Works of some have no use; whatever these say that they build upon, together they keep no more than if they said nothing.
        let mut world = world;
        (0_i64..).zip(&mut world.works).for_each(|(n, work)| work.2 = n);
        let lies = |world: &World, work: u32| world.works[work as usize].1 < liars;
        for n in 0..world.seeds.len() {
            if lies(&world, n as u32) {
                world.seeds[n] = 0;
            }
        }
        let mut silent = world.clone();
        silent.edges.retain(|edge| !lies(&world, edge.child));
        let kept = |of: &World| (0..liars).map(|liar| of.of(liar)).sum::<u64>();
        let (with, without) = (kept(&world), kept(&silent));
        prop_assert!(with <= without + world.rounding(), "{with} {without}");
    }

    #[test]
    fn splitting_a_work_gains_nothing(world in world(), pieces in 2_usize..6) {
        // A work of a controller of its own, used by honest works; then the same in pieces that are all cited.
        let mut whole = world.clone();
        whole.works.iter_mut().for_each(|work| work.2 += 1);
        let one = whole.add(500, 0, 0);
        let users: Vec<u32> = (0..world.works.len() as u32).step_by(3).collect();
        users.iter().for_each(|user| whole.edge(*user, one, Kind::Finetune));
        let mut split = whole.clone();
        for _ in 1..pieces {
            let piece = split.add(500, 0, 0);
            users.iter().for_each(|user| split.edge(*user, piece, Kind::Finetune));
        }
        let (before, after) = (whole.of(500), split.of(500));
        let units = (whole.edges.len() * pieces) as u64;
        prop_assert!(before.abs_diff(after) <= units, "{before} {after}: more than rounding");
    }

    #[test]
    fn works_of_ones_own_in_between_change_nothing(world in world()) {
        // An honest work builds upon v; v is then published through versions of its own.
        let mut plain = world.clone();
        plain.works.iter_mut().for_each(|work| work.2 += 10);
        let base = plain.add(600, 0, 0);
        let v = plain.add(601, 9, 0);
        plain.edge(v, base, Kind::Finetune);
        let user = plain.add(602, 30, 1_000_000);
        plain.edge(user, v, Kind::Finetune);
        let mut chained = plain.clone();
        chained.edges.retain(|edge| edge.child != v);
        let inner = chained.add(601, 5, 0);
        chained.edge(inner, base, Kind::Finetune);
        chained.edge(v, inner, Kind::Quantized);
        for controller in [600, 601, 602] {
            prop_assert_eq!(plain.of(controller), chained.of(controller));
        }
    }
}
