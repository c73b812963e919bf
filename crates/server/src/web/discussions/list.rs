//! The discussions of a repo.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::See;
use seedcorn_commons::discuss::{self, Which};
use seedcorn_core::access::Action;
use seedcorn_core::limits;

use super::badge;
use crate::app::App;
use crate::place::{Place, Query, segment};
use crate::refuse::Answer;
use crate::web::frame::{Frame, Here, Page};
use crate::web::head::{self, Head, Tab};
use crate::web::show::{Many, When};
use crate::web::visit::Visit;

/// A line of the list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(super) number: i64,
    pub(super) title: String,
    pub(super) href: String,
    pub(super) pull: bool,
    /// The word of its state, and the class of its badge.
    pub(super) badge: (&'static str, &'static str),
    pub(super) author: String,
    pub(super) author_page: String,
    pub(super) when: When,
    pub(super) comments: Many,
    pub(super) locked: bool,
}

/// A choice of the list: what it is called, where it leads, and whether it is taken.
#[derive(Clone, Debug)]
pub(crate) struct Choice {
    pub(super) text: &'static str,
    pub(super) href: String,
    pub(super) here: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "discussions.html")]
pub(crate) struct DiscussionsPage {
    frame: Frame,
    head: Head,
    states: Vec<Choice>,
    kinds: Vec<Choice>,
    /// Whose are listed; empty for everybody's.
    author: String,
    rows: Vec<Row>,
    /// The page before, and the next.
    newer: Option<String>,
    older: Option<String>,
    /// Whether the visitor may open one.
    may_open: bool,
    /// Whether the visitor is told of all of them; none of who is not signed in.
    watches: Option<bool>,
}

const STATES: [(&str, &str); 3] = [("open", "Open"), ("closed", "Closed"), ("all", "All")];
const KINDS: [(&str, &str); 3] =
    [("all", "Everything"), ("discussion", "Discussions"), ("pull_request", "Pull requests")];

/// `GET …/discussions`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<DiscussionsPage>> {
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, "main", Tab::Talk).await?;
    let chosen = |name: &str, known: [(&'static str, &str); 3]| {
        let asked = query.get(name).unwrap_or_default();
        known.iter().find(|(word, _)| *word == asked).map_or(known[0].0, |(word, _)| *word)
    };
    let (status, kind) = (chosen("status", STATES), chosen("type", KINDS));
    let author = query.get("author").unwrap_or_default().trim().to_owned();
    let root = opened.head.urls.discussions();
    let at = |status: &str, kind: &str, page: i64| {
        let whose = if author.is_empty() { String::new() } else { format!("&author={}", segment(&author)) };
        let page = if page == 0 { String::new() } else { format!("&p={page}") };
        format!("{root}?status={status}&type={kind}{whose}{page}")
    };
    let all = |word: &'static str| if word == "all" { "" } else { word };
    let which = Which { kind: all(kind), status: all(status), author: &author };
    let page: i64 = query.get("p").and_then(|text| text.parse().ok()).unwrap_or(0);
    let page = page.clamp(0, i64::MAX / limits::DISCUSSIONS_PAGE);
    let start = page * limits::DISCUSSIONS_PAGE;
    let grant = &opened.grant;
    let (found, count) = discuss::list(&app.commons, grant, which, start, limits::DISCUSSIONS_PAGE).await?;
    let urls = &opened.head.urls;
    let rows = found.into_iter().map(|row| Row {
        number: row.number,
        href: urls.discussion(row.number),
        pull: row.is_pull(),
        badge: badge(&row.status),
        author_page: crate::web::urls::namespace(&row.name),
        author: row.name,
        title: row.title,
        when: When { at: row.moved, now: visit.now },
        // The first is what it was opened with.
        comments: Many(u64::try_from(row.comments - 1).unwrap_or_default(), "answer"),
        locked: row.locked,
    });
    let rows: Vec<Row> = rows.collect();
    let more = start + (rows.len() as i64) < count;
    let wanted = discuss::wanted(&app.commons, grant, 0).await?;
    let belongs = grant.may(Action::Write);
    Ok(Page(DiscussionsPage {
        states: STATES
            .map(|(word, text)| Choice { text, href: at(word, kind, 0), here: word == status })
            .into(),
        kinds: KINDS
            .map(|(word, text)| Choice { text, href: at(status, word, 0), here: word == kind })
            .into(),
        newer: (page > 0).then(|| at(status, kind, page - 1)),
        older: more.then(|| at(status, kind, page + 1)),
        may_open: grant.may(Action::Propose),
        watches: visit.actor.as_ref().map(|_| wanted.repo.unwrap_or(belongs)),
        frame: opened.frame(&visit, "Discussions"),
        head: Head { at: None, ..opened.head },
        author,
        rows,
    }))
}

#[cfg(test)]
impl DiscussionsPage {
    /// With all that a list can say, and with nothing in it.
    pub(crate) fn samples() -> Vec<DiscussionsPage> {
        use crate::web::samples::{head, href, member, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let row = |number, pull, status| Row {
            number,
            title: text(),
            href: href(),
            pull,
            badge: badge(status),
            author: text(),
            author_page: href(),
            when: when(),
            comments: Many(2, "answer"),
            locked: pull,
        };
        let choices = || vec![Choice { text: "Open", href: href(), here: true }];
        let page = |frame, rows, author, watches| DiscussionsPage {
            frame,
            head: head(Model, Tab::Talk),
            states: choices(),
            kinds: choices(),
            author,
            rows,
            newer: Some(href()),
            older: Some(href()),
            may_open: true,
            watches,
        };
        let rows = || vec![row(2, true, "merged"), row(1, false, "open")];
        vec![
            page(member(Here::Kind(Model)), rows(), text(), Some(true)),
            page(member(Here::Kind(Model)), Vec::new(), String::new(), Some(false)),
            page(stranger(Here::Kind(Model)), rows(), String::new(), None),
        ]
    }
}
