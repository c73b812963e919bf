//! The CD index: whether later works that use a work use what it stands upon as well (Funk & Owen-Smith 2017).

/// What later works say of one.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Disruption {
    /// Later works that use it and nothing that it stands upon.
    pub alone: u32,
    /// Later works that use both.
    pub both: u32,
    /// Later works that use what it stands upon, and not the work.
    pub around: u32,
}

impl Disruption {
    /// From -1, what consolidates, to 1, what makes its own past forgotten. None where nobody used either.
    pub fn index(self) -> Option<f64> {
        let all = self.alone + self.both + self.around;
        (all > 0).then(|| (f64::from(self.alone) - f64::from(self.both)) / f64::from(all))
    }

    /// The index times the number of works that use it.
    pub fn weighed(self) -> Option<f64> {
        Some(self.index()? * f64::from(self.alone + self.both))
    }
}

/// Counts the later works of a work, up to `window` after it. `uses` are pairs of who uses and who is used; what is no later
/// than the work counts nothing. None for a work that stands upon nothing: its index would be one whatever others do.
pub fn disruption(created: &[i64], uses: &[(u32, u32)], work: u32, window: i64) -> Option<Disruption> {
    let when = *created.get(work as usize)?;
    let mut sources: Vec<u32> = uses.iter().filter(|(by, _)| *by == work).map(|(_, of)| *of).collect();
    if sources.is_empty() {
        return None;
    }
    sources.sort_unstable();
    let is_later = |by: u32| {
        created.get(by as usize).is_some_and(|then| *then > when && *then <= when.saturating_add(window))
    };
    // Per later work whether it uses the work, and whether it uses what that stands upon.
    let mut later: Vec<(u32, bool)> = uses
        .iter()
        .filter(|(by, of)| is_later(*by) && (*of == work || sources.binary_search(of).is_ok()))
        .map(|(by, of)| (*by, *of == work))
        .collect();
    later.sort_unstable();
    later.dedup();
    let mut counts = Disruption { alone: 0, both: 0, around: 0 };
    for one in later.chunk_by(|a, b| a.0 == b.0) {
        match (one.iter().any(|(_, direct)| *direct), one.iter().any(|(_, direct)| !*direct)) {
            (true, true) => counts.both += 1,
            (true, false) => counts.alone += 1,
            (false, _) => counts.around += 1,
        }
    }
    Some(counts)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_papers_library() {
        let years = [1992, 1992, 1993, 1993, 1995, 1997, 1998, 1999, 1999, 1998, 1997];
        let uses = [
            (4, 2),
            (4, 0),
            (4, 1),
            (4, 3),
            (5, 2),
            (6, 2),
            (6, 4),
            (7, 4),
            (8, 4),
            (9, 4),
            (9, 1),
            (9, 3),
            (10, 4),
        ];
        let found = disruption(&years, &uses, 4, 5).unwrap();
        assert_eq!(found, Disruption { alone: 3, both: 2, around: 1 });
        assert!((found.index().unwrap() - 1.0 / 6.0).abs() < 1e-15);
        assert!((found.weighed().unwrap() - 5.0 / 6.0).abs() < 1e-15);
        assert_eq!(disruption(&years, &uses, 0, 5), None, "it stands upon nothing");
        let soon = disruption(&years, &uses, 4, 2).unwrap();
        assert_eq!(soon, Disruption { alone: 1, both: 0, around: 1 });
    }
}
