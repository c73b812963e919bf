//! How open works are, as the API, the Hub's own answers, pages, badges and feeds tell it; and pulls that are refused for it.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod world;

use http::StatusCode;
use seedcorn_core::openness::Policy;
use serde_json::Value;

use crate::world::World;

const BASE: &str = "acorn-lab/acorn-tiny";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[tokio::test]
async fn the_api_tells_verdicts_with_their_evidence() {
    let world = World::new(Policy::default()).await;
    let told = json(&world.get(&format!("/api/commons/v1/models/{BASE}/openness")).await.text);
    assert_eq!((&told["repo"], &told["profile"]), (&BASE.into(), &"mof".into()));
    assert_eq!(told["class"], "III", "{:#}", told["next"]);
    assert_eq!(told["parts"].as_array().unwrap().len(), 17);
    let linked: Vec<&str> =
        told["linked"].as_array().unwrap().iter().map(|one| one["repo"].as_str().unwrap()).collect();
    assert!(linked.contains(&"datasets/field-notes/garden-observations"), "{linked:?}");
    let commit = told["commit"].as_str().unwrap().to_owned();
    let at = json(
        &world.get(&format!("/api/commons/v1/models/{BASE}/openness/{commit}?profile=osaid")).await.text,
    );
    assert_eq!((&at["profile"], &at["commit"]), (&"osaid".into(), &commit.as_str().into()));

    // The commit before has no evaluation: it is graded when somebody asks.
    let commits = json(&world.get(&format!("/api/models/{BASE}/commits/main")).await.text);
    let before = commits[1]["id"].as_str().unwrap();
    let diff = format!("/api/commons/v1/models/{BASE}/openness/diff?from={before}");
    let diff = json(&world.get(&diff).await.text);
    assert_eq!((&diff["class_before"], &diff["class_after"]), (&"unclassified".into(), &"III".into()));
    assert_eq!((&diff["worse"], &diff["changes"][0]["what"]), (&false.into(), &"gained".into()));

    let data = "/api/commons/v1/datasets/field-notes/garden-observations/openness";
    assert_eq!(json(&world.get(data).await.text)["profile"], "data");
    let classes = json(&world.get("/api/commons/v1/openness").await.text);
    assert_eq!(classes["models"].as_array().unwrap().len(), 5);

    for (path, status) in [
        (format!("/api/commons/v1/models/{BASE}/openness?profile=best"), StatusCode::BAD_REQUEST),
        (format!("/api/commons/v1/models/{BASE}/openness/nothing"), StatusCode::NOT_FOUND),
        (format!("/api/commons/v1/models/{BASE}/openness/diff"), StatusCode::BAD_REQUEST),
        ("/api/commons/v1/code/acorn-lab/acorn-tools/openness".to_owned(), StatusCode::BAD_REQUEST),
        ("/api/commons/v1/models/ada/hidden/openness".to_owned(), StatusCode::NOT_FOUND),
    ] {
        let answer = world.get(&path).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text);
        assert!(json(&answer.text)["message"].is_string());
    }
}

