//! What is taken of works, day by day, and what credit is made from.

use std::slice::from_ref;

use seedcorn_core::id::RepoId;
use seedcorn_core::usage::Day;
use seedcorn_db::usage::{self, Daily, Open, Taken, Used};
use seedcorn_db::{Tx, credit, repos};

use super::people::Cast;
use crate::rows::repo;

fn taken(repo: &RepoId, day: i64, (who, sort): (&str, &'static str), bytes: i64) -> Taken {
    Taken { repo: repo.clone(), day: Day(day), who: who.into(), sort, requests: 1, bytes }
}

/// What was summed up of a work on a day: requests, bytes, members, visitors, machines.
async fn summed(tx: &mut Tx, work: &RepoId, day: i64) -> Option<[i64; 5]> {
    let all = usage::of_day(tx, Day(day), "", 9).await.unwrap();
    let figures = |one: &Daily| [one.requests, one.bytes, one.members, one.visitors, one.machines];
    all.iter().find(|one| one.repo == work.0).map(figures)
}

pub(crate) async fn works_are_used(tx: &mut Tx, cast: &Cast) {
    let work = repo(tx, &cast.ada, "usage").await;
    let bob = cast.bob.id.as_str();
    let (member, visitor, machine) = ((bob, "member"), ("v:1", "visitor"), ("c:1", "machine"));
    assert!(usage::add(tx, &taken(&work, 5, member, 60)).await.unwrap());
    assert!(!usage::add(tx, &taken(&work, 5, member, 50)).await.unwrap(), "once a day");
    assert!(usage::add(tx, &taken(&work, 5, visitor, 100)).await.unwrap());
    assert!(usage::add(tx, &taken(&work, 5, ("v:2", "visitor"), 99)).await.unwrap());
    assert!(usage::add(tx, &taken(&work, 5, machine, 100)).await.unwrap());
    assert!(usage::add(tx, &taken(&work, 6, (cast.cy.id.as_str(), "member"), 99)).await.unwrap());
    assert!(usage::add(tx, &taken(&work, 7, member, 500)).await.unwrap());

    let open = |day| Open { repo: work.clone(), day, whole: None, public: true };
    usage::set_counts(tx, &cast.bob.id, true).await.unwrap();
    assert!(usage::counts(tx, &cast.bob.id).await.unwrap());
    assert!(!usage::counts(tx, &cast.cy.id).await.unwrap());
    assert!(
        !usage::add(tx, &taken(&RepoId("none".into()), 5, member, 60)).await.unwrap(),
        "nobody knows the work"
    );
    assert_eq!(usage::open_days(tx, Day(7), 9).await.unwrap(), [open(5), open(6)]);
    assert_eq!(usage::open_days(tx, Day(7), 1).await.unwrap(), [open(5)]);
    usage::sum_up(tx, &open(5), 100).await.unwrap();
    usage::sum_up(tx, &open(6), 100).await.unwrap();
    assert_eq!(summed(tx, &work, 5).await, Some([5, 409, 1, 1, 1]));
    assert_eq!(summed(tx, &work, 6).await, Some([1, 99, 0, 0, 0]));
    assert_eq!(summed(tx, &work, 7).await, None);

    // Somebody counted late.
    assert!(usage::add(tx, &taken(&work, 5, ("v:3", "visitor"), 200)).await.unwrap());
    usage::sum_up(tx, &open(5), 100).await.unwrap();
    assert_eq!(summed(tx, &work, 5).await, Some([6, 609, 1, 2, 1]));
    let daily = usage::of_day(tx, Day(5), "", 9).await.unwrap();
    assert_eq!((daily.len(), daily[0].name.as_str(), daily[0].visitors), (1, "usage", 2));
    assert_eq!(usage::of_day(tx, Day(5), work.as_str(), 9).await.unwrap(), []);

    let days = usage::days(tx, Day(9), 9).await.unwrap();
    assert!(days.contains(&Day(5)) && days.is_sorted_by(|a, b| a > b), "{days:?}");
    assert_eq!(usage::days(tx, Day(9), 0).await.unwrap(), []);
    assert!(!usage::days(tx, Day(5), 9).await.unwrap().contains(&Day(5)));

    let none = Used { who: String::new(), repo: String::new(), day: i64::MIN };
    let used = Used { who: bob.into(), repo: work.0.clone(), day: 5 };
    assert_eq!(usage::by_members(tx, Day(0), &none, 9).await.unwrap(), from_ref(&used));
    assert_eq!(usage::by_members(tx, Day(0), &used, 9).await.unwrap(), []);
    assert_eq!(usage::by_members(tx, Day(6), &none, 9).await.unwrap(), []);
    repos::set_visibility(tx, &work, Some(true), None).await.unwrap();
    assert_eq!(
        usage::by_members(tx, Day(0), &none, 9).await.unwrap(),
        [],
        "what is private is nobody's to see"
    );
    repos::set_visibility(tx, &work, Some(false), None).await.unwrap();
    // A member of whom it is not wanted, an owner, and what was hidden on that day leave nothing behind.
    for (who, day, public) in [(&cast.cy.id, 20, true), (&cast.ada.id, 20, true), (&cast.bob.id, 21, false)] {
        usage::set_counts(tx, &cast.ada.id, true).await.unwrap();
        usage::add(tx, &taken(&work, day, (who.as_str(), "member"), 500)).await.unwrap();
        usage::sum_up(tx, &Open { public, ..open(day) }, 100).await.unwrap();
    }
    assert_eq!(usage::by_members(tx, Day(20), &none, 9).await.unwrap(), []);
    assert!(summed(tx, &work, 20).await.is_some());
    assert_eq!(summed(tx, &work, 21).await, None);
    usage::set_counts(tx, &cast.ada.id, false).await.unwrap();
    assert_eq!(usage::forget(tx, Day(5)).await.unwrap(), 0);
    assert_eq!(usage::forget(tx, Day(6)).await.unwrap(), 1);
}

pub(crate) async fn some_are_trusted(tx: &mut Tx, cast: &Cast) {
    let (ada, bob) = (&cast.ada.id, &cast.bob.id);
    assert!(usage::seat(tx, "stewards", ada).await.unwrap());
    assert!(!usage::seat(tx, "stewards", ada).await.unwrap());
    assert!(usage::seat(tx, "readers", bob).await.unwrap());
    let seats = usage::seats(tx).await.unwrap();
    let panels: Vec<&str> = seats.iter().map(|seat| seat.panel.as_str()).collect();
    assert_eq!(panels, ["readers", "stewards"]);
    assert!(usage::unseat(tx, "readers", bob).await.unwrap());
    assert!(!usage::unseat(tx, "readers", bob).await.unwrap());

    assert!(usage::vouch(tx, ada, bob, 1).await.unwrap());
    assert!(!usage::vouch(tx, ada, bob, 2).await.unwrap());
    assert_eq!(usage::vouchings(tx).await.unwrap(), [(ada.to_string(), bob.to_string())]);
    assert_eq!(usage::vouchers(tx, bob, 9).await.unwrap(), from_ref(&cast.ada.name));
    assert_eq!(usage::vouched(tx, ada).await.unwrap(), 1);
    assert!(usage::vouches(tx, ada, bob).await.unwrap() && !usage::vouches(tx, bob, ada).await.unwrap());
    assert!(usage::unvouch(tx, ada, bob).await.unwrap());
    assert!(!usage::unvouch(tx, ada, bob).await.unwrap());
}

pub(crate) async fn credit_is_read(tx: &mut Tx) {
    let works = credit::works(tx, "", 3).await.unwrap();
    assert_eq!(works.len(), 3);
    assert_eq!(credit::works(tx, &works[0].id, 1).await.unwrap(), from_ref(&works[1]));
    let first = credit::derivations(tx, &credit::Derivation::default(), 1).await.unwrap();
    assert_eq!(first.len(), 1);
    assert!(!credit::derivations(tx, &first[0], 99).await.unwrap().contains(&first[0]));
    let owners = credit::owners(tx, &["ada".into(), "nobody".into()]).await.unwrap();
    assert_eq!(owners.len(), 1);
    let groups = credit::memberships(tx).await.unwrap();
    let teams: Vec<String> = groups.iter().map(|row| row.team.clone()).collect();
    assert_eq!(credit::member_names(tx, &teams).await.unwrap().len(), groups.len());
    assert_eq!(credit::member_names(tx, &[]).await.unwrap(), []);
    assert!(groups.iter().any(|row| row.admin) && groups.iter().any(|row| !row.admin), "{groups:?}");
}
