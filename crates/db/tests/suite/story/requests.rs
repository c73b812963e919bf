//! Who asked for the files of gated repos.

use seedcorn_db::{Tx, repos, requests};

use super::people::Cast;
use crate::rows::{at, repo};

pub(crate) async fn who_asked(tx: &mut Tx, cast: &Cast) {
    let id = repo(tx, &cast.ada, "gated-one").await;
    let (ada, bob) = (&cast.ada.id, &cast.bob.id);
    assert_eq!(requests::of(tx, &id, bob).await.unwrap(), None);
    requests::put(tx, &id, bob, ("q1", "pending", "{}"), at(1)).await.unwrap();
    requests::put(tx, &id, ada, ("q2", "accepted", "{\"a\":1}"), at(2)).await.unwrap();
    assert!(!requests::is_admitted(tx, &id, bob).await.unwrap());
    assert!(requests::is_admitted(tx, &id, ada).await.unwrap());
    requests::handle(tx, &id, bob, ("rejected", "why"), at(3)).await.unwrap();
    let one = requests::of(tx, &id, bob).await.unwrap().unwrap();
    assert_eq!(
        (one.id.as_str(), one.status.as_str(), one.reason.as_str(), one.asked),
        ("q1", "rejected", "why", at(1))
    );
    assert_eq!(requests::find(tx, &id, "q1").await.unwrap(), Some(one));
    assert_eq!(requests::find(tx, &id, "q9").await.unwrap(), None);
    // Asked again, it is another request, of which nothing was said.
    requests::put(tx, &id, bob, ("q3", "accepted", "{}"), at(4)).await.unwrap();
    let one = requests::of(tx, &id, bob).await.unwrap().unwrap();
    assert_eq!((one.id.as_str(), one.reason.as_str(), one.name.as_str()), ("q3", "", cast.bob.name.as_str()));
    let all = requests::list(tx, &id, "accepted", None, 9).await.unwrap();
    assert_eq!(all.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["q3", "q2"]);
    let rest = requests::list(tx, &id, "accepted", Some((at(4), "q3")), 9).await.unwrap();
    assert_eq!(rest.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["q2"]);
    assert_eq!(requests::count(tx, &id, "accepted").await.unwrap(), 2);
    let own = requests::own(tx, bob, 9).await.unwrap();
    assert_eq!((own.len(), own[0].2.as_str(), own[0].3.as_str()), (1, "gated-one", "accepted"));
    assert!(requests::remove(tx, &id, ada).await.unwrap());
    assert!(!requests::remove(tx, &id, ada).await.unwrap());
    // Taken down, it is private, and as it was once it is let be.
    let state = async |tx: &mut Tx| {
        let row = repos::find_by_id(tx, &id).await.unwrap().unwrap();
        (row.disabled, row.private, row.was_private)
    };
    for (reason, expected) in
        [("why", ("why", true, false)), ("more", ("more", true, false)), ("", ("", false, false))]
    {
        repos::set_disabled(tx, &id, reason).await.unwrap();
        assert_eq!(state(tx).await, (expected.0.to_owned(), expected.1, expected.2));
    }
    repos::set_visibility(tx, &id, Some(true), None).await.unwrap();
    for reason in ["why", ""] {
        repos::set_disabled(tx, &id, reason).await.unwrap();
        assert_eq!(state(tx).await, (reason.to_owned(), true, true));
    }
    repos::delete(tx, &id, at(5)).await.unwrap();
    assert_eq!(requests::own(tx, bob, 9).await.unwrap(), []);
}
