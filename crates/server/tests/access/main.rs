//! Every route × every actor × {public, gated, private}: what is let through is compared with a table written by hand.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod sealed;

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use base64::Engine;
use http::{Method, Request, StatusCode};
use seedcorn_commons::access::{Admin, See};
use seedcorn_commons::admin::{self, FineLine, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::gate::{self, Status, Whose};
use seedcorn_commons::identity::identify;
use seedcorn_commons::repo::{self, NewRepo, Settings};
use seedcorn_commons::{Commons, Grant, Opening, authorize};
use seedcorn_core::access::{Action, Role};
use seedcorn_core::repo::RepoKind;
use seedcorn_server::{Access, App, Route, router, routes};
use tower::ServiceExt;

const REPOS: [&str; 4] = ["team/open", "team/gated", "team/hidden", "team/down"];

/// Who may what on the open, the gated, the hidden repo and the one that was taken down: S see, R read, P propose, W write, A admin.
const ORACLE: [(&str, [&str; 4]); 14] = [
    ("anonymous", ["SR", "S", "", ""]),
    ("stranger", ["SRP", "S", "", ""]),
    ("stranger-read", ["SR", "S", "", ""]),
    ("reader", ["SRP", "SRP", "SRP", ""]),
    ("writer", ["SRPW", "SRPW", "SRPW", ""]),
    ("boss", ["SRPWA", "SRPWA", "SRPWA", "A"]),
    ("boss-read", ["SR", "SR", "SR", ""]),
    ("boss-fine", ["SRPW", "S", "", ""]),
    ("operator", ["SRPWA", "SRPWA", "SRPWA", "SRPWA"]),
    ("guest", ["SRP", "SRP", "", ""]),
    ("guest-read", ["SR", "SR", "", ""]),
    ("guest-fine", ["SR", "S", "", ""]),
    ("waiting", ["SRP", "S", "", ""]),
    ("turned-away", ["SRP", "S", "", ""]),
];

struct World {
    app: Router,
    commons: Commons,
    tokens: Vec<(&'static str, Option<String>)>,
    _folder: tempfile::TempDir,
}

async fn token(commons: &Commons, member: &str, role: TokenRole) -> String {
    let new = NewToken { member: member.into(), name: "t".into(), role, expires: None };
    admin::create_token(commons.database(), new, commons.now()).await.unwrap()
}

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
    let commons = Commons::open(opening).await.unwrap();
    let (db, now) = (commons.database(), commons.now());
    for name in ["stranger", "reader", "writer", "boss", "operator", "guest", "waiting", "away"] {
        let new = NewNamespace { name: name.into(), admin: name == "operator", ..NewNamespace::default() };
        admin::add_member(db, new, now).await.unwrap();
    }
    admin::add_group(db, NewNamespace { name: "team".into(), ..NewNamespace::default() }, now).await.unwrap();
    for (name, role) in [("reader", Role::Read), ("writer", Role::Write), ("boss", Role::Admin)] {
        admin::join(db, "team", name, role, now).await.unwrap();
    }
    let boss = token(&commons, "boss", TokenRole::Write).await;
    let actor = identify(&commons, &boss).await.unwrap();
    for kind in RepoKind::ALL {
        for full_name in REPOS {
            let name = full_name.split_once('/').unwrap().1.to_owned();
            let private = Some(name == "hidden");
            let gated = (name == "gated").then(|| "manual".to_owned());
            let new = NewRepo { kind, owner: Some("team".into()), name, private, sdk: String::new() };
            repo::create(&commons, &actor, new).await.unwrap();
            let grant = authorize(&commons, Some(&actor), kind, full_name).await.unwrap();
            repo::set(&commons, &grant, Settings { private: None, gated }).await.unwrap();
            let_in(&commons, kind, full_name, &grant).await;
            if name_of(full_name) == "down" {
                repo::set_disabled(&commons, kind, full_name, "no").await.unwrap();
            }
        }
    }
    let fine = RepoKind::ALL
        .map(|kind| FineLine { kind, full_name: "team/open".into(), role: Role::Write })
        .to_vec();
    let elsewhere = vec![FineLine { kind: RepoKind::Model, full_name: "guest/own".into(), role: Role::Read }];
    let guest = token(&commons, "guest", TokenRole::Write).await;
    let actor = identify(&commons, &guest).await.unwrap();
    let (kind, owner, sdk) = (RepoKind::Model, None, String::new());
    let new = NewRepo { kind, owner, name: "own".into(), private: None, sdk };
    repo::create(&commons, &actor, new).await.unwrap();
    let tokens = vec![
        ("anonymous", None),
        ("stranger", Some(token(&commons, "stranger", TokenRole::Write).await)),
        ("stranger-read", Some(token(&commons, "stranger", TokenRole::Read).await)),
        ("reader", Some(token(&commons, "reader", TokenRole::Write).await)),
        ("writer", Some(token(&commons, "writer", TokenRole::Write).await)),
        ("boss", Some(boss)),
        ("boss-read", Some(token(&commons, "boss", TokenRole::Read).await)),
        ("boss-fine", Some(token(&commons, "boss", TokenRole::Fine(fine)).await)),
        ("operator", Some(token(&commons, "operator", TokenRole::Write).await)),
        ("guest", Some(guest)),
        ("guest-read", Some(token(&commons, "guest", TokenRole::Read).await)),
        ("guest-fine", Some(token(&commons, "guest", TokenRole::Fine(elsewhere)).await)),
        ("waiting", Some(token(&commons, "waiting", TokenRole::Write).await)),
        ("turned-away", Some(token(&commons, "away", TokenRole::Write).await)),
    ];
    World { app: router(App::new(commons.clone(), None)), commons, tokens, _folder: folder }
}

fn name_of(full_name: &str) -> &str {
    full_name.split_once('/').unwrap().1
}

/// What became of three requests: one was let in, also to the hidden repo, where it helps nobody; one waits; one was turned away.
async fn let_in(commons: &Commons, kind: RepoKind, full_name: &str, grant: &Grant<Admin>) {
    if ["open", "down"].contains(&name_of(full_name)) {
        return;
    }
    // Only a gated repo lets anybody in.
    let gated = |gated: &str| Settings { private: None, gated: Some(gated.to_owned()) };
    repo::set(commons, grant, gated("manual")).await.unwrap();
    gate::admit(commons, grant, "guest").await.unwrap();
    gate::admit(commons, grant, "away").await.unwrap();
    gate::handle(commons, grant, Whose::Member("away"), (Status::Rejected, "no")).await.unwrap();
    if full_name.ends_with("/hidden") {
        repo::set(commons, grant, gated("")).await.unwrap();
        return;
    }
    let waiting = token(commons, "waiting", TokenRole::Write).await;
    let waiting = identify(commons, &waiting).await.unwrap();
    let see = authorize::<See>(commons, Some(&waiting), kind, full_name).await.unwrap();
    gate::ask(commons, &see, &BTreeMap::new()).await.unwrap();
}

/// Fills a route's placeholders so that it names something which exists where that is harmless.
fn address(route: &Route, repo: &str) -> String {
    let (namespace, name) = repo.split_once('/').unwrap();
    let lfs = route.path.contains("/info/lfs/");
    let name = if lfs { format!("{name}.git") } else { name.to_owned() };
    let path = route.path.replace("{ns}", namespace).replace("{name}", &name);
    let path = path.replace("{rev}", "main").replace("{*path}", ".gitattributes");
    let path = path.replace("/info/refs", "/info/refs?service=git-upload-pack");
    path.replace("{status}", "pending")
        .replace("{digest}", &format!("sha256:{}", "0".repeat(64)))
        .replace("{spec}", "main...main")
        .replace("{branch}", "absent")
        .replace("{oid}", &"0".repeat(64))
        .replace("{number}", "1")
        .replace("{index}", "absent")
        .replace("{id}", "absent")
}

fn body(route: &Route) -> &'static str {
    match route.path.rsplit('/').next().unwrap_or_default() {
        "batch" => r#"{"operation":"download","objects":[]}"#,
        "verify" => r#"{"oid":"00","size":1}"#,
        _ => "",
    }
}

