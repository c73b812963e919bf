//! Collections: listed, read, made and changed.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get as read, post};
use seedcorn_commons::Refusal;
use seedcorn_commons::collections::{self, Collection, Facts, Item, NewItem, What, Which};
use seedcorn_core::access::Role;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;

use super::entry::kind_word;
use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::saving::fault;
use super::show::When;
use super::urls::{self, RepoUrls};
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;
use crate::router::{Access, Route, page};

/// Items that the page of a collection shows.
const ITEMS_SHOWN: usize = 100;

/// All of them.
pub(crate) fn routes() -> Vec<Route> {
    let at = |path: &str| format!("/collections{path}");
    let own = Access::SignedIn;
    vec![
        page("GET", at(""), Access::Filtered, read(list)),
        page("POST", at(""), own, post(make)),
        page("GET", at("/{ns}/{slug}"), Access::Filtered, read(one)),
        page("POST", at("/{ns}/{slug}"), own, post(change)),
        page("POST", at("/{ns}/{slug}/delete"), own, post(delete)),
        page("POST", at("/{ns}/{slug}/add"), own, post(add)),
        page("POST", at("/{ns}/{slug}/item"), own, post(item)),
    ]
}

fn address(row: &Collection) -> String {
    format!("/collections/{}", urls::path_segments(&collections::address(row)))
}

/// A collection in a list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(super) title: String,
    pub(super) href: String,
    pub(super) owner: String,
    pub(super) owner_page: String,
    pub(super) private: bool,
    pub(super) when: When,
}

pub(super) fn row(row: &Collection, visit: &Visit) -> Row {
    Row {
        href: address(row),
        title: row.title.clone(),
        owner_page: urls::namespace(&row.owner),
        owner: row.owner.clone(),
        private: row.private,
        when: When { at: row.updated, now: visit.now },
    }
}

/// What a form says of a collection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields {
    title: String,
    description: String,
    owner: String,
    private: bool,
    wrong: Wrong,
}

impl Fields {
    fn read(form: &Form) -> Fields {
        Fields {
            title: form.text("title").to_owned(),
            description: super::saving::lines(form.text("description")),
            owner: form.text("owner").to_owned(),
            private: form.text("private") == "1",
            wrong: Wrong::default(),
        }
    }

    fn facts(&self) -> Facts<'_> {
        Facts {
            title: Some(&self.title),
            description: Some(&self.description),
            private: Some(self.private),
            theme: None,
        }
    }
}

/// The list.
#[derive(Debug, Template)]
#[template(path = "collections.html")]
pub(crate) struct CollectionsPage {
    frame: Frame,
    owner: String,
    rows: Vec<Row>,
    next: Option<String>,
    /// The form, for those who are signed in.
    form: Option<Fields>,
}

async fn all(app: &App, visit: &Visit, query: &Query, form: Option<Fields>) -> Answer<CollectionsPage> {
    let owner = query.get("owner").unwrap_or_default().to_owned();
    let before = query.get("before").and_then(|text| text.split_once('.'));
    let before = before.and_then(|(at, id)| Some((at.parse::<i64>().ok()?, id)));
    let which = Which { owner: &owner, ..Which::default() };
    let actor = visit.actor.as_ref();
    let (page, next) =
        collections::list(&app.commons, actor, which, before, limits::COLLECTIONS_PAGE).await?;
    let next = next.map(|(at, id)| {
        format!("/collections?owner={}&before={}", segment(&owner), segment(&format!("{at}.{id}")))
    });
    let fresh = actor.map(|actor| Fields { owner: actor.name.clone(), ..Fields::default() });
    Ok(CollectionsPage {
        frame: visit.frame("Collections", format!("Collections on {}", visit.host()), Here::Elsewhere),
        rows: page.iter().map(|one| row(one, visit)).collect(),
        form: form.or(fresh),
        owner,
        next,
    })
}

