//! The commit graph of a repo against the commit objects in its packs.

use std::collections::HashMap;

use seedcorn_content::git::{self as objects, Kind};
use seedcorn_core::digest::Oid;
use seedcorn_db::git::{self, Commit};

use super::Finding;
use super::repo::{RepoCheck, title};
use super::unsound::{Unsound, settle};
use crate::Result;

/// Commits read at a time: each may carry a message of 64 KiB.
const COMMITS_PAGE: i64 = 200;

impl RepoCheck<'_, '_> {
    /// Every commit of the repo, also those that no ref reaches any more: they can still be asked for by their id.
    pub(super) async fn commits(&mut self) -> Result<()> {
        let mut place = (i64::MAX, String::from("~"));
        loop {
            let mut tx = self.commons.db.read().await?;
            let before = (place.0, place.1.as_str());
            let page = git::list_commits_below(&mut tx, &self.repo.id, before, COMMITS_PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            place = (last.generation, last.oid.to_string());
            let parents: Vec<Oid> = page.iter().flat_map(Commit::parents).collect();
            let parents = git::find_commits(&mut tx, &self.repo.id, &parents).await?;
            drop(tx);
            let parents: HashMap<Oid, i64> =
                parents.into_iter().map(|parent| (parent.oid, parent.generation)).collect();
            for commit in &page {
                self.ledger.summary.commits += 1;
                if let Err(why) = settle(self.commit(commit, &parents).await)? {
                    self.object(bad_commit(&title(self.repo), &commit.oid, &why));
                }
                self.walk(commit).await?;
            }
        }
    }

    async fn commit(&mut self, row: &Commit, known: &HashMap<Oid, i64>) -> Result<(), Unsound> {
        let data = self.read(&row.oid, Kind::Commit).await?;
        let object = objects::Commit::parse(&data).map_err(Unsound::bad)?;
        if object.tree != row.tree {
            let (there, said) = (object.tree, row.tree);
            return Err(Unsound::Bad(format!("its tree is {there}, its row says {said}")));
        }
        if !row.parents().eq(object.parents.iter().copied()) {
            return Err(Unsound::bad("its row names other parents"));
        }
        let mut highest = 0;
        for parent in &object.parents {
            let generation = known.get(parent);
            let lost = || Unsound::Bad(format!("its parent {parent} has no row"));
            highest = highest.max(*generation.ok_or_else(lost)?);
        }
        if row.generation != highest.saturating_add(1) {
            let said = row.generation;
            return Err(Unsound::Bad(format!(
                "its generation is {said}, its parents make it {}",
                highest + 1
            )));
        }
        Ok(())
    }
}

fn bad_commit(repo: &str, oid: &Oid, why: &str) -> Finding {
    Finding::new(
        format!("commit {oid} of {repo}: {why}"),
        "history is shown wrongly or not at all, and clones fail",
        "restore database and depot from one backup, or push the repo again from a clone",
    )
}
