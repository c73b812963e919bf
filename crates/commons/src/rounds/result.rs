//! What a round comes to: an estimate while it is open, then a result that may be challenged.

use std::sync::Arc;

use seedcorn_core::access::Actor;
use seedcorn_core::fund::ledger::{Account, Act, Entry, Transfer};
use seedcorn_core::fund::{Inputs, Parameters, Round as Computed};
use seedcorn_core::limits;
use seedcorn_core::time::Time;
use seedcorn_db::rounds as rows;

use super::inputs::inputs;
use super::{Held, Round, Stage, check_runs, transfer, work_name};
use crate::credit::{self, Credit};
use crate::log::{self, what};
use crate::{Commons, Refusal, Result, account, compute};

/// What a bundle says computed it.
const CODE: &str = concat!("seedcorn ", env!("CARGO_PKG_VERSION"));

/// What a round comes to, or why that cannot be counted.
pub type Outcome = std::result::Result<Arc<Computed>, String>;

/// What a round comes to: its result if there is one, else as it stands.
///
/// # Errors
/// What is the hub's to mend.
pub async fn outcome(commons: &Commons, round: &Round) -> Result<Outcome> {
    match round.stage(commons.now()) {
        Stage::Open | Stage::Closed => estimate(commons, round).await,
        Stage::Tallied(_) | Stage::Posted => {
            // A tally is another one under another number.
            let key = (round.row.id.clone(), -round.row.tallies);
            if let Some(known) = commons.estimates.get(&key) {
                return Ok(known);
            }
            let bundle = bundle(commons, round, round.row.tallies).await?;
            let read = compute(move || Computed::read(bundle.as_bytes())).await?.map_err(Refusal::broken)?;
            let outcome = Ok(Arc::new(read));
            commons.estimates.insert(key, outcome.clone());
            Ok(outcome)
        }
    }
}

/// What a round would come to if it closed now.
pub(super) async fn estimate(commons: &Commons, round: &Round) -> Result<Outcome> {
    // Counted once in a while as long as nothing is written.
    let key = (state_of(round), commons.now().secs() / limits::ROUND_ESTIMATE_SECS);
    if let Some(known) = commons.estimates.get(&key) {
        return Ok(known);
    }
    let credit = credit_of(commons, round).await?;
    let mut tx = commons.db.look().await?;
    let inputs = inputs(&mut tx, round, credit.as_deref()).await?;
    drop(tx);
    let outcome = match computed(round, inputs).await {
        Ok(computed) => Ok(Arc::new(computed)),
        Err(Refusal::Invalid(why)) => Err(why),
        Err(refusal) => return Err(refusal),
    };
    commons.estimates.insert(key, outcome.clone());
    Ok(outcome)
}

/// What names the state that a round is estimated from: its book, and who takes part.
fn state_of(round: &Round) -> String {
    let mut hash = blake3::Hasher::new();
    hash.update(round.row.id.as_bytes());
    hash.update(round.book.lines().last().map(|line| line.seal.as_bytes()).unwrap_or_default());
    for entrant in &round.entrants {
        for text in [entrant.repo.as_str(), &work_name(entrant), &entrant.left_out] {
            hash.update(text.as_bytes()).update(&[0]);
        }
        hash.update(&entrant.openness.unwrap_or(-1).to_le_bytes());
    }
    for (work, why) in &round.left_out {
        for text in [work, why] {
            hash.update(text.as_bytes()).update(&[0]);
        }
    }
    hash.finalize().to_hex().to_string()
}

/// The credit that a round is shared by, if it is. It takes connections of its own, so nobody who asks holds one.
async fn credit_of(commons: &Commons, round: &Round) -> Result<Option<Arc<Credit>>> {
    match round.rules.parameters.by_credit {
        0 => Ok(None),
        _ => Ok(Some(credit::current(commons).await?)),
    }
}

async fn computed(round: &Round, inputs: Inputs) -> Result<Computed> {
    let pool = round.book.balance(&Account::Pool);
    let pool = pool.posted.saturating_sub(pool.reserved);
    let parameters = Parameters { pool, ..round.rules.parameters.clone() };
    compute(move || Computed::compute(CODE, parameters, inputs))
        .await?
        .map_err(|error| Refusal::Invalid(error.to_string()))
}

