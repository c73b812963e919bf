//! A refusal that comes before the body was read reaches clients that send all of it before they listen.

use seedcorn_testkit::http::{Connection, ask};

use crate::hub::{Hub, REPO, noise};

/// More than the buffers of both sides can hold.
const BODY: usize = 32 << 20;

#[test]
fn a_large_body_does_not_hide_the_answer() {
    let hub = Hub::start();
    let body = noise(1, BODY);
    let stranger = hub.member("stranger");
    let door = hub.eve.xet(REPO, "read").unwrap();
    let before = hub.look();
    for (what, reply, status) in [
        ("a forged address", ask(hub.address, "PUT", "/lfs/00.AAAA", &[], &body), 403),
        ("a hidden repo", stranger.commit(REPO, "main", &body), 404),
        ("no token", ask(hub.address, "POST", "/api/repos/create", &[], &body), 401),
        ("a branch that is not there", hub.eve.commit(REPO, "absent", &body), 404),
        ("no lines of a commit", hub.eve.commit(REPO, "main", &body), 400),
        ("a token to read", hub.eve.post_xorb(&door, &[0; 32], &body), 403),
        ("no such method", hub.eve.ask("PUT", "/healthz", &body), 405),
        ("no such address", hub.eve.ask("POST", "/nowhere/at/all", &body), 404),
    ] {
        let reply = reply.unwrap_or_else(|error| panic!("{what}: the answer was lost: {error:#}"));
        match status {
            405 => assert_eq!(reply.status, 405, "{what}"),
            status => hub.refused(what, &reply, status),
        }
        hub.unchanged(what, &before, &body);
    }
}

#[test]
fn a_connection_is_kept_when_the_rest_was_read() {
    let hub = Hub::start();
    let body = noise(2, 1 << 20);
    let length = body.len().to_string();
    let headers = [("Content-Length", length.as_str()), ("Connection", "keep-alive")];
    let mut connection = Connection::open(hub.address).unwrap();
    for _ in 0..3 {
        connection.send_head("PUT", "/lfs/00.AAAA", &headers).unwrap();
        connection.send(&body).unwrap();
        let reply = connection.reply(false).unwrap();
        hub.refused("a forged address", &reply, 403);
    }
}

#[test]
fn who_asks_first_is_told_before_sending() {
    let hub = Hub::start();
    let length = BODY.to_string();
    let headers = [("Content-Length", length.as_str()), ("Expect", "100-continue")];
    let mut connection = Connection::open(hub.address).unwrap();
    connection.send_head("PUT", "/lfs/00.AAAA", &headers).unwrap();
    // `100 Continue` would be passed over here, and the answer never come: nothing is sent.
    let reply = connection.reply(false).unwrap();
    hub.refused("a forged address", &reply, 403);
}

#[test]
fn what_is_read_in_vain_is_bounded() {
    let hub = Hub::start();
    let length = (1_u64 << 40).to_string();
    let mut connection = Connection::open(hub.address).unwrap();
    connection.send_head("PUT", "/lfs/00.AAAA", &[("Content-Length", length.as_str())]).unwrap();
    let piece = noise(3, 1 << 20);
    let sent = (0..200).take_while(|_| connection.send(&piece).is_ok()).count();
    assert!(sent < 200, "the hub read {sent} MiB that nobody wants");
    let health = ask(hub.address, "GET", "/healthz", &[], b"").unwrap();
    assert_eq!(health.status, 200);
}
