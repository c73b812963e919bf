//! Two trees walked side by side: what differs, in the order of paths.

use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::git::{Mode, TreeEntry};
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;

use super::What;
use crate::Result;
use crate::objects::Objects;

/// What opening a folder costs, in entries read.
const FOLDER_COST: usize = 100;

/// A file as a tree has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Leaf {
    pub(super) mode: Mode,
    pub(super) oid: Oid,
}

/// A path at which two trees differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Pair {
    pub(super) path: String,
    /// Where the file was, if that is elsewhere.
    pub(super) from: Option<String>,
    pub(super) before: Option<Leaf>,
    pub(super) after: Option<Leaf>,
}

impl Pair {
    pub(super) fn what(&self) -> What {
        match (&self.from, self.before, self.after) {
            (Some(_), ..) => What::Renamed,
            (None, None, _) => What::Added,
            (None, Some(_), None) => What::Removed,
            (None, Some(_), Some(_)) => What::Changed,
        }
    }
}

/// What differs, by path, and whether that is all.
pub(super) async fn walk(objects: &Objects, before: Option<Oid>, after: Oid) -> Result<(Vec<Pair>, bool)> {
    let mut walk = Walk { objects, left: limits::CHANGES_ENTRIES_MAX, found: Vec::new(), whole: true };
    walk.folder(String::new(), before, Some(after)).await?;
    Ok((renamed(walk.found), walk.whole))
}

struct Walk<'a> {
    objects: &'a Objects,
    left: usize,
    found: Vec<Pair>,
    whole: bool,
}

impl Walk<'_> {
    fn folder(&mut self, path: String, before: Option<Oid>, after: Option<Oid>) -> BoxFuture<'_, Result<()>> {
        async move {
            if before == after {
                return Ok(());
            }
            let (before, after) = (self.entries(before).await?, self.entries(after).await?);
            for (before, after) in differing(&before, &after) {
                if self.found.len() >= limits::CHANGES_MAX || self.left == 0 {
                    self.whole = false;
                    break;
                }
                let Some(name) = before.or(after).map(|entry| entry.name.as_str()) else { continue };
                let here = if path.is_empty() { name.to_owned() } else { format!("{path}/{name}") };
                if before.or(after).is_some_and(is_folder) {
                    let oid = |entry: Option<&TreeEntry>| entry.map(|entry| entry.oid);
                    self.folder(here, oid(before), oid(after)).await?;
                } else {
                    let leaf = |entry: Option<&TreeEntry>| entry.map(|e| Leaf { mode: e.mode, oid: e.oid });
                    let (before, after) = (leaf(before), leaf(after));
                    self.found.push(Pair { path: here, from: None, before, after });
                }
            }
            Ok(())
        }
        .boxed()
    }

    async fn entries(&mut self, tree: Option<Oid>) -> Result<Arc<Vec<TreeEntry>>> {
        let Some(tree) = tree else {
            return Ok(Arc::default());
        };
        let entries = self.objects.tree(&tree).await?;
        self.left = self.left.saturating_sub(FOLDER_COST + entries.len());
        Ok(entries)
    }
}

fn is_folder(entry: &TreeEntry) -> bool {
    entry.mode == Mode::Tree
}

/// As git sorts: a folder as if its name ended in `/`. So a file and a folder of one name are two things, and the whole
/// walk goes by the bytes of paths.
fn order(a: &TreeEntry, b: &TreeEntry) -> Ordering {
    let key = |entry: &TreeEntry| is_folder(entry).then_some(b'/');
    a.name.bytes().chain(key(a)).cmp(b.name.bytes().chain(key(b)))
}

type Two<'a> = (Option<&'a TreeEntry>, Option<&'a TreeEntry>);

