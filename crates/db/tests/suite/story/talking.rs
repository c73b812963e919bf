//! Discussions, what happens in them, who is told, and who may speak no more.

use seedcorn_core::digest::Sha256;
use seedcorn_core::id::{NamespaceId, RepoId};
use seedcorn_db::discussions::{self, New, NewEvent, Which};
use seedcorn_db::{Tx, attachments, moderation, notices};

use super::people::Cast;
use crate::rows::{at, repo};

fn numbers(page: &[discussions::Discussion]) -> Vec<i64> {
    page.iter().map(|one| one.number).collect()
}

pub(crate) async fn people_discuss(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "discussed").await;
    let (ada, cy) = (&cast.ada.id, &cast.cy.id);
    let talk = New { number: 1, author: cy, title: "Why \"é\"?", base: "", status: "open" };
    let pull = New { number: 2, author: ada, title: "Better", base: "refs/heads/main", status: "draft" };
    discussions::add(tx, &m, &talk, at(1)).await.unwrap();
    discussions::add(tx, &m, &pull, at(2)).await.unwrap();
    let found = discussions::find(tx, &m, 1).await.unwrap().unwrap();
    assert_eq!((found.title.as_str(), found.name.as_str(), found.created), (talk.title, "cy", at(1)));
    assert!(!found.is_pull() && !found.locked && found.merged.is_none());
    assert_eq!(discussions::find(tx, &m, 3).await.unwrap(), None);

    for (kind, status, author, expected) in [
        ("", "", "", vec![2, 1]),
        ("discussion", "", "", vec![1]),
        ("pull_request", "open", "ada", vec![2]),
        ("", "closed", "", vec![]),
        ("", "open", "cy", vec![1]),
    ] {
        let which = Which { kind, status, author };
        let page = discussions::list(tx, &m, which, 0, 9).await.unwrap();
        assert_eq!(numbers(&page), expected, "{which:?}");
        assert_eq!(discussions::count(tx, &m, which).await.unwrap(), page.len() as i64);
    }
    assert_eq!(numbers(&discussions::list(tx, &m, Which::default(), 1, 9).await.unwrap()), [1]);
    assert_eq!(discussions::count_open_of(tx, &m, cy).await.unwrap(), 1);
    assert_eq!(discussions::count_opened_since(tx, &m, cy, at(0)).await.unwrap(), 1);
    assert_eq!(discussions::count_opened_since(tx, &m, cy, at(90)).await.unwrap(), 0);
    assert!(discussions::has_own_pull(tx, &m, ada).await.unwrap());
    assert!(!discussions::has_own_pull(tx, &m, cy).await.unwrap());

    discussions::set_title(tx, &m, 1, "Because").await.unwrap();
    discussions::set_status(tx, &m, 1, "closed").await.unwrap();
    discussions::set_locked(tx, &m, 1, true).await.unwrap();
    discussions::set_merged(tx, &m, 2, ("m", "p")).await.unwrap();
    let merged = discussions::list_merged(tx, &m).await.unwrap();
    assert_eq!(merged, [(2, "m".to_owned(), "p".to_owned())]);
    let found = discussions::find(tx, &m, 1).await.unwrap().unwrap();
    assert_eq!((found.title.as_str(), found.status.as_str(), found.locked), ("Because", "closed", true));
    let found = discussions::find(tx, &m, 2).await.unwrap().unwrap();
    assert_eq!(found.merged.as_deref().zip(found.parted.as_deref()), Some(("m", "p")));
    assert_eq!(found.status, "merged");
    assert!(!discussions::has_own_pull(tx, &m, ada).await.unwrap());
}

