//! Repos made, moved, deleted, set.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode};
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Admin, Grant, Read, Write, authorize};
use seedcorn_commons::repo::{self, Created, NewRepo, Settings};
use seedcorn_core::repo::RepoKind;
use seedcorn_wire::hub::{CreateRepo, CreatedRepo, DeleteRepo, Gated, MoveRepo, RepoSettings};

use super::granted_json;
use crate::actor::Asker;
use crate::app::App;
use crate::body;
use crate::place::Place;
use crate::refuse::Answer;

pub(super) fn kind(word: Option<&str>) -> Answer<RepoKind> {
    let word = word.unwrap_or("model");
    let unknown = || Refusal::Invalid(format!("\"type\" must be one of {}, not {word:?}", RepoKind::words()));
    Ok(RepoKind::from_word(word).ok_or_else(unknown)?)
}

/// Old clients put the namespace into the name.
pub(super) fn split(name: &str, organization: Option<String>) -> (Option<String>, String) {
    match name.split_once('/') {
        Some((owner, name)) => (Some(owner.to_owned()), name.to_owned()),
        None => (organization, name.to_owned()),
    }
}

/// What `visibility` and the older `private` say together. Where they disagree none is guessed to be meant: one of the two
/// guesses would show what was to be hidden.
pub(super) fn private(visibility: Option<&str>, private: Option<bool>) -> Answer<Option<bool>> {
    let said = match visibility {
        None => return Ok(private),
        Some("public") => false,
        // Protected shows a space's page but not its files; without pages of spaces that is private.
        Some("private" | "protected") => true,
        Some(word) => {
            let text =
                format!("\"visibility\" must be one of \"public\", \"private\", \"protected\", not {word:?}");
            return Err(Refusal::Invalid(text).into());
        }
    };
    if let (Some(word), Some(private)) = (visibility, private.filter(|private| *private != said)) {
        let text = format!("\"visibility\" is {word:?} and \"private\" is {private}; send only one of them");
        return Err(Refusal::Invalid(text).into());
    }
    Ok(Some(said))
}

/// What is told of a repo that was made, or was there.
pub(super) fn made(app: &App, headers: &HeaderMap, created: Created) -> Response {
    let (status, repo, error) = match created {
        Created::New(repo) => (StatusCode::OK, repo, None),
        Created::Exists(repo, why) => (StatusCode::CONFLICT, repo, Some(why)),
    };
    let name = repo.full_name();
    let url = format!("{}/{}{name}", app.base(headers), repo.kind.prefix());
    if let Some(text) = &error {
        let mut response = crate::refuse::error_response(status, None, text);
        *response.body_mut() = Json(CreatedRepo { url, name, error }).into_response().into_body();
        response.headers_mut().remove(http::header::CONTENT_LENGTH);
        return response;
    }
    (status, Json(CreatedRepo { url, name, error })).into_response()
}

pub(crate) async fn create(
    State(app): State<App>,
    asker: Asker,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let actor = asker.signed_in()?;
    let request: CreateRepo = body::json(body).await?;
    let kind = kind(request.kind.as_deref())?;
    let (owner, name) = split(&request.name, request.organization);
    let private = private(request.visibility.as_deref(), request.private)?;
    let sdk = request.sdk.unwrap_or_default();
    let created = repo::create(&app.commons, actor, NewRepo { kind, owner, name, private, sdk }).await?;
    Ok(made(&app, &headers, created))
}

pub(crate) async fn delete(
    State(app): State<App>,
    asker: Asker,
    body: Body,
) -> Answer<Json<serde_json::Value>> {
    let actor = asker.signed_in()?;
    let request: DeleteRepo = body::json(body).await?;
    let kind = kind(request.kind.as_deref())?;
    let (owner, name) = split(&request.name, request.organization);
    let full_name = format!("{}/{name}", owner.as_deref().unwrap_or(&actor.name));
    // An old name is not followed here: who deletes and remakes a repo by its name must not lose the one that was
    // renamed to be kept.
    let grant: Grant<Admin> = match authorize(&app.commons, Some(actor), kind, &full_name).await {
        Err(Refusal::Moved(to)) => {
            let text =
                format!("{full_name} is a former name of {to}; nothing was deleted. Delete it as {to}");
            return Err(Refusal::Conflict(text).into());
        }
        answer => answer?,
    };
    repo::delete(&app.commons, &grant).await?;
    Ok(Json(serde_json::json!({ "success": true })))
}

pub(crate) async fn rename(
    State(app): State<App>,
    asker: Asker,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<serde_json::Value>> {
    let actor = asker.signed_in()?;
    let request: MoveRepo = body::json(body).await?;
    let kind = kind(request.kind.as_deref())?;
    // The name is in the body, so no redirect can tell of a newer one: an old name is followed here.
    let grant: Grant<Admin> = match authorize(&app.commons, Some(actor), kind, &request.from_repo).await {
        Err(Refusal::Moved(now)) => authorize(&app.commons, Some(actor), kind, &now).await?,
        answer => answer?,
    };
    let repo = repo::rename(&app.commons, &grant, &request.to_repo).await?;
    let url = format!("{}/{}{}", app.base(&headers), kind.prefix(), repo.full_name());
    Ok(Json(serde_json::json!({ "url": url })))
}

pub(crate) async fn settings(
    State(app): State<App>,
    place: Place,
    body: Body,
) -> Answer<Json<serde_json::Value>> {
    let (grant, request) = granted_json::<Admin, RepoSettings>(&app, &place, body).await?;
    let gated = match request.gated {
        None => None,
        Some(Gated::Flag(false)) => Some(String::new()),
        Some(Gated::Word(word)) if word == "auto" || word == "manual" => Some(word),
        Some(Gated::Flag(true) | Gated::Word(_)) => {
            let text = "\"gated\" must be one of \"auto\", \"manual\", false";
            return Err(Refusal::Invalid(text.into()).into());
        }
    };
    let private = private(request.visibility.as_deref(), request.private)?;
    let now = repo::set(&app.commons, &grant, Settings { private, gated }).await?;
    let gated = if now.gated.is_empty() { serde_json::json!(false) } else { serde_json::json!(now.gated) };
    Ok(Json(serde_json::json!({ "private": now.private, "gated": gated })))
}

/// `GET …/auth-check`: may the asker read the files.
pub(crate) async fn may_read(State(app): State<App>, place: Place) -> Answer<Json<serde_json::Value>> {
    place.grant::<Read>(&app).await?;
    Ok(Json(serde_json::json!({ "success": true })))
}

/// `GET …/auth-check/write`: may the asker publish.
pub(crate) async fn may_write(State(app): State<App>, place: Place) -> Answer<Json<serde_json::Value>> {
    place.grant::<Write>(&app).await?;
    Ok(Json(serde_json::json!({ "success": true })))
}
