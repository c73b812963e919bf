//! Branches and tags that must not be.

use http::StatusCode;
use serde_json::{Value, json};

use crate::world::World;

#[tokio::test]
async fn nothing_is_named_like_a_commit_id() {
    let world = World::new().await;
    world.create("m").await;
    let first = world.commit("m", &[("a.txt", "one")]).await;
    world.commit("m", &[("a.txt", "two")]).await;
    for name in [first.clone(), first.to_uppercase(), "0".repeat(40)] {
        let made = world.ask("POST", &format!("/api/models/ada/m/branch/{name}"), Value::Null).await;
        assert_eq!(made.status, StatusCode::BAD_REQUEST, "{name}");
        let made = world.ask("POST", "/api/models/ada/m/tag/main", json!({ "tag": name })).await;
        assert_eq!(made.status, StatusCode::BAD_REQUEST, "{name}");
    }
    // Short ids are names like any other; people pin the whole.
    let made = world.ask("POST", &format!("/api/models/ada/m/branch/{}", &first[..7]), Value::Null).await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(world.look(&format!("/ada/m/resolve/{first}/a.txt")).await.bytes, b"one");
}

/// Such a name would be taken and then never lead to what it names.
#[tokio::test]
async fn nothing_is_named_like_a_whole_ref_or_the_head() {
    let world = World::new().await;
    world.create("m").await;
    for (name, words) in [
        ("HEAD", "always means the main branch"),
        ("refs/heads/x", "does not begin with \"refs/\""),
        ("refs/tags/x", "does not begin with \"refs/\""),
        ("refs/pr/9", "does not begin with \"refs/\""),
    ] {
        let branch = format!("/api/models/ada/m/branch/{}", name.replace('/', "%2F"));
        for made in [
            world.ask("POST", &branch, Value::Null).await,
            world.ask("POST", "/api/models/ada/m/tag/main", json!({ "tag": name })).await,
        ] {
            assert_eq!(made.status, StatusCode::BAD_REQUEST, "{name}");
            let told = made.json()["error"].as_str().unwrap().to_owned();
            assert!(told.contains(words), "{name}: {told}");
        }
    }
    // A commit makes no branch, whatever it is called.
    for name in ["HEAD", "refs%2Fheads%2Fx", "refs%2Fpr%2F9", "refs%2Ftags%2Fx"] {
        for query in ["", "?create_pr=1"] {
            let line = json!({ "key": "header", "value": { "summary": "s" } });
            let path = format!("/api/models/ada/m/commit/{name}{query}");
            assert_eq!(world.ask("POST", &path, line).await.status, StatusCode::NOT_FOUND, "{path}");
        }
    }
    let refs = world.look("/api/models/ada/m/refs").await.json();
    assert_eq!((refs["branches"].as_array().unwrap().len(), refs["tags"].as_array().unwrap().len()), (1, 0));
}

#[tokio::test]
async fn digits_lead_to_nothing_that_was_taken_out_of_the_history() {
    let world = World::new().await;
    world.create("m").await;
    let first = world.commit("m", &[("a.txt", "a secret")]).await;
    let second = world.commit("m", &[("a.txt", "none")]).await;
    let read = async |revision: &str| world.look(&format!("/ada/m/resolve/{revision}/a.txt")).await;
    for digits in [&first[..5], &first[..7], &first[..39], &first] {
        assert_eq!(read(digits).await.bytes, b"a secret", "{digits}");
    }
    let tag = json!({ "tag": "kept" });
    assert_eq!(world.ask("POST", &format!("/api/models/ada/m/tag/{first}"), tag).await.status, 200);
    let squash = world.ask("POST", "/api/models/ada/m/super-squash/main", json!({ "message": "one" })).await;
    assert_eq!(squash.status, StatusCode::OK);
    assert_eq!(read(&first[..7]).await.bytes, b"a secret", "the tag reaches it");
    assert_eq!(read(&second[..7]).await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.ask("DELETE", "/api/models/ada/m/tag/kept", Value::Null).await.status, 200);
    for digits in [&first[..5], &first[..39]] {
        assert_eq!(read(digits).await.status, StatusCode::NOT_FOUND, "{digits}");
    }
    assert_eq!(read(&first).await.bytes, b"a secret", "whoever pins a commit gets it");
    let head = world.look("/api/models/ada/m").await.json()["sha"].as_str().unwrap().to_owned();
    assert_eq!(read(&head[..7]).await.bytes, b"none");
}

#[tokio::test]
async fn no_branch_lies_below_another() {
    let world = World::new().await;
    world.create("m").await;
    for (name, status, words) in [
        ("a%2Fb", 200, ""),
        ("a", 409, "Reference refs/heads/a cannot stand beside refs/heads/a/b"),
        ("a%2Fb%2Fc", 409, "Reference refs/heads/a/b/c cannot stand beside refs/heads/a/b"),
        ("a%2Fb", 409, "Reference refs/heads/a/b already exists"),
        ("main%2Fx", 409, "Reference refs/heads/main/x cannot stand beside refs/heads/main"),
        ("a%2Fc", 200, ""),
        ("a-", 200, ""),
    ] {
        let made = world.ask("POST", &format!("/api/models/ada/m/branch/{name}"), Value::Null).await;
        assert_eq!(made.status.as_u16(), status, "{name}");
        assert_eq!(made.json()["error"].as_str().unwrap_or_default(), words);
    }
}
