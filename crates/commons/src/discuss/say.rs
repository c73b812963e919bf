//! Comments: written, edited, hidden, and given signs.

use seedcorn_core::limits;
use seedcorn_core::talk::SIGNS;
use seedcorn_core::time::Time;
use seedcorn_db::discussions::{self as rows, Discussion, Event, NewEvent};
use seedcorn_db::{Tx, members, repos};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{COMMENT, check_text, find, may_show, speaker, told};
use crate::access::{Grant, Propose};
use crate::hooks::{self, Happened};
use crate::repo::called;
use crate::{Commons, Refusal, Result, audit, dice};

/// Which of two versions of a file a line is of.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// As it was.
    Old,
    /// As the pull request has it.
    New,
}

/// The line that a comment is on.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Place {
    /// The file.
    pub path: String,
    /// Of which version.
    pub side: Side,
    /// From 1.
    pub line: u32,
    /// The head of the pull request then.
    pub commit: String,
}

impl Place {
    /// The line of a comment that is on one.
    pub fn of(event: &Event) -> Option<Place> {
        serde_json::from_str(&event.line).ok()
    }

    fn check(&self) -> Result<()> {
        let is_path = seedcorn_core::name::check_path(&self.path);
        is_path.map_err(|why| Refusal::Invalid(why.to_string()))?;
        let is_commit = self.commit.len() == 40 && self.commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        match self.line > 0 && is_commit {
            true => Ok(()),
            false => Err(Refusal::Invalid("a line has a number from 1, of a commit by its whole id".into())),
        }
    }
}

/// Comments on a discussion, or on a line of what a pull request changes.
///
/// # Errors
/// `Invalid` for an empty text, `TooLarge` for one that is too long or where a discussion is full, `Forbidden` for those who may not speak.
pub async fn comment(
    commons: &Commons,
    grant: &Grant<Propose>,
    number: i64,
    text: &str,
    place: Option<&Place>,
) -> Result<Event> {
    check_comment(text)?;
    place.map_or(Ok(()), Place::check)?;
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let row = find(&mut tx, &grant, number).await?;
    if place.is_some() && !row.is_pull() {
        return Err(Refusal::Invalid("only what a pull request changes has lines to comment on".into()));
    }
    let line = place.map_or(Ok(String::new()), serde_json::to_string).map_err(Refusal::broken)?;
    let id = comment_within(commons, &mut tx, &grant, &row, (text, &line), now).await?;
    let made = rows::find_event(&mut tx, repo, number, &id).await?.ok_or(Refusal::Unseen)?;
    tx.commit().await?;
    Ok(made)
}

/// Checks the text of a comment that is more than nothing.
pub(super) fn check_comment(text: &str) -> Result<()> {
    match text.trim().is_empty() {
        true => Err(Refusal::Invalid("a comment says something".into())),
        false => check_text(text),
    }
}

/// The same within another deed; the text was checked.
pub(super) async fn comment_within(
    commons: &Commons,
    tx: &mut Tx,
    grant: &Grant<Propose>,
    row: &Discussion,
    (text, line): (&str, &str),
    now: Time,
) -> Result<String> {
    let actor = speaker(tx, grant).await?;
    check_is_open(grant, row)?;
    check_room(row, text)?;
    let id = dice::id();
    let new = NewEvent { id: &id, author: &actor.member, kind: COMMENT, says: text, line };
    rows::add_event(tx, &grant.repo().id, row.number, &new, now).await?;
    told::tell(commons, tx, grant, (row.number, &id), text, now).await?;
    Ok(id)
}

/// Refuses those who may only propose where a discussion is locked.
pub(super) fn check_is_open(grant: &Grant<Propose>, row: &Discussion) -> Result<()> {
    match row.locked && !grant.may_write() {
        true => Err(Refusal::Forbidden(
            "this discussion is locked: those alone who may publish here speak in it".into(),
        )),
        false => Ok(()),
    }
}

/// Refuses what a discussion has no room for.
pub(super) fn check_room(row: &Discussion, text: &str) -> Result<()> {
    let bytes = row.bytes.saturating_add(i64::try_from(text.len()).unwrap_or(i64::MAX));
    match row.events >= limits::DISCUSSION_EVENTS_MAX || bytes > limits::DISCUSSION_BYTES_MAX {
        true => {
            Err(Refusal::TooLarge("this discussion is full; open another, and name this one there".into()))
        }
        false => Ok(()),
    }
}

