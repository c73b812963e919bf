//! Former names, and names that two want at once.

use futures_util::future::join_all;
use http::StatusCode;
use serde_json::json;

use crate::world::World;

async fn renamed() -> World {
    let world = World::new().await;
    world.create("old").await;
    let moved =
        world.ask("POST", "/api/repos/move", json!({ "fromRepo": "ada/old", "toRepo": "ada/new" })).await;
    assert_eq!(moved.status, StatusCode::OK);
    world
}

#[tokio::test]
async fn a_conflict_tells_where_the_name_leads() {
    let world = renamed().await;
    for (name, words) in [("old", "former name of ada/new"), ("new", "already created")] {
        let made = world.ask("POST", "/api/repos/create", json!({ "name": name })).await;
        assert_eq!(made.status, StatusCode::CONFLICT);
        assert_eq!(made.json()["url"], "http://hub.example/ada/new", "{name}");
        let told = made.headers["x-error-message"].to_str().unwrap();
        assert!(told.contains(words), "{name}: {told}");
    }
}

#[tokio::test]
async fn whoever_is_too_late_is_told_the_same() {
    let world = World::new().await;
    let ask = |_| world.ask("POST", "/api/repos/create", json!({ "name": "wanted" }));
    let answers = join_all((0..12).map(ask)).await;
    for answer in &answers {
        assert!(matches!(answer.status.as_u16(), 200 | 409), "{answer:?}");
        assert_eq!(answer.json()["url"], "http://hub.example/ada/wanted", "{answer:?}");
    }
    assert_eq!(answers.iter().filter(|answer| answer.status == StatusCode::OK).count(), 1);
}

#[tokio::test]
async fn nothing_is_deleted_by_a_former_name() {
    let world = renamed().await;
    let refused = world.ask("DELETE", "/api/repos/delete", json!({ "name": "old" })).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    let told = refused.headers["x-error-message"].to_str().unwrap();
    assert!(told.contains("ada/new"), "{told}");
    assert_eq!(world.look("/api/models/ada/new").await.status, StatusCode::OK);
    assert_eq!(
        world.ask("DELETE", "/api/repos/delete", json!({ "name": "new" })).await.status,
        StatusCode::OK
    );
    assert_eq!(world.look("/api/models/ada/new").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_repo_moves_on_by_a_former_name() {
    let world = renamed().await;
    let moved =
        world.ask("POST", "/api/repos/move", json!({ "fromRepo": "ada/old", "toRepo": "ada/third" })).await;
    assert_eq!(
        (moved.status, &moved.json()["url"]),
        (StatusCode::OK, &json!("http://hub.example/ada/third"))
    );
    assert_eq!(world.look("/api/models/ada/third").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_stranger_learns_of_no_former_name() {
    let world = renamed().await;
    world.ask("PUT", "/api/models/ada/new/settings", json!({ "private": true })).await;
    for (method, path, body) in [
        ("DELETE", "/api/repos/delete", json!({ "name": "old", "organization": "ada" })),
        ("POST", "/api/repos/move", json!({ "fromRepo": "ada/old", "toRepo": "bob/x" })),
    ] {
        let body = body.to_string().into();
        let answer = world.send(crate::world::request(method, path, Some(&world.bob), body)).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("new"), "{path}");
    }
}
