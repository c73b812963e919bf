//! `POST /api/validate-yaml`: a card looked at before it is committed.

use axum::Json;
use axum::body::Body;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use seedcorn_core::card;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use serde_json::json;

use crate::body;
use crate::place::Query;
use crate::refuse::Answer;

/// Content and kind, from JSON or, by the oldest clients, from a form.
fn asked(form: bool, bytes: &[u8]) -> Option<(String, String)> {
    if form {
        let query = Query::parse(std::str::from_utf8(bytes).ok()?);
        let kind = query.get("repoType").unwrap_or("model").to_owned();
        return Some((query.get("content")?.to_owned(), kind));
    }
    let value: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let kind = value.get("repoType").and_then(|kind| kind.as_str()).unwrap_or("model");
    Some((value.get("content")?.as_str()?.to_owned(), kind.to_owned()))
}

pub(crate) async fn validate(headers: HeaderMap, body: Body) -> Answer<Response> {
    let bytes = body::of_anybody(body, limits::JSON_BODY_BYTES_MAX).await?;
    let text = |name| {
        headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok()).unwrap_or_default()
    };
    let form = text(header::CONTENT_TYPE).contains("form");
    let Some((content, kind)) = asked(form, &bytes) else {
        let why = "expected \"content\" and \"repoType\"";
        return Err(seedcorn_commons::Refusal::Invalid(why.into()).into());
    };
    let kind = RepoKind::from_word(&kind).unwrap_or(RepoKind::Model);
    let report = card::validate(&content, kind);
    let status = if report.errors.is_empty() { StatusCode::OK } else { StatusCode::BAD_REQUEST };
    if text(header::ACCEPT).contains("text/plain") {
        return Ok((status, report.text()).into_response());
    }
    let list = |texts: &[String]| texts.iter().map(|text| json!({ "message": text })).collect::<Vec<_>>();
    let answer = json!({ "errors": list(&report.errors), "warnings": list(&report.warnings) });
    Ok((status, Json(answer)).into_response())
}
