//! Branches and tags made and deleted on the page that lists them.

use crate::world::World;

const PAGE: &str = "/team/open/refs";

#[tokio::test]
async fn a_release_is_tagged_and_a_branch_made_and_both_deleted() {
    let world = World::new().await;
    assert!(world.see("writer", PAGE).await.text.contains("Make a branch or a tag"));
    world.send("writer", PAGE, "what=tag&name=v1.0&at=main").await.led_to(PAGE);
    world.send("writer", PAGE, "what=branch&name=next&at=v1.0").await.led_to(PAGE);
    let page = world.see("", PAGE).await.text;
    assert!(page.contains("/team/open/tree/v1.0") && page.contains("/team/open/tree/next"), "{page}");
    assert!(!page.contains("Make a branch") && !page.contains("refs/delete"), "not for everybody");
    let delete = format!("{PAGE}/delete");
    world.send("writer", &delete, "what=branch&name=next").await.led_to(PAGE);
    world.send("writer", &delete, "what=tag&name=v1.0").await.led_to(PAGE);
    let page = world.see("", PAGE).await.text;
    assert!(!page.contains("/tree/v1.0") && !page.contains("/tree/next"), "{page}");
    // What is not there, and the branch that all rests on, cannot go.
    for (form, status) in [
        ("what=branch&name=main", 403),
        ("what=tag&name=v1.0", 404),
        ("what=proposal&name=1", 400),
        ("what=branch&name=..%2Fmain", 404),
    ] {
        assert_eq!(world.send("writer", &delete, form).await.status, status, "{form}");
    }
}

#[tokio::test]
async fn a_form_with_a_fault_comes_back_as_it_was() {
    let world = World::new().await;
    world.send("writer", PAGE, "what=tag&name=v1&at=main").await.led_to(PAGE);
    for (form, said) in [
        ("what=tag&name=v1&at=main", "already exists"),
        ("what=tag&name=v1%2Fa&at=main", "cannot stand beside"),
        ("what=tag&name=a+b&at=main", "a+b"),
        ("what=tag&name=&at=main", "name"),
        ("what=tag&name=v2&at=nothing", "no such branch, tag or commit"),
        ("what=tag&name=v2&at=", "no such branch, tag or commit"),
        ("what=release&name=v2&at=main", "Choose a branch or a tag"),
    ] {
        let answer = world.send("writer", PAGE, form).await;
        if said == "a+b" || said == "name" {
            assert!(answer.status == 200 && answer.text.contains("class=\"err\""), "{form}: {}", answer.text);
        } else {
            answer.complained(said);
        }
    }
    let answer = world.send("writer", PAGE, "what=tag&name=%3Cb%3E&at=mai%22n").await;
    assert!(answer.text.contains("value=\"&#60;b&#62;\"") && answer.text.contains("value=\"mai&#34;n\""));
}

#[tokio::test]
async fn only_those_who_may_write_and_only_from_our_pages() {
    let world = World::new().await;
    for path in [PAGE.to_owned(), format!("{PAGE}/delete")] {
        for (who, status) in [("", 401), ("stranger", 403), ("reader", 403)] {
            let form = "what=tag&name=v1&at=main";
            assert_eq!(world.send(who, &path, form).await.status, status, "{who} {path}");
            let hidden = path.replace("/open/", "/hidden/");
            let expected = if who == "reader" { 403 } else { 404 };
            assert_eq!(world.send(who, &hidden, form).await.status, expected, "{who} {hidden}");
        }
        world.refuses_foreign("writer", &path, "what=tag&name=v1&at=main").await;
    }
}
