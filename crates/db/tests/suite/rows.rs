//! Rows to put in: short makers for tests, with everything that a test does not care about filled in.

use seedcorn_core::digest::{Oid, XetHash};
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_core::repo::RepoKind;
use seedcorn_core::time::Time;
use seedcorn_db::git::Commit;
use seedcorn_db::listings::{Listed, Listing};
use seedcorn_db::members::{self, Namespace};
use seedcorn_db::repos::Repo;
use seedcorn_db::{Tx, repos};

/// A moment, by a small number.
pub(crate) fn at(n: i64) -> Time {
    Time::from_secs(1_700_000_000 + n)
}

pub(crate) fn oid(n: u64) -> Oid {
    let mut bytes = [0; 20];
    bytes[..8].copy_from_slice(&n.to_be_bytes());
    Oid(bytes)
}

pub(crate) fn xet(n: u8) -> XetHash {
    XetHash([n; 32])
}

pub(crate) fn namespace(name: &str, kind: &str) -> Namespace {
    Namespace {
        id: NamespaceId(format!("ns-{name}")),
        name: name.to_owned(),
        kind: kind.to_owned(),
        full_name: format!("{name} in full"),
        admin: false,
        disabled: false,
        private_default: false,
        pull_policy: String::new(),
        created: at(0),
    }
}

pub(crate) async fn member(tx: &mut Tx, name: &str) -> Namespace {
    let row = namespace(name, "member");
    assert!(members::add(tx, &row).await.unwrap());
    row
}

pub(crate) fn model(id: &str, owner: &Namespace, name: &str) -> Repo {
    Repo {
        id: RepoId(id.to_owned()),
        kind: RepoKind::Model,
        namespace: owner.id.clone(),
        owner: owner.name.clone(),
        name: name.to_owned(),
        private: false,
        gated: String::new(),
        disabled: String::new(),
        was_private: false,
        sdk: String::new(),
        downloads: 0,
        likes: 0,
        rewritten: 0,
        created: at(0),
        updated: at(0),
    }
}

/// A public model whose id is its name.
pub(crate) async fn repo(tx: &mut Tx, owner: &Namespace, name: &str) -> RepoId {
    let row = model(name, owner, name);
    assert!(repos::add(tx, &row).await.unwrap());
    row.id
}

pub(crate) fn commit(oid: Oid, parents: &[Oid], generation: i64) -> Commit {
    Commit::new(
        oid,
        self::oid(7),
        parents,
        generation,
        ("ada".into(), "title\n\nand more\n".into()),
        at(generation),
    )
}

/// Every model there is.
pub(crate) fn everything<'a>() -> Listing<'a> {
    Listing {
        kind: Some(RepoKind::Model),
        author: "",
        search: &[],
        gated: None,
        tags: &[],
        parameters: None,
        openness: None,
        mine: &[],
        all: true,
    }
}

pub(crate) fn ids(repos: &[Repo]) -> Vec<&str> {
    repos.iter().map(|repo| repo.id.as_str()).collect()
}

pub(crate) fn listed_ids(listed: &[Listed]) -> Vec<&str> {
    listed.iter().map(|listed| listed.repo.id.as_str()).collect()
}
