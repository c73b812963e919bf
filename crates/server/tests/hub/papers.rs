//! Papers as the clients ask for them: by arXiv id, by words, by days; and everything else of papers and code as of models.

use http::StatusCode;
use seedcorn_core::time::{Time, period};
use serde_json::{Value, json};

use crate::world::World;

async fn make(world: &World, kind: &str, name: &str, files: &[(&str, &str)]) -> String {
    let body = json!({ "name": name, "type": kind });
    let made = world.ask("POST", "/api/repos/create", body).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.json());
    let plural = if kind == "code" { "code".to_owned() } else { format!("{kind}s") };
    let mut lines = json!({ "key": "header", "value": { "summary": "s" } }).to_string();
    for (path, text) in files {
        let file = json!({ "path": path, "content": text, "encoding": "utf-8" });
        lines.push_str(&format!("\n{}", json!({ "key": "file", "value": file })));
    }
    let path = format!("/api/{plural}/ada/{name}/commit/main");
    let answer = world.send(crate::world::request("POST", &path, Some(&world.ada), lines.into())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    answer.json()["commitOid"].as_str().unwrap().to_owned()
}

fn ids(answer: &Value) -> Vec<&str> {
    answer.as_array().unwrap().iter().map(|one| one["paper"]["id"].as_str().unwrap()).collect()
}

const NEW: &str = "---\ntitle: On growth\nauthors: [Ada Lovelace <0000-0002-1825-0097>]\narxiv: 2305.18290\n\
                   published: 2023-05\nabstract: Tubers and roots.\n---\nThe text.\n";
const OLD: &str = "---\ntitle: On strings\narxiv: hep-th/9901001\n---\n";

#[tokio::test]
async fn by_id_by_words_and_by_days() {
    let world = World::new().await;
    make(&world, "paper", "growth", &[("README.md", NEW)]).await;
    make(&world, "paper", "strings", &[("README.md", OLD)]).await;
    make(&world, "paper", "bare", &[("README.md", "---\ntitle: Bare\n---\n")]).await;

    let told = world.look("/api/papers/2305.18290").await.json();
    assert_eq!((&told["id"], &told["title"]), (&json!("2305.18290"), &json!("On growth")));
    assert_eq!(
        told["authors"][0],
        json!({"name": "Ada Lovelace", "hidden": false, "orcid": "0000-0002-1825-0097"})
    );
    assert_eq!(told["publishedAt"], "2023-05-01T00:00:00.000Z");
    assert_eq!((&told["linkedModels"], &told["numTotalModels"]), (&json!([]), &json!(0)));
    // The id of an old paper has a slash, and the name of a repo too; both are asked for in the same place.
    assert_eq!(world.look("/api/papers/hep-th/9901001").await.json()["id"], "hep-th/9901001");
    let bare = world.look("/api/papers/ada/bare").await.json();
    assert_eq!(
        (&bare["id"], &bare["title"], &bare["private"]),
        (&json!("ada/bare"), &json!("Bare"), &json!(false))
    );
    for (path, status) in [
        ("/api/papers/2305.18291", 404),
        ("/api/papers/hep-th/9901002", 404),
        ("/api/papers/none", 404),
        ("/papers/2305.18291.md", 404),
        ("/api/papers/ada/none", 404),
    ] {
        assert_eq!(world.look(path).await.status.as_u16(), status, "{path}");
    }
    assert_eq!(world.look("/papers/2305.18290").await.headers["location"], "/papers/ada/growth");
    let text = world.look("/papers/2305.18290v2.md").await;
    assert_eq!(text.headers["content-type"], "text/markdown; charset=utf-8");
    assert_eq!(
        String::from_utf8(text.bytes).unwrap(),
        "# On growth\n\nAda Lovelace\n\n2023-05\n\nhttps://arxiv.org/abs/2305.18290\n\n## Abstract\n\n\
         Tubers and roots.\n\nThe text.\n\n"
    );

    for (query, expected) in [
        ("q=tubers", vec!["2305.18290"]),
        ("q=lovelace", vec!["2305.18290"]),
        ("q=strings&limit=1", vec!["hep-th/9901001"]),
        ("q=nothing+like+it", vec![]),
        ("limit=2", vec!["ada/bare", "hep-th/9901001"]),
    ] {
        let found = world.look(&format!("/api/papers/search?{query}")).await.json();
        assert_eq!(ids(&found), expected, "{query}");
    }
    days(&world).await;
}

