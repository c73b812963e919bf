//! Content that means harm or is merely large, and repos that are not for everybody.

use std::collections::BTreeSet;

use seedcorn_commons::access::Admin;
use seedcorn_commons::repo::{self, Settings};

use crate::world::{Step, World};

const SCRIPT: &str = "<script>alert(1)</script>";

#[tokio::test]
async fn markup_and_hidden_characters_are_text() {
    let world = World::new().await;
    world.repo("work", false).await;
    let name = "<script>.txt";
    let text = format!("{SCRIPT}\na\u{202e}b\u{1b}[0m\n");
    let title = format!("{SCRIPT} & \u{202e}more\n\n</p>{SCRIPT}\nsecond line");
    world.commit("work", "main", "Begin", &[Step::Put(name, b"plain\n")]).await;
    let oid = world.commit("work", "main", &title, &[Step::Put(name, text.as_bytes())]).await;
    for path in [
        format!("/ada/work/commit/{oid}"),
        format!("/ada/work/compare/{oid}..{}", &oid[..9]),
        "/ada/work/commits/main/%3Cscript%3E.txt".to_owned(),
    ] {
        let page = world.read(&path).await;
        assert!(!page.text.contains("<script>alert") && !page.text.contains("<script>."), "{path}");
    }
    let page = world.read(&format!("/ada/work/commit/{oid}")).await;
    assert_eq!(page.texts("h2")[0], format!("{SCRIPT} & ⟨U+202E⟩more"));
    for told in [SCRIPT, "a⟨U+202E⟩b␛[0m", name, "second line"] {
        assert!(page.words().contains(told), "{told}: {}", page.words());
    }
}

#[tokio::test]
async fn ends_of_lines_and_what_is_not_utf8() {
    let world = World::new().await;
    world.repo("work", false).await;
    let first = [
        Step::Put("crlf.txt", b"one\r\ntwo\r\n"),
        Step::Put("end.txt", b"no end"),
        Step::Put("latin.txt", b"caf\xe9\n"),
        Step::Put("empty.txt", b"something\n"),
    ];
    world.commit("work", "main", "Begin", &first).await;
    let second = [
        Step::Put("crlf.txt", b"one\ntwo\n"),
        Step::Put("end.txt", b"no end\n"),
        Step::Put("latin.txt", b"caff\xe9\n"),
        Step::Put("empty.txt", b""),
        Step::Put("nothing.txt", b""),
    ];
    let oid = world.commit("work", "main", "Mend", &second).await;
    let part = async |path: &str| {
        let page = world.read(&format!("/ada/work/commit/{oid}?path={path}")).await;
        page.words().to_owned()
    };
    let crlf = part("crlf.txt").await;
    assert!(crlf.contains("2 lines added, 2 removed"), "{crlf}");
    assert!(crlf.contains("removed: one␍") && crlf.contains("added: one"), "{crlf}");
    assert!(!crlf.contains("added: one␍"), "{crlf}");
    let end = part("end.txt").await;
    assert!(end.contains("removed: no end (no newline at the end)"), "{end}");
    assert!(!end.contains("added: no end (no"), "{end}");
    assert!(part("latin.txt").await.contains("It is not text."));
    assert!(part("latin.txt").await.contains("5 B → 6 B"));
    assert!(part("empty.txt").await.contains("1 line removed"));
    assert!(part("nothing.txt").await.contains("It is empty."));
}

