//! Bodies that are shorter or longer than they should be, at every door that takes bytes.

use seedcorn_testkit::client::{header, lines, text_file};
use seedcorn_testkit::http::{Connection, Reply, ask, chunked};
use seedcorn_testkit::xet::{self, Claim};

use crate::hub::{Hub, PART, REPO, noise};

/// A door, what would be right to send there, and the bytes that this would publish.
struct Door {
    what: &'static str,
    method: &'static str,
    path: String,
    token: Option<String>,
    body: Vec<u8>,
    file: Vec<u8>,
}

impl Door {
    /// Sends a head with these headers and a body, and reads the answer.
    fn send(&self, hub: &Hub, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        self.connect(hub, headers, body).reply(false).unwrap()
    }

    /// The same, but says in between that nothing more will come.
    fn break_off(&self, hub: &Hub, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let mut connection = self.connect(hub, headers, body);
        connection.end().unwrap();
        connection.reply(false).unwrap()
    }

    fn connect(&self, hub: &Hub, headers: &[(&str, &str)], body: &[u8]) -> Connection {
        let bearer = self.token.as_ref().map(|token| format!("Bearer {token}"));
        let mut all: Vec<(&str, &str)> = headers.to_vec();
        all.extend(bearer.as_deref().map(|value| ("Authorization", value)));
        let mut connection = Connection::open(hub.address).unwrap();
        connection.send_head(self.method, &self.path, &all).unwrap();
        connection.send(body).unwrap();
        connection
    }
}

fn doors(hub: &Hub) -> Vec<Door> {
    let eve = &hub.eve;
    let small = noise(10, 30_000);
    let large = noise(11, 2 * PART + 1);
    let chunk = noise(12, 60_000);
    let sent = noise(13, 5_000);
    let write = eve.xet(REPO, "write").unwrap();
    let hash = xet::chunk_hash(&chunk);
    let sent_xorb = eve.post_xorb(&write, &xet::chunk_hash(&sent), &xet::xorb(&sent)).unwrap();
    assert_eq!(sent_xorb.status, 200, "{}", sent_xorb.text());
    let commit = lines(&[header("hostile"), text_file("new.txt", "new")]);
    let (parts, _) = eve.lfs_parts(REPO, &large).unwrap();
    let door = |what, method, path, token: Option<&String>, body, file| Door {
        what,
        method,
        path,
        token: token.cloned(),
        body,
        file,
    };
    vec![
        door("LFS", "PUT", eve.lfs_path(REPO, &small).unwrap(), None, small.clone(), small),
        door("part", "PUT", parts[0].clone(), None, large[..PART].to_vec(), large),
        door(
            "xorb",
            "POST",
            format!("{}/v1/xorbs/default/{}", write.path, xet::spelled(&hash)),
            Some(&write.token),
            xet::xorb(&chunk),
            chunk,
        ),
        door(
            "shard",
            "POST",
            format!("{}/v1/shards", write.path),
            Some(&write.token),
            Claim::of(&sent).shard(),
            sent,
        ),
        door(
            "commit",
            "POST",
            format!("/api/models/{REPO}/commit/main"),
            Some(&eve.token),
            commit,
            b"new".to_vec(),
        ),
    ]
}

#[test]
fn a_body_that_breaks_off_is_refused() {
    let hub = Hub::start();
    let doors = doors(&hub);
    let before = hub.look();
    for door in &doors {
        let announced = door.body.len().to_string();
        let half = &door.body[..door.body.len() / 2];
        let reply = door.break_off(&hub, &[("Content-Length", &announced)], half);
        hub.refused(&format!("{}: half a body", door.what), &reply, 400);
        // Whole as it looks, more was announced.
        let announced = (door.body.len() + 1).to_string();
        let reply = door.break_off(&hub, &[("Content-Length", &announced)], &door.body);
        let expected = if door.what == "LFS" { 422 } else { 400 };
        hub.refused(&format!("{}: one byte is missing", door.what), &reply, expected);
        let coded = chunked(&door.body, 1000);
        let reply = door.break_off(&hub, &[("Transfer-Encoding", "chunked")], &coded[..coded.len() - 5]);
        hub.refused(&format!("{}: the last chunk is missing", door.what), &reply, 400);
        let broken = [&coded[..coded.len() / 2], b"\r\nnonsense\r\n".as_slice()].concat();
        let reply = door.break_off(&hub, &[("Transfer-Encoding", "chunked")], &broken);
        hub.refused(&format!("{}: broken coding", door.what), &reply, 400);
        hub.unchanged(door.what, &before, &door.file);
    }
}

