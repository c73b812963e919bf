//! Grading: how open a release is. A folder is read on its own; a revision of a repo together with what it names here, and
//! what was found of it is kept by the versions of the rules and of the licences, so that it is read once.

mod folder;
mod hub;
mod job;
mod readings;
mod required;
mod reviews;
mod room;

use std::sync::Arc;
use std::time::Duration;

use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_core::openness::review::{self, Reviewed};
use seedcorn_core::openness::seen::Release;
use seedcorn_core::openness::{
    Class, Finding, Grade, LICENSES_VERSION, Place, Profile, RULES_VERSION, Remark, Status, Verdict,
    evaluate, gather, gather_dataset,
};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::git::Commit;
use seedcorn_db::repos::{self, Named};
use seedcorn_db::{Tx, openness as rows};
use serde::{Deserialize, Serialize};

pub(crate) use folder::paths;
pub use folder::{BadFolder, folder};
pub(crate) use job::{follow, regrade};
pub(crate) use readings::{Kept, Key};
pub(crate) use required::is_asked;
pub use required::may_pull;
pub use reviews::{add_review, reviews};

use crate::access::{self, Grant, Level, Read, See};
use crate::repo::Repo;
use crate::{Commons, Refusal, Result, browse, compute};

/// What was found of a release, as it is written down.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Says {
    findings: Vec<Finding>,
    remarks: Vec<Remark>,
    /// Repos that it names and at which commit each was read.
    linked: Vec<(String, String)>,
}

/// A revision that was graded.
#[derive(Clone, Debug)]
pub struct Graded {
    /// The commit.
    pub commit: Oid,
    /// When.
    pub at: Time,
    /// Repos that it names, as `datasets/ada/rows`, and at which commit each was read.
    pub linked: Vec<(String, String)>,
    kind: RepoKind,
    findings: Vec<Finding>,
    remarks: Vec<Remark>,
}

impl Graded {
    /// The verdict by a profile.
    pub fn verdict(&self, profile: Profile) -> Verdict {
        evaluate(&self.findings, &self.remarks, profile)
    }

    /// The verdict if it were made from nothing: by its own terms alone.
    pub fn own_verdict(&self, profile: Profile) -> Verdict {
        let mut findings = self.findings.clone();
        for finding in &mut findings {
            if let Some(own) = finding.license.as_mut().and_then(|license| license.own.take()) {
                finding.license = Some(*own);
            }
        }
        evaluate(&findings, &self.remarks, profile)
    }

    /// The verdict by the profile by which releases of its kind are listed.
    pub fn usual(&self) -> Verdict {
        self.verdict(usual(self.kind))
    }

    /// What may be told to those who may see that there are files, and not read them: no line of a file but the card.
    #[must_use]
    pub fn without_excerpts(mut self) -> Graded {
        let of_files = |place: Option<&Place>| {
            place.is_some_and(|place| place.repo.is_none() && !place.path.eq_ignore_ascii_case("readme.md"))
        };
        for remark in self.remarks.iter_mut().filter(|remark| of_files(remark.place.as_ref())) {
            remark.text = remark.code.sentence().to_owned();
        }
        let licenses = self.findings.iter_mut().filter_map(|finding| finding.license.as_mut());
        for license in licenses {
            if license.evidence.iter().any(|one| of_files(Some(&one.place))) {
                license.terms.reason = "as the files say, which are given on request".to_owned();
                license.own = None;
            }
        }
        let licenses = self.findings.iter_mut().filter_map(|finding| finding.license.as_mut());
        let of_licenses = licenses.flat_map(|license| license.evidence.iter_mut());
        for one in of_licenses {
            blank(&mut one.excerpt, &one.place.path, one.place.repo.is_none());
        }
        for one in self.findings.iter_mut().flat_map(|finding| finding.evidence.iter_mut()) {
            blank(&mut one.excerpt, &one.place.path, one.place.repo.is_none());
        }
        self
    }
}

fn blank(excerpt: &mut String, path: &str, own: bool) {
    if own && !path.eq_ignore_ascii_case("readme.md") {
        excerpt.clear();
    }
}

/// Whether repos of a kind are graded.
pub fn is_graded(kind: RepoKind) -> bool {
    matches!(kind, RepoKind::Model | RepoKind::Dataset)
}

/// The profile by which repos of a kind are listed.
pub fn usual(kind: RepoKind) -> Profile {
    if kind == RepoKind::Dataset { Profile::Data } else { Profile::Mof }
}

/// The profiles by which repos of a kind can be judged.
pub fn profiles(kind: RepoKind) -> &'static [Profile] {
    match kind {
        RepoKind::Model => &Profile::ALL,
        RepoKind::Dataset => &[Profile::Data],
        RepoKind::Space | RepoKind::Paper | RepoKind::Code => &[],
    }
}

