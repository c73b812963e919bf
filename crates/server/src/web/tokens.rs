//! A member's access tokens: seen, made, taken back.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::admin::{TokenRole, parse_fine_line};
use seedcorn_commons::{Refusal, account};

use super::form::Form;
use super::frame::{Frame, Here, Page, once};
use super::show::When;
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    id: String,
    name: String,
    hint: String,
    role: &'static str,
    made: When,
    /// The day it ends, and whether that is over.
    ends: Option<(String, bool)>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "tokens.html")]
pub(crate) struct TokensPage {
    frame: Frame,
    rows: Vec<Row>,
    /// The name of the token that one made now ends with.
    rests_on: Option<String>,
    /// The secret of the token just made: shown once.
    fresh: Option<String>,
    /// What was wrong with the form.
    error: Option<String>,
    /// The form as it was sent.
    name: String,
    repos: String,
}

async fn page(app: &App, visit: &Visit) -> Answer<TokensPage> {
    let actor = visit.member()?;
    let rows = account::tokens(&app.commons, actor).await?.into_iter().map(|token| Row {
        id: token.id.0,
        name: token.name,
        hint: token.hint,
        role: match token.role.as_str() {
            "read" => "read",
            "write" => "write",
            _ => "fine-grained",
        },
        made: When { at: token.created, now: visit.now },
        ends: token.expires.map(|at| (seedcorn_core::time::Time(at).date(), at <= visit.now.0)),
    });
    let rows = rows.collect();
    let frame = visit.frame("Access tokens", "", Here::Elsewhere);
    let rests_on = account::rests_on(&app.commons, actor).await?;
    let (name, repos) = (String::new(), String::new());
    Ok(TokensPage { frame, rows, rests_on, fresh: None, error: None, name, repos })
}

/// `GET /settings/tokens`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<TokensPage>> {
    Ok(Page(page(&app, &visit).await?))
}

/// Reads what a new token may do.
fn role(form: &Form) -> Result<TokenRole, Refusal> {
    match form.text("role") {
        "read" => Ok(TokenRole::Read),
        "write" => Ok(TokenRole::Write),
        _ => {
            let lines = form.text("repos").lines().map(str::trim).filter(|line| !line.is_empty());
            let scopes = lines.map(parse_fine_line).collect::<Result<Vec<_>, _>>()?;
            match scopes.is_empty() {
                true => Err(Refusal::Invalid("Name at least one repo, such as ada/model=write.".into())),
                false => Ok(TokenRole::Fine(scopes)),
            }
        }
    }
}

/// `POST /settings/tokens`: makes one.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    let actor = visit.member()?;
    let days = form.text("days").parse::<i64>().ok().filter(|days| (1..=3650).contains(days));
    let expires = days.map(|days| visit.now.plus_secs(days * 24 * 3600));
    let made = match role(&form) {
        Ok(role) => account::make_token(&app.commons, actor, form.text("name"), role, expires).await,
        Err(refusal) => Err(refusal),
    };
    let page = page(&app, &visit).await?;
    match made {
        Ok(secret) => Ok(once(Page(TokensPage { fresh: Some(secret), ..page }))),
        Err(Refusal::Invalid(error)) => {
            let (name, repos) = (form.text("name").to_owned(), form.text("repos").to_owned());
            Ok(Page(TokensPage { error: Some(error), name, repos, ..page }).into_response())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// `POST /settings/tokens/revoke`.
pub(crate) async fn revoke(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    account::revoke_token(&app.commons, visit.member()?, form.text("id")).await?;
    Ok(Redirect::to("/settings/tokens").into_response())
}

#[cfg(test)]
impl TokensPage {
    /// One just made, and a form with a fault in the hand of somebody who has none.
    pub(crate) fn samples() -> Vec<TokensPage> {
        use super::samples::{HOSTILE, member, text, when};
        let row = |ends| Row { id: text(), name: text(), hint: text(), role: HOSTILE, made: when(), ends };
        let page = |rows, fresh, error, repos| TokensPage {
            frame: member(Here::Elsewhere),
            rows,
            rests_on: Some(text()),
            fresh,
            error,
            name: text(),
            repos,
        };
        let rows = vec![row(None), row(Some((text(), true))), row(Some((text(), false)))];
        vec![page(rows, Some(text()), None, String::new()), page(Vec::new(), None, Some(text()), text())]
    }
}
