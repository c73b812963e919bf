//! Signing in and out.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderMap, header};
use seedcorn_commons::join::Registration;
use seedcorn_commons::{Refusal, session};

use super::cookie;
use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::visit::Visit;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// The page.
#[derive(Debug, Template)]
#[template(path = "login.html")]
pub(crate) struct LoginPage {
    frame: Frame,
    /// Where signing in leads.
    next: String,
    /// The name as it was typed.
    name: String,
    /// What was wrong.
    error: Option<String>,
    /// Whether everybody may join.
    open: bool,
}

fn page(app: &App, visit: &Visit, next: &str, name: &str, error: Option<String>) -> Page<LoginPage> {
    let frame = visit.frame("Sign in", "", Here::Elsewhere);
    let open = app.registration == Registration::Open;
    Page(LoginPage { frame, next: within(next).to_owned(), name: name.to_owned(), error, open })
}

/// A path of this hub; anything else is the home page. Browsers take `//host` and `/\host` for other hosts.
fn within(next: &str) -> &str {
    let ours = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control);
    if ours { next } else { "/" }
}

/// What a browser says of itself.
pub(super) fn browser(headers: &HeaderMap) -> &str {
    headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// `GET /login`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Response {
    let next = query.get("next").unwrap_or("/");
    match visit.actor {
        Some(_) => Redirect::to(within(next)).into_response(),
        None => page(&app, &visit, next, "", None).into_response(),
    }
}

/// `POST /login`: a name and a password, or an access token.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Answer<Response> {
    let browser = browser(&headers);
    let (name, next) = (form.text("name"), form.text("next"));
    let signed_in = match form.text("token") {
        "" => session::with_password(&app.commons, name, form.exact("password"), browser).await,
        token => session::with_token(&app.commons, token, browser).await,
    };
    match signed_in {
        Ok(signed_in) => {
            let cookie = cookie::set(&visit.base, &signed_in.secret)?;
            Ok(([(header::SET_COOKIE, cookie)], Redirect::to(within(next))).into_response())
        }
        Err(Refusal::BadToken) => {
            let text = "This token is unknown, has expired, or was taken back.".to_owned();
            Ok(page(&app, &visit, next, name, Some(text)).into_response())
        }
        Err(refusal @ (Refusal::Forbidden(_) | Refusal::Busy(_))) => {
            Ok(page(&app, &visit, next, name, Some(refusal.to_string())).into_response())
        }
        Err(refusal) => Err(refusal.into()),
    }
}

/// `POST /logout`.
pub(crate) async fn logout(State(app): State<App>, visit: Visit) -> Answer<Response> {
    if let Some(actor) = &visit.actor {
        session::end(&app.commons, actor).await?;
    }
    Ok(([(header::SET_COOKIE, cookie::set(&visit.base, "")?)], Redirect::to("/")).into_response())
}

#[cfg(test)]
impl LoginPage {
    /// With a fault on a hub that anybody can join, and fresh on one that is closed.
    pub(crate) fn samples() -> Vec<LoginPage> {
        use super::samples::{stranger, text};
        let page = |error, open| LoginPage {
            frame: stranger(Here::Elsewhere),
            next: text(),
            name: text(),
            error,
            open,
        };
        vec![page(Some(text()), true), page(None, false)]
    }
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn signing_in_leads_nowhere_else() {
        assert_eq!(within("/a/b?x=1#y"), "/a/b?x=1#y");
        for next in ["", "//evil.example", "https://evil.example", "/\\evil", "javascript:alert(1)", "/a\nb"]
        {
            assert_eq!(within(next), "/", "{next:?}");
        }
    }
}
