//! Pull requests as the clients open and look them up; talk comes later.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Propose, See};
use seedcorn_commons::publish::CommitHeader;
use seedcorn_commons::publish::pulls::{self, Pull};
use seedcorn_commons::repo::Repo;
use seedcorn_wire::hub::{
    Author, Changes, CreateDiscussion, DiscussedRepo, Discussion, DiscussionDetails, Discussions,
};
use serde_json::json;

use super::granted_json;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::{Answer, error_response};

/// Discussions in a page.
const PAGE: i64 = 50;

fn wire(repo: &Repo, pull: &Pull) -> Discussion {
    Discussion {
        num: pull.row.number,
        title: pull.row.title.clone(),
        status: pull.row.status.clone(),
        is_pull_request: true,
        created_at: pull.row.created.to_string(),
        author: Author { name: pull.author.clone(), r#type: "user" },
        repo: DiscussedRepo { name: repo.full_name(), r#type: repo.kind.word() },
    }
}

pub(crate) async fn list(State(app): State<App>, place: Place, query: Query) -> Answer<Json<Discussions>> {
    let grant = place.grant::<See>(&app).await?;
    let page: i64 = query.get("p").and_then(|text| text.parse().ok()).unwrap_or(0);
    let start = page.clamp(0, i64::MAX / PAGE) * PAGE;
    let (found, count) = pulls::list(&app.commons, &grant, start, PAGE).await?;
    let discussions = found.iter().map(|pull| wire(grant.repo(), pull)).collect();
    Ok(Json(Discussions { discussions, count, start }))
}

pub(crate) async fn create(State(app): State<App>, place: Place, body: Body) -> Answer<Response> {
    let (grant, request) = granted_json::<Propose, CreateDiscussion>(&app, &place, body).await?;
    if !request.pull_request {
        let text = "discussions that are not pull requests are not served by this hub";
        return Ok(error_response(StatusCode::NOT_IMPLEMENTED, None, text));
    }
    let description = request.description.unwrap_or_default();
    let header = CommitHeader { summary: request.title, description, parent: None };
    let pull = pulls::open_draft(&app.commons, &grant, header).await?;
    Ok(Json(json!({ "num": pull.row.number, "pullRequest": true })).into_response())
}

pub(crate) async fn get(State(app): State<App>, place: Place) -> Answer<Json<DiscussionDetails>> {
    let grant = place.grant::<See>(&app).await?;
    let text = place.part("number");
    let number = text.parse().map_err(|_| Refusal::NotFound(format!("there is no discussion {text:?}")))?;
    let pull = pulls::get(&app.commons, &grant, number).await?;
    Ok(Json(DiscussionDetails {
        discussion: wire(grant.repo(), &pull),
        events: opening(&pull),
        changes: Changes { base: pull.row.base.clone(), merge_commit_id: None },
        files_with_conflicts: Vec::new(),
    }))
}

/// The first comment: what the pull request was opened with.
fn opening(pull: &Pull) -> Vec<serde_json::Value> {
    if pull.row.body.is_empty() {
        return Vec::new();
    }
    let at = pull.row.created.to_string();
    let author = json!({ "name": pull.author, "type": "user" });
    let latest = json!({ "raw": pull.row.body, "html": "", "updatedAt": at, "author": author });
    let data = json!({ "edited": false, "hidden": false, "latest": latest, "history": [] });
    vec![
        json!({ "id": format!("{}-0", pull.row.number), "type": "comment", "createdAt": at, "author": author, "data": data }),
    ]
}
