//! A hub on loopback with a clock that moves when told, and the look at it that must not change by a refused request.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::{Clock, Commons, Opening};
use seedcorn_core::time::Time;
use seedcorn_server::App;
use seedcorn_testkit::client::{Client, header, text_file};
use seedcorn_testkit::http::{Reply, ask};
use seedcorn_testkit::xet;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

/// The repo that hostile requests are aimed at. It is private.
pub(crate) const REPO: &str = "eve/target";
/// Bytes of a part of an upload in parts, and of the largest upload that goes in one.
pub(crate) const PART: usize = 100_000;

/// The first moment of the hub's time.
const BEGINNING: Time = Time::from_secs(1_900_000_000);

/// A hub with the member `eve`, her repo, and a file in it.
pub(crate) struct Hub {
    pub(crate) address: SocketAddr,
    pub(crate) commons: Commons,
    pub(crate) eve: Client,
    runtime: Runtime,
    clock: Arc<AtomicI64>,
    pub(crate) folder: tempfile::TempDir,
}

/// All that can be seen of a repo: refs, and the files at its head.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Seen(String);

impl Hub {
    pub(crate) fn start() -> Hub {
        let folder = tempfile::tempdir().unwrap();
        let runtime = Runtime::new().unwrap();
        let clock = Arc::new(AtomicI64::new(BEGINNING.0));
        let (commons, address) = runtime.block_on(async {
            let mut opening = Opening::within(folder.path(), [3; 32]).await.unwrap();
            opening.clock = Clock::Set(clock.clone());
            opening.lfs_part_bytes = PART as u64;
            opening.lfs_basic_bytes_max = PART as u64;
            let commons = Commons::open(opening).await.unwrap();
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let app = App::new(commons.clone(), None);
            tokio::spawn(seedcorn_server::serve(app, listener, CancellationToken::new()));
            (commons, address)
        });
        let nobody = Client { address, token: String::new() };
        let mut hub = Hub { address, commons, eve: nobody, runtime, clock, folder };
        hub.eve = hub.member("eve");
        hub.eve.create(REPO, true).unwrap();
        hub.eve.must_commit(REPO, &[header("first"), text_file("folder/file.txt", "as it was")]).unwrap();
        hub
    }

    /// Does a deed of the operator's.
    pub(crate) fn operate<T>(&self, deed: impl Future<Output = seedcorn_commons::Result<T>>) -> T {
        self.runtime.block_on(deed).unwrap()
    }

    /// Adds a member with a token that may all.
    pub(crate) fn member(&self, name: &str) -> Client {
        let (db, now) = (self.commons.database(), self.commons.now());
        self.operate(admin::add_member(
            db,
            NewNamespace { name: name.into(), ..NewNamespace::default() },
            now,
        ));
        self.token(name, TokenRole::Write, None)
    }

    /// Makes another token for a member.
    pub(crate) fn token(&self, member: &str, role: TokenRole, expires: Option<Time>) -> Client {
        let new = NewToken { member: member.into(), name: "t".into(), role, expires };
        let token = self.operate(admin::create_token(self.commons.database(), new, self.commons.now()));
        Client { address: self.address, token }
    }

    /// Moves the clock on.
    pub(crate) fn wait_secs(&self, secs: i64) {
        self.clock.fetch_add(secs * 1_000_000, Ordering::Relaxed);
    }

    /// Looks at a repo as eve sees it.
    pub(crate) fn look(&self) -> Seen {
        let refs = self.eve.get(&format!("/api/models/{REPO}/refs?include_prs=1")).unwrap();
        let tree = self.eve.get(&format!("/api/models/{REPO}/tree/main?recursive=true")).unwrap();
        let file = self.eve.read(REPO, "folder/file.txt").unwrap();
        Seen(format!("{refs} {tree} {} {}", file.status, file.text()))
    }

    /// Checks that an answer is a refusal of this status with words for people and programs.
    #[track_caller]
    pub(crate) fn refused(&self, what: &str, reply: &Reply, status: u16) {
        assert_eq!(reply.status, status, "{what}: {}", reply.text());
        let message = reply.header("x-error-message").unwrap_or_default();
        assert!(!message.is_empty(), "{what}: no X-Error-Message");
        assert!(!reply.header("x-request-id").unwrap_or_default().is_empty(), "{what}: no X-Request-Id");
        let health = ask(self.address, "GET", "/healthz", &[], b"").unwrap();
        assert_eq!(health.status, 200, "{what}: the hub is no longer well");
    }

    /// Checks that nothing can be seen that was not there before, and that these bytes cannot be committed.
    #[track_caller]
    pub(crate) fn unchanged(&self, what: &str, before: &Seen, bytes: &[u8]) {
        assert_eq!(&self.look(), before, "{what} changed something");
        assert!(!self.holds(bytes), "{what}: the bytes were kept");
    }

    /// Whether eve may commit these bytes by naming them.
    pub(crate) fn holds(&self, bytes: &[u8]) -> bool {
        let object = serde_json::json!({ "oid": xet::hex(&xet::sha256(bytes)), "size": bytes.len() });
        let path = format!("/{REPO}.git/info/lfs/objects/verify");
        let reply = self.eve.ask("POST", &path, object.to_string().as_bytes()).unwrap();
        assert!(matches!(reply.status, 200 | 404), "{}", reply.text());
        reply.status == 200
    }
}

/// Bytes that look like nothing, the same for the same seed.
pub(crate) fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut out = vec![0; len];
    blake3::Hasher::new().update(&seed.to_le_bytes()).finalize_xof().fill(&mut out);
    out
}
