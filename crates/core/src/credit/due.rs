//! Places that are still to be looked at, the highest first.

/// A bit for each place, above that a bit for each word that is not empty, and so on up to a single word: putting a place in and
/// taking the highest out touch one word a level, whatever is in between.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Due {
    levels: Vec<Vec<u64>>,
}

const BITS: usize = u64::BITS as usize;

impl Due {
    /// None of so many places.
    pub(super) fn new(places: usize) -> Due {
        let mut levels = Vec::new();
        let mut words = places;
        loop {
            words = words.div_ceil(BITS);
            levels.push(vec![0; words]);
            if words <= 1 {
                return Due { levels };
            }
        }
    }

    /// Puts a place in, once however often.
    pub(super) fn insert(&mut self, place: u32) {
        let mut at = place as usize;
        for level in &mut self.levels {
            let word = &mut level[at / BITS];
            let was_empty = *word == 0;
            *word |= 1 << (at % BITS);
            if !was_empty {
                return;
            }
            at /= BITS;
        }
    }

    /// Takes the highest place out.
    pub(super) fn pop_last(&mut self) -> Option<u32> {
        let mut place = 0;
        for level in self.levels.iter().rev() {
            let highest = level.get(place)?.checked_ilog2()?;
            place = place * BITS + highest as usize;
        }
        let mut at = place;
        for level in &mut self.levels {
            let word = &mut level[at / BITS];
            *word &= !(1 << (at % BITS));
            if *word != 0 {
                break;
            }
            at /= BITS;
        }
        u32::try_from(place).ok()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_no_places_none_is_due() {
        assert_eq!(Due::new(0).pop_last(), None);
        assert_eq!(Due::new(1).pop_last(), None);
    }

    proptest! {
        #[test]
        fn the_highest_comes_first(
            places in prop_oneof![1_u32..200, Just(4096_u32), Just(70_000_u32), 1_u32..300_000],
            deeds in prop::collection::vec(prop::option::weighted(0.6, any::<u32>()), 0..200),
        ) {
            let (mut due, mut plain) = (Due::new(places as usize), BTreeSet::new());
            for deed in deeds {
                match deed {
                    Some(place) => {
                        due.insert(place % places);
                        plain.insert(place % places);
                    }
                    None => prop_assert_eq!(due.pop_last(), plain.pop_last()),
                }
            }
            while let Some(place) = plain.pop_last() {
                prop_assert_eq!(due.pop_last(), Some(place));
            }
            prop_assert_eq!(&due, &Due::new(places as usize), "nothing is left of what was due");
        }
    }
}
