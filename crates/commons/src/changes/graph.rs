//! Commits walked from several ones at a time, each before those that it grew from. Costs as much as those have ancestors, whatever else lies in
//! the repo: what others push beside them must not make it slow.

use std::collections::{BinaryHeap, HashMap};

use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_db::git::{self, Commit};

use crate::{Commons, Result};

/// Commits read at once.
const PAGE: i64 = 256;
/// Commits kept beside those that wait.
const KNOWN_MAX: usize = 4 * PAGE as usize;
/// Marks are three bits.
const MARKS: usize = 8;

/// A walk. Each commit has marks, which its parents inherit: what they mean is up to who walks.
pub(super) struct Walk<'a> {
    commons: &'a Commons,
    repo: &'a RepoId,
    /// What comes next, by generation: a commit's is greater than those of its parents.
    waiting: BinaryHeap<(i64, Oid)>,
    marks: HashMap<Oid, u8>,
    /// How many of those that wait have which marks: whether to go on is asked at every step.
    counts: [usize; MARKS],
    known: HashMap<Oid, Commit>,
    /// Whether reading ahead by generation found what was looked for.
    ahead: bool,
    /// Commits that were walked.
    pub(super) walked: usize,
}

impl<'a> Walk<'a> {
    /// Begins at commits with marks.
    pub(super) fn new(commons: &'a Commons, repo: &'a RepoId, from: [(&Commit, u8); 2]) -> Walk<'a> {
        let mut walk = Walk {
            commons,
            repo,
            waiting: BinaryHeap::new(),
            marks: HashMap::new(),
            counts: [0; MARKS],
            known: HashMap::new(),
            ahead: true,
            walked: 0,
        };
        for (commit, mark) in from {
            walk.known.insert(commit.oid, commit.clone());
            walk.mark(commit.oid, mark);
        }
        walk
    }

    /// The marks of all that waits, each once.
    pub(super) fn marks(&self) -> impl Iterator<Item = u8> {
        (0_u8..).zip(&self.counts).filter(|(_, count)| **count > 0).map(|(mark, _)| mark)
    }

    fn count(&mut self, mark: u8, by: isize) {
        if let Some(count) = self.counts.get_mut(usize::from(mark)) {
            *count = count.saturating_add_signed(by);
        }
    }

    /// The next commit with its marks, which are whole: all that have it as a parent were there before.
    pub(super) fn next(&mut self) -> Option<(Commit, u8)> {
        let (_, oid) = self.waiting.pop()?;
        self.walked += 1;
        let mark = self.marks.remove(&oid)?;
        self.count(mark, -1);
        Some((self.known.remove(&oid)?, mark))
    }

    /// Gives marks to the parents of a commit.
    pub(super) async fn follow(&mut self, commit: &Commit, mark: u8) -> Result<()> {
        let parents: Vec<Oid> = commit.parents().collect();
        self.load(&parents, commit.generation).await?;
        parents.into_iter().for_each(|parent| self.mark(parent, mark));
        Ok(())
    }

    fn mark(&mut self, oid: Oid, mark: u8) {
        // One that is not in the store, as after damage, leads nowhere.
        let Some(commit) = self.known.get(&oid) else { return };
        let before = self.marks.get(&oid).copied();
        match before {
            Some(before) => self.count(before, -1),
            None => self.waiting.push((commit.generation, oid)),
        }
        let marks = before.unwrap_or_default() | mark;
        self.marks.insert(oid, marks);
        self.count(marks, 1);
    }

    async fn load(&mut self, wanted: &[Oid], below: i64) -> Result<()> {
        if self.known.len() > KNOWN_MAX {
            self.known.retain(|oid, _| self.marks.contains_key(oid));
        }
        let mut missing: Vec<Oid> = wanted.to_vec();
        missing.retain(|oid| !self.known.contains_key(oid));
        if missing.is_empty() {
            return Ok(());
        }
        let mut tx = self.commons.db.read().await?;
        if self.ahead {
            let page = git::list_commits_below(&mut tx, self.repo, (below, ""), PAGE).await?;
            self.known.extend(page.into_iter().map(|commit| (commit.oid, commit)));
            missing.retain(|oid| !self.known.contains_key(oid));
            self.ahead = missing.is_empty();
        }
        if !missing.is_empty() {
            let found = git::find_commits(&mut tx, self.repo, &missing).await?;
            self.known.extend(found.into_iter().map(|commit| (commit.oid, commit)));
        }
        Ok(())
    }
}
