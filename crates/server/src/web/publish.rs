//! Publishing: a form that makes a repo, for members; and what to type instead, with this hub's address in it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::admin::TokenRole;
use seedcorn_commons::repo::{self, Created, NewRepo};
use seedcorn_commons::{Refusal, account, people};
use seedcorn_core::license;
use seedcorn_core::repo::RepoKind;

use super::entry;
use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page, once};
use super::paper_form::PaperForm;
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// What to type.
#[derive(Debug, Template)]
#[template(path = "publish.html")]
pub(crate) struct PublishPage {
    frame: Frame,
    /// The secret of a token made just now: shown once.
    token: Option<String>,
}

/// How long a token lasts that is made with the commands.
const TOKEN_SECS: i64 = 90 * 24 * 3600;

/// The form.
#[derive(Debug, Template)]
#[template(path = "new.html")]
pub(crate) struct NewPage {
    frame: Frame,
    /// Namespaces in which the visitor may make repos.
    homes: Vec<String>,
    licenses: &'static [&'static str],
    /// What was wrong with the form.
    wrong: Wrong,
    /// The form as it was sent, or as it begins.
    kind: RepoKind,
    owner: String,
    name: String,
    /// Whether it is to be private; without an answer, as the owner has it.
    private: Option<bool>,
    license: String,
    paper: PaperForm,
}

/// `GET /new/commands`.
pub(crate) async fn commands(visit: Visit) -> Page<PublishPage> {
    Page(with_token(&visit, None))
}

/// `POST /new/commands`: the same with a new token in its place, ready to be copied.
pub(crate) async fn token(State(app): State<App>, visit: Visit) -> Answer<Response> {
    let ends = visit.now.plus_secs(TOKEN_SECS);
    let name = format!("command line, {}", visit.now.date());
    let made = account::make_token(&app.commons, visit.member()?, &name, TokenRole::Write, Some(ends));
    Ok(once(Page(with_token(&visit, Some(made.await?)))))
}

fn with_token(visit: &Visit, token: Option<String>) -> PublishPage {
    let frame = visit.frame("Publish", "How to publish on this commons", Here::Elsewhere);
    PublishPage { frame, token }
}

/// `GET /new`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Response> {
    let Some(actor) = &visit.actor else {
        return Ok(commands(visit).await.into_response());
    };
    Ok(Page(NewPage {
        homes: people::homes(&app.commons, actor).await?,
        licenses: license::IDS,
        wrong: Wrong::default(),
        kind: query.get("kind").and_then(RepoKind::from_word).unwrap_or(RepoKind::Model),
        owner: query.get("owner").unwrap_or(&actor.name).to_owned(),
        name: String::new(),
        private: None,
        license: String::new(),
        paper: PaperForm::default(),
        frame: frame(&visit),
    })
    .into_response())
}

fn frame(visit: &Visit) -> Frame {
    visit.frame("Publish", "", Here::Elsewhere)
}

/// Makes the repo that a form asks for, or tells which field is wrong.
async fn make(
    app: &App,
    visit: &Visit,
    form: &Form,
    kind: Option<RepoKind>,
) -> Answer<Result<String, Wrong>> {
    let actor = visit.member()?;
    let Some(kind) = kind else {
        return Ok(Err(Wrong::at("kind", "Choose a model, a dataset, a space, a paper or code.")));
    };
    let private = match form.text("visibility") {
        "public" => Some(false),
        "private" => Some(true),
        "usual" => None,
        _ => return Ok(Err(Wrong::at("visibility", "Choose who may see it."))),
    };
    let owner = form.text("owner").to_owned();
    if !people::homes(&app.commons, actor).await?.iter().any(|home| home.eq_ignore_ascii_case(&owner)) {
        return Ok(Err(Wrong::at("owner", "You may not make repos there.")));
    }
    let new =
        NewRepo { kind, owner: Some(owner), name: form.text("name").to_owned(), private, sdk: String::new() };
    let license = form.text("license");
    if !license.is_empty() && !license::is_known(license) {
        return Ok(Err(Wrong::at("license", "Choose a licence of the list, or none.")));
    }
    let made = match license {
        license if kind == RepoKind::Paper => match PaperForm::read(form).facts(license) {
            Ok(facts) => repo::create_paper(&app.commons, actor, new, &facts).await,
            Err(wrong) => return Ok(Err(wrong)),
        },
        "" => repo::create(&app.commons, actor, new).await,
        license => repo::create_licensed(&app.commons, actor, new, license).await,
    };
    match made {
        Ok(Created::New(repo)) => Ok(Ok(RepoUrls::new(kind, &repo.full_name()).card().to_owned())),
        Ok(Created::Exists(_, why)) => Ok(Err(Wrong::at("name", format!("{why}.")))),
        Err(refusal) => Wrong::told("name", refusal).map(Err),
    }
}

/// `POST /new`.
pub(crate) async fn post(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    let actor = visit.member()?;
    if !actor.may_speak() {
        return Err(Refusal::Forbidden("A narrow token may not make repos.".into()).into());
    }
    let kind = RepoKind::from_word(form.text("kind"));
    let wrong = match make(&app, &visit, &form, kind).await? {
        Ok(page) => return Ok(Redirect::to(&page).into_response()),
        Err(wrong) => wrong,
    };
    Ok(Page(NewPage {
        homes: people::homes(&app.commons, actor).await?,
        licenses: license::IDS,
        wrong,
        kind: kind.unwrap_or(RepoKind::Model),
        owner: form.text("owner").to_owned(),
        name: form.text("name").to_owned(),
        private: match form.text("visibility") {
            "private" => Some(true),
            "public" => Some(false),
            _ => None,
        },
        license: form.text("license").to_owned(),
        paper: PaperForm::read(&form),
        frame: frame(&visit),
    })
    .into_response())
}

#[cfg(test)]
impl PublishPage {
    /// For a member and for a stranger.
    pub(crate) fn samples() -> Vec<PublishPage> {
        use super::samples::{member, stranger, text};
        let page = |frame, token| PublishPage { frame, token };
        vec![
            page(member(Here::Elsewhere), None),
            page(member(Here::Elsewhere), Some(text())),
            page(stranger(Here::Elsewhere), None),
        ]
    }
}

#[cfg(test)]
impl NewPage {
    /// The form with a fault in each field.
    pub(crate) fn samples() -> Vec<NewPage> {
        use super::samples::{member, text, wrong};
        let paper = || PaperForm {
            title: text(),
            authors: text(),
            arxiv: text(),
            doi: text(),
            published: text(),
            abstract_text: text(),
        };
        let page = |wrong, private| NewPage {
            frame: member(Here::Elsewhere),
            homes: vec![text(), "ada".into()],
            licenses: license::IDS,
            wrong,
            kind: RepoKind::Paper,
            owner: "ADA".into(),
            name: text(),
            private,
            license: "mit".into(),
            paper: paper(),
        };
        let fields = ["kind", "owner", "name", "visibility", "license", "title"];
        let fields = fields.into_iter().chain(["authors", "arxiv", "doi", "published", "abstract"]);
        fields
            .zip([Some(true), Some(false), None].into_iter().cycle())
            .map(|(field, private)| page(wrong(field), private))
            .collect()
    }
}
