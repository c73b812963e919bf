//! Works liked, members followed, and works put together.

use http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn works_are_liked_once() {
    let world = World::new().await;
    world.create("m").await;
    world.create("n").await;
    let likes = async |path: &str| world.look(path).await.json();
    for _ in 0..2 {
        let liked = world.ask_as(&world.bob, "POST", "/api/models/ada/m/like", Value::Null).await;
        assert_eq!(liked.status, StatusCode::OK);
    }
    assert_eq!(likes("/api/models/ada/m").await["likes"], 1);
    assert_eq!(likes("/api/models/ada/m/likers").await[0]["user"], "bob");
    assert_eq!(likes("/api/users/bob/likes").await[0]["repo"], json!({ "name": "ada/m", "type": "model" }));
    assert_eq!(likes("/api/models?sort=likes").await[0]["id"], "ada/m");
    // What one may see no more is not told of.
    world.ask_as(&world.ada, "PUT", "/api/models/ada/m/settings", json!({ "private": true })).await;
    assert_eq!(likes("/api/users/bob/likes").await, json!([]));
    assert_eq!(
        world.ask_as(&world.bob, "DELETE", "/api/models/ada/m/like", Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
    world.ask_as(&world.ada, "PUT", "/api/models/ada/m/settings", json!({ "private": false })).await;
    assert_eq!(
        world.ask_as(&world.bob, "DELETE", "/api/models/ada/m/like", Value::Null).await.status,
        StatusCode::OK
    );
    assert_eq!(likes("/api/models/ada/m").await["likes"], 0);
}

#[tokio::test]
async fn members_are_followed() {
    let world = World::new().await;
    world.create("m").await;
    for (who, status) in [("ada", 200), ("bob", 400), ("nobody", 404)] {
        let path = format!("/api/users/{who}/follow");
        let answer = world.ask_as(&world.bob, "POST", &path, Value::Null).await;
        assert_eq!(answer.status.as_u16(), status, "{who}: {}", answer.json());
    }
    let told = world.look("/api/users/ada/overview").await.json();
    assert_eq!(
        (&told["numFollowers"], &told["numModels"], &told["user"]),
        (&json!(1), &json!(1), &json!("ada"))
    );
    assert_eq!(world.look("/api/users/ada/followers").await.json()[0]["user"], "bob");
    assert_eq!(world.look("/api/users/bob/following").await.json()[0]["user"], "ada");
    let own = world.ask_as(&world.bob, "GET", "/api/users/ada/overview", Value::Null).await.json();
    assert_eq!(own["isFollowing"], true);
    assert_eq!(
        world.ask_as(&world.bob, "DELETE", "/api/users/ada/follow", Value::Null).await.status,
        StatusCode::OK
    );
    assert_eq!(world.look("/api/users/ada/followers").await.json(), json!([]));
}

#[tokio::test]
async fn collections_show_what_one_may_see() {
    let world = World::new().await;
    for name in ["m", "hidden"] {
        world.create(name).await;
    }
    world.ask_as(&world.ada, "PUT", "/api/models/ada/hidden/settings", json!({ "private": true })).await;
    let made = world
        .ask_as(&world.ada, "POST", "/api/collections", json!({ "title": "Both of <them>" }))
        .await
        .json();
    let slug = made["slug"].as_str().unwrap().to_owned();
    assert!(slug.starts_with("ada/both-of-them-"), "{slug}");
    let at = format!("/api/collections/{slug}");
    for name in ["ada/m", "ada/hidden"] {
        let item = json!({ "item": { "type": "model", "id": name }, "note": "n" });
        assert_eq!(
            world.ask_as(&world.ada, "POST", &format!("{at}/items"), item).await.status,
            StatusCode::OK
        );
    }
    let items = async |token: &str| {
        let told = world.ask_as(token, "GET", &at, Value::Null).await.json();
        told["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(items(&world.ada).await, ["ada/m", "ada/hidden"]);
    assert_eq!(items(&world.bob).await, ["ada/m"]);
    let held = world.look("/api/collections?item=models/ada/hidden").await.json();
    assert_eq!(held, json!([]), "what one may not see is in nothing");
    assert_eq!(world.look("/api/collections?item=models/ada/m").await.json()[0]["slug"], slug.as_str());
    for (method, path, body) in [
        ("PATCH", at.clone(), json!({ "title": "x" })),
        ("DELETE", at.clone(), Value::Null),
        ("POST", format!("{at}/items"), json!({ "item": { "type": "model", "id": "ada/m" } })),
    ] {
        assert_eq!(
            world.ask_as(&world.bob, method, &path, body).await.status,
            StatusCode::FORBIDDEN,
            "{method}"
        );
    }
    let page = world.look(&format!("/collections/{slug}")).await;
    let page = String::from_utf8_lossy(&page.bytes).into_owned();
    assert!(page.contains("Both of &#60;them&#62;") && !page.contains("ada/hidden"), "{page}");
    // Hidden, it is there for those alone to whom it belongs.
    world.ask_as(&world.ada, "PATCH", &at, json!({ "private": true, "title": "Mine" })).await;
    assert_eq!(world.ask_as(&world.bob, "GET", &at, Value::Null).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.look("/api/collections").await.json(), json!([]));
    assert_eq!(
        world.ask_as(&world.ada, "GET", &at, Value::Null).await.status,
        StatusCode::OK,
        "by its old name too"
    );
    for (bad, status) in [
        (json!({ "title": "" }), StatusCode::BAD_REQUEST),
        (json!({ "title": "t", "theme": "black" }), StatusCode::BAD_REQUEST),
        (json!({ "title": "t", "namespace": "bob" }), StatusCode::FORBIDDEN),
    ] {
        let answer = world.ask_as(&world.ada, "POST", "/api/collections", bad).await;
        assert_eq!(answer.status, status, "{}", answer.json());
    }
}
