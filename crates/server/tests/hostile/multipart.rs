//! Uploads in parts that are missing, mixed up, or not what was announced.

use seedcorn_testkit::client::{header, large_file};
use seedcorn_testkit::http::{Reply, ask};
use serde_json::{Value, json};

use crate::hub::{Hub, PART, REPO, noise};

/// An upload of three parts, the last of them short.
struct Upload {
    bytes: Vec<u8>,
    parts: Vec<String>,
    end: String,
}

impl Upload {
    fn begin(hub: &Hub, seed: u64) -> Upload {
        let bytes = noise(seed, 2 * PART + 1234);
        let (parts, end) = hub.eve.lfs_parts(REPO, &bytes).unwrap();
        assert_eq!(parts.len(), 3);
        Upload { bytes, parts, end }
    }

    fn piece(&self, n: usize) -> &[u8] {
        &self.bytes[n * PART..self.bytes.len().min((n + 1) * PART)]
    }

    fn put(&self, hub: &Hub, n: usize, body: &[u8]) -> Reply {
        ask(hub.address, "PUT", &self.parts[n], &[], body).unwrap()
    }

    /// Sends a part as it should be; its etag.
    fn send(&self, hub: &Hub, n: usize) -> String {
        let reply = self.put(hub, n, self.piece(n));
        assert_eq!(reply.status, 200, "{}", reply.text());
        reply.header("etag").unwrap().to_owned()
    }

    fn end(&self, hub: &Hub, parts: &[(u64, &str)]) -> Reply {
        let parts = parts.iter().map(|(n, etag)| json!({ "partNumber": n, "etag": etag }));
        let body = json!({ "oid": "", "parts": parts.collect::<Vec<Value>>() });
        ask(hub.address, "POST", &self.end, &[], body.to_string().as_bytes()).unwrap()
    }
}

#[test]
fn parts_have_the_length_that_was_announced() {
    let hub = Hub::start();
    let upload = Upload::begin(&hub, 20);
    let before = hub.look();
    for (n, part) in [(0, PART), (1, PART), (2, 1234)] {
        for (what, bytes) in [("empty", 0), ("short", part - 1), ("long", part + 1), ("another's", 3 * PART)]
        {
            let reply = upload.put(&hub, n, &noise(1, bytes));
            hub.refused(&format!("part {n}, {what}"), &reply, 400);
        }
    }
    // None of them was kept.
    hub.refused("the end", &upload.end(&hub, &[]), 400);
    hub.unchanged("parts", &before, &upload.bytes);
}

#[test]
fn an_end_without_all_parts_is_refused_and_can_be_made_good() {
    let hub = Hub::start();
    let upload = Upload::begin(&hub, 21);
    let before = hub.look();
    let (first, last) = (upload.send(&hub, 0), upload.send(&hub, 2));
    let reply = upload.end(&hub, &[(1, &first), (3, &last)]);
    hub.refused("a part is missing", &reply, 400);
    assert!(reply.header("x-error-message").unwrap().contains("part 2"), "{reply:?}");
    let reply = upload.end(&hub, &[(1, &first), (2, &first), (3, &last)]);
    hub.refused("a part is made up", &reply, 400);
    let middle = upload.send(&hub, 1);
    for (what, parts) in [
        ("swapped", [(1, middle.as_str()), (2, first.as_str()), (3, last.as_str())]),
        ("wrong", [(1, first.as_str()), (2, middle.as_str()), (3, "\"no\"")]),
    ] {
        hub.refused(what, &upload.end(&hub, &parts), 400);
    }
    for (what, body) in [
        ("part -1", r#"{"oid":"","parts":[{"partNumber":-1,"etag":"a"}]}"#),
        ("part 2^32", r#"{"oid":"","parts":[{"partNumber":4294967296,"etag":"a"}]}"#),
        ("no etag", r#"{"oid":"","parts":[{"partNumber":1}]}"#),
        ("another oid", r#"{"oid":"00","parts":[]}"#),
        ("no JSON", "parts"),
    ] {
        let reply = ask(hub.address, "POST", &upload.end, &[], body.as_bytes()).unwrap();
        hub.refused(what, &reply, 400);
    }
    hub.unchanged("a bad end", &before, &upload.bytes);

    let reply = upload.end(&hub, &[(3, &last), (1, &first), (2, &middle)]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    hub.eve.must_commit(REPO, &[header("parts"), large_file("w.bin", &upload.bytes)]).unwrap();
    assert!(hub.eve.read(REPO, "w.bin").unwrap().body == upload.bytes);
    // What is done is done.
    hub.refused("a part again", &upload.put(&hub, 0, upload.piece(0)), 404);
}

#[test]
fn parts_that_make_another_file_are_refused() {
    let hub = Hub::start();
    let upload = Upload::begin(&hub, 22);
    let before = hub.look();
    // The first and second part at each other's place.
    assert_eq!(upload.put(&hub, 0, upload.piece(1)).status, 200);
    assert_eq!(upload.put(&hub, 1, upload.piece(0)).status, 200);
    upload.send(&hub, 2);
    hub.refused("another file", &upload.end(&hub, &[]), 422);
    hub.unchanged("another file", &before, &upload.bytes);
    // A part may be sent again.
    (0..2).for_each(|n| drop(upload.send(&hub, n)));
    let reply = upload.end(&hub, &[]);
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(hub.holds(&upload.bytes));
}

#[test]
fn the_end_may_be_told_again() {
    let hub = Hub::start();
    let upload = Upload::begin(&hub, 23);
    let etags: Vec<String> = (0..3).map(|n| upload.send(&hub, n)).collect();
    let parts: Vec<(u64, &str)> = (1..).zip(etags.iter().map(String::as_str)).collect();
    // Two at once, as when a client gives up waiting and asks anew.
    let both: Vec<Reply> = std::thread::scope(|scope| {
        let ends = [(); 2].map(|()| scope.spawn(|| upload.end(&hub, &parts)));
        ends.into_iter().map(|end| end.join().unwrap()).collect()
    });
    for reply in both.iter().chain([&upload.end(&hub, &parts), &upload.end(&hub, &[])]) {
        assert_eq!((reply.status, reply.text().trim()), (200, "{\"success\":true}"));
    }
    hub.eve.must_commit(REPO, &[header("parts"), large_file("w.bin", &upload.bytes)]).unwrap();
    assert_eq!(upload.end(&hub, &parts).status, 200);
    assert!(hub.eve.read(REPO, "w.bin").unwrap().body == upload.bytes);
    // Of this file and no other.
    let body = json!({ "oid": "0".repeat(64), "parts": [] }).to_string();
    hub.refused("another file", &ask(hub.address, "POST", &upload.end, &[], body.as_bytes()).unwrap(), 400);
}

#[test]
fn a_part_named_twice_is_refused() {
    let hub = Hub::start();
    let upload = Upload::begin(&hub, 24);
    let before = hub.look();
    let etags: Vec<String> = (0..3).map(|n| upload.send(&hub, n)).collect();
    let mut parts: Vec<(u64, &str)> = (1..).zip(etags.iter().map(String::as_str)).collect();
    parts.push((2, &etags[1]));
    let reply = upload.end(&hub, &parts);
    hub.refused("part 2 twice", &reply, 400);
    assert!(reply.header("x-error-message").unwrap().contains("part 2 twice"), "{reply:?}");
    hub.unchanged("part 2 twice", &before, &upload.bytes);
    parts.pop();
    assert_eq!(upload.end(&hub, &parts).status, 200);
}
