//! Around every page: who asks, told by their cookie; whether a form was sent from a page of ours; and refusals as pages.

use askama::Template;
use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode, header};
use seedcorn_commons::{Refusal, discuss, identity};
use seedcorn_core::access::Actor;
use seedcorn_core::name;
use seedcorn_core::time::Time;

use super::cookie;
use super::frame::{Finding, Frame, Here, html_response};
use super::statics::Statics;
use crate::actor::{Asker, secret};
use crate::app::App;
use crate::body;
use crate::refuse::{Failure, Told};
use crate::router::elsewhere;

/// One request for a page.
#[derive(Clone, Debug)]
pub(crate) struct Visit {
    /// Who is signed in.
    pub(crate) actor: Option<Actor>,
    /// How much they were told and did not look at yet.
    pub(crate) told: i64,
    /// The hub's address as the visitor uses it.
    pub(crate) base: String,
    /// The path and query asked for.
    pub(crate) path: String,
    /// When.
    pub(crate) now: Time,
}

impl Visit {
    /// The frame of a page that answers this visit.
    pub(crate) fn frame(&self, title: impl Into<String>, about: impl Into<String>, here: Here) -> Frame {
        Frame {
            title: title.into(),
            about: about.into(),
            here,
            who: self.actor.as_ref().map(|actor| actor.name.clone()),
            runs: self.actor.as_ref().is_some_and(|actor| actor.admin),
            told: self.told,
            base: self.base.clone(),
            path: self.path.clone(),
            finding: Finding::default(),
            statics: Statics,
        }
    }

    /// The hub's host, as the visitor uses it.
    pub(crate) fn host(&self) -> &str {
        self.base.split_once("://").map_or(self.base.as_str(), |(_, host)| host)
    }

    /// Who is signed in, or a refusal that leads to the sign-in page.
    pub(crate) fn member(&self) -> Result<&Actor, Failure> {
        self.actor.as_ref().ok_or_else(|| Refusal::Unsigned("Sign in to see this page.".into()).into())
    }
}

impl FromRequestParts<App> for Visit {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _app: &App) -> Result<Self, Failure> {
        let missing = || Refusal::broken(std::io::Error::other("a page outside of the pages' middleware"));
        Ok(parts.extensions.get::<Visit>().cloned().ok_or_else(missing)?)
    }
}

/// The middleware of every page.
pub(crate) async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    // Nobody can have these names, so such an address is meant for something that is not served here.
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    let named =
        request.extensions().get::<MatchedPath>().is_some_and(|path| path.as_str().starts_with("/{ns}"));
    if named && name::RESERVED.contains(&first.to_ascii_lowercase().as_str()) {
        return elsewhere(request.uri().clone()).await;
    }
    let headers = request.headers();
    let base = app.base(headers);
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let (plain, reference) = (matches!(*request.method(), Method::GET | Method::HEAD), reference(headers));
    let foreign = !plain && !sent_from_here(headers, &base);
    let named = headers.contains_key(header::AUTHORIZATION);
    let actor = who(&app, headers).await;
    let told = match &actor {
        // Whoever does something is shown another page for it.
        Ok(Some(actor)) if plain => discuss::unseen(&app.commons, actor).await.unwrap_or_default(),
        _ => 0,
    };
    let now = app.commons.now();
    let visit = Visit { actor: actor.as_ref().ok().cloned().flatten(), told, base, path, now };
    let response = if foreign {
        Failure(Refusal::Forbidden("This form was not sent from a page of this hub.".into())).into_response()
    } else if let Err(refusal) = actor {
        Failure(refusal).into_response()
    } else {
        // Deeds ask for an actor wherever a request comes from.
        request.extensions_mut().insert(Asker(visit.actor.clone()));
        request.extensions_mut().insert(visit.clone());
        // A session is as good as a token.
        body::within(app.rooms.of(visit.actor.is_some()), next.run(request)).await
    };
    let status = response.status();
    if status == StatusCode::UNAUTHORIZED && plain && !named {
        return Redirect::to(&visit.frame("", "", Here::Elsewhere).login()).into_response();
    }
    as_page(response, &visit, reference)
}

/// The middleware of addresses at which there is nothing: whoever looks for a page is told so by a page.
pub(crate) async fn lost(app: State<App>, request: Request, next: Next) -> Response {
    let first = request.uri().path().split('/').nth(1).unwrap_or_default();
    let accepts =
        request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match !FOR_PROGRAMS.contains(&first) && accepts.contains("text/html") {
        true => around(app, request, next).await,
        false => next.run(request).await,
    }
}

/// What addresses begin with that are for programs alone.
const FOR_PROGRAMS: &[&str] =
    &["-", "api", "buckets", "kernels", "lfs", "oauth", "uploads", "v1", "v2", "xet"];

/// The middleware of the API's routes that our script uses: a session's cookie counts there when the browser says that a
/// page of ours asks. Whoever shows a token, or no session, is answered as on every other route.
pub(crate) async fn by_script(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let headers = request.headers();
    if headers.contains_key(header::AUTHORIZATION) || !cookie::is_shown(&app, headers) {
        return next.run(request).await;
    }
    if !asked_by_script(headers, &app.base(headers)) {
        let text = "A session counts only on pages of this hub. Programs show an access token.";
        return Failure(Refusal::Forbidden(text.into())).into_response();
    }
    let actor = match cookie::actor(&app, headers).await {
        Ok(actor) => actor,
        Err(refusal) => return Failure(refusal).into_response(),
    };
    let room = app.rooms.of(actor.is_some());
    request.extensions_mut().insert(Asker(actor));
    body::within(room, next.run(request)).await
}

