//! A hub with the demo's repos, all graded, and two models of a member `ada`: one that everybody sees, and a hidden one.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request, StatusCode};
use seedcorn_commons::access::{Admin, Propose};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::repo::{self, NewRepo, Settings};
use seedcorn_commons::{Commons, Opening, authorize, demo, identity, jobs, publish};
use seedcorn_core::access::Actor;
use seedcorn_core::openness::Policy;
use seedcorn_core::repo::RepoKind;
use seedcorn_server::{App, router};
use tower::ServiceExt;

pub(crate) struct World {
    commons: Commons,
    app: Router,
    ada: Actor,
    /// Ada's token, which may do all that she may.
    pub(crate) token: String,
    _folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl World {
    pub(crate) async fn new(pull_policy: Policy) -> World {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(Opening { pull_policy, ..opening }).await.unwrap();
        assert!(demo::seed(&commons).await.unwrap());
        let (db, now) = (commons.database(), commons.now());
        let ada = NewNamespace { name: "ada".into(), ..NewNamespace::default() };
        admin::add_member(db, ada, now).await.unwrap();
        let new = NewToken { member: "ada".into(), name: "t".into(), role: TokenRole::Write, expires: None };
        let token = admin::create_token(db, new, now).await.unwrap();
        let ada = identity::identify(&commons, &token).await.unwrap();
        for (name, private) in [("open", false), ("hidden", true)] {
            let (kind, owner, sdk) = (RepoKind::Model, None, String::new());
            let new = NewRepo { kind, owner, name: name.into(), private: Some(private), sdk };
            repo::create(&commons, &ada, new).await.unwrap();
        }
        let app = router(App::new(commons.clone(), None));
        let world = World { app, commons, ada, token, _folder: folder };
        for name in ["ada/open", "ada/hidden"] {
            world.publish(name, "README.md", b"---\nlicense: mit\n---\n# One\n").await;
        }
        world.work().await;
        world
    }

    /// Does what a hub does by itself after publications.
    pub(crate) async fn work(&self) {
        while jobs::run_due(&self.commons).await.unwrap() > 0 {}
    }

    pub(crate) async fn publish(&self, name: &str, path: &str, bytes: &[u8]) {
        let grant =
            authorize::<Propose>(&self.commons, Some(&self.ada), RepoKind::Model, name).await.unwrap();
        publish::whole(&self.commons, &grant, "more", vec![(path.into(), bytes.to_vec())]).await.unwrap();
    }

    pub(crate) async fn gate(&self, name: &str) {
        let grant = authorize::<Admin>(&self.commons, Some(&self.ada), RepoKind::Model, name).await.unwrap();
        let settings = Settings { private: None, gated: Some("manual".into()) };
        repo::set(&self.commons, &grant, settings).await.unwrap();
    }

    /// Deletes a data set of the demo.
    pub(crate) async fn delete(&self, name: &str) {
        let keeper = admin::act_as(&self.commons, "demo-keeper").await.unwrap();
        let grant = authorize::<Admin>(&self.commons, Some(&keeper), RepoKind::Dataset, name).await.unwrap();
        repo::delete(&self.commons, &grant).await.unwrap();
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[], "").await
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
        let bytes = to_bytes(body, 8 << 20).await.unwrap();
        Answer {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
        }
    }
}
