//! What is sealed, Xet tokens and signed addresses, × every actor × every repo: it opens what its maker may do now, and nothing else.

use axum::body::{Body, to_bytes};
use http::{Method, Request, StatusCode};
use seedcorn_commons::access::Admin;
use seedcorn_commons::admin;
use seedcorn_commons::authorize;
use seedcorn_commons::gate::{self, Status, Whose};
use seedcorn_commons::identity::identify;
use seedcorn_commons::repo;
use seedcorn_core::digest::Sha256;
use seedcorn_core::repo::RepoKind;
use seedcorn_server::{Access, Route, routes};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{ORACLE, REPOS, Transport, World, address, admitted, ask, world};

/// A Xet token, whose it is, and for which repo.
struct Sealed {
    who: &'static str,
    repo: &'static str,
    letters: &'static str,
    secret: String,
    store: String,
    writes: bool,
}

/// Asks for something, with a bearer token or none.
async fn call(
    world: &World,
    (method, path): (&str, &str),
    token: Option<&str>,
    body: Vec<u8>,
) -> (StatusCode, Value) {
    let mut request = Request::builder()
        .method(Method::from_bytes(method.as_bytes()).unwrap())
        .uri(path)
        .header("host", "hub.example")
        .header("content-type", "application/vnd.git-lfs+json");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = world.app.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_default())
}

/// Every Xet token that anybody gets: to read for those who may read, and to write for those who may propose.
async fn tokens(world: &World) -> Vec<Sealed> {
    let mut all = Vec::new();
    for ((who, token), (_, allowed)) in world.tokens.iter().zip(ORACLE) {
        for (repo, letters) in REPOS.into_iter().zip(allowed) {
            for (kind, letter) in [("read", 'R'), ("write", 'P')] {
                let path = format!("/api/models/{repo}/xet-{kind}-token/main?create_pr=1");
                let (status, said) = call(world, ("GET", &path), token.as_deref(), Vec::new()).await;
                assert_eq!(status == StatusCode::OK, letters.contains(letter), "{who}: {path}: {status}");
                if status != StatusCode::OK {
                    continue;
                }
                let url = said["casUrl"].as_str().unwrap();
                let store = url.rsplit('/').find(|part| !part.is_empty()).unwrap().to_owned();
                let secret = said["accessToken"].as_str().unwrap().to_owned();
                all.push(Sealed { who, repo, letters, secret, store, writes: kind == "write" });
            }
        }
    }
    all
}

/// Whether a Xet token opens a door of the store.
async fn opens(world: &World, route: &Route, sealed: &Sealed) -> bool {
    let path = route.path.replace("{store}", &sealed.store).replace("{prefix}", "default");
    let path = path.replace("{hash}", &"0".repeat(64));
    let (status, code) = ask(world, route, &path, Some(&sealed.secret), Transport::Bearer).await;
    admitted(status, &code)
}

/// Doors of the store, with whether each is one to write.
fn doors() -> Vec<(Route, bool)> {
    let all = routes().into_iter();
    let doors = all.filter(|route| matches!(route.access, Access::XetRead | Access::XetWrite));
    doors
        .map(|route| (route.access == Access::XetWrite, route))
        .map(|(writes, route)| (route, writes))
        .collect()
}

/// Takes rights away: the writer leaves, the guest is turned away, and the hidden repo is taken down.
async fn take_away(world: &World) {
    let commons = &world.commons;
    admin::leave(commons.database(), "team", "writer").await.unwrap();
    let (_, boss) = world.tokens.iter().find(|(who, _)| *who == "boss").unwrap();
    let boss = identify(commons, boss.as_deref().unwrap()).await.unwrap();
    let grant = authorize::<Admin>(commons, Some(&boss), RepoKind::Model, "team/gated").await.unwrap();
    gate::handle(commons, &grant, Whose::Member("guest"), (Status::Rejected, "no")).await.unwrap();
    repo::set_disabled(commons, RepoKind::Model, "team/hidden", "no").await.unwrap();
}

