//! Becoming a member, and setting a new password by a link that an operator gave.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use seedcorn_commons::join::{self, Newcomer, NotJoined};
use seedcorn_commons::session::SignedIn;
use seedcorn_commons::{Refusal, Result};
use seedcorn_core::limits;

use super::cookie;
use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::login::browser;
use super::visit::Visit;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// The page to join.
#[derive(Debug, Template)]
#[template(path = "join.html")]
pub(crate) struct JoinPage {
    frame: Frame,
    /// Why there is no form.
    shut: Option<String>,
    wrong: Wrong,
    least: usize,
    secret: String,
    name: String,
    full_name: String,
}

/// What a refusal says to somebody who stands at the door; what is ours to mend goes on.
fn said(refusal: Refusal) -> Answer<String> {
    match refusal {
        Refusal::Forbidden(text) | Refusal::Busy(text) => Ok(text),
        refusal => Err(refusal.into()),
    }
}

fn shut(checked: Result<()>) -> Answer<Option<String>> {
    checked.err().map(said).transpose()
}

/// `GET /join`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Response> {
    if visit.actor.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let secret = query.get("code").unwrap_or_default();
    let shut = shut(join::may_join(&app.commons, app.registration, secret).await)?;
    let frame = visit.frame("Join", "", Here::Elsewhere);
    let (wrong, name, full_name) = Default::default();
    let least = limits::PASSWORD_CHARS_MIN;
    Ok(Page(JoinPage { frame, shut, wrong, least, secret: secret.into(), name, full_name }).into_response())
}

/// Sends a browser home, signed in.
fn inside(visit: &Visit, signed_in: &SignedIn) -> Answer<Response> {
    let cookie = cookie::set(&visit.base, &signed_in.secret)?;
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to("/")).into_response())
}

/// `POST /join`.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Answer<Response> {
    let new = Newcomer {
        name: form.text("name"),
        full_name: form.text("full_name"),
        password: form.exact("password"),
        secret: form.text("code"),
        browser: browser(&headers),
    };
    let (shut, wrong) = match join::join(&app.commons, app.registration, new).await {
        Ok(signed_in) => return inside(&visit, &signed_in),
        Err(NotJoined::Name(refusal)) => (None, Wrong::told("name", refusal)?),
        Err(NotJoined::FullName(refusal)) => (None, Wrong::told("full_name", refusal)?),
        Err(NotJoined::Password(refusal)) => (None, Wrong::told("password", refusal)?),
        Err(NotJoined::Refused(refusal)) => (Some(said(refusal)?), Wrong::default()),
    };
    let frame = visit.frame("Join", "", Here::Elsewhere);
    let text = |name| form.text(name).to_owned();
    let (secret, name, full_name) = (text("code"), text("name"), text("full_name"));
    let least = limits::PASSWORD_CHARS_MIN;
    Ok(Page(JoinPage { frame, shut, wrong, least, secret, name, full_name }).into_response())
}

/// The page to set a password by a link.
#[derive(Debug, Template)]
#[template(path = "join_password.html")]
pub(crate) struct PasswordLinkPage {
    frame: Frame,
    /// Why there is no form.
    shut: Option<String>,
    wrong: Wrong,
    least: usize,
    secret: String,
    name: String,
}

async fn password_page(
    app: &App,
    visit: &Visit,
    secret: &str,
    wrong: Wrong,
) -> Answer<Page<PasswordLinkPage>> {
    let (shut, name) = match join::whose(&app.commons, secret).await {
        Ok(member) => (None, member.name),
        Err(refusal) => (Some(said(refusal)?), String::new()),
    };
    let frame = visit.frame("New password", "", Here::Elsewhere);
    let (least, secret) = (limits::PASSWORD_CHARS_MIN, secret.to_owned());
    Ok(Page(PasswordLinkPage { frame, shut, wrong, least, secret, name }))
}

/// `GET /join/password`.
pub(crate) async fn password(
    State(app): State<App>,
    visit: Visit,
    query: Query,
) -> Answer<Page<PasswordLinkPage>> {
    password_page(&app, &visit, query.get("code").unwrap_or_default(), Wrong::default()).await
}

/// `POST /join/password`.
pub(crate) async fn set_password(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Answer<Response> {
    let (secret, new) = (form.text("code"), form.exact("password"));
    let wrong = match join::set_by_link(&app.commons, secret, new, browser(&headers)).await {
        Ok(signed_in) => return inside(&visit, &signed_in),
        Err(refusal) => Wrong::told("password", refusal)?,
    };
    Ok(password_page(&app, &visit, secret, wrong).await?.into_response())
}

#[cfg(test)]
impl JoinPage {
    /// The form with a fault in each field, and no form.
    pub(crate) fn samples() -> Vec<JoinPage> {
        use super::samples::{stranger, text, wrong};
        let page = |shut, wrong| JoinPage {
            frame: stranger(Here::Elsewhere),
            shut,
            wrong,
            least: limits::PASSWORD_CHARS_MIN,
            secret: text(),
            name: text(),
            full_name: text(),
        };
        let mut all: Vec<JoinPage> =
            ["name", "full_name", "password"].map(|field| page(None, wrong(field))).into();
        all.push(page(Some(text()), Wrong::default()));
        all
    }
}

#[cfg(test)]
impl PasswordLinkPage {
    /// The form with a fault, and no form.
    pub(crate) fn samples() -> Vec<PasswordLinkPage> {
        use super::samples::{stranger, text, wrong};
        let page = |shut, wrong| PasswordLinkPage {
            frame: stranger(Here::Elsewhere),
            shut,
            wrong,
            least: limits::PASSWORD_CHARS_MIN,
            secret: text(),
            name: text(),
        };
        vec![page(None, wrong("password")), page(Some(text()), Wrong::default())]
    }
}
