//! What happened is written down, numbered, built into a tree, signed, and seen by witnesses.

use seedcorn_core::time::Time;
use seedcorn_db::Tx;
use seedcorn_db::log::{self, Draft, Known, Seen, Signed};

fn at(secs: i64) -> Time {
    Time::from_secs(1_790_000_000 + secs)
}

fn draft(subject: &str, place: i64, secs: i64) -> Draft {
    Draft {
        id: format!("event-{subject}-{place}"),
        subject: subject.into(),
        place,
        about: format!("about {place}"),
        created: at(secs),
        draft: "{}".into(),
    }
}

pub(crate) async fn grows(tx: &mut Tx) {
    assert_eq!(log::state(tx).await.unwrap(), None);
    log::begin(tx, "hub.example/log/1", "nothing").await.unwrap();
    log::begin(tx, "other.example/log/1", "x").await.unwrap();
    log::lock(tx).await.unwrap();
    assert_eq!(log::state(tx).await.unwrap().unwrap().origin, "hub.example/log/1", "the first stays");
    assert_eq!(log::last(tx, "a").await.unwrap(), None);
    for row in [draft("a", 0, 5), draft("b", 0, 3), draft("a", 1, 5), draft("b", 1, 9), draft("b", 2, 9)] {
        log::add(tx, &row).await.unwrap();
    }
    assert_eq!(log::last(tx, "a").await.unwrap(), Some((1, at(5))));
    assert_eq!(log::drafts(tx, 1).await.unwrap(), [draft("b", 0, 3)]);
    assert_eq!(log::hash(tx, "a", 0).await.unwrap(), None);
    assert_eq!(log::number(tx, 9).await.unwrap(), 0, "drafts have no number");
    for row in &log::drafts(tx, 4).await.unwrap() {
        let entry = format!("{{\"{}\":{}}}", row.subject, row.place);
        log::finish(tx, &row.id, (&entry, &format!("hash {entry}"))).await.unwrap();
        log::finish(tx, &row.id, ("another", "another")).await.unwrap();
    }
    assert_eq!(log::hash(tx, "a", 0).await.unwrap().as_deref(), Some("hash {\"a\":0}"), "the first stays");
    assert_eq!(log::drafts(tx, 9).await.unwrap(), [draft("b", 2, 9)]);
    assert_eq!(log::unnumbered(tx).await.unwrap(), 5);
    assert_eq!(log::number(tx, 3).await.unwrap(), 3);
    assert_eq!(log::unnumbered(tx).await.unwrap(), 2);
    assert_eq!(log::number(tx, 9).await.unwrap(), 4);
    assert_eq!(log::number(tx, 9).await.unwrap(), 4);
    let order = ["{\"b\":0}", "{\"a\":0}", "{\"a\":1}", "{\"b\":1}"];
    assert_eq!(log::entries(tx, 0, 9).await.unwrap(), order);
    assert_eq!(log::entries(tx, 1, 2).await.unwrap(), order[1..3]);
    assert_eq!(log::entry(tx, 2).await.unwrap().map(|one| one.entry).as_deref(), Some("{\"a\":1}"));
    let of_a = log::of_subject(tx, "a", 9, 9).await.unwrap();
    assert_eq!(of_a.iter().map(|one| (one.idx, one.place)).collect::<Vec<_>>(), [(Some(2), 1), (Some(1), 0)]);
    assert_eq!(log::about(tx, "a", "about 1", 9).await.unwrap().and_then(|one| one.idx), Some(2));
    assert_eq!(log::about(tx, "a", "about 7", 9).await.unwrap(), None);
    assert_eq!(log::of_subject(tx, "a", 1, 9).await.unwrap().len(), 1);
    assert_eq!(
        log::newest(tx, 3, 2).await.unwrap().iter().filter_map(|one| one.idx).collect::<Vec<_>>(),
        [2, 1]
    );

    assert!(log::grow(tx, 0, (4, "root 4")).await.unwrap());
    assert!(!log::grow(tx, 0, (3, "root 3")).await.unwrap(), "somebody was faster");
    assert_eq!(log::last_signed(tx).await.unwrap(), None);
    let signed =
        Signed { size: 4, root: "root 4".into(), note: "note".into(), cosigned: String::new(), at: at(10) };
    log::put_signed(tx, &signed).await.unwrap();
    log::put_signed(tx, &Signed { root: "another".into(), ..signed.clone() }).await.unwrap();
    assert_eq!(log::signed(tx, 4).await.unwrap().as_ref(), Some(&signed), "no size has two roots");
    log::set_cosigned(tx, 4, "line").await.unwrap();
    assert_eq!(log::last_signed(tx).await.unwrap().unwrap().cosigned, "line");
    assert!(log::publish(tx, 4).await.unwrap());
    assert!(!log::publish(tx, 3).await.unwrap());
    let state = log::state(tx).await.unwrap().unwrap();
    assert_eq!((state.numbered, state.size, state.root.as_str(), state.published), (4, 4, "root 4", 4));

    log::hold(tx, "it was restored").await.unwrap();
    assert_eq!(log::state(tx).await.unwrap().unwrap().held, "it was restored");
    log::hold(tx, "").await.unwrap();
    // The chain of b has a draft at 2, and the files know what came before it there.
    log::make_room(tx, "b", 2).await.unwrap();
    assert_eq!(log::last(tx, "b").await.unwrap().unwrap().0, 4);
    for n in 0..2 {
        let known = Known {
            id: format!("known {n}"),
            idx: 4 + n,
            subject: "b".into(),
            place: 2 + n,
            about: String::new(),
            created: at(9),
            entry: format!("{{\"b\":{}}}", 2 + n),
            hash: format!("hash of b {}", 2 + n),
        };
        log::take_back(tx, &known).await.unwrap();
    }
    log::set_numbered(tx, 6).await.unwrap();
    let of_b: Vec<i64> =
        log::of_subject(tx, "b", 9, 9).await.unwrap().iter().filter_map(|one| one.idx).collect();
    assert_eq!(of_b, [5, 4, 3, 0]);

    let seen = Seen {
        origin: "peer.example/log/1".into(),
        size: 7,
        root: "r7".into(),
        note: "n7".into(),
        at: at(1),
    };
    assert_eq!(log::seen(tx, &seen.origin).await.unwrap(), None);
    assert!(log::see(tx, (0, "nothing"), &seen).await.unwrap());
    assert!(!log::see(tx, (0, "nothing"), &Seen { size: 3, ..seen.clone() }).await.unwrap());
    let later = Seen { size: 9, root: "r9".into(), at: at(2), ..seen.clone() };
    assert!(!log::see(tx, (7, "r8"), &later).await.unwrap());
    assert!(log::see(tx, (7, "r7"), &later).await.unwrap());
    assert_eq!(log::seen(tx, &seen.origin).await.unwrap(), Some(later));

    let kept = |size, root: &str| log::Mirror {
        origin: "other.example/log/1".into(),
        name: "0f".into(),
        size,
        root: root.into(),
        note: "note".into(),
        at: at(5),
    };
    assert_eq!(log::mirror(tx, "0f").await.unwrap(), None);
    assert!(log::set_mirror(tx, &kept(7, "r7")).await.unwrap());
    assert!(log::set_mirror(tx, &kept(9, "r9")).await.unwrap());
    assert!(!log::set_mirror(tx, &kept(8, "r8")).await.unwrap(), "never less far");
    assert_eq!(log::mirror(tx, "0f").await.unwrap(), Some(kept(9, "r9")));
    assert_eq!(log::mirrors(tx, 9).await.unwrap(), [kept(9, "r9")]);
}
