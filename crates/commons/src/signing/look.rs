//! Looking at signatures: of the default branch after each push, of other revisions when somebody asks.

use std::collections::BTreeMap;
use std::sync::Arc;

use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::git::{self, Commit};
use seedcorn_db::jobs::{self, Job};
use seedcorn_db::{repos, signing as rows};
use seedcorn_signing::{BUNDLE_BYTES_MAX, Found, RULES, Verdict, is_bundle, judge, speaks_of};
use serde::{Deserialize, Serialize};

use super::owner::anchors;
use crate::access::{self, Grant, Read, See};
use crate::browse::{self, Entry};
use crate::log::{self, what};
use crate::objects::{MAIN, Objects, resolve};
use crate::preview::Source;
use crate::pull::Located;
use crate::{Commons, Refusal, Result, compute};

/// The word for looking at the signatures of the default branch.
pub(crate) const SIGNED: &str = "signed";
/// Signatures of a revision that are looked at.
const BUNDLES_MAX: usize = 32;
/// Bytes of all of them.
const BUNDLES_BYTES_MAX: u64 = 2 * BUNDLE_BYTES_MAX as u64;

/// Files by their SHA-256.
type Files = BTreeMap<String, Sha256>;

/// A signature, and what it comes to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Signature {
    /// Where the bundle is.
    pub path: String,
    /// Its SHA-256.
    pub bundle: String,
    /// When it was first seen here, in microseconds since 1970.
    pub seen: i64,
    /// Whether the log has it.
    #[serde(default)]
    logged: bool,
    /// What was found.
    pub found: Found,
}

/// What signatures come to on the default branch.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Summary {
    /// The commit.
    pub oid: Oid,
    /// Each that was looked at.
    pub signatures: Vec<Signature>,
}

/// By what signatures are judged here, apart from what owners say.
fn policy(commons: &Commons) -> String {
    format!("{RULES}:{}", commons.sigstore.digest())
}

/// Asks for looking at all repos that were looked at by other rules than those of this program, or with another root of trust, or never.
///
/// # Errors
/// Those of the database.
pub async fn look_all(commons: &Commons) -> Result<u64> {
    let mut tx = commons.db.write().await?;
    let asked = rows::ask_all(&mut tx, SIGNED, &policy(commons), commons.now()).await?;
    tx.commit().await?;
    Ok(asked)
}

/// What signatures come to on the default branch, when that was looked at last; none before.
///
/// # Errors
/// Those of the database.
pub async fn of_repo(commons: &Commons, grant: &Grant<See>) -> Result<Option<Summary>> {
    let Some((oid, _, says)) = rows::repo(&mut commons.db.look().await?, &grant.repo().id).await? else {
        return Ok(None);
    };
    let oid = oid.parse().map_err(Refusal::broken)?;
    Ok(Some(Summary { oid, signatures: serde_json::from_str(&says).map_err(Refusal::broken)? }))
}

/// What signatures come to in a revision, as it is now.
///
/// # Errors
/// `NoRevision` if there is none.
pub async fn of_revision(commons: &Commons, grant: &Grant<Read>, rev: &str) -> Result<Summary> {
    let commit = resolve(&mut commons.db.look().await?, &grant.repo().id, rev).await?;
    let (_, signatures) = signatures(commons, grant, &commit, None).await?;
    Ok(Summary { oid: commit.oid, signatures: signatures.into_iter().map(|(one, _)| one).collect() })
}

