//! A group as those who run it see it: made, named, members taken in, given roles and let go.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::{account, groups};
use seedcorn_core::access::Role;
use seedcorn_core::limits;

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::pull_policy;
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// The form for a new group.
#[derive(Debug, Template)]
#[template(path = "group_new.html")]
pub(crate) struct NewGroupPage {
    frame: Frame,
    wrong: Wrong,
    name: String,
    full_name: String,
}

/// `GET /groups/new`.
pub(crate) async fn new(visit: Visit) -> Answer<Page<NewGroupPage>> {
    visit.member()?;
    let (wrong, name, full_name) = Default::default();
    Ok(Page(NewGroupPage { frame: visit.frame("New group", "", Here::Groups), wrong, name, full_name }))
}

/// `POST /groups/new`.
pub(crate) async fn make(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    let (name, full_name) = (form.text("name").to_owned(), form.text("full_name").to_owned());
    match groups::make(&app.commons, visit.member()?, &name, &full_name).await {
        Ok(row) => Ok(Redirect::to(&urls::group_members(&row.name)).into_response()),
        Err(refusal) => {
            let field = if refusal.to_string().contains("full name") { "full_name" } else { "name" };
            let wrong = Wrong::told(field, refusal)?;
            let frame = visit.frame("New group", "", Here::Groups);
            Ok(Page(NewGroupPage { frame, wrong, name, full_name }).into_response())
        }
    }
}

/// One member.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    href: String,
    role: String,
    /// It is the visitor.
    own: bool,
}

/// Who belongs to a group.
#[derive(Debug, Template)]
#[template(path = "members.html")]
pub(crate) struct MembersPage {
    frame: Frame,
    name: String,
    href: String,
    urls: String,
    /// What it signs with.
    signers: String,
    /// Where those who run it see whom it blocks.
    blocked: Option<String>,
    rows: Vec<Row>,
    next: Option<String>,
    /// Whether the visitor runs it.
    runs: bool,
    done: bool,
    wrong: Wrong,
    /// The forms as they were sent, or as things are.
    full_name: String,
    private_default: bool,
    pull_policy: String,
    member: String,
    role: String,
}

impl MembersPage {
    fn policies(&self) -> &'static [(&'static str, &'static str)] {
        &pull_policy::CHOICES
    }

    /// The roles there are, and what each may.
    fn roles(&self) -> [(&'static str, &'static str); 3] {
        [
            ("read", "sees private repos too"),
            ("write", "publishes"),
            ("admin", "runs the group: settings, members, deleting"),
        ]
    }
}

async fn page(app: &App, visit: &Visit, name: &str, after: &str) -> Answer<MembersPage> {
    let group = groups::get(&app.commons, visit.actor.as_ref(), name).await?;
    let own = |name: &str| visit.actor.as_ref().is_some_and(|actor| actor.name == name);
    let after = after.to_ascii_lowercase();
    let mut members: Vec<(String, String)> =
        group.members.into_iter().filter(|(name, _)| name.to_ascii_lowercase() > after).collect();
    let row = group.row;
    let next = (members.len() > limits::GROUP_MEMBERS_PAGE).then(|| {
        members.truncate(limits::GROUP_MEMBERS_PAGE);
        let last = members.last().map(|(name, _)| segment(name)).unwrap_or_default();
        format!("{}?after={last}", urls::group_members(&row.name))
    });
    let rows = members.into_iter().map(|(name, role)| Row {
        href: urls::namespace(&name),
        own: own(&name),
        role,
        name,
    });
    Ok(MembersPage {
        frame: visit.frame(format!("Members · {}", row.name), "", Here::Groups),
        href: urls::namespace(&row.name),
        urls: urls::group_members(&row.name),
        signers: urls::signers(&row.name),
        blocked: group.runs.then(|| urls::blocked(&row.name)),
        rows: rows.collect(),
        next,
        runs: group.runs,
        done: false,
        wrong: Wrong::default(),
        full_name: row.full_name,
        private_default: row.private_default,
        pull_policy: row.pull_policy,
        member: String::new(),
        role: "write".into(),
        name: row.name,
    })
}

