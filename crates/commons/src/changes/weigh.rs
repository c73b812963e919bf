//! How many bytes of a commit are new to its repo.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_content::git::{Kind, Mode, oid_of};
use seedcorn_core::digest::{Oid, XetHash};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::pointer::Pointer;
use seedcorn_db::files::{self, File, FileRun};
use seedcorn_db::git::{self, BlobFact, Commit};
use seedcorn_db::repos::Weighed;

use super::covered::Covered;
use super::tensors::index;
use super::{Difference, between, first_parent};
use crate::access::{Grant, See};
use crate::objects::Objects;
use crate::{Commons, Refusal, Result};

/// Facts asked for at once.
const BATCH: usize = 1000;
/// What opening a folder costs, in entries read.
const FOLDER_COST: usize = 100;
/// What reading a xorb's index costs, in rows.
const INDEX_COST: usize = 100;

/// The bytes of the files that a commit adds or changes, in two parts.
///
/// Counted are the files at paths where the commit's tree differs from its first parent's, each content once, and not
/// those whose content the parent has at another such path. A large file's bytes are *shared* if they lie in stored
/// chunks that files of the parent's tree are made of, or that were counted before; all others are *new*. A file that is
/// no large one is new as a whole.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Weight {
    /// Bytes that the parent's files do not have.
    pub new: u64,
    /// Bytes that they have.
    pub shared: u64,
    /// Whether all was looked at. If not, some of the new bytes may be shared, and some may not be counted.
    pub whole: bool,
}

/// Weighs a commit, once: its weight never changes.
pub async fn weigh(commons: &Commons, grant: &Grant<See>, commit: &Commit) -> Result<Weight> {
    Ok(weigh_at_cost(commons, grant, commit).await?.0)
}

/// Weighs commits one after the other, until it has cost [`limits::WEIGHED_COST_MAX`]. The rest is left out, and will
/// not be the next time: what was weighed costs no more.
pub async fn weigh_some(
    commons: &Commons,
    grant: &Grant<See>,
    commits: &[Commit],
) -> Result<BTreeMap<Oid, Weight>> {
    let (mut weights, mut spent) = (BTreeMap::new(), 0);
    for commit in commits {
        let known = commons.weights.get(&(grant.repo().id.clone(), commit.oid));
        if known.is_none() && spent >= limits::WEIGHED_COST_MAX {
            continue;
        }
        let (weight, cost) = match known {
            Some(weight) => (weight, 0),
            None => weigh_at_cost(commons, grant, commit).await?,
        };
        weights.insert(commit.oid, weight);
        spent += cost;
    }
    Ok(weights)
}

/// Weighs the commits that refs point to as [`weigh_some`] does.
pub async fn weigh_tips(
    commons: &Commons,
    grant: &Grant<See>,
    tips: &[Oid],
) -> Result<BTreeMap<Oid, Weight>> {
    let tips: BTreeSet<Oid> = tips.iter().copied().take(BATCH).collect();
    let tips: Vec<Oid> = tips.into_iter().collect();
    let commits = git::find_commits(&mut commons.db.look().await?, &grant.repo().id, &tips).await?;
    weigh_some(commons, grant, &commits).await
}

async fn weigh_at_cost(commons: &Commons, grant: &Grant<See>, commit: &Commit) -> Result<(Weight, usize)> {
    let key = (grant.repo().id.clone(), commit.oid);
    if let Some(known) = commons.weights.get(&key) {
        return Ok((known, 0));
    }
    let parent = first_parent(commons, grant, commit).await?;
    let difference = between(commons, grant, parent.as_ref(), commit).await?;
    let weight = Weight { whole: difference.is_whole(), ..Weight::default() };
    // A few queries, whatever else it costs.
    let (cost, xorbs_max) = (10 + difference.pairs.len(), limits::CHANGES_XORBS_MAX);
    let mut scales = Scales { commons, repo: &key.0, weight, cost, xorbs_max };
    scales.weigh(parent.as_ref(), &difference).await?;
    let Scales { weight, cost, .. } = scales;
    commons.weights.insert(key, weight);
    Ok((weight, cost))
}

/// A commit on its way to its weight.
struct Scales<'a> {
    commons: &'a Commons,
    repo: &'a RepoId,
    weight: Weight,
    /// What it has cost so far, in rows and entries read.
    cost: usize,
    /// Xorbs whose indexes it may read.
    xorbs_max: usize,
}