pub(crate) async fn comments_are_written(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "commented").await;
    let (ada, cy) = (&cast.ada.id, &cast.cy.id);
    let talk = New { number: 1, author: cy, title: "t", base: "", status: "open" };
    discussions::add(tx, &m, &talk, at(1)).await.unwrap();
    let first = NewEvent { id: "e1", author: cy, kind: "comment", says: "What?", line: "" };
    let title = NewEvent { id: "e2", author: ada, kind: "title-change", says: "{}", line: "" };
    let line = NewEvent { id: "e3", author: ada, kind: "comment", says: "Here", line: "{\"line\":1}" };
    for (n, new) in [first, title, line].iter().enumerate() {
        let place = discussions::add_event(tx, &m, 1, new, at(2 + n as i64)).await.unwrap();
        assert_eq!(place, 1 + n as i64);
    }
    let found = discussions::find(tx, &m, 1).await.unwrap().unwrap();
    assert_eq!((found.events, found.comments, found.bytes, found.moved), (3, 2, 11, at(4)));
    let all = discussions::list_events(tx, &m, 1, 0, 9).await.unwrap();
    assert_eq!(all.iter().map(|event| event.id.as_str()).collect::<Vec<_>>(), ["e1", "e2", "e3"]);
    let rest = discussions::list_events(tx, &m, 1, 1, 1).await.unwrap();
    assert_eq!((rest.len(), rest[0].id.as_str(), rest[0].name.as_str()), (1, "e2", "Ada"));
    assert_eq!(discussions::list_on_lines(tx, &m, 1, 9).await.unwrap()[..], all[2..]);

    for (n, says) in ["What is it?", "What is this?"].into_iter().enumerate() {
        let before = discussions::find_event(tx, &m, 1, "e1").await.unwrap().unwrap();
        discussions::edit(tx, &m, 1, (&before, says), at(10 + n as i64)).await.unwrap();
    }
    let now = discussions::find_event(tx, &m, 1, "e1").await.unwrap().unwrap();
    assert_eq!((now.says.as_str(), now.edits, now.edited), ("What is this?", 2, Some(at(11).0)));
    let past = discussions::list_past(tx, &["e1".to_owned(), "e3".to_owned()]).await.unwrap();
    let past: Vec<_> = past.iter().map(|past| (past.says.as_str(), past.written)).collect();
    assert_eq!(past, [("What?", at(2)), ("What is it?", at(10))]);
    assert_eq!(discussions::find_event(tx, &m, 2, "e1").await.unwrap(), None);
    assert_eq!(discussions::place_of(tx, "e1").await.unwrap(), Some((m.clone(), 1)));
    assert_eq!(discussions::place_of(tx, "none").await.unwrap(), None);

    discussions::set_hidden(tx, "e3", Some(cy)).await.unwrap();
    let hidden = discussions::find_event(tx, &m, 1, "e3").await.unwrap().unwrap();
    assert_eq!(hidden.hidden.as_deref(), Some("cy"));
    discussions::set_hidden(tx, "e3", None).await.unwrap();
    assert_eq!(discussions::find_event(tx, &m, 1, "e3").await.unwrap().unwrap().hidden, None);
    let who = discussions::list_who(tx, &m, 1, 9).await.unwrap();
    assert_eq!(who, [ada.clone(), cy.clone()]);

    assert!(discussions::react(tx, "e1", "👍", ada, at(1)).await.unwrap());
    assert!(!discussions::react(tx, "e1", "👍", ada, at(2)).await.unwrap());
    assert!(discussions::react(tx, "e1", "👍", cy, at(3)).await.unwrap());
    let signs = discussions::list_reactions(tx, &m, 1, ada.as_str()).await.unwrap();
    assert_eq!(signs, [("e1".to_owned(), "👍".to_owned(), 2, 1)]);
    assert!(discussions::unreact(tx, "e1", "👍", ada).await.unwrap());
    assert!(!discussions::unreact(tx, "e1", "👍", ada).await.unwrap());
    let signs = discussions::list_reactions(tx, &m, 1, ada.as_str()).await.unwrap();
    assert_eq!((signs[0].2, signs[0].3), (1, 0));

    are_reported(tx, (&m, "e1"), (ada, cy)).await;
}

async fn are_reported(tx: &mut Tx, (repo, event): (&RepoId, &str), (ada, cy): (&NamespaceId, &NamespaceId)) {
    for (n, says) in ["Rude", "Very rude"].into_iter().enumerate() {
        moderation::report(tx, event, ada, says, at(20 + n as i64)).await.unwrap();
    }
    let [report] = &moderation::list_reports(tx, 9).await.unwrap()[..] else { panic!("one report") };
    assert_eq!((report.event.as_str(), &report.repo, report.number), (event, repo, 1));
    assert_eq!(
        (report.says.as_str(), report.name.as_str(), report.author.as_str()),
        ("Very rude", "Ada", "cy")
    );
    assert!(!report.hidden && report.said == "What is this?" && report.at == at(21));
    assert_eq!(moderation::count_reports_of(tx, ada, at(21)).await.unwrap(), 1);
    assert_eq!(moderation::count_reports_of(tx, ada, at(22)).await.unwrap(), 0);
    assert!(moderation::settle(tx, event, at(30)).await.unwrap());
    assert!(!moderation::settle(tx, event, at(30)).await.unwrap());
    assert_eq!(moderation::list_reports(tx, 9).await.unwrap(), []);

    assert!(moderation::block(tx, ada, cy, at(1)).await.unwrap());
    assert!(!moderation::block(tx, ada, cy, at(2)).await.unwrap());
    assert!(moderation::is_blocked(tx, ada, cy).await.unwrap());
    assert!(!moderation::is_blocked(tx, cy, ada).await.unwrap());
    assert_eq!(moderation::count_blocked(tx, ada).await.unwrap(), 1);
    assert_eq!(moderation::list_blocked(tx, ada, "", 9).await.unwrap(), [("cy".to_owned(), at(1).0)]);
    assert!(moderation::unblock(tx, ada, cy).await.unwrap());
    assert!(!moderation::unblock(tx, ada, cy).await.unwrap());
}

