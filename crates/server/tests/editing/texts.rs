//! Texts written, changed and deleted.

use crate::forms::{encoded, value};
use crate::world::{Answer, World};

async fn with_notes(text: &str) -> World {
    let world = World::new().await;
    let files: &[(&str, &[u8])] = &[
        ("f/notes.txt", text.as_bytes()),
        ("binary", b"\0\x01"),
        ("latin", b"caf\xe9 and more"),
        ("marked.bin", b"text that is stored as a large file"),
    ];
    world.upload("boss", "/team/open/upload/main", &[("summary", "Begin")], files).await;
    world
}

/// Sends a text for a file, made on this commit.
async fn edit(world: &World, who: &str, parent: &str, text: &str) -> Answer {
    let form = encoded(&[("parent", parent), ("text", text), ("summary", "")]);
    world.send(who, "/team/open/edit/main/f/notes.txt", &form).await
}

#[tokio::test]
async fn only_members_and_only_from_our_pages() {
    let world = with_notes("one\n").await;
    let parent = world.titles("main").await.1;
    let pages = ["edit/main/f/notes.txt", "delete/main/f/notes.txt", "new/main", "new/main/f"];
    for (who, open, hidden, button) in [
        ("", 303, 404, false),
        ("stranger", 200, 404, false),
        ("reader", 200, 404, false),
        ("writer", 200, 404, true),
    ] {
        for page in pages {
            assert_eq!(world.see(who, &format!("/team/open/{page}")).await.status, open, "{who} {page}");
            let there =
                if page.starts_with("new/") && matches!(who, "reader" | "writer") { 200 } else { hidden };
            let answer = world.see(who, &format!("/team/hidden/{page}")).await;
            assert_eq!(answer.status, there, "{who} {page}");
        }
        let blob = world.see(who, "/team/open/blob/main/f/notes.txt").await.text;
        for what in ["edit", "delete"] {
            let href = format!("/team/open/{what}/main/f/notes.txt");
            assert_eq!(blob.contains(&href), button, "{who} {what}");
        }
        let tree = world.see(who, "/team/open/tree/main/f").await.text;
        assert_eq!(tree.contains("/team/open/new/main/f"), button, "{who}");
    }
    let form = encoded(&[("parent", &parent), ("text", "x"), ("path", "x")]);
    for path in
        ["/team/open/edit/main/f/notes.txt", "/team/open/new/main", "/team/open/delete/main/f/notes.txt"]
    {
        assert_eq!(world.send("", path, &form).await.status, 401, "{path}");
        world.refuses_foreign("writer", path, &form).await;
        let hidden = path.replace("open", "hidden");
        assert_eq!(world.send("stranger", &hidden, &form).await.status, 404, "{path}");
        assert_eq!(world.send("", &hidden, &form).await.status, 404, "{path}");
    }
    assert_eq!(world.titles("main").await.0, ["Begin", "initial commit"]);
    // A large file, a binary one and one in another encoding have no such button; all can be deleted.
    for path in ["binary", "latin", "marked.bin"] {
        let page = world.see("writer", &format!("/team/open/blob/main/{path}")).await.text;
        assert!(page.contains(&format!("/team/open/delete/main/{path}")), "{path}");
        let answer = world.see("writer", &format!("/team/open/edit/main/{path}")).await;
        assert_eq!(answer.status, 422, "{path}");
        assert!(answer.text.contains("cannot be changed here"), "{path}");
    }
    assert!(!world.see("writer", "/team/open/blob/main/marked.bin").await.text.contains("/edit/main"));
    // What is no branch has no buttons.
    let pinned = world.see("writer", &format!("/team/open/blob/{parent}/f/notes.txt")).await.text;
    assert!(!pinned.contains("/edit/") && !pinned.contains("/delete/"));
    for revision in [&parent, "absent"] {
        assert_eq!(world.see("writer", &format!("/team/open/edit/{revision}/f/notes.txt")).await.status, 404);
        let answer = world.send("writer", &format!("/team/open/edit/{revision}/f/notes.txt"), &form).await;
        assert_eq!(answer.status, 404, "{revision}");
    }
}

