//! A gated repo before its gate: asking for its files, and, for those who run it, who asked.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::access::{Admin, See};
use seedcorn_commons::gate::{self, Field, Request, Standing, Status, Unasked, Wants, Whose};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::time::Time;
use serde_json::Value;

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Opened, Tab};
use super::show::{Count, When};
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// How the visitor stands, in a word.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stands {
    /// They have access: it is theirs, or they were let in.
    In,
    /// They asked, and wait.
    Waiting,
    /// They were turned away, and may ask again.
    Rejected,
    /// They did not ask yet.
    Outside,
    /// Nobody knows who they are.
    Unknown,
}

/// What the page of a card says of a gate.
#[derive(Clone, Debug)]
pub(crate) struct Gate {
    pub(super) stands: Stands,
    pub(super) href: String,
}

/// How a visitor without access stands before a gated repo.
pub(crate) async fn of(app: &App, opened: &Opened) -> Answer<Gate> {
    let standing = gate::standing(&app.commons, &opened.grant).await?;
    let request = standing.and_then(|standing| standing.request);
    Ok(Gate { stands: stands(&opened.grant, request.as_ref()), href: opened.head.urls.access() })
}

fn stands(grant: &Grant<See>, request: Option<&Request>) -> Stands {
    if grant.may(seedcorn_core::access::Action::Read) {
        return Stands::In;
    }
    match request.and_then(|request| Status::from_word(&request.status)) {
        _ if grant.actor().is_none() => Stands::Unknown,
        Some(Status::Pending) => Stands::Waiting,
        Some(Status::Rejected) => Stands::Rejected,
        // Let in, and yet not: the token that they came with leaves less.
        Some(Status::Accepted) | None => Stands::Outside,
    }
}

/// A field of the form, as it was sent.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    id: String,
    name: String,
    wants: Wants,
    answer: String,
    wrong: Option<String>,
}

/// The page on which one asks.
#[derive(Debug, Template)]
#[template(path = "access.html")]
pub(crate) struct AccessPage {
    frame: Frame,
    head: Head,
    stands: Stands,
    auto: bool,
    heading: String,
    /// Paragraphs.
    prompt: Vec<String>,
    button: String,
    fields: Vec<Asked>,
    /// Why they were turned away.
    reason: String,
    /// Whether there is a request to take back.
    asked: Option<When>,
}

async fn page(app: &App, visit: &Visit, place: &Place) -> Answer<Option<AccessPage>> {
    let grant = place.grant::<See>(app).await?;
    let opened = head::open(app, visit, grant, "main", Tab::Card).await?;
    let Some(Standing { form, auto, request }) = gate::standing(&app.commons, &opened.grant).await? else {
        return Ok(None);
    };
    let text = [form.prompt.as_str(), form.description.as_str()].join("\n\n");
    let prompt = text.split("\n\n").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let or = |text: String, usual: &str| if text.is_empty() { usual.to_owned() } else { text };
    Ok(Some(AccessPage {
        frame: opened.frame(visit, "Access"),
        stands: stands(&opened.grant, request.as_ref()),
        auto,
        heading: or(form.heading, "Ask for its files"),
        prompt: prompt.collect(),
        button: or(form.button, "Ask for access"),
        fields: form.fields.into_iter().enumerate().map(|(n, field)| asked(n, field)).collect(),
        reason: request.as_ref().map(|request| request.reason.clone()).unwrap_or_default(),
        asked: request.map(|request| When { at: request.asked, now: visit.now }),
        head: Head { at: None, ..opened.head },
    }))
}

fn asked(n: usize, field: Field) -> Asked {
    let (answer, wrong) = Default::default();
    Asked { id: format!("field-{n}"), name: field.name, wants: field.wants, answer, wrong }
}

/// `GET …/access`.
pub(crate) async fn form(State(app): State<App>, visit: Visit, place: Place) -> Answer<Response> {
    match page(&app, &visit, &place).await? {
        Some(page) => Ok(Page(page).into_response()),
        None => Ok(card(&app, &place).await?.into_response()),
    }
}

async fn card(app: &App, place: &Place) -> Answer<Redirect> {
    let grant = place.grant::<See>(app).await?;
    let (kind, name) = (grant.repo().kind, grant.repo().full_name());
    Ok(Redirect::to(urls::RepoUrls::new(kind, &name).card()))
}

