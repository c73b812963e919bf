//! Pull requests merged: the branch moves on to what they bring, or to a commit that has both.

use seedcorn_content::Offload;
use seedcorn_content::git::Kind;
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::limits;
use seedcorn_core::talk::State;
use seedcorn_core::tree::{Dir, Node};
use seedcorn_db::discussions::{self as rows, Discussion};
use seedcorn_db::git::{self, BlobFact};
use seedcorn_db::repos;
use serde_json::json;

use super::manage::note;
use super::pull::{Sides, sides};
use super::say::{check_comment, comment_within};
use super::trees::{self, Merged};
use super::{PULLS, STATUS, find, pull_of};
use crate::access::{Grant, Propose, See, Write};
use crate::objects::{MAIN, Objects};
use crate::publish::{self, Card, Message, Recorded, card_of, record_card};
use crate::{Commons, Refusal, Result, jobs};

/// How a pull request is merged.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum How {
    /// The branch just moves on where it can, and else there is a commit with both.
    #[default]
    Usual,
    /// Always by a commit with both.
    Commit,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Merge<'a> {
    /// How.
    pub how: How,
    /// The head that the asker saw: if it is another now, nothing is merged.
    pub head: Option<&'a str>,
    /// Something to say along with it.
    pub comment: Option<&'a str>,
}

/// Merges a pull request; tells the commit that its branch is at then.
///
/// # Errors
/// `Conflict` for what cannot be merged: it is no open pull request, it brings nothing, both sides changed the same, or its head is not what
/// the asker saw.
pub async fn merge(commons: &Commons, grant: &Grant<Write>, number: i64, ask: Merge<'_>) -> Result<Oid> {
    let said = ask.comment.filter(|text| !text.trim().is_empty());
    said.map_or(Ok(()), check_comment)?;
    let see: Grant<See> = grant.lower().ok_or(Refusal::Unseen)?;
    for _ in 0..limits::COMMIT_TRIES_MAX {
        let row = super::get(commons, &see, number).await?;
        check_state(&row)?;
        let _turn = commons.branches.lock(&grant.repo().id, &row.base).await;
        let sides = sides(commons, &see, &row).await?;
        let gone = || Refusal::Conflict(format!("{} is there no more", row.base));
        let sides = sides.ok_or_else(gone)?;
        if ask.head.is_some_and(|seen| seen != sides.head.oid.to_string()) {
            let text = "its head moved since you looked; look at what it brings now, and merge it then";
            return Err(Refusal::Conflict(text.into()));
        }
        let step = step(commons, grant, &row, &sides, ask.how).await?;
        let deed = Merging { commons, grant, row: &row, sides: &sides, step, said };
        if let Some(oid) = deed.record().await? {
            return Ok(oid);
        }
    }
    Err(Refusal::Conflict("others move this branch again and again; try again".into()))
}

fn check_state(row: &Discussion) -> Result<()> {
    let refuse = |text: &str| Err(Refusal::Conflict(text.to_owned()));
    match State::from_word(&row.status) {
        _ if !row.is_pull() => refuse("a discussion that is no pull request brings nothing to merge"),
        Some(State::Open) => Ok(()),
        Some(State::Draft) => refuse("it is a draft: open it first, when it is ready to be merged"),
        Some(State::Merged) => refuse("it was merged already"),
        Some(State::Closed) | None => refuse("it is closed: open it first"),
    }
}

/// What the branch moves to, and what its card is then.
struct Step {
    to: Oid,
    /// What is to be recorded with it, if it was not there before.
    made: Option<Box<Recorded>>,
    card: Card,
}

async fn step(
    commons: &Commons,
    grant: &Grant<Write>,
    row: &Discussion,
    sides: &Sides,
    how: How,
) -> Result<Step> {
    if let Some(why) = sides.unclear {
        return Err(Refusal::Conflict(elsewhere(why)));
    }
    if sides.brings_nothing() {
        return Err(Refusal::Conflict("it brings nothing that is not there already".into()));
    }
    let objects = Objects::open(commons, &grant.repo().id).await?;
    if sides.is_ahead() && how == How::Usual {
        let card = card_of(&objects, &sides.onto.tree, &sides.head.tree).await?;
        return Ok(Step { to: sides.head.oid, made: None, card });
    }
    let merged = trees::merge(&objects, sides.roots()).await?;
    if !merged.conflicts.is_empty() {
        return Err(Refusal::Conflict(told(&merged)));
    }
    let card = card(&objects, &merged, &sides.onto.tree).await?;
    let recorded = pack(commons, grant, row, sides, (objects, merged)).await?;
    Ok(Step { to: recorded.oid(), made: Some(Box::new(recorded)), card })
}

/// What is to be done with what is not merged here.
pub(super) fn elsewhere(why: &str) -> String {
    format!("{why}: merge the branch into the pull request with git, push that, and merge it then")
}

fn told(merged: &Merged) -> String {
    let shown: Vec<&str> = merged.conflicts.iter().take(10).map(String::as_str).collect();
    let more = merged.conflicts.len().saturating_sub(shown.len());
    let and = if more > 0 { format!(" and {more} more") } else { String::new() };
    elsewhere(&format!("both sides changed {}{and}", shown.join(", ")))
}

