//! What a work grew from and what grew from it: a picture, the same as a list with what each line rests on, what of a model is
//! new, and what those who run two works say of what lies between them.

pub(super) mod picture;
mod size;

use askama::Template;
use axum::extract::State as Shared;
use axum::response::{IntoResponse, Redirect, Response};
use http::{HeaderValue, header};
use seedcorn_commons::access::{Grant, See};
use seedcorn_commons::lineage::{self, Edge, Lineage, Node, Novelty, Reach, Work};
use seedcorn_commons::people;
use seedcorn_core::access::Action;
use seedcorn_core::limits;
use seedcorn_core::lineage::{Bytes, State};
use seedcorn_core::repo::RepoKind;
use serde_json::Value;

use self::picture::{Alone, Picture};
use self::size::Size;
use super::browse::Pick;
use super::entry::icon;
use super::form::{Form, Wrong};
use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Opened, Tab};
use super::show::{PerMille, When};
use super::urls::RepoUrls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// Works in a picture on the page: with more of them the page is too long.
const WORKS_MAX: usize = 60;
/// Works in the picture by itself.
const ALONE_MAX: usize = 500;

/// One line of the list.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) href: Option<String>,
    pub(crate) icon: &'static str,
    /// `finetune`, `quantized`, ….
    pub(crate) way: &'static str,
    /// `declared`, `measured`, `inferred`.
    pub(crate) state: &'static str,
    /// What it rests on.
    pub(crate) rests: String,
    /// Where that is, if it is a line of a file.
    pub(crate) place: Option<String>,
    pub(crate) since: When,
    /// Since when it is no longer so.
    pub(crate) gone: Option<When>,
    pub(crate) words: Vec<Said>,
    /// What names it in the form, if the visitor may speak of it.
    pub(crate) key: Option<String>,
    /// The work whose page takes the form.
    pub(crate) action: String,
}

impl Row {
    fn is_contested(&self) -> bool {
        self.words.iter().any(|word| word.contests)
    }
}

/// What somebody said.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) member: String,
    pub(crate) contests: bool,
    pub(crate) words: String,
    pub(crate) when: When,
}

/// What of a work is new.
#[derive(Clone, Debug)]
pub(crate) struct New {
    pub(crate) percent: String,
    pub(crate) tensors: String,
    /// What was counted: `tensors`, `chunks`.
    pub(crate) unit: &'static str,
    /// Hundredths, for the bar.
    pub(crate) wide: u64,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "lineage.html")]
pub(crate) struct LineagePage {
    frame: Frame,
    head: Head,
    picks: Vec<Pick>,
    picture: Picture,
    sizes: Vec<Pick>,
    size: Size,
    more: bool,
    above: Vec<Row>,
    below: Vec<Row>,
    /// Works that its bytes show and that it does not name, and works that do so with it.
    undeclared: Vec<String>,
    new: Option<New>,
    /// How many works it builds upon and how many build upon it, in words.
    counts: (String, String),
    api: String,
    wrong: Wrong,
    done: bool,
}

/// `GET …/lineage`.
pub(crate) async fn get(
    Shared(app): Shared<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Page<LineagePage>> {
    let grant = place.grant::<See>(&app).await?;
    page(&app, &visit, grant, &query, Wrong::default()).await
}

/// `GET …/lineage.svg`: more of it, by itself, to be looked at closely.
pub(crate) async fn svg(Shared(app): Shared<App>, place: Place) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let reach = Reach { up: usize::MAX, down: usize::MAX, works: ALONE_MAX };
    let lineage = lineage::around(&app.commons, &grant, reach).await?;
    let title = format!("Lineage of {}", grant.repo().full_name());
    let alone = Alone { picture: Picture::of(&lineage), title };
    let svg = alone.render().map_err(seedcorn_commons::Refusal::broken)?;
    let mut response = ([(header::CONTENT_TYPE, "image/svg+xml")], svg).into_response();
    let out = response.headers_mut();
    let policy =
        "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-top-navigation-by-user-activation";
    out.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    out.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    Ok(response)
}

/// `POST …/lineage`: somebody says something of what lies between two works.
pub(crate) async fn post(
    Shared(app): Shared<App>,
    visit: Visit,
    place: Place,
    form: Form,
) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let contests = form.text("what") == "contest";
    let said = lineage::say(&app.commons, &grant, form.text("parent"), contests, form.text("words")).await;
    match said {
        Ok(()) => {
            let row = grant.repo();
            let urls = RepoUrls::new(row.kind, &row.full_name());
            Ok(Redirect::to(&format!("{}?said", urls.lineage())).into_response())
        }
        Err(refusal) => {
            let wrong = Wrong::invalid("words", refusal)?;
            Ok(page(&app, &visit, grant, &Query::default(), wrong).await?.into_response())
        }
    }
}

