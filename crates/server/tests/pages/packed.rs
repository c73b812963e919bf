//! What is sent packed, to whom, and what never is.

use std::io::Read;

use crate::publishing::model;
use crate::world::{Answer, World};

const GZIP: (&str, &str) = ("accept-encoding", "gzip, deflate, br");

fn unpacked(answer: &Answer) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(&answer.bytes[..]).read_to_string(&mut text).unwrap();
    text
}

#[tokio::test]
async fn strangers_get_texts_packed() {
    let world = World::new().await;
    for path in ["/acorn-lab/acorn-tiny", "/", "/models", "/feed.atom", "/api/commons/v1/openapi.json"] {
        let plain = world.ask("GET", path, &[], "").await;
        let packed = world.ask("GET", path, &[GZIP], "").await;
        assert_eq!((packed.status.as_u16(), packed.header("content-encoding")), (200, "gzip"), "{path}");
        assert_eq!(plain.header("content-encoding"), "", "{path}");
        assert_eq!(unpacked(&packed), plain.text, "{path}");
        assert!(packed.bytes.len() * 10 < plain.bytes.len() * 7, "{path}");
        assert_eq!(packed.header("content-type"), plain.header("content-type"));
        for answer in [&plain, &packed] {
            let vary: Vec<&str> =
                answer.headers.get_all("vary").iter().map(|v| v.to_str().unwrap()).collect();
            assert!(vary.contains(&"accept-encoding"), "{path}: {vary:?}");
        }
    }
    // A packed copy is known again.
    let packed = world.ask("GET", "/feed.atom", &[GZIP], "").await;
    let tag = packed.header("etag");
    assert!(tag.starts_with("W/"), "{tag}");
    let again = world.ask("GET", "/feed.atom", &[GZIP, ("if-none-match", tag)], "").await;
    assert_eq!((again.status.as_u16(), again.bytes.len()), (304, 0));
}

#[tokio::test]
async fn what_is_the_programs_own_is_packed_and_kept() {
    let world = World::new().await;
    let page = world.ask("GET", "/", &[], "").await.text;
    let (all, _) = crate::html::elements(&page);
    let own =
        all.iter().filter_map(|e| e.get("src").or(e.get("href"))).filter(|at| at.starts_with("/-/static/"));
    for path in own.map(|path| path.split('#').next().unwrap()) {
        let answer = world.ask("GET", path, &[GZIP, ("cookie", "scn=x")], "").await;
        assert!(answer.header("cache-control").ends_with("immutable"), "{path}");
        let tag = answer.header("etag");
        let again = world.ask("GET", path, &[GZIP, ("if-none-match", tag)], "").await;
        assert_eq!(again.status.as_u16(), 304, "{path} {tag}");
        if path.ends_with(".css") {
            assert_eq!(answer.header("content-encoding"), "gzip", "{path}");
            assert!(unpacked(&answer).contains('{'));
        }
    }
}

#[tokio::test]
async fn files_and_pages_of_members_are_not_packed() {
    let world = World::new().await;
    let text = "the same words again and again\n".repeat(500).into_bytes();
    world.publish(model("plain", &[("notes.txt", text.clone()), ("x.json", text.clone())])).await;
    for path in [
        "/ada/plain/resolve/main/notes.txt",
        "/ada/plain/resolve/main/x.json",
        "/ada/plain/raw/main/notes.txt",
    ] {
        let answer = world.ask("GET", path, &[GZIP], "").await;
        assert_eq!((answer.header("content-encoding"), answer.bytes == text), ("", true), "{path}");
    }
    let bearer = format!("Bearer {}", world.token);
    for known in [("authorization", bearer.as_str()), ("cookie", "scn=whatever")] {
        for path in ["/acorn-lab/acorn-tiny", "/search?q=acorn"] {
            let answer = world.ask("GET", path, &[GZIP, known], "").await;
            assert_eq!(answer.header("content-encoding"), "", "{path} with {known:?}");
        }
    }
    // The link of an invitation stands in its page.
    for path in ["/join?link=x", "/login?next=%2F"] {
        let answer = world.ask("GET", path, &[GZIP], "").await;
        assert_eq!(answer.header("content-encoding"), "", "{path}");
    }
    assert_eq!(world.ask("HEAD", "/models", &[GZIP], "").await.header("content-encoding"), "");
}
