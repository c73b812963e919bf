//! What was found in files, and who is to be looked into.

use seedcorn_core::digest::Oid;
use seedcorn_db::{Tx, git, jobs, repos, scan};

use super::people::Cast;
use crate::rows::{at, oid, repo};

pub(crate) async fn what_may_harm(tx: &mut Tx, cast: &Cast) {
    let one = repo(tx, &cast.ada, "scan-one").await;
    let two = repo(tx, &cast.bob, "scan-two").await;
    let contents = ["any:1".to_owned(), "any:2".to_owned()];
    assert_eq!(scan::files(tx, &contents, 1).await.unwrap(), []);
    scan::put_file(tx, "any:1", 1, "{}").await.unwrap();
    assert_eq!(scan::files(tx, &contents, 1).await.unwrap(), [("any:1".to_owned(), "{}".to_owned())]);
    assert_eq!(scan::files(tx, &contents, 2).await.unwrap(), [], "by other rules it may be another thing");
    scan::put_file(tx, "any:1", 2, "[]").await.unwrap();
    assert_eq!(scan::files(tx, &contents, 2).await.unwrap(), [("any:1".to_owned(), "[]".to_owned())]);

    let evil = ["any:2".to_owned(), "pickle:evil".to_owned()];
    for (says, rules, expected) in [
        (r#"{"verdict":"suspicious","reasons":["\"verdict\":\"dangerous\""]}"#, 1, None),
        (r#"{"verdict":"dangerous","reasons":[]}"#, 2, None),
        (r#"{"verdict":"dangerous","reasons":[]}"#, 1, Some("pickle:evil")),
    ] {
        scan::put_file(tx, "pickle:evil", rules, says).await.unwrap();
        assert_eq!(scan::dangerous(tx, &evil, 1).await.unwrap().as_deref(), expected, "{says}");
        assert_eq!(scan::dangerous(tx, &contents, 1).await.unwrap(), None);
    }

    for id in [&one, &two] {
        git::add_ref(tx, id, "refs/heads/main", &oid(1), at(1)).await.unwrap();
    }
    let asked = async |tx: &mut Tx, rules| {
        scan::ask_all(tx, "scan", rules, at(1)).await.unwrap();
        let due = jobs::due(tx, &["scan"], at(1), 99).await.unwrap();
        for job in &due {
            jobs::end(tx, job).await.unwrap();
        }
        [&one, &two].map(|id| due.iter().any(|job| job.repo == *id))
    };
    assert_eq!(asked(tx, 1).await, [true, true]);
    let main = "refs/heads/main";
    let looked = async |tx: &mut Tx, oid: &Oid, rules| scan::commit(tx, &one, oid, rules).await.unwrap();
    assert_eq!(looked(tx, &oid(1), 1).await, None);
    for says in ["[1]", "[2]"] {
        scan::put_ref(tx, &one, (main, &oid(1)), 1, says).await.unwrap();
        assert_eq!(looked(tx, &oid(1), 1).await.as_deref(), Some(says));
    }
    assert_eq!((looked(tx, &oid(1), 2).await, looked(tx, &oid(2), 1).await), (None, None));
    let due = async |tx: &mut Tx, rules, limit| {
        let due = scan::refs_due(tx, &one, rules, limit).await.unwrap();
        due.into_iter().map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(due(tx, 1, 9).await, [""; 0]);
    git::add_ref(tx, &one, "refs/heads/a", &oid(2), at(3)).await.unwrap();
    git::add_ref(tx, &one, "refs/tags/b", &oid(1), at(4)).await.unwrap();
    assert_eq!(due(tx, 1, 9).await, ["refs/tags/b", "refs/heads/a"]);
    assert_eq!(due(tx, 2, 2).await, [main, "refs/tags/b"], "the default branch comes first");
    assert_eq!(asked(tx, 1).await, [true, true]);
    scan::put_ref(tx, &one, ("refs/heads/a", &oid(2)), 1, "[]").await.unwrap();
    for name in ["refs/heads/a", "refs/tags/b"] {
        git::delete_ref(tx, &one, name).await.unwrap();
    }
    assert_eq!(scan::forget_refs(tx, &one).await.unwrap(), 1);
    assert_eq!(looked(tx, &oid(2), 1).await, None);
    assert_eq!(asked(tx, 1).await, [false, true]);
    assert_eq!(asked(tx, 2).await, [true, true]);
    repos::delete(tx, &two, at(2)).await.unwrap();
    assert_eq!(asked(tx, 1).await, [false, false], "what is gone is looked into no more");
}
