//! Shards that lie, and shards with absurd numbers in every place that holds one.

use seedcorn_testkit::client::{XetDoor, header, large_file};
use seedcorn_testkit::xet::{self, BOOKEND, Claim, FILE_FLAGS, RECORD, record, shard_header};
use serde_json::Value;

use crate::hub::{Hub, REPO, noise};

/// Sends a shard by both versions of the protocol: neither may take it.
fn refused(hub: &Hub, door: &XetDoor, what: &str, shard: &[u8], file: &[u8; 32]) {
    let reply = hub.eve.post_shard(door, shard).unwrap();
    hub.refused(what, &reply, 400);
    let reply = hub.eve.ask_xet(door, "POST", "/v2/shards", shard).unwrap();
    if reply.status == 200 {
        let text = reply.text();
        let last: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
        assert_eq!((&last["type"], &last["retryable"]), (&"error".into(), &false.into()), "{what}: {text}");
    } else {
        hub.refused(what, &reply, 400);
    }
    let plan = format!("/v2/reconstructions/{}", xet::spelled(file));
    let reply = hub.eve.ask_xet(door, "GET", &plan, b"").unwrap();
    assert_eq!(reply.status, 404, "{what}: there is a plan for the file");
}

/// A chunk whose xorb the hub has, and the truth about it.
fn sent(hub: &Hub, door: &XetDoor, seed: u64) -> (Vec<u8>, Claim) {
    let chunk = noise(seed, 40_000);
    let reply = hub.eve.post_xorb(door, &xet::chunk_hash(&chunk), &xet::xorb(&chunk)).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    let claim = Claim::of(&chunk);
    (chunk, claim)
}

#[test]
fn lies_are_refused_and_the_truth_is_taken() {
    let hub = Hub::start();
    let door = hub.eve.xet(REPO, "write").unwrap();
    let (chunk, truth) = sent(&hub, &door, 40);
    let before = hub.look();
    type Lie = fn(&mut Claim);
    let lies: &[(&str, Lie)] = &[
        ("another file hash", |claim| claim.file = [7; 32]),
        ("another SHA-256", |claim| claim.sha256 = [7; 32]),
        ("another verification hash", |claim| claim.verification = [7; 32]),
        ("a xorb that nobody sent", |claim| claim.xorb = [7; 32]),
        ("a byte less", |claim| claim.raw_bytes -= 1),
        ("a byte more", |claim| claim.raw_bytes += 1),
        ("no bytes", |claim| claim.raw_bytes = 0),
        ("all bytes", |claim| claim.raw_bytes = u32::MAX),
        ("no chunks", |claim| claim.chunks = (0, 0)),
        ("chunks backwards", |claim| claim.chunks = (1, 0)),
        ("a chunk too many", |claim| claim.chunks = (0, 2)),
        ("chunks past the end", |claim| claim.chunks = (1, 2)),
        ("all chunks", |claim| claim.chunks = (0, u32::MAX)),
        ("the last chunks", |claim| claim.chunks = (u32::MAX - 1, u32::MAX)),
        ("no terms", |claim| claim.terms = 0),
        ("two terms", |claim| claim.terms = 2),
        ("all terms", |claim| claim.terms = u32::MAX),
        ("2^28 terms", |claim| claim.terms = 1 << 28),
        ("no verification", |claim| claim.flags = 1 << 30),
        ("no SHA-256", |claim| claim.flags = 1 << 31),
        ("no flags", |claim| claim.flags = 0),
        ("unknown flags", |claim| claim.flags = FILE_FLAGS | 1),
        ("all flags", |claim| claim.flags = u32::MAX),
        ("two chunks in the xorb's record", |claim| claim.xorb_chunks = 2),
        ("8193 chunks in the xorb's record", |claim| claim.xorb_chunks = 8193),
        ("all chunks in the xorb's record", |claim| claim.xorb_chunks = u32::MAX),
        ("all bytes in the xorb's record", |claim| claim.xorb_bytes = u32::MAX),
    ];
    for (what, lie) in lies {
        let mut claim = truth.clone();
        lie(&mut claim);
        refused(&hub, &door, what, &claim.shard(), &truth.file);
    }
    hub.unchanged("lying shards", &before, &chunk);
    let commit = hub.eve.commit(
        REPO,
        "main",
        &seedcorn_testkit::client::lines(&[header("what was never taken"), large_file("w.bin", &chunk)]),
    );
    hub.refused("the commit", &commit.unwrap(), 400);

    let reply = hub.eve.post_shard(&door, &truth.shard()).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    hub.eve.must_commit(REPO, &[header("true"), large_file("w.bin", &chunk)]).unwrap();
    assert!(hub.eve.read(REPO, "w.bin").unwrap().body == chunk);
}

