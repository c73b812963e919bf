//! A member's webhooks: made, changed, and what was told to each.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get as read, post};
use seedcorn_commons::hooks::{self, Delivery, Hook, New, Watched};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use serde_json::Value;

use super::form::{Form, LongForm, Wrong};
use super::frame::{Frame, Here, Page};
use super::show::{Count, When, cut};
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;
use crate::router::{Access, Route, page};

const ROOT: &str = "/settings/webhooks";
/// Characters of what was told that the page shows.
const PAYLOAD_CHARS: usize = 1_500;
/// Characters of an answer that the page shows.
const ANSWER_CHARS: usize = 300;

/// The webhooks of whoever is signed in.
pub(crate) fn routes() -> Vec<Route> {
    let own = Access::SignedIn;
    let at = |path: &str| format!("{ROOT}{path}");
    vec![
        page("GET", at(""), own, read(list)),
        page("POST", at(""), own, post(make)),
        page("GET", at("/{id}"), own, read(one)),
        page("POST", at("/{id}"), own, post(change)),
        page("POST", at("/{id}/delete"), own, post(delete)),
        page("POST", at("/{id}/enable"), own, post(enable)),
        page("POST", at("/{id}/again"), own, post(again)),
    ]
}

fn address(id: &str) -> String {
    format!("{ROOT}/{}", segment(id))
}

/// A webhook in the list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    url: String,
    href: String,
    watched: String,
    disabled: String,
}

/// The form, as it was sent or begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    url: String,
    secret: String,
    /// One a line: what, and its name.
    watched: String,
    repo: bool,
    discussion: bool,
    wrong: Wrong,
}

impl Fields {
    fn of(hook: &Hook) -> Fields {
        let is = |domain: &str| hook.domains().any(|one| one == domain);
        Fields {
            url: hook.row.url.clone(),
            secret: hook.row.secret.clone(),
            watched: hook.watched.iter().map(|one| format!("{} {}\n", one.kind, one.name)).collect(),
            repo: is("repo"),
            discussion: is("discussion"),
            wrong: Wrong::default(),
        }
    }

    fn read(form: &Form) -> Fields {
        Fields {
            url: form.text("url").to_owned(),
            secret: form.text("secret").to_owned(),
            watched: super::saving::lines(form.text("watched")),
            repo: form.text("repo") == "1",
            discussion: form.text("discussion") == "1",
            wrong: Wrong::default(),
        }
    }

    /// What is to be watched; a line that says only a name means a model, or a member or group.
    fn all_watched(&self) -> Vec<Watched> {
        let lines = self.watched.lines().map(str::trim).filter(|line| !line.is_empty());
        let one = |line: &str| match line.split_once(char::is_whitespace) {
            Some((kind, name)) => Watched { kind: kind.to_owned(), name: name.trim().to_owned() },
            None if line.contains('/') => {
                Watched { kind: RepoKind::Model.word().to_owned(), name: line.to_owned() }
            }
            None => Watched { kind: "user".into(), name: line.to_owned() },
        };
        lines.map(one).collect()
    }

    async fn put(&self, app: &App, visit: &Visit, id: Option<&str>) -> Answer<Result<Hook, Wrong>> {
        if !self.repo && !self.discussion {
            return Ok(Err(Wrong::at("watched", "say what of it is told: one of the two below, or both")));
        }
        let watched = self.all_watched();
        let domains = [(self.repo, "repo"), (self.discussion, "discussion")];
        let domains: Vec<String> =
            domains.iter().filter(|(is, _)| *is).map(|(_, word)| (*word).to_owned()).collect();
        let new = New { url: &self.url, secret: &self.secret, domains: &domains, watched: &watched };
        match hooks::put(&app.commons, visit.member()?, id, new).await {
            Ok(hook) => Ok(Ok(hook)),
            Err(refusal) => {
                let text = refusal.to_string();
                let field = match () {
                    () if text.starts_with("an address") => "url",
                    () if text.starts_with("a secret") => "secret",
                    () => "watched",
                };
                Ok(Err(super::saving::fault(field, refusal)?))
            }
        }
    }
}

/// All of them.
#[derive(Debug, Template)]
#[template(path = "webhooks.html")]
pub(crate) struct WebhooksPage {
    frame: Frame,
    rows: Vec<Row>,
    form: Fields,
}

async fn all(app: &App, visit: &Visit, form: Fields) -> Answer<WebhooksPage> {
    let hooks = hooks::list(&app.commons, visit.member()?).await?;
    let rows = hooks.into_iter().map(|hook| Row {
        href: address(&hook.row.id),
        watched: cut(
            &hook.watched.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "),
            limits::LISTED_TEXT_CHARS,
        ),
        url: cut(&hook.row.url, 80),
        disabled: hook.row.disabled,
    });
    let rows = rows.collect();
    Ok(WebhooksPage { frame: visit.frame("Webhooks", "", Here::Elsewhere), rows, form })
}

async fn list(State(app): State<App>, visit: Visit) -> Answer<Page<WebhooksPage>> {
    let form = Fields { repo: true, discussion: true, ..Fields::default() };
    Ok(Page(all(&app, &visit, form).await?))
}

async fn make(State(app): State<App>, visit: Visit, LongForm(form): LongForm) -> Answer<Response> {
    let fields = Fields::read(&form);
    match fields.put(&app, &visit, None).await? {
        Ok(hook) => Ok(Redirect::to(&address(&hook.row.id)).into_response()),
        Err(wrong) => Ok(Page(all(&app, &visit, Fields { wrong, ..fields }).await?).into_response()),
    }
}

