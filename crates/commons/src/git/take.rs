//! A pushed pack on its way in: read whole, judged, and made into rows.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use seedcorn_content::Offload;
use seedcorn_content::git::{
    EntryError, Index, Pack, PackSet, PackSummary, UnpackError, Unpacked, compact, unpack,
};
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::limits;
use seedcorn_core::pointer::Pointer;
use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::files;
use seedcorn_db::git::{self, BlobFact, Commit};

use super::judge::{Judge, too_large};
use super::seen::Seen;
use crate::access::{Grant, Propose};
use crate::objects::Objects;
use crate::publish::pointers;
use crate::{Commons, Refusal, Result};

/// A pack that was found sound.
#[derive(Default)]
pub(super) struct Taken {
    pub(super) summary: Option<PackSummary>,
    pub(super) file: Option<File>,
    pub(super) opened: Option<Arc<Pack>>,
    pub(super) commits: BTreeMap<Oid, Commit>,
    pub(super) tags: BTreeMap<Oid, Oid>,
    pub(super) facts: Vec<BlobFact>,
    pub(super) files: Vec<files::File>,
}

/// Reads a pack whole and checks all that is in it.
pub(super) async fn take(
    commons: &Commons,
    grant: &Grant<Propose>,
    objects: Objects,
    (file, wanted): (File, Vec<Oid>),
) -> Result<Taken> {
    let known = objects.packs.clone();
    let scratch = commons.scratch.clone();
    let read = Offload::run(move || read(file, &known, &scratch, &wanted).map(|read| (read, wanted)));
    let (read, wanted) = read.await?.map_err(Refusal::Unprocessable)?;
    let Some(Read { seen, summary, file, opened }) = read else { return Ok(Taken::default()) };
    let objects = objects.with(opened.clone());
    let judge = Judge { seen: &seen, all: &objects.packs, wanted: &wanted };
    let (facts, stored) = large_files(commons, grant, &judge).await?;
    let commits = commit_rows(&mut commons.db.read().await?, grant, &seen).await?;
    Ok(Taken {
        summary: Some(summary),
        file: Some(file),
        opened: Some(opened),
        commits,
        tags: seen.tags.into_iter().map(|(oid, tag)| (oid, tag.target)).collect(),
        facts,
        files: stored,
    })
}

/// A pack that was read, and found sound as far as it goes.
struct Read {
    seen: Seen,
    summary: PackSummary,
    file: File,
    opened: Arc<Pack>,
}

/// Reads a pack; nothing, if there is nothing in it. One in which objects lean on each other too much is written anew.
fn read(file: File, known: &PackSet, scratch: &Path, wanted: &[Oid]) -> Result<Option<Read>, String> {
    let mut seen = Seen::default();
    let unpacked = unpack(&file, known, &mut |oid, kind, data| seen.see(oid, kind, data));
    let Unpacked { mut summary, heavy } = unpacked.map_err(|error| told(&error))?;
    if summary.objects.is_empty() {
        return Ok(None);
    }
    let broken = |error: &dyn std::fmt::Display| format!("the pack cannot be kept: {error}");
    let mut file = file;
    let mut opened = open(&file, &summary)?;
    if heavy {
        let packs = known.packs().iter().cloned().chain([opened.clone()]).collect();
        let anew = tempfile::tempfile_in(scratch).map_err(|error| broken(&error))?;
        let merged = compact(&PackSet::new(packs), &[opened], &|_| true, anew);
        (summary, file) = merged.map_err(|error| broken(&error))?;
        opened = open(&file, &summary)?;
    }
    let all = PackSet::new(known.packs().iter().cloned().chain([opened.clone()]).collect());
    Judge { seen: &seen, all: &all, wanted }.check()?;
    Ok(Some(Read { seen, summary, file, opened }))
}

fn open(file: &File, summary: &PackSummary) -> Result<Arc<Pack>, String> {
    let broken = |error: &dyn std::fmt::Display| format!("the pack cannot be kept: {error}");
    let index = Index::parse(Bytes::from(summary.index.clone())).map_err(|error| broken(&error))?;
    let bytes = Box::new(file.try_clone().map_err(|error| broken(&error))?);
    Pack::open(bytes, index, summary.thin).map(Arc::new).map_err(|error| broken(&error))
}

