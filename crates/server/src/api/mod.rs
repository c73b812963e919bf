//! Our own API, below `/api/commons/v1`: what the Hub's API has no words for. Each handler asks for a grant, calls a deed
//! that the pages call too, and spells its answer; the document that describes them is made from them.

mod audit;
pub(crate) mod credit;
mod document;
pub(crate) mod lineage;
mod log;
pub(crate) mod openness;
pub(crate) mod reference;
mod repo;
pub(crate) mod rounds;
pub(crate) mod signing;
mod trust;
mod works;

use std::ops::RangeInclusive;

use axum::Json;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, post};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::{StatusCode, header};
use seedcorn_commons::Refusal;
use seedcorn_core::access::Action;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use serde::Serialize;
use utoipa::ToSchema;

pub(crate) use credit::METHOD;

use crate::app::App;
use crate::place::Query;
use crate::refuse::Told;
use crate::router::{Access, Route, page, route};

/// What its addresses begin with.
pub(crate) const ROOT: &str = "/api/commons/v1";

/// Why something was refused: the one shape of every error.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Error {
    /// A word for programs, such as `RepoNotFound`.
    error: String,
    /// A sentence for people: what is wrong, and what to do.
    message: String,
}

/// An answer that is no JSON of the document: a text of some type, which browsers take for that.
pub(crate) fn typed(text: String, media: &'static str) -> Response {
    ([(header::CONTENT_TYPE, media), (header::X_CONTENT_TYPE_OPTIONS, "nosniff")], text).into_response()
}

/// The addresses of this face.
pub(crate) fn routes() -> Vec<Route> {
    let mut all = vec![
        page("GET", ROOT, Access::Anybody, get(reference::get)),
        route("GET", format!("{ROOT}/openapi.json"), Access::Anybody, spelled(get(document::get))),
        route("GET", format!("{ROOT}/totals"), Access::Filtered, spelled(get(works::totals))),
        route("GET", format!("{ROOT}/search"), Access::Filtered, spelled(get(works::search))),
        route("GET", format!("{ROOT}/openness"), Access::Filtered, spelled(get(openness::classes))),
        route("GET", format!("{ROOT}/rounds"), Access::Anybody, spelled(get(rounds::list))),
        route("POST", format!("{ROOT}/rounds"), Access::SignedIn, spelled(post(rounds::open))),
        route("GET", format!("{ROOT}/rounds/{{round}}"), Access::Anybody, spelled(get(rounds::get))),
        route("POST", format!("{ROOT}/rounds/{{round}}"), Access::SignedIn, spelled(post(rounds::act))),
        route(
            "GET",
            format!("{ROOT}/rounds/{{round}}/{{file}}"),
            Access::Anybody,
            spelled(get(rounds::file)),
        ),
        route("GET", format!("{ROOT}/audit"), Access::SignedIn, spelled(get(audit::list))),
        route("GET", format!("{ROOT}/log"), Access::Public, spelled(get(log::state))),
        route("GET", format!("{ROOT}/log/entries"), Access::Public, spelled(get(log::entries))),
        route("GET", format!("{ROOT}/log/entries/{{index}}/proof"), Access::Public, spelled(get(log::proof))),
        route("GET", format!("{ROOT}/trust/panels"), Access::Anybody, spelled(get(trust::panels))),
        route(
            "GET",
            format!("{ROOT}/trust/members/{{member}}"),
            Access::Anybody,
            spelled(get(trust::vouchers)),
        ),
        route(
            "POST",
            format!("{ROOT}/trust/members/{{member}}"),
            Access::SignedIn,
            spelled(post(trust::vouch)),
        ),
        route(
            "GET",
            format!("{ROOT}/owners/{{owner}}/signers"),
            Access::Anybody,
            spelled(get(signing::signers)),
        ),
        route(
            "POST",
            format!("{ROOT}/owners/{{owner}}/signers"),
            Access::SignedIn,
            spelled(post(signing::register)),
        ),
        route(
            "DELETE",
            format!("{ROOT}/owners/{{owner}}/signers/{{signer}}"),
            Access::SignedIn,
            spelled(delete(signing::revoke)),
        ),
        route("GET", format!("{ROOT}/credit/{{file}}"), Access::Filtered, spelled(get(credit::table))),
        route("GET", format!("{ROOT}/usage"), Access::Anybody, spelled(get(credit::days))),
        route("GET", format!("{ROOT}/usage/{{day}}"), Access::Filtered, spelled(get(credit::usage))),
    ];
    for kind in RepoKind::ALL {
        let at = |rest: &str| format!("{ROOT}/{}/{{ns}}/{{name}}/{rest}", kind.plural());
        let (see, read) = (Access::Repo(Action::See), Access::Repo(Action::Read));
        all.push(route("GET", at("compare/{spec}"), see, spelled(get(repo::compare))));
        all.push(route("GET", at("commits/{rev}/bytes"), see, spelled(get(repo::bytes))));
        all.push(route("GET", at("tree-of-bases"), see, spelled(get(repo::tree_of_bases))));
        all.push(route("GET", at("weights/{rev}"), read, spelled(get(repo::weights))));
        all.push(route("GET", at("lineage"), see, spelled(get(lineage::get))));
        all.push(route("POST", at("lineage"), Access::SignedIn, spelled(post(lineage::say))));
        all.push(route("GET", at("log"), see, spelled(get(log::of_work))));
        all.push(route("GET", at("proof/{rev}"), see, spelled(get(log::of_revision))));
        all.push(route("GET", at("manifest/{rev}"), see, spelled(get(log::manifest))));
        all.push(route("GET", at("signatures"), see, spelled(get(signing::head))));
        all.push(route("GET", at("signatures/{rev}"), read, spelled(get(signing::at_revision))));
        all.push(route("GET", at("attestations/{digest}"), read, spelled(get(signing::attestations))));
        all.push(route("GET", at("credit"), see, spelled(get(credit::get))));
        all.push(route("GET", at("openness"), see, spelled(get(openness::head))));
        all.push(route("GET", at("openness/diff"), see, spelled(get(openness::diff))));
        all.push(route("GET", at("openness/reviews"), see, spelled(get(openness::reviews))));
        let propose = Access::Repo(Action::Propose);
        all.push(route("POST", at("openness/reviews"), propose, spelled(post(openness::add_review))));
        all.push(route("GET", at("openness/{rev}"), see, spelled(get(openness::at))));
    }
    all
}

