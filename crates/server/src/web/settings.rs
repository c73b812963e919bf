//! A repo's settings, for those who may change them: who sees it, what it is called, and its end.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::access::{Admin, See};
use seedcorn_commons::repo::{self, Settings};
use seedcorn_commons::{Grant, Refusal, people};

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::urls::{self, RepoUrls};
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// The page.
#[derive(Debug, Template)]
#[template(path = "settings.html")]
pub(crate) struct SettingsPage {
    frame: Frame,
    head: Head,
    /// Namespaces to which the visitor may move it, the one so far among them.
    homes: Vec<String>,
    /// Why whoever runs the hub took it down; empty if nobody did.
    disabled: String,
    /// Which form was just carried out.
    done: bool,
    /// What was wrong with the form that was sent.
    wrong: Wrong,
    /// The forms as they were sent, or as things are.
    private: bool,
    gated: String,
    owner: String,
    name: String,
    confirm: String,
}

async fn page(app: &App, visit: &Visit, grant: &Grant<Admin>) -> Answer<SettingsPage> {
    let (actor, row) = (visit.member()?, grant.repo());
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let opened = head::open(app, visit, see, "main", Tab::Settings).await?;
    let mut homes = people::homes(&app.commons, actor).await?;
    if !homes.contains(&row.owner) {
        homes.push(row.owner.clone());
    }
    Ok(SettingsPage {
        frame: opened.frame(visit, "Settings"),
        head: Head { at: None, ..opened.head },
        homes,
        disabled: row.disabled.clone(),
        done: false,
        wrong: Wrong::default(),
        private: row.private,
        gated: row.gated.clone(),
        owner: row.owner.clone(),
        name: row.name.clone(),
        confirm: String::new(),
    })
}

/// `GET …/settings`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<SettingsPage>> {
    let grant = place.grant::<Admin>(&app).await?;
    let page = page(&app, &visit, &grant).await?;
    Ok(Page(SettingsPage { done: query.get("done").is_some(), ..page }))
}

/// Where a form that was carried out leads.
fn done(urls: &RepoUrls) -> Response {
    Redirect::to(&format!("{}?done=1", urls.settings())).into_response()
}

/// `POST …/settings/visibility`: who sees it, and who gets its files.
pub(crate) async fn visibility(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Response> {
    let grant = place.grant::<Admin>(&app).await?;
    let private = match form.text("visibility") {
        "public" => Some(false),
        "private" => Some(true),
        _ => None,
    };
    let gated = match form.text("gated") {
        "none" => Some(""),
        word @ ("auto" | "manual") => Some(word),
        _ => None,
    };
    let row = grant.repo();
    let wrong = match (private, gated) {
        (None, _) => Wrong::at("visibility", "Choose who may see it."),
        (_, None) => Wrong::at("gated", "Choose who gets the files."),
        (private, Some(gated)) => {
            repo::set(&app.commons, &grant, Settings { private, gated: Some(gated.to_owned()) }).await?;
            return Ok(done(&RepoUrls::new(row.kind, &row.full_name())));
        }
    };
    let page = page(&app, &visit, &grant).await?;
    let private = private.unwrap_or(page.private);
    let gated = gated.map_or(page.gated, str::to_owned);
    Ok(Page(SettingsPage { wrong, private, gated, ..page }).into_response())
}

/// `POST …/settings/name`: renames it, or gives it to another namespace.
pub(crate) async fn rename(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Response> {
    let grant = place.grant::<Admin>(&app).await?;
    let (owner, name) = (form.text("owner").to_owned(), form.text("name").to_owned());
    let refusal = match repo::rename(&app.commons, &grant, &format!("{owner}/{name}")).await {
        Ok(now) => return Ok(done(&RepoUrls::new(now.kind, &now.full_name()))),
        Err(refusal) => refusal,
    };
    let field = if matches!(refusal, Refusal::Forbidden(_)) { "owner" } else { "name" };
    let wrong = Wrong::told(field, refusal)?;
    let page = page(&app, &visit, &grant).await?;
    Ok(Page(SettingsPage { wrong, owner, name, ..page }).into_response())
}

/// `POST …/settings/delete`: only when the full name was typed.
pub(crate) async fn delete(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Response> {
    let grant = place.grant::<Admin>(&app).await?;
    let (confirm, full_name) = (form.text("confirm").to_owned(), grant.repo().full_name());
    if confirm == full_name {
        repo::delete(&app.commons, &grant).await?;
        return Ok(Redirect::to(&urls::namespace(&grant.repo().owner)).into_response());
    }
    let wrong = Wrong::at("confirm", format!("Nothing was deleted: type {full_name} to confirm."));
    let page = page(&app, &visit, &grant).await?;
    Ok(Page(SettingsPage { wrong, confirm, ..page }).into_response())
}

#[cfg(test)]
impl SettingsPage {
    /// The forms with each fault, in each state that a repo can be in.
    pub(crate) fn samples() -> Vec<SettingsPage> {
        use super::samples::{head, member, text, wrong};
        use seedcorn_core::repo::RepoKind::Dataset;
        let page = |(field, private, gated): (&'static str, bool, &str)| SettingsPage {
            frame: member(Here::Kind(Dataset)),
            head: Head { at: None, ..head(Dataset, Tab::Settings) },
            homes: vec![text(), "ada".into()],
            disabled: text(),
            done: private,
            wrong: wrong(field),
            private,
            gated: gated.into(),
            owner: text(),
            name: text(),
            confirm: text(),
        };
        let all = [
            ("visibility", false, ""),
            ("gated", true, "auto"),
            ("owner", false, "manual"),
            ("name", true, ""),
            ("confirm", false, ""),
        ];
        all.map(page).into()
    }
}
