//! The form that sends files.

use crate::forms::{BOUNDARY, body};
use crate::world::World;

const FORM: &str = "/team/open/upload/main";

#[tokio::test]
async fn only_members_and_only_from_our_pages() {
    let world = World::new().await;
    for (who, open, hidden, button) in [
        ("", 303, 404, false),
        ("stranger", 200, 404, false),
        ("reader", 200, 200, false),
        ("writer", 200, 200, true),
        ("boss", 200, 200, true),
    ] {
        let page = world.see(who, FORM).await;
        assert_eq!(page.status, open, "{who}");
        assert_eq!(page.text.contains("It becomes a pull request."), open == 200 && !button, "{who}");
        let hidden_page = world.see(who, "/team/hidden/upload/main").await;
        assert_eq!(hidden_page.status, hidden, "{who}");
        let tree = world.see(who, "/team/open/tree/main").await;
        assert_eq!(tree.text.contains(FORM), button, "{who}");
    }
    let files: &[(&str, &[u8])] = &[("a.txt", b"a")];
    assert_eq!(world.upload("", FORM, &[], files).await.status, 401);
    assert_eq!(world.upload("stranger", "/team/hidden/upload/main", &[], files).await.status, 404);
    assert_eq!(world.upload("", "/team/hidden/upload/main", &[], files).await.status, 404);
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    for site in ["cross-site", "same-site"] {
        let headers =
            [("content-type", kind.as_str()), ("sec-fetch-site", site), ("cookie", world.cookie("writer"))];
        assert_eq!(world.ask("POST", FORM, &headers, body(&[], files)).await.status, 403, "{site}");
    }
    assert_eq!(world.titles("main").await.0, ["initial commit"]);
}

