//! What became of a release's openness from one revision to another.

use serde::{Deserialize, Serialize};

use super::component::Component;
use super::tally::Status;
use super::terms::Open;
use super::verdict::{Grade, Part, Verdict};

/// What happened to a part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It counted and does not any more.
    Lost,
    /// It counts less than before, or its terms hold something back that they did not; it did not count then either.
    Weakened,
    /// It counts as before, under other terms.
    Relicensed,
    /// It counts more than before, and does not count yet.
    Strengthened,
    /// It counts now and did not before.
    Gained,
}

impl What {
    /// As answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            What::Lost => "lost",
            What::Weakened => "weakened",
            What::Relicensed => "relicensed",
            What::Strengthened => "strengthened",
            What::Gained => "gained",
        }
    }
}

/// A part that is not what it was.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Change {
    /// The part.
    pub component: Component,
    /// What happened to it.
    pub what: What,
    /// How it counted.
    pub before: Status,
    /// How it counts.
    pub after: Status,
    /// Its terms then, by name.
    pub license_before: Option<String>,
    /// Its terms now.
    pub license_after: Option<String>,
}

/// What became of a release.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Difference {
    /// What was sure before.
    pub before: Grade,
    /// What is sure now.
    pub after: Grade,
    /// The parts that are not what they were, the losses first.
    pub changes: Vec<Change>,
}

impl Change {
    /// Its terms before and now, if they are what is different; of a part that is gone nobody asks.
    pub fn relicensed(&self) -> Option<(&str, &str)> {
        let differ = self.license_before != self.license_after;
        let there = self.before != Status::Missing && self.after != Status::Missing;
        (differ && there).then(|| {
            (
                self.license_before.as_deref().unwrap_or(NO_TERMS),
                self.license_after.as_deref().unwrap_or(NO_TERMS),
            )
        })
    }
}

/// What stands where nobody names any.
const NO_TERMS: &str = "no terms";

impl Difference {
    /// Between two verdicts by one profile.
    pub fn between(before: &Verdict, after: &Verdict) -> Difference {
        let mut changes: Vec<Change> = after
            .parts
            .iter()
            .filter_map(|now| {
                let then = before.parts.iter().find(|then| then.component == now.component);
                change(then, now)
            })
            .collect();
        changes.sort_by_key(|change| (change.what, change.component));
        Difference { before: before.confirmed, after: after.confirmed, changes }
    }

    /// Whether something was lost: the grade, or a part that counted.
    pub fn is_worse(&self) -> bool {
        self.after < self.before || self.changes.iter().any(|change| change.what == What::Lost)
    }
}

fn terms(part: Option<&Part>) -> Option<String> {
    Some(part?.license.as_ref()?.terms.name.clone())
}

fn is_closed(part: Option<&Part>) -> bool {
    part.and_then(|part| part.license.as_ref()).is_some_and(|license| license.terms.open == Open::No)
}

fn change(then: Option<&Part>, now: &Part) -> Option<Change> {
    let before = then.map_or(Status::Missing, |part| part.status);
    let was_possible = then.map_or(Status::Missing, |part| part.possible);
    let (license_before, license_after) = (terms(then), terms(Some(now)));
    let what = match (before == Status::Included, now.status == Status::Included) {
        (true, false) => What::Lost,
        (false, true) => What::Gained,
        // Terms that hold something back are no more than none.
        _ if before != Status::Missing && is_closed(Some(now)) && !is_closed(then) => What::Weakened,
        _ if (now.status, now.possible) > (before, was_possible) => What::Strengthened,
        _ if (now.status, now.possible) < (before, was_possible) => What::Weakened,
        _ if license_before != license_after => What::Relicensed,
        _ => return None,
    };
    Some(Change { component: now.component, what, before, after: now.status, license_before, license_after })
}
