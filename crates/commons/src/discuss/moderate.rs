//! Whom an owner does not let speak, and comments that are reported to those who run the hub.

use seedcorn_core::access::{Actor, Role};
use seedcorn_core::limits;
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::moderation::{self as rows, Report};
use seedcorn_db::repos::{self, Repo};
use seedcorn_db::{Tx, discussions};
use serde_json::json;

use super::COMMENT;
use crate::access::{Grant, Propose};
use crate::hooks::{self, Happened};
use crate::people::named;
use crate::{Commons, Refusal, Result, account, audit, overview};

/// Refuses those whom the repo's owner does not let speak. Whoever may publish there may speak there.
pub(crate) async fn check_speaks(tx: &mut Tx, grant: &Grant<Propose>, actor: &Actor) -> Result<()> {
    let owner = &grant.repo().namespace;
    match !grant.may_write() && rows::is_blocked(tx, owner, &actor.member).await? {
        true => Err(Refusal::Forbidden("its owner does not let you take part in this repo".into())),
        false => Ok(()),
    }
}

fn runs(actor: &Actor, owner: &Namespace) -> Result<()> {
    account::check(actor)?;
    match actor.role_in(&owner.id) >= Some(Role::Admin) {
        true => Ok(()),
        false => Err(Refusal::Forbidden(format!("this is for those who run {}", owner.name))),
    }
}

/// Members who are blocked, each with since when.
pub type Blocked = Vec<(String, i64)>;

/// Those whom a member or a group does not let speak in its repos, by name after one, a page of them, and the name after which the next begins.
///
/// # Errors
/// `Forbidden` for those who do not run it.
pub async fn blocked(
    commons: &Commons,
    actor: &Actor,
    owner: &str,
    after: &str,
) -> Result<(Namespace, Blocked, Option<String>)> {
    let mut tx = commons.db.look().await?;
    let owner = named(&mut tx, owner).await?;
    runs(actor, &owner)?;
    let most = limits::GROUP_MEMBERS_PAGE;
    let mut page = rows::list_blocked(&mut tx, &owner.id, after, most as i64 + 1).await?;
    let more = page.len() > most;
    page.truncate(most);
    let next = page.last().filter(|_| more).map(|(name, _)| name.clone());
    Ok((owner, page, next))
}

/// Lets a member speak no more in the repos of a member or a group.
///
/// # Errors
/// `Invalid` for nobody and for oneself; `Conflict` if that is so already.
pub async fn block(commons: &Commons, actor: &Actor, owner: &str, name: &str) -> Result<()> {
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    let owner = named(&mut tx, owner).await?;
    runs(actor, &owner)?;
    let member = members::find(&mut tx, name).await?.filter(|found| found.kind == "member");
    let member = member.ok_or_else(|| Refusal::Invalid(format!("no member is called {name:?}")))?;
    if member.id == actor.member || member.id == owner.id {
        return Err(Refusal::Invalid("nobody blocks themselves".into()));
    }
    let most = limits::BLOCKED_MAX;
    if rows::count_blocked(&mut tx, &owner.id).await? >= most {
        return Err(Refusal::TooLarge(format!("at most {most} members are blocked")));
    }
    if !rows::block(&mut tx, &owner.id, &member.id, now).await? {
        return Err(Refusal::Conflict(format!("{} is blocked already", member.name)));
    }
    let says = json!({ "member": member.name });
    audit::note(&mut tx, Some(actor), ("member.block", &owner.name), says, now).await?;
    Ok(tx.commit().await?)
}

/// Lets them speak again.
///
/// # Errors
/// `NotFound` if they may.
pub async fn unblock(commons: &Commons, actor: &Actor, owner: &str, name: &str) -> Result<()> {
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    let owner = named(&mut tx, owner).await?;
    runs(actor, &owner)?;
    let member = named(&mut tx, name).await?;
    if !rows::unblock(&mut tx, &owner.id, &member.id).await? {
        return Err(Refusal::NotFound(format!("{} is not blocked", member.name)));
    }
    let says = json!({ "member": member.name });
    audit::note(&mut tx, Some(actor), ("member.unblock", &owner.name), says, now).await?;
    Ok(tx.commit().await?)
}

/// Reports a comment to those who run the hub.
///
/// # Errors
/// `TooLarge` for a reason that is too long, or for who reported too many today; `NotFound` for what is no comment of the discussion.
pub async fn report(
    commons: &Commons,
    grant: &Grant<Propose>,
    number: i64,
    (event, why): (&str, &str),
) -> Result<()> {
    let most = limits::REPORT_CHARS_MAX;
    if why.trim().is_empty() || why.chars().count() > most || why.contains('\0') {
        return Err(Refusal::Invalid(format!("say in 1 to {most} characters what is wrong with it")));
    }
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    let grant = grant.confirm(&mut tx, now).await?;
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to report a comment".into()))?;
    let found = discussions::find_event(&mut tx, &grant.repo().id, number, event).await?;
    if found.is_none_or(|found| found.kind != COMMENT) {
        return Err(Refusal::NotFound(format!("discussion {number} has no comment {event:?}")));
    }
    let today = now.plus_secs(-24 * 3600);
    if rows::count_reports_of(&mut tx, &actor.member, today).await? >= limits::REPORTS_DAY_MAX {
        let most = limits::REPORTS_DAY_MAX;
        return Err(Refusal::TooLarge(format!("a member reports at most {most} comments in a day")));
    }
    rows::report(&mut tx, event, &actor.member, why, now).await?;
    Ok(tx.commit().await?)
}

/// A report, and the repo that it is about.
#[derive(Clone, Debug)]
pub struct Reported {
    /// What was reported.
    pub report: Report,
    /// Where; none if it is gone.
    pub repo: Option<Repo>,
}

/// Reports that nobody looked at yet, the oldest first.
///
/// # Errors
/// `Forbidden` for those who do not run the hub.
pub async fn reports(commons: &Commons, actor: &Actor) -> Result<Vec<Reported>> {
    overview::check(actor)?;
    let mut tx = commons.db.read().await?;
    let mut all = Vec::new();
    for report in rows::list_reports(&mut tx, limits::REPORTS_PAGE).await? {
        let repo = repos::find_by_id(&mut tx, &report.repo).await?;
        all.push(Reported { report, repo });
    }
    Ok(all)
}

/// Says what becomes of a comment that was reported: it is hidden, or left.
///
/// # Errors
/// `Forbidden` for those who do not run the hub; `NotFound` if nothing was reported of it.
pub async fn settle(commons: &Commons, actor: &Actor, event: &str, hide: bool) -> Result<()> {
    overview::check(actor)?;
    let (mut tx, now) = (commons.db.write().await?, commons.now());
    if !rows::settle(&mut tx, event, now).await? {
        return Err(Refusal::NotFound("nobody reported this comment, or it was settled meanwhile".into()));
    }
    if hide {
        discussions::set_hidden(&mut tx, event, Some(&actor.member)).await?;
        if let Some((repo, number)) = discussions::place_of(&mut tx, event).await?
            && let Some(repo) = repos::find_by_id(&mut tx, &repo).await?
        {
            hooks::happened(commons, &mut tx, &repo, Happened::Edited(number, event)).await?;
        }
    }
    audit::note(&mut tx, Some(actor), ("comment.settle", event), json!({ "hidden": hide }), now).await?;
    Ok(tx.commit().await?)
}
