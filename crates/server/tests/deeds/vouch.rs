//! Members vouch for each other on their pages.

use seedcorn_commons::trust;

use crate::world::{World, token};

#[tokio::test]
async fn vouched_for_and_taken_back() {
    let world = World::new().await;
    let page = world.see("writer", "/stranger").await.text;
    assert!(page.contains("Vouch for stranger") && page.contains("Nobody yet"), "{page}");
    assert!(
        !world.see("stranger", "/stranger").await.text.contains("Vouch for"),
        "nobody does for themselves"
    );
    assert!(!world.see("", "/stranger").await.text.contains("Vouch for"));
    assert!(!world.see("writer", "/team").await.text.contains("Vouched for"), "groups are not vouched for");
    assert_eq!(world.send("", "/stranger", "what=vouch").await.status, 401);
    world.refuses_foreign("writer", "/stranger", "what=vouch").await;
    world.send("writer", "/stranger", "what=vouch").await.led_to("/stranger");
    world.send("writer", "/stranger", "what=vouch").await.led_to("/stranger");
    let page = world.see("writer", "/stranger").await.text;
    assert!(page.contains("Take your word back") && page.contains("href=\"/writer\""), "{page}");
    assert!(world.see("reader", "/stranger").await.text.contains("Vouch for stranger"));
    world.send("writer", "/stranger", "what=take-back").await.led_to("/stranger");
    assert!(world.see("writer", "/stranger").await.text.contains("Nobody yet"));
    assert!(
        world.send("writer", "/writer", "what=vouch").await.text.contains("nobody vouches for themselves")
    );
    assert_eq!(world.send("writer", "/team", "what=vouch").await.status, 404);
    assert_eq!(world.send("writer", "/nobody-here", "what=vouch").await.status, 404);
}

#[tokio::test]
async fn programs_vouch_as_well() {
    let world = World::new().await;
    let path = "/api/commons/v1/trust/members/stranger";
    let bearer = format!("Bearer {}", token(&world.commons, "writer").await);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = world.ask("POST", path, &headers, r#"{"vouch": true}"#).await;
    assert_eq!((answer.status, answer.text.contains(r#"["writer"]"#)), (200, true), "{}", answer.text);
    assert_eq!(world.ask("POST", path, &headers[1..], r#"{"vouch": true}"#).await.status, 401);
    assert_eq!(world.ask("POST", path, &headers, r#"{"vouch": 1}"#).await.status, 400);
    let own = world.ask("POST", &path.replace("stranger", "writer"), &headers, r#"{"vouch": true}"#).await;
    assert_eq!(own.status, 400, "{}", own.text);
    assert!(world.ask("GET", path, &[], "").await.text.contains("writer"));
    assert_eq!(world.ask("GET", &path.replace("stranger", "team"), &[], "").await.status, 404);
    world.ask("POST", path, &headers, r#"{"vouch": false}"#).await;
    assert!(!world.ask("GET", path, &[], "").await.text.contains("writer"));
    trust::seat(&world.commons, "stewards", "boss").await.unwrap();
    let panels = world.ask("GET", "/api/commons/v1/trust/panels", &[], "").await;
    assert!(panels.text.contains(r#"{"name":"stewards","members":["boss"]}"#), "{}", panels.text);
}