/// Why a pack is not taken in. What is too large even to be looked at is told as every file that is.
fn told(error: &UnpackError) -> String {
    match error {
        UnpackError::Entry { error: EntryError::TooLarge { size, .. }, .. } => too_large(
            &format!("a file of {:.1} MB is", *size as f64 / 1e6),
            "",
            &format!("--above={}MB", limits::COMMIT_FILE_BYTES_MAX >> 20),
        ),
        error => error.to_string(),
    }
}

/// What is known of the files, and those that pointers point to, which must have come before.
async fn large_files(
    commons: &Commons,
    grant: &Grant<Propose>,
    judge: &Judge<'_>,
) -> Result<(Vec<BlobFact>, Vec<files::File>)> {
    let seen = judge.seen;
    let pointers = seen.blobs.iter().filter_map(|(fact, pointer)| Some((fact.oid, (*pointer)?)));
    let pointers: BTreeMap<Oid, Pointer> = pointers.collect();
    let sums: BTreeSet<Sha256> = pointers.values().map(|pointer| pointer.sha256).collect();
    let usable = pointers::usable(&mut commons.db.read().await?, &sums, &grant.reader()).await?;
    let is_here = |pointer: &Pointer| {
        usable.get(&pointer.sha256).is_some_and(|file| u64::try_from(file.bytes) == Ok(pointer.size))
    };
    let missing: BTreeMap<Oid, Pointer> = pointers
        .iter()
        .filter(|(_, pointer)| !is_here(pointer))
        .map(|(oid, pointer)| (*oid, *pointer))
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::Unprocessable(judge.missing(&missing)));
    }
    let fact = |(fact, pointer): &(BlobFact, Option<Pointer>)| match pointer {
        Some(pointer) => fact.clone().pointing_at(&pointer.sha256, pointer.size),
        None => fact.clone(),
    };
    Ok((seen.blobs.iter().map(fact).collect(), usable.into_values().collect()))
}

/// Rows of the graph for new commits, each after its parents.
async fn commit_rows(tx: &mut Tx, grant: &Grant<Propose>, seen: &Seen) -> Result<BTreeMap<Oid, Commit>> {
    let outside = seen.commits.values().flat_map(|commit| &commit.parents);
    let outside: BTreeSet<Oid> =
        outside.filter(|parent| !seen.commits.contains_key(*parent)).copied().collect();
    let outside: Vec<Oid> = outside.into_iter().collect();
    let mut generations: HashMap<Oid, i64> = HashMap::new();
    for page in outside.chunks(1000) {
        let found = git::find_commits(tx, &grant.repo().id, page).await?;
        generations.extend(found.into_iter().map(|commit| (commit.oid, commit.generation)));
    }
    let gone = outside.iter().find(|oid| !generations.contains_key(*oid));
    if let Some(oid) = gone {
        return Err(Refusal::Unprocessable(format!(
            "a commit has the parent {oid}, which no branch ever led to"
        )));
    }
    let mut rows = BTreeMap::new();
    for first in seen.commits.keys() {
        // Without recursion: a history may be longer than any stack.
        let mut waiting = vec![*first];
        while let Some(oid) = waiting.last().copied() {
            let Some(commit) = seen.commits.get(&oid).filter(|_| !generations.contains_key(&oid)) else {
                waiting.pop();
                continue;
            };
            let before = commit.parents.iter().filter(|parent| !generations.contains_key(*parent));
            let before: Vec<Oid> = before.copied().collect();
            if !before.is_empty() {
                waiting.extend(before);
                continue;
            }
            waiting.pop();
            let below = commit.parents.iter().filter_map(|parent| generations.get(parent)).max();
            let generation = below.copied().unwrap_or(0) + 1;
            generations.insert(oid, generation);
            let text = (kept(&commit.author.name, limits::FULL_NAME_BYTES_MAX), message(&commit.message));
            let at = Time::from_secs(commit.committer.secs);
            rows.insert(oid, Commit::new(oid, commit.tree, &commit.parents, generation, text, at));
        }
    }
    Ok(rows)
}

fn message(text: &str) -> String {
    kept(text.trim_end(), limits::COMMIT_MESSAGE_BYTES_MAX)
}

/// A text as a row keeps it: without NULs, and not too long.
fn kept(text: &str, most: usize) -> String {
    let mut text = text.replace('\0', "");
    text.truncate(text.floor_char_boundary(most));
    text
}
