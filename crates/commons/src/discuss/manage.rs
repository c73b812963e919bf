//! Titles, states and locks of discussions.

use seedcorn_core::access::Actor;
use seedcorn_core::talk::State;
use seedcorn_core::time::Time;
use seedcorn_db::discussions::{self as rows, Discussion, Event, NewEvent};
use seedcorn_db::{Tx, repos};
use serde_json::{Value, json};

use super::open::check_title;
use super::say::{check_comment, check_is_open, check_room, comment_within};
use super::{LOCK, STATUS, TITLE, find, may_manage, speaker, told};
use crate::access::{Grant, Propose, Write};

use crate::repo::called;
use crate::{Commons, Refusal, Result, audit, dice};

/// Gives a discussion another title.
///
/// # Errors
/// `Forbidden` for those who neither opened it nor may publish; `Invalid` for what is no title, or the one that it has.
pub async fn set_title(commons: &Commons, grant: &Grant<Propose>, number: i64, title: &str) -> Result<Event> {
    check_title(title)?;
    let mut changing = Changing::begin(commons, grant, number).await?;
    if changing.row.title == title {
        return Err(Refusal::Invalid("it has this title already".into()));
    }
    rows::set_title(&mut changing.tx, &grant.repo().id, number, title).await?;
    let says = json!({ "from": changing.row.title, "to": title });
    changing.end(TITLE, says).await
}

/// Opens or closes a discussion, or makes a pull request a draft, with a comment if there is something to say.
///
/// # Errors
/// `Forbidden` for those who neither opened it nor may publish; `Conflict` for a state that does not follow.
pub async fn set_status(
    commons: &Commons,
    grant: &Grant<Propose>,
    number: i64,
    (state, text): (State, Option<&str>),
) -> Result<Event> {
    let text = text.filter(|text| !text.trim().is_empty());
    text.map_or(Ok(()), check_comment)?;
    let mut changing = Changing::begin(commons, grant, number).await?;
    let row = &changing.row;
    let was = State::from_word(&row.status).unwrap_or(State::Open);
    if !was.may_become(state, row.is_pull()) {
        let what = if row.is_pull() { "a pull request" } else { "a discussion" };
        let text = format!("{what} that is {} cannot become {}", was.word(), state.word());
        return Err(Refusal::Conflict(text));
    }
    if let Some(text) = text {
        comment_within(commons, &mut changing.tx, &changing.grant, &changing.row, (text, ""), changing.now)
            .await?;
    }
    rows::set_status(&mut changing.tx, &grant.repo().id, number, state.word()).await?;
    changing.end(STATUS, json!({ "status": state.word() })).await
}

/// A change of a discussion under way.
struct Changing<'a> {
    commons: &'a Commons,
    tx: Tx,
    grant: Grant<Propose>,
    row: Discussion,
    actor: Actor,
    now: Time,
}

impl<'a> Changing<'a> {
    async fn begin(commons: &'a Commons, grant: &Grant<Propose>, number: i64) -> Result<Changing<'a>> {
        let (mut tx, now) = (commons.db.write().await?, commons.now());
        repos::lock(&mut tx, &grant.repo().id).await?;
        let grant = grant.confirm(&mut tx, now).await?;
        let row = find(&mut tx, &grant, number).await?;
        let actor = speaker(&mut tx, &grant).await?.clone();
        if !may_manage(&grant, &row) {
            let text = "this is for who opened it, and for those who may publish";
            return Err(Refusal::Forbidden(text.into()));
        }
        check_is_open(&grant, &row)?;
        // Those who may publish can always end a discussion that others filled.
        if !grant.may_write() {
            check_room(&row, "")?;
        }
        Ok(Changing { commons, tx, grant, row, actor, now })
    }

    async fn end(mut self, kind: &str, says: Value) -> Result<Event> {
        let (repo, now) = (&self.grant.repo().id, self.now);
        let id =
            note(self.commons, &mut self.tx, &self.grant, (self.row.number, &self.actor), (kind, says), now)
                .await?;
        let made =
            rows::find_event(&mut self.tx, repo, self.row.number, &id).await?.ok_or(Refusal::Unseen)?;
        self.tx.commit().await?;
        Ok(made)
    }
}

/// Adds an event that is no comment, and tells those who want to know.
pub(super) async fn note(
    commons: &Commons,
    tx: &mut Tx,
    grant: &Grant<Propose>,
    (number, actor): (i64, &Actor),
    (kind, says): (&str, Value),
    now: Time,
) -> Result<String> {
    let (id, says) = (dice::id(), says.to_string());
    let new = NewEvent { id: &id, author: &actor.member, kind, says: &says, line: "" };
    rows::add_event(tx, &grant.repo().id, number, &new, now).await?;
    told::tell(commons, tx, grant, (number, &id), "", now).await?;
    Ok(id)
}

/// Locks a discussion, so that those alone who may publish speak in it, or unlocks it.
///
/// # Errors
/// `Conflict` if that is so already.
pub async fn set_locked(commons: &Commons, grant: &Grant<Write>, number: i64, locked: bool) -> Result<Event> {
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let grant: Grant<Propose> = grant.lower().ok_or(Refusal::Unseen)?;
    let row = find(&mut tx, &grant, number).await?;
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in first".into()))?;
    if row.locked == locked {
        let is = if locked { "locked" } else { "not locked" };
        return Err(Refusal::Conflict(format!("this discussion is {is} already")));
    }
    rows::set_locked(&mut tx, repo, number, locked).await?;
    let says = json!({ "discussion": number, "locked": locked });
    audit::note(&mut tx, Some(actor), ("discussion.lock", &called(grant.repo())), says, now).await?;
    let says = json!({ "locked": locked });
    let id = note(commons, &mut tx, &grant, (number, actor), (LOCK, says), now).await?;
    let made = rows::find_event(&mut tx, repo, number, &id).await?.ok_or(Refusal::Unseen)?;
    tx.commit().await?;
    Ok(made)
}
