//! `POST /oauth/device` and `POST /oauth/token`: the device flow of OAuth 2.0 (RFC 8628), by which `hf auth login` signs in
//! through a browser. Errors are spelled as RFC 6749, section 5.2 says.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use seedcorn_commons::Refusal;
use seedcorn_commons::device::{self, Polled};
use serde_json::json;

use crate::app::App;
use crate::refuse::Answer;
use crate::web::form::Form;

/// The grant of the device flow (RFC 8628, section 3.4).
const DEVICE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// `POST /oauth/device`: a program begins to sign in.
pub(crate) async fn begin(State(app): State<App>, headers: HeaderMap, _form: Form) -> Answer<Response> {
    let client = headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let begun = device::begin(&app.commons, client).await?;
    let page = format!("{}/device", app.base(&headers));
    let answer = json!({
        "device_code": begun.device_code,
        "user_code": begun.user_code,
        "verification_uri": page,
        "verification_uri_complete": format!("{page}?code={}", begun.user_code),
        "expires_in": begun.expires_secs,
        "interval": begun.interval_secs,
    });
    Ok(kept_nowhere(Json(answer).into_response()))
}

/// `POST /oauth/token`: it asks whether somebody agreed.
pub(crate) async fn token(State(app): State<App>, form: Form) -> Answer<Response> {
    if form.text("grant_type") != DEVICE_GRANT {
        let text =
            "this hub signs programs in by a device code, or by an access token: hf auth login --token …";
        return Ok(error("unsupported_grant_type", text));
    }
    let polled = match device::poll(&app.commons, form.text("device_code")).await {
        Err(Refusal::BadToken) => Polled::Denied,
        polled => polled?,
    };
    Ok(match polled {
        Polled::Pending => error("authorization_pending", "nobody has answered yet"),
        Polled::TooOften => error("slow_down", "ask less often"),
        Polled::Over => error("expired_token", "this sign-in is over; start anew"),
        Polled::Denied => error("access_denied", "it was not let in"),
        Polled::Token(secret, expires_secs) => {
            let answer =
                json!({ "access_token": secret, "token_type": "bearer", "expires_in": expires_secs });
            kept_nowhere(Json(answer).into_response())
        }
    })
}

fn error(code: &str, text: &str) -> Response {
    let answer = Json(json!({ "error": code, "error_description": text }));
    kept_nowhere((StatusCode::BAD_REQUEST, answer).into_response())
}

fn kept_nowhere(response: Response) -> Response {
    ([(header::CACHE_CONTROL, "no-store")], response).into_response()
}