/// Looks at the signatures of the default branch, writes down what they come to, and tells the log what is new.
pub(crate) async fn look(commons: &Commons, job: &Job) -> Result<()> {
    let Some(grant): Option<Grant<Read>> = access::for_the_hub(commons, &job.repo).await? else {
        return Ok(());
    };
    let main = git::find_commit_of_ref(&mut commons.db.look().await?, &job.repo, MAIN).await?;
    let Some(commit) = main else { return Ok(()) };
    let (_, found) = signatures(commons, &grant, &commit, None).await?;
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, &job.repo).await?;
    if jobs::hold(&mut tx, job).await? {
        let private = repos::find_by_id(&mut tx, &job.repo).await?.is_none_or(|repo| repo.private);
        let mut all = Vec::new();
        for (mut one, known) in found {
            if !one.bundle.is_empty() {
                rows::put_seen(&mut tx, &job.repo, &one.bundle, Time(one.seen)).await?;
            }
            // What is hidden is not logged, and is once it is shown.
            if !private && !known {
                let told = what::signature(&commit.oid, &one);
                log::of_repo(commons, &mut tx, &job.repo, None, told).await?;
            }
            one.logged = known || !private;
            all.push(one);
        }
        let says = serde_json::to_string(&all).map_err(Refusal::broken)?;
        rows::put_repo(&mut tx, &job.repo, &commit.oid.to_string(), &policy(commons), &says).await?;
    }
    Ok(tx.commit().await?)
}

/// Keeps when signatures among some files were first seen.
pub(crate) async fn see(commons: &Commons, grant: &Grant<Read>, entries: &[Entry]) -> Result<()> {
    let bundles = entries.iter().filter(|entry| is_bundle(&entry.path)).take(BUNDLES_MAX);
    let digests: Vec<Sha256> = bundles.filter_map(digest).collect();
    if digests.is_empty() {
        return Ok(());
    }
    let mut tx = commons.db.write().await?;
    for bundle in digests {
        rows::put_seen(&mut tx, &grant.repo().id, &bundle.to_string(), commons.now()).await?;
    }
    Ok(tx.commit().await?)
}

fn digest(entry: &Entry) -> Option<Sha256> {
    entry.large.as_ref().map(|large| large.sha256).or(entry.own_sha256)
}

/// The files of a revision by their SHA-256, and those that may be signatures; none where there are more files than are listed.
async fn files(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
) -> Result<Option<(Files, Vec<Entry>)>> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let entries = browse::every_file(commons, &see, commit, limits::MANIFEST_FILES_MAX).await?;
    let Some(entries) = entries else { return Ok(None) };
    let files = entries.iter().filter_map(|entry| Some((entry.path.clone(), digest(entry)?))).collect();
    let bundles = entries.into_iter().filter(|entry| is_bundle(&entry.path)).take(BUNDLES_MAX);
    Ok(Some((files, bundles.collect())))
}

/// The files of a revision, and every signature there that speaks of a digest, or every one; with whether the log has it as it is.
async fn signatures(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
    about: Option<Sha256>,
) -> Result<(Arc<Files>, Vec<(Signature, bool)>)> {
    let Some((files, bundles)) = files(commons, grant, commit).await? else { return Ok(Default::default()) };
    if bundles.is_empty() {
        return Ok((Arc::new(files), Vec::new()));
    }
    let repo = grant.repo();
    let mut tx = commons.db.look().await?;
    let before = rows::repo(&mut tx, &repo.id).await?;
    let before: Vec<Signature> =
        before.and_then(|(.., says)| serde_json::from_str(&says).ok()).unwrap_or_default();
    let signers = rows::of(&mut tx, &repo.namespace).await?;
    let names: Vec<String> = bundles.iter().filter_map(digest).map(|one| one.to_string()).collect();
    let seen: BTreeMap<String, i64> = rows::seen(&mut tx, &repo.id, &names).await?.into_iter().collect();
    drop(tx);
    let objects = Objects::open(commons, &repo.id).await?;
    let (files, mut all, mut left) = (Arc::new(files), Vec::new(), BUNDLES_BYTES_MAX);
    for entry in bundles {
        let Some(bytes) = read(commons, &objects, commit, &entry, &mut left).await? else {
            if about.is_none() {
                let found = Found::unread(
                    "it is longer than a signature may be, or there are too many, or it is not here",
                );
                let (bundle, path) = (String::new(), entry.path);
                all.push((Signature { path, bundle, seen: 0, logged: false, found }, true));
            }
            continue;
        };
        let bundle = Sha256::of(&bytes).to_string();
        let known = before.iter().find(|one| (&one.path, &one.bundle) == (&entry.path, &bundle));
        let seen = seen.get(&bundle).copied().unwrap_or(commons.now().0);
        let (root, of, named) = (commons.sigstore.clone(), files.clone(), anchors(&signers, seen));
        let path = entry.path.clone();
        let found = compute(move || {
            let speaks = about.is_none_or(|digest| speaks_of(&bytes).contains(&digest));
            speaks.then(|| judge((&path, &bytes), &of, &named, &root, Time(seen)))
        });
        let Some(found) = found.await? else { continue };
        let told = |one: &Signature| {
            one.logged && (one.found.verdict, &one.found.signer) == (found.verdict, &found.signer)
        };
        let is_told = known.is_some_and(told);
        all.push((Signature { path: entry.path, bundle, seen, logged: is_told, found }, is_told));
    }
    Ok((files, all))
}

