//! A full disk, under the depot and under the database: a clear 507 over HTTP, nothing half visible, and the same
//! request goes well once there is room.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

mod room;

use std::sync::Arc;

use object_store::memory::InMemory;
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::{Commons, Opening, Places, fsck};
use seedcorn_content::Depot;
use seedcorn_content::xet::hash::{chunk_hash, file_hash, range_hash};
use seedcorn_content::xet::shard::{FileRecord, Shard, Term, render_upload};
use seedcorn_content::xet::xorb::Builder;
use seedcorn_core::digest::Sha256;
use seedcorn_server::App;
use seedcorn_testkit::client::{Client, header, large_file, lines, text_file};
use seedcorn_testkit::http::{Reply, ask};
use seedcorn_testkit::xet;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use crate::room::{Room, SmallStore};

const REPO: &str = "eve/repo";
const PLENTY: u64 = 1 << 40;
/// Bytes of a part of an LFS upload, and of the largest that goes in one.
const PART: u64 = 20 << 20;

struct Hub {
    eve: Client,
    room: Room,
    commons: Commons,
    runtime: Runtime,
    _folder: tempfile::TempDir,
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut out);
    out
}

impl Hub {
    fn start() -> Hub {
        let folder = tempfile::tempdir().unwrap();
        let places = Places {
            database: format!("sqlite:{}", folder.path().join("db").display()),
            depot: folder.path().join("unused").display().to_string(),
            ..Places::default()
        };
        let room = Room::default();
        room.set(PLENTY);
        let store = SmallStore { room: room.clone(), objects: Arc::new(InMemory::new()) };
        let runtime = Runtime::new().unwrap();
        let (commons, eve) = runtime.block_on(async {
            let mut opening = Opening::at(&places, folder.path().join("tmp"), [4; 32]).await.unwrap();
            opening.depot = Depot::over(Arc::new(store));
            opening.lfs_part_bytes = PART;
            opening.lfs_basic_bytes_max = PART;
            let commons = Commons::open(opening).await.unwrap();
            let (db, now) = (commons.database(), commons.now());
            let new = NewNamespace { name: "eve".into(), ..NewNamespace::default() };
            admin::add_member(db, new, now).await.unwrap();
            let new =
                NewToken { member: "eve".into(), name: "t".into(), role: TokenRole::Write, expires: None };
            let token = admin::create_token(db, new, now).await.unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let app = App::new(commons.clone(), None);
            tokio::spawn(seedcorn_server::serve(app, listener, CancellationToken::new()));
            (commons, Client { address, token })
        });
        let hub = Hub { eve, room, commons, runtime, _folder: folder };
        hub.eve.create(REPO, false).unwrap();
        hub.eve.must_commit(REPO, &[header("first"), text_file("a.txt", "as it was")]).unwrap();
        hub
    }

    /// Lets the database become no larger than it is.
    fn stop_growth(&self) {
        // SQLite takes a count below that of its pages for just that.
        self.limit_database("PRAGMA max_page_count = 1");
    }

    /// Runs a statement that sets how large the database may become.
    fn limit_database(&self, sql: &'static str) {
        self.runtime.block_on(async {
            let mut tx = self.commons.database().write().await.unwrap();
            tx.run(sql, ()).await.unwrap();
            tx.commit().await.unwrap();
        });
    }

    /// What is to be seen: history, files, and that they can be read.
    fn look(&self) -> String {
        let tree = self.eve.get(&format!("/api/models/{REPO}/tree/main")).unwrap();
        let refs = self.eve.get(&format!("/api/models/{REPO}/refs")).unwrap();
        let file = self.eve.read(REPO, "a.txt").unwrap();
        format!("{:?} {tree} {refs} {} {}", self.eve.history(REPO).unwrap(), file.status, file.text())
    }

    fn holds(&self, bytes: &[u8]) -> bool {
        let object = serde_json::json!({ "oid": xet::hex(&xet::sha256(bytes)), "size": bytes.len() });
        let path = format!("/{REPO}.git/info/lfs/objects/verify");
        self.eve.ask("POST", &path, object.to_string().as_bytes()).unwrap().status == 200
    }

    /// The database and the depot agree to the last byte.
    fn is_sound(&self) {
        let mut findings = Vec::new();
        let mut report = |finding: fsck::Finding| findings.push(finding.to_string());
        self.runtime.block_on(fsck::check(&self.commons, true, &mut report)).unwrap();
        assert!(findings.is_empty(), "{findings:?}");
    }
}

