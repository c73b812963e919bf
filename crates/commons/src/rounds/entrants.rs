//! Works that take part in a round.

use seedcorn_core::access::{Action, Actor};
use seedcorn_core::fund::{Facts, rank};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::{card, limits};
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
    if entrants.len() as i64 >= limits::ROUND_WORKS_MAX {
        return Err(Refusal::Invalid(format!("a round has at most {} works", limits::ROUND_WORKS_MAX)));
    }
    let theirs = entrants.iter().filter(|entrant| entrant.namespace == work.repo().namespace.as_str());
    if theirs.count() >= limits::ROUND_WORKS_EACH {
        return Err(Refusal::Invalid(format!("one owner enters {} works at most", limits::ROUND_WORKS_EACH)));
    }
    rows::enter(&mut held.tx, &held.round.row.id, &work.repo().id, commons.now()).await?;
    held.tx.commit().await?;
    Ok(())
}

/// Leaves a work out of what is shared, with a reason that everybody reads; or lets it in again, for no reason.
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
    let Some(entrant) = held.round.entrant(work) else {
        return Err(Refusal::NotFound(format!("{work} takes no part in it")));
    };
    rows::leave_out(&mut held.tx, &held.round.row.id, &entrant.repo, why).await?;
    held.tx.commit().await?;
    Ok(())
}
