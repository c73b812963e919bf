//! The groups of the commons, by name.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::people;

use super::frame::{Frame, Here, Page};
use super::show::Many;
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// A group of the list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    full_name: String,
    href: String,
    works: Many,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "groups.html")]
pub(crate) struct GroupsPage {
    frame: Frame,
    /// What their names are to hold.
    find: String,
    groups: Vec<Row>,
    next: Option<String>,
}

/// `GET /groups`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<GroupsPage>> {
    let find = query.get("q").unwrap_or_default().trim().to_owned();
    let after = query.get("after").unwrap_or_default();
    let (groups, next) = people::groups(&app.commons, &find, after).await?;
    let groups = groups.into_iter().map(|group| Row {
        href: urls::namespace(&group.name),
        works: Many(u64::try_from(group.works).unwrap_or_default(), "work"),
        name: group.name,
        full_name: group.full_name,
    });
    let next = next.map(|last| format!("/groups?q={}&after={}", segment(&find), segment(&last)));
    let frame = visit.frame("Groups", "Groups that publish here", Here::Groups);
    Ok(Page(GroupsPage { frame, find, groups: groups.collect(), next }))
}

#[cfg(test)]
impl GroupsPage {
    /// A page of groups, none that match, and none at all.
    pub(crate) fn samples() -> Vec<GroupsPage> {
        use super::samples::{href, member, stranger, text};
        let row = |full_name| Row { name: text(), full_name, href: href(), works: Many(1200, "work") };
        let none = |find| GroupsPage { frame: stranger(Here::Groups), find, groups: Vec::new(), next: None };
        let groups = vec![row(format!("{} Lab", text())), row(text())];
        vec![
            GroupsPage { frame: member(Here::Groups), find: text(), groups, next: Some(href()) },
            none(text()),
            none(String::new()),
        ]
    }
}
