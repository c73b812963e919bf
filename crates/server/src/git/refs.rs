//! `GET …/info/refs?service=…`: where both conversations begin.

use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use seedcorn_commons::access::{Grant, Propose, Read};
use seedcorn_commons::git::{may_push, named};
use seedcorn_commons::{Refusal, Result};
use seedcorn_wire::git::advert::{self, Advertised, Refs};

use super::answer::{answer, is_version_2, refuse};
use crate::app::App;
use crate::place::{Place, Query};
use crate::refuse::Answer;

pub(crate) async fn info_refs(
    State(app): State<App>,
    place: Place,
    query: Query,
    headers: HeaderMap,
) -> Response {
    match told(&app, &place, query.get("service").unwrap_or_default(), &headers).await {
        Ok(response) => response,
        Err(failure) => refuse(&place, failure),
    }
}

async fn told(app: &App, place: &Place, service: &str, headers: &HeaderMap) -> Answer<Response> {
    match service {
        "git-upload-pack" => {
            let grant = place.grant::<Read>(app).await?;
            let body = match is_version_2(headers) {
                true => advert::version_2(),
                false => advert::version_0(&refs(app, &grant).await?, false),
            };
            Ok(answer("application/x-git-upload-pack-advertisement", body))
        }
        "git-receive-pack" => {
            if place.asker.0.is_none() {
                return Err(Refusal::Unsigned(
                    "sign in with an access token that may write, as password".into(),
                )
                .into());
            }
            let grant = place.grant::<Propose>(app).await?;
            may_push(&app.commons, &grant).await?;
            let read = grant.lower::<Read>().ok_or(Refusal::Unseen)?;
            let body = advert::version_0(&refs(app, &read).await?, true);
            Ok(answer("application/x-git-receive-pack-advertisement", body))
        }
        _ => {
            Err(Refusal::Invalid("git is served by its smart protocol: update git to fetch from here".into())
                .into())
        }
    }
}

/// The refs of a repo.
pub(super) async fn refs(app: &App, grant: &Grant<Read>) -> Result<Refs> {
    let all = named(&app.commons, grant).await?.into_iter().map(|one| {
        let peeled = (one.object != one.commit).then_some(one.commit);
        Advertised { name: one.name, oid: one.object, peeled }
    });
    Ok(Refs { all: all.collect(), head: "refs/heads/main".into() })
}
