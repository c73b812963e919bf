//! How far an account is trusted: by whom it is reached from several panels of people who are, along who vouches for whom.
//!
//! From each panel a personalised PageRank is computed, and the least of them counts (Min-k-PPR, arXiv 1803.05001): whoever
//! wins over one panel wins nothing.

use super::walk::{Links, Walk};

/// How trust goes along vouchings: what is left after so many rounds is less than a part in ten million.
const WALK: Walk = Walk { goes_on: 0.85, rounds: 100, settled: 0.0 };

/// One member vouches for another, both by number.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Vouching {
    /// Who does.
    pub by: u32,
    /// For whom.
    pub of: u32,
}

/// How far each of so many members is trusted, in millionths: a typical member of the panels is trusted wholly. With no panel,
/// or where the panels do not reach each other, nobody is.
///
/// Only sums, products and quotients in a fixed order: the same on every machine.
pub fn trust(members: usize, vouchings: &[Vouching], panels: &[Vec<u32>]) -> Vec<u32> {
    let mut edges: Vec<Vouching> = vouchings.iter().copied().filter(|edge| edge.by != edge.of).collect();
    edges.retain(|edge| (edge.by.max(edge.of) as usize) < members);
    edges.sort_unstable();
    edges.dedup();
    let links = Links::new(members, edges.iter().map(|edge| (edge.by, edge.of, 1.0)).collect());
    let mut least: Option<Vec<f64>> = None;
    for panel in panels {
        let from = ranks(&links, members, panel);
        least = Some(match least {
            None => from,
            Some(so_far) => so_far.iter().zip(&from).map(|(a, b)| a.min(*b)).collect(),
        });
    }
    let Some(least) = least else { return vec![0; members] };
    let mut seated: Vec<u32> =
        panels.iter().flatten().copied().filter(|one| (*one as usize) < members).collect();
    seated.sort_unstable();
    seated.dedup();
    let mut typical: Vec<f64> =
        seated.iter().map(|one| least[*one as usize]).filter(|score| *score > 0.0).collect();
    typical.sort_by(f64::total_cmp);
    // What outsiders do cannot lower it, as it could the median of all.
    let Some(whole) = typical.get(typical.len() / 2) else { return vec![0; members] };
    least.iter().map(|score| ((score / whole).min(1.0) * 1e6) as u32).collect()
}

fn ranks(links: &Links, members: usize, panel: &[u32]) -> Vec<f64> {
    let mut seats = vec![0.0; members];
    let seated: Vec<u32> = panel.iter().copied().filter(|one| (*one as usize) < members).collect();
    for one in &seated {
        seats[*one as usize] += 1.0 / seated.len() as f64;
    }
    // Whoever vouches for nobody gives back to the panel.
    links.walk(&seats, seats.clone(), &WALK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vouchings(pairs: &[(u32, u32)]) -> Vec<Vouching> {
        pairs.iter().map(|(by, of)| Vouching { by: *by, of: *of }).collect()
    }

    #[test]
    fn one_captured_panel_lifts_nobody() {
        // 0 and 3 sit on one panel, 1 on another. 2 knows 0 and 1; of 3 nobody knows anything, and they vouch for 4 to 9.
        let mut pairs = vec![(0, 2), (1, 2), (2, 0), (2, 1)];
        pairs.extend((4..10).map(|fake| (3, fake)));
        let panels = [vec![0, 3], vec![1]];
        let alone = trust(10, &vouchings(&pairs), &panels[..1]);
        assert!(alone[4] > 0, "one panel is enough to be won over: {alone:?}");
        let both = trust(10, &vouchings(&pairs), &panels);
        assert!(both[..3].iter().all(|trust| *trust > 100_000), "{both:?}");
        assert_eq!(both[3..], [0; 7]);
    }

    #[test]
    fn fakes_that_vouch_for_each_other_come_to_no_more() {
        let mut pairs = vec![(0, 1), (1, 0), (0, 2), (1, 2), (2, 3)];
        let before = trust(60, &vouchings(&pairs), &[vec![0], vec![1]]);
        for fake in 4..60 {
            pairs.extend([(3, fake), (fake, 3)]);
        }
        let after = trust(60, &vouchings(&pairs), &[vec![0], vec![1]]);
        let crossing = before[2];
        let fakes: u32 = after[3..].iter().sum();
        assert!(
            fakes <= crossing * 6,
            "{fakes} of {crossing}: no more than the one vouching carries, over and over"
        );
        assert_eq!(trust(3, &[], &[]), [0, 0, 0]);
    }
}
