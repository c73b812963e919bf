//! A hub with the members `ada` and `bob`, asked without a network.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::{Commons, Opening};
use seedcorn_server::{App, router};
use serde_json::{Value, json};
use tower::ServiceExt;

/// More than any answer here.
const ANSWER_BYTES_MAX: usize = 256 << 20;

/// The hub.
pub(crate) struct World {
    pub(crate) app: Router,
    pub(crate) commons: Commons,
    pub(crate) ada: String,
    pub(crate) bob: String,
    _folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; null if it is none.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// The path and query of the next page.
    pub(crate) fn next(&self) -> Option<String> {
        let link = self.headers.get("link")?.to_str().unwrap();
        let address = link.strip_prefix('<').unwrap().split_once('>').unwrap().0;
        let rest = address.split_once("://").unwrap().1;
        Some(rest[rest.find('/').unwrap()..].to_owned())
    }
}

/// What a member may send with a request.
pub(crate) fn request(method: &str, path: &str, token: Option<&str>, body: Body) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header("host", "hub.example");
    request = request.header("content-type", "application/json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    request.body(body).unwrap()
}

impl World {
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(opening).await.unwrap();
        let mut tokens = Vec::new();
        for name in ["ada", "bob"] {
            let (db, now) = (commons.database(), commons.now());
            let new = NewNamespace { name: name.into(), ..NewNamespace::default() };
            admin::add_member(db, new, now).await.unwrap();
            let new =
                NewToken { member: name.into(), name: "t".into(), role: TokenRole::Write, expires: None };
            tokens.push(admin::create_token(db, new, now).await.unwrap());
        }
        let [ada, bob] = tokens.try_into().unwrap();
        World { app: router(App::new(commons.clone(), None)), commons, ada, bob, _folder: folder }
    }

    /// Sends a request and reads the whole answer.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, bytes }
    }

    /// Asks as ada, with a JSON body unless it is null.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask_as(&self.ada, method, path, body).await
    }

    /// Asks as whoever has a token.
    pub(crate) async fn ask_as(&self, token: &str, method: &str, path: &str, body: Value) -> Answer {
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        self.send(request(method, path, Some(token), body)).await
    }

    /// Asks as nobody in particular.
    pub(crate) async fn look(&self, path: &str) -> Answer {
        self.send(request("GET", path, None, Body::empty())).await
    }

    /// Makes one of ada's models.
    pub(crate) async fn create(&self, name: &str) {
        let made = self.ask("POST", "/api/repos/create", json!({ "name": name })).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.json());
    }

    /// Commits files of text to the main branch of one of ada's models; the commit's id.
    pub(crate) async fn commit(&self, name: &str, files: &[(&str, &str)]) -> String {
        let mut lines = json!({ "key": "header", "value": { "summary": "s" } }).to_string();
        for (path, text) in files {
            let file = json!({ "path": path, "content": text, "encoding": "utf-8" });
            lines.push_str(&format!("\n{}", json!({ "key": "file", "value": file })));
        }
        let path = format!("/api/models/ada/{name}/commit/main");
        let made = self.send(request("POST", &path, Some(&self.ada), Body::from(lines))).await;
        assert_eq!(made.status, StatusCode::OK, "{}", made.json());
        made.json()["commitOid"].as_str().unwrap().to_owned()
    }
}
