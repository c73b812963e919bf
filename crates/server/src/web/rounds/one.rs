//! One round: where it stands, its rule, who gets what and why, what may be done, and its book.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::rounds::{self, Round, Stage};
use seedcorn_commons::{Refusal, people};
use seedcorn_core::access::Action;
use seedcorn_core::fund::ledger::{Account, Currency};

use super::super::form::{Form, Wrong};
use super::super::frame::{Frame, Here, Page};
use super::super::visit::Visit;
use super::address;
use super::parts::{
    Entered, Gave, Held, Pay, Ruled, Said, Step, WORKS_MAX, book, gave, held, median, pays, pledged, ruled,
    said, steps,
};
use super::why::rule;
use crate::api::ROOT;
use crate::api::rounds::{Deed, carry_out, see};
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// Tallies that were withdrawn and are told.
const WITHDRAWN_MAX: i64 = 10;

/// What a work of the visitor has.
#[derive(Clone, Debug)]
pub(crate) struct Own {
    work: String,
    kept: String,
    /// Whether it may be claimed.
    claims: bool,
}

/// What the visitor may do.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct May {
    give: bool,
    challenge: bool,
    close: bool,
    tally: bool,
    withdraw: bool,
    post: bool,
    leave_out: bool,
    settle: bool,
}

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "round.html")]
pub(crate) struct RoundPage {
    frame: Frame,
    title: String,
    about: Vec<String>,
    href: String,
    files: String,
    currency: String,
    pool: String,
    promised: String,
    stage: &'static str,
    steps: Vec<Step>,
    is_estimate: bool,
    rule: Vec<String>,
    pays: Vec<Pay>,
    /// Why it cannot be counted as it stands.
    uncounted: Option<String>,
    more: usize,
    /// Those who take part, for the form.
    works: Vec<String>,
    median: String,
    largest: String,
    said: Vec<Said>,
    held: Vec<Held>,
    book: Vec<Entered>,
    lines: usize,
    has_result: bool,
    /// Numbers of tallies that were withdrawn.
    withdrawn: Vec<i64>,
    /// What each rule would give.
    ruled: Vec<Ruled>,
    /// What the visitor promised and gave.
    gave: Vec<Gave>,
    /// What of that has not come in.
    outstanding: String,
    /// What the visitor and the groups that they publish for are owed.
    owed: Vec<(String, String)>,
    own: Vec<Own>,
    /// What is kept for works that nobody entered, for those who say by whom it is claimed.
    unclaimed: Vec<(String, String)>,
    may: May,
    key: String,
    wrong: Wrong,
    done: bool,
}

/// `GET /rounds/{round}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<RoundPage>> {
    page(&app, &visit, place.part("round"), Wrong::default(), query.get("done").is_some()).await
}

/// `POST /rounds/{round}`: whatever is done in it.
pub(crate) async fn post(State(app): State<App>, visit: Visit, place: Place, form: Form) -> Answer<Response> {
    let name = place.part("round");
    let actor = visit.actor.as_ref().ok_or_else(|| Refusal::Unsigned("sign in to take part".into()))?;
    let currency = rounds::currency(&rounds::row(&app.commons, name).await?)?;
    let done = match deed(&form, &currency) {
        Ok(deed) => carry_out(&app, actor, name, deed).await.map_err(|failure| failure.0),
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{}?done=1", address(name))).into_response()),
        Err(refusal) => {
            let wrong = Wrong::told("round", refusal)?;
            Ok(page(&app, &visit, name, wrong, false).await?.into_response())
        }
    }
}

/// What a form asks for.
fn deed(form: &Form, currency: &Currency) -> Result<Deed, Refusal> {
    let text = |name: &str| form.text(name).to_owned();
    let amount = || {
        let text = form.text("amount");
        let odd =
            || Refusal::Invalid(format!("{text:?} is no amount such as 12 or {}", currency.amount(1250)));
        currency.minor(text).ok_or_else(odd)
    };
    Ok(match form.text("do") {
        "pledge" => Deed::Pledge { amount: amount()?, key: text("key") },
        "give" => Deed::Give { work: text("work"), amount: amount()?, key: text("key") },
        "enter" => Deed::Enter { work: text("work") },
        "leave_out" => Deed::LeaveOut { work: text("work"), why: text("words") },
        "close" => Deed::Close {},
        "tally" => Deed::Tally {},
        "challenge" => Deed::Challenge { words: text("words") },
        "answer" => {
            let n = form.text("n").parse();
            Deed::Answer {
                n: n.map_err(|_| Refusal::Invalid("no challenge is named".into()))?,
                words: text("words"),
            }
        }
        "withdraw" => Deed::Withdraw {},
        "post" => Deed::Post {},
        "claim" => {
            Deed::Claim { work: text("work"), by: Some(text("by")).filter(|by| !by.trim().is_empty()) }
        }
        "correct" => Deed::Correct {
            debit: text("debit"),
            credit: text("credit"),
            amount: amount()?,
            why: text("words"),
            key: text("key"),
        },
        "received" => Deed::Received { who: text("who"), amount: amount()?, key: text("key") },
        "paid" => Deed::Paid { who: text("who"), amount: amount()?, key: text("key") },
        other => return Err(Refusal::Invalid(format!("nothing is called {other:?} here"))),
    })
}

