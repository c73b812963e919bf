//! Revisions of repos: graded behind each push together with what they name here, and anew when that changes.

use seedcorn_commons::access::{Admin, Grant, Level, Propose, Read, See, Write, authorize};
use seedcorn_commons::admin::{self, NewNamespace};
use seedcorn_commons::grade::{self, Graded};
use seedcorn_commons::publish::refs::{self, RefKind};
use seedcorn_commons::publish::{self, CommitHeader, Draft, Target};
use seedcorn_commons::repo::{self, NewRepo, Settings};
use seedcorn_commons::{Commons, Opening, Refusal, browse, jobs, list};
use seedcorn_core::access::Actor;
use seedcorn_core::note::{KeyKind, SignerKey};
use seedcorn_core::openness::review::{Review, evidence_id};
use seedcorn_core::openness::{
    Class, Code, Component, Difference, Grade, Open, Policy, Profile, Status, What,
};
use seedcorn_core::repo::RepoKind;

use crate::world::{card, judged, part, pdf, read, safetensors, words};

pub(crate) struct World {
    pub(crate) commons: Commons,
    ada: Actor,
    _folder: tempfile::TempDir,
}

pub(crate) type Owned = Vec<(String, Vec<u8>)>;

pub(crate) fn owned(files: &[(&str, Vec<u8>)]) -> Owned {
    files.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.clone())).collect()
}

/// Apache-2.0, whole.
fn apache() -> Vec<u8> {
    include_bytes!("../../../../LICENSE").to_vec()
}

impl World {
    pub(crate) async fn new() -> World {
        World::with(Policy::default()).await
    }

    async fn with(pull_policy: Policy) -> World {
        World::opened(|opening| Opening { pull_policy, ..opening }).await
    }

    async fn opened(with: impl FnOnce(Opening) -> Opening) -> World {
        let folder = tempfile::tempdir().unwrap();
        let opening = Opening::within(folder.path(), [9; 32]).await.unwrap();
        let commons = Commons::open(with(opening)).await.unwrap();
        for name in ["ada", "bob"] {
            let new = NewNamespace { name: name.into(), ..NewNamespace::default() };
            admin::add_member(commons.database(), new, commons.now()).await.unwrap();
        }
        let ada = admin::act_as(&commons, "ada").await.unwrap();
        World { commons, ada, _folder: folder }
    }

    async fn grant<L: Level>(&self, kind: RepoKind, name: &str) -> Grant<L> {
        authorize(&self.commons, Some(&self.ada), kind, name).await.unwrap()
    }

    pub(crate) async fn make(&self, kind: RepoKind, name: &str, files: &[(&str, Vec<u8>)]) {
        let new = NewRepo {
            kind,
            owner: Some("ada".into()),
            name: name.into(),
            private: Some(false),
            sdk: String::new(),
        };
        repo::create(&self.commons, &self.ada, new).await.unwrap();
        self.push(kind, name, files).await;
    }

    async fn push(&self, kind: RepoKind, name: &str, files: &[(&str, Vec<u8>)]) {
        let grant = self.grant::<Propose>(kind, &format!("ada/{name}")).await;
        publish::whole(&self.commons, &grant, "more", owned(files)).await.unwrap();
        self.settle().await;
    }

    async fn delete(&self, kind: RepoKind, name: &str, path: &str) {
        let grant = self.grant::<Propose>(kind, &format!("ada/{name}")).await;
        let mut draft = Draft::begin(&self.commons, grant, Target::new("main", false)).await.unwrap();
        draft.delete_file(path.to_owned()).unwrap();
        draft.finish(CommitHeader { summary: "less".into(), ..CommitHeader::default() }).await.unwrap();
        self.settle().await;
    }

    pub(crate) async fn settle(&self) {
        while jobs::run_due(&self.commons).await.unwrap() > 0 {}
    }

    async fn graded(&self, kind: RepoKind, name: &str) -> Graded {
        let grant = self.grant::<See>(kind, &format!("ada/{name}")).await;
        let head = browse::revision(&self.commons, &grant, "main").await.unwrap();
        grade::known(&self.commons, &grant, &head.oid).await.unwrap().unwrap()
    }

