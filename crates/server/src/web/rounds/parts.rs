//! The parts of a round's page, made from the round alone.

use std::collections::BTreeMap;

use seedcorn_commons::rounds::{self, Round, Stage};
use seedcorn_core::fund::Line;
use seedcorn_core::fund::ledger::{self, Account, Act, Balance};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;

use super::super::show::When;
use super::super::urls::RepoUrls;
use super::super::visit::Visit;
use super::why::{Reason, reasons};

/// Lines of the book on the page: all of it is in its files.
const BOOK_LINES: usize = 30;
/// Works, and accounts, on the page.
pub(super) const WORKS_MAX: usize = 200;

/// A work of the round.
#[derive(Clone, Debug)]
pub(crate) struct Pay {
    pub(crate) rank: usize,
    pub(crate) name: String,
    pub(crate) href: Option<String>,
    pub(crate) amount: String,
    /// Hundredths of the largest, for the bar.
    pub(crate) wide: u64,
    pub(crate) reasons: Vec<Reason>,
    /// Why it has no part.
    pub(crate) left_out: Option<String>,
}

/// A stage and when it is.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    pub(crate) text: &'static str,
    pub(crate) when: String,
    pub(crate) done: bool,
    pub(crate) here: bool,
}

/// What was said against a result.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) n: i64,
    pub(crate) member: String,
    pub(crate) words: String,
    pub(crate) when: When,
    pub(crate) answer: String,
    /// Whether the visitor may answer it.
    pub(crate) open: bool,
}

/// A line of the book, or an account.
#[derive(Clone, Debug)]
pub(crate) struct Entered {
    pub(crate) day: String,
    pub(crate) memo: String,
    pub(crate) act: &'static str,
    pub(crate) amount: String,
}

/// How a rule would share the pool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ruled {
    pub(crate) rule: String,
    /// Whether it is that of the round.
    pub(crate) here: bool,
    /// Works that get anything.
    pub(crate) works: usize,
    pub(crate) largest: String,
    pub(crate) median: String,
    /// Hundredths of all that the five that get most have together.
    pub(crate) five: u64,
}

/// What somebody promised or gave: to what, and how much.
#[derive(Clone, Debug)]
pub(crate) struct Gave {
    pub(crate) to: String,
    pub(crate) amount: String,
}

/// What an account holds.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) account: String,
    pub(crate) holds: String,
    pub(crate) aside: String,
}

/// What is promised and given in all, without what was struck again.
pub(super) fn pledged(round: &Round) -> u64 {
    promises(round).map(|(_, _, amount)| amount).sum::<i128>().try_into().unwrap_or_default()
}

/// What one promised to the pool and gave to works, the pool first, without what was struck again.
pub(super) fn gave(round: &Round, who: &str) -> Vec<Gave> {
    let mut all: BTreeMap<Option<&str>, i128> = BTreeMap::new();
    for (_, to, amount) in promises(round).filter(|(name, ..)| *name == who) {
        *all.entry(to).or_default() += amount;
    }
    let told = |(to, amount): (Option<&str>, i128)| Gave {
        to: to.unwrap_or("the pool").to_owned(),
        amount: round.book.currency().spelled(amount.try_into().unwrap_or_default()),
    };
    all.into_iter().filter(|(_, amount)| *amount > 0).take(WORKS_MAX).map(told).collect()
}

/// Each promise and gift: whose, to which work or to the pool, and how much; less than nothing where a correction takes one back.
fn promises(round: &Round) -> impl Iterator<Item = (&str, Option<&str>, i128)> {
    let transfers = round.book.lines().iter().filter_map(|line| match &line.entry.act {
        Act::Transfer(transfers) => Some(transfers),
        _ => None,
    });
    transfers.flatten().filter_map(|one| {
        let (who, other, amount) = match (&one.debit, &one.credit) {
            (Account::Pledged(who), other) => (who, other, i128::from(one.amount)),
            (other, Account::Pledged(who)) => (who, other, -i128::from(one.amount)),
            _ => return None,
        };
        match other {
            Account::Pool => Some((who.as_str(), None, amount)),
            Account::Escrow(work) => Some((who.as_str(), Some(work.as_str()), amount)),
            _ => None,
        }
    })
}

/// How each rule would share the pool, that of the round first: what whoever decides on a rule, or objects to it, has to see.
pub(super) fn ruled(round: &Round, lines: &[Line]) -> Vec<Ruled> {
    let own = round.rules.parameters.rule.word();
    let mut by_rule: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for line in lines {
        by_rule.entry(own).or_default().push(line.matched);
        for (rule, amount) in &line.others {
            by_rule.entry(rule).or_default().push(*amount);
        }
    }
    let spelled = |amount| round.book.currency().spelled(amount);
    let one = |(rule, amounts): (&str, Vec<u64>)| {
        let mut paid: Vec<u64> = amounts.into_iter().filter(|amount| *amount > 0).collect();
        paid.sort_unstable_by_key(|amount| std::cmp::Reverse(*amount));
        let sum = |amounts: &[u64]| amounts.iter().map(|amount| u128::from(*amount)).sum::<u128>();
        let five = sum(&paid[..paid.len().min(5)]) * 100 / sum(&paid).max(1);
        Ruled {
            rule: rule.to_owned(),
            here: rule == own,
            works: paid.len(),
            largest: spelled(paid.first().copied().unwrap_or_default()),
            median: spelled(median(&paid)),
            five: u64::try_from(five).unwrap_or_default(),
        }
    };
    let mut all: Vec<Ruled> = by_rule.into_iter().map(one).collect();
    all.sort_by_key(|one| !one.here);
    all
}

