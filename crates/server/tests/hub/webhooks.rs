//! Webhooks: who may have what told, what is told, and what becomes of it.

use http::StatusCode;
use seedcorn_commons::hooks::{self, Outcome};
use serde_json::{Value, json};

use crate::world::World;

const ROOT: &str = "/api/settings/webhooks";

async fn made(world: &World, token: &str, watched: Value) -> String {
    let body = json!({ "url": "https://there.example/hook", "watched": watched, "domains": ["repo", "discussions"], "secret": "s" });
    let answer = world.ask_as(token, "POST", ROOT, body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    answer.json()["webhook"]["id"].as_str().unwrap().to_owned()
}

/// What is due, as it would be sent.
async fn due(world: &World) -> Vec<(hooks::Sending, Value)> {
    let mut all = Vec::new();
    loop {
        let some = hooks::due(&world.commons, "https://hub.example", 9, &[]).await.unwrap();
        assert!(some.len() <= 2, "of one member only a little at once");
        if some.is_empty() {
            break;
        }
        all.extend(some);
    }
    all.into_iter().map(|one| (one.clone(), serde_json::from_str(&one.body).unwrap())).collect()
}

fn what(told: &Value) -> String {
    let event = &told["event"];
    format!("{} {}", event["scope"].as_str().unwrap(), event["action"].as_str().unwrap())
}

#[tokio::test]
async fn what_happens_is_told() {
    let world = World::new().await;
    world.create("m").await;
    let id = made(&world, &world.bob, json!([{ "type": "user", "name": "ada" }])).await;
    world.create("n").await;
    let commit = world.commit("m", &[("a", "b")]).await;
    let body = json!({ "title": "Hello", "description": "You?" });
    world.ask_as(&world.bob, "POST", "/api/models/ada/m/discussions", body).await;
    world
        .ask_as(&world.ada, "POST", "/api/models/ada/m/discussions/1/comment", json!({ "comment": "Yes" }))
        .await;
    world.ask_as(&world.ada, "POST", "/api/models/ada/m/tag/main", json!({ "tag": "v1" })).await;
    world
        .ask_as(
            &world.ada,
            "POST",
            "/api/repos/move",
            json!({ "fromRepo": "ada/m", "toRepo": "ada/o", "type": "model" }),
        )
        .await;
    let all = due(&world).await;
    let told: Vec<String> = all.iter().map(|(_, told)| what(told)).collect();
    let expected = [
        "repo create",
        "repo.content update",
        "discussion create",
        "discussion.comment create",
        "repo.content update",
        "repo move",
    ];
    assert_eq!(told, expected);
    let (sending, pushed) = &all[1];
    let refs = &pushed["updatedRefs"][0];
    assert_eq!((&refs["ref"], &refs["newSha"]), (&json!("refs/heads/main"), &json!(commit)));
    assert_eq!(pushed["repo"]["url"]["web"], "https://hub.example/ada/m");
    assert_eq!(
        (&pushed["webhook"], sending.url.as_str()),
        (&json!({ "id": id, "version": 3 }), "https://there.example/hook")
    );
    let header =
        |name: &str| sending.headers.iter().find(|(one, _)| *one == name).map(|(_, value)| value.as_str());
    assert_eq!((header("x-webhook-secret"), header("x-webhook-attempt")), (Some("s"), Some("1")));
    assert!(header("x-hub-signature-256").unwrap().starts_with("sha256="));
    assert_eq!(all[3].1["comment"]["content"], "Yes");
    assert_eq!(all[5].1["movedTo"]["name"], "ada/o");
    // Nobody else takes what somebody took.
    assert!(due(&world).await.is_empty());
    for (n, (sending, _)) in all.iter().enumerate() {
        let status = if n == 0 { Some(204) } else { Some(500) };
        hooks::told(&world.commons, sending, &Outcome { status, answer: "so".into() }).await.unwrap();
    }
    let log = world.ask_as(&world.bob, "GET", &format!("{ROOT}/{id}/deliveries"), Value::Null).await.json();
    let log = log["deliveries"].as_array().unwrap().clone();
    let states: Vec<(i64, bool)> =
        log.iter().map(|one| (one["status"].as_i64().unwrap(), one["dueAt"].is_null())).collect();
    assert_eq!(states, [(500, false), (500, false), (500, false), (500, false), (500, false), (204, true)]);
    let again = format!("{ROOT}/{id}/deliveries/{}/redeliver", log[5]["id"].as_str().unwrap());
    assert_eq!(world.ask_as(&world.bob, "POST", &again, Value::Null).await.status, StatusCode::OK);
    assert_eq!(due(&world).await.iter().map(|(_, told)| what(told)).collect::<Vec<_>>(), ["repo create"]);
    let strange = world.ask_as(&world.ada, "GET", &format!("{ROOT}/{id}/deliveries"), Value::Null).await;
    assert_eq!(strange.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nobody_is_told_of_what_they_may_not_see() {
    let world = World::new().await;
    world.create("m").await;
    made(
        &world,
        &world.bob,
        json!([{ "type": "user", "name": "ada" }, { "type": "model", "name": "ada/m" }]),
    )
    .await;
    world.commit("m", &[("a", "b")]).await;
    // Hidden before it was sent, it is not sent.
    let hidden =
        world.ask_as(&world.ada, "PUT", "/api/models/ada/m/settings", json!({ "private": true })).await;
    assert_eq!(hidden.status, StatusCode::OK);
    assert!(due(&world).await.is_empty());
    world.commit("m", &[("c", "d")]).await;
    assert!(due(&world).await.is_empty());
    let told = world.ask_as(&world.bob, "GET", ROOT, Value::Null).await.json();
    assert_eq!(told[0]["watched"], json!([{ "type": "user", "name": "ada" }]), "not even its name");
    for watched in
        [json!([{ "type": "model", "name": "ada/m" }]), json!([{ "type": "model", "name": "ada/x" }])]
    {
        let answer = world
            .ask_as(&world.bob, "POST", ROOT, json!({ "url": "https://x.example", "watched": watched }))
            .await;
        assert!(
            answer.json()["error"].as_str().unwrap().starts_with("there is no model called"),
            "{}",
            answer.json()
        );
    }
}

#[tokio::test]
async fn bad_ones_are_refused_and_dead_ones_are_left() {
    let world = World::new().await;
    world.create("m").await;
    let ada = json!([{ "type": "model", "name": "ada/m" }]);
    for (url, watched, domains) in [
        ("ftp://x.example", &ada, json!([])),
        ("https://", &ada, json!([])),
        ("https://user:pass@x.example/", &ada, json!([])),
        ("https://x.example/a b", &ada, json!([])),
        ("https://x.example", &json!([]), json!([])),
        ("https://x.example", &json!([{ "type": "bucket", "name": "ada/m" }]), json!([])),
        ("https://x.example", &ada, json!(["billing"])),
    ] {
        let body = json!({ "url": url, "watched": watched, "domains": domains });
        let answer = world.ask_as(&world.bob, "POST", ROOT, body).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{url} {watched} {}", answer.json());
    }
    let job = json!({ "jobSourceId": "1", "watched": ada });
    assert_eq!(world.ask_as(&world.bob, "POST", ROOT, job).await.status, StatusCode::BAD_REQUEST);
    let id = made(&world, &world.bob, ada).await;
    let one = format!("{ROOT}/{id}");
    let state = async || world.ask_as(&world.bob, "GET", &one, Value::Null).await.json()["webhook"].clone();
    world.commit("m", &[("a", "1")]).await;
    let [(sending, _)] = &due(&world).await[..] else { panic!("one is due") };
    hooks::told(&world.commons, sending, &Outcome { status: Some(410), answer: String::new() })
        .await
        .unwrap();
    let told = state().await;
    assert_eq!(told["disabled"], true);
    assert!(told["disabledReason"].as_str().unwrap().contains("gone for good"), "{told}");
    world.commit("m", &[("a", "2")]).await;
    assert!(due(&world).await.is_empty());
    assert_eq!(
        world.ask_as(&world.bob, "POST", &format!("{one}/enable"), Value::Null).await.status,
        StatusCode::OK
    );
    world.commit("m", &[("a", "3")]).await;
    assert_eq!(due(&world).await.len(), 1);
    assert_eq!(world.ask_as(&world.ada, "DELETE", &one, Value::Null).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.ask_as(&world.bob, "DELETE", &one, Value::Null).await.status, StatusCode::OK);
    assert_eq!(world.ask_as(&world.bob, "GET", &one, Value::Null).await.status, StatusCode::NOT_FOUND);
}
