//! Listings are bounded in bytes.

use http::StatusCode;
use seedcorn_core::limits;
use serde_json::{Value, json};

use crate::world::World;

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
