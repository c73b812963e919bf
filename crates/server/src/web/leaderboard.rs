//! The commons by openness: how many works there are of each class, those of which nobody knows among them, and the most open
//! ones; and a page that tells how this is found out.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::grade;
use seedcorn_commons::list::{self, Query as Listing, Sort};
use seedcorn_core::openness::{LICENSES_VERSION, RULES_VERSION, report};
use seedcorn_core::repo::RepoKind;

use super::browse::{Pick, read_place, write_place};
use super::entry::{self, Entry, plural_word};
use super::frame::{Frame, Here, Page};
use super::show::Count;
use super::visit::Visit;
use crate::app::App;
use crate::place::Query;
use crate::refuse::Answer;

/// Entries in a page.
const PAGE: usize = 30;

/// Works of a class.
#[derive(Clone, Debug)]
pub(crate) struct Class {
    name: &'static str,
    count: Count,
    /// Of all works of the kind, in hundredths.
    share: u64,
    /// The list of them, if they can be listed.
    href: Option<String>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "openness_board.html")]
pub(crate) struct BoardPage {
    frame: Frame,
    kinds: Vec<Pick>,
    word: &'static str,
    classes: Vec<Class>,
    entries: Vec<Entry>,
    next: Option<String>,
}

/// The address of the list of a kind.
fn href(kind: RepoKind) -> String {
    format!("/openness?kind={kind}")
}

/// `GET /openness`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<BoardPage>> {
    let asked = query.get("kind").and_then(RepoKind::from_word).filter(|kind| grade::is_graded(*kind));
    let kind = asked.unwrap_or(RepoKind::Model);
    let (counted, unknown) = grade::counts(&app.commons, kind).await?;
    let all: u64 = counted.iter().map(|(_, count)| count).sum::<u64>() + unknown;
    let class = |name, count: u64, href| Class {
        name,
        count: Count(count),
        share: (count * 100).checked_div(all).unwrap_or_default(),
        href,
    };
    let mut classes: Vec<Class> = counted
        .into_iter()
        .map(|(grade, count)| {
            let href =
                grade.class().map(|class| format!("/{}?openness={class}&sort=openness", kind.plural()));
            class(report::label(grade::usual(kind), grade), count, href)
        })
        .collect();
    classes.push(class("Not graded yet", unknown, None));
    let after = query.get("after").and_then(read_place);
    let listing =
        Listing { kind: Some(kind), sort: Sort::Openness, after, limit: PAGE, ..Listing::default() };
    let page = list::list(&app.commons, visit.actor.as_ref(), &listing).await?;
    let next = page.next.as_ref().map(|place| format!("{}&after={}", href(kind), write_place(place)));
    let entries = entry::all(&app, &visit, page.items, "").await?;
    let kinds = [RepoKind::Model, RepoKind::Dataset];
    let kinds =
        kinds.map(|one| Pick { text: plural_word(&one).to_owned(), href: href(one), here: one == kind });
    let about = format!("How open the {} on {} are, from evidence.", kind.plural(), visit.host());
    let frame = visit.frame("Openness", about, Here::Elsewhere);
    Ok(Page(BoardPage { frame, kinds: kinds.into(), word: plural_word(&kind), classes, entries, next }))
}

/// How it is found out.
#[derive(Debug, Template)]
#[template(path = "openness_method.html")]
pub(crate) struct MethodPage {
    frame: Frame,
    rules: &'static str,
    licenses: &'static str,
}

/// `GET /openness/method`.
pub(crate) async fn method(visit: Visit) -> Page<MethodPage> {
    let about = "How the openness of models and data sets is graded here, and what that cannot tell.";
    Page(MethodPage {
        frame: visit.frame("How openness is graded", about, Here::Elsewhere),
        rules: RULES_VERSION,
        licenses: LICENSES_VERSION,
    })
}

#[cfg(test)]
impl BoardPage {
    /// A full one, and one of a hub on which there is nothing.
    pub(crate) fn samples() -> Vec<BoardPage> {
        use super::samples::{HOSTILE, entries, href, member, stranger, text};
        let class = |href| Class { name: HOSTILE, count: Count(1200), share: 40, href };
        let full = BoardPage {
            frame: member(Here::Elsewhere),
            kinds: [true, false].map(|here| Pick { text: text(), href: href(), here }).into(),
            word: HOSTILE,
            classes: vec![class(Some(href())), class(None)],
            entries: entries(),
            next: Some(href()),
        };
        let empty = BoardPage {
            frame: stranger(Here::Elsewhere),
            kinds: Vec::new(),
            word: HOSTILE,
            classes: Vec::new(),
            entries: Vec::new(),
            next: None,
        };
        vec![full, empty]
    }
}

#[cfg(test)]
impl MethodPage {
    /// The page.
    pub(crate) fn samples() -> Vec<MethodPage> {
        use super::samples::{HOSTILE, member};
        vec![MethodPage { frame: member(Here::Elsewhere), rules: HOSTILE, licenses: HOSTILE }]
    }
}