    async fn model(&self, name: &str) -> Graded {
        self.graded(RepoKind::Model, name).await
    }

    async fn events(&self, name: &str) -> Vec<grade::Event> {
        let grant = self.grant::<See>(RepoKind::Model, &format!("ada/{name}")).await;
        grade::events(&self.commons, &grant, 9).await.unwrap()
    }
}

/// All that Class III asks for, by one licence for everything.
fn open_model(yaml: &str) -> Vec<(&'static str, Vec<u8>)> {
    open_model_called("acorn", yaml)
}

pub(crate) fn open_model_called(name: &str, yaml: &str) -> Vec<(&'static str, Vec<u8>)> {
    let card = format!(
        "{}## Training data\n{} from https://example.org\n",
        card(yaml)
            .replace("## Evaluation\n", "## Evaluation\n| Model | acc |\n|---|---|\n| NAME | 0.5 |\n\n"),
        words(60)
    )
    .replace("NAME", name);
    vec![
        ("README.md", card.into_bytes()),
        ("LICENSE", apache()),
        ("model.safetensors", safetensors(1)),
        ("config.json", br#"{"model_type":"llama"}"#.to_vec()),
        ("docs/technical-report.pdf", pdf()),
    ]
}

#[tokio::test]
async fn a_push_is_graded_as_the_folder_is() {
    let world = World::new().await;
    let files = open_model("license: apache-2.0");
    world.make(RepoKind::Model, "acorn", &files).await;
    let graded = world.model("acorn").await;
    let folder = judged(&read(&files), Profile::Mof);
    let hub = graded.verdict(Profile::Mof);
    assert_eq!(hub.confirmed, Grade::III, "{:#?}", hub.next);
    assert_eq!((folder.confirmed, folder.possible), (hub.confirmed, hub.possible));
    let told = |verdict: &seedcorn_core::openness::Verdict| -> Vec<_> {
        verdict.parts.iter().map(|part| (part.component, part.status, part.evidence.clone())).collect()
    };
    assert_eq!(told(&folder), told(&hub), "the same bytes, the same evidence");

    let query = list::Query {
        kind: Some(RepoKind::Model),
        openness: Some(Class::III),
        limit: 9,
        ..list::Query::default()
    };
    let page = list::list(&world.commons, None, &query).await.unwrap();
    assert_eq!(page.items.len(), 1);
    let query = list::Query { openness: Some(Class::II), ..query };
    assert!(list::list(&world.commons, None, &query).await.unwrap().items.is_empty());
    let (classes, _) = grade::counts(&world.commons, RepoKind::Model).await.unwrap();
    assert_eq!(classes[2], (Grade::III, 1));
}

#[tokio::test]
async fn what_is_lost_is_told_and_what_comes_back_too() {
    let world = World::new().await;
    world.make(RepoKind::Model, "acorn", &open_model("library_name: transformers")).await;
    assert_eq!(world.model("acorn").await.usual().confirmed, Grade::III);
    let before = world.events("acorn").await.len();
    world.delete(RepoKind::Model, "acorn", "LICENSE").await;
    assert_eq!(world.model("acorn").await.usual().confirmed, Grade::Unclassified);
    let events = world.events("acorn").await;
    assert_eq!(events.len(), before + 1);
    let difference = &events[0].difference;
    assert!(difference.is_worse() && events[0].was != events[0].commit);
    assert_eq!((difference.before, difference.after), (Grade::III, Grade::Unclassified));
    assert_eq!(difference.changes[0].what, What::Lost);
    world.push(RepoKind::Model, "acorn", &[("LICENSE", apache())]).await;
    let events = world.events("acorn").await;
    assert_eq!(events[0].difference.after, Grade::III);

    // Any two revisions can be compared, also those that nobody graded before.
    let grant = world.grant::<Read>(RepoKind::Model, "ada/acorn").await;
    let see = world.grant::<See>(RepoKind::Model, "ada/acorn").await;
    let head = browse::revision(&world.commons, &see, "main").await.unwrap();
    let parent =
        browse::revision(&world.commons, &see, &head.parents().next().unwrap().to_string()).await.unwrap();
    let (old, new) = (
        grade::at(&world.commons, &grant, &parent).await.unwrap().usual(),
        grade::at(&world.commons, &grant, &head).await.unwrap().usual(),
    );
    assert!(Difference::between(&new, &old).is_worse() && !Difference::between(&old, &new).is_worse());
}

#[tokio::test]
async fn data_that_are_here_count_as_long_as_they_are() {
    let world = World::new().await;
    world.make(RepoKind::Model, "acorn", &open_model("license: apache-2.0\ndatasets: [ada/rows]")).await;
    let status = async || {
        let verdict = world.model("acorn").await.usual();
        let part = part(&verdict, Component::Datasets);
        (part.status, part.possible)
    };
    assert_eq!(status().await, (Status::Missing, Status::Included), "a name alone is a claim");
    let rows = [
        (
            "README.md",
            format!("---\nlicense: cc-by-4.0\n---\n# Rows\n{}\n## More\n{}\n", words(60), words(9))
                .into_bytes(),
        ),
        ("rows.csv", b"a,b\n1,2\n".to_vec()),
    ];
    world.make(RepoKind::Dataset, "rows", &rows).await;
    assert_eq!(status().await.0, Status::Included, "graded anew when what it names came");
    let verdict = world.model("acorn").await.usual();
    assert_eq!(part(&verdict, Component::DataCard).evidence.len(), 2, "the card of the data speaks, too");
    let place = &part(&verdict, Component::Datasets).evidence[0].place;
    assert_eq!(place.repo.as_deref(), Some("datasets/ada/rows"));

    // A private one is nobody's evidence, and then it is again.
    let admin = world.grant::<Admin>(RepoKind::Dataset, "ada/rows").await;
    repo::set(&world.commons, &admin, Settings { private: Some(true), gated: None }).await.unwrap();
    world.settle().await;
    assert_eq!(status().await.0, Status::Missing);
    assert!(world.events("acorn").await[0].was == world.events("acorn").await[0].commit, "seen elsewhere");
    repo::set(&world.commons, &admin, Settings { private: Some(false), gated: Some("manual".into()) })
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(status().await.0, Status::Missing, "on request is not for everybody");
    repo::set(&world.commons, &admin, Settings { private: None, gated: Some(String::new()) }).await.unwrap();
    world.settle().await;
    assert_eq!(status().await.0, Status::Included);
    repo::delete(&world.commons, &admin).await.unwrap();
    world.settle().await;
    let events = world.events("acorn").await;
    let lost = &events[0].difference.changes[0];
    assert_eq!((lost.component, lost.what), (Component::Datasets, What::Lost), "the data set is gone");
}

#[tokio::test]
async fn nobody_grants_more_than_the_bases_of_the_bases() {
    let world = World::new().await;
    world.make(RepoKind::Model, "base", &open_model_called("base", "license: llama3.1")).await;
    world
        .make(
            RepoKind::Model,
            "tuned",
            &open_model_called("tuned", "license: llama3.1\nbase_model: ada/base"),
        )
        .await;
    // The last in the line says nothing of the first, and the one between them says Apache.
    world
        .push(
            RepoKind::Model,
            "tuned",
            &open_model_called("tuned", "license: apache-2.0\nbase_model: ada/base"),
        )
        .await;
    world
        .make(
            RepoKind::Model,
            "again",
            &open_model_called("again", "license: apache-2.0\nbase_model: ada/tuned"),
        )
        .await;
    for name in ["tuned", "again"] {
        let graded = world.model(name).await;
        let verdict = graded.usual();
        let license = part(&verdict, Component::Parameters).license.clone().unwrap();
        assert_eq!(license.terms.open, Open::No, "{name}: {license:?}");
        assert!(verdict.remarks.iter().any(|remark| remark.code == Code::BaseConflict), "{name}");
        assert_eq!(verdict.confirmed, Grade::Unclassified);
        assert_eq!(graded.own_verdict(Profile::Mof).confirmed, Grade::III, "{name}: by its own terms");
    }
    // Two that name each other end, too, and nobody knows what either grants.
    world
        .push(
            RepoKind::Model,
            "base",
            &open_model_called("base", "license: apache-2.0\nbase_model: ada/again"),
        )
        .await;
    let verdict = world.model("again").await.usual();
    assert_eq!((verdict.confirmed, verdict.possible), (Grade::Unclassified, Grade::III));

    // What stands on something whose base is not here is no surer than that.
    let (elsewhere, here) =
        ("license: apache-2.0\nbase_model: far/away", "license: apache-2.0\nbase_model: ada/laundry");
    world.make(RepoKind::Model, "laundry", &open_model_called("laundry", elsewhere)).await;
    world.make(RepoKind::Model, "clean", &open_model_called("clean", here)).await;
    let verdict = world.model("clean").await.usual();
    assert_ne!(part(&verdict, Component::Parameters).status, Status::Included);
}

#[tokio::test]
async fn weights_at_other_branches_are_the_way() {
    let world = World::new().await;
    world.make(RepoKind::Model, "acorn", &open_model("license: apache-2.0")).await;
    let status = async || part(&world.model("acorn").await.usual(), Component::Checkpoints).status;
    let grant = world.grant::<Write>(RepoKind::Model, "ada/acorn").await;
    for step in [2, 3] {
        world.push(RepoKind::Model, "acorn", &[("model.safetensors", safetensors(step))]).await;
        refs::create(&world.commons, &grant, RefKind::Tag, &format!("step{step}"), None).await.unwrap();
    }
    world.settle().await;
    assert_eq!(status().await, Status::Missing, "one that differs may be another variant");
    world.push(RepoKind::Model, "acorn", &[("model.safetensors", safetensors(9))]).await;
    assert_eq!(status().await, Status::Included);
    refs::delete(&world.commons, &grant, RefKind::Tag, "step2").await.unwrap();
    world.settle().await;
    assert_eq!(status().await, Status::Missing, "a checkpoint is gone");
    assert!(world.events("acorn").await[0].difference.is_worse());
}

#[tokio::test]
async fn data_sets_have_classes_of_their_own() {
    let world = World::new().await;
    let card = |more: &str| {
        format!("---\nlicense: cc-by-4.0\n{more}---\n# Rows\n{}\n## More\n{}\n", words(60), words(9))
    };
    let grade = async || world.graded(RepoKind::Dataset, "rows").await.usual();
    let rows = ("rows.csv", b"a,b\n1,2\n".to_vec());
    world.make(RepoKind::Dataset, "rows", &[("README.md", card("").into_bytes())]).await;
    assert_eq!(grade().await.confirmed, Grade::Unclassified, "no data");
    world.push(RepoKind::Dataset, "rows", &[rows]).await;
    assert_eq!(grade().await.confirmed, Grade::III);
    let info = "dataset_info:\n  features:\n  - name: a\n    dtype: int64\n";
    let sources = format!("## Source data\n{} of https://example.org\n", words(30));
    world.push(RepoKind::Dataset, "rows", &[("README.md", (card(info) + &sources).into_bytes())]).await;
    assert_eq!(grade().await.confirmed, Grade::II);
    let code = "import json\nfrom datasets import load_dataset\n\ndef preprocess(rows):\n    rows = load_dataset('x')\n    with open('out.jsonl', 'w') as f:\n        f.write(json.dumps(rows))\n";
    world
        .push(
            RepoKind::Dataset,
            "rows",
            &[("preprocess/prepare_data.py", code.as_bytes().to_vec()), ("LICENSE", apache())],
        )
        .await;
    assert_eq!(grade().await.confirmed, Grade::I, "{:#?}", grade().await.next);
    world
        .push(
            RepoKind::Dataset,
            "rows",
            &[("README.md", (card("source_datasets: [bob/closed]\n")).into_bytes())],
        )
        .await;
    let verdict = grade().await;
    assert_eq!(verdict.confirmed, Grade::Unclassified, "what it was made from is not known");
    assert!(verdict.possible > Grade::Unclassified);
}

#[tokio::test]
async fn pulls_are_refused_by_whoever_requires_more() {
    let world = World::with("warn I".parse().unwrap()).await;
    world.make(RepoKind::Model, "acorn", &open_model("license: apache-2.0")).await;
    world.make(RepoKind::Model, "closed", &open_model("license: cc-by-nc-4.0")).await;
    let grant = async |actor: Option<&Actor>, name: &str| -> Grant<Read> {
        authorize(&world.commons, actor, RepoKind::Model, &format!("ada/{name}")).await.unwrap()
    };
    let warned = grade::may_pull(&world.commons, &grant(None, "acorn").await, None).await.unwrap().unwrap();
    assert!(warned.contains("Class III") && warned.contains("Class I is asked for"), "{warned}");
    let own = grade::may_pull(&world.commons, &grant(Some(&world.ada), "closed").await, None).await.unwrap();
    assert_eq!(own, None, "who may publish it may pull it");

    let mut bob = admin::act_as(&world.commons, "bob").await.unwrap();
    let profile =
        seedcorn_commons::account::Profile { policy: "refuse III".parse().unwrap(), ..Default::default() };
    seedcorn_commons::account::set_profile(&world.commons, &bob, profile).await.unwrap();
    bob = admin::act_as(&world.commons, "bob").await.unwrap();
    assert!(grade::may_pull(&world.commons, &grant(Some(&bob), "acorn").await, None).await.is_ok());
    match grade::may_pull(&world.commons, &grant(Some(&bob), "closed").await, None).await {
        Err(Refusal::Forbidden(why)) => {
            assert!(
                why.contains("no class") && why.contains("you or one of your groups require Class III"),
                "{why}"
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn reviews_count_as_long_as_their_evidence_and_their_signer() {
    let signer = SignerKey::new("reviewer@example.org", KeyKind::Signer, &[3; 32]).unwrap();
    let stranger = SignerKey::new("reviewer@example.org", KeyKind::Signer, &[4; 32]).unwrap();
    let world = World::opened(|opening| Opening { reviewers: vec![signer.verifier()], ..opening }).await;
    // A short card is weak evidence, until somebody looks.
    let mut files = open_model("license: apache-2.0");
    files[0].1 = format!("---\nlicense: apache-2.0\n---\n# acorn\n{}\n## Training data\n{} from https://example.org\n## Evaluation\n| Model | acc |\n|---|---|\n| acorn | 0.5 |\n", words(40), words(60)).into_bytes();
    world.make(RepoKind::Model, "acorn", &files).await;
    let found = async || {
        let verdict = world.model("acorn").await.usual();
        part(&verdict, Component::ModelCard).clone()
    };
    let before = found().await;
    assert_eq!((before.status, before.possible), (Status::Missing, Status::Included));
    let id = evidence_id(Component::ModelCard, &before.evidence[0]);
    let review = Review {
        work: "models/ada/acorn".into(),
        component: Component::ModelCard,
        evidence: id,
        accepts: true,
        date: "2026-11-27".into(),
        reason: "It says all that there is to say.".into(),
    };
    let grant = world.grant::<Propose>(RepoKind::Model, "ada/acorn").await;
    let add = async |note: String| grade::add_review(&world.commons, &grant, &note).await;
    assert!(add(stranger.sign(&review.text()).unwrap()).await.is_err(), "the same name, another key");
    let elsewhere = Review { work: "models/ada/other".into(), ..review.clone() };
    assert!(add(signer.sign(&elsewhere.text()).unwrap()).await.is_err());
    let note = signer.sign(&review.text()).unwrap();
    for _ in 0..2 {
        add(note.clone()).await.unwrap();
    }
    world.settle().await;
    let reviewed = found().await;
    assert_eq!(reviewed.status, Status::Included);
    assert_eq!(reviewed.evidence[0].rule, "review.accepted", "shown as what it is");
    assert!(reviewed.evidence[0].excerpt.starts_with("reviewer@example.org, 2026-11-27: It says"));
    assert_eq!(grade::reviews(&world.commons, &grant).await.unwrap().len(), 1, "sent twice, kept once");
    assert!(world.events("acorn").await.is_empty() || !world.events("acorn").await[0].difference.is_worse());

    // The card changes, and nobody has looked at the new one.
    world
        .push(
            RepoKind::Model,
            "acorn",
            &[(
                "README.md",
                format!("---\nlicense: apache-2.0\nlanguage: en\n---\n# acorn\n{}\n", words(45)).into_bytes(),
            )],
        )
        .await;
    assert_eq!(found().await.status, Status::Missing, "void when the evidence is another");
}
