//! Commits that are no NDJSON, name hostile paths, or come too late; and hostile names of branches and files.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use seedcorn_testkit::client::{header, lines, text_file};
use seedcorn_testkit::xet;
use serde_json::{Value, json};

use crate::hub::{Hub, REPO, noise};

/// Sends each as a commit and checks its status, and that nothing came of it.
fn refused(hub: &Hub, cases: &[(String, Vec<u8>, u16)]) {
    let before = hub.look();
    for (what, body, status) in cases {
        let reply = hub.eve.commit(REPO, "main", body).unwrap();
        hub.refused(what, &reply, *status);
        hub.unchanged(what, &before, b"no large file");
    }
}

fn file(path: &str) -> Value {
    text_file(path, "content")
}

#[test]
fn what_is_no_commit_is_refused() {
    let hub = Hub::start();
    let (h, f) = (header("hostile").to_string(), file("a.txt").to_string());
    let raw = |value: &str| format!("{{\"key\":\"file\",\"value\":{value}}}");
    let content = |content: &str, encoding: &str| {
        raw(&json!({ "path": "a.txt", "content": content, "encoding": encoding }).to_string())
    };
    let large = |value: Value| json!({ "key": "lfsFile", "value": value }).to_string();
    let oid = "0".repeat(64);
    let cases = [
        ("nothing", String::new(), 400),
        ("blank lines", "\n\n \n".into(), 400),
        ("no header", f.clone(), 400),
        ("the header last", format!("{f}\n{h}"), 400),
        ("two headers", format!("{h}\n{f}\n{h}"), 400),
        ("an unknown key", format!("{h}\n{{\"key\":\"renamedFile\",\"value\":{{\"path\":\"a\"}}}}"), 400),
        ("no key", format!("{h}\n{{\"value\":{{}}}}"), 400),
        ("no value", format!("{h}\n{{\"key\":\"file\"}}"), 400),
        ("a value that is a list", format!("{h}\n{}", raw("[]")), 400),
        ("a path that is a number", format!("{h}\n{}", raw("{\"path\":1,\"content\":\"\"}")), 400),
        ("no content", format!("{h}\n{}", raw("{\"path\":\"a\"}")), 400),
        ("invalid JSON", format!("{h}\n{{\"key\":"), 400),
        ("no JSON", format!("{h}\nkey: file"), 400),
        ("JSON too deep", format!("{h}\n{}", "[".repeat(100_000)), 400),
        ("half a character", format!("{h}\n{}", raw("{\"path\":\"a\",\"content\":\"\\ud800\"}")), 400),
        ("two objects in a line", format!("{h}\n{f}{f}"), 400),
        ("base64 with a bad letter", format!("{h}\n{}", content("aG!k", "base64")), 400),
        ("base64 cut short", format!("{h}\n{}", content("aGk", "base64")), 400),
        ("base64 with line breaks", format!("{h}\n{}", content("aG\nk=", "base64")), 400),
        ("an unknown encoding", format!("{h}\n{}", content("aGk=", "utf-16")), 400),
        ("an empty summary", format!("{}\n{f}", header(" ")), 400),
        ("a NUL in the summary", format!("{}\n{f}", header("a\0b")), 400),
        ("a summary of 65 KiB", format!("{}\n{f}", header(&"s".repeat(65 << 10))), 413),
        ("a large file nobody sent", format!("{h}\n{}", large(json!({ "path": "a", "oid": oid }))), 400),
        ("a short SHA-256", format!("{h}\n{}", large(json!({ "path": "a", "oid": "00" }))), 400),
        ("MD5", format!("{h}\n{}", large(json!({ "path": "a", "oid": oid, "algo": "md5" }))), 400),
        ("a negative size", format!("{h}\n{}", large(json!({ "path": "a", "oid": oid, "size": -1 }))), 400),
    ];
    let mut cases: Vec<_> =
        cases.into_iter().map(|(what, body, status)| (what.to_owned(), body.into_bytes(), status)).collect();
    cases.push(("not UTF-8".into(), [h.as_bytes(), b"\n{\"key\":\"\xff\"}"].concat(), 400));
    refused(&hub, &cases);
}