#[test]
fn a_lie_about_a_chunk_is_not_spread() {
    let hub = Hub::start();
    let door = hub.eve.xet(REPO, "write").unwrap();
    let (chunk, truth) = sent(&hub, &door, 41);
    let lie = Claim { chunk: [9; 32], xorb_bytes: 123, ..truth.clone() };
    // What a client says of a xorb is not looked at: the hub has its own index of it.
    let reply = hub.eve.post_shard(&door, &lie.shard()).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    let known = |hash: &[u8; 32]| {
        let path = format!("/v1/chunks/default/{}", xet::spelled(hash));
        hub.eve.ask_xet(&door, "GET", &path, b"").unwrap().status
    };
    assert_eq!((known(&lie.chunk), known(&xet::chunk_hash(&chunk))), (404, 200));
}

#[test]
fn absurd_frames_of_shards_are_refused() {
    let hub = Hub::start();
    let door = hub.eve.xet(REPO, "write").unwrap();
    let (chunk, truth) = sent(&hub, &door, 42);
    let before = hub.look();
    let (shard, sections) = (truth.shard(), truth.sections());
    let with = |header: Vec<u8>, rest: &[u8]| [header, sections.clone(), rest.to_vec()].concat();
    let footer = |version: u64, key: u8| {
        let words = [&[version][..], &[u64::MAX; 8]].concat();
        let mut footer: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        footer.extend_from_slice(&[key; 32]);
        footer.resize(200, 0xff);
        footer
    };
    let mut other_tag = shard.clone();
    other_tag[0] ^= 1;
    let mut cases = vec![
        ("nothing", Vec::new()),
        ("a header alone", shard_header(2, 0)),
        ("another tag", other_tag),
        ("version 0", with(shard_header(0, 0), b"")),
        ("version 1", with(shard_header(1, 0), b"")),
        ("version 2^64 - 1", with(shard_header(u64::MAX, 0), b"")),
        ("a footer of one byte", with(shard_header(2, 1), b"f")),
        ("a footer of 2^64 - 1 bytes", with(shard_header(2, u64::MAX), b"")),
        ("a footer that is not there", shard_header(2, 200)),
        ("a footer of version 0", with(shard_header(2, 200), &footer(0, 0))),
        ("a footer of version 2^64 - 1", with(shard_header(2, 200), &footer(u64::MAX, 0))),
        ("a footer with a key", with(shard_header(2, 200), &footer(1, 1))),
        ("no xorb section", [shard_header(2, 0), record(&BOOKEND, [0; 4])].concat()),
        ("no bookend", shard[..shard.len() - RECORD].to_vec()),
        ("something behind it", with(shard_header(2, 0), b"more")),
        (
            "a million files of nothing",
            [shard_header(2, 0), record(&[1; 32], [FILE_FLAGS, 0, 0, 0]).repeat(1 << 20)].concat(),
        ),
    ];
    cases.extend((1..shard.len()).step_by(37).map(|cut| ("cut short", shard[..cut].to_vec())));
    for (what, shard) in &cases {
        refused(&hub, &door, what, shard, &truth.file);
    }
    hub.unchanged("absurd shards", &before, &chunk);
    // The numbers in an old client's footer are not looked at: what they say follows from the sections.
    let reply = hub.eve.post_shard(&door, &with(shard_header(2, 200), &footer(1, 0))).unwrap();
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert!(hub.holds(&chunk));
}
