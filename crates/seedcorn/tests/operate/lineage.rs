//! `seedcorn lineage`: two folders side by side, with no hub.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{refused, run};

/// Numbers that have nothing in common with those of another seed.
fn numbers(seed: u64, n: usize) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..n).map(|_| next()).collect()
}

fn floats(numbers: &[f32]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A safetensors file: name, dtype, bytes a number, bytes.
fn safetensors(path: &Path, tensors: &[(&str, &str, usize, Vec<u8>)]) {
    let (mut header, mut at) = (serde_json::Map::new(), 0);
    for (name, dtype, size, bytes) in tensors {
        let end = at + bytes.len();
        header.insert(
            (*name).into(),
            json!({"dtype": dtype, "shape": [bytes.len() / size], "data_offsets": [at, end]}),
        );
        at = end;
    }
    let header = Value::Object(header).to_string();
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend_from_slice(header.as_bytes());
    tensors.iter().for_each(|(_, _, _, bytes)| file.extend_from_slice(bytes));
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, file).unwrap();
}

const N: usize = 20_000;

/// A base, a fine-tune of it, one in fewer bits, and one that was made apart.
fn family(root: &Path) {
    let f32s = |name: &'static str, numbers: &[f32]| (name, "F32", 4, floats(numbers));
    let (embed, up, down) = (numbers(1, N), numbers(2, N), numbers(3, N));
    safetensors(
        &root.join("base/model.safetensors"),
        &[f32s("model.embed.weight", &embed), f32s("up.weight", &up), f32s("down.weight", &down)],
    );
    let config = json!({"architectures": ["AcornForCausalLM"], "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 99});
    let trained: Vec<f32> = up.iter().zip(numbers(9, N)).map(|(one, step)| one + 0.1 * step).collect();
    safetensors(
        &root.join("tuned/model-00001-of-00002.safetensors"),
        &[f32s("model.embed.weight", &embed), f32s("head.weight", &numbers(4, N / 10))],
    );
    let trained_down: Vec<f32> = down.iter().zip(numbers(8, N)).map(|(one, step)| one + 0.1 * step).collect();
    safetensors(
        &root.join("tuned/model-00002-of-00002.safetensors"),
        &[f32s("up.weight", &trained), f32s("down.weight", &trained_down)],
    );
    fs::write(root.join("tuned/README.md"), "---\nbase_model: acorn/base\n---\n# Tuned\n").unwrap();
    let bits = |numbers: &[f32]| numbers.iter().map(|one| (one * 250.0) as i8 as u8).collect::<Vec<u8>>();
    safetensors(
        &root.join("small/model.safetensors"),
        &[
            ("model.embed.weight", "F32", 4, floats(&embed)),
            ("up.weight", "I8", 1, bits(&up)),
            ("down.weight", "I8", 1, bits(&down)),
        ],
    );
    safetensors(
        &root.join("apart/model.safetensors"),
        &[
            f32s("model.embed.weight", &numbers(11, N)),
            f32s("up.weight", &numbers(12, N)),
            f32s("down.weight", &numbers(13, N)),
        ],
    );
    for folder in ["base", "tuned", "small", "apart"] {
        fs::write(root.join(folder).join("config.json"), config.to_string()).unwrap();
        let words = json!({"model": {"vocab": {"a": 0, folder: 1}}});
        let words = if folder == "apart" { words } else { json!({"model": {"vocab": {"a": 0, "b": 1}}}) };
        fs::write(root.join(folder).join("tokenizer.json"), words.to_string()).unwrap();
    }
}

fn compared(root: &Path, a: &str, b: &str) -> (i32, Value) {
    let path = |name: &str| root.join(name).display().to_string();
    let out = run(root, &["lineage", &path(a), &path(b), "--format", "json"]);
    (out.status.code().unwrap(), serde_json::from_slice(&out.stdout).unwrap())
}

#[test]
fn a_fine_tune_is_found_by_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    family(folder.path());
    let (code, found) = compared(folder.path(), "base", "tuned");
    assert_eq!(
        (code, &found["state"], &found["type"]),
        (0, &json!("measured"), &json!("finetune")),
        "{found:#}"
    );
    assert_eq!(
        (&found["same"]["count"], &found["changed"]["count"], &found["new"]["count"]),
        (&json!(1), &json!(2), &json!(1))
    );
    assert!(found["correlation"].as_f64().unwrap() > 0.9, "{found:#}");
    assert_eq!(found["build"], json!([]));
    assert_eq!(found["words"], json!(true));
    assert_eq!(found["named"], json!([{"name": "acorn/base", "type": "finetune"}]));
    let text = run(
        folder.path(),
        &[
            "lineage",
            &folder.path().join("base").display().to_string(),
            &folder.path().join("tuned").display().to_string(),
        ],
    );
    let text = String::from_utf8(text.stdout).unwrap();
    assert!(text.starts_with("The second builds upon the first: finetune (measured)."), "{text}");
    assert!(text.contains("It says itself that it builds upon acorn/base (finetune)"), "{text}");
}

#[test]
fn fewer_bits_and_strangers() {
    let folder = tempfile::tempdir().unwrap();
    family(folder.path());
    let (code, found) = compared(folder.path(), "base", "small");
    assert_eq!(
        (code, &found["state"], &found["type"]),
        (0, &json!("measured"), &json!("quantized")),
        "{found:#}"
    );
    // Built alike, but other numbers and other words.
    let (code, found) = compared(folder.path(), "base", "apart");
    assert_eq!((code, &found["state"], &found["words"]), (1, &Value::Null, &json!(false)), "{found:#}");
    assert!(found["correlation"].as_f64().unwrap().abs() < 0.1);
    assert_eq!(compared(folder.path(), "base", "base").1["same"]["count"], json!(3));
}

#[test]
fn folders_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    assert!(
        refused(folder.path(), &["lineage", &path, "/no/such/folder"])
            .contains("/no/such/folder is no folder")
    );
    // A file that is none of what its name says is told, and the rest is compared.
    fs::create_dir(folder.path().join("x")).unwrap();
    fs::write(folder.path().join("x/model.safetensors"), b"not weights at all").unwrap();
    let x = folder.path().join("x").display().to_string();
    assert!(refused(folder.path(), &["lineage", &x, &x]).contains("has nothing that can be read"));
    fs::write(folder.path().join("x/rows.csv"), "a,b\n1,2\n".repeat(1000)).unwrap();
    let out = run(folder.path(), &["lineage", &x, &x]);
    assert!(
        String::from_utf8_lossy(&out.stderr).contains("model.safetensors: this is not a safetensors file")
    );
    assert_eq!(out.status.code(), Some(0));
}