#[test]
fn what_is_too_much_for_a_commit_is_refused() {
    let hub = Hub::start();
    let large = BASE64_STANDARD.encode(noise(50, (16 << 20) + 1));
    let large = json!({ "key": "file", "value": { "path": "a", "content": large, "encoding": "base64" } });
    let many = vec![json!({ "key": "deletedFile", "value": { "path": "a" } }); 50_001];
    let endless = [header("h").to_string().into_bytes(), vec![b'\n'], vec![b'x'; 23 << 20]].concat();
    refused(
        &hub,
        &[
            ("a file of over 16 MiB".into(), lines(&[header("h"), large]), 413),
            ("50,001 operations".into(), lines(&[&[header("h")], &many[..]].concat()), 413),
            ("a line of 23 MiB".into(), endless, 413),
        ],
    );
}

#[test]
fn hostile_paths_are_refused() {
    let hub = Hub::start();
    let paths = [
        "",
        "/",
        "/etc/passwd",
        "..",
        "../up",
        "a/../../up",
        "a/..",
        "./a",
        "a/./b",
        "a//b",
        "a/",
        "..\\up",
        "\\up",
        ".git",
        ".git/hooks/pre-commit",
        "a/.GiT/config",
        "git~1/config",
        ".git./config",
        ".git ",
        ".g\u{200c}it/config",
        "a\0b",
        "a\nb",
        "a\u{7f}b",
        "a\u{85}b",
        "\u{1b}[31m",
    ];
    let mut paths: Vec<String> = paths.map(str::to_owned).to_vec();
    paths.extend([vec!["d"; 65].join("/"), "n".repeat(256), vec!["n".repeat(200); 21].join("/")]);
    let oid = "0".repeat(64);
    let mut cases = Vec::new();
    for path in paths {
        // A trailing slash is how folders to delete are written.
        let folder = path.ends_with('/') && path.len() > 1;
        let mut changes =
            vec![file(&path), json!({ "key": "lfsFile", "value": { "path": path, "oid": oid } })];
        if !folder {
            let deleted = |key: &str| json!({ "key": key, "value": { "path": path } });
            changes.extend([deleted("deletedFile"), deleted("deletedFolder")]);
        }
        for change in changes {
            let what = format!("{} {path:?}", change["key"]);
            cases.push((what, lines(&[header("hostile"), file("good.txt"), change]), 422));
        }
    }
    refused(&hub, &cases);
}

#[test]
fn what_cannot_be_beside_each_other_is_refused() {
    let hub = Hub::start();
    let commit = |changes: &[Value]| lines(&[&[header("hostile")], changes].concat());
    let gone = |key: &str, path: &str| json!({ "key": key, "value": { "path": path } });
    refused(
        &hub,
        &[
            ("a file where a folder is".into(), commit(&[file("folder")]), 422),
            ("a folder where a file is".into(), commit(&[file("folder/file.txt/x")]), 422),
            ("both in one commit".into(), commit(&[file("x"), file("x/y")]), 422),
            ("both, the other way".into(), commit(&[file("x/y"), file("x")]), 422),
            ("a file that is not there".into(), commit(&[gone("deletedFile", "nope")]), 404),
            ("a folder that is a file".into(), commit(&[gone("deletedFolder", "folder/file.txt")]), 404),
        ],
    );
}

