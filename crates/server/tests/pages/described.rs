//! Works told to machines: JSON-LD and previews on their pages, Croissant for data sets; and nothing of private ones.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sha2::Digest;

use crate::html::{Element, assert_plain};
use crate::publishing::{Work, model};
use crate::world::World;

/// The elements of a page for everybody, or as Ada sees it.
async fn page(world: &World, path: &str, own: bool) -> Vec<Element> {
    let bearer = format!("Bearer {}", world.token);
    let headers: &[_] = if own { &[("authorization", bearer.as_str())] } else { &[] };
    let answer = world.ask("GET", path, headers, "").await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
    assert!(answer.text.len() < 150_000, "{path} has {} bytes", answer.text.len());
    // The policy makes no exception for the block.
    let policy = answer.header("content-security-policy");
    assert!(policy.contains("script-src 'self';") && !policy.contains("unsafe"), "{policy}");
    assert_plain(path, &answer.text)
}

fn data(all: &[Element]) -> Option<Value> {
    let mut blocks = all.iter().filter(|e| e.get("type") == Some("application/ld+json"));
    let first = blocks.next()?;
    assert!(blocks.next().is_none(), "two blocks");
    Some(serde_json::from_str(&first.text).unwrap())
}

fn meta<'a>(all: &'a [Element], name: &str) -> Option<&'a str> {
    let found = all
        .iter()
        .find(|e| e.name == "meta" && (e.get("property") == Some(name) || e.get("name") == Some(name)));
    found.and_then(|e| e.get("content"))
}

fn canonical(all: &[Element]) -> Option<&str> {
    all.iter().find(|e| e.get("rel") == Some("canonical")).and_then(|e| e.get("href"))
}

#[tokio::test]
async fn works_are_told_in_the_words_of_schema_org() {
    let world = World::new().await;
    let card = "---\nlicense: cc-by-4.0\ntags: [trees]\n---\n# Leaves\n\nWhat fell in autumn.\n";
    let files = [("README.md", card.as_bytes().to_vec()), ("data/a b.csv", b"a,b\n1,2\n".to_vec())];
    world.publish(Work { kind: "dataset", ..model("leaves", &files) }).await;
    let all = page(&world, "/datasets/ada/leaves", false).await;
    let told = data(&all).unwrap();
    assert_eq!(told["@context"], "https://schema.org");
    assert_eq!((&told["@type"], &told["name"]), (&json!("Dataset"), &json!("ada/leaves")));
    assert_eq!(told["license"], json!(["https://spdx.org/licenses/CC-BY-4.0"]));
    assert_eq!(told["url"], "http://hub.example/datasets/ada/leaves");
    assert_eq!(told["description"], "What fell in autumn.");
    assert_eq!(told["creator"], json!({ "@type": "Person", "name": "ada", "url": "http://hub.example/ada" }));
    assert!(told["keywords"].as_array().unwrap().contains(&json!("trees")));
    assert!(told["dateModified"].as_str().unwrap().ends_with('Z'));
    let files = told["distribution"].as_array().unwrap();
    let file = files.iter().find(|file| file["name"] == "data/a b.csv").unwrap();
    assert_eq!(file["@type"], "DataDownload");
    assert_eq!((&file["contentSize"]), &json!("8 B"));
    let address = file["contentUrl"].as_str().unwrap().strip_prefix("http://hub.example").unwrap();
    assert_eq!(world.ask("GET", address, &[], "").await.text, "a,b\n1,2\n");
    assert_eq!(canonical(&all), Some("http://hub.example/datasets/ada/leaves"));
    assert_eq!(meta(&all, "og:title"), Some("ada/leaves"));
    assert_eq!(meta(&all, "og:url"), Some("http://hub.example/datasets/ada/leaves"));
    assert_eq!(meta(&all, "og:description"), Some("What fell in autumn."));

    // Large files have their digest.
    let told = data(&page(&world, "/acorn-lab/acorn-tiny", false).await).unwrap();
    assert_eq!((&told["@type"], &told["creator"]["@type"]), (&json!("CreativeWork"), &json!("Organization")));
    let files = told["encoding"].as_array().unwrap();
    let weights = files.iter().find(|file| file["name"] == "model.safetensors").unwrap();
    let path = "/acorn-lab/acorn-tiny/resolve/main/model.safetensors";
    let head = world.ask("HEAD", path, &[], "").await;
    assert_eq!(format!("\"{}\"", weights["sha256"].as_str().unwrap()), head.header("etag"));
    world.publish(Work { kind: "space", ..model("demo", &[("app.py", b"1\n".to_vec())]) }).await;
    let told = data(&page(&world, "/spaces/ada/demo", false).await).unwrap();
    assert_eq!(told["@type"], "SoftwareSourceCode");
}

