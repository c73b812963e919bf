//! Looking into what was published.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_core::scan::{Found, Verdict};
use seedcorn_db::git::{self, Commit};
use seedcorn_db::jobs::{self, Job};
use seedcorn_db::{scan as rows, settings};
use seedcorn_formats::scan::{RULES, Scan};

use super::{Summary, content_of};
use crate::access::{self, Grant, Read, See};
use crate::browse::{self, Entry};
use crate::log::{self, what};
use crate::objects::Objects;
use crate::preview::Source;
use crate::pull::Located;
use crate::{Commons, Refusal, Result, compute, signing};

/// The word for looking into what branches, tags and pull requests lead to.
pub(crate) const SCAN: &str = "scan";
/// The setting with the rules that the log told of last.
const SCAN_RULES: &str = "scan rules";
/// Refs of a repo that are looked into by one job.
const REFS_MAX: i64 = 1000;
/// Files whose findings are looked up, and kept, at once.
const PAGE: usize = 500;
/// How long findings of a page wait to be kept.
const KEPT_AFTER: Duration = Duration::from_secs(10);
/// How long one file may take.
const FILE_TAKES_MAX: Duration = Duration::from_secs(60);
/// Files with findings that are told of a repo.
const TOLD_MAX: usize = 1000;
/// Programs that are told of a repo.
const RUNS_MAX: usize = 50;

/// Asks for looking into all repos that were looked into by other rules than those of this program, or never.
///
/// # Errors
/// Those of the database.
pub async fn scan_all(commons: &Commons) -> Result<u64> {
    let mut tx = commons.db.write().await?;
    let asked = rows::ask_all(&mut tx, SCAN, RULES, commons.now()).await?;
    let before = settings::find(&mut tx, SCAN_RULES).await?.and_then(|text| text.parse().ok());
    if before != Some(RULES) {
        settings::put(&mut tx, SCAN_RULES, &RULES.to_string()).await?;
        log::of_hub(commons, &mut tx, what::scan_rules(before, RULES)).await?;
    }
    tx.commit().await?;
    Ok(asked)
}

/// Looks into the files of all refs that nobody looked into yet, and writes down what was found in each ref. What is found is kept as it
/// goes, so that whoever goes on begins where this ends.
pub(crate) async fn look(commons: &Commons, job: &Job) -> Result<()> {
    let Some(grant): Option<Grant<Read>> = access::for_the_hub(commons, &job.repo).await? else {
        return Ok(());
    };
    let refs = rows::refs_due(&mut commons.db.look().await?, &job.repo, RULES, REFS_MAX).await?;
    for (name, target) in refs {
        let oid = target.parse().map_err(Refusal::broken)?;
        look_at(commons, &grant, job, (&name, &oid)).await?;
    }
    let mut tx = commons.db.write().await?;
    rows::forget_refs(&mut tx, &job.repo).await?;
    Ok(tx.commit().await?)
}

/// Looks into one ref, unless another leads to the same commit.
async fn look_at(commons: &Commons, grant: &Grant<Read>, job: &Job, (name, oid): (&str, &Oid)) -> Result<()> {
    let mut tx = commons.db.look().await?;
    let known = rows::commit(&mut tx, &job.repo, oid, RULES).await?;
    let commit = git::find_commit(&mut tx, &job.repo, oid).await?;
    drop(tx);
    let Some(commit) = commit else { return Ok(()) };
    let says = match known {
        Some(says) => Some(says),
        None => summary(commons, grant, &commit).await?,
    };
    let mut tx = commons.db.write().await?;
    if let Some(says) = says
        && jobs::hold(&mut tx, job).await?
    {
        rows::put_ref(&mut tx, &job.repo, (name, oid), RULES, &says).await?;
    }
    Ok(tx.commit().await?)
}

/// What is found in a commit, as it is kept; none where it has more files than are looked into: nobody says that all of them were.
async fn summary(commons: &Commons, grant: &Grant<Read>, commit: &Commit) -> Result<Option<String>> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let every = browse::every_file(commons, &see, commit, limits::SCANNED_FILES_MAX).await?;
    let is_all = every.is_some();
    let entries = match every {
        Some(entries) => entries,
        None => browse::all_files(commons, &see, commit, limits::SCANNED_FILES_MAX).await?,
    };
    signing::see(commons, grant, &entries).await?;
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let (mut files, mut runs): (Vec<(String, Verdict)>, BTreeSet<String>) = Default::default();
    for page in entries.chunks(PAGE) {
        let found = look_into_all(commons, &objects, commit, page).await?;
        runs.extend(found.values().flat_map(|found| found.runs.clone()));
        let told = found.into_iter().filter(|(_, found)| found.verdict > Verdict::NothingFound);
        files.extend(told.map(|(path, found)| (path, found.verdict)));
    }
    // The worst are told first, and never left out for others.
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    files.truncate(TOLD_MAX);
    let summary = Summary { files, runs: runs.into_iter().take(RUNS_MAX).collect() };
    let says = serde_json::to_string(&summary).map_err(Refusal::broken)?;
    Ok(is_all.then_some(says))
}

/// What is in some files, looked into where nobody did before.
async fn look_into_all(
    commons: &Commons,
    objects: &Objects,
    commit: &Commit,
    entries: &[Entry],
) -> Result<BTreeMap<String, Found>> {
    let mut found = super::found(commons, entries).await?;
    let (mut fresh, mut kept) = (Vec::new(), Instant::now());
    for entry in entries {
        if found.contains_key(&entry.path) {
            continue;
        }
        let one = look_into(commons, objects, commit, entry).await?;
        fresh.push((content_of(entry), serde_json::to_string(&one).map_err(Refusal::broken)?));
        found.insert(entry.path.clone(), one);
        if kept.elapsed() > KEPT_AFTER {
            keep(commons, std::mem::take(&mut fresh)).await?;
            kept = Instant::now();
        }
    }
    keep(commons, fresh).await?;
    Ok(found)
}

/// Keeps what was found in some contents.
async fn keep(commons: &Commons, found: Vec<(String, String)>) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    for (content, says) in &found {
        rows::put_file(&mut tx, content, RULES, says).await?;
    }
    Ok(tx.commit().await?)
}

/// Looks into a file, for as long as one may take: what was not read by then could not be scanned.
async fn look_into(commons: &Commons, objects: &Objects, commit: &Commit, entry: &Entry) -> Result<Found> {
    let Some(located) = Located::of_entry(objects, commit, entry) else {
        let mut found = Found::default();
        found.add(Verdict::Unscannable, "it names a file that is not here");
        return Ok(found);
    };
    let source = Source::open(commons, &located).await?;
    let mut scan = Scan::new(&entry.path, source.bytes());
    let begun = Instant::now();
    while let Some(range) = scan.wants().filter(|_| begun.elapsed() < FILE_TAKES_MAX) {
        let bytes = source.range(range).await?;
        // Much may come out of little.
        scan = compute(move || {
            scan.take(&bytes);
            scan
        })
        .await?;
    }
    Ok(scan.finish())
}