#[tokio::test]
async fn changed() {
    let text = "\nfirst <b>&\"</textarea><script>alert(1)</script>\n\n last ";
    let world = with_notes(text).await;
    let page = world.see("writer", "/team/open/edit/main/f/notes.txt").await.text;
    assert_eq!(value(&page, "text"), text);
    let parent = value(&page, "parent");
    edit(&world, "writer", &parent, text).await.complained("Nothing is different.");
    // As a browser sends it: every line ends in CR LF.
    edit(&world, "writer", &parent, "one\r\ntwo\r\n").await.led_to("/team/open/blob/main/f/notes.txt");
    assert_eq!(world.file("main", "f/notes.txt").await, "one\ntwo\n");
    assert_eq!(world.titles("main").await.0[0], "Change f/notes.txt");
    // Whoever may only read proposes.
    let parent = world.titles("main").await.1;
    let led_to = "/team/open/discussions/1";
    edit(&world, "stranger", &parent, "three").await.led_to(led_to);
    assert_eq!(world.file("main", "f/notes.txt").await, "one\ntwo\n");
    assert_eq!(world.file("refs%2Fpr%2F1", "f/notes.txt").await, "three");
    let form = encoded(&[("parent", &parent), ("text", "four"), ("to", "pull"), ("summary", "Mine")]);
    let answer = world.send("writer", "/team/open/edit/main/f/notes.txt", &form).await;
    answer.led_to("/team/open/discussions/2");
    assert_eq!(world.titles("refs%2Fpr%2F2").await.0[0], "Mine");
    edit(&world, "writer", &parent, &"x".repeat((1 << 20) + 1)).await.complained("at most 1048576 bytes");
    let parent = "0".repeat(39);
    for parent in ["", "main", &parent] {
        assert_eq!(edit(&world, "writer", parent, "five").await.status, 400, "{parent:?}");
    }
    let far = format!("text={}", "x".repeat(4 << 20));
    assert_eq!(world.send("writer", "/team/open/edit/main/f/notes.txt", &far).await.status, 413);
    assert_eq!(world.file("main", "f/notes.txt").await, "one\ntwo\n");
}

#[tokio::test]
async fn line_ends_are_kept() {
    let world = with_notes("one\r\ntwo\r\n").await;
    let page = world.see("writer", "/team/open/edit/main/f/notes.txt").await.text;
    assert!(!page.contains("end alike"), "all of them are the same");
    let (parent, text) = (value(&page, "parent"), value(&page, "text"));
    assert_eq!(text, "one\ntwo\n");
    edit(&world, "writer", &parent, "one\r\nthree\r\n").await.led_to("/team/open/blob/main/f/notes.txt");
    assert_eq!(world.file("main", "f/notes.txt").await, "one\r\nthree\r\n");
    let world = with_notes("one\r\ntwo\nthree\n").await;
    let page = world.see("writer", "/team/open/edit/main/f/notes.txt").await.text;
    assert!(page.contains("end alike"));
}

#[tokio::test]
async fn what_others_did_meanwhile_is_shown_and_kept() {
    let world = with_notes("one\n").await;
    let first = value(&world.see("writer", "/team/open/edit/main/f/notes.txt").await.text, "parent");
    edit(&world, "boss", &first, "boss <i>\n").await.led_to("/team/open/blob/main/f/notes.txt");
    let second = world.titles("main").await.1;
    // Made on an old commit, and on one that there is not.
    for parent in [first.as_str(), &"ab".repeat(20)] {
        let answer = edit(&world, "writer", parent, "writer\n").await;
        assert_eq!(answer.status, 412);
        crate::html::assert_plain("a stale form", &answer.text);
        assert!(answer.text.contains("somebody has changed this file"), "{}", answer.text);
        assert!(answer.text.contains("boss &#60;i&#62;"), "the file as it is now");
        assert_eq!(
            (value(&answer.text, "text").as_str(), value(&answer.text, "parent")),
            ("writer\n", second.clone())
        );
        assert_eq!(world.file("main", "f/notes.txt").await, "boss <i>\n");
    }
    // Also as a pull request, which would hide what it undoes.
    let form = encoded(&[("parent", &first), ("text", "writer"), ("to", "pull")]);
    assert_eq!(world.send("writer", "/team/open/edit/main/f/notes.txt", &form).await.status, 412);
    // Having seen it, they decide.
    edit(&world, "writer", &second, "both\n").await.led_to("/team/open/blob/main/f/notes.txt");
    // Somebody changed another file.
    let third = world.titles("main").await.1;
    world.upload("boss", "/team/open/upload/main", &[], &[("other", b"x")]).await;
    let answer = edit(&world, "writer", &third, "again\n").await;
    assert_eq!(answer.status, 412);
    assert!(answer.text.contains("This file is as it was."));
    let fourth = value(&answer.text, "parent");
    // Somebody deleted it.
    let form = encoded(&[("parent", &fourth)]);
    world.send("boss", "/team/open/delete/main/f/notes.txt", &form).await.led_to("/team/open/tree/main");
    let answer = edit(&world, "writer", &fourth, "again\n").await;
    assert_eq!(answer.status, 412);
    assert!(answer.text.contains("somebody has deleted this file"));
    // Sent once more, it is there again.
    let fifth = value(&answer.text, "parent");
    edit(&world, "writer", &fifth, "again\n").await.led_to("/team/open/blob/main/f/notes.txt");
    assert_eq!(world.file("main", "f/notes.txt").await, "again\n");
}

