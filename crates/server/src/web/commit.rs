//! One commit: what it says, what it changed, and how much of it is new.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::changes::{self as deeds, Weight};

use super::changes::{self, At, Changes, Shown};
use super::diff;
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::show::{Bytes, When};
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
    weight: Weight,
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
        weight: deeds::weigh(commons, grant, commit).await?,
        oid,
        changes,
        head: opened.head,
    }))
}

impl CommitPage {
    /// How much of what it adds or changes is new, in hundredths.
    fn new_share(&self) -> u64 {
        let all = u128::from(self.weight.new) + u128::from(self.weight.shared);
        let share = (u128::from(self.weight.new) * 100).checked_div(all).unwrap_or_default();
        u64::try_from(share).unwrap_or(100)
    }

    fn new_bytes(&self) -> Bytes {
        Bytes(self.weight.new)
    }

    fn shared_bytes(&self) -> Bytes {
        Bytes(self.weight.shared)
    }

    fn has_bytes(&self) -> bool {
        self.weight.new > 0 || self.weight.shared > 0
    }
}

#[cfg(test)]
impl CommitPage {
    /// A merge of which much is said, and a first commit without bytes.
    pub(crate) fn samples() -> Vec<CommitPage> {
        use super::samples::{OID, head, href, member, stranger, text, when};
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
            weight,
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
