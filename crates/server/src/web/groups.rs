//! Every group of the commons.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::people;

use super::frame::{Frame, Here, Page};
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// The page.
#[derive(Debug, Template)]
#[template(path = "groups.html")]
pub(crate) struct GroupsPage {
    frame: Frame,
    /// Name, name for people to read, address.
    groups: Vec<(String, String, String)>,
}

/// `GET /groups`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<GroupsPage>> {
    let groups = people::groups(&app.commons).await?.into_iter();
    let groups = groups.map(|row| (row.name.clone(), row.full_name, urls::namespace(&row.name))).collect();
    let frame = visit.frame("Groups", "Groups that publish here", Here::Groups);
    Ok(Page(GroupsPage { frame, groups }))
}

#[cfg(test)]
impl GroupsPage {
    /// Some groups, and none.
    pub(crate) fn samples() -> Vec<GroupsPage> {
        use super::samples::{href, member, stranger, text};
        let groups = vec![(text(), format!("{} Lab", text()), href()), (text(), text(), href())];
        vec![
            GroupsPage { frame: member(Here::Groups), groups },
            GroupsPage { frame: stranger(Here::Groups), groups: Vec::new() },
        ]
    }
}
