//! Tokens whose time is over, that were taken back, or whose member was shut out, and all that was made with them.

use seedcorn_commons::admin::{self, FineLine, NewNamespace, TokenRole};
use seedcorn_core::access::Role;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_testkit::client::{Client, XetDoor, header, lines, text_file};
use seedcorn_testkit::http::{Reply, ask};
use seedcorn_testkit::xet::{self, Claim};

use crate::hub::{Hub, REPO, noise};

/// A token, and what was made with it while it was good.
struct Kit {
    client: Client,
    repo: &'static str,
    xet: XetDoor,
    lfs: String,
    file: Vec<u8>,
}

impl Kit {
    fn new(client: Client, repo: &'static str, seed: u64) -> Kit {
        let file = noise(seed, 7000);
        let (xet, lfs) = (client.xet(repo, "write").unwrap(), client.lfs_path(repo, &file).unwrap());
        Kit { client, repo, xet, lfs, file }
    }

    /// Knocks at every door: on the hub, on the Xet store, and at a sealed address.
    fn knock(&self) -> Vec<(&'static str, Reply)> {
        let (client, repo) = (&self.client, self.repo);
        let commit = lines(&[header("by a void token"), text_file("void.txt", "void")]);
        let batch = br#"{"operation":"upload","objects":[]}"#;
        let hash = xet::chunk_hash(&self.file);
        let plan = format!("/v2/reconstructions/{}", xet::spelled(&xet::file_hash(&hash)));
        let knocks = [
            ("info", client.ask("GET", &format!("/api/models/{repo}"), b"")),
            ("tree", client.ask("GET", &format!("/api/models/{repo}/tree/main"), b"")),
            ("read", client.read(repo, "folder/file.txt")),
            ("commit", client.commit(repo, "main", &commit)),
            ("batch", client.ask("POST", &format!("/{repo}.git/info/lfs/objects/batch"), batch)),
            ("read token", client.ask("GET", &format!("/api/models/{repo}/xet-read-token/main"), b"")),
            ("write token", client.ask("GET", &format!("/api/models/{repo}/xet-write-token/main"), b"")),
            ("xorb", client.post_xorb(&self.xet, &hash, &xet::xorb(&self.file))),
            ("shard", client.post_shard(&self.xet, &Claim::of(&self.file).shard())),
            ("plan", client.ask_xet(&self.xet, "GET", &plan, b"")),
            ("LFS", ask(client.address, "PUT", &self.lfs, &[], &self.file)),
        ];
        knocks.map(|(what, reply)| (what, reply.unwrap())).into()
    }

    #[track_caller]
    fn is_void(&self, hub: &Hub, why: &str, status: u16) {
        let before = hub.look();
        for (what, reply) in self.knock() {
            hub.refused(&format!("{why}: {what}"), &reply, status);
        }
        hub.unchanged(why, &before, &self.file);
    }

    #[track_caller]
    fn is_good(&self) {
        for (what, reply) in self.knock() {
            assert_eq!(reply.status, 200, "{what}: {}", reply.text());
        }
    }
}

#[test]
fn a_token_ends_when_its_time_is_over() {
    let hub = Hub::start();
    let until = hub.commons.now().plus_secs(100);
    let kit = |seed| Kit::new(hub.token("eve", TokenRole::Write, Some(until)), REPO, seed);
    let (used, unused) = (kit(70), kit(71));
    hub.wait_secs(99);
    used.is_good();
    hub.wait_secs(1);
    unused.is_void(&hub, "expired", 401);
    // The token of the first hour is still good.
    assert_eq!(hub.eve.read(REPO, "folder/file.txt").unwrap().status, 200);
}

#[test]
fn a_token_that_was_taken_back_is_void_at_once() {
    let hub = Hub::start();
    let kit = Kit::new(hub.token("eve", TokenRole::Write, None), REPO, 72);
    let db = hub.commons.database();
    let tokens = hub.operate(admin::list_tokens(db, "eve", hub.commons.now()));
    let id = tokens.iter().find(|token| kit.client.token.ends_with(&token.hint)).unwrap().id.clone();
    hub.operate(admin::revoke_token(db, &id.0, hub.commons.now()));
    kit.is_void(&hub, "revoked", 401);
    let again = hub.eve.ask("GET", "/api/whoami-v2", b"").unwrap();
    assert_eq!(again.status, 200, "the other token of the same member");
}

#[test]
fn a_member_who_is_shut_out_is_out_with_all_they_had() {
    let mut hub = Hub::start();
    let db = hub.commons.database().clone();
    let kit = Kit::new(hub.eve.clone(), REPO, 73);
    hub.operate(admin::disable_member(&db, "eve", hub.commons.now()));
    for (what, reply) in kit.knock() {
        hub.refused(&format!("disabled: {what}"), &reply, 401);
    }
    hub.operate(admin::enable_member(&db, "eve", hub.commons.now()));
    for (what, reply) in kit.knock() {
        hub.refused(&format!("let in again, with an old token: {what}"), &reply, 401);
    }
    hub.eve = hub.token("eve", TokenRole::Write, None);
    assert!(!hub.holds(&kit.file), "something was kept of one who was shut out");
    Kit::new(hub.eve.clone(), REPO, 73).is_good();
}

