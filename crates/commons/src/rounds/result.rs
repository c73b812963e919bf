//! What a round comes to: an estimate while it is open, then a result that may be challenged.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::access::Actor;
use seedcorn_core::fund::ledger::{Account, Act, Entry, Transfer};
use seedcorn_core::fund::{Given, Inputs, Parameters, Round as Computed};
use seedcorn_core::limits;
use seedcorn_db::rounds as rows;
use seedcorn_db::{Tx, credit as affiliations};

use super::{Held, Round, Stage, check_runs, transfer, work_name};
use crate::credit::{self, Credit};
use crate::{Commons, Refusal, Result, account, compute};

/// What a bundle says computed it.
const CODE: &str = concat!("seedcorn ", env!("CARGO_PKG_VERSION"));

/// What a round comes to as it stands: while it is open, what it would come to if it closed now.
pub async fn estimate(commons: &Commons, round: &Round) -> Result<Computed> {
    let mut tx = commons.db.look().await?;
    let inputs = inputs(commons, &mut tx, round).await?;
    drop(tx);
    computed(round, inputs).await
}

async fn computed(round: &Round, inputs: Inputs) -> Result<Computed> {
    let pool = round.book.balance(&Account::Pool);
    let pool = pool.posted.saturating_sub(pool.reserved);
    let parameters = Parameters { pool, ..round.rules.parameters.clone() };
    compute(move || Computed::compute(CODE, parameters, inputs))
        .await?
        .map_err(|error| Refusal::Invalid(error.to_string()))
}

/// What a round is made from: gifts in its book, who controls the works, and their credit.
async fn inputs(commons: &Commons, tx: &mut Tx, round: &Round) -> Result<Inputs> {
    let mut teams: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in affiliations::member_names(tx).await? {
        teams.entry(row.team).or_default().insert(row.member);
    }
    let mut controllers = BTreeMap::new();
    let mut donations = Vec::new();
    let given = gifts(round);
    for entrant in round.entrants.iter().filter(|entrant| round.refuses(entrant).is_none()) {
        let work = work_name(entrant);
        controllers.insert(work.clone(), entrant.owner.clone());
        let team = teams.get(&entrant.namespace);
        for (donor, amount) in given.get(&work).into_iter().flatten() {
            // What a group gives itself is nobody's gift.
            if *amount > 0 && !team.is_some_and(|team| team.contains(donor)) {
                donations.push(Given { donor: donor.clone(), project: work.clone(), amount: *amount });
            }
        }
    }
    let mut credited = BTreeMap::new();
    if round.rules.parameters.by_credit > 0 {
        let credit = credit::current(commons).await?;
        credited = credits(tx, round, &credit).await?;
    }
    Ok(Inputs { donations, controllers, credit: credited })
}

/// What each donor gave to each work, by the book, less what was given back.
fn gifts(round: &Round) -> BTreeMap<String, BTreeMap<String, u64>> {
    let mut all: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
    for line in round.book.lines() {
        let Act::Transfer(transfers) = &line.entry.act else { continue };
        for one in transfers {
            match (&one.debit, &one.credit) {
                (Account::Pledged(donor), Account::Escrow(work)) => {
                    *all.entry(work.clone()).or_default().entry(donor.clone()).or_default() += one.amount;
                }
                (Account::Escrow(work), Account::Pledged(donor)) => {
                    let given = all.entry(work.clone()).or_default().entry(donor.clone()).or_default();
                    *given = given.saturating_sub(one.amount);
                }
                _ => {}
            }
        }
    }
    all
}

/// The credit of works that take part, and where the round says so of whatever others build upon.
async fn credits(tx: &mut Tx, round: &Round, credit: &Credit) -> Result<BTreeMap<String, u64>> {
    let mut all = BTreeMap::new();
    for entrant in round.entrants.iter().filter(|entrant| round.refuses(entrant).is_none()) {
        let keeps = credit.keeps(&entrant.repo);
        if keeps > 0 {
            all.insert(work_name(entrant), keeps);
        }
    }
    if !round.rules.upstream {
        return Ok(all);
    }
    let entered: BTreeSet<&str> = round.entrants.iter().map(|entrant| entrant.repo.as_str()).collect();
    let most = credit.most(limits::ROUND_UPSTREAM_MAX);
    let here: Vec<_> = most.iter().filter_map(|(work, _)| work.here()).cloned().collect();
    let known = rows::candidates(tx, &here).await?;
    for (work, keeps) in most {
        let name = match work.here() {
            None => work.text(),
            Some(id) if entered.contains(id.as_str()) => continue,
            Some(id) => match known.iter().find(|one| one.repo == *id) {
                Some(one) if round.refuses(one).is_none() => work_name(one),
                _ => continue,
            },
        };
        // A name that no account can have is one that nobody could claim.
        if format!("escrow/{name}").parse::<Account>().is_ok() {
            all.insert(name, keeps);
        }
    }
    Ok(all)
}

/// Tallies a round that is closed. The result is pending: it may be challenged before it holds.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Conflict` at another stage, `Invalid` where there is nothing to share.
pub async fn tally(commons: &Commons, actor: &Actor, name: &str) -> Result<()> {
    check_runs(actor)?;
    let mut held = Held::of(commons, name).await?;
    held.at(commons.now(), |stage| stage == Stage::Closed, "it is tallied once it is closed")?;
    let inputs = inputs(commons, &mut held.tx, &held.round).await?;
    let computed = computed(&held.round, inputs).await?;
    let shares: Vec<Transfer> = computed
        .result
        .iter()
        .filter(|line| line.matched > 0)
        .map(|line| transfer(Account::Pool, Account::Escrow(line.project.clone()), line.matched))
        .collect();
    if shares.is_empty() {
        return Err(Refusal::Invalid("there is nothing to share, or nobody to share it among".into()));
    }
    let bytes = computed.bytes();
    let n = held.round.row.tallies + 1;
    let entry = Entry {
        id: format!("tally/{n}"),
        at: commons.now().0,
        memo: format!("shared by bundle {}", Computed::name(&bytes)),
        act: Act::Pend(shares),
    };
    held.write(entry).await?;
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
    let found = rows::bundle(&mut commons.db.look().await?, &round.row.id).await?;
    found.ok_or_else(|| Refusal::NotFound("the round has no result yet".into()))
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
    if held.round.challenges.len() as i64 >= limits::ROUND_CHALLENGES_MAX {
        return Err(Refusal::Invalid("no more can be said against it".into()));
    }
    let Round { row, .. } = &held.round;
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
    let act = Act::Void(format!("tally/{n}"));
    held.write(Entry { id: format!("void/{n}"), at: commons.now().0, memo: "withdrawn".into(), act }).await?;
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
    if held.round.challenges.iter().any(|one| one.tally == n && one.answered.is_none()) {
        return Err(Refusal::Conflict("a challenge waits for its answer".into()));
    }
    let act = Act::Post(format!("tally/{n}"));
    held.write(Entry { id: format!("post/{n}"), at: now.0, memo: "posted".into(), act }).await?;
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
