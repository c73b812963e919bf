//! `/admin`: the hub as those who run it see it: what it holds, whether it is well, its members.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::{Refusal, admin, audit, join, overview};
use seedcorn_core::access::Actor;

use super::form::Form;
use super::frame::{Frame, Here, Page};
use super::show::{Bytes, Count, When};
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// A figure and what it counts.
#[derive(Clone, Debug)]
struct Figure {
    value: String,
    name: String,
}

/// One member.
#[derive(Clone, Debug)]
struct Row {
    name: String,
    href: String,
    full_name: String,
    admin: bool,
    disabled: bool,
    made: When,
    /// It is the visitor, who cannot shut themselves out.
    own: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "admin.html")]
pub(crate) struct AdminPage {
    frame: Frame,
    figures: Vec<Figure>,
    facts: Vec<Figure>,
    /// When upkeep was done last, and what.
    upkeep: Option<(When, String)>,
    trouble: Option<String>,
    rows: Vec<Row>,
    prefix: String,
    /// The address of the next page of members.
    next: Option<String>,
    /// Whether people may be invited.
    invites: bool,
    /// A link just made, shown once, and what it is for.
    link: Option<(String, String)>,
    done: Option<String>,
    error: Option<String>,
}

/// How many there are of a kind, as words.
fn count(tally: &[overview::Tally], kind: &str) -> u64 {
    let found = tally.iter().find(|row| row.kind == kind);
    found.map_or(0, |row| u64::try_from(row.n).unwrap_or_default())
}

fn size(held: &overview::Stored) -> u64 {
    u64::try_from(held.bytes).unwrap_or_default()
}

fn figures(all: &overview::Overview) -> Vec<Figure> {
    let figure = |value: String, name: &str| Figure { value, name: name.into() };
    let counted = |tally, kind, name| figure(Count(count(tally, kind)).to_string(), name);
    let stored = size(&all.xorbs) + size(&all.packs);
    vec![
        counted(&all.namespaces, "member", "Members"),
        counted(&all.namespaces, "group", "Groups"),
        counted(&all.repos, "model", "Models"),
        counted(&all.repos, "dataset", "Datasets"),
        counted(&all.repos, "space", "Spaces"),
        counted(&all.repos, "paper", "Papers"),
        counted(&all.repos, "code", "Code"),
        figure(Bytes(size(&all.files)).to_string(), "Large files, repo by repo"),
        figure(Bytes(stored).to_string(), "Kept of them, with history"),
    ]
}

/// How many jobs wait, and whether some cannot be done.
fn jobs((waiting, failing): (i64, i64)) -> String {
    match (waiting, failing) {
        (0, _) => "all done".to_owned(),
        (waiting, 0) => format!("{waiting} waiting"),
        (waiting, failing) => {
            format!("{waiting} waiting, {failing} of them failed again and again: see the log")
        }
    }
}

fn facts(app: &App, all: &overview::Overview) -> Vec<Figure> {
    let fact = |name: &str, value: String| Figure { value, name: name.into() };
    vec![
        fact(
            "Database and depot",
            if all.trouble.is_none() { "answer".into() } else { "do not answer".into() },
        ),
        fact("Uploads under way", all.uploads.to_string()),
        fact("Jobs", jobs(all.jobs)),
        fact("Chunks", format!("{} in {} xorbs", Bytes(size(&all.xorbs)), all.xorbs.objects)),
        fact("History", format!("{} in {} packs", Bytes(size(&all.packs)), all.packs.objects)),
        fact("Store generation", all.generation.clone()),
        fact("Joining", format!("{:?}", app.registration).to_lowercase()),
        fact("Version", env!("CARGO_PKG_VERSION").into()),
    ]
}

async fn page(app: &App, visit: &Visit, prefix: &str, after: &str) -> Answer<AdminPage> {
    let actor = visit.member()?;
    let all = overview::look(&app.commons, actor).await?;
    let name = |text: &str| text.chars().filter(|c| c.is_ascii_graphic()).take(96).collect::<String>();
    let (prefix, after) = (name(prefix), name(after));
    let (rows, more) = overview::members(&app.commons, actor, &prefix, &after).await?;
    let next = rows.last().filter(|_| more).map(|row| urls::members(&prefix, &row.name));
    let rows = rows.into_iter().map(|row| Row {
        href: urls::namespace(&row.name),
        own: row.id == actor.member,
        full_name: if row.full_name == row.name { String::new() } else { row.full_name },
        admin: row.admin,
        disabled: row.disabled,
        made: When { at: row.created, now: visit.now },
        name: row.name,
    });
    Ok(AdminPage {
        frame: visit.frame("This hub", "", Here::Elsewhere),
        figures: figures(&all),
        facts: facts(app, &all),
        upkeep: all.upkeep.map(|(at, done)| (When { at, now: visit.now }, done.told())),
        rows: rows.collect(),
        trouble: all.trouble,
        prefix,
        next,
        invites: app.registration != join::Registration::Closed,
        link: None,
        done: None,
        error: None,
    })
}

