//! The home page: what this commons is, what is new in it; for an empty one, how to publish the first repo.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::bases;
use seedcorn_commons::counts::{self, Shared};
use seedcorn_commons::list::{self, Query};
use seedcorn_core::repo::RepoKind;

use super::entry::{self, Entry};
use super::frame::{Frame, Here, Page};
use super::show::{Bytes, Count, Many};
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::place::segment;
use crate::refuse::Answer;

/// Entries under "New in the commons".
const NEW: usize = 8;
/// Models under "Most built upon".
const BASES: usize = 8;

/// The page.
#[derive(Debug, Template)]
#[template(path = "home.html")]
pub(crate) struct HomePage {
    frame: Frame,
    /// The newest repos of all kinds.
    entries: Vec<Entry>,
    /// How many repos of each kind the visitor may see.
    counts: Vec<(RepoKind, u64)>,
    /// What is shared with everybody.
    shared: Shared,
    /// Models that most others say they build on.
    bases: Vec<Base>,
}

/// A model that others build on.
#[derive(Clone, Debug)]
pub(crate) struct Base {
    name: String,
    /// Its page, if it is here.
    href: Option<String>,
    /// The list of those that build on it.
    list: String,
    /// How many, in words.
    uses: String,
}

impl HomePage {
    fn works(&self) -> u64 {
        self.counts.iter().map(|(_, count)| count).sum()
    }

    /// Members and groups that share something.
    fn publishers(&self) -> Count {
        Count(u64::try_from(self.shared.publishers).unwrap_or_default())
    }

    /// Works that say what they build on.
    fn building(&self) -> Count {
        Count(u64::try_from(self.shared.building).unwrap_or_default())
    }

    /// Bytes that anybody may have.
    fn bytes(&self) -> Bytes {
        Bytes(u64::try_from(self.shared.bytes).unwrap_or_default())
    }

    /// A line on what there is, kind by kind.
    fn kinds(&self) -> String {
        let some = self.counts.iter().filter(|(_, count)| *count > 0);
        let words: Vec<String> =
            some.map(|(kind, count)| Many(*count, entry::thing(kind)).to_string()).collect();
        words.join(", ")
    }
}

/// What the cards of public models name as their base, whether it is here or elsewhere.
async fn bases(app: &App, visit: &Visit) -> Answer<Vec<Base>> {
    let facets = counts::facets(&app.commons, RepoKind::Model).await?;
    let counted = facets.get("base_model").map(Vec::as_slice).unwrap_or_default();
    let base = |(tag, uses): &(String, u64)| {
        let name = tag.strip_prefix("base_model:").filter(|name| name.matches('/').count() == 1)?;
        let list = format!("{}?tag={}", urls::browse(RepoKind::Model), segment(tag));
        let verb = if *uses == 1 { "builds" } else { "build" };
        let uses = format!("{} {verb} on it", Many(*uses, "model"));
        Some(Base { name: name.to_owned(), href: None, list, uses })
    };
    let mut told: Vec<Base> = counted.iter().filter_map(base).take(BASES).collect();
    let names: Vec<String> = told.iter().map(|base| base.name.clone()).collect();
    let here = bases::here(&app.commons, visit.actor.as_ref(), &names).await?;
    for base in &mut told {
        base.href = here.contains(&base.name.to_ascii_lowercase()).then(|| urls::model(&base.name));
    }
    Ok(told)
}

/// `GET /`.
pub(crate) async fn get(State(app): State<App>, visit: Visit) -> Answer<Page<HomePage>> {
    let counts = counts::works(&app.commons, visit.actor.as_ref()).await?;
    let newest = Query { limit: NEW, ..Query::default() };
    let items = list::list(&app.commons, visit.actor.as_ref(), &newest).await?.items;
    let entries = entry::all(&app, &visit, items, "").await?;
    let about =
        "Models, data, code and papers, released so that others can build on them and credited when they do.";
    let frame = visit.frame("Seedcorn: the open commons for AI research", about, Here::Home);
    let frame = frame.feed("New works", "/feed.atom".into());
    let bases = bases(&app, &visit).await?;
    let shared = counts::shared(&app.commons).await?;
    Ok(Page(HomePage { frame, entries, counts, shared, bases }))
}

#[cfg(test)]
impl HomePage {
    /// A hub that is full and one that is empty, each for a member and for a stranger.
    pub(crate) fn samples() -> Vec<HomePage> {
        use super::samples::{entries, href, member, stranger, text};
        let base = |page| Base { name: text(), href: page, list: href(), uses: text() };
        let shared = Shared { publishers: 1200, building: 7, bytes: 1 << 41 };
        let counts = || RepoKind::ALL.into_iter().zip([0, 1, 1200, 7, 2]).collect();
        let full = |frame| HomePage {
            frame,
            entries: entries(),
            counts: counts(),
            shared,
            bases: vec![base(Some(href())), base(None)],
        };
        let empty =
            |frame| HomePage { frame, entries: Vec::new(), counts: Vec::new(), shared, bases: Vec::new() };
        let (member, stranger) = (|| member(Here::Home), || stranger(Here::Home));
        vec![full(member()), full(stranger()), empty(member()), empty(stranger())]
    }
}
