//! Rounds, for programs: opened, pledged to, entered, given in, tallied, challenged, posted, claimed and settled; and their bundles and
//! books as files.

mod shapes;

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::Response;
use seedcorn_commons::access::{See, authorize};
use seedcorn_commons::rounds::{self, Correction, Round, Settled, Stage};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::access::Actor;
use seedcorn_core::fund::Line;
use seedcorn_core::fund::ledger::{BadAccount, beancount, csv, hledger};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use serde_json::Value;

use super::{Error, typed};
use crate::actor::Asker;
use crate::app::App;
use crate::body;
use crate::place::Place;
use crate::refuse::Answer;
use crate::web::form::no_nul;

pub(crate) use shapes::Deed;
use shapes::{Challenge, Done, Listed, Opening, RoundFile, RoundWork, Rounds, Told};

/// All rounds, the newest first.
#[utoipa::path(
    get, path = "/api/commons/v1/rounds", operation_id = "rounds", tag = "rounds",
    responses((status = 200, description = "The rounds", body = Rounds)),
)]
pub(crate) async fn list(State(app): State<App>) -> Answer<Json<Rounds>> {
    let each = rounds::list(&app.commons).await?.into_iter().map(|row| Listed {
        name: row.name,
        title: row.title,
        state: row.state,
        closes: row.closes.to_string(),
        currency: row.currency,
        digits: row.digits,
    });
    Ok(Json(Rounds { rounds: each.collect() }))
}

