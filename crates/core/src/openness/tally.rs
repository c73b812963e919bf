//! From the state of every part to a class, as the Model Openness Tool counts: its evaluator at commit `8b5d30e`, in whole
//! numbers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::component::{Class, Component};

/// The state of a part.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is not there.
    Missing,
    /// It is there, and nobody says under which terms.
    Unlicensed,
    /// It is there, under terms that are not open.
    Invalid,
    /// It is there and open.
    Included,
}

/// How far a release is on the way to a class.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Progress {
    /// Parts that count.
    pub done: u8,
    /// Parts that are asked for.
    pub of: u8,
    /// Whether a lower class is not reached, so that this one is not begun.
    pub barred: bool,
}

impl Progress {
    /// Whether the class is reached.
    pub fn is_whole(self) -> bool {
        !self.barred && self.done >= self.of
    }

    /// Parts in a hundred, rounded; 0 while it is barred.
    pub fn percent(self) -> u8 {
        if self.barred || self.of == 0 {
            return 0;
        }
        let (done, of) = (u16::from(self.done.min(self.of)), u16::from(self.of));
        u8::try_from((done * 200 + of) / (2 * of)).unwrap_or(100)
    }
}

/// The parts that a class asks for, by their state.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Parts {
    /// There and open.
    pub included: Vec<Component>,
    /// There, without terms.
    pub unlicensed: Vec<Component>,
    /// There, under terms that are not open.
    pub invalid: Vec<Component>,
    /// Not there.
    pub missing: Vec<Component>,
}

impl Status {
    /// As answers spell it.
    pub fn word(self) -> &'static str {
        match self {
            Status::Missing => "missing",
            Status::Unlicensed => "unlicensed",
            Status::Invalid => "invalid",
            Status::Included => "included",
        }
    }
}

impl Parts {
    fn add(&mut self, component: Component, status: Status) {
        match status {
            Status::Included => self.included.push(component),
            Status::Unlicensed => self.unlicensed.push(component),
            Status::Invalid => self.invalid.push(component),
            Status::Missing => self.missing.push(component),
        }
    }
}

/// What the states of all parts come to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tally {
    /// The class that is reached, if one is.
    pub class: Option<Class>,
    /// Class by class, with all that the lower ones ask for.
    pub parts: BTreeMap<Class, Parts>,
    /// Class by class.
    pub progress: BTreeMap<Class, Progress>,
}

/// Counts. `status` tells the state of each part; of optional ones it changes nothing.
///
/// A paper stands in for a technical report that is not there or not open: the report is then no longer missing, and the
/// paper counts in its place, whatever its own state.
pub fn tally(status: impl Fn(Component) -> Status) -> Tally {
    let (report, paper) = (status(Component::TechnicalReport), status(Component::ResearchPaper));
    let stands_in = report != Status::Included && paper != Status::Missing;
    let parts_of = |class: Class| {
        let mut parts = Parts::default();
        for component in Component::ALL.into_iter().filter(|component| component.is_asked_for(class)) {
            let state = status(component);
            if !(stands_in && component == Component::TechnicalReport && state == Status::Missing) {
                parts.add(component, state);
            }
        }
        if stands_in && class < Component::ResearchPaper.class() {
            parts.add(Component::ResearchPaper, paper);
        }
        parts
    };
    let parts: BTreeMap<Class, Parts> =
        Class::ALL.into_iter().map(|class| (class, parts_of(class))).collect();
    let mut barred = false;
    let mut progress = BTreeMap::new();
    for (class, parts) in &parts {
        let asked = Component::ALL.into_iter().filter(|component| component.is_asked_for(*class)).count();
        let done = parts.included.len();
        // The best class asks for the report and the paper; where the paper stands in, for the paper alone.
        let alone = *class == Class::I && report != Status::Included && paper == Status::Included;
        let of = asked - usize::from(alone);
        let count = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        progress.insert(*class, Progress { done: count(done), of: count(of), barred });
        barred |= done < asked - usize::from(alone);
    }
    let class =
        progress.iter().filter(|(_, progress)| progress.is_whole()).map(|(class, _)| *class).next_back();
    Tally { class, parts, progress }
}
