//! What pull requests may be based on.

use axum::body::Body;
use http::StatusCode;
use serde_json::json;

use crate::world::{Answer, World, request};

async fn propose(world: &World, base: &str, token: &str) -> Answer {
    let line = json!({ "key": "header", "value": { "summary": "s" } }).to_string();
    let path = format!("/api/models/ada/m/commit/{base}?create_pr=1");
    world.send(request("POST", &path, Some(token), Body::from(line))).await
}

#[tokio::test]
async fn a_pull_request_is_based_on_a_branch_or_on_ones_own() {
    let world = World::new().await;
    world.create("m").await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    assert_eq!(propose(&world, "main", ada).await.status, StatusCode::OK);
    assert_eq!(propose(&world, "main", bob).await.status, StatusCode::OK);
    for (base, token, status) in
        [("refs%2Fpr%2F1", bob, 403), ("refs%2Fpr%2F2", ada, 403), ("refs%2Fpr%2F9", bob, 404)]
    {
        let answer = propose(&world, base, token).await;
        assert_eq!(answer.status.as_u16(), status, "{base}: {}", answer.json());
        // Asked before anything is sent, too.
        let sample = json!({ "files": [{ "path": "a", "sample": "", "size": 1 }] }).to_string();
        let path = format!("/api/models/ada/m/preupload/{base}?create_pr=1");
        let answer = world.send(request("POST", &path, Some(token), Body::from(sample))).await;
        assert_eq!(answer.status.as_u16(), status, "{base}: {}", answer.json());
    }
    let told = propose(&world, "refs%2Fpr%2F1", bob).await.json();
    assert!(told["error"].as_str().unwrap().contains("refs/pr/1 is somebody else's"), "{told}");
    assert_eq!(propose(&world, "refs%2Fpr%2F2", bob).await.status, StatusCode::OK);
    assert_eq!(propose(&world, "refs%2Fpr%2F1", ada).await.status, StatusCode::OK);
    let list = world.look("/api/models/ada/m/discussions").await.json();
    assert_eq!(list["count"], 4, "what was refused opened nothing");
}
