//! What happened, written down in the transaction of the change itself.

use seedcorn_core::access::Actor;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::log::{By, Happened, Subject};
use seedcorn_db::log::{self as rows, Draft};
use seedcorn_db::rounds::Round;
use seedcorn_db::{Tx, git, repos};
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

/// Of every branch and tag of a repo that everybody can see from now on, so many at most.
pub(crate) async fn of_refs(commons: &Commons, tx: &mut Tx, repo: &RepoId, by: Option<&Actor>) -> Result<()> {
    let named = |name: &str| name.starts_with("refs/heads/") || name.starts_with("refs/tags/");
    let refs = git::list_refs(tx, repo).await?;
    for one in refs.iter().filter(|one| named(&one.name)).take(limits::LOG_REFS_MAX) {
        of_repo(commons, tx, repo, by, what::moved(&one.name, None, Some(&one.target))).await?;
    }
    Ok(())
}

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
    // Whoever waits looks at once; if the transaction is not through by then, a moment later.
    commons.log.wake.notify_one();
    Ok(())
}