#[tokio::test]
async fn new_ones() {
    let world = with_notes("one\n").await;
    let page = world.see("writer", "/team/open/new/main/f").await.text;
    assert_eq!((value(&page, "path").as_str(), value(&page, "text").as_str()), ("f/", ""));
    let parent = value(&page, "parent");
    let make = async |parent: &str, path: &str, text: &str| {
        let form = encoded(&[("parent", parent), ("path", path), ("text", text)]);
        world.send("writer", "/team/open/new/main", &form).await
    };
    for (path, said) in [
        ("f/notes.txt", "is there already"),
        ("binary", "is there already"),
        ("f", "a folder of that name exists"),
        ("f/", "may not begin or end"),
        ("", "a path has 1 to"),
        ("../x", "may not begin with"),
        ("a/../x", "steps"),
        (".git/config", ".git"),
        ("binary/x", "is a file, not a folder"),
    ] {
        let answer = make(&parent, path, "<b>\r\n").await;
        answer.complained(said);
        assert_eq!(
            (value(&answer.text, "path").as_str(), value(&answer.text, "text").as_str()),
            (path, "<b>\n")
        );
    }
    make(&parent, "g/<i>&\".py", "print(1)\r\n").await.led_to("/team/open/blob/main/g/%3Ci%3E%26%22.py");
    assert_eq!(world.file("main", "g/%3Ci%3E%26%22.py").await, "print(1)\n");
    assert_eq!(world.titles("main").await.0[0], "Add g/<i>&\".py");
    let answer = make(&parent, "late", "x").await;
    assert_eq!(answer.status, 412);
    assert!(answer.text.contains("the branch has moved"));
    let parent = value(&answer.text, "parent");
    // The repo's rules say where it goes.
    make(&parent, "marked.safetensors", "words").await.led_to("/team/open/blob/main/marked.safetensors");
    assert!(world.paths("main").await.contains(&"marked.safetensors*".to_owned()));
    for page in ["edit", "delete"] {
        let page = world.see("writer", &format!("/team/open/{page}/main/g/%3Ci%3E%26%22.py")).await;
        assert!(page.status == 200 && !page.text.contains("<i>"), "a name is text");
    }
}

#[tokio::test]
async fn deleted() {
    let world = with_notes("one\n").await;
    let delete = async |who: &str, parent: &str, path: &str| {
        let form = encoded(&[("parent", parent), ("description", "gone")]);
        world.send(who, &format!("/team/open/delete/main/{path}"), &form).await
    };
    let page = world.see("writer", "/team/open/delete/main/marked.bin").await.text;
    let parent = value(&page, "parent");
    assert!(page.contains("35 B"), "what is going to be gone");
    // A folder has no such page, nor has what is not there.
    for path in ["f", "absent", "f/absent", "..", "%2e%2e/x"] {
        assert_eq!(
            world.see("writer", &format!("/team/open/delete/main/{path}")).await.status,
            404,
            "{path}"
        );
        assert_eq!(delete("writer", &parent, path).await.status, 404, "{path}");
    }
    delete("writer", &parent, "marked.bin").await.led_to("/team/open/tree/main");
    let answer = delete("writer", &parent, "f/notes.txt").await;
    assert_eq!(answer.status, 412);
    assert!(answer.text.contains("This file is as it was."));
    let parent = value(&answer.text, "parent");
    edit(&world, "boss", &parent, "two\n").await.led_to("/team/open/blob/main/f/notes.txt");
    let answer = delete("writer", &parent, "f/notes.txt").await;
    assert_eq!(answer.status, 412);
    assert!(answer.text.contains("somebody has changed this file"));
    let parent = value(&answer.text, "parent");
    delete("stranger", &parent, "f/notes.txt").await.led_to("/team/open/discussions/1");
    delete("writer", &parent, "f/notes.txt").await.led_to("/team/open/tree/main");
    assert_eq!(world.paths("main").await, [".gitattributes", "binary*", "latin"]);
    assert_eq!(world.titles("main").await.0[0], "Delete f/notes.txt");
    assert_eq!(delete("writer", "", "latin").await.status, 400);
}
