//! Where somebody ends up who follows links at random and now and then begins again at home: PageRank (Page, Brin, Motwani &
//! Winograd 1999), personalised by what home is.

/// How a walk goes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Walk {
    /// The part that goes on along links; the rest begins again at home.
    pub goes_on: f64,
    /// At most so many rounds.
    pub rounds: usize,
    /// No more rounds once all places together change by less than this.
    pub settled: f64,
}

/// Links between places that are spoken of by numbers, each with its part of what goes on from where it begins.
#[derive(Clone, PartialEq, Debug)]
pub struct Links {
    /// From, to, and the part.
    parts: Vec<(u32, u32, f64)>,
    /// Places that no link begins at.
    ends: Vec<u32>,
}

impl Links {
    /// Of weights above nothing, in the order that is given: the same order comes to the same bits. Two links between the same
    /// places add up.
    pub fn new(places: usize, mut weighed: Vec<(u32, u32, f64)>) -> Links {
        let mut out = vec![0.0_f64; places];
        weighed.iter().for_each(|(from, _, weight)| out[*from as usize] += weight);
        weighed.iter_mut().for_each(|(from, _, weight)| *weight /= out[*from as usize]);
        let ends = (0_u32..).zip(&out).filter(|(_, sum)| **sum == 0.0).map(|(place, _)| place).collect();
        Links { parts: weighed, ends }
    }

    /// The part of each place in a walk. `home` comes to one; what comes to an end begins again at home.
    pub fn walk(&self, home: &[f64], start: Vec<f64>, how: &Walk) -> Vec<f64> {
        settle(home, start, how, |rank, next| {
            for (from, to, part) in &self.parts {
                next[*to as usize] += rank[*from as usize] * part;
            }
            self.ends.iter().map(|end| rank[*end as usize]).sum()
        })
    }
}

/// Goes on until nothing changes any more. `spread` adds to the next rank what each place gives to others, and tells how much
/// lies where nothing goes on.
pub(super) fn settle(
    home: &[f64],
    start: Vec<f64>,
    how: &Walk,
    mut spread: impl FnMut(&[f64], &mut [f64]) -> f64,
) -> Vec<f64> {
    let mut rank = start;
    for _ in 0..how.rounds {
        let mut next = vec![0.0; rank.len()];
        let ends = spread(&rank, &mut next);
        for (next, home) in next.iter_mut().zip(home) {
            *next = how.goes_on * (*next + ends * home) + (1.0 - how.goes_on) * home;
        }
        let change: f64 = next.iter().zip(&rank).map(|(now, before)| (now - before).abs()).sum();
        rank = next;
        if change < how.settled {
            break;
        }
    }
    rank
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_of_three() {
        // Home is 0, which leads to 1 and, three times as often, to 2; both lead nowhere.
        let links = Links::new(3, vec![(0, 1, 1.0), (0, 2, 3.0)]);
        let how = Walk { goes_on: 0.5, rounds: 200, settled: 0.0 };
        let rank = links.walk(&[1.0, 0.0, 0.0], vec![1.0, 0.0, 0.0], &how);
        // x = 1/2 (1 - x) + 1/2.
        for (here, exact) in rank.iter().zip([2.0 / 3.0, 1.0 / 12.0, 1.0 / 4.0]) {
            assert!((here - exact).abs() < 1e-15, "{rank:?}");
        }
        let once = links.walk(&[1.0, 0.0, 0.0], vec![1.0, 0.0, 0.0], &Walk { settled: 9.0, ..how });
        assert_eq!(once, [0.5, 0.125, 0.375], "a change that is small enough ends it");
    }
}