async fn page(app: &App, visit: &Visit, name: &str, wrong: Wrong, done: bool) -> Answer<Page<RoundPage>> {
    let round = rounds::get(&app.commons, name).await?;
    let outcome = rounds::outcome(&app.commons, &round).await?;
    let lines = outcome.as_ref().map_or(&[][..], |computed| computed.result.as_slice());
    let stage = round.stage(visit.now);
    let currency = round.book.currency().clone();
    let pays = pays(&round, lines, stage);
    let paid: Vec<u64> = lines.iter().map(|line| line.matched).filter(|amount| *amount > 0).collect();
    let homes = match visit.actor.as_ref() {
        Some(actor) => people::homes(&app.commons, actor).await?,
        None => Vec::new(),
    };
    let own = own(app, visit, &homes, (&round, stage)).await?;
    let more = pays.len().saturating_sub(WORKS_MAX);
    let actor = visit.actor.as_ref();
    let may = may(stage, visit);
    let amount = |minor| currency.spelled(minor);
    let has_result = matches!(stage, Stage::Tallied(_) | Stage::Posted);
    let frame =
        visit.frame(round.row.title.clone(), "A pool of money that is shared among works", Here::Rounds);
    Ok(Page(RoundPage {
        title: round.row.title.clone(),
        about: round
            .row
            .about
            .split("\n\n")
            .map(str::trim)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
            .collect(),
        href: address(name),
        files: format!("{ROOT}/rounds/{name}"),
        currency: currency.code().to_owned(),
        pool: amount(round.pool()),
        promised: amount(pledged(&round)),
        stage: stage.word(),
        steps: steps(&round, stage),
        is_estimate: matches!(stage, Stage::Open | Stage::Closed),
        rule: rule(&round.rules, &currency),
        works: round.entrants.iter().map(rounds::work_name).collect(),
        median: amount(median(&paid)),
        largest: amount(paid.iter().copied().max().unwrap_or_default()),
        said: said(&round, visit),
        held: held(&round),
        book: book(&round),
        lines: round.book.lines().len(),
        has_result,
        withdrawn: withdrawn(round.row.tallies, has_result),
        ruled: ruled(&round, lines),
        gave: actor.map(|actor| gave(&round, &actor.name)).unwrap_or_default(),
        outstanding: amount(
            actor.map_or(0, |actor| round.book.balance(&Account::Pledged(actor.name.clone())).posted),
        ),
        owed: homes
            .iter()
            .map(|home| (home.clone(), round.book.balance(&Account::Payable(home.clone())).posted))
            .filter(|(_, owed)| *owed > 0)
            .map(|(home, owed)| (home, amount(owed)))
            .collect(),
        pays: pays.into_iter().take(WORKS_MAX).collect(),
        uncounted: outcome.as_ref().err().cloned(),
        more,
        unclaimed: unclaimed(&round, may.settle && stage == Stage::Posted),
        own,
        may,
        key: format!("{:x}", visit.now.0),
        frame,
        wrong,
        done,
    }))
}

/// The last tallies, by number, that are not the result.
fn withdrawn(tallies: i64, has_result: bool) -> Vec<i64> {
    let last = tallies - i64::from(has_result);
    ((last - WITHDRAWN_MAX).max(0) + 1..=last).collect()
}

fn may(stage: Stage, visit: &Visit) -> May {
    let signed_in = visit.actor.is_some();
    let runs = rounds::runs(visit.actor.as_ref());
    May {
        give: signed_in && stage == Stage::Open,
        challenge: signed_in && matches!(stage, Stage::Tallied(until) if visit.now < until),
        close: runs && stage == Stage::Open,
        tally: runs && stage == Stage::Closed,
        withdraw: runs && matches!(stage, Stage::Tallied(_)),
        post: runs && matches!(stage, Stage::Tallied(until) if visit.now >= until),
        leave_out: runs && matches!(stage, Stage::Open | Stage::Closed),
        settle: runs,
    }
}

/// Works that nobody entered and for which something is kept, for those who say by whom it is claimed: names and amounts.
fn unclaimed(round: &Round, may: bool) -> Vec<(String, String)> {
    let kept = round.book.balances().filter_map(|(account, balance)| match account {
        Account::Escrow(work) => Some((work, balance.posted.saturating_sub(balance.reserved))),
        _ => None,
    });
    kept.filter(|(work, kept)| may && *kept > 0 && round.entrant(work).is_none())
        .take(WORKS_MAX)
        .map(|(work, kept)| (work.clone(), round.book.currency().spelled(kept)))
        .collect()
}

