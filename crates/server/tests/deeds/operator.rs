//! What whoever runs the hub does with works, and what is written down of that and of all else.

use seedcorn_commons::repo;
use seedcorn_core::repo::RepoKind::Model;
use serde_json::Value;

use crate::world::{World, token};

async fn api(world: &World, who: &str, path: &str) -> (u16, Value) {
    let bearer = format!("Bearer {}", token(&world.commons, who).await);
    let answer = world.ask("GET", path, &[("authorization", bearer.as_str())], "").await;
    (answer.status, serde_json::from_str(&answer.text).unwrap_or_default())
}

#[tokio::test]
async fn a_work_is_taken_down_and_let_be() {
    let world = World::new().await;
    let listed = async || world.ask("GET", "/api/models", &[], "").await.text.contains("team/open");
    assert!(listed().await);
    repo::set_disabled(&world.commons, Model, "team/open", "It was <b>another's</b>.").await.unwrap();
    for path in
        ["/api/models/team/open", "/team/open/resolve/main/README.md", "/api/models/team/open/tree/main"]
    {
        let answer = world.ask("GET", path, &[], "").await;
        let told = answer.header("x-error-message");
        assert_eq!((answer.status, told), (403, "Access to this resource is disabled."), "{path}");
    }
    assert_eq!(world.see("", "/team/open").await.status, 403);
    assert!(!listed().await);
    assert_eq!(world.see("writer", "/team/open").await.status, 403);
    let settings = world.see("boss", "/team/open/settings").await;
    assert!(
        settings.text.contains("took it down") && settings.text.contains("another&#39;s"),
        "{}",
        settings.text
    );
    let form = "visibility=public&gated=none";
    assert_eq!(
        world.send("boss", "/team/open/settings/visibility", form).await.status,
        403,
        "nobody gets round it"
    );
    assert_eq!(api(&world, "operator", "/api/models/team/open").await.1["disabled"], true);
    // Of a hidden one nobody is told that there is one.
    repo::set_disabled(&world.commons, Model, "team/hidden", "no").await.unwrap();
    assert_eq!(world.ask("GET", "/api/models/team/hidden", &[], "").await.status, 404);
    repo::set_disabled(&world.commons, Model, "team/hidden", "").await.unwrap();
    assert_eq!(world.see("", "/team/hidden").await.status, 404, "it is private as before");
    repo::set_disabled(&world.commons, Model, "team/open", "once more").await.unwrap();
    repo::set_disabled(&world.commons, Model, "team/open", "").await.unwrap();
    assert_eq!(world.see("", "/team/open").await.status, 200);
    assert!(listed().await);
    assert!(repo::set_disabled(&world.commons, Model, "team/nothing", "x").await.is_err());
    assert!(repo::set_disabled(&world.commons, Model, "team/open", &"x".repeat(5000)).await.is_err());
}

#[tokio::test]
async fn who_did_what_is_written_down() {
    let world = World::new().await;
    world.send("boss", "/team/open/settings/visibility", "visibility=private&gated=none").await;
    world.send("boss", "/groups/team/members", "member=stranger&role=read").await;
    world.send("operator", "/admin", "do=disable&member=reader").await;
    repo::set_disabled(&world.commons, Model, "team/open", "why").await.unwrap();
    for (who, status) in [("", 303), ("stranger", 403), ("boss", 403), ("operator", 200)] {
        assert_eq!(world.see(who, "/admin/audit").await.status, status, "{who}");
    }
    let page = world.see("operator", "/admin/audit?of=team").await.text;
    assert!(page.contains("group.put") && page.contains("boss") && !page.contains("repo.disable"), "{page}");
    assert_eq!(api(&world, "boss", "/api/commons/v1/audit").await.0, 403);
    let (status, told) = api(&world, "operator", "/api/commons/v1/audit").await;
    assert_eq!(status, 200);
    let lines = told["lines"].as_array().unwrap();
    let of = |deed: &str| {
        lines.iter().find(|line| line["deed"] == deed).unwrap_or_else(|| panic!("{deed}: {told}"))
    };
    assert_eq!(
        (&of("repo.set")["by"], &of("repo.set")["subject"]),
        (&"boss".into(), &"models/team/open".into())
    );
    assert_eq!(of("repo.set")["says"]["private"], true);
    assert_eq!(
        (&of("admin.disable")["by"], &of("member.disable")["subject"]),
        (&"operator".into(), &"reader".into())
    );
    assert_eq!(of("repo.disable")["says"]["reason"], "why");
    assert!(!of("token.make")["says"].to_string().contains("scn_"), "no secret is written down");
    // Page by page there is all of it, each line once.
    let (mut seen, mut cursor) = (std::collections::BTreeSet::new(), String::new());
    for _ in 0..60 {
        api(&world, "operator", "/api/whoami-v2").await;
    }
    loop {
        let (_, page) = api(&world, "operator", &format!("/api/commons/v1/audit?cursor={cursor}")).await;
        for line in page["lines"].as_array().unwrap() {
            assert!(seen.insert(line["id"].as_str().unwrap().to_owned()));
        }
        match page["next"].as_str() {
            Some(next) => cursor = next.to_owned(),
            None => break,
        }
    }
    assert!(seen.len() > 60, "{}", seen.len());
}
