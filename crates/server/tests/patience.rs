//! Clients that do nothing, over real connections: they are given up, and meanwhile hold neither memory nor places that
//! others need.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::{Commons, Opening};
use seedcorn_server::{App, Bounds, Proxies, Quotas};
use seedcorn_testkit::client::{Client, header, large_file, text_file};
use seedcorn_testkit::http::{Connection, Reply, ask};
use seedcorn_testkit::xet;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

const REPO: &str = "eve/target";
/// More than the buffers of both sides can hold.
const LARGE: usize = 64 << 20;
const SOON: Duration = Duration::from_secs(1);
/// Long enough for a test on a busy machine to get on with what it does.
const LATER: Duration = Duration::from_secs(3);

struct Hub {
    address: SocketAddr,
    eve: Client,
    _runtime: Runtime,
    _folder: tempfile::TempDir,
}

fn start(bounds: Bounds) -> Hub {
    start_as(|commons| App::with_bounds(commons, None, bounds))
}

fn start_as(app: impl FnOnce(Commons) -> App) -> Hub {
    let folder = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let eve = runtime.block_on(async {
        let opening = Opening::within(folder.path(), [5; 32]).await.unwrap();
        let commons = Commons::open(opening).await.unwrap();
        let (db, now) = (commons.database(), commons.now());
        let new = NewNamespace { name: "eve".into(), ..NewNamespace::default() };
        admin::add_member(db, new, now).await.unwrap();
        let new = NewToken { member: "eve".into(), name: "t".into(), role: TokenRole::Write, expires: None };
        let token = admin::create_token(db, new, now).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let app = app(commons.clone());
        tokio::spawn(seedcorn_server::serve(app, listener, CancellationToken::new()));
        Client { address, token }
    });
    eve.create(REPO, false).unwrap();
    Hub { address: eve.address, eve, _runtime: runtime, _folder: folder }
}

/// Begins a request and leaves it at that.
fn begin(hub: &Hub, method: &str, path: &str, token: &str, length: usize) -> Connection {
    let mut connection = Connection::open(hub.address).unwrap();
    let (length, bearer) = (length.to_string(), format!("Bearer {token}"));
    let headers = [("Content-Length", length.as_str()), ("Authorization", bearer.as_str())];
    let headers = if token.is_empty() { &headers[..1] } else { &headers[..] };
    connection.send_head(method, path, headers).unwrap();
    connection.send(b"{\"a\": ").unwrap();
    connection
}

#[track_caller]
fn healthy(hub: &Hub) {
    assert_eq!(ask(hub.address, "GET", "/healthz", &[], b"").unwrap().status, 200);
}

#[test]
fn a_body_that_stops_is_answered() {
    let hub = start(Bounds { stalled: SOON, ..Bounds::default() });
    let chunk = vec![7; 90_000];
    let door = hub.eve.xet(REPO, "write").unwrap();
    let xorb = format!("{}/v1/xorbs/default/{}", door.path, xet::spelled(&xet::chunk_hash(&chunk)));
    let (put, shard) = (hub.eve.lfs_path(REPO, &chunk).unwrap(), format!("{}/v1/shards", door.path));
    for (method, path, token) in [
        ("POST", "/api/validate-yaml", ""),
        ("POST", &format!("/api/models/{REPO}/commit/main"), hub.eve.token.as_str()),
        ("POST", &format!("/api/models/{REPO}/preupload/main"), hub.eve.token.as_str()),
        ("PUT", &put, ""),
        ("POST", &xorb, &door.token),
        ("POST", &shard, &door.token),
    ] {
        let reply = begin(&hub, method, path, token, 90_000).reply(false).unwrap();
        assert_eq!(reply.status, 408, "{path}: {}", reply.text());
        assert_eq!(reply.header("connection"), Some("close"), "{path}");
        assert!(reply.header("x-error-message").unwrap().contains("body"), "{path}");
        assert!(reply.header("x-request-id").is_some(), "{path}");
    }
    healthy(&hub);
}