#[tokio::test]
async fn a_page_has_one_address() {
    let world = World::new().await;
    let home = "http://hub.example/acorn-lab/acorn-tiny";
    for (path, expected) in [
        ("/Acorn-Lab/acorn-TINY", home.to_owned()),
        ("/acorn-lab/acorn-tiny/card/main", home.to_owned()),
        ("/acorn-lab/acorn-tiny?x=1", home.to_owned()),
        ("/acorn-lab/acorn-TINY/tree/main?after=x", format!("{home}/tree/main")),
        ("/acorn-lab/acorn-tiny/refs", format!("{home}/refs")),
    ] {
        assert_eq!(canonical(&page(&world, path, false).await), Some(expected.as_str()), "{path}");
    }
    assert!(data(&page(&world, "/acorn-lab/acorn-tiny/tree/main", false).await).is_none());
    assert_eq!(canonical(&page(&world, "/search?q=a", false).await), None);
}

#[tokio::test]
async fn nothing_is_told_of_private_works() {
    let world = World::new().await;
    for path in ["/ada/hidden", "/ada/hidden/tree/main", "/ada/hidden/commits/main", "/ada/hidden/settings"] {
        let all = page(&world, path, true).await;
        assert_eq!(meta(&all, "robots"), Some("noindex"), "{path}");
        assert!(data(&all).is_none() && canonical(&all).is_none(), "{path}");
        for name in ["description", "og:title", "og:description", "og:url"] {
            assert_eq!(meta(&all, name), None, "{path}: {name}");
        }
        assert!(!all.iter().any(|e| e.get("type") == Some("application/atom+xml")), "{path}");
    }
    assert_eq!(meta(&page(&world, "/acorn-lab/acorn-tiny", false).await, "robots"), None);
    // Files that are given on request are not handed out here.
    world.publish(model("asked", &[("x.bin", b"x".to_vec())])).await;
    world.set("models/ada/asked", r#"{"gated":"manual"}"#).await;
    let told = data(&page(&world, "/ada/asked", true).await).unwrap();
    assert!(told.get("encoding").is_none() && !told.to_string().contains("x.bin"), "{told}");
}

#[tokio::test]
async fn no_words_get_out_of_the_block() {
    let world = World::new().await;
    let hostile = "</script><script>alert(1)</script><!-- & \u{2028} \" \\";
    let card = format!(
        "---\nlicense: other\nlicense_link: {}\ntags: [{}]\n---\n# A\n\n`{hostile}`\n",
        json!("https://x.example/</script>"),
        json!(hostile)
    );
    let name = "a</script>&.bin".replace('/', "");
    let long = format!("{}/x.bin", vec!["<".repeat(250); 15].join("/"));
    let files =
        [("README.md", card.into_bytes()), (name.as_str(), b"x".to_vec()), (long.as_str(), b"y".to_vec())];
    world.publish(Work { kind: "dataset", ..model("hostile", &files) }).await;
    // That the block is inert is looked at with every page.
    let all = page(&world, "/datasets/ada/hostile", false).await;
    let told = data(&all).unwrap();
    assert!(told["keywords"].as_array().unwrap().contains(&json!(hostile)), "{told}");
    assert_eq!(told["license"], json!(["https://x.example/</script>"]));
    assert!(
        !all.iter().any(|e| e.name == "script" && e.text.contains("alert(1)") && e.get("type").is_none())
    );
}

/// Asks for a description; fails unless it keeps the rules of Croissant 1.0 that can be told without loading anything.
async fn croissant(world: &World, repo: &str) -> Value {
    let answer = world.ask("GET", &format!("/api/datasets/{repo}/croissant"), &[], "").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/ld+json"),
        "{}",
        answer.text
    );
    let told: Value = serde_json::from_str(&answer.text).unwrap();
    assert_eq!(told["@type"], "sc:Dataset");
    assert_eq!(told["conformsTo"], "http://mlcommons.org/croissant/1.0");
    for key in ["name", "description", "url", "datePublished"] {
        assert!(told[key].as_str().is_some_and(|text| !text.is_empty()), "{key}");
    }
    let mut ids = BTreeSet::new();
    let mut take = |node: &Value| {
        let id = node["@id"].as_str().unwrap().to_owned();
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"./_-~".contains(&byte);
        assert!(id.bytes().all(plain), "readers refuse the id {id}");
        assert!(ids.insert(id), "{node}: twice");
    };
    let files = told["distribution"].as_array().unwrap();
    for file in files {
        take(file);
        assert!(file["encodingFormat"].is_string(), "{file}");
        match file["@type"].as_str().unwrap() {
            "cr:FileObject" => {
                let digest = file["sha256"].as_str().unwrap();
                assert!(
                    digest.len() == 64 && file["contentSize"].as_str().unwrap().ends_with(" B"),
                    "{file}"
                );
                let address =
                    file["contentUrl"].as_str().unwrap().strip_prefix("http://hub.example").unwrap();
                let answer = world.ask("HEAD", address, &[], "").await;
                assert_eq!(answer.status.as_u16(), 200, "{file}");
            }
            "cr:FileSet" => assert!(file["includes"].is_string() && file["containedIn"].is_array(), "{file}"),
            other => panic!("{other} in the distribution"),
        }
    }
    for set in told["recordSet"].as_array().unwrap() {
        take(set);
        assert_eq!(set["@type"], "cr:RecordSet");
        for field in set["field"].as_array().unwrap() {
            take(field);
            assert_eq!(field["@type"], "cr:Field");
            assert!(field["dataType"].as_str().unwrap().starts_with("sc:"), "{field}");
            assert!(field["source"]["extract"]["column"].is_string(), "{field}");
            let source = field["source"].get("fileObject").or(field["source"].get("fileSet")).unwrap();
            assert!(files.iter().any(|file| file["@id"] == source["@id"]), "{field} comes from nowhere");
        }
    }
    told
}

