//! `seedcorn sign`: a key, a signature, and whether it holds.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::program::{good, refused, run};

#[test]
fn a_folder_is_signed_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("m/sub")).unwrap();
    fs::create_dir_all(root.join("m/.cache")).unwrap();
    for (path, text) in
        [("m/a.txt", "a"), ("m/sub/b.bin", "b"), ("m/.cache/x", "c"), ("m/.gitattributes", "d")]
    {
        fs::write(root.join(path), text).unwrap();
    }
    let public = good(root, &["sign", "new-key", "mine.pem"]);
    assert!(public.starts_with("-----BEGIN PUBLIC KEY-----\n"), "{public}");
    let mode = fs::metadata(root.join("mine.pem")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(
        refused(root, &["sign", "new-key", "mine.pem"]).contains("mine.pem"),
        "a key is never overwritten"
    );
    fs::write(root.join("mine.pub"), &public).unwrap();
    good(root, &["sign", "new-key", "other.pem"]);

    let told = good(root, &["sign", "folder", "m", "--key", "mine.pem"]);
    assert!(told.contains("2 files, signed with"), "{told}");
    let check = |words: &[&str]| {
        let out = run(root, &[&["sign", "check", "m", "--format", "json"], words].concat());
        let found: Value = serde_json::from_slice(&out.stdout).unwrap();
        (out.status.code(), found["verdict"].as_str().unwrap().to_owned(), found)
    };
    let (code, verdict, found) = check(&["--key", "mine.pub"]);
    assert_eq!((code, verdict.as_str(), found["covered"].as_u64()), (Some(0), "verified", Some(2)));
    let (code, verdict, _) = check(&[]);
    assert_eq!((code, verdict.as_str()), (Some(1), "untrusted-signer"));
    let shown = good(root, &["sign", "check", "m", "--key", "mine.pub"]);
    assert!(shown.starts_with("The files are those that were signed"), "{shown}");

    fs::write(root.join("m/a.txt"), "x").unwrap();
    fs::write(root.join("m/new.txt"), "n").unwrap();
    let (code, verdict, found) = check(&["--key", "mine.pub"]);
    assert_eq!((code, verdict.as_str()), (Some(1), "wrong-content"));
    assert_eq!((&found["changed"][0], &found["unsigned"][0]), (&"a.txt".into(), &"new.txt".into()));
    // Signed anew, elsewhere.
    good(root, &["sign", "folder", "m", "--key", "mine.pem", "--out", "apart.sig"]);
    assert_eq!(check(&["--key", "mine.pub", "--signature", "apart.sig"]).2["covered"], 4);
    for (words, says) in [
        (&["sign", "folder", "m", "--key", "mine.pub"][..], "no private key"),
        (&["sign", "folder", "nothing", "--key", "mine.pem"], "nothing"),
        (&["sign", "check", "m", "--key", "mine.pem"], "private key"),
        (&["sign", "check", "nothing"], "nothing"),
        (&["sign", "check", "m", "--identity", "ada"], "--issuer"),
    ] {
        let why = refused(root, words);
        assert!(why.contains(says), "{words:?}: {why}");
    }
    // A secret key that lies where everybody would get it.
    fs::copy(root.join("mine.pem"), root.join("m/mine.pem")).unwrap();
    let why = refused(root, &["sign", "folder", "m", "--key", "m/mine.pem"]);
    assert!(why.contains("take it out"), "{why}");
}
