//! What the page of a commit says, and the history of a path.

use crate::world::{Step, World};

#[tokio::test]
async fn a_commit_says_what_it_changed() {
    let world = World::new().await;
    world.repo("work", false).await;
    let first = [
        Step::Put("notes.txt", b"one\nthe old word stands here\nthree\n"),
        Step::Put("old/name.txt", b"moves as it is\n"),
        Step::Put("blob.dat", b"\0\x01\x02"),
        Step::Put("gone.txt", b"soon gone\n"),
    ];
    let first = world.commit("work", "main", "Begin", &first).await;
    let second = [
        Step::Put("notes.txt", b"one\nthe new word stands here\nthree\n"),
        Step::Delete("old/name.txt"),
        Step::Put("new/name.txt", b"moves as it is\n"),
        Step::Put("blob.dat", b"\0\x01\x02\x03\x04"),
        Step::Delete("gone.txt"),
        Step::Put("fresh.txt", b"quite new\n"),
    ];
    let second = world.commit("work", "main", "Go on\n\nWith a reason.", &second).await;

    let page = world.read(&format!("/ada/work/commit/{second}")).await;
    let words = page.words();
    for told in [
        "Go on",
        "With a reason.",
        "5 files: 1 added, 1 removed, 2 changed, 1 renamed.",
        "Renamed old/name.txt → new/name.txt",
        "The content is the same.",
        "3 B → 5 B",
        "It is not text.",
        "1 line added, 1 removed",
        "Lines 1 to 3",
        "removed: soon gone",
        "added: quite new",
        &second,
    ] {
        assert!(words.contains(told), "the page does not say {told}: {words}");
    }
    assert!(page.texts("dd").contains(&"ada"), "no author");
    assert_eq!((page.texts("del"), page.texts("ins")), (vec!["old"], vec!["new"]));
    assert_eq!(page.link(&first[..7]), Some(&*format!("/ada/work/commit/{first}")));
    assert_eq!(page.link("Browse files here"), Some(&*format!("/ada/work/tree/{second}")));
    assert_eq!(page.link("fresh.txt"), Some(&*format!("/ada/work/blob/{second}/fresh.txt")));
    // What is gone is shown as it was.
    assert_eq!(page.link("gone.txt"), Some(&*format!("/ada/work/blob/{first}/gone.txt")));

    let alone = world.read(&format!("/ada/work/commit/{second}?path=notes.txt")).await;
    assert!(alone.words().contains("the new word") && !alone.words().contains("quite new"));
    let (status, ..) = world.ask(&format!("/ada/work/commit/{second}?path=nowhere"), true).await;
    assert_eq!(status.as_u16(), 404);
    // Short ids and names lead there too, and the first commit adds everything.
    let begin = world.read(&format!("/ada/work/commit/{}", &first[..8])).await;
    assert!(begin.words().contains("added: soon gone"), "{}", begin.words());
    assert!(world.read("/ada/work/commit/main").await.words().contains(&second));
}

#[tokio::test]
async fn a_path_has_a_history() {
    let world = World::new().await;
    world.repo("work", false).await;
    let mut made = Vec::new();
    for n in 0..4 {
        let text = format!("{n}\n");
        let path = if n % 2 == 0 { "folder/even.txt" } else { "odd.txt" };
        let title = format!("Step {n}");
        made.push(world.commit("work", "main", &title, &[Step::Put(path, text.as_bytes())]).await);
    }
    world.commit("work", "main", "Drop it", &[Step::Delete("odd.txt")]).await;
    let titles = async |path: &str| {
        let page = world.read(path).await;
        let rows = page.elements.iter().filter(|e| e.name == "th" && e.get("scope") == Some("row"));
        rows.map(|row| row.text.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles("/ada/work/commits/main/folder").await, ["Step 2", "Step 0"]);
    assert_eq!(titles("/ada/work/commits/main/folder/even.txt").await, ["Step 2", "Step 0"]);
    // What is gone has one still.
    assert_eq!(titles("/ada/work/commits/main/odd.txt").await, ["Drop it", "Step 3", "Step 1"]);
    assert_eq!(titles(&format!("/ada/work/commits/{}/odd.txt", made[1])).await, ["Step 1"]);
    let from = format!("/ada/work/commits/main/odd.txt?after={}", made[2]);
    assert_eq!(titles(&from).await, ["Step 1"]);
    for (path, status) in [
        ("/ada/work/commits/main/never.txt", 404),
        ("/ada/work/commits/main/odd.txt/below", 404),
        ("/ada/work/commits/main/odd.txt?after=nonsense", 400),
        ("/ada/work/commits/nowhere/odd.txt", 404),
    ] {
        assert_eq!(world.ask(path, true).await.0.as_u16(), status, "{path}");
    }
    let history = world.read("/ada/work/commits/main").await;
    assert_eq!(history.link("Step 3"), Some(&*format!("/ada/work/commit/{}", made[3])));
    for page in ["/ada/work/blob/main/folder/even.txt", "/ada/work/tree/main/folder"] {
        let leads = page.replace("/blob/", "/commits/").replace("/tree/", "/commits/");
        let page = world.read(page).await;
        let links: Vec<_> = page.elements.iter().filter(|e| e.get("href") == Some(&*leads)).collect();
        assert_eq!(links.len(), 1, "no link to {leads}");
    }
}

#[tokio::test]
async fn the_history_of_a_path_goes_on_in_pages() {
    let world = World::new().await;
    world.repo("work", false).await;
    for n in 0..55 {
        let text = format!("{n}\n");
        world.commit("work", "main", &format!("Step {n}"), &[Step::Put("a.txt", text.as_bytes())]).await;
    }
    let page = world.read("/ada/work/commits/main/a.txt").await;
    let next = page.link("Older").unwrap().to_owned();
    assert!(page.words().contains("Step 54") && !page.words().contains("Step 4\n"));
    let rest = world.read(&next).await;
    let rows = rest.elements.iter().filter(|e| e.name == "th" && e.get("scope") == Some("row"));
    let rows: Vec<_> = rows.map(|row| row.text.trim()).collect();
    assert_eq!(rows, ["Step 4", "Step 3", "Step 2", "Step 1", "Step 0"]);
}
