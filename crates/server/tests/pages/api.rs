//! The hub's own API: its document and its routes say the same, and its answers are true.

use std::collections::BTreeSet;

use seedcorn_server::{Access, routes};
use serde_json::{Value, json};

use crate::publishing::model;
use crate::world::World;

const ROOT: &str = "/api/commons/v1";

async fn ask(world: &World, path: &str, token: Option<&str>) -> (u16, Value) {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let headers: Vec<(&str, &str)> = bearer.iter().map(|value| ("authorization", value.as_str())).collect();
    let answer = world.ask("GET", &format!("{ROOT}{path}"), &headers, "").await;
    let body = serde_json::from_str(&answer.text).unwrap_or_else(|_| panic!("{path}: {}", answer.text));
    (answer.status.as_u16(), body)
}

async fn told(world: &World, path: &str) -> Value {
    let (status, body) = ask(world, path, None).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// All but reviews, rounds, vouching, what owners sign with and what is said of lineage are read, and each says what it answers in a shape that has a name.
fn described_well(document: &serde_json::Value, path: &str, method: &str, item: &serde_json::Value) {
    assert!(
        method == "get"
            || path.ends_with("/openness/reviews")
            || ["/rounds", "/trust/", "/lineage", "/signers"].iter().any(|part| path.contains(part)),
        "{method} {path}"
    );
    let answers = item["responses"].as_object().unwrap();
    for (status, answer) in answers {
        // A file to keep, such as a proof or a table.
        if status == "200"
            && ["text/plain", "text/csv"].iter().any(|kind| answer["content"][kind].is_object())
        {
            continue;
        }
        let shape = answer["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
        assert_eq!(shape == "#/components/schemas/Error", status != "200", "{path} {status}");
        let name = shape.rsplit('/').next().unwrap();
        assert!(document["components"]["schemas"][name].is_object(), "{path}: {shape} leads nowhere");
    }
    let parameters = item["parameters"].as_array().into_iter().flatten();
    let inside: BTreeSet<&str> =
        parameters.filter(|p| p["in"] == "path").map(|p| p["name"].as_str().unwrap()).collect();
    let holes = path.replace("{spec}", "{base}{head}");
    let holes: BTreeSet<&str> =
        holes.split('{').skip(1).map(|part| part.split('}').next().unwrap()).collect();
    assert_eq!(inside, holes, "{path}");
}

#[tokio::test]
async fn the_document_describes_every_route() {
    let world = World::new().await;
    let document = told(&world, "/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1."));
    assert_eq!(document["servers"], json!([{ "url": "http://hub.example" }]));
    let mut described = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{base}...{head}", "{spec}");
        for kind in ["models", "datasets", "spaces", "papers", "code"] {
            described.insert(path.replace("{kind}", kind));
        }
        for (method, item) in item.as_object().unwrap() {
            described_well(&document, &path, method, item);
        }
    }
    let served = routes().into_iter().filter(|route| route.path.starts_with(ROOT));
    let served = served.filter(|route| !route.page && !route.path.ends_with("/openapi.json"));
    let served: BTreeSet<String> = served.map(|route| route.path).collect();
    assert_eq!(served, described);
    let answer = world.ask("GET", ROOT, &[], "").await;
    for path in document["paths"].as_object().unwrap().keys() {
        assert!(answer.text.contains(path), "the page does not tell {path}");
    }
    crate::html::assert_plain(ROOT, &answer.text);
    assert!(routes().iter().any(|route| route.path == ROOT && route.access == Access::Anybody));
}

