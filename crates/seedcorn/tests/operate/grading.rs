//! `seedcorn grade`: folders of releases after the shape of well-known ones, a hub's store, every format, every exit code.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::program::{Hub, good, refused, run};

/// A safetensors file with one tensor.
fn weights(seed: u8) -> Vec<u8> {
    let header = br#"{"w":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#;
    [&(header.len() as u64).to_le_bytes()[..], header, &[seed; 4]].concat()
}

fn write(root: &Path, files: &[(&str, &[u8])]) {
    for (path, bytes) in files {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn words(n: usize) -> String {
    (0..n).map(|n| format!("corn{n} ")).collect()
}

/// As long as a PDF with a page.
fn pdf() -> Vec<u8> {
    [b"%PDF-1.7\n".as_slice(), &[b' '; 700], b"\nstartxref\n9\n%%EOF\n"].concat()
}

fn section(heading: &str, n: usize) -> String {
    format!("## {heading}\n{}\n", words(n))
}

/// A card with everything that a model's card and a data card should have.
fn card(yaml: &str, name: &str) -> String {
    let all: String =
        ["Intended use", "Limitations", "Training procedure"].map(|heading| section(heading, 30)).concat();
    format!(
        "---\n{yaml}\n---\n# {name}\n{all}## Training data\n{} from https://example.org\n## Evaluation\n\
         | Model | acc |\n|---|---|\n| {name} | 0.5 |\n\n{}\n",
        words(60),
        words(30)
    )
}

/// A science release: weights, all code, checkpoints, paper, everything under Apache-2.0.
fn science(root: &Path) {
    let readme = card("license: apache-2.0\nlibrary_name: transformers", "science");
    let license: &[u8] = include_bytes!("../../../../LICENSE");
    let train = "import torch\n\ndef train(model, data, optimizer):\n    for batch in data:\n        loss = model(batch)\n        loss.backward()\n        optimizer.step()\n";
    let generate = "from transformers import AutoModelForCausalLM\nmodel = AutoModelForCausalLM.from_pretrained('.')\nmodel.generate(x)\n";
    let evaluate = "import lm_eval\n\ndef evaluate(model):\n    return accuracy(model)\n";
    let (one, two, last) = (weights(1), weights(2), weights(9));
    write(
        root,
        &[
            ("README.md", readme.as_bytes()),
            ("LICENSE", license),
            ("model.safetensors", &last),
            ("checkpoint-1000/model.safetensors", &one),
            ("checkpoint-2000/model.safetensors", &two),
            ("config.json", br#"{"model_type":"llama"}"#),
            ("train/train.py", train.as_bytes()),
            ("inference/generate.py", generate.as_bytes()),
            ("eval/evaluate.py", evaluate.as_bytes()),
            ("paper/paper.pdf", &pdf()),
            ("requirements.txt", b"torch\n"),
        ],
    );
}

/// Open weights and little else, under terms of their own.
fn custom(root: &Path) {
    let terms = b"ACORN COMMUNITY LICENSE AGREEMENT\n\nIf you have more than 700 million monthly active users you must \
                  request a license from us. You must not use the outputs to improve any other large language model.\n";
    let readme = card("license: other\nlicense_name: acorn-community", "custom");
    write(
        root,
        &[
            ("README.md", readme.as_bytes()),
            ("LICENSE", terms),
            ("model.safetensors", &weights(3)),
            ("config.json", br#"{"model_type":"llama"}"#),
        ],
    );
}

/// A fine-tune of a base under terms of its own, which says Apache.
fn relabelled(root: &Path) {
    let readme = card("license: apache-2.0\nbase_model: meta-llama/Llama-3.1-8B", "relabelled");
    write(
        root,
        &[
            ("README.md", readme.as_bytes()),
            ("model.safetensors", &weights(4)),
            ("config.json", br#"{"model_type":"llama"}"#),
        ],
    );
}

fn json(folder: &Path, words: &[&str]) -> Value {
    serde_json::from_str(&good(folder, &[&["grade", "--format", "json"], words].concat())).unwrap()
}

fn code(folder: &Path, words: &[&str]) -> Option<i32> {
    run(folder, &[&["grade"], words].concat()).status.code()
}

#[test]
fn releases_of_well_known_shapes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (name, make) in [("science", science as fn(&Path)), ("custom", custom), ("relabelled", relabelled)] {
        make(&folder.join(name));
    }
    let told = json(folder, &["science"]);
    assert_eq!(told["class"], "III", "{:#}", told["next"]);
    let progress: Vec<&Value> = told["progress"].as_array().unwrap().iter().collect();
    assert_eq!(progress.len(), 3);
    assert_eq!(told["parts"].as_array().unwrap().len(), 17);
    assert!(told["parts"].as_array().unwrap().iter().all(|part| part["status"].is_string()));
    // The evaluation data are on no hub that a folder can see, and so are the training data.
    let next: Vec<&str> =
        told["next"].as_array().unwrap().iter().map(|step| step["component"].as_str().unwrap()).collect();
    assert_eq!(next, ["Evaluation data"]);

    let told = json(folder, &["custom"]);
    assert_eq!((&told["class"], &told["possible"]), (&"unclassified".into(), &"unclassified".into()));
    let text = good(folder, &["grade", "custom", "--explain", "Model parameters (Final)"]);
    assert!(text.contains("not open") && text.contains("monthly active"), "{text}");

    let told = json(folder, &["relabelled"]);
    assert_eq!(told["class"], "unclassified", "what a base grants that nobody looked at is not sure");
    let codes: Vec<&str> =
        told["remarks"].as_array().unwrap().iter().map(|remark| remark["code"].as_str().unwrap()).collect();
    assert!(codes.contains(&"data/unresolved"), "{codes:?}");

    let text = good(folder, &["grade", "science"]);
    assert!(text.contains("Class III - Open Model") && text.contains("To reach Class II:"), "{text}");
    assert_eq!(code(folder, &["science", "--min", "III"]), Some(0));
    assert_eq!(code(folder, &["science", "--min", "II"]), Some(1));
    assert_eq!(code(folder, &["nowhere"]), Some(3));
    assert_eq!(code(folder, &["./nowhere"]), Some(3));
    assert!(refused(folder, &["grade", "science", "--min", "IV"]).contains("III, II or I"));
    assert!(refused(folder, &["grade", "science", "--profile", "osaid", "--min", "II"]).contains("has none"));
    assert!(refused(folder, &["grade", "science", "--profile", "data"]).contains("--kind dataset"));
    assert!(refused(folder, &["grade", "science", "--explain", "Soul"]).contains("Data card"));
}

#[test]
fn every_format_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    science(&folder.join("science"));
    let sarif: Value =
        serde_json::from_str(&good(folder, &["grade", "science", "--format", "sarif"])).unwrap();
    let run_of = &sarif["runs"][0];
    assert_eq!((&sarif["version"], &run_of["properties"]["class"]), (&"2.1.0".into(), &"III".into()));
    let rules = run_of["tool"]["driver"]["rules"].as_array().unwrap();
    for result in run_of["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(rules[index]["id"], result["ruleId"]);
        let place = &result["locations"][0]["physicalLocation"];
        let path = place["artifactLocation"]["uri"].as_str().unwrap();
        assert!(folder.join("science").join(path).exists(), "{path}");
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    let missing = run_of["results"].as_array().unwrap().iter().any(|one| one["level"] == "error");
    assert!(missing, "what stands in the way of the next class is an error");

    let page = good(folder, &["grade", "science", "--format", "md"]);
    assert!(
        page.starts_with("## Openness of science: Class III") && page.contains("### To reach Class II"),
        "{page}"
    );
    let badge = good(folder, &["grade", "science", "--format", "svg"]);
    assert!(badge.starts_with("<svg ") && badge.contains("Class III"), "{badge}");

    // What is written for the tool is read by its rules, and lists no more than is sure.
    fs::write(folder.join("mof.yml"), good(folder, &["grade", "science", "--format", "mot-yaml"])).unwrap();
    let tool = json(folder, &["--profile", "mot", "mof.yml"]);
    assert_eq!((&tool["name"], &tool["class"]), (&"science".into(), &"III".into()));
    assert_eq!(json(folder, &["--profile", "mot", "science"])["class"], "III");
    assert_eq!(tool["components"]["Datasets"], "missing");
}

#[test]
fn what_was_lost_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    science(&folder.join("before"));
    science(&folder.join("after"));
    fs::write(folder.join("before.json"), good(folder, &["grade", "before", "--format", "json"])).unwrap();
    for base in ["before", "before.json"] {
        assert_eq!(code(folder, &["after", "--diff", base]), Some(0));
    }
    fs::remove_dir_all(folder.join("after/checkpoint-2000")).unwrap();
    fs::remove_file(folder.join("after/LICENSE")).unwrap();
    for base in ["before", "before.json"] {
        let out = run(folder, &["grade", "after", "--diff", base]);
        let text = String::from_utf8_lossy(&out.stdout);
        assert_eq!(out.status.code(), Some(1), "{text}");
        assert!(text.contains("lost") && text.contains("Model parameters (Intermediate)"), "{text}");
    }
    let told = run(folder, &["grade", "after", "--diff", "before", "--format", "json"]);
    let told: Value = serde_json::from_slice(&told.stdout).unwrap();
    assert_eq!(told["worse"], true);
    assert_eq!(code(folder, &["before", "--diff", "after"]), Some(0), "what came to it is no loss");
    assert_eq!(code(folder, &["after", "--diff", "nowhere"]), Some(3));
    let osaid = good(folder, &["grade", "before", "--profile", "osaid", "--format", "json"]);
    fs::write(folder.join("osaid.json"), osaid).unwrap();
    assert_eq!(code(folder, &["after", "--diff", "osaid.json"]), Some(3), "of another profile");
}

#[test]
fn a_repo_is_read_from_the_store() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let hub = Hub::first(folder, &["--demo"]);
    let at = ["--data", "data"];
    let told = json(folder, &[&["acorn-lab/acorn-tiny"], &at[..]].concat());
    assert_eq!(told["name"], "acorn-lab/acorn-tiny");
    assert_eq!(told["commit"].as_str().unwrap().len(), 40);
    let told = json(folder, &[&["datasets/field-notes/garden-observations"], &at[..]].concat());
    assert_eq!(told["profile"], "data", "{told:#}");
    assert_eq!(code(folder, &[&["acorn-lab/nothing"], &at[..]].concat()), Some(3));
    assert_eq!(code(folder, &[&["acorn-lab/acorn-tiny@nothing"], &at[..]].concat()), Some(3));
    assert_eq!(code(folder, &[&["acorn-lab/acorn-tiny", "--diff", "main"], &at[..]].concat()), Some(0));
    drop(hub);
    assert_eq!(code(folder, &["ada/one", "--data", "elsewhere"]), Some(3), "no store is made");
}

#[test]
fn many_at_once_are_told_in_their_order() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    science(&folder.join("science"));
    custom(&folder.join("custom"));
    let out = run(folder, &["grade", "science", "custom", "nowhere", "--min", "III"]);
    let text = String::from_utf8_lossy(&out.stdout);
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("science: Class III; for the next class: Evaluation data"), "{text}");
    assert!(lines[1].starts_with("custom: Unclassified") && lines.len() == 2, "{text}");
    assert_eq!(out.status.code(), Some(3), "one of them cannot be read");
    assert_eq!(code(folder, &["science", "custom", "--min", "III"]), Some(1));
    assert_eq!(code(folder, &["science", "science", "--min", "III"]), Some(0));
    let told = good(folder, &["grade", "science", "custom", "--format", "json"]);
    let classes: Vec<Value> =
        told.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["class"].clone()).collect();
    assert_eq!(classes, ["III", "unclassified"]);
    assert!(refused(folder, &["grade", "science", "custom", "--diff", "science"]).contains("one release"));
}

