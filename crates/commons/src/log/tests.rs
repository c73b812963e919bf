//! What happens on a hub is in its log, whole and in order, and can be proved to whoever asks.

mod mirrors;

use std::collections::BTreeMap;

use seedcorn_core::log::{Event, Happened, Hash, Policy, Proof, Witness, after, verify_consistency};
use seedcorn_core::repo::RepoKind;

use super::*;
use crate::access::{Admin, Grant, Propose, See, Write, authorize};
use crate::publish::refs::{self, RefKind};
use crate::publish::whole;
use crate::repo::NewRepo;
use crate::{Commons, Refusal, Seal, admin, demo, jobs, repo};

struct Hub {
    commons: Commons,
    _folder: tempfile::TempDir,
}

impl Hub {
    /// A demo hub whose log is up to date.
    async fn new() -> Hub {
        let folder = tempfile::tempdir().unwrap();
        let hub = Hub { commons: demo::hub(folder.path()).await, _folder: folder };
        hub.settle().await;
        hub
    }

    async fn settle(&self) {
        while jobs::run_due(&self.commons).await.unwrap() > 0 {}
        while turn(&self.commons).await.unwrap() {}
    }

    fn policy(&self) -> Policy {
        let key = key(&self.commons);
        Policy::of_logs(vec![Witness { name: key.name().to_owned(), key, url: None }])
    }

    async fn grant<L: crate::access::Level>(&self, name: &str) -> Grant<L> {
        let keeper = admin::act_as(&self.commons, "demo-keeper").await.unwrap();
        authorize(&self.commons, Some(&keeper), RepoKind::Model, name).await.unwrap()
    }

    /// All entries, each proved, in their order.
    async fn all(&self) -> Vec<Event> {
        let mut all = Vec::new();
        let mut chains: BTreeMap<String, (u64, Hash)> = BTreeMap::new();
        for index in 0..standing(&self.commons).await.unwrap().size {
            let proof: Proof = prove(&self.commons, index).await.unwrap().to_string().parse().unwrap();
            proof.verify(&self.policy()).unwrap();
            let event = Event::read(&proof.entry).unwrap();
            let before = chains.insert(event.subject.id.clone(), after(&event, &proof.entry));
            assert!(event.follows(before), "{event:?}");
            all.push(event);
        }
        all
    }

    /// What was logged of a model, the oldest first.
    async fn of(&self, name: &str) -> Vec<Event> {
        let grant = self.grant::<See>(name).await;
        let mut all = events(&self.commons, &grant, None, 100).await.unwrap();
        all.reverse();
        all.into_iter().map(|logged| logged.event).collect()
    }
}

const BASE: &str = "acorn-lab/acorn-tiny";

fn kinds(events: &[Event]) -> Vec<Happened> {
    events.iter().map(|event| event.happened).collect()
}

#[tokio::test]
async fn all_that_happens_is_logged_and_proved() {
    let hub = Hub::new().await;
    let c = &hub.commons;
    let all = hub.all().await;
    assert!(all.len() > 20, "{}", all.len());
    assert!(matches!(prove(c, all.len() as u64).await, Err(Refusal::NotFound(_))));

    let write = hub.grant::<Write>(BASE).await;
    let propose = hub.grant::<Propose>(BASE).await;
    let files = vec![("notes.txt".to_owned(), b"Grown.".to_vec())];
    let oid = whole(c, &propose, "Add notes", files).await.unwrap().oid;
    refs::create(c, &write, RefKind::Tag, "v9", None).await.unwrap();
    refs::delete(c, &write, RefKind::Tag, "v9").await.unwrap();
    hub.settle().await;
    let see = hub.grant::<See>(BASE).await;
    let told = read::revision(c, &see, &oid.to_string()).await.unwrap().unwrap();
    let data = &told.event.data;
    assert_eq!(data["ref"], "refs/heads/main");
    let manifest = manifest::of_commit(c, &see.repo().id, &oid.to_string()).await.unwrap().unwrap();
    assert_eq!(data["manifest"], manifest.digest().unwrap().to_string());
    assert_eq!(data["oms_root"], manifest.oms_root().to_string());
    assert_eq!(data["files"], manifest.files.len());
    assert!(manifest.files.iter().any(|(path, bytes, _)| path == "notes.txt" && *bytes == 6));
    let tags: Vec<Event> =
        hub.of(BASE).await.into_iter().filter(|event| event.happened == Happened::Tag).collect();
    assert_eq!(tags.len(), 2);
    assert!(tags[0].data["commit"].is_string() && tags[1].data["commit"].is_null());
    assert!(hub.all().await.len() > all.len());
}