/// The entries of two folders that are not the same in both, each with its counterpart.
fn differing<'a>(before: &'a [TreeEntry], after: &'a [TreeEntry]) -> Vec<Two<'a>> {
    let (mut left, mut right) = (before.iter().peekable(), after.iter().peekable());
    let mut found = Vec::new();
    loop {
        let side = match (left.peek(), right.peek()) {
            (None, None) => return found,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(a), Some(b)) => order(a, b),
        };
        let two =
            (if side.is_le() { left.next() } else { None }, if side.is_ge() { right.next() } else { None });
        let same = |(a, b): (&TreeEntry, &TreeEntry)| (a.oid, a.mode) == (b.oid, b.mode);
        if !two.0.zip(two.1).is_some_and(same) {
            found.push(two);
        }
    }
}

/// Joins what was removed in one place and added in another with the same content, first with first.
fn renamed(pairs: Vec<Pair>) -> Vec<Pair> {
    let mut gone: BTreeMap<Oid, VecDeque<usize>> = BTreeMap::new();
    for (n, pair) in pairs.iter().enumerate() {
        if let (Some(before), None) = (pair.before, pair.after) {
            gone.entry(before.oid).or_default().push_back(n);
        }
    }
    let mut moved: BTreeMap<usize, usize> = BTreeMap::new();
    for (n, pair) in pairs.iter().enumerate() {
        if let (None, Some(after)) = (pair.before, pair.after)
            && let Some(from) = gone.get_mut(&after.oid).and_then(VecDeque::pop_front)
        {
            moved.insert(n, from);
        }
    }
    let left: std::collections::BTreeSet<usize> = moved.values().copied().collect();
    let joined = pairs.iter().enumerate().filter(|(n, _)| !left.contains(n)).map(|(n, pair)| {
        let from = moved.get(&n).and_then(|from| pairs.get(*from));
        let before = from.map_or(pair.before, |from| from.before);
        Pair { from: from.map(|from| from.path.clone()), before, ..pair.clone() }
    });
    joined.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn entry(name: &str, mode: Mode, oid: u8) -> TreeEntry {
        TreeEntry { name: name.into(), mode, oid: Oid([oid; 20]) }
    }

    fn folder() -> impl Strategy<Value = Vec<TreeEntry>> {
        let one = ("[ab.0]{1,2}", any::<bool>(), 0..3_u8);
        proptest::collection::vec(one, 0..12).prop_map(|all| {
            let mode = |folder| if folder { Mode::Tree } else { Mode::File };
            let mut all: Vec<TreeEntry> =
                all.into_iter().map(|(name, folder, oid)| entry(&name, mode(folder), oid)).collect();
            all.sort_by(order);
            all.dedup_by(|a, b| a.name == b.name && a.mode == b.mode);
            all
        })
    }

    proptest! {
        /// What differs, put onto the first folder, gives the second.
        #[test]
        fn a_difference_leads_from_one_to_the_other(before in folder(), after in folder()) {
            let mut made = before.clone();
            for (gone, new) in differing(&before, &after) {
                prop_assert!(gone.is_some() || new.is_some());
                prop_assert_ne!(gone, new);
                made.retain(|entry| Some(entry) != gone);
                made.extend(new.cloned());
            }
            made.sort_by(order);
            prop_assert_eq!(made, after);
        }
    }

    #[test]
    fn what_moved_is_renamed_once() {
        let leaf = |oid| Some(Leaf { mode: Mode::File, oid: Oid([oid; 20]) });
        let pair = |path: &str, before, after| Pair { path: path.into(), from: None, before, after };
        let found = renamed(vec![
            pair("a", leaf(1), None),
            pair("b", None, leaf(1)),
            pair("c", None, leaf(1)),
            pair("d", leaf(2), leaf(3)),
            pair("e", leaf(4), None),
        ]);
        let told: Vec<_> = found.iter().map(|pair| (pair.path.as_str(), pair.what())).collect();
        assert_eq!(
            told,
            [("b", What::Renamed), ("c", What::Added), ("d", What::Changed), ("e", What::Removed)]
        );
        assert_eq!((found[0].from.as_deref(), found[0].before), (Some("a"), leaf(1)));
    }
}