/// `POST …/access`: asks.
pub(crate) async fn ask(State(app): State<App>, visit: Visit, place: Place, form: Form) -> Answer<Response> {
    visit.member()?;
    let Some(mut page) = page(&app, &visit, &place).await? else {
        return Ok(card(&app, &place).await?.into_response());
    };
    for field in &mut page.fields {
        field.answer = form.text(&field.id).to_owned();
    }
    let named = page.fields.iter().map(|field| (field.name.clone(), field.answer.clone()));
    let given: BTreeMap<String, String> = named.collect();
    let grant = place.grant::<See>(&app).await?;
    match gate::ask(&app.commons, &grant, &given).await {
        // What was asked already is there to see.
        Ok(_) | Err(Unasked::Refused(Refusal::Conflict(_))) => Ok(card(&app, &place).await?.into_response()),
        Err(Unasked::Answer(bad)) => {
            if let Some(field) = page.fields.get_mut(bad.field) {
                field.wrong = Some(bad.text);
            }
            Ok(Page(page).into_response())
        }
        Err(Unasked::Refused(refusal)) => Err(refusal.into()),
    }
}

/// `POST …/access/withdraw`: takes back what one asked.
pub(crate) async fn withdraw(State(app): State<App>, visit: Visit, place: Place) -> Answer<Redirect> {
    visit.member()?;
    let grant = place.grant::<See>(&app).await?;
    gate::withdraw(&app.commons, &grant).await?;
    card(&app, &place).await
}

/// A request, for those who say to it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    id: String,
    name: String,
    full_name: String,
    href: String,
    when: When,
    answers: Vec<(String, String)>,
    reason: String,
}

/// Who asked.
#[derive(Debug, Template)]
#[template(path = "access_requests.html")]
pub(crate) struct RequestsPage {
    frame: Frame,
    head: Head,
    gated: bool,
    /// The states: word, how many, where, and whether it is the one that is shown.
    states: Vec<(&'static str, Count, String, bool)>,
    status: &'static str,
    rows: Vec<Row>,
    next: Option<String>,
    wrong: Wrong,
    /// The form as it was sent.
    member: String,
    report: String,
}

async fn requests(
    app: &App,
    visit: &Visit,
    grant: &Grant<Admin>,
    (status, before): (Status, Option<(Time, &str)>),
) -> Answer<RequestsPage> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let opened = head::open(app, visit, see, "main", Tab::Settings).await?;
    let root = opened.head.urls.access_requests();
    let counts = gate::counts(&app.commons, grant).await?;
    let states = Status::ALL.into_iter().zip(counts).map(|(one, count)| {
        let count = Count(u64::try_from(count).unwrap_or_default());
        (one.word(), count, format!("{root}?status={}", one.word()), one == status)
    });
    let (all, more) = gate::list(&app.commons, grant, status, before).await?;
    let next = all.last().filter(|_| more).map(|last| {
        format!("{root}?status={}&before={}.{}", status.word(), last.asked.0, crate::place::segment(&last.id))
    });
    Ok(RequestsPage {
        frame: opened.frame(visit, "Access"),
        gated: !grant.repo().gated.is_empty(),
        states: states.collect(),
        status: status.word(),
        rows: all.into_iter().map(|request| row(request, visit)).collect(),
        next,
        wrong: Wrong::default(),
        member: String::new(),
        report: format!("{root}.csv"),
        head: Head { at: None, ..opened.head },
    })
}

fn row(request: Request, visit: &Visit) -> Row {
    let fields: Value = serde_json::from_str(&request.fields).unwrap_or_default();
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        other => other.to_string(),
    };
    let answers = fields.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), text(value)));
    Row {
        answers: answers.collect(),
        href: urls::namespace(&request.name),
        id: request.id,
        name: request.name,
        full_name: request.full_name,
        when: When { at: request.asked, now: visit.now },
        reason: request.reason,
    }
}

/// `GET …/settings/access`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<RequestsPage>> {
    let grant = place.grant::<Admin>(&app).await?;
    let status = query.get("status").and_then(Status::from_word).unwrap_or(Status::Pending);
    let before = query.get("before").and_then(|text| text.split_once('.'));
    let before = before.and_then(|(at, id)| Some((Time(at.parse().ok()?), id)));
    Ok(Page(requests(&app, &visit, &grant, (status, before)).await?))
}

