//! `/admin`: for those who run the hub.

use seedcorn_commons::join::Registration;

use crate::world::World;

#[tokio::test]
async fn only_for_those_who_run_the_hub() {
    let world = World::new().await;
    assert_eq!(world.see("", "/admin").await.header("location"), "/login?next=%2Fadmin");
    for who in ["boss", "writer", "stranger"] {
        assert_eq!(world.see(who, "/admin").await.status, 403);
        assert_eq!(world.send(who, "/admin", "do=disable&member=reader").await.status, 403);
        assert!(!world.see(who, "/").await.text.contains("/admin"));
    }
    assert_eq!(world.see("reader", "/").await.status, 200);
    world.refuses_foreign("operator", "/admin", "do=disable&member=reader").await;
    assert!(world.see("operator", "/").await.text.contains("href=\"/admin\""));
}

#[tokio::test]
async fn what_the_hub_holds_and_who_its_members_are() {
    let world = World::new().await;
    let page = world.see("operator", "/admin").await.text;
    for part in ["<dt>Members</dt><dd>5</dd>", "<dt>Groups</dt><dd>1</dd>", "<dt>Models</dt><dd>2</dd>"] {
        assert!(page.contains(part), "no {part} in {page}");
    }
    assert!(page.contains("since this process started") && page.contains(">answer</dd>"));
    seedcorn_commons::upkeep::often(&world.commons).await.unwrap();
    assert!(world.see("operator", "/admin").await.text.contains("just now</time>: nothing was left to do"));
    for (path, shown, hidden) in [
        ("/admin?q=WRI", "/writer", "/reader"),
        ("/admin?after=reader", "/writer", "/boss"),
        ("/admin?q=r&after=boss", "/reader", "/writer"),
    ] {
        let page = world.see("operator", path).await.text;
        let link = |to: &str| page.contains(&format!("<th scope=\"row\"><a href=\"{to}\""));
        assert!(link(shown) && !link(hidden), "{path}");
    }
    assert!(
        world
            .see("operator", "/admin?q=%22%3E%3Cb%3E")
            .await
            .text
            .contains("value=\"&#34;&#62;&#60;b&#62;\"")
    );
}

#[tokio::test]
async fn members_are_shut_out_let_in_and_helped() {
    let world = World::with(|app| app.registering(Registration::Invited)).await;
    let deed = async |form: &str| world.send("operator", "/admin", form).await;
    assert!(deed("do=disable&member=reader").await.text.contains("reader is shut out"));
    assert_eq!(world.see("reader", "/settings/profile").await.status, 303);
    assert!(world.see("operator", "/admin").await.text.contains("Shut out</span>"));
    assert!(deed("do=enable&member=reader").await.text.contains("may come in again"));
    assert!(
        deed("do=revoke&member=writer").await.text.contains("tokens and sessions of writer are taken back")
    );
    assert_eq!(world.see("writer", "/settings/profile").await.status, 303);
    let link = |page: &str| {
        page.split("http://hub.example").nth(1).and_then(|rest| rest.split('<').next()).map(str::to_owned)
    };
    let page = deed("do=password&member=writer").await.text;
    assert!(link(&page).is_some_and(|path| path.starts_with("/join/password?code=")), "{page}");
    let page = deed("do=invite").await.text;
    let path = link(&page).unwrap();
    assert!(world.see("", &path).await.text.contains("name=\"password\""), "{path}");
    for (form, said) in [
        ("do=disable&member=operator", "shut you out"),
        ("do=revoke&member=OPERATOR", "shut you out"),
        ("do=disable&member=nobody", "there is no member"),
        ("do=disable&member=team", "there is no member"),
        ("do=explode&member=writer", "Choose what to do"),
    ] {
        deed(form).await.complained(said);
    }
    let world = World::new().await;
    world.send("operator", "/admin", "do=invite").await.complained("Choose what to do");
}
