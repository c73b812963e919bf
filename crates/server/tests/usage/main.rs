//! Use of works as the hub counts it: whole bytes, each consumer once a day, machines apart; and the credit that begins with it.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod lineage;
mod rounds;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use seedcorn_commons::access::{Admin, authorize};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::{Clock, Commons, Opening, demo, jobs, repo, upkeep};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_server::{App, router};
use serde_json::Value;
use tower::ServiceExt;

/// Noon of 2 January 2026.
const NOON: i64 = 1_767_355_200;
const BASE: &str = "acorn-lab/acorn-tiny";

struct World {
    commons: Commons,
    app: Router,
    clock: Arc<AtomicI64>,
    token: String,
    _folder: tempfile::TempDir,
}

impl World {
    async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(Time::from_secs(NOON).0));
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(Opening { clock: Clock::Set(clock.clone()), ..opening }).await.unwrap();
        assert!(demo::seed(&commons).await.unwrap());
        while jobs::run_due(&commons).await.unwrap() > 0 {}
        let ada = NewNamespace { name: "ada".into(), ..NewNamespace::default() };
        admin::add_member(commons.database(), ada, commons.now()).await.unwrap();
        let new = NewToken { member: "ada".into(), name: "t".into(), role: TokenRole::Read, expires: None };
        let token = admin::create_token(commons.database(), new, commons.now()).await.unwrap();
        let app = router(App::new(commons.clone(), None));
        World { commons, app, clock, token, _folder: folder }
    }

    /// Asks for an address; `token` or nobody, by this program.
    async fn ask(&self, path: &str, token: &str, agent: &str) -> Response<Body> {
        let mut request = Request::get(path).header("host", "hub").header("user-agent", agent);
        if !token.is_empty() {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    }

    async fn pull(&self, path: &str, token: &str, agent: &str) {
        let answer = self.ask(path, token, agent).await;
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        to_bytes(answer.into_body(), 1 << 30).await.unwrap();
    }

    async fn json(&self, path: &str) -> (StatusCode, Value) {
        let answer = self.ask(path, "", "test").await;
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// A token with which a member may do all that they may.
    async fn token(&self, member: &str) -> String {
        let (member, name) = (member.to_owned(), "t".into());
        let new = NewToken { member, name, role: TokenRole::Write, expires: None };
        admin::create_token(self.commons.database(), new, self.commons.now()).await.unwrap()
    }

    /// Sends JSON as a member's program does, or nobody's.
    async fn post(&self, who: &str, path: &str, body: &Value) -> (StatusCode, Value) {
        let mut request =
            Request::post(path).header("host", "hub").header("content-type", "application/json");
        if !who.is_empty() {
            request = request.header("authorization", format!("Bearer {}", self.token(who).await));
        }
        let answer = self.app.clone().oneshot(request.body(Body::from(body.to_string())).unwrap());
        let answer = answer.await.unwrap();
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    /// So many days later, after a look at everything.
    async fn days_later(&self, days: i64) {
        upkeep::often(&self.commons).await.unwrap();
        self.clock.fetch_add(days * 86_400 * 1_000_000, Ordering::SeqCst);
        upkeep::thorough(&self.commons).await.unwrap();
    }

    /// What is told of the use of a work on the day of this world's beginning.
    async fn used(&self, work: &str) -> Value {
        let (status, day) = self.json("/api/commons/v1/usage/2026-01-02").await;
        assert_eq!(status, StatusCode::OK);
        let works = day["works"].as_array().unwrap();
        works.iter().find(|one| one["work"] == format!("models/{work}")).cloned().unwrap_or_default()
    }
}

#[tokio::test]
async fn each_counts_once_a_day_and_machines_apart() {
    let world = World::new().await;
    let weights = format!("/{BASE}/resolve/main/model.safetensors");
    for _ in 0..3 {
        world.pull(&weights, &world.token, "hf_hub/1.20").await;
        world.pull(&weights, "", "hf_hub/1.20").await;
    }
    world.pull(&weights, &world.token, "hf_hub/1.20; is_ci/true").await;
    // What is about a work is not what it is made of.
    world.pull(&format!("/{BASE}/resolve/main/README.md"), "", "Mozilla/5.0").await;
    upkeep::thorough(&world.commons).await.unwrap();
    let (status, error) = world.json("/api/commons/v1/usage/2026-01-02").await;
    assert_eq!(status, StatusCode::NOT_FOUND, "the day is not over: {error}");
    world.days_later(2).await;
    let used = world.used(BASE).await;
    let figures = ["requests", "members", "visitors", "machines"].map(|key| used[key].as_i64().unwrap());
    assert_eq!(figures, [8, 1, 1, 1], "{used}");
    let bytes = used["bytes"].as_u64().unwrap();
    assert_eq!(bytes % 7, 0, "seven times the same file: {used}");
    let (_, info) = world.json(&format!("/api/models/{BASE}")).await;
    assert_eq!(info["downloads"], 2, "one a day for each who is no machine: {info}");
}

#[tokio::test]
async fn what_breaks_off_is_no_use() {
    let world = World::new().await;
    let weights = format!("/{BASE}/resolve/main/model.safetensors");
    let mut body = world.ask(&weights, &world.token, "hf_hub/1.20").await.into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(!first.is_empty());
    drop(body);
    world.days_later(2).await;
    let used = world.used(BASE).await;
    assert_eq!((&used["requests"], &used["bytes"], &used["members"]), (&1.into(), &0.into(), &0.into()));
}

#[tokio::test]
async fn a_day_is_told_and_no_other_word() {
    let world = World::new().await;
    for bad in ["2026", "2026-01", "2026-02-30", "yesterday", "2026-W01"] {
        let (status, error) = world.json(&format!("/api/commons/v1/usage/{bad}")).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{bad}");
        assert!(error["message"].as_str().unwrap().contains("no day"), "{error}");
    }
    let (status, day) = world.json("/api/commons/v1/usage/2025-12-31").await;
    assert_eq!(status, StatusCode::OK);
    assert!(day["method"].as_str().unwrap().contains("once a day"));
    assert!(!day.to_string().contains("demo-"), "nobody is named: {day}");
}

#[tokio::test]
async fn credit_is_explained() {
    let world = World::new().await;
    let (status, credit) = world.json(&format!("/api/commons/v1/models/{BASE}/credit")).await;
    assert_eq!(status, StatusCode::OK, "{credit}");
    let units = |list: &str| -> u64 {
        credit[list].as_array().unwrap().iter().map(|one| one["units"].as_u64().unwrap()).sum()
    };
    let figure = |key: &str| credit[key].as_u64().unwrap();
    assert!(figure("keeps") > 0);
    assert_eq!(figure("seed") + units("from"), figure("in"));
    assert_eq!(units("to") + figure("keeps"), figure("in"));
    assert_eq!(units("sources"), figure("keeps"));
    let page = world.ask(&format!("/{BASE}/credit"), "", "Mozilla/5.0").await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = to_bytes(page.into_body(), 1 << 24).await.unwrap();
    let page = String::from_utf8(page.to_vec()).unwrap();
    assert!(page.contains("field-notes/acorn-tiny-notes") && page.contains("Used by itself"), "{page}");
    assert!(!page.contains("demo-student"), "nobody's use is told");
    assert_eq!(world.json("/api/commons/v1/models/no/such/credit").await.0, StatusCode::NOT_FOUND);
    let from = credit["from"].as_array().unwrap();
    assert!(from.iter().all(|one| !one["by"].as_array().unwrap().is_empty()), "each edge is told: {credit}");
}

/// The text of a file.
async fn text_of(world: &World, path: &str) -> (StatusCode, String) {
    let answer = world.ask(path, "", "curl").await;
    let status = answer.status();
    let body = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn credit_has_tables_and_hides_what_is_hidden() {
    let world = World::new().await;
    let (status, nodes) = text_of(&world, "/api/commons/v1/credit/nodes.csv").await;
    assert_eq!(status, StatusCode::OK);
    assert!(nodes.starts_with("id,name,controller,created\n") && nodes.contains(BASE), "{nodes}");
    for (file, head) in [("edges.csv", "child,parent,type\n"), ("seeds.csv", "id,amount\n")] {
        let (_, text) = text_of(&world, &format!("/api/commons/v1/credit/{file}")).await;
        assert!(text.starts_with(head) && text.lines().count() > 1, "{text}");
    }
    let (status, error) = text_of(&world, "/api/commons/v1/credit/all.csv").await;
    assert!(status == StatusCode::NOT_FOUND && error.contains("nodes.csv"), "{error}");
    // The tables were made a moment ago; names are those of now.
    let keeper = admin::act_as(&world.commons, "demo-keeper").await.unwrap();
    let grant = authorize::<Admin>(&world.commons, Some(&keeper), RepoKind::Model, BASE).await.unwrap();
    repo::set(&world.commons, &grant, repo::Settings { private: Some(true), ..Default::default() })
        .await
        .unwrap();
    let (_, nodes) = text_of(&world, "/api/commons/v1/credit/nodes.csv").await;
    assert!(!nodes.contains(BASE), "{nodes}");
}

#[tokio::test]
async fn days_of_use_are_listed() {
    let world = World::new().await;
    let (status, told) = world.json("/api/commons/v1/usage").await;
    assert_eq!(status, StatusCode::OK);
    let days = told["days"].as_array().unwrap();
    assert!(!days.is_empty() && told["method"].as_str().unwrap().contains("once a day"), "{told}");
    for day in days {
        let (status, _) = world.json(&format!("/api/commons/v1/usage/{}", day.as_str().unwrap())).await;
        assert_eq!(status, StatusCode::OK, "{day}");
    }
}

/// A member whose use nobody trusts moves nothing, however much they pull; one who is vouched for does.
#[tokio::test]
async fn use_counts_as_far_as_whoever_uses_is_trusted() {
    let world = World::new().await;
    let path = format!("/api/commons/v1/models/{BASE}/credit");
    let ada = admin::act_as(&world.commons, "ada").await.unwrap();
    seedcorn_commons::trust::set_counts(&world.commons, &ada, true).await.unwrap();
    let (_, before) = world.json(&path).await;
    let weights = format!("/{BASE}/resolve/main/model.safetensors");
    world.pull(&weights, &world.token, "hf_hub/1.20").await;
    world.days_later(2).await;
    let (_, after) = world.json(&path).await;
    assert_eq!(before["users"], after["users"], "nobody vouches for ada");
    let keeper = admin::act_as(&world.commons, "demo-keeper").await.unwrap();
    let reader = admin::act_as(&world.commons, "demo-reader").await.unwrap();
    for by in [&keeper, &reader] {
        seedcorn_commons::trust::vouch(&world.commons, by, "ada", true).await.unwrap();
    }
    world.days_later(1).await;
    let (_, after) = world.json(&path).await;
    assert_eq!(after["users"].as_u64(), before["users"].as_u64().map(|users| users + 1));
    assert!(after["seed"].as_u64() > before["seed"].as_u64(), "{before} {after}");
}
