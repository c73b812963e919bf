//! Changes: what differs between two revisions of a repo, file by file, and within files line by line or tensor by
//! tensor; how many bytes of a commit are new.

mod base;
mod covered;
mod detail;
mod graph;
mod lines;
mod patch;
mod pieces;
mod tensors;
mod touched;
mod walk;
mod weigh;

use seedcorn_content::git::{Mode, TreeEntry};
use seedcorn_core::limits;
use seedcorn_db::git::{self, Commit};

use crate::access::{Grant, Level, See};
use crate::browse::{self, Entry};
use crate::objects::Objects;
use crate::{Commons, Refusal, Result};

pub use base::{Bases, ahead, merge_base, merge_bases};
pub use detail::{Detail, Effort, Why, detail};
pub(crate) use lines::text;
pub use lines::{Hunk, Line, Lines, Sign};
pub use patch::patch;
pub use tensors::{Fate, TensorChange, Tensors};
pub use touched::{Touched, touched};
use walk::Pair;
pub(crate) use weigh::weigh_all;
pub use weigh::{Weight, weigh, weigh_some, weigh_tips};

/// What became of a file.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum What {
    /// It was not there.
    Added,
    /// It is there no more.
    Removed,
    /// Its content or its mode is another.
    Changed,
    /// The same content lay at another path, which is there no more.
    Renamed,
}

/// A file that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Where it is, or where it was if it was removed.
    pub path: String,
    /// What became of it.
    pub what: What,
    /// As it was, at its own path.
    pub before: Option<Entry>,
    /// As it is.
    pub after: Option<Entry>,
    /// Whether one of the two is a commit of another repo, of which nothing is here.
    pub submodule: bool,
}

/// How many files there are of each sort.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Counts {
    /// Files added.
    pub added: usize,
    /// Files removed.
    pub removed: usize,
    /// Files changed.
    pub changed: usize,
    /// Files renamed.
    pub renamed: usize,
}

/// A page of changes, by path.
#[derive(Clone, Debug)]
pub struct Page {
    /// The files.
    pub files: Vec<Change>,
    /// The path behind which the next page begins.
    pub next: Option<String>,
}

/// All that differs between two revisions, without sizes.
#[derive(Clone, Debug)]
pub struct Difference {
    pairs: Vec<Pair>,
    whole: bool,
}

/// Compares two revisions; without the first, everything is added. Folders that are the same are not opened, so the cost
/// is that of what differs. A file is renamed if its very content was removed elsewhere.
pub async fn between(
    commons: &Commons,
    grant: &Grant<See>,
    before: Option<&Commit>,
    after: &Commit,
) -> Result<Difference> {
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let (pairs, whole) = walk::walk(&objects, before.map(|commit| commit.tree), after.tree).await?;
    Ok(Difference { pairs, whole })
}

/// The commit's first parent: the branch as it was.
pub async fn first_parent(commons: &Commons, grant: &Grant<See>, commit: &Commit) -> Result<Option<Commit>> {
    let Some(oid) = commit.parents().next() else {
        return Ok(None);
    };
    let found = git::find_commit(&mut commons.db.look().await?, &grant.repo().id, &oid).await?;
    found.map(Some).ok_or_else(|| Refusal::Broken(anyhow::anyhow!("commit {oid} is named and not there")))
}

impl Difference {
    /// Whether all is there: false if more differs than is compared or listed.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// How many files differ.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for pair in &self.pairs {
            *match pair.what() {
                What::Added => &mut counts.added,
                What::Removed => &mut counts.removed,
                What::Changed => &mut counts.changed,
                What::Renamed => &mut counts.renamed,
            } += 1;
        }
        counts
    }

    /// The files after a path, at most [`limits::CHANGES_PAGE_MAX`].
    pub async fn page(&self, commons: &Commons, grant: &Grant<See>, after: Option<&str>) -> Result<Page> {
        let start = after.map_or(0, |after| self.pairs.partition_point(|pair| pair.path.as_str() <= after));
        let rest = self.pairs.get(start..).unwrap_or_default();
        let shown = &rest[..rest.len().min(limits::CHANGES_PAGE_MAX)];
        let next = shown.last().filter(|_| rest.len() > shown.len()).map(|pair| pair.path.clone());
        Ok(Page { files: describe(commons, grant, shown).await?, next })
    }

    /// The change of one path.
    ///
    /// # Errors
    /// `NoEntry` if nothing differs there.
    pub async fn find(&self, commons: &Commons, grant: &Grant<See>, path: &str) -> Result<Vec<Change>> {
        let start = self.pairs.partition_point(|pair| pair.path.as_str() < path);
        let count = self.pairs[start..].iter().take_while(|pair| pair.path == path).count();
        if count == 0 {
            let message = format!("{path} does not differ between these revisions");
            return Err(Refusal::NoEntry { message, commit: None });
        }
        describe(commons, grant, &self.pairs[start..start + count]).await
    }
}

/// Adds sizes and what pointers point to.
async fn describe(commons: &Commons, grant: &Grant<impl Level>, pairs: &[Pair]) -> Result<Vec<Change>> {
    let mut found = Vec::new();
    for pair in pairs {
        let from = pair.from.as_ref().unwrap_or(&pair.path);
        let entry = |path: &str, leaf: &walk::Leaf| {
            (path.to_owned(), TreeEntry { mode: leaf.mode, name: String::new(), oid: leaf.oid })
        };
        found.extend(pair.before.iter().map(|leaf| entry(from, leaf)));
        found.extend(pair.after.iter().map(|leaf| entry(&pair.path, leaf)));
    }
    let mut entries = browse::describe(commons, grant, found).await?.into_iter();
    let mut take = |leaf: &Option<walk::Leaf>| leaf.as_ref().and_then(|_| entries.next());
    let changes = pairs.iter().map(|pair| Change {
        path: pair.path.clone(),
        what: pair.what(),
        before: take(&pair.before),
        after: take(&pair.after),
        submodule: [&pair.before, &pair.after].into_iter().flatten().any(|leaf| leaf.mode == Mode::Gitlink),
    });
    Ok(changes.collect())
}
