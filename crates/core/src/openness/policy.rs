//! What somebody requires of the openness of what they pull.

use std::fmt;
use std::str::FromStr;

use super::component::Class;

/// What is required: nothing, a class below which a pull is refused, a class below which it is warned of, or both.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Policy {
    /// Below it a pull is refused.
    pub refuse: Option<Class>,
    /// Below it a pull is warned of.
    pub warn: Option<Class>,
}

/// What a policy says of a release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ruling {
    /// It may be pulled.
    Fine,
    /// It may be pulled, with a warning that it has less than this class.
    Warn(Class),
    /// It may not be pulled, since it has less than this class.
    Refuse(Class),
}

impl Policy {
    /// Whether it requires nothing.
    pub fn is_none(self) -> bool {
        self == Policy::default()
    }

    /// Both hold.
    #[must_use]
    pub fn and(self, other: Policy) -> Policy {
        Policy { refuse: self.refuse.max(other.refuse), warn: self.warn.max(other.warn) }
    }

    /// What it says of a release that is sure to have a class, or none.
    pub fn rule(self, class: Option<Class>) -> Ruling {
        let lacks = |least: Option<Class>| least.filter(|least| class < Some(*least));
        match (lacks(self.refuse), lacks(self.warn)) {
            (Some(least), _) => Ruling::Refuse(least),
            (None, Some(least)) => Ruling::Warn(least),
            (None, None) => Ruling::Fine,
        }
    }
}

/// As rows and settings have it: empty, `refuse III`, `warn II`, or both with a comma between.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [("refuse", self.refuse), ("warn", self.warn)];
        let told: Vec<String> =
            parts.into_iter().filter_map(|(word, class)| Some(format!("{word} {}", class?))).collect();
        f.write_str(&told.join(", "))
    }
}

impl FromStr for Policy {
    type Err = String;

    fn from_str(text: &str) -> Result<Policy, String> {
        let mut policy = Policy::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let bad =
                || format!("a policy is \"refuse CLASS\" or \"warn CLASS\" with III, II or I, not {part:?}");
            let (word, class) = part.split_once(' ').ok_or_else(bad)?;
            let found = Class::from_word(class.trim());
            match (word, found) {
                ("refuse", Some(_)) => policy.refuse = found,
                ("warn", Some(_)) => policy.warn = found,
                _ => return Err(bad()),
            }
        }
        Ok(policy)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    #[test]
    fn the_stricter_holds() {
        let policy: Policy = "refuse III, warn I".parse().unwrap();
        assert_eq!(policy.rule(None), Ruling::Refuse(Class::III));
        assert_eq!(policy.rule(Some(Class::III)), Ruling::Warn(Class::I));
        assert_eq!(policy.rule(Some(Class::I)), Ruling::Fine);
        let both = policy.and("refuse II".parse().unwrap());
        assert_eq!(both.to_string(), "refuse II, warn I");
        assert_eq!(both.rule(Some(Class::III)), Ruling::Refuse(Class::II));
        assert!("".parse::<Policy>().unwrap().is_none());
        assert!(
            ["refuse", "refuse IV", "maybe III", "refuse II II"]
                .iter()
                .all(|bad| bad.parse::<Policy>().is_err())
        );
    }
}
