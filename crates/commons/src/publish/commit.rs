//! Commit: operations applied to the branch's tree, one pack written, one transaction that moves the name.

use std::collections::BTreeSet;

use seedcorn_content::Offload;
use seedcorn_content::git::Kind;
use seedcorn_core::card;
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::pointer::Pointer;
use seedcorn_core::tree::{self, Change};
use seedcorn_core::{limits, name};
use seedcorn_db::files::File;
use seedcorn_db::git::{self, BlobFact, Commit, PullRequest};
use seedcorn_db::{Tx, files, repos};

use super::pack::{self, Message, Packing, Recorded, pack_refusal};
use super::{pointers, tree as trees};
use crate::access::{Grant, Propose};
use crate::objects::{MAIN, Objects, by_digits, resolve};
use crate::{Commons, Refusal, Result};

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
    commons: Commons,
    grant: Grant<Propose>,
    target: Target,
    packing: Option<Packing>,
    changes: Vec<Change>,
    facts: Vec<BlobFact>,
    /// Large files whose size the sender left to us: their pointers can be written only once they are found.
    large: Vec<(usize, Sha256, Option<u64>)>,
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
        })
    }

    fn admit(&self, path: &str) -> Result<()> {
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
        let oid = self.add_blob(bytes).await?;
        self.facts.push(BlobFact::regular(oid, len));
        self.changes.push(Change::Put { path, oid });
        Ok(())
    }

    async fn add_blob(&mut self, bytes: Vec<u8>) -> Result<Oid> {
        let Some(mut packing) = self.packing.take() else {
            return Err(Refusal::Broken(anyhow::anyhow!("a commit goes on after an error")));
        };
        let (packing, oid) = Offload::run(move || {
            let oid = packing.add(Kind::Blob, &bytes);
            (packing, oid)
        })
        .await?;
        self.packing = Some(packing);
        oid.map_err(pack_refusal)
    }

    /// Adds or replaces a file whose bytes were received before; the size is looked up when it is not given.
    pub fn put_large(&mut self, path: String, sha256: Sha256, bytes: Option<u64>) -> Result<()> {
        self.admit(&path)?;
        self.large.push((self.changes.len(), sha256, bytes));
        self.changes.push(Change::Put { path, oid: Oid::ZERO });
        Ok(())
    }

    /// Deletes a file, or a folder of that name.
    pub fn delete_file(&mut self, path: String) -> Result<()> {
        self.admit(path.trim_end_matches('/'))?;
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
    async fn settle_large(&mut self) -> Result<Vec<File>> {
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
            let len = pointer.len() as u64;
            let blob = self.add_blob(pointer).await?;
            self.facts.push(BlobFact::pointer(blob, len, &sha256, size));
            if let Some(Change::Put { oid, .. }) = self.changes.get_mut(place) {
                *oid = blob;
            }
        }
        Ok(found.into_values().collect())
    }

    /// Applies the operations to the branch as it is now, and moves it.
    ///
    /// # Errors
    /// `Stale` if the header's parent is not the head; `Conflict` if another process moved the branch meanwhile.
    pub async fn finish(mut self, header: CommitHeader) -> Result<Committed> {
        header.check()?;
        let files = self.settle_large().await?;
        let base = self.target.base().to_owned();
        let guard = self.commons.branches.lock(&self.grant.repo().id, &base).await;
        let head = self.head(&base, header.parent.as_deref()).await?;
        let (recorded, readme) = self.pack(&head, &header).await?;
        let oid = recorded.oid();
        let pull = self.record(&head, &header, &recorded, &files, readme).await?;
        drop(guard);
        Ok(Committed { oid, pull })
    }

    async fn head(&self, base: &str, parent: Option<&str>) -> Result<Commit> {
        let repo = &self.grant.repo().id;
        let mut tx = self.commons.db.read().await?;
        let head = resolve(&mut tx, repo, base).await?;
        let Some(parent) = parent else {
            return Ok(head);
        };
        match by_digits(&mut tx, repo, parent).await? {
            Some(commit) if commit.oid == head.oid => Ok(head),
            Some(_) => Err(Refusal::Stale),
            None if (5..=40).contains(&parent.len()) => Err(Refusal::Stale),
            None => {
                Err(Refusal::Invalid(format!("parentCommit is 5 to 40 hexadecimal digits, not {parent:?}")))
            }
        }
    }

    /// Builds the new tree and stores the pack. Also tells the new text of the card, if this commit changed it.
    async fn pack(&mut self, head: &Commit, header: &CommitHeader) -> Result<(Recorded, Option<String>)> {
        let repo = self.grant.repo().id.clone();
        let objects = Objects::open(&self.commons, &repo).await?;
        let needed = tree::dirs_needed(&self.changes);
        let (dir, came_from) = trees::load(&objects, head.tree, &needed).await?;
        let changes = std::mem::take(&mut self.changes);
        let touches_card = changes.iter().any(|change| change.path() == "README.md");
        let dir = tree::apply(dir, &changes).map_err(|error| with_commit(error.into(), head.oid))?;
        let Some(mut packing) = self.packing.take() else {
            return Err(Refusal::Broken(anyhow::anyhow!("a commit goes on after an error")));
        };
        let packs = objects.packs.clone();
        let (packing, root) = Offload::run(move || {
            let root = trees::write(&mut packing, &packs, &dir, "", &came_from);
            (packing, root)
        })
        .await?;
        let root = root?;
        let actor = self.grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to commit".into()))?;
        let at = self.commons.now();
        let message = Message {
            author: pack::signature(actor, at),
            text: header.message(),
            parents: vec![head.oid],
            generation: head.generation + 1,
            at,
        };
        let facts = std::mem::take(&mut self.facts);
        let recorded = pack::finish(&self.commons, &repo, packing, root, message, facts).await?;
        let readme = if touches_card { Some(self.readme(&recorded, root).await?) } else { None };
        Ok((recorded, readme))
    }

    /// The card's text under the new root. The pack has no row yet, so it is opened by hand.
    async fn readme(&self, recorded: &Recorded, root: Oid) -> Result<String> {
        let repo = &self.grant.repo().id;
        let pack = recorded.open(&self.commons, repo).await?;
        let objects = Objects::open(&self.commons, repo).await?.with(pack);
        objects.text(&root, "README.md", limits::CARD_BYTES_MAX).await
    }

    /// The one transaction.
    async fn record(
        &self,
        head: &Commit,
        header: &CommitHeader,
        recorded: &Recorded,
        files: &[File],
        readme: Option<String>,
    ) -> Result<Option<i64>> {
        let (repo, now) = (self.grant.repo(), self.commons.now());
        let mut tx = self.commons.db.write().await?;
        recorded.add(&mut tx, &repo.id, now).await?;
        let hashes: Vec<_> = files.iter().map(|file| file.hash).collect();
        files::put_repo_files(&mut tx, &repo.id, &hashes).await?;
        let pull = match &self.target {
            Target::NewPull(base) => Some(self.open_pull(&mut tx, base, header, recorded.oid()).await?),
            Target::Ref(name) => {
                let moved = git::move_ref(&mut tx, &repo.id, name, (&head.oid, &recorded.oid()), now).await?;
                if !moved {
                    return Err(Refusal::Conflict("the branch was moved by somebody else; try again".into()));
                }
                if name == MAIN {
                    self.update_repo(&mut tx, readme).await?;
                }
                None
            }
        };
        tx.commit().await?;
        Ok(pull)
    }

    async fn update_repo(&self, tx: &mut Tx, readme: Option<String>) -> Result<()> {
        let (repo, now) = (self.grant.repo(), self.commons.now());
        let Some(text) = readme else {
            return Ok(repos::touch(tx, &repo.id, now).await?);
        };
        let card = card::split(&text);
        // A card that does not parse is kept as a file and shows no metadata.
        let metadata = card.yaml.and_then(|yaml| card::metadata(yaml).ok()).unwrap_or_default();
        let tags = card::tags(&metadata, card.body, repo.kind);
        let tags = serde_json::to_string(&tags).map_err(Refusal::broken)?;
        let metadata = if metadata.is_empty() {
            String::new()
        } else {
            serde_json::to_string(&metadata).map_err(Refusal::broken)?
        };
        Ok(repos::set_card(tx, &repo.id, &metadata, &tags, now).await?)
    }

    async fn open_pull(&self, tx: &mut Tx, base: &str, header: &CommitHeader, head: Oid) -> Result<i64> {
        let (repo, now) = (self.grant.repo(), self.commons.now());
        let actor = self.grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to propose".into()))?;
        let number = repos::next_number(tx, &repo.id).await?;
        let pull = PullRequest {
            number,
            author: actor.member.clone(),
            title: header.summary.clone(),
            body: header.description.clone(),
            base: base.to_owned(),
            status: "open".into(),
            created: now,
        };
        git::add_pull(tx, &repo.id, &pull).await?;
        git::add_ref(tx, &repo.id, &format!("refs/pr/{number}"), &head, now).await?;
        Ok(number)
    }
}

