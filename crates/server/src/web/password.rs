//! A member's password: set, and changed.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::{Refusal, session};
use seedcorn_core::limits;

use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// The page.
#[derive(Debug, Template)]
#[template(path = "password.html")]
pub(crate) struct PasswordPage {
    frame: Frame,
    /// Whether there is one so far.
    has: bool,
    least: usize,
    /// Whether it was just set.
    done: bool,
    /// What was wrong with the form.
    error: Option<String>,
}

async fn page(app: &App, visit: &Visit) -> Answer<PasswordPage> {
    let has = session::has_password(&app.commons, visit.member()?).await?;
    let frame = visit.frame("Password", "", Here::Elsewhere);
    Ok(PasswordPage { frame, has, least: limits::PASSWORD_CHARS_MIN, done: false, error: None })
}

/// `GET /settings/password`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<PasswordPage>> {
    Ok(Page(page(&app, &visit).await?))
}

/// `POST /settings/password`.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Page<PasswordPage>> {
    let (old, new) = (form.exact("old"), form.exact("new"));
    let changed = session::change_password(&app.commons, visit.member()?, old, new).await;
    let page = page(&app, &visit).await?;
    match changed {
        Ok(()) => Ok(Page(PasswordPage { done: true, ..page })),
        Err(refusal @ (Refusal::Invalid(_) | Refusal::Busy(_))) => {
            Ok(Page(PasswordPage { error: Some(refusal.to_string()), ..page }))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

#[cfg(test)]
impl PasswordPage {
    /// Just set, and not.
    pub(crate) fn samples() -> Vec<PasswordPage> {
        use super::samples::{member, text};
        let frame = || member(Here::Elsewhere);
        let least = limits::PASSWORD_CHARS_MIN;
        vec![
            PasswordPage { frame: frame(), has: true, least, done: true, error: None },
            PasswordPage { frame: frame(), has: false, least, done: false, error: Some(text()) },
        ]
    }
}
