//! A file deleted in a browser, after a look at what is going to be gone.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use seedcorn_commons::access::{Propose, Read, See};
use seedcorn_commons::publish::Draft;
use seedcorn_commons::{Grant, Refusal, pull};
use seedcorn_core::digest::Oid;

use super::form::{LongForm, Wrong};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::saving::{self, Saving};
use super::show::Bytes;
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::Place;
use crate::refuse::{Answer, Failure};

/// The page.
#[derive(Debug, Template)]
#[template(path = "delete.html")]
pub(crate) struct DeletePage {
    frame: Frame,
    head: Head,
    saving: Saving,
    path: String,
    /// What it is now.
    size: Bytes,
    hash: String,
    parent: String,
    /// The branch has moved since the form was made; whether the file is another now.
    stale: Option<bool>,
    wrong: Wrong,
}

struct Asked {
    grant: Grant<Propose>,
    read: Grant<Read>,
    saving: Saving,
    path: String,
}

impl Asked {
    async fn new(app: &App, place: &Place) -> Answer<Asked> {
        let grant = place.grant::<Propose>(app).await?;
        let read = grant.lower::<Read>().ok_or(Refusal::Unseen)?;
        let path = place.part("path").trim_matches('/').to_owned();
        let saving = Saving::open(app, &grant, place.part("rev"), format!("Delete {path}")).await?;
        Ok(Asked { grant, read, saving, path })
    }

    async fn page(&self, app: &App, visit: &Visit) -> Answer<DeletePage> {
        let see = self.grant.lower::<See>().ok_or(Refusal::Unseen)?;
        let opened = head::open(app, visit, see, &self.saving.revision, Tab::Files).await?;
        let commit = opened.commit.oid;
        let located = pull::locate(&app.commons, &self.read, &commit.to_string(), &self.path, true).await?;
        Ok(DeletePage {
            frame: opened.frame(visit, &format!("Delete {}", self.path)),
            head: opened.head,
            saving: self.saving.clone(),
            path: self.path.clone(),
            size: Bytes(located.bytes),
            hash: located.etag(),
            parent: commit.to_string(),
            stale: None,
            wrong: Wrong::default(),
        })
    }

    /// What the file was at a commit.
    async fn hash_at(&self, app: &App, commit: &Oid) -> Answer<Option<String>> {
        match pull::locate(&app.commons, &self.read, &commit.to_string(), &self.path, true).await {
            Ok(located) => Ok(Some(located.etag())),
            Err(Refusal::NoEntry { .. } | Refusal::NoRevision(_)) => Ok(None),
            Err(refusal) => Err(refusal.into()),
        }
    }
}

/// `GET …/delete/{rev}/{path}`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, place: Place) -> Answer<Page<DeletePage>> {
    let asked = Asked::new(&app, &place).await?;
    Ok(Page(asked.page(&app, &visit).await?))
}

/// `POST …/delete/{rev}/{path}`.
pub(crate) async fn post(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    LongForm(form): LongForm,
) -> Answer<Response> {
    let mut asked = Asked::new(&app, &place).await?;
    asked.saving = asked.saving.filled(&form);
    let parent = saving::parent(&form)?;
    let before = asked.hash_at(&app, &parent).await?;
    // Of a folder all would be deleted, which nobody was shown.
    let outcome = match before {
        Some(_) => commit(&app, &asked, parent).await,
        None => Err(Refusal::Stale.into()),
    };
    let refusal = match outcome {
        Ok(response) => return Ok(response),
        Err(Failure(refusal)) => refusal,
    };
    let page = asked.page(&app, &visit).await?;
    if matches!(refusal, Refusal::Stale) {
        let changed = before.as_ref() != Some(&page.hash);
        let page = DeletePage { stale: Some(changed), ..page };
        return Ok(saving::stale(Page(page).into_response()));
    }
    let wrong = saving::fault("summary", refusal)?;
    Ok(Page(DeletePage { wrong, ..page }).into_response())
}

async fn commit(app: &App, asked: &Asked, parent: Oid) -> Answer<Response> {
    let mut draft = Draft::begin(&app.commons, asked.grant.clone(), asked.saving.target()).await?;
    draft.delete_file(asked.path.clone())?;
    let committed = draft.finish(asked.saving.header(Some(parent))).await?;
    let urls = RepoUrls::new(asked.grant.repo().kind, &asked.grant.repo().full_name());
    // Its folder may be gone with it.
    Ok(asked.saving.done(&committed, &urls, |revision| urls.tree(revision, "")))
}

#[cfg(test)]
impl DeletePage {
    /// A fresh form, one with a fault, and two that came late: the file is another, or as it was.
    pub(crate) fn samples() -> Vec<DeletePage> {
        use super::samples::{OID, head, member, proposing, saving, text, wrong};
        use seedcorn_core::repo::RepoKind::Space;
        let page = |saving, stale, wrong| DeletePage {
            frame: member(Here::Kind(Space)),
            head: head(Space, Tab::Files),
            saving,
            path: text(),
            size: Bytes(4200),
            hash: text(),
            parent: OID.into(),
            stale,
            wrong,
        };
        vec![
            page(saving(), None, Wrong::default()),
            page(saving(), Some(true), wrong("summary")),
            page(proposing(), Some(false), wrong("description")),
        ]
    }
}
