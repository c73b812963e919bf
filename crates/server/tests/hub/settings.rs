//! Settings set by two at once.

use axum::body::Body;
use http::StatusCode;
use serde_json::json;
use tokio::sync::mpsc;

use crate::world::{World, request};

/// A body that comes when it is told to.
fn later() -> (mpsc::Sender<String>, Body) {
    let (sender, receiver) = mpsc::channel::<String>(1);
    let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
        let piece = receiver.recv().await?;
        Some((Ok::<_, std::io::Error>(piece), receiver))
    });
    (sender, Body::from_stream(stream))
}

#[tokio::test]
async fn what_is_not_named_stays_as_it_is_now() {
    let world = World::new().await;
    world.create("m").await;
    let (path, seen) = ("/api/models/ada/m/settings", "/api/models/ada/m");
    assert_eq!(world.look(seen).await.status, StatusCode::OK);

    let (sender, body) = later();
    let slow = tokio::spawn({
        let (app, request) = (world.app.clone(), request("PUT", path, Some(&world.ada), body));
        async move { tower::ServiceExt::oneshot(app, request).await.unwrap() }
    });
    // The first piece is taken only by a request that is under way.
    sender.send("{\"gated\":".into()).await.unwrap();
    sender.send(" ".into()).await.unwrap();
    sender.reserve().await.unwrap();
    let set = world.ask("PUT", path, json!({ "private": true })).await;
    assert_eq!(set.json(), json!({ "private": true, "gated": false }));
    sender.send("\"auto\"}".into()).await.unwrap();
    drop(sender);
    let answer = axum::body::to_bytes(slow.await.unwrap().into_body(), 1000).await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(answer, json!({ "private": true, "gated": "auto" }), "answered from what is so now");
    assert_eq!(world.look(seen).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_grant_from_before_the_body_counts_no_more() {
    let world = World::new().await;
    world.create("m").await;
    let (sender, body) = later();
    let path = "/api/models/ada/m/discussions";
    let slow = tokio::spawn({
        let (app, request) = (world.app.clone(), request("POST", path, Some(&world.bob), body));
        async move { tower::ServiceExt::oneshot(app, request).await.unwrap().status() }
    });
    sender.send("{\"title\":\"x\",".into()).await.unwrap();
    sender.send(" ".into()).await.unwrap();
    sender.reserve().await.unwrap();
    world.ask("PUT", "/api/models/ada/m/settings", json!({ "private": true })).await;
    sender.send("\"pullRequest\":true}".into()).await.unwrap();
    drop(sender);
    assert_eq!(slow.await.unwrap(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn two_words_about_who_may_see_a_repo_must_agree() {
    let world = World::new().await;
    world.create("m").await;
    let settings = "/api/models/ada/m/settings";
    for (visibility, private, status) in [
        ("public", true, 400),
        ("private", false, 400),
        ("protected", false, 400),
        ("private", true, 200),
        ("public", false, 200),
    ] {
        let both = json!({ "visibility": visibility, "private": private });
        let answer = world.ask("PUT", settings, both).await;
        assert_eq!(answer.status.as_u16(), status, "{visibility} {private}");
        let new = json!({ "name": format!("{visibility}-{private}"), "visibility": visibility, "private": private });
        let made = world.ask("POST", "/api/repos/create", new).await;
        assert_eq!(made.status.as_u16(), status, "{visibility} {private}");
        if status == 400 {
            for told in [answer.json(), made.json()] {
                assert!(told["error"].as_str().unwrap().contains("send only one of them"), "{told}");
            }
            let seen = world.ask("GET", "/api/models/ada/m", serde_json::Value::Null).await;
            assert_eq!(seen.json()["private"], false, "nothing was set");
        }
    }
}