/// Who may do what after that: as before, but for those whose rights were taken away.
fn letters_after(who: &str, repo: &str, before: &'static str) -> &'static str {
    match (who, repo) {
        ("writer", "team/open") => "SRP",
        ("writer", _) | ("guest" | "guest-read", "team/gated") => "",
        ("operator", _) => before,
        (_, "team/hidden") => "",
        _ => before,
    }
}

#[tokio::test]
async fn a_xet_token_opens_what_its_maker_may_do_now() {
    let world = world().await;
    let (all, doors) = (tokens(&world).await, doors());
    assert!(all.len() > 40 && doors.len() > 8, "{} tokens, {} doors", all.len(), doors.len());
    for is_after in [false, true] {
        for sealed in &all {
            let letters = match is_after {
                false => sealed.letters,
                true => letters_after(sealed.who, sealed.repo, sealed.letters),
            };
            for (route, writes) in &doors {
                let may = match writes {
                    true => sealed.writes && letters.contains('P'),
                    false => letters.contains('R'),
                };
                let opened = opens(&world, route, sealed).await;
                let Sealed { who, repo, writes, .. } = sealed;
                assert_eq!(opened, may, "{who}, {repo}, to write {writes}, after {is_after}: {route:?}");
            }
        }
        if !is_after {
            take_away(&world).await;
        }
    }
}

#[tokio::test]
async fn what_opens_the_store_opens_nothing_else() {
    let world = world().await;
    let all = tokens(&world).await;
    let boss = all.iter().find(|one| one.who == "boss" && one.writes).unwrap();
    let (_, access) = world.tokens.iter().find(|(who, _)| *who == "boss").unwrap();
    for route in routes() {
        match route.access {
            Access::Repo(_) | Access::SignedIn => {
                let path = address(&route, "team/open");
                for by in [Transport::Bearer, Transport::Basic] {
                    let (status, _) = ask(&world, &route, &path, Some(&boss.secret), by).await;
                    assert_eq!(status, StatusCode::UNAUTHORIZED, "{route:?} by {by:?}");
                }
            }
            // And an access token is none for the store.
            Access::XetRead | Access::XetWrite => {
                let path = route.path.replace("{store}", &boss.store).replace("{prefix}", "default");
                let path = path.replace("{hash}", &"0".repeat(64));
                let (status, _) = ask(&world, &route, &path, access.as_deref(), Transport::Bearer).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{route:?}");
            }
            _ => {}
        }
    }
}

/// The signed address by which somebody sends a file to a repo, if they get one.
async fn address_to_send(world: &World, repo: &str, token: Option<&str>, file: &[u8]) -> Option<String> {
    let object = json!({ "oid": Sha256::of(file).to_string(), "size": file.len() });
    let batch = json!({ "operation": "upload", "transfers": ["basic"], "objects": [object] });
    let path = format!("/{repo}.git/info/lfs/objects/batch");
    let (_, said) = call(world, ("POST", &path), token, batch.to_string().into_bytes()).await;
    let href = said["objects"][0]["actions"]["upload"]["href"].as_str()?;
    Some(href[href.find("/lfs/").unwrap()..].to_owned())
}

#[tokio::test]
async fn a_signed_address_takes_one_file_from_whom_it_was_given_to_as_long_as_they_may() {
    let world = world().await;
    let mut all = Vec::new();
    for ((who, token), (_, allowed)) in world.tokens.iter().zip(ORACLE) {
        for (repo, letters) in REPOS.into_iter().zip(allowed) {
            let file = format!("{who} sends this to {repo}").into_bytes();
            let sent = address_to_send(&world, repo, token.as_deref(), &file).await;
            assert_eq!(sent.is_some(), letters.contains('P'), "{who}, {repo}");
            all.extend(sent.map(|address| (*who, repo, letters, address, file)));
        }
    }
    assert!(all.len() > 15, "{}", all.len());
    let routes = routes().into_iter().filter(|route| matches!(route.access, Access::Sealed)).count();
    assert_eq!(
        routes, 5,
        "an address that is signed and tried nowhere: fetches are in tests/hostile, pictures in tests/pages"
    );
    for is_after in [false, true] {
        for (who, repo, before, address, file) in &all {
            let letters = match is_after {
                false => before,
                true => letters_after(who, repo, before),
            };
            let may = letters.contains('P');
            // Other bytes are never taken, whoever may.
            let (other, _) = call(&world, ("PUT", address), None, b"other".to_vec()).await;
            assert!(other.is_client_error(), "{who}, {repo}: {other}");
            let (status, said) = call(&world, ("PUT", address), None, file.clone()).await;
            assert_eq!(status.is_success(), may, "{who}, {repo}, after {is_after}: {status} {said}");
            let (status, _) = call(&world, ("GET", address), None, Vec::new()).await;
            let shut = [401, 403, 404].contains(&status.as_u16());
            assert!(may || shut, "{who}, {repo}, after {is_after}: {status}");
        }
        if !is_after {
            take_away(&world).await;
        }
    }
}
