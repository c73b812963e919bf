//! All that stands on a work, the newest first.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::See;
use seedcorn_commons::standing;
use seedcorn_core::paper::Facts;

use super::browse::{read_place, write_place};
use super::entry::{self, Entry};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// Entries in a page.
const PAGE: usize = 30;

/// The page.
#[derive(Debug, Template)]
#[template(path = "built_on.html")]
pub(crate) struct BuiltOnPage {
    frame: Frame,
    head: Head,
    entries: Vec<Entry>,
    next: Option<String>,
}

/// `GET …/built-on`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<BuiltOnPage>> {
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, "main", Tab::Card).await?;
    let facts = Facts::of_card(&opened.metadata);
    let after = query.get("after").and_then(read_place);
    let of = (opened.grant.repo(), &facts);
    let page = standing::page(&app.commons, visit.actor.as_ref(), of, after, PAGE).await?;
    let urls = &opened.head.urls;
    let next = page.next.as_ref().map(|place| format!("{}?after={}", urls.standing(), write_place(place)));
    let entries = entry::all(&app, &visit, page.items, "").await?;
    let frame = opened.frame(&visit, "What builds on it");
    Ok(Page(BuiltOnPage { frame, entries, next, head: Head { at: None, ..opened.head } }))
}

#[cfg(test)]
impl BuiltOnPage {
    /// A page of many, and none.
    pub(crate) fn samples() -> Vec<BuiltOnPage> {
        use super::samples::{entries, head, href, member, stranger};
        use seedcorn_core::repo::RepoKind::Model;
        let page = |frame, entries, next| BuiltOnPage { frame, head: head(Model, Tab::Card), entries, next };
        vec![
            page(member(Here::Kind(Model)), entries(), Some(href())),
            page(stranger(Here::Kind(Model)), Vec::new(), None),
        ]
    }
}
