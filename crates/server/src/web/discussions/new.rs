//! A discussion to be opened.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::access::{Propose, See};
use seedcorn_commons::discuss::{self, New};
use seedcorn_commons::{Grant, Refusal};

use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;
use crate::web::form::{LongForm, Wrong};
use crate::web::frame::{Frame, Here, Page};
use crate::web::head::{self, Head, Tab};
use crate::web::saving::{fault, lines};
use crate::web::visit::Visit;

/// The page.
#[derive(Debug, Template)]
#[template(path = "discussion_new.html")]
pub(crate) struct NewDiscussionPage {
    frame: Frame,
    head: Head,
    title: String,
    text: String,
    wrong: Wrong,
}

async fn page(
    app: &App,
    visit: &Visit,
    grant: &Grant<Propose>,
    (title, text, wrong): (String, String, Wrong),
) -> Answer<NewDiscussionPage> {
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let opened = head::open(app, visit, see, "main", Tab::Talk).await?;
    let frame = opened.frame(visit, "New discussion");
    Ok(NewDiscussionPage { frame, head: Head { at: None, ..opened.head }, title, text, wrong })
}

/// `GET …/discussions/new`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
) -> Answer<Page<NewDiscussionPage>> {
    let grant = place.grant::<Propose>(&app).await?;
    Ok(Page(page(&app, &visit, &grant, Default::default()).await?))
}

/// `POST …/discussions/new`.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    LongForm(form): LongForm,
) -> Answer<Response> {
    let grant = place.grant::<Propose>(&app).await?;
    let (title, text) = (form.text("title").to_owned(), lines(form.text("text")));
    let new = New { title: &title, text: &text, pull: false };
    match discuss::open(&app.commons, &grant, new).await {
        Ok(number) => {
            let row = grant.repo();
            let urls = crate::web::urls::RepoUrls::new(row.kind, &row.full_name());
            Ok(Redirect::to(&urls.discussion(number)).into_response())
        }
        Err(refusal) => {
            let field = if matches!(refusal, Refusal::TooLarge(_)) { "text" } else { "title" };
            let wrong = fault(field, refusal)?;
            Ok(Page(page(&app, &visit, &grant, (title, text, wrong)).await?).into_response())
        }
    }
}

#[cfg(test)]
impl NewDiscussionPage {
    /// With a fault in each field.
    pub(crate) fn samples() -> Vec<NewDiscussionPage> {
        use crate::web::samples::{head, member, text, wrong};
        use seedcorn_core::repo::RepoKind::Model;
        let page = |field| NewDiscussionPage {
            frame: member(Here::Kind(Model)),
            head: head(Model, Tab::Talk),
            title: text(),
            text: text(),
            wrong: wrong(field),
        };
        ["title", "text"].map(page).into()
    }
}
