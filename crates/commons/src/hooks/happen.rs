//! What happened, written down for those who have it told.

use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_db::repos::Repo;
use seedcorn_db::{Tx, webhooks as rows};
use serde_json::{Value, json};

use super::payload;
use crate::access::may_see;
use crate::identity::as_member;
use crate::{Commons, Result, dice};

/// What happened in a repo.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Happened<'a> {
    /// It was made.
    Made,
    /// It is gone.
    Gone,
    /// It has another name than before: the one here.
    Renamed(&'a Repo),
    /// Who may see it, or read its files, is another.
    Set,
    /// A branch, a tag or the head of a pull request moved.
    Moved(&'a str, Option<&'a Oid>, Option<&'a Oid>),
    /// Something happened in a discussion: its number, and the event.
    Said(i64, &'a str),
    /// A comment is another than it was.
    Edited(i64, &'a str),
}

impl Happened<'_> {
    fn domain(&self) -> &'static str {
        match self {
            Happened::Said(..) | Happened::Edited(..) => "discussion",
            _ => "repo",
        }
    }
}

/// Has it told to all who want to know and may. Costs one look into an index where nobody does.
pub(crate) async fn happened(commons: &Commons, tx: &mut Tx, repo: &Repo, what: Happened<'_>) -> Result<()> {
    let hooks = rows::list_about(tx, &repo.id, &repo.namespace, limits::WEBHOOKS_TOLD_MAX).await?;
    if hooks.len() as i64 == limits::WEBHOOKS_TOLD_MAX {
        tracing::warn!(
            repo = repo.full_name(),
            "as many webhooks watch this as are told; others may go without"
        );
    }
    let mut body: Option<Value> = None;
    for hook in hooks {
        if !hook.domains.split_whitespace().any(|domain| domain == what.domain()) {
            continue;
        }
        let Some(member) = as_member(tx, &hook.member).await? else { continue };
        // Of what moves out of their sight they are not told where to.
        let moves_away = matches!(what, Happened::Renamed(to) if !may_see(Some(&member), to));
        if !may_see(Some(&member), repo) || moves_away {
            continue;
        }
        if rows::count_waiting(tx, &hook.id).await? >= limits::DELIVERIES_WAITING_MAX {
            tracing::warn!(webhook = hook.id, "too much waits to be told to a webhook; this is lost");
            continue;
        }
        let mut told = match &body {
            Some(body) => body.clone(),
            None => body.insert(payload::of(tx, repo, what).await?).clone(),
        };
        told["webhook"] = json!({ "id": hook.id, "version": 3 });
        let id = dice::id();
        rows::deliver(tx, (&id, &hook.id), &repo.id, &told.to_string(), commons.now()).await?;
        tx.wake(&commons.sending);
    }
    Ok(())
}
