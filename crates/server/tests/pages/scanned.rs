//! What pages and the API tell of files that may harm whoever opens them.

use serde_json::{Value, json};

use crate::views::{commit, info, open, publish, tells};
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

#[tokio::test]
async fn git_gives_out_no_more_than_the_other_doors() {
    let world = World::with(|opening| seedcorn_commons::Opening { block_dangerous: true, ..opening }).await;
    let evil = ("evil.pkl", b"cposix\nsystem\n(S'id'\ntR.".to_vec());
    publish(&world, "odd", &[("plain.md", b"# Plain\n".to_vec()), evil]).await;
    let head = info(&world, "ada/odd", "").await["sha"].as_str().unwrap().to_owned();
    let line = |text: &str| format!("{:04x}{text}", text.len() + 4);
    let body = format!("{}0000{}", line(&format!("want {head} side-band-64k\n")), line("done\n"));
    let clone = async |token: &str| {
        let bearer = format!("Bearer {token}");
        let headers: &[(&str, &str)] = &[("authorization", bearer.as_str())];
        let headers = if token.is_empty() { &[] } else { headers };
        let answer = world.ask("POST", "/ada/odd/git-upload-pack", headers, &body).await;
        answer.bytes.windows(4).any(|part| part == b"PACK")
    };
    assert!(clone("").await, "nobody looked into it yet");
    world.work().await;
    assert!(!clone("").await);
    assert!(clone(&world.token).await, "whoever publishes there has to mend it");
}

#[tokio::test]
async fn no_branch_tag_or_pull_request_hides_anything() {
    let world = World::new().await;
    publish(&world, "odd", &[("plain.md", b"# Plain\n".to_vec())]).await;
    let bearer = format!("Bearer {}", world.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let branch = world.ask("POST", "/api/models/ada/odd/branch/aside", &headers, "{}").await;
    assert_eq!(branch.status.as_u16(), 200, "{}", branch.text);
    for (name, to) in [("b.pkl", "aside"), ("p.pkl", "main?create_pr=1")] {
        commit(&world, "odd", to, &[(name, b"cposix\nsystem\n(S'id'\ntR.".to_vec())]).await;
    }
    let security = async |rev: &str| {
        let path = format!("ada/odd/revision/{rev}");
        info(&world, &path, "securityStatus=true").await["securityRepoStatus"].clone()
    };
    assert_eq!(security("aside").await["scansDone"], false);
    world.work().await;
    for (rev, file) in [("main", None), ("aside", Some("b.pkl")), ("refs%2Fpr%2F1", Some("p.pkl"))] {
        let issues: Vec<Value> = file.iter().map(|path| json!({ "path": path, "level": "unsafe" })).collect();
        let expected = json!({ "scansDone": true, "filesWithIssues": issues });
        assert_eq!(security(rev).await, expected, "{rev}");
    }
    tells(&world, "/ada/odd/blob/aside/b.pkl", &["It is dangerous to open this file"]).await;
}

#[tokio::test]
async fn texts_that_are_programs_and_programs_that_are_named() {
    let world = World::new().await;
    let template = |text: &str| json!({ "chat_template": text }).to_string().into_bytes();
    let config = json!({ "auto_map": { "AutoModel": "modeling_x.XModel", "AutoConfig": ["conf.C", null] } });
    let mut broken = 8_u64.to_le_bytes().to_vec();
    broken.extend(b"{\"a\": 1}");
    let files: [(&str, Vec<u8>); 4] = [
        ("tokenizer_config.json", template("{{ ''.__class__.__mro__ }}")),
        ("chat_template.jinja", b"{{ messages[0].content | trim }}".to_vec()),
        ("config.json", config.to_string().into_bytes()),
        ("model.safetensors", broken),
    ];
    publish(&world, "texts", &files).await;
    world.work().await;
    tells(
        &world,
        "/ada/texts/blob/main/tokenizer_config.json",
        &["It is dangerous", "reaches into what it is given"],
    )
    .await;
    tells(&world, "/ada/texts/blob/main/chat_template.jinja", &["no unsafe content found"]).await;
    tells(&world, "/ada/texts/blob/main/config.json", &["It runs code", "modeling_x.py", "conf.py"]).await;
    tells(&world, "/ada/texts/blob/main/model.safetensors", &["could not be scanned", "header"]).await;
    tells(
        &world,
        "/ada/texts",
        &["dangerous to open: tokenizer_config.json", "It runs code", "modeling_x.py"],
    )
    .await;
    // The log tells of the rules by which all of it was judged, once for each.
    scan_all(&world).await;
    scan_all(&world).await;
    world.log().await;
    let log = world.ask("GET", "/api/commons/v1/log/entries", &[], "").await.text;
    assert_eq!(log.matches("scan.ruleset").count(), 1, "{log}");
    tells(&world, "/log", &["files are judged by rules"]).await;
}

async fn scan_all(world: &World) {
    seedcorn_commons::scan::scan_all(world.commons()).await.unwrap();
}

#[tokio::test]
async fn what_is_dangerous_is_held_back_where_that_is_wanted() {
    let world = World::with(|opening| seedcorn_commons::Opening { block_dangerous: true, ..opening }).await;
    let files: [(&str, Vec<u8>); 2] =
        [("notes.txt", b"cposix\nsystem\n(S'id'\ntR.".to_vec()), ("plain.md", b"# Plain\n".to_vec())];
    publish(&world, "held", &files).await;
    world.work().await;
    let bearer = format!("Bearer {}", world.token);
    for way in ["resolve", "raw"] {
        let at = |file: &str| format!("/ada/held/{way}/main/{file}");
        let refused = world.ask("GET", &at("notes.txt"), &[], "").await;
        assert_eq!(refused.status.as_u16(), 403, "{way}");
        assert!(refused.text.contains("dangerous to open"), "{}", refused.text);
        assert_eq!(world.ask("GET", &at("plain.md"), &[], "").await.status.as_u16(), 200);
        let own = [("authorization", bearer.as_str())];
        assert_eq!(
            world.ask("GET", &at("notes.txt"), &own, "").await.status.as_u16(),
            200,
            "its owner mends it"
        );
    }
}

#[tokio::test]
async fn secrets_are_published_on_purpose_alone() {
    let world = World::new().await;
    publish(&world, "quiet", &[("a.txt", b"a".to_vec())]).await;
    let bearer = format!("Bearer {}", world.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let commit = async |description: &str| {
        let content =
            base64::Engine::encode(&base64::prelude::BASE64_STANDARD, format!("x\nTOKEN={}\n", world.token));
        let header = json!({ "key": "header", "value": { "summary": "Add", "description": description } });
        let file =
            json!({ "key": "file", "value": { "path": "env", "content": content, "encoding": "base64" } });
        world.ask("POST", "/api/models/ada/quiet/commit/main", &headers, &format!("{header}\n{file}")).await
    };
    let refused = commit("").await;
    assert_eq!(refused.status.as_u16(), 422, "{}", refused.text);
    assert!(
        refused.text.contains("env, line 2") && refused.text.contains("secrets: intended"),
        "{}",
        refused.text
    );
    assert!(!refused.text.contains(&world.token), "it is not repeated");
    assert_eq!(world.ask("GET", "/ada/quiet/resolve/main/env", &[], "").await.status.as_u16(), 404);
    assert_eq!(commit("It is an example.\nsecrets: intended").await.status.as_u16(), 200);
}
