//! Parts of files, and files asked for under conditions.

use axum::body::Body;
use http::{HeaderName, HeaderValue, StatusCode, header};

use crate::world::{Answer, World, request};

const FILE: &str = "/ada/m/resolve/main/a.txt";
const TEXT: &str = "0123456789";

async fn world() -> World {
    let world = World::new().await;
    world.create("m").await;
    world.commit("m", &[("a.txt", TEXT)]).await;
    world
}

async fn ask(world: &World, method: &str, path: &str, headers: &[(HeaderName, &str)]) -> Answer {
    let mut asked = request(method, path, None, Body::empty());
    for (name, value) in headers {
        asked.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    world.send(asked).await
}

#[tokio::test]
async fn what_is_no_range_of_bytes_is_ignored() {
    let world = world().await;
    for path in [FILE, "/ada/m/raw/main/a.txt"] {
        for range in ["items=0-1", "abc", "bytes=5-3", "bytes=0-1,4-5", "bytes=", "bytes=-", "bytes=+1-2", ""]
        {
            let answer = ask(&world, "GET", path, &[(header::RANGE, range)]).await;
            assert_eq!(
                (answer.status, answer.bytes.as_slice()),
                (StatusCode::OK, TEXT.as_bytes()),
                "{range}"
            );
            assert!(!answer.headers.contains_key("content-range"), "{range}");
        }
        let two = [(header::RANGE, "bytes=0-1"), (header::RANGE, "bytes=4-5")];
        assert_eq!(ask(&world, "GET", path, &two).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_range_is_answered_or_lies_outside() {
    let world = world().await;
    for (range, told, part) in [
        ("bytes=0-", "bytes 0-9/10", "0123456789"),
        ("bytes=2-4", "bytes 2-4/10", "234"),
        ("bytes=8-99999999999999999999", "bytes 8-9/10", "89"),
        ("bytes=-3", "bytes 7-9/10", "789"),
    ] {
        let answer = ask(&world, "GET", FILE, &[(header::RANGE, range)]).await;
        assert_eq!((answer.status.as_u16(), answer.bytes.as_slice()), (206, part.as_bytes()), "{range}");
        assert_eq!(answer.headers["content-range"], told, "{range}");
        // To HEAD a range means nothing.
        let answer = ask(&world, "HEAD", FILE, &[(header::RANGE, range)]).await;
        assert_eq!(
            (answer.status.as_u16(), &answer.headers["content-length"]),
            (200, &"10".parse().unwrap())
        );
    }
    for range in ["bytes=10-", "bytes=18446744073709551615-", "bytes=99999999999999999999-", "bytes=-0"] {
        let answer = ask(&world, "GET", FILE, &[(header::RANGE, range)]).await;
        assert_eq!(answer.status, StatusCode::RANGE_NOT_SATISFIABLE, "{range}");
        assert_eq!(answer.headers["content-range"], "bytes */10", "{range}");
    }
}

#[tokio::test]
async fn conditions_are_about_the_version_that_is_here() {
    let world = world().await;
    let here = ask(&world, "HEAD", FILE, &[]).await;
    let tag = here.headers["etag"].to_str().unwrap().to_owned();
    let weak = format!("W/{tag}");
    let both = format!("\"x\", {tag}");
    for method in ["GET", "HEAD"] {
        for (name, value, status) in [
            (header::IF_MATCH, "\"x\"", 412),
            (header::IF_MATCH, weak.as_str(), 412),
            (header::IF_MATCH, tag.as_str(), 200),
            (header::IF_MATCH, both.as_str(), 200),
            (header::IF_MATCH, "*", 200),
            (header::IF_NONE_MATCH, "\"x\"", 200),
            (header::IF_NONE_MATCH, tag.as_str(), 304),
            (header::IF_NONE_MATCH, weak.as_str(), 304),
            (header::IF_NONE_MATCH, "*", 304),
        ] {
            let answer = ask(&world, method, FILE, &[(name.clone(), value)]).await;
            assert_eq!(answer.status.as_u16(), status, "{method} {name}: {value}");
            assert_eq!(answer.headers["etag"], tag, "{method} {name}: {value}");
            assert_eq!(answer.headers["x-repo-commit"], here.headers["x-repo-commit"]);
        }
    }
    for (value, status) in
        [(tag.as_str(), 206), (weak.as_str(), 200), ("\"x\"", 200), ("Wed, 21 Oct 2015 07:28:00 GMT", 200)]
    {
        let headers = [(header::RANGE, "bytes=2-4"), (header::IF_RANGE, value)];
        assert_eq!(ask(&world, "GET", FILE, &headers).await.status.as_u16(), status, "{value}");
    }
    let outside = [(header::RANGE, "bytes=99-"), (header::IF_RANGE, "\"x\"")];
    assert_eq!(ask(&world, "GET", FILE, &outside).await.status, StatusCode::OK);
}