/// Tallies a round that is closed. The result is pending: it may be challenged before it holds.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Conflict` at another stage, `Invalid` where there is nothing to share.
pub async fn tally(commons: &Commons, actor: &Actor, name: &str) -> Result<()> {
    check_runs(actor)?;
    // Counted and spelled before the round is held, which others wait for.
    let round = super::get(commons, name).await?;
    check_tally(&round, commons.now())?;
    let credit = credit_of(commons, &round).await?;
    let mut tx = commons.db.look().await?;
    let counted = inputs(&mut tx, &round, credit.as_deref()).await?;
    drop(tx);
    let computed = computed(&round, counted.clone()).await?;
    let bytes = computed.bytes();
    let memo = format!("shared by bundle {}", Computed::name(&bytes));
    let text = String::from_utf8(bytes).map_err(Refusal::broken)?;
    let shares: Vec<Transfer> = computed
        .result
        .iter()
        .filter(|line| line.matched > 0)
        .map(|line| transfer(Account::Pool, Account::Escrow(line.project.clone()), line.matched))
        .collect();
    let mut held = Held::of(commons, name).await?;
    check_tally(&held.round, commons.now())?;
    let now = inputs(&mut held.tx, &held.round, credit.as_deref()).await?;
    if now != counted || held.round.book.lines().len() != round.book.lines().len() {
        return Err(Refusal::Busy("something was written while it was counted: tally again".into()));
    }
    let n = held.round.row.tallies + 1;
    // Where nobody gets anything of the pool, there is nothing to be pending; what was given to works is theirs all the same.
    if !shares.is_empty() {
        let entry = Entry { id: format!("tally/{n}"), at: commons.now().0, memo, act: Act::Pend(shares) };
        held.write(entry).await?;
    }
    let until = commons.now().plus_secs(held.round.row.challenge_secs);
    rows::set_tallied(&mut held.tx, &held.round.row.id, (n, &text), until).await?;
    let told = what::round("tallied", n, &Computed::name(text.as_bytes()));
    log::of_round(commons, &mut held.tx, &held.round.row, actor, told).await?;
    held.tx.commit().await?;
    Ok(())
}

/// Whether a round can be tallied: it is closed, and all that was promised is there.
fn check_tally(round: &Round, now: Time) -> Result<()> {
    round.at(now, |stage| stage == Stage::Closed, "it is tallied once it is closed")?;
    let promised = round.book.balances().filter(|(account, _)| matches!(account, Account::Pledged(_)));
    match promised.map(|(_, balance)| balance.posted).sum() {
        0 => Ok(()),
        owed => Err(Refusal::Invalid(format!(
            "{} are promised and not received: write down what came in, and correct what will not",
            round.book.currency().spelled(owed)
        ))),
    }
}

/// What a round came to when it was tallied for the `n`th time, whatever became of that: the bytes of a bundle.
///
/// # Errors
/// `NotFound` if it was not.
pub async fn bundle(commons: &Commons, round: &Round, n: i64) -> Result<String> {
    let found = rows::bundle(&mut commons.db.look().await?, &round.row.id, n).await?;
    found.ok_or_else(|| Refusal::NotFound(format!("the round has no result {n}")))
}

/// Says something against a result.
///
/// # Errors
/// `Conflict` when it can no longer be challenged, `Invalid` for nothing or too much.
pub async fn challenge(commons: &Commons, actor: &Actor, name: &str, said: &str) -> Result<()> {
    account::check(actor)?;
    let said = words(said)?;
    let mut held = Held::of(commons, name).await?;
    let now = commons.now();
    let may = |stage| matches!(stage, Stage::Tallied(until) if now < until);
    held.at(now, may, "a result is challenged within its time")?;
    let Round { row, challenges, .. } = &held.round;
    let theirs = challenges.iter().filter(|one| one.tally == row.tallies && one.member == actor.name);
    if theirs.count() >= limits::ROUND_CHALLENGES_EACH {
        let most = limits::ROUND_CHALLENGES_EACH;
        return Err(Refusal::Invalid(format!("a member challenges a result {most} times at most")));
    }
    if challenges.len() as i64 >= limits::ROUND_CHALLENGES_MAX {
        let most = limits::ROUND_CHALLENGES_MAX;
        return Err(Refusal::Invalid(format!("a round has {most} challenges at most")));
    }
    rows::challenge(&mut held.tx, (&row.id, row.tallies), &actor.member, said, now).await?;
    held.tx.commit().await?;
    Ok(())
}

