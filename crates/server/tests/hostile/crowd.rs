//! Hundreds of clients that send next to nothing, slowly, do not stop anybody else.

use seedcorn_testkit::client::{header, large_file, lines, text_file};
use seedcorn_testkit::http::Connection;
use seedcorn_testkit::xet::{self, Claim};

use crate::hub::{Hub, REPO, noise};

/// Slow clients at each door.
const EACH: usize = 60;

#[test]
fn slow_bodies_stop_nobody_else() {
    let hub = Hub::start();
    let eve = &hub.eve;
    let door = eve.xet(REPO, "write").unwrap();
    let chunk = noise(60, 90_000);
    let (bearer, store) = (format!("Bearer {}", eve.token), format!("Bearer {}", door.token));
    let xorb = format!("{}/v1/xorbs/default/{}", door.path, xet::spelled(&xet::chunk_hash(&chunk)));
    let commit = lines(&[header("slow"), text_file("slow.txt", "slow")]);
    let (put, shard) = (eve.lfs_path(REPO, &chunk).unwrap(), Claim::of(&chunk).shard());
    let doors = [
        ("PUT", put, "", chunk.clone()),
        ("POST", xorb, store.as_str(), xet::xorb(&chunk)),
        ("POST", format!("{}/v1/shards", door.path), store.as_str(), shard),
        ("POST", format!("/api/models/{REPO}/commit/main"), bearer.as_str(), commit),
    ];
    let before = hub.look();
    let mut slow = Vec::new();
    for (method, path, token, body) in &doors {
        let length = body.len().to_string();
        let headers = [("Content-Length", length.as_str()), ("Authorization", *token)];
        let headers = if token.is_empty() { &headers[..1] } else { &headers[..] };
        for n in 0..EACH {
            let mut connection = Connection::open(hub.address).unwrap();
            connection.send_head(method, path, headers).unwrap();
            connection.send(&body[..n.min(body.len() - 1)]).unwrap();
            slow.push((connection, &body[n.min(body.len() - 1)..]));
        }
    }
    hub.unchanged("the slow", &before, &chunk);

    // Another publishes, reads, and commits onto the very branch that the slow ones hold half a commit for.
    let other = noise(61, 90_000);
    eve.must_put(REPO, &other).unwrap();
    let made = eve.must_commit(REPO, &[header("quick"), large_file("w.bin", &other)]).unwrap();
    assert_eq!(eve.history(REPO).unwrap()[0], made);
    assert!(eve.read(REPO, "w.bin").unwrap().body == other);

    // Half of the slow ones give up. One of each kind comes to its end, and is as good as any other.
    let mut rest: Vec<_> = slow.into_iter().enumerate().filter(|(n, _)| n % 2 == 0).collect();
    for kind in 0..doors.len() {
        let (_, (connection, body)) = &mut rest[kind * EACH / 2];
        connection.send(body).unwrap();
        let reply = connection.reply(false).unwrap();
        assert_eq!(reply.status, 200, "{}: {}", doors[kind].1, reply.text());
    }
    assert!(hub.holds(&chunk));
    assert_eq!(eve.read(REPO, "slow.txt").unwrap().text(), "slow");
}
