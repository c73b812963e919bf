//! A repo's settings: seen by those who may change them, and what each form does.

use crate::world::World;

const FORMS: [(&str, &str); 3] = [
    ("visibility", "visibility=private&gated=none"),
    ("name", "owner=team&name=other"),
    ("delete", "confirm=team%2Fopen"),
];

#[tokio::test]
async fn only_admins_and_only_from_our_pages() {
    let world = World::new().await;
    for (who, open, hidden) in
        [("", 303, 404), ("stranger", 403, 404), ("reader", 403, 403), ("writer", 403, 403)]
    {
        assert_eq!(world.see(who, "/team/open/settings").await.status, open, "{who}");
        let answer = world.see(who, "/team/hidden/settings").await;
        assert_eq!(answer.status, hidden, "{who}");
        assert!(!world.see(who, "/team/open").await.text.contains("/team/open/settings"), "{who}");
        for (what, form) in FORMS {
            let expected = if who.is_empty() { 401 } else { open };
            let answer = world.send(who, &format!("/team/open/settings/{what}"), form).await;
            assert_eq!(answer.status, expected, "{who} {what}");
            let answer = world.send(who, &format!("/team/hidden/settings/{what}"), form).await;
            assert_eq!(answer.status, hidden, "{who} {what}");
        }
    }
    for (what, form) in FORMS {
        world.refuses_foreign("boss", &format!("/team/open/settings/{what}"), form).await;
    }
    assert_eq!(world.see("", "/team/open").await.status, 200, "nothing was done");
    for who in ["boss", "operator"] {
        assert!(world.see(who, "/team/hidden").await.text.contains("/team/hidden/settings"));
        assert_eq!(world.see(who, "/team/hidden/settings").await.status, 200);
    }
}

#[tokio::test]
async fn opened_closed_and_gated() {
    let world = World::new().await;
    let set = |form: &'static str| world.send("boss", "/team/open/settings/visibility", form);
    set("visibility=private&gated=none").await.led_to("/team/open/settings?done=1");
    assert_eq!(world.see("", "/team/open").await.status, 404);
    set("visibility=public&gated=manual").await.led_to("/team/open/settings?done=1");
    assert!(world.see("", "/team/open").await.text.contains("Files on request"));
    assert!(world.see("boss", "/team/open/settings?done=1").await.text.contains("Saved."));
    set("gated=none").await.complained("Choose who may see it");
    set("visibility=public&gated=perhaps").await.complained("Choose who gets the files");
    assert!(world.see("", "/team/open").await.text.contains("Files on request"), "a fault changes nothing");
}

#[tokio::test]
async fn renamed_and_given_away() {
    let world = World::new().await;
    world
        .send("boss", "/new", "kind=model&owner=boss&name=mine&visibility=public")
        .await
        .led_to("/boss/mine");
    let set = |form: &'static str| world.send("boss", "/boss/mine/settings/name", form);
    for (form, said) in [
        ("owner=boss&name=a+b", "letters, digits"),
        ("owner=team&name=open", "already exists"),
        ("owner=stranger&name=mine", "rights to move"),
        ("owner=nobody&name=mine", "rights to move"),
    ] {
        set(form).await.complained(said);
    }
    set("owner=team&name=ours").await.led_to("/team/ours/settings?done=1");
    assert_eq!(world.see("", "/boss/mine").await.header("location"), "/team/ours");
    // Names of what is hidden are told to nobody who may not see it.
    world
        .send("stranger", "/new", "kind=model&owner=stranger&name=s&visibility=public")
        .await
        .led_to("/stranger/s");
    for name in ["hidden", "free"] {
        let form = format!("owner=team&name={name}");
        world.send("stranger", "/stranger/s/settings/name", &form).await.complained("rights to move");
    }
}

#[tokio::test]
async fn deleted_when_its_name_was_typed() {
    let world = World::new().await;
    let set = |form: &'static str| world.send("boss", "/team/hidden/settings/delete", form);
    for form in ["", "confirm=hidden", "confirm=team%2Fopen", "confirm=team%2FHIDDEN"] {
        set(form).await.complained("Nothing was deleted");
    }
    assert!(set("confirm=team%2Fhidde").await.text.contains("value=\"team/hidde\""));
    set("confirm=team%2Fhidden").await.led_to("/team");
    assert_eq!(world.see("boss", "/team/hidden").await.status, 404);
    assert_eq!(world.see("boss", "/team/open").await.status, 200);
}