async fn days(world: &World) {
    let made = world.look("/api/papers/ada/bare").await.json()["createdAt"].as_str().unwrap().to_owned();
    let (day, month) = (&made[..10], &made[..7]);
    let all = ["ada/bare", "hep-th/9901001", "2305.18290"];
    // A day may end between two of them, so that they are asked for by the month, and days are counted.
    let (from, until) = period(day).unwrap();
    assert!(from < until && until <= Time(from.0 + 86_400_000_000));
    for (query, expected) in [
        (String::new(), &all[..]),
        (format!("month={month}"), &all),
        ("limit=1&p=1".into(), &all[1..2]),
        ("limit=2&p=1&sort=trending".into(), &all[2..]),
        ("limit=2&p=9".into(), &[]),
        ("p=18446744073709551615".into(), &[]),
        ("submitter=ada".into(), &all),
        ("submitter=bob".into(), &[]),
        ("date=2001-01-01".into(), &[]),
        ("week=2001-W01".into(), &[]),
        (format!("month={month}&date=2001-01-01"), &[]),
    ] {
        let found = world.look(&format!("/api/daily_papers?{query}")).await.json();
        assert_eq!(ids(&found), expected, "{query}");
    }
    let found = world.look("/api/daily_papers?limit=1").await.json();
    assert_eq!((&found[0]["title"], &found[0]["submittedBy"]["user"]), (&json!("Bare"), &json!("ada")));
    for query in [
        "date=yesterday",
        "date=2024-02",
        "week=2024-02-03",
        "month=2024-W02",
        "sort=votes",
        "limit=x",
        "p=-1",
    ] {
        let answer = world.look(&format!("/api/daily_papers?{query}")).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{query}");
    }
}

#[tokio::test]
async fn code_is_done_to_as_models_are() {
    let world = World::new().await;
    let first = make(
        &world,
        "code",
        "tool",
        &[("README.md", "---\nlicense: mit\ntags: [trainer]\n---\n"), ("a/b.py", "1\n")],
    )
    .await;
    let tree = world.look("/api/code/ada/tool/tree/main?recursive=true").await.json();
    assert!(tree.as_array().unwrap().iter().any(|entry| entry["path"] == "a/b.py"), "{tree}");
    assert_eq!(world.look("/code/ada/tool/resolve/main/a/b.py").await.bytes, b"1\n");
    assert_eq!(world.look("/api/code?filter=license:mit").await.json()[0]["id"], "ada/tool");
    assert_eq!(world.look("/api/code?filter=trainer&search=none").await.json(), json!([]));
    let tag = world.ask("POST", "/api/code/ada/tool/tag/main", json!({ "tag": "v1" })).await;
    assert_eq!(tag.status, StatusCode::OK);
    assert_eq!(world.look("/api/code/ada/tool/refs").await.json()["tags"][0]["targetCommit"], first.as_str());
    assert_eq!(world.look("/api/code/ada/tool?expand=sha").await.json()["sha"], first.as_str());
    assert_eq!(world.look("/api/code/ada/tool?expand=gguf").await.status, StatusCode::BAD_REQUEST);
    let moved = json!({ "fromRepo": "ada/tool", "toRepo": "ada/tools", "type": "code" });
    assert_eq!(world.ask("POST", "/api/repos/move", moved).await.status, StatusCode::OK);
    let old = world.look("/code/ada/tool/resolve/main/a/b.py").await;
    assert_eq!(old.headers["location"], "/code/ada/tools/resolve/main/a/b.py");
    // A name is one of its kind: a model may have the same.
    world.create("tools").await;
    let gone = json!({ "name": "tools", "type": "code" });
    assert_eq!(world.ask("DELETE", "/api/repos/delete", gone).await.status, StatusCode::OK);
    assert_eq!(world.look("/api/code/ada/tools").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.look("/api/models/ada/tools").await.status, StatusCode::OK);
    for word in ["essay", "papers", ""] {
        let answer = world.ask("POST", "/api/repos/create", json!({ "name": "x", "type": word })).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{word}");
        assert!(answer.json()["error"].as_str().unwrap().contains("\"paper\", \"code\""));
    }
}
