//! The house rules that a machine can check. A failure names the file, the rule, and what to do.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot read the tree has nothing better to do than stop"
)]

mod documents;
mod walls;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Lines of a file in `src`, up to its tests.
const ROOM_LINES_MAX: usize = 450;

/// Files that are longer, and how long: the list may only shrink. A file that got shorter lowers its number here.
const LONG_ROOMS: [(&str, usize); 0] = [];

/// Names that say nothing of what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "helper", "helpers", "common", "misc", "stuff"];

/// First folders of absolute paths that exist on one machine only.
const MACHINE_FOLDERS: [&str; 5] = ["work", "root", "home", "Users", "tmp"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap()
}

/// A file of the tree: its path from the root, with `/`, and its text.
struct File {
    path: String,
    text: String,
}

impl File {
    fn is_rust(&self) -> bool {
        self.path.starts_with("crates/") && self.path.ends_with(".rs")
    }

    /// A document for people, not a fixture.
    fn is_document(&self) -> bool {
        self.path.ends_with(".md") && !self.path.split('/').any(|part| part == "tests" || part == "fixtures")
    }
}

/// Every text file of the tree, without what `.gitignore` names.
fn tree() -> &'static [File] {
    static TREE: OnceLock<Vec<File>> = OnceLock::new();
    TREE.get_or_init(|| {
        let ignored = std::fs::read_to_string(root().join(".gitignore")).unwrap();
        let mut skipped: BTreeSet<&str> = ignored.lines().map(|line| line.trim().trim_matches('/')).collect();
        skipped.insert(".git");
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(root().join(&folder)).unwrap() {
                let entry = entry.unwrap();
                let name = entry.file_name().into_string().unwrap();
                let path = folder.join(&name);
                let kind = entry.file_type().unwrap();
                if skipped.contains(name.as_str()) {
                    continue;
                } else if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file()
                    && let Ok(text) = String::from_utf8(std::fs::read(root().join(&path)).unwrap())
                {
                    files.push(File { path: path.to_str().unwrap().replace('\\', "/"), text });
                }
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        assert!(files.iter().any(File::is_rust), "no Rust file found below {}", root().display());
        files
    })
}

fn file(path: &str) -> &'static File {
    let found = tree().iter().find(|file| file.path == path);
    found.unwrap_or_else(|| panic!("{path} is missing"))
}

#[track_caller]
fn verdict(rule: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "\nRULE: {rule}\n  {}\n", complaints.join("\n  "));
}

#[test]
fn every_room_says_what_it_is_for() {
    let rooms = tree().iter().filter(|file| file.is_rust());
    let rooms = rooms.filter(|file| !file.path.ends_with("/build.rs") && !file.path.contains("/fixtures/"));
    let silent = rooms.filter(|file| !file.text.starts_with("//! "));
    let complaints: Vec<_> = silent.map(|file| file.path.clone()).collect();
    verdict("a Rust file opens with a `//!` line that says what it is for", &complaints);
}

#[test]
fn names_say_something() {
    let parts = tree().iter().flat_map(|file| file.path.split('/').map(move |part| (file, part)));
    let empty = parts.filter(|(_, part)| EMPTY_NAMES.contains(&part.split('.').next().unwrap()));
    let complaints: Vec<_> = empty.map(|(file, part)| format!("{}: {part}", file.path)).collect();
    verdict("no file or folder is named util, helpers, common or misc: name it by what it does", &complaints);
}

/// Lines up to the module of tests at a file's end.
fn lines_before_tests(text: &str) -> usize {
    let lines: Vec<_> = text.lines().collect();
    let tests = |n: &usize| lines.iter().skip(n + 1).take(3).any(|line| line.starts_with("mod "));
    let first = (0..lines.len()).filter(|n| lines[*n] == "#[cfg(test)]").find(tests);
    first.unwrap_or(lines.len())
}

#[test]
fn rooms_are_small() {
    let mut long: BTreeMap<&str, usize> = LONG_ROOMS.into_iter().collect();
    let mut complaints = Vec::new();
    for room in tree().iter().filter(|file| file.is_rust() && file.path.contains("/src/")) {
        let lines = lines_before_tests(&room.text);
        let listed = long.remove(room.path.as_str());
        match listed {
            None if lines > ROOM_LINES_MAX => complaints.push(format!("{}: {lines} lines", room.path)),
            Some(listed) if lines > listed => {
                complaints.push(format!("{}: grew from {listed} to {lines} lines", room.path));
            }
            Some(listed) if lines <= ROOM_LINES_MAX || lines + 20 < listed => {
                complaints.push(format!(
                    "{}: now {lines} lines; lower or drop its {listed} in LONG_ROOMS",
                    room.path
                ));
            }
            _ => {}
        }
    }
    complaints.extend(long.keys().map(|path| format!("{path}: in LONG_ROOMS, and gone")));
    verdict(
        &format!("a file in src has at most {ROOM_LINES_MAX} lines before its tests: split it"),
        &complaints,
    );
}

#[test]
fn limits_are_explained() {
    let mut complaints = Vec::new();
    for path in ["crates/core/src/limits.rs", "crates/core/src/limits/pages.rs"] {
        let text = &file(path).text;
        let lines: Vec<_> = text.lines().collect();
        let bare =
            lines.windows(2).filter(|two| two[1].starts_with("pub const ") && !two[0].starts_with("/// "));
        complaints.extend(bare.map(|two| two[1].to_owned()));
    }
    verdict("every limit in crates/core/src/limits has a `///` line above it", &complaints);
}

#[test]
fn no_machine_is_named() {
    let mut complaints = Vec::new();
    for file in tree() {
        for (n, line) in file.text.lines().enumerate() {
            for folder in MACHINE_FOLDERS {
                let needle = format!("/{folder}/");
                // A path goes on before it: not an absolute one.
                let goes_on = |c: char| c.is_alphanumeric() || ".-_~})>*".contains(c);
                let absolute = |at: usize| !line[..at].chars().next_back().is_some_and(goes_on);
                if line.match_indices(&needle).any(|(at, _)| absolute(at)) {
                    complaints.push(format!("{}:{}: {needle}", file.path, n + 1));
                }
            }
        }
    }
    verdict("nothing in the tree knows the folders of one machine: make the path relative", &complaints);
}
