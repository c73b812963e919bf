//! `seedcorn scan`: files that do something when they are opened.

use std::fs;

use serde_json::Value;

use crate::program::{good, refused, run};

#[test]
fn what_is_dangerous_is_said_first_and_told_to_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    let write = |name: &str, bytes: &[u8]| {
        fs::create_dir_all(root.join("model")).unwrap();
        fs::write(root.join("model").join(name), bytes).unwrap();
    };
    let odd = |words: &[&str]| {
        let out = run(root, words);
        assert_eq!(out.status.code(), Some(1), "{words:?}");
        String::from_utf8(out.stdout).unwrap()
    };
    write("README.md", b"# A model\n");
    write("data.pkl", b"\x80\x02ccollections\nOrderedDict\n)R.");
    assert_eq!(good(root, &["scan", "model"]).trim(), "2 files: no unsafe content found");

    write("weights.7z", b"7z\xbc\xaf\x27\x1c\0\0");
    write("notes.txt", b"cposix\nsystem\n(S'id'\ntR.");
    let told = odd(&["scan", "model"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines[0], "notes.txt: dangerous");
    assert_eq!(lines[1], "  posix.system is called, and is not among what only holds data");
    assert_eq!(lines[2], "weights.7z: could not be scanned");
    assert_eq!(lines[4], "4 files: dangerous");

    let json: Value = serde_json::from_str(&odd(&["scan", "model", "--format", "json"])).unwrap();
    assert_eq!(json["verdict"], "dangerous");
    assert_eq!(json["files"][0]["imports"][0]["module"], "posix");
    assert_eq!(json["files"][3]["verdict"], "nothing-found");

    assert_eq!(good(root, &["scan", "model/data.pkl"]).trim(), "1 file: no unsafe content found");
    // Caches of clients are made of links; what is left out is never called clean.
    std::os::unix::fs::symlink("../model/notes.txt", root.join("model/linked.txt")).unwrap();
    assert!(odd(&["scan", "model"]).contains("linked.txt: dangerous"));
    fs::create_dir_all(root.join("links")).unwrap();
    std::os::unix::fs::symlink("nowhere", root.join("links/broken")).unwrap();
    let json: Value = serde_json::from_str(&odd(&["scan", "links", "--format", "json"])).unwrap();
    assert_eq!(
        (json["verdict"].as_str(), json["left"].as_array().map(Vec::len)),
        (Some("unscannable"), Some(1))
    );
    let why = refused(root, &["scan", "nothing"]);
    assert!(why.contains("nothing"), "{why}");
}