/// A bundle's bytes, taken off what is left to read; none of what is too large for one, or for that.
async fn read(
    commons: &Commons,
    objects: &Objects,
    commit: &Commit,
    entry: &Entry,
    left: &mut u64,
) -> Result<Option<bytes::Bytes>> {
    let located = Located::of_entry(objects, commit, entry);
    let most = (*left).min(BUNDLE_BYTES_MAX as u64);
    let Some(located) = located.filter(|located| located.bytes <= most) else { return Ok(None) };
    *left -= located.bytes;
    let source = Source::open(commons, &located).await?;
    Ok(Some(source.range(0..source.bytes()).await?))
}

/// What is said of a content.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attestations {
    /// The revision.
    pub oid: Oid,
    /// Files that have the content.
    pub files: Vec<String>,
    /// The signatures that speak of it.
    pub signatures: Vec<Signature>,
}

/// What is said of a content in a revision: every signature in it that speaks of a file with that SHA-256.
///
/// # Errors
/// `NoRevision` if there is none; `Invalid` for what is no digest.
pub async fn attestations(
    commons: &Commons,
    grant: &Grant<Read>,
    rev: &str,
    digest: &str,
) -> Result<Attestations> {
    let bad =
        || Refusal::Invalid(format!("a digest is \"sha256:\" and 64 hexadecimal digits, not {digest:?}"));
    let wanted: Sha256 = digest.strip_prefix("sha256:").and_then(|hex| hex.parse().ok()).ok_or_else(bad)?;
    let commit = resolve(&mut commons.db.look().await?, &grant.repo().id, rev).await?;
    let (files, signatures) = signatures(commons, grant, &commit, Some(wanted)).await?;
    let named = files.iter().filter(|(_, digest)| **digest == wanted).map(|(path, _)| path.clone());
    Ok(Attestations {
        oid: commit.oid,
        files: named.collect(),
        signatures: signatures.into_iter().map(|(one, _)| one).collect(),
    })
}

impl Summary {
    /// The signature that says most of who made this: that of the whole model, else one that does not hold, else the best.
    pub fn best(&self) -> Option<&Signature> {
        let whole = |one: &&Signature| one.path == seedcorn_signing::MODEL_SIG;
        // What is said of the whole model counts, whatever is said of a part of it; and one that does not hold is never hidden by another.
        let wrong = self.signatures.iter().find(|one| one.found.verdict == Verdict::WrongContent);
        let rank = |one: &&Signature| one.found.verdict;
        self.signatures.iter().find(whole).or(wrong).or_else(|| self.signatures.iter().min_by_key(rank))
    }

    /// Whether somebody signed what is here whom the owner named.
    pub fn is_verified(&self) -> bool {
        let holds = |one: &Signature| one.found.verdict == Verdict::Verified && one.found.is_whole();
        self.best().is_some_and(holds)
    }
}
