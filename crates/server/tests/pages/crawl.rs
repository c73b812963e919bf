//! Every page that can be reached from the home page.

use std::collections::{BTreeSet, VecDeque};

use crate::html::assert_plain;
use crate::world::World;

/// Follows every link of this hub as a browser does, which may be signed in; returns the pages and files found.
async fn crawl(world: &World, token: Option<&str>) -> BTreeSet<String> {
    let cookie = match token {
        Some(token) => {
            let answer = world.send("/login", "", &format!("token={token}")).await;
            Some(answer.header("set-cookie").split(';').next().unwrap().to_owned())
        }
        None => None,
    };
    let headers: Vec<(&str, &str)> = cookie.iter().map(|value| ("cookie", value.as_str())).collect();
    let (mut seen, mut left) = (BTreeSet::new(), VecDeque::from(["/".to_owned()]));
    while let Some(path) = left.pop_front() {
        let path = path.split('#').next().unwrap().to_owned();
        // The sign-in page is the same from wherever one comes.
        let path = if path.starts_with("/login?") { "/login".to_owned() } else { path };
        // Any tags can be asked for together: more than there is time to ask.
        if path.matches("tag=").count() > 1 || path.contains("tag=") && !path.contains("sort=updated") {
            continue;
        }
        if path.is_empty() || !path.starts_with('/') || !seen.insert(path.clone()) {
            continue;
        }
        let method = if path.contains("/resolve/") { "HEAD" } else { "GET" };
        let answer = world.ask(method, &path, &headers, "").await;
        // A card may name a model that is not here.
        let elsewhere = answer.status == 404 && path.matches('/').count() == 2;
        assert!(answer.status == 200 || answer.status == 303 || elsewhere, "{path}: {}", answer.status);
        if answer.status != 200 || !answer.header("content-type").starts_with("text/html") {
            continue;
        }
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.text.len() < 150_000, "{path} has {} bytes", answer.text.len());
        for element in assert_plain(&path, &answer.text) {
            let loads = ["src", "href"].into_iter().filter_map(|name| element.get(name));
            for address in loads.map(str::to_owned) {
                // The address of the page itself, which is whole by nature.
                let address = match element.get("rel") {
                    Some("canonical") => address.strip_prefix("http://hub.example").unwrap().to_owned(),
                    _ => address,
                };
                let foreign = address.contains("://") || address.starts_with("//");
                assert!(!foreign || element.name == "a", "{path} loads {address}");
                left.push_back(address);
            }
        }
    }
    seen
}

#[tokio::test]
async fn every_link_leads_somewhere() {
    let world = World::new().await;
    let open = crawl(&world, None).await;
    assert!(open.len() > 60, "{open:?}");
    assert!(!open.iter().any(|path| path.contains("hidden")), "told of a hidden repo");
    let own = crawl(&world, Some(&world.token)).await;
    for path in [
        "/ada",
        "/ada/hidden",
        "/ada/hidden/tree/main",
        "/ada/hidden/tree/main/folder",
        "/ada/hidden/blob/main/folder/%3Cb%3E%26%22.py",
        "/ada/hidden/commits/main",
        "/ada/hidden/refs",
        "/ada/hidden/upload/main",
        "/ada/hidden/upload/main/folder",
        "/ada/hidden/new/main/folder",
        "/ada/hidden/edit/main/notes.txt",
        "/ada/hidden/edit/main/folder/%3Cb%3E%26%22.py",
        "/ada/hidden/delete/main/folder/%3Cb%3E%26%22.py",
        "/ada/hidden/edit-card/main",
        "/settings/tokens",
    ] {
        assert!(own.contains(path), "{path} was not found");
    }
    // The card's picture comes from a sealed address, which needs nothing else.
    let picture = own.iter().find(|path| path.starts_with("/-/raw/")).unwrap();
    let answer = world.ask("GET", picture, &[], "").await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, "private, no-store"));
}

#[tokio::test]
async fn what_members_wrote_is_text() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.token);
    let headers = [("authorization", bearer.as_str())];
    for (path, written) in [
        ("/ada/hidden/blob/main/notes.txt", "&lt;script&gt;"),
        ("/ada/hidden/commits/main", "&lt;i&gt;One"),
        ("/ada/hidden/tree/main/folder", "&lt;b&gt;"),
        ("/search?q=%3Cscript%3E", "&lt;script&gt;"),
    ] {
        let text =
            world.ask("GET", path, &headers, "").await.text.replace("&#60;", "&lt;").replace("&#62;", "&gt;");
        assert!(text.contains(written), "{path} does not show {written}");
    }
}

#[tokio::test]
async fn hidden_and_missing_look_alike() {
    let world = World::new().await;
    let mut pages = Vec::new();
    for path in ["/ada/hidden", "/ada/nothing", "/ada/hidden/tree/main", "/ada/nothing/tree/main"] {
        let answer = world.ask("GET", path, &[], "").await;
        assert_eq!(answer.status.as_u16(), 404, "{path}");
        assert_plain(path, &answer.text);
        let text = answer.text.replace("hidden", "X").replace("nothing", "X");
        pages.push(text);
    }
    assert_eq!((&pages[0], &pages[2]), (&pages[1], &pages[3]));
    // Clients ask for these and must not get a page.
    for path in ["/kernels/ada/k/resolve/main/x", "/oauth/register"] {
        let answer = world.ask("POST", path, &[], "").await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("content-type")),
            (501, "application/json"),
            "{path}"
        );
    }
    assert_eq!(world.ask("GET", "/oauth/register", &[], "").await.status.as_u16(), 501);
}
