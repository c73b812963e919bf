//! `/new`: making repos.

use crate::world::World;

#[tokio::test]
async fn made_with_a_card_and_shown_how_to_fill_it() {
    let world = World::new().await;
    let page = world.see("boss", "/new").await;
    assert!(page.text.contains("<option>team</option>") && page.text.contains("/new/commands"));
    let form = "kind=dataset&owner=team&name=rows&visibility=public&license=cc-by-4.0";
    world.send("boss", "/new", form).await.led_to("/datasets/team/rows");
    let page = world.see("boss", "/datasets/team/rows").await;
    for part in [
        "hf upload --repo-type dataset team/rows ./rows",
        "/datasets/team/rows/upload/main",
        "cc-by-4.0",
        "/datasets/team/rows/settings",
    ] {
        assert!(page.text.contains(part), "no {part}");
    }
    // Who may not fill it is not told how.
    let page = world.see("reader", "/datasets/team/rows").await;
    assert!(!page.text.contains("team/rows ./rows") && !page.text.contains("/settings\""));
    let raw = world.ask("GET", "/datasets/team/rows/resolve/main/README.md", &[], "").await;
    assert_eq!(raw.text, "---\nlicense: cc-by-4.0\n---\n\n# rows\n");
    let info = world.ask("GET", "/api/datasets/team/rows", &[], "").await.text;
    assert!(info.contains("license:cc-by-4.0"), "{info}");
    let history = world.see("boss", "/datasets/team/rows/commits/main").await.text;
    assert_eq!(history.matches("initial commit").count(), 1);

    let form = "kind=model&owner=writer&name=mine&visibility=private&license=";
    world.send("writer", "/new", form).await.led_to("/writer/mine");
    assert_eq!(world.see("writer", "/writer/mine").await.status, 200);
    assert_eq!(world.see("boss", "/writer/mine").await.status, 404);
    assert_eq!(world.see("", "/writer/mine").await.status, 404);
}

#[tokio::test]
async fn faults_are_told_and_the_form_is_kept() {
    let world = World::new().await;
    let good = "kind=model&owner=team&name=x&visibility=private&license=mit";
    for (from, to, said) in [
        ("name=x", "name=a+b", "letters, digits"),
        ("name=x", "name=-x", "begins and ends"),
        ("name=x", "name=", "1 to 96"),
        ("name=x", "name=OPEN", "You already created"),
        ("owner=team", "owner=stranger", "may not make repos there"),
        ("kind=model", "kind=essay", "Choose a model"),
        ("visibility=private", "visibility=", "Choose who may see it"),
        ("license=mit", "license=nonsense", "Choose a licence"),
    ] {
        let answer = world.send("writer", "/new", &good.replace(from, to)).await;
        answer.complained(said);
    }
    let answer = world.send("writer", "/new", &good.replace("name=x", "name=%22%3E%3Cb%3E")).await;
    assert!(answer.text.contains("value=\"&#34;&#62;&#60;b&#62;\""));
    assert!(answer.text.contains("<option selected>mit</option>"));
    assert!(answer.text.contains("<option selected>team</option>"));
    // A name is no oracle for what is hidden.
    let taken = world.send("stranger", "/new", &good.replace("name=x", "name=hidden")).await;
    let free = world.send("stranger", "/new", &good.replace("name=x", "name=free")).await;
    let value = |name: &str| format!("value=\"{name}\"");
    assert!(taken.text.replace(&value("hidden"), &value("free")) == free.text);
}

#[tokio::test]
async fn the_commands_come_with_a_token_that_works() {
    let world = World::new().await;
    let page = world.see("writer", "/new/commands").await.text;
    assert!(page.contains("--token YOUR_TOKEN") && page.contains("action=\"/new/commands\""));
    assert!(!world.see("", "/new/commands").await.text.contains("action=\"/new/commands\""));
    let page = world.send("writer", "/new/commands", "").await;
    assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
    let secret = page.text.split_once("--token ").unwrap().1.split_once('<').unwrap().0;
    let bearer = format!("Bearer {secret}");
    let told = world.ask("GET", "/api/whoami-v2", &[("authorization", bearer.as_str())], "").await;
    assert!(told.status == 200 && told.text.contains("\"writer\""), "{}", told.text);
    let list = world.see("writer", "/settings/tokens").await.text;
    assert!(list.contains("command line") && !list.contains(secret));
    assert_eq!(world.send("", "/new/commands", "").await.status, 401);
    world.refuses_foreign("writer", "/new/commands", "").await;
}

#[tokio::test]
async fn only_members_who_may_and_only_from_our_pages() {
    let world = World::new().await;
    let form = "kind=model&owner=team&name=x&visibility=public&license=";
    assert!(world.see("", "/new").await.text.contains("hf auth login"));
    assert!(world.see("", "/new/commands").await.text.contains("hf auth login"));
    assert_eq!(world.send("", "/new", form).await.status, 401);
    world.refuses_foreign("boss", "/new", form).await;
    for who in ["reader", "stranger"] {
        assert!(!world.see(who, "/new").await.text.contains("<option>team</option>"));
        world.send(who, "/new", form).await.complained("may not make repos there");
    }
    world.send("writer", "/new", form).await.led_to("/team/x");
}
