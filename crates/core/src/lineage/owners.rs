//! Whose bytes a work has: each tensor is its first owner's.

use std::collections::BTreeMap;

use super::compare::{Bytes, MEASURED_PER_MILLE};

/// One thing that a work has, with whoever else had it first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Held<T> {
    /// Its bytes.
    pub bytes: u64,
    /// Who had it before this work, if anybody did.
    pub first: Option<T>,
}

/// What of a work of so many bytes others had first: those with whom so much is shared that it builds upon theirs, whoever has most first.
pub fn measured<T: Ord + Copy>(all: &[Held<T>], bytes: u64) -> Vec<(T, Bytes)> {
    let whole = Bytes { count: 0, bytes };
    let mut shared: BTreeMap<T, Bytes> = BTreeMap::new();
    for one in all {
        if let Some(owner) = one.first {
            shared.entry(owner).or_default().add(one.bytes);
        }
    }
    let mut found: Vec<(T, Bytes)> =
        shared.into_iter().filter(|(_, part)| part.per_mille(whole) >= MEASURED_PER_MILLE).collect();
    found.sort_by_key(|(_, part)| std::cmp::Reverse(part.bytes));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_tensor_is_its_first_owners() {
        let held = |bytes, first| Held { bytes, first };
        let all = [held(500, Some('a')), held(300, Some('b')), held(100, Some('c')), held(100, None)];
        let found = measured(&all, 1000);
        assert_eq!(found, [('a', Bytes { count: 1, bytes: 500 }), ('b', Bytes { count: 1, bytes: 300 })]);
        assert_eq!(measured(&all, 1700), [], "the rest of it is the work's own");
        assert_eq!(measured::<char>(&[], 0), []);
    }
}
