//! Offer: which of the files a client would send are to come as large files, which inside the commit, which not at all.

use seedcorn_core::attributes::Attributes;
use seedcorn_core::ignore::Ignore;
use seedcorn_core::{limits, name};
use seedcorn_db::git;

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

/// Answers for each file, by the attributes and ignore rules of the target revision.
pub async fn offer(
    commons: &Commons,
    grant: &Grant<Propose>,
    target: &Target,
    git_ignore: Option<&str>,
    files: &[OfferedFile],
) -> Result<Vec<Offered>> {
    let repo = &grant.repo().id;
    let mut tx = commons.db.read().await?;
    let head = resolve(&mut tx, repo, target.base()).await?;
    drop(tx);
    let objects = Objects::open(commons, repo).await?;
    let limit = limits::ATTRIBUTES_BYTES_MAX;
    let attributes = Attributes::parse(&objects.text(&head.tree, ".gitattributes", limit).await?);
    let ignore = match git_ignore {
        Some(text) => Ignore::parse(text),
        None => Ignore::parse(&objects.text(&head.tree, ".gitignore", limit).await?),
    };
    let mut present = Vec::with_capacity(files.len());
    for file in files {
        let entry = match name::check_path(&file.path) {
            Ok(()) => objects.entry(&head.tree, &file.path).await?,
            Err(_) => None,
        };
        present.push(entry.map(|entry| entry.oid));
    }
    let oids: Vec<_> = present.iter().flatten().copied().collect();
    let facts = git::find_blob_facts(&mut commons.db.read().await?, repo, &oids).await?;
    let shown = |oid| {
        let fact = facts.iter().find(|fact| fact.oid == oid)?;
        Some(fact.file().map_or_else(|| oid.to_string(), |(sha256, _)| sha256.to_string()))
    };
    let answers = files.iter().zip(present).map(|(file, oid)| Offered {
        path: file.path.clone(),
        large: is_large(&attributes, file),
        ignored: ignore.is_ignored(&file.path),
        present: oid.and_then(shown),
    });
    Ok(answers.collect())
}

/// The attributes decide; where they say nothing, size and content do.
fn is_large(attributes: &Attributes, file: &OfferedFile) -> bool {
    if file.bytes == 0 {
        return false;
    }
    if file.bytes > limits::REGULAR_FILE_BYTES_MAX {
        return true;
    }
    let binary = || Sample::of(&file.sample) == Sample::Binary;
    attributes.is_lfs(&file.path).unwrap_or_else(binary)
}
