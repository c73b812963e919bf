//! Which feeds there are: what is new and changed in the whole commons, of a kind, of a member or group; and the commits
//! of a repo's main branch.

use axum::extract::{OriginalUri, Path, State};
use axum::response::Response;
use http::HeaderMap;
use seedcorn_commons::access::See;
use seedcorn_commons::browse::Revision;
use seedcorn_commons::list::{self, Item, Query};
use seedcorn_commons::publish::refs::{self, From};
use seedcorn_commons::{Result, authorize, finding, grade, people};
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;

use super::document;
use super::feed::{Entry, Feed, MEDIA, urn};
use crate::app::App;
use crate::place::Place;
use crate::refuse::Answer;
use crate::web::openness::told as lost;
use crate::web::urls::{self, RepoUrls};

/// The feed of a kind's list.
pub(crate) fn of_kind(kind: RepoKind) -> String {
    format!("/{}/feed.atom", kind.plural())
}

/// The feed of a member or group.
pub(crate) fn of_namespace(name: &str) -> String {
    format!("/users{}/feed.atom", urls::namespace(name))
}

/// The feed of a repo; `full_name` is `namespace/name`.
pub(crate) fn of_repo(kind: RepoKind, full_name: &str) -> String {
    format!("{}/feed.atom", RepoUrls::new(kind, full_name).card())
}

/// `GET /feed.atom`.
pub(crate) async fn all(State(app): State<App>, headers: HeaderMap) -> Answer<Response> {
    let base = app.base(&headers);
    let mut items = Vec::new();
    for kind in RepoKind::ALL {
        items.extend(newest(&app, Some(kind), "").await?);
    }
    let feed = Feed {
        title: format!("New on {}", host(&base)),
        here: format!("{base}/feed.atom"),
        page: format!("{base}/"),
        ..of_items(&app, &base, items, Time(0)).await?
    };
    Ok(answer(&headers, &feed))
}

/// `GET /models/feed.atom`, `/datasets/…`, `/spaces/…`.
pub(crate) async fn kind(
    State(app): State<App>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Answer<Response> {
    let base = app.base(&headers);
    let asked = RepoKind::ALL.into_iter().find(|kind| of_kind(*kind) == uri.path());
    let kind = asked.unwrap_or(RepoKind::Model);
    let items = newest(&app, Some(kind), "").await?;
    let feed = Feed {
        title: format!("New {} on {}", kind.plural(), host(&base)),
        here: format!("{base}{}", of_kind(kind)),
        page: format!("{base}{}", urls::browse(kind)),
        ..of_items(&app, &base, items, Time(0)).await?
    };
    Ok(answer(&headers, &feed))
}

/// `GET /users/{ns}/feed.atom`.
pub(crate) async fn namespace(
    State(app): State<App>,
    Path(name): Path<String>,
    headers: HeaderMap,
) -> Answer<Response> {
    let base = app.base(&headers);
    let row = people::profile(&app.commons, &name).await?.namespace;
    let mut items = Vec::new();
    for kind in RepoKind::ALL {
        items.extend(newest(&app, Some(kind), &row.name).await?);
    }
    let feed = Feed {
        title: format!("Works of {} on {}", row.name, host(&base)),
        here: format!("{base}{}", of_namespace(&row.name)),
        page: format!("{base}{}", urls::namespace(&row.name)),
        ..of_items(&app, &base, items, row.created).await?
    };
    Ok(answer(&headers, &feed))
}

/// `GET …/{ns}/{name}/feed.atom`.
pub(crate) async fn repo(State(app): State<App>, place: Place, headers: HeaderMap) -> Answer<Response> {
    let base = app.base(&headers);
    // On nobody's behalf, whatever token came along.
    let grant = authorize::<See>(&app.commons, None, place.kind, &place.full_name).await?;
    let page = refs::history(&app.commons, &grant, From::Revision("main", 0), limits::FEED_ENTRIES).await?;
    let repo = grant.repo();
    let (name, urls) = (repo.full_name(), RepoUrls::new(repo.kind, &repo.full_name()));
    let newest = page.commits.iter().map(|commit| commit.at).max();
    let entry = |commit: &Revision| {
        let oid = commit.oid.to_string();
        Entry {
            id: urn(&["commit", repo.id.as_str(), &oid]),
            title: titled(commit.title()),
            page: format!("{base}{}", urls.commit(&oid)),
            author: commit.author.clone(),
            published: commit.at,
            updated: commit.at,
            summary: commit.description().chars().take(limits::OPENING_CHARS).collect(),
            tags: Vec::new(),
        }
    };
    let mut entries: Vec<Entry> = page.commits.iter().map(entry).collect();
    let events = grade::events(&app.commons, &grant, limits::FEED_ENTRIES).await?;
    // What was lost is told to whoever follows the work; what came to it, its commits tell.
    entries.extend(events.iter().filter(|event| event.difference.is_worse()).map(|event| Entry {
        id: urn(&["openness", repo.id.as_str(), &event.at.to_string()]),
        title: titled(&format!("Openness: {}", lost(&event.difference, event.was == event.commit))),
        page: format!("{base}{}", urls.openness(&event.commit.to_string())),
        author: repo.owner.clone(),
        published: event.at,
        updated: event.at,
        summary: String::new(),
        tags: Vec::new(),
    }));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.published));
    entries.truncate(limits::FEED_ENTRIES);
    let newest = newest.max(entries.iter().map(|entry| entry.updated).max());
    let feed = Feed {
        title: format!("Commits of {name}"),
        here: format!("{base}{}", of_repo(repo.kind, &name)),
        page: format!("{base}{}", urls.card()),
        author: repo.owner.clone(),
        updated: newest.unwrap_or(repo.created),
        entries,
    };
    Ok(answer(&headers, &feed))
}