#[test]
fn a_client_that_vanishes_leaves_nothing() {
    let hub = Hub::start();
    let doors = doors(&hub);
    let before = hub.look();
    for door in &doors {
        let bearer = format!("Bearer {}", door.token.clone().unwrap_or_default());
        let announced = door.body.len().to_string();
        for sent in [0, 1, door.body.len() / 2, door.body.len() - 1] {
            let mut connection = Connection::open(hub.address).unwrap();
            let headers = [("Content-Length", announced.as_str()), ("Authorization", bearer.as_str())];
            let headers = if door.token.is_some() { &headers[..] } else { &headers[..1] };
            connection.send_head(door.method, &door.path, headers).unwrap();
            connection.send(&door.body[..sent]).unwrap();
            drop(connection);
        }
        hub.unchanged(door.what, &before, &door.file);
    }
}

#[test]
fn a_body_of_another_length_than_announced_is_refused() {
    let hub = Hub::start();
    let doors = doors(&hub);
    let before = hub.look();
    // What is announced here was announced in the batch; xorbs, shards and commits end where their body ends.
    for (door, shorter, longer) in [(&doors[0], 422, 413), (&doors[1], 400, 400)] {
        let (short, mut long) = (door.body[..door.body.len() - 1].to_vec(), door.body.clone());
        long.push(0);
        let length = |body: &[u8]| body.len().to_string();
        let reply = door.send(&hub, &[("Content-Length", &length(&short))], &short);
        hub.refused(&format!("{}: a byte less", door.what), &reply, shorter);
        let reply = door.send(&hub, &[("Content-Length", &length(&long))], &long);
        let expected = if door.what == "LFS" { 422 } else { longer };
        hub.refused(&format!("{}: a byte more", door.what), &reply, expected);
        let reply = door.send(&hub, &[("Transfer-Encoding", "chunked")], &chunked(&short, 999));
        hub.refused(&format!("{}: a byte less, in chunks", door.what), &reply, shorter);
        let reply = door.send(&hub, &[("Transfer-Encoding", "chunked")], &chunked(&long, 999));
        hub.refused(&format!("{}: a byte more, in chunks", door.what), &reply, longer);
        hub.unchanged(door.what, &before, &door.file);
    }
}

#[test]
fn a_body_over_a_limit_is_refused_whatever_it_announces() {
    let hub = Hub::start();
    let doors = doors(&hub);
    let (xorb, shard, commit) = (&doors[2], &doors[3], &doors[4]);
    let before = hub.look();
    // Nothing has to be sent for this one.
    let reply = xorb.send(&hub, &[("Content-Length", "99999999999")], b"");
    hub.refused("a xorb of 100 GB", &reply, 413);
    let reply = shard.send(&hub, &[("Content-Length", "88080384")], b"");
    hub.refused("a shard of 84 MiB", &reply, 413);
    let flood = vec![b' '; 84 << 20];
    let reply = shard.send(&hub, &[("Transfer-Encoding", "chunked")], &chunked(&flood, 1 << 20));
    hub.refused("a shard of 84 MiB, in chunks", &reply, 413);
    let line = &flood[..30 << 20];
    let reply = commit.send(&hub, &[("Transfer-Encoding", "chunked")], &chunked(line, 1 << 20));
    hub.refused("a line of 30 MiB, in chunks", &reply, 413);
    let reply = commit.send(&hub, &[("Content-Length", &line.len().to_string())], line);
    hub.refused("a line of 30 MiB", &reply, 413);
    let coded = chunked(&flood[..5 << 20], 1 << 20);
    for path in [
        format!("/api/models/{REPO}/preupload/main"),
        format!("/{REPO}.git/info/lfs/objects/batch"),
        "/api/repos/create".into(),
        "/api/validate-yaml".into(),
        "/v1/telemetry".into(),
    ] {
        let (token, body, file) = (commit.token.clone(), Vec::new(), Vec::new());
        let door = Door { what: "JSON", method: "POST", path, token, body, file };
        let reply = door.send(&hub, &[("Transfer-Encoding", "chunked")], &coded);
        hub.refused(&door.path, &reply, 413);
    }
    for door in &doors {
        hub.unchanged(door.what, &before, &door.file);
    }
}

#[test]
fn requests_that_are_no_http_are_refused() {
    let hub = Hub::start();
    for (what, bytes) in [
        ("no request line", "nonsense\r\n\r\n".to_owned()),
        (
            "two lengths",
            "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na".into(),
        ),
        ("a negative length", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n".into()),
        (
            "a length too long",
            format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", "9".repeat(40)),
        ),
        ("a NUL in a header", "GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n".into()),
    ] {
        let mut connection = Connection::open(hub.address).unwrap();
        connection.send(bytes.as_bytes()).unwrap();
        assert_eq!(connection.reply(false).unwrap().status, 400, "{what}");
    }
    // An id that would forge a header is not taken over.
    let reply = ask(hub.address, "GET", "/nowhere", &[("X-Request-Id", "a b<script>")], b"").unwrap();
    hub.refused("a bad request id", &reply, 404);
    assert_ne!(reply.header("x-request-id"), Some("a b<script>"));
}
