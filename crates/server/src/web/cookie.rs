//! The cookie that holds a session.

use http::{HeaderMap, HeaderValue, header};
use seedcorn_commons::{Refusal, Result, session};
use seedcorn_core::access::Actor;
use seedcorn_core::limits;

use crate::app::App;

/// Over HTTPS the name's prefix makes browsers refuse the cookie of any other host or over plain HTTP (RFC 6265bis).
/// Over plain HTTP, as on a laptop, they would not take it at all.
fn name(base: &str) -> &'static str {
    if base.starts_with("https://") { "__Host-scn" } else { "scn" }
}

/// Whether a session is shown, good or not.
pub(super) fn is_shown(app: &App, headers: &HeaderMap) -> bool {
    secret(headers, name(&app.base(headers))).is_some()
}

/// Who is signed in.
pub(super) async fn actor(app: &App, headers: &HeaderMap) -> Result<Option<Actor>> {
    match secret(headers, name(&app.base(headers))) {
        Some(secret) => session::identify(&app.commons, secret).await,
        None => Ok(None),
    }
}

fn secret<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let lines = headers.get_all(header::COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// Sets the cookie; an empty secret takes it away.
pub(super) fn set(base: &str, secret: &str) -> Result<HeaderValue> {
    let name = name(base);
    let secure = if base.starts_with("https://") { "; Secure" } else { "" };
    let age = if secret.is_empty() { 0 } else { limits::SESSION_SECS };
    let text = format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={age}{secure}");
    HeaderValue::from_str(&text).map_err(Refusal::broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=b; scn=one"));
        headers.append(header::COOKIE, HeaderValue::from_static("__Host-scn=two"));
        assert_eq!(secret(&headers, name("http://localhost:1")), Some("one"));
        assert_eq!(secret(&headers, name("https://hub.example")), Some("two"));
        assert_eq!(secret(&HeaderMap::new(), "scn"), None);
    }

    #[test]
    fn secure_where_it_can_be() {
        let text = |base| set(base, "x").map(|value| value.to_str().unwrap_or_default().to_owned());
        assert!(text("https://h").is_ok_and(|t| t.starts_with("__Host-scn=x;") && t.ends_with("; Secure")));
        assert!(text("http://h").is_ok_and(|t| t.starts_with("scn=x;") && !t.contains("Secure")));
    }
}