#[tokio::test]
async fn large_texts_have_bounds() {
    let world = World::new().await;
    world.repo("work", false).await;
    let huge = "x <&> y\n".repeat(100_000);
    let long = "<".repeat(400_000);
    let many: String = (0..15_000).map(|n| format!("<{n}>\n")).collect();
    let other: String = (0..15_000).map(|n| format!("&{n}&\n")).collect();
    let first = [Step::Put("huge.txt", b"small\n"), Step::Put("many.txt", many.as_bytes())];
    world.commit("work", "main", "Begin", &first).await;
    let second = [
        Step::Put("huge.txt", huge.as_bytes()),
        Step::Put("long.txt", long.as_bytes()),
        Step::Put("many.txt", other.as_bytes()),
        Step::Put("zz.txt", b"after all these\n"),
    ];
    let oid = world.commit("work", "main", "Grow", &second).await;
    let page = world.read(&format!("/ada/work/commit/{oid}")).await;
    assert!(page.words().contains("It is too large to be compared here."), "{}", page.words());
    assert!(page.words().contains("… the line goes on"));
    assert!(page.words().contains("15,000 lines added, 15,000 removed"));
    assert!(page.words().contains("There is more: show this file alone"));
    // The page is full by then; the file has one of its own.
    assert!(!page.words().contains("after all these"));
    let alone = page.link("Show this file alone: zz.txt").unwrap().to_owned();
    assert!(world.read(&alone).await.words().contains("added: after all these"));
    let alone = world.read(&format!("/ada/work/commit/{oid}?path=many.txt")).await;
    assert!(alone.words().contains("More lines differ than are shown."));
}

#[tokio::test]
async fn many_files_come_in_pages() {
    let world = World::new().await;
    world.repo("work", false).await;
    let names: Vec<String> =
        (0..120).map(|n| format!("{}/{n:03}-{}.txt", "f".repeat(200), "é&".repeat(40))).collect();
    let texts: Vec<String> = (0..120).map(|n| format!("{n}\n").repeat(40)).collect();
    let both = names.iter().zip(&texts);
    let steps: Vec<Step> = both.map(|(name, text)| Step::Put(name, text.as_bytes())).collect();
    let oid = world.commit("work", "main", "Many", &steps).await;
    let (mut seen, mut pages) = (BTreeSet::new(), 0);
    let mut next = Some(format!("/ada/work/commit/{oid}"));
    while let Some(path) = next.take() {
        let page = world.read(&path).await;
        assert!(page.words().contains("120 files: 120 added."), "{}", page.words());
        for name in &names {
            if page.link(name).is_some() {
                assert!(seen.insert(name.clone()), "{name} stands twice");
            }
        }
        next = page.link("Next").map(str::to_owned);
        pages += 1;
    }
    assert_eq!(seen.len(), 120);
    assert!((3..10).contains(&pages), "{pages} pages");
}

#[tokio::test]
async fn nobody_sees_what_they_may_not() {
    let world = World::new().await;
    world.repo("locked", true).await;
    world.repo("gated", false).await;
    let oid = world.commit("locked", "main", "Secret", &[Step::Put("a.txt", b"secret\n")]).await;
    world.commit("gated", "main", "Open", &[Step::Put("a.txt", b"for some\n")]).await;
    for rest in [
        format!("commit/{oid}"),
        "commit/main".into(),
        "compare/main..main".into(),
        "compare/nonsense".into(),
        "compare?from=main&to=main".into(),
        "commits/main/a.txt".into(),
        "commits/main/never.txt".into(),
        "refs".into(),
    ] {
        let (status, to, text) = world.ask(&format!("/ada/locked/{rest}"), false).await;
        let (other, led, missing) = world.ask(&format!("/ada/nowhere/{rest}"), false).await;
        assert_eq!((status.as_u16(), other.as_u16(), to, led), (404, 404, String::new(), String::new()));
        assert_eq!(
            text.replace("ada/locked", "ada/nowhere").replace("ada%2Flocked", "ada%2Fnowhere"),
            missing,
            "{rest}"
        );
    }
    // The commit of one repo is none of another.
    assert_eq!(world.ask(&format!("/ada/gated/commit/{oid}"), true).await.0.as_u16(), 404);
    let gated = Settings { private: None, gated: Some("manual".into()) };
    repo::set(&world.commons, &world.grant::<Admin>("gated").await, gated).await.unwrap();
    let (status, _, text) = world.ask("/ada/gated/commit/main", false).await;
    assert_eq!(status.as_u16(), 200);
    assert!(text.contains("a.txt") && !text.contains("for some"), "{text}");
    assert!(world.read("/ada/gated/commit/main").await.words().contains("added: for some"));
}
