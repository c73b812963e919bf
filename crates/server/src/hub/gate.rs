//! Gated repos in the Hub's words: asking for access, and what is said to that (`user-access-request`).

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header;
use seedcorn_commons::Refusal;
use seedcorn_commons::access::{Admin, See};
use seedcorn_commons::gate::{self, Request, Status, Unasked, Whose};
use seedcorn_core::limits;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::app::App;
use crate::body;
use crate::place::{Place, Query};
use crate::refuse::{Answer, Failure};

/// A request as clients read it.
fn told(request: &Request) -> Value {
    let fields: Value = serde_json::from_str(&request.fields).unwrap_or_default();
    let mut told = json!({
        "requestId": request.id,
        "status": request.status,
        "timestamp": request.asked.to_string(),
        "fields": fields,
        "user": { "user": request.name, "fullname": request.full_name, "email": null },
    });
    if !request.reason.is_empty() {
        told["rejectionReason"] = request.reason.as_str().into();
    }
    told
}

fn status(word: &str) -> Result<Status, Refusal> {
    Status::from_word(word).ok_or_else(|| {
        Refusal::Invalid(format!("a request is \"pending\", \"accepted\" or \"rejected\", not {word:?}"))
    })
}

/// `GET …/user-access-request/{status}`.
pub(crate) async fn list(State(app): State<App>, place: Place) -> Answer<Json<Value>> {
    let grant = place.grant::<Admin>(&app).await?;
    let status = status(place.part("status"))?;
    let mut all: Vec<Request> = Vec::new();
    // Clients read one answer, so it has all of them, up to a limit.
    loop {
        let last = all.last().map(|last| (last.asked, last.id.clone()));
        let before = last.as_ref().map(|(at, id)| (*at, id.as_str()));
        let (page, more) = gate::list(&app.commons, &grant, status, before).await?;
        all.extend(page);
        if !more || all.len() >= limits::ACCESS_REQUESTS_TOLD {
            return Ok(Json(Value::Array(all.iter().map(told).collect())));
        }
    }
}

/// What is said to a request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handle {
    user: Option<String>,
    request_id: Option<String>,
    /// Later clients name a member by their id.
    user_id: Option<String>,
    status: String,
    #[serde(default)]
    rejection_reason: Option<String>,
}

/// `POST …/user-access-request/handle`.
pub(crate) async fn handle(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    let grant = place.grant::<Admin>(&app).await?;
    let said: Handle = body::json(body).await?;
    let whose = match (&said.user, &said.request_id) {
        (Some(user), _) => Whose::Member(user),
        (None, Some(request)) => Whose::Request(request),
        (None, None) => {
            let known = if said.user_id.is_some() { " \"userId\" is not known here." } else { "" };
            return Err(
                Refusal::Invalid(format!("say whose request: \"user\" or \"requestId\".{known}")).into()
            );
        }
    };
    let reason = said.rejection_reason.as_deref().unwrap_or_default();
    let request = gate::handle(&app.commons, &grant, whose, (status(&said.status)?, reason)).await?;
    Ok(Json(told(&request)))
}

/// Whom to let in.
#[derive(Deserialize)]
struct Admit {
    user: String,
}

/// `POST …/user-access-request/grant`: lets in who need not have asked.
pub(crate) async fn admit(State(app): State<App>, place: Place, body: Body) -> Answer<Json<Value>> {
    let grant = place.grant::<Admin>(&app).await?;
    let said: Admit = body::json(body).await?;
    Ok(Json(told(&gate::admit(&app.commons, &grant, &said.user).await?)))
}

/// `POST …/user-access-request/cancel`: takes back one's own request.
pub(crate) async fn withdraw(State(app): State<App>, place: Place) -> Answer<Json<Value>> {
    place.asker.signed_in()?;
    let grant = place.grant::<See>(&app).await?;
    gate::withdraw(&app.commons, &grant).await?;
    Ok(Json(json!({ "success": true })))
}

/// `POST …/ask-access`: asks, with the answers to the form as a form or as a JSON object.
pub(crate) async fn ask(
    State(app): State<App>,
    place: Place,
    request: axum::extract::Request,
) -> Answer<Json<Value>> {
    place.asker.signed_in()?;
    let grant = place.grant::<See>(&app).await?;
    let is_json = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.starts_with("application/json"));
    let bytes = body::whole(request.into_body(), limits::FORM_BYTES_MAX).await?;
    let given: BTreeMap<String, String> = match is_json {
        true => answers_of_json(&bytes)?,
        false => Query::parse(&String::from_utf8_lossy(&bytes)).into_pairs().collect(),
    };
    match gate::ask(&app.commons, &grant, &given).await {
        Ok(request) => Ok(Json(told(&request))),
        Err(Unasked::Answer(bad)) => Err(Refusal::Invalid(bad.to_string()).into()),
        Err(Unasked::Refused(refusal)) => Err(refusal.into()),
    }
}

fn answers_of_json(bytes: &[u8]) -> Result<BTreeMap<String, String>, Failure> {
    if bytes.is_empty() {
        return Ok(BTreeMap::new());
    }
    let bad = |error: serde_json::Error| Refusal::Invalid(format!("the answers are no JSON object: {error}"));
    let all: BTreeMap<String, Value> = serde_json::from_slice(bytes).map_err(bad)?;
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    Ok(all.into_iter().map(|(name, value)| (name, text(value))).collect())
}

/// `GET …/user-access-report`: everybody who asked, as a table (CSV).
pub(crate) async fn report(State(app): State<App>, place: Place) -> Answer<Response> {
    let grant = place.grant::<Admin>(&app).await?;
    let mut text = String::from("user,fullname,status,timestamp,fields\r\n");
    for status in Status::ALL {
        let mut before: Option<(seedcorn_core::time::Time, String)> = None;
        loop {
            let after = before.as_ref().map(|(at, id)| (*at, id.as_str()));
            let (page, more) = gate::list(&app.commons, &grant, status, after).await?;
            for one in &page {
                let at = one.asked.to_string();
                let cells = [&one.name, &one.full_name, &one.status, &at, &one.fields].map(|text| cell(text));
                text.push_str(&cells.join(","));
                text.push_str("\r\n");
            }
            before = page.last().map(|last| (last.asked, last.id.clone()));
            if text.len() > limits::ACCESS_REPORT_BYTES_MAX {
                let most = limits::ACCESS_REPORT_BYTES_MAX >> 20;
                let why = format!(
                    "the table is longer than {most} MiB: read the requests of each state by themselves"
                );
                return Err(Refusal::TooLarge(why).into());
            }
            if !more {
                break;
            }
        }
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"access.csv\""),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, text).into_response())
}

/// A cell (RFC 4180). What a spreadsheet would take for a formula stays a text.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_texts() {
        assert_eq!(cell("a \"b\""), "\"a \"\"b\"\"\"");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
    }
}