/// A refusal as a page, with the headers that programs read; whatever else it is stays as it is.
fn as_page(response: Response, visit: &Visit, reference: String) -> Response {
    let status = response.status();
    let refused = status.is_client_error() || status.is_server_error();
    let Some(Told(told)) = response.extensions().get::<Told>().filter(|_| refused) else {
        return response;
    };
    let Ok(html) = RefusalPage::new(visit, status, told, reference).render() else {
        return response;
    };
    let mut page = html_response(status, html);
    for name in ["x-error-code", "x-error-message", "retry-after", "connection"] {
        if let Some(value) = response.headers().get(name) {
            page.headers_mut().insert(name, value.clone());
        }
    }
    page
}

/// A program shows a token, a browser its cookie.
async fn who(app: &App, headers: &HeaderMap) -> Result<Option<Actor>, Refusal> {
    match secret(headers)? {
        Some(secret) => identity::identify(&app.commons, &secret).await.map(Some),
        None => cookie::actor(app, headers).await,
    }
}

/// Whether a form that changes something was sent by a page of this hub: browsers say so themselves, the old ones at
/// least name the page's origin. A program that is not a browser has no cookie to abuse.
fn sent_from_here(headers: &HeaderMap, base: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, Some(origin)) => origin == base,
        (None, None) => !headers.contains_key(header::COOKIE),
    }
}

/// Whether a script of a page of this hub asks: the browser says so, or at least names the page's origin. Unlike a form's,
/// such a request is never somebody's own doing, as a typed address is.
fn asked_by_script(headers: &HeaderMap, base: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => origin == base,
        (None, None) => false,
    }
}

/// The id that the log has for this request.
fn reference(headers: &HeaderMap) -> String {
    headers.get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or("-").to_owned()
}

/// A refusal as a page.
#[derive(Debug, Template)]
#[template(path = "refusal.html")]
pub(super) struct RefusalPage {
    frame: Frame,
    heading: &'static str,
    text: String,
    status: u16,
    icon: &'static str,
}

impl RefusalPage {
    fn new(visit: &Visit, status: StatusCode, told: &str, reference: String) -> RefusalPage {
        let (heading, icon) = match status {
            StatusCode::NOT_FOUND => ("There is nothing here that you may see", "v-x"),
            StatusCode::FORBIDDEN => ("You may not do this", "v-x"),
            status if status.is_server_error() && status != StatusCode::SERVICE_UNAVAILABLE => {
                ("We failed, not you", "stop")
            }
            _ => ("This did not work", "stop"),
        };
        let text = match status {
            StatusCode::NOT_FOUND => "It does not exist, or it is private.".to_owned(),
            StatusCode::INTERNAL_SERVER_ERROR => format!("Nothing was changed. Reference {reference}."),
            _ => told.to_owned(),
        };
        let frame = visit.frame(heading, "", Here::Elsewhere);
        RefusalPage { frame, heading, text, status: status.as_u16(), icon }
    }
}

#[cfg(test)]
impl RefusalPage {
    /// What a stranger may not see, and a fault of ours.
    pub(super) fn samples() -> Vec<RefusalPage> {
        use super::samples::{HOSTILE, member, stranger, text};
        let page =
            |frame, status| RefusalPage { frame, heading: HOSTILE, text: text(), status, icon: "stop" };
        vec![page(stranger(Here::Elsewhere), 404), page(member(Here::Elsewhere), 500)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, http::HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn only_our_own_scripts_ask() {
        let from =
            |pairs: &[(&'static str, &'static str)]| asked_by_script(&headers(pairs), "https://hub.example");
        assert!(from(&[("sec-fetch-site", "same-origin"), ("cookie", "scn=x")]));
        assert!(from(&[("origin", "https://hub.example")]));
        for site in ["cross-site", "same-site", "none", "", "nonsense"] {
            assert!(!from(&[("sec-fetch-site", site), ("origin", "https://hub.example")]), "{site}");
        }
        for origin in ["https://evil.example", "http://hub.example", "https://hub.example.evil", "null", ""] {
            assert!(!from(&[("origin", origin)]), "{origin}");
        }
        assert!(!from(&[]));
    }

    #[test]
    fn only_our_own_pages_send_forms() {
        let from =
            |pairs: &[(&'static str, &'static str)]| sent_from_here(&headers(pairs), "https://hub.example");
        assert!(from(&[("sec-fetch-site", "same-origin")]));
        assert!(!from(&[("sec-fetch-site", "cross-site"), ("origin", "https://hub.example")]));
        assert!(!from(&[("sec-fetch-site", "same-site")]));
        assert!(from(&[("origin", "https://hub.example"), ("cookie", "scn=x")]));
        assert!(!from(&[("origin", "https://evil.example")]));
        assert!(!from(&[("origin", "null")]));
        assert!(!from(&[("cookie", "scn=x")]));
        assert!(from(&[]));
    }
}
