//! Jobs are asked for, begun, ended and put off.

use seedcorn_core::id::RepoId;
use seedcorn_db::Tx;
use seedcorn_db::jobs::{self, Job};

use super::people::Cast;
use crate::rows::{at, repo};

const KINDS: [&str; 2] = ["measure", "other"];

async fn due(tx: &mut Tx, moment: i64) -> Vec<Job> {
    jobs::due(tx, &KINDS, at(moment), 9).await.unwrap()
}

fn repos(jobs: &[Job]) -> Vec<&RepoId> {
    jobs.iter().map(|job| &job.repo).collect()
}

pub(crate) async fn wait_their_turn(tx: &mut Tx, cast: &Cast) {
    let first: RepoId = repo(tx, &cast.ada, "job-one").await;
    let second: RepoId = repo(tx, &cast.ada, "job-two").await;
    jobs::ask(tx, "measure", &first, at(10)).await.unwrap();
    jobs::ask(tx, "measure", &second, at(5)).await.unwrap();
    jobs::ask(tx, "other", &first, at(1)).await.unwrap();
    assert!(due(tx, 0).await.is_empty());
    let all = due(tx, 10).await;
    assert_eq!(repos(&all), [&second, &first, &first], "by kind, then the longest due first");
    assert_eq!(jobs::due(tx, &KINDS, at(99), 1).await.unwrap().len(), 1);
    assert!(jobs::due(tx, &["unknown"], at(99), 9).await.unwrap().is_empty());
    jobs::ask(tx, "measure", &second, at(8)).await.unwrap();
    assert_eq!(due(tx, 10).await, all, "asked for again, it keeps its place");

    // Only one begins it, and while they are at it nobody else does.
    let job = &all[0];
    assert_eq!((job.kind.as_str(), job.tries, job.due), ("measure", 0, at(5)));
    let begun = jobs::begin(tx, job, at(50)).await.unwrap().unwrap();
    assert_eq!(jobs::begin(tx, job, at(50)).await.unwrap(), None, "begun already");
    assert_eq!((due(tx, 10).await.len(), begun.tries), (2, 1));
    assert!(due(tx, 50).await.contains(&begun), "left, and due again");
    assert!(jobs::hold(tx, &begun).await.unwrap() && !jobs::hold(tx, job).await.unwrap());
    jobs::put_off(tx, &begun, at(70)).await.unwrap();
    assert!(due(tx, 69).await.iter().all(|one| one.repo != second));
    assert_eq!(jobs::count(tx, 1).await.unwrap(), (3, 1));

    // Asked for while it runs, it is somebody else's, and is not over when the first one ends.
    let begun =
        jobs::begin(tx, &Job { due: at(70), tries: 1, ..job.clone() }, at(90)).await.unwrap().unwrap();
    jobs::ask(tx, "measure", &second, at(60)).await.unwrap();
    assert!(!jobs::hold(tx, &begun).await.unwrap());
    jobs::end(tx, &begun).await.unwrap();
    jobs::put_off(tx, &begun, at(999)).await.unwrap();
    let again = due(tx, 60).await.into_iter().find(|one| one.repo == second).unwrap();
    assert_eq!((again.tries, again.due), (0, at(60)));
    for job in due(tx, 99).await {
        jobs::end(tx, &job).await.unwrap();
    }
    assert_eq!(jobs::count(tx, 0).await.unwrap(), (0, 0));
}
