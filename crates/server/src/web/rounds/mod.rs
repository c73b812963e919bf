//! Rounds: all of them, a new one, and one with its rule, its works, why each gets what it gets, and its book.

mod one;
mod parts;
mod why;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::Refusal;
use seedcorn_commons::rounds::{self, New, Rules, Stage};
use seedcorn_core::fund::ledger::Currency;
use seedcorn_core::repo::RepoKind;

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::show::{When, cut};
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

#[cfg(test)]
pub(crate) use one::RoundPage;
pub(crate) use one::{get as get_one, post as post_one};

/// A round of the list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    title: String,
    href: String,
    about: String,
    state: &'static str,
    closes: When,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "rounds.html")]
pub(crate) struct RoundsPage {
    frame: Frame,
    rounds: Vec<Row>,
    /// Whether the visitor may open one.
    runs: bool,
    wrong: Wrong,
    form: Fields,
}

/// What was typed into the form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    name: String,
    title: String,
    about: String,
    currency: String,
    rule: String,
    pair_limit: String,
    cap: String,
    floor: String,
    by_credit: String,
    upstream: bool,
    class: String,
    licenses: String,
    kinds: Vec<String>,
    days: String,
    challenge_days: String,
}

impl Fields {
    fn usual() -> Fields {
        Fields {
            currency: "EUR".into(),
            rule: "pairwise".into(),
            pair_limit: "25".into(),
            by_credit: "0".into(),
            class: "0".into(),
            days: "30".into(),
            challenge_days: "14".into(),
            ..Fields::default()
        }
    }

    fn of(form: &Form) -> Fields {
        let text = |name: &str| form.text(name).to_owned();
        let kinds = RepoKind::ALL.map(RepoKind::word).into_iter().filter(|kind| !form.text(kind).is_empty());
        Fields {
            name: text("name"),
            title: text("title"),
            about: text("about"),
            currency: text("currency"),
            rule: text("rule"),
            pair_limit: text("pair_limit"),
            cap: text("cap"),
            floor: text("floor"),
            by_credit: text("by_credit"),
            upstream: !form.text("upstream").is_empty(),
            class: text("class"),
            licenses: text("licenses"),
            kinds: kinds.map(str::to_owned).collect(),
            days: text("days"),
            challenge_days: text("challenge_days"),
        }
    }

    /// The rules by which money may be shared, and what each is.
    fn rules() -> [(&'static str, &'static str); 3] {
        [
            ("pairwise", "Quadratic, and two donors bring in only so much together"),
            ("cocm", "Quadratic, and gifts of connected donors count for less"),
            ("plain", "Quadratic with no bound: whoever has many accounts wins"),
        ]
    }

    fn classes() -> [(&'static str, &'static str); 4] {
        [("0", "Any"), ("1", "Class III"), ("2", "Class II"), ("3", "Class I")]
    }

    fn kinds() -> [&'static str; 5] {
        RepoKind::ALL.map(RepoKind::word)
    }

    fn has(&self, kind: &str) -> bool {
        self.kinds.iter().any(|one| one == kind)
    }

    /// The round that is meant.
    fn meant(&self) -> Result<New, Refusal> {
        let odd = |what: &str| Refusal::Invalid(format!("{what} is no number that it can be"));
        let digits = Currency::usual_digits(&self.currency);
        let currency = Currency::new(&self.currency, digits).map_err(Refusal::Invalid)?;
        let amount = |text: &str, what: &str| currency.minor(text).ok_or_else(|| odd(what));
        let mut rules = Rules { upstream: self.upstream, ..Rules::default() };
        rules.parameters.rule = self.rule.parse().map_err(Refusal::Invalid)?;
        rules.parameters.pair_limit = amount(&self.pair_limit, "the most of a pair")?;
        rules.parameters.by_credit = match self.by_credit.parse::<u16>() {
            Ok(percent) if percent <= 100 => percent * 10,
            _ => return Err(odd("the part that goes by credit")),
        };
        if !self.cap.is_empty() {
            rules.parameters.caps.most = Some(amount(&self.cap, "the cap")?);
        }
        if !self.floor.is_empty() {
            rules.parameters.caps.least = amount(&self.floor, "the floor")?;
        }
        rules.eligible.class = self.class.parse().ok().ok_or_else(|| odd("the class"))?;
        let licenses = self.licenses.split(',').map(|name| name.trim().to_ascii_lowercase());
        rules.eligible.licenses = licenses.filter(|name| !name.is_empty()).collect();
        rules.eligible.kinds = self.kinds.clone();
        Ok(New {
            name: self.name.clone(),
            title: self.title.clone(),
            about: self.about.clone(),
            currency: self.currency.clone(),
            digits,
            rules,
            days: self.days.parse().map_err(|_| odd("days"))?,
            challenge_days: self.challenge_days.parse().map_err(|_| odd("days to challenge"))?,
        })
    }
}

/// `GET /rounds`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<RoundsPage>> {
    page(&app, &visit, Wrong::default(), Fields::usual()).await
}

/// `POST /rounds`: one is opened.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    let actor = visit.actor.as_ref().ok_or_else(|| Refusal::Unsigned("sign in to open a round".into()))?;
    let fields = Fields::of(&form);
    let done = match fields.meant() {
        Ok(new) => rounds::open(&app.commons, actor, new).await,
        Err(refusal) => Err(refusal),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&address(&fields.name)).into_response()),
        Err(refusal) => {
            let wrong = Wrong::invalid("round", refusal)?;
            Ok(page(&app, &visit, wrong, fields).await?.into_response())
        }
    }
}

/// The address of a round.
pub(super) fn address(name: &str) -> String {
    format!("/rounds/{name}")
}

async fn page(app: &App, visit: &Visit, wrong: Wrong, form: Fields) -> Answer<Page<RoundsPage>> {
    let rows = rounds::list(&app.commons).await?.into_iter().map(|row| Row {
        href: address(&row.name),
        about: cut(&row.about, 200),
        state: Stage::of(&row, visit.now).word(),
        closes: When { at: row.closes, now: visit.now },
        title: row.title,
    });
    let frame = visit.frame("Rounds", "Pools of money that are shared among works", Here::Rounds);
    let runs = rounds::runs(visit.actor.as_ref());
    Ok(Page(RoundsPage { frame, rounds: rows.collect(), runs, wrong, form }))
}

#[cfg(test)]
impl RoundsPage {
    /// Rounds with a form that was filled in wrongly, and none.
    pub(crate) fn samples() -> Vec<RoundsPage> {
        use super::samples::{href, member, stranger, text, when};
        let row = |about: String| Row { title: text(), href: href(), about, state: "open", closes: when() };
        let kinds = vec!["model".into()];
        let form = Fields { upstream: true, kinds, about: text(), name: text(), ..Fields::usual() };
        vec![
            RoundsPage {
                frame: member(Here::Rounds),
                rounds: vec![row(text()), row(String::new())],
                runs: true,
                wrong: Wrong::at("round", text()),
                form,
            },
            RoundsPage {
                frame: stranger(Here::Rounds),
                rounds: Vec::new(),
                runs: false,
                wrong: Wrong::default(),
                form: Fields::usual(),
            },
        ]
    }
}