/// A handler whose refusals have the shape of this API.
fn spelled(handler: MethodRouter<App>) -> MethodRouter<App> {
    handler.layer(middleware::from_fn(spell))
}

async fn spell(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let Some(Told(message)) = response.extensions().get::<Told>().cloned() else {
        return response;
    };
    let code = response.headers().get("x-error-code").and_then(|code| code.to_str().ok());
    let error = code.unwrap_or_else(|| word(response.status())).to_owned();
    let body = Json(Error { error, message }).into_response().into_body();
    response.headers_mut().remove(header::CONTENT_LENGTH);
    *response.body_mut() = body;
    response
}

fn word(status: StatusCode) -> &'static str {
    match status {
        StatusCode::BAD_REQUEST => "Invalid",
        StatusCode::UNAUTHORIZED => "Unauthorized",
        StatusCode::FORBIDDEN => "Forbidden",
        StatusCode::NOT_FOUND => "NotFound",
        StatusCode::PAYLOAD_TOO_LARGE => "TooLarge",
        StatusCode::SERVICE_UNAVAILABLE => "Busy",
        StatusCode::TEMPORARY_REDIRECT => "Moved",
        status if status.is_server_error() => "Broken",
        _ => "Refused",
    }
}

/// How many of a list are asked for.
fn limit(query: &Query) -> Result<usize, Refusal> {
    number(query, "limit", 1..=limits::API_PAGE_MAX, limits::API_PAGE_MAX)
}

/// A number that is asked for, within bounds; the usual one where nothing is said.
fn number(query: &Query, key: &str, within: RangeInclusive<usize>, usual: usize) -> Result<usize, Refusal> {
    let Some(text) = query.get(key) else { return Ok(usual) };
    let read = text.parse().ok().filter(|number| within.contains(number));
    let (least, most) = within.into_inner();
    read.ok_or_else(|| {
        Refusal::Invalid(format!("\"{key}\" must be a number from {least} to {most}, not {text:?}"))
    })
}

/// A place in a list as clients carry it from one page to the next.
fn write_cursor(place: &str) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(place)
}

/// Reads what [`write_cursor`] wrote; `None` on the first page.
fn cursor(query: &Query) -> Result<Option<String>, Refusal> {
    let Some(text) = query.get("cursor") else {
        return Ok(None);
    };
    let place = BASE64_URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    // No text of the database holds a zero.
    place.filter(|place| !place.contains('\0')).map(Some).ok_or_else(foreign_cursor)
}

fn foreign_cursor() -> Refusal {
    Refusal::Invalid("\"cursor\" was not made here: take \"next\" of the page before, or leave it out".into())
}
