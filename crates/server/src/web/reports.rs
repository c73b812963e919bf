//! Comments that members reported, for those who run the hub.

use askama::Template;
use axum::extract::State;
use axum::response::Redirect;
use seedcorn_commons::discuss::{self, Reported};
use seedcorn_core::limits;

use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::show::{When, cut};
use super::urls::{self, RepoUrls};
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// A comment, and what is said of it.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    event: String,
    said: String,
    author: String,
    author_page: String,
    /// Its discussion; none if the repo is gone.
    place: Option<(String, String)>,
    by: String,
    why: String,
    when: When,
    hidden: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "reports.html")]
pub(crate) struct ReportsPage {
    frame: Frame,
    rows: Vec<Row>,
}

/// `GET /admin/reports`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<ReportsPage>> {
    let all = discuss::reports(&app.commons, visit.member()?).await?;
    let rows = all.into_iter().map(|Reported { report, repo }| Row {
        place: repo.map(|repo| {
            let page = RepoUrls::new(repo.kind, &repo.full_name()).discussion(report.number);
            (page, format!("{} #{}", repo.full_name(), report.number))
        }),
        said: cut(&report.said, limits::LISTED_TEXT_CHARS * 2),
        author_page: urls::namespace(&report.author),
        author: report.author,
        event: report.event,
        by: report.name,
        why: report.says,
        when: When { at: report.at, now: visit.now },
        hidden: report.hidden,
    });
    Ok(Page(ReportsPage { frame: visit.frame("Reports", "", Here::Elsewhere), rows: rows.collect() }))
}

/// `POST /admin/reports`: what becomes of a comment.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Redirect> {
    let hide = form.text("then") == "hide";
    discuss::settle(&app.commons, visit.member()?, form.text("comment"), hide).await?;
    Ok(Redirect::to("/admin/reports"))
}

#[cfg(test)]
impl ReportsPage {
    /// With reports, and without.
    pub(crate) fn samples() -> Vec<ReportsPage> {
        use super::samples::{href, member, text, when};
        let row = |place, hidden| Row {
            event: text(),
            said: text(),
            author: text(),
            author_page: href(),
            place,
            by: text(),
            why: text(),
            when: when(),
            hidden,
        };
        let page = |rows| ReportsPage { frame: member(Here::Elsewhere), rows };
        vec![page(vec![row(Some((href(), text())), true), row(None, false)]), page(Vec::new())]
    }
}