/// Opens a round that shares a pool among works.
///
/// For those who run the hub.
#[utoipa::path(
    post, path = "/api/commons/v1/rounds", operation_id = "open_round", tag = "rounds",
    request_body = Opening,
    responses(
        (status = 200, description = "It is open", body = Told),
        (status = 400, description = "Something of it makes no sense", body = Error),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You do not run this hub", body = Error),
        (status = 409, description = "There is one of that name", body = Error),
        (status = 413, description = "The body is too long", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn open(State(app): State<App>, asker: Asker, body: Body) -> Answer<Json<Told>> {
    let actor = asker.signed_in()?;
    let wanted: Opening = read(body).await?;
    let name = wanted.name.clone();
    rounds::open(&app.commons, actor, wanted.meant()).await?;
    Ok(Json(told(&app, &name).await?))
}

/// One round, with its works and what each gets.
///
/// While it is open, what each would get if it closed now; then the result.
#[utoipa::path(
    get, path = "/api/commons/v1/rounds/{round}", operation_id = "round", tag = "rounds",
    params(("round" = String, Path, description = "Its name", example = "spring-2026")),
    responses(
        (status = 200, description = "The round", body = Told),
        (status = 404, description = "There is no such round", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn get(State(app): State<App>, place: Place) -> Answer<Json<Told>> {
    Ok(Json(told(&app, place.part("round")).await?))
}

/// Does something in a round.
///
/// `do` says what. Amounts are whole minor units. No money is moved: the book of the round says what was promised, shared and is owed.
#[utoipa::path(
    post, path = "/api/commons/v1/rounds/{round}", operation_id = "do_in_round", tag = "rounds",
    params(("round" = String, Path, description = "Its name", example = "spring-2026")),
    request_body = Deed,
    responses(
        (status = 200, description = "It is done", body = Done),
        (status = 400, description = "Something of it makes no sense", body = Error),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You may not do it", body = Error),
        (status = 404, description = "There is no such round, or no such work in it", body = Error),
        (status = 409, description = "Not at this stage, or another deed has that key", body = Error),
        (status = 413, description = "The body is too long", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn act(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Done>> {
    let actor = place.asker.signed_in()?;
    let deed: Deed = read(body).await?;
    let name = place.part("round");
    carry_out(&app, actor, name, deed).await?;
    let row = rounds::row(&app.commons, name).await?;
    Ok(Json(Done { stage: Stage::of(&row, app.commons.now()).word() }))
}

/// Does it: forms and programs alike.
pub(crate) async fn carry_out(app: &App, actor: &Actor, round: &str, deed: Deed) -> Answer<()> {
    let commons = &app.commons;
    match deed {
        Deed::Pledge { amount, key } => rounds::pledge(commons, actor, round, amount, &key).await?,
        Deed::Enter { work } => rounds::enter(commons, round, &see(app, actor, &work).await?).await?,
        Deed::Give { work, amount, key } => {
            rounds::give(commons, actor, round, (&work, amount), &key).await?;
        }
        Deed::LeaveOut { work, why } => rounds::leave_out(commons, actor, round, &work, &why).await?,
        Deed::Close {} => rounds::close(commons, actor, round).await?,
        Deed::Tally {} => rounds::tally(commons, actor, round).await?,
        Deed::Challenge { words } => rounds::challenge(commons, actor, round, &words).await?,
        Deed::Answer { n, words } => rounds::answer(commons, actor, round, n, &words).await?,
        Deed::Withdraw {} => rounds::withdraw(commons, actor, round).await?,
        Deed::Post {} => rounds::post(commons, actor, round).await?,
        Deed::Claim { work, by } => {
            let by = see(app, actor, by.as_deref().unwrap_or(&work)).await?;
            rounds::claim(commons, round, &work, &by).await?;
        }
        Deed::Correct { debit, credit, amount, why, key } => {
            let account =
                |text: &str| text.parse().map_err(|error: BadAccount| Refusal::Invalid(error.to_string()));
            let (debit, credit) = (account(&debit)?, account(&credit)?);
            rounds::correct(commons, actor, round, Correction { debit, credit, amount, why }, &key).await?;
        }
        Deed::Received { who, amount, key } => {
            rounds::settle(commons, actor, round, (Settled::Received, &who, amount), &key).await?;
        }
        Deed::Paid { who, amount, key } => {
            rounds::settle(commons, actor, round, (Settled::Paid, &who, amount), &key).await?;
        }
    }
    Ok(())
}

/// A work by what names it, as somebody may see it.
pub(crate) async fn see(app: &App, actor: &Actor, work: &str) -> Answer<Grant<See>> {
    let (plural, name) = work.split_once('/').unwrap_or(("", work));
    let kind = RepoKind::from_plural(plural);
    let odd = || Refusal::Invalid(format!("a work is named as models/ada/one, not {work:?}"));
    let kind = kind.ok_or_else(odd)?;
    match authorize(&app.commons, Some(actor), kind, name).await {
        // A book speaks of works by the names that they had.
        Err(Refusal::Moved(to)) => Ok(authorize(&app.commons, Some(actor), kind, &to).await?),
        found => Ok(found?),
    }
}

/// A file of a round: `bundle.json`, `bundle-1.json`, `estimate.json`, `book.json`, `book.csv`, `book.journal` (hledger) or `book.beancount`.
///
/// `bundle.json` is the result as it stands, `bundle-1.json` that of the first tally, also where it was withdrawn; `estimate.json`, before
/// there is a result, the same of what it would come to now. `seedcorn fund recompute`
/// computes a bundle anew, and `seedcorn fund book` checks a book.
#[utoipa::path(
    get, path = "/api/commons/v1/rounds/{round}/{file}", operation_id = "round_file", tag = "rounds",
    params(
        ("round" = String, Path, description = "Its name", example = "spring-2026"),
        ("file" = String, Path, description = "Which", example = "book.json"),
    ),
    responses(
        (status = 200, description = "The file", content((String = "text/plain"), (String = "text/csv"), (RoundFile = "application/json"))),
        (status = 404, description = "There is no such round, or no such file of it", body = Error),
    ),
)]
pub(crate) async fn file(State(app): State<App>, place: Place) -> Answer<Response> {
    let round = rounds::get(&app.commons, place.part("round")).await?;
    let book = &round.book;
    let file = place.part("file");
    if let Some(n) = tally(file) {
        return Ok(typed(rounds::bundle(&app.commons, &round, n).await?, "application/json"));
    }
    let (kind, text) = match file {
        "bundle.json" => ("application/json", result(&app, &round).await?),
        "estimate.json" => ("application/json", estimate(&app, &round).await?),
        "book.json" => ("application/json", String::from_utf8(book.bytes()).map_err(Refusal::broken)?),
        "book.csv" => ("text/csv; charset=utf-8", csv(book)),
        "book.journal" => ("text/plain; charset=utf-8", hledger(book)),
        "book.beancount" => ("text/plain; charset=utf-8", beancount(book)),
        other => {
            let all = "bundle.json, bundle-1.json and so on, estimate.json, book.json, book.csv, book.journal and \
                       book.beancount";
            return Err(Refusal::NotFound(format!("a round has no file {other:?}; there are {all}")).into());
        }
    };
    Ok(typed(text, kind))
}

/// The bundle of the result as it stands.
async fn result(app: &App, round: &Round) -> Answer<String> {
    match round.stage(app.commons.now()) {
        Stage::Tallied(_) | Stage::Posted => {
            Ok(rounds::bundle(&app.commons, round, round.row.tallies).await?)
        }
        Stage::Open | Stage::Closed => Err(Refusal::NotFound(
            "the round has no result yet; estimate.json is what it would come to now".into(),
        )
        .into()),
    }
}

/// The bundle of what a round would come to if it closed now.
async fn estimate(app: &App, round: &Round) -> Answer<String> {
    if !matches!(round.stage(app.commons.now()), Stage::Open | Stage::Closed) {
        return Err(Refusal::NotFound("the round has a result: bundle.json".into()).into());
    }
    let counted = rounds::outcome(&app.commons, round).await?.map_err(Refusal::Invalid)?;
    Ok(String::from_utf8(counted.bytes()).map_err(Refusal::broken)?)
}

/// The number of the tally whose bundle a file is.
fn tally(file: &str) -> Option<i64> {
    file.strip_prefix("bundle-")?.strip_suffix(".json")?.parse().ok()
}

/// Fields of a body among which the wrong one is looked for.
const FIELDS_MAX: usize = 32;

async fn read<T: serde::de::DeserializeOwned>(body: Body) -> Answer<T> {
    let value: Value = body::json(body).await?;
    no_nul_in(&value)?;
    serde_json::from_value(value.clone()).map_err(|error| Refusal::Invalid(named::<T>(value, &error)).into())
}

/// What is wrong, with the name of the field that it is wrong with: the one without which something else is.
fn named<T: serde::de::DeserializeOwned>(value: Value, error: &serde_json::Error) -> String {
    let said = error.to_string();
    let Value::Object(fields) = value else { return said };
    // What is asked for has fewer; each field is a reading of all of them.
    if fields.len() > FIELDS_MAX {
        return said;
    }
    let without = |key: &String| {
        let mut rest = fields.clone();
        rest.remove(key);
        serde_json::from_value::<T>(Value::Object(rest))
            .map_or_else(|other| other.to_string() != said, |_| true)
    };
    match fields.keys().find(|key| !said.contains(key.as_str()) && *key != "do" && without(key)) {
        Some(key) => format!("{key}: {said}"),
        None => said,
    }
}

/// Neither a page nor one of the databases takes NUL.
fn no_nul_in(value: &Value) -> Result<(), Refusal> {
    match value {
        Value::String(text) => no_nul(text),
        Value::Array(all) => all.iter().try_for_each(no_nul_in),
        Value::Object(all) => all.values().try_for_each(no_nul_in),
        _ => Ok(()),
    }
}

async fn told(app: &App, name: &str) -> Answer<Told> {
    let round = rounds::get(&app.commons, name).await?;
    // What cannot be counted is told all the same, with no amounts.
    let computed = rounds::outcome(&app.commons, &round).await?.ok();
    let lines: BTreeMap<&str, &Line> =
        computed.iter().flat_map(|one| &one.result).map(|line| (line.project.as_str(), line)).collect();
    let row = &round.row;
    let stage = round.stage(app.commons.now());
    let until = match stage {
        Stage::Tallied(until) => Some(until),
        _ => None,
    };
    let works = round.entrants.iter().map(|entrant| {
        let work = rounds::work_name(entrant);
        RoundWork {
            left_out: round.refuses(entrant).filter(|_| matches!(stage, Stage::Open | Stage::Closed)),
            line: lines.get(work.as_str()).map(|line| (*line).clone()),
            work,
        }
    });
    let mut works: Vec<RoundWork> = works.collect();
    // Works that nobody entered have their part by credit.
    let entered: BTreeSet<&str> = works.iter().map(|work| work.work.as_str()).collect();
    let others = lines.iter().filter(|(project, _)| !entered.contains(**project));
    let others: Vec<RoundWork> = others
        .map(|(project, line)| RoundWork {
            work: (*project).to_owned(),
            left_out: None,
            line: Some((*line).clone()),
        })
        .collect();
    works.extend(others);
    let asked = matches!(stage, Stage::Open | Stage::Closed);
    let left_out = round.left_out.iter().filter(|_| asked);
    works.extend(left_out.map(|(work, why)| RoundWork {
        work: work.clone(),
        left_out: Some(why.clone()),
        line: None,
    }));
    let challenges = round.challenges.iter().map(|one| Challenge {
        n: one.n,
        tally: one.tally,
        member: one.member.clone(),
        words: one.words.clone(),
        at: one.at.to_string(),
        answer: one.answer.clone(),
    });
    Ok(Told {
        name: row.name.clone(),
        title: row.title.clone(),
        about: row.about.clone(),
        stage: stage.word(),
        closes: row.closes.to_string(),
        challenged_until: until.map(|until: Time| until.to_string()),
        currency: row.currency.clone(),
        digits: row.digits,
        rules: round.rules.clone(),
        pool: round.pool(),
        book_seal: round.book.last_seal().map(str::to_owned),
        works,
        challenges: challenges.collect(),
    })
}
