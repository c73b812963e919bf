//! Output that nobody reads, as when it goes into `head`, and output that cannot be written.

use std::fs;
use std::path::Path;
use std::process::Output;

use seedcorn_testkit::client::{Client, header, large_file};

use crate::program::{Hub, command, good, run};

/// Runs a command whose reader has gone before it begins.
fn unread(folder: &Path, words: &[&str]) -> Output {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    command(folder, words).stdout(writer).output().unwrap()
}

/// Ends quietly with this code.
#[track_caller]
fn ends(folder: &Path, words: &[&str], code: i32) {
    let out = unread(folder, words);
    let said = String::from_utf8_lossy(&out.stderr);
    assert_eq!((out.status.code(), &*said), (Some(code), ""), "{words:?}");
}

/// Bytes that no compression makes fewer: too many for a row.
fn noise(seed: u64) -> Vec<u8> {
    let mut word = seed;
    let next = |_| {
        word ^= word << 13;
        word ^= word >> 7;
        word ^= word << 17;
        word.to_le_bytes()
    };
    (0..25_000).flat_map(next).collect()
}

/// A hub's folder, with three files whose xorbs are lost.
fn damaged(folder: &Path) {
    let hub = Hub::first(folder, &[]);
    let keeper = Client { address: hub.address, token: hub.token.clone().unwrap() };
    keeper.create("keeper/model", false).unwrap();
    for n in 1..=3 {
        let bytes = noise(n);
        keeper.must_put("keeper/model", &bytes).unwrap();
        keeper
            .must_commit("keeper/model", &[header("one"), large_file(&format!("{n}.bin"), &bytes)])
            .unwrap();
    }
    hub.stop();
    fs::remove_dir_all(folder.join("data/depot/xorbs")).unwrap();
}

#[test]
fn a_reader_that_goes_away_is_no_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    ends(folder, &["config", "reference"], 0);
    ends(folder, &["config", "check"], 0);
    ends(folder, &["config", "show"], 0);
    Hub::start(folder, &[]).stop();
    ends(folder, &["fsck", "--data", "data"], 0);
    ends(folder, &["admin", "member", "add", "ada", "--data", "data"], 0);
    ends(folder, &["admin", "group", "add", "lab", "--data", "data"], 0);
    ends(folder, &["admin", "member", "list", "--data", "data"], 0);
    ends(folder, &["admin", "group", "list", "--data", "data"], 0);
    good(folder, &["admin", "group", "join", "lab", "ada", "--data", "data"]);
    ends(folder, &["admin", "group", "members", "lab", "--data", "data"], 0);
    ends(folder, &["admin", "token", "create", "ada", "--data", "data"], 0);
    ends(folder, &["admin", "token", "list", "ada", "--data", "data"], 0);
    ends(folder, &["admin", "store", "renew", "--data", "data"], 0);
    // What was to be done was done.
    assert!(good(folder, &["admin", "token", "list", "ada", "--data", "data"]).contains("active"));
}

#[test]
fn what_is_unsound_is_so_though_nobody_reads_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    damaged(folder);
    let fsck = ["fsck", "--data", "data"];
    let out = run(folder, &fsck);
    let said = String::from_utf8_lossy(&out.stdout);
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.matches("harm:").count() > 1, "{said}");
    ends(folder, &fsck, 1);
}

#[test]
fn output_that_cannot_be_written_is_a_mistake() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    damaged(folder);
    for words in [
        &["fsck", "--data", "data"][..],
        &["config", "reference"],
        &["admin", "member", "list", "--data", "data"],
    ] {
        let full = fs::File::options().write(true).open("/dev/full").unwrap();
        let out = command(folder, words).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&out.stderr);
        assert_eq!(out.status.code(), Some(2), "{words:?}: {said}");
        assert!(said.contains("output was not written") && !said.contains("panicked"), "{words:?}: {said}");
    }
}