#[track_caller]
fn full(what: &str, reply: &Reply) {
    assert_eq!(reply.status, 507, "{what}: {}", reply.text());
    let message = reply.header("x-error-message").unwrap();
    assert!(message.contains("full"), "{what}: {message}");
    assert!(reply.text().contains("full") && reply.header("x-request-id").is_some(), "{what}");
}

#[track_caller]
fn good(what: &str, reply: &Reply) {
    assert_eq!(reply.status, 200, "{what}: {}", reply.text());
}

#[test]
fn an_lfs_upload_onto_a_full_disk() {
    let hub = Hub::start();
    let bytes = noise(1, 18 << 20);
    let path = hub.eve.lfs_path(REPO, &bytes).unwrap();
    let commit = lines(&[header("large"), large_file("w.bin", &bytes)]);
    let before = hub.look();
    // Not even the first xorb, the first but not the second, and a little too little: however the file is cut into xorbs,
    // which depends on the pieces in which it comes, a last one of up to 64 KiB rests in its row and needs no room.
    for room in [0, 17 << 20, (18 << 20) - (128 << 10)] {
        hub.room.set(room);
        full("PUT", &ask(hub.eve.address, "PUT", &path, &[], &bytes).unwrap());
        assert!(!hub.holds(&bytes));
        assert_eq!(hub.eve.commit(REPO, "main", &commit).unwrap().status, 400);
        assert_eq!(hub.look(), before);
        hub.is_sound();
    }
    hub.room.set(PLENTY);
    good("PUT", &ask(hub.eve.address, "PUT", &path, &[], &bytes).unwrap());
    good("commit", &hub.eve.commit(REPO, "main", &commit).unwrap());
    assert!(hub.eve.read(REPO, "w.bin").unwrap().body == bytes);
    hub.is_sound();
}

