//! A hub with two members, each with a hidden and an open repo; and files as a Xet client takes them apart.

use std::path::Path;

use bytes::Bytes;
use futures_util::StreamExt;
use seedcorn_commons::access::{Propose, Read};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::publish::{self, BatchAnswer, CommitHeader, Draft, LfsObject, Target};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Clock, Commons, Grant, Opening, Refusal, authorize, fsck, identity, log, pull, xet};
use seedcorn_content::Depot;
use seedcorn_content::xet::hash::{file_hash, range_hash};
use seedcorn_content::xet::shard::{FileRecord, Shard, Term, render_upload};
use seedcorn_content::xet::xorb::{Builder, XorbIndex};
use seedcorn_content::xet::{chunk::Chunker, hash::chunk_hash};
use seedcorn_core::access::Actor;
use seedcorn_core::digest::{Sha256, XetHash};
use seedcorn_core::openness::Policy;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Db;
use sha2::Digest;

pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut out);
    out
}

pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// A file as a Xet client takes it apart: one xorb, its frames, and the record of the file.
pub(crate) struct Parts {
    pub(crate) index: XorbIndex,
    pub(crate) frames: Vec<u8>,
    pub(crate) file: FileRecord,
}

pub(crate) fn parts(bytes: &[u8]) -> Parts {
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

pub(crate) struct World {
    pub(crate) commons: Commons,
    pub(crate) alice: Actor,
    pub(crate) bob: Actor,
    folder: tempfile::TempDir,
}

pub(crate) async fn open(folder: &Path) -> Commons {
    let opening = Opening {
        db: Db::open(&format!("sqlite:{}", folder.join("hub.db").display())).await.unwrap(),
        depot: Depot::disk(&folder.join("depot")).unwrap(),
        scratch: folder.join("scratch"),
        master_key: [7; 32],
        clock: Clock::System,
        lfs_part_bytes: 1 << 20,
        lfs_basic_bytes_max: 1 << 30,
        pull_policy: Policy::default(),
        reviewers: Vec::new(),
        log: log::Settings::default(),
        block_dangerous: false,
        sigstore: std::sync::Arc::new(seedcorn_commons::signing::Root::built_in().unwrap()),
    };
    Commons::open(opening).await.unwrap()
}

pub(crate) async fn member(commons: &Commons, db: &Db, name: &str) -> Actor {
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
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let commons = open(folder.path()).await;
        let db = commons.database().clone();
        let (alice, bob) = (member(&commons, &db, "alice").await, member(&commons, &db, "bob").await);
        World { commons, alice, bob, folder }
    }

    pub(crate) async fn grant<L: seedcorn_commons::access::Level>(
        &self,
        actor: &Actor,
        repo: &str,
    ) -> Grant<L> {
        authorize(&self.commons, Some(actor), RepoKind::Model, repo).await.unwrap()
    }

    pub(crate) async fn send_xorb(&self, actor: &Actor, repo: &str, parts: &Parts) {
        let grant = self.grant::<Propose>(actor, repo).await;
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(parts.frames.clone()))]);
        xet::receive_xorb(&self.commons, &grant, parts.index.hash, body).await.unwrap();
    }

    pub(crate) async fn send_shard(
        &self,
        actor: &Actor,
        repo: &str,
        file: &FileRecord,
    ) -> Result<(), Refusal> {
        let grant = self.grant::<Propose>(actor, repo).await;
        let shard = render_upload(&Shard { files: vec![file.clone()], xorbs: Vec::new() });
        xet::accept_shard(&self.commons, &grant, shard.into(), &|_| {}).await
    }

    pub(crate) async fn commit(&self, actor: &Actor, repo: &str, sum: Sha256) -> Result<(), Refusal> {
        let grant = self.grant::<Propose>(actor, repo).await;
        let mut draft = Draft::begin(&self.commons, grant, Target::new("main", false)).await?;
        draft.put_large("w.bin".into(), sum, None)?;
        draft.finish(CommitHeader { summary: "w".into(), ..CommitHeader::default() }).await.map(|_| ())
    }

    pub(crate) async fn publish(&self, actor: &Actor, repo: &str, bytes: &[u8]) -> Parts {
        let parts = parts(bytes);
        self.send_xorb(actor, repo, &parts).await;
        self.send_shard(actor, repo, &parts.file).await.unwrap();
        self.commit(actor, repo, sha256(bytes)).await.unwrap();
        parts
    }

    pub(crate) async fn read(&self, actor: &Actor, repo: &str) -> Vec<u8> {
        read(&self.commons, actor, repo).await
    }

    /// The same stores as another process finds them: nothing is cached.
    pub(crate) async fn cold(&self) -> Commons {
        open(self.folder.path()).await
    }

    pub(crate) async fn send_lfs(&self, actor: &Actor, repo: &str, bytes: &[u8]) {
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

pub(crate) async fn read(commons: &Commons, actor: &Actor, repo: &str) -> Vec<u8> {
    let grant = authorize::<Read>(commons, Some(actor), RepoKind::Model, repo).await.unwrap();
    let located = pull::locate(commons, &grant, "main", "w.bin", true).await.unwrap();
    let stream = pull::stream(commons, &located, 0..located.bytes).await.unwrap();
    let pieces: Vec<_> = stream.map(Result::unwrap).collect().await;
    pieces.concat()
}

pub(crate) async fn fsck_is_clean(commons: &Commons) {
    let mut findings = Vec::new();
    fsck::check(commons, true, &mut |finding| findings.push(finding.to_string())).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
}