pub(crate) async fn members_are_told(tx: &mut Tx, cast: &Cast) {
    let m = repo(tx, &cast.bob, "told").await;
    let (ada, bob, cy) = (&cast.ada.id, &cast.bob.id, &cast.cy.id);
    for number in [1, 2] {
        let new = New { number, author: cy, title: "t", base: "", status: "open" };
        discussions::add(tx, &m, &new, at(1)).await.unwrap();
    }
    let both = [(ada.clone(), "mention"), (bob.clone(), "watch")];
    notices::put(tx, &both, (&m, 1), "e5", at(5)).await.unwrap();
    notices::put(tx, &both[..1], (&m, 2), "e6", at(6)).await.unwrap();
    let told = notices::list(tx, ada, false, None, 9).await.unwrap();
    assert_eq!(told.iter().map(|one| one.number).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((told[1].reason.as_str(), &told[1].repo, told[1].at), ("mention", &m, at(5)));
    assert_eq!(notices::list(tx, ada, true, Some("e6"), 9).await.unwrap()[..], told[1..]);
    assert_eq!(notices::count_unseen(tx, ada, 9).await.unwrap(), [(m.0.clone(), 2)]);
    assert_eq!(notices::count_unseen(tx, ada, 1).await.unwrap(), [(m.0.clone(), 1)]);
    assert!(notices::is_unseen(tx, ada, &m, 2).await.unwrap());
    notices::see(tx, ada, &m, 2).await.unwrap();
    assert!(!notices::is_unseen(tx, ada, &m, 2).await.unwrap());
    assert_eq!(notices::list(tx, ada, false, None, 9).await.unwrap().len(), 1);
    // What happens later is told again, in place of what came before.
    notices::put(tx, &both[..1], (&m, 2), "e7", at(7)).await.unwrap();
    let told = notices::list(tx, ada, true, None, 9).await.unwrap();
    assert_eq!(
        told.iter().map(|one| (one.event.as_str(), one.seen)).collect::<Vec<_>>(),
        [("e7", false), ("e5", false)]
    );
    notices::see_all(tx, ada, "e5").await.unwrap();
    assert_eq!(notices::count_unseen(tx, ada, 9).await.unwrap(), [(m.0.clone(), 1)]);
    assert_eq!(notices::count_unseen(tx, bob, 9).await.unwrap(), [(m.0.clone(), 1)]);

    assert_eq!(notices::wants(tx, cy, &m, 0).await.unwrap(), None);
    notices::watch(tx, cy, (&m, 0), false).await.unwrap();
    notices::watch(tx, cy, (&m, 0), true).await.unwrap();
    notices::watch(tx, cy, (&m, 1), false).await.unwrap();
    assert_eq!(notices::wants(tx, cy, &m, 0).await.unwrap(), Some(true));
    let all = notices::list_wants(tx, &m, 1, 9).await.unwrap();
    assert_eq!(all, [(cy.0.clone(), 0, true), (cy.0.clone(), 1, false)]);

    let picture = attachments::Attachment {
        id: "a1".into(),
        media: "image/png".into(),
        bytes: 70,
        sha256: Sha256::of("a picture"),
    };
    attachments::add(tx, &picture, cy, at(3)).await.unwrap();
    assert_eq!(attachments::list(tx, "", 9).await.unwrap(), std::slice::from_ref(&picture));
    assert_eq!(attachments::list(tx, "a1", 9).await.unwrap(), []);
    assert_eq!(attachments::find(tx, "a1").await.unwrap(), Some(picture));
    assert_eq!(attachments::find(tx, "a2").await.unwrap(), None);
    let asked = ["a1".to_owned(), "a2".to_owned()];
    assert_eq!(attachments::known(tx, &asked).await.unwrap(), asked[..1]);
    assert_eq!(attachments::bytes_since(tx, cy, 9, at(3)).await.unwrap(), 70);
    assert_eq!(attachments::bytes_since(tx, cy, 100, at(3)).await.unwrap(), 100);
    assert_eq!(attachments::bytes_since(tx, cy, 9, at(4)).await.unwrap(), 0);
}