async fn list(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<CollectionsPage>> {
    Ok(Page(all(&app, &visit, &query, None).await?))
}

async fn make(State(app): State<App>, visit: Visit, form: Form) -> Answer<Response> {
    let fields = Fields::read(&form);
    let owner = Some(fields.owner.as_str()).filter(|owner| !owner.is_empty());
    match collections::create(&app.commons, visit.member()?, owner, fields.facts()).await {
        Ok(row) => Ok(Redirect::to(&address(&row)).into_response()),
        Err(refusal) => {
            let field = if matches!(refusal, Refusal::Forbidden(_)) { "owner" } else { "title" };
            let wrong = Wrong::told(field, refusal)?;
            let fields = Fields { wrong, ..fields };
            Ok(Page(all(&app, &visit, &Query::parse(""), Some(fields)).await?).into_response())
        }
    }
}

/// Something in a collection.
#[derive(Clone, Debug)]
pub(crate) struct ItemRow {
    id: String,
    kind: &'static str,
    name: String,
    href: String,
    note: String,
    /// Its place, from 1.
    place: usize,
}

fn item_row(item: Item) -> ItemRow {
    let place = item.place + 1;
    let (kind, name, href) = match &item.what {
        What::Repo(repo) => {
            let name = repo.full_name();
            (kind_word(repo.kind), name.clone(), RepoUrls::new(repo.kind, &name).card().to_owned())
        }
        What::Collection(inner) => ("Collection", inner.title.clone(), address(inner)),
    };
    ItemRow { id: item.id, kind, name, href, note: item.note, place }
}

/// A collection.
#[derive(Debug, Template)]
#[template(path = "collection.html")]
pub(crate) struct CollectionPage {
    frame: Frame,
    here: String,
    title: String,
    description: String,
    owner: String,
    owner_page: String,
    private: bool,
    when: When,
    items: Vec<ItemRow>,
    /// Whether there is more in it than is shown.
    more: bool,
    /// The form, for those who may change it.
    form: Option<Fields>,
    /// What is to be put in, as it was sent.
    adding: String,
    note: String,
    wrong: Wrong,
}

fn id_in(slug: &str) -> Result<&str, Refusal> {
    collections::id_of(slug).ok_or_else(|| Refusal::NotFound("there is no such collection".into()))
}

async fn shown(app: &App, visit: &Visit, id: &str) -> Answer<CollectionPage> {
    let actor = visit.actor.as_ref();
    let (row, items) = collections::get(&app.commons, actor, id, ITEMS_SHOWN + 1).await?;
    let may = actor.is_some_and(|actor| actor.role_in(&row.namespace) >= Some(Role::Write));
    let fields = Fields {
        title: row.title.clone(),
        description: row.description.clone(),
        owner: row.owner.clone(),
        private: row.private,
        wrong: Wrong::default(),
    };
    let about = if row.description.is_empty() { row.title.clone() } else { row.description.clone() };
    let mut frame = visit.frame(row.title.clone(), about, Here::Elsewhere);
    frame.finding.hidden = row.private;
    Ok(CollectionPage {
        here: address(&row),
        owner_page: urls::namespace(&row.owner),
        when: When { at: row.updated, now: visit.now },
        more: items.len() > ITEMS_SHOWN,
        items: items.into_iter().take(ITEMS_SHOWN).map(item_row).collect(),
        form: may.then_some(fields),
        title: row.title,
        description: row.description,
        owner: row.owner,
        private: row.private,
        adding: String::new(),
        note: String::new(),
        wrong: Wrong::default(),
        frame,
    })
}

async fn one(
    State(app): State<App>,
    visit: Visit,
    Path((ns, slug)): Path<(String, String)>,
) -> Answer<Response> {
    let page = shown(&app, &visit, id_in(&slug)?).await?;
    // What it was called once leads to what it is called now.
    let asked = format!("/collections/{}/{}", segment(&ns), segment(&slug));
    match page.here == asked {
        true => Ok(Page(page).into_response()),
        false => Ok(Redirect::to(&page.here).into_response()),
    }
}

async fn change(
    State(app): State<App>,
    visit: Visit,
    Path((_, slug)): Path<(String, String)>,
    form: Form,
) -> Answer<Response> {
    let (actor, fields, id) = (visit.member()?, Fields::read(&form), id_in(&slug)?);
    match collections::set(&app.commons, actor, id, fields.facts()).await {
        Ok(row) => Ok(Redirect::to(&address(&row)).into_response()),
        Err(refusal) => {
            let wrong = Wrong::invalid("title", refusal)?;
            let page = shown(&app, &visit, id).await?;
            let form = Some(Fields { wrong, ..fields });
            Ok(Page(CollectionPage { form, ..page }).into_response())
        }
    }
}

async fn delete(
    State(app): State<App>,
    visit: Visit,
    Path((_, slug)): Path<(String, String)>,
) -> Answer<Redirect> {
    collections::delete(&app.commons, visit.member()?, id_in(&slug)?).await?;
    Ok(Redirect::to("/collections"))
}

async fn add(
    State(app): State<App>,
    visit: Visit,
    Path((_, slug)): Path<(String, String)>,
    form: Form,
) -> Answer<Response> {
    let (adding, note) = (form.text("what").to_owned(), form.text("note").to_owned());
    let (kind, name) = match adding.split_once(char::is_whitespace) {
        Some((kind, name)) => (kind, name.trim()),
        None => (RepoKind::Model.word(), adding.as_str()),
    };
    let (actor, id) = (visit.member()?, id_in(&slug)?);
    match collections::add_item(&app.commons, actor, id, NewItem { kind, name, note: &note }).await {
        Ok(row) => Ok(Redirect::to(&address(&row)).into_response()),
        Err(refusal) => {
            let wrong = fault("what", refusal)?;
            let page = shown(&app, &visit, id).await?;
            Ok(Page(CollectionPage { adding, note, wrong, ..page }).into_response())
        }
    }
}

/// `POST …/item`: says something else of an item, moves it, or takes it out.
async fn item(
    State(app): State<App>,
    visit: Visit,
    Path((_, slug)): Path<(String, String)>,
    form: Form,
) -> Answer<Redirect> {
    let (actor, id, item) = (visit.member()?, id_in(&slug)?, form.text("item"));
    let row = match form.text("then") {
        "remove" => collections::remove_item(&app.commons, actor, id, item).await?,
        _ => {
            let place: Option<usize> = form.text("place").parse().ok();
            let what = (Some(form.text("note")), place.map(|place| place.saturating_sub(1)));
            collections::set_item(&app.commons, actor, (id, item), what).await?
        }
    };
    Ok(Redirect::to(&address(&row)))
}

#[cfg(test)]
fn sample_fields(field: &'static str) -> Fields {
    use super::samples::{text, wrong};
    Fields {
        title: text(),
        description: text(),
        owner: text(),
        private: field == "title",
        wrong: wrong(field),
    }
}

#[cfg(test)]
pub(super) fn sample_row(private: bool) -> Row {
    use super::samples::{href, text, when};
    Row { title: text(), href: href(), owner: text(), owner_page: href(), private, when: when() }
}

#[cfg(test)]
impl CollectionsPage {
    /// With some, and with none; with a fault in each field.
    pub(crate) fn samples() -> Vec<CollectionsPage> {
        use super::samples::{href, member, stranger, text};
        let page =
            |frame, owner, rows, form| CollectionsPage { frame, owner, rows, next: Some(href()), form };
        vec![
            page(member(Here::Elsewhere), text(), vec![sample_row(true)], Some(sample_fields("title"))),
            page(member(Here::Elsewhere), String::new(), Vec::new(), Some(sample_fields("owner"))),
            page(stranger(Here::Elsewhere), String::new(), vec![sample_row(false)], None),
        ]
    }
}

#[cfg(test)]
impl CollectionPage {
    /// As those see it who may change it, and as others do.
    pub(crate) fn samples() -> Vec<CollectionPage> {
        use super::samples::{HOSTILE, href, member, stranger, text, when, wrong};
        let item =
            |place, note| ItemRow { id: text(), kind: HOSTILE, name: text(), href: href(), note, place };
        let page = |frame, private, items: Vec<ItemRow>, form| CollectionPage {
            frame,
            here: href(),
            title: text(),
            description: text(),
            owner: text(),
            owner_page: href(),
            private,
            when: when(),
            more: !items.is_empty(),
            items,
            form,
            adding: text(),
            note: text(),
            wrong: wrong("what"),
        };
        vec![
            page(
                member(Here::Elsewhere),
                true,
                vec![item(1, text()), item(2, String::new())],
                Some(sample_fields("title")),
            ),
            page(stranger(Here::Elsewhere), false, Vec::new(), None),
        ]
    }
}
