//! The end of a commit: the new tree, its pack, and the one transaction that moves the name.

use std::time::Duration;

use seedcorn_content::Offload;
use seedcorn_content::git::Mode;
use seedcorn_core::access::Actor;
use seedcorn_core::digest::Oid;
use seedcorn_core::paper::Facts;
use seedcorn_core::pointer::Pointer;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::talk::State;
use seedcorn_core::time::Time;
use seedcorn_core::{card, limits, tree};
use seedcorn_db::files::File;
use seedcorn_db::git::{self, Commit};
use seedcorn_db::repos::Repo;
use seedcorn_db::{Tx, files, listings, repos};
use tokio::sync::OwnedMutexGuard;

use super::commit::{CARD, CommitHeader, Committed, Draft, Target, target_allowed};
use super::pack::{self, Message, Packing, Recorded, StoredPack, pack_refusal, stored_pack};
use super::tree as trees;
use crate::access::{Grant, Propose};
use crate::hooks::{self, Happened};
use crate::log::{self, what};
use crate::objects::{MAIN, Objects, by_digits, resolve};
use crate::{Commons, Refusal, Result, dice, discuss, jobs, search};

/// The most that a commit waits for others after its first try; later it is more.
const GIVE_WAY_MILLIS: u64 = 4;

/// Whether the name was moved; with the number of the pull request, if one was opened.
enum Moved {
    Yes(Option<i64>),
    No,
}

/// Waits a moment, longer each time and never as long as another: of two that are as fast as each other, one would never come first.
async fn give_way(tries: u32) -> Result<()> {
    if tries > 0 {
        let [dice]: [u8; 1] = dice::bytes().map_err(Refusal::broken)?;
        let most = GIVE_WAY_MILLIS << tries.min(5);
        tokio::time::sleep(Duration::from_millis(most * u64::from(dice) / 256)).await;
    }
    Ok(())
}

impl Draft {
    /// Applies the operations to the branch as it is now, and moves it. If another process is faster, it is done again on
    /// what that one left.
    ///
    /// # Errors
    /// `Stale` if the header's parent is not the head; `Conflict` if others are faster again and again.
    pub async fn finish(mut self, header: CommitHeader) -> Result<Committed> {
        header.check()?;
        header.check_secrets(&self.secrets)?;
        let files = self.settle_large().await?;
        // A sender who is late is told so before anything is stored.
        self.head(header.parent.as_deref()).await?;
        let mut earlier = Vec::from_iter(self.store_blobs().await?);
        for tries in 0..limits::COMMIT_TRIES_MAX {
            give_way(tries).await?;
            let _turn = self.turn().await;
            let head = self.head(header.parent.as_deref()).await?;
            let recorded = self.pack(&head, &header).await?;
            let oid = recorded.oid();
            match self.record(&head, &header, (&earlier, &recorded), &files).await? {
                Moved::Yes(pull) => return Ok(Committed { oid, pull }),
                Moved::No => {
                    let (pack, facts) = recorded.into_parts();
                    earlier.push(pack);
                    self.facts = facts;
                    self.packing = Some(pack::begin(&self.commons)?);
                }
            }
        }
        Err(Refusal::Conflict("others move this branch again and again; try again".into()))
    }

    /// Stores blobs of many bytes before anybody has to wait for this commit.
    async fn store_blobs(&mut self) -> Result<Option<StoredPack>> {
        let many = |packing: &mut Packing| packing.bytes() > limits::PACK_INLINE_BYTES_MAX as u64;
        let Some(packing) = self.packing.take_if(many) else {
            return Ok(None);
        };
        self.packing = Some(pack::begin(&self.commons)?);
        let (summary, file) = Offload::run(move || packing.finish()).await?.map_err(pack_refusal)?;
        let repo = &self.grant.repo().id;
        stored_pack(&self.commons, repo, summary, file, "commit").await.map(Some)
    }

