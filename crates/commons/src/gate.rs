//! Gated repos: whoever wants the files asks, and their owner lets them in, or not. Where asking is enough (`auto`), whoever asks is in.

use std::collections::BTreeMap;

use seedcorn_core::access::{Action, Actor};
use seedcorn_core::gate::{BadAnswer, Form};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::{Tx, repos, requests as rows};
use serde_json::json;

use crate::access::{Admin, Grant, See};
use crate::repo::{self, called};
use crate::{Commons, Refusal, Result, account, audit, dice};

pub use seedcorn_core::gate::{Field, Wants};
pub use seedcorn_db::requests::{Own, Request};

/// What was said to a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Status {
    /// Nothing yet.
    Pending,
    /// They are in.
    Accepted,
    /// They are not.
    Rejected,
}

impl Status {
    /// Every state.
    pub const ALL: [Status; 3] = [Status::Pending, Status::Accepted, Status::Rejected];

    /// `pending`, `accepted`, `rejected`.
    pub fn word(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Accepted => "accepted",
            Status::Rejected => "rejected",
        }
    }

    /// The state that a word names.
    pub fn from_word(word: &str) -> Option<Status> {
        Status::ALL.into_iter().find(|status| status.word() == word)
    }
}

/// How somebody stands before a gate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Standing {
    /// What they are asked.
    pub form: Form,
    /// Whether asking is enough.
    pub auto: bool,
    /// What they asked, if they did.
    pub request: Option<Request>,
}

/// Why nothing was asked: a fault in the answers, or anything else.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// A field is not answered as it wants.
    #[error(transparent)]
    Answer(#[from] BadAnswer),
    /// Anything else.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

/// The form of a gated repo, and what the asker asked already; none of a repo that is not gated.
///
/// # Errors
/// Those of the database.
pub async fn standing(commons: &Commons, grant: &Grant<See>) -> Result<Option<Standing>> {
    let gated = grant.repo().gated.as_str();
    if gated.is_empty() {
        return Ok(None);
    }
    let form = form(commons, grant).await?;
    let request = match grant.actor() {
        Some(actor) => rows::of(&mut commons.db.look().await?, &grant.repo().id, &actor.member).await?,
        None => None,
    };
    Ok(Some(Standing { form, auto: gated == "auto", request }))
}

async fn form(commons: &Commons, grant: &Grant<See>) -> Result<Form> {
    let card = repo::card(commons, grant).await?.card;
    Ok(Form::of(&serde_json::from_str(&card).unwrap_or_default()))
}

/// Asks for the files of a gated repo. Who was rejected may ask again; who waits or is in stays so.
///
/// # Errors
/// `Invalid` for a repo that is not gated, and answers that are none; `Conflict` for who waits already or is in.
pub async fn ask(
    commons: &Commons,
    grant: &Grant<See>,
    given: &BTreeMap<String, String>,
) -> Result<Request, Unasked> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in to ask for access".into()))?;
    account::check(actor)?;
    let fields = form(commons, grant).await?.answers(given)?;
    Ok(enter(commons, grant, actor, &serde_json::to_string(&fields).map_err(Refusal::broken)?).await?)
}

/// Writes a request down, with its answers.
async fn enter(commons: &Commons, grant: &Grant<See>, actor: &Actor, fields: &str) -> Result<Request> {
    let id = &grant.repo().id;
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, id).await?;
    let grant: Grant<See> = grant.confirm(&mut tx, commons.now()).await?;
    let gated = grant.repo().gated.clone();
    if gated.is_empty() || grant.may(Action::Read) {
        return Err(Refusal::Conflict("you have access already".into()));
    }
    let was = rows::of(&mut tx, id, &actor.member).await?;
    let was = was.and_then(|before| Status::from_word(&before.status));
    if was == Some(Status::Pending) && gated != "auto" {
        return Err(Refusal::Conflict("you asked already: its owner will say".into()));
    }
    // Whoever was turned away does not come in by asking again.
    let is_enough = gated == "auto" && was != Some(Status::Rejected);
    let status = if is_enough { Status::Accepted } else { Status::Pending };
    rows::put(&mut tx, id, &actor.member, (&dice::id(), status.word(), fields), commons.now()).await?;
    let says = json!({ "status": status.word() });
    audit::note(&mut tx, Some(actor), ("access.ask", &called(grant.repo())), says, commons.now()).await?;
    let made = rows::of(&mut tx, id, &actor.member).await?.ok_or(Refusal::Unseen)?;
    tx.commit().await?;
    Ok(made)
}

/// Takes back what one asked, also where one is in.
///
/// # Errors
/// `NotFound` for who did not ask.
pub async fn withdraw(commons: &Commons, grant: &Grant<See>) -> Result<()> {
    let actor = grant.actor().ok_or_else(|| Refusal::Unsigned("sign in first".into()))?;
    account::check(actor)?;
    let mut tx = commons.db.write().await?;
    let before = rows::of(&mut tx, &grant.repo().id, &actor.member).await?;
    if before.is_some_and(|before| before.status == Status::Rejected.word()) {
        return Err(Refusal::Conflict("your request was turned away: there is nothing to take back".into()));
    }
    audit::note(&mut tx, Some(actor), ("access.withdraw", &called(grant.repo())), json!({}), commons.now())
        .await?;
    if !rows::remove(&mut tx, &grant.repo().id, &actor.member).await? {
        return Err(Refusal::NotFound("you did not ask for access".into()));
    }
    Ok(tx.commit().await?)
}

