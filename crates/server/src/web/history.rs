//! The history of a revision or of one path in it, newest first.

use askama::Template;
use axum::extract::State;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::See;
use seedcorn_commons::browse::{self, Revision};
use seedcorn_commons::changes;
use seedcorn_commons::publish::refs::{self, From};
use seedcorn_core::digest::Oid;
use seedcorn_core::limits;

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Opened, Tab};
use super::scale::Scale;
use super::show::{When, cut};
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
    commit: String,
    tree: String,
    oid: String,
    author: String,
    when: When,
    /// How many bytes of it are new, if it was weighed.
    scale: Option<Scale>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "history.html")]
pub(crate) struct HistoryPage {
    frame: Frame,
    head: Head,
    /// The path whose commits are listed; empty for all.
    path: String,
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
    let path = place.part("path").trim_matches('/').to_owned();
    let (commits, after) = match path.is_empty() {
        true => whole(&app, &opened, place.part("rev"), &query).await?,
        false => touching(&app, &opened, &path, &query).await?,
    };
    let weights = changes::weigh_some(&app.commons, &opened.grant, &commits).await?;
    let urls = &opened.head.urls;
    let here = urls.commits(opened.head.revision(), &path);
    let rows = commits.iter().map(|commit| {
        let oid = commit.oid.to_string();
        Row {
            title: cut(commit.title(), limits::LISTED_TITLE_CHARS),
            description: cut(commit.description(), limits::LISTED_TEXT_CHARS),
            commit: urls.commit(&oid),
            tree: urls.tree(&oid, ""),
            oid: oid[..7].to_owned(),
            author: commit.author.clone(),
            when: When { at: commit.at, now: visit.now },
            scale: weights.get(&commit.oid).copied().map(Scale),
        }
    });
    let rows = rows.collect();
    let next = after.map(|after| format!("{here}?after={after}"));
    let what = if path.is_empty() { "History".to_owned() } else { format!("History of {path}") };
    Ok(Page(HistoryPage { frame: opened.frame(&visit, &what), head: opened.head, path, rows, next }))
}

/// A page of commits, and where the next begins.
type Found = (Vec<Revision>, Option<String>);

/// The commits that touched a path. One that was never there has no page.
async fn touching(app: &App, opened: &Opened, path: &str, query: &Query) -> Answer<Found> {
    let from = match query.get("after") {
        None => opened.commit.clone(),
        Some(text) => {
            let oid: Oid = text.parse().map_err(|_| unclear())?;
            browse::revision(&app.commons, &opened.grant, &oid.to_string()).await?
        }
    };
    let page = changes::touched(&app.commons, &opened.grant, &from, path, PAGE).await?;
    if page.commits.is_empty() && page.next.is_none() && query.get("after").is_none() {
        let message = format!("{path} was never there");
        return Err(Refusal::NoEntry { message, commit: Some(opened.commit.oid) }.into());
    }
    Ok((page.commits, page.next.map(|next| next.oid.to_string())))
}

fn unclear() -> Refusal {
    Refusal::Invalid("This link is not whole.".into())
}

async fn whole(app: &App, opened: &Opened, revision: &str, query: &Query) -> Answer<Found> {
    let from = match query.get("after") {
        Some(text) => From::Place(read(text).ok_or_else(unclear)?),
        None => From::Revision(revision, 0),
    };
    let page = refs::history(&app.commons, &opened.grant, from, PAGE).await?;
    let after = page.next.map(|next| BASE64_URL_SAFE_NO_PAD.encode(next.to_string()));
    Ok((page.commits, after))
}

fn read(text: &str) -> Option<refs::Place> {
    refs::Place::parse(std::str::from_utf8(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?)
}

#[cfg(test)]
impl HistoryPage {
    /// Of a revision, and of a path in it that nothing touched so far.
    pub(crate) fn samples() -> Vec<HistoryPage> {
        use super::samples::{OID, head, href, member, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Paper;
        let row = |description, scale| Row {
            title: text(),
            description,
            commit: href(),
            tree: href(),
            oid: OID[..7].to_owned(),
            author: text(),
            when: when(),
            scale,
        };
        let page = |frame, path, rows, next| HistoryPage {
            frame,
            head: head(Paper, Tab::History),
            path,
            rows,
            next,
        };
        let [some, none] = Scale::samples();
        let rows = vec![row(text(), Some(some)), row(String::new(), Some(none)), row(String::new(), None)];
        vec![
            page(member(Here::Kind(Paper)), String::new(), rows, Some(href())),
            page(stranger(Here::Kind(Paper)), text(), Vec::new(), None),
        ]
    }
}
