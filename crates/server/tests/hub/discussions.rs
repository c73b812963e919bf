//! Discussions and pull requests by the API: who may what, what is told to whom, and merging.

use axum::body::Body;
use http::StatusCode;
use serde_json::{Value, json};

use crate::world::{World, request};

const ROOT: &str = "/api/models/ada/m/discussions";

/// Fails unless it was done.
async fn does(world: &World, token: &str, path: &str, body: Value) -> Value {
    let answer = world.ask_as(token, "POST", &format!("{ROOT}{path}"), body).await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.json());
    answer.json()
}

/// Fails unless it is refused with this status; tells why.
async fn is_refused(world: &World, token: &str, path: &str, body: Value, status: u16) -> String {
    let answer = world.ask_as(token, "POST", &format!("{ROOT}{path}"), body).await;
    assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.json());
    answer.json()["error"].as_str().unwrap_or_default().to_owned()
}

async fn discussed() -> World {
    let world = World::new().await;
    world.create("m").await;
    world
}

async fn details(world: &World, number: i64) -> Value {
    world.look(&format!("{ROOT}/{number}?diff=1")).await.json()
}

fn kinds(details: &Value) -> Vec<&str> {
    details["events"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect()
}

/// Commits files, or deletes those without a text, to a revision; with `?create_pr=1` to a new pull request.
async fn commit(world: &World, token: &str, to: &str, files: &[(&str, Option<&str>)]) -> Value {
    let mut lines = json!({ "key": "header", "value": { "summary": "Change\nit" } }).to_string();
    for (path, text) in files {
        let line = match text {
            Some(text) => {
                json!({ "key": "file", "value": { "path": path, "content": text, "encoding": "utf-8" } })
            }
            None => json!({ "key": "deletedFile", "value": { "path": path } }),
        };
        lines.push_str(&format!("\n{line}"));
    }
    let path = format!("/api/models/ada/m/commit/{to}");
    let answer = world.send(request("POST", &path, Some(token), Body::from(lines))).await;
    assert_eq!(answer.status, StatusCode::OK, "{to}: {}", answer.json());
    answer.json()
}

async fn text_of(world: &World, revision: &str, path: &str) -> (u16, String) {
    let answer = world.look(&format!("/ada/m/resolve/{revision}/{path}")).await;
    (answer.status.as_u16(), String::from_utf8_lossy(&answer.bytes).into_owned())
}

#[tokio::test]
async fn a_discussion_from_its_opening_to_its_end() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    let made = does(&world, bob, "", json!({ "title": "Why?", "description": "See <b>@ada</b>." })).await;
    assert_eq!((made["num"].as_i64(), made["pullRequest"].as_bool()), (Some(1), Some(false)));
    let told = details(&world, 1).await;
    assert_eq!(
        (&told["title"], &told["status"], &told["author"]["name"]),
        (&json!("Why?"), &json!("open"), &json!("bob"))
    );
    assert!(told.get("changes").is_none() && told.get("diff").is_none());
    let first = &told["events"][0]["data"];
    assert_eq!((&first["latest"]["raw"], &first["edited"]), (&json!("See <b>@ada</b>."), &json!(false)));
    assert!(first["latest"]["html"].as_str().unwrap().contains("<a href=\"/ada\">@ada</a>"), "{first}");

    let said = does(&world, ada, "/1/comment", json!({ "comment": "Because." })).await;
    let id = said["newMessage"]["id"].as_str().unwrap().to_owned();
    let edited =
        does(&world, ada, &format!("/1/comment/{id}/edit"), json!({ "content": "**Because**" })).await;
    let edited = &edited["updatedComment"]["data"];
    assert_eq!((&edited["edited"], &edited["history"][0]["raw"]), (&json!(true), &json!("Because.")));
    let why = is_refused(&world, bob, &format!("/1/comment/{id}/edit"), json!({ "content": "x" }), 403).await;
    assert!(why.contains("who wrote it"), "{why}");
    let titled = does(&world, bob, "/1/title", json!({ "title": "Why not?" })).await;
    assert_eq!(titled["newTitle"]["data"], json!({ "from": "Why?", "to": "Why not?" }));
    let closed = does(&world, ada, "/1/status", json!({ "status": "closed", "comment": "Done." })).await;
    assert_eq!(closed["newStatus"]["data"]["status"], "closed");
    is_refused(&world, ada, "/1/status", json!({ "status": "closed" }), 409).await;
    is_refused(&world, ada, "/1/status", json!({ "status": "draft" }), 409).await;
    for bad in ["merged", "published", ""] {
        is_refused(&world, ada, "/1/status", json!({ "status": bad }), 400).await;
    }
    let told = details(&world, 1).await;
    assert_eq!(kinds(&told), ["comment", "comment", "title-change", "comment", "status-change"]);
    for (query, count) in [
        ("status=open", 0),
        ("status=closed", 1),
        ("type=pull_request", 0),
        ("author=BOB", 1),
        ("author=nobody", 0),
    ] {
        let list = world.look(&format!("{ROOT}?{query}")).await.json();
        assert_eq!(list["count"], count, "{query}");
    }
    assert_eq!(world.look(&format!("{ROOT}?status=some")).await.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.look(&format!("{ROOT}/2")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn texts_have_limits() {
    let world = discussed().await;
    let bob = world.bob.as_str();
    for (title, status) in [("", 400), (" ", 400), ("two\nlines", 400)] {
        is_refused(&world, bob, "", json!({ "title": title }), status).await;
    }
    is_refused(&world, bob, "", json!({ "title": "é".repeat(151) }), 400).await;
    is_refused(&world, bob, "", json!({ "title": "t", "description": "x".repeat(65_537) }), 413).await;
    is_refused(&world, bob, "", json!({ "title": "t", "description": "\u{0}" }), 400).await;
    does(&world, bob, "", json!({ "title": "é".repeat(150), "description": "x".repeat(65_536) })).await;
    is_refused(&world, bob, "/1/comment", json!({ "comment": " \n" }), 400).await;
    is_refused(&world, bob, "/9/comment", json!({ "comment": "x" }), 404).await;
    let line = json!({ "path": "a", "side": "new", "line": 1, "commit": "0".repeat(40) });
    let why = is_refused(&world, bob, "/1/comment", json!({ "comment": "x", "line": line }), 400).await;
    assert!(why.contains("pull request"), "{why}");
    // All of it has an end as well: earlier versions count.
    for n in 0..64 {
        let answer = world
            .ask_as(bob, "POST", &format!("{ROOT}/1/comment"), json!({ "comment": "y".repeat(65_536) }))
            .await;
        if answer.status != StatusCode::OK {
            assert_eq!((n, answer.status), (63, StatusCode::PAYLOAD_TOO_LARGE), "{}", answer.json());
            return;
        }
    }
    panic!("a discussion has no end");
}

#[tokio::test]
async fn what_is_hidden_is_told_to_those_who_may_show_it_again() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    does(&world, bob, "", json!({ "title": "t", "description": "a secret" })).await;
    let id = details(&world, 1).await["events"][0]["id"].as_str().unwrap().to_owned();
    let at = |deed: &str| format!("/1/comment/{id}/{deed}");
    does(&world, bob, &at("edit"), json!({ "content": "another secret" })).await;
    does(&world, ada, &at("hide"), Value::Null).await;
    let told = details(&world, 1).await.to_string();
    assert!(!told.contains("secret") && told.contains("\"hidden\":true"), "{told}");
    let page = world.look("/ada/m/discussions/1").await;
    assert!(!String::from_utf8_lossy(&page.bytes).contains("secret"));
    // What its owner hid, its author does not show again; but they may hide what is theirs.
    is_refused(&world, bob, &at("hide"), json!({ "hidden": false }), 403).await;
    does(&world, ada, &at("hide"), json!({ "hidden": false })).await;
    assert!(details(&world, 1).await.to_string().contains("a secret"));
    does(&world, bob, &at("hide"), Value::Null).await;
    does(&world, bob, &at("hide"), json!({ "hidden": false })).await;
    // Hidden once more, it stays hidden by whom it was.
    does(&world, ada, &at("hide"), Value::Null).await;
    does(&world, bob, &at("hide"), Value::Null).await;
    is_refused(&world, bob, &at("hide"), json!({ "hidden": false }), 403).await;
    does(&world, ada, &at("hide"), json!({ "hidden": false })).await;
    let own = does(&world, ada, "/1/comment", json!({ "comment": "mine" })).await;
    let own = own["newMessage"]["id"].as_str().unwrap();
    is_refused(&world, bob, &format!("/1/comment/{own}/hide"), Value::Null, 403).await;
    // The signs that it has.
    does(&world, ada, &at("reaction"), json!({ "reaction": "👍" })).await;
    does(&world, bob, &at("reaction"), json!({ "reaction": "👍" })).await;
    assert_eq!(
        details(&world, 1).await["events"][0]["data"]["reactions"],
        json!([{ "reaction": "👍", "count": 2 }])
    );
    let path = format!("{ROOT}{}", at("reaction"));
    assert_eq!(world.ask_as(bob, "DELETE", &path, json!({ "reaction": "👍" })).await.status, StatusCode::OK);
    assert_eq!(details(&world, 1).await["events"][0]["data"]["reactions"][0]["count"], 1);
    is_refused(&world, bob, &at("reaction"), json!({ "reaction": "<b>" }), 400).await;
}

#[tokio::test]
async fn locked_discussions_and_blocked_members() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    does(&world, bob, "", json!({ "title": "t" })).await;
    is_refused(&world, bob, "/1/lock", json!({ "locked": true }), 403).await;
    does(&world, ada, "/1/lock", json!({ "locked": true })).await;
    is_refused(&world, ada, "/1/lock", json!({ "locked": true }), 409).await;
    for (path, body) in [
        ("/1/comment", json!({ "comment": "x" })),
        ("/1/title", json!({ "title": "x" })),
        ("/1/status", json!({ "status": "closed" })),
    ] {
        let why = is_refused(&world, bob, path, body, 403).await;
        assert!(why.contains("locked"), "{path}: {why}");
    }
    does(&world, ada, "/1/comment", json!({ "comment": "Enough." })).await;
    does(&world, ada, "/1/lock", json!({ "locked": false })).await;
    does(&world, bob, "/1/comment", json!({ "comment": "More." })).await;

    let block = |name: &str| {
        let body = Body::from(format!("name={name}"));
        world.send(request("POST", "/-/blocked/ada", Some(ada), body))
    };
    assert_eq!(block("bob").await.status, StatusCode::SEE_OTHER);
    assert_eq!(block("ada").await.status, StatusCode::OK, "nobody blocks themselves");
    for (path, body) in [("/1/comment", json!({ "comment": "x" })), ("", json!({ "title": "x" }))] {
        let why = is_refused(&world, bob, path, body, 403).await;
        assert!(why.contains("does not let you"), "{path}: {why}");
    }
    let line = json!({ "key": "header", "value": { "summary": "s" } }).to_string();
    let propose = request("POST", "/api/models/ada/m/commit/main?create_pr=1", Some(bob), Body::from(line));
    assert_eq!(world.send(propose).await.status, StatusCode::FORBIDDEN);
    let lift = request("POST", "/-/blocked/ada/remove", Some(ada), Body::from("name=bob"));
    assert_eq!(world.send(lift).await.status, StatusCode::SEE_OTHER);
    does(&world, bob, "/1/comment", json!({ "comment": "Back." })).await;
    let strange = request("GET", "/-/blocked/ada", Some(bob), Body::empty());
    assert_eq!(world.send(strange).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn who_is_told() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    let told = async |token: &str| world.ask_as(token, "GET", "/api/notifications", Value::Null).await.json();
    does(&world, bob, "", json!({ "title": "Hello", "description": "x" })).await;
    let inbox = told(ada).await;
    assert_eq!(
        (&inbox["unread"], &inbox["notifications"][0]["reason"]),
        (&json!(1), &json!("watch")),
        "{inbox}"
    );
    assert_eq!(told(bob).await["unread"], 0, "nobody is told of their own deeds");
    does(&world, ada, "/1/comment", json!({ "comment": "Thanks, @bob, `@ada`" })).await;
    let inbox = told(bob).await;
    assert_eq!(
        (&inbox["unread"], &inbox["notifications"][0]["reason"]),
        (&json!(1), &json!("mention")),
        "{inbox}"
    );
    // Whoever looks at it has seen it.
    let page = request("GET", "/ada/m/discussions/1", Some(bob), Body::empty());
    assert_eq!(world.send(page).await.status, StatusCode::OK);
    let inbox = told(bob).await;
    assert_eq!((&inbox["unread"], &inbox["notifications"][0]["read"]), (&json!(0), &json!(true)));
    let up_to = told(ada).await["notifications"][0]["id"].clone();
    let read = world.ask_as(ada, "POST", "/api/notifications/read", json!({ "up_to": up_to })).await;
    assert_eq!((read.status, &told(ada).await["unread"]), (StatusCode::OK, &json!(0)));
    // Whoever wants to hear no more of it is told only when they are called.
    let watch = request("POST", "/ada/m/discussions/1/watch", Some(bob), Body::from("wanted=no"));
    assert_eq!(world.send(watch).await.status, StatusCode::SEE_OTHER);
    does(&world, ada, "/1/comment", json!({ "comment": "More" })).await;
    assert_eq!(told(bob).await["unread"], 0);
    does(&world, ada, "/1/comment", json!({ "comment": "@bob" })).await;
    assert_eq!(told(bob).await["unread"], 1);
    // Of what one may see no more nothing is told.
    let hide = world.ask_as(ada, "PUT", "/api/models/ada/m/settings", json!({ "private": true })).await;
    assert_eq!(hide.status, StatusCode::OK);
    assert_eq!(told(bob).await["notifications"], json!([]));
    does(&world, ada, "/1/comment", json!({ "comment": "@bob, a secret" })).await;
    assert_eq!(told(bob).await["notifications"], json!([]));
    assert_eq!(
        world.ask_as(bob, "GET", &format!("{ROOT}/1"), Value::Null).await.status,
        StatusCode::NOT_FOUND
    );
}

#[tokio::test]
async fn a_branch_moves_on_to_what_was_proposed() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    let made =
        commit(&world, bob, "main?create_pr=1", &[("README.md", Some("---\nlicense: mit\n---\n# New\n"))])
            .await;
    let head = made["commitOid"].as_str().unwrap().to_owned();
    let told = details(&world, 1).await;
    assert_eq!(kinds(&told), ["comment", "commit"]);
    assert_eq!(
        (&told["changes"]["base"], &told["filesWithConflicts"]),
        (&json!("refs/heads/main"), &json!([]))
    );
    assert_eq!(told["title"], "Change it", "a title is one line");
    let diff = told["diff"].as_str().unwrap();
    assert!(diff.contains("+++ b/README.md\n@@ -0,0 +1,4 @@\n+---\n+license: mit\n"), "{diff}");
    is_refused(&world, bob, "/1/merge", Value::Null, 403).await;
    let why = is_refused(&world, ada, "/1/merge", json!({ "head": "0".repeat(40) }), 409).await;
    assert!(why.contains("moved since you looked"), "{why}");
    is_refused(&world, ada, "/1/merge", json!({ "strategy": "rebase" }), 400).await;
    let merged = does(&world, ada, "/1/merge", json!({ "comment": "Thanks!", "head": head })).await;
    assert_eq!(merged["mergeCommitId"], head.as_str());
    let told = details(&world, 1).await;
    assert_eq!((&told["status"], &told["changes"]["mergeCommitId"]), (&json!("merged"), &json!(head)));
    assert_eq!(kinds(&told), ["comment", "commit", "comment", "status-change"]);
    assert!(told["diff"].as_str().unwrap().contains("+# New"), "what was merged can still be looked at");
    assert_eq!(text_of(&world, "main", "README.md").await.0, 200);
    let info = world.look("/api/models/ada/m").await.json();
    assert_eq!(
        (&info["sha"], &info["cardData"]["license"]),
        (&json!(head), &json!("mit")),
        "its card counts"
    );
    for (path, body) in [("/1/merge", Value::Null), ("/1/status", json!({ "status": "open" }))] {
        is_refused(&world, ada, path, body, 409).await;
    }
    let more = json!({ "key": "header", "value": { "summary": "s" } }).to_string();
    let more = request("POST", "/api/models/ada/m/commit/refs%2Fpr%2F1", Some(bob), Body::from(more));
    assert_eq!(world.send(more).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn both_sides_are_merged_where_they_can_be() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    let lines = |first: &str, last: &str| format!("{first}\nb\nc\nd\ne\n{last}\n");
    let begin = lines("a", "f");
    let old = [("x/text", Some(begin.as_str())), ("x/gone", Some("g")), ("kept", Some("k"))];
    commit(&world, ada, "main", &old).await;
    let theirs = lines("A", "f");
    commit(
        &world,
        bob,
        "main?create_pr=1",
        &[("x/text", Some(&theirs)), ("x/gone", None), ("y/new", Some("n"))],
    )
    .await;
    let ours = lines("a", "F");
    let onto = commit(&world, ada, "main", &[("x/text", Some(&ours)), ("own", Some("o"))]).await;
    let told = details(&world, 1).await;
    assert_eq!(told["filesWithConflicts"], json!([]));
    let head = told["events"].as_array().unwrap().iter().find(|event| event["type"] == "commit").unwrap();
    let line = json!({ "path": "x/text", "line": 1, "side": "new", "commit": head["id"] });
    does(&world, ada, "/1/comment", json!({ "comment": "Good", "line": line })).await;
    let merged = does(&world, ada, "/1/merge", Value::Null).await;
    assert_eq!(text_of(&world, "main", "x/text").await.1, lines("A", "F"));
    for (path, status) in [("x/gone", 404), ("y/new", 200), ("own", 200), ("kept", 200)] {
        assert_eq!(text_of(&world, "main", path).await.0, status, "{path}");
    }
    let commits = world.look("/api/models/ada/m/commits/main").await.json();
    assert_eq!(
        (&commits[0]["id"], &commits[0]["title"]),
        (&merged["mergeCommitId"], &json!("Merge pull request #1: Change it"))
    );
    // Its other parent is there, and is told among what it brought.
    let ids: Vec<&Value> = commits.as_array().unwrap().iter().map(|commit| &commit["id"]).collect();
    assert!(ids.contains(&&onto["commitOid"]));
    let told = details(&world, 1).await;
    assert_eq!(kinds(&told), ["comment", "commit", "comment", "status-change"]);
    assert!(!told["diff"].as_str().unwrap().contains("own"), "only what it brought");
}

#[tokio::test]
async fn conflicts_are_told_by_file() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    commit(
        &world,
        ada,
        "main",
        &[
            ("a", Some("1\n")),
            ("deep/b", Some("1\n")),
            ("c", Some("1\n")),
            ("f", Some("1\n")),
            ("p", Some("x\n")),
        ],
    )
    .await;
    let theirs = [("a", Some("2\n")), ("deep/b", None), ("c", Some("2\n")), ("f", None), ("new", Some("t"))];
    commit(&world, bob, "main?create_pr=1", &theirs).await;
    commit(&world, bob, "refs%2Fpr%2F1", &[("f/now/a/folder", Some("1"))]).await;
    let ours = [("a", Some("3\n")), ("deep/b", Some("3\n")), ("f", Some("changed")), ("new", Some("o"))];
    commit(&world, ada, "main", &ours).await;
    let told = details(&world, 1).await;
    assert_eq!(told["filesWithConflicts"], json!(["a", "deep/b", "f", "new"]));
    let why = is_refused(&world, ada, "/1/merge", Value::Null, 409).await;
    assert!(why.contains("a, deep/b, f, new") && why.contains("with git"), "{why}");
    let page = String::from_utf8_lossy(&world.look("/ada/m/discussions/1").await.bytes).into_owned();
    assert!(page.contains("<code>deep/b</code>") && !page.contains("/1/merge"), "{page}");
    // Nothing was changed.
    assert_eq!(text_of(&world, "main", "a").await.1, "3\n");
    assert_eq!(details(&world, 1).await["status"], "open");
}

#[tokio::test]
async fn a_draft_is_opened_first() {
    let world = discussed().await;
    let (ada, bob) = (world.ada.as_str(), world.bob.as_str());
    does(&world, bob, "", json!({ "title": "Later", "pullRequest": true })).await;
    let why = is_refused(&world, ada, "/1/merge", Value::Null, 409).await;
    assert!(why.contains("draft"), "{why}");
    does(&world, bob, "/1/status", json!({ "status": "open" })).await;
    let why = is_refused(&world, ada, "/1/merge", Value::Null, 409).await;
    assert!(why.contains("brings nothing"), "{why}");
    commit(&world, bob, "refs%2Fpr%2F1", &[("a", Some("b"))]).await;
    does(&world, ada, "/1/merge", json!({ "strategy": "merge" })).await;
    let commits = world.look("/api/models/ada/m/commits/main").await.json();
    assert_eq!(
        commits[0]["title"], "Merge pull request #1: Later",
        "asked for, although it could just move on"
    );
    // What was merged is the base of nothing more.
    commit(&world, bob, "main?create_pr=1", &[("e", Some("f"))]).await;
    commit(&world, bob, "refs%2Fpr%2F2?create_pr=1", &[("g", Some("h"))]).await;
    does(&world, ada, "/2/merge", Value::Null).await;
    let why = is_refused(&world, ada, "/3/merge", Value::Null, 409).await;
    assert!(why.contains("was merged itself"), "{why}");
    // A pull request against another branch leaves the default branch alone.
    let made = world.ask_as(ada, "POST", "/api/models/ada/m/branch/side", json!({})).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.json());
    commit(&world, bob, "side?create_pr=1", &[("c", Some("d"))]).await;
    does(&world, ada, "/4/merge", Value::Null).await;
    assert_eq!(text_of(&world, "side", "c").await.0, 200);
    assert_eq!(text_of(&world, "main", "c").await.0, 404);
}

