//! What a round comes to: an estimate while it is open, then a result that may be challenged.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seedcorn_core::access::Actor;
use seedcorn_core::fund::ledger::{Account, Act, Entry, Transfer};
use seedcorn_core::fund::{Eligible, Given, Inputs, Parameters, Round as Computed};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::repos::{self, Named};
use seedcorn_db::rounds as rows;
use seedcorn_db::{Tx, credit as affiliations};

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

/// What a round is made from: gifts in its book, who controls the works, and their credit.
async fn inputs(tx: &mut Tx, round: &Round, credit: Option<&Credit>) -> Result<Inputs> {
    let mut teams: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in affiliations::member_names(tx).await? {
        teams.entry(row.team).or_default().insert(row.member);
    }
    let mut controllers = BTreeMap::new();
    let mut donations = Vec::new();
    let given = gifts(tx, round).await?;
    for entrant in round.entrants.iter().filter(|entrant| round.refuses(entrant).is_none()) {
        let work = work_name(entrant);
        controllers.insert(work.clone(), entrant.owner.clone());
        let team = teams.get(&entrant.namespace);
        for (donor, amount) in given.get(&entrant.repo).into_iter().flatten() {
            // What a group gives itself is nobody's gift.
            if *amount > 0 && !team.is_some_and(|team| team.contains(donor)) {
                donations.push(Given { donor: donor.clone(), project: work.clone(), amount: *amount });
            }
        }
    }
    let credit = match credit {
        Some(credit) => credits(tx, round, credit).await?,
        None => BTreeMap::new(),
    };
    Ok(Inputs { donations, controllers, credit })
}

/// What each donor gave to each work, by the book, less what was given back. A work that has another name by now is the same.
async fn gifts(tx: &mut Tx, round: &Round) -> Result<BTreeMap<RepoId, BTreeMap<String, u64>>> {
    let mut works: BTreeMap<String, RepoId> = BTreeMap::new();
    for entrant in &round.entrants {
        let kind = RepoKind::from_word(&entrant.kind).unwrap_or(RepoKind::Model);
        works.insert(work_name(entrant), entrant.repo.clone());
        for name in repos::list_names(tx, &entrant.repo).await? {
            works.entry(format!("{}/{name}", kind.plural())).or_insert_with(|| entrant.repo.clone());
        }
    }
    let mut all: BTreeMap<RepoId, BTreeMap<String, u64>> = BTreeMap::new();
    let work = |name: &String| works.get(name).cloned();
    for line in round.book.lines() {
        let Act::Transfer(transfers) = &line.entry.act else { continue };
        for one in transfers {
            match (&one.debit, &one.credit) {
                (Account::Pledged(donor), Account::Escrow(name)) => {
                    let Some(work) = work(name) else { continue };
                    *all.entry(work).or_default().entry(donor.clone()).or_default() += one.amount;
                }
                (Account::Escrow(name), Account::Pledged(donor)) => {
                    let Some(work) = work(name) else { continue };
                    let given = all.entry(work).or_default().entry(donor.clone()).or_default();
                    *given = given.saturating_sub(one.amount);
                }
                _ => {}
            }
        }
    }
    Ok(all)
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
            // Of what is not here nobody knows whether it is eligible.
            None if round.rules.eligible != Eligible::default() => continue,
            None if is_known_here(tx, &work.text()).await? => continue,
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

/// Whether a name is that of a work that is or was here: one that is hidden or deleted has no part under its name.
async fn is_known_here(tx: &mut Tx, name: &str) -> Result<bool> {
    let Some((plural, name)) = name.split_once('/') else { return Ok(false) };
    let Some(kind) = RepoKind::ALL.into_iter().find(|kind| kind.plural() == plural) else { return Ok(false) };
    Ok(!matches!(repos::find(tx, kind, name).await?, Named::Free))
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
