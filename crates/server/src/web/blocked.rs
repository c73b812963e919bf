//! Whom a member or a group does not let speak in its repos.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::discuss;
use seedcorn_core::time::Time;

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::show::When;
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// Somebody who is blocked.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    href: String,
    since: When,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "blocked.html")]
pub(crate) struct BlockedPage {
    frame: Frame,
    owner: String,
    /// The owner's page, and this one.
    href: String,
    here: String,
    rows: Vec<Row>,
    /// The page behind this.
    next: Option<String>,
    /// The form as it was sent.
    name: String,
    wrong: Wrong,
}

async fn page(app: &App, visit: &Visit, owner: &str, after: &str) -> Answer<BlockedPage> {
    let (owner, all, next) = discuss::blocked(&app.commons, visit.member()?, owner, after).await?;
    let rows = all.into_iter().map(|(name, since)| Row {
        href: urls::namespace(&name),
        name,
        since: When { at: Time(since), now: visit.now },
    });
    Ok(BlockedPage {
        frame: visit.frame(format!("Whom {} blocks", owner.name), "", Here::Elsewhere),
        href: urls::namespace(&owner.name),
        next: next.map(|next| format!("{}?after={}", urls::blocked(&owner.name), segment(&next))),
        here: urls::blocked(&owner.name),
        owner: owner.name,
        rows: rows.collect(),
        name: String::new(),
        wrong: Wrong::default(),
    })
}

/// `GET /settings/blocked`: one's own.
pub(crate) async fn own(visit: Visit) -> Answer<Redirect> {
    Ok(Redirect::to(&urls::blocked(&visit.member()?.name)))
}

/// `GET /-/blocked/{owner}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    Path(owner): Path<String>,
    query: Query,
) -> Answer<Page<BlockedPage>> {
    Ok(Page(page(&app, &visit, &owner, query.get("after").unwrap_or_default()).await?))
}

/// `POST /-/blocked/{owner}`.
pub(crate) async fn block(
    State(app): State<App>,
    visit: Visit,
    Path(owner): Path<String>,
    form: Form,
) -> Answer<Response> {
    let name = form.text("name").to_owned();
    match discuss::block(&app.commons, visit.member()?, &owner, &name).await {
        Ok(()) => Ok(Redirect::to(&urls::blocked(&owner)).into_response()),
        Err(refusal) => {
            let wrong = Wrong::invalid("name", refusal)?;
            let page = page(&app, &visit, &owner, "").await?;
            Ok(Page(BlockedPage { name, wrong, ..page }).into_response())
        }
    }
}

/// `POST /-/blocked/{owner}/remove`.
pub(crate) async fn unblock(
    State(app): State<App>,
    visit: Visit,
    Path(owner): Path<String>,
    form: Form,
) -> Answer<Redirect> {
    discuss::unblock(&app.commons, visit.member()?, &owner, form.text("name")).await?;
    Ok(Redirect::to(&urls::blocked(&owner)))
}

#[cfg(test)]
impl BlockedPage {
    /// With somebody who is blocked, and with nobody.
    pub(crate) fn samples() -> Vec<BlockedPage> {
        use super::samples::{href, member, text, when, wrong};
        let row = || Row { name: text(), href: href(), since: when() };
        let page = |rows: Vec<Row>| BlockedPage {
            frame: member(Here::Elsewhere),
            owner: text(),
            href: href(),
            here: href(),
            next: (!rows.is_empty()).then(href),
            rows,
            name: text(),
            wrong: wrong("name"),
        };
        vec![page(vec![row()]), page(Vec::new())]
    }
}
