//! Input that a database would not take is refused before it gets there.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::StatusCode;
use seedcorn_core::limits;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn a_search_is_no_longer_than_a_name() {
    let world = World::new().await;
    world.create("m").await;
    for (bytes, status) in
        [(limits::SEARCH_BYTES_MAX, 200), (limits::SEARCH_BYTES_MAX + 1, 400), (60_000, 400)]
    {
        let answer = world.look(&format!("/api/models?search={}", "x".repeat(bytes))).await;
        assert_eq!(answer.status.as_u16(), status, "{bytes}");
    }
    let author = world.look(&format!("/api/models?author={}", "x".repeat(60_000))).await;
    assert_eq!((author.status, author.json()), (StatusCode::OK, json!([])));
}

#[tokio::test]
async fn a_listing_goes_on_only_where_one_ended() {
    let world = World::new().await;
    world.create("m").await;
    for bad in
        ["", "5", "x y", "5 a\0b", "5 a b", &format!("5 {}", "a".repeat(1000)), "99999999999999999999 a"]
    {
        let cursor = BASE64_URL_SAFE_NO_PAD.encode(bad);
        let answer = world.look(&format!("/api/models?cursor={cursor}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{bad:?}");
    }
    assert_eq!(world.look("/api/models?cursor=%00").await.status, StatusCode::BAD_REQUEST);
}

/// SQLite takes a NUL without a word. The same is asked of a hub on Postgres, which does not, by the tests of the
/// clients.
#[tokio::test]
async fn names_with_a_nul_name_nothing() {
    let world = World::new().await;
    world.create("m").await;
    let sampled = json!({ "files": [{ "path": "a", "sample": "", "size": 1 }] });
    for (method, path, body, status) in [
        ("DELETE", "branch/%00", Value::Null, 404),
        ("DELETE", "tag/a%00b", Value::Null, 404),
        ("POST", "branch/a%00b", Value::Null, 400),
        ("POST", "preupload/%00", sampled.clone(), 404),
        ("POST", "preupload/refs%2Fheads%2F%00?create_pr=1", sampled, 404),
        ("POST", "commit/%00", json!({ "key": "header", "value": { "summary": "s" } }), 404),
        ("GET", "xet-write-token/%00", Value::Null, 404),
        ("GET", "tree/%00", Value::Null, 404),
    ] {
        let answer = world.ask(method, &format!("/api/models/ada/m/{path}"), body).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}: {}", answer.json());
    }
    let new = json!({ "name": "x", "organization": "a\0b" });
    assert_eq!(world.ask("POST", "/api/repos/create", new).await.status, StatusCode::FORBIDDEN);
}
