//! Branches, tags and proposals of a repo: seen, made, and those that are needed no more deleted.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::access::{See, Write};
use seedcorn_commons::publish::refs::{self, RefKind};
use seedcorn_commons::{Grant, Refusal, changes};
use seedcorn_core::access::Action;
use seedcorn_core::limits;

use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::scale::Scale;
use super::show::When;
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query, segment};
use crate::refuse::Answer;

/// One ref.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    name: String,
    tree: String,
    card: String,
    oid: String,
    moved: When,
    /// How many bytes of its commit are new, if it was weighed.
    scale: Option<Scale>,
    /// What it changed since it parted from the default branch; empty for that branch itself.
    compare: String,
    /// What it is, if the visitor may delete it.
    delete: Option<&'static str>,
}

/// The refs of one sort.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    title: &'static str,
    rows: Vec<Row>,
}

/// A branch or a tag to be made, as its form was sent or begins.
#[derive(Clone, Debug, Default)]
pub(crate) struct Making {
    tag: bool,
    name: String,
    at: String,
    wrong: Wrong,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "refs.html")]
pub(crate) struct RefsPage {
    frame: Frame,
    head: Head,
    groups: Vec<Group>,
    next: Option<String>,
    /// The form, for those who may.
    making: Option<Making>,
}

/// A sort of refs.
struct Sort {
    title: &'static str,
    /// What their whole names begin with.
    prefix: &'static str,
    /// Whether links name them without it.
    short: bool,
    /// What a form calls one, if it can be deleted.
    word: Option<&'static str>,
}

const SORTS: [Sort; 3] = [
    Sort { title: "Branches", prefix: "refs/heads/", short: true, word: Some("branch") },
    Sort { title: "Tags", prefix: refs::TAGS, short: true, word: Some("tag") },
    Sort { title: "Proposals", prefix: "refs/pr/", short: false, word: None },
];

/// Where a ref stands on the page: branches, then tags, then proposals, each by name.
fn place(name: &str) -> (usize, String) {
    let sort = SORTS.iter().position(|sort| name.starts_with(sort.prefix)).unwrap_or(SORTS.len());
    (sort, name.to_owned())
}

fn kind(form: &Form) -> Option<RefKind> {
    match form.text("what") {
        "branch" => Some(RefKind::Branch),
        "tag" => Some(RefKind::Tag),
        _ => None,
    }
}

async fn page(app: &App, visit: &Visit, grant: Grant<See>, after: &str, making: Making) -> Answer<RefsPage> {
    let may = grant.may(Action::Write);
    let opened = head::open(app, visit, grant, "main", Tab::Refs).await?;
    let mut all: Vec<_> = refs::list(&app.commons, &opened.grant).await?;
    all.sort_by_key(|found| place(&found.name));
    all.retain(|found| after.is_empty() || place(&found.name) > place(after));
    let more = all.len() > limits::REFS_PAGE;
    all.truncate(limits::REFS_PAGE);
    let tips: Vec<_> = all.iter().map(|found| found.target).collect();
    let weights = changes::weigh_tips(&app.commons, &opened.grant, &tips).await?;
    let urls = &opened.head.urls;
    let groups = SORTS.map(|sort| {
        let rows = all.iter().filter_map(|found| {
            let rest = found.name.strip_prefix(sort.prefix)?;
            let name = if sort.short { rest } else { found.name.as_str() };
            let main = found.name == "refs/heads/main";
            Some(Row {
                name: name.to_owned(),
                tree: urls.tree(name, ""),
                card: urls.card_at(name),
                oid: found.target.to_string()[..7].to_owned(),
                moved: When { at: found.moved, now: visit.now },
                scale: weights.get(&found.target).copied().map(Scale),
                compare: if main { String::new() } else { urls.compare("main", name, true) },
                delete: sort.word.filter(|_| may && !main),
            })
        });
        Group { title: sort.title, rows: rows.collect() }
    });
    let last = all.last().filter(|_| more).map(|last| segment(&last.name));
    let next = last.map(|last| format!("{}?after={last}", urls.refs()));
    Ok(RefsPage {
        next,
        frame: opened.frame(visit, "Branches and tags"),
        head: opened.head,
        groups: groups.into_iter().filter(|group| !group.rows.is_empty()).collect(),
        making: may.then_some(making),
    })
}

/// `GET …/refs`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<RefsPage>> {
    let grant = place.grant::<See>(&app).await?;
    let making = Making { at: "main".to_owned(), ..Making::default() };
    let after = query.get("after").unwrap_or_default();
    Ok(Page(page(&app, &visit, grant, after, making).await?))
}

/// `POST …/refs`: makes a branch or a tag.
pub(crate) async fn post(State(app): State<App>, visit: Visit, place: Place, form: Form) -> Answer<Response> {
    let grant = place.grant::<Write>(&app).await?;
    let (name, at) = (form.text("name").to_owned(), form.text("at").to_owned());
    let see = grant.lower::<See>().ok_or(Refusal::Unseen)?;
    let made = match kind(&form) {
        None => Err(Wrong::at("what", "Choose a branch or a tag.")),
        Some(kind) => match refs::create(&app.commons, &grant, kind, &name, Some(&at)).await {
            Ok(_) => Ok(()),
            Err(Refusal::NoRevision(_)) => Err(Wrong::at("at", "There is no such branch, tag or commit.")),
            Err(refusal) => Err(Wrong::told("name", refusal)?),
        },
    };
    let Err(wrong) = made else {
        return Ok(back(&see));
    };
    let making = Making { tag: form.text("what") == "tag", name, at, wrong };
    Ok(Page(page(&app, &visit, see, "", making).await?).into_response())
}

/// `POST …/refs/delete`: deletes a branch or a tag.
pub(crate) async fn delete(State(app): State<App>, place: Place, form: Form) -> Answer<Response> {
    let grant = place.grant::<Write>(&app).await?;
    let kind = kind(&form).ok_or_else(|| Refusal::Invalid("only a branch or a tag can be deleted".into()))?;
    refs::delete(&app.commons, &grant, kind, form.text("name")).await?;
    Ok(back(&grant.lower::<See>().ok_or(Refusal::Unseen)?))
}

fn back(grant: &Grant<See>) -> Response {
    let row = grant.repo();
    Redirect::to(&RepoUrls::new(row.kind, &row.full_name()).refs()).into_response()
}

#[cfg(test)]
impl RefsPage {
    /// As somebody sees it who may change it, with a fault in each field, and as others do.
    pub(crate) fn samples() -> Vec<RefsPage> {
        use super::samples::{HOSTILE, OID, head, href, member, stranger, text, when, wrong};
        use seedcorn_core::repo::RepoKind::Model;
        let [scale, _] = Scale::samples();
        let row = |compare, delete| Row {
            name: text(),
            tree: href(),
            card: href(),
            oid: OID[..7].to_owned(),
            moved: when(),
            scale: Some(scale),
            compare,
            delete,
        };
        let group = |title| Group { title, rows: vec![row(String::new(), None), row(href(), Some("tag"))] };
        let page = |frame, making| RefsPage {
            frame,
            head: head(Model, Tab::Refs),
            groups: ["Branches", HOSTILE].map(group).into(),
            next: Some(href()),
            making,
        };
        let making = |field, tag| {
            let form = Making { tag, name: text(), at: text(), wrong: wrong(field) };
            page(member(Here::Kind(Model)), Some(form))
        };
        let mut all = vec![page(stranger(Here::Kind(Model)), None)];
        all.extend(["what", "name", "at"].map(|field| making(field, field == "at")));
        all
    }
}
