//! What happened, written down in the transaction of the change itself.

use std::collections::BTreeMap;

use seedcorn_core::access::Actor;
use seedcorn_core::card;
use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::log::{By, Event, Happened, Subject};
use seedcorn_db::log::{self as rows, Draft};
use seedcorn_db::members::Namespace;
use seedcorn_db::rounds::Round;
use seedcorn_db::{Tx, git, listings, openness, repos};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::what::{self, What};
use crate::{Commons, Refusal, Result, dice};

/// What is to be said of what happened; what is costly to know is added when it becomes an entry.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) happened: Happened,
    pub(super) subject: Subject,
    pub(super) actor: By,
    pub(super) data: Value,
}

/// Of a repo, if everybody may see it; of others nothing is logged. The caller holds the repo.
pub(crate) async fn of_repo(
    commons: &Commons,
    tx: &mut Tx,
    repo: &RepoId,
    by: Option<&Actor>,
    what: What,
) -> Result<()> {
    let Some(row) = repos::find_by_id(tx, repo).await?.filter(|row| !row.private) else { return Ok(()) };
    let subject = Subject { id: row.id.0.clone(), kind: row.kind.to_string(), name: row.full_name() };
    put(commons, tx, subject, by, what).await
}

/// Of a member or a group. The caller holds it.
pub(crate) async fn of_owner(
    commons: &Commons,
    tx: &mut Tx,
    owner: &Namespace,
    by: &Actor,
    what: What,
) -> Result<()> {
    let subject = Subject { id: owner.id.0.clone(), kind: owner.kind.clone(), name: owner.name.clone() };
    put(commons, tx, subject, Some(by), what).await
}

/// Of the hub itself.
pub(crate) async fn of_hub(commons: &Commons, tx: &mut Tx, what: What) -> Result<()> {
    let subject = Subject { id: "hub".into(), kind: "hub".into(), name: "hub".into() };
    put(commons, tx, subject, None, what).await
}

/// Of a round. The caller holds it.
pub(crate) async fn of_round(
    commons: &Commons,
    tx: &mut Tx,
    round: &Round,
    by: &Actor,
    what: What,
) -> Result<()> {
    let subject = Subject { id: round.id.clone(), kind: "round".into(), name: round.name.clone() };
    put(commons, tx, subject, Some(by), what).await
}

/// Of a repo that everybody can see from now on, what the log does not say yet: where its branches and tags are, so many at most, which
/// of those that it told of are gone, its licences and how open it is. Nothing is told of when that came about. Tells how much there was.
pub(crate) async fn of_shown(
    commons: &Commons,
    tx: &mut Tx,
    repo: &RepoId,
    by: Option<&Actor>,
) -> Result<usize> {
    let mut told = told(tx, repo).await?;
    let mut all = Vec::new();
    let named = |name: &str| name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
    let refs = git::list_refs(tx, repo).await?;
    for one in refs.iter().filter(|one| named(&one.name)).take(limits::LOG_REFS_MAX) {
        let before = told.refs.remove(&one.name);
        if before != Some(one.target) {
            all.push(what::moved(&one.name, before.as_ref(), Some(&one.target)));
        }
    }
    let is_there = |name: &String| refs.iter().any(|one| one.name == *name);
    let gone = told.refs.iter().filter(|(name, _)| !is_there(name));
    all.extend(gone.map(|(name, before)| what::moved(name, Some(before), None)));
    let card = listings::list_cards(tx, std::slice::from_ref(repo)).await?.pop();
    let card = card.and_then(|row| serde_json::from_str(&row.card).ok()).unwrap_or_default();
    all.extend(what::licensed(&told.licensed, &card));
    let graded = openness::head(tx, repo).await?.and_then(|head| what::graded(None, &head));
    all.extend(graded.filter(|graded| told.grade != graded.data["grade"]));
    let count = all.len();
    for what in all {
        of_repo(commons, tx, repo, by, what).await?;
    }
    Ok(count)
}

/// Of a repo that everybody can see, whatever the log does not say of it, as after an earlier state was restored. Tells how much there was.
pub(super) async fn of_all(commons: &Commons, tx: &mut Tx, repo: &RepoId) -> Result<usize> {
    let Some(row) = repos::find_by_id(tx, repo).await?.filter(|row| !row.private) else { return Ok(0) };
    let hidden = told(tx, repo).await?.hidden;
    let shown = match knows(tx, repo).await? {
        false => Some(what::published(&row.gated)),
        true => hidden.then(|| what::visible(false, &row.gated)),
    };
    let count = usize::from(shown.is_some());
    if let Some(shown) = shown {
        of_repo(commons, tx, repo, None, shown).await?;
    }
    Ok(count + of_shown(commons, tx, repo, None).await?)
}

/// What the log says of a repo.
#[derive(Default)]
struct Told {
    /// Where branches and tags are.
    refs: BTreeMap<String, Oid>,
    /// Its licences, as a card has them.
    licensed: card::Metadata,
    /// How open it is: class and parts.
    grade: Value,
    /// Whether only some may see it.
    hidden: bool,
}

/// What the newest entries of a repo say.
async fn told(tx: &mut Tx, repo: &RepoId) -> Result<Told> {
    let mut told = Told::default();
    let mut rows = rows::of_subject(tx, repo.as_str(), i64::MAX, LOOKED_AT).await?;
    rows.reverse();
    for event in rows.iter().filter_map(|row| Event::read(row.entry.as_bytes()).ok()) {
        match event.happened {
            Happened::Revision | Happened::Tag => {
                let name = event.data["ref"].as_str().unwrap_or_default().to_owned();
                match event.data["commit"].as_str().and_then(|commit| commit.parse().ok()) {
                    Some(commit) => told.refs.insert(name, commit),
                    None => told.refs.remove(&name),
                };
            }
            Happened::License => {
                told.licensed.insert("license".into(), event.data["license"].clone());
            }
            Happened::Openness => told.grade = event.data["grade"].clone(),
            Happened::Visibility => told.hidden = event.data["private"] == true,
            Happened::Takedown => told.hidden = true,
            Happened::Publish | Happened::Restore => told.hidden = false,
            _ => {}
        }
    }
    Ok(told)
}

/// Entries of a repo that are read for what they say of it.
const LOOKED_AT: i64 = 20_000;

/// Whether anything was logged of a repo.
pub(crate) async fn knows(tx: &mut Tx, repo: &RepoId) -> Result<bool> {
    Ok(rows::last(tx, repo.as_str()).await?.is_some())
}

async fn put(commons: &Commons, tx: &mut Tx, subject: Subject, by: Option<&Actor>, what: What) -> Result<()> {
    let actor = match by {
        Some(actor) => By { id: actor.member.0.clone(), via: "member".into() },
        None => By { id: "hub".into(), via: "hub".into() },
    };
    let last = rows::last(tx, &subject.id).await?;
    let (place, before) = last.map_or((0, i64::MIN), |(place, at)| (place + 1, at.0));
    let mut created = commons.now();
    // Clocks of replicas differ a little; the chain goes on.
    created.0 = created.0.max(before);
    let id = subject.id.clone();
    let said = Said { happened: what.happened, subject, actor, data: what.data };
    let draft = serde_json::to_string(&said).map_err(Refusal::broken)?;
    rows::add(tx, &Draft { id: dice::id(), subject: id, place, about: what.about, created, draft }).await?;
    tx.wake(&commons.log.wake);
    Ok(())
}
