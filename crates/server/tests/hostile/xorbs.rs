//! Xorbs that are cut short, lie about their lengths, or blow up when they are unpacked.

use std::io::Write;

use lz4_flex::frame::{BlockSize, FrameEncoder, FrameInfo};
use seedcorn_testkit::client::XetDoor;
use seedcorn_testkit::xet::{self, Claim, frame};

use crate::hub::{Hub, REPO, noise};

/// Bytes of the largest chunk (Xet protocol).
const CHUNK_MAX: u32 = 128 << 10;

/// Many zeroes as a small LZ4 frame.
fn bomb(bytes: usize) -> Vec<u8> {
    let info = FrameInfo::new().block_size(BlockSize::Max4MB);
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(&vec![0; bytes]).unwrap();
    encoder.finish().unwrap()
}

/// An LZ4 frame whose header, right to its checksum, promises more than all disks hold.
fn promise() -> Vec<u8> {
    let info = FrameInfo::new().content_size(Some(1 << 62));
    let mut encoder = FrameEncoder::with_frame_info(info, Vec::new());
    encoder.write_all(b"not so much").unwrap();
    encoder.flush().unwrap();
    [encoder.get_ref().as_slice(), &[0; 4]].concat()
}

/// A packed chunk that claims to hold `raw` bytes.
fn packed(scheme: u8, raw: u32, payload: &[u8]) -> Vec<u8> {
    frame(0, scheme, payload.len() as u32, raw, payload)
}

fn refused(hub: &Hub, door: &XetDoor, what: &str, hash: [u8; 32], body: &[u8]) {
    let reply = hub.eve.post_xorb(door, &hash, body).unwrap();
    hub.refused(what, &reply, 400);
    let name = xet::spelled(&hash);
    let reply = hub.eve.ask_xet(door, "HEAD", &format!("/v1/xorbs/default/{name}"), b"").unwrap();
    assert_eq!(reply.status, 404, "{what}: the xorb is there");
    let reply = hub.eve.ask_xet(door, "GET", &format!("/v1/chunks/default/{name}"), b"").unwrap();
    assert_eq!(reply.status, 404, "{what}: the chunk is known");
}

#[test]
fn bad_xorbs_are_refused_and_not_kept() {
    let hub = Hub::start();
    let door = hub.eve.xet(REPO, "write").unwrap();
    let chunk = noise(30, 50_000);
    let (hash, good) = (xet::chunk_hash(&chunk), xet::xorb(&chunk));
    let before = hub.look();
    let small_bomb = bomb(16 << 20);
    assert!(small_bomb.len() < CHUNK_MAX as usize, "{} bytes", small_bomb.len());
    let mut endless_block = bomb(1000);
    let at = endless_block.len() - 1000.min(endless_block.len()) + 7;
    endless_block[at..at + 4].copy_from_slice(&0x7fff_ffff_u32.to_le_bytes());
    let flood: Vec<u8> = packed(1, CHUNK_MAX, &bomb(CHUNK_MAX as usize)).repeat(513);
    let cases: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", Vec::new()),
        ("no frame", b"nonsense and more of it".to_vec()),
        ("a header alone", good[..8].to_vec()),
        ("half a header", good[..4].to_vec()),
        ("a byte short", good[..good.len() - 1].to_vec()),
        ("half a second header", [&good[..], &[0; 3]].concat()),
        ("version 1", frame(1, 0, 5, 5, b"bytes")),
        ("version 255", frame(255, 0, 5, 5, b"bytes")),
        ("scheme 3", frame(0, 3, 5, 5, b"bytes")),
        ("no packed bytes", frame(0, 1, 0, 5, b"")),
        ("no raw bytes", frame(0, 1, 5, 0, b"bytes")),
        ("absurd packed length", frame(0, 1, 0xff_ffff, 5, b"bytes")),
        ("absurd raw length", frame(0, 1, 5, 0xff_ffff, b"bytes")),
        ("a byte over a chunk", frame(0, 0, CHUNK_MAX + 1, CHUNK_MAX + 1, &noise(1, CHUNK_MAX as usize + 1))),
        ("plain with two lengths", frame(0, 0, 5, 6, b"bytes.")),
        ("packed nonsense", packed(1, 1000, &chunk)),
        ("grouped nonsense", packed(2, 1000, &chunk)),
        ("a bomb that says so", packed(1, 16 << 20, &small_bomb)),
        ("a bomb that does not", packed(1, CHUNK_MAX, &small_bomb)),
        ("a grouped bomb", packed(2, CHUNK_MAX, &small_bomb)),
        ("a frame that promises", packed(1, 11, &promise())),
        ("a block without end", packed(1, 1000, &endless_block)),
        ("less than claimed", packed(1, 1001, &bomb(1000))),
        ("more than claimed", packed(1, 999, &bomb(1000))),
        ("8193 chunks", xet::xorb(b"x").repeat(8193)),
        ("more than 64 MiB unpacked", flood),
        ("a footer alone", [&b"XETBLOB\x01"[..], &[0; 100]].concat()),
        ("an endless footer", [&good[..], b"XETBLOB\x01", &vec![0xff; 400_000]].concat()),
    ];
    for (what, body) in &cases {
        refused(&hub, &door, what, hash, body);
    }
    for cut in (0..good.len()).step_by(4999) {
        refused(&hub, &door, &format!("cut at {cut}"), hash, &good[..cut]);
    }
    hub.unchanged("bad xorbs", &before, &chunk);
}

#[test]
fn a_xorb_has_the_hash_it_is_sent_under() {
    let hub = Hub::start();
    let door = hub.eve.xet(REPO, "write").unwrap();
    let chunk = noise(31, 20_000);
    let good = xet::xorb(&chunk);
    let before = hub.look();
    refused(&hub, &door, "another hash", [7; 32], &good);
    refused(&hub, &door, "no hash", [0; 32], &good);
    let hash = xet::chunk_hash(&chunk);
    for at in [8, 9000, good.len() - 1] {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        refused(&hub, &door, &format!("a bit flipped at {at}"), hash, &flipped);
    }
    refused(&hub, &door, "a chunk too many", hash, &[good.clone(), xet::xorb(b"x")].concat());
    for name in ["nonsense", "00", &"g".repeat(64), &"0".repeat(65), "..%2f..%2fdb"] {
        let reply = hub.eve.ask_xet(&door, "POST", &format!("/v1/xorbs/default/{name}"), &good).unwrap();
        hub.refused(&format!("the name {name}"), &reply, 400);
    }
    hub.unchanged("wrong hashes", &before, &chunk);
}

#[test]
fn what_an_old_footer_claims_is_not_believed() {
    let hub = Hub::start();
    let door = hub.eve.xet(REPO, "write").unwrap();
    // Counts, offsets and lengths of nothing but ones: the hub makes its own footer.
    for (seed, footer) in [(32, vec![0xff; 300]), (33, vec![0; 0]), (34, noise(1, 300_000))] {
        let chunk = noise(seed, 80_000);
        let body = [&xet::xorb(&chunk)[..], b"XETBLOB\x01", &footer].concat();
        let reply = hub.eve.post_xorb(&door, &xet::chunk_hash(&chunk), &body).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        let reply = hub.eve.post_shard(&door, &Claim::of(&chunk).shard()).unwrap();
        assert_eq!(reply.status, 200, "{}", reply.text());
        assert!(hub.holds(&chunk));
    }
}