#[tokio::test]
async fn the_hubs_own_answers_tell_it_too() {
    let world = World::new(Policy::default()).await;
    let info = json(&world.get(&format!("/api/models/{BASE}")).await.text);
    assert_eq!((&info["openness"]["class"], &info["openness"]["profile"]), (&"III".into(), &"mof".into()));
    let info = json(&world.get(&format!("/api/models/{BASE}?expand=openness")).await.text);
    assert_eq!(info["openness"]["class"], "III");
    let answer = world.get(&format!("/{BASE}/resolve/main/README.md")).await;
    let header = answer.header("x-seedcorn-openness");
    assert!(header.starts_with("mof=III; possible=") && header.contains("; rev="), "{header}");
    assert_eq!(answer.header("x-hf-warning"), "");
    let answer = world.get("/code/acorn-lab/acorn-tools/resolve/main/README.md").await;
    assert_eq!(answer.header("x-seedcorn-openness"), "");

    let names = async |query: &str| -> Vec<String> {
        let list = json(&world.get(&format!("/api/models?{query}")).await.text);
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("openness=III").await, [BASE]);
    assert_eq!(names("openness=I").await, Vec::<String>::new());
    assert_eq!(names("sort=openness").await[0], BASE);
    assert_eq!(world.get("/api/models?openness=best").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn pages_show_every_part_and_where_it_is() {
    let world = World::new(Policy::default()).await;
    let page = world.get(&format!("/{BASE}/openness")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert!(page.text.contains("Class III, Open Model is confirmed"), "{}", page.text);
    for id in [9, 10, 11, 12, 13, 14, 20, 7, 8, 18, 19, 22, 15, 16, 21, 24, 17] {
        assert!(page.text.contains(&format!("<tr id=\"c{id}\">")), "component {id}");
    }
    // Each place that a line of evidence names is there.
    let links: Vec<&str> = page
        .text
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .filter(|href| href.contains("/blob/") || href.contains("/tree/"))
        .collect();
    assert!(links.len() > 10);
    for href in links {
        let (path, anchor) = href.split_once('#').unwrap_or((href, ""));
        let answer = world.get(path).await;
        assert_eq!(answer.status, StatusCode::OK, "{href}");
        assert!(anchor.is_empty() || answer.text.contains(&format!("id=\"{anchor}\"")), "{href}");
    }
    let other = world.get(&format!("/{BASE}/openness?profile=osaid")).await;
    assert!(other.text.contains("Open Source AI Definition 1.0"));
    for path in
        ["/openness", "/openness?kind=dataset", "/openness/method", "/models?openness=III&sort=openness"]
    {
        assert_eq!(world.get(path).await.status, StatusCode::OK, "{path}");
    }
    let board = world.get("/openness").await.text;
    assert!(board.contains("Not graded yet") && board.contains("acorn-tiny"), "{board}");
    let card = world.get(&format!("/{BASE}")).await.text;
    assert!(card.contains("Class III"));
    // Kinds that are not graded have no such page.
    assert_eq!(world.get("/papers/acorn-lab/one-season/openness").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("/ada/hidden/openness").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn badges_do_not_outlive_their_grade() {
    let world = World::new(Policy::default()).await;
    let path = format!("/{BASE}/badge/openness.svg");
    let badge = world.get(&path).await;
    assert_eq!((badge.status, badge.header("content-type")), (StatusCode::OK, "image/svg+xml"));
    assert!(
        badge.text.contains("Class III") && badge.header("cache-control") == "no-cache",
        "{}",
        badge.text
    );
    let tag = badge.header("etag").to_owned();
    let again = world.ask("GET", &path, &[("if-none-match", tag.as_str())], "").await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    world.publish("ada/open", "notes.txt", b"more").await;
    let soon = world.get("/ada/open/badge/openness.svg").await;
    assert!(soon.text.contains("re-checking"), "{}", soon.text);
    world.work().await;
    let now = world.get("/ada/open/badge/openness.svg").await;
    assert!(now.text.contains("Unclassified") && now.header("etag") != soon.header("etag"));
    let bearer = format!("Bearer {}", world.token);
    let hidden = "/ada/hidden/badge/openness.svg";
    assert_eq!(world.get(hidden).await.status, StatusCode::NOT_FOUND);
    let own = world.ask("GET", hidden, &[("authorization", &bearer)], "").await;
    assert_eq!((own.status, own.header("cache-control")), (StatusCode::OK, "private, no-store"));
}

#[tokio::test]
async fn whoever_is_not_let_in_reads_no_line() {
    let world = World::new(Policy::default()).await;
    world
        .publish("ada/open", "train.py", b"# secret words of mine\nloss.backward()\noptimizer.step()\n")
        .await;
    world.work().await;
    let path = "/api/commons/v1/models/ada/open/openness";
    assert!(world.get(path).await.text.contains("loss.backward()"));
    world.gate("ada/open").await;
    world.work().await;
    let told = world.get(path).await;
    assert_eq!(told.status, StatusCode::OK);
    assert!(!told.text.contains("loss.backward()"), "{}", told.text);
    assert!(told.text.contains("train.py"), "that there is such a file is told to everybody");
    let bearer = format!("Bearer {}", world.token);
    let own = world.ask("GET", path, &[("authorization", &bearer)], "").await;
    assert!(own.text.contains("loss.backward()"));
}

#[tokio::test]
async fn what_is_lost_is_in_the_feed() {
    let world = World::new(Policy::default()).await;
    let feed = format!("/{BASE}/feed.atom");
    assert!(!world.get(&feed).await.text.contains("Openness:"));
    world.delete("field-notes/garden-observations").await;
    world.work().await;
    let text = world.get(&feed).await.text;
    assert!(text.contains("Openness:") && text.contains("Datasets was lost"), "{text}");
    let page = world.get(&format!("/{BASE}/openness")).await.text;
    assert!(page.contains("Datasets was lost") && page.contains("by a change elsewhere"), "{page}");
}

#[tokio::test]
async fn a_hub_can_require_a_class_of_what_is_pulled() {
    let world = World::new("refuse III, warn II".parse().unwrap()).await;
    let fine = world.get(&format!("/{BASE}/resolve/main/README.md")).await;
    assert_eq!(fine.status, StatusCode::OK);
    let warning = fine.header("x-hf-warning");
    assert!(warning.starts_with("openness; ") && warning.contains("Class II is asked for"), "{warning}");
    let low = "field-notes/acorn-tiny-lora";
    for path in [
        format!("/{low}/resolve/main/README.md"),
        format!("/{low}/raw/main/README.md"),
        format!("/api/models/{low}/xet-read-token/main"),
    ] {
        let refused = world.get(&path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
        let why = refused.header("x-error-message");
        assert!(why.contains("this hub requires Class III") && why.contains("/openness"), "{path}: {why}");
    }
    let body = r#"{"operation":"download","objects":[]}"#;
    let batch = format!("/{low}.git/info/lfs/objects/batch");
    let json = [("content-type", "application/vnd.git-lfs+json")];
    assert_eq!(world.ask("POST", &batch, &json, body).await.status, StatusCode::FORBIDDEN);
    // Its page tells why, and its owner can mend it.
    assert_eq!(world.get(&format!("/{low}/openness")).await.status, StatusCode::OK);
    let bearer = format!("Bearer {}", world.token);
    let own = world.ask("GET", "/ada/open/resolve/main/README.md", &[("authorization", &bearer)], "").await;
    assert_eq!(own.status, StatusCode::OK);
    assert_eq!(world.get("/ada/open/resolve/main/README.md").await.status, StatusCode::FORBIDDEN);
    assert_eq!(world.get("/code/acorn-lab/acorn-tools/resolve/main/README.md").await.status, StatusCode::OK);
}
