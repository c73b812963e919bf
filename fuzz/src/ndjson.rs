//! The body of a commit: lines, what they say, and what becomes of the folder.

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use seedcorn_content::git::{self, Kind, TreeEntry, oid_of, parse_tree, render_tree};
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::tree::{Change, Dir, Mode, Node, apply, dirs_needed};
use seedcorn_core::{limits, name};
use seedcorn_wire::hub::{CommitLine, LineError, parse_line};
use seedcorn_wire::ndjson::{LineTooLong, Lines};
use serde_json::Value;

use crate::pieces;

/// Bytes of a line that the cutting is tried with; most inputs stay below.
const LINE_BYTES_MAX: usize = 1000;

/// The bytes are a whole body.
pub fn check(data: &[u8]) {
    let short = cut(&[data], LINE_BYTES_MAX);
    assert_eq!(cut(&pieces(data), LINE_BYTES_MAX), short, "lines depend on how the body is cut");
    let lines = cut(&[data], limits::COMMIT_LINE_BYTES_MAX).unwrap();
    assert_eq!(short.is_err(), longest_line(data) > LINE_BYTES_MAX);
    let plain: Vec<&[u8]> =
        data.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
    assert_eq!(lines, plain);
    let changes: Vec<Change> = lines.iter().filter_map(|line| change(line)).collect();
    folder(&changes);
}

fn longest_line(data: &[u8]) -> usize {
    data.split(|byte| *byte == b'\n').map(<[u8]>::len).max().unwrap_or(0)
}

fn cut(pieces: &[&[u8]], max: usize) -> Result<Vec<Bytes>, LineTooLong> {
    let (mut lines, mut found) = (Lines::new(max), Vec::new());
    for piece in pieces {
        lines.push(piece);
        while let Some(line) = lines.take_line()? {
            found.push(line);
        }
    }
    while let Some(line) = lines.take_rest()? {
        found.push(line);
    }
    Ok(found)
}

/// Reads one line, and the same line written anew.
fn change(line: &[u8]) -> Option<Change> {
    let value: Option<Value> = serde_json::from_slice(line).ok();
    let parsed = parse_line(line);
    if let (Ok(parsed), Some(value)) = (&parsed, &value) {
        let written = serde_json::to_vec(value).unwrap();
        let again = parse_line(&written).unwrap();
        assert_eq!(
            format!("{again:?}"),
            format!("{parsed:?}"),
            "the same JSON written otherwise is read otherwise"
        );
    }
    match parsed.ok()? {
        CommitLine::Header(_) => None,
        CommitLine::File(file) => {
            let (path, bytes) = content(file, line, value.as_ref())?;
            Some(Change::Put { path, oid: oid_of(Kind::Blob, &bytes).ok()? })
        }
        CommitLine::LfsFile(large) => {
            let sha256: Sha256 = large.oid.parse().ok()?;
            assert_eq!(sha256.to_string(), large.oid, "a SHA-256 has one spelling");
            Some(Change::Put { path: large.path, oid: oid_of(Kind::Blob, sha256.as_bytes()).ok()? })
        }
        CommitLine::DeletedFile(deleted) => Some(Change::DeleteFile { path: deleted.path }),
        CommitLine::DeletedFolder(deleted) => Some(Change::DeleteFolder { path: deleted.path }),
    }
}

/// The content of a file: its bytes have one spelling, and the line is longer than they are.
fn content(
    file: seedcorn_wire::hub::FileLine,
    line: &[u8],
    value: Option<&Value>,
) -> Option<(String, Vec<u8>)> {
    let path = file.path.clone();
    match file.decode() {
        Ok((told, bytes)) => {
            assert_eq!(told, path);
            assert!(bytes.len() < line.len());
            let value = value?.get("value")?;
            let text = value.get("content")?.as_str()?;
            let encoding = value.get("encoding").and_then(Value::as_str).unwrap_or("base64");
            match encoding {
                "base64" => assert_eq!(BASE64_STANDARD.encode(&bytes), text),
                other => assert_eq!((other, bytes.as_slice()), ("utf-8", text.as_bytes())),
            }
            Some((path, bytes))
        }
        Err(LineError::Content { path: told, .. }) => {
            assert_eq!(told, path);
            None
        }
        Err(why @ LineError::Shape(_)) => panic!("a shape was already read: {why}"),
    }
}

/// Applies what can be applied, one operation at a time and all at once, and makes git's trees of the result.
fn folder(changes: &[Change]) {
    let mut root = Dir::default();
    let mut good = Vec::new();
    for change in changes {
        if let Ok(next) = apply(root.clone(), std::slice::from_ref(change)) {
            name::check_path(change.path()).unwrap();
            root = next;
            good.push(change.clone());
        }
    }
    assert_eq!(apply(Dir::default(), &good).as_ref(), Ok(&root));
    assert!(dirs_needed(&good).iter().all(|dir| dir.is_empty() || name::check_path(dir).is_ok()));
    let mut files = BTreeMap::new();
    tree(&root, "", &mut files);
    assert!(files.keys().all(|path| good.iter().any(|change| change.path() == path)));
}

/// Whatever a commit may name, git's tree must be able to hold, and hold the same.
fn tree(dir: &Dir, above: &str, files: &mut BTreeMap<String, Oid>) -> Oid {
    let mut entries = Vec::new();
    for (name, node) in &dir.entries {
        let (mode, oid) = match node {
            Node::Blob { mode, oid } => {
                assert_eq!(*mode, Mode::File);
                files.insert(format!("{above}{name}"), *oid);
                (git::Mode::File, *oid)
            }
            Node::Dir(inner) => {
                assert!(!inner.entries.is_empty(), "an empty folder is left");
                (git::Mode::Tree, tree(inner, &format!("{above}{name}/"), files))
            }
            Node::Gitlink(_) | Node::Tree(_) => panic!("none was made"),
        };
        entries.push(TreeEntry { mode, name: name.clone(), oid });
    }
    let bytes = render_tree(&entries).unwrap();
    let mut read = parse_tree(&bytes).unwrap();
    read.sort_by(|a, b| a.name.cmp(&b.name));
    assert_eq!(read, entries);
    oid_of(Kind::Tree, &bytes).unwrap()
}