#[test]
fn a_body_that_pauses_and_goes_on_is_taken() {
    let hub = start(Bounds { stalled: LATER, ..Bounds::default() });
    let bytes = vec![3; 50];
    let mut connection = Connection::open(hub.address).unwrap();
    let path = hub.eve.lfs_path(REPO, &bytes).unwrap();
    connection.send_head("PUT", &path, &[("Content-Length", "50")]).unwrap();
    for piece in bytes.chunks(1) {
        connection.send(piece).unwrap();
        // In all longer than one silence may be.
        pause(LATER / 40);
    }
    let reply = connection.reply(false).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
}

#[expect(clippy::disallowed_methods, reason = "nothing else runs on this thread")]
fn pause(time: Duration) {
    std::thread::sleep(time);
}

#[test]
fn a_place_is_taken_from_whoever_does_nothing() {
    let bounds = Bounds { headers: LATER, stalled: LATER, connections: 1, ..Bounds::default() };
    let hub = start(bounds);
    let large = vec![0; LARGE];
    hub.eve.must_put(REPO, &large).unwrap();
    hub.eve.must_commit(REPO, &[header("large"), large_file("w.bin", &large)]).unwrap();

    // Each has the only place there is until it is given up.
    let silent = Connection::open(hub.address).unwrap();
    healthy(&hub);
    drop(silent);

    let mut idle = Connection::open(hub.address).unwrap();
    idle.send_head("GET", "/healthz", &[("Connection", "keep-alive")]).unwrap();
    assert_eq!(idle.reply(false).unwrap().status, 200);
    healthy(&hub);
    drop(idle);

    let mut deaf = Connection::open(hub.address).unwrap();
    deaf.send_head("GET", &format!("/{REPO}/resolve/main/w.bin"), &[]).unwrap();
    healthy(&hub);
    assert!(deaf.reply(false).is_err(), "the answer went on after it was given up");

    let read = hub.eve.read(REPO, "w.bin").unwrap();
    assert!(read.status == 200 && read.body == large, "whoever reads gets all of it");
}

