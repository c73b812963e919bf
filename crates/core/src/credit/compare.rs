//! What other ways to count would say of the same works: shown beside the credit, and never paid by.

use super::graph::Graph;
use super::walk::{Walk, settle};

/// PageRank with a uniform start: the share of each work, by number. Anybody can raise their own by adding works, so it is a
/// picture of links and nothing more.
pub fn page_rank(graph: &Graph, goes_on: f64, rounds: usize) -> Vec<f64> {
    let works = graph.len();
    let each = 1.0 / works.max(1) as f64;
    let home = vec![each; works];
    let rank = settle(&home, home.clone(), &Walk { goes_on, rounds, settled: 0.0 }, |rank, next| {
        let mut ends = 0.0;
        for (place, own) in (0_u32..).zip(rank) {
            let parents = graph.parents_of(place);
            if parents.is_empty() {
                ends += own;
            }
            for parent in parents {
                next[*parent as usize] += own / parents.len() as f64;
            }
        }
        ends
    });
    graph.places.iter().map(|place| rank[*place as usize]).collect()
}

/// The Shapley value of the game in which a work is worth its seed once all that it stands upon is there: each seed in equal
/// parts to the work and everything upstream of it. It shows who is invisible upstream, and can be raised by splitting works.
///
/// None where more than `steps` works would have to be looked at.
pub fn shapley(graph: &Graph, seeds: &[u64], steps: usize) -> Option<Vec<f64>> {
    let mut value = vec![0.0; graph.len()];
    let mut seen = vec![u32::MAX; graph.len()];
    let mut left = steps;
    for (work, seed) in
        (0_u32..).zip(seeds).filter(|(work, seed)| **seed > 0 && (*work as usize) < graph.len())
    {
        let place = graph.places[work as usize];
        let mut above = vec![place];
        seen[place as usize] = place;
        let mut next = 0;
        while let Some(own) = above.get(next).copied() {
            next += 1;
            left = left.checked_sub(1)?;
            for parent in graph.parents_of(own) {
                if std::mem::replace(&mut seen[*parent as usize], place) != place {
                    above.push(*parent);
                }
            }
        }
        let part = *seed as f64 / above.len() as f64;
        above.iter().for_each(|one| value[*one as usize] += part);
    }
    Some(graph.places.iter().map(|place| value[*place as usize]).collect())
}
