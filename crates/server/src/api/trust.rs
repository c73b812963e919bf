//! Who is trusted, for programs: panels, and members who vouch for each other.

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use seedcorn_commons::trust;
use seedcorn_core::limits;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Error;
use crate::app::App;
use crate::body;
use crate::place::Place;
use crate::refuse::Answer;

/// Whom trust begins with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Panels {
    /// The panels: a member is trusted as far as the one is that trusts them least.
    panels: Vec<Panel>,
}

/// A panel.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Panel {
    /// What it is called.
    name: String,
    /// Who sits on it.
    members: Vec<String>,
}

/// Panels that trust begins with.
///
/// Operators name who sits on them.
#[utoipa::path(
    get, path = "/api/commons/v1/trust/panels", operation_id = "panels", tag = "lineage",
    responses((status = 200, description = "The panels", body = Panels)),
)]
pub(crate) async fn panels(State(app): State<App>) -> Answer<Json<Panels>> {
    let seats = trust::panels(&app.commons).await?;
    let panels = seats.chunk_by(|a, b| a.panel == b.panel).map(|seats| Panel {
        name: seats.first().map(|seat| seat.panel.clone()).unwrap_or_default(),
        members: seats.iter().map(|seat| seat.name.clone()).collect(),
    });
    Ok(Json(Panels { panels: panels.collect() }))
}

/// Who vouches for a member.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Vouchers {
    /// The member.
    member: String,
    /// Who vouches for them: 1,000 at most are told.
    vouched_by: Vec<String>,
}

/// Who vouches for a member.
///
/// Everybody may ask.
#[utoipa::path(
    get, path = "/api/commons/v1/trust/members/{member}", operation_id = "vouchers", tag = "lineage",
    params(("member" = String, Path, description = "Their name", example = "ada")),
    responses(
        (status = 200, description = "Who vouches for them", body = Vouchers),
        (status = 404, description = "No member has that name", body = Error),
    ),
)]
pub(crate) async fn vouchers(State(app): State<App>, place: Place) -> Answer<Json<Vouchers>> {
    told(&app, place.part("member")).await
}

/// Whether you vouch for a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vouch {
    /// Whether you do.
    vouch: bool,
}

/// Vouches for a member, or takes that back.
///
/// Vouch for people whom you know: what they use then counts for credit, as far as you are trusted.
#[utoipa::path(
    post, path = "/api/commons/v1/trust/members/{member}", operation_id = "vouch", tag = "lineage",
    params(("member" = String, Path, description = "Their name", example = "ada")),
    request_body = Vouch,
    responses(
        (status = 200, description = "It is done: who vouches for them now", body = Vouchers),
        (status = 400, description = "It is yourself, or you vouch for as many as anybody may", body = Error),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "The token may not speak for its member", body = Error),
        (status = 404, description = "No member has that name", body = Error),
        (status = 413, description = "The body is too long", body = Error),
        (status = 503, description = "Too much at once: ask again", body = Error),
    ),
)]
pub(crate) async fn vouch(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Vouchers>> {
    let actor = place.asker.signed_in()?;
    let wanted: Vouch = body::json(body).await?;
    let member = place.part("member");
    trust::vouch(&app.commons, actor, member, wanted.vouch).await?;
    told(&app, member).await
}

async fn told(app: &App, name: &str) -> Answer<Json<Vouchers>> {
    let member = trust::member(&app.commons, name).await?;
    let vouched_by = trust::vouchers(&app.commons, &member, limits::VOUCHERS_MAX).await?;
    Ok(Json(Vouchers { member: member.name, vouched_by }))
}