async fn page(
    app: &App,
    visit: &Visit,
    grant: Grant<See>,
    query: &Query,
    wrong: Wrong,
) -> Answer<Page<LineagePage>> {
    let opened = head::open(app, visit, grant, "main", Tab::Lineage).await?;
    let wide = query.get("steps") == Some("all");
    let steps = if wide { usize::MAX } else { 2 };
    let size = Size::of(query.get("size"));
    let reach = Reach { up: steps, down: steps, works: if wide { ALONE_MAX } else { WORKS_MAX } };
    let lineage = lineage::around(&app.commons, &opened.grant, reach).await?;
    let novelty = lineage::novelty(&app.commons, &opened.grant).await?;
    let direct = lineage::direct(&app.commons, &opened.grant).await?;
    let urls = &opened.head.urls;
    let link = |wide: bool, size: Size| format!("{}{}", urls.lineage(), size.query(wide));
    let sizes =
        Size::ALL.map(|one| Pick { text: one.text().into(), href: link(wide, one), here: one == size });
    let picks = vec![
        Pick { text: "Two steps".into(), href: link(false, size), here: !wide },
        Pick { text: "All".into(), href: link(true, size), here: wide },
        Pick { text: "By itself, to zoom".into(), href: urls.lineage_picture(), here: false },
        Pick { text: "As a list".into(), href: "#list-h".into(), here: false },
        Pick { text: "Credit".into(), href: urls.credit(), here: false },
    ];
    let homes = match &visit.actor {
        Some(actor) => people::homes(&app.commons, actor).await?,
        None => Vec::new(),
    };
    let rows = |up: bool| {
        let near = lineage.edges.iter().filter(|edge| if up { edge.child == 0 } else { edge.parent == 0 });
        near.map(|edge| row(&opened, &homes, &lineage, edge, up, visit)).collect::<Vec<Row>>()
    };
    let frame = opened.frame(visit, "Lineage");
    Ok(Page(LineagePage {
        picture: Picture::of(&lineage),
        sizes: sizes.into(),
        size,
        more: lineage.more,
        above: rows(true),
        below: rows(false),
        undeclared: undeclared(&lineage),
        new: novelty.map(|novelty| new(novelty, opened.head.kind)),
        counts: (counted(direct.parents), counted(direct.children)),
        api: format!("/api/commons/v1/{}/{}/lineage", opened.head.kind.plural(), opened.head.full_name()),
        head: Head { at: None, ..opened.head.clone() },
        frame,
        picks,
        wrong,
        done: query.get("said").is_some(),
    }))
}

/// So many works, in words.
fn counted(works: usize) -> String {
    match works {
        1 => "1 work".to_owned(),
        works if works as i64 >= limits::LINEAGE_COUNTED_MAX => format!("{works} works or more"),
        works => format!("{works} works"),
    }
}

fn name(node: &Node) -> String {
    match &node.work {
        Work::Here(repo) => repo.full_name(),
        Work::Elsewhere(parent) => {
            let (_, name, owner) = picture::elsewhere(parent);
            format!("{name} ({owner})")
        }
    }
}

fn row(opened: &Opened, homes: &[String], lineage: &Lineage, edge: &Edge, up: bool, visit: &Visit) -> Row {
    let node = &lineage.nodes[if up { edge.parent } else { edge.child }];
    let here = match &node.work {
        Work::Here(repo) => Some(RepoUrls::new(repo.kind, &repo.full_name())),
        Work::Elsewhere(_) => None,
    };
    let kind = match &node.work {
        Work::Here(repo) => Some(repo.kind),
        Work::Elsewhere(parent) => picture::elsewhere(parent).0,
    };
    let child = match &lineage.nodes[edge.child].work {
        Work::Here(repo) => RepoUrls::new(repo.kind, &repo.full_name()),
        Work::Elsewhere(_) => opened.head.urls.clone(),
    };
    let (rests, at) = rests(edge);
    let when = |at| When { at, now: visit.now };
    // Those who run either of the two speak of what lies between them.
    let other = matches!(&node.work, Work::Here(repo) if homes.contains(&repo.owner));
    let speaks = other || opened.grant.may(Action::Write);
    Row {
        name: name(node),
        href: here.map(|urls| urls.lineage()),
        icon: kind.map_or("paper", icon),
        way: edge.kind.word(),
        state: edge.state.word(),
        place: at.map(|(path, line)| format!("{}#L{line}", child.blob(&edge.oid, &path))),
        rests,
        since: when(edge.since),
        gone: edge.gone.map(when),
        words: edge
            .words
            .iter()
            .map(|word| Said {
                member: word.member.clone(),
                contests: word.contests,
                words: word.words.clone(),
                when: when(word.at),
            })
            .collect(),
        key: speaks.then(|| edge.key.clone()),
        action: child.lineage(),
    }
}