/// What is found of a release of a kind.
pub fn findings(kind: RepoKind, release: &Release) -> (Vec<Finding>, Vec<Remark>) {
    if kind == RepoKind::Dataset { gather_dataset(release) } else { gather(release) }
}

/// The versions of rules and licences, by which results are kept.
pub(crate) fn rules() -> String {
    format!("{RULES_VERSION} {LICENSES_VERSION}")
}

/// What a class is worth in rows: more than all parts together.
const CLASS: i64 = 100;

/// The least figure of what has a class.
pub(crate) fn least(class: Class) -> i64 {
    CLASS * (4 - i64::from(class.number()))
}

/// A verdict as rows have it, so that the more open is the greater: its class, and in it the parts that are asked for and
/// count.
fn figure(grade: Grade, verdict: &Verdict) -> i64 {
    let done = verdict.parts.iter().filter(|part| part.required && part.status == Status::Included).count();
    grade.class().map_or(0, least) + i64::try_from(done).unwrap_or_default()
}

/// The grade that a figure of rows has.
pub fn grade_of(figure: i64) -> Grade {
    match figure / CLASS {
        1 => Grade::III,
        2 => Grade::II,
        3.. => Grade::I,
        _ => Grade::Unclassified,
    }
}

/// What is written down of a commit; none if it was not graded by the rules of today.
pub async fn known(commons: &Commons, grant: &Grant<impl Level>, commit: &Oid) -> Result<Option<Graded>> {
    let repo = grant.repo();
    let mut tx = commons.db.look().await?;
    let Some(row) = rows::find(&mut tx, &repo.id, commit, &rules()).await? else {
        return Ok(None);
    };
    let reviews = reviewed(&mut tx, commons, repo).await?;
    Ok(Some(read(repo, row, &reviews)?))
}

/// The reviews of a work that count.
async fn reviewed(tx: &mut Tx, commons: &Commons, repo: &Repo) -> Result<Vec<Reviewed>> {
    Ok(reviews::within(tx, commons, repo).await?.into_iter().map(|(reviewed, _)| reviewed).collect())
}

/// What was found, and what reviewers say of it.
fn read(repo: &Repo, row: rows::Row, reviews: &[Reviewed]) -> Result<Graded> {
    let says: Says = serde_json::from_str(&row.findings).map_err(Refusal::broken)?;
    let mut findings = says.findings;
    review::apply(&reviews::work(repo), &mut findings, reviews);
    Ok(Graded {
        commit: row.oid,
        at: row.graded,
        linked: says.linked,
        kind: repo.kind,
        findings,
        remarks: says.remarks,
    })
}

/// How open a commit is; it is read now if nobody did before.
///
/// # Errors
/// `Invalid` for a kind of repo that is not graded; `Busy` if it takes too long: whoever asks again gets further.
pub async fn at(commons: &Commons, grant: &Grant<Read>, commit: &Commit) -> Result<Graded> {
    let repo = grant.repo();
    if !is_graded(repo.kind) {
        return Err(Refusal::Invalid(format!(
            "openness is graded of models and data sets, and this is a {}",
            repo.kind
        )));
    }
    if let Some(graded) = known(commons, grant, &commit.oid).await? {
        return Ok(graded);
    }
    let patience = Duration::from_secs(limits::GRADE_SECS);
    let made = async {
        let _turn = commons.grading.acquire().await.map_err(Refusal::broken)?;
        // Whoever had the turn before may have done it.
        if let Some(graded) = known(commons, grant, &commit.oid).await? {
            return Ok(graded);
        }
        let (row, names) = make(commons, grant, commit).await?;
        let mut tx = commons.db.write().await?;
        rows::put(&mut tx, &repo.id, &row).await?;
        rows::add_links(&mut tx, &repo.id, &names).await?;
        let reviews = reviewed(&mut tx, commons, repo).await?;
        tx.commit().await?;
        read(repo, row, &reviews)
    };
    tokio::time::timeout(patience, made).await.unwrap_or_else(|_| {
        Err(Refusal::Busy("grading takes longer than a request may; ask again in a minute".into()))
    })
}

/// How open a revision is, for whoever runs the hub and reads its store.
///
/// # Errors
/// As [`at`]; `Unseen` if there is no such repo, `NoRevision` if it has no such revision.
pub async fn by_operator(
    commons: &Commons,
    kind: RepoKind,
    full_name: &str,
    revision: &str,
) -> Result<Graded> {
    let Named::Repo(repo) = repos::find(&mut commons.db.look().await?, kind, full_name).await? else {
        return Err(Refusal::NotFound(format!("there is no {kind} {full_name} in this hub")));
    };
    let grant = access::for_the_hub(commons, &repo.id).await?.ok_or(Refusal::Unseen)?;
    let commit = browse::revision(commons, &grant, revision).await?;
    at(commons, &grant, &commit).await
}