#[tokio::test]
async fn nothing_of_private_works_is_logged() {
    let hub = Hub::new().await;
    let c = &hub.commons;
    let keeper = admin::act_as(c, "demo-keeper").await.unwrap();
    let new = NewRepo {
        kind: RepoKind::Model,
        owner: None,
        name: "secret".into(),
        private: Some(true),
        sdk: String::new(),
    };
    repo::create(c, &keeper, new).await.unwrap();
    let name = "demo-keeper/secret";
    let write = hub.grant::<Propose>(name).await;
    whole(c, &write, "Add a file", vec![("a.txt".to_owned(), b"a".to_vec())]).await.unwrap();
    hub.settle().await;
    assert_eq!(hub.of(name).await, []);

    let set = |private| async move {
        let settings = repo::Settings { private: Some(private), gated: None };
        repo::set(c, &hub_grant(c, name).await, settings).await.unwrap();
    };
    set(false).await;
    hub.settle().await;
    let shown = hub.of(name).await;
    assert_eq!(kinds(&shown)[..2], [Happened::Publish, Happened::Revision], "{shown:?}");
    assert!(shown[1].data["manifest"].is_string(), "{shown:?}");
    let tags = hub.grant::<Write>(name).await;
    refs::create(c, &tags, RefKind::Tag, "v1", None).await.unwrap();
    hub.settle().await;
    set(true).await;
    // More open than it was: all that the demo's base has, under another licence.
    let base = demo::repos().into_iter().find(|one| one.name == "acorn-tiny").unwrap();
    let mut files: BTreeMap<String, Vec<u8>> =
        base.commits.into_iter().flat_map(|commit| commit.files).collect();
    let card = String::from_utf8(files["README.md"].clone()).unwrap();
    files.insert("README.md".into(), card.replacen("license: apache-2.0", "license: mit", 1).into_bytes());
    whole(c, &write, "Add all of it", files.into_iter().collect()).await.unwrap();
    refs::delete(c, &tags, RefKind::Tag, "v1").await.unwrap();
    hub.settle().await;
    let hidden = hub.of(name).await;
    assert_eq!(kinds(&hidden).last(), Some(&Happened::Visibility));
    set(false).await;
    repo::rename(c, &hub_grant(c, name).await, "demo-keeper/open").await.unwrap();
    hub.settle().await;
    let again = hub.of("demo-keeper/open").await;
    let later = kinds(&again)[hidden.len()..].to_vec();
    assert_eq!(later[..2], [Happened::Visibility, Happened::Revision], "{later:?}");
    // What became of it meanwhile is told as it is now, and nothing of when.
    let later = &again[hidden.len()..];
    let gone = later.iter().find(|event| event.happened == Happened::Tag).unwrap();
    assert!(gone.data["ref"] == "refs/tags/v1" && gone.data["commit"].is_null(), "{gone:?}");
    let licensed = later.iter().find(|event| event.happened == Happened::License).unwrap();
    assert_eq!(licensed.data["license"], serde_json::json!(["mit"]));
    let graded = later.iter().find(|event| event.happened == Happened::Openness).unwrap();
    assert!(graded.data["before"].is_null(), "how open it was while it was hidden is nobody's: {graded:?}");
    let renamed = again.iter().find(|event| event.happened == Happened::Rename).unwrap();
    assert_eq!(
        (renamed.data["from"].as_str(), renamed.subject.name.as_str()),
        (Some(name), "demo-keeper/open")
    );
    let id = again[0].subject.id.clone();
    repo::delete(c, &hub_grant(c, "demo-keeper/open").await).await.unwrap();
    hub.settle().await;
    let all = hub.all().await;
    let last = all.iter().rfind(|event| event.subject.id == id).unwrap();
    assert_eq!(last.happened, Happened::Takedown);
}