/// How a door can be knocked at.
#[derive(Clone, Copy, Debug)]
enum Transport {
    Bearer,
    Basic,
}

async fn ask(
    world: &World,
    route: &Route,
    path: &str,
    token: Option<&str>,
    by: Transport,
) -> (StatusCode, String) {
    let mut request =
        Request::builder().method(Method::from_bytes(route.method.as_bytes()).unwrap()).uri(path);
    if let Some(token) = token {
        let basic = base64::prelude::BASE64_STANDARD.encode(format!("user:{token}"));
        let value = match by {
            Transport::Bearer => format!("Bearer {token}"),
            Transport::Basic => format!("Basic {basic}"),
        };
        request = request.header("authorization", value);
    }
    let request = request.body(Body::from(body(route))).unwrap();
    let response = world.app.clone().oneshot(request).await.unwrap();
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    // A page leads to the one where one signs in.
    let sign_in = header("location").filter(|to| to.starts_with("/login?")).map(|_| "SignIn".to_owned());
    let code = sign_in.or(header("x-error-code"));
    assert!(response.headers().contains_key("x-request-id"), "{route:?}");
    (response.status(), code.unwrap_or_default())
}

/// Whether the door opened: what comes after it may still be refused for other reasons.
fn admitted(status: StatusCode, code: &str) -> bool {
    let shut = status == StatusCode::UNAUTHORIZED || status == StatusCode::FORBIDDEN;
    !shut && !["RepoNotFound", "GatedRepo", "SignIn"].contains(&code)
}

