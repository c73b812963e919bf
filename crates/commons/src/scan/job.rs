//! Looking into what was published.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use seedcorn_core::limits;
use seedcorn_core::scan::{Found, Verdict};
use seedcorn_db::git::{self, Commit};
use seedcorn_db::jobs::{self, Job};
use seedcorn_db::{scan as rows, settings};
use seedcorn_formats::scan::{RULES, Scan};

use super::{Kept, content_of};
use crate::access::{self, Grant, Read, See};
use crate::browse::{self, Entry};
use crate::log::{self, what};
use crate::objects::{MAIN, Objects};
use crate::preview::Source;
use crate::pull::Located;
use crate::{Commons, Refusal, Result, compute};

/// The word for looking into the default branch.
pub(crate) const SCAN: &str = "scan";
/// The setting with the rules that the log told of last.
const SCAN_RULES: &str = "scan rules";
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

/// Looks into the files of the default branch that nobody looked into yet, and writes down what was found in all of them. What is
/// found is kept as it goes, so that whoever goes on begins where this ends.
pub(crate) async fn look(commons: &Commons, job: &Job) -> Result<()> {
    let Some(grant): Option<Grant<Read>> = access::for_the_hub(commons, &job.repo).await? else {
        return Ok(());
    };
    let main = git::find_commit_of_ref(&mut commons.db.look().await?, &job.repo, MAIN).await?;
    let Some(commit) = main else { return Ok(()) };
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let every = browse::every_file(commons, &see, &commit, limits::SCANNED_FILES_MAX).await?;
    // Where there are more, some are looked into, and nobody says that all of them were.
    let is_all = every.is_some();
    let entries = match every {
        Some(entries) => entries,
        None => browse::all_files(commons, &see, &commit, limits::SCANNED_FILES_MAX).await?,
    };
    let objects = Objects::open(commons, &job.repo).await?;
    let (mut files, mut runs): (Vec<(String, Verdict)>, BTreeSet<String>) = Default::default();
    for page in entries.chunks(PAGE) {
        let mut found = super::found(commons, page).await?;
        let (mut fresh, mut kept) = (Vec::new(), Instant::now());
        for entry in page {
            if found.contains_key(&entry.path) {
                continue;
            }
            let one = look_into(commons, &objects, &commit, entry).await?;
            fresh.push((content_of(entry), serde_json::to_string(&one).map_err(Refusal::broken)?));
            found.insert(entry.path.clone(), one);
            if kept.elapsed() > KEPT_AFTER {
                keep(commons, std::mem::take(&mut fresh)).await?;
                kept = Instant::now();
            }
        }
        keep(commons, fresh).await?;
        runs.extend(found.values().flat_map(|found| found.runs.clone()));
        let told = found.into_iter().filter(|(_, found)| found.verdict > Verdict::NothingFound);
        files.extend(told.map(|(path, found)| (path, found.verdict)));
    }
    // The worst are told first, and never left out for others.
    files.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    files.truncate(TOLD_MAX);
    let kept = Kept { files, runs: runs.into_iter().take(RUNS_MAX).collect() };
    let says = serde_json::to_string(&kept).map_err(Refusal::broken)?;
    let mut tx = commons.db.write().await?;
    if jobs::hold(&mut tx, job).await? && is_all {
        rows::put_repo(&mut tx, &job.repo, RULES, &commit.oid.to_string(), &says).await?;
    }
    Ok(tx.commit().await?)
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
