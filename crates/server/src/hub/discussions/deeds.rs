//! What clients do in discussions.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use http::HeaderMap;
use seedcorn_commons::access::{Level, Propose, See, Write};
use seedcorn_commons::discuss::{self, Event, How, Merge, Side};
use seedcorn_commons::{Grant, Refusal};
use seedcorn_core::talk::State as Status;
use seedcorn_wire::hub::{
    EditComment, HideComment, LockDiscussion, MergePull, NewComment, NewStatus, NewTitle, React,
    ReportComment,
};
use serde_json::{Value, json};

use super::{events, number};
use crate::app::App;
use crate::body;
use crate::hub::granted_json;
use crate::place::Place;
use crate::refuse::Answer;

/// An event under the name that clients look for it.
async fn answer<L: Level>(
    app: &App,
    grant: &Grant<L>,
    (number, headers): (i64, &HeaderMap),
    (name, event): (&str, Event),
) -> Answer<Json<Value>> {
    let see: Grant<See> = grant.lower().ok_or(Refusal::Unseen)?;
    let told = events::one(app, &see, number, (event, &app.base(headers))).await?;
    Ok(Json(json!({ name: told })))
}

/// `POST …/{number}/comment`.
pub(crate) async fn comment(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Propose, NewComment>(&app, &place, body).await?;
    let number = number(&place)?;
    let line = match said.line {
        None => None,
        Some(line) => Some(discuss::Place {
            side: match line.side.as_str() {
                "old" => Side::Old,
                "new" => Side::New,
                other => {
                    let text = format!("\"side\" is \"old\" or \"new\", not {other:?}");
                    return Err(Refusal::Invalid(text).into());
                }
            },
            path: line.path,
            line: line.line,
            commit: line.commit,
        }),
    };
    let event = discuss::comment(&app.commons, &grant, number, &said.comment, line.as_ref()).await?;
    answer(&app, &grant, (number, &headers), ("newMessage", event)).await
}

/// `POST …/{number}/title`.
pub(crate) async fn title(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Propose, NewTitle>(&app, &place, body).await?;
    let number = number(&place)?;
    let event = discuss::set_title(&app.commons, &grant, number, said.title.trim()).await?;
    answer(&app, &grant, (number, &headers), ("newTitle", event)).await
}

/// `POST …/{number}/status`.
pub(crate) async fn status(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Propose, NewStatus>(&app, &place, body).await?;
    let number = number(&place)?;
    let state = Status::from_word(&said.status).filter(|state| *state != Status::Merged);
    let state = state.ok_or_else(|| {
        Refusal::Invalid(format!("\"status\" is \"open\", \"closed\" or \"draft\", not {:?}", said.status))
    })?;
    let event = discuss::set_status(&app.commons, &grant, number, (state, said.comment.as_deref())).await?;
    answer(&app, &grant, (number, &headers), ("newStatus", event)).await
}

/// `POST …/{number}/merge`. Clients send no body where nothing is to be said.
pub(crate) async fn merge(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    place.grant::<Write>(&app).await?;
    let said: MergePull = body::json_or_nothing(body).await?;
    let grant = place.grant::<Write>(&app).await?;
    let how = match said.strategy.as_deref() {
        None | Some("") => How::Usual,
        Some("merge") => How::Commit,
        Some(other) => {
            let text = format!("\"strategy\" is \"merge\" or is left out, not {other:?}");
            return Err(Refusal::Invalid(text).into());
        }
    };
    let ask = Merge { how, head: said.head.as_deref(), comment: said.comment.as_deref() };
    let oid = discuss::merge(&app.commons, &grant, number(&place)?, ask).await?;
    Ok(Json(json!({ "mergeCommitId": oid.to_string(), "status": Status::Merged.word() })))
}

/// `POST …/{number}/lock`.
pub(crate) async fn lock(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Write, LockDiscussion>(&app, &place, body).await?;
    let number = number(&place)?;
    let event = discuss::set_locked(&app.commons, &grant, number, said.locked).await?;
    answer(&app, &grant, (number, &headers), ("newLock", event)).await
}

/// `POST …/{number}/comment/{id}/edit`.
pub(crate) async fn edit(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Propose, EditComment>(&app, &place, body).await?;
    let number = number(&place)?;
    let event = discuss::edit(&app.commons, &grant, number, (place.part("id"), &said.content)).await?;
    answer(&app, &grant, (number, &headers), ("updatedComment", event)).await
}

/// `POST …/{number}/comment/{id}/hide`. Clients send no body.
pub(crate) async fn hide(
    State(app): State<App>,
    place: Place,
    headers: HeaderMap,
    body: Body,
) -> Answer<Json<Value>> {
    place.grant::<Propose>(&app).await?;
    let said: HideComment = body::json_or_nothing(body).await?;
    let (grant, number) = (place.grant::<Propose>(&app).await?, number(&place)?);
    let what = (place.part("id"), said.hidden.unwrap_or(true));
    let event = discuss::hide(&app.commons, &grant, number, what).await?;
    answer(&app, &grant, (number, &headers), ("updatedComment", event)).await
}

/// `POST …/{number}/comment/{id}/reaction`.
pub(crate) async fn react(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    sign(&app, &place, body, true).await
}

/// `DELETE …/{number}/comment/{id}/reaction`.
pub(crate) async fn unreact(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    sign(&app, &place, body, false).await
}

async fn sign(app: &App, place: &Place, body: Body, given: bool) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Propose, React>(app, place, body).await?;
    let what = (place.part("id"), said.reaction.as_str());
    discuss::react(&app.commons, &grant, number(place)?, what, given).await?;
    Ok(Json(json!({ "success": true })))
}

/// `POST …/{number}/comment/{id}/report`.
pub(crate) async fn report(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    let (grant, said) = granted_json::<Propose, ReportComment>(&app, &place, body).await?;
    let what = (place.part("id"), said.reason.as_str());
    discuss::report(&app.commons, &grant, number(&place)?, what).await?;
    Ok(Json(json!({ "success": true })))
}
