//! Gated repos: asked for, let in, turned away, and what is read then; on pages and as clients do it.

use base64::Engine;
use serde_json::{Value, json};

use crate::world::{World, token};

const CARD: &str = "---\nextra_gated_prompt: Read this first.\nextra_gated_fields:\n  Company: text\n  I agree: checkbox\n  Use:\n    type: select\n    options: [Research, Other]\n---\n# Open\n";
const FILE: &str = "/team/open/resolve/main/notes.txt";

async fn gated(world: &World, how: &str) {
    let boss = format!("Bearer {}", token(&world.commons, "boss").await);
    let headers = [("authorization", boss.as_str()), ("content-type", "application/x-ndjson")];
    let content = |text: &str| base64::prelude::BASE64_STANDARD.encode(text);
    let file = |path: &str, text: &str| {
        json!({"key": "file", "value": {"path": path, "content": content(text), "encoding": "base64"}})
            .to_string()
    };
    let header = json!({"key": "header", "value": {"summary": "Add files"}}).to_string();
    let body = [header, file("README.md", CARD), file("notes.txt", "for some alone")].join("\n");
    let answer = world.ask("POST", "/api/models/team/open/commit/main", &headers, body).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let form = format!("visibility=public&gated={how}");
    world.send("boss", "/team/open/settings/visibility", &form).await.led_to("/team/open/settings?done=1");
}

#[tokio::test]
async fn asked_for_and_given() {
    let world = World::new().await;
    gated(&world, "manual").await;
    assert!(world.see("", "/team/open").await.text.contains("Ask for access"));
    assert!(world.see("", "/team/open/access").await.text.contains("Sign in to ask"));
    let form = world.see("stranger", "/team/open/access").await.text;
    for part in ["Read this first.", "Company", "I agree", "Research", "Its owner decides"] {
        assert!(form.contains(part), "{part}: {form}");
    }
    let send = async |form: &str| world.send("stranger", "/team/open/access", form).await;
    // In the order in which the card's fields are read.
    let (company, agree, uses) = ("f0=Acme", "f1=on", "f2=Research");
    let [company, agree, uses] = order(&form, [("Company", company), ("I agree", agree), ("Use", uses)]);
    let all = format!("{company}&{agree}&{uses}");
    send("").await.complained("is not answered");
    let bad = format!("{company}&{agree}&{}", uses.replace("Research", "Evil"));
    send(&bad).await.complained("is one of its options");
    send(&all).await.led_to("/team/open");
    send(&all).await.led_to("/team/open");
    assert!(world.see("stranger", "/team/open").await.text.contains("wait for an answer"));
    assert!(world.see("stranger", "/team/open/access").await.text.contains("You asked"));
    world.refuses_foreign("stranger", "/team/open/access", &all).await;

    // Those who run it see who asked and what was answered; nobody else does.
    for (who, status) in [("", 303), ("stranger", 403), ("reader", 403), ("writer", 403)] {
        assert_eq!(world.see(who, "/team/open/settings/access").await.status, status, "{who}");
    }
    let page = world.see("boss", "/team/open/settings/access").await.text;
    assert!(page.contains("stranger") && page.contains("Acme") && page.contains("Research"), "{page}");
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    let say = async |form: String| world.send("boss", "/team/open/settings/access", &form).await;
    say(format!("id={id}&shown=pending&status=perhaps")).await.complained("Choose what becomes of it");
    say(format!("id={id}&shown=pending&status=rejected&reason=Not+now"))
        .await
        .led_to("/team/open/settings/access?status=pending");
    assert!(world.see("stranger", "/team/open/access").await.text.contains("Not now"));
    send(&all).await.led_to("/team/open");
    let page = world.see("boss", "/team/open/settings/access").await.text;
    let id = page.split("name=\"id\" value=\"").nth(1).unwrap().split('"').next().unwrap();
    say(format!("id={id}&shown=pending&status=accepted"))
        .await
        .led_to("/team/open/settings/access?status=pending");
    say(format!("id={id}&shown=accepted&status=accepted")).await.complained("is accepted already");
    let bearer = format!("Bearer {}", token(&world.commons, "stranger").await);
    let read = async || world.ask("GET", FILE, &[("authorization", bearer.as_str())], "").await;
    let answer = read().await;
    assert_eq!((answer.status, answer.text.as_str()), (200, "for some alone"));
    assert!(answer.header("cache-control").contains("no-store"), "no cache gives it to others");
    assert!(world.see("stranger", "/team/open/access").await.text.contains("You have access"));
    world.send("stranger", "/team/open/access/withdraw", "").await.led_to("/team/open");
    assert_eq!(read().await.status, 403);
}

/// The fields' answers by the names that the form gives them.
fn order<const N: usize>(form: &str, all: [(&str, &str); N]) -> [String; N] {
    all.map(|(label, answer)| {
        let before = form.find(&format!(">{label}<")).unwrap();
        let name = form[..before].rsplit("for=\"").next().unwrap().split('"').next().unwrap();
        format!("{name}={}", answer.split_once('=').unwrap().1)
    })
}

