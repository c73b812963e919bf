//! Members vouch for each other on their pages.

use crate::world::World;

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