fn with_commit(refusal: Refusal, commit: Oid) -> Refusal {
    match refusal {
        Refusal::NoEntry { message, .. } => Refusal::NoEntry { message, commit: Some(commit) },
        refusal => refusal,
    }
}

/// Onto a branch: write. Onto a pull request: its author, or write. A new pull request: any signed-in reader.
pub async fn check_target(commons: &Commons, grant: &Grant<Propose>, target: &Target) -> Result<()> {
    let repo = &grant.repo().id;
    let mut tx = commons.db.read().await?;
    let base = target.base();
    let branch = base.starts_with("refs/heads/") || base.starts_with("refs/pr/");
    if !branch || git::find_ref(&mut tx, repo, base).await?.is_none() {
        let short = base.strip_prefix("refs/heads/").unwrap_or(base);
        return Err(Refusal::NoRevision(short.to_owned()));
    }
    if matches!(target, Target::NewPull(_)) || grant.may_write() {
        return Ok(());
    }
    let number = base.strip_prefix("refs/pr/").and_then(|number| number.parse().ok());
    let pull = match number {
        Some(number) => git::find_pull(&mut tx, repo, number).await?,
        None => None,
    };
    match (pull, grant.actor()) {
        (Some(pull), Some(actor)) if pull.author == actor.member => Ok(()),
        _ => Err(grant.no_write()),
    }
}
