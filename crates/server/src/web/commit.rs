//! One commit: what it says, what it changed, and how much of it is new.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::changes as deeds;

use super::changes::{self, At, Changes, Shown};
use super::diff;
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::scale::Scale;
use super::show::When;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// The page.
#[derive(Debug, Template)]
#[template(path = "commit.html")]
pub(crate) struct CommitPage {
    frame: Frame,
    head: Head,
    title: String,
    description: String,
    author: String,
    when: When,
    /// The day, for those whom "an hour ago" does not tell enough.
    date: String,
    oid: String,
    permalink: String,
    tree: String,
    /// Short ids and pages of its parents.
    parents: Vec<(String, String)>,
    scale: Scale,
    changes: Changes,
}

/// `GET …/commit/{rev}`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<CommitPage>> {
    let (see, read) = changes::grants(&app, &place).await?;
    let opened = head::open(&app, &visit, see, place.part("rev"), Tab::History).await?;
    let (commit, grant, commons) = (&opened.commit, &opened.grant, &app.commons);
    let parent = deeds::first_parent(commons, grant, commit).await?;
    let difference = deeds::between(commons, grant, parent.as_ref(), commit).await?;
    let (urls, oid) = (&opened.head.urls, commit.oid.to_string());
    let at = At {
        urls,
        here: urls.commit(&oid),
        before: parent.as_ref().map(|parent| parent.oid.to_string()).unwrap_or_default(),
        after: oid.clone(),
    };
    let changes = changes::show(&app, (grant, read.as_ref()), &difference, &at, &query).await?;
    let parents = commit.parents().map(|parent| {
        let parent = parent.to_string();
        (parent[..7].to_owned(), urls.commit(&parent))
    });
    let description: Vec<String> = commit.description().lines().map(diff::visible).collect();
    Ok(Page(CommitPage {
        frame: opened.frame(&visit, commit.title()),
        title: diff::visible(commit.title()),
        description: description.join("\n"),
        author: commit.author.clone(),
        when: When { at: commit.at, now: visit.now },
        date: commit.at.to_string(),
        permalink: at.here.clone(),
        tree: urls.tree(&oid, ""),
        parents: parents.collect(),
        scale: Scale(deeds::weigh(commons, grant, commit).await?),
        oid,
        changes,
        head: opened.head,
    }))
}

#[cfg(test)]
impl CommitPage {
    /// A merge of which much is said, and a first commit without bytes.
    pub(crate) fn samples() -> Vec<CommitPage> {
        use super::samples::{OID, head, href, member, stranger, text, when};
        use seedcorn_commons::changes::Weight;
        use seedcorn_core::repo::RepoKind::Model;
        let page = |frame, description, parents, weight, changes| CommitPage {
            frame,
            head: head(Model, Tab::History),
            title: text(),
            description,
            author: text(),
            when: when(),
            date: text(),
            oid: OID.into(),
            permalink: href(),
            tree: href(),
            parents,
            scale: Scale(weight),
            changes,
        };
        let weigh = |new, shared, whole| Weight { new, shared, whole };
        let parent = || (OID[..7].to_owned(), href());
        let here = Here::Kind(Model);
        let [several, one] = Changes::samples();
        let none = Changes { summary: text(), files: Vec::new(), next: None, all: None };
        vec![
            page(member(here), text(), vec![parent(), parent()], weigh(42, 4200, true), several),
            page(member(here), text(), vec![parent()], weigh(42, 0, false), one),
            page(stranger(here), String::new(), Vec::new(), weigh(0, 0, true), none),
        ]
    }
}