    /// Waits until it is this commit's turn to move the branch. One that opens a pull request moves none.
    async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        match &self.target {
            Target::Ref(name) => Some(self.commons.branches.lock(&self.grant.repo().id, name).await),
            Target::NewPull(_) => None,
        }
    }

    async fn head(&self, parent: Option<&str>) -> Result<Commit> {
        let repo = &self.grant.repo().id;
        let mut tx = self.commons.db.read().await?;
        let head = resolve(&mut tx, repo, self.target.base()).await?;
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

    /// Builds the new tree and stores the pack.
    async fn pack(&mut self, head: &Commit, header: &CommitHeader) -> Result<Recorded> {
        let repo = self.grant.repo().id.clone();
        let objects = Objects::open(&self.commons, &repo).await?;
        let needed = tree::dirs_needed(&self.changes);
        let (dir, came_from) = trees::load(&objects, head.tree, &needed).await?;
        let dir = tree::apply(dir, &self.changes).map_err(|error| with_commit(error.into(), head.oid))?;
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
        pack::finish(&self.commons, &repo, packing, root, message, facts).await
    }

    /// The one transaction. Whether all this is allowed is asked once more: the operations may have been on their way
    /// for hours.
    async fn record(
        &self,
        head: &Commit,
        header: &CommitHeader,
        (earlier, recorded): (&[StoredPack], &Recorded),
        files: &[File],
    ) -> Result<Moved> {
        let (repo, now) = (self.grant.repo(), self.commons.now());
        let mut tx = self.commons.db.write().await?;
        // First of all rows: whoever changes a repo and asks for its jobs does it in this order.
        repos::lock(&mut tx, &repo.id).await?;
        let grant = self.grant.confirm(&mut tx, now).await?;
        target_allowed(&mut tx, &grant, &self.target).await?;
        for pack in earlier {
            pack.add(&mut tx, &repo.id, now).await?;
        }
        recorded.add(&mut tx, &repo.id, now).await?;
        let hashes: Vec<_> = files.iter().map(|file| file.hash).collect();
        files::put_repo_files(&mut tx, &repo.id, &hashes).await?;
        match hashes.is_empty() {
            true => jobs::grown(&self.commons, &mut tx, &repo.id).await?,
            false => jobs::shared(&self.commons, &mut tx, &repo.id).await?,
        }
        let pull = match &self.target {
            Target::NewPull(base) => {
                Some(self.open_pull(&mut tx, &grant, (base, header), recorded.oid()).await?)
            }
            Target::Ref(name) => {
                let oid = recorded.oid();
                if !git::move_ref(&mut tx, &repo.id, name, (&head.oid, &oid), now).await? {
                    return Ok(Moved::No);
                }
                let step = (name.as_str(), Some(&head.oid), Some(&oid));
                moved(&self.commons, &mut tx, repo, self.grant.actor(), step).await?;
                match name == MAIN {
                    true => record_card(&self.commons, &mut tx, &grant, Card::of(self.card.clone())).await?,
                    false => jobs::branched(&self.commons, &mut tx, &repo.id, repo.kind).await?,
                }
                None
            }
        };
        tx.commit().await?;
        self.commons.changed();
        Ok(Moved::Yes(pull))
    }

    async fn open_pull(
        &self,
        tx: &mut Tx,
        grant: &Grant<Propose>,
        (base, header): (&str, &CommitHeader),
        head: Oid,
    ) -> Result<i64> {
        let (repo, now) = (grant.repo(), self.commons.now());
        let title = title(&header.summary);
        // What is too long for a title stands whole in the first comment.
        let text = match title == header.summary {
            true => header.description.clone(),
            false => header.message(),
        };
        let opening = discuss::Opening { title: &title, text: &text, base, status: State::Open };
        let number = discuss::open_within(&self.commons, tx, grant, &opening, now).await?;
        git::add_ref(tx, &repo.id, &format!("refs/pr/{number}"), &head, now).await?;
        jobs::branched(&self.commons, tx, &repo.id, repo.kind).await?;
        Ok(number)
    }
}

/// A commit's summary as the title of what asks for it to be merged.
fn title(summary: &str) -> String {
    let line: String = summary.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let line = line.trim();
    if line.len() <= limits::DISCUSSION_TITLE_BYTES_MAX {
        return line.to_owned();
    }
    let end = line.floor_char_boundary(limits::DISCUSSION_TITLE_BYTES_MAX - "…".len());
    format!("{}…", &line[..end])
}

