//! Groups on pages: made, members taken in, given roles and let go, and never without somebody who runs them.

use seedcorn_commons::admin::{self, NewNamespace};

use crate::world::World;

#[tokio::test]
async fn made_by_a_member_who_then_runs_it() {
    let world = World::new().await;
    assert_eq!(world.see("", "/groups/new").await.status, 303);
    assert!(world.see("stranger", "/groups").await.text.contains("/groups/new"));
    assert_eq!(world.send("", "/groups/new", "name=x").await.status, 401);
    world.refuses_foreign("stranger", "/groups/new", "name=x").await;
    for (form, said) in [
        ("name=a+b", "letters, digits"),
        ("name=Admin", "address of the hub"),
        ("name=TEAM", "already"),
        ("name=Boss", "already"),
        ("name=x&full_name=a%0Ab", "one line"),
    ] {
        world.send("stranger", "/groups/new", form).await.complained(said);
    }
    let form = "name=Circle&full_name=A+circle+%3Cb%3E";
    world.send("stranger", "/groups/new", form).await.led_to("/groups/Circle/members");
    let page = world.see("stranger", "/groups/circle/members").await.text;
    assert!(page.contains("A circle &#60;b&#62;") && page.contains("Take in"));
    assert!(world.see("stranger", "/new").await.text.contains("<option>Circle</option>"));
}

#[tokio::test]
async fn members_come_and_go() {
    let world = World::new().await;
    let (put, remove) = ("/groups/team/members", "/groups/team/members/remove");
    let done = "/groups/team/members?done=1";
    assert_eq!(world.see("stranger", "/team/hidden").await.status, 404);
    world.send("boss", put, "member=Stranger&role=read").await.led_to(done);
    assert_eq!(world.see("stranger", "/team/hidden").await.status, 200);
    assert_eq!(world.see("stranger", "/team/hidden/settings").await.status, 403);
    world.send("boss", put, "member=stranger&role=admin").await.led_to(done);
    assert_eq!(world.see("stranger", "/team/hidden/settings").await.status, 200);
    world.send("stranger", remove, "member=writer").await.led_to(done);
    assert_eq!(world.see("writer", "/team/hidden").await.status, 404);
    for (form, said) in [
        ("member=nobody&role=read", "No member is called"),
        ("member=team&role=read", "No member is called"),
        ("member=writer&role=king", "Choose a role"),
    ] {
        world.send("boss", put, form).await.complained(said);
    }
    world.send("boss", remove, "member=writer").await.complained("is not in team");
    assert!(world.send("boss", put, "member=nobo%22dy&role=admin").await.text.contains("nobo&#34;dy"));
}

#[tokio::test]
async fn somebody_is_left_to_run_it() {
    let world = World::new().await;
    let (put, remove) = ("/groups/team/members", "/groups/team/members/remove");
    for who in ["boss", "operator"] {
        world.send(who, put, "member=boss&role=write").await.complained("left to run");
        world.send(who, remove, "member=boss").await.complained("left to run");
    }
    world.send("boss", put, "member=writer&role=admin").await.led_to("/groups/team/members?done=1");
    // Each lets the other go at the same moment: one of them is late.
    let (one, other) = tokio::join!(
        world.send("boss", remove, "member=writer"),
        world.send("writer", remove, "member=boss")
    );
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [303, 403]);
}

#[tokio::test]
async fn only_those_who_run_it_and_only_from_our_pages() {
    let world = World::new().await;
    let forms = [
        ("/groups/team/members", "member=stranger&role=admin"),
        ("/groups/team/members/remove", "member=boss"),
        ("/groups/team/profile", "full_name=x"),
    ];
    for (path, form) in forms {
        world.refuses_foreign("boss", path, form).await;
        for (who, status) in [("", 401), ("stranger", 403), ("reader", 403), ("writer", 403)] {
            assert_eq!(world.send(who, path, form).await.status, status, "{who} {path}");
        }
        let nowhere = path.replace("team", "nowhere");
        assert_eq!(world.send("boss", &nowhere, form).await.status, 404, "{nowhere}");
        let member = path.replace("team", "writer");
        assert_eq!(world.send("boss", &member, form).await.status, 404, "{member} is no group");
    }
    let page = world.see("stranger", "/groups/team/members").await.text;
    assert!(page.contains("boss") && !page.contains("Take in") && !page.contains("Let go<span"));
    assert!(!page.contains("stranger</a></th>"));
    // Who may not change others may still leave.
    assert!(world.see("reader", "/groups/team/members").await.text.contains("Leave"));
    world
        .send("reader", "/groups/team/members/remove", "member=reader")
        .await
        .led_to("/groups/team/members?done=1");
    assert_eq!(world.see("reader", "/team/hidden").await.status, 404);
}

#[tokio::test]
async fn named_by_those_who_run_it() {
    let world = World::new().await;
    let path = "/groups/team/profile";
    world
        .send("boss", path, "full_name=The+team&private_default=on")
        .await
        .led_to("/groups/team/members?done=1");
    assert!(world.see("", "/team").await.text.contains("The team"));
    let long = format!("full_name={}", "x".repeat(201));
    world.send("boss", path, &long).await.complained("at most 200 bytes");
    assert!(world.see("", "/team").await.text.contains("The team"), "a fault changes nothing");
}

#[tokio::test]
async fn groups_are_found_by_a_part_of_their_names_and_paged() {
    let world = World::new().await;
    let db = world.commons.database();
    for n in 0..105 {
        let (name, full_name) = (format!("lab-{n:03}"), format!("Laboratory 100% {n}"));
        let group = NewNamespace { name, full_name, ..NewNamespace::default() };
        admin::add_group(db, group, world.commons.now()).await.unwrap();
    }
    let first = world.see("", "/groups").await.text;
    assert!(first.contains("\"/lab-099\"") && !first.contains("\"/lab-100\""), "{first}");
    let next = first.split_once("Pages of groups\"><a href=\"").unwrap().1.split_once('"').unwrap().0;
    let second = world.see("", &next.replace("&#38;", "&")).await.text;
    assert!(
        second.contains("\"/lab-104\"") && second.contains("\"/team\"") && !second.contains("\"/lab-099\"")
    );
    assert!(!second.contains("Pages of groups"));
    let one = world.see("", "/groups?q=100%25+7").await.text;
    assert!(one.contains("\"/lab-070\"") && one.contains("\"/lab-007\"") && !one.contains("\"/lab-001\""));
    assert!(world.see("", "/groups?q=TEAM").await.text.contains("1 work<"), "public ones alone");
    assert!(world.see("", "/groups?q=%25%25").await.text.contains("Nothing matches"));
    for bad in ["/groups?q=a%00", "/groups?after=a%00", &format!("/groups?q={}", "a".repeat(201))] {
        assert_eq!(world.see("", bad).await.status, 400, "{bad}");
    }
}

#[tokio::test]
async fn an_owners_works_are_all_a_link_away() {
    let world = World::new().await;
    for n in 0..21 {
        let form = format!("kind=model&owner=team&name=m{n}&visibility=public&license=");
        assert_eq!(world.send("boss", "/new", &form).await.status, 303);
    }
    let page = world.see("", "/team").await.text;
    assert!(page.contains("href=\"/models?author=team\"") && !page.contains("href=\"/team/m0\""), "{page}");
    let all = world.see("", "/models?author=team").await.text;
    assert!(all.contains("href=\"/team/m0\"") && all.contains("Without </span>team"), "{all}");
    assert!(world.see("", "/models").await.text.contains("name=\"author\""));
}
