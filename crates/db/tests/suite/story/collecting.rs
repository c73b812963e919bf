//! Works put together.

use seedcorn_db::Tx;
use seedcorn_db::collections::{self, Collection, Item, Which};

use super::people::Cast;
use crate::rows::at;

pub(crate) async fn works_are_put_together(tx: &mut Tx, cast: &Cast) {
    let one = |id: &str, title: &str, private, n| Collection {
        id: id.into(),
        namespace: cast.ada.id.clone(),
        owner: cast.ada.name.clone(),
        title: title.into(),
        slug: title.to_lowercase(),
        description: String::new(),
        private,
        theme: "green".into(),
        updated: at(n),
    };
    let (maize, beans) = (one("c1", "Maize", false, 1), one("c2", "Beans %", true, 2));
    for row in [&maize, &beans] {
        collections::put(tx, row).await.unwrap();
    }
    let renamed = Collection { title: "Corn".into(), updated: at(3), ..maize.clone() };
    collections::put(tx, &renamed).await.unwrap();
    assert_eq!(collections::find(tx, "c1").await.unwrap(), Some(renamed.clone()));
    assert_eq!(collections::find(tx, "c3").await.unwrap(), None);
    assert_eq!(collections::count(tx, &cast.ada.id).await.unwrap(), 2);
    let start = (i64::MAX, "~");
    let ids = |page: Vec<Collection>| page.into_iter().map(|one| one.id).collect::<Vec<_>>();
    let own = [cast.ada.id.clone()];
    for (which, mine, all, expected) in [
        (Which::default(), &own[..0], false, vec!["c1"]),
        (Which::default(), &own[..], false, vec!["c1", "c2"]),
        (Which { owner: "ada", ..Which::default() }, &own[..0], true, vec!["c1", "c2"]),
        (Which { owner: "bob", ..Which::default() }, &own[..0], true, vec![]),
        (Which { text: "s %", ..Which::default() }, &own[..0], true, vec!["c2"]),
        (Which { holding: "r1", ..Which::default() }, &own[..0], true, vec![]),
    ] {
        assert_eq!(
            ids(collections::list(tx, which, (mine, all), start, 9).await.unwrap()),
            expected,
            "{which:?}"
        );
    }
    let next = collections::list(tx, Which::default(), (&own, false), (at(3).0, "c1"), 9).await.unwrap();
    assert_eq!(ids(next), ["c2"]);

    let item = |id: &str, kind: &str, target: &str| Item {
        id: id.into(),
        kind: kind.into(),
        target: target.into(),
        note: "n".into(),
    };
    assert!(collections::lock(tx, "c2").await.unwrap() && !collections::lock(tx, "c9").await.unwrap());
    assert!(collections::add_item(tx, "c2", &item("i1", "model", "r1")).await.unwrap());
    assert!(!collections::add_item(tx, "c2", &item("i2", "model", "r1")).await.unwrap());
    assert!(collections::add_item(tx, "c2", &item("i3", "collection", "c1")).await.unwrap());
    assert_eq!(
        collections::items(tx, "c2", 9).await.unwrap(),
        [item("i1", "model", "r1"), item("i3", "collection", "c1")]
    );
    collections::set_item(tx, "c2", "i1", ("other", 9)).await.unwrap();
    let items = collections::items(tx, "c2", 9).await.unwrap();
    assert_eq!((items[0].id.as_str(), items[1].note.as_str()), ("i3", "other"));
    collections::delete(tx, "c1").await.unwrap();
    assert_eq!(collections::count_items(tx, "c2").await.unwrap(), 1);
    assert_eq!(collections::items(tx, "c2", 9).await.unwrap().len(), 1, "what is gone is in no other");
    assert!(collections::delete_item(tx, "c2", "i1").await.unwrap());
    assert!(!collections::delete_item(tx, "c2", "i1").await.unwrap());
}
