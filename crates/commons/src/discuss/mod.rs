//! What members say to each other about a repo, and ask to be merged into it: discussions and pull requests, comments, and who is told.

mod attach;
mod conflicts;
mod inbox;
mod lines;
mod manage;
mod merge;
mod moderate;
mod open;
mod pull;
mod say;
mod told;
mod trees;

use std::collections::BTreeMap;

use seedcorn_core::access::{Action, Actor};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::talk::State;
use seedcorn_db::Tx;
use seedcorn_db::discussions as rows;

use crate::access::{Grant, Level, Propose, See};
use crate::{Commons, Refusal, Result};

pub use attach::{Attached, attach, attachment, media_of};
pub(crate) use conflicts::Trial;
pub use conflicts::{Conflicts, conflicts};
pub use inbox::{Notices, Told, Wants, look_at, mark_all, notices, unseen, wanted, watch};
pub use manage::{set_locked, set_status, set_title};
pub use merge::{How, Merge, merge};
pub(crate) use moderate::check_speaks;
pub use moderate::{Blocked, Reported, block, blocked, report, reports, settle, unblock};
use open::check_text;
pub use open::{New, open};
pub(crate) use open::{Opening, open_within};
pub use pull::{Sides, commits, sides};
pub use say::{Place, Side, comment, edit, hide, react};
pub use seedcorn_db::discussions::{Discussion, Event, Past, Which};

/// What the names of pull requests' heads begin with.
pub(crate) const PULLS: &str = "refs/pr/";

/// The kind of an event that is a comment.
pub const COMMENT: &str = "comment";
/// The kind of an event that is another title.
pub const TITLE: &str = "title-change";
/// The kind of an event that is another state.
pub const STATUS: &str = "status-change";
/// The kind of an event that locks the discussion, or unlocks it.
pub const LOCK: &str = "lock";

/// A page of a repo's discussions, the newest first, and how many there are.
pub async fn list(
    commons: &Commons,
    grant: &Grant<See>,
    which: Which<'_>,
    skip: i64,
    limit: i64,
) -> Result<(Vec<Discussion>, i64)> {
    let (repo, mut tx) = (&grant.repo().id, commons.db.read().await?);
    let author = which.author.to_ascii_lowercase();
    let which = Which { author: &author, ..which };
    let count = rows::count(&mut tx, repo, which).await?;
    Ok((rows::list(&mut tx, repo, which, skip, limit).await?, count))
}

/// A discussion.
///
/// # Errors
/// `NotFound` if there is none of that number.
pub async fn get(commons: &Commons, grant: &Grant<See>, number: i64) -> Result<Discussion> {
    find(&mut commons.db.look().await?, grant, number).await
}

/// The pull request of which a ref is the head; none of another ref.
pub(crate) async fn pull_of(tx: &mut Tx, repo: &RepoId, name: &str) -> Result<Option<Discussion>> {
    match name.strip_prefix(PULLS).and_then(|number| number.parse().ok()) {
        Some(number) => Ok(rows::find(tx, repo, number).await?),
        None => Ok(None),
    }
}

async fn find(tx: &mut Tx, grant: &Grant<impl Level>, number: i64) -> Result<Discussion> {
    let found = rows::find(tx, &grant.repo().id, number).await?;
    found.ok_or_else(|| Refusal::NotFound(format!("there is no discussion {number}")))
}

/// What happened in a discussion behind a place, in order. What a hidden comment says is told to those alone who may show it again.
pub async fn events(
    commons: &Commons,
    grant: &Grant<See>,
    number: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Event>> {
    let mut tx = commons.db.look().await?;
    let events = rows::list_events(&mut tx, &grant.repo().id, number, after, limit).await?;
    Ok(events.into_iter().map(|event| shown(grant, event)).collect())
}

/// Comments on lines of what a pull request changes, in order.
pub async fn on_lines(commons: &Commons, grant: &Grant<See>, number: i64) -> Result<Vec<Event>> {
    let (repo, mut tx) = (&grant.repo().id, commons.db.look().await?);
    let events = rows::list_on_lines(&mut tx, repo, number, limits::LINE_COMMENTS_MAX).await?;
    Ok(events.into_iter().map(|event| shown(grant, event)).collect())
}

/// What comments said before, by comment; of hidden ones only for those who may show them again.
pub async fn past(
    commons: &Commons,
    grant: &Grant<See>,
    events: &[Event],
) -> Result<BTreeMap<String, Vec<Past>>> {
    let edited = events.iter().filter(|event| event.edits > 0);
    let shown = edited.filter(|event| event.hidden.is_none() || may_show(grant, event));
    let ids: Vec<String> = shown.map(|event| event.id.clone()).collect();
    let mut past: BTreeMap<String, Vec<Past>> = BTreeMap::new();
    if ids.is_empty() {
        return Ok(past);
    }
    for one in rows::list_past(&mut commons.db.look().await?, &ids).await? {
        past.entry(one.event.clone()).or_default().push(one);
    }
    Ok(past)
}

/// The signs of a comment: each with how many gave it, and whether the asker did.
pub type Signs = Vec<(String, u64, bool)>;

/// The signs that comments of a discussion have.
pub async fn signs(commons: &Commons, grant: &Grant<See>, number: i64) -> Result<BTreeMap<String, Signs>> {
    let asker = grant.actor().map_or("", |actor| actor.member.as_str());
    let mut tx = commons.db.look().await?;
    let mut signs: BTreeMap<String, Signs> = BTreeMap::new();
    for (event, sign, count, own) in rows::list_reactions(&mut tx, &grant.repo().id, number, asker).await? {
        let count = u64::try_from(count).unwrap_or_default();
        signs.entry(event).or_default().push((sign, count, own > 0));
    }
    Ok(signs)
}

/// Whether somebody may see what a hidden comment says, and show it again: who wrote it, and whoever may publish.
pub fn may_show(grant: &Grant<impl Level>, event: &Event) -> bool {
    let wrote = grant.actor().is_some_and(|actor| actor.member == event.author);
    wrote || grant.may(Action::Write)
}

fn shown(grant: &Grant<See>, event: Event) -> Event {
    match event.hidden.is_some() && !may_show(grant, &event) {
        true => Event { says: String::new(), ..event },
        false => event,
    }
}

/// Whether a discussion goes on: as an open one, or as a draft.
pub fn is_open(row: &Discussion) -> bool {
    matches!(State::from_word(&row.status), Some(State::Open | State::Draft))
}

/// Whether somebody may change a discussion's title and state: who opened it, and whoever may publish.
pub fn may_manage(grant: &Grant<impl Level>, row: &Discussion) -> bool {
    let opened = grant.actor().is_some_and(|actor| actor.member == row.author);
    opened || grant.may(Action::Write)
}

/// Who speaks; refuses those whom the repo's owner does not let speak.
async fn speaker<'a>(tx: &mut Tx, grant: &'a Grant<Propose>) -> Result<&'a Actor> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to take part".into()))?;
    moderate::check_speaks(tx, grant, actor).await?;
    Ok(actor)
}
