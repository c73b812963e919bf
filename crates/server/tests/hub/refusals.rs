//! The status and the words of refusals that the clients tell apart.

use axum::body::Body;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::world::{World, request};

#[tokio::test]
async fn files_behind_a_gate_ask_strangers_to_sign_in() {
    let world = World::new().await;
    world.create("m").await;
    world.commit("m", &[("a.txt", "x")]).await;
    world.ask("PUT", "/api/models/ada/m/settings", json!({ "gated": "manual" })).await;
    for path in [
        "/ada/m/resolve/main/a.txt",
        "/ada/m/raw/main/a.txt",
        "/api/models/ada/m/auth-check",
        "/api/models/ada/m/xet-read-token/main",
    ] {
        for method in ["GET", "HEAD"] {
            let nobody = world.send(request(method, path, None, Body::empty())).await;
            assert_eq!(nobody.status, StatusCode::UNAUTHORIZED, "{method} {path}");
            assert_eq!(nobody.headers["x-error-code"], "GatedRepo", "{method} {path}");
            assert!(nobody.headers["x-error-message"].to_str().unwrap().contains("sign in"), "{path}");
            assert!(nobody.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"), "{path}");
            let bob = world.send(request(method, path, Some(&world.bob), Body::empty())).await;
            assert_eq!(bob.status, StatusCode::FORBIDDEN, "{method} {path}");
            assert_eq!(bob.headers["x-error-code"], "GatedRepo", "{method} {path}");
            let told = bob.headers["x-error-message"].to_str().unwrap();
            assert!(told.contains("you are not in the authorized list"), "{path}: {told}");
            let ada = world.send(request(method, path, Some(&world.ada), Body::empty())).await;
            assert_eq!(ada.status, StatusCode::OK, "{method} {path}");
        }
    }
    // What is told of it stays open.
    assert_eq!(world.look("/api/models/ada/m").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_packed_commit_is_told_what_to_do() {
    let world = World::new().await;
    world.create("m").await;
    let line = json!({ "key": "header", "value": { "summary": "s" } }).to_string();
    for (coding, status) in [("gzip", 415), ("zstd, gzip", 415), ("identity", 200), ("Identity", 200)] {
        let mut asked =
            request("POST", "/api/models/ada/m/commit/main", Some(&world.ada), Body::from(line.clone()));
        asked.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
        let answer = world.send(asked).await;
        assert_eq!(answer.status.as_u16(), status, "{coding}");
        if status == 415 {
            assert_eq!(answer.headers["accept-encoding"], "identity");
            let told = answer.json()["error"].as_str().unwrap().to_owned();
            assert!(told.contains(coding) && told.contains("send it as it is"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_said_to_be_so_once() {
    let world = World::new().await;
    world.create("m").await;
    let lines = [
        json!({ "key": "header", "value": { "summary": "s" } }).to_string(),
        json!({ "key": "deletedFile", "value": { "path": "absent.txt" } }).to_string(),
    ];
    let path = "/api/models/ada/m/commit/main";
    let answer = world.send(request("POST", path, Some(&world.ada), Body::from(lines.join("\n")))).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(answer.json()["error"], "A file with this name doesn't exist: \"absent.txt\"");
}
