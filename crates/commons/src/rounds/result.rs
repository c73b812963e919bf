//! What a round comes to: an estimate while it is open, then a result that may be challenged.

use std::sync::Arc;

use seedcorn_core::access::Actor;
use seedcorn_core::fund::ledger::{Account, Act, Entry, Transfer};
use seedcorn_core::fund::{Inputs, Parameters, Round as Computed};
use seedcorn_core::limits;
use seedcorn_db::rounds as rows;

use super::inputs::inputs;
use super::{Held, Round, Stage, check_runs, transfer, work_name};
use crate::credit::{self, Credit};
use crate::{Commons, Refusal, Result, account, compute};

/// What a bundle says computed it.
const CODE: &str = concat!("seedcorn ", env!("CARGO_PKG_VERSION"));

/// What a round comes to as it stands: while it is open, what it would come to if it closed now.
///
/// # Errors
/// `Invalid` where what is given cannot be counted.
pub async fn estimate(commons: &Commons, round: &Round) -> Result<Arc<Computed>> {
    // While nothing is written, for some time: whoever looks does not count anew.
    let key = (state_of(round), commons.now().secs() / limits::ROUND_ESTIMATE_SECS);
    if let Some(known) = commons.estimates.get(&key) {
        return Ok(known);
    }
    let credit = credit_of(commons, round).await?;
    let mut tx = commons.db.look().await?;
    let inputs = inputs(&mut tx, round, credit.as_deref()).await?;
    drop(tx);
    let computed = Arc::new(computed(round, inputs).await?);
    commons.estimates.insert(key, computed.clone());
    Ok(computed)
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
    // Counted before the round is held, which others wait for.
    let round = super::get(commons, name).await?;
    let credit = credit_of(commons, &round).await?;
    let mut tx = commons.db.look().await?;
    let counted = inputs(&mut tx, &round, credit.as_deref()).await?;
    drop(tx);
    let computed = computed(&round, counted.clone()).await?;
    let mut held = Held::of(commons, name).await?;
    held.at(commons.now(), |stage| stage == Stage::Closed, "it is tallied once it is closed")?;
    let owed: u64 = held
        .round
        .book
        .balances()
        .filter(|(account, _)| matches!(account, Account::Pledged(_)))
        .map(|(_, balance)| balance.posted)
        .sum();
    if owed > 0 {
        let amount = held.round.book.currency().amount(owed);
        return Err(Refusal::Invalid(format!(
            "{amount} are promised and not received: write down what came in, and correct what will not"
        )));
    }
    let now = inputs(&mut held.tx, &held.round, credit.as_deref()).await?;
    if now != counted || held.round.book.lines().len() != round.book.lines().len() {
        return Err(Refusal::Busy("something was written while it was counted: tally again".into()));
    }
    let shares: Vec<Transfer> = computed
        .result
        .iter()
        .filter(|line| line.matched > 0)
        .map(|line| transfer(Account::Pool, Account::Escrow(line.project.clone()), line.matched))
        .collect();
    let bytes = computed.bytes();
    let n = held.round.row.tallies + 1;
    // Where nobody gets anything of the pool, there is nothing to be pending; what was given to works is theirs all the same.
    if !shares.is_empty() {
        let entry = Entry {
            id: format!("tally/{n}"),
            at: commons.now().0,
            memo: format!("shared by bundle {}", Computed::name(&bytes)),
            act: Act::Pend(shares),
        };
        held.write(entry).await?;
    }
    let until = commons.now().plus_secs(held.round.row.challenge_secs);
    let text = String::from_utf8(bytes).map_err(Refusal::broken)?;
    rows::set_tallied(&mut held.tx, &held.round.row.id, &text, until).await?;
    held.tx.commit().await?;
    Ok(())
}

/// The result that was tallied last: the bytes of its bundle.
///
/// # Errors
/// `NotFound` before there is one.
pub async fn bundle(commons: &Commons, round: &Round) -> Result<String> {
    let has = matches!(round.stage(commons.now()), Stage::Tallied(_) | Stage::Posted);
    let found = rows::bundle(&mut commons.db.look().await?, &round.row.id).await?;
    found.filter(|_| has).ok_or_else(|| Refusal::NotFound("the round has no result yet".into()))
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
    if theirs.count() >= limits::ROUND_CHALLENGES_EACH
        || challenges.len() as i64 >= limits::ROUND_CHALLENGES_MAX
    {
        return Err(Refusal::Invalid("you said enough against it".into()));
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
    held.tx.commit().await?;
    Ok(())
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
