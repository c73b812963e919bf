//! Two members, the same private bytes: deduplication must give neither the other's bytes nor the knowledge of them.

#![expect(clippy::unwrap_used, reason = "tests may unwrap")]

use std::path::Path;

use bytes::Bytes;
use futures_util::StreamExt;
use seedcorn_commons::access::{Propose, Read};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::publish::{self, BatchAnswer, CommitHeader, Draft, LfsObject, Target};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Clock, Commons, Grant, Opening, Refusal, authorize, fsck, identity, pull, xet};
use seedcorn_content::Depot;
use seedcorn_content::xet::frame::{FrameHeader, Scheme};
use seedcorn_content::xet::hash::{file_hash, range_hash};
use seedcorn_content::xet::shard::{FileRecord, Shard, Term, render_upload};
use seedcorn_content::xet::xorb::{Builder, XorbIndex};
use seedcorn_content::xet::{chunk::Chunker, hash::chunk_hash};
use seedcorn_core::access::{Actor, FineScope, Scope};
use seedcorn_core::digest::{Oid, Sha256, XetHash};
use seedcorn_core::limits;
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
    folder: tempfile::TempDir,
}

async fn open(folder: &Path) -> Commons {
    let opening = Opening {
        db: Db::open(&format!("sqlite:{}", folder.join("hub.db").display())).await.unwrap(),
        depot: Depot::disk(&folder.join("depot")).unwrap(),
        scratch: folder.join("scratch"),
        master_key: [7; 32],
        clock: Clock::System,
        lfs_part_bytes: 1 << 20,
        lfs_basic_bytes_max: 1 << 30,
    };
    Commons::open(opening).await.unwrap()
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
        let commons = open(folder.path()).await;
        let db = commons.database().clone();
        let (alice, bob) = (member(&commons, &db, "alice").await, member(&commons, &db, "bob").await);
        World { commons, alice, bob, folder }
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
        read(&self.commons, actor, repo).await
    }

    /// The same stores as another process finds them: nothing is cached.
    async fn cold(&self) -> Commons {
        open(self.folder.path()).await
    }

    async fn send_lfs(&self, actor: &Actor, repo: &str, bytes: &[u8]) {
        let grant = self.grant::<Propose>(actor, repo).await;
        let object = LfsObject { sha256: sha256(bytes), bytes: bytes.len() as u64 };
        let answers = publish::batch(&self.commons, &grant, &[object], false).await.unwrap();
        if let [BatchAnswer::Basic(sealed)] = &answers[..] {
            let open = publish::open_transfer(&self.commons, sealed).await.unwrap();
            let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(bytes))]);
            publish::receive_basic(&self.commons, &open, body).await.unwrap();
        }
    }
}

async fn read(commons: &Commons, actor: &Actor, repo: &str) -> Vec<u8> {
    let grant = authorize::<Read>(commons, Some(actor), RepoKind::Model, repo).await.unwrap();
    let located = pull::locate(commons, &grant, "main", "w.bin", true).await.unwrap();
    let stream = pull::stream(commons, &located, 0..located.bytes).await.unwrap();
    let pieces: Vec<_> = stream.map(Result::unwrap).collect().await;
    pieces.concat()
}