#[test]
fn a_stale_parent_is_refused_with_412() {
    let hub = Hub::start();
    let history = hub.eve.history(REPO).unwrap();
    let with = |parent: &str| {
        let header = json!({ "key": "header", "value": { "summary": "late", "parentCommit": parent } });
        lines(&[header, file("late.txt")])
    };
    refused(
        &hub,
        &[
            ("the first commit".into(), with(&history[1]), 412),
            ("its first digits".into(), with(&history[1][..7]), 412),
            ("a commit that is not there".into(), with(&"0".repeat(40)), 412),
            ("no commit id".into(), with("main"), 400),
            ("half a digit too much".into(), with(&"0".repeat(41)), 400),
        ],
    );
    let reply = hub.eve.commit(REPO, "main", &with(&history[0])).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[test]
fn hostile_names_of_branches_are_refused() {
    let hub = Hub::start();
    let before = hub.look();
    for (name, status) in [
        ("%2e%2e", 400),
        ("a%2e%2eb", 400),
        ("..%2f..%2fmain", 400),
        ("%2fmain", 400),
        ("main%2f", 400),
        ("a%2f%2fb", 400),
        ("a%2f.b", 400),
        ("x.lock", 400),
        ("x.", 400),
        (".x", 400),
        ("-x", 400),
        ("@", 400),
        ("x@%7bnow", 400),
        ("a%20b", 400),
        ("a%00b", 400),
        ("a%0ab", 400),
        ("a%7fb", 400),
        ("a~1", 400),
        ("a%5eb", 400),
        ("a:b", 400),
        ("a%3fb", 400),
        ("a*", 400),
        ("a%5bb", 400),
        ("a%5cb", 400),
        ("%ff", 400),
        ("main", 409),
        ("main%2finside", 409),
        (&"n".repeat(256), 400),
    ] {
        let made = hub.eve.ask("POST", &format!("/api/models/{REPO}/branch/{name}"), b"").unwrap();
        hub.refused(&format!("branch {name}"), &made, status);
        if !name.starts_with("main") {
            for path in [format!("commit/{name}"), format!("super-squash/{name}")] {
                let body = if path.starts_with("commit") {
                    lines(&[header("h"), file("x")])
                } else {
                    br#"{"message":"h"}"#.to_vec()
                };
                let reply = hub.eve.ask("POST", &format!("/api/models/{REPO}/{path}"), &body).unwrap();
                let expected = if name == "%ff" { 400 } else { 404 };
                hub.refused(&path, &reply, expected);
            }
        }
        let tag = json!({ "tag": percent_decoded(name) });
        if name != "%ff" && !name.starts_with("main") {
            let path = format!("/api/models/{REPO}/tag/main");
            let reply = hub.eve.ask("POST", &path, tag.to_string().as_bytes()).unwrap();
            hub.refused(&format!("tag {name}"), &reply, status);
        }
        hub.unchanged(name, &before, b"no large file");
    }
    let reply = hub.eve.ask("DELETE", &format!("/api/models/{REPO}/branch/main"), b"").unwrap();
    assert!((400..500).contains(&reply.status), "{}", reply.text());
    hub.unchanged("deleting main", &before, b"no large file");
}

/// Decodes the escapes of an address.
fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap().as_bytes().to_vec();
    for part in parts {
        out.push(u8::from_str_radix(&part[..2], 16).unwrap());
        out.extend_from_slice(&part.as_bytes()[2..]);
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn no_address_leads_out_of_the_repo() {
    let hub = Hub::start();
    for path in [
        "../../db",
        "..%2f..%2fdb",
        "%2e%2e/%2e%2e/db",
        "folder/../../../db",
        "folder%2f..%2ffile.txt",
        "%2fetc%2fpasswd",
        "folder%5c..%5cfile.txt",
        "folder/file.txt%00.png",
        "folder/file.txt/",
        "folder//file.txt",
        "folder",
        ".git/config",
    ] {
        let reply = hub.eve.read(REPO, path).unwrap();
        hub.refused(path, &reply, 404);
    }
    let reply = hub.eve.read(REPO, "%ff").unwrap();
    hub.refused("%ff", &reply, 400);
    for oid in ["..%2f..%2fdb", &xet::hex(&[0; 32])[..63], "G"] {
        let reply = hub.eve.ask("GET", &format!("/{REPO}/lfs-object/{oid}"), b"").unwrap();
        hub.refused(oid, &reply, 400);
    }
}