impl Scales<'_> {
    async fn weigh(&mut self, parent: Option<&Commit>, difference: &Difference) -> Result<()> {
        let before: BTreeSet<Oid> =
            difference.pairs.iter().filter_map(|pair| Some(pair.before?.oid)).collect();
        let after = difference.pairs.iter().filter_map(|pair| pair.after);
        let fresh: BTreeSet<Oid> = after
            .filter(|leaf| leaf.mode != Mode::Gitlink && !before.contains(&leaf.oid))
            .map(|leaf| leaf.oid)
            .collect();
        let fresh: Vec<Oid> = fresh.into_iter().collect();
        let mut large = BTreeSet::new();
        for fact in self.facts(&fresh).await? {
            match fact.file() {
                Some((sha256, _)) => _ = large.insert(sha256),
                None => self.weight.new = self.weight.new.saturating_add(fact.bytes.unsigned_abs()),
            }
        }
        let sums: Vec<_> = large.iter().copied().take(limits::WEIGHED_FILES_MAX).collect();
        self.weight.whole &= sums.len() == large.len();
        if sums.is_empty() {
            return Ok(());
        }
        let mut tx = self.commons.db.read().await?;
        let mut found = files::repo_files_by_sha256(&mut tx, self.repo, &sums).await?;
        drop(tx);
        // The same bytes may be stored twice, cut in two ways.
        found.sort_by_key(|file| (file.sha256, file.hash));
        found.dedup_by_key(|file| file.sha256);
        let runs = self.runs(&found).await?;
        let mut covered = Covered::default();
        if let Some(parent) = parent {
            self.parents(parent, &before, &runs, &mut covered).await?;
        }
        self.count(&runs, covered).await
    }

    async fn facts(&self, oids: &[Oid]) -> Result<Vec<BlobFact>> {
        let mut facts = Vec::new();
        for batch in oids.chunks(BATCH) {
            let mut tx = self.commons.db.read().await?;
            facts.extend(git::find_blob_facts(&mut tx, self.repo, batch).await?);
        }
        Ok(facts)
    }

    /// The terms of files.
    async fn runs(&mut self, found: &[File]) -> Result<Vec<FileRun>> {
        let hashes: Vec<XetHash> = found.iter().map(|file| file.hash).collect();
        let most = i64::try_from(limits::WEIGHED_TERMS_MAX).unwrap_or(i64::MAX);
        let runs = files::terms_of_files(&mut self.commons.db.read().await?, &hashes, most).await?;
        self.weight.whole &= runs.len() < limits::WEIGHED_TERMS_MAX;
        self.cost += runs.len();
        Ok(runs)
    }

    /// Notes the chunks of those of the parent's files that may share some. They are found by the xorbs they share:
    /// first those that the commit replaced; for the others the parent's tree is looked through.
    async fn parents(
        &mut self,
        parent: &Commit,
        replaced: &BTreeSet<Oid>,
        runs: &[FileRun],
        covered: &mut Covered,
    ) -> Result<()> {
        let xorbs: BTreeSet<XetHash> = runs.iter().map(|run| run.xorb).collect();
        let xorbs: Vec<XetHash> = xorbs.into_iter().collect();
        let most = i64::try_from(limits::WEIGHED_FILES_MAX).unwrap_or(i64::MAX);
        let mut tx = self.commons.db.read().await?;
        let near = files::repo_files_with_xorbs(&mut tx, self.repo, &xorbs, most).await?;
        drop(tx);
        self.weight.whole &= near.len() < limits::WEIGHED_FILES_MAX;
        let replaced: Vec<Oid> = replaced.iter().copied().collect();
        let facts = self.facts(&replaced).await?;
        // By its facts, since a pointer may be spelled in another way than ours.
        let sums: BTreeSet<_> = facts.iter().filter_map(BlobFact::file).map(|(sha256, _)| sha256).collect();
        let (mut theirs, others): (Vec<File>, Vec<File>) =
            near.into_iter().partition(|file| sums.contains(&file.sha256));
        let mut wanted: BTreeMap<Oid, Vec<File>> = BTreeMap::new();
        for file in others {
            wanted.entry(pointer_of(&file)?).or_default().push(file);
        }
        if !wanted.is_empty() {
            self.named(parent.tree, wanted, &mut theirs).await?;
        }
        for run in self.runs(&theirs).await? {
            covered.add(run.xorb, chunks(&run)?);
        }
        Ok(())
    }

    /// Moves the files whose pointers a tree names, as far as the tree is looked through.
    async fn named(
        &mut self,
        tree: Oid,
        mut wanted: BTreeMap<Oid, Vec<File>>,
        found: &mut Vec<File>,
    ) -> Result<()> {
        let objects = Objects::open(self.commons, self.repo).await?;
        let (mut left, mut folders) = (limits::WEIGHED_ENTRIES_MAX, vec![tree]);
        let mut seen = BTreeSet::new();
        while let Some(folder) = folders.pop() {
            if wanted.is_empty() || !seen.insert(folder) {
                continue;
            }
            if left == 0 {
                self.weight.whole = false;
                break;
            }
            let entries = objects.tree(&folder).await?;
            left = left.saturating_sub(FOLDER_COST + entries.len());
            self.cost += entries.len();
            for entry in entries.iter() {
                match entry.mode {
                    Mode::Tree => folders.push(entry.oid),
                    _ => found.extend(wanted.remove(&entry.oid).into_iter().flatten()),
                }
            }
        }
        Ok(())
    }

    /// Adds the bytes of runs of chunks: those that are covered are shared. Only runs that are partly covered need their
    /// xorb's index to tell how long the parts are.
    async fn count(&mut self, runs: &[FileRun], mut covered: Covered) -> Result<()> {
        let mut indexes = BTreeMap::new();
        let weight = &mut self.weight;
        for run in runs {
            let (all, bytes) = (chunks(run)?, run.raw_bytes.unsigned_abs());
            let fresh = covered.add(run.xorb, all.clone());
            let mut new = 0;
            if fresh[..] == [all] {
                new = bytes;
            } else if !fresh.is_empty() {
                if !indexes.contains_key(&run.xorb) && indexes.len() < self.xorbs_max {
                    indexes.insert(run.xorb, index(self.commons, run.xorb).await?);
                    self.cost += INDEX_COST;
                }
                match indexes.get(&run.xorb) {
                    Some(index) => {
                        let lengths = fresh.iter().filter_map(|part| index.raw_range(part));
                        new = lengths.map(|range| u64::from(range.end - range.start)).sum();
                    }
                    None => (new, weight.whole) = (bytes, false),
                }
            }
            weight.new = weight.new.saturating_add(new);
            weight.shared = weight.shared.saturating_add(bytes.saturating_sub(new));
        }
        Ok(())
    }
}