/// `GET /admin?q=…&after=…`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<AdminPage>> {
    let (prefix, after) = (query.get("q").unwrap_or_default(), query.get("after").unwrap_or_default());
    Ok(Page(page(&app, &visit, prefix, after).await?))
}

/// What a form of the page came to.
enum Came {
    /// It is done.
    Done(String),
    /// A link, and what it is for.
    Link(String, String),
}

/// `POST /admin`: one deed on a member, or an invitation.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Page<AdminPage>> {
    let actor = visit.member()?;
    overview::check(actor)?;
    let (what, name) = (form.text("do"), form.text("member"));
    if ["disable", "enable", "invite", "password", "revoke"].contains(&what) {
        audit::operator(&app.commons, actor, &format!("admin.{what}"), name).await?;
    }
    let came = act(&app, &visit, actor, form.text("do"), form.text("member")).await;
    let page = page(&app, &visit, form.text("q"), "").await?;
    match came {
        Ok(Came::Done(done)) => Ok(Page(AdminPage { done: Some(done), ..page })),
        Ok(Came::Link(link, what)) => Ok(Page(AdminPage { link: Some((link, what)), ..page })),
        Err(refusal @ (Refusal::Invalid(_) | Refusal::Conflict(_))) => {
            Ok(Page(AdminPage { error: Some(refusal.to_string()), ..page }))
        }
        Err(refusal) => Err(refusal.into()),
    }
}

async fn act(app: &App, visit: &Visit, actor: &Actor, what: &str, name: &str) -> Result<Came, Refusal> {
    let (db, now, base) = (app.commons.database(), visit.now, &visit.base);
    let done = match what {
        "invite" if app.registration != join::Registration::Closed => {
            let link = format!("{base}/join?code={}", join::invite(db, now).await?);
            return Ok(Came::Link(link, "One person can join by it, once, within a week.".into()));
        }
        "password" => {
            let link = format!("{base}/join/password?code={}", join::password_link(db, name, now).await?);
            return Ok(Came::Link(link, format!("{name} sets a new password by it, once, within a day.")));
        }
        "disable" | "revoke" if name.eq_ignore_ascii_case(&actor.name) => {
            return Err(Refusal::Invalid("This would shut you out. Let another admin do it.".into()));
        }
        "disable" => {
            admin::disable_member(db, name, now).await?;
            format!("{name} is shut out. What they published stays.")
        }
        "enable" => {
            admin::enable_member(db, name, now).await?;
            format!("{name} may come in again, by their password or a new token.")
        }
        "revoke" => {
            let revoked = admin::revoke_all(db, name, now).await?;
            format!("{revoked} tokens and sessions of {name} are taken back.")
        }
        _ => return Err(Refusal::Invalid("Choose what to do.".into())),
    };
    Ok(Came::Done(done))
}

#[cfg(test)]
impl AdminPage {
    /// All there is to say; and a hub that nobody can join, of which nothing is known yet.
    pub(crate) fn samples() -> Vec<AdminPage> {
        use super::samples::{href, member, text, when};
        let row = |admin, disabled, own| Row {
            name: text(),
            href: href(),
            full_name: text(),
            admin,
            disabled,
            made: when(),
            own,
        };
        let figures = || vec![Figure { value: text(), name: text() }];
        let full = AdminPage {
            frame: member(Here::Elsewhere),
            figures: figures(),
            facts: figures(),
            upkeep: Some((when(), text())),
            trouble: Some(text()),
            rows: vec![row(true, false, true), row(false, false, false), row(false, true, false)],
            prefix: text(),
            next: Some(href()),
            invites: true,
            link: Some((href(), text())),
            done: Some(text()),
            error: Some(text()),
        };
        let bare = AdminPage {
            frame: member(Here::Elsewhere),
            figures: figures(),
            facts: Vec::new(),
            upkeep: None,
            trouble: None,
            rows: Vec::new(),
            prefix: String::new(),
            next: None,
            invites: false,
            link: None,
            done: None,
            error: None,
        };
        vec![full, bare]
    }
}