async fn card(objects: &Objects, merged: &Merged, before: &Oid) -> Result<Card> {
    match merged.card() {
        Some(Err(text)) => Ok(Card::New(text[..text.floor_char_boundary(limits::CARD_BYTES_MAX)].to_owned())),
        Some(Ok(oid)) => publish::card_is(objects, before, Some(oid)).await,
        None => publish::card_is(objects, before, None).await,
    }
}

/// Puts a blob where a text of the merge stands.
fn settle(dir: &mut Dir, path: &str, blob: Oid) {
    match path.split_once('/') {
        Some((folder, rest)) => {
            if let Some(Node::Dir(inner)) = dir.entries.get_mut(folder) {
                settle(inner, rest, blob);
            }
        }
        None => {
            if let Some(Node::Blob { oid, .. }) = dir.entries.get_mut(path) {
                *oid = blob;
            }
        }
    }
}

/// Packs the merge: its texts, its folders, and the commit.
async fn pack(
    commons: &Commons,
    grant: &Grant<Write>,
    row: &Discussion,
    sides: &Sides,
    (objects, merged): (Objects, Merged),
) -> Result<Recorded> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to merge".into()))?;
    let (mut packing, packs) = (publish::begin(commons)?, objects.packs.clone());
    let Merged { mut root, came_from, texts, .. } = merged;
    let packed = Offload::run(move || -> Result<_> {
        let mut facts = Vec::with_capacity(texts.len());
        for (path, text) in texts {
            let blob = packing.add(Kind::Blob, text.as_bytes()).map_err(publish::pack_refusal)?;
            facts.push(BlobFact::regular(blob, text.len() as u64, Sha256::of(&text)));
            settle(&mut root, &path, blob);
        }
        let tree = publish::write_tree(&mut packing, &packs, &root, "", &came_from)?;
        Ok((packing, tree, facts))
    });
    let (packing, tree, facts) = packed.await??;
    let at = commons.now();
    let message = Message {
        author: publish::signature(actor, at),
        text: format!("Merge pull request #{}: {}", row.number, row.title),
        parents: vec![sides.onto.oid, sides.head.oid],
        generation: sides.onto.generation.max(sides.head.generation) + 1,
        at,
    };
    publish::finish(commons, &grant.repo().id, packing, tree, message, facts).await
}

/// A merge that is to be recorded.
struct Merging<'a> {
    commons: &'a Commons,
    grant: &'a Grant<Write>,
    row: &'a Discussion,
    sides: &'a Sides,
    step: Step,
    said: Option<&'a str>,
}

impl Merging<'_> {
    /// The one transaction; nothing if one of the sides moved meanwhile.
    async fn record(self) -> Result<Option<Oid>> {
        let Merging { commons, row, sides, .. } = self;
        let (repo, now) = (&self.grant.repo().id, commons.now());
        let mut tx = commons.db.write().await?;
        repos::lock(&mut tx, repo).await?;
        let grant = self.grant.confirm(&mut tx, now).await?;
        let propose: Grant<Propose> = grant.lower().ok_or(Refusal::Unseen)?;
        let row_now = find(&mut tx, &propose, row.number).await?;
        check_state(&row_now)?;
        let head = git::find_ref(&mut tx, repo, &format!("{PULLS}{}", row.number)).await?;
        if head != Some(sides.head.oid) || row_now.base != row.base {
            return Ok(None);
        }
        if pull_of(&mut tx, repo, &row.base).await?.is_some_and(|pull| pull.merged.is_some()) {
            let text = format!("{} was merged itself: what is merged into it now goes nowhere", row.base);
            return Err(Refusal::Conflict(text));
        }
        if let Some(made) = &self.step.made {
            made.add(&mut tx, repo, now).await?;
        }
        let to = self.step.to;
        if !git::move_ref(&mut tx, repo, &row.base, (&sides.onto.oid, &to), now).await? {
            return Ok(None);
        }
        let moved = (row.base.as_str(), Some(&sides.onto.oid), Some(&to));
        publish::moved(commons, &mut tx, grant.repo(), grant.actor(), moved).await?;
        jobs::grown(commons, &mut tx, repo).await?;
        match row.base == MAIN {
            true => record_card(commons, &mut tx, &propose, self.step.card.clone()).await?,
            false => jobs::branched(commons, &mut tx, repo, grant.repo().kind).await?,
        }
        if let Some(said) = self.said {
            comment_within(commons, &mut tx, &propose, &row_now, (said, ""), now).await?;
        }
        let (merged, parted) = (to.to_string(), sides.onto.oid.to_string());
        rows::set_merged(&mut tx, repo, row.number, (&merged, &parted)).await?;
        let actor = propose.actor().ok_or_else(|| Refusal::Unsigned("sign in to merge".into()))?;
        let says = json!({ "status": State::Merged.word() });
        note(commons, &mut tx, &propose, (row.number, actor), (STATUS, says), now).await?;
        tx.commit().await?;
        commons.changed();
        Ok(Some(to))
    }
}
