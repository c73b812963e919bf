//! Branches and tags.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use seedcorn_commons::access::{See, Write};
use seedcorn_commons::publish::refs::{self, RefKind};
use seedcorn_commons::publish::{self, CommitHeader};
use seedcorn_core::limits;
use seedcorn_wire::hub::{CreateBranch, CreateTag, RefItem, Refs, Squash};

use super::granted_json;
use crate::app::App;
use crate::body;
use crate::place::{Place, Query};
use crate::refuse::Answer;

pub(crate) async fn list(State(app): State<App>, place: Place, query: Query) -> Answer<Json<Refs>> {
    let grant = place.grant::<See>(&app).await?;
    let mut out = Refs { pull_requests: query.flag("include_prs").then(Vec::new), ..Refs::default() };
    for found in refs::list(&app.commons, &grant).await? {
        let item = |short: &str| RefItem {
            name: short.to_owned(),
            r#ref: found.name.clone(),
            target_commit: found.target.to_string(),
        };
        if let Some(short) = found.name.strip_prefix("refs/heads/") {
            out.branches.push(item(short));
        } else if let Some(short) = found.name.strip_prefix("refs/tags/") {
            out.tags.push(item(short));
        } else if let Some(short) = found.name.strip_prefix("refs/convert/") {
            out.converts.push(item(short));
        } else if let Some(list) = &mut out.pull_requests
            && let Some(number) = found.name.strip_prefix("refs/pr/")
        {
            list.push(item(number));
        }
    }
    Ok(Json(out))
}

fn done() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "success": true }))
}

pub(crate) async fn create_branch(
    State(app): State<App>,
    place: Place,
    body: Body,
) -> Answer<Json<serde_json::Value>> {
    place.grant::<Write>(&app).await?;
    let bytes = body::whole(body, limits::JSON_BODY_BYTES_MAX).await?;
    let request: CreateBranch = if bytes.trim_ascii().is_empty() {
        CreateBranch::default()
    } else {
        serde_json::from_slice(&bytes).map_err(|why| {
            seedcorn_commons::Refusal::Invalid(format!("the body is not the JSON expected: {why}"))
        })?
    };
    // The body may have been a long time coming.
    let grant = place.grant::<Write>(&app).await?;
    let at = request.starting_point.as_deref();
    refs::create(&app.commons, &grant, RefKind::Branch, place.part("branch"), at).await?;
    Ok(done())
}

pub(crate) async fn delete_branch(State(app): State<App>, place: Place) -> Answer<Json<serde_json::Value>> {
    let grant = place.grant::<Write>(&app).await?;
    refs::delete(&app.commons, &grant, RefKind::Branch, place.part("branch")).await?;
    Ok(done())
}

/// `POST …/super-squash/{rev}`: the branch's history becomes one commit.
pub(crate) async fn squash(
    State(app): State<App>,
    place: Place,
    body: Body,
) -> Answer<Json<serde_json::Value>> {
    let (grant, request) = granted_json::<Write, Squash>(&app, &place, body).await?;
    let branch = place.part("rev");
    let summary = request.message.unwrap_or_else(|| format!("Squash the history of {branch}"));
    let header = CommitHeader { summary, ..CommitHeader::default() };
    publish::squash(&app.commons, &grant, branch, header).await?;
    Ok(done())
}

pub(crate) async fn create_tag(
    State(app): State<App>,
    place: Place,
    body: Body,
) -> Answer<Json<serde_json::Value>> {
    let (grant, request) = granted_json::<Write, CreateTag>(&app, &place, body).await?;
    let at = place.part("rev");
    match request.message.as_deref().map(str::trim).filter(|message| !message.is_empty()) {
        Some(message) => refs::annotate(&app.commons, &grant, &request.tag, at, message).await?,
        None => refs::create(&app.commons, &grant, RefKind::Tag, &request.tag, Some(at)).await?,
    };
    Ok(done())
}

pub(crate) async fn delete_tag(State(app): State<App>, place: Place) -> Answer<Json<serde_json::Value>> {
    let grant = place.grant::<Write>(&app).await?;
    refs::delete(&app.commons, &grant, RefKind::Tag, place.part("rev")).await?;
    Ok(done())
}
