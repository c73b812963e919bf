//! The home page: what this commons is, what is new in it; for an empty one, how to publish the first repo.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::repo::{self, Query, Sort};
use seedcorn_core::repo::RepoKind;

use super::entry::{self, Entry};
use super::frame::{Frame, Here, Page};
use super::show::Count;
use super::visit::Visit;
use crate::app::App;
use crate::refuse::Answer;

/// Entries under "New in the commons".
const NEW: usize = 8;

/// The page.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    frame: Frame,
    /// The newest repos of all kinds.
    entries: Vec<Entry>,
    /// How many repos of each kind the visitor may see.
    counts: Vec<(RepoKind, u64)>,
}

impl HomePage {
    fn works(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// A line on what there is, kind by kind.
    fn kinds(&self) -> String {
        let some = self.counts.iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> =
            some.map(|(kind, count)| super::show::Many(*count, kind.word()).to_string()).collect();
        words.join(", ")
    }
}

/// `GET /`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<HomePage>> {
    let counts = repo::count(&app.commons, visit.actor.as_ref()).await?;
    let mut items = Vec::new();
    for kind in RepoKind::ALL {
        let query = Query {
            kind,
            author: String::new(),
            search: String::new(),
            sort: Sort::Updated,
            after: None,
            limit: NEW,
        };
        items.extend(repo::list(&app.commons, visit.actor.as_ref(), &query).await?.items);
    }
    items.sort_by_key(|item| std::cmp::Reverse(item.repo.updated));
    items.truncate(NEW);
    let entries = items.into_iter().map(|item| Entry::new(item, visit.now)).collect();
    let about =
        "Models, data, code and papers, released so that others can build on them and credited when they do.";
    let frame = visit.frame("Seedcorn: the open commons for AI research", about, Here::Home);
    Ok(Page(HomePage { frame, entries, counts }))
}
