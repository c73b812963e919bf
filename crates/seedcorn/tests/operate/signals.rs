//! Whatever becomes of its log, a hub answers and stops when told.

use std::io::{Read, Write};
use std::net::TcpStream;

use seedcorn_testkit::http::ask;

use crate::program::{Hub, pause};

#[test]
fn a_log_that_nobody_reads_any_more_stops_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Hub::start(folder.path(), &[]);
    drop(hub.said.take());
    for _ in 0..20 {
        let reply = ask(hub.address, "GET", "/healthz", &[], b"").unwrap();
        assert_eq!((reply.status, reply.text().as_str()), (200, "ok\n"));
    }
    hub.stop();
}

#[test]
fn the_first_signal_waits_for_requests_and_the_second_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let mut hub = Hub::start(folder.path(), &[]);
    let mut unfinished = TcpStream::connect(hub.address).unwrap();
    let head =
        "POST /api/validate-yaml HTTP/1.1\r\nHost: hub\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    unfinished.write_all(head.as_bytes()).unwrap();
    // The body is waited for: the request has begun.
    let mut interim = [0; 12];
    unfinished.read_exact(&mut interim).unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100");
    hub.signal("TERM");
    while TcpStream::connect(hub.address).is_ok() {
        pause();
    }
    hub.signal("TERM");
    let status = hub.wait();
    let (_, mut stderr) = hub.said.take().unwrap();
    let mut said = String::new();
    stderr.read_to_string(&mut said).unwrap();
    assert_eq!(status.code(), Some(2), "{said}");
    assert!(said.contains("second signal"), "{said}");
}