async fn hub_grant(commons: &Commons, name: &str) -> Grant<Admin> {
    let keeper = admin::act_as(commons, "demo-keeper").await.unwrap();
    authorize(commons, Some(&keeper), RepoKind::Model, name).await.unwrap()
}

#[tokio::test]
async fn the_tree_goes_on_whoever_keeps_it() {
    let hub = Hub::new().await;
    let c = &hub.commons;
    let read = |text: String, policy: Policy| policy.check(&text.parse().unwrap()).unwrap().0;
    let first = read(checkpoint(c).await.unwrap(), hub.policy());
    // What this process remembers is not needed.
    *c.log.edge.lock().await = None;
    let write = hub.grant::<Propose>(BASE).await;
    for n in 0..300 {
        let files = vec![("count.txt".to_owned(), n.to_string().into_bytes())];
        whole(c, &write, "Count", files).await.unwrap();
        if n % 50 == 0 {
            hub.settle().await;
        }
    }
    hub.settle().await;
    let second = read(checkpoint(c).await.unwrap(), hub.policy());
    let ranges = seedcorn_core::log::consistency_ranges(first.size, second.size);
    let mut tiles = seedcorn_core::log::Tiles::of(second.size);
    for tile in tiles.wanted(&ranges) {
        let bytes = file(c, &tile.to_string()).await.unwrap();
        assert!(tiles.add(tile, &bytes));
    }
    assert!(verify_consistency(first.tree(), second.tree(), &tiles.proof(&ranges).unwrap()));
    for path in ["tile/0/000", "tile/entries/000"] {
        assert!(!file(c, path).await.unwrap().is_empty(), "{path}");
    }
    // What was partial once stays so for whoever asks for it: the full file begins with it.
    for (whole, part) in [("tile/0/000", "tile/0/000.p/3"), ("tile/entries/000", "tile/entries/000.p/3")] {
        let (whole, part) = (file(c, whole).await.unwrap(), file(c, part).await.unwrap());
        assert!(whole.starts_with(&part) && part.len() < whole.len());
    }
    assert_eq!(file(c, "tile/0/000.p/3").await.unwrap().len(), 96);
    let part = file(c, "tile/entries/000.p/3").await.unwrap();
    assert_eq!(seedcorn_core::log::entries(&part).unwrap().len(), 3);
    for path in ["tile/0/009", "tile/0/000.p/300", "checkpoint", "../seedcorn-depot", "tile/0/000.p/0"] {
        assert!(matches!(file(c, path).await, Err(Refusal::NotFound(_))), "{path}");
    }
}

const ORIGIN: &str = "a.example/log/1";

/// A hub with a log of a name, kept as it is told to, with one public model; its master key is all of one byte.
async fn small(folder: &std::path::Path, key: u8, settings: Settings, model: &str) -> Commons {
    let opening = crate::Opening::within(folder, [key; 32]).await.unwrap();
    let commons = Commons::open(crate::Opening { log: settings, ..opening }).await.unwrap();
    let (db, now) = (commons.database(), commons.now());
    let new = admin::NewNamespace { name: "ada".into(), ..admin::NewNamespace::default() };
    admin::add_member(db, new, now).await.unwrap();
    let ada = admin::act_as(&commons, "ada").await.unwrap();
    let new = NewRepo {
        kind: RepoKind::Model,
        owner: None,
        name: model.into(),
        private: Some(false),
        sdk: String::new(),
    };
    repo::create(&commons, &ada, new).await.unwrap();
    while turn(&commons).await.unwrap() {}
    commons
}

