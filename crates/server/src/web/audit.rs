//! Who did what, for those who run the hub.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::audit::{self, Line};
use seedcorn_core::time::Time;

use super::frame::{Frame, Here, Page};
use super::show::When;
use super::visit::Visit;
use crate::api::ROOT;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// A line.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    when: When,
    by: String,
    deed: String,
    subject: String,
    says: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "audit.html")]
pub(crate) struct AuditPage {
    frame: Frame,
    rows: Vec<Row>,
    of: String,
    next: Option<String>,
    api: String,
}

/// `GET /admin/audit?of=…&before=…`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<AuditPage>> {
    let of = query.get("of").unwrap_or_default().trim().to_owned();
    let before = query.get("before").unwrap_or_default();
    let (lines, more) = audit::list(&app.commons, visit.member()?, &of, before).await?;
    let next = lines.last().filter(|_| more);
    Ok(Page(AuditPage {
        next: next.map(|last| format!("/admin/audit?of={}&before={}", segment(&of), segment(&last.id))),
        rows: lines.into_iter().map(|line| row(line, &visit)).collect(),
        of,
        frame: visit.frame("Who did what", "", Here::Elsewhere),
        api: format!("{ROOT}/audit"),
    }))
}

fn row(line: Line, visit: &Visit) -> Row {
    Row {
        when: When { at: Time(line.at), now: visit.now },
        by: line.name,
        deed: line.deed,
        subject: line.subject,
        says: if line.says == "{}" { String::new() } else { line.says },
    }
}

#[cfg(test)]
impl AuditPage {
    /// With lines of a member and of the command line, and with none.
    pub(crate) fn samples() -> Vec<AuditPage> {
        use super::samples::{href, member, text, when};
        let row = |by| Row { when: when(), by, deed: text(), subject: text(), says: text() };
        let page = |rows: Vec<Row>| AuditPage {
            frame: member(Here::Elsewhere),
            next: (!rows.is_empty()).then(href),
            rows,
            of: text(),
            api: href(),
        };
        vec![page(vec![row(text()), row(String::new())]), page(Vec::new())]
    }
}
