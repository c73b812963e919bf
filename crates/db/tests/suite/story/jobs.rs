//! Jobs are asked for, begun, ended and put off.

use seedcorn_core::id::RepoId;
use seedcorn_db::Tx;
use seedcorn_db::jobs::{self, Job};

use super::people::Cast;
use crate::rows::{at, repo};

async fn due(tx: &mut Tx, moment: i64) -> Vec<Job> {
    jobs::due(tx, at(moment), 9).await.unwrap()
}

pub(crate) async fn wait_their_turn(tx: &mut Tx, cast: &Cast) {
    let first: RepoId = repo(tx, &cast.ada, "job-one").await;
    let second: RepoId = repo(tx, &cast.ada, "job-two").await;
    jobs::ask(tx, "measure", &first, at(10)).await.unwrap();
    jobs::ask(tx, "measure", &second, at(5)).await.unwrap();
    jobs::ask(tx, "other", &first, at(20)).await.unwrap();
    assert!(due(tx, 4).await.is_empty());
    let both = due(tx, 10).await;
    assert_eq!(
        both.iter().map(|job| &job.repo).collect::<Vec<_>>(),
        [&second, &first],
        "the longest due first"
    );
    assert_eq!(jobs::due(tx, at(99), 1).await.unwrap().len(), 1);

    // Only one begins it, and while they are at it nobody else does.
    let job = &both[0];
    assert_eq!((job.kind.as_str(), job.asked, job.tries, job.due), ("measure", 1, 0, at(5)));
    assert!(jobs::begin(tx, job, at(50)).await.unwrap());
    assert!(!jobs::begin(tx, job, at(50)).await.unwrap(), "begun already");
    assert_eq!(due(tx, 10).await.len(), 1);
    assert_eq!(
        due(tx, 50).await.iter().find(|one| one.repo == second).unwrap().tries,
        1,
        "left, and due again"
    );
    jobs::put_off(tx, job, at(70)).await.unwrap();
    assert!(due(tx, 69).await.iter().all(|one| one.repo != second));
    assert_eq!(jobs::count(tx, 1).await.unwrap(), (3, 1));

    // Asked for while it runs, it is not over when it ends.
    jobs::ask(tx, "measure", &second, at(60)).await.unwrap();
    jobs::end(tx, job).await.unwrap();
    jobs::put_off(tx, job, at(999)).await.unwrap();
    let again = due(tx, 60).await.into_iter().find(|one| one.repo == second).unwrap();
    assert_eq!((again.asked, again.tries, again.due), (2, 0, at(60)));
    for job in due(tx, 99).await {
        jobs::end(tx, &job).await.unwrap();
    }
    assert_eq!(jobs::count(tx, 0).await.unwrap(), (0, 0));
}
