//! A folder of a repo: what is in it, how large, who touched it last and when.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use seedcorn_commons::access::See;
use seedcorn_commons::browse::{self, Listing};
use seedcorn_commons::last::last_commits;
use seedcorn_core::limits;
use seedcorn_formats::kind;

use super::frame::{Frame, Here, Page};
use super::head::{self, Head, Tab};
use super::saving::{folder_acts, may_commit};
use super::show::{Bytes, When, cut};
use super::visit::Visit;
use crate::app::App;
use crate::place::{Place, Query, segment};
use crate::refuse::Answer;

/// One line of a folder.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its own name; a folder's ends in a slash.
    name: String,
    href: String,
    folder: bool,
    /// What its name promises.
    kind: &'static str,
    size: String,
    /// The commit that touched it last: its first line, and when.
    last: Option<(String, When)>,
    /// SHA-256 of a large file, the blob's id of another.
    hash: String,
}

/// A part of the path above.
#[derive(Clone, Debug)]
pub(crate) struct Crumb {
    pub(crate) name: String,
    pub(crate) href: String,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "tree.html")]
pub(crate) struct TreePage {
    frame: Frame,
    head: Head,
    /// The folders above, from the root; the last is the page's own.
    crumbs: Vec<Crumb>,
    folder: String,
    rows: Vec<Row>,
    /// What the visitor may do here.
    acts: Vec<(&'static str, String)>,
    /// The next page.
    next: Option<String>,
}

/// The folders from the root to a path, each with its page.
pub(crate) fn crumbs(head: &Head, path: &str) -> Vec<Crumb> {
    let mut all = vec![Crumb { name: head.name.clone(), href: head.urls.tree(head.revision(), "") }];
    let ends = path.match_indices('/').map(|(at, _)| at).chain((!path.is_empty()).then_some(path.len()));
    for end in ends {
        let above = &path[..end];
        let name = above.rsplit('/').next().unwrap_or(above).to_owned();
        all.push(Crumb { name, href: head.urls.tree(head.revision(), above) });
    }
    all
}

/// `GET …/tree/{rev}[/{path}]`.
pub(crate) async fn get(
    State(app): State<App>,
    visit: Visit,
    place: Place,
    query: Query,
) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let folder = place.part("path").trim_matches('/').to_owned();
    let opened = head::open(&app, &visit, grant, place.part("rev"), Tab::Files).await?;
    let most = limits::TREE_PAGE_EXPANDED_MAX;
    // One more than is shown tells whether there is a next page.
    let what = Listing { path: &folder, recursive: false, after: query.get("after"), limit: most + 1 };
    let mut entries = browse::list(&app.commons, &opened.grant, &opened.commit, &what).await?;
    let more = entries.len() > most;
    entries.truncate(most);
    if let [only] = entries.as_slice()
        && only.path == folder
        && !only.folder
    {
        let page = opened.head.urls.blob(opened.head.revision(), &folder);
        return Ok(Redirect::to(&page).into_response());
    }
    let paths: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
    let last = last_commits(&app.commons, &opened.grant, &opened.commit, &paths).await?;
    let (urls, revision) = (&opened.head.urls, opened.head.revision());
    let here = urls.tree(revision, &folder);
    let next = entries.last().filter(|_| more).map(|last| format!("{here}?after={}", segment(&last.path)));
    let rows = entries.into_iter().map(|entry| {
        let name = entry.path.rsplit('/').next().unwrap_or(&entry.path).to_owned();
        Row {
            name: if entry.folder { format!("{name}/") } else { name },
            href: match entry.folder {
                true => urls.tree(revision, &entry.path),
                false => urls.blob(revision, &entry.path),
            },
            folder: entry.folder,
            kind: if entry.folder { "folder" } else { kind::named(&entry.path) },
            size: if entry.folder { String::new() } else { Bytes(entry.bytes).to_string() },
            last: last.get(&entry.path).map(|commit| {
                (cut(commit.title(), limits::LISTED_TITLE_CHARS), When { at: commit.at, now: visit.now })
            }),
            hash: match (&entry.large, entry.folder) {
                (Some(large), _) => large.sha256.to_string(),
                (None, false) => entry.oid.to_string(),
                (None, true) => String::new(),
            },
        }
    });
    let rows = rows.collect();
    let crumbs = crumbs(&opened.head, &folder);
    let acts = match may_commit(&app, &place, &opened.grant, revision).await {
        true => folder_acts(urls, revision, &folder),
        false => Vec::new(),
    };
    let what = if folder.is_empty() { "Files".to_owned() } else { folder.clone() };
    let frame = opened.frame(&visit, &what);
    Ok(Page(TreePage { frame, head: opened.head, crumbs, folder, rows, acts, next }).into_response())
}

#[cfg(test)]
impl TreePage {
    /// A folder in which there is all that can be, and an empty repo.
    pub(crate) fn samples() -> Vec<TreePage> {
        use super::samples::{HOSTILE, OID, head, href, member, stranger, text, when};
        use seedcorn_core::repo::RepoKind::Model;
        let row = |folder, last, hash| Row {
            name: text(),
            href: href(),
            folder,
            kind: HOSTILE,
            size: text(),
            last,
            hash,
        };
        let path = format!("{HOSTILE}/{HOSTILE}");
        let full = TreePage {
            frame: member(Here::Kind(Model)),
            crumbs: crumbs(&head(Model, Tab::Files), &path),
            head: head(Model, Tab::Files),
            folder: path,
            rows: vec![row(true, None, String::new()), row(false, Some((text(), when())), OID.into())],
            acts: vec![(HOSTILE, href())],
            next: Some(href()),
        };
        let empty = TreePage {
            frame: stranger(Here::Kind(Model)),
            head: Head { admin: false, licenses: Vec::new(), ..head(Model, Tab::Files) },
            crumbs: Vec::new(),
            folder: String::new(),
            rows: Vec::new(),
            acts: Vec::new(),
            next: None,
        };
        vec![full, empty]
    }
}
