//! Looking at signatures: of the default branch after each push, of other revisions when somebody asks.

use std::collections::BTreeMap;

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
    let signatures = signatures(commons, grant, &commit).await?;
    Ok(Summary { oid: commit.oid, signatures: signatures.into_iter().map(|(one, _)| one).collect() })
}

/// Looks at the signatures of the default branch, writes down what they come to, and tells the log what is new.
pub(crate) async fn look(commons: &Commons, job: &Job) -> Result<()> {
    let Some(grant): Option<Grant<Read>> = access::for_the_hub(commons, &job.repo).await? else {
        return Ok(());
    };
    let main = git::find_commit_of_ref(&mut commons.db.look().await?, &job.repo, MAIN).await?;
    let Some(commit) = main else { return Ok(()) };
    let found = signatures(commons, &grant, &commit).await?;
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, &job.repo).await?;
    if jobs::hold(&mut tx, job).await? {
        let private = repos::find_by_id(&mut tx, &job.repo).await?.is_none_or(|repo| repo.private);
        let mut all = Vec::new();
        for (mut one, known) in found {
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

/// The files of a revision by their SHA-256, and those that may be signatures; none where there are more files than are listed.
async fn files(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
) -> Result<Option<(BTreeMap<String, Sha256>, Vec<Entry>)>> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let entries = browse::every_file(commons, &see, commit, limits::MANIFEST_FILES_MAX).await?;
    let Some(entries) = entries.filter(|all| all.iter().any(|entry| is_bundle(&entry.path))) else {
        return Ok(None);
    };
    let digest = |entry: &Entry| entry.large.as_ref().map(|large| large.sha256).or(entry.own_sha256);
    let files = entries.iter().filter_map(|entry| Some((entry.path.clone(), digest(entry)?))).collect();
    let bundles = entries.into_iter().filter(|entry| is_bundle(&entry.path)).take(BUNDLES_MAX);
    Ok(Some((files, bundles.collect())))
}

/// Every signature of a revision, and whether the log has it as it is.
async fn signatures(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: &Commit,
) -> Result<Vec<(Signature, bool)>> {
    let Some((files, bundles)) = files(commons, grant, commit).await? else { return Ok(Vec::new()) };
    let repo = grant.repo();
    let mut tx = commons.db.look().await?;
    let before = rows::repo(&mut tx, &repo.id).await?;
    let before: Vec<Signature> =
        before.and_then(|(.., says)| serde_json::from_str(&says).ok()).unwrap_or_default();
    let signers = rows::of(&mut tx, &repo.namespace).await?;
    drop(tx);
    let objects = Objects::open(commons, &repo.id).await?;
    let (files, mut all) = (std::sync::Arc::new(files), Vec::new());
    for entry in bundles {
        let Some(bytes) = read(commons, &objects, commit, &entry).await? else {
            let found = Found::unread("it is larger than a signature may be, or is not here");
            all.push((
                Signature { path: entry.path, bundle: String::new(), seen: 0, logged: false, found },
                true,
            ));
            continue;
        };
        let bundle = Sha256::of(&bytes).to_string();
        let known = before.iter().find(|one| (&one.path, &one.bundle) == (&entry.path, &bundle));
        let seen = known.map_or(commons.now().0, |one| one.seen);
        let (root, files, named) = (commons.sigstore.clone(), files.clone(), anchors(&signers, seen));
        let path = entry.path.clone();
        let found = compute(move || judge((&path, &bytes), &files, &named, &root, Time(seen))).await?;
        let told = |one: &Signature| {
            one.logged && (one.found.verdict, &one.found.signer) == (found.verdict, &found.signer)
        };
        let is_told = known.is_some_and(told);
        all.push((Signature { path: entry.path, bundle, seen, logged: is_told, found }, is_told));
    }
    Ok(all)
}

/// A bundle's bytes; none of what is too large for one.
async fn read(
    commons: &Commons,
    objects: &Objects,
    commit: &Commit,
    entry: &Entry,
) -> Result<Option<bytes::Bytes>> {
    let located = Located::of_entry(objects, commit, entry);
    let Some(located) = located.filter(|located| located.bytes <= BUNDLE_BYTES_MAX as u64) else {
        return Ok(None);
    };
    let source = Source::open(commons, &located).await?;
    Ok(Some(source.range(0..source.bytes()).await?))
}

/// A statement about a file.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Attestation {
    /// The signature that it is in.
    pub signature: Signature,
    /// Files that have the digest.
    pub files: Vec<String>,
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
) -> Result<(Oid, Vec<Attestation>)> {
    let bad =
        || Refusal::Invalid(format!("a digest is \"sha256:\" and 64 hexadecimal digits, not {digest:?}"));
    let wanted: Sha256 = digest.strip_prefix("sha256:").and_then(|hex| hex.parse().ok()).ok_or_else(bad)?;
    let commit = resolve(&mut commons.db.look().await?, &grant.repo().id, rev).await?;
    let Some((files, bundles)) = files(commons, grant, &commit).await? else {
        return Ok((commit.oid, Vec::new()));
    };
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let mut speaking = Vec::new();
    for entry in bundles {
        let Some(bytes) = read(commons, &objects, &commit, &entry).await? else { continue };
        if compute(move || speaks_of(&bytes).contains(&wanted)).await? {
            speaking.push(entry.path);
        }
    }
    let named: Vec<String> =
        files.iter().filter(|(_, one)| **one == wanted).map(|(path, _)| path.clone()).collect();
    let all = signatures(commons, grant, &commit).await?.into_iter().map(|(one, _)| one);
    let all = all.filter(|one| speaking.contains(&one.path));
    Ok((commit.oid, all.map(|signature| Attestation { signature, files: named.clone() }).collect()))
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
