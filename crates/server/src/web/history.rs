//! The history of a revision, newest first.

use askama::Template;
use axum::extract::State;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::publish::refs::{self, From};

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::show::When;
use super::visit::Visit;
use crate::app::App;
use crate::place::{self, Query};
use crate::refuse::Answer;

/// Commits in a page.
const PAGE: usize = 50;

/// One commit.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    title: String,
    description: String,
    tree: String,
    oid: String,
    author: String,
    when: When,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "history.html")]
pub(crate) struct HistoryPage {
    frame: Frame,
    head: Head,
    rows: Vec<Row>,
    next: Option<String>,
}

/// `GET …/commits/{rev}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: place::Place,
    query: Query,
) -> Answer<Page<HistoryPage>> {
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, place.part("rev"), Tab::History).await?;
    let from = match query.get("after") {
        Some(text) => {
            From::Place(read(text).ok_or_else(|| Refusal::Invalid("This link is not whole.".into()))?)
        }
        None => From::Revision(place.part("rev"), 0),
    };
    let page = refs::history(&app.commons, &opened.grant, from, PAGE).await?;
    let urls = &opened.head.urls;
    let here = urls.commits(opened.head.revision(), "");
    let next =
        page.next.map(|next| format!("{here}?after={}", BASE64_URL_SAFE_NO_PAD.encode(next.to_string())));
    let rows = page.commits.iter().map(|commit| {
        let oid = commit.oid.to_string();
        Row {
            title: commit.title().to_owned(),
            description: commit.description().to_owned(),
            tree: urls.tree(&oid, ""),
            oid: oid[..7].to_owned(),
            author: commit.author.clone(),
            when: When { at: commit.at, now: visit.now },
        }
    });
    let rows = rows.collect();
    Ok(Page(HistoryPage { frame: opened.frame(&visit, "History"), head: opened.head, rows, next }))
}

fn read(text: &str) -> Option<refs::Place> {
    refs::Place::parse(std::str::from_utf8(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?)
}
