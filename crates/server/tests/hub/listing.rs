//! Listings: bounded in bytes, narrowed by tags and words.

use axum::body::Body;
use http::StatusCode;
use seedcorn_core::limits;
use serde_json::{Value, json};

use crate::world::{World, request};

/// Follows the links of a listing; every page.
async fn pages(world: &World, path: &str) -> Vec<(usize, Vec<Value>)> {
    let (mut pages, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = world.look(&path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        next = page.next();
        pages.push((page.bytes.len(), page.json().as_array().unwrap().clone()));
    }
    pages
}

#[tokio::test]
async fn large_cards_make_short_pages() {
    let world = World::new().await;
    let text = "x".repeat(900_000);
    for n in 0..9 {
        let name = format!("m{n}");
        world.create(&name).await;
        let card = format!("---\nlibrary_name: lib{n}\nlong: {text}\n---\n");
        world.commit(&name, &[("README.md", &card)]).await;
    }
    for (path, card) in [("/api/models?full=true", true), ("/api/models", false)] {
        let pages = pages(&world, path).await;
        let slack = 100_000;
        let longest = pages.iter().map(|(bytes, _)| *bytes).max().unwrap();
        assert!(longest < limits::LIST_PAGE_CARD_BYTES_MAX + slack, "{path}: a page of {longest} bytes");
        assert_eq!(pages.len(), 3, "{path}: four cards fit into a page");
        let mut all: Vec<Value> = pages.into_iter().flat_map(|(_, items)| items).collect();
        all.sort_by_key(|item| item["id"].to_string());
        for (n, item) in all.iter().enumerate() {
            assert_eq!(item["id"], format!("ada/m{n}"), "{path}");
            assert_eq!(item["library_name"], format!("lib{n}"), "{path}");
            assert_eq!(item["cardData"]["long"].as_str().map(str::len), card.then_some(text.len()), "{path}");
        }
        assert_eq!(all.len(), 9, "{path}");
    }
}

#[tokio::test]
async fn a_space_has_an_sdk_that_is_known() {
    let world = World::new().await;
    for (n, (sdk, status)) in [("gradio", 200), ("static", 200), ("", 200), ("cobol", 400), ("gradio\0", 400)]
        .into_iter()
        .enumerate()
    {
        let new = json!({ "name": format!("s{n}"), "type": "space", "sdk": sdk });
        let made = world.ask("POST", "/api/repos/create", new).await;
        assert_eq!(made.status.as_u16(), status, "{sdk:?}: {}", made.json());
    }
    let new = json!({ "name": "long", "type": "space", "sdk": "x".repeat(1_000_000) });
    assert_eq!(world.ask("POST", "/api/repos/create", new).await.status, StatusCode::BAD_REQUEST);
    // Other kinds have none, whatever is sent.
    let new = json!({ "name": "m", "type": "model", "sdk": "x".repeat(1_000_000) });
    assert_eq!(world.ask("POST", "/api/repos/create", new).await.status, StatusCode::OK);
}

/// The ids of a listing.
async fn ids(world: &World, path: &str) -> Vec<String> {
    let found = world.look(path).await;
    assert_eq!(found.status, StatusCode::OK, "{path}: {}", found.json());
    let mut ids: Vec<String> =
        found.json().as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn filters_are_tags() {
    let world = World::new().await;
    for (name, card) in [
        (
            "asr",
            "pipeline_tag: automatic-speech-recognition\nlanguage: [en, no]\nlicense: mit\ndatasets: a/speech",
        ),
        ("tts", "pipeline_tag: text-to-speech\nlanguage: no\nlicense: apache-2.0\nbase_model: ada/asr"),
        ("bert", "library_name: transformers\nlicense: mit\ntags: [x]"),
    ] {
        world.create(name).await;
        world
            .commit(name, &[("README.md", &format!("---\n{card}\n---\n# Hello\nA gentle giant of {name}."))])
            .await;
    }
    for (query, expected) in [
        ("", vec!["ada/asr", "ada/bert", "ada/tts"]),
        ("filter=license:mit", vec!["ada/asr", "ada/bert"]),
        ("filter=license:mit&filter=en", vec!["ada/asr"]),
        ("filter=no,license:apache-2.0", vec!["ada/tts"]),
        ("filter=dataset:a/speech", vec!["ada/asr"]),
        ("filter=base_model:ada/asr", vec!["ada/tts"]),
        ("filter=base_model:finetune:ada/asr", vec!["ada/tts"]),
        ("pipeline_tag=text-to-speech", vec!["ada/tts"]),
        ("library=transformers&author=ada", vec!["ada/bert"]),
        ("filter=license:mit&author=bob", vec![]),
        ("filter=none-of-them", vec![]),
        ("search=S", vec!["ada/asr", "ada/tts"]),
        ("search=S&search=tt", vec!["ada/tts"]),
        ("gated=true", vec![]),
        ("gated=false&search=bert", vec!["ada/bert"]),
        ("inference=warm", vec![]),
        ("q=gentle+no", vec!["ada/asr", "ada/tts"]),
        ("q=giant&filter=license:mit&sort=downloads", vec!["ada/asr", "ada/bert"]),
    ] {
        assert_eq!(ids(&world, &format!("/api/models?{query}")).await, expected, "{query}");
    }
    let tags = world.look("/api/models-tags-by-type").await.json();
    assert_eq!(tags["license"][0], json!({"id": "license:mit", "label": "mit", "type": "license"}));
    assert_eq!(tags["language"][0], json!({"id": "no", "label": "no", "type": "language"}));
    assert_eq!(tags["other"][0]["id"], "x");
    assert_eq!(world.look("/api/datasets-tags-by-type").await.json(), json!({}));
    let quick = world.look("/api/quicksearch?q=ber").await.json();
    assert_eq!((quick["models"][0]["id"].as_str(), &quick["datasets"]), (Some("ada/bert"), &json!([])));
    assert!(world.look("/api/quicksearch?q=ber&type=space").await.json()["models"].is_null());
    let many: String = (0..50).map(|n| format!("filter=t{n}&")).collect();
    assert_eq!(world.look(&format!("/api/models?{many}")).await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn what_changes_is_found_as_it_is_now() {
    let world = World::new().await;
    world.create("first").await;
    world.commit("first", &[("README.md", "---\nlicense: mit\n---\nwinter wheat")]).await;
    assert_eq!(ids(&world, "/api/models?q=wheat").await, ["ada/first"]);
    world.commit("first", &[("README.md", "---\nlicense: bsd\n---\nsummer corn")]).await;
    assert_eq!(ids(&world, "/api/models?q=wheat").await, [""; 0]);
    assert_eq!(ids(&world, "/api/models?filter=license:mit").await, [""; 0]);
    assert_eq!(ids(&world, "/api/models?q=corn&filter=license:bsd").await, ["ada/first"]);
    let names = json!({"fromRepo": "ada/first", "toRepo": "ada/second", "type": "model"});
    assert_eq!(world.ask("POST", "/api/repos/move", names).await.status, StatusCode::OK);
    assert_eq!(ids(&world, "/api/models?q=second").await, ["ada/second"]);
    assert_eq!(ids(&world, "/api/models?q=first").await, [""; 0]);
    // What the card of a gated repo says is for those who were let in; its name is for all.
    let gate = |gated: Value| world.ask("PUT", "/api/models/ada/second/settings", json!({"gated": gated}));
    assert_eq!(gate(json!("auto")).await.status, StatusCode::OK);
    assert_eq!(ids(&world, "/api/models?q=corn").await, [""; 0]);
    assert_eq!(ids(&world, "/api/models?q=second").await, ["ada/second"]);
    assert_eq!(gate(json!(false)).await.status, StatusCode::OK);
    assert_eq!(ids(&world, "/api/models?q=corn").await, ["ada/second"]);
    let hidden = json!({"private": true});
    assert_eq!(world.ask("PUT", "/api/models/ada/second/settings", hidden).await.status, StatusCode::OK);
    assert_eq!(world.look("/api/models-tags-by-type").await.json(), json!({}), "of public repos alone");
    let gone = json!({"name": "second", "type": "model"});
    assert_eq!(world.ask("DELETE", "/api/repos/delete", gone).await.status, StatusCode::OK);
    assert_eq!(ids(&world, "/api/models?q=second").await, [""; 0]);
}

/// A space is found by the models that it uses, which are among none of its words.
#[tokio::test]
async fn spaces_are_found_by_words_and_by_what_they_use() {
    let world = World::new().await;
    let new = json!({ "name": "show", "type": "space", "sdk": "static" });
    assert_eq!(world.ask("POST", "/api/repos/create", new).await.status, StatusCode::OK);
    let card = "---\nsdk: static\nmodels: [a/tiny]\ntags: [kernels]\n---\nA gentle show.";
    let lines = format!(
        "{}\n{}",
        json!({ "key": "header", "value": { "summary": "s" } }),
        json!({ "key": "file", "value": { "path": "README.md", "content": card, "encoding": "utf-8" } })
    );
    let path = "/api/spaces/ada/show/commit/main";
    let made = world.send(request("POST", path, Some(&world.ada), Body::from(lines))).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.json());
    for (query, expected) in [
        ("q=gentle&models=a/tiny", vec!["ada/show"]),
        ("q=gentle&linked=true", vec!["ada/show"]),
        ("q=gentle&filter=kernels", vec!["ada/show"]),
        ("q=gentle&models=a/other", vec![]),
    ] {
        assert_eq!(ids(&world, &format!("/api/spaces?{query}")).await, expected, "{query}");
    }
}
