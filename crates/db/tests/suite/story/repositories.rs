//! Repos: made, renamed, deleted, and listed to those who may see them.

use seedcorn_core::id::RepoId;
use seedcorn_core::parameters::Range;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Tx;
use seedcorn_db::listings::{self, Figure, KindCount, Listing};
use seedcorn_db::repos::{self, Named, Repo, Visibility, Weighed};
use seedcorn_db::search;
use seedcorn_db::sitemaps::{self, Part};

use super::people::Cast;
use crate::rows::{at, everything, ids, listed_ids, model};

/// The id of the living repo that a name leads to.
async fn led_to(tx: &mut Tx, kind: RepoKind, name: &str) -> Option<String> {
    match repos::find(tx, kind, name).await.unwrap() {
        Named::Repo(repo) => Some(repo.id.0),
        Named::Free | Named::Deleted => None,
    }
}

/// Card and tags of one repo.
async fn card(tx: &mut Tx, id: &RepoId) -> (String, String) {
    let row = listings::list_cards(tx, std::slice::from_ref(id)).await.unwrap().pop().unwrap();
    assert_eq!(&row.repo, id);
    (row.card, row.tags)
}

pub(crate) async fn come_and_go(tx: &mut Tx, cast: &Cast) {
    let model_kind = RepoKind::Model;
    assert_eq!(repos::count(tx).await.unwrap(), 0);
    assert!(matches!(repos::find(tx, model_kind, "Ada/Bert").await.unwrap(), Named::Free));
    let mut bert = Repo { created: at(5), ..model("r1", &cast.ada, "Bert") };
    assert!(repos::add(tx, &bert).await.unwrap());
    assert!(
        repos::add(tx, &Repo { kind: RepoKind::Dataset, ..model("r2", &cast.ada, "Bert") }).await.unwrap()
    );
    let space =
        Repo { kind: RepoKind::Space, sdk: "static".into(), private: true, ..model("r3", &cast.lab, "demo") };
    assert!(repos::add(tx, &space).await.unwrap());

    let Named::Repo(found) = repos::find(tx, model_kind, "aDA/bERT").await.unwrap() else { panic!("lost") };
    assert_eq!((found.id.as_str(), found.full_name().as_str(), found.kind), ("r1", "Ada/Bert", model_kind));
    assert_eq!((&found.namespace, found.private, found.gated.as_str()), (&cast.ada.id, false, ""));
    assert_eq!(found.downloads, 0);
    assert_eq!(card(tx, &found.id).await, ("".to_owned(), "[]".to_owned()));
    assert_eq!((found.created, found.updated), (at(5), at(5)));
    assert_eq!(led_to(tx, RepoKind::Dataset, "Ada/Bert").await.as_deref(), Some("r2"));
    let found = repos::find_by_id(tx, &space.id).await.unwrap().unwrap();
    assert_eq!((found.kind, found.sdk.as_str(), found.private), (RepoKind::Space, "static", true));
    assert_eq!(repos::list_public_ids(tx, "", 9).await.unwrap(), [RepoId("r1".into()), RepoId("r2".into())]);
    assert_eq!(repos::list_public_ids(tx, "r1", 9).await.unwrap(), [RepoId("r2".into())]);

    // An old name goes on leading to its repo, and nobody else gets it.
    bert.name = "Bertha".into();
    assert!(repos::rename(tx, &bert).await.unwrap());
    (bert.namespace, bert.owner) = (cast.lab.id.clone(), cast.lab.name.clone());
    assert!(repos::rename(tx, &bert).await.unwrap());
    for name in ["Ada/Bert", "ada/bertha", "LAB/Bertha"] {
        let Named::Repo(found) = repos::find(tx, model_kind, name).await.unwrap() else {
            panic!("lost {name}")
        };
        assert_eq!((found.id.as_str(), found.full_name().as_str()), ("r1", "Lab/Bertha"));
    }
    let late = Repo { kind: RepoKind::Dataset, ..model("r2", &cast.ada, "Bert") };
    for (mut taker, name) in [(late, "Bert"), (model("r4", &cast.ada, "Other"), "Bertha")] {
        taker.kind = model_kind;
        taker.name = name.into();
        assert!(!repos::rename(tx, &taker).await.unwrap(), "{name} is the first one's");
    }
    assert_eq!(led_to(tx, model_kind, "Ada/Bert").await.as_deref(), Some("r1"));

    // Its own old name it may have back.
    (bert.namespace, bert.owner, bert.name) = (cast.ada.id.clone(), cast.ada.name.clone(), "bert".into());
    assert!(repos::rename(tx, &bert).await.unwrap());
    assert_eq!(repos::find_by_id(tx, &bert.id).await.unwrap().unwrap().full_name(), "Ada/bert");
    assert_eq!(repos::list_names(tx, &bert.id).await.unwrap(), ["Ada/bert", "Ada/Bertha", "Lab/Bertha"]);
    let asked = ["ADA/Bert", "lab/bertha", "nobody/none"].map(str::to_owned);
    let mut seen = repos::list_seen(tx, model_kind, &asked, &[], true).await.unwrap();
    seen.sort();
    assert_eq!(seen, ["ada/bert", "lab/bertha"]);

    // A deleted repo keeps its names until its namespace makes another of that name.
    assert_eq!(repos::count(tx).await.unwrap(), 3);
    repos::delete(tx, &bert.id, at(6)).await.unwrap();
    assert_eq!(repos::count(tx).await.unwrap(), 2);
    assert!(repos::find_by_id(tx, &bert.id).await.unwrap().is_none());
    for name in ["Ada/Bert", "Ada/Bertha", "Lab/Bertha"] {
        assert!(matches!(repos::find(tx, model_kind, name).await.unwrap(), Named::Deleted), "{name}");
    }
    assert!(repos::add(tx, &model("r5", &cast.ada, "BERT")).await.unwrap());
    assert_eq!(led_to(tx, model_kind, "Ada/Bert").await.as_deref(), Some("r5"));
    assert_eq!(led_to(tx, model_kind, "Ada/Bertha").await, None);

    changes(tx, &RepoId("r5".into())).await;
}

