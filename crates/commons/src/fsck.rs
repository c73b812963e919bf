//! Fsck: whether everything that the database names is there, and is what its name says. Reads only; mends nothing.
//!
//! Repo by repo: refs, commits, trees, packs and facts of blobs; then every xorb and every file of the store. Without
//! `deep` the work grows with the number of names, not of bytes: commits, trees and blobs as short as a pointer are
//! read and their ids computed, longer blobs only looked up in the packs' indexes, and of a xorb only the footer is
//! read. With `deep` every object of every pack is inflated and hashed, every chunk decoded and hashed, and every
//! file rebuilt for its SHA-256.
//!
//! It may run beside a server: what was published meanwhile is not taken for damage.

mod attachments;
mod commits;
mod facts;
mod files;
mod packs;
mod repo;
mod trees;
mod unsound;
mod xorbs;

use std::fmt;

use seedcorn_content::xet::store::XorbStore;
use seedcorn_db::repos;

use crate::xet::Shelf;
use crate::{Commons, Result};

/// Rows of one page of the database.
const PAGE: i64 = 500;

/// Something that is not as it must be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// Which object, by its name, and what is wrong with it.
    pub what: String,
    /// What people meet because of it.
    pub harm: String,
    /// What an operator can do.
    pub mend: String,
}

impl Finding {
    fn new(what: impl Into<String>, harm: impl Into<String>, mend: impl Into<String>) -> Finding {
        Finding { what: what.into(), harm: harm.into(), mend: mend.into() }
    }
}

impl fmt::Display for Finding {
    /// Three lines, without a newline after the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n  harm: {}\n  mend: {}", self.what, self.harm, self.mend)
    }
}

/// How much was looked at, and how much of it is unsound.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub struct Summary {
    /// Repos that are not deleted.
    pub repos: u64,
    /// Rows of their commit graphs.
    pub commits: u64,
    /// Git objects in the packs that could be opened; one that lies in two packs counts twice.
    pub objects: u64,
    /// Rows of packs in use.
    pub packs: u64,
    /// Rows of xorbs.
    pub xorbs: u64,
    /// Rows of files that are kept as chunks.
    pub files: u64,
    /// Rows of what is attached to comments.
    pub attachments: u64,
    /// Stored bytes of the packs, xorbs and attachments that are there: packs without their indexes, xorbs with their footers.
    pub bytes: u64,
    /// Findings reported.
    pub findings: u64,
}

/// How a check ended, for the exit status of a command.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// 0: all is sound.
    Sound,
    /// 1: there are findings.
    Findings,
    /// 2: the check itself could not be done; nothing is said about the store.
    Unchecked,
}

impl Exit {
    /// From what [`check`] returned.
    pub fn of(checked: &Result<Summary>) -> Exit {
        match checked {
            Ok(summary) if summary.findings == 0 => Exit::Sound,
            Ok(_) => Exit::Findings,
            Err(_) => Exit::Unchecked,
        }
    }

    /// The exit status.
    pub fn code(self) -> u8 {
        match self {
            Exit::Sound => 0,
            Exit::Findings => 1,
            Exit::Unchecked => 2,
        }
    }
}

/// Hands findings on and counts.
struct Ledger<'a> {
    report: &'a mut dyn FnMut(Finding),
    summary: Summary,
}

impl Ledger<'_> {
    fn add(&mut self, finding: Finding) {
        self.summary.findings += 1;
        (self.report)(finding);
    }
}

/// Checks the whole store; each finding goes to `report` as soon as it is known.
///
/// # Errors
/// Only when the check cannot be done: database or depot do not answer, a row does not decode, no scratch space left.
pub async fn check(commons: &Commons, deep: bool, report: &mut dyn FnMut(Finding)) -> Result<Summary> {
    // A cold cache: what is in memory tells nothing of what is stored.
    let mut commons = commons.clone();
    commons.xorbs = XorbStore::new(commons.depot.clone(), crate::dice::id);
    commons.shelf = Shelf::new(commons.db.clone());
    let mut ledger = Ledger { report, summary: Summary::default() };
    let mut after = String::new();
    loop {
        let page = repos::list_by_id(&mut commons.db.read().await?, &after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id.to_string();
        for repo in &page {
            ledger.summary.repos += 1;
            repo::check(&commons, deep, repo, &mut ledger).await?;
        }
    }
    xorbs::check(&commons, deep, &mut ledger).await?;
    files::check(&commons, deep, &mut ledger).await?;
    attachments::check(&commons, deep, &mut ledger).await?;
    Ok(ledger.summary)
}