async fn fsck_is_clean(commons: &Commons) {
    let mut findings = Vec::new();
    fsck::check(commons, true, &mut |finding| findings.push(finding.to_string())).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
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

/// Bytes that are no noise to a compressor: everything comes twice.
fn stutter(seed: u64, len: usize) -> Vec<u8> {
    noise(seed, len / 2).chunks(500).flat_map(|part| [part, part].concat()).collect()
}

/// The frames of a xorb whose chunks are not compressed: another body with the same hash.
fn unpacked(parts: &Parts, bytes: &[u8]) -> Vec<u8> {
    let mut frames = Vec::new();
    for n in 0..parts.index.len() {
        let raw = parts.index.raw_range(&(n..n + 1)).unwrap();
        let raw = &bytes[raw.start as usize..raw.end as usize];
        let len = raw.len() as u32;
        frames.extend(FrameHeader { scheme: Scheme::Plain, packed_bytes: len, raw_bytes: len }.render());
        frames.extend(raw);
    }
    frames
}

#[tokio::test]
async fn the_same_chunks_packed_in_two_ways_are_the_same_file() {
    for len in [30_000, 400_000] {
        let bytes = stutter(6, len);
        let packed = parts(&bytes);
        let other = Parts { frames: unpacked(&packed, &bytes), ..parts(&bytes) };
        assert!(other.frames.len() > packed.frames.len());
        for (first, second) in [(&packed, &other), (&other, &packed)] {
            let world = World::new().await;
            // Also by LFS, for which the hub packs them itself.
            world.send_xorb(&world.alice, "alice/open", first).await;
            world.send_shard(&world.alice, "alice/open", &first.file).await.unwrap();
            world.commit(&world.alice, "alice/open", sha256(&bytes)).await.unwrap();
            world.send_xorb(&world.bob, "bob/open", second).await;
            world.send_lfs(&world.bob, "bob/hidden", &bytes).await;
            world.send_shard(&world.bob, "bob/open", &second.file).await.unwrap();
            world.commit(&world.bob, "bob/open", sha256(&bytes)).await.unwrap();
            world.commit(&world.bob, "bob/hidden", sha256(&bytes)).await.unwrap();
            for commons in [world.commons.clone(), world.cold().await] {
                for (actor, repo) in
                    [(&world.alice, "alice/open"), (&world.bob, "bob/open"), (&world.bob, "bob/hidden")]
                {
                    assert!(read(&commons, actor, repo).await == bytes, "{repo} of {len} bytes");
                }
            }
        }
    }
}

#[tokio::test]
async fn two_packings_sent_at_once_are_one_xorb_in_the_end() {
    let world = World::new().await;
    let bytes = stutter(7, 3_000_000);
    let packed = parts(&bytes);
    let other = Parts { frames: unpacked(&packed, &bytes), ..parts(&bytes) };
    tokio::join!(
        world.send_xorb(&world.alice, "alice/open", &packed),
        world.send_xorb(&world.bob, "bob/open", &other),
        world.send_xorb(&world.alice, "alice/hidden", &other),
        world.send_lfs(&world.bob, "bob/hidden", &bytes),
    );
    world.send_shard(&world.alice, "alice/open", &packed.file).await.unwrap();
    world.commit(&world.alice, "alice/open", sha256(&bytes)).await.unwrap();
    for commons in [world.commons.clone(), world.cold().await] {
        assert!(read(&commons, &world.alice, "alice/open").await == bytes);
    }
    fsck_is_clean(&world.commons).await;
}

#[tokio::test]
async fn a_token_for_one_repo_opens_nothing_that_its_member_sent_to_another() {
    let world = World::new().await;
    let bytes = noise(8, 500_000);
    let secret = world.publish(&world.alice, "alice/hidden", &bytes).await;
    let line =
        |role: &str| Scope::Fine(vec![FineScope { repo: "model:alice/open".into(), role: role.into() }]);
    for scope in [Scope::Read, line("read"), line("write")] {
        let narrow = Actor { scope: scope.clone(), ..world.alice.clone() };
        let read = world.grant::<Read>(&narrow, "alice/open").await;
        let plan = xet::reconstruct(&world.commons, &read, secret.file.hash, None).await;
        assert!(matches!(plan, Err(Refusal::NotFound(_))), "{scope:?}: {plan:?}");
        if scope != line("write") {
            continue;
        }
        let propose = world.grant::<Propose>(&narrow, "alice/open").await;
        assert!(!xet::has_xorb(&world.commons, &propose, secret.index.hash).await.unwrap());
        assert!(world.send_shard(&narrow, "alice/open", &secret.file).await.is_err());
        assert!(world.commit(&narrow, "alice/open", sha256(&bytes)).await.is_err());
        // What comes with this token can be used with it.
        world.publish(&narrow, "alice/open", &noise(9, 200_000)).await;
    }
    // Her whole token may move her own bytes without sending them again.
    world.commit(&world.alice, "alice/open", sha256(&bytes)).await.unwrap();
}

#[tokio::test]
async fn a_sender_is_not_told_whether_others_sent_the_same() {
    let world = World::new().await;
    let bytes = noise(10, 300_000);
    world.publish(&world.alice, "alice/hidden", &bytes).await;
    let parts = parts(&bytes);
    let grant = world.grant::<Propose>(&world.bob, "bob/open").await;
    for expected in [true, false] {
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(parts.frames.clone()))]);
        let new = xet::receive_xorb(&world.commons, &grant, parts.index.hash, body).await.unwrap();
        assert_eq!(new, expected);
    }
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

async fn commit_text(commons: &Commons, actor: &Actor, n: usize) -> Result<Oid, Refusal> {
    let grant = authorize::<Propose>(commons, Some(actor), RepoKind::Model, "alice/open").await?;
    let mut draft = Draft::begin(commons, grant, Target::new("main", false)).await?;
    // Some have so many bytes that their blobs are stored apart.
    draft.put(format!("d{}/f{n}.txt", n % 7), noise(n as u64, 1 + (n % 3) * 60_000)).await?;
    draft
        .finish(CommitHeader { summary: format!("number {n}"), ..CommitHeader::default() })
        .await
        .map(|c| c.oid)
}