#[tokio::test]
async fn each_file_goes_its_way() {
    let world = World::new().await;
    let long = "a line of words\n".repeat(11 << 16);
    let noise: Vec<u8> = (0..2_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let files: &[(&str, &[u8])] = &[
        ("notes.txt", b"one\r\ntwo\n"),
        ("empty.bin", b""),
        ("picture", b"\x89PNG\0\0"),
        ("marked.safetensors", b"text by its bytes"),
        ("folder/a \"b\"<i>.txt", "ä".as_bytes()),
        ("long.txt", long.as_bytes()),
        ("noise", &noise),
    ];
    let fields = [("folder", "/deep/er/"), ("summary", ""), ("description", "one\r\n\r\ntwo")];
    world.upload("writer", FORM, &fields, files).await.led_to("/team/open/tree/main/deep/er");
    let mut paths = world.paths("main").await;
    paths.sort();
    assert_eq!(
        paths,
        [
            ".gitattributes",
            "deep/er/empty.bin",
            "deep/er/folder/a \"b\"<i>.txt",
            "deep/er/long.txt*",
            "deep/er/marked.safetensors*",
            "deep/er/noise*",
            "deep/er/notes.txt",
            "deep/er/picture*",
        ]
    );
    assert_eq!(world.file("main", "deep/er/notes.txt").await, "one\r\ntwo\n");
    assert_eq!(world.file("main", "deep/er/folder/a%20%22b%22%3Ci%3E.txt").await, "ä");
    assert_eq!(world.file("main", "deep/er/marked.safetensors").await, "text by its bytes");
    assert!(world.file("main", "deep/er/long.txt").await == long);
    assert!(world.file("main", "deep/er/noise").await == String::from_utf8_lossy(&noise));
    let (titles, newest) = world.titles("main").await;
    assert_eq!(titles, ["Upload 7 files", "initial commit"]);
    let page = world.see("", &format!("/team/open/commit/{newest}")).await.text;
    assert!(page.contains("one\n\ntwo"), "{page}");
    // A name that looks like HTML is text on every page.
    assert!(!world.see("", "/team/open/tree/main/deep/er/folder").await.text.contains("<i>"));
    // What is there is replaced.
    let fields = [("summary", "Second")];
    let files: &[(&str, &[u8])] = &[("deep/er/notes.txt", b"three")];
    world.upload("writer", FORM, &fields, files).await.led_to("/team/open/tree/main");
    assert_eq!(world.file("main", "deep/er/notes.txt").await, "three");
    assert_eq!(world.titles("main").await.0[0], "Second");
}

#[tokio::test]
async fn branches_and_pull_requests() {
    let world = World::new().await;
    let made = format!("/api/models/team/open/branch/{}", "side");
    let token = [("cookie", world.cookie("writer")), ("sec-fetch-site", "same-origin")];
    // The API's own doors take no cookie.
    assert_eq!(world.ask("POST", &made, &token, "{}").await.status, 401);
    let actor = seedcorn_commons::session::identify(
        &world.commons,
        world.cookie("writer").split_once('=').unwrap().1,
    );
    let actor = actor.await.unwrap();
    let kind = seedcorn_core::repo::RepoKind::Model;
    let grant = seedcorn_commons::authorize(&world.commons, actor.as_ref(), kind, "team/open").await.unwrap();
    for (ref_kind, name) in [
        (seedcorn_commons::publish::refs::RefKind::Branch, "side"),
        (seedcorn_commons::publish::refs::RefKind::Tag, "v1"),
    ] {
        seedcorn_commons::publish::refs::create(&world.commons, &grant, ref_kind, name, None).await.unwrap();
    }
    let files: &[(&str, &[u8])] = &[("a.txt", b"a")];
    let branch = [("branch", "side")];
    world.upload("writer", FORM, &branch, files).await.led_to("/team/open/tree/side");
    assert_eq!(world.titles("side").await.0[0], "Upload a.txt");
    assert_eq!(world.paths("main").await, [".gitattributes"]);
    // Whoever may only read proposes, whatever the form says.
    for (n, (who, to)) in
        [("reader", "branch"), ("stranger", "pull"), ("writer", "pull")].into_iter().enumerate()
    {
        let led_to = format!("/team/open/discussions/{}", n + 1);
        world.upload(who, FORM, &[("to", to)], files).await.led_to(&led_to);
    }
    assert_eq!(world.paths("main").await, [".gitattributes"]);
    // A proposer adds to what is theirs, and to nothing else.
    let (theirs, others) = ("/team/open/upload/refs%2Fpr%2F1", "/team/open/upload/refs%2Fpr%2F2");
    assert_eq!(world.see("reader", theirs).await.status, 200);
    assert_eq!(world.see("reader", others).await.status, 403);
    assert_eq!(world.upload("reader", others, &[], files).await.status, 403);
    world.upload("reader", theirs, &[], &[("b.txt", b"b")]).await.led_to("/team/open/tree/refs%2Fpr%2F1");
    assert_eq!(world.titles("refs%2Fpr%2F1").await.0[0], "Upload b.txt");
    for revision in ["v1", "absent", "refs%2Ftags%2Fv1", "refs%2Fpr%2F99"] {
        let page = format!("/team/open/upload/{revision}");
        assert_eq!(world.see("writer", &page).await.status, 404, "{revision}");
        assert_eq!(world.upload("writer", &page, &[], files).await.status, 404, "{revision}");
    }
}

#[tokio::test]
async fn names_that_no_tree_may_hold() {
    let world = World::new().await;
    for name in [
        "../a",
        "/a",
        "a/../b",
        "a//b",
        "./a",
        ".git/config",
        "a/.GIT/hooks/x",
        "..\\a",
        "a\nb",
        "a/",
        ".",
        "\u{1}",
        &"x".repeat(300),
        &"a/".repeat(70),
    ] {
        let answer = world.upload("writer", FORM, &[], &[(name, b"x")]).await;
        answer.complained("Nothing was published.");
    }
    for folder in ["..", "a/../..", ".git"] {
        let answer = world.upload("writer", FORM, &[("folder", folder)], &[("a", b"x")]).await;
        answer.complained("Nothing was published.");
        assert!(answer.text.contains(&format!("value=\"{folder}\"")), "the form is as it was sent");
    }
    // A good file before a bad one is not published either.
    world.upload("writer", FORM, &[], &[("good", b"x"), ("../bad", b"x")]).await.complained("published");
    // A file where a folder is, and the other way round.
    world.upload("writer", FORM, &[], &[("f/a", b"x")]).await.led_to("/team/open/tree/main");
    world.upload("writer", FORM, &[], &[("f", b"x")]).await.complained("a folder of that name exists");
    world.upload("writer", FORM, &[], &[("f/a/b", b"x")]).await.complained("is a file, not a folder");
    assert_eq!(world.paths("main").await, [".gitattributes", "f/a"]);
}

#[tokio::test]
async fn forms_that_are_none() {
    let world = World::new().await;
    world.upload("writer", FORM, &[], &[]).await.complained("Choose at least one file.");
    world.upload("writer", FORM, &[], &[("", b"")]).await.complained("Choose at least one file.");
    let whole = body(&[("summary", "s")], &[("a.txt", &[b'a'; 100_000])]);
    // Broken off in a head, in a field, in a file, before the end.
    for len in [0, 3, 60, 130, 170, 300, 50_000, whole.len() - 5] {
        let answer = world.upload_body("writer", FORM, whole[..len].to_vec()).await;
        answer.complained("Nothing was published.");
    }
    for kind in ["multipart/form-data", "application/x-www-form-urlencoded", "text/plain", ""] {
        let headers =
            [("content-type", kind), ("sec-fetch-site", "same-origin"), ("cookie", world.cookie("writer"))];
        assert_eq!(world.ask("POST", FORM, &headers, &whole).await.status, 400, "{kind}");
    }
    let many: Vec<(String, &str)> = (0..30).map(|n| (format!("f{n}"), "x")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    world.upload("writer", FORM, &many, &[("a", b"a")]).await.complained("fields that ours has not");
    world.upload("writer", FORM, &[("summary", "a\0b")], &[("a", b"a")]).await.complained("may not hold NUL");
    world.upload("writer", FORM, &[], &[("a\0b", b"a")]).await.complained("control characters");
    let long = "x".repeat(100_000);
    world
        .upload("writer", FORM, &[("summary", &long)], &[("a", b"a")])
        .await
        .complained("at most 65536 bytes");
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [
        ("content-type", kind.as_str()),
        ("content-length", "6000000000"),
        ("sec-fetch-site", "same-origin"),
        ("cookie", world.cookie("writer")),
    ];
    assert_eq!(world.ask("POST", FORM, &headers, &whole).await.status, 413);
    let head = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{}", "x".repeat(40_000));
    world.upload_body("writer", FORM, head.into_bytes()).await.complained("the head of a part");
    assert_eq!(world.titles("main").await.0, ["initial commit"]);
}
