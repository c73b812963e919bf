//! A commit in the making: its operations come in one by one, its blobs go into a pack. What it holds is litter until
//! it is recorded.

use std::collections::BTreeSet;

use seedcorn_content::Offload;
use seedcorn_content::git::{Kind, check_attributes, check_modules};
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::dotgit::{self, Special};
use seedcorn_core::pointer::Pointer;
use seedcorn_core::tree::Change;
use seedcorn_core::{limits, name, secret};
use seedcorn_db::Tx;
use seedcorn_db::files::File;
use seedcorn_db::git::{self, BlobFact};

use super::pack::{self, Packing, pack_refusal};
use super::pointers;
use crate::access::{Grant, Propose};
use crate::objects::may_be_ref;
use crate::{Commons, Refusal, Result, discuss};

/// The file whose head is the repo's metadata.
pub(crate) const CARD: &str = "README.md";

/// Where a commit goes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Target {
    /// Onto a branch or the head of a pull request.
    Ref(String),
    /// Onto a new pull request against this branch.
    NewPull(String),
}

impl Target {
    /// From the revision in the address. Only a branch or a pull request's head can be committed to, never a commit
    /// id or a tag; the refusal comes when it is looked up as such.
    pub fn new(revision: &str, create_pull: bool) -> Target {
        let name = match revision {
            whole if whole.starts_with("refs/") => whole.to_owned(),
            short => format!("refs/heads/{short}"),
        };
        if create_pull { Target::NewPull(name) } else { Target::Ref(name) }
    }

    /// The ref whose tree the commit builds on.
    pub fn base(&self) -> &str {
        match self {
            Target::Ref(name) | Target::NewPull(name) => name,
        }
    }
}

/// The line by which whoever commits says that secrets are meant to be there: those of an example, or of a test.
pub(crate) const SECRETS_MEANT: &str = "secrets: intended";

/// Whether a message says that secrets are meant to be there.
pub(crate) fn secrets_are_meant(message: &str) -> bool {
    message.lines().any(|line| line.trim() == SECRETS_MEANT)
}

/// What a commit says of itself.
#[derive(Clone, Debug, Default)]
pub struct CommitHeader {
    /// One line.
    pub summary: String,
    /// The rest.
    pub description: String,
    /// The commit that the sender saw as head, whole or its first digits.
    pub parent: Option<String>,
}

impl CommitHeader {
    pub(super) fn message(&self) -> String {
        match self.description.trim() {
            "" => self.summary.clone(),
            rest => format!("{}\n\n{rest}", self.summary),
        }
    }

    /// Refuses secrets that were found in files, unless the sender says that they are meant to be there.
    pub(super) fn check_secrets(&self, found: &[String]) -> Result<()> {
        let meant = secrets_are_meant(&self.message());
        match found.first() {
            Some(first) if !meant => Err(Refusal::Unprocessable(format!(
                "the files hold {} that open doors for whoever reads them ({first}). Take them out, and revoke them where they were made. \
                 If they are meant to be there, say so in the commit's description, in a line of its own: {SECRETS_MEANT}",
                if found.len() == 1 { "a secret".to_owned() } else { format!("{} secrets", found.len()) }
            ))),
            _ => Ok(()),
        }
    }

    pub(super) fn check(&self) -> Result<()> {
        if self.summary.trim().is_empty() {
            return Err(Refusal::Invalid("the commit's summary is empty".into()));
        }
        if self.summary.len() + self.description.len() > limits::COMMIT_MESSAGE_BYTES_MAX {
            let max = limits::COMMIT_MESSAGE_BYTES_MAX;
            return Err(Refusal::TooLarge(format!("summary and description have at most {max} bytes")));
        }
        if self.summary.contains('\0') || self.description.contains('\0') {
            return Err(Refusal::Invalid("summary and description may not hold NUL".into()));
        }
        Ok(())
    }
}

/// What came of a commit.
#[derive(Debug)]
pub struct Committed {
    /// The commit.
    pub oid: Oid,
    /// The pull request that it opened.
    pub pull: Option<i64>,
}

