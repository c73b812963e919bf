//! What the page of a file shows of it: figures by kind, hostile texts as text, and no page too large.

use base64::Engine;
use serde_json::{Value, json};

use crate::files::{bare_safetensors, gguf, safetensors, wav};
use crate::html::{Element, assert_plain};
use crate::world::World;

/// Publishes files to a model of Ada's that everybody may see, made when there is none.
pub(crate) async fn publish(world: &World, name: &str, files: &[(&str, Vec<u8>)]) {
    let bearer = format!("Bearer {}", world.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let create = json!({ "name": name, "type": "model", "private": false }).to_string();
    let made = world.ask("POST", "/api/repos/create", &headers, &create).await;
    assert!(matches!(made.status.as_u16(), 200 | 409), "{}", made.text);
    commit(world, name, "main", files).await;
}

/// Publishes files to a branch of it, or with `?create_pr=1` proposes them.
pub(crate) async fn commit(world: &World, name: &str, to: &str, files: &[(&str, Vec<u8>)]) {
    let bearer = format!("Bearer {}", world.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let mut lines = json!({ "key": "header", "value": { "summary": "Add files" } }).to_string();
    for (path, bytes) in files {
        let content = base64::prelude::BASE64_STANDARD.encode(bytes);
        let file = json!({ "path": path, "content": content, "encoding": "base64" });
        lines.push_str(&format!("\n{}", json!({ "key": "file", "value": file })));
    }
    let at = format!("/api/models/ada/{name}/commit/{to}");
    let answer = world.ask("POST", &at, &headers, &lines).await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
}

/// A page's elements and all of its text; fails unless the page is whole and not too large.
pub(crate) async fn open(world: &World, path: &str) -> (Vec<Element>, String) {
    let answer = world.ask("GET", path, &[], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{path}: {}", answer.text);
    assert!(answer.text.len() < 150_000, "{path} has {} bytes", answer.text.len());
    let all = assert_plain(path, &answer.text);
    let text = all.iter().find(|element| element.name == "main").unwrap().text.clone();
    (all, text)
}

/// Opens the page of a file and looks for these texts in it.
pub(crate) async fn tells(world: &World, path: &str, texts: &[&str]) -> (Vec<Element>, String) {
    let (all, text) = open(world, path).await;
    for wanted in texts {
        assert!(text.contains(wanted), "{path} does not tell {wanted}: {text}");
    }
    (all, text)
}

pub(crate) async fn info(world: &World, repo: &str, query: &str) -> Value {
    let answer = world.ask("GET", &format!("/api/models/{repo}?{query}"), &[], "").await;
    assert_eq!(answer.status.as_u16(), 200, "{}", answer.text);
    serde_json::from_str(&answer.text).unwrap()
}

fn has(all: &[Element], name: &str, key: &str, part: &str) -> bool {
    all.iter().any(|e| e.name == name && e.get(key).is_some_and(|value| value.contains(part)))
}

#[tokio::test]
async fn the_demo_tells_its_figures() {
    let world = World::new().await;
    let model = "acorn-lab/acorn-tiny";
    let told = info(&world, model, "expand=safetensors").await;
    let total = told["safetensors"]["total"].as_u64().unwrap();
    assert_eq!(told["safetensors"]["parameters"], json!({ "BF16": total }));
    assert!(info(&world, model, "expand=gguf").await["gguf"].is_null());
    let millions = format!("{:.2} M", total as f64 / 1e6);
    for _ in 0..2 {
        tells(&world, &format!("/{model}"), &["Parameters", &millions, "BF16"]).await;
    }
    let page = format!("/{model}/blob/main/model.safetensors");
    let first = ["Parameters", &millions, "BF16", "Metadata", "format", "Header"];
    let (_, text) = tells(&world, &page, &first).await;
    let looked = tells(&world, &format!("{page}?q=EMBED"), &["with “EMBED” in their names"]).await.1;
    assert!(looked.contains("embed") && looked.len() < text.len());
    tells(&world, &format!("{page}?q=no+such"), &["No tensor has “no such” in its name"]).await;

    let table = "/datasets/field-notes/garden-observations/blob/main/data/train-00000-of-00001.parquet";
    let (all, _) =
        tells(&world, table, &["The first 50 of ", " rows", "string", "1 row group", "note"]).await;
    assert_eq!(all.iter().filter(|e| e.name == "tr").count(), 51);
}

#[tokio::test]
async fn each_kind_of_file_is_shown_as_what_it_is() {
    let world = World::new().await;
    let long = "x".repeat(500);
    let csv = format!("city,people\nBergen,291940\n\"a \"\"b\"\"\",\n{long},-1.5\n");
    let jsonl = b"{\"id\":1,\"tags\":[\"a\",{\"b\":null}]}\n{\"id\":2,\"tags\":null}\n";
    let files = [
        ("t.csv", csv.into_bytes()),
        ("t.tsv", b"a\tb\n1\t2\n".to_vec()),
        ("t.jsonl", jsonl.to_vec()),
        ("t.json", b"[{\"k\":\"v\"}]".to_vec()),
        ("config.json", b"{\"k\": [1]}".to_vec()),
        ("m.gguf", gguf(10)),
        ("s.wav", wav()),
        ("d.pdf", b"%PDF-1.4\n%%EOF\n".to_vec()),
        ("p.svg", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>1</script></svg>".to_vec()),
        ("p.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
        ("film.mp4", b"\0\0\0\x18ftypisom\0\0\0\0".to_vec()),
        ("w.pkl", b"\x80\x04\x95\x0b\0\0\0\0\0\0\0}\x94.".to_vec()),
        ("any.bin", (0..=255).chain(0..=255).collect()),
        ("none.txt", Vec::new()),
    ];
    publish(&world, "kinds", &files).await;
    let page = |file: &str| format!("/ada/kinds/blob/main/{file}");

    let (all, _) = tells(&world, &page("t.csv"), &["3 rows", "city", "people", "Bergen", "a \"b\""]).await;
    assert!(all.iter().any(|e| e.name == "td" && e.get("class") == Some("num") && e.text == "291940"));
    let cut = all.iter().find(|e| e.name == "td" && e.text.starts_with("xx")).unwrap();
    assert!(cut.text.chars().count() < 100 && cut.get("title") == Some(&long));
    assert!(has(&all, "a", "href", "t.csv?as=text"));
    let (all, _) = tells(&world, &page("t.csv?as=text"), &["city,people"]).await;
    assert!(!all.iter().any(|e| e.name == "table") && has(&all, "a", "href", "t.csv"));
    tells(&world, &page("t.tsv"), &["1 row", "a", "b"]).await;
    tells(&world, &page("t.jsonl"), &["2 rows", "tags", "[\"a\", {\"b\": null}]", "null"]).await;
    tells(&world, &page("t.json"), &["1 row", "k", "v"]).await;
    let (all, text) = tells(&world, &page("config.json"), &["1 line", "{\"k\": [1]}"]).await;
    assert!(!all.iter().any(|e| e.name == "table") && !text.contains("cannot be read"));

    let told = ["GGUF version 3", "llama", "Q4_K_M", "4,096 tokens", "blk.0.w", "256 × 2", "Q4_K", "288 B"];
    let (_, text) = tells(&world, &page("m.gguf"), &told).await;
    assert!(text.contains("10 × string") && text.contains("\"t0\""), "{text}");

    for (file, element) in [("s.wav", "audio"), ("film.mp4", "video"), ("p.png", "img")] {
        let (all, _) = open(&world, &page(file)).await;
        assert!(has(&all, element, "src", "/resolve/"), "{file}");
    }
    let (all, _) = open(&world, &page("d.pdf")).await;
    assert!(all.iter().any(|e| e.name == "a" && e.text == "Open" && e.get("href").is_some()));
    let (all, _) = tells(&world, &page("p.svg"), &["may run scripts", "<script>1</script>"]).await;
    assert!(!all.iter().any(|e| e.name == "img"));
    tells(&world, &page("w.pkl"), &["pickle", "may run code", "80 04 95"]).await;
    let numbers = ["000000f0", "f0 f1 f2 f3 f4 f5 f6 f7 f8 f9 fa fb fc fd fe ff"];
    let (_, text) = tells(&world, &page("any.bin"), &numbers).await;
    assert!(!text.contains("00000100"));
    open(&world, &page("none.txt")).await;
}

#[tokio::test]
async fn what_files_say_is_text() {
    let world = World::new().await;
    let script = "<script>alert(1)</script>";
    let header = json!({
        "__metadata__": { script: script, "long": format!("{}{script}", "y".repeat(900)), "nul": "a\0b" },
        format!("{script}.w"): { "dtype": "U8", "shape": [1], "data_offsets": [0, 1] },
        "odd": { "dtype": script, "shape": [1], "data_offsets": [1, 2] },
    });
    let row = json!({ script: script, "list": [script] });
    let index = json!({ "weight_map": { "a": script, "b": "x.safetensors" } });
    let files = [
        ("x.safetensors", safetensors(&header, 2)),
        ("x.csv", format!("{script},b\n{script},\"{}{script}\"\n", "z".repeat(200)).into_bytes()),
        ("x.jsonl", format!("{row}\n").into_bytes()),
        ("x.safetensors.index.json", index.to_string().into_bytes()),
    ];
    publish(&world, "hostile", &files).await;
    for (file, ..) in &files {
        let path = format!("/ada/hostile/blob/main/{file}");
        // That no element of a page is a script without an address is looked at with every page.
        let (_, text) = open(&world, &path).await;
        assert!(text.contains("<script>alert("), "{path}: {text}");
        let (_, text) = open(&world, &format!("{path}?q=%3Cscript%3E&after=0")).await;
        assert!(text.contains("<script>"), "{path}: {text}");
    }
    let (_, text) = open(&world, "/ada/hostile/blob/main/x.safetensors").await;
    assert!(text.contains("a\u{fffd}b"));
    // Without its index nobody would load them, but they are this model's weights all the same.
    let told = info(&world, "ada/hostile", "expand=safetensors").await;
    assert_eq!(told["safetensors"], json!({ "parameters": { "U8": 1, script: 1 }, "total": 2 }));
    let (_, text) = open(&world, "/ada/hostile").await;
    assert!(text.contains("<script>alert(1)</script> 50.0 %"));
}

#[tokio::test]
async fn damaged_files_say_why() {
    let world = World::new().await;
    let gap = json!({ "a": { "dtype": "F32", "shape": [9], "data_offsets": [0, 4] } });
    let mut short = safetensors(&gap, 4);
    short[0] = 0xff;
    let files = [
        ("bad.safetensors", safetensors(&gap, 4)),
        ("short.safetensors", short),
        ("bad.gguf", b"GGUF\x03\0\0\0\xff\xff\xff\xff\xff\0\0\0\x01\0\0\0\0\0\0\0".to_vec()),
        ("bad.parquet", b"PAR1 and nothing \0 of the kind".to_vec()),
        ("short.parquet", b"PAR1".to_vec()),
        ("bad.jsonl", b"{\"a\":1}\n{\n".to_vec()),
        ("bad.safetensors.index.json", b"{\"weight_map\":{\"a\":\"../../etc\"}}".to_vec()),
    ];
    publish(&world, "damaged", &files).await;
    for (file, why) in [
        ("bad.safetensors", "tensor \"a\" has more or fewer bytes than its shape needs"),
        ("short.safetensors", "its header is longer than the file"),
        ("bad.gguf", "tensors: too much to be read here"),
        ("bad.parquet", "this is not a Parquet file"),
        ("short.parquet", "this is not a Parquet file"),
        ("bad.jsonl", "the file is damaged"),
        ("bad.safetensors.index.json", "leads out of the folder"),
    ] {
        let path = format!("/ada/damaged/blob/main/{file}");
        tells(&world, &path, &["It cannot be read as", why]).await;
    }
    // A sum over some of the files would be wrong.
    assert!(info(&world, "ada/damaged", "expand=safetensors").await["safetensors"].is_null());
    let (_, text) = open(&world, "/ada/damaged").await;
    assert!(!text.contains("Parameters"));
}

#[tokio::test]
async fn much_is_shown_page_by_page() {
    let world = World::new().await;
    let sharp = "<".repeat(300);
    let many: Vec<String> = (0..250).map(|n| format!("{sharp}{n:03}")).collect();
    let wide = vec![sharp.as_str(); 120].join(",");
    let files = [
        ("many.safetensors", bare_safetensors(&(0..250).map(|n| format!("t{n:03}")).collect::<Vec<_>>())),
        ("long.safetensors", bare_safetensors(&many)),
        ("wide.csv", vec![wide.as_str(); 120].join("\n").into_bytes()),
        // Their headers are longer than what is read at first.
        ("words.gguf", gguf(250_000)),
        (
            "longer.safetensors",
            bare_safetensors(&(0..9000).map(|n| format!("{sharp}{n}")).collect::<Vec<_>>()),
        ),
        ("tall.csv", (0..400).map(|n| format!("{n}\n")).collect::<String>().into_bytes()),
    ];
    publish(&world, "much", &files).await;
    let page = "/ada/much/blob/main/many.safetensors";
    let (all, text) = tells(&world, page, &["1 to 100 of 250", "t000", "t099"]).await;
    assert!(!text.contains("t100") && has(&all, "a", "href", "?after=100"));
    let (all, _) = tells(&world, &format!("{page}?after=200"), &["201 to 250 of 250", "t249"]).await;
    assert!(!has(&all, "a", "href", "?after="));
    let found = ["1 to 50 of 50 with “T2” in their names", "t200", "t249"];
    let (_, text) = tells(&world, &format!("{page}?q=T2"), &found).await;
    assert!(!text.contains("t102"));
    open(&world, &format!("{page}?after=99999999999999999999&q={}", "a".repeat(3000))).await;
    tells(&world, &format!("{page}?after=1000"), &["There are only 250"]).await;
    tells(&world, "/ada/much/blob/main/words.gguf", &["250000 × string", "512", "blk.0.w"]).await;
    tells(&world, "/ada/much/blob/main/longer.safetensors", &["of 9,000"]).await;

    // Every tensor of a page that was cut short comes on the next ones.
    let (mut path, mut seen) = ("/ada/much/blob/main/long.safetensors".to_owned(), 0);
    loop {
        let (all, _) = open(&world, &path).await;
        seen += all.iter().filter(|e| e.name == "th" && e.text.starts_with("<<<")).count();
        let more = all.iter().find(|e| e.name == "a" && e.text == "More");
        let Some(next) = more.and_then(|more| more.get("href")) else { break };
        path = next.to_owned();
    }
    assert_eq!(seen, 250);

    let (_, text) = open(&world, "/ada/much/blob/main/wide.csv").await;
    assert!(text.contains("The file has more columns than these 100."), "{text}");
    tells(&world, "/ada/much/blob/main/tall.csv", &["The first 50 rows", "49"]).await;
}

#[tokio::test]
async fn a_models_size_follows_its_files() {
    let world = World::new().await;
    let tensors = |pairs: &[(&str, &str, u64, u64)]| {
        let (mut header, mut at) = (json!({}), 0);
        for (name, dtype, elements, bytes) in pairs {
            let offsets = [at, at + bytes];
            header[*name] = json!({ "dtype": dtype, "shape": [elements], "data_offsets": offsets });
            at += bytes;
        }
        safetensors(&header, at as usize)
    };
    let first = tensors(&[("a", "F32", 3, 12), ("b", "BF16", 1, 2)]);
    let weights = |bytes: &[u8]| vec![("model.safetensors", bytes.to_vec())];
    publish(&world, "sized", &weights(&first)).await;
    let size = async || info(&world, "ada/sized", "expand=safetensors&expand=gguf").await;
    let expected = json!({ "parameters": { "F32": 3, "BF16": 1 }, "total": 4 });
    assert_eq!(size().await["safetensors"], expected);
    tells(&world, "/ada/sized", &["Parameters4", "F32 75.0 %, BF16 25.0 %"]).await;
    // Another commit with the same weights, another format of the same model, another file of them.
    let beside = ("model.fp16.safetensors", tensors(&[("a", "F16", 4, 8)]));
    publish(&world, "sized", &[("README.md", b"# Sized\n".to_vec()), ("m.gguf", gguf(10)), beside]).await;
    let told = size().await;
    assert_eq!(told["safetensors"], expected);
    assert_eq!(told["gguf"], json!({ "total": 512, "architecture": "llama", "context_length": 4096 }));
    publish(&world, "sized", &weights(&tensors(&[("a", "F64", 2, 16)]))).await;
    assert_eq!(size().await["safetensors"], json!({ "parameters": { "F64": 2 }, "total": 2 }));

    // Of a hidden model it is told to those who may read it.
    let at = "/api/models/ada/hidden?expand=safetensors";
    assert_eq!(world.ask("GET", at, &[], "").await.status.as_u16(), 404);
}

#[tokio::test]
async fn headers_are_read_once() {
    let world = World::new().await;
    let (known, new) = ("acorn-lab/acorn-tiny", "field-notes/acorn-tiny-notes");
    let told = info(&world, known, "expand=safetensors").await;
    assert!(told["safetensors"]["total"].as_u64().unwrap() > 0);
    world.lose_objects();
    assert_eq!(info(&world, known, "expand=safetensors").await, told);
    // What cannot be read is left out, and everything else is told.
    let told = info(&world, new, "expand=safetensors&expand=sha").await;
    assert!(told["safetensors"].is_null() && told["sha"].is_string());
}

#[tokio::test]
async fn headers_of_all_files_come_at_once() {
    let world = World::new().await;
    let index = json!({
        "metadata": { "total_size": 6 },
        "weight_map": { "a": "model-1.safetensors", "\"b\"": "model-2.safetensors" },
    });
    let one = json!({ "a": { "dtype": "F32", "shape": [], "data_offsets": [0, 4] } });
    let two = json!({
        "__metadata__": { "format": "pt" },
        "\"b\"": { "dtype": "U8", "shape": [2, 1], "data_offsets": [0, 2] },
    });
    let files = [
        ("model.safetensors.index.json", index.to_string().into_bytes()),
        ("sub/model.safetensors.index.json", index.to_string().into_bytes()),
        ("model-1.safetensors", safetensors(&one, 4)),
        ("model-2.safetensors", safetensors(&two, 2)),
    ];
    publish(&world, "parts", &files).await;
    let ask = async |repo: &str, index: &str| {
        world.ask("GET", &format!("/api/models/{repo}/safetensors-metadata/{index}"), &[], "").await
    };
    let answer = ask("ada/parts", "model.safetensors.index.json").await;
    assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "application/json"));
    let expected = json!({
        "index": { "metadata": { "total_size": 6 } },
        "headers": { "model-1.safetensors": one, "model-2.safetensors": two },
    });
    assert_eq!(serde_json::from_str::<Value>(&answer.text).unwrap(), expected);
    for (repo, index, code) in [
        ("ada/parts", "sub%2Fmodel.safetensors.index.json", "EntryNotFound"),
        ("ada/parts", "none", "EntryNotFound"),
        ("ada/hidden", "model.safetensors.index.json", "RepoNotFound"),
    ] {
        let answer = ask(repo, index).await;
        assert_eq!((answer.status.as_u16(), answer.header("x-error-code")), (404, code), "{repo} {index}");
    }
    assert_eq!(ask("ada/parts", "model-1.safetensors").await.status.as_u16(), 422);

    let told = ["2 tensors in 2 files", "6 B of tensors", "model-1.safetensors", "not here"];
    let (all, _) = tells(&world, "/ada/parts/blob/main/model.safetensors.index.json", &told[..3]).await;
    assert!(has(&all, "a", "href", "/blob/main/model-2.safetensors"));
    tells(&world, "/ada/parts/blob/main/sub/model.safetensors.index.json", &told).await;
}
