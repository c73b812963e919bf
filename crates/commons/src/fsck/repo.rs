//! One repo: its refs, and what all checks of its objects share.

use std::collections::HashSet;

use seedcorn_content::Offload;
use seedcorn_content::git::Kind;
use seedcorn_core::digest::Oid;
use seedcorn_db::git::{self, Ref};
use seedcorn_db::repos::Repo;

use super::packs::Opened;
use super::unsound::Unsound;
use super::{Finding, Ledger};
use crate::{Commons, Result};

/// Objects of one repo that are named one by one. A lost pack takes thousands with it, and they tell nothing new.
const OBJECTS_NAMED_MAX: usize = 50;

/// A repo under check.
pub(super) struct RepoCheck<'a, 'r> {
    pub(super) commons: &'a Commons,
    pub(super) deep: bool,
    pub(super) repo: &'a Repo,
    pub(super) packs: Opened,
    pub(super) ledger: &'a mut Ledger<'r>,
    /// Trees and blobs that a commit reaches.
    pub(super) seen: HashSet<Oid>,
    /// Objects that could not be read and were reported as such.
    pub(super) unreadable: HashSet<Oid>,
    named: usize,
    unnamed: u64,
}

/// Checks a repo.
pub(super) async fn check(commons: &Commons, deep: bool, repo: &Repo, ledger: &mut Ledger<'_>) -> Result<()> {
    // One picture: the packs of that moment hold what the refs of that moment reach.
    let mut tx = commons.db.read().await?;
    let refs = git::list_refs(&mut tx, &repo.id).await?;
    let targets: HashSet<Oid> = refs.iter().map(|one| one.target).collect();
    let targets: Vec<Oid> = targets.into_iter().collect();
    let known = git::find_commits(&mut tx, &repo.id, &targets).await?;
    let known: HashSet<Oid> = known.into_iter().map(|commit| commit.oid).collect();
    let rows = git::list_packs(&mut tx, &repo.id).await?;
    drop(tx);
    let name = title(repo);
    for lost in refs.iter().filter(|one| !known.contains(&one.target)) {
        ledger.add(lost_target(&name, lost));
    }
    let mut packs = Opened::new(commons, repo)?;
    packs.open(commons, rows, ledger).await?;
    let (seen, unreadable) = (HashSet::new(), HashSet::new());
    let mut check = RepoCheck { commons, deep, repo, packs, ledger, seen, unreadable, named: 0, unnamed: 0 };
    check.commits().await?;
    check.facts().await?;
    if deep {
        check.every_object().await?;
    }
    check.close();
    Ok(())
}

/// `model acme/one`.
pub(super) fn title(repo: &Repo) -> String {
    format!("{} {}", repo.kind.word(), repo.full_name())
}

fn lost_target(repo: &str, lost: &Ref) -> Finding {
    Finding::new(
        format!("{} of {repo}: it points at commit {}, which has no row", lost.name, lost.target),
        "whoever asks for this revision gets an error",
        "point the ref at a commit that the repo has, or restore the database from a backup",
    )
}

impl RepoCheck<'_, '_> {
    /// Reports an object of the repo, or only counts it when many were reported.
    pub(super) fn object(&mut self, finding: Finding) {
        if self.named < OBJECTS_NAMED_MAX {
            self.named += 1;
            self.ledger.add(finding);
        } else {
            self.unnamed += 1;
        }
    }

    fn close(&mut self) {
        if self.unnamed > 0 {
            let what =
                format!("{} further objects of {}: missing or damaged", self.unnamed, title(self.repo));
            let harm = "what they belong to cannot be read";
            self.ledger.add(Finding::new(what, harm, "mend what is named above, and check again"));
        }
    }

    /// Whether an object is in the packs, those that were added meanwhile included.
    pub(super) async fn has(&mut self, oid: &Oid) -> Result<bool> {
        if self.packs.set.contains(oid) {
            return Ok(true);
        }
        let rows = git::list_packs(&mut self.commons.db.read().await?, &self.repo.id).await?;
        self.packs.open(self.commons, rows, self.ledger).await?;
        Ok(self.packs.set.contains(oid))
    }

    /// The content of an object, read from its pack and hashed. Whoever calls reports it when that fails.
    pub(super) async fn read(&mut self, oid: &Oid, kind: Kind) -> Result<Vec<u8>, Unsound> {
        let read = self.try_read(oid, kind).await;
        if read.is_err() {
            self.unreadable.insert(*oid);
        }
        read
    }

    async fn try_read(&mut self, oid: &Oid, kind: Kind) -> Result<Vec<u8>, Unsound> {
        if !self.has(oid).await.map_err(Unsound::Unchecked)? {
            return Err(Unsound::bad("it is in no pack"));
        }
        let (packs, wanted) = (self.packs.set.clone(), *oid);
        let object = Offload::run(move || packs.read(&wanted)).await?.map_err(Unsound::bad)?;
        if object.kind != kind {
            return Err(Unsound::Bad(format!("it is a {}, not a {}", object.kind.name(), kind.name())));
        }
        Ok(object.data)
    }
}