async fn changes(tx: &mut Tx, id: &RepoId) {
    let now = |private, gated: &str| Some(Visibility { private, gated: gated.into() });
    for (private, gated, expected) in [
        (Some(true), None, now(true, "")),
        (None, Some("auto"), now(true, "auto")),
        (None, None, now(true, "auto")),
        (Some(false), Some(""), now(false, "")),
        (Some(true), Some("manual"), now(true, "manual")),
    ] {
        assert_eq!(repos::set_visibility(tx, id, private, gated).await.unwrap(), expected);
    }
    repos::set_card(tx, id, r#"{"license":"mit"}"#, r#"["license:mit"]"#, at(7)).await.unwrap();
    let row = repos::find_by_id(tx, id).await.unwrap().unwrap();
    assert_eq!((row.private, row.gated.as_str()), (true, "manual"));
    let expected = (r#"{"license":"mit"}"#.to_owned(), r#"["license:mit"]"#.to_owned());
    assert_eq!(card(tx, id).await, expected);
    assert_eq!((row.created, row.updated), (at(0), at(7)));
    repos::touch(tx, id, at(8)).await.unwrap();
    repos::count_downloads(tx, id, 3).await.unwrap();
    repos::count_downloads(tx, id, 4).await.unwrap();
    let row = repos::find_by_id(tx, id).await.unwrap().unwrap();
    assert_eq!((row.updated, row.downloads), (at(8), 7));
    assert_eq!(repos::next_number(tx, id).await.unwrap(), 1);
    assert_eq!(repos::next_number(tx, id).await.unwrap(), 2);
    let stranger = RepoId("none".into());
    assert_eq!(repos::set_visibility(tx, &stranger, Some(true), None).await.unwrap(), None);
    assert_eq!(
        repos::set_visibility(tx, &RepoId("r1".into()), Some(true), None).await.unwrap(),
        None,
        "gone"
    );
    assert!(repos::lock(tx, id).await.unwrap());
    assert!(
        !repos::lock(tx, &RepoId("r1".into())).await.unwrap() && !repos::lock(tx, &stranger).await.unwrap()
    );
    cards_come_apart(tx, id).await;
    assert_eq!(
        repos::next_number(tx, &stranger).await.unwrap(),
        0,
        "numbers begin at 1: 0 says there is no such repo"
    );
}

/// a1 has seven billion parameters, a3, which is private, three; of a2 nothing is known.
async fn sizes_narrow(tx: &mut Tx) {
    for (id, parameters) in [("a1", 7), ("a2", 9), ("a3", 3)] {
        repos::set_parameters(tx, &RepoId(id.into()), Some(parameters)).await.unwrap();
    }
    repos::set_parameters(tx, &RepoId("a2".into()), None).await.unwrap();
    let range = |min, max| Range { min, max };
    for (size, expected) in [
        (range(0, u64::MAX), &["a1", "a3"][..]),
        (range(7, 7), &["a1"]),
        (range(0, 6), &["a3"]),
        (range(8, u64::MAX), &[]),
        (range(9, 1), &[]),
    ] {
        let what = Listing { parameters: Some(size), ..everything() };
        let page = listings::list(tx, &what, Figure::Updated, (i64::MAX, "~"), 9).await.unwrap();
        assert_eq!(listed_ids(&page), expected, "{size:?}");
        let some = ["a1", "a2", "a3"].map(|id| (RepoId(id.into()), 1));
        let among = listings::list_among(tx, &what, &some, None, (i64::MAX, "~"), 9).await.unwrap();
        assert_eq!(among.len(), expected.len());
        let mut sized = search::sized(tx, size, 9).await.unwrap();
        sized.sort();
        assert_eq!(sized.iter().map(RepoId::as_str).collect::<Vec<_>>(), expected);
    }
    let a1 = RepoId("a1".into());
    assert_eq!(repos::weighed(tx, &a1).await.unwrap(), None);
    for weighed in
        [Some(Weighed { stored: 7, only_here: 0 }), Some(Weighed { stored: 5, only_here: 5 }), None]
    {
        repos::set_weighed(tx, &a1, weighed).await.unwrap();
        assert_eq!(repos::weighed(tx, &a1).await.unwrap(), weighed);
    }
    let ranges = [range(0, 1), range(3, 7), range(4, 7)];
    assert_eq!(listings::count_parameters(tx, &ranges).await.unwrap(), [(1, 1), (2, 1)], "public ones alone");
}

/// The card is `{"license":"mit"}`, the tags are `["license:mit"]`.
async fn cards_come_apart(tx: &mut Tx, id: &RepoId) {
    let page = listings::list(tx, &everything(), Figure::Updated, (i64::MAX, ""), 9).await.unwrap();
    assert_eq!((listed_ids(&page), page[0].card_bytes), (vec!["r5"], 17 + 15));
    repos::set_card(tx, id, "é", "[]", at(7)).await.unwrap();
    let page = listings::list(tx, &everything(), Figure::Downloads, (i64::MAX, ""), 9).await.unwrap();
    assert_eq!((listed_ids(&page), page[0].card_bytes), (vec!["r5"], 2 + 2), "bytes, not letters");
    let cards = listings::list_cards(tx, &[id.clone(), RepoId("none".into())]).await.unwrap();
    let cards: Vec<_> = cards.iter().map(|row| (&row.repo, row.card.as_str(), row.tags.as_str())).collect();
    assert_eq!(cards, [(id, "é", "[]")]);
    let counts = listings::count(tx).await.unwrap();
    let sum = |of: fn(&KindCount) -> i64| counts.iter().map(of).sum::<i64>();
    assert_eq!((sum(|count| count.total), sum(|count| count.public)), (3, 1), "{counts:?}");
    let lab = repos::find_by_id(tx, id).await.unwrap().unwrap().namespace;
    let private = listings::count_private(tx, &[lab]).await.unwrap();
    assert_eq!(private, [("model".to_owned(), 1)]);
    assert!(listings::count_private(tx, &[]).await.unwrap().is_empty());
    assert!(listings::list_cards(tx, &[]).await.unwrap().is_empty());
}

pub(crate) async fn are_listed(tx: &mut Tx, cast: &Cast) {
    // (id, owner, name, private, created, updated, downloads); r5 is private, the eighth second, 7 downloads.
    let rows = [
        ("a1", &cast.ada, "bert_base", false, 10, 40, 5),
        ("a2", &cast.bob, "BERT-base", false, 20, 30, 5),
        ("a3", &cast.lab, "hidden", true, 30, 20, 9),
    ];
    for (id, owner, name, private, created, updated, downloads) in rows {
        let row = Repo { private, created: at(created), ..model(id, owner, name) };
        assert!(repos::add(tx, &row).await.unwrap());
        repos::touch(tx, &row.id, at(updated)).await.unwrap();
        repos::count_downloads(tx, &row.id, downloads).await.unwrap();
    }
    let start = (i64::MAX, "");
    let mine = [cast.lab.id.clone(), cast.bob.id.clone()];
    let public = Listing { all: false, ..everything() };
    // Who may see what.
    for (what, expected) in [
        (public.clone(), vec!["a1", "a2"]),
        (Listing { mine: &mine, ..public.clone() }, vec!["a1", "a2", "a3"]),
        (everything(), vec!["a1", "a2", "a3", "r5"]),
        (Listing { author: "ADA", ..everything() }, vec!["a1", "r5"]),
        (Listing { author: "nobody", ..everything() }, vec![]),
        (Listing { search: &["bERT".into()], ..public.clone() }, vec!["a1", "a2"]),
        (Listing { search: &["T_B".into()], ..public.clone() }, vec!["a1"]),
        (Listing { search: &["b/BERT".into()], ..public.clone() }, vec!["a2"]),
        (Listing { search: &["%".into()], ..everything() }, vec![]),
        (Listing { search: &["\\".into()], ..everything() }, vec![]),
        (Listing { search: &["'\0".into()], ..everything() }, vec![]),
        (Listing { kind: Some(RepoKind::Space), ..public.clone() }, vec![]),
        (Listing { kind: Some(RepoKind::Space), mine: &mine, ..public }, vec!["r3"]),
    ] {
        let page = listings::list(tx, &what, Figure::Updated, start, 10).await.unwrap();
        assert_eq!(listed_ids(&page), expected, "{what:?}");
        let mut page = listings::list(tx, &what, Figure::Downloads, start, 10).await.unwrap();
        page.sort_by(|a, b| a.repo.id.cmp(&b.repo.id));
        assert_eq!(listed_ids(&page), expected, "{what:?}");
    }
    sizes_narrow(tx).await;
    // In which order, and from where on.
    let page = listings::list(tx, &everything(), Figure::Created, start, 10).await.unwrap();
    assert_eq!(listed_ids(&page), ["a3", "a2", "a1", "r5"]);
    let page = listings::list(tx, &everything(), Figure::Created, (at(20).0, "a2"), 1).await.unwrap();
    assert_eq!(listed_ids(&page), ["a1"]);
    let page = listings::list(tx, &everything(), Figure::Downloads, start, 10).await.unwrap();
    assert_eq!(listed_ids(&page), ["a3", "r5", "a2", "a1"]);
    let page = listings::list(tx, &everything(), Figure::Downloads, (5, "a2"), 10).await.unwrap();
    assert_eq!(listed_ids(&page), ["a1"]);
    assert_eq!(ids(&repos::list_by_id(tx, "", 2).await.unwrap()), ["a1", "a2"]);
    assert_eq!(ids(&repos::list_by_id(tx, "a2", 9).await.unwrap()), ["a3", "r2", "r3", "r5"]);
    are_told_outside(tx).await;
}

async fn are_told_outside(tx: &mut Tx) {
    let part = |first: &str, updated| Part { first: first.into(), updated: at(updated) };
    assert_eq!(sitemaps::repo_parts(tx, 2, 9).await.unwrap()[0], part("a1", 40), "the newest of the page");
    let parts = sitemaps::repo_parts(tx, 1, 9).await.unwrap();
    assert_eq!(parts[..2], [part("a1", 40), part("a2", 30)]);
    assert!(!parts.iter().any(|part| part.first == "a3"), "told of a private one");
    assert_eq!(sitemaps::repo_parts(tx, 1, 1).await.unwrap().len(), 1);
    assert_eq!(sitemaps::group_parts(tx, 5, 9).await.unwrap(), [part("ns-Lab", 0)]);
    let names = async |tx: &mut Tx, first, past, limit| {
        let rows = sitemaps::repos(tx, first, past, limit).await.unwrap();
        rows.into_iter().map(|row| (row.kind, row.full_name, row.updated)).collect::<Vec<_>>()
    };
    let model = |name: &str, updated| ("model".to_owned(), name.to_owned(), at(updated));
    let both = [model("Ada/bert_base", 40), model("bob/BERT-base", 30)];
    assert_eq!(names(tx, "a1", "a4", 9).await, both);
    assert_eq!(names(tx, "a1", "a4", 1).await, both[..1]);
    assert_eq!(names(tx, "a2", "a3", 9).await, both[1..]);
    let groups = sitemaps::groups(tx, "", "~", 9).await.unwrap();
    assert_eq!((groups.len(), groups[0].full_name.as_str(), groups[0].kind.as_str()), (1, "Lab", "group"));
}
