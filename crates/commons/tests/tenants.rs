//! Two members, the same private bytes: deduplication must give neither the other's bytes nor the knowledge of them.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use bytes::Bytes;
use futures_util::StreamExt;
use seedcorn_commons::access::{Propose, Read};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::publish::{self, BatchAnswer, CommitHeader, Draft, LfsObject, Target};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Clock, Commons, Grant, Opening, Refusal, authorize, identity, pull, xet};
use seedcorn_content::Depot;
use seedcorn_content::xet::hash::{file_hash, range_hash};
use seedcorn_content::xet::shard::{FileRecord, Shard, Term, render_upload};
use seedcorn_content::xet::xorb::{Builder, XorbIndex};
use seedcorn_content::xet::{chunk::Chunker, hash::chunk_hash};
use seedcorn_core::access::Actor;
use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Db;
use sha2::Digest;

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut out);
    out
}

fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// A file as a Xet client takes it apart: one xorb, its frames, and the record of the file.
struct Parts {
    index: XorbIndex,
    frames: Vec<u8>,
    file: FileRecord,
}

fn parts(bytes: &[u8]) -> Parts {
    let (mut chunker, mut builder, mut frames) = (Chunker::default(), Builder::default(), Vec::new());
    let mut rest = bytes;
    while !rest.is_empty() {
        let len = chunker.next(rest).unwrap_or(rest.len());
        builder.push(chunk_hash(&rest[..len]), &rest[..len], &mut frames).unwrap();
        rest = &rest[len..];
    }
    let index = builder.finish().unwrap();
    let chunks: Vec<(XetHash, u64)> =
        index.sized_chunks().map(|(hash, len)| (hash, u64::from(len))).collect();
    let term = Term { xorb: index.hash, raw_bytes: bytes.len() as u32, start: 0, end: index.len() };
    let file = FileRecord {
        hash: file_hash(&chunks),
        terms: vec![term],
        verification: Some(vec![range_hash(chunks.iter().map(|(hash, _)| hash))]),
        sha256: Some(sha256(bytes)),
    };
    Parts { index, frames, file }
}

struct World {
    commons: Commons,
    alice: Actor,
    bob: Actor,
    _folder: tempfile::TempDir,
}

async fn member(commons: &Commons, db: &Db, name: &str) -> Actor {
    let now = commons.now();
    admin::add_member(db, NewNamespace { name: name.into(), ..NewNamespace::default() }, now).await.unwrap();
    let new = NewToken { member: name.into(), name: "t".into(), role: TokenRole::Write, expires: None };
    let secret = admin::create_token(db, new, now).await.unwrap();
    let actor = identity::identify(commons, &secret).await.unwrap();
    for (name, private) in [("hidden", true), ("open", false)] {
        let (kind, owner, sdk) = (RepoKind::Model, None, String::new());
        let new = NewRepo { kind, owner, name: name.into(), private: Some(private), sdk };
        repo::create(commons, &actor, new).await.unwrap();
    }
    actor
}

impl World {
    async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("hub.db").display())).await.unwrap();
        let opening = Opening {
            db: db.clone(),
            depot: Depot::memory(),
            scratch: folder.path().join("scratch"),
            master_key: [7; 32],
            clock: Clock::System,
            lfs_part_bytes: 1 << 20,
            lfs_basic_bytes_max: 1 << 30,
        };
        let commons = Commons::open(opening).await.unwrap();
        let (alice, bob) = (member(&commons, &db, "alice").await, member(&commons, &db, "bob").await);
        World { commons, alice, bob, _folder: folder }
    }

    async fn grant<L: seedcorn_commons::access::Level>(&self, actor: &Actor, repo: &str) -> Grant<L> {
        authorize(&self.commons, Some(actor), RepoKind::Model, repo).await.unwrap()
    }

    async fn send_xorb(&self, actor: &Actor, repo: &str, parts: &Parts) {
        let grant = self.grant::<Propose>(actor, repo).await;
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(parts.frames.clone()))]);
        xet::receive_xorb(&self.commons, &grant, parts.index.hash, body).await.unwrap();
    }

    async fn send_shard(&self, actor: &Actor, repo: &str, file: &FileRecord) -> Result<(), Refusal> {
        let grant = self.grant::<Propose>(actor, repo).await;
        let shard = render_upload(&Shard { files: vec![file.clone()], xorbs: Vec::new() });
        xet::accept_shard(&self.commons, &grant, shard.into(), &|_| {}).await
    }

    async fn commit(&self, actor: &Actor, repo: &str, sum: Sha256) -> Result<(), Refusal> {
        let grant = self.grant::<Propose>(actor, repo).await;
        let mut draft = Draft::begin(&self.commons, grant, Target::new("main", false)).await?;
        draft.put_large("w.bin".into(), sum, None)?;
        draft.finish(CommitHeader { summary: "w".into(), ..CommitHeader::default() }).await.map(|_| ())
    }

    async fn publish(&self, actor: &Actor, repo: &str, bytes: &[u8]) -> Parts {
        let parts = parts(bytes);
        self.send_xorb(actor, repo, &parts).await;
        self.send_shard(actor, repo, &parts.file).await.unwrap();
        self.commit(actor, repo, sha256(bytes)).await.unwrap();
        parts
    }

    async fn read(&self, actor: &Actor, repo: &str) -> Vec<u8> {
        let grant = self.grant::<Read>(actor, repo).await;
        let located = pull::locate(&self.commons, &grant, "main", "w.bin", true).await.unwrap();
        let stream = pull::stream(&self.commons, &located, 0..located.bytes).await.unwrap();
        let pieces: Vec<_> = stream.map(Result::unwrap).collect().await;
        pieces.concat()
    }
}