/// A commit's title may be empty, or as long as its sender liked.
fn titled(title: &str) -> String {
    match title.trim() {
        "" => "(no title)".into(),
        title => title.chars().take(limits::OPENING_CHARS).collect(),
    }
}

fn answer(headers: &HeaderMap, feed: &Feed) -> Response {
    document(headers, MEDIA, feed.write(), Some(feed.updated))
}

fn host(base: &str) -> &str {
    base.split_once("://").map_or(base, |(_, host)| host)
}

async fn newest(app: &App, kind: Option<RepoKind>, author: &str) -> Result<Vec<Item>> {
    let query = Query { kind, author: author.to_owned(), limit: limits::FEED_ENTRIES, ..Query::default() };
    Ok(list::list(&app.commons, None, &query).await?.items)
}

/// A feed of these repos, still without title and addresses. `made` is its date if there are none.
async fn of_items(app: &App, base: &str, mut items: Vec<Item>, made: Time) -> Result<Feed> {
    items.sort_by_key(|item| std::cmp::Reverse(item.repo.updated));
    items.truncate(limits::FEED_ENTRIES);
    let repos: Vec<_> = items.iter().map(|item| &item.repo).collect();
    let mut openings = finding::openings(&app.commons, &repos).await?;
    let updated = items.iter().map(|item| item.repo.updated).max().unwrap_or(made);
    let entry = |item: Item| {
        let urls = RepoUrls::new(item.repo.kind, &item.repo.full_name());
        Entry {
            id: format!("urn:uuid:{}", item.repo.id),
            title: item.repo.full_name(),
            page: format!("{base}{}", urls.card()),
            published: item.repo.created,
            updated: item.repo.updated,
            summary: openings.remove(&item.repo.id).unwrap_or_default(),
            tags: std::iter::once(item.repo.kind.word().to_owned())
                .chain(serde_json::from_str::<Vec<String>>(&item.card.tags).unwrap_or_default())
                .collect(),
            author: item.repo.owner,
        }
    };
    let (title, here, page) = Default::default();
    let author = host(base).to_owned();
    Ok(Feed { title, here, page, author, updated, entries: items.into_iter().map(entry).collect() })
}