#[tokio::test]
async fn totals_and_search_tell_what_one_may_see() {
    let world = World::new().await;
    let everybody = told(&world, "/totals").await;
    let (_, own) = ask(&world, "/totals", Some(&world.token)).await;
    assert_eq!(own["works"].as_u64().unwrap(), everybody["works"].as_u64().unwrap() + 1, "one is hidden");
    assert_eq!(everybody["kinds"][0]["kind"], "model");
    assert!(
        everybody["most_built_upon"].as_array().unwrap().iter().any(|base| base["models"].as_u64() > Some(0))
    );

    let found = told(&world, "/search?q=acorn").await;
    let names: Vec<&str> =
        found["items"].as_array().unwrap().iter().map(|w| w["name"].as_str().unwrap()).collect();
    assert!(names.contains(&"acorn-lab/acorn-tiny") && found["next"].is_null(), "{found}");
    // Page by page it is the same.
    let (mut path, mut paged) = ("/search?q=acorn&limit=1".to_owned(), Vec::new());
    loop {
        let page = told(&world, &path).await;
        paged
            .extend(page["items"].as_array().unwrap().iter().map(|w| w["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/search?q=acorn&limit=1&cursor={next}");
    }
    assert_eq!(paged, names);
    assert!(
        told(&world, "/search?q=acorn&kind=dataset").await["items"].as_array().unwrap().len() < names.len()
    );
    assert_eq!(told(&world, "/search").await, json!({ "items": [], "next": null }));
    let hidden = "/search?q=hidden";
    assert_eq!(told(&world, hidden).await["items"], json!([]));
    let (_, own) = ask(&world, hidden, Some(&world.token)).await;
    assert_eq!((&own["items"][0]["name"], &own["items"][0]["private"]), (&json!("ada/hidden"), &json!(true)));
}

#[tokio::test]
async fn revisions_are_compared_and_weighed() {
    let world = World::new().await;
    let page = |range: std::ops::Range<usize>| -> Vec<(String, Vec<u8>)> {
        range.map(|n| (format!("f{n:03}.txt"), format!("{n}").into_bytes())).collect()
    };
    let (first, second) = (page(0..1), page(1..61));
    for files in [&first, &second] {
        let files: Vec<(&str, Vec<u8>)> = files.iter().map(|(path, b)| (path.as_str(), b.clone())).collect();
        world.publish(model("many", &files)).await;
    }
    let bytes = told(&world, "/models/ada/many/commits/main/bytes").await;
    let written: usize = second.iter().map(|(_, bytes)| bytes.len()).sum();
    assert_eq!((&bytes["new_bytes"], &bytes["shared_bytes"]), (&json!(written), &json!(0)), "{bytes}");
    assert_eq!((&bytes["files"]["added"], &bytes["whole"]), (&json!(60), &json!(true)));
    let commits = world.ask("GET", "/api/models/ada/many/commits/main", &[], "").await;
    let commits: Value = serde_json::from_str(&commits.text).unwrap();
    let parent = commits[1]["id"].as_str().unwrap();
    let path = format!("/models/ada/many/compare/{parent}...main");
    let one = told(&world, &path).await;
    assert_eq!(
        (&one["from"], &one["to"], &one["counts"]["added"]),
        (&json!(parent), &bytes["commit"], &json!(60))
    );
    assert_eq!((one["files"].as_array().unwrap().len(), &one["files"][0]["path"]), (50, &json!("f001.txt")));
    assert_eq!(
        (&one["files"][0]["bytes_before"], &one["files"][0]["bytes_after"]),
        (&Value::Null, &json!(1))
    );
    let two = told(&world, &format!("{path}?cursor={}", one["next"].as_str().unwrap())).await;
    assert_eq!((two["files"].as_array().unwrap().len(), &two["next"]), (10, &Value::Null));
    assert_eq!((&two["files"][9]["path"], &two["files"][9]["change"]), (&json!("f060.txt"), &json!("added")));
    let back = told(&world, &format!("/models/ada/many/compare/main..{parent}")).await;
    assert_eq!(back["counts"]["removed"], 60);
}

#[tokio::test]
async fn bases_and_weights_are_told() {
    let world = World::new().await;
    let base = told(&world, "/models/acorn-lab/acorn-tiny/tree-of-bases").await;
    let on: Vec<&Value> =
        base["built_on_by"]["items"].as_array().unwrap().iter().map(|w| &w["name"]).collect();
    assert!(on.contains(&&json!("field-notes/acorn-tiny-notes")), "{base}");
    let tuned = told(&world, "/models/field-notes/acorn-tiny-notes/tree-of-bases").await;
    assert_eq!(tuned["builds_on"], json!(["acorn-lab/acorn-tiny"]));
    // A hidden work that builds on it is told to its own people.
    let (_, own) = ask(&world, "/models/ada/hidden/tree-of-bases", Some(&world.token)).await;
    assert_eq!(own["builds_on"], json!(["meadow/seed-base"]));
    let weights = told(&world, "/models/acorn-lab/acorn-tiny/weights/main").await;
    let sum: u64 = weights["safetensors"]["by_dtype"]
        .as_array()
        .unwrap()
        .iter()
        .map(|dtype| dtype["parameters"].as_u64().unwrap())
        .sum();
    assert!(sum > 0 && weights["safetensors"]["total"] == sum, "{weights}");
    let none = told(&world, "/datasets/field-notes/garden-observations/weights/main").await;
    assert_eq!((&none["safetensors"], &none["gguf"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn errors_have_one_shape() {
    let world = World::new().await;
    let repo = "/models/acorn-lab/acorn-tiny";
    for (path, status, word) in [
        ("/search?limit=0".to_owned(), 400, "Invalid"),
        ("/search?q=a&num_parameters=large".to_owned(), 400, "Invalid"),
        ("/search?limit=101".to_owned(), 400, "Invalid"),
        ("/search?q=a&limit=x".to_owned(), 400, "Invalid"),
        ("/search?q=a&cursor=%21".to_owned(), 400, "Invalid"),
        ("/search?q=a&cursor=AAAA".to_owned(), 400, "Invalid"),
        ("/search?q=a%00b".to_owned(), 400, "Invalid"),
        ("/search?kind=models".to_owned(), 400, "Invalid"),
        (format!("/search?q={}", "a".repeat(300)), 400, "Invalid"),
        (format!("{repo}/compare/main"), 400, "Invalid"),
        (format!("{repo}/compare/main...nothing"), 404, "RevisionNotFound"),
        (format!("{repo}/compare/main...main?cursor=%21"), 400, "Invalid"),
        (format!("{repo}/weights/nothing"), 404, "RevisionNotFound"),
        (format!("{repo}/commits/nothing/bytes"), 404, "RevisionNotFound"),
        ("/models/ada/hidden/tree-of-bases".to_owned(), 404, "RepoNotFound"),
        ("/models/ada/nothing/tree-of-bases".to_owned(), 404, "RepoNotFound"),
    ] {
        let (got, body) = ask(&world, &path, None).await;
        assert_eq!((got, &body["error"]), (status, &json!(word)), "{path}: {body}");
        let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
        assert!(
            keys == ["error", "message"] && body["message"].as_str().is_some_and(|text| text.len() > 8),
            "{body}"
        );
    }
    assert_eq!(ask(&world, "/totals", Some("scn_p_nonsense")).await.0, 401);
    for lost in ["/nothing", "/models/a/b/nothing", "/code/a/b/weights/main"] {
        assert_eq!(ask(&world, lost, None).await.0, 404, "{lost}");
    }
}
