//! What pages and the API tell of files that may harm whoever opens them.

use serde_json::{Value, json};

use crate::views::{info, open, publish, tells};
use crate::world::World;

async fn statuses(world: &World, path: &str) -> Vec<Value> {
    let answer = world.ask("GET", path, &[], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    let all: Vec<Value> = serde_json::from_str(&answer.text).unwrap();
    all.into_iter().map(|one| one["securityFileStatus"].clone()).collect()
}

#[tokio::test]
async fn what_was_pushed_is_looked_into() {
    let world = World::new().await;
    let files: [(&str, Vec<u8>); 4] = [
        ("closed.7z", b"7z\xbc\xaf\x27\x1c\0\0".to_vec()),
        ("data.pkl", b"\x80\x02ccollections\nOrderedDict\n)R.".to_vec()),
        ("notes.txt", b"cposix\nsystem\n(S'<b>id</b>'\ntR.".to_vec()),
        ("plain.md", b"# Plain\n".to_vec()),
    ];
    publish(&world, "odd", &files).await;
    let tree = "/api/models/ada/odd/tree/main?expand=true";
    let before = statuses(&world, tree).await;
    assert!(before.iter().all(|one| one["status"] == "unscanned"), "{before:?}");
    let security =
        async || info(&world, "ada/odd", "securityStatus=true").await["securityRepoStatus"].clone();
    assert_eq!(security().await, json!({ "scansDone": false, "filesWithIssues": [] }));

    world.work().await;
    let after = statuses(&world, tree).await;
    let words: Vec<&str> = after.iter().filter_map(|one| one["status"].as_str()).collect();
    // A file of attributes stands before them.
    assert_eq!(words[words.len() - 4..], ["error", "safe", "unsafe", "safe"], "{after:?}");
    let [.., data, notes, _] = after.as_slice() else { panic!("{after:?}") };
    let imports = json!([{ "module": "collections", "name": "OrderedDict", "safety": "innocuous" }]);
    assert_eq!(data["pickleImportScan"]["imports"], imports);
    assert_eq!(notes["pickleImportScan"]["highestSafetyLevel"], "dangerous");
    assert_eq!(notes["verdict"], "dangerous");
    let issues =
        json!([{ "path": "notes.txt", "level": "unsafe" }, { "path": "closed.7z", "level": "error" }]);
    assert_eq!(security().await, json!({ "scansDone": true, "filesWithIssues": issues }));

    let why = "posix.system is called, and is not among what only holds data";
    tells(&world, "/ada/odd/blob/main/notes.txt", &["It is dangerous to open this file", why]).await;
    tells(&world, "/ada/odd/blob/main/closed.7z", &["This file could not be scanned", "7-Zip"]).await;
    tells(&world, "/ada/odd/blob/main/data.pkl", &["no unsafe content found"]).await;

    // The branch moves on: of what is new nothing is known yet, and of what is the same as much as before.
    publish(&world, "odd", &[("new.txt", b"cposix\nsystem\n(tR.".to_vec())]).await;
    assert_eq!(security().await["scansDone"], false);
    let (_, text) = open(&world, "/ada/odd/blob/main/new.txt").await;
    assert!(!text.contains("unsafe content") && !text.contains("dangerous"), "{text}");
    tells(&world, "/ada/odd/blob/main/notes.txt", &["It is dangerous to open this file"]).await;
    world.work().await;
    tells(&world, "/ada/odd/blob/main/new.txt", &["It is dangerous to open this file"]).await;
}
