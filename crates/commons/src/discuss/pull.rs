//! The two sides of a pull request: what it would be merged into, and what it brings.

use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_db::discussions::Discussion;
use seedcorn_db::git::{self, Commit};

use super::PULLS;
use super::trees::Three;
use crate::access::{Grant, See};
use crate::{Commons, Result, changes};

/// The commits that a pull request is about.
#[derive(Clone, Debug)]
pub struct Sides {
    /// The head of the branch it asks to be merged into; once it was merged, where that was before.
    pub onto: Commit,
    /// Its own head.
    pub head: Commit,
    /// Where the two parted; none if they share no history.
    pub parted: Option<Commit>,
    /// Why it is not sure that they parted there and nowhere else: then they are merged elsewhere.
    pub unclear: Option<&'static str>,
}

impl Sides {
    /// Whether all that it brings is there already.
    pub(super) fn brings_nothing(&self) -> bool {
        self.parted.as_ref().is_some_and(|parted| parted.oid == self.head.oid)
    }

    /// Whether it goes on where the branch ends.
    pub(super) fn is_ahead(&self) -> bool {
        self.parted.as_ref().is_some_and(|parted| parted.oid == self.onto.oid)
    }

    /// The trees that are merged.
    pub(super) fn roots(&self) -> Three<Oid> {
        let base = self.parted.as_ref().map(|commit| commit.tree);
        Three { base, ours: Some(self.onto.tree), theirs: Some(self.head.tree) }
    }
}

/// Both sides; none of what is no pull request, or where one of them is there no more.
pub async fn sides(commons: &Commons, grant: &Grant<See>, row: &Discussion) -> Result<Option<Sides>> {
    if !row.is_pull() {
        return Ok(None);
    }
    let (repo, mut tx) = (&grant.repo().id, commons.db.look().await?);
    let head = git::find_commit_of_ref(&mut tx, repo, &format!("{PULLS}{}", row.number)).await?;
    let was: Option<Oid> = row.parted.as_ref().and_then(|oid| oid.parse().ok());
    let onto = match was {
        Some(oid) => git::find_commit(&mut tx, repo, &oid).await?,
        None => git::find_commit_of_ref(&mut tx, repo, &row.base).await?,
    };
    drop(tx);
    let Some((head, onto)) = head.zip(onto) else { return Ok(None) };
    let bases = changes::merge_bases(commons, grant, &onto, &head).await?;
    let unclear = match (bases.all, bases.found.len()) {
        (false, _) => Some("their histories are too long to be told here where they parted"),
        // Merged with one of several, what was undone behind another would come back.
        (true, 2..) => Some("they were merged into each other before, in more than one place"),
        (true, _) => None,
    };
    let nearest = bases.found.into_iter().next();
    let parted = if bases.all { nearest } else { nearest.or_else(|| Some(onto.clone())) };
    Ok(Some(Sides { onto, head, parted, unclear }))
}

/// The commits that a pull request brings, the newest first, and whether those are all.
pub async fn commits(commons: &Commons, grant: &Grant<See>, sides: &Sides) -> Result<(Vec<Commit>, bool)> {
    changes::ahead(commons, grant, (&sides.head, &sides.onto), limits::PULL_COMMITS_MAX).await
}