#[tokio::test]
async fn commits_of_two_processes_at_once_all_succeed() {
    let world = World::new().await;
    let mut running = tokio::task::JoinSet::new();
    for (process, commons) in [world.commons.clone(), world.cold().await].into_iter().enumerate() {
        let alice = world.alice.clone();
        running.spawn(async move {
            for n in 0..12 {
                commit_text(&commons, &alice, process * 100 + n).await.unwrap();
            }
        });
    }
    running.join_all().await;
    let see = world.grant(&world.alice, "alice/open").await;
    let history = publish::refs::history(&world.commons, &see, publish::refs::From::Revision("main", 0), 100)
        .await
        .unwrap()
        .commits;
    assert_eq!(history.len(), 25);
    assert!(history.windows(2).all(|pair| pair[0].parents().eq([pair[1].oid])), "the history is no line");
    let head = seedcorn_commons::browse::revision(&world.commons, &see, "main").await.unwrap();
    let files = seedcorn_commons::browse::all_files(&world.commons, &see, &head, 100).await.unwrap();
    assert_eq!(files.len(), 25, "every commit's file, and .gitattributes");
    fsck_is_clean(&world.commons).await;
}

#[tokio::test]
async fn what_was_allowed_when_a_commit_began_is_asked_again_at_its_end() {
    let world = World::new().await;
    let begun = || async {
        let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
        let mut draft = Draft::begin(&world.commons, grant, Target::new("main", false)).await.unwrap();
        draft.put("a.txt".into(), b"a".to_vec()).await.unwrap();
        draft
    };
    let header = || CommitHeader { summary: "late".into(), ..CommitHeader::default() };
    let (one, other) = (begun().await, begun().await);
    let admin = world.grant(&world.alice, "alice/open").await;
    repo::delete(&world.commons, &admin).await.unwrap();
    let refused = one.finish(header()).await;
    assert!(matches!(refused, Err(Refusal::Unseen)), "{refused:?}");
    admin::revoke_token(world.commons.database(), world.alice.token.as_str(), world.commons.now())
        .await
        .unwrap();
    let refused = other.finish(header()).await;
    assert!(matches!(refused, Err(Refusal::BadToken)), "{refused:?}");
}

#[tokio::test]
async fn who_lost_the_role_while_a_commit_was_on_its_way_does_not_move_the_branch() {
    let world = World::new().await;
    let grant = world.grant::<Propose>(&world.alice, "alice/open").await;
    let mut draft = Draft::begin(&world.commons, grant, Target::new("main", false)).await.unwrap();
    draft.put("a.txt".into(), b"a".to_vec()).await.unwrap();
    // The repo goes to somebody else; as a stranger with a token she may still propose.
    let mut tx = world.commons.database().write().await.unwrap();
    let sql = "UPDATE repo SET namespace = $1 WHERE namespace = $2 AND name = 'open'";
    tx.run(sql, (world.bob.member.as_str(), world.alice.member.as_str())).await.unwrap();
    tx.commit().await.unwrap();
    let header = CommitHeader { summary: "late".into(), ..CommitHeader::default() };
    let refused = draft.finish(header).await;
    assert!(matches!(refused, Err(Refusal::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn a_small_batch_asks_for_no_mountain_of_addresses() {
    let world = World::new().await;
    let grant = world.grant::<Propose>(&world.bob, "alice/open").await;
    let objects: Vec<LfsObject> =
        (0..60).map(|n| LfsObject { sha256: Sha256([n; 32]), bytes: limits::FILE_BYTES_MAX }).collect();
    let answers = publish::batch(&world.commons, &grant, &objects, true).await.unwrap();
    let parts: Vec<usize> = answers
        .iter()
        .filter_map(|answer| match answer {
            BatchAnswer::Multipart { parts, part_bytes, .. } => {
                assert!(part_bytes * parts.len() as u64 >= limits::FILE_BYTES_MAX);
                Some(parts.len())
            }
            _ => None,
        })
        .collect();
    assert!(parts.iter().all(|parts| *parts as u64 <= limits::LFS_PARTS_MAX), "{parts:?}");
    assert_eq!(parts.iter().sum::<usize>() as u64, limits::LFS_BATCH_PARTS_MAX, "as many as may be");
    assert!(matches!(answers[59], BatchAnswer::Error(422, _)));
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
    let history = publish::refs::history(&world.commons, &see, publish::refs::From::Revision("main", 0), 100)
        .await
        .unwrap()
        .commits;
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
