//! A member's own settings: what others read of them, and where they are signed in.

use crate::world::World;

#[tokio::test]
async fn a_profile_is_its_members() {
    let world = World::new().await;
    let path = "/settings/profile";
    assert_eq!(world.see("", path).await.header("location"), "/login?next=%2Fsettings%2Fprofile");
    assert_eq!(world.send("", path, "full_name=x").await.status, 401);
    world.refuses_foreign("writer", path, "full_name=x").await;
    world
        .send("writer", path, "full_name=%3Ci%3EW&private_default=on")
        .await
        .led_to("/settings/profile?done=1");
    assert!(world.see("", "/writer").await.text.contains("&#60;i&#62;W"));
    let new = world.see("writer", "/new").await.text;
    assert!(new.contains("value=\"private\" checked"), "new repos begin as the profile says");
    world.send("writer", path, "full_name=a%0Ab").await.complained("without control characters");
    world.send("writer", path, "full_name=").await.led_to("/settings/profile?done=1");
    assert!(world.see("writer", path).await.text.contains("value=\"writer\""));
}

/// The ids of the sessions that may be ended from here.
fn ids(page: &str) -> Vec<String> {
    let parts = page.split("name=\"id\" value=\"").skip(1);
    parts.map(|part| part.split('"').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn sessions_are_seen_and_ended() {
    let world = World::new().await;
    let (path, end) = ("/settings/sessions", "/settings/sessions/end");
    let (one, two) = (world.sign_in("writer").await, world.sign_in("writer").await);
    let open = async |cookie: &str| world.browser(cookie, "GET", path, "").await.status == 200;
    let page = world.see("writer", path).await.text;
    assert!(page.contains("This one"));
    let [newest, older] = ids(&page).try_into().unwrap();
    // Those of others are nobody's business.
    assert!(ids(&world.see("reader", path).await.text).is_empty());
    assert_eq!(world.send("reader", end, &format!("id={older}")).await.status, 404);
    assert_eq!(world.send("", end, &format!("id={older}")).await.status, 401);
    world.refuses_foreign("writer", end, &format!("id={older}")).await;
    assert!(open(&one).await && open(&two).await);

    world.send("writer", end, &format!("id={newest}")).await.led_to(path);
    assert!(open(&one).await && !open(&two).await);
    assert_eq!(world.send("writer", end, &format!("id={newest}")).await.status, 404);
    world.send("writer", end, "which=others").await.led_to(path);
    assert!(!open(&one).await);
    assert_eq!(world.see("writer", path).await.status, 200);
    assert_eq!(world.send("writer", end, "").await.status, 404);
}