#[tokio::test]
async fn knowing_every_hash_gives_nobody_bytes() {
    let world = World::new().await;
    let bytes = noise(1, 900_000);
    let secret = world.publish(&world.alice, "alice/hidden", &bytes).await;
    let sum = sha256(&bytes);
    let bob = &world.bob;
    let propose = world.grant::<Propose>(bob, "bob/open").await;

    // The SHA-256 through LFS: he is asked for the bytes, and cannot commit without.
    let asked = [LfsObject { sha256: sum, bytes: bytes.len() as u64 }];
    let answers = publish::batch(&world.commons, &propose, &asked, false).await.unwrap();
    assert!(matches!(&answers[..], [BatchAnswer::Basic(_)]), "{answers:?}");
    assert!(publish::verify(&world.commons, &propose, &asked[0]).await.is_err());
    assert!(matches!(world.commit(bob, "bob/open", sum).await, Err(Refusal::Invalid(_))));

    // The wrong bytes to the right address.
    let [BatchAnswer::Basic(sealed)] = &answers[..] else { panic!() };
    let open = publish::open_transfer(&world.commons, sealed).await.unwrap();
    let wrong = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(noise(2, bytes.len())))]);
    let refused = publish::receive_basic(&world.commons, &open, wrong).await;
    assert!(matches!(refused, Err(Refusal::Unprocessable(_))), "{refused:?}");
    assert!(world.commit(bob, "bob/open", sum).await.is_err());

    // The xorb's hash, a chunk's hash, the file's hash.
    assert!(!xet::has_xorb(&world.commons, &propose, secret.index.hash).await.unwrap());
    let chunk = secret.index.chunks[0].hash;
    assert!(matches!(xet::dedup(&world.commons, &propose, chunk).await, Err(Refusal::NotFound(_))));
    let read = world.grant::<Read>(bob, "bob/open").await;
    let plan = xet::reconstruct(&world.commons, &read, secret.file.hash, None).await;
    assert!(matches!(plan, Err(Refusal::NotFound(_))));

    // A forged shard, right to the last verification hash.
    assert!(matches!(world.send_shard(bob, "bob/open", &secret.file).await, Err(Refusal::Invalid(_))));
    assert!(world.commit(bob, "bob/open", sum).await.is_err());

    // With the bytes he has the file, and so does she still.
    world.publish(bob, "bob/hidden", &bytes).await;
    assert!(
        world.read(bob, "bob/hidden").await == bytes
            && world.read(&world.alice, "alice/hidden").await == bytes
    );
}

