//! `/device`: a member confirms that a program may sign in as them.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::device::{self, Answer as Said, Waiting};
use seedcorn_commons::{Refusal, account};

use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::show::When;
use super::visit::Visit;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// The page: the code is asked for, then what asks is shown, then what was answered.
#[derive(Debug, Template)]
#[template(path = "device.html")]
pub(crate) struct DevicePage {
    frame: Frame,
    code: String,
    waiting: Option<(Waiting, When)>,
    /// The name of the token that the program's token ends with.
    rests_on: Option<String>,
    /// What was answered: whether the program is let in.
    done: Option<bool>,
    error: Option<String>,
}

impl DevicePage {
    fn new(visit: &Visit, code: &str) -> DevicePage {
        let frame = visit.frame("Sign in a program", "", Here::Elsewhere);
        let code = code.chars().take(40).collect();
        DevicePage { frame, code, waiting: None, rests_on: None, done: None, error: None }
    }

    /// The fault that a deed found with the code; what is nobody's to mend in a form goes on as a refusal.
    fn wrong(self, refusal: Refusal) -> Answer<Page<DevicePage>> {
        match refusal {
            Refusal::Invalid(_) | Refusal::Busy(_) => {
                Ok(Page(DevicePage { error: Some(refusal.to_string()), ..self }))
            }
            refusal => Err(refusal.into()),
        }
    }
}

/// `GET /device?code=…`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<DevicePage>> {
    let actor = visit.member()?;
    let page = DevicePage::new(&visit, query.get("code").unwrap_or_default());
    if page.code.is_empty() {
        return Ok(Page(page));
    }
    match device::look(&app.commons, actor, &page.code).await {
        Ok(waiting) => {
            let when = When { at: waiting.created, now: visit.now };
            let rests_on = account::rests_on(&app.commons, actor).await?;
            Ok(Page(DevicePage { waiting: Some((waiting, when)), rests_on, ..page }))
        }
        Err(refusal) => page.wrong(refusal),
    }
}

/// `POST /device`: an answer. Nothing but the button that says so lets a program in.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Page<DevicePage>> {
    let actor = visit.member()?;
    let page = DevicePage::new(&visit, form.text("code"));
    let said = match (form.text("answer"), form.text("role")) {
        ("yes", "read") => Said::Read,
        ("yes", "write") => Said::Write,
        ("no", _) => Said::No,
        _ => return page.wrong(Refusal::Invalid("Choose whether to let it in.".into())),
    };
    match device::answer(&app.commons, actor, &page.code, said).await {
        Ok(()) => Ok(Page(DevicePage { done: Some(said != Said::No), ..page })),
        Err(refusal) => page.wrong(refusal),
    }
}

#[cfg(test)]
impl DevicePage {
    /// The code is asked for, a program waits that says what it is or does not, and both answers.
    pub(crate) fn samples() -> Vec<DevicePage> {
        use super::samples::{member, text, when};
        let page = |waiting, done, error| DevicePage {
            frame: member(Here::Elsewhere),
            code: text(),
            waiting,
            rests_on: Some(text()),
            done,
            error,
        };
        let waiting = |client| {
            let when = when();
            Some((Waiting { code: text(), client, created: when.at }, when))
        };
        vec![
            page(None, None, Some(text())),
            page(waiting(text()), None, None),
            page(waiting(String::new()), None, None),
            page(None, Some(true), None),
            page(None, Some(false), None),
        ]
    }
}
