//! What a revision is made of, as one digest: of every file its path, size and SHA-256.

use std::collections::BTreeMap;

use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::log::canonical;
use seedcorn_db::git;
use serde_json::{Value, json};
use sha2::Digest;

use crate::access::{self, Grant, See};
use crate::objects::resolve;
use crate::{Commons, Refusal, Result, browse, compute};

/// What a revision is made of.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Manifest {
    /// Every file: its path, bytes and SHA-256, by path.
    pub files: Vec<(String, u64, Sha256)>,
}

impl Manifest {
    /// Of files in any order.
    pub fn new(mut files: Vec<(String, u64, Sha256)>) -> Manifest {
        files.sort();
        Manifest { files }
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|(_, bytes, _)| bytes).sum()
    }

    /// The list of `[path, bytes, sha256]` as JSON of which there is one spelling (RFC 8785); none where a file is larger than such
    /// JSON can say.
    pub fn text(&self) -> Option<String> {
        let list = self.files.iter().map(|(path, bytes, sha256)| json!([path, bytes, sha256.to_string()]));
        canonical(&Value::Array(list.collect()))
    }

    /// Reads what [`Manifest::text`] writes; none where it is not spelled so.
    pub fn read(text: &str) -> Option<Manifest> {
        let list: Vec<(String, u64, String)> = serde_json::from_str(text).ok()?;
        let files = list.into_iter().map(|(path, bytes, sha256)| Some((path, bytes, sha256.parse().ok()?)));
        let manifest = Manifest::new(files.collect::<Option<_>>()?);
        (manifest.text().as_deref() == Some(text)).then_some(manifest)
    }

    /// The SHA-256 of [`Manifest::text`].
    pub fn digest(&self) -> Option<Sha256> {
        Some(Sha256::of(self.text()?))
    }

    /// What of another is not as here, in words, by path.
    pub fn differences(&self, other: &Manifest) -> Vec<String> {
        let by_path = |manifest: &Manifest| -> BTreeMap<String, (u64, Sha256)> {
            let files = manifest.files.iter();
            files.map(|(path, bytes, sha256)| (path.clone(), (*bytes, *sha256))).collect()
        };
        let (own, mut other) = (by_path(self), by_path(other));
        let mut all = Vec::new();
        for (path, (bytes, sha256)) in own {
            match other.remove(&path) {
                None => all.push(format!("{path}: missing")),
                Some((there, _)) if there != bytes => {
                    all.push(format!("{path}: {there} bytes, and not {bytes}"))
                }
                Some((_, there)) if there != sha256 => {
                    all.push(format!("{path}: other bytes (SHA-256 {there}, and not {sha256})"))
                }
                Some(_) => {}
            }
        }
        all.extend(other.into_keys().map(|path| format!("{path}: not part of the revision")));
        all.sort();
        all
    }

    /// What OpenSSF Model Signing 1.0 signs of these files: the SHA-256 over their digests, in the order in which they are signed.
    pub fn oms_root(&self) -> Sha256 {
        let mut signed: Vec<&(String, u64, Sha256)> =
            self.files.iter().filter(|(path, ..)| !seedcorn_signing::is_left_out(path)).collect();
        signed.sort_by(|(a, ..), (b, ..)| seedcorn_signing::as_signed(a, b));
        let mut hash = sha2::Sha256::new();
        signed.iter().for_each(|(_, _, sha256)| hash.update(sha256.0));
        Sha256(hash.finalize().into())
    }

    /// What an entry of the log says of it.
    fn told(&self) -> Option<Value> {
        let told = json!({
            "manifest": self.digest()?.to_string(),
            "oms_root": self.oms_root().to_string(),
            "files": self.files.len(),
            "bytes": self.bytes(),
        });
        // An entry has only numbers that every reader reads alike.
        canonical(&told).is_some().then_some(told)
    }
}

/// What a revision is made of, for whoever may see it.
///
/// # Errors
/// `NoRevision` if there is none; `TooLarge` if it has more files than are listed.
async fn manifest(commons: &Commons, grant: &Grant<See>, rev: &str) -> Result<Manifest> {
    let commit = resolve(&mut commons.db.look().await?, &grant.repo().id, rev).await?;
    let made = of_commit(commons, &grant.repo().id, &commit.oid.to_string()).await?;
    let most = limits::MANIFEST_FILES_MAX;
    made.ok_or_else(|| {
        Refusal::TooLarge(format!("a manifest lists {most} files and folders, and the revision has more"))
    })
}