/// Reads and judges a commit. Tells what is to be written down, and what it names elsewhere.
async fn make(commons: &Commons, grant: &Grant<Read>, commit: &Commit) -> Result<(rows::Row, hub::Names)> {
    let kind = grant.repo().kind;
    let (release, names) = hub::release(commons, grant, commit).await?;
    let reviews = reviewed(&mut commons.db.look().await?, commons, grant.repo()).await?;
    let work = reviews::work(grant.repo());
    let (says, verdict) = compute(move || {
        let (findings, remarks) = findings(kind, &release);
        let mut counted = findings.clone();
        review::apply(&work, &mut counted, &reviews);
        let verdict = evaluate(&counted, &remarks, usual(kind));
        let found = release.linked.iter().filter_map(|linked| linked.found.as_deref());
        let mut linked: Vec<_> = found.map(|found| (found.repo.clone(), found.commit.clone())).collect();
        linked.sort();
        linked.dedup();
        (Says { findings, remarks, linked }, verdict)
    })
    .await?;
    let row = rows::Row {
        oid: commit.oid,
        rules: rules(),
        graded: commons.now(),
        class: figure(verdict.confirmed, &verdict),
        possible: figure(verdict.possible, &verdict),
        findings: serde_json::to_string(&says).map_err(Refusal::broken)?,
    };
    Ok((row, names))
}

/// The class of a commit in a word, for answers that must not wait: nothing if it is not known.
pub async fn brief(commons: &Commons, grant: &Grant<impl Level>, commit: &Oid) -> Result<Option<Brief>> {
    let repo = grant.repo();
    if !is_graded(repo.kind) {
        return Ok(None);
    }
    let key = (repo.id.clone(), *commit);
    if let Some(brief) = commons.briefs.get(&key) {
        return Ok(brief);
    }
    let row = rows::list(&mut commons.db.look().await?, &repo.id, &[*commit], &rules()).await?.pop();
    let brief = row.map(|row| Brief { confirmed: grade_of(row.class), possible: grade_of(row.possible) });
    commons.briefs.insert(key, brief);
    Ok(brief)
}

/// What is sure of a commit, and what may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Brief {
    /// What is sure.
    pub confirmed: Grade,
    /// What may be.
    pub possible: Grade,
}

/// What some commits came to; those that nobody graded are left out.
pub async fn briefs(commons: &Commons, grant: &Grant<See>, commits: &[Oid]) -> Result<Vec<(Oid, Brief)>> {
    let rows = rows::list(&mut commons.db.look().await?, &grant.repo().id, commits, &rules()).await?;
    let brief = |row: rows::Graded| {
        (row.oid, Brief { confirmed: grade_of(row.class), possible: grade_of(row.possible) })
    };
    Ok(rows.into_iter().map(brief).collect())
}

/// What became of the openness of a repo's default branch.
#[derive(Clone, Debug)]
pub struct Event {
    /// When it was seen.
    pub at: Time,
    /// The commit that was graded before.
    pub was: Oid,
    /// The commit at which it was seen; the same as before if something changed elsewhere.
    pub commit: Oid,
    /// What became of it.
    pub difference: Arc<seedcorn_core::openness::Difference>,
}

/// The newest of what became of a repo's openness, the newest first.
pub async fn events(commons: &Commons, grant: &Grant<See>, limit: usize) -> Result<Vec<Event>> {
    let limit = i64::try_from(limit.min(limits::OPENNESS_EVENTS_MAX)).unwrap_or(i64::MAX);
    let rows = rows::events(&mut commons.db.look().await?, &grant.repo().id, limit).await?;
    let event = |row: rows::Event| {
        let difference = serde_json::from_str(&row.says).ok()?;
        Some(Event { at: row.at, was: row.was, commit: row.oid, difference: Arc::new(difference) })
    };
    Ok(rows.into_iter().filter_map(event).collect())
}

/// How many public repos of a kind came to each class, the best first, and how many nobody graded yet.
pub async fn counts(commons: &Commons, kind: RepoKind) -> Result<(Vec<(Grade, u64)>, u64)> {
    let rows = rows::count(&mut commons.db.look().await?, kind).await?;
    let count = |wanted: Option<Grade>| -> u64 {
        let of = |(figure, _): &&(Option<i64>, i64)| figure.map(grade_of) == wanted;
        rows.iter().filter(of).map(|(_, count)| u64::try_from(*count).unwrap_or_default()).sum()
    };
    let grades = [Grade::I, Grade::II, Grade::III, Grade::Unclassified];
    Ok((grades.map(|grade| (grade, count(Some(grade)))).into(), count(None)))
}
