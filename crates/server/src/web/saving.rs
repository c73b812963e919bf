//! What the forms that make a commit share: where it goes, what it says of itself, and what comes of it.

use axum::response::{IntoResponse, Redirect, Response};
use http::StatusCode;
use seedcorn_commons::access::{Level, Propose};
use seedcorn_commons::publish::{CommitHeader, Committed, Target, check_target};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::access::Action;
use seedcorn_core::digest::Oid;

use super::form::{Form, Wrong};
use super::urls::RepoUrls;
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;

/// The fields that all of these forms have, as they were sent or as they begin.
#[derive(Clone, Debug)]
pub(crate) struct Saving {
    /// The branch, or the head of a pull request, as links name it.
    pub(crate) revision: String,
    /// Whether the visitor may commit to it.
    pub(crate) write: bool,
    /// Whether a pull request against it can be opened.
    pub(crate) propose: bool,
    /// A pull request is wanted.
    pub(crate) pull: bool,
    /// What the commit says in a line.
    pub(crate) summary: String,
    /// What it says if nothing was written there.
    pub(crate) otherwise: String,
    /// And the rest.
    pub(crate) description: String,
}

impl Saving {
    /// A form that has not been filled in.
    ///
    /// # Errors
    /// `NoRevision` for what cannot be committed to, such as a tag; `Forbidden` for the pull request of somebody else.
    pub(crate) async fn open(
        app: &App,
        grant: &Grant<Propose>,
        revision: &str,
        otherwise: String,
    ) -> Answer<Saving> {
        let propose = !revision.starts_with("refs/pr/");
        let write = match check_target(&app.commons, grant, &Target::new(revision, false)).await {
            Ok(()) => true,
            Err(Refusal::Forbidden(_)) if propose => false,
            Err(refusal) => return Err(refusal.into()),
        };
        let (summary, description) = (String::new(), String::new());
        let revision = revision.to_owned();
        Ok(Saving { revision, write, propose, pull: !write, summary, otherwise, description })
    }

    /// The same as it was filled in.
    pub(crate) fn filled(self, form: &Form) -> Saving {
        Saving {
            pull: self.propose && (!self.write || form.text("to") == "pull"),
            summary: form.text("summary").to_owned(),
            description: lines(form.text("description")),
            ..self
        }
    }

    /// Where the commit goes.
    pub(crate) fn target(&self) -> Target {
        Target::new(&self.revision, self.pull)
    }

    /// What it says of itself.
    pub(crate) fn header(&self, parent: Option<Oid>) -> CommitHeader {
        let summary = if self.summary.is_empty() { &self.otherwise } else { &self.summary };
        CommitHeader {
            summary: summary.clone(),
            description: self.description.clone(),
            parent: parent.map(|parent| parent.to_string()),
        }
    }

    /// The page to look at what was done: the pull request, if there is one, else what `page` makes of the revision.
    pub(crate) fn done(
        &self,
        committed: &Committed,
        urls: &RepoUrls,
        page: impl FnOnce(&str) -> String,
    ) -> Response {
        let to = match committed.pull {
            Some(number) => urls.discussion(number),
            None => page(&self.revision),
        };
        Redirect::to(&to).into_response()
    }
}

/// The commit that a form was made on.
///
/// # Errors
/// `Invalid` without one: a form that does not say what it was made on could undo what others did.
pub(crate) fn parent(form: &Form) -> Answer<Oid> {
    let parent = form.text("parent").parse();
    Ok(parent.map_err(|_| Refusal::Invalid("the form does not say on which commit it was made".into()))?)
}

/// The fault that a commit found with a form; what is nobody's to mend in it goes on as a refusal.
pub(crate) fn fault(field: &'static str, refusal: Refusal) -> Answer<Wrong> {
    match refusal {
        Refusal::Unprocessable(_) | Refusal::TooLarge(_) => Ok(Wrong::at(field, refusal.to_string())),
        Refusal::Forbidden(_) => Err(refusal.into()),
        refusal => Wrong::told(field, refusal),
    }
}

/// A form that was made on a commit which is not the newest any more.
pub(crate) fn stale(page: Response) -> Response {
    let mut page = page;
    *page.status_mut() = StatusCode::PRECONDITION_FAILED;
    page
}

/// Text fields end every line in CR LF, whatever was in them.
pub(crate) fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Whether the visitor of a page may commit to the revision they look at, so that it has a button for it.
pub(crate) async fn may_commit<L: Level>(app: &App, place: &Place, seen: &Grant<L>, revision: &str) -> bool {
    if !seen.may(Action::Write) {
        return false;
    }
    // A refusal means no button; where there is a fault, the page itself meets it.
    match place.grant::<Propose>(app).await {
        Ok(grant) if grant.may(Action::Write) => {
            check_target(&app.commons, &grant, &Target::new(revision, false)).await.is_ok()
        }
        _ => false,
    }
}

/// The buttons of pages that lead to forms: those of a folder.
pub(crate) fn folder_acts(urls: &RepoUrls, revision: &str, folder: &str) -> Vec<(&'static str, String)> {
    vec![("Upload files", urls.upload(revision, folder)), ("Write a file", urls.new_file(revision, folder))]
}
