//! A hub with a member `ada`, who publishes models one commit at a time.

use axum::Router;
use axum::body::{Body, to_bytes};
use bytes::Bytes;
use http::{Request, StatusCode};
use seedcorn_commons::access::{Level, Propose, Write};
use seedcorn_commons::admin::{self, NewNamespace, NewToken, TokenRole};
use seedcorn_commons::publish::refs::{self, RefKind};
use seedcorn_commons::publish::{
    BatchAnswer, CommitHeader, Draft, LfsObject, Target, batch, open_transfer, receive_basic,
};
use seedcorn_commons::repo::{self, NewRepo};
use seedcorn_commons::{Commons, Grant, Opening, authorize, identity};
use seedcorn_core::access::Actor;
use seedcorn_core::digest::Sha256;
use seedcorn_core::repo::RepoKind;
use seedcorn_server::{App, router};
use sha2::Digest;
use tower::ServiceExt;

use crate::html::{Element, assert_plain};

/// What no page may be longer than.
const PAGE_BYTES_MAX: usize = 150_000;

pub(crate) struct World {
    pub(crate) commons: Commons,
    app: Router,
    ada: Actor,
    token: String,
    _folder: tempfile::TempDir,
}

/// A page and its elements.
pub(crate) struct Read {
    pub(crate) text: String,
    pub(crate) elements: Vec<Element>,
}

impl Read {
    /// The texts of elements of a name.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        self.elements.iter().filter(|e| e.name == name).map(|e| e.text.trim()).collect()
    }

    /// Everything that is to be read on it.
    pub(crate) fn words(&self) -> &str {
        self.elements.iter().find(|e| e.name == "main").map_or("", |e| e.text.as_str())
    }

    /// The address of the link with this text.
    pub(crate) fn link(&self, text: &str) -> Option<&str> {
        self.elements.iter().find(|e| e.name == "a" && e.text.trim() == text)?.get("href")
    }
}

/// One step of a commit.
pub(crate) enum Step<'a> {
    /// A file within the commit.
    Put(&'a str, &'a [u8]),
    /// A large file.
    Large(&'a str, &'a [u8]),
    Delete(&'a str),
}

impl World {
    pub(crate) async fn new() -> World {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(opening).await.unwrap();
        let (db, now) = (commons.database(), commons.now());
        let ada = NewNamespace { name: "ada".into(), ..NewNamespace::default() };
        admin::add_member(db, ada, now).await.unwrap();
        let new = NewToken { member: "ada".into(), name: "t".into(), role: TokenRole::Write, expires: None };
        let token = admin::create_token(db, new, now).await.unwrap();
        let ada = identity::identify(&commons, &token).await.unwrap();
        World { app: router(App::new(commons.clone(), None)), commons, ada, token, _folder: folder }
    }

    pub(crate) async fn repo(&self, name: &str, private: bool) {
        let (kind, sdk) = (RepoKind::Model, String::new());
        let new = NewRepo { kind, owner: None, name: name.into(), private: Some(private), sdk };
        repo::create(&self.commons, &self.ada, new).await.unwrap();
    }

    pub(crate) async fn grant<L: Level>(&self, name: &str) -> Grant<L> {
        let full_name = format!("ada/{name}");
        authorize(&self.commons, Some(&self.ada), RepoKind::Model, &full_name).await.unwrap()
    }

    pub(crate) async fn branch(&self, name: &str, branch: &str) {
        let grant = self.grant::<Write>(name).await;
        refs::create(&self.commons, &grant, RefKind::Branch, branch, None).await.unwrap();
    }

    /// Makes a commit; returns its id.
    pub(crate) async fn commit(&self, name: &str, branch: &str, title: &str, steps: &[Step<'_>]) -> String {
        let grant = self.grant::<Propose>(name).await;
        let target = Target::new(branch, false);
        let mut draft = Draft::begin(&self.commons, grant.clone(), target).await.unwrap();
        for step in steps {
            match step {
                Step::Put(path, bytes) => draft.put((*path).into(), bytes.to_vec()).await.unwrap(),
                Step::Delete(path) => draft.delete_file((*path).into()).unwrap(),
                Step::Large(path, bytes) => {
                    let sha256 = Sha256(sha2::Sha256::digest(bytes).into());
                    let object = LfsObject { sha256, bytes: bytes.len() as u64 };
                    for answer in batch(&self.commons, &grant, &[object], false).await.unwrap() {
                        if let BatchAnswer::Basic(sealed) = answer {
                            let open = open_transfer(&self.commons, &sealed).await.unwrap();
                            let body = Ok::<_, std::convert::Infallible>(Bytes::copy_from_slice(bytes));
                            let body = futures_util::stream::iter([body]);
                            receive_basic(&self.commons, &open, body).await.unwrap();
                        }
                    }
                    draft.put_large((*path).into(), sha256, None).unwrap();
                }
            }
        }
        let (summary, description) = title.split_once('\n').unwrap_or((title, ""));
        let header = CommitHeader {
            summary: summary.into(),
            description: description.into(),
            ..CommitHeader::default()
        };
        draft.finish(header).await.unwrap().oid.to_string()
    }

    /// Asks for a page, as ada or as nobody; its status, where it leads to, and its text.
    pub(crate) async fn ask(&self, path: &str, ada: bool) -> (StatusCode, String, String) {
        let mut request = Request::builder().uri(path).header("host", "hub.example");
        if ada {
            request = request.header("authorization", format!("Bearer {}", self.token));
        }
        let response = self.app.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let to = response.headers().get("location").map_or("", |to| to.to_str().unwrap()).to_owned();
        let status = response.status();
        let bytes = to_bytes(response.into_body(), 8 << 20).await.unwrap();
        (status, to, String::from_utf8(bytes.to_vec()).unwrap())
    }

    /// Reads a page that must be there, whole, plain and not too long.
    pub(crate) async fn read(&self, path: &str) -> Read {
        let (status, _, text) = self.ask(path, true).await;
        assert_eq!(status.as_u16(), 200, "{path}: {text}");
        assert!(text.len() < PAGE_BYTES_MAX, "{path} has {} bytes", text.len());
        let elements = assert_plain(path, &text);
        Read { elements, text }
    }
}
