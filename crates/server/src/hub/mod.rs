//! The Hub API as the clients speak it (Hub protocol).

pub(crate) mod account;
pub(crate) mod attachments;
pub(crate) mod cards;
pub(crate) mod collections;
pub(crate) mod commit;
pub(crate) mod commits;
pub(crate) mod discussions;
pub(crate) mod gate;
pub(crate) mod info;
pub(crate) mod large;
pub(crate) mod list;
pub(crate) mod oauth;
pub(crate) mod papers;
pub(crate) mod people;
pub(crate) mod preupload;
pub(crate) mod refs;
pub(crate) mod repos;
pub(crate) mod resolve;
pub(crate) mod security;
pub(crate) mod tensors;
pub(crate) mod tree;
pub(crate) mod webhooks;

use axum::body::Body;
use http::{HeaderMap, Uri};
use seedcorn_commons::access::{Grant, Level};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::body;
use crate::place::{Place, segment};
use crate::refuse::Answer;

/// Links to the page behind a cursor (RFC 8288): the address that was asked, with that in place of where it began.
fn next_link(app: &App, headers: &HeaderMap, uri: &Uri, cursor: &str) -> String {
    let begins = |pair: &&str| pair.starts_with("cursor=") || pair.starts_with("p=");
    let kept = uri.query().unwrap_or_default().split('&').filter(|pair| !pair.is_empty() && !begins(pair));
    let mut pairs: Vec<String> = kept.map(str::to_owned).collect();
    pairs.push(format!("cursor={}", segment(cursor)));
    format!("<{}{}?{}>; rel=\"next\"", app.base(headers), uri.path(), pairs.join("&"))
}

/// A JSON body and the grant for what it asks. Who may not ask is told so before the body is read; and since a body may
/// be a long time coming, the grant is asked for again when it is there.
async fn granted_json<L: Level, T: DeserializeOwned>(
    app: &App,
    place: &Place,
    body: Body,
) -> Answer<(Grant<L>, T)> {
    place.grant::<L>(app).await?;
    let request = body::json(body).await?;
    Ok((place.grant(app).await?, request))
}
