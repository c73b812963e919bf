//! The history of one path: the commits that touched it.

use seedcorn_core::limits;
use seedcorn_db::git::Commit;

use crate::access::{Grant, See};
use crate::last::{Line, Look, root};
use crate::objects::{Objects, entry_named};
use crate::{Commons, Result};

/// A page of it.
#[derive(Clone, Debug)]
pub struct Touched {
    /// The commits, newest first.
    pub commits: Vec<Commit>,
    /// The commit from which the search goes on, if there is more.
    pub next: Option<Commit>,
}

/// Commits that touched a path, from a commit backwards along first parents: what a merge brought in counts as touched
/// by the merge. Ends after `limit` such commits, [`limits::HISTORY_WALK_MAX`] commits in all, or
/// [`limits::LAST_COMMIT_ENTRIES_MAX`] entries read.
pub async fn touched(
    commons: &Commons,
    grant: &Grant<See>,
    from: &Commit,
    path: &str,
    limit: usize,
) -> Result<Touched> {
    let repo = &grant.repo().id;
    let mut look =
        Look { objects: Objects::open(commons, repo).await?, left: limits::LAST_COMMIT_ENTRIES_MAX };
    let mut line = Line::new(repo.clone());
    let mut commits = Vec::new();
    let mut commit = from.clone();
    for _ in 0..limits::HISTORY_WALK_MAX {
        if commits.len() >= limit || look.left == 0 {
            return Ok(Touched { commits, next: Some(commit) });
        }
        let parent = line.parent(commons, &commit).await?;
        if look.touches(&commit, parent.as_ref(), path).await? {
            commits.push(commit);
        }
        let Some(parent) = parent else {
            return Ok(Touched { commits, next: None });
        };
        commit = parent;
    }
    Ok(Touched { commits, next: Some(commit) })
}

impl Look {
    /// Whether what lies at a path is another than in the parent. Goes no deeper than to the first folder that is not.
    async fn touches(&mut self, commit: &Commit, parent: Option<&Commit>, path: &str) -> Result<bool> {
        let (mut now, mut before) = (Some(root(commit)), parent.map(root));
        for part in path.split('/') {
            let oid =
                |entry: &Option<_>| entry.as_ref().map(|entry: &seedcorn_content::git::TreeEntry| entry.oid);
            if oid(&now) == oid(&before) {
                return Ok(false);
            }
            let (below, above) = (self.folder(now).await?, self.folder(before).await?);
            now = below.and_then(|entries| entry_named(&entries, part).cloned());
            before = above.and_then(|entries| entry_named(&entries, part).cloned());
        }
        let at = |entry: Option<seedcorn_content::git::TreeEntry>| entry.map(|entry| (entry.oid, entry.mode));
        Ok(at(now) != at(before))
    }
}