async fn find_comment(tx: &mut Tx, grant: &Grant<Propose>, number: i64, id: &str) -> Result<Event> {
    let found = rows::find_event(tx, &grant.repo().id, number, id).await?;
    found
        .filter(|event| event.kind == COMMENT)
        .ok_or_else(|| Refusal::NotFound(format!("discussion {number} has no comment {id:?}")))
}

/// Gives a comment another text; what it said before is kept for everybody to see.
///
/// # Errors
/// `Forbidden` for those who did not write it; else as of [`comment`].
pub async fn edit(
    commons: &Commons,
    grant: &Grant<Propose>,
    number: i64,
    (id, text): (&str, &str),
) -> Result<Event> {
    check_text(text)?;
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let row = find(&mut tx, &grant, number).await?;
    let before = find_comment(&mut tx, &grant, number, id).await?;
    let actor = speaker(&mut tx, &grant).await?;
    if before.author != actor.member {
        return Err(Refusal::Forbidden("a comment is edited by who wrote it alone".into()));
    }
    check_is_open(&grant, &row)?;
    check_room(&row, text)?;
    // The first is what a discussion was opened with, and may be empty.
    if before.place > 1 {
        check_comment(text)?;
    }
    if before.edits >= limits::COMMENT_EDITS_MAX {
        let most = limits::COMMENT_EDITS_MAX;
        return Err(Refusal::TooLarge(format!("a comment is edited at most {most} times; write another")));
    }
    rows::edit(&mut tx, repo, number, (&before, text), now).await?;
    // What nobody else can read calls nobody.
    if before.hidden.is_none() {
        told::called_anew(commons, &mut tx, &grant, (number, &before), text, now).await?;
    }
    let after = find_comment(&mut tx, &grant, number, id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Hides a comment with all that it said, or shows it again. What is hidden already stays hidden by whom it was.
///
/// # Errors
/// `Forbidden` for those who neither wrote it nor may publish; to show again what those did who may publish, for who wrote it, and what those did
/// who run the hub, for everybody else.
pub async fn hide(
    commons: &Commons,
    grant: &Grant<Propose>,
    number: i64,
    (id, hidden): (&str, bool),
) -> Result<Event> {
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let before = find_comment(&mut tx, &grant, number, id).await?;
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to hide a comment".into()))?;
    if !may_show(&grant, &before) {
        let text = "a comment is hidden by who wrote it, or by those who may publish";
        return Err(Refusal::Forbidden(text.into()));
    }
    if hidden == before.hidden.is_some() {
        return Ok(before);
    }
    if let Some(by) = before.hidden.as_deref().filter(|by| *by != actor.name) {
        let by = members::find(&mut tx, by).await?;
        if by.is_some_and(|by| by.admin) && !actor.admin {
            return Err(Refusal::Forbidden("this comment was hidden by those who run the hub".into()));
        }
        if !grant.may_write() {
            return Err(Refusal::Forbidden("this comment was hidden by those who may publish here".into()));
        }
    }
    if !hidden {
        speaker(&mut tx, &grant).await?;
        check_is_open(&grant, &find(&mut tx, &grant, number).await?)?;
    }
    rows::set_hidden(&mut tx, id, hidden.then_some(&actor.member)).await?;
    hooks::happened(commons, &mut tx, grant.repo(), Happened::Edited(number, id)).await?;
    if before.author != actor.member {
        let says = json!({ "discussion": number, "comment": id, "by": before.name, "hidden": hidden });
        audit::note(&mut tx, Some(actor), ("comment.hide", &called(grant.repo())), says, now).await?;
    }
    let after = find_comment(&mut tx, &grant, number, id).await?;
    tx.commit().await?;
    Ok(after)
}

/// Gives a comment a sign, or takes it back.
///
/// # Errors
/// `Invalid` for what is none of [`SIGNS`]; `Forbidden` for those who may not speak.
pub async fn react(
    commons: &Commons,
    grant: &Grant<Propose>,
    number: i64,
    (id, sign): (&str, &str),
    given: bool,
) -> Result<()> {
    let Some(sign) = SIGNS.iter().find(|known| **known == sign) else {
        return Err(Refusal::Invalid(format!("a sign is one of {}", SIGNS.join(" "))));
    };
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let row = find(&mut tx, &grant, number).await?;
    let comment = find_comment(&mut tx, &grant, number, id).await?;
    let actor = speaker(&mut tx, &grant).await?;
    check_is_open(&grant, &row)?;
    match given {
        true => rows::react(&mut tx, &comment.id, sign, &actor.member, now).await?,
        false => rows::unreact(&mut tx, &comment.id, sign, &actor.member).await?,
    };
    Ok(tx.commit().await?)
}
