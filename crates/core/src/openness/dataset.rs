//! Classes for data sets. The framework grades models alone, so these are this hub's own, built as the framework builds its
//! classes: each asks for what the one before asks for, and for more.
//!
//! - Class III, open data: the data are there for everybody under open terms, with a card that describes them.
//! - Class II, documented data: it is told where they came from, and machines can read what is in them.
//! - Class I, reproducible data: the code that made them is there, too.

use super::component::{Class, Component};
use super::tally::{Progress, Status};

/// What is asked of a data set, class by class from the entry on.
pub const PARTS: [Component; 5] = [
    Component::Datasets,
    Component::DataCard,
    Component::Provenance,
    Component::Structure,
    Component::PreprocessingCode,
];

/// What a class is called.
pub fn label(class: Class) -> &'static str {
    match class {
        Class::III => "Class III - Open Data",
        Class::II => "Class II - Documented Data",
        Class::I => "Class I - Reproducible Data",
    }
}

/// The least class that asks for a part of a data set.
pub(super) fn class_of(component: Component) -> Class {
    match component {
        Component::Provenance | Component::Structure => Class::II,
        Component::PreprocessingCode => Class::I,
        _ => Class::III,
    }
}

/// How far a data set is on the way to each class, from the entry on, and the class that is reached.
pub(super) fn tally(status: impl Fn(Component) -> Status) -> ([(Class, Progress); 3], Option<Class>) {
    let mut barred = false;
    let progress = Class::ALL.map(|class| {
        let asked = PARTS.iter().filter(|part| class_of(**part) <= class);
        let done = asked.clone().filter(|part| status(**part) == Status::Included).count();
        let count = |n: usize| u8::try_from(n).unwrap_or(u8::MAX);
        let way = Progress { done: count(done), of: count(asked.count()), barred };
        barred |= !way.is_whole();
        (class, way)
    });
    let reached = progress.iter().filter(|(_, way)| way.is_whole()).map(|(class, _)| *class).next_back();
    (progress, reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_class_asks_for_more() {
        let with = |have: &[Component]| {
            tally(|part| if have.contains(&part) { Status::Included } else { Status::Missing })
        };
        assert_eq!(with(&[]).1, None);
        assert_eq!(with(&PARTS[..2]).1, Some(Class::III));
        assert_eq!(with(&PARTS[..3]).1, Some(Class::III));
        assert_eq!(with(&PARTS[..4]).1, Some(Class::II));
        assert_eq!(with(&PARTS).1, Some(Class::I));
        let (progress, reached) = with(&PARTS[1..]);
        assert_eq!(reached, None, "nothing makes up for data that are not there");
        assert_eq!(progress.map(|(_, way)| (way.done, way.of)), [(1, 2), (3, 4), (4, 5)]);
        assert!(progress[1].1.barred);
    }
}