#[test]
fn more_connections_than_there_are_places_wait() {
    let hub = start(Bounds { connections: 1, ..Bounds::default() });
    let mut first = Connection::open(hub.address).unwrap();
    let keep = [("Connection", "keep-alive")];
    first.send_head("GET", "/healthz", &keep).unwrap();
    assert_eq!(first.reply(false).unwrap().status, 200);
    let mut second = TcpStream::connect(hub.address).unwrap();
    second.write_all(b"GET /healthz HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n").unwrap();
    for _ in 0..200 {
        first.send_head("GET", "/healthz", &keep).unwrap();
        assert_eq!(first.reply(false).unwrap().status, 200);
    }
    second.set_nonblocking(true).unwrap();
    let peeked = second.peek(&mut [0]);
    assert_eq!(peeked.unwrap_err().kind(), ErrorKind::WouldBlock, "a second connection was served");
    drop(first);
    second.set_nonblocking(false).unwrap();
    let mut answer = String::new();
    second.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn memory_for_bodies_is_bounded_and_members_have_their_own() {
    let room = 64 << 10;
    let bounds = Bounds { strangers_bodies: room, busy: Duration::from_millis(100), ..Bounds::default() };
    let hub = start(bounds);
    let card = serde_json::json!({ "repoType": "model", "content": "x".repeat(60_000) }).to_string();
    let validate = |token: &str| -> Reply {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let headers = if token.is_empty() { &[][..] } else { &headers[..] };
        ask(hub.address, "POST", "/api/validate-yaml", headers, card.as_bytes()).unwrap()
    };
    assert_ne!(validate("").status, 503);
    let stalled = begin(&hub, "POST", "/api/validate-yaml", "", card.len());
    // It is not known when the hub has got to it. A token, real or not, means nothing where nobody asks for one.
    let busy = (0..500).map(|_| validate("hf_forged")).find(|reply| reply.status == 503);
    let busy = busy.unwrap_or_else(|| panic!("two bodies were held where there is room for one"));
    assert!(busy.header("retry-after").is_some() && busy.header("x-error-message").is_some());
    hub.eve.must_commit(REPO, &[header("a member's"), text_file("a.txt", &"a".repeat(100_000))]).unwrap();
    drop(stalled);
    let after = (0..500).map(|_| validate("")).find(|reply| reply.status != 503);
    assert!(after.is_some(), "the room was not given back");
}

#[test]
fn strangers_send_little() {
    let hub = start(Bounds::default());
    let body = vec![b'x'; 2 << 20];
    for token in ["", "hf_forged"] {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let headers = if token.is_empty() { &[][..] } else { &headers[..] };
        let reply = ask(hub.address, "POST", "/api/validate-yaml", headers, &body).unwrap();
        assert_eq!(reply.status, 413, "{}", reply.text());
    }
    let paths = format!("/api/models/{REPO}/paths-info/main");
    assert_eq!(ask(hub.address, "POST", &paths, &[], &body).unwrap().status, 413);
    assert_ne!(hub.eve.ask("POST", &paths, &body).unwrap().status, 413);
}

#[test]
fn whoever_asks_too_much_is_told_when_to_ask_again() {
    let quotas = Quotas { strangers: 3, members: 5 };
    let hub = start_as(|commons| App::new(commons, None).limiting(quotas, Proxies::default()));
    let get = |path: &str, from: &str, token: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [("X-Forwarded-For", from), ("Authorization", bearer.as_str())];
        let headers = if token.is_empty() { &headers[..1] } else { &headers[..] };
        ask(hub.address, "GET", path, headers, b"").unwrap()
    };
    let left = |reply: &Reply| {
        let told = reply.header("ratelimit").unwrap().to_owned();
        let (kind, rest) = told.split_once(";r=").unwrap();
        let (rest, seconds) = rest.split_once(";t=").unwrap();
        assert!((1..=300).contains(&seconds.parse::<i64>().unwrap()), "{told}");
        assert!(
            reply.header("ratelimit-policy").unwrap().starts_with(&format!("\"fixed window\";{kind};q="))
        );
        (reply.status, kind.to_owned(), rest.parse::<u32>().unwrap())
    };
    // A window may end meanwhile: then it begins anew, once.
    let spent = |path: &str, from: &str, token: &str, quota: u32| {
        let statuses: Vec<u16> = (0..2 * quota + 2).map(|_| get(path, from, token).status).collect();
        statuses.iter().filter(|status| **status == 429).count()
    };
    let first = get("/api/models", "9.1.1.1", "");
    assert_eq!(left(&first), (200, "\"api\"".to_owned(), 2));
    assert!(spent("/api/models", "9.1.1.1", "", 3) >= 2);
    let refused =
        (0..9).map(|_| get("/api/models", "9.1.1.1", "")).find(|reply| reply.status == 429).unwrap();
    assert!(refused.text().contains("You asked too much") && refused.header("retry-after").is_some());
    // Others, members, other kinds of requests, and this machine itself go on.
    assert_eq!(left(&get("/api/models", "9.1.1.2", "")).0, 200);
    assert_eq!(left(&get("/", "9.1.1.1", "")), (200, "\"pages\"".to_owned(), 2));
    assert_eq!(left(&get("/api/models", "9.1.1.1", &hub.eve.token)), (200, "\"api\"".to_owned(), 4));
    assert!(spent("/api/models", "9.1.1.3", &hub.eve.token, 5) >= 2, "a member is one, wherever they are");
    assert_eq!(spent("/healthz", "9.1.1.1", "", 3), 0);
    let own = ask(hub.address, "GET", "/api/models", &[], b"").unwrap();
    assert_eq!((own.status, own.header("ratelimit")), (200, None));
    // A token that is none gives nobody another quota.
    assert!(spent("/api/models", "9.1.1.4", "scn_p_wrong", 3) >= 2);
    // Who says that a proxy spoke for others is believed only where the proxy is known.
    let near = start_as(|commons| App::new(commons, None).limiting(quotas, "10.0.0.0/8".parse().unwrap()));
    let reply = ask(near.address, "GET", "/api/models", &[("X-Forwarded-For", "9.1.1.1")], b"").unwrap();
    assert_eq!(left(&reply), (200, "\"api\"".to_owned(), 2), "whoever says so counts as what they are");
    let other = ask(near.address, "GET", "/api/models", &[("X-Forwarded-For", "9.1.1.2")], b"").unwrap();
    assert_eq!(left(&other).2, 1, "whatever they say");
}