fn letter(action: Action) -> char {
    match action {
        Action::See => 'S',
        Action::Read => 'R',
        Action::Propose => 'P',
        Action::Write => 'W',
        Action::Admin => 'A',
    }
}

#[tokio::test]
async fn every_route_opens_to_those_and_only_those_it_declares() {
    let world = world().await;
    let mut asked = 0;
    for route in routes() {
        let Access::Repo(action) = route.access else {
            continue;
        };
        for ((who, token), (named, allowed)) in world.tokens.iter().zip(ORACLE) {
            assert_eq!(*who, named);
            for (repo, letters) in REPOS.iter().zip(allowed) {
                for by in [Transport::Bearer, Transport::Basic] {
                    let path = address(&route, repo);
                    let (status, code) = ask(&world, &route, &path, token.as_deref(), by).await;
                    // A commit straight onto a branch needs more than to propose: it is let in and refused there.
                    let onto_branch =
                        action == Action::Propose && !letters.contains('W') && letters.contains('P');
                    let refused_inside = onto_branch && status == StatusCode::FORBIDDEN;
                    let open = admitted(status, &code) || refused_inside;
                    let hidden = letters.is_empty() && *repo == "team/hidden";
                    assert_eq!(
                        open,
                        letters.contains(letter(action)),
                        "{who} by {by:?}: {route:?} {path}: {status} {code}"
                    );
                    // git and git-lfs without a token are asked for one, whether or not there is such a repo.
                    let is_git = ["/info/", "/git-"].iter().any(|part| route.path.contains(part));
                    let asked_in = is_git && token.is_none();
                    assert!(
                        !hidden || code == "RepoNotFound" || asked_in,
                        "{who}: {path} told of a hidden repo"
                    );
                    asked += 1;
                }
            }
        }
    }
    assert!(asked > 3000, "only {asked} requests were made");
}

/// The cookie of whoever signs in with this token.
async fn session(world: &World, token: &str) -> String {
    let request = Request::post("/login").header("host", "hub.example");
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Body::from(format!("token={token}"))).unwrap();
    let response = world.app.clone().oneshot(request).await.unwrap();
    let cookie = response.headers()["set-cookie"].to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

async fn ask_by_session(
    world: &World,
    route: &Route,
    path: &str,
    cookie: &str,
    site: &str,
) -> (StatusCode, String) {
    let method = Method::from_bytes(route.method.as_bytes()).unwrap();
    let request = Request::builder().method(method).uri(path).header("host", "hub.example");
    let request = request.header("cookie", cookie).header("sec-fetch-site", site);
    // A batch that is to send needs more than one that fetches.
    let body = body(route).replace("download", "upload");
    let response = world.app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let code = response.headers().get("x-error-code").map(|code| code.to_str().unwrap().to_owned());
    (response.status(), code.unwrap_or_default())
}

