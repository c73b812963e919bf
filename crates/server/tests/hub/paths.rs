//! Paths asked about with their last commits.

use http::StatusCode;
use seedcorn_core::limits;
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn each_path_is_told_who_touched_it_last() {
    let world = World::new().await;
    world.create("m").await;
    let mut made = Vec::new();
    for files in [
        &[("a.txt", "1"), ("d/e/f.txt", "1"), ("d/g.txt", "1"), ("d.txt", "1")][..],
        &[("d/g.txt", "2")],
        &[("d/e/f.txt", "2"), ("d.txt", "2")],
        // The same again is a commit that touches nothing.
        &[("a.txt", "1")],
        &[("d/e/h.txt", "1"), ("d/e/f.txt", "1")],
    ] {
        made.push(world.commit("m", files).await);
    }
    let expected = [
        ("a.txt", 0),
        ("d", 4),
        ("d/e", 4),
        ("d/e/f.txt", 4),
        ("d/e/h.txt", 4),
        ("d/g.txt", 1),
        ("d.txt", 2),
    ];
    let paths: Vec<&str> = expected.iter().map(|(path, _)| *path).collect();
    let asked = json!({ "paths": paths, "expand": true });
    let answer = world.ask("POST", "/api/models/ada/m/paths-info/main", asked).await;
    let items = answer.json();
    for (item, (path, commit)) in items.as_array().unwrap().iter().zip(expected) {
        assert_eq!(
            (item["path"].as_str(), item["lastCommit"]["id"].as_str()),
            (Some(path), Some(made[commit].as_str()))
        );
    }
    assert_eq!(items.as_array().unwrap().len(), expected.len());

    // As the folder listing tells it, whose first commit made `.gitattributes`.
    let answer = world.look("/api/models/ada/m/tree/main?expand=true").await.json();
    let mut told = Vec::new();
    for item in answer.as_array().unwrap() {
        let id = item["lastCommit"]["id"].as_str().unwrap();
        told.push((item["path"].as_str().unwrap().to_owned(), made.iter().position(|made| made == id)));
    }
    told.sort();
    let told: Vec<_> = told.iter().map(|(path, commit)| (path.as_str(), *commit)).collect();
    assert_eq!(told, [(".gitattributes", None), ("a.txt", Some(0)), ("d", Some(4)), ("d.txt", Some(2))]);
}

#[tokio::test]
async fn a_thousand_paths_at_once_with_their_commits() {
    let world = World::new().await;
    world.create("m").await;
    let paths: Vec<String> = (0..limits::PATHS_INFO_MAX).map(|n| format!("d{}/f{n}", n % 7)).collect();
    let files: Vec<(&str, &str)> = paths.iter().map(|path| (path.as_str(), "1")).collect();
    let first = world.commit("m", &files).await;
    let second = world.commit("m", &[("d3/f3", "2")]).await;
    let ask = async |paths: &[String], expand: bool| {
        let asked = json!({ "paths": paths, "expand": expand });
        world.ask("POST", "/api/models/ada/m/paths-info/main", asked).await
    };
    let answer = ask(&paths, true).await;
    assert_eq!(answer.status, StatusCode::OK);
    let items = answer.json();
    assert_eq!(items.as_array().unwrap().len(), paths.len());
    for (item, path) in items.as_array().unwrap().iter().zip(&paths) {
        let last = if path == "d3/f3" { &second } else { &first };
        assert_eq!((&item["path"], &item["lastCommit"]["id"]), (&json!(path), &json!(last)));
    }
    let more = [&paths[..], &["x".to_owned()]].concat();
    for expand in [false, true] {
        assert_eq!(ask(&more, expand).await.status, StatusCode::PAYLOAD_TOO_LARGE, "{expand}");
    }
}