/// What a line rests on, and where that is.
fn rests(edge: &Edge) -> (String, Option<(String, u64)>) {
    let says: Value = serde_json::from_str(&edge.says).unwrap_or_default();
    let number = |key: &str| says.get(key).and_then(Value::as_u64).unwrap_or_default();
    match edge.state {
        State::Declared => {
            let path = says.get("path").and_then(Value::as_str).unwrap_or_default().to_owned();
            let line = number("line");
            (format!("{path}, line {line}"), Some((path, line)))
        }
        State::Measured => {
            let share = number("per_mille");
            let unit = ["chunks", "pieces", "tensors"]
                .into_iter()
                .find(|unit| says.get(unit).is_some())
                .unwrap_or("tensors");
            let (count, of) = (number(unit), number(&format!("of_{unit}")));
            let rests = match says.get("correlation").and_then(Value::as_f64) {
                Some(correlation) => format!(
                    "{} of its bytes: the numbers of {count} of {of} tensors follow the other's, their correlation is {correlation:.3} in the middle",
                    PerMille(share)
                ),
                None => format!("{} of its bytes: {count} of {of} {unit} are the same", PerMille(share)),
            };
            (rests, None)
        }
        State::Inferred => ("the same build and words; carries no credit".to_owned(), None),
    }
}

/// Thousandths of the child's bytes that were measured.
fn per_mille(edge: &Edge) -> u64 {
    let says: Value = serde_json::from_str(&edge.says).unwrap_or_default();
    says.get("per_mille").and_then(Value::as_u64).unwrap_or_default()
}

/// How far the child's numbers follow the parent's, where that was measured.
fn correlation(edge: &Edge) -> Option<f64> {
    let says: Value = serde_json::from_str(&edge.says).unwrap_or_default();
    says.get("correlation").and_then(Value::as_f64)
}

/// What is measured and not declared, in sentences.
fn undeclared(lineage: &Lineage) -> Vec<String> {
    let declares = |edge: &Edge| {
        lineage.edges.iter().any(|other| {
            (other.child, other.parent, other.state) == (edge.child, edge.parent, State::Declared)
                && other.gone.is_none()
        })
    };
    let near = lineage.edges.iter().filter(|edge| {
        edge.state == State::Measured
            && edge.gone.is_none()
            && (edge.child == 0 || edge.parent == 0)
            && !declares(edge)
    });
    near.map(|edge| {
        let share = per_mille(edge);
        let (child, parent) = (name(&lineage.nodes[edge.child]), name(&lineage.nodes[edge.parent]));
        let share = PerMille(share);
        match correlation(edge) {
            Some(_) => format!(
                "The numbers of {child} follow those of {parent}, which was there first, in {share} of its bytes; it does not name it."
            ),
            None => format!(
                "{child} shares {share} of its bytes with {parent}, which had them first, and does not name it."
            ),
        }
    })
    .collect()
}

fn new(novelty: Novelty, kind: RepoKind) -> New {
    let share = |part: Bytes| part.per_mille(novelty.all);
    let new = share(novelty.new);
    New {
        percent: PerMille(new).to_string(),
        tensors: format!("{} of {}", novelty.new.count, novelty.all.count),
        unit: if kind == RepoKind::Model { "tensors" } else { "chunks" },
        wide: new / 10,
    }
}

#[cfg(test)]
impl LineagePage {
    /// One with everything that can be said, and one of which nothing is known.
    pub(crate) fn samples() -> Vec<LineagePage> {
        use super::samples::{head, href, member, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let said = |contests| Said { member: text(), contests, words: text(), when: when() };
        let row = |href: Option<String>, words: Vec<Said>| Row {
            name: text(),
            place: href.clone(),
            href,
            icon: "model",
            way: "finetune",
            state: "measured",
            rests: text(),
            since: when(),
            gone: (!words.is_empty()).then(when),
            key: (!words.is_empty()).then(text),
            words,
            action: super::samples::href(),
        };
        let pick = |here| Pick { text: text(), href: href(), here };
        let full = LineagePage {
            frame: member(Here::Kind(Model)),
            head: Head { at: None, ..head(Model, Tab::Lineage) },
            picks: vec![pick(true), pick(false)],
            picture: picture::sample(),
            sizes: vec![pick(true), pick(false)],
            size: Size::Double,
            more: true,
            above: vec![row(Some(href()), vec![said(true), said(false)]), row(None, Vec::new())],
            below: vec![row(None, vec![said(false)])],
            undeclared: vec![text()],
            counts: (counted(1), counted(1000)),
            new: Some(New { percent: "12.3 %".into(), tensors: "1 of 8".into(), unit: "tensors", wide: 12 }),
            api: href(),
            wrong: Wrong::at("words", text()),
            done: true,
        };
        let empty = LineagePage {
            frame: stranger(Here::Kind(Model)),
            head: Head { at: None, private: false, ..head(Model, Tab::Lineage) },
            picks: Vec::new(),
            picture: Picture::default(),
            sizes: Vec::new(),
            size: Size::Fit,
            more: false,
            above: Vec::new(),
            below: Vec::new(),
            undeclared: Vec::new(),
            counts: (counted(0), counted(0)),
            new: None,
            api: href(),
            wrong: Wrong::default(),
            done: false,
        };
        vec![full, empty]
    }
}