/// Writes down that a ref moved, was made or is gone: of branches and tags in the log, and of every ref for those who have it told.
pub(crate) async fn moved(
    commons: &Commons,
    tx: &mut Tx,
    repo: &Repo,
    by: Option<&Actor>,
    (name, before, after): (&str, Option<&Oid>, Option<&Oid>),
) -> Result<()> {
    if !name.starts_with(discuss::PULLS) {
        log::of_repo(commons, tx, &repo.id, by, what::moved(name, before, after)).await?;
    }
    hooks::happened(commons, tx, repo, Happened::Moved(name, before, after)).await
}

/// What the card on the default branch became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Card {
    /// It is as it was.
    Same,
    /// It has this text; none, if it is gone or too large for one.
    New(String),
}

impl Card {
    fn of(text: Option<String>) -> Card {
        text.map_or(Card::Same, Card::New)
    }
}

/// What the card becomes between two trees.
pub(crate) async fn card_of(objects: &Objects, before: &Oid, after: &Oid) -> Result<Card> {
    card_is(objects, before, card_in(objects, after).await?).await
}

/// What the card becomes where it was that of a tree, and is a blob or none.
pub(crate) async fn card_is(objects: &Objects, before: &Oid, is: Option<Oid>) -> Result<Card> {
    let was = card_in(objects, before).await?;
    match is {
        _ if was == is => Ok(Card::Same),
        None => Ok(Card::New(String::new())),
        Some(oid) => {
            let bytes = objects.blob(&oid).await?;
            let is_pointer = Pointer::parse(&bytes).is_some();
            let text = String::from_utf8_lossy(&bytes[..bytes.len().min(limits::CARD_BYTES_MAX)]);
            Ok(Card::New(if is_pointer { String::new() } else { text.into_owned() }))
        }
    }
}

/// The card in a tree.
async fn card_in(objects: &Objects, tree: &Oid) -> Result<Option<Oid>> {
    let entry = objects.entry(tree, CARD).await?;
    let entry = entry.filter(|entry| matches!(entry.mode, Mode::File | Mode::Executable));
    Ok(entry.map(|entry| entry.oid))
}

/// What follows when the default branch moved: jobs, and what its card says.
pub(crate) async fn record_card(
    commons: &Commons,
    tx: &mut Tx,
    grant: &Grant<Propose>,
    card: Card,
) -> Result<()> {
    let (repo, now) = (grant.repo(), commons.now());
    jobs::moved(commons, tx, &repo.id, repo.kind).await?;
    let Card::New(text) = card else {
        return Ok(repos::touch(tx, &repo.id, now).await?);
    };
    let before = card_row(tx, repo).await?;
    put_card(tx, repo, &text, now).await?;
    if let Some(licensed) = what::licensed(&before, &card_row(tx, repo).await?) {
        log::of_repo(commons, tx, &repo.id, grant.actor(), licensed).await?;
    }
    Ok(())
}

/// What the card on the default branch says, as it is written down.
async fn card_row(tx: &mut Tx, repo: &Repo) -> Result<card::Metadata> {
    let row = listings::list_cards(tx, std::slice::from_ref(&repo.id)).await?.pop();
    Ok(row.and_then(|row| serde_json::from_str(&row.card).ok()).unwrap_or_default())
}

/// Writes down what the card on the default branch says now.
pub(crate) async fn put_card(tx: &mut Tx, repo: &Repo, text: &str, now: Time) -> Result<()> {
    let row = crate::repo::read_card(&repo.id, repo.kind, text)?;
    repos::set_card(tx, &repo.id, &row.card, &row.tags, now).await?;
    let body = card::split(text).body;
    if repo.kind == RepoKind::Paper {
        let metadata: card::Metadata = serde_json::from_str(&row.card).unwrap_or_default();
        return search::put(tx, &repo.id, &searched(&metadata, body)).await;
    }
    search::put(tx, &repo.id, body).await
}

/// What a paper is found by: most of it stands in its card's metadata. The authors come last, or a thousand of them would
/// leave no room for what it is about.
fn searched(metadata: &card::Metadata, body: &str) -> String {
    let facts = Facts::of_card(metadata);
    let names: Vec<&str> = facts.authors.iter().map(|author| author.name.as_str()).collect();
    [facts.title.as_str(), &facts.abstract_text, body, &names.join(", ")].join("\n\n")
}

fn with_commit(refusal: Refusal, commit: Oid) -> Refusal {
    match refusal {
        Refusal::NoEntry { message, .. } => Refusal::NoEntry { message, commit: Some(commit) },
        refusal => refusal,
    }
}
