//! What was found of the openness of revisions, and what follows from it.

use std::collections::BTreeSet;

use seedcorn_core::repo::RepoKind;
use seedcorn_db::Tx;
use seedcorn_db::listings::{self, Figure, Listing};
use seedcorn_db::openness::{self, Event, Graded, Head, Row};
use seedcorn_db::{git, jobs, members, repos, search};

use super::people::Cast;
use crate::rows::{at, everything, listed_ids, oid, repo};

fn row(n: u64, rules: &str, class: i64) -> Row {
    let findings = format!("{{\"n\":{n}}}");
    Row { oid: oid(n), rules: rules.into(), graded: at(7), class, possible: class + 100, findings }
}

pub(crate) async fn grades_are_kept(tx: &mut Tx, cast: &Cast) {
    let (one, two) = (repo(tx, &cast.ada, "open-one").await, repo(tx, &cast.ada, "open-two").await);
    let first = row(1, "r1", 106);
    openness::put(tx, &one, &first).await.unwrap();
    openness::put(tx, &one, &row(1, "r2", 210)).await.unwrap();
    openness::put(tx, &one, &row(2, "r1", 3)).await.unwrap();
    assert_eq!(openness::find(tx, &one, &oid(1), "r1").await.unwrap(), Some(first));
    assert_eq!(openness::find(tx, &one, &oid(1), "r9").await.unwrap(), None);
    let other = Row { findings: "{}".into(), ..row(1, "r1", 104) };
    openness::put(tx, &one, &other).await.unwrap();
    assert_eq!(openness::find(tx, &one, &oid(1), "r1").await.unwrap(), Some(other), "found anew");
    let mut known = openness::list(tx, &one, &[oid(1), oid(2), oid(3)], "r1").await.unwrap();
    known.sort_by_key(|graded| graded.class);
    let graded = |n, class| Graded { oid: oid(n), class, possible: class + 100 };
    assert_eq!(known, [graded(2, 3), graded(1, 104)]);

    heads_and_lists(tx, cast, &one, &two).await;
    events_and_links(tx, cast, &one, &two).await;
}

async fn heads_and_lists(
    tx: &mut Tx,
    cast: &Cast,
    one: &seedcorn_core::id::RepoId,
    two: &seedcorn_core::id::RepoId,
) {
    assert_eq!(openness::head(tx, one).await.unwrap(), None);
    let head = |n, class| Head { oid: oid(n), rules: "r1".into(), class, possible: class };
    openness::set_head(tx, one, &head(1, 106)).await.unwrap();
    openness::set_head(tx, two, &head(2, 14)).await.unwrap();
    assert_eq!(openness::head(tx, one).await.unwrap(), Some(head(1, 106)));
    let counts = openness::count(tx, RepoKind::Model).await.unwrap();
    let of = |figure| counts.iter().find(|(known, _)| *known == figure).map(|(_, count)| *count);
    assert_eq!((of(Some(106)), of(Some(14))), (Some(1), Some(1)));
    assert!(of(None) > Some(0), "those that nobody graded are counted as well");

    let start = (i64::MAX, "");
    let page = listings::list(tx, &everything(), Figure::Openness, start, 9).await.unwrap();
    assert_eq!(listed_ids(&page), [one.as_str(), two.as_str()], "what is not graded is not there");
    assert_eq!(page[0].openness, Some(106));
    let least = Listing { openness: Some(100), ..everything() };
    for by in [Figure::Updated, Figure::Created, Figure::Downloads, Figure::Likes, Figure::Openness] {
        let page = listings::list(tx, &least, by, start, 9).await.unwrap();
        assert_eq!(listed_ids(&page), [one.as_str()], "{by:?}");
    }
    let among = [(one.clone(), 0), (two.clone(), 0)];
    let picked = listings::list_among(tx, &least, &among, Some(Figure::Openness), start, 9).await.unwrap();
    assert_eq!(picked.iter().map(|(figure, _)| *figure).collect::<Vec<_>>(), [106]);
    assert_eq!(search::open(tx, RepoKind::Model, 100, 9).await.unwrap(), std::slice::from_ref(one));
    let cards = listings::list_cards(tx, std::slice::from_ref(one)).await.unwrap();
    assert_eq!(cards[0].openness, Some(106));

    members::set_pull_policy(tx, &cast.bob.id, "refuse III").await.unwrap();
    let bob = members::find_by_id(tx, &cast.bob.id).await.unwrap().unwrap();
    assert_eq!(bob.pull_policy, "refuse III");
    members::set_pull_policy(tx, &cast.bob.id, "").await.unwrap();
}