#[test]
fn a_member_who_left_a_group_is_told_nothing_of_its_repos() {
    let hub = Hub::start();
    let (db, now) = (hub.commons.database(), hub.commons.now());
    let bob = hub.member("bob");
    hub.operate(admin::add_group(db, NewNamespace { name: "team".into(), ..NewNamespace::default() }, now));
    hub.operate(admin::join(db, "team", "bob", Role::Write, now));
    bob.create("team/secret", true).unwrap();
    bob.must_commit("team/secret", &[header("file"), text_file("folder/file.txt", "text")]).unwrap();
    let (used, unused) = (Kit::new(bob.clone(), "team/secret", 74), Kit::new(bob, "team/secret", 75));
    used.is_good();
    hub.operate(admin::leave(db, "team", "bob"));
    unused.is_void(&hub, "left", 404);
    for (what, reply) in unused.knock() {
        assert_eq!(reply.header("x-error-code"), Some("RepoNotFound"), "{what}");
    }
}

#[test]
fn a_token_for_one_repo_opens_no_other() {
    let hub = Hub::start();
    hub.eve.create("eve/other", true).unwrap();
    let line = FineLine { kind: RepoKind::Model, full_name: "eve/other".into(), role: Role::Admin };
    let fine = hub.token("eve", TokenRole::Fine(vec![line]), None);
    assert_eq!(fine.ask("GET", "/api/models/eve/other", b"").unwrap().status, 200);
    let commit = lines(&[header("elsewhere"), text_file("x.txt", "x")]);
    let before = hub.look();
    for (what, reply) in [
        ("info", fine.ask("GET", &format!("/api/models/{REPO}"), b"")),
        ("read", fine.read(REPO, "folder/file.txt")),
        ("commit", fine.commit(REPO, "main", &commit)),
        ("write token", fine.ask("GET", &format!("/api/models/{REPO}/xet-write-token/main"), b"")),
    ] {
        hub.refused(what, &reply.unwrap(), 404);
    }
    let create = br#"{"name":"third","type":"model"}"#;
    hub.refused("create", &fine.ask("POST", "/api/repos/create", create).unwrap(), 403);
    hub.unchanged("a token for another repo", &before, b"no large file");
}

#[test]
fn xet_tokens_open_one_repo_for_an_hour() {
    let hub = Hub::start();
    let kit = Kit::new(hub.eve.clone(), REPO, 76);
    let (mallory, secret) = (hub.member("mallory"), noise(77, 30_000));
    hub.eve.must_put(REPO, &secret).unwrap();
    hub.eve
        .must_commit(REPO, &[header("secret"), seedcorn_testkit::client::large_file("s.bin", &secret)])
        .unwrap();
    let tree = hub.eve.get(&format!("/api/models/{REPO}/tree/main")).unwrap();
    let entry = tree.as_array().unwrap().iter().find(|entry| entry["path"] == "s.bin").unwrap();
    let plan = format!("/v2/reconstructions/{}", entry["xetHash"].as_str().unwrap());
    mallory.create("mallory/own", false).unwrap();
    let foreign = mallory.xet("mallory/own", "write").unwrap();
    let status = |door: &XetDoor| hub.eve.ask_xet(door, "GET", &plan, b"").unwrap();
    assert_eq!(status(&kit.xet).status, 200);
    hub.refused("a token for another repo", &status(&foreign), 404);

    let with = |token: String, path: &str| XetDoor { token, path: path.to_owned() };
    let mut forged = kit.xet.token.clone();
    forged.replace_range(0..1, if forged.starts_with('0') { "1" } else { "0" });
    let sealed = kit.lfs.rsplit('/').next().unwrap().to_owned();
    for (what, token) in [
        ("a forged token", forged),
        ("a shortened token", kit.xet.token[..kit.xet.token.len() - 1].to_owned()),
        ("an LFS address", sealed),
        ("an access token", hub.eve.token.clone()),
        ("nothing", String::new()),
        ("a long text", "x".repeat(5000)),
    ] {
        hub.refused(what, &status(&with(token, &kit.xet.path)), 401);
    }
    hub.refused("another generation", &status(&with(kit.xet.token.clone(), "/xet/0000000000000000")), 404);
    let as_access = Client { address: hub.address, token: kit.xet.token.clone() };
    hub.refused("a Xet token on the hub", &as_access.ask("GET", "/api/whoami-v2", b"").unwrap(), 401);

    hub.wait_secs(limits::XET_TOKEN_SECS - 1);
    assert_eq!(status(&kit.xet).status, 200);
    hub.wait_secs(1);
    hub.refused("an hour later", &status(&kit.xet), 401);
    hub.refused("a xorb, an hour later", &hub.eve.post_xorb(&kit.xet, &[1; 32], b"").unwrap(), 401);
}
