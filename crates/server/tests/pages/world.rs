//! A hub with the demo's repos, a member `ada`, and a hidden model of hers with a card that has a picture.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use seedcorn_commons::access::Propose;
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::publish::{CommitHeader, Draft, Target};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Commons, Opening, authorize, demo, identity, jobs, log};
use seedcorn_core::repo::RepoKind;
use seedcorn_server::{App, router};
use tower::ServiceExt;

/// More than any page here.
const PAGE_BYTES_MAX: usize = 8 << 20;

pub(crate) struct World {
    commons: Commons,
    app: Router,
    /// Ada's token, which may do all that she may.
    pub(crate) token: String,
    /// One of hers that only reads.
    pub(crate) narrow: String,
    folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
    pub(crate) bytes: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

const CARD: &str = "---\nlicense: mit\nbase_model: meadow/seed-base\n---\n# One\n\n![A dot](dot.png)\n\n\
                    [A folder](folder/) and [a file](notes.txt).\n";

impl World {
    pub(crate) async fn new() -> World {
        World::with(|opening| opening).await
    }

    /// The hub's deeds.
    pub(crate) fn commons(&self) -> &Commons {
        &self.commons
    }

    /// A hub that is opened in another way.
    pub(crate) async fn with(change: impl FnOnce(Opening) -> Opening) -> World {
        let folder = tempfile::tempdir().unwrap();
        let opening = change(Opening::within(folder.path(), [9; 32]).await.unwrap());
        let commons = Commons::open(opening).await.unwrap();
        assert!(demo::seed(&commons).await.unwrap());
        let (db, now) = (commons.database(), commons.now());
        let ada = NewNamespace { name: "ada".into(), ..NewNamespace::default() };
        admin::add_member(db, ada, now).await.unwrap();
        let mut tokens = Vec::new();
        for role in [TokenRole::Write, TokenRole::Read] {
            let new = NewToken { member: "ada".into(), name: "t".into(), role, expires: None };
            tokens.push(admin::create_token(db, new, now).await.unwrap());
        }
        let actor = identity::identify(&commons, &tokens[0]).await.unwrap();
        let (kind, owner, sdk) = (RepoKind::Model, None, String::new());
        let new = NewRepo { kind, owner, name: "hidden".into(), private: Some(true), sdk };
        repo::create(&commons, &actor, new).await.unwrap();
        let grant = authorize::<Propose>(&commons, Some(&actor), kind, "ada/hidden").await.unwrap();
        let mut draft = Draft::begin(&commons, grant, Target::new("main", false)).await.unwrap();
        for (path, bytes) in [
            ("README.md", CARD.as_bytes()),
            ("dot.png", b"\x89PNG"),
            ("notes.txt", b"<script>alert(1)</script>\n"),
            ("folder/<b>&\".py", b"print(1)\n"),
        ] {
            draft.put(path.into(), bytes.to_vec()).await.unwrap();
        }
        let header = CommitHeader { summary: "<i>One</i>".into(), ..CommitHeader::default() };
        draft.finish(header).await.unwrap();
        let (narrow, token) = (tokens.pop().unwrap(), tokens.pop().unwrap());
        World { app: router(App::new(commons.clone(), None)), commons, token, narrow, folder }
    }

    /// Does what a hub does by itself after publications.
    pub(crate) async fn work(&self) {
        assert!(jobs::run_due(&self.commons).await.unwrap() > 0);
        self.log().await;
    }

    /// Has the log tell what happened.
    pub(crate) async fn log(&self) {
        while log::turn(&self.commons).await.unwrap() {}
    }

    /// Takes all objects away: what is still answered was kept elsewhere.
    pub(crate) fn lose_objects(&self) {
        std::fs::remove_dir_all(self.folder.path().join("depot")).unwrap();
    }

    /// Asks, with these headers besides the host.
    pub(crate) async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "hub.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, PAGE_BYTES_MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status, headers: parts.headers, text, bytes: bytes.to_vec() }
    }

    /// Sends one of our forms as a browser does.
    pub(crate) async fn send(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let headers = [
            ("content-type", "application/x-www-form-urlencoded"),
            ("sec-fetch-site", "same-origin"),
            ("cookie", cookie),
        ];
        self.ask("POST", path, &headers, form).await
    }
}