/// Asks a witness all that a log wants to be seen, twice if it saw another size.
async fn ask(log: &Commons, witness: &Commons) -> Vec<Word> {
    let mut words = Vec::new();
    for _ in 0..2 {
        for ask in asks(log).await.unwrap() {
            // Somebody else's line beside the log's is nothing.
            let body = format!("{}— stranger AAAAAAAAAAA=\n", ask.body);
            let (status, media, text) = match add_checkpoint(witness, &body).await.unwrap() {
                Ok(line) => (200, "text/plain", line),
                Err(seedcorn_core::log::Turned::Another(size)) => {
                    (409, "text/x.tlog.size", format!("{size}\n"))
                }
                Err(turned) => (turned.status(), "text/plain", turned.to_string()),
            };
            let answered = Answered { status, media: media.into(), text };
            words.push(take(log, &ask, &answered).await.unwrap());
        }
    }
    words
}

#[tokio::test]
async fn a_checkpoint_is_shown_once_it_was_seen_and_another_past_is_refused() {
    let folders: Vec<_> = (0..4).map(|_| tempfile::tempdir().unwrap()).collect();
    let log_key =
        Keeper::new(ORIGIN, (Seal::new(&[1; 32], "log").key(), &[0; 32]), Settings::default()).unwrap();
    let watched = vec![log_key.key.verifier()];
    let origin = Some("w.example/log/1".to_owned());
    let settings = Settings { origin, watched, ..Settings::default() };
    let witness = small(folders[0].path(), 2, settings, "other").await;

    let key = witness_key(&witness);
    assert_eq!(key.name(), "w.example/witness");
    let policy: Policy = format!("witness w {key} https://w.example/witness\nquorum w\n").parse().unwrap();
    let settings = Settings { origin: Some(ORIGIN.into()), policy, ..Settings::default() };
    let log = small(folders[1].path(), 1, settings.clone(), "one").await;
    assert!(matches!(checkpoint(&log).await, Err(Refusal::NotFound(_))), "nobody saw it yet");
    assert!(matches!(prove(&log, 0).await, Err(Refusal::NotFound(_))));
    assert_eq!(ask(&log, &witness).await, [Word::Saw]);
    let trusted: Policy = format!("log {}\nwitness w {}\nquorum w\n", super::key(&log), key).parse().unwrap();
    prove(&log, 0).await.unwrap().verify(&trusted).unwrap();
    assert_eq!(quorum(&log).await.unwrap().seen.len(), 1);
    assert_eq!(asks(&log).await.unwrap(), [], "all have seen it");

    // It grows; a process that remembers nothing is told how much was seen.
    let ada = admin::act_as(&log, "ada").await.unwrap();
    let grant: Grant<Propose> = authorize(&log, Some(&ada), RepoKind::Model, "ada/one").await.unwrap();
    whole(&log, &grant, "Add a file", vec![("a.txt".to_owned(), b"a".to_vec())]).await.unwrap();
    while turn(&log).await.unwrap() {}
    log.log.witnessed.lock().await.clear();
    let words = ask(&log, &witness).await;
    assert!(matches!(words[..], [Word::Behind(2), Word::Saw]), "{words:?}");
    let origin_hash: String =
        sha2::Digest::finalize(sha2::Digest::chain_update(<sha2::Sha256 as sha2::Digest>::new(), ORIGIN))
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
    let seen = super::seen(&witness, &origin_hash).await.unwrap();
    assert!(seen.starts_with("a.example/log/1\n3\n"), "{seen}");
    assert_eq!(seen.matches('—').count(), 2, "the log's word and the witness's: {seen}");

    // The same key with another past: the witness does not say that it saw it, and it is never shown.
    let forked = small(folders[2].path(), 1, settings, "two").await;
    let ada = admin::act_as(&forked, "ada").await.unwrap();
    let grant: Grant<Propose> = authorize(&forked, Some(&ada), RepoKind::Model, "ada/two").await.unwrap();
    let add = async |n: u8| {
        whole(&forked, &grant, "Add", vec![(format!("{n}.txt"), vec![n])]).await.unwrap();
        while turn(&forked).await.unwrap() {}
    };
    let words = ask(&forked, &witness).await;
    assert!(matches!(words.first(), Some(Word::Refused(why)) if why.contains("saw 3 entries")), "{words:?}");
    // A number that nobody signed stops nobody: with this witness nothing is shown, and that is all.
    add(0).await;
    assert_eq!(standing(&forked).await.unwrap().held, "");
    for n in 1..4 {
        add(n).await;
    }
    let words = ask(&forked, &witness).await;
    assert!(matches!(words.first(), Some(Word::Behind(3))), "{words:?}");
    assert!(words.iter().any(|word| matches!(word, Word::Refused(why) if why.contains("422"))), "{words:?}");
    assert!(matches!(checkpoint(&forked).await, Err(Refusal::NotFound(_))), "it is never shown");

    // Of a stranger's log it says nothing.
    let stranger = small(
        folders[3].path(),
        5,
        Settings { origin: Some("s.example/log/1".into()), ..Settings::default() },
        "x",
    )
    .await;
    let note = checkpoint(&stranger).await.unwrap();
    let turned = add_checkpoint(&witness, &format!("old 0\n\n{note}")).await.unwrap().unwrap_err();
    assert_eq!(turned.status(), 404);
}