/// Answers what was said against a result.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `NotFound` for what was not said or was answered.
pub async fn answer(commons: &Commons, actor: &Actor, name: &str, n: i64, said: &str) -> Result<()> {
    check_runs(actor)?;
    let said = words(said)?;
    let mut held = Held::of(commons, name).await?;
    if !rows::answer(&mut held.tx, &held.round.row.id, n, said, commons.now()).await? {
        return Err(Refusal::NotFound(format!("no challenge {n} waits for an answer")));
    }
    held.tx.commit().await?;
    Ok(())
}

/// Withdraws a result: it never was, and the round may be tallied anew.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Conflict` at another stage.
pub async fn withdraw(commons: &Commons, actor: &Actor, name: &str) -> Result<()> {
    check_runs(actor)?;
    let mut held = Held::of(commons, name).await?;
    held.at(
        commons.now(),
        |stage| matches!(stage, Stage::Tallied(_)),
        "only a result that is not posted is withdrawn",
    )?;
    let n = held.round.row.tallies;
    let tally = format!("tally/{n}");
    if held.round.book.state(&tally).is_some() {
        let (id, act) = (format!("void/{n}"), Act::Void(tally));
        held.write(Entry { id, at: commons.now().0, memo: "withdrawn".into(), act }).await?;
    }
    rows::set_state(&mut held.tx, &held.round.row.id, "open").await?;
    let told = what::round("withdrawn", n, &name_of(&mut held, n).await?);
    log::of_round(commons, &mut held.tx, &held.round.row, actor, told).await?;
    held.tx.commit().await?;
    Ok(())
}

/// What names the bundle of a tally.
async fn name_of(held: &mut Held, n: i64) -> Result<String> {
    let bundle = rows::bundle(&mut held.tx, &held.round.row.id, n).await?.unwrap_or_default();
    Ok(Computed::name(bundle.as_bytes()))
}

/// Posts a result: it holds.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Conflict` while it may be challenged or a challenge waits for its answer.
pub async fn post(commons: &Commons, actor: &Actor, name: &str) -> Result<()> {
    check_runs(actor)?;
    let mut held = Held::of(commons, name).await?;
    let now = commons.now();
    held.at(
        now,
        |stage| matches!(stage, Stage::Tallied(until) if now >= until),
        "it is posted when it can no longer be challenged",
    )?;
    let n = held.round.row.tallies;
    if held.round.challenges.iter().any(|one| one.answered.is_none()) {
        return Err(Refusal::Conflict("a challenge waits for its answer".into()));
    }
    let tally = format!("tally/{n}");
    if held.round.book.state(&tally).is_some() {
        let (id, act) = (format!("post/{n}"), Act::Post(tally));
        held.write(Entry { id, at: now.0, memo: "posted".into(), act }).await?;
    }
    rows::set_state(&mut held.tx, &held.round.row.id, "posted").await?;
    let told = what::round("posted", n, &name_of(&mut held, n).await?);
    log::of_round(commons, &mut held.tx, &held.round.row, actor, told).await?;
    held.tx.commit().await?;
    Ok(())
}

fn words(said: &str) -> Result<&str> {
    let said = said.trim();
    match said.chars().count() {
        0 => Err(Refusal::Invalid("say why, so that others can judge".into())),
        n if n > limits::ROUND_WORDS_CHARS_MAX => Err(Refusal::Invalid(format!(
            "what you say has more than {} characters",
            limits::ROUND_WORDS_CHARS_MAX
        ))),
        _ => Ok(said),
    }
}