#[tokio::test]
async fn a_session_counts_where_our_script_asks_and_from_our_pages_alone() {
    let world = world().await;
    let mut scripts = 0;
    for route in routes().into_iter().filter(|route| !route.page) {
        let Access::Repo(action) = route.access else {
            continue;
        };
        scripts += usize::from(route.script);
        for ((who, token), (_, allowed)) in world.tokens.iter().zip(ORACLE) {
            // Sessions are had with tokens that may do all that their member may.
            if !["stranger", "reader", "writer", "boss", "operator"].contains(who) {
                continue;
            }
            let cookie = session(&world, token.as_deref().unwrap()).await;
            for (repo, letters, nobody) in REPOS
                .iter()
                .zip(allowed)
                .zip(ORACLE[0].1)
                .map(|((repo, letters), nobody)| (repo, letters, nobody))
            {
                let path = address(&route, repo);
                let (status, code) = ask_by_session(&world, &route, &path, &cookie, "same-origin").await;
                let onto_branch = !letters.contains('W') && letters.contains('P');
                let open =
                    admitted(status, &code) || onto_branch && route.script && status == StatusCode::FORBIDDEN;
                let action =
                    if route.path.ends_with("/batch") && route.script { Action::Propose } else { action };
                let letters = if route.script { letters } else { nobody };
                assert_eq!(
                    open,
                    letters.contains(letter(action)),
                    "{who}: {route:?} {path}: {status} {code}"
                );
                for site in ["cross-site", "same-site", "none"] {
                    let (status, code) = ask_by_session(&world, &route, &path, &cookie, site).await;
                    if route.script {
                        assert_eq!(
                            (status, code.as_str()),
                            (StatusCode::FORBIDDEN, ""),
                            "{who} {site}: {route:?}"
                        );
                    } else {
                        assert_eq!(
                            admitted(status, &code),
                            nobody.contains(letter(action)),
                            "{who} {site}: {route:?}"
                        );
                    }
                }
            }
        }
    }
    assert_eq!(scripts, 3 * RepoKind::ALL.len(), "a session's cookie opens more than our script needs");
}

#[tokio::test]
async fn the_other_doors_ask_for_what_they_declare() {
    let world = world().await;
    for route in routes() {
        let path = route.path.replace("{store}", "0000000000000000").replace("{prefix}", "default");
        let path = path.replace("{hash}", &"0".repeat(64)).replace("{sealed}", "forged.AAAA");
        let (status, _) = match route.access {
            Access::Repo(_) => continue,
            _ => ask(&world, &route, &path, None, Transport::Bearer).await,
        };
        let expected: &[u16] = match route.access {
            Access::Repo(_) => continue,
            // A page leads to the one where one signs in.
            Access::SignedIn if route.page && route.method == "GET" => &[303],
            Access::SignedIn | Access::RepoInBody(_) => &[401],
            Access::Sealed => &[403],
            // A wrong generation leads nowhere.
            Access::XetRead | Access::XetWrite => &[404],
            Access::Anybody | Access::Filtered | Access::Public => &[200, 303, 400, 404, 501],
        };
        assert!(expected.contains(&status.as_u16()), "{route:?}: {status}");
    }
}

#[tokio::test]
async fn void_tokens_are_void_everywhere() {
    let world = world().await;
    for bad in ["scn_p_nonsense", "hf_unknown", "", &"x".repeat(1000)] {
        for route in routes() {
            let (Access::Repo(_) | Access::SignedIn) = route.access else {
                continue;
            };
            let path = address(&route, "team/open");
            let (status, code) = ask(&world, &route, &path, Some(bad), Transport::Bearer).await;
            assert_eq!((status, code.as_str()), (StatusCode::UNAUTHORIZED, ""), "{route:?} with {bad:?}");
        }
    }
}
