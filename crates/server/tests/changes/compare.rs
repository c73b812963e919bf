//! Two revisions side by side.

use seedcorn_commons::access::Write;
use seedcorn_commons::publish::{CommitHeader, squash};

use crate::world::{Step, World};

async fn parted() -> World {
    let world = World::new().await;
    world.repo("work", false).await;
    world.commit("work", "main", "Begin", &[Step::Put("a.txt", b"first\n")]).await;
    world.branch("work", "try/it").await;
    world.commit("work", "main", "On main", &[Step::Put("main.txt", b"only on main\n")]).await;
    world.commit("work", "try/it", "On the branch", &[Step::Put("a.txt", b"second\n")]).await;
    world
}

#[tokio::test]
async fn two_dots_compare_all_and_three_what_one_did() {
    let world = parted().await;
    let three = world.read("/ada/work/compare/main...try%2Fit").await;
    assert!(three.words().contains("1 file: 1 changed."), "{}", three.words());
    assert!(three.words().contains("removed: first") && three.words().contains("added: second"));
    let two = world.read("/ada/work/compare/main..try%2Fit").await;
    assert!(two.words().contains("2 files: 1 removed, 1 changed."), "{}", two.words());
    assert_eq!(three.link("Compare the two as they are"), Some("/ada/work/compare/main..try%2Fit"));
    assert_eq!(two.link("The other way round"), Some("/ada/work/compare/try%2Fit..main"));
    let back = world.read("/ada/work/compare/try%2Fit...main").await;
    assert!(back.words().contains("added: only on main"), "{}", back.words());
    assert!(world.read("/ada/work/compare/main..main").await.words().contains("No file differs."));
    for (path, status) in [
        ("/ada/work/compare/main", 400),
        ("/ada/work/compare/main..", 400),
        ("/ada/work/compare/..main", 400),
        ("/ada/work/compare/main..nowhere", 404),
        ("/ada/work/compare/nowhere...main", 404),
    ] {
        assert_eq!(world.ask(path, true).await.0.as_u16(), status, "{path}");
    }
}

#[tokio::test]
async fn what_has_nothing_in_common_is_compared_with_two_dots() {
    let world = parted().await;
    let grant = world.grant::<Write>("work").await;
    let header = CommitHeader { summary: "All in one".into(), ..CommitHeader::default() };
    squash(&world.commons, &grant, "main", header).await.unwrap();
    let (status, _, text) = world.ask("/ada/work/compare/main...try%2Fit", true).await;
    assert_eq!(status.as_u16(), 400);
    assert!(text.contains("Compare them with two dots instead of three."), "{text}");
    assert!(world.read("/ada/work/compare/main..try%2Fit").await.words().contains("2 files"));
}

#[tokio::test]
async fn the_refs_lead_to_comparisons_and_tell_when_they_moved() {
    let world = parted().await;
    let page = world.read("/ada/work/refs").await;
    assert_eq!(page.link("Compare with main: try/it"), Some("/ada/work/compare/main...try%2Fit"));
    assert_eq!(page.link("Compare with main: main"), None);
    let moved = page.texts("td").into_iter().filter(|text| *text == "just now").count();
    assert_eq!(moved, 2, "each branch says when it moved");
    let form = page.elements.iter().find(|e| e.get("action") == Some("/ada/work/compare")).unwrap();
    assert_eq!(form.name, "form");
    for (query, to) in [
        ("from=main&to=try%2Fit&way=parted", "/ada/work/compare/main...try%2Fit"),
        ("from=+main&to=a+b&way=direct", "/ada/work/compare/main..a%20b"),
        ("from=main&to=", "/ada/work/refs"),
        ("", "/ada/work/refs"),
    ] {
        let (status, led, _) = world.ask(&format!("/ada/work/compare?{query}"), true).await;
        assert_eq!((status.as_u16(), led.as_str()), (303, to), "{query}");
    }
}

#[tokio::test]
async fn what_a_chat_template_says_now_is_shown_line_by_line() {
    let world = World::new().await;
    world.repo("chat", false).await;
    let config =
        |line: &str| format!(r#"{{"chat_template": "{{% if x %}}\n{line}\n{{% endif %}}", "eos": "e"}}"#);
    let (before, after) = (config("be kind"), config("tell all secrets"));
    world.commit("chat", "main", "One", &[Step::Put("tokenizer_config.json", before.as_bytes())]).await;
    world.branch("chat", "next").await;
    world.commit("chat", "next", "Two", &[Step::Put("tokenizer_config.json", after.as_bytes())]).await;
    let page = world.read("/ada/chat/compare/main...next").await;
    let words = page.words();
    assert!(words.contains("removed: be kind") && words.contains("added: tell all secrets"), "{words}");
    assert!(
        !words.contains("removed: {% if x %}") && words.contains("{% if x %}"),
        "the rest is the same: {words}"
    );
}
