//! What is promised, given, claimed and settled.

use seedcorn_core::access::{Action, Actor};
use seedcorn_core::fund::ledger::{Account, Act, Entry, MEMO_CHARS_MAX};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::repos::{self, Named};

use super::{Held, Stage, check_runs, runs, transfer};
use crate::access::{Grant, See};
use crate::{Commons, Refusal, Result, account};

/// What somebody chooses so that the same deed done twice is one: small letters, digits and `-`.
fn key(text: &str) -> Result<&str> {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    match !text.is_empty() && text.len() <= 40 && text.bytes().all(letter) {
        true => Ok(text),
        false => {
            Err(Refusal::Invalid(format!("a key is up to 40 small letters, digits and '-', not {text:?}")))
        }
    }
}

/// Promises an amount to the pool.
///
/// # Errors
/// `Conflict` when the round takes no more, `Invalid` for an amount that cannot be.
pub async fn pledge(commons: &Commons, actor: &Actor, round: &str, amount: u64, chosen: &str) -> Result<()> {
    account::check(actor)?;
    let mut held = Held::of(commons, round).await?;
    let id = format!("pledge/{}/{}", actor.name.to_ascii_lowercase(), key(chosen)?);
    let transfers = vec![transfer(Account::Pledged(actor.name.clone()), Account::Pool, amount)];
    let memo = format!("{} pledges to the pool", actor.name);
    let entry = Entry { id, at: commons.now().0, memo, act: Act::Transfer(transfers) };
    if held.has(&entry)? {
        return Ok(());
    }
    held.at(commons.now(), |stage| stage == Stage::Open, "pledges are taken while it is open")?;
    held.bound(&entry.id, amount, limits::ROUND_GIFTS_MAX)?;
    held.write(entry).await?;
    held.tx.commit().await?;
    Ok(())
}

/// Gives to a work: it has all of it, and the pool adds to it by the rule of the round.
///
/// # Errors
/// `Conflict` when the round takes no more, `NotFound` for what takes no part, `Invalid` for an amount that cannot be, for what is left
/// out, and for too many gifts.
pub async fn give(
    commons: &Commons,
    actor: &Actor,
    round: &str,
    (work, amount): (&str, u64),
    chosen: &str,
) -> Result<()> {
    account::check(actor)?;
    let mut held = Held::of(commons, round).await?;
    let id = format!("gift/{}/{}", actor.name.to_ascii_lowercase(), key(chosen)?);
    let transfers =
        vec![transfer(Account::Pledged(actor.name.clone()), Account::Escrow(work.to_owned()), amount)];
    let memo = format!("{} gives to {work}", actor.name);
    let memo: String = memo.chars().take(MEMO_CHARS_MAX).collect();
    let entry = Entry { id, at: commons.now().0, memo, act: Act::Transfer(transfers) };
    if held.has(&entry)? {
        return Ok(());
    }
    held.at(commons.now(), |stage| stage == Stage::Open, "gifts are taken while it is open")?;
    let Some(entrant) = held.round.entrant(work) else {
        return Err(Refusal::NotFound(format!("{work} takes no part in it")));
    };
    if let Some(why) = held.round.refuses(entrant) {
        return Err(Refusal::Invalid(format!("{work} has no part of the pool: {why}")));
    }
    let is_own = |id: &str| id == entrant.namespace;
    if is_own(actor.member.as_str()) || actor.groups.keys().any(|group| is_own(group.as_str())) {
        return Err(Refusal::Invalid("nobody gives to what is their own, or their group's".into()));
    }
    held.bound(&entry.id, amount, limits::ROUND_GIFTS_MAX)?;
    held.write(entry).await?;
    held.tx.commit().await?;
    Ok(())
}