/// Something that was told.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    id: String,
    what: String,
    when: When,
    tries: Count,
    /// The class of its badge, and what it says.
    badge: (&'static str, String),
    answer: String,
    payload: String,
}

fn line(one: Delivery, now: Time) -> Line {
    let told: Value = serde_json::from_str(&one.payload).unwrap_or_default();
    let word = |path: &str| told.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    let what = format!("{} {}: {}", word("/event/scope"), word("/event/action"), word("/repo/name"));
    let taken = one.status.is_some_and(|status| (200..300).contains(&status));
    let badge = match (one.due, one.status) {
        (Some(_), _) if one.tries == 0 => ("badge", "Waits".to_owned()),
        (Some(due), _) => ("badge badge-may", format!("Again at {}", Time(due))),
        (None, Some(status)) if taken => ("badge badge-ok", format!("Taken: {status}")),
        (None, Some(status)) => ("badge badge-no", format!("Not taken: {status}")),
        (None, None) => ("badge badge-no", "Not sent".to_owned()),
    };
    let payload = serde_json::to_string_pretty(&told).unwrap_or_default();
    Line {
        what: what.trim_end_matches(": ").to_owned(),
        id: one.id,
        when: When { at: one.created, now },
        tries: Count(u64::try_from(one.tries).unwrap_or_default()),
        badge,
        answer: cut(&one.answer, ANSWER_CHARS),
        payload: cut(&payload, PAYLOAD_CHARS),
    }
}

/// One of them.
#[derive(Debug, Template)]
#[template(path = "webhook.html")]
pub(crate) struct WebhookPage {
    frame: Frame,
    here: String,
    url: String,
    disabled: String,
    form: Fields,
    lines: Vec<Line>,
    next: Option<String>,
}

async fn shown(
    app: &App,
    visit: &Visit,
    id: &str,
    (before, form): (Option<&str>, Option<Fields>),
) -> Answer<WebhookPage> {
    let actor = visit.member()?;
    let hook = hooks::get(&app.commons, actor, id).await?;
    let (page, next) = hooks::deliveries(&app.commons, actor, id, before).await?;
    let here = address(id);
    Ok(WebhookPage {
        frame: visit.frame("Webhook", "", Here::Elsewhere),
        next: next.map(|next| format!("{here}?before={}", segment(&next))),
        here,
        url: cut(&hook.row.url, 120),
        disabled: hook.row.disabled.clone(),
        form: form.unwrap_or_else(|| Fields::of(&hook)),
        lines: page.into_iter().map(|one| line(one, visit.now)).collect(),
    })
}

async fn one(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    query: Query,
) -> Answer<Page<WebhookPage>> {
    Ok(Page(shown(&app, &visit, &id, (query.get("before"), None)).await?))
}

async fn change(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    LongForm(form): LongForm,
) -> Answer<Response> {
    let fields = Fields::read(&form);
    match fields.put(&app, &visit, Some(&id)).await? {
        Ok(_) => Ok(Redirect::to(&address(&id)).into_response()),
        Err(wrong) => {
            let page = shown(&app, &visit, &id, (None, Some(Fields { wrong, ..fields }))).await?;
            Ok(Page(page).into_response())
        }
    }
}

async fn delete(State(app): State<App>, visit: Visit, Path(id): Path<String>) -> Answer<Redirect> {
    hooks::delete(&app.commons, visit.member()?, &id).await?;
    Ok(Redirect::to(ROOT))
}

async fn enable(
    State(app): State<App>,
    visit: Visit,
    Path(id): Path<String>,
    form: Form,
) -> Answer<Redirect> {
    let enabled = form.text("enabled") != "no";
    hooks::set_enabled(&app.commons, visit.member()?, &id, enabled).await?;
    Ok(Redirect::to(&address(&id)))
}

async fn again(State(app): State<App>, visit: Visit, Path(id): Path<String>, form: Form) -> Answer<Redirect> {
    hooks::redeliver(&app.commons, visit.member()?, &id, form.text("delivery")).await?;
    Ok(Redirect::to(&address(&id)))
}

#[cfg(test)]
fn sample_fields(field: &'static str) -> Fields {
    use super::samples::{text, wrong};
    let is = field == "url";
    Fields { url: text(), secret: text(), watched: text(), repo: is, discussion: is, wrong: wrong(field) }
}

#[cfg(test)]
impl WebhooksPage {
    /// With some, and with none; with a fault in each field.
    pub(crate) fn samples() -> Vec<WebhooksPage> {
        use super::samples::{href, member, text};
        let row = |disabled| Row { url: text(), href: href(), watched: text(), disabled };
        let page =
            |field, rows| WebhooksPage { frame: member(Here::Elsewhere), rows, form: sample_fields(field) };
        vec![
            page("url", vec![row(text()), row(String::new())]),
            page("secret", Vec::new()),
            page("watched", Vec::new()),
        ]
    }
}

#[cfg(test)]
impl WebhookPage {
    /// One that was told things, and one to which nothing is sent.
    pub(crate) fn samples() -> Vec<WebhookPage> {
        use super::samples::{href, member, text, when};
        let line = || Line {
            id: text(),
            what: text(),
            when: when(),
            tries: Count(2),
            badge: ("badge", text()),
            answer: text(),
            payload: text(),
        };
        let page = |disabled, lines| WebhookPage {
            frame: member(Here::Elsewhere),
            here: href(),
            url: text(),
            disabled,
            form: sample_fields("url"),
            lines,
            next: Some(href()),
        };
        vec![page(String::new(), vec![line(), line()]), page(text(), Vec::new())]
    }
}