async fn api(world: &World, who: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let bearer = format!("Bearer {}", token(&world.commons, who).await);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let answer = world.ask(method, path, &headers, body).await;
    (answer.status, serde_json::from_str(&answer.text).unwrap_or_else(|_| json!(answer.text)))
}

#[tokio::test]
async fn as_clients_do_it() {
    let world = World::new().await;
    gated(&world, "manual").await;
    let at = |rest: &str| format!("/api/models/team/open/user-access-request/{rest}");
    let answers = json!({ "Company": "Acme", "I agree": true, "Use": "Other" });
    let (status, _) = api(&world, "stranger", "POST", "/team/open/ask-access", json!({})).await;
    assert_eq!(status, 400);
    let (status, asked) = api(&world, "stranger", "POST", "/team/open/ask-access", answers).await;
    assert_eq!((status, &asked["status"]), (200, &json!("pending")), "{asked}");
    let (_, pending) = api(&world, "boss", "GET", &at("pending"), json!(null)).await;
    assert_eq!(pending[0]["user"]["user"], "stranger", "{pending}");
    assert_eq!(
        (&pending[0]["requestId"], &pending[0]["fields"]["Company"]),
        (&asked["requestId"], &json!("Acme"))
    );
    let handle = |body: Value| {
        let path = at("handle");
        let world = &world;
        async move { api(world, "boss", "POST", &path, body).await }
    };
    assert_eq!(handle(json!({"user": "stranger", "status": "accepted"})).await.0, 200);
    assert_eq!(handle(json!({"user": "stranger", "status": "accepted"})).await.0, 400);
    assert_eq!(handle(json!({"user": "nobody", "status": "accepted"})).await.0, 404);
    assert_eq!(handle(json!({"user": "reader", "status": "accepted"})).await.0, 404, "who did not ask");
    assert_eq!(handle(json!({"status": "accepted"})).await.0, 400);
    assert_eq!(handle(json!({"user": "stranger", "status": "perhaps"})).await.0, 400);
    let long = "x".repeat(2000);
    assert_eq!(
        handle(json!({"user": "stranger", "status": "rejected", "rejectionReason": long})).await.0,
        400
    );
    let (_, rejected) =
        handle(json!({"requestId": asked["requestId"], "status": "rejected", "rejectionReason": "no"})).await;
    assert_eq!((&rejected["status"], &rejected["rejectionReason"]), (&json!("rejected"), &json!("no")));
    assert_eq!(handle(json!({"user": "stranger", "status": "pending"})).await.0, 200);
    let admit = at("grant");
    for (who, status) in [("stranger", 200), ("stranger", 400), ("nobody", 404)] {
        assert_eq!(api(&world, "boss", "POST", &admit, json!({ "user": who })).await.0, status, "{who}");
    }
    assert_eq!(api(&world, "writer", "POST", &admit, json!({ "user": "reader" })).await.0, 403);
    let (_, report) =
        api(&world, "boss", "GET", "/api/models/team/open/user-access-report", json!(null)).await;
    assert!(report.as_str().unwrap().contains("\"stranger\",\"stranger\",\"accepted\""), "{report}");
    let (_, me) = api(&world, "stranger", "GET", "/api/models/team/open/auth-check", json!(null)).await;
    assert!(me.is_object(), "{me}");
    assert_eq!(api(&world, "stranger", "POST", &at("cancel"), json!(null)).await.0, 200);
    assert_eq!(api(&world, "stranger", "POST", &at("cancel"), json!(null)).await.0, 404);
    assert_eq!(api(&world, "stranger", "GET", "/api/models/team/open/auth-check", json!(null)).await.0, 403);
    // Of a hidden repo nothing is told, and nothing asked.
    assert_eq!(api(&world, "stranger", "POST", "/team/hidden/ask-access", json!({})).await.0, 404);
    // Where it is not gated, nobody asks.
    world.send("boss", "/team/open/settings/visibility", "visibility=public&gated=none").await;
    let (status, _) = api(&world, "stranger", "POST", "/team/open/ask-access", json!({})).await;
    assert!((400..=409).contains(&status), "{status}");
    assert_eq!(api(&world, "boss", "POST", &admit, json!({ "user": "reader" })).await.0, 400);
}

#[tokio::test]
async fn asking_is_enough_where_it_is() {
    let world = World::new().await;
    gated(&world, "auto").await;
    let answers = json!({ "Company": "Acme", "I agree": "on", "Use": "Other" });
    let (status, asked) = api(&world, "stranger", "POST", "/team/open/ask-access", answers).await;
    assert_eq!((status, &asked["status"]), (200, &json!("accepted")));
    let bearer = format!("Bearer {}", token(&world.commons, "stranger").await);
    assert_eq!(world.ask("GET", FILE, &[("authorization", &bearer)], "").await.status, 200);
    // Bytes that are read by a token of the store are given as long as the gate is open.
    let store = "/api/models/team/open/xet-read-token/main";
    assert_eq!(world.ask("GET", store, &[("authorization", &bearer)], "").await.status, 200);
    let (status, _) = api(
        &world,
        "boss",
        "POST",
        "/api/models/team/open/user-access-request/handle",
        json!({"user": "stranger", "status": "rejected"}),
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(world.ask("GET", store, &[("authorization", &bearer)], "").await.status, 403);
}
