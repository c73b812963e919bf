//! What the Hub's clients may ask for and this hub does not have: 501 and a sentence, and nothing of any repo.

use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, request};

#[tokio::test]
async fn git_is_told_that_it_is_not_served_whatever_repo_is_meant() {
    let world = World::new().await;
    for (kind, private) in [("model", false), ("dataset", false), ("space", false), ("model", true)] {
        let name = if private { "hidden" } else { "open" };
        let sdk = if kind == "space" { json!("static") } else { Value::Null };
        let body = json!({ "name": name, "type": kind, "private": private, "sdk": sdk });
        assert_eq!(world.ask("POST", "/api/repos/create", body).await.status, StatusCode::OK);
    }
    let mut told = Vec::new();
    for prefix in ["", "datasets/", "spaces/"] {
        for repo in
            ["ada/open", "ada/hidden", "ada/absent", "ada/open.git", "ada/hidden.git", "ada/absent.git"]
        {
            for (method, path) in [
                ("GET", "info/refs?service=git-upload-pack"),
                ("GET", "info/refs?service=git-receive-pack"),
                ("POST", "git-upload-pack"),
                ("POST", "git-receive-pack"),
            ] {
                for token in [None, Some(world.ada.as_str()), Some(world.bob.as_str())] {
                    let path = format!("/{prefix}{repo}/{path}");
                    let answer = world.send(request(method, &path, token, Body::empty())).await;
                    assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED, "{method} {path}");
                    assert!(!answer.headers.contains_key("x-error-code"), "{method} {path}");
                    assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
                    told.push(answer.bytes);
                }
            }
        }
    }
    told.dedup();
    assert_eq!(told.len(), 1, "every repo gets the same answer");
    assert!(String::from_utf8_lossy(&told[0]).contains("git itself is not served"));
}

#[tokio::test]
async fn endpoints_of_the_hub_outside_of_its_api() {
    let world = World::new().await;
    for (method, path) in [
        ("POST", "/uploads"),
        ("GET", "/buckets/ada/b/resolve/x"),
        ("GET", "/kernels/ada/k/resolve/main/x"),
        ("POST", "/oauth/register"),
        ("GET", "/api/collections"),
    ] {
        let answer = world.ask(method, path, Value::Null).await;
        assert_eq!(answer.status, StatusCode::NOT_IMPLEMENTED, "{method} {path}");
        let told = answer.json()["error"].as_str().unwrap_or_default().to_owned();
        assert!(told.contains("is not served by this hub"), "{method} {path}: {told}");
    }
}
