//! `GET …/xet-{read|write}-token/{rev}`: the same facts as JSON for hf_xet and in headers for Python.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use seedcorn_commons::access::{Propose, Read};
use seedcorn_commons::{browse, grade, publish, xet};
use seedcorn_wire::xet::TokenAnswer;

use crate::app::App;
use crate::client::Client;
use crate::place::{Place, Query};
use crate::refuse::Answer;

fn answer(app: &App, headers: &HeaderMap, token: xet::XetToken) -> Response {
    let cas_url = app.cas_url(headers, &token.store);
    let answer = TokenAnswer { cas_url, exp: token.expires_secs, access_token: token.secret };
    let pairs = [
        ("x-xet-cas-url", answer.cas_url.clone()),
        ("x-xet-access-token", answer.access_token.clone()),
        ("x-xet-token-expiration", answer.exp.to_string()),
        ("cache-control", "no-store".to_owned()),
    ];
    let mut response = Json(answer).into_response();
    for (name, value) in pairs {
        if let Ok(value) = HeaderValue::from_str(&value) {
            response.headers_mut().insert(HeaderName::from_static(name), value);
        }
    }
    response
}

pub(crate) async fn read_token(
    State(app): State<App>,
    place: Place,
    client: Client,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = place.grant::<Read>(&app).await?;
    let commit = browse::revision(&app.commons, &grant, place.part("rev")).await?;
    // Whoever asked by the file's name was warned there.
    grade::may_pull(&app.commons, &grant, Some(&commit)).await?;
    Ok(answer(&app, &headers, xet::read_token(&app.commons, &grant, client.is_machine())))
}

pub(crate) async fn write_token(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Answer<Response> {
    let grant = place.grant::<Propose>(&app).await?;
    // git-xet puts the query into the revision; `None` is what the clients' pull requests without a base send.
    let revision = place.part("rev");
    let (revision, inner) = revision.split_once('?').unwrap_or((revision, ""));
    let to_pull = query.flag("create_pr") || Query::parse(inner).flag("create_pr");
    if revision != "None" {
        publish::check_target(&app.commons, &grant, &publish::Target::new(revision, to_pull)).await?;
    }
    let to_pull = to_pull || revision.starts_with("refs/pr/");
    Ok(answer(&app, &headers, xet::write_token(&app.commons, &grant, to_pull)?))
}
