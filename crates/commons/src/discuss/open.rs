//! Discussions and pull requests opened.

use seedcorn_core::limits;
use seedcorn_core::talk::State;
use seedcorn_core::time::Time;
use seedcorn_db::discussions::{self as rows, NewEvent};
use seedcorn_db::{Tx, git, repos};

use super::{COMMENT, speaker, told};
use crate::access::{Grant, Propose};
use crate::objects::{MAIN, resolve};
use crate::{Commons, Refusal, Result, dice, jobs};

/// What is opened.
#[derive(Clone, Copy, Debug)]
pub struct New<'a> {
    /// One line.
    pub title: &'a str,
    /// The first comment; may be empty.
    pub text: &'a str,
    /// Whether it is a pull request: then its head is that of the default branch until something is committed to it.
    pub pull: bool,
}

/// Opens a discussion, or a pull request as a draft. Tells its number.
///
/// # Errors
/// `Invalid` for a title that is none, `TooLarge` for texts that are too long or where the opener has too many open, `Forbidden` for those
/// whom the repo's owner does not let speak.
pub async fn open(commons: &Commons, grant: &Grant<Propose>, new: New<'_>) -> Result<i64> {
    check_title(new.title)?;
    check_text(new.text)?;
    let (repo, now) = (&grant.repo().id, commons.now());
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, repo).await?;
    let grant = grant.confirm(&mut tx, now).await?;
    let base = if new.pull { MAIN } else { "" };
    let status = if new.pull { State::Draft } else { State::Open };
    let opening = Opening { title: new.title, text: new.text, base, status };
    let number = open_within(commons, &mut tx, &grant, &opening, now).await?;
    if new.pull {
        let head = resolve(&mut tx, repo, MAIN).await?.oid;
        git::add_ref(&mut tx, repo, &format!("refs/pr/{number}"), &head, now).await?;
        jobs::branched(commons, &mut tx, repo, grant.repo().kind).await?;
    }
    tx.commit().await?;
    commons.changed();
    Ok(number)
}

/// What is opened within another deed; its texts were checked.
pub(crate) struct Opening<'a> {
    pub(crate) title: &'a str,
    pub(crate) text: &'a str,
    /// The ref that it asks to be merged into; empty for what is no pull request.
    pub(crate) base: &'a str,
    pub(crate) status: State,
}

/// Adds the rows of a discussion, and tells those who want to know. Whoever opens a pull request adds its head.
pub(crate) async fn open_within(
    commons: &Commons,
    tx: &mut Tx,
    grant: &Grant<Propose>,
    opening: &Opening<'_>,
    now: Time,
) -> Result<i64> {
    let (repo, actor) = (&grant.repo().id, speaker(tx, grant).await?);
    let most = limits::DISCUSSIONS_OPEN_MAX;
    if !grant.may_write() && rows::count_open_of(tx, repo, &actor.member).await? >= most {
        let text = format!("you have {most} discussions open here; close some of them first");
        return Err(Refusal::TooLarge(text));
    }
    let (most, day) = (limits::DISCUSSIONS_DAY_MAX, now.plus_secs(-24 * 3600));
    if !grant.may_write() && rows::count_opened_since(tx, repo, &actor.member, day).await? >= most {
        return Err(Refusal::TooLarge(format!(
            "you opened {most} discussions here within a day; wait a while"
        )));
    }
    let is_full = git::count_refs(tx, repo).await? >= limits::REFS_MAX as i64;
    if !opening.base.is_empty() && is_full {
        let most = limits::REFS_MAX;
        return Err(Refusal::TooLarge(format!("a repo has at most {most} branches, tags and pull requests")));
    }
    let number = repos::next_number(tx, repo).await?;
    let new = rows::New {
        number,
        author: &actor.member,
        title: opening.title,
        base: opening.base,
        status: opening.status.word(),
    };
    rows::add(tx, repo, &new, now).await?;
    let id = dice::id();
    let first = NewEvent { id: &id, author: &actor.member, kind: COMMENT, says: opening.text, line: "" };
    rows::add_event(tx, repo, number, &first, now).await?;
    told::tell(commons, tx, grant, (number, &id), opening.text, now).await?;
    Ok(number)
}

/// Checks a title: one line that says something.
pub(super) fn check_title(title: &str) -> Result<()> {
    let most = limits::DISCUSSION_TITLE_BYTES_MAX;
    if title.trim().is_empty() {
        return Err(Refusal::Invalid("a discussion has a title".into()));
    }
    if title.len() > most || title.chars().any(char::is_control) {
        let text = format!("a title is one line of at most {most} bytes, without control characters");
        return Err(Refusal::Invalid(text));
    }
    Ok(())
}

/// Checks the text of a comment.
pub(super) fn check_text(text: &str) -> Result<()> {
    let most = limits::COMMENT_BYTES_MAX;
    if text.len() > most {
        return Err(Refusal::TooLarge(format!("a comment has at most {most} bytes")));
    }
    if text.contains('\0') {
        return Err(Refusal::Invalid("a comment may not hold NUL".into()));
    }
    Ok(())
}
