//! What somebody knows of a log who follows it: enough to take the next entries, to see that its past is the one it was, and to ask
//! whether what is so now is what it said last.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::event::{BadEvent, Event, Happened, after};
use super::hash::{Hash, leaf_hash, node_hash};

/// A log as it was read so far. Whoever keeps it reads from there on.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Followed {
    /// Entries that were read.
    size: u64,
    /// The roots of the full subtrees that they come to, the largest first.
    peaks: Vec<Hash>,
    /// What was said of each subject, by its id.
    pub subjects: BTreeMap<String, Word>,
}

/// What a log said last of a subject.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The place of its last entry in its chain, and what names that.
    place: u64,
    hash: Hash,
    /// What it is.
    pub kind: String,
    /// What it was called then.
    pub name: String,
    /// Whether everybody may see it.
    pub shown: bool,
    /// Where its branches are.
    pub heads: BTreeMap<String, String>,
}

/// Why an entry cannot come next.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum BadNext {
    /// It is no entry.
    #[error("entry {0}: {1}")]
    Entry(u64, BadEvent),
    /// It does not follow the one before it of its subject.
    #[error("entry {0} does not follow the entry before it of {1}")]
    Chain(u64, String),
}

impl Followed {
    /// How many entries were read.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree over them (RFC 6962 §2.1).
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev();
        let Some(last) = peaks.next() else { return Hash::empty() };
        peaks.fold(*last, |right, left| node_hash(left, &right))
    }

    /// Takes the next entry.
    ///
    /// # Errors
    /// [`BadNext`] for one that cannot come next; nothing is taken then.
    pub fn take(&mut self, entry: &[u8]) -> Result<(), BadNext> {
        let event = Event::read(entry).map_err(|error| BadNext::Entry(self.size, error))?;
        let id = event.subject.id.clone();
        let known = self.subjects.get(&id);
        if !event.follows(known.map(|word| (word.place, word.hash))) {
            return Err(BadNext::Chain(self.size, id));
        }
        let (place, hash) = after(&event, entry);
        let mut word = known.cloned().unwrap_or_else(|| Word {
            place,
            hash,
            kind: String::new(),
            name: String::new(),
            shown: true,
            heads: BTreeMap::new(),
        });
        (word.place, word.hash) = (place, hash);
        word.hear(event);
        self.subjects.insert(id, word);
        self.grow(leaf_hash(entry));
        Ok(())
    }

    /// Adds a leaf: as many peaks are joined as the number of leaves has ones at its end.
    fn grow(&mut self, leaf: Hash) {
        let mut peak = leaf;
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                peak = node_hash(&left, &peak);
            }
        }
        self.peaks.push(peak);
        self.size += 1;
    }
}

impl Word {
    fn hear(&mut self, event: Event) {
        let text = |key: &str| event.data[key].as_str().map(str::to_owned);
        match event.happened {
            Happened::Publish | Happened::Restore => self.shown = true,
            Happened::Visibility => self.shown = event.data["private"] != true,
            Happened::Takedown => self.shown = false,
            Happened::Revision => {
                let name = text("ref").unwrap_or_default();
                match text("commit") {
                    Some(commit) => self.heads.insert(name, commit),
                    None => self.heads.remove(&name),
                };
            }
            _ => {}
        }
        (self.kind, self.name) = (event.subject.kind, event.subject.name);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use serde_json::{Value, json};

    use super::super::event::{By, Subject};
    use super::super::grow::Edge;
    use super::*;
    use crate::time::Time;

    struct Chain(Option<(u64, Hash)>, &'static str);

    impl Chain {
        fn next(&mut self, happened: Happened, data: Value) -> Vec<u8> {
            let subject = Subject { id: self.1.into(), kind: "model".into(), name: "ada/one".into() };
            let by = By { id: "m".into(), via: "member".into() };
            let event = Event::following(self.0, (happened, data), subject, by, Time::from_secs(1));
            let bytes = event.bytes().unwrap();
            self.0 = Some(after(&event, &bytes));
            bytes
        }
    }

    #[test]
    fn a_log_is_followed_to_the_root_that_its_tree_has() {
        let mut chain = Chain(None, "r");
        let (mut followed, mut edge) = (Followed::default(), Edge::default());
        assert_eq!(followed.root(), Hash::empty());
        for n in 0..300 {
            let moved = json!({ "ref": "refs/heads/main", "commit": format!("{n:040}") });
            let entry = chain.next(Happened::Revision, moved);
            followed.take(&entry).unwrap();
            edge.grow([entry]).unwrap();
            assert_eq!((followed.size(), followed.root()), (edge.size(), edge.root()), "{n}");
        }
        let kept = serde_json::to_string(&followed).unwrap();
        let mut again: Followed = serde_json::from_str(&kept).unwrap();
        let entry = chain.next(Happened::Takedown, json!({}));
        again.take(&entry).unwrap();
        let word = &again.subjects["r"];
        assert_eq!((word.shown, word.heads["refs/heads/main"].as_str()), (false, &*format!("{:040}", 299)));
    }

    #[test]
    fn what_was_left_out_is_noticed() {
        let mut chain = Chain(None, "r");
        let first = chain.next(Happened::Publish, json!({ "gated": "" }));
        let left_out = chain.next(Happened::Visibility, json!({ "private": true, "gated": "" }));
        let third = chain.next(Happened::Visibility, json!({ "private": false, "gated": "" }));
        let mut followed = Followed::default();
        followed.take(&first).unwrap();
        let before = followed.clone();
        assert_eq!(followed.take(&third), Err(BadNext::Chain(1, "r".into())));
        assert!(matches!(followed.take(b"{}"), Err(BadNext::Entry(1, _))));
        assert_eq!(followed, before, "nothing was taken");
        followed.take(&left_out).unwrap();
        assert!(!followed.subjects["r"].shown);
        followed.take(&third).unwrap();
        assert!(followed.subjects["r"].shown);
    }
}