#[tokio::test]
async fn what_is_attached() {
    let world = discussed().await;
    let send = |media: &'static str, bytes: Vec<u8>| {
        let mut sent = request("POST", "/uploads", Some(&world.bob), Body::from(bytes));
        sent.headers_mut().insert("content-type", http::HeaderValue::from_static(media));
        world.send(sent)
    };
    let png = b"\x89PNG\r\n\x1a\nrest".to_vec();
    let made = send("image/png", png.clone()).await;
    let url = String::from_utf8(made.bytes).unwrap();
    let path = url.strip_prefix("http://hub.example").unwrap().to_owned();
    let got = world.look(&path).await;
    assert_eq!((got.status, got.bytes), (StatusCode::OK, png.clone()));
    assert_eq!(got.headers["content-type"], "image/png");
    assert!(got.headers["content-security-policy"].to_str().unwrap().contains("sandbox"));
    for (media, bytes) in [
        ("text/html", b"<script>".to_vec()),
        ("image/svg+xml", b"<svg/>".to_vec()),
        ("image/jpeg", png.clone()),
        ("image/png", b"GIF89a".to_vec()),
    ] {
        assert_eq!(send(media, bytes).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{media}");
    }
    assert_eq!(send("image/png", vec![0; (10 << 20) + 1]).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(
        world.send(request("POST", "/uploads", None, Body::empty())).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.look("/uploads/0123").await.status, StatusCode::NOT_FOUND);
    // In a comment it is a picture; what lies elsewhere is not asked for.
    let text = format!("![ours]({url}) ![theirs](https://other.example/a.png)");
    does(&world, &world.bob, "", json!({ "title": "t", "description": text })).await;
    let html = details(&world, 1).await["events"][0]["data"]["latest"]["html"].as_str().unwrap().to_owned();
    assert!(html.contains(&format!("src=\"{path}\"")) && !html.contains("src=\"https://other"), "{html}");
}
