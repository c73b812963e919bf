//! What crawlers and readers of feeds are told: what everybody may see, in documents that parse whatever members wrote.

use std::collections::BTreeSet;

use seedcorn_server::{Access, routes};

use crate::publishing::{Work, model};
use crate::world::World;
use crate::xml::{self, Node};

const BASE: &str = "http://hub.example";

async fn text(world: &World, path: &str) -> String {
    let answer = world.ask("GET", path, &[], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
    answer.text
}

/// Whether a pattern of robots.txt matches the beginning of a path (RFC 9309 §2.2.3).
fn matches(pattern: &str, path: &str) -> bool {
    let (pattern, whole) = pattern.strip_suffix('$').map_or((pattern, false), |pattern| (pattern, true));
    let mut pieces = pattern.split('*');
    let first = pieces.next().unwrap();
    let Some(mut rest) = path.strip_prefix(first) else { return false };
    let last = pieces.clone().next_back();
    for piece in pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    !whole || rest.is_empty() || last.is_some_and(|last| path.ends_with(last))
}

/// The longest rule decides, `Allow` among equals.
fn may_crawl(robots: &str, path: &str) -> bool {
    let rules = robots.lines().filter_map(|line| line.split_once(": "));
    let found = rules.filter(|(word, rule)| matches!(*word, "Allow" | "Disallow") && matches(rule, path));
    found.max_by_key(|(word, rule)| (rule.len(), *word == "Allow")).is_none_or(|(word, _)| word == "Allow")
}

#[tokio::test]
async fn crawlers_are_led_to_works_and_to_nothing_else() {
    let world = World::new().await;
    let robots = text(&world, "/robots.txt").await;
    assert!(robots.starts_with("User-agent: *\n"));
    assert!(robots.ends_with(&format!("\nSitemap: {BASE}/sitemap.xml\n")));
    for open in [
        "/",
        "/models",
        "/groups",
        "/acorn-lab",
        "/acorn-lab/acorn-tiny",
        "/newton/laws",
        "/search-lab",
        "/joiners/loginpage",
        "/a/settings-data",
        "/a/compare-llms",
        "/datasets/a/b",
        "/a/b/tree/main",
        "/a/b/tree/main/folder",
        "/datasets/a/b/blob/main/data.csv",
        "/a/b/commits/main",
        "/a/b/refs",
        "/feed.atom",
        "/a/b/feed.atom",
        "/users/a/feed.atom",
        "/sitemap.xml",
        "/sitemap/1.xml",
        "/api/commons/v1",
        "/-/static/0/seedcorn.css",
    ] {
        assert!(may_crawl(&robots, open), "{open}");
    }
    for shut in [
        "/a/b/resolve/main/x.bin",
        "/datasets/a/b/raw/main/x",
        "/api/models",
        "/api/commons/v1/search",
        "/search?q=a",
        "/search",
        "/models?tag=mit",
        "/login?next=%2F",
        "/a/b/blob/0123/x",
        "/a/b/tree/v1",
        "/a/b/tree/main?after=x",
        "/a/b/commit/0123",
        "/a/b/compare/main...x",
        "/a/b/card/v1",
        "/-/raw/x",
        "/new",
        "/join",
        "/a/b/settings",
    ] {
        assert!(!may_crawl(&robots, shut), "{shut}");
    }
    // Whatever changes something, is for programs, or for those who are signed in.
    for route in routes() {
        let inside = route.path.starts_with("/api/") && !route.path.starts_with("/api/commons/v1");
        let shut =
            route.method != "GET" || route.access == Access::SignedIn || route.access == Access::Sealed;
        let doors = [
            "/login",
            "/logout",
            "/",
            "/groups/{group}/members",
            "/new",
            "/join",
            "/{ns}",
            "/rounds",
            "/rounds/{round}",
            "/collections",
            "/collections/{ns}/{slug}",
        ];
        let door = doors.contains(&route.path.as_str())
            || route.path.starts_with("/groups/{group}/")
            || ["/refs", "/lineage"].iter().any(|end| route.path.ends_with(end));
        if (inside || shut) && !door {
            let path = route.path.replace(['{', '}'], "");
            assert!(!may_crawl(&robots, &path), "{route:?}");
        }
    }
}

/// The addresses that the sitemap tells.
async fn told(world: &World) -> BTreeSet<String> {
    let index = xml::read(&text(world, "/sitemap.xml").await);
    assert_eq!(index.name, "sitemapindex");
    assert_eq!(index.get("xmlns"), "http://www.sitemaps.org/schemas/sitemap/0.9");
    let mut all = BTreeSet::new();
    for part in index.all("sitemap") {
        let part = xml::read(&text(world, part.one("loc").strip_prefix(BASE).unwrap()).await);
        assert_eq!((part.name.as_str(), part.get("xmlns")), ("urlset", index.get("xmlns")));
        for url in part.all("url") {
            assert_moment(url.one("lastmod"));
            assert!(all.insert(url.one("loc").to_owned()), "told twice: {url:?}");
        }
    }
    all
}

/// RFC 3339, as Atom and sitemaps want it.
fn assert_moment(text: &str) {
    let shape: String = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
    assert_eq!(shape, "0000-00-00T00:00:00.000Z", "{text}");
}

#[tokio::test]
async fn the_sitemap_tells_public_works_and_groups() {
    let world = World::new().await;
    let all = told(&world).await;
    assert!(all.contains("http://hub.example/acorn-lab/acorn-tiny"), "{all:?}");
    assert!(all.contains("http://hub.example/acorn-lab"), "{all:?}");
    assert!(!all.iter().any(|address| address.contains("hidden")), "told of a hidden repo");
    for address in &all {
        text(&world, address.strip_prefix(BASE).unwrap()).await;
    }
    for none in ["/sitemap/0.xml", "/sitemap/99999.xml", "/sitemap/1", "/sitemap/-1.xml", "/sitemap/x.xml"] {
        assert_eq!(world.ask("GET", none, &[], "").await.status.as_u16(), 404, "{none}");
    }
}

/// Reads a feed; fails unless it is as RFC 4287 wants it.
async fn feed(world: &World, path: &str) -> Node {
    let answer = world.ask("GET", path, &[], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
    assert_eq!(answer.header("content-type"), "application/atom+xml; charset=utf-8");
    let feed = xml::read(&answer.text);
    assert_eq!((feed.name.as_str(), feed.get("xmlns")), ("feed", "http://www.w3.org/2005/Atom"));
    let link = |node: &Node, rel: &str| {
        let found: Vec<&Node> = node.all("link").filter(|link| link.get("rel") == rel).collect();
        assert_eq!(found.len(), 1, "{path}: {rel}");
        found[0].get("href").to_owned()
    };
    assert_eq!(link(&feed, "self"), format!("{BASE}{path}"));
    let mut ids = BTreeSet::new();
    for node in std::iter::once(&feed).chain(feed.all("entry")) {
        let id = node.one("id");
        let uuid = id.strip_prefix("urn:uuid:").unwrap();
        assert!(uuid.len() == 36 && uuid.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit()), "{id}");
        assert!(ids.insert(id.to_owned()), "{path}: {id} stands twice");
        assert!(!node.one("title").is_empty());
        assert_moment(node.one("updated"));
        assert!(link(node, "alternate").starts_with(BASE));
        let authors: Vec<&Node> = node.all("author").collect();
        assert!(authors.len() == 1 && !authors[0].one("name").is_empty());
    }
    let newest = feed.all("entry").map(|entry| entry.one("updated")).max();
    assert!(newest.is_none_or(|newest| newest == feed.one("updated")));
    feed
}

fn titles(feed: &Node) -> Vec<&str> {
    feed.all("entry").map(|entry| entry.one("title")).collect()
}

#[tokio::test]
async fn feeds_tell_what_is_new_and_public() {
    let world = World::new().await;
    world.publish(model("fresh", &[("README.md", b"# Fresh\n\nSeeds <b>of</b> & trees.\n".to_vec())])).await;
    let all = feed(&world, "/feed.atom").await;
    assert_eq!(titles(&all)[0], "ada/fresh");
    let first = all.all("entry").next().unwrap();
    assert!(first.one("summary").contains("Seeds of & trees."), "{first:?}");
    assert!(first.all("category").any(|tag| tag.get("term") == "model"));
    let models = feed(&world, "/models/feed.atom").await;
    assert!(titles(&models).contains(&"ada/fresh"));
    let datasets = feed(&world, "/datasets/feed.atom").await;
    assert!(!titles(&datasets).contains(&"ada/fresh") && !titles(&datasets).is_empty());
    feed(&world, "/spaces/feed.atom").await;
    let own = feed(&world, "/users/ada/feed.atom").await;
    assert_eq!(titles(&own), ["ada/fresh"]);
    assert_ne!(own.one("id"), all.one("id"));
    // The same work is the same entry wherever it stands, so that readers show it once.
    let id = |feed: &Node| feed.all("entry").next().unwrap().one("id").to_owned();
    assert_eq!(id(&own), id(&all));
    let commits = feed(&world, "/ada/fresh/feed.atom").await;
    assert_eq!(titles(&commits)[0], "Add files");

    // Who they are makes no difference, nor is a hidden repo told from a missing one.
    let bearer = format!("Bearer {}", world.token);
    for path in ["/feed.atom", "/models/feed.atom", "/users/ada/feed.atom", "/sitemap/1.xml"] {
        let mine = world.ask("GET", path, &[("authorization", &bearer)], "").await;
        assert!(mine.text == text(&world, path).await && !mine.text.contains("hidden"), "{path}");
    }
    for headers in [&[][..], &[("authorization", bearer.as_str())]] {
        let hidden = world.ask("GET", "/ada/hidden/feed.atom", headers, "").await;
        let missing = world.ask("GET", "/ada/nothing/feed.atom", headers, "").await;
        assert_eq!((hidden.status.as_u16(), missing.status.as_u16()), (404, 404));
        assert_eq!(hidden.text, missing.text);
    }
    world.set("models/ada/fresh", r#"{"private":true}"#).await;
    assert!(titles(&feed(&world, "/feed.atom").await).iter().all(|title| *title != "ada/fresh"));
    assert!(titles(&feed(&world, "/users/ada/feed.atom").await).is_empty());
    assert_eq!(world.ask("GET", "/ada/fresh/feed.atom", &[], "").await.status.as_u16(), 404);
}

#[tokio::test]
async fn feeds_hold_whatever_members_write() {
    let world = World::new().await;
    let hostile = "]]></title><script>alert(1)</script>&nbsp;\u{1}\u{b}\u{fffe}\"'\u{2028}x";
    let card = format!("---\ntags: [\"<x>&'\\\"\"]\n---\n# {hostile}\n");
    let files = [("README.md", card.into_bytes())];
    world.publish(Work { summary: hostile, ..model("hostile", &files) }).await;
    let commits = feed(&world, "/ada/hostile/feed.atom").await;
    assert!(
        titles(&commits)[0].contains("</title><script>alert(1)</script>&nbsp;"),
        "{:?}",
        titles(&commits)
    );
    let works = feed(&world, "/users/ada/feed.atom").await;
    let terms: Vec<&str> =
        works.children.iter().flat_map(|e| e.all("category")).map(|t| t.get("term")).collect();
    assert!(terms.contains(&"<x>&'\""), "{terms:?}");
    // What a gated card says is for those who were let in.
    assert!(works.all("entry").next().unwrap().all("summary").next().is_some());
    world.set("models/ada/hostile", r#"{"gated":"manual"}"#).await;
    let works = feed(&world, "/users/ada/feed.atom").await;
    assert_eq!(titles(&works), ["ada/hostile"]);
    assert!(works.all("entry").next().unwrap().all("summary").next().is_none());
}

#[tokio::test]
async fn who_has_a_feed_already_is_told_so() {
    let world = World::new().await;
    for path in ["/feed.atom", "/acorn-lab/acorn-tiny/feed.atom", "/sitemap/1.xml", "/robots.txt"] {
        let answer = world.ask("GET", path, &[], "").await;
        let (tag, date) = (answer.header("etag"), answer.header("last-modified"));
        assert!(answer.header("cache-control").starts_with("public"), "{path}");
        let again = world.ask("GET", path, &[("if-none-match", tag)], "").await;
        assert_eq!(
            (again.status.as_u16(), again.text.as_str(), again.header("etag")),
            (304, "", tag),
            "{path}"
        );
        let other =
            world.ask("GET", path, &[("if-none-match", "\"x\""), ("if-modified-since", date)], "").await;
        assert_eq!(other.status.as_u16(), 200, "{path}: the tag decides");
        let head = world.ask("HEAD", path, &[], "").await;
        assert_eq!((head.status.as_u16(), head.header("etag"), head.text.as_str()), (200, tag, ""));
        if path != "/robots.txt" {
            let again = world.ask("GET", path, &[("if-modified-since", date)], "").await;
            assert_eq!(again.status.as_u16(), 304, "{path} {date}");
            let old = "Fri, 02 Jan 1970 03:04:05 GMT";
            let again = world.ask("GET", path, &[("if-modified-since", old)], "").await;
            assert_eq!(again.status.as_u16(), 200, "{path}");
        }
    }
}

#[tokio::test]
async fn pages_name_their_feeds() {
    let world = World::new().await;
    for (page, address) in [
        ("/", "/feed.atom"),
        ("/datasets", "/datasets/feed.atom"),
        ("/acorn-lab", "/users/acorn-lab/feed.atom"),
        ("/acorn-lab/acorn-tiny/tree/main", "/acorn-lab/acorn-tiny/feed.atom"),
    ] {
        let html = text(&world, page).await;
        let (all, _) = crate::html::elements(&html);
        let feeds: Vec<_> = all.iter().filter(|e| e.get("type") == Some("application/atom+xml")).collect();
        assert!(
            feeds.iter().any(|e| e.get("href") == Some(address) && e.get("rel") == Some("alternate")),
            "{page}"
        );
    }
}
