//! What a commit's tree reaches: each tree is read once a repo, each blob looked up in the packs and the facts.

use std::collections::HashSet;

use seedcorn_content::git::{Kind, Mode, TreeEntry, parse_tree};
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_db::git::{self, Commit};

use super::Finding;
use super::repo::{RepoCheck, title};
use super::unsound::{Unsound, settle};
use crate::Result;

/// Blobs whose facts are looked up together.
const BLOBS_PAGE: usize = 1000;

/// An object and a path that leads to it.
type Reached = (Oid, String);

impl RepoCheck<'_, '_> {
    /// Walks what this commit reaches and no earlier walk did.
    pub(super) async fn walk(&mut self, commit: &Commit) -> Result<()> {
        let mut trees: Vec<Reached> = Vec::new();
        let mut blobs: Vec<Reached> = Vec::new();
        if self.seen.insert(commit.tree) {
            trees.push((commit.tree, String::new()));
        }
        while let Some((oid, path)) = trees.pop() {
            let entries = match settle(self.tree(&oid).await)? {
                Ok(entries) => entries,
                Err(why) => {
                    let finding = self.lost("tree", &oid, &path, &commit.oid, &why);
                    self.object(finding);
                    continue;
                }
            };
            for entry in entries {
                // A submodule's commit is in another repo.
                if entry.mode == Mode::Gitlink || !self.seen.insert(entry.oid) {
                    continue;
                }
                let reached = (entry.oid, join(&path, &entry.name));
                if entry.mode == Mode::Tree { trees.push(reached) } else { blobs.push(reached) }
            }
            while blobs.len() >= BLOBS_PAGE {
                let page = blobs.split_off(blobs.len() - BLOBS_PAGE);
                self.blobs(page, &commit.oid).await?;
            }
        }
        if blobs.is_empty() { Ok(()) } else { self.blobs(blobs, &commit.oid).await }
    }

    async fn tree(&mut self, oid: &Oid) -> Result<Vec<TreeEntry>, Unsound> {
        let data = self.read(oid, Kind::Tree).await?;
        parse_tree(&data).map_err(Unsound::bad)
    }

    async fn blobs(&mut self, page: Vec<Reached>, commit: &Oid) -> Result<()> {
        let oids: Vec<Oid> = page.iter().map(|(oid, _)| *oid).collect();
        let facts = git::find_blob_facts(&mut self.commons.db.read().await?, &self.repo.id, &oids).await?;
        let known: HashSet<Oid> = facts.into_iter().map(|fact| fact.oid).collect();
        for (oid, path) in page {
            if !self.has(&oid).await? {
                let finding = self.lost("blob", &oid, &path, commit, "it is in no pack");
                self.object(finding);
            } else if !known.contains(&oid) {
                let what =
                    format!("blob {oid} of {}, {path:?} in {commit}: it has no fact", title(self.repo));
                let harm = "listings show it with no size, and a pointer is served instead of its file";
                let mend = "add its row to blob_fact, or restore the database from a backup";
                self.object(Finding::new(what, harm, mend));
            }
        }
        Ok(())
    }

    fn lost(&self, kind: &str, oid: &Oid, path: &str, commit: &Oid, why: &str) -> Finding {
        let place = if path.is_empty() { "the root".to_owned() } else { format!("{path:?}") };
        Finding::new(
            format!("{kind} {oid} of {}, {place} in {commit}: {why}", title(self.repo)),
            "what lies there cannot be read, and clones fail",
            "restore the packs of the repo from a backup, or push it again from a clone that has the object",
        )
    }
}

/// A path for people to read. One longer than any may be is cut, so that trees nested without end cost no memory.
fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() {
        return name.to_owned();
    }
    if folder.len() + name.len() >= limits::PATH_BYTES_MAX {
        return folder.to_owned();
    }
    format!("{folder}/{name}")
}
