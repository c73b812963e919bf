//! Addresses to which what happens is told.

use seedcorn_db::webhooks::{self, Webhook};
use seedcorn_db::{Tx, repos};

use super::people::Cast;
use crate::rows::{at, repo};

pub(crate) async fn others_are_told(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "hooked").await;
    let owner = repos::find_by_id(tx, &m).await.unwrap().unwrap().namespace;
    let hook = Webhook {
        id: "h1".into(),
        member: cast.ada.id.clone(),
        url: "https://there.example/é".into(),
        secret: "s".into(),
        domains: "repo discussion".into(),
        disabled: String::new(),
        failed: 0,
    };
    webhooks::put(tx, &hook, at(1)).await.unwrap();
    let changed = Webhook { url: "https://here.example".into(), ..hook.clone() };
    webhooks::put(tx, &changed, at(2)).await.unwrap();
    assert_eq!(webhooks::find(tx, "h1").await.unwrap().as_ref(), Some(&changed));
    assert_eq!(webhooks::list(tx, &cast.ada.id).await.unwrap(), std::slice::from_ref(&changed));
    assert_eq!(webhooks::list(tx, &cast.bob.id).await.unwrap(), []);
    webhooks::set_about(tx, "h1", &["x".to_owned()]).await.unwrap();
    assert_eq!(webhooks::list_about(tx, &m, &owner, 9).await.unwrap(), []);
    // Told of a repo and of all of its owner's, it is told once.
    webhooks::set_about(tx, "h1", &[m.0.clone(), owner.0.clone()]).await.unwrap();
    assert_eq!(webhooks::about(tx, "h1").await.unwrap().len(), 2);
    assert_eq!(webhooks::list_about(tx, &m, &owner, 9).await.unwrap(), [changed]);
    webhooks::set_disabled(tx, "h1", "why").await.unwrap();
    assert_eq!(webhooks::list_about(tx, &m, &owner, 9).await.unwrap(), []);
    webhooks::set_disabled(tx, "h1", "").await.unwrap();

    for (n, id) in ["d1", "d2"].into_iter().enumerate() {
        webhooks::deliver(tx, (id, "h1"), &m, "{}", at(10 + n as i64)).await.unwrap();
    }
    assert_eq!(webhooks::count_waiting(tx, "h1").await.unwrap(), 2);
    let ids = |all: Vec<webhooks::Delivery>| all.into_iter().map(|one| one.id).collect::<Vec<_>>();
    assert_eq!(ids(webhooks::due(tx, at(11), (2, 9), &[]).await.unwrap()), ["d1", "d2"]);
    assert_eq!(ids(webhooks::due(tx, at(11), (1, 9), &[]).await.unwrap()), ["d1"]);
    assert!(webhooks::due(tx, at(11), (2, 9), std::slice::from_ref(&hook.member)).await.unwrap().is_empty());
    let [first] = &webhooks::due(tx, at(10), (9, 9), &[]).await.unwrap()[..] else { panic!("one is due") };
    assert_eq!((first.id.as_str(), first.due, first.tries, first.status), ("d1", Some(at(10).0), 0, None));
    assert!(webhooks::claim(tx, "d1", at(10).0, at(50)).await.unwrap());
    assert!(!webhooks::claim(tx, "d1", at(10).0, at(50)).await.unwrap());
    webhooks::tried(tx, "d1", (Some(500), "no"), Some(at(60)), at(11)).await.unwrap();
    webhooks::tried(tx, "d2", (None, "silence"), None, at(12)).await.unwrap();
    let all = webhooks::list_deliveries(tx, "h1", None, 9).await.unwrap();
    let all: Vec<_> = all.iter().map(|one| (one.id.as_str(), one.tries, one.status, one.due)).collect();
    assert_eq!(all, [("d2", 0, None, None), ("d1", 1, Some(500), Some(at(60).0))]);
    assert_eq!(webhooks::list_deliveries(tx, "h1", Some("d2"), 9).await.unwrap().len(), 1);
    let found = webhooks::find_delivery(tx, "h1", "d2").await.unwrap().unwrap();
    assert_eq!((found.answer.as_str(), found.tried), ("silence", Some(at(12).0)));
    assert_eq!(webhooks::find_any(tx, "d2").await.unwrap(), Some(found));
    assert_eq!(webhooks::find_delivery(tx, "h2", "d2").await.unwrap(), None);
    for (failed, count) in [(true, 1), (true, 2), (false, 0)] {
        assert_eq!(webhooks::count_failed(tx, "h1", failed).await.unwrap(), count);
    }
    assert_eq!(webhooks::forget(tx, at(11)).await.unwrap(), 0);
    assert_eq!(webhooks::forget(tx, at(12)).await.unwrap(), 1, "what waits is not forgotten");
    webhooks::delete(tx, "h1").await.unwrap();
    assert_eq!(webhooks::find(tx, "h1").await.unwrap(), None);
}
