//! Offer: which of the files a client would send are to come as large files, which inside the commit, which not at all.

use std::collections::BTreeMap;

use seedcorn_content::Offload;
use seedcorn_core::attributes::Attributes;
use seedcorn_core::digest::Oid;
use seedcorn_core::glob::Steps;
use seedcorn_core::ignore::Ignore;
use seedcorn_core::{limits, name};
use seedcorn_db::git::{self, BlobFact};

use crate::access::{Grant, Propose};
use crate::objects::{Objects, resolve};
use crate::publish::commit::Target;
use crate::{Commons, Result};

/// A file that a client would send.
#[derive(Debug)]
pub struct OfferedFile {
    /// Where in the repo.
    pub path: String,
    /// Its first bytes.
    pub sample: Vec<u8>,
    /// Its length.
    pub bytes: u64,
}

/// What its first bytes tell.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Sample {
    /// No NUL: looks like text, as git judges it.
    Text,
    /// Holds a NUL.
    Binary,
}

impl Sample {
    fn of(bytes: &[u8]) -> Sample {
        if bytes.contains(&0) { Sample::Binary } else { Sample::Text }
    }
}

/// The answer for one file.
#[derive(Debug, PartialEq, Eq)]
pub struct Offered {
    /// Where in the repo.
    pub path: String,
    /// To be sent as a large file.
    pub large: bool,
    /// Not to be sent: `.gitignore` leaves it out.
    pub ignored: bool,
    /// What is at the path now: the blob's id, or the SHA-256 of a large file.
    pub present: Option<String>,
}

/// Answers for each file, by the attributes and ignore rules of the target revision. A path that no commit could hold is
/// compared with no rule; the commit will refuse it and say why.
pub async fn offer(
    commons: &Commons,
    grant: &Grant<Propose>,
    target: &Target,
    git_ignore: Option<String>,
    files: Vec<OfferedFile>,
) -> Result<Vec<Offered>> {
    let repo = &grant.repo().id;
    let mut tx = commons.db.read().await?;
    let head = resolve(&mut tx, repo, target.base()).await?;
    drop(tx);
    let objects = Objects::open(commons, repo).await?;
    let limit = limits::ATTRIBUTES_BYTES_MAX;
    let attributes = objects.text(&head.tree, ".gitattributes", limit).await?;
    let ignore = match git_ignore {
        Some(text) => text,
        None => objects.text(&head.tree, ".gitignore", limit).await?,
    };
    let mut present = Vec::with_capacity(files.len());
    for file in &files {
        let entry = match name::check_path(&file.path) {
            Ok(()) => objects.entry(&head.tree, &file.path).await?,
            Err(_) => None,
        };
        present.push(entry.map(|entry| entry.oid));
    }
    let oids: Vec<_> = present.iter().flatten().copied().collect();
    let facts = git::find_blob_facts(&mut commons.db.read().await?, repo, &oids).await?;
    let facts: BTreeMap<Oid, BlobFact> = facts.into_iter().map(|fact| (fact.oid, fact)).collect();
    let shown = |oid: Oid| {
        let file = facts.get(&oid)?.file();
        Some(file.map_or_else(|| oid.to_string(), |(sha256, _)| sha256.to_string()))
    };
    let present: Vec<Option<String>> = present.into_iter().map(|oid| oid.and_then(shown)).collect();
    // Rules and paths are a stranger's: following them must not hold up other requests.
    Ok(Offload::run(move || judge(&attributes, &ignore, files, present)).await?)
}

fn judge(
    attributes: &str,
    ignore: &str,
    files: Vec<OfferedFile>,
    present: Vec<Option<String>>,
) -> Vec<Offered> {
    let (attributes, ignore) = (Attributes::parse(attributes), Ignore::parse(ignore));
    let mut steps = Steps::new();
    let answers = files.into_iter().zip(present).map(|(file, present)| {
        let possible = name::check_path(&file.path).is_ok();
        let lfs = if possible { attributes.is_lfs(&file.path, &mut steps) } else { None };
        let ignored = possible && ignore.is_ignored(&file.path, &mut steps);
        Offered { large: is_large(lfs, &file), ignored, present, path: file.path }
    });
    answers.collect()
}

/// The attributes decide; where they say nothing, size and content do.
fn is_large(lfs: Option<bool>, file: &OfferedFile) -> bool {
    if file.bytes == 0 {
        return false;
    }
    if file.bytes > limits::REGULAR_FILE_BYTES_MAX {
        return true;
    }
    lfs.unwrap_or_else(|| Sample::of(&file.sample) == Sample::Binary)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: String) -> OfferedFile {
        OfferedFile { path, sample: Vec::new(), bytes: 1 }
    }

    #[test]
    fn hostile_rules_and_paths_cost_one_budget() {
        let rules = format!("*{}b\n", "a".repeat(60)).repeat(4000);
        let hostile = vec!["a".repeat(120); 30].join("/");
        let mut files: Vec<OfferedFile> = (0..200).map(|_| file(hostile.clone())).collect();
        files.push(file("plain".into()));
        let answers = judge("", &format!("{rules}plain\n"), files, vec![None; 201]);
        // The last rule is the first to be asked, so only a used-up budget keeps this file.
        assert_eq!(answers.last().map(|last| last.ignored), Some(false));
    }

    #[test]
    fn a_path_that_cannot_be_is_compared_with_nothing() {
        let (attributes, ignore) = ("* filter=lfs\n", "*\n");
        for (path, possible) in [("a/b", true), ("../x", false), ("/a", false)] {
            let answers = judge(attributes, ignore, vec![file(path.into())], vec![None]);
            assert_eq!((answers[0].large, answers[0].ignored), (possible, possible), "{path}");
        }
        let answers = judge(attributes, ignore, vec![file("a/".repeat(100_000))], vec![None]);
        assert_eq!((answers[0].large, answers[0].ignored), (false, false));
    }
}
