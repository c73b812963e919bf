//! What a member is told: discussions in which something happened that they want to know of.

use askama::Template;
use axum::extract::State;
use axum::response::Redirect;
use seedcorn_commons::discuss;

use super::discussions::badge;
use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::show::When;
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// A discussion.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    title: String,
    href: String,
    repo: String,
    repo_page: String,
    pull: bool,
    badge: (&'static str, &'static str),
    why: &'static str,
    when: When,
    seen: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "inbox.html")]
pub(crate) struct InboxPage {
    frame: Frame,
    all: bool,
    rows: Vec<Row>,
    next: Option<String>,
    /// The last of the page: all up to it can be marked. Empty if there is nothing.
    last: String,
}

fn why(reason: &str) -> &'static str {
    match reason {
        "mention" => "you were called",
        "author" => "you opened it",
        "comment" => "you take part in it",
        _ => "you watch it",
    }
}

/// `GET /inbox`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<InboxPage>> {
    let actor = visit.member()?;
    let all = query.get("show") == Some("all");
    let page = discuss::notices(&app.commons, actor, all, query.get("before")).await?;
    let rows = page.told.into_iter().map(|told| {
        let (urls, notice) = (RepoUrls::new(told.repo.kind, &told.repo.full_name()), told.notice);
        Row {
            href: urls.discussion(notice.number),
            repo: told.repo.full_name(),
            repo_page: urls.card().to_owned(),
            pull: !notice.base.is_empty(),
            badge: badge(&notice.status),
            why: why(&notice.reason),
            when: When { at: notice.at, now: visit.now },
            seen: notice.seen,
            title: notice.title,
        }
    });
    let show = if all { "show=all&" } else { "" };
    Ok(Page(InboxPage {
        frame: visit.frame("Inbox", "", Here::Elsewhere),
        all,
        rows: rows.collect(),
        next: page.next.map(|next| format!("/inbox?{show}before={}", segment(&next))),
        last: page.newest.unwrap_or_default(),
    }))
}

/// `POST /inbox`: all up to one was looked at.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Redirect> {
    discuss::mark_all(&app.commons, visit.member()?, form.text("up_to")).await?;
    Ok(Redirect::to("/inbox"))
}

#[cfg(test)]
impl InboxPage {
    /// With something to tell, and with nothing.
    pub(crate) fn samples() -> Vec<InboxPage> {
        use super::samples::{href, member, text, when};
        let row = |pull, seen| Row {
            title: text(),
            href: href(),
            repo: text(),
            repo_page: href(),
            pull,
            badge: badge("open"),
            why: why("mention"),
            when: when(),
            seen,
        };
        let page = |all, rows| InboxPage {
            frame: member(Here::Elsewhere),
            all,
            rows,
            next: Some(href()),
            last: text(),
        };
        vec![page(true, vec![row(true, true), row(false, false)]), page(false, Vec::new())]
    }
}