/// A commit whose operations are still coming in. What it holds is litter until [`Draft::finish`].
pub struct Draft {
    pub(super) commons: Commons,
    pub(super) grant: Grant<Propose>,
    pub(super) target: Target,
    pub(super) packing: Option<Packing>,
    pub(super) changes: Vec<Change>,
    pub(super) facts: Vec<BlobFact>,
    /// Large files: their pointers can be written only once they are found.
    large: Vec<(usize, Sha256, Option<u64>)>,
    /// The card as the operations leave it, if one of them touches it; of a deleted or a large one nothing.
    pub(super) card: Option<String>,
    /// Secrets in files that were put, each with its place.
    pub(super) secrets: Vec<String>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Draft({:?}, {} changes)", self.target, self.changes.len())
    }
}

impl Draft {
    /// Begins a commit. `grant` is to propose; what the target needs beyond that is checked here.
    pub async fn begin(commons: &Commons, grant: Grant<Propose>, target: Target) -> Result<Draft> {
        check_target(commons, &grant, &target).await?;
        Ok(Draft {
            packing: Some(pack::begin(commons)?),
            commons: commons.clone(),
            grant,
            target,
            changes: Vec::new(),
            facts: Vec::new(),
            large: Vec::new(),
            card: None,
            secrets: Vec::new(),
        })
    }

    pub(super) fn admit(&self, path: &str) -> Result<()> {
        if self.changes.len() >= limits::COMMIT_OPERATIONS_MAX {
            let max = limits::COMMIT_OPERATIONS_MAX;
            return Err(Refusal::TooLarge(format!("a commit has at most {max} operations")));
        }
        name::check_path(path).map_err(|why| Refusal::Unprocessable(why.to_string()))
    }

    /// Adds or replaces a file whose bytes are in the commit.
    pub async fn put(&mut self, path: String, bytes: Vec<u8>) -> Result<()> {
        self.admit(&path)?;
        let len = bytes.len() as u64;
        if len > limits::COMMIT_FILE_BYTES_MAX {
            let max = limits::COMMIT_FILE_BYTES_MAX;
            return Err(Refusal::TooLarge(format!(
                "{path}: a file of {len} bytes is to be sent by LFS or Xet; inside a commit it may have {max}"
            )));
        }
        check_special(&path, Some(&bytes))?;
        if path == CARD {
            self.card =
                Some(String::from_utf8_lossy(&bytes[..bytes.len().min(limits::CARD_BYTES_MAX)]).into());
        }
        self.secrets
            .extend(secret::find(&bytes).map(|found| format!("{path}, line {}: {}", found.line, found.kind)));
        let oid = self.add_blob(bytes).await?;
        self.changes.push(Change::Put { path, oid });
        Ok(())
    }

    /// Adds a blob and notes what is known of it.
    async fn add_blob(&mut self, bytes: Vec<u8>) -> Result<Oid> {
        let len = bytes.len() as u64;
        let Some(mut packing) = self.packing.take() else {
            return Err(Refusal::Broken(anyhow::anyhow!("a commit goes on after an error")));
        };
        let (packing, oid, own) = Offload::run(move || {
            let oid = packing.add(Kind::Blob, &bytes);
            (packing, oid, Sha256::of(&bytes))
        })
        .await?;
        self.packing = Some(packing);
        let oid = oid.map_err(pack_refusal)?;
        self.facts.push(BlobFact::regular(oid, len, own));
        Ok(oid)
    }

    /// Adds or replaces a file whose bytes were received before; the size is looked up when it is not given.
    pub fn put_large(&mut self, path: String, sha256: Sha256, bytes: Option<u64>) -> Result<()> {
        self.admit(&path)?;
        check_special(&path, None)?;
        self.lose_card(&path);
        self.large.push((self.changes.len(), sha256, bytes));
        self.changes.push(Change::Put { path, oid: Oid::ZERO });
        Ok(())
    }

    fn lose_card(&mut self, path: &str) {
        if path == CARD {
            self.card = Some(String::new());
        }
    }

    /// Deletes a file, or a folder of that name.
    pub fn delete_file(&mut self, path: String) -> Result<()> {
        self.admit(path.trim_end_matches('/'))?;
        self.lose_card(path.trim_end_matches('/'));
        self.changes.push(Change::DeleteFile { path: path.trim_end_matches('/').to_owned() });
        Ok(())
    }

