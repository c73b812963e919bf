//! A hub with one member, `ada`, and one model, `ada/one`. Its clock moves only when it is told to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use seedcorn_commons::access::{Level, Propose};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::publish::{self, BatchAnswer, CommitHeader, Draft, LfsObject, Target};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Clock, Commons, Grant, Opening, Result, authorize, fsck, identity, log};
use seedcorn_content::Depot;
use seedcorn_core::access::Actor;
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::id::RepoId;
use seedcorn_core::openness::Policy;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Db;
use sha2::Digest;

/// Everything about the hub.
pub(crate) struct World {
    pub(crate) commons: Commons,
    pub(crate) actor: Actor,
    pub(crate) repo: RepoId,
    clock: Arc<AtomicI64>,
    folder: tempfile::TempDir,
}

impl World {
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000_000));
        let commons = open(folder.path(), &clock).await;
        let db = commons.database().clone();
        let now = commons.now();
        let ada = NewNamespace { name: "ada".into(), ..NewNamespace::default() };
        admin::add_member(&db, ada, now).await.unwrap();
        let new = NewToken { member: "ada".into(), name: "t".into(), role: TokenRole::Write, expires: None };
        let secret = admin::create_token(&db, new, now).await.unwrap();
        let actor = identity::identify(&commons, &secret).await.unwrap();
        let (kind, owner, sdk) = (RepoKind::Model, None, String::new());
        let new = NewRepo { kind, owner, name: "one".into(), private: None, sdk };
        let repo::Created::New(made) = repo::create(&commons, &actor, new).await.unwrap() else { panic!() };
        World { commons, actor, repo: made.id, clock, folder }
    }

    /// As another process finds it: nothing is cached.
    pub(crate) async fn reopen(self) -> World {
        World { commons: open(self.folder.path(), &self.clock).await, ..self }
    }

    /// Moves the clock on.
    pub(crate) fn wait(&self, secs: i64) {
        self.clock.fetch_add(secs * 1_000_000, Ordering::Relaxed);
    }

    /// A grant for the repo.
    pub(crate) async fn grant<L: Level>(&self) -> Grant<L> {
        authorize(&self.commons, Some(&self.actor), RepoKind::Model, "ada/one").await.unwrap()
    }

    /// Begins a commit to the main branch.
    pub(crate) async fn draft(&self) -> Draft {
        self.draft_to("main").await
    }

    /// Begins a commit to a branch.
    pub(crate) async fn draft_to(&self, branch: &str) -> Draft {
        Draft::begin(&self.commons, self.grant::<Propose>().await, Target::new(branch, false)).await.unwrap()
    }

    /// Sends a file by LFS, as one PUT, if the hub wants it.
    pub(crate) async fn send(&self, bytes: Vec<u8>) -> Sha256 {
        let sha256 = Sha256(sha2::Sha256::digest(&bytes).into());
        let object = LfsObject { sha256, bytes: bytes.len() as u64 };
        let grant = self.grant::<Propose>().await;
        for answer in publish::batch(&self.commons, &grant, &[object], false).await.unwrap() {
            if let BatchAnswer::Basic(sealed) = answer {
                let open = publish::open_transfer(&self.commons, &sealed).await.unwrap();
                let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from(bytes.clone()))]);
                publish::receive_basic(&self.commons, &open, body).await.unwrap();
            }
        }
        sha256
    }

    /// Every file in the depot.
    pub(crate) fn depot(&self) -> Vec<PathBuf> {
        let (mut files, mut folders) = (Vec::new(), vec![self.folder.path().join("depot")]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }

    /// Fails unless every stored byte is what its name says.
    pub(crate) async fn assert_sound(&self) {
        let mut findings = Vec::new();
        fsck::check(&self.commons, true, &mut |finding| findings.push(finding.to_string())).await.unwrap();
        assert!(findings.is_empty(), "{findings:?}");
    }
}

async fn open(folder: &Path, clock: &Arc<AtomicI64>) -> Commons {
    let opening = Opening {
        db: Db::open(&format!("sqlite:{}", folder.join("hub.db").display())).await.unwrap(),
        depot: Depot::disk(&folder.join("depot")).unwrap(),
        scratch: folder.join("scratch"),
        master_key: [7; 32],
        clock: Clock::Set(clock.clone()),
        lfs_part_bytes: 1 << 20,
        lfs_basic_bytes_max: 4 << 20,
        pull_policy: Policy::default(),
        reviewers: Vec::new(),
        log: log::Settings::default(),
        block_dangerous: false,
        sigstore: std::sync::Arc::new(seedcorn_commons::signing::Root::built_in().unwrap()),
    };
    Commons::open(opening).await.unwrap()
}

/// Ends a commit.
pub(crate) async fn finish(draft: Draft, summary: &str) -> Result<Oid> {
    let header = CommitHeader { summary: summary.into(), ..CommitHeader::default() };
    Ok(draft.finish(header).await?.oid)
}
