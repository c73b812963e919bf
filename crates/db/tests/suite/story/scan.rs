//! What was found in files, and who is to be looked into.

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
    assert_eq!(scan::repo(tx, &one, 1).await.unwrap(), None);
    scan::put_repo(tx, &one, 1, "c1", "[1]").await.unwrap();
    scan::put_repo(tx, &one, 1, "c2", "[2]").await.unwrap();
    assert_eq!(scan::repo(tx, &one, 1).await.unwrap(), Some(("c2".to_owned(), "[2]".to_owned())));
    assert_eq!(scan::repo(tx, &one, 2).await.unwrap(), None);
    assert_eq!(asked(tx, 1).await, [false, true]);
    assert_eq!(asked(tx, 2).await, [true, true]);
    repos::delete(tx, &two, at(2)).await.unwrap();
    assert_eq!(asked(tx, 1).await, [false, false], "what is gone is looked into no more");
}
