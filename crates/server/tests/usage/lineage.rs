//! What works build upon, in every form in which it is told.

use axum::body::to_bytes;
use http::StatusCode;
use seedcorn_commons::access::{Admin, See};
use seedcorn_commons::repo::{self, Settings};
use seedcorn_commons::{admin, authorize, jobs, lineage};
use seedcorn_core::repo::RepoKind;
use serde_json::{Value, json};

use crate::{BASE, World};

const TUNED: &str = "field-notes/acorn-tiny-notes";

async fn text(world: &World, path: &str, token: &str) -> (StatusCode, String, String) {
    let answer = world.ask(path, token, "test").await;
    let kind = answer.headers().get("content-type").map(|kind| kind.to_str().unwrap().to_owned());
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), 1 << 24).await.unwrap();
    (status, kind.unwrap_or_default(), String::from_utf8(bytes.to_vec()).unwrap())
}

fn api(query: &str) -> String {
    format!("/api/commons/v1/models/{TUNED}/lineage{query}")
}

#[tokio::test]
async fn three_forms_say_the_same() {
    let world = World::new().await;
    let (status, told) = world.json(&api("?up=1&down=0")).await;
    assert_eq!(status, StatusCode::OK);
    let edges = told["derivations"].as_array().unwrap();
    assert!(
        edges.iter().any(|edge| edge["state"] == "measured" && edge["parent"] == format!("models/{BASE}"))
    );
    assert!(edges.iter().all(|edge| edge["contested"] == false), "{told}");

    let (status, kind, graph) = text(&world, &api("?up=1&down=0&format=graphml"), "").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "application/graphml+xml; charset=utf-8"));
    assert_eq!(graph.matches("<edge ").count(), edges.len(), "{graph}");
    assert_eq!(graph.matches("<node ").count(), told["works"].as_array().unwrap().len());

    let (_, kind, prov) = text(&world, &api("?up=1&down=0&format=prov"), "").await;
    assert_eq!(kind, "application/ld+json");
    let prov: Value = serde_json::from_str(&prov).unwrap();
    let entities = prov["@graph"].as_array().unwrap();
    let qualified: usize =
        entities.iter().map(|one| one["prov:qualifiedDerivation"].as_array().unwrap().len()).sum();
    assert_eq!(qualified, edges.len());
    assert!(entities.iter().any(|one| one["@id"] == format!("http://hub/{BASE}")), "{prov}");
    assert_eq!(text(&world, &api("?format=dot"), "").await.0, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_is_contested_says_so_everywhere() {
    let world = World::new().await;
    let keeper = admin::act_as(&world.commons, "demo-keeper").await.unwrap();
    let tuned = authorize::<See>(&world.commons, Some(&keeper), RepoKind::Model, TUNED).await.unwrap();
    let parent = format!("models/{BASE}");
    lineage::say(&world.commons, &tuned, &parent, true, "It is <i>not</i>.").await.unwrap();
    let (_, told) = world.json(&api("?up=1&down=0")).await;
    let edges = told["derivations"].as_array().unwrap();
    let edge = edges.iter().find(|edge| edge["contested"] == true).unwrap();
    let said = &edge["said"][0];
    assert_eq!(said["words"], "It is <i>not</i>.");
    assert_eq!((&said["member"], &said["contests"]), (&json!("demo-keeper"), &json!(true)));
    let (_, _, graph) = text(&world, &api("?up=1&down=0&format=graphml"), "").await;
    assert!(graph.contains("<data key=\"contested\">true</data>"), "{graph}");
    let (_, _, page) = text(&world, &format!("/{TUNED}/lineage"), "").await;
    assert!(page.contains("It is &#60;i&#62;not&#60;/i&#62;."), "{page}");
    let edge = edges.iter().find(|edge| edge["state"] == "measured").unwrap();
    let saying = json!({"parent": edge["key"], "contests": false, "words": "Look at layer 2."});
    let path = api("");
    for (who, body, status) in [
        ("", &saying, StatusCode::UNAUTHORIZED),
        ("demo-student", &saying, StatusCode::FORBIDDEN),
        ("demo-keeper", &json!({"parent": 1}), StatusCode::BAD_REQUEST),
        ("demo-keeper", &saying, StatusCode::OK),
    ] {
        assert_eq!(world.post(who, &path, body).await.0, status, "{who}: {body}");
    }
    let (_, _, page) = text(&world, &format!("/{TUNED}/lineage"), "").await;
    assert!(page.contains("Look at layer 2."), "{page}");
    let stranger = authorize::<See>(&world.commons, None, RepoKind::Model, TUNED).await.unwrap();
    assert!(lineage::say(&world.commons, &stranger, &parent, true, "No.").await.is_err());
}

#[tokio::test]
async fn the_picture_is_for_those_who_may_see_the_work() {
    let world = World::new().await;
    let path = format!("/{TUNED}/lineage.svg");
    let (status, kind, svg) = text(&world, &path, "").await;
    assert_eq!((status, kind.as_str()), (StatusCode::OK, "image/svg+xml"));
    assert!(svg.contains("<svg") && !svg.contains("<script"), "{svg}");
    let keeper = admin::act_as(&world.commons, "demo-keeper").await.unwrap();
    let grant = authorize::<Admin>(&world.commons, Some(&keeper), RepoKind::Model, TUNED).await.unwrap();
    let hide = Settings { private: Some(true), gated: None };
    repo::set(&world.commons, &grant, hide).await.unwrap();
    while jobs::run_due(&world.commons).await.unwrap() > 0 {}
    for path in [&path, &format!("/{TUNED}/lineage"), &format!("/{TUNED}/credit"), &api("")] {
        assert_eq!(text(&world, path, "").await.0, StatusCode::NOT_FOUND, "{path}");
    }
    let (_, _, base) = text(&world, &format!("/{BASE}/lineage"), "").await;
    assert!(!base.contains("acorn-tiny-notes"), "what is hidden is not told below its parent");
    let (_, _, credit) = text(&world, &format!("/{BASE}/credit"), "").await;
    assert!(!credit.contains("acorn-tiny-notes"), "nor in its credit");
}