/// What a repo's files of all its history weigh, each chunk once. `None` if it has more than is looked at.
pub(crate) async fn weigh_all(commons: &Commons, repo: &RepoId) -> Result<Option<Weighed>> {
    let most = |most: usize| i64::try_from(most).unwrap_or(i64::MAX);
    let weight = Weight { whole: true, ..Weight::default() };
    let mut scales = Scales { commons, repo, weight, cost: 0, xorbs_max: limits::WEIGHED_XORBS_MAX };
    let found =
        files::repo_files(&mut commons.db.look().await?, repo, most(limits::WEIGHED_FILES_MAX)).await?;
    scales.weight.whole &= found.len() < limits::WEIGHED_FILES_MAX;
    let runs = scales.runs(&found).await?;
    let xorbs: BTreeSet<XetHash> = runs.iter().map(|run| run.xorb).collect();
    let xorbs: Vec<XetHash> = xorbs.into_iter().collect();
    let mut tx = commons.db.look().await?;
    let others = files::public_runs(&mut tx, repo, &xorbs, most(limits::WEIGHED_TERMS_MAX)).await?;
    let small = git::small_bytes(&mut tx, repo).await?.unsigned_abs();
    drop(tx);
    scales.weight.whole &= others.len() < limits::WEIGHED_TERMS_MAX;
    let mut covered = Covered::default();
    for run in &others {
        covered.add(run.xorb, chunks(run)?);
    }
    scales.count(&runs, covered).await?;
    let only_here = std::mem::take(&mut scales.weight.new);
    scales.count(&runs, Covered::default()).await?;
    let bytes = |large: u64| i64::try_from(large.saturating_add(small)).unwrap_or(i64::MAX);
    let weighed = Weighed { stored: bytes(scales.weight.new), only_here: bytes(only_here) };
    Ok(scales.weight.whole.then_some(weighed))
}

/// The pointer as we write it.
fn pointer_of(file: &File) -> Result<Oid> {
    let pointer = Pointer { sha256: file.sha256, size: file.bytes.unsigned_abs() };
    oid_of(Kind::Blob, pointer.render().as_bytes()).map_err(Refusal::broken)
}

fn chunks(run: &FileRun) -> Result<std::ops::Range<u32>> {
    let place = |n: i64| u32::try_from(n).map_err(Refusal::broken);
    Ok(place(run.first)?..place(run.past)?)
}
