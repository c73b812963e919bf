//! Who asks, from the request's headers: a bearer token, or a token as password of Basic. For pages, which take a cookie
//! as well, their middleware has found out before.

use axum::extract::FromRequestParts;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::request::Parts;
use http::{HeaderMap, header};
use seedcorn_commons::{Refusal, identity};
use seedcorn_core::access::Actor;

use crate::app::App;
use crate::refuse::Failure;

/// Somebody, or nobody in particular.
#[derive(Clone, Debug)]
pub(crate) struct Asker(pub(crate) Option<Actor>);

impl Asker {
    /// The actor, or a refusal that asks for a token.
    pub(crate) fn signed_in(&self) -> Result<&Actor, Failure> {
        let text = "Invalid username or password: this needs an access token";
        self.0.as_ref().ok_or_else(|| Refusal::Unsigned(text.into()).into())
    }
}

/// The secret of an Authorization header; `None` without one.
pub(crate) fn secret(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        return Ok(None);
    };
    let value = value.to_str().map_err(|_| Refusal::BadToken)?;
    let (scheme, rest) = value.split_once(' ').unwrap_or((value, ""));
    match scheme.to_ascii_lowercase().as_str() {
        "bearer" => Ok(Some(rest.trim().to_owned())),
        "basic" => {
            let pair = BASE64_STANDARD.decode(rest.trim()).map_err(|_| Refusal::BadToken)?;
            let pair = String::from_utf8(pair).map_err(|_| Refusal::BadToken)?;
            let (user, password) = pair.split_once(':').ok_or(Refusal::BadToken)?;
            // Some git clients put the token where the user goes.
            Ok(Some(if password.is_empty() { user } else { password }.to_owned()))
        }
        _ => Err(Refusal::BadToken),
    }
}

impl FromRequestParts<App> for Asker {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if let Some(asker) = parts.extensions.get::<Asker>() {
            return Ok(asker.clone());
        }
        match secret(&parts.headers)? {
            None => Ok(Asker(None)),
            Some(secret) => Ok(Asker(Some(identity::identify(&app.commons, &secret).await?))),
        }
    }
}