#[test]
fn an_upload_in_parts_onto_a_full_disk() {
    let hub = Hub::start();
    let bytes = noise(2, (PART + PART / 2) as usize);
    let (parts, end) = hub.eve.lfs_parts(REPO, &bytes).unwrap();
    let part = |n: usize| &bytes[n * PART as usize..bytes.len().min((n + 1) * PART as usize)];
    let put = |n: usize| ask(hub.eve.address, "PUT", &parts[n], &[], part(n)).unwrap();
    let finish = || ask(hub.eve.address, "POST", &end, &[], br#"{"oid":"","parts":[]}"#).unwrap();
    let before = hub.look();
    for room in [0, 12 << 20] {
        hub.room.set(room);
        full("a part", &put(0));
    }
    hub.room.set(PLENTY);
    good("a part", &put(0));
    hub.room.set(0);
    full("another part", &put(1));
    assert_eq!(finish().status, 400, "a part that was not kept counts");
    hub.room.set(PLENTY);
    good("another part", &put(1));
    // The parts lie there, and there is no room for the file made of them.
    hub.room.set(17 << 20);
    full("the end", &finish());
    assert!(!hub.holds(&bytes));
    assert_eq!(hub.look(), before);
    hub.room.set(PLENTY);
    good("the end", &finish());
    assert!(hub.holds(&bytes));
    hub.is_sound();
}

#[test]
fn a_xorb_onto_a_full_disk() {
    let hub = Hub::start();
    let door = hub.eve.xet(REPO, "write").unwrap();
    let (mut builder, mut body) = (Builder::default(), Vec::new());
    for chunk in noise(3, 20 << 20).chunks(128 << 10) {
        builder.push(chunk_hash(chunk), chunk, &mut body).unwrap();
    }
    let hash = builder.finish().unwrap().hash.0;
    let chunk = noise(4, 100_000);
    let head = |hash: &[u8; 32]| {
        let path = format!("/v1/xorbs/default/{}", xet::spelled(hash));
        hub.eve.ask_xet(&door, "HEAD", &path, b"").unwrap().status
    };
    for (hash, body) in [(hash, body), (xet::chunk_hash(&chunk), xet::xorb(&chunk))] {
        for room in [0, body.len() as u64 - 1] {
            hub.room.set(room);
            full("xorb", &hub.eve.post_xorb(&door, &hash, &body).unwrap());
            assert_eq!(head(&hash), 404);
        }
        hub.room.set(PLENTY);
        good("xorb", &hub.eve.post_xorb(&door, &hash, &body).unwrap());
        assert_eq!(head(&hash), 200);
    }
    hub.is_sound();
}

#[test]
fn a_commit_onto_a_full_disk() {
    let hub = Hub::start();
    let text = |seed, len| xet::spelled(&xet::sha256(&noise(seed, 32))) + &hex(&noise(seed, len));
    let changes = [text_file("b.txt", &text(5, 6 << 20)), text_file("c.txt", &text(6, 6 << 20))];
    let commit = lines(&[&[header("larger")], &changes[..]].concat());
    let before = hub.look();
    for room in [0, 5 << 20] {
        hub.room.set(room);
        full("commit", &hub.eve.commit(REPO, "main", &commit).unwrap());
        assert_eq!(hub.look(), before);
        hub.is_sound();
    }
    // Small ones need no room in the depot.
    hub.eve.must_commit(REPO, &[header("small"), text_file("d.txt", "d")]).unwrap();
    hub.room.set(PLENTY);
    good("commit", &hub.eve.commit(REPO, "main", &commit).unwrap());
    assert_eq!(hub.eve.history(REPO).unwrap().len(), 4);
    hub.is_sound();
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// A shard of one file: the same chunk over and over, each time as a term of its own, so that there is much to note.
fn long_shard(chunk: &[u8]) -> (Vec<u8>, Vec<u8>) {
    const TERMS: usize = 3000;
    let (xorb, bytes) = (chunk_hash(chunk), chunk.repeat(TERMS));
    let term = Term { xorb, raw_bytes: chunk.len() as u32, start: 0, end: 1 };
    let file = FileRecord {
        hash: file_hash(&vec![(xorb, chunk.len() as u64); TERMS]),
        terms: vec![term; TERMS],
        verification: Some(vec![range_hash([&xorb]); TERMS]),
        sha256: Some(Sha256(xet::sha256(&bytes))),
    };
    (render_upload(&Shard { files: vec![file], xorbs: Vec::new() }), bytes)
}

#[test]
fn a_full_disk_under_the_database() {
    let hub = Hub::start();
    let eve = &hub.eve;
    let door = eve.xet(REPO, "write").unwrap();
    // More than fits into pages that are half empty, and small enough to be rows.
    let (small, chunk, ready) = (noise(7, 60_000), noise(8, 60_000), noise(9, 1000));
    let path = eve.lfs_path(REPO, &small).unwrap();
    good("xorb", &eve.post_xorb(&door, &xet::chunk_hash(&ready), &xet::xorb(&ready)).unwrap());
    let (shard, file) = long_shard(&ready);
    let commit = lines(&[header("row"), text_file("b.txt", &hex(&noise(10, 30_000)))]);
    let requests: [(&str, &dyn Fn() -> Reply); 4] = [
        ("LFS", &|| ask(eve.address, "PUT", &path, &[], &small).unwrap()),
        ("xorb", &|| eve.post_xorb(&door, &xet::chunk_hash(&chunk), &xet::xorb(&chunk)).unwrap()),
        ("commit", &|| eve.commit(REPO, "main", &commit).unwrap()),
        ("shard", &|| eve.post_shard(&door, &shard).unwrap()),
    ];
    let before = hub.look();
    fill(&hub);
    for (what, request) in &requests {
        hub.stop_growth();
        full(what, &request());
        assert_eq!(hub.look(), before, "{what}");
        assert!(!hub.holds(&small) && !hub.holds(&chunk) && !hub.holds(&file), "{what}");
    }
    hub.stop_growth();
    let text = eve.ask_xet(&door, "POST", "/v2/shards", &shard).unwrap().text();
    assert!(text.contains("full") && text.contains("\"retryable\":true"), "{text}");
    assert!(!hub.holds(&file));
    // There is room again, and nobody has to restart the hub.
    hub.limit_database("PRAGMA max_page_count = 1000000");
    for (what, request) in &requests {
        good(what, &request());
    }
    assert!(hub.holds(&small) && hub.holds(&file));
    hub.is_sound();
}

/// Uses up what is free in the pages that the database has.
fn fill(hub: &Hub) {
    hub.stop_growth();
    for n in 0..2000 {
        let name = format!("filler-{n}");
        let new = NewNamespace { name, full_name: "x".repeat(200), ..NewNamespace::default() };
        let (db, now) = (hub.commons.database(), hub.commons.now());
        if let Err(e) = hub.runtime.block_on(admin::add_member(db, new, now)) {
            eprintln!("DEBUG {n} {e:?}");
            return;
        }
    }
    panic!("the database does not fill up");
}