/// Requests of a state, the newest first, and where the next begin.
///
/// # Errors
/// Those of the database.
pub async fn list(
    commons: &Commons,
    grant: &Grant<Admin>,
    status: Status,
    before: Option<(Time, &str)>,
) -> Result<(Vec<Request>, bool)> {
    let most = limits::ACCESS_REQUESTS_PAGE;
    let limit = i64::try_from(most + 1).unwrap_or(i64::MAX);
    let mut tx = commons.db.look().await?;
    let mut all = rows::list(&mut tx, &grant.repo().id, status.word(), before, limit).await?;
    let more = all.len() > most;
    all.truncate(most);
    Ok((all, more))
}

/// How many requests there are of each state.
///
/// # Errors
/// Those of the database.
pub async fn counts(commons: &Commons, grant: &Grant<Admin>) -> Result<[i64; 3]> {
    let mut tx = commons.db.look().await?;
    let mut all = [0; 3];
    for (count, status) in all.iter_mut().zip(Status::ALL) {
        *count = rows::count(&mut tx, &grant.repo().id, status.word()).await?;
    }
    Ok(all)
}

/// Whose request it is.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// A member's, by name.
    Member(&'a str),
    /// That of an id.
    Request(&'a str),
}

async fn member(tx: &mut Tx, name: &str) -> Result<Namespace> {
    let found = members::find(tx, name).await?.filter(|row| row.kind == "member" && !row.disabled);
    found.ok_or_else(|| Refusal::NotFound(format!("no member is called {name:?}")))
}

/// Says to a request: lets somebody in, turns them away with a reason, or puts them back among those who wait.
///
/// # Errors
/// `NotFound` for who did not ask; `Invalid` where it is so already, or the reason is too long.
pub async fn handle(
    commons: &Commons,
    grant: &Grant<Admin>,
    whose: Whose<'_>,
    (status, reason): (Status, &str),
) -> Result<Request> {
    check_reason(reason)?;
    let id = &grant.repo().id;
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, id).await?;
    let grant = grant.confirm(&mut tx, commons.now()).await?;
    let found = match whose {
        Whose::Member(name) => {
            let member = member(&mut tx, name).await?;
            rows::of(&mut tx, id, &member.id).await?
        }
        Whose::Request(request) => rows::find(&mut tx, id, request).await?,
    };
    let found = found.ok_or_else(|| {
        Refusal::NotFound(format!("there is no such request for access to {}", grant.repo().full_name()))
    })?;
    if found.status == status.word() {
        let (name, word) = (&found.name, status.word());
        return Err(Refusal::Invalid(format!("the request of {name} is {word} already")));
    }
    let reason = if status == Status::Rejected { reason } else { "" };
    rows::handle(&mut tx, id, &found.member, (status.word(), reason), commons.now()).await?;
    let now = rows::of(&mut tx, id, &found.member).await?.ok_or(Refusal::Unseen)?;
    let says = json!({ "member": found.name, "status": status.word() });
    audit::note(&mut tx, grant.actor(), ("access.handle", &called(grant.repo())), says, commons.now())
        .await?;
    tx.commit().await?;
    Ok(now)
}

fn check_reason(reason: &str) -> Result<()> {
    let most = limits::REJECTION_CHARS_MAX;
    match reason.chars().count() > most || reason.contains('\0') {
        true => Err(Refusal::Invalid(format!("a reason is a text of {most} characters at most"))),
        false => Ok(()),
    }
}

/// Lets a member in who need not have asked.
///
/// # Errors
/// `NotFound` for nobody; `Invalid` for a repo that is not gated, and for who is in already.
pub async fn admit(commons: &Commons, grant: &Grant<Admin>, name: &str) -> Result<Request> {
    let id = &grant.repo().id;
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, id).await?;
    let grant = grant.confirm(&mut tx, commons.now()).await?;
    if grant.repo().gated.is_empty() {
        return Err(Refusal::Invalid("the repo is not gated: everybody who sees it has access".into()));
    }
    let member = member(&mut tx, name).await?;
    let before = rows::of(&mut tx, id, &member.id).await?;
    match before {
        Some(before) if before.status == Status::Accepted.word() => {
            return Err(Refusal::Invalid(format!("{} has access already", member.name)));
        }
        Some(_) => {
            rows::handle(&mut tx, id, &member.id, (Status::Accepted.word(), ""), commons.now()).await?;
        }
        None => {
            let request = dice::id();
            let texts = (request.as_str(), Status::Accepted.word(), "{}");
            rows::put(&mut tx, id, &member.id, texts, commons.now()).await?;
        }
    }
    let now = rows::of(&mut tx, id, &member.id).await?.ok_or(Refusal::Unseen)?;
    let says = json!({ "member": member.name });
    audit::note(&mut tx, grant.actor(), ("access.admit", &called(grant.repo())), says, commons.now()).await?;
    tx.commit().await?;
    Ok(now)
}

/// What a member asked for, the newest first.
///
/// # Errors
/// Those of the database.
pub async fn own(commons: &Commons, actor: &Actor) -> Result<Vec<Own>> {
    let most = i64::try_from(limits::ACCESS_REQUESTS_PAGE).unwrap_or(i64::MAX);
    Ok(rows::own(&mut commons.db.look().await?, &actor.member, most).await?)
}