async fn events_and_links(
    tx: &mut Tx,
    cast: &Cast,
    one: &seedcorn_core::id::RepoId,
    two: &seedcorn_core::id::RepoId,
) {
    for n in [1, 2] {
        let moment = at(i64::try_from(n).unwrap());
        let event = Event { at: moment, was: oid(n), oid: oid(n + 1), says: format!("[{n}]") };
        openness::add_event(tx, one, &event).await.unwrap();
        openness::add_event(tx, one, &event).await.unwrap();
    }
    let told = openness::events(tx, one, 9).await.unwrap();
    assert_eq!(told.iter().map(|event| event.says.as_str()).collect::<Vec<_>>(), ["[2]", "[1]"]);

    let names = BTreeSet::from([
        (RepoKind::Dataset, "ada/rows".to_owned()),
        (RepoKind::Paper, "arxiv:2305.18290".to_owned()),
    ]);
    for _ in 0..2 {
        openness::add_links(tx, one, &names).await.unwrap();
    }
    openness::add_links(tx, two, &BTreeSet::new()).await.unwrap();
    let linking = async |tx: &mut Tx, kind, name: &str| {
        openness::linking(tx, kind, &[name.to_owned()], 9).await.unwrap()
    };
    assert_eq!(linking(tx, RepoKind::Dataset, "Ada/Rows").await, std::slice::from_ref(one));
    assert!(linking(tx, RepoKind::Model, "ada/rows").await.is_empty(), "another kind is another name");
    assert!(openness::paper_names(tx, one).await.unwrap().is_empty());
    assert_eq!(repos::find_kind(tx, one).await.unwrap(), Some(RepoKind::Model));

    for note in ["b", "a"] {
        openness::add_review(tx, one, note, at(1)).await.unwrap();
    }
    assert_eq!(openness::reviews(tx, one, 9).await.unwrap(), ["b", "a"], "as they came");

    // What names a repo that changed is forgotten, but for the head, which is graded anew.
    let naming =
        |n: u64| Row { findings: "{\"linked\":[[\"datasets/ada/r_ws\",\"1\"]]}".into(), ..row(n, "r1", 1) };
    openness::put(tx, one, &naming(1)).await.unwrap();
    openness::put(tx, one, &naming(5)).await.unwrap();
    openness::forget(tx, one, "\"datasets/ada/rows\"").await.unwrap();
    assert!(openness::find(tx, one, &oid(5), "r1").await.unwrap().is_some(), "another name");
    openness::forget(tx, one, "\"datasets/ada/r_ws\"").await.unwrap();
    assert!(openness::find(tx, one, &oid(5), "r1").await.unwrap().is_none());
    assert!(openness::find(tx, one, &oid(1), "r1").await.unwrap().is_some(), "the head");

    // Asked for are those that have a branch and were graded by other rules, or never.
    git::add_ref(tx, one, "refs/heads/main", &oid(1), at(1)).await.unwrap();
    git::add_ref(tx, two, "refs/heads/main", &oid(2), at(1)).await.unwrap();
    let three = repo(tx, &cast.ada, "open-three").await;
    git::add_ref(tx, &three, "refs/heads/main", &oid(3), at(1)).await.unwrap();
    let other = Head { oid: oid(2), rules: "r2".into(), class: 14, possible: 14 };
    openness::set_head(tx, two, &other).await.unwrap();
    openness::ask_all(tx, "regrade", &[RepoKind::Model], "r1", at(1)).await.unwrap();
    let mut asked = jobs::due(tx, &["regrade"], at(1), 99).await.unwrap();
    assert!(!asked.iter().any(|job| job.repo == *one));
    assert!([two, &three].iter().all(|id| asked.iter().any(|job| job.repo == **id)));
    for job in asked.drain(..) {
        jobs::end(tx, &job).await.unwrap();
    }
}
