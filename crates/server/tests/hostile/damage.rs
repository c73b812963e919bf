//! What is damaged in the depot is not delivered: the answer is a 500, or breaks off before the first wrong byte.

use std::path::{Path, PathBuf};

use seedcorn_testkit::client::{header, large_file};
use seedcorn_testkit::http::Connection;

use crate::hub::{Hub, REPO, noise};

/// More than is decoded before the first byte of an answer is sent.
const LONG: usize = 9 << 20;

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

fn flip(path: &Path, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn a_chunk_that_rotted_breaks_the_answer_off() {
    let hub = Hub::start();
    let bytes = noise(40, LONG);
    hub.eve.must_put(REPO, &bytes).unwrap();
    hub.eve.must_commit(REPO, &[header("long"), large_file("long.bin", &bytes)]).unwrap();
    assert!(hub.eve.read(REPO, "long.bin").unwrap().body == bytes);
    let found = files_below(&hub.folder.path().join("depot/xorbs"));
    let [xorb] = &found[..] else { panic!("{found:?}") };
    let bearer = format!("Bearer {}", hub.eve.token);
    let path = format!("/{REPO}/resolve/main/long.bin");
    let range = |range: &str| {
        let mut connection = Connection::open(hub.address).unwrap();
        let headers = [("Authorization", bearer.as_str()), ("Range", range)];
        connection.send_head("GET", &path, &headers).unwrap();
        connection.reply(false)
    };

    // Noise is kept as it is, so a byte of the file is a byte of the xorb, a few headers further on.
    let bad = LONG - 100_000;
    flip(xorb, bad);
    let broken = hub.eve.read(REPO, "long.bin").unwrap_err();
    assert!(format!("{broken:#}").contains("reading a body"), "{broken:#}");
    let good = range("bytes=0-4999999").unwrap();
    assert_eq!(good.status, 206);
    assert!(good.body == bytes[..5_000_000]);
    let refused = range(&format!("bytes={bad}-")).unwrap();
    hub.refused("the damaged range", &refused, 500);
    assert!(!refused.text().contains("xorb"), "{}", refused.text());

    flip(xorb, bad);
    assert!(hub.eve.read(REPO, "long.bin").unwrap().body == bytes);
    flip(xorb, 1000);
    hub.refused("the damaged beginning", &hub.eve.read(REPO, "long.bin").unwrap(), 500);
}