fn types(set: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    set["field"].as_array().unwrap().iter().map(|f| (text(&f["name"]), text(&f["dataType"]))).collect()
}

#[tokio::test]
async fn data_sets_are_told_as_croissants() {
    let world = World::new().await;
    let told = croissant(&world, "field-notes/garden-observations").await;
    assert!(!told["recordSet"].as_array().unwrap().is_empty(), "{told}");
    assert_eq!(told["license"], json!(["https://spdx.org/licenses/CC-BY-4.0"]));

    let card = "---\nlicense: mit\n---\n# T\n\nTables.\n\n```bibtex\n@misc{t,\n title={T}\n}\n```\n";
    let csv = b"name,height,count,\"<\"\noak,20.5,3,a\nash,18,4,b\n".to_vec();
    let files = [
        ("README.md", card.as_bytes().to_vec()),
        ("trees.csv", csv.clone()),
        ("data/train-00000-of-00002.jsonl", b"{\"a\": true, \"b\": [1]}\n".to_vec()),
        ("data/train-00001-of-00002.jsonl", b"{\"a\": false, \"b\": []}\n".to_vec()),
        ("flat.parquet", include_bytes!("../../../formats/tests/data/flat.snappy.parquet").to_vec()),
        ("nested.parquet", include_bytes!("../../../formats/tests/data/nested.zstd.parquet").to_vec()),
        ("broken.parquet", b"PAR1".to_vec()),
        ("notes.txt", b"not a table".to_vec()),
    ];
    world.publish(Work { kind: "dataset", ..model("tables", &files) }).await;
    let told = croissant(&world, "ada/tables").await;
    assert_eq!(told["citeAs"], "@misc{t,\n title={T}\n}");
    let find = |list: &str, name: &str| {
        let all = told[list].as_array().unwrap();
        all.iter().find(|one| one["name"] == name).unwrap_or_else(|| panic!("{name}: {all:?}")).clone()
    };
    let file = find("distribution", "trees.csv");
    let digest: String = sha2::Sha256::digest(&csv).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!((&file["sha256"], &file["encodingFormat"]), (&json!(digest), &json!("text/csv")));
    let pair = |name: &str, kind: &str| (name.to_owned(), format!("sc:{kind}"));
    assert_eq!(
        types(&find("recordSet", "trees.csv")),
        [pair("name", "Text"), pair("height", "Float"), pair("count", "Integer"), pair("<", "Text")]
    );
    let set = find("distribution", "data/train-*-of-*.jsonl");
    assert_eq!(set["containedIn"].as_array().unwrap().len(), 2);
    let rows = find("recordSet", "data/train-*-of-*.jsonl");
    assert_eq!(types(&rows)[0], pair("a", "Boolean"));
    assert_eq!(rows["field"][0]["source"]["fileSet"]["@id"], set["@id"]);
    assert!(types(&find("recordSet", "flat.parquet")).iter().any(|(_, kind)| kind == "sc:Integer"));
    let nested = find("recordSet", "nested.parquet");
    assert!(nested["field"].as_array().unwrap().iter().any(|field| field["repeated"] == true), "{nested}");
    // What cannot be read is a file all the same.
    find("distribution", "broken.parquet");
    let tables = told["recordSet"].to_string();
    assert!(!tables.contains("broken.parquet") && !told.to_string().contains("notes.txt"));

    let hidden = world.ask("GET", "/api/datasets/ada/hidden/croissant", &[], "").await;
    assert_eq!((hidden.status.as_u16(), hidden.header("x-error-code")), (404, "RepoNotFound"));
    world.set("datasets/ada/tables", r#"{"gated":"manual"}"#).await;
    let gated = world.ask("GET", "/api/datasets/ada/tables/croissant", &[], "").await;
    assert_eq!((gated.status.as_u16(), gated.header("x-error-code")), (401, "GatedRepo"));
}
