//! The accounts whose tokens everybody knows are good for a conformance run, and for nothing else.

use seedcorn_testkit::client::Client;

use crate::program::{Hub, good, refused};

/// A token that the clients' own tests come with.
const PUBLIC: &str = "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";

fn whoami(hub: &Hub, token: &str) -> u16 {
    let client = Client { address: hub.address, token: token.into() };
    client.ask("GET", "/api/whoami-v2", b"").unwrap().status
}

#[test]
fn public_tokens_end_with_the_conformance_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for _ in 0..2 {
        let hub = Hub::start(folder, &["--conformance"]);
        assert_eq!(whoami(&hub, PUBLIC), 200);
        hub.stop();
        let hub = Hub::start(folder, &[]);
        assert_eq!(whoami(&hub, PUBLIC), 401);
        hub.stop();
    }
    let public = ["serve", "--data", "data", "--listen", "127.0.0.1:0", "--conformance", "--public-url"];
    let public = [&public[..], &["https://hub.example.org"]].concat();
    assert!(refused(folder, &public).contains("loopback"));
}

#[test]
fn somebody_of_the_same_name_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    Hub::start(folder, &[]).stop();
    good(folder, &["admin", "member", "add", "DVUser", "--data", "data"]);
    let token = good(folder, &["admin", "token", "create", "DVUser", "--data", "data"]);
    for _ in 0..2 {
        let hub = Hub::start(folder, &[]);
        assert_eq!(whoami(&hub, token.trim()), 200);
        hub.stop();
    }
}
