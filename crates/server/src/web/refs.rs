//! Branches, tags and proposals of a repo.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::access::See;
use seedcorn_commons::publish::refs;

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::show::When;
use super::visit::Visit;
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;

/// One ref.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    tree: String,
    card: String,
    oid: String,
    moved: When,
    /// What it changed since it parted from the default branch; empty for that branch itself.
    compare: String,
}

/// The refs of one sort.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    title: &'static str,
    rows: Vec<Row>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "refs.html")]
pub(crate) struct RefsPage {
    frame: Frame,
    head: Head,
    groups: Vec<Group>,
}

/// Sorts of refs: what they begin with, and whether links name them without it.
const SORTS: [(&str, &str, bool); 3] =
    [("Branches", "refs/heads/", true), ("Tags", "refs/tags/", true), ("Proposals", "refs/pr/", false)];

/// `GET …/refs`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<RefsPage>> {
    let grant = place.grant::<See>(&app).await?;
    let opened = head::open(&app, &visit, grant, "main", Tab::Refs).await?;
    let all = refs::list(&app.commons, &opened.grant).await?;
    let urls = &opened.head.urls;
    let groups = SORTS.map(|(title, prefix, short)| {
        let rows = all.iter().filter_map(|found| {
            let rest = found.name.strip_prefix(prefix)?;
            let name = if short { rest } else { found.name.as_str() };
            Some(Row {
                name: name.to_owned(),
                tree: urls.tree(name, ""),
                card: urls.card_at(name),
                oid: found.target.to_string()[..7].to_owned(),
                moved: When { at: found.moved, now: visit.now },
                compare: match found.name.as_str() {
                    "refs/heads/main" => String::new(),
                    _ => urls.compare("main", name, true),
                },
            })
        });
        Group { title, rows: rows.collect() }
    });
    let groups = groups.into_iter().filter(|group| !group.rows.is_empty()).collect();
    Ok(Page(RefsPage { frame: opened.frame(&visit, "Branches and tags"), head: opened.head, groups }))
}

#[cfg(test)]
impl RefsPage {
    pub(crate) fn sample() -> RefsPage {
        use super::samples::{HOSTILE, OID, head, href, member, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let row = |compare| Row {
            name: text(),
            tree: href(),
            card: href(),
            oid: OID[..7].to_owned(),
            moved: when(),
            compare,
        };
        let group = |title| Group { title, rows: vec![row(String::new()), row(href())] };
        RefsPage {
            frame: member(Here::Kind(Model)),
            head: head(Model, Tab::Refs),
            groups: ["Branches", HOSTILE].map(group).into(),
        }
    }
}
