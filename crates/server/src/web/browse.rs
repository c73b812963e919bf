//! Lists of repos: of one kind, or whatever a search finds in names.

use askama::Template;
use axum::extract::{OriginalUri, State};
use seedcorn_commons::repo::{self, Query as Listing, Sort};
use seedcorn_core::id::RepoId;
use seedcorn_core::repo::RepoKind;

use super::entry::{Entry, plural_word};
use super::frame::{Frame, Here, Page};
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// Entries in a page.
const PAGE: usize = 30;

/// A choice of order.
#[derive(Clone, Debug)]
pub(crate) struct Pick {
    text: &'static str,
    href: String,
    here: bool,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "browse.html")]
pub(crate) struct BrowsePage {
    frame: Frame,
    heading: String,
    /// What is searched for.
    search: String,
    /// Where the search is sent.
    action: String,
    sorts: Vec<Pick>,
    entries: Vec<Entry>,
    next: Option<String>,
}

const SORTS: [(&str, &str, Sort); 3] = [
    ("updated", "Last changed", Sort::Updated),
    ("created", "Newest", Sort::Created),
    ("downloads", "Most downloads", Sort::Downloads),
];

/// `GET /models`, `/datasets`, `/spaces`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    OriginalUri(uri): OriginalUri,
    query: Query,
) -> Answer<Page<BrowsePage>> {
    let plural = uri.path().trim_matches('/');
    let kind = RepoKind::ALL.into_iter().find(|kind| kind.plural() == plural).unwrap_or(RepoKind::Model);
    let (word, _, sort) =
        *SORTS.iter().find(|(word, ..)| query.get("sort") == Some(word)).unwrap_or(&SORTS[0]);
    let search = query.get("q").unwrap_or_default().trim().to_owned();
    let after = query.get("after").and_then(place);
    let author = query.get("author").unwrap_or_default().to_owned();
    let listing = Listing { kind, author, search: search.clone(), sort, after, limit: PAGE };
    let page = repo::list(&app.commons, visit.actor.as_ref(), &listing).await?;
    let at = |sort: &str| format!("/{plural}?sort={sort}&q={}", segment(&search));
    let last = page.items.last().filter(|_| page.more).map(|item| listing.place(&item.repo));
    let next = last.map(|(figure, id)| format!("{}&after={figure}.{}", at(word), segment(id.as_str())));
    let sorts = SORTS.iter().map(|(name, text, _)| Pick { text, href: at(name), here: *name == word });
    let sorts = sorts.collect();
    let entries = page.items.into_iter().map(|item| Entry::new(item, visit.now)).collect();
    let heading = plural_word(&kind).to_owned();
    let frame = visit.frame(heading.clone(), format!("{heading} on {}", visit.host()), Here::Kind(kind));
    Ok(Page(BrowsePage { frame, heading, search, action: format!("/{plural}"), sorts, entries, next }))
}

/// The place behind which a page begins: the last row's figure and id.
fn place(text: &str) -> Option<(i64, RepoId)> {
    let (figure, id) = text.split_once('.')?;
    Some((figure.parse().ok()?, RepoId(id.to_owned())))
}

/// `GET /search`: names of every kind.
pub(crate) async fn search(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<BrowsePage>> {
    let search = query.get("q").unwrap_or_default().trim().to_owned();
    let asked = query.get("kind").and_then(RepoKind::from_word);
    let mut items = Vec::new();
    for kind in RepoKind::ALL.into_iter().filter(|kind| asked.is_none_or(|asked| asked == *kind)) {
        let (author, search, sort) = (String::new(), search.clone(), Sort::Updated);
        let listing = Listing { kind, author, search, sort, after: None, limit: PAGE };
        items.extend(repo::list(&app.commons, visit.actor.as_ref(), &listing).await?.items);
    }
    let entries = items.into_iter().map(|item| Entry::new(item, visit.now)).collect();
    let frame = visit.frame("Search", "", Here::Elsewhere);
    let (heading, action) = ("Search".to_owned(), "/search".to_owned());
    Ok(Page(BrowsePage { frame, heading, search, action, sorts: Vec::new(), entries, next: None }))
}