/// What is kept for works of the visitor.
async fn own(
    app: &App,
    visit: &Visit,
    homes: &[String],
    (round, stage): (&Round, Stage),
) -> Answer<Vec<Own>> {
    let Some(actor) = visit.actor.as_ref() else { return Ok(Vec::new()) };
    let mut all = Vec::new();
    for (account, balance) in round.book.balances() {
        let Account::Escrow(work) = account else { continue };
        let kept = balance.posted.saturating_sub(balance.reserved);
        let owner = work.split('/').nth(1).unwrap_or_default();
        // Only works that are theirs by name are looked up: one that moved since is claimed by whoever names it.
        let may_be = kept > 0 && homes.iter().any(|home| home.eq_ignore_ascii_case(owner));
        if !may_be || all.len() >= WORKS_MAX {
            continue;
        }
        let Ok(grant) = see(app, actor, work).await else { continue };
        if grant.may(Action::Admin) {
            let kept = round.book.currency().spelled(kept);
            // One that came later, and that nobody entered, is claimed by those who run the hub.
            let is_sure = rounds::runs(Some(actor))
                || grant.repo().created <= round.row.opened
                || round.entrants.iter().any(|entrant| entrant.repo == grant.repo().id);
            all.push(Own { work: work.clone(), kept, claims: is_sure && stage == Stage::Posted });
        }
    }
    Ok(all)
}

#[cfg(test)]
impl RoundPage {
    /// One with everything that can be said and done, and one just opened.
    pub(crate) fn samples() -> Vec<RoundPage> {
        use super::super::samples::{href, member, stranger, text, when};
        use super::why::Reason;
        let reason = |why: String| Reason { what: text(), amount: "1.00".into(), why };
        let pay = |href: Option<String>, left_out: Option<String>| Pay {
            rank: 1,
            name: text(),
            href,
            amount: "1,000.00".into(),
            wide: 40,
            reasons: vec![reason(text()), reason(String::new())],
            left_out,
        };
        let step = |done, here| Step {
            text: "Tallied",
            when: if here { text() } else { String::new() },
            done,
            here,
        };
        let said =
            |answer: String, open| Said { n: 3, member: text(), words: text(), when: when(), answer, open };
        let full = RoundPage {
            frame: member(Here::Rounds),
            title: text(),
            about: vec![text(), text()],
            href: href(),
            files: href(),
            currency: "EUR".into(),
            pool: "1.00".into(),
            promised: "2.00".into(),
            stage: "tallied",
            steps: vec![step(true, false), step(false, true), step(false, false)],
            is_estimate: false,
            rule: vec![text()],
            pays: vec![pay(Some(href()), None), pay(None, None), pay(Some(href()), Some(text()))],
            uncounted: Some(text()),
            more: 2,
            works: vec![text()],
            median: "3.00".into(),
            largest: "4.00".into(),
            said: vec![said(text(), false), said(String::new(), true), said(String::new(), false)],
            held: vec![Held { account: text(), holds: "5.00".into(), aside: text() }],
            book: vec![Entered {
                day: "2026-01-01".into(),
                memo: text(),
                act: "pending",
                amount: "6.00".into(),
            }],
            lines: 40,
            has_result: true,
            withdrawn: vec![1, 2],
            ruled: vec![
                Ruled {
                    rule: "pairwise".into(),
                    here: true,
                    works: 7,
                    largest: "3.00".into(),
                    median: "1.00".into(),
                    five: 91,
                },
                Ruled {
                    rule: "plain".into(),
                    here: false,
                    works: 1,
                    largest: "3.00".into(),
                    median: "1.00".into(),
                    five: 100,
                },
            ],
            gave: vec![Gave { to: text(), amount: "7.00".into() }],
            outstanding: "6.50".into(),
            unclaimed: vec![(text(), "4.50".into())],
            owed: vec![(text(), "5.50".into())],
            own: vec![
                Own { work: text(), kept: "8.00".into(), claims: true },
                Own { work: text(), kept: "9.00".into(), claims: false },
            ],
            may: May {
                give: true,
                challenge: true,
                close: true,
                tally: true,
                withdraw: true,
                post: true,
                leave_out: true,
                settle: true,
            },
            key: "k".into(),
            wrong: Wrong::at("round", text()),
            done: true,
        };
        let new = RoundPage {
            frame: stranger(Here::Rounds),
            about: Vec::new(),
            stage: "open",
            is_estimate: true,
            pays: Vec::new(),
            uncounted: None,
            more: 0,
            works: Vec::new(),
            said: Vec::new(),
            held: Vec::new(),
            book: Vec::new(),
            lines: 1,
            has_result: false,
            withdrawn: Vec::new(),
            gave: Vec::new(),
            owed: Vec::new(),
            own: Vec::new(),
            unclaimed: Vec::new(),
            may: May::default(),
            wrong: Wrong::default(),
            done: false,
            ..full.clone()
        };
        vec![full, new]
    }
}
