//! A round and its book.

use std::slice::from_ref;

use seedcorn_core::id::RepoId;
use seedcorn_db::Tx;
use seedcorn_db::rounds::{self, Line, Round};

use super::people::Cast;
use crate::rows::{at, repo};

pub(crate) async fn a_pool_is_shared(tx: &mut Tx, cast: &Cast) {
    let row = Round {
        id: "round1".into(),
        name: "spring".into(),
        title: "Spring".into(),
        about: "For tools.".into(),
        currency: "EUR".into(),
        digits: 2,
        rules: "{}".into(),
        state: "open".into(),
        opened: at(1),
        closes: at(9),
        challenge_secs: 60,
        challenged_until: None,
        tallies: 0,
    };
    assert!(rounds::add(tx, &row).await.unwrap());
    assert!(
        !rounds::add(tx, &Round { id: "round2".into(), ..row.clone() }).await.unwrap(),
        "its name is taken"
    );
    assert_eq!(rounds::find(tx, "spring").await.unwrap().as_ref(), Some(&row));
    assert_eq!(rounds::find(tx, "autumn").await.unwrap(), None);
    assert_eq!(rounds::list(tx, 9).await.unwrap(), from_ref(&row));
    rounds::lock(tx, &row.id).await.unwrap();
    assert_eq!(rounds::bundle(tx, &row.id, 1).await.unwrap(), None);
    rounds::set_tallied(tx, &row.id, (1, "{\"a\":1}"), at(12)).await.unwrap();
    assert_eq!(rounds::bundle(tx, &row.id, 1).await.unwrap().as_deref(), Some("{\"a\":1}"));
    rounds::close(tx, &row.id, at(11)).await.unwrap();
    assert_eq!(rounds::find(tx, "spring").await.unwrap().unwrap().closes, at(11));
    rounds::set_state(tx, &row.id, "posted").await.unwrap();
    let found = rounds::find(tx, "spring").await.unwrap().unwrap();
    assert_eq!((found.state.as_str(), found.challenged_until, found.tallies), ("posted", Some(at(12).0), 1));

    let work = repo(tx, &cast.ada, "in-a-round").await;
    assert!(rounds::enter(tx, &row.id, &work, at(2)).await.unwrap());
    assert!(!rounds::enter(tx, &row.id, &work, at(3)).await.unwrap());
    assert!(rounds::leave_out(tx, &row.id, &work, "a copy").await.unwrap());
    assert!(!rounds::leave_out(tx, &row.id, &RepoId("none".into()), "a copy").await.unwrap());
    let entrants = rounds::entrants(tx, &row.id, 9).await.unwrap();
    assert_eq!(
        (entrants.len(), entrants[0].name.as_str(), entrants[0].left_out.as_str()),
        (1, "in-a-round", "a copy")
    );
    let candidates = rounds::candidates(tx, &[work.clone(), RepoId("none".into())]).await.unwrap();
    assert_eq!((candidates.len(), candidates[0].left_out.as_str()), (1, ""));

    let names = rounds::names(tx, &row.id).await.unwrap();
    assert_eq!((names.len(), &names[0].repo, names[0].kind.as_str()), (1, &work, "model"));
    assert_eq!(rounds::count_entrants(tx, &row.id, &cast.ada.id).await.unwrap(), (1, 1));
    assert_eq!(rounds::count_entrants(tx, &row.id, &cast.bob.id).await.unwrap(), (1, 0));
    rounds::leave_out_name(tx, &row.id, "arxiv:1", "a").await.unwrap();
    rounds::leave_out_name(tx, &row.id, "arxiv:1", "b").await.unwrap();
    let left_out = [("arxiv:1".to_owned(), "b".to_owned())];
    assert_eq!(rounds::left_out(tx, &row.id, 9).await.unwrap(), left_out);
    assert!(rounds::let_in_name(tx, &row.id, "arxiv:1").await.unwrap());
    assert!(!rounds::let_in_name(tx, &row.id, "arxiv:1").await.unwrap());

    rounds::challenge(tx, (&row.id, 1), &cast.bob.id, "It is mine.", at(10)).await.unwrap();
    rounds::challenge(tx, (&row.id, 1), &cast.cy.id, "And mine.", at(11)).await.unwrap();
    assert!(rounds::answer(tx, &row.id, 1, "No.", at(12)).await.unwrap());
    assert!(!rounds::answer(tx, &row.id, 1, "Yes.", at(13)).await.unwrap(), "it was answered");
    let said = rounds::challenges(tx, &row.id, 9).await.unwrap();
    let told: Vec<(i64, &str, Option<i64>)> =
        said.iter().map(|one| (one.n, one.answer.as_str(), one.answered)).collect();
    assert_eq!(told, [(1, "No.", Some(at(12).0)), (2, "", None)]);

    let line = |entry: &str| Line { entry: entry.into(), seal: format!("seal of {entry}") };
    rounds::add_line(tx, &row.id, 0, "one", &line("1")).await.unwrap();
    rounds::add_line(tx, &row.id, 1, "two", &line("2")).await.unwrap();
    assert_eq!(rounds::book(tx, &row.id, 0).await.unwrap(), [line("1"), line("2")]);
    assert_eq!(rounds::book(tx, &row.id, 1).await.unwrap(), [line("2")]);
}
