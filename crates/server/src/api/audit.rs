//! Who did what, for programs of those who run the hub.

use axum::Json;
use axum::extract::State;
use seedcorn_commons::audit::{self, Line};
use seedcorn_core::time::Time;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::Error;
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

/// Who did what with accounts, rights and works.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLog {
    /// Lines, the newest first.
    lines: Vec<AuditLine>,
    /// What comes before them, for `cursor`.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// What was done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuditLine {
    /// Names it.
    id: String,
    /// When.
    at: String,
    /// Who did it; none for the command line and for whoever signs in.
    #[serde(skip_serializing_if = "String::is_empty")]
    by: String,
    /// The token or session that they came with.
    #[serde(skip_serializing_if = "String::is_empty")]
    token: String,
    /// What was done, such as `repo.delete`.
    deed: String,
    /// To what, by its name then.
    subject: String,
    /// More of it.
    #[schema(value_type = Object)]
    says: Value,
}

impl From<Line> for AuditLine {
    fn from(line: Line) -> AuditLine {
        AuditLine {
            id: line.id,
            at: Time(line.at).to_string(),
            by: line.name,
            token: line.token,
            deed: line.deed,
            subject: line.subject,
            says: serde_json::from_str(&line.says).unwrap_or_default(),
        }
    }
}

/// Who did what with accounts, rights and works.
///
/// For those who run the hub. It is no part of the public log.
#[utoipa::path(
    get, path = "/api/commons/v1/audit", operation_id = "audit", tag = "commons",
    params(
        ("of" = Option<String>, Query, description = "What a member did, or what was done to something of that name"),
        ("cursor" = Option<String>, Query, description = "`next` of the page before"),
    ),
    responses(
        (status = 200, description = "Up to 100 lines", body = AuditLog),
        (status = 401, description = "It needs a token, or the token is unknown, has expired or was taken back", body = Error),
        (status = 403, description = "You do not run the hub, or the token may not speak for you", body = Error),
    ),
)]
pub(crate) async fn list(State(app): State<App>, place: Place, query: Query) -> Answer<Json<AuditLog>> {
    let actor = place.asker.signed_in()?;
    let (of, cursor) = (query.get("of").unwrap_or_default(), query.get("cursor").unwrap_or_default());
    let (lines, more) = audit::list(&app.commons, actor, of, cursor).await?;
    let next = lines.last().filter(|_| more).map(|last| last.id.clone());
    Ok(Json(AuditLog { lines: lines.into_iter().map(AuditLine::from).collect(), next }))
}
