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
async fn a_hundred_paths_at_once_with_their_commits() {
    let world = World::new().await;
    world.create("m").await;
    let ask = async |count: usize, expand: bool| {
        let paths: Vec<String> = (0..count).map(|n| format!("f{n}")).collect();
        let asked = json!({ "paths": paths, "expand": expand });
        world.ask("POST", "/api/models/ada/m/paths-info/main", asked).await.status
    };
    assert_eq!(ask(limits::TREE_PAGE_EXPANDED_MAX, true).await, StatusCode::OK);
    assert_eq!(ask(limits::TREE_PAGE_EXPANDED_MAX + 1, true).await, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(ask(limits::PATHS_INFO_MAX, false).await, StatusCode::OK);
    assert_eq!(ask(limits::PATHS_INFO_MAX + 1, false).await, StatusCode::PAYLOAD_TOO_LARGE);
}
