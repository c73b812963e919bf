//! The store that is damaged, and the ways to damage it.

use std::path::PathBuf;

use bytes::Bytes;
use seedcorn_commons::access::Propose;
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::fsck::{self, Exit, Finding, Summary};
use seedcorn_commons::publish::{self, BatchAnswer, CommitHeader, Draft, LfsObject, Target};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Clock, Commons, Opening, authorize, identity, log};
use seedcorn_content::{Depot, Key};
use seedcorn_core::access::Actor;
use seedcorn_core::digest::{Oid, Sha256};
use seedcorn_core::openness::Policy;
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::files::{File, Xorb};
use seedcorn_db::git::Pack;
use seedcorn_db::repos::Repo;
use seedcorn_db::{Args, Db, files, git};
use sha2::Digest;

pub(crate) const LONG: usize = 700_000;
pub(crate) const SHORT: usize = 20_000;

pub(crate) struct Store {
    pub(crate) commons: Commons,
    pub(crate) db: Db,
    pub(crate) actor: Actor,
    pub(crate) repo: Repo,
    pub(crate) folder: tempfile::TempDir,
}

pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed;
    let mut byte = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 56) as u8
    };
    (0..len).map(|_| byte()).collect()
}

pub(crate) fn sha256(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

impl Store {
    /// A repo of three commits: small packs and one in the depot; one xorb in its row, one in the depot.
    pub(crate) async fn new() -> Store {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("hub.db").display())).await.unwrap();
        let commons = Commons::open(Opening {
            db: db.clone(),
            depot: Depot::disk(&folder.path().join("depot")).unwrap(),
            scratch: folder.path().join("scratch"),
            master_key: [7; 32],
            clock: Clock::System,
            lfs_part_bytes: 1 << 20,
            lfs_basic_bytes_max: 1 << 30,
            pull_policy: Policy::default(),
            reviewers: Vec::new(),
            log: log::Settings::default(),
            block_dangerous: false,
            sigstore: std::sync::Arc::new(seedcorn_commons::signing::Root::built_in().unwrap()),
        });
        let commons = commons.await.unwrap();
        let new = NewNamespace { name: "ada".into(), ..NewNamespace::default() };
        admin::add_member(&db, new, Time::from_secs(1)).await.unwrap();
        let token =
            NewToken { member: "ada".into(), name: "t".into(), role: TokenRole::Write, expires: None };
        let secret = admin::create_token(&db, token, Time::from_secs(1)).await.unwrap();
        let actor = identity::identify(&commons, &secret).await.unwrap();
        let new = NewRepo {
            kind: RepoKind::Model,
            owner: None,
            name: "one".into(),
            private: None,
            sdk: String::new(),
        };
        let repo::Created::New(repo) = repo::create(&commons, &actor, new).await.unwrap() else { panic!() };
        let store = Store { commons, db, actor, repo, folder };
        store.send(&noise(1, LONG)).await;
        store.send(&noise(2, SHORT)).await;
        let mut draft = store.draft().await;
        draft.put("notes/a.txt".into(), b"a small file".to_vec()).await.unwrap();
        draft.put_large("weights/long.bin".into(), sha256(&noise(1, LONG)), None).unwrap();
        draft.put_large("short.bin".into(), sha256(&noise(2, SHORT)), None).unwrap();
        store.finish(draft).await;
        let mut draft = store.draft().await;
        draft.put("notes/big.bin".into(), noise(3, 200_000)).await.unwrap();
        store.finish(draft).await;
        store
    }

    pub(crate) async fn grant(&self) -> seedcorn_commons::Grant<Propose> {
        authorize(&self.commons, Some(&self.actor), RepoKind::Model, "ada/one").await.unwrap()
    }

    pub(crate) async fn draft(&self) -> Draft {
        Draft::begin(&self.commons, self.grant().await, Target::new("main", false)).await.unwrap()
    }

    pub(crate) async fn finish(&self, draft: Draft) -> Oid {
        let header = CommitHeader { summary: "change".into(), ..CommitHeader::default() };
        draft.finish(header).await.unwrap().oid
    }

    pub(crate) async fn send(&self, bytes: &[u8]) {
        let object = LfsObject { sha256: sha256(bytes), bytes: bytes.len() as u64 };
        let answers = publish::batch(&self.commons, &self.grant().await, &[object], false).await.unwrap();
        let [BatchAnswer::Basic(sealed)] = &answers[..] else { panic!("{answers:?}") };
        let open = publish::open_transfer(&self.commons, sealed).await.unwrap();
        let body = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::copy_from_slice(bytes))]);
        publish::receive_basic(&self.commons, &open, body).await.unwrap();
    }

    pub(crate) async fn check(&self, deep: bool) -> (Vec<Finding>, Summary) {
        let mut found = Vec::new();
        let summary = fsck::check(&self.commons, deep, &mut |finding| found.push(finding)).await.unwrap();
        assert_eq!(summary.findings, found.len() as u64);
        for finding in &found {
            assert_eq!(finding.to_string().lines().count(), 3, "{finding}");
        }
        (found, summary)
    }

    /// Runs a statement that damages something.
    pub(crate) async fn sql<'q>(&self, sql: &'static str, args: impl Args<'q>) {
        let mut tx = self.db.write().await.unwrap();
        assert!(tx.run(sql, args).await.unwrap() > 0, "{sql} changed nothing");
        tx.commit().await.unwrap();
    }

    pub(crate) fn path(&self, key: &Key) -> PathBuf {
        self.folder.path().join("depot").join(key.path())
    }

    pub(crate) async fn packs(&self) -> Vec<Pack> {
        git::list_packs(&mut self.db.read().await.unwrap(), &self.repo.id).await.unwrap()
    }

    pub(crate) async fn pack(&self, inline: bool) -> (Pack, PathBuf, PathBuf) {
        let pack = self.packs().await.into_iter().rfind(|pack| pack.place.is_none() == inline).unwrap();
        let place = pack.place.clone().unwrap_or_default();
        let body = self.path(&Key::Pack(self.repo.id.clone(), pack.id, place.clone()));
        let index = self.path(&Key::PackIndex(self.repo.id.clone(), pack.id, place));
        (pack, body, index)
    }

    pub(crate) async fn xorb(&self, inline: bool) -> (Xorb, PathBuf) {
        let xorbs = files::list_xorbs(&mut self.db.read().await.unwrap(), "", 9).await.unwrap();
        let xorb = xorbs.into_iter().find(|xorb| xorb.place.is_none() == inline).unwrap();
        let place = xorb.place.clone().unwrap_or_default();
        let path = self.path(&Key::Xorb(xorb.hash, place));
        (xorb, path)
    }

    pub(crate) async fn file(&self, len: usize) -> File {
        let all = files::list_files(&mut self.db.read().await.unwrap(), "", 9).await.unwrap();
        all.into_iter().find(|file| file.bytes == len as i64).unwrap()
    }

    pub(crate) async fn head(&self) -> git::Commit {
        let mut tx = self.db.read().await.unwrap();
        let head = git::find_ref(&mut tx, &self.repo.id, "refs/heads/main").await.unwrap().unwrap();
        git::find_commit(&mut tx, &self.repo.id, &head).await.unwrap().unwrap()
    }

    /// Exactly these findings, in any order: each must hold all words of its list.
    pub(crate) async fn expect(&self, deep: bool, expected: &[&[&str]]) {
        let (found, summary) = self.check(deep).await;
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for words in expected {
            let named = |finding: &Finding| words.iter().all(|word| finding.to_string().contains(word));
            assert!(found.iter().any(named), "nothing says {words:?}: {found:#?}");
        }
        let exit = if expected.is_empty() { Exit::Sound } else { Exit::Findings };
        assert_eq!(Exit::of(&Ok(summary)), exit);
    }
}

pub(crate) fn flip(path: &PathBuf, at: usize) {
    let mut bytes = std::fs::read(path).unwrap();
    bytes[at] ^= 0x10;
    std::fs::write(path, bytes).unwrap();
}

pub(crate) fn cut(path: &PathBuf, by: u64) {
    let file = std::fs::OpenOptions::new().write(true).open(path).unwrap();
    let bytes = file.metadata().unwrap().len();
    file.set_len(bytes - by).unwrap();
}
