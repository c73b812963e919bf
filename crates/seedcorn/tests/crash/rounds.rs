//! Killed again and again while somebody publishes.

use std::collections::BTreeSet;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::{Duration, Instant};

use seedcorn_testkit::client::{Client, header, large_file, text_file};
use seedcorn_testkit::xet::{hex, sha256};

use crate::running::{Dice, Home, Running, pause, token_in};

const REPO: &str = "keeper/model";
const ROUNDS: u64 = 12;
/// A hub that acknowledges nothing for so long has failed.
const ACKNOWLEDGED_WITHIN: Duration = Duration::from_secs(90);

/// What the hub said it has.
struct Acknowledged {
    commit: String,
    files: [(String, Vec<u8>); 2],
}

/// Publishes until the hub is gone. Each commit has a large file and a small one; some small ones are so large that
/// their pack is an object of its own, and some large files so small that they are rows.
fn publish(client: &Client, round: u64, acknowledged: &SyncSender<Acknowledged>) {
    let mut dice = Dice::new(100 + round);
    for n in 0.. {
        let large_bytes = [3_000, 50_000, 400_000, 3_000_000][dice.below(4) as usize] + dice.below(1000);
        let large = dice.bytes(large_bytes as usize);
        let words = [1, 40, 5_000][dice.below(3) as usize];
        let text: String = (0..words).map(|_| hex(&sha256(&dice.bytes(8)))).collect();
        let (path, small_path) = (format!("{round}/{n}.bin"), format!("{round}/{n}.txt"));
        let changes = [header(&path), large_file(&path, &large), text_file(&small_path, &text)];
        let sent = client.must_put(REPO, &large).and_then(|()| client.must_commit(REPO, &changes));
        let Ok(commit) = sent else { return };
        let files = [(path, large), (small_path, text.into_bytes())];
        if acknowledged.send(Acknowledged { commit, files }).is_err() {
            return;
        }
    }
}

/// Everything that was ever acknowledged is in the history, in its order, and reads back.
fn check(client: &Client, all: &[Acknowledged]) {
    let history = client.history(REPO).unwrap();
    let known: BTreeSet<&String> = history.iter().collect();
    assert_eq!(known.len(), history.len(), "a commit is twice in the history");
    let mut at = history.len();
    for Acknowledged { commit, files } in all {
        let place = history.iter().position(|id| id == commit);
        let place = place.unwrap_or_else(|| panic!("commit {commit} of {} is lost", files[0].0));
        assert!(place < at, "commit {commit} is out of order");
        at = place;
        for (path, bytes) in files {
            let reply = client.read(REPO, path).unwrap();
            assert_eq!(reply.status, 200, "{path} is lost: {}", reply.text());
            assert!(reply.body == *bytes, "{path} has changed");
        }
    }
}

/// Until the log answers: what was acknowledged is in its outbox at once, in its tree only soon.
fn logged(client: &Client, path: &str) {
    let until = Instant::now() + ACKNOWLEDGED_WITHIN;
    loop {
        let reply = client.ask("GET", path, b"").unwrap();
        if reply.status == 200 {
            return;
        }
        assert!(Instant::now() < until, "{path} was not logged: {}", reply.text());
        pause(Duration::from_millis(20));
    }
}

/// The log goes on from what it was before the kill, and says what the hub says.
fn log_holds(home: &Home, running: &Running) {
    let hub = format!("http://{}", running.address);
    let out = home.run(&["log", "monitor", &hub, "--state", "seen.json"]);
    let (text, errors) = (String::from_utf8_lossy(&out.stdout), String::from_utf8_lossy(&out.stderr));
    assert_eq!(out.status.code(), Some(0), "{text}{errors}");
}

#[test]
fn what_was_acknowledged_outlives_a_kill() {
    let home = Home::new();
    let first = home.serve();
    let token = token_in(&first.kill()).unwrap().to_owned();
    let mut dice = Dice::new(7);
    let mut all: Vec<Acknowledged> = Vec::new();
    for round in 0..ROUNDS {
        let running = home.serve();
        let client = Client { address: running.address, token: token.clone() };
        if round == 0 {
            client.create(REPO, false).unwrap();
            logged(&client, "/log/1/checkpoint");
        }
        check(&client, &all);
        log_holds(&home, &running);
        let (send, receive) = sync_channel(1000);
        let publisher = std::thread::spawn(move || publish(&client, round, &send));
        for _ in 0..=dice.below(5) {
            all.push(receive.recv_timeout(ACKNOWLEDGED_WITHIN).unwrap());
        }
        pause(Duration::from_micros(dice.below(60_000)));
        running.kill();
        publisher.join().unwrap();
        // What came between the last look and the kill counts as well.
        all.extend(receive.try_iter());
        // A check of the files as the kill left them, or only after a start has tidied up.
        if round % 2 == 0 {
            home.is_sound();
        }
    }
    let running = home.serve();
    let client = Client { address: running.address, token };
    check(&client, &all);
    log_holds(&home, &running);
    for Acknowledged { commit, .. } in &all {
        logged(&client, &format!("/api/commons/v1/models/{REPO}/proof/{commit}"));
    }
    running.kill();
    home.is_sound();
    assert!(all.len() as u64 >= ROUNDS, "only {} commits were acknowledged", all.len());
}
