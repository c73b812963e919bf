//! `GET /search`: one box for repos of every kind, members and groups.

use askama::Template;
use axum::extract::State;
use seedcorn_commons::list::{self, Query as Listing, Sort};
use seedcorn_commons::people;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;

use super::browse::{Pick, read_place, write_place};
use super::entry::{self, Entry, plural_word};
use super::frame::{Frame, Here, Page};
use super::urls;
use super::visit::Visit;
use crate::app::App;
use crate::place::{Query, segment};
use crate::refuse::Answer;

/// Entries in a page.
const PAGE: usize = 30;
/// Groups told to have been found.
const GROUPS: usize = 5;

/// The page.
#[derive(Debug, Template)]
#[template(path = "search.html")]
pub(crate) struct SearchPage {
    frame: Frame,
    words: String,
    kind: &'static str,
    kinds: Vec<Pick>,
    /// A member or group of exactly this name: name and address.
    owner: Option<(String, String)>,
    /// Groups with the words in one of their names: name and address.
    groups: Vec<(String, String)>,
    entries: Vec<Entry>,
    next: Option<String>,
}

/// `GET /search`.
pub(crate) async fn get(State(app): State<App>, visit: Visit, query: Query) -> Answer<Page<SearchPage>> {
    // Longer ones are cut: what fits is still a search.
    let words = query.get("q").unwrap_or_default().trim();
    let words = words[..words.floor_char_boundary(limits::SEARCH_BYTES_MAX)].trim().to_owned();
    let kind = query.get("kind").and_then(RepoKind::from_word);
    let href = |kind: Option<RepoKind>| {
        let kind = kind.map(|kind| format!("&kind={kind}")).unwrap_or_default();
        format!("/search?q={}{kind}", segment(&words))
    };
    let after = query.get("after").and_then(read_place);
    let listing =
        Listing { kind, words: words.clone(), sort: Sort::Best, after, limit: PAGE, ..Listing::default() };
    let (mut items, mut next) = (Vec::new(), None);
    if !words.is_empty() {
        let page = list::list(&app.commons, visit.actor.as_ref(), &listing).await?;
        next = page.next.as_ref().map(|place| format!("{}&after={}", href(kind), write_place(place)));
        items = page.items;
    }
    let mut groups = Vec::new();
    // What cannot be a name is in none.
    let may_be_name = !words.contains('\0') && words.len() <= limits::FULL_NAME_BYTES_MAX;
    if !words.is_empty() && kind.is_none() && may_be_name {
        let found = people::groups(&app.commons, &words, "").await?.0.into_iter().take(GROUPS);
        groups = found.map(|group| (group.name.clone(), urls::namespace(&group.name))).collect();
    }
    let owner = people::profile(&app.commons, &words).await.ok().map(|profile| profile.namespace.name);
    let pick = |kind_of: Option<RepoKind>| Pick {
        text: kind_of.map_or("Everything", |kind| plural_word(&kind)).to_owned(),
        href: href(kind_of),
        here: kind_of == kind,
    };
    let kinds = std::iter::once(None).chain(RepoKind::ALL.map(Some)).map(pick).collect();
    Ok(Page(SearchPage {
        frame: visit.frame("Search", "", Here::Elsewhere),
        owner: owner.map(|name| (name.clone(), urls::namespace(&name))),
        entries: entry::all(&app, &visit, items, &words).await?,
        groups,
        kind: kind.map_or("", RepoKind::word),
        words,
        kinds,
        next,
    }))
}

#[cfg(test)]
impl SearchPage {
    /// Something found, nothing found, and nothing asked.
    pub(crate) fn samples() -> Vec<SearchPage> {
        use super::samples::{HOSTILE, entries, href, member, stranger, text};
        let page = |frame, words, kind, entries, next| SearchPage {
            frame,
            words,
            kind,
            kinds: [true, false].map(|here| Pick { text: text(), href: href(), here }).into(),
            owner: Some((text(), href())),
            groups: vec![(text(), href()), (text(), href())],
            entries,
            next,
        };
        vec![
            page(member(Here::Elsewhere), text(), HOSTILE, entries(), Some(href())),
            page(stranger(Here::Elsewhere), text(), "", Vec::new(), None),
            page(stranger(Here::Elsewhere), String::new(), "", Vec::new(), None),
        ]
    }
}