    /// Deletes a folder.
    pub fn delete_folder(&mut self, path: String) -> Result<()> {
        self.admit(path.trim_end_matches('/'))?;
        self.changes.push(Change::DeleteFolder { path });
        Ok(())
    }

    /// Writes the pointers of the large files; every one must be stored and usable by the sender.
    pub(super) async fn settle_large(&mut self) -> Result<Vec<File>> {
        let large = std::mem::take(&mut self.large);
        let sums: BTreeSet<Sha256> = large.iter().map(|(_, sha256, _)| *sha256).collect();
        let mut tx = self.commons.db.read().await?;
        let found = pointers::usable(&mut tx, &sums, &self.grant.reader()).await?;
        drop(tx);
        for (place, sha256, given) in large {
            let file = found.get(&sha256).ok_or_else(|| {
                Refusal::Invalid(format!(
                    "no file with SHA-256 {sha256} was received; upload it before the commit"
                ))
            })?;
            let size = u64::try_from(file.bytes).unwrap_or_default();
            if given.is_some_and(|given| given != size) {
                let text =
                    format!("the file with SHA-256 {sha256} has {size} bytes, not {}", given.unwrap_or(0));
                return Err(Refusal::Invalid(text));
            }
            let pointer = Pointer { sha256, size }.render().into_bytes();
            let blob = self.add_blob(pointer).await?;
            if let Some(fact) = self.facts.pop() {
                self.facts.push(fact.pointing_at(&sha256, size));
            }
            if let Some(Change::Put { oid, .. }) = self.changes.get_mut(place) {
                *oid = blob;
            }
        }
        Ok(found.into_values().collect())
    }
}

/// Refuses files that git would read when it checks them out, and that harm then or are not in git itself.
pub(crate) fn check_special(path: &str, bytes: Option<&[u8]>) -> Result<()> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let checked = match (dotgit::stands_for(name), bytes) {
        (None, _) => Ok(()),
        (Some((special, _)), None) => {
            Err(format!("{} is read by git, and is sent inside the commit", special.name()))
        }
        (Some((Special::Modules, _)), Some(bytes)) => check_modules(bytes),
        (Some((Special::Attributes, _)), Some(bytes)) => check_attributes(bytes),
    };
    checked.map_err(Refusal::Unprocessable)
}

/// Onto a branch: write. Onto a pull request: its author, or write. A new pull request: any signed-in reader, based on a
/// branch or on a pull request of their own.
pub async fn check_target(commons: &Commons, grant: &Grant<Propose>, target: &Target) -> Result<()> {
    target_allowed(&mut commons.db.read().await?, grant, target).await
}

/// The same within a transaction.
pub(crate) async fn target_allowed(tx: &mut Tx, grant: &Grant<Propose>, target: &Target) -> Result<()> {
    let repo = &grant.repo().id;
    let base = target.base();
    let branch = base.starts_with("refs/heads/") || base.starts_with(discuss::PULLS);
    if !branch || !may_be_ref(base) || git::find_ref(tx, repo, base).await?.is_none() {
        let short = base.strip_prefix("refs/heads/").unwrap_or(base);
        return Err(Refusal::NoRevision(short.to_owned()));
    }
    let new_pull = matches!(target, Target::NewPull(_));
    let onto_branch = base.starts_with("refs/heads/");
    if let Some(actor) = grant.actor() {
        discuss::check_speaks(tx, grant, actor).await?;
    }
    if onto_branch && (new_pull || grant.may_write()) {
        return Ok(());
    }
    let pull = discuss::pull_of(tx, repo, base).await?;
    if !new_pull && pull.as_ref().is_some_and(|pull| pull.merged.is_some()) {
        return Err(Refusal::Forbidden("this pull request was merged: open another".into()));
    }
    if !new_pull && grant.may_write() {
        return Ok(());
    }
    if !new_pull && pull.as_ref().is_some_and(|pull| pull.locked) {
        return Err(Refusal::Forbidden("this pull request is locked".into()));
    }
    match (pull, grant.actor()) {
        (Some(pull), Some(actor)) if pull.author == actor.member => Ok(()),
        _ if new_pull => Err(Refusal::Forbidden(format!(
            "a pull request is based on a branch or on a pull request of your own; {base} is somebody else's"
        ))),
        _ => Err(grant.no_write()),
    }
}
