//! Who stands at the store's door: a Xet token, opened anew on each call.

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use seedcorn_commons::access::{Grant, Propose, Read};
use seedcorn_commons::{Refusal, xet};
use seedcorn_core::digest::XetHash;

use crate::actor::secret;
use crate::app::App;
use crate::client::Client;
use crate::refuse::Failure;

fn token(parts: &Parts) -> Result<String, Failure> {
    Ok(secret(&parts.headers)?.ok_or(Refusal::BadToken)?)
}

/// Whether the address has the store's generation of now. An old one leads nowhere, like any unknown address.
async fn check_generation(parts: &mut Parts, app: &App) -> Result<(), Failure> {
    let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| nowhere())?;
    let of_now = |store| xet::generation_of(store) == app.commons.generation();
    let known = params.iter().any(|(name, value)| name == "store" && of_now(value));
    if known { Ok(()) } else { Err(nowhere()) }
}

fn nowhere() -> Failure {
    Refusal::NotFound("there is nothing at this address".into()).into()
}

/// One who may read, and the program that asks.
#[derive(Debug)]
pub(crate) struct Reader(pub(crate) Grant<Read>, pub(crate) Client);

impl FromRequestParts<App> for Reader {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        check_generation(parts, app).await?;
        let (grant, machine) = xet::open_for_reading(&app.commons, &token(parts)?).await?;
        let Ok(client) = Client::from_request_parts(parts, app).await;
        Ok(Reader(grant, client.known(machine)))
    }
}

/// One who may send.
#[derive(Debug)]
pub(crate) struct Sender(pub(crate) Grant<Propose>);

impl FromRequestParts<App> for Sender {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        check_generation(parts, app).await?;
        Ok(Sender(xet::open_for_writing(&app.commons, &token(parts)?).await?))
    }
}

/// The hash in the address.
#[derive(Debug)]
pub(crate) struct Hash(pub(crate) XetHash);

impl FromRequestParts<App> for Hash {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        let params = RawPathParams::from_request_parts(parts, app).await.map_err(|_| nowhere())?;
        let text = params.iter().find(|(name, _)| *name == "hash").map_or("", |(_, value)| value);
        let hash = text.parse().map_err(|why| Refusal::Invalid(format!("hash: {why}")))?;
        Ok(Hash(hash))
    }
}
