//! The browsers in which a member is signed in, and how to sign them out from afar.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::session;

use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::show::When;
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// One browser.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    id: String,
    browser: String,
    since: When,
    /// The day it ends unless it is used.
    ends: String,
    /// It is the one at hand.
    here: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "sessions.html")]
pub(crate) struct SessionsPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /settings/sessions`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<SessionsPage>> {
    let actor = visit.member()?;
    let rows = session::list(&app.commons, actor).await?.into_iter().map(|row| Row {
        here: row.id == actor.token,
        id: row.id.0,
        browser: if row.name.is_empty() { "a browser that says nothing of itself".into() } else { row.name },
        since: When { at: row.created, now: visit.now },
        ends: row.expires.map(|at| seedcorn_core::time::Time(at).date()).unwrap_or_default(),
    });
    let rows = rows.collect();
    Ok(Page(SessionsPage { frame: visit.frame("Sessions", "", Here::Elsewhere), rows }))
}

/// `POST /settings/sessions/end`: one, or all others.
pub(crate) async fn end(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    let actor = visit.member()?;
    match form.text("id") {
        "" if form.text("which") == "others" => session::end_others(&app.commons, actor).await?,
        id => session::end_one(&app.commons, actor, id).await?,
    }
    Ok(Redirect::to("/settings/sessions").into_response())
}

#[cfg(test)]
impl SessionsPage {
    /// Some browsers, and none: a program's token asked.
    pub(crate) fn samples() -> Vec<SessionsPage> {
        use super::samples::{member, text, when};
        let row = |here| Row { id: text(), browser: text(), since: when(), ends: text(), here };
        let page = |rows| SessionsPage { frame: member(Here::Elsewhere), rows };
        vec![page(vec![row(true), row(false)]), page(Vec::new())]
    }
}