/// The list of what a revision is made of, as [`Manifest::text`] spells it.
///
/// # Errors
/// `NoRevision` if there is none; `TooLarge` if it has more files than are listed, or one that is larger than the list can say.
pub async fn manifest_text(commons: &Commons, grant: &Grant<See>, rev: &str) -> Result<String> {
    let manifest = manifest(commons, grant, rev).await?;
    let text = compute(move || manifest.text()).await?;
    text.ok_or_else(|| Refusal::TooLarge("a file is too large to be listed".into()))
}

/// What an entry of the log says of a commit; none if the repo is gone, or has more files than are listed.
pub(super) async fn told(commons: &Commons, repo: &RepoId, oid: &str) -> Result<Option<Value>> {
    let Some(manifest) = of_commit(commons, repo, oid).await? else { return Ok(None) };
    compute(move || manifest.told()).await
}

/// What a commit is made of; none if the repo is gone, or has more files than are listed.
pub(super) async fn of_commit(commons: &Commons, repo: &RepoId, oid: &str) -> Result<Option<Manifest>> {
    let Ok(oid) = oid.parse::<Oid>() else { return Ok(None) };
    let Some(grant) = access::for_the_hub(commons, repo).await? else { return Ok(None) };
    let mut tx = commons.db.look().await?;
    let Some(commit) = git::find_commit(&mut tx, repo, &oid).await? else { return Ok(None) };
    drop(tx);
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let files = browse::every_file(commons, &see, &commit, limits::MANIFEST_FILES_MAX).await?;
    let Some(files) = files else { return Ok(None) };
    let listed = files.into_iter().map(|entry| {
        let sha256 = entry.large.map_or(entry.own_sha256, |large| Some(large.sha256));
        Some((entry.path, entry.bytes, sha256?))
    });
    let listed: Option<Vec<_>> = listed.collect();
    compute(move || listed.map(Manifest::new)).await
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests may unwrap")]
mod tests {
    use super::*;

    fn sha256(text: &str) -> Sha256 {
        Sha256::of(text)
    }

    #[test]
    fn one_digest_of_all_files() {
        let file = |path: &str, text: &str| (path.to_owned(), text.len() as u64, sha256(text));
        let files = vec![
            file("b.txt", "b"),
            file("a.txt", "aa"),
            file(".gitattributes", "x"),
            file("model.sig", "s"),
        ];
        let manifest = Manifest::new(files.clone());
        let list = format!(
            "[[\".gitattributes\",1,\"{}\"],[\"a.txt\",2,\"{}\"],[\"b.txt\",1,\"{}\"],[\"model.sig\",1,\"{}\"]]",
            sha256("x"),
            sha256("aa"),
            sha256("b"),
            sha256("s")
        );
        assert_eq!(manifest.digest().unwrap(), sha256(&list));
        let signed = [sha256("aa").0, sha256("b").0].concat();
        assert_eq!(manifest.oms_root(), Sha256::of(signed));
        assert_eq!(manifest.bytes(), 5);
        let mut turned = files;
        turned.reverse();
        assert_eq!(Manifest::new(turned), manifest);
        assert_eq!(Manifest::read(&manifest.text().unwrap()), Some(manifest.clone()));
        assert_eq!(Manifest::read(&manifest.text().unwrap().replace(",1,", ", 1,")), None);
        let other = Manifest::new(vec![
            file("a.txt", "ab"),
            file("b.txt", "bb"),
            file("c.txt", "c"),
            file("model.sig", "s"),
        ]);
        let told = manifest.differences(&other);
        let begins: Vec<&str> = told.iter().map(|line| line.split(" (").next().unwrap()).collect();
        assert_eq!(
            begins,
            [
                ".gitattributes: missing",
                "a.txt: other bytes",
                "b.txt: 2 bytes, and not 1",
                "c.txt: not part of the revision"
            ]
        );
    }
}