#[tokio::test]
async fn an_earlier_state_of_the_database_does_not_go_on_before_it_is_recovered() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { origin: Some(ORIGIN.into()), ..Settings::default() };
    let c = small(folder.path(), 1, settings.clone(), "one").await;
    let database = folder.path().join("seedcorn.sqlite");
    let backup = folder.path().join("backup.sqlite");
    c.database().checkpoint().await.unwrap();
    std::fs::copy(&database, &backup).unwrap();
    let add = async |c: &Commons, name: &str| {
        let ada = admin::act_as(c, "ada").await.unwrap();
        let grant: Grant<Propose> = authorize(c, Some(&ada), RepoKind::Model, "ada/one").await.unwrap();
        whole(c, &grant, "Add", vec![(name.to_owned(), name.as_bytes().to_vec())]).await.unwrap();
        while turn(c).await.unwrap() {}
    };
    for name in ["a", "b", "c"] {
        add(&c, name).await;
    }
    let text = checkpoint(&c).await.unwrap();
    let policy = Policy::of_logs(vec![Witness { name: ORIGIN.into(), key: super::key(&c), url: None }]);
    let before = policy.check(&text.parse().unwrap()).unwrap().0;
    c.close().await.unwrap();

    // The database as it was before all that, with the depot as it is.
    for end in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.path().join(format!("seedcorn.sqlite{end}")));
    }
    std::fs::copy(&backup, &database).unwrap();
    let opening = crate::Opening::within(folder.path(), [1; 32]).await.unwrap();
    let c = Commons::open(crate::Opening { log: settings, ..opening }).await.unwrap();
    add(&c, "d").await;
    let held = standing(&c).await.unwrap();
    assert!(held.held.contains("seedcorn log recover"), "{held:?}");
    assert!(held.size < before.size, "nothing new is signed");
    let recovered = recover(&c).await.unwrap();
    assert_eq!(recovered.entries, before.size - held.size);
    while turn(&c).await.unwrap() {}
    let now = policy.check(&checkpoint(&c).await.unwrap().parse().unwrap()).unwrap().0;
    let ranges = seedcorn_core::log::consistency_ranges(before.size, now.size);
    let mut tiles = seedcorn_core::log::Tiles::of(now.size);
    for tile in tiles.wanted(&ranges) {
        assert!(tiles.add(tile, &file(&c, &tile.to_string()).await.unwrap()));
    }
    let proof = tiles.proof(&ranges).unwrap();
    assert!(verify_consistency(before.tree(), now.tree(), &proof), "one past");
    let mut chain: BTreeMap<String, (u64, Hash)> = BTreeMap::new();
    let mut last = None;
    for index in 0..now.size {
        let proof = prove(&c, index).await.unwrap();
        let event = Event::read(&proof.entry).unwrap();
        let before = chain.insert(event.subject.id.clone(), after(&event, &proof.entry));
        assert!(event.follows(before), "{index}");
        last = Some(event);
    }
    let ada = admin::act_as(&c, "ada").await.unwrap();
    let see: Grant<See> = authorize(&c, Some(&ada), RepoKind::Model, "ada/one").await.unwrap();
    let head = crate::browse::revision(&c, &see, "main").await.unwrap().oid.to_string();
    assert_eq!(last.unwrap().data["commit"], head, "what the hub says now is what its log says last");
}