pub(super) fn median(amounts: &[u64]) -> u64 {
    let mut sorted = amounts.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or_default()
}

/// Works by what they get, those that have no part last.
pub(super) fn pays(round: &Round, lines: &[Line], stage: Stage) -> Vec<Pay> {
    let currency = round.book.currency();
    let credited = lines.iter().map(|line| line.credit).sum();
    let mut sorted: Vec<&Line> = lines.iter().collect();
    sorted.sort_by(|a, b| b.matched.cmp(&a.matched).then_with(|| a.project.cmp(&b.project)));
    let largest = sorted.first().map_or(1, |line| line.matched.max(1));
    let href = |work: &str| {
        let (plural, name) = work.split_once('/')?;
        let kind = RepoKind::from_plural(plural)?;
        Some(RepoUrls::new(kind, name).card().to_owned())
    };
    let mut all: Vec<Pay> = sorted
        .into_iter()
        .enumerate()
        .map(|(n, line)| Pay {
            rank: n + 1,
            href: href(&line.project),
            name: line.project.clone(),
            amount: currency.spelled(line.matched),
            wide: u64::try_from(u128::from(line.matched) * 100 / u128::from(largest)).unwrap_or_default(),
            reasons: reasons(line, &round.rules, currency, credited),
            left_out: None,
        })
        .collect();
    // A result says itself who has a part.
    let asked = matches!(stage, Stage::Open | Stage::Closed);
    for entrant in round.entrants.iter().filter(|_| asked) {
        let Some(why) = round.refuses(entrant) else { continue };
        let name = rounds::work_name(entrant);
        all.retain(|pay| pay.name != name);
        all.push(Pay {
            rank: all.len() + 1,
            href: href(&name),
            name,
            amount: currency.spelled(0),
            wide: 0,
            reasons: Vec::new(),
            left_out: Some(why),
        });
    }
    for (name, why) in round.left_out.iter().filter(|_| asked) {
        all.push(Pay {
            rank: all.len() + 1,
            href: None,
            name: name.clone(),
            amount: currency.spelled(0),
            wide: 0,
            reasons: Vec::new(),
            left_out: Some(why.clone()),
        });
    }
    all
}

pub(super) fn steps(round: &Round, stage: Stage) -> Vec<Step> {
    let row = &round.row;
    let until = row.challenged_until.map(Time);
    let order = match stage {
        Stage::Open => 0,
        Stage::Closed => 1,
        Stage::Tallied(_) => 2,
        Stage::Posted => 3,
    };
    let all = [
        ("Pledges and gifts", format!("until {}", row.closes.date())),
        ("Tallied", if order < 2 { String::new() } else { format!("{} time(s)", row.tallies) }),
        (
            "May be challenged",
            until.filter(|_| order > 1).map_or_else(String::new, |until| format!("until {}", until.date())),
        ),
        ("Posted", String::new()),
    ];
    let step = |(n, (text, when)): (usize, (&'static str, String))| Step {
        text,
        when,
        done: n < order || stage == Stage::Posted,
        here: n == order && stage != Stage::Posted,
    };
    all.into_iter().enumerate().map(step).collect()
}

pub(super) fn said(round: &Round, visit: &Visit) -> Vec<Said> {
    let runs = rounds::runs(visit.actor.as_ref());
    let one = |one: &rounds::Challenge| Said {
        n: one.n,
        member: one.member.clone(),
        words: one.words.clone(),
        when: When { at: one.at, now: visit.now },
        answer: one.answer.clone(),
        open: runs && one.answered.is_none(),
    };
    round.challenges.iter().map(one).collect()
}

pub(super) fn held(round: &Round) -> Vec<Held> {
    let amount = |minor| round.book.currency().spelled(minor);
    let some = round.book.balances().filter(|(_, balance)| balance.posted > 0 || balance.coming > 0);
    let one = |(account, balance): (&Account, Balance)| Held {
        account: account.to_string(),
        holds: amount(balance.posted),
        aside: match (balance.reserved, balance.coming) {
            (0, 0) => String::new(),
            (reserved, 0) => format!("{} set aside", amount(reserved)),
            (_, coming) => format!("{} coming", amount(coming)),
        },
    };
    // What is whose comes behind what is everybody's.
    let mut some: Vec<_> = some.collect();
    some.sort_by_key(|(account, _)| !matches!(account, Account::Bank | Account::Pool));
    some.into_iter().take(WORKS_MAX).map(one).collect()
}

pub(super) fn book(round: &Round) -> Vec<Entered> {
    let currency = round.book.currency();
    let one = |line: &ledger::Line| {
        let (act, sum): (_, u64) = match &line.entry.act {
            Act::Transfer(all) => ("", all.iter().map(|one| one.amount).sum()),
            Act::Pend(all) => {
                let became = match round.book.state(&line.entry.id) {
                    Some(ledger::State::Posted) => "posted since",
                    Some(ledger::State::Voided) => "voided since",
                    _ => "pending",
                };
                (became, all.iter().map(|one| one.amount).sum())
            }
            Act::Post(_) => ("posts", 0),
            Act::Void(_) => ("voids", 0),
        };
        Entered {
            day: Time(line.entry.at).day(),
            memo: line.entry.memo.clone(),
            act,
            amount: if sum > 0 { currency.spelled(sum) } else { String::new() },
        }
    };
    round.book.lines().iter().rev().take(BOOK_LINES).map(one).collect()
}
