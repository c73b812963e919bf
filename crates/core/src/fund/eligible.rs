//! Who may take part in a round.

use serde::{Deserialize, Serialize};

use crate::openness::Class;
use crate::repo::RepoKind;

/// What a round asks of works that take part.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Eligible {
    /// The least class of openness: 0 for any, 1 for III, 2 for II, 3 for I.
    pub class: u8,
    /// Licences, as cards name them, of which one is wanted; any where the list is empty.
    pub licenses: Vec<String>,
    /// Kinds of works, in a word; any where the list is empty.
    pub kinds: Vec<String>,
}

/// What is known of a work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Facts<'a> {
    /// What it is.
    pub kind: RepoKind,
    /// Whether everybody may see it.
    pub public: bool,
    /// The class of its openness that is sure: 0 for none, 3 for the best.
    pub class: u8,
    /// The licences that its card names.
    pub licenses: &'a [String],
}

/// A class as people know it.
pub fn class_word(class: u8) -> String {
    Class::ALL
        .into_iter()
        .find(|one| rank(*one) == class)
        .map_or_else(|| "none".to_owned(), |one| one.to_string())
}

/// How open a class is: 1 for the entry, 3 for the best.
pub fn rank(class: Class) -> u8 {
    4 - class.number()
}

impl Eligible {
    /// Why a work may not take part, if it may not: what is wanted, and what it has.
    pub fn refuse(&self, facts: Facts<'_>) -> Option<String> {
        if !facts.public {
            return Some("only works that everybody may see take part".to_owned());
        }
        if !self.kinds.is_empty() && !self.kinds.iter().any(|kind| kind == facts.kind.word()) {
            return Some(format!("it is for {}, and this is a {}", self.kinds.join(", "), facts.kind.word()));
        }
        if facts.class < self.class {
            let (wanted, has) = (class_word(self.class), class_word(facts.class));
            return Some(format!("openness of class {wanted} at least is wanted, and it has {has}"));
        }
        let named = |license: &String| facts.licenses.iter().any(|own| own.eq_ignore_ascii_case(license));
        if !self.licenses.is_empty() && !self.licenses.iter().any(named) {
            let has = if facts.licenses.is_empty() { "none".to_owned() } else { facts.licenses.join(", ") };
            return Some(format!(
                "one of the licences {} is wanted, and its card names {has}",
                self.licenses.join(", ")
            ));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_condition_is_named() {
        let mit = ["MIT".to_owned()];
        let facts = Facts { kind: RepoKind::Model, public: true, class: 2, licenses: &mit };
        let any = Eligible::default();
        assert_eq!(any.refuse(facts), None);
        assert!(any.refuse(Facts { public: false, ..facts }).is_some_and(|why| why.contains("everybody")));
        let best = Eligible { class: 3, ..any.clone() };
        assert_eq!(
            best.refuse(facts).as_deref(),
            Some("openness of class I at least is wanted, and it has II")
        );
        let licensed = Eligible { licenses: vec!["mit".into(), "apache-2.0".into()], ..any.clone() };
        assert_eq!(licensed.refuse(facts), None);
        assert!(licensed.refuse(Facts { licenses: &[], ..facts }).is_some_and(|why| why.ends_with("none")));
        let papers = Eligible { kinds: vec!["paper".into()], ..any };
        assert!(papers.refuse(facts).is_some_and(|why| why.contains("for paper")));
    }
}
