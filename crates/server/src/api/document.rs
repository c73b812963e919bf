//! The document that describes this API (OpenAPI 3.1), made from its handlers.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, header};
use seedcorn_commons::Refusal;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi as Document, Server};
use utoipa::{Modify, OpenApi};

use super::{Error, audit, credit, lineage, log, openness, repo, rounds, signing, trust, works};
use crate::app::App;
use crate::packed::Packable;
use crate::refuse::Answer;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Seedcorn commons API",
        version = "1",
        description = "What a hub knows beyond the Hub's own API. All of it but reviews, rounds, vouching, what owners sign with and what is said of lineage is read with GET. Lists come in pages: give \
                       `next` of one as `cursor` of the next. Errors have one shape. What you may not see is told of as if \
                       it were not there; an access token shows who you are. A repo that was renamed answers 307 with its \
                       new address.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    paths(
        works::totals,
        works::search,
        openness::classes,
        repo::compare,
        repo::bytes,
        repo::tree_of_bases,
        repo::weights,
        lineage::get,
        lineage::say,
        credit::get,
        credit::table,
        credit::days,
        credit::usage,
        log::state,
        log::entries,
        log::proof,
        log::of_work,
        log::of_revision,
        log::manifest,
        signing::head,
        signing::at_revision,
        signing::attestations,
        signing::signers,
        signing::register,
        signing::revoke,
        audit::list,
        trust::panels,
        trust::vouchers,
        trust::vouch,
        rounds::list,
        rounds::open,
        rounds::get,
        rounds::act,
        rounds::file,
        openness::head,
        openness::diff,
        openness::reviews,
        openness::add_review,
        openness::at,
    ),
    components(schemas(Error)),
    security((), ("token" = [])),
    modifiers(&Token),
)]
struct Described;

/// How one says who one is.
struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut Document) {
        let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(bearer));
    }
}

/// The document of a hub at an address.
pub(super) fn document(base: &str) -> Document {
    let mut document = Described::openapi();
    document.servers = Some(vec![Server::new(base)]);
    document
}

/// `GET /api/commons/v1/openapi.json`.
pub(super) async fn get(State(app): State<App>, headers: HeaderMap) -> Answer<Response> {
    let text = document(&app.base(&headers)).to_json().map_err(Refusal::broken)?;
    let mut response = ([(header::CONTENT_TYPE, "application/json")], text).into_response();
    response.extensions_mut().insert(Packable::Always);
    Ok(response)
}
