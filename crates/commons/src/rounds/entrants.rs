//! Works that take part in a round.

use seedcorn_core::access::{Action, Actor};
use seedcorn_core::fund::ledger::Account;
use seedcorn_core::fund::{Facts, rank};
use seedcorn_core::id::RepoId;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::{card, limits};
use seedcorn_db::Tx;
use seedcorn_db::repos::{self, Named};
use seedcorn_db::rounds::{self as rows, Entrant};

use super::{Held, Round, Stage, check_runs, work_name};
use crate::access::{Grant, See};
use crate::{Commons, Refusal, Result, grade};

impl Round {
    /// Why a work has no part of the pool, if it has none.
    pub fn refuses(&self, entrant: &Entrant) -> Option<String> {
        if !entrant.left_out.is_empty() {
            return Some(entrant.left_out.clone());
        }
        let Some(kind) = RepoKind::from_word(&entrant.kind) else { return Some("it is no work".to_owned()) };
        let metadata: card::Metadata = serde_json::from_str(&entrant.card).unwrap_or_default();
        let licenses: Vec<String> = card::texts(&metadata, "license").map(str::to_owned).collect();
        let class = entrant.openness.and_then(|figure| grade::grade_of(figure).class()).map_or(0, rank);
        let facts = Facts { kind, public: !entrant.private, class, licenses: &licenses };
        self.rules.eligible.refuse(facts)
    }

    /// The work of a name in the book, if it takes part.
    pub fn entrant(&self, work: &str) -> Option<&Entrant> {
        self.entrants.iter().find(|entrant| work_name(entrant) == work)
    }
}

/// Enters a work into a round.
///
/// # Errors
/// `Forbidden` for those who may not publish to it, `Conflict` when the round takes no more, `Invalid` for what is not eligible.
pub async fn enter(commons: &Commons, round: &str, work: &Grant<See>) -> Result<()> {
    if work.actor().is_none() {
        return Err(Refusal::Unsigned("sign in to enter a work".into()));
    }
    let mut held = Held::of(commons, round).await?;
    let work = work.confirm(&mut held.tx, commons.now()).await?;
    if !work.may(Action::Write) {
        return Err(Refusal::Forbidden("only those who publish to a work enter it".into()));
    }
    held.at(commons.now(), |stage| stage == Stage::Open, "works are entered while it is open")?;
    let own = rows::candidates(&mut held.tx, std::slice::from_ref(&work.repo().id)).await?;
    if let Some(why) = own.first().and_then(|own| held.round.refuses(own)) {
        return Err(Refusal::Invalid(why));
    }
    let entrants = &held.round.entrants;
    if entrants.iter().any(|entrant| entrant.repo == work.repo().id) {
        return Ok(());
    }
    // Also those that are hidden or gone by now: they may come back.
    let (entered, theirs) =
        rows::count_entrants(&mut held.tx, &held.round.row.id, &work.repo().namespace).await?;
    if entered >= limits::ROUND_WORKS_MAX {
        return Err(Refusal::Invalid(format!("a round has at most {} works", limits::ROUND_WORKS_MAX)));
    }
    if theirs >= limits::ROUND_WORKS_EACH {
        return Err(Refusal::Invalid(format!("one owner enters {} works at most", limits::ROUND_WORKS_EACH)));
    }
    rows::enter(&mut held.tx, &held.round.row.id, &work.repo().id, commons.now()).await?;
    held.tx.commit().await?;
    Ok(())
}

/// Leaves a work out of what is shared, with a reason that everybody reads; or lets it in again, for no reason. One that nobody entered and that
/// would have its part by credit takes part from then on, and is left out; what is not here is left out by its name.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Conflict` once there is a result.
pub async fn leave_out(commons: &Commons, actor: &Actor, round: &str, work: &str, why: &str) -> Result<()> {
    check_runs(actor)?;
    let why = why.trim();
    if why.chars().count() > limits::ROUND_WORDS_CHARS_MAX {
        return Err(Refusal::Invalid(format!(
            "a reason has up to {} characters",
            limits::ROUND_WORDS_CHARS_MAX
        )));
    }
    let mut held = Held::of(commons, round).await?;
    let before = |stage| matches!(stage, Stage::Open | Stage::Closed);
    held.at(commons.now(), before, "withdraw the result before you change who takes part")?;
    let id = held.round.row.id.clone();
    let none = || Refusal::NotFound(format!("{work} takes no part in it"));
    if let Some(entrant) = held.round.entrant(work) {
        rows::leave_out(&mut held.tx, &id, &entrant.repo, why).await?;
    } else if !held.round.rules.upstream || format!("escrow/{work}").parse::<Account>().is_err() {
        return Err(none());
    } else if why.is_empty() {
        if !rows::let_in_name(&mut held.tx, &id, work).await? {
            return Err(none());
        }
    } else if let Some(repo) = here(&mut held.tx, work).await? {
        rows::enter(&mut held.tx, &id, &repo, commons.now()).await?;
        rows::leave_out(&mut held.tx, &id, &repo, why).await?;
    } else {
        if held.round.left_out.len() as i64 >= limits::ROUND_WORKS_MAX {
            return Err(Refusal::Invalid(format!("{} names are left out at most", limits::ROUND_WORKS_MAX)));
        }
        rows::leave_out_name(&mut held.tx, &id, work, why).await?;
    }
    held.tx.commit().await?;
    Ok(())
}

/// The work of a name, if everybody may see it here.
async fn here(tx: &mut Tx, work: &str) -> Result<Option<RepoId>> {
    let Some((plural, name)) = work.split_once('/') else { return Ok(None) };
    let Some(kind) = RepoKind::from_plural(plural) else { return Ok(None) };
    Ok(match repos::find(tx, kind, name).await? {
        Named::Repo(repo) if !repo.private => Some(repo.id),
        _ => None,
    })
}