#[tokio::test]
async fn what_is_public_is_shared_and_what_lies_beside_it_is_not() {
    let world = World::new().await;
    let (public, private) = (noise(3, 400_000), noise(4, 400_000));
    // One xorb with the chunks of two files, one of which only Alice may read.
    let both = parts(&[public.clone(), private.clone()].concat());
    world.send_xorb(&world.alice, "alice/hidden", &both).await;
    let ends: Vec<u32> = both.index.chunks.iter().map(|chunk| chunk.raw_end).collect();
    let border = ends.iter().position(|end| *end >= 300_000).unwrap() as u32;
    let run = |chunks: std::ops::Range<u32>| {
        let raw = both.index.raw_range(&chunks).unwrap();
        let whole = [public.clone(), private.clone()].concat();
        let bytes = &whole[raw.start as usize..raw.end as usize];
        let inside = &both.index.chunks[chunks.start as usize..chunks.end as usize];
        let sized: Vec<_> = both.index.sized_chunks().collect();
        let sized: Vec<_> = sized[chunks.start as usize..chunks.end as usize]
            .iter()
            .map(|(hash, len)| (*hash, u64::from(*len)))
            .collect();
        let (start, end) = (chunks.start, chunks.end);
        let record = FileRecord {
            hash: file_hash(&sized),
            terms: vec![Term { xorb: both.index.hash, raw_bytes: bytes.len() as u32, start, end }],
            verification: Some(vec![range_hash(inside.iter().map(|chunk| &chunk.hash))]),
            sha256: Some(sha256(bytes)),
        };
        (record, bytes.to_vec())
    };
    let (open, open_bytes) = run(0..border);
    let (hidden, hidden_bytes) = run(border..both.index.len());
    for (repo, file, bytes) in [("alice/open", &open, &open_bytes), ("alice/hidden", &hidden, &hidden_bytes)]
    {
        world.send_shard(&world.alice, repo, file).await.unwrap();
        world.commit(&world.alice, repo, sha256(bytes)).await.unwrap();
    }

    // Bob may refer to the public run without sending a byte, and to no chunk beyond it.
    world.send_shard(&world.bob, "bob/open", &open).await.unwrap();
    world.commit(&world.bob, "bob/open", sha256(&open_bytes)).await.unwrap();
    assert!(world.read(&world.bob, "bob/open").await == open_bytes);
    assert!(world.send_shard(&world.bob, "bob/open", &hidden).await.is_err());
    let (one_more, _) = run(0..border + 1);
    assert!(world.send_shard(&world.bob, "bob/open", &one_more).await.is_err());
    let propose = world.grant::<Propose>(&world.bob, "bob/open").await;
    assert!(!xet::has_xorb(&world.commons, &propose, both.index.hash).await.unwrap());
}

#[tokio::test]
async fn a_shard_that_lies_is_refused_and_leaves_nothing() {
    let world = World::new().await;
    let bytes = noise(5, 500_000);
    let good = parts(&bytes);
    let alice = &world.alice;
    world.send_xorb(alice, "alice/open", &good).await;
    type Lie = fn(&mut FileRecord);
    let lies: [(&str, Lie); 8] = [
        ("SHA-256", |file| file.sha256 = Some(Sha256([9; 32]))),
        ("no SHA-256", |file| file.sha256 = None),
        ("file hash", |file| file.hash = XetHash([9; 32])),
        ("verification", |file| file.verification = Some(vec![XetHash([9; 32])])),
        ("no verification", |file| file.verification = None),
        ("length", |file| file.terms[0].raw_bytes -= 1),
        ("chunks past the end", |file| file.terms[0].end += 1),
        ("xorb that is not there", |file| file.terms[0].xorb = XetHash([9; 32])),
    ];
    for (what, lie) in lies {
        let mut file = good.file.clone();
        lie(&mut file);
        let refused = world.send_shard(alice, "alice/open", &file).await;
        assert!(matches!(refused, Err(Refusal::Invalid(_))), "{what}: {refused:?}");
        assert!(world.commit(alice, "alice/open", sha256(&bytes)).await.is_err(), "{what}");
    }
    world.send_shard(alice, "alice/open", &good.file).await.unwrap();
    world.commit(alice, "alice/open", sha256(&bytes)).await.unwrap();
}

#[tokio::test]
async fn fifty_commits_at_once_make_one_line() {
    let world = World::new().await;
    let mut running = tokio::task::JoinSet::new();
    for n in 0..50 {
        let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
        let commons = world.commons.clone();
        running.spawn(async move {
            let mut draft = Draft::begin(&commons, grant, Target::new("main", false)).await.unwrap();
            draft.put(format!("d{}/f{n}.txt", n % 7), format!("{n}").into_bytes()).await.unwrap();
            let header = CommitHeader { summary: format!("number {n}"), ..CommitHeader::default() };
            draft.finish(header).await.unwrap().oid
        });
    }
    let made: std::collections::BTreeSet<_> = running.join_all().await.into_iter().collect();
    assert_eq!(made.len(), 50);
    let see = world.grant(&world.alice, "alice/open").await;
    let history = publish::refs::history(&world.commons, &see, "main", 0, 100).await.unwrap();
    assert_eq!(history.len(), 51);
    assert!(history.windows(2).all(|pair| pair[0].parents().eq([pair[1].oid])), "the history is no line");
    let head = seedcorn_commons::browse::revision(&world.commons, &see, "main").await.unwrap();
    let files = seedcorn_commons::browse::all_files(&world.commons, &see, &head, 100).await.unwrap();
    assert_eq!(files.len(), 51, "every commit's file, and .gitattributes");

    let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
    let draft = Draft::begin(&world.commons, grant, Target::new("main", false)).await.unwrap();
    let parent = Some(history[3].oid.to_string());
    let header = CommitHeader { summary: "late".into(), parent, ..CommitHeader::default() };
    assert!(matches!(draft.finish(header).await, Err(Refusal::Stale)));
}