/// Claims what is kept for a work, by the name that it has in the book: it is owed to whoever owns the work from then on. Tells how much.
/// What is kept under a name that no work here has, such as a DOI, is claimed by the work that is it, or is by the same.
///
/// # Errors
/// `Forbidden` for those who do not run the work, and for others than those who run the hub where whose the name is cannot be told from
/// what is here; `Conflict` before the result holds, `Invalid` where nothing is kept for it.
pub async fn claim(commons: &Commons, round: &str, name: &str, work: &Grant<See>) -> Result<u64> {
    if work.actor().is_none() {
        return Err(Refusal::Unsigned("sign in to claim for a work".into()));
    }
    let mut held = Held::of(commons, round).await?;
    let work = work.confirm(&mut held.tx, commons.now()).await?;
    if !work.may(Action::Admin) {
        return Err(Refusal::Forbidden("only those who run a work claim for it".into()));
    }
    held.at(commons.now(), |stage| stage == Stage::Posted, "what is kept is claimed once the result holds")?;
    // A work may have been renamed since: its old names lead to it for ever.
    let mut parts = name.splitn(2, '/');
    let kind = parts.next().and_then(RepoKind::from_plural);
    let named = match (kind, parts.next()) {
        (Some(kind), Some(full_name)) => repos::find(&mut held.tx, kind, full_name).await?,
        _ => Named::Free,
    };
    let is_here = matches!(&named, Named::Repo(repo) if repo.id == work.repo().id);
    let takes_part = held.round.entrants.iter().any(|entrant| entrant.repo == work.repo().id);
    let doubt = match is_here {
        true if work.repo().created > held.round.row.opened && !takes_part => {
            // A name that was nobody's when the round was opened may be anybody's by now.
            Some("the work came here after the round was opened".to_owned())
        }
        true => None,
        // Whether there is a work of that name which they may not see is not told.
        false => Some(format!("{name} is not this work, and anybody may say that it is theirs")),
    };
    if runs(work.actor()) && matches!(named, Named::Repo(repo) if repo.id != work.repo().id) {
        return Err(Refusal::Invalid(format!("{name} is another work, which is here")));
    }
    if let Some(doubt) = doubt.filter(|_| !runs(work.actor())) {
        return Err(Refusal::Forbidden(format!("{doubt}: those who run this hub look who may claim for it")));
    }
    let escrow = Account::Escrow(name.to_owned());
    let kept = held.round.book.balance(&escrow);
    let amount = kept.posted.saturating_sub(kept.reserved);
    if amount == 0 {
        return Err(Refusal::Invalid(format!("nothing is kept for {name}")));
    }
    let owner = work.repo().owner.clone();
    let memo = match is_here {
        true => format!("claimed for a work of {owner}"),
        false => format!("claimed by {}/{}", work.repo().kind.plural(), work.repo().full_name()),
    };
    let entry = Entry {
        id: format!("claim/{}", held.round.book.lines().len() + 1),
        at: commons.now().0,
        memo: memo.chars().take(MEMO_CHARS_MAX).collect(),
        act: Act::Transfer(vec![transfer(escrow, Account::Payable(owner), amount)]),
    };
    held.write(entry).await?;
    held.tx.commit().await?;
    Ok(amount)
}

/// What happened outside of the hub.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Settled {
    /// A funder gave what they had promised.
    Received,
    /// Somebody was paid what they were owed.
    Paid,
}

/// Writes down that money moved, which happens elsewhere.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Invalid` for more than was promised or is owed.
pub async fn settle(
    commons: &Commons,
    actor: &Actor,
    round: &str,
    (what, who, amount): (Settled, &str, u64),
    chosen: &str,
) -> Result<()> {
    check_runs(actor)?;
    let mut held = Held::of(commons, round).await?;
    let (word, memo, moved) = match what {
        Settled::Received => (
            "received",
            format!("received from {who}"),
            transfer(Account::Bank, Account::Pledged(who.to_owned()), amount),
        ),
        Settled::Paid => (
            "paid",
            format!("paid to {who}"),
            transfer(Account::Payable(who.to_owned()), Account::Bank, amount),
        ),
    };
    let id = format!("{word}/{}/{}", who.to_ascii_lowercase(), key(chosen)?);
    held.write(Entry { id, at: commons.now().0, memo, act: Act::Transfer(vec![moved]) }).await?;
    held.tx.commit().await?;
    Ok(())
}

/// A transfer that mends what is wrong, or gives back what nobody will have: a promise that was not kept, a pool of which something is
/// left, what is kept for a work that is not here.
#[derive(Clone, Debug)]
pub struct Correction {
    /// The account that is debited.
    pub debit: Account,
    /// The account that is credited.
    pub credit: Account,
    /// Minor units.
    pub amount: u64,
    /// Why, for everybody to read.
    pub why: String,
}

/// Writes a correcting entry. What was written stays.
///
/// # Errors
/// `Forbidden` for those who do not run rounds, `Conflict` while a result is pending, `Invalid` for more than an account holds.
pub async fn correct(
    commons: &Commons,
    actor: &Actor,
    round: &str,
    correction: Correction,
    chosen: &str,
) -> Result<()> {
    check_runs(actor)?;
    let mut held = Held::of(commons, round).await?;
    let Correction { debit, credit, amount, why } = correction;
    let entry = Entry {
        id: format!("correct/{}", key(chosen)?),
        at: commons.now().0,
        memo: why,
        act: Act::Transfer(vec![transfer(debit, credit, amount)]),
    };
    if held.has(&entry)? {
        return Ok(());
    }
    let may = |stage| !matches!(stage, Stage::Tallied(_));
    held.at(commons.now(), may, "withdraw the result before you correct what it is made from")?;
    held.write(entry).await?;
    held.tx.commit().await?;
    Ok(())
}
