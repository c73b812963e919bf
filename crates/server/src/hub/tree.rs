//! `GET …/tree/{rev}[/{path}]` and `POST …/paths-info/{rev}`.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{HeaderMap, HeaderValue, Uri, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Grant, See};
use seedcorn_commons::browse::{self, Entry, Listing, Revision};
use seedcorn_commons::last::last_commits;
use seedcorn_commons::scan;
use seedcorn_core::limits;
use seedcorn_core::scan::Found;
use seedcorn_wire::hub::{LastCommit, PathsInfo, TreeEntry, TreeLfs};

use super::{next_link, security};
use crate::app::App;
use crate::body;
use crate::place::{Place, Query};
use crate::refuse::Answer;

pub(crate) async fn tree(
    State(app): State<App>,
    place: Place,
    uri: Uri,
    headers: HeaderMap,
    query: Query,
) -> Answer<Response> {
    let grant = place.grant::<See>(&app).await?;
    let commit = browse::revision(&app.commons, &grant, place.part("rev")).await?;
    let expand = query.flag("expand");
    let most = if expand { limits::TREE_PAGE_EXPANDED_MAX } else { limits::TREE_PAGE_MAX };
    let limit = query.get("limit").and_then(|text| text.parse().ok()).unwrap_or(most).clamp(1, most);
    let after = match query.get("cursor") {
        None => None,
        Some(text) => {
            let decoded =
                BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
            Some(decoded.ok_or_else(|| Refusal::Invalid("\"cursor\" was not made here".into()))?)
        }
    };
    let recursive = query.flag("recursive");
    // One more than asked for tells whether there is a next page.
    let what = Listing { path: place.part("path"), recursive, after: after.as_deref(), limit: limit + 1 };
    let mut entries = browse::list(&app.commons, &grant, &commit, &what).await?;
    let more = entries.len() > limit;
    entries.truncate(limit);
    let link = entries
        .last()
        .filter(|_| more)
        .map(|last| next_link(&app, &headers, &uri, &BASE64_URL_SAFE_NO_PAD.encode(&last.path)));
    let items = describe(&app, &grant, &commit, entries, expand).await?;
    let mut response = Json(items).into_response();
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(&link).ok()) {
        response.headers_mut().insert(header::LINK, link);
    }
    Ok(response)
}

/// Paths come as a form or as JSON.
fn paths_asked(form: bool, bytes: &[u8]) -> Answer<PathsInfo> {
    if form {
        let text = String::from_utf8_lossy(bytes);
        let query = Query::parse(&text);
        let paths = query.all("paths").map(str::to_owned).collect();
        return Ok(PathsInfo { paths, expand: query.flag("expand") });
    }
    let asked = serde_json::from_slice(bytes);
    Ok(asked.map_err(|why| Refusal::Invalid(format!("the body is not the JSON expected: {why}")))?)
}

pub(crate) async fn paths_info(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Vec<TreeEntry>>> {
    place.grant::<See>(&app).await?;
    let bytes = body::whole(body, limits::JSON_BODY_BYTES_MAX).await?;
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let asked = paths_asked(!kind.contains("json"), &bytes)?;
    if asked.paths.len() > limits::PATHS_INFO_MAX {
        let text = format!("at most {} paths can be asked about at once", limits::PATHS_INFO_MAX);
        return Err(Refusal::TooLarge(text).into());
    }
    // The body may have been a long time coming.
    let grant = place.grant::<See>(&app).await?;
    let commit = browse::revision(&app.commons, &grant, place.part("rev")).await?;
    let entries = browse::at_paths(&app.commons, &grant, &commit, &asked.paths).await?;
    Ok(Json(describe(&app, &grant, &commit, entries, asked.expand).await?))
}

async fn describe(
    app: &App,
    grant: &Grant<See>,
    commit: &Revision,
    entries: Vec<Entry>,
    expand: bool,
) -> Answer<Vec<TreeEntry>> {
    let last = if expand {
        let paths: Vec<String> = entries.iter().map(|entry| entry.path.clone()).collect();
        last_commits(&app.commons, grant, commit, &paths).await?
    } else {
        BTreeMap::new()
    };
    let mut found = if expand { scan::found(&app.commons, &entries).await? } else { BTreeMap::new() };
    // What is in files that are given on request is not told to everybody.
    if !grant.repo().gated.is_empty() {
        found.values_mut().for_each(|found| {
            found.imports.clear();
            found.reasons.clear();
        });
    }
    Ok(entries.into_iter().map(|entry| wire(entry, (&last, &found), expand)).collect())
}

fn wire(
    entry: Entry,
    (last, found): (&BTreeMap<String, Revision>, &BTreeMap<String, Found>),
    expand: bool,
) -> TreeEntry {
    let last_commit = last.get(&entry.path).map(|commit| LastCommit {
        id: commit.oid.to_string(),
        title: commit.title().to_owned(),
        date: commit.at.to_string(),
    });
    let xet_hash = entry.large.as_ref().and_then(|large| large.xet).map(|hash| hash.to_string());
    let security = security::of_file(found.get(&entry.path));
    TreeEntry {
        r#type: if entry.folder { "directory" } else { "file" },
        oid: entry.oid.to_string(),
        size: entry.bytes,
        lfs: entry.large.map(|large| TreeLfs {
            oid: large.sha256.to_string(),
            size: entry.bytes,
            pointer_size: large.pointer_bytes,
        }),
        xet_hash,
        last_commit,
        security_file_status: (expand && !entry.folder).then_some(security),
        path: entry.path,
    }
}