#[test]
fn what_reviewers_sign_counts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    science(&folder.join("science"));
    fs::write(
        folder.join("science/README.md"),
        "---\nlicense: apache-2.0\n---\n# science\n".to_owned() + &words(40),
    )
    .unwrap();
    let card = |told: &Value| {
        let parts = told["parts"].as_array().unwrap().clone();
        parts.into_iter().find(|part| part["component"] == "Model card").unwrap()
    };
    let before = card(&json(folder, &["science"]));
    assert_eq!((&before["status"], &before["possible"]), (&"missing".into(), &"included".into()));
    let public = good(folder, &["review", "key", "ada@example.org"]);
    let id = before["evidence"][0]["id"].as_str().unwrap();
    let sign = [
        "review",
        "sign",
        "--key",
        "reviewer.key",
        "--work",
        "models/ada/science",
        "--component",
        "Model card",
    ];
    let sign = [&sign[..], &["--evidence", id, "--accept", "--reason", "Short, and all there is."]].concat();
    fs::write(folder.join("review.note"), good(folder, &sign)).unwrap();
    let public = public.trim();
    let told = card(&json(folder, &["science", "--review", "review.note", "--reviewer", public]));
    assert_eq!(told["status"], "included");
    assert_eq!(told["evidence"][0]["rule"], "review.accepted");
    // Somebody else's key signed nothing, and a key is not written over.
    let other = good(folder, &["review", "key", "ada@example.org", "--out", "other.key"]);
    assert_eq!(code(folder, &["science", "--review", "review.note", "--reviewer", other.trim()]), Some(3));
    refused(folder, &["review", "key", "ada@example.org"]);
    refused(folder, &["grade", "science", "--review", "review.note"]);

    // A hub counts those whose keys its operator names.
    let hub = Hub::first(folder, &["--openness-reviewers", public]);
    drop(hub);
    assert!(refused(folder, &["serve", "--openness-reviewers", "nobody"]).contains("--openness-reviewers"));
}