/// `GET /groups/{group}/members`.
pub(crate) async fn members(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    query: Query,
) -> Answer<Page<MembersPage>> {
    let page = page(&app, &visit, &name, query.get("after").unwrap_or_default()).await?;
    Ok(Page(MembersPage { done: query.get("done").is_some(), ..page }))
}

fn done(name: &str) -> Response {
    Redirect::to(&format!("{}?done=1", urls::group_members(name))).into_response()
}

/// `POST /groups/{group}/members`: takes somebody in, or changes their role.
pub(crate) async fn put(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Answer<Response> {
    let actor = visit.member()?;
    let (member, role) = (form.text("member").to_owned(), form.text("role").to_owned());
    let wrong = match Role::from_word(&role) {
        None => Wrong::at("role", "Choose a role."),
        Some(role) => match groups::put(&app.commons, actor, &name, &member, role).await {
            Ok(()) => return Ok(done(&name)),
            Err(refusal) => Wrong::invalid("member", refusal)?,
        },
    };
    let page = page(&app, &visit, &name, "").await?;
    Ok(Page(MembersPage { wrong, member, role, ..page }).into_response())
}

/// `POST /groups/{group}/members/remove`: lets somebody go.
pub(crate) async fn remove(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Answer<Response> {
    match groups::remove(&app.commons, visit.member()?, &name, form.text("member")).await {
        Ok(()) => Ok(done(&name)),
        Err(refusal) => {
            let wrong = Wrong::invalid("remove", refusal)?;
            Ok(Page(MembersPage { wrong, ..page(&app, &visit, &name, "").await? }).into_response())
        }
    }
}

/// `POST /groups/{group}/profile`: what others read of it.
pub(crate) async fn profile(
    State(app): State<App>,
    visit: Visit,
    Path(name): Path<String>,
    form: Form,
) -> Answer<Response> {
    let actor = visit.member()?;
    let (full_name, private) = (form.text("full_name").to_owned(), form.text("private_default") == "on");
    let policy = pull_policy::chosen(&form);
    let profile = account::Profile { full_name: &full_name, private_default: private, policy };
    match groups::set_profile(&app.commons, actor, &name, profile).await {
        Ok(()) => Ok(done(&name)),
        Err(refusal) => {
            let wrong = Wrong::invalid("full_name", refusal)?;
            let page = page(&app, &visit, &name, "").await?;
            let pull_policy = policy.to_string();
            let page = MembersPage { wrong, full_name, private_default: private, pull_policy, ..page };
            Ok(Page(page).into_response())
        }
    }
}

#[cfg(test)]
impl NewGroupPage {
    /// The form with a fault in either field.
    pub(crate) fn samples() -> Vec<NewGroupPage> {
        use super::samples::{member, text, wrong};
        let page = |field| NewGroupPage {
            frame: member(Here::Groups),
            wrong: wrong(field),
            name: text(),
            full_name: text(),
        };
        ["name", "full_name"].map(page).into()
    }
}

#[cfg(test)]
impl MembersPage {
    /// For somebody who runs the group, with each fault; for a member; and for a stranger to a group that nobody is in.
    pub(crate) fn samples() -> Vec<MembersPage> {
        use super::samples::{href, member, stranger, text, wrong};
        let row = |role: &str, own| Row { name: text(), href: href(), role: role.into(), own };
        let page = |frame, runs, rows, wrong| MembersPage {
            frame,
            name: text(),
            href: href(),
            urls: href(),
            signers: href(),
            blocked: Some(href()),
            rows,
            next: Some(href()),
            runs,
            done: true,
            wrong,
            full_name: text(),
            private_default: true,
            pull_policy: "refuse III".into(),
            member: text(),
            role: "admin".into(),
        };
        let rows = || vec![row("admin", true), row(&text(), false)];
        let runs = |field| page(member(Here::Groups), true, rows(), wrong(field));
        let mut all: Vec<MembersPage> = ["remove", "member", "role", "full_name"].map(runs).into();
        all.push(page(member(Here::Groups), false, rows(), Wrong::default()));
        all.push(page(stranger(Here::Groups), false, Vec::new(), Wrong::default()));
        all
    }
}
