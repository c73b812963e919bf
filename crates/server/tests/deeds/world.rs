//! A hub with a group `team` and its three members, a stranger and an operator, each signed in with a browser.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Request};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Commons, Opening, identity};
use seedcorn_core::access::Role;
use seedcorn_core::repo::RepoKind;
use seedcorn_server::{App, router};
use tower::ServiceExt;

use crate::html::assert_plain;

/// More than any page or file here.
const PAGE_BYTES_MAX: usize = 16 << 20;

/// Bytes of a part of a large upload.
pub(crate) const PART: usize = 200_000;

pub(crate) struct World {
    app: Router,
    pub(crate) commons: Commons,
    /// Everybody's cookie.
    cookies: BTreeMap<&'static str, String>,
    _folder: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Fails unless a form was carried out and led to this page.
    pub(crate) fn led_to(&self, path: &str) {
        assert_eq!((self.status, self.header("location")), (303, path), "{}", self.said());
    }

    /// Fails unless the form came back with this beside one of its fields, or above it.
    pub(crate) fn complained(&self, text: &str) {
        assert_eq!(self.status, 200, "{}", self.said());
        assert_plain("a form with a fault", &self.text);
        assert!(self.said().contains(text), "{text:?} is not in: {}", self.said());
    }

    /// What stands in notices and beside fields.
    fn said(&self) -> String {
        let (all, _) = crate::html::elements(&self.text);
        let is = |class: &str| ["err", "notice"].iter().any(|name| class.split(' ').any(|one| one == *name));
        let said = all.iter().filter(|e| e.get("class").is_some_and(is)).map(|e| e.text.trim().to_owned());
        format!("{} {}", self.status, said.collect::<Vec<_>>().join(" | "))
    }
}

/// A token with which a member may do all that they may.
pub(crate) async fn token(commons: &Commons, member: &str) -> String {
    let new = NewToken { member: member.into(), name: "t".into(), role: TokenRole::Write, expires: None };
    admin::create_token(commons.database(), new, commons.now()).await.unwrap()
}

async fn people(commons: &Commons) {
    let (db, now) = (commons.database(), commons.now());
    for name in ["boss", "writer", "reader", "stranger", "operator"] {
        let new = NewNamespace { name: name.into(), admin: name == "operator", ..NewNamespace::default() };
        admin::add_member(db, new, now).await.unwrap();
    }
    admin::add_group(db, NewNamespace { name: "team".into(), ..NewNamespace::default() }, now).await.unwrap();
    for (name, role) in [("boss", Role::Admin), ("writer", Role::Write), ("reader", Role::Read)] {
        admin::join(db, "team", name, role, now).await.unwrap();
    }
    let boss = identity::identify(commons, &token(commons, "boss").await).await.unwrap();
    for (name, private) in [("open", false), ("hidden", true)] {
        let (kind, owner, sdk) = (RepoKind::Model, Some("team".into()), String::new());
        let new = NewRepo { kind, owner, name: name.into(), private: Some(private), sdk };
        repo::create(commons, &boss, new).await.unwrap();
    }
}

impl World {
    pub(crate) async fn new() -> World {
        World::with(|app| app).await
    }

    /// The same, served in another way.
    pub(crate) async fn with(change: impl FnOnce(App) -> App) -> World {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let opening =
            Opening { lfs_part_bytes: PART as u64, lfs_basic_bytes_max: 10 * PART as u64, ..opening };
        let commons = Commons::open(opening).await.unwrap();
        people(&commons).await;
        let app = router(change(App::new(commons.clone(), None)));
        let mut world = World { app, commons, cookies: BTreeMap::new(), _folder: folder };
        for name in ["boss", "writer", "reader", "stranger", "operator"] {
            let cookie = world.sign_in(name).await;
            world.cookies.insert(name, cookie);
        }
        world
    }

    /// The cookie of another browser of a member.
    pub(crate) async fn sign_in(&self, name: &str) -> String {
        let token = token(&self.commons, name).await;
        let answer = self.browser("", "POST", "/login", &format!("token={token}")).await;
        answer.header("set-cookie").split(';').next().unwrap().to_owned()
    }

    /// Asks, with these headers besides the host.
    pub(crate) async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl AsRef<[u8]>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("host", "hub.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.as_ref().to_vec())).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, PAGE_BYTES_MAX).await.unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Answer { status: parts.status.as_u16(), headers: parts.headers, text }
    }

    /// As a browser with this cookie does.
    pub(crate) async fn browser(&self, cookie: &str, method: &str, path: &str, form: &str) -> Answer {
        let kind = ("content-type", "application/x-www-form-urlencoded");
        let headers = [kind, ("sec-fetch-site", "same-origin"), ("cookie", cookie)];
        self.ask(method, path, &headers, form).await
    }

    pub(crate) fn cookie(&self, who: &str) -> &str {
        self.cookies.get(who).map_or("", String::as_str)
    }

    /// A page as a member sees it, or as somebody who is not signed in; whole and plain.
    pub(crate) async fn see(&self, who: &str, path: &str) -> Answer {
        let answer = self.browser(self.cookie(who), "GET", path, "").await;
        if !(300..400).contains(&answer.status) {
            assert_plain(path, &answer.text);
        }
        answer
    }

    /// Sends one of our forms as a member's browser does.
    pub(crate) async fn send(&self, who: &str, path: &str, form: &str) -> Answer {
        self.browser(self.cookie(who), "POST", path, form).await
    }

    /// Fails unless the form is refused when it comes from another site's page.
    pub(crate) async fn refuses_foreign(&self, who: &str, path: &str, form: &str) {
        let cookie = self.cookie(who);
        for site in ["cross-site", "same-site"] {
            let headers = [("cookie", cookie), ("sec-fetch-site", site)];
            let answer = self.ask("POST", path, &headers, form).await;
            assert_eq!(answer.status, 403, "{path} from {site}");
        }
    }
}
