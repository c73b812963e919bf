//! Works as they were one after the other. What is built upon is a version of a work, not all that the work will ever be: one that
//! takes up a younger work does so from then on, and what was used before is not owed to it.

use std::ops::Range;

use super::graph::Derivation;
use super::kind::Kind;

/// A work builds upon another, for a while: both by their numbers in the list of works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// What was made.
    pub child: u32,
    /// What it builds upon.
    pub parent: u32,
    /// In which way.
    pub kind: Kind,
    /// Since when, in the unit of the works' moments.
    pub since: i64,
    /// Until when, if it does so no longer.
    pub until: Option<i64>,
}

impl Span {
    fn is_at(&self, moment: i64) -> bool {
        self.since <= moment && self.until.is_none_or(|until| moment < until)
    }
}

/// The versions of works, those of each work one after the other.
#[derive(Clone, Debug)]
pub struct Versions {
    /// The work of each version, by number.
    of: Vec<u32>,
    /// When each came about.
    since: Vec<i64>,
    /// The number of each work's first version, and how many there are in all.
    first: Vec<u32>,
}

/// Versions of one work: of one that has more, the first and the last are kept, and what changed in between counts from the next of these.
const VERSIONS_MAX: usize = 32;

fn bounded(changes: &[(u32, i64)]) -> impl Iterator<Item = (u32, i64)> {
    let last = changes.len().saturating_sub(VERSIONS_MAX - 1).max(1);
    changes.iter().take(1).chain(changes.iter().skip(last)).copied()
}

impl Versions {
    /// For works that came about at these moments, and what they build upon. A version ends where that changes.
    pub fn of(created: &[i64], spans: &[Span]) -> Versions {
        let mut changes: Vec<(u32, i64)> = spans
            .iter()
            .flat_map(|span| [Some(span.since), span.until].into_iter().flatten().map(|at| (span.child, at)))
            .filter(|(work, at)| created.get(*work as usize).is_some_and(|created| at > created))
            .chain((0..).zip(created.iter().copied()))
            .collect();
        changes.sort_unstable();
        changes.dedup();
        let changes = changes.chunk_by(|a, b| a.0 == b.0).flat_map(bounded);
        let (of, since): (Vec<u32>, Vec<i64>) = changes.into_iter().unzip();
        let works = 0..=u32::try_from(created.len()).unwrap_or(u32::MAX);
        let first = works.map(|work| of.partition_point(|one| *one < work) as u32).collect();
        Versions { of, since, first }
    }

    /// How many there are in all.
    pub fn count(&self) -> usize {
        self.of.len()
    }

    /// The versions of a work.
    pub fn of_work(&self, work: u32) -> Range<u32> {
        let at = |work: u32| self.first.get(work as usize).copied().unwrap_or(self.of.len() as u32);
        at(work)..at(work.saturating_add(1))
    }

    /// The work that a version is one of.
    pub fn work(&self, version: u32) -> u32 {
        self.of[version as usize]
    }

    /// When a version came about.
    pub fn since(&self, version: u32) -> i64 {
        self.since[version as usize]
    }

    /// The version of a work that was there at a moment.
    pub fn at(&self, work: u32, moment: i64) -> Option<u32> {
        let Range { start, end } = self.of_work(work);
        let there = self.since[start as usize..end as usize].partition_point(|since| *since <= moment) as u32;
        (there > 0).then(|| start + there - 1)
    }

    /// What each version builds upon: the version of the other that was there when this was first said, or, where there was none
    /// yet, when this version came about. What was not there by then, nobody built upon.
    pub fn derivations(&self, spans: &[Span]) -> Vec<Derivation> {
        let mut all = Vec::with_capacity(spans.len());
        for span in spans {
            for child in self.of_work(span.child).filter(|version| span.is_at(self.since(*version))) {
                let parent =
                    self.at(span.parent, span.since).or_else(|| self.at(span.parent, self.since(child)));
                all.extend(parent.map(|parent| Derivation { child, parent, kind: span.kind }));
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(child: u32, parent: u32, since: i64, until: Option<i64>) -> Span {
        Span { child, parent, kind: Kind::Finetune, since, until }
    }

    fn edges(versions: &Versions, spans: &[Span]) -> Vec<(u32, u32)> {
        versions.derivations(spans).into_iter().map(|edge| (edge.child, edge.parent)).collect()
    }

    #[test]
    fn a_work_that_never_changed_is_one_version() {
        let spans = [span(1, 0, 20, None)];
        let versions = Versions::of(&[10, 20], &spans);
        assert_eq!(versions.count(), 2);
        assert_eq!(edges(&versions, &spans), [(1, 0)]);
        assert_eq!([9, 10, 99].map(|at| versions.at(0, at)), [None, Some(0), Some(0)]);
        assert_eq!(versions.of_work(7), 2..2, "no such work");
    }

    #[test]
    fn what_is_older_may_take_up_what_is_younger() {
        // The first came first and takes up the second, for a while.
        let spans = [span(0, 1, 30, Some(40))];
        let versions = Versions::of(&[10, 20], &spans);
        let all: Vec<(u32, i64)> =
            (0..versions.count() as u32).map(|one| (versions.work(one), versions.since(one))).collect();
        assert_eq!(all, [(0, 10), (0, 30), (0, 40), (1, 20)]);
        assert_eq!(edges(&versions, &spans), [(1, 3)], "neither before nor after");
        assert_eq!([29, 30, 40].map(|at| versions.at(0, at)), [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn a_work_that_changes_all_the_time_has_a_bound() {
        let spans: Vec<Span> = (0..100).map(|n| span(1, 0, 20 + n, Some(21 + n))).collect();
        let versions = Versions::of(&[10, 15], &spans);
        assert_eq!(versions.of_work(1).len(), VERSIONS_MAX);
        assert_eq!((versions.since(1), versions.at(1, 500)), (15, Some(VERSIONS_MAX as u32)));
        assert_eq!(versions.since(VERSIONS_MAX as u32), 120, "the last are kept");
    }

    #[test]
    fn two_that_take_up_each_other_take_up_what_was_there() {
        let spans = [span(1, 0, 20, None), span(0, 1, 30, None)];
        let versions = Versions::of(&[10, 20], &spans);
        // The second upon the first as it was, and what the first became upon the second: no circle.
        assert_eq!(edges(&versions, &spans), [(2, 0), (1, 2)]);
    }

    #[test]
    fn what_was_named_before_it_was_there_counts_from_the_next_version_on() {
        let spans = [span(0, 1, 10, None), span(0, 2, 30, None)];
        let versions = Versions::of(&[10, 20, 5], &spans);
        assert_eq!(edges(&versions, &spans), [(1, 2), (1, 3)]);
    }
}
