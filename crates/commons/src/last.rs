//! Who touched a path last: for many paths of a revision at once, by walking its history.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use seedcorn_content::git::{Mode, TreeEntry};
use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::git::{self, Commit};

use crate::access::{Grant, See};
use crate::objects::{Objects, entry_named};
use crate::{Commons, Result};

/// What opening a folder costs, in entries read.
const FOLDER_COST: usize = 100;

/// For each path the last commit that touched it. Walks the history once for all of them, and reads only folders that
/// differ between two commits. Paths that were not touched within [`limits::HISTORY_WALK_MAX`] commits, or not before
/// [`limits::LAST_COMMIT_ENTRIES_MAX`] entries were read, are left out. That bounds the looking up as well: a path that is
/// still looked for is an entry of the folder that it is looked up in.
pub async fn last_commits(
    commons: &Commons,
    grant: &Grant<See>,
    tip: &Commit,
    paths: &[String],
) -> Result<BTreeMap<String, Commit>> {
    let repo = &grant.repo().id;
    let mut wanted = Wanted::default();
    paths.iter().for_each(|path| wanted.add(path));
    let mut look =
        Look { objects: Objects::open(commons, repo).await?, left: limits::LAST_COMMIT_ENTRIES_MAX };
    let mut line = Line::new(repo.clone());
    let mut last = BTreeMap::new();
    let mut commit = tip.clone();
    for _ in 0..limits::HISTORY_WALK_MAX {
        if wanted.is_empty() || look.left == 0 {
            break;
        }
        // The first parent is the branch as it was: what a merge brought in counts as touched by the merge.
        let Some(parent) = line.parent(commons, &commit).await? else {
            last.extend(wanted.all().into_iter().map(|path| (path, commit.clone())));
            break;
        };
        let mut touched = Vec::new();
        let (now, before) = (root(&commit), root(&parent));
        look.compare(&mut wanted, String::new(), Some(now), Some(before), &mut touched).await?;
        last.extend(touched.into_iter().map(|path| (path, commit.clone())));
        commit = parent;
    }
    Ok(last)
}

pub(crate) fn root(commit: &Commit) -> TreeEntry {
    TreeEntry { mode: Mode::Tree, name: String::new(), oid: commit.tree }
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Paths that are looked for, by folder.
#[derive(Default)]
struct Wanted {
    here: bool,
    below: BTreeMap<String, Wanted>,
}

impl Wanted {
    fn add(&mut self, path: &str) {
        let mut place = self;
        for part in path.split('/') {
            place = place.below.entry(part.to_owned()).or_default();
        }
        place.here = true;
    }

    fn is_empty(&self) -> bool {
        !self.here && self.below.is_empty()
    }

    /// Every path that is still looked for.
    fn all(&self) -> Vec<String> {
        let (mut paths, mut places) = (Vec::new(), vec![(String::new(), self)]);
        while let Some((path, place)) = places.pop() {
            places.extend(place.below.iter().map(|(name, below)| (join(&path, name), below)));
            if place.here {
                paths.push(path);
            }
        }
        paths
    }
}

/// Compares two commits, with what the request may still read.
pub(crate) struct Look {
    pub(crate) objects: Objects,
    pub(crate) left: usize,
}

impl Look {
    /// Moves the wanted paths at and below a place whose content differs from `wanted` to `touched`.
    fn compare<'a>(
        &'a mut self,
        wanted: &'a mut Wanted,
        path: String,
        now: Option<TreeEntry>,
        before: Option<TreeEntry>,
        touched: &'a mut Vec<String>,
    ) -> BoxFuture<'a, Result<()>> {
        async move {
            let oid = |entry: &Option<TreeEntry>| entry.as_ref().map(|entry| entry.oid);
            if oid(&now) == oid(&before) || self.left == 0 {
                return Ok(());
            }
            if !wanted.below.is_empty() {
                let (now, before) = (self.folder(now).await?, self.folder(before).await?);
                let at = |entries: &Option<Arc<Vec<TreeEntry>>>, name: &str| {
                    entries.as_ref().and_then(|entries| entry_named(entries, name).cloned())
                };
                for (name, below) in &mut wanted.below {
                    let path = join(&path, name);
                    self.compare(below, path, at(&now, name), at(&before, name), touched).await?;
                }
                wanted.below.retain(|_, below| !below.is_empty());
            }
            if std::mem::take(&mut wanted.here) {
                touched.push(path);
            }
            Ok(())
        }
        .boxed()
    }

    /// The entries of a folder; none for what is no folder.
    pub(crate) async fn folder(&mut self, entry: Option<TreeEntry>) -> Result<Option<Arc<Vec<TreeEntry>>>> {
        let Some(entry) = entry.filter(|entry| entry.mode == Mode::Tree) else {
            return Ok(None);
        };
        let entries = self.objects.tree(&entry.oid).await?;
        self.left = self.left.saturating_sub(FOLDER_COST + entries.len());
        Ok(Some(entries))
    }
}

/// A commit and its first parents, read in pages.
pub(crate) struct Line {
    repo: RepoId,
    known: BTreeMap<Oid, Commit>,
}

impl Line {
    const PAGE: i64 = 64;

    pub(crate) fn new(repo: RepoId) -> Line {
        Line { repo, known: BTreeMap::new() }
    }

    pub(crate) async fn parent(&mut self, commons: &Commons, of: &Commit) -> Result<Option<Commit>> {
        let Some(oid) = of.parents().next() else {
            return Ok(None);
        };
        if let Some(commit) = self.known.remove(&oid) {
            return Ok(Some(commit));
        }
        let mut tx = commons.db.read().await?;
        let page = git::list_commits_below(&mut tx, &self.repo, (of.generation, ""), Self::PAGE).await?;
        self.known = page.into_iter().map(|commit| (commit.oid, commit)).collect();
        match self.known.remove(&oid) {
            Some(commit) => Ok(Some(commit)),
            // In a history with many lines side by side it may be further down.
            None => Ok(git::find_commit(&mut tx, &self.repo, &oid).await?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_kept_by_folder() {
        let mut wanted = Wanted::default();
        assert!(wanted.is_empty());
        ["a/b/c", "a/b", "d", "a/b/c"].into_iter().for_each(|path| wanted.add(path));
        let mut all = wanted.all();
        all.sort();
        assert_eq!(all, ["a/b", "a/b/c", "d"]);
    }
}