/// `POST …/settings/access`: says to a request.
pub(crate) async fn handle(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Response> {
    let grant = place.grant::<Admin>(&app).await?;
    let shown = Status::from_word(form.text("shown")).unwrap_or(Status::Pending);
    let wrong = match Status::from_word(form.text("status")) {
        None => Wrong::at("handle", "Choose what becomes of it."),
        Some(status) => {
            let whose = Whose::Request(form.text("id"));
            match gate::handle(&app.commons, &grant, whose, (status, form.text("reason"))).await {
                Ok(_) => {
                    let root =
                        urls::RepoUrls::new(grant.repo().kind, &grant.repo().full_name()).access_requests();
                    return Ok(Redirect::to(&format!("{root}?status={}", shown.word())).into_response());
                }
                Err(refusal) => Wrong::told("handle", refusal)?,
            }
        }
    };
    let page = requests(&app, &visit, &grant, (shown, None)).await?;
    Ok(Page(RequestsPage { wrong, ..page }).into_response())
}

/// `POST …/settings/access/admit`: lets in who need not have asked.
pub(crate) async fn admit(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Response> {
    let grant = place.grant::<Admin>(&app).await?;
    let member = form.text("member").to_owned();
    match gate::admit(&app.commons, &grant, &member).await {
        Ok(_) => {
            let root = urls::RepoUrls::new(grant.repo().kind, &grant.repo().full_name()).access_requests();
            Ok(Redirect::to(&format!("{root}?status=accepted")).into_response())
        }
        Err(refusal) => {
            let wrong = match refusal {
                Refusal::NotFound(text) => Wrong::at("member", text),
                refusal => Wrong::told("member", refusal)?,
            };
            let page = requests(&app, &visit, &grant, (Status::Accepted, None)).await?;
            Ok(Page(RequestsPage { wrong, member, ..page }).into_response())
        }
    }
}

#[cfg(test)]
impl Gate {
    /// As each kind of visitor sees it.
    pub(crate) fn samples() -> [Gate; 4] {
        use super::samples::href;
        [Stands::Waiting, Stands::Rejected, Stands::Outside, Stands::Unknown]
            .map(|stands| Gate { stands, href: href() })
    }
}

#[cfg(test)]
impl AccessPage {
    /// As each kind of visitor sees it, with a fault in each kind of field.
    pub(crate) fn samples() -> Vec<AccessPage> {
        use super::samples::{head, member, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let fields = |wrong: bool| -> Vec<Asked> {
            let one = |(n, wants)| Asked {
                answer: if wants == Wants::Tick { "on".into() } else { text() },
                wrong: wrong.then(text),
                ..asked(n, Field { name: text(), wants })
            };
            let wants = [Wants::Text, Wants::Tick, Wants::Day, Wants::One(vec![text(), "x".into()])];
            wants.into_iter().enumerate().map(one).collect()
        };
        let page = |frame, stands, wrong| AccessPage {
            frame,
            head: Head { at: None, ..head(Model, Tab::Card) },
            stands,
            auto: wrong,
            heading: text(),
            prompt: vec![text(), text()],
            button: text(),
            fields: fields(wrong),
            reason: text(),
            asked: Some(when()),
        };
        let mut all = vec![page(member(Here::Kind(Model)), Stands::Outside, true)];
        let others = [Stands::In, Stands::Waiting, Stands::Rejected];
        all.extend(others.map(|stands| page(member(Here::Kind(Model)), stands, false)));
        all.push(AccessPage { asked: None, ..page(member(Here::Kind(Model)), Stands::In, false) });
        all.push(page(stranger(Here::Kind(Model)), Stands::Unknown, false));
        all
    }
}

#[cfg(test)]
impl RequestsPage {
    /// Requests of each state, with each fault; and of a repo that is not gated.
    pub(crate) fn samples() -> Vec<RequestsPage> {
        use super::samples::{head, href, member, text, when, wrong};
        use seedcorn_core::repo::RepoKind::Model;
        let row = |reason| Row {
            id: text(),
            name: text(),
            full_name: text(),
            href: href(),
            when: when(),
            answers: vec![(text(), text())],
            reason,
        };
        let page = |status: Status, wrong, rows| RequestsPage {
            frame: member(Here::Kind(Model)),
            head: Head { at: None, ..head(Model, Tab::Settings) },
            gated: status != Status::Rejected,
            states: Status::ALL.map(|one| (one.word(), Count(3), href(), one == status)).into(),
            status: status.word(),
            rows,
            next: Some(href()),
            wrong,
            member: text(),
            report: href(),
        };
        vec![
            page(Status::Pending, wrong("handle"), vec![row(String::new()), row(text())]),
            page(Status::Accepted, wrong("member"), vec![row(String::new())]),
            page(Status::Rejected, Wrong::default(), vec![row(text())]),
            page(Status::Pending, Wrong::default(), Vec::new()),
        ]
    }
}
