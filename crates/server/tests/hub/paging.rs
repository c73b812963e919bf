//! Histories and discussions in pages.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

fn ids(page: &Value) -> Vec<String> {
    page.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_history_goes_on_where_the_page_ended() {
    let world = World::new().await;
    world.create("m").await;
    let mut made: Vec<String> = Vec::new();
    for n in 0..10 {
        made.push(world.commit("m", &[("n.txt", &n.to_string())]).await);
    }
    made.reverse();
    let path = "/api/models/ada/m/commits/main?limit=3&expand[]=formatted";
    let (mut seen, mut next) = (Vec::new(), Some(path.to_owned()));
    while let Some(path) = next {
        let page = world.look(&path).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.json()[0]["formatted"].is_object(), "the link forgot what was asked");
        seen.extend(ids(&page.json()));
        next = page.next();
        // What comes meanwhile moves nothing: numbers of pages would show a commit twice.
        world.commit("m", &[("more.txt", &seen.len().to_string())]).await;
    }
    assert_eq!(seen.len(), 11, "ten, and the one that made the repo");
    assert_eq!(seen[..10], made);
}

#[tokio::test]
async fn pages_by_number_are_still_served() {
    let world = World::new().await;
    world.create("m").await;
    for n in 0..4 {
        world.commit("m", &[("n.txt", &n.to_string())]).await;
    }
    let all = ids(&world.look("/api/models/ada/m/commits/main").await.json());
    assert_eq!(all.len(), 5);
    for (page, expected) in [(0, &all[..2]), (1, &all[2..4]), (2, &all[4..]), (3, &[])] {
        let answer = world.look(&format!("/api/models/ada/m/commits/main?limit=2&p={page}")).await;
        assert_eq!(ids(&answer.json()), expected, "page {page}");
        assert_eq!(answer.next().is_some(), page < 2, "page {page}");
    }
    let far = world.look("/api/models/ada/m/commits/main?limit=1000&p=11").await;
    assert_eq!(far.status, StatusCode::BAD_REQUEST, "{}", far.json());
}

#[tokio::test]
async fn made_up_places_lead_nowhere() {
    let world = World::new().await;
    world.create("m").await;
    let first = world.commit("m", &[("n.txt", "1")]).await;
    let at = async |place: &str| {
        let cursor = BASE64_URL_SAFE_NO_PAD.encode(place);
        world.look(&format!("/api/models/ada/m/commits/main?cursor={cursor}")).await
    };
    let zero = "0".repeat(40);
    let many = format!("1 {zero}{}", format!(" {zero}").repeat(1000));
    for bad in ["", "x", "1", "1 x", "\0 \0", &format!("1 {zero} x"), &format!("1 {zero} {zero}\0"), &many] {
        assert_eq!(at(bad).await.status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
    let page = at(&format!("9223372036854775807 {zero} {zero} {first}")).await;
    assert_eq!((page.status, ids(&page.json()).len()), (StatusCode::OK, 2), "from a commit that is there");
    let page = at(&format!("-5 {zero} {first}")).await;
    assert_eq!((page.status, ids(&page.json()).len()), (StatusCode::OK, 0), "behind the end");
}

#[tokio::test]
async fn discussions_come_in_pages() {
    let world = World::new().await;
    world.create("m").await;
    let path = "/api/models/ada/m/discussions";
    for n in 1..=52 {
        let made = world.ask("POST", path, json!({ "title": format!("t{n}"), "pullRequest": true })).await;
        assert_eq!(made.json()["num"], n);
    }
    for (page, first, len) in
        [("0", 52, 50), ("1", 2, 2), ("2", 0, 0), ("9223372036854775807", 0, 0), ("-1", 52, 50)]
    {
        let answer = world.look(&format!("{path}?p={page}")).await.json();
        let found = answer["discussions"].as_array().unwrap();
        assert_eq!((answer["count"].as_i64(), found.len()), (Some(52), len), "page {page}");
        if len > 0 {
            assert_eq!(found[0]["num"], first, "page {page}");
        }
    }
}
