//! Jobs: what follows from a publication and need not be waited for. They are asked for in its transaction and done soon
//! after, by any process. Each may be left off anywhere and done again, so it writes down only what is true whenever it
//! ends.

mod measure;
mod weigh;

use std::time::Duration;

use futures_util::FutureExt;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Tx;
use seedcorn_db::jobs as rows;

use crate::{Commons, Refusal, Result};

/// Jobs that are looked for at once.
const PAGE: i64 = 32;

/// What is to be done with a repo.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Job {
    /// See how large the model on the default branch is.
    Measure,
    /// See how much of it no other public repo has.
    Weigh,
    /// The same with those that share with it, since others may see more or less of it than before.
    Spread,
}

impl Job {
    const ALL: [Job; 3] = [Job::Measure, Job::Weigh, Job::Spread];

    fn word(self) -> &'static str {
        match self {
            Job::Measure => "measure",
            Job::Weigh => "weigh",
            Job::Spread => "spread",
        }
    }
}

/// Asks for what follows when the default branch of a repo moved.
pub(crate) async fn moved(commons: &Commons, tx: &mut Tx, repo: &RepoId, kind: RepoKind) -> Result<()> {
    if kind == RepoKind::Model {
        rows::ask(tx, Job::Measure.word(), repo, commons.now()).await?;
    }
    rows::ask(tx, Job::Weigh.word(), repo, commons.now()).await?;
    wake(commons);
    Ok(())
}

/// Asks for what follows when what others may see of a repo changed.
pub(crate) async fn shown(commons: &Commons, tx: &mut Tx, repo: &RepoId) -> Result<()> {
    rows::ask(tx, Job::Spread.word(), repo, commons.now()).await?;
    wake(commons);
    Ok(())
}

/// Whoever waits looks at once; if the transaction is not through by then, at its next look.
fn wake(commons: &Commons) {
    commons.work.notify_one();
}

/// Waits until there may be jobs: one was asked for in this process, or some time has passed.
pub async fn wait(commons: &Commons) {
    let patience = Duration::from_secs(limits::JOBS_LOOK_SECS);
    let _ = tokio::time::timeout(patience, commons.work.notified()).await;
}

/// Does every job that is due, and tells how many were done.
pub async fn run_due(commons: &Commons) -> Result<usize> {
    let mut done = 0;
    loop {
        let jobs = rows::due(&mut commons.db.look().await?, commons.now(), PAGE).await?;
        if jobs.is_empty() {
            return Ok(done);
        }
        for job in &jobs {
            done += usize::from(run(commons, job).await?);
        }
    }
}

/// Does one job, if nobody else began it.
async fn run(commons: &Commons, job: &rows::Job) -> Result<bool> {
    let mut tx = commons.db.write().await?;
    if !rows::begin(&mut tx, job, commons.now().plus_secs(limits::JOB_SECS)).await? {
        return Ok(false);
    }
    tx.commit().await?;
    let work = match Job::ALL.into_iter().find(|known| known.word() == job.kind) {
        Some(Job::Measure) => measure::run(commons, &job.repo).boxed(),
        Some(Job::Weigh) => weigh::run(commons, &job.repo).boxed(),
        Some(Job::Spread) => weigh::spread(commons, &job.repo).boxed(),
        // A newer process asked for it, and will do it.
        None => return Ok(false),
    };
    let worked = tokio::time::timeout(Duration::from_secs(limits::JOB_SECS as u64 / 2), work).await;
    let worked = worked.unwrap_or_else(|_| Err(Refusal::Busy("it takes too long".into())));
    let mut tx = commons.db.write().await?;
    match &worked {
        Ok(()) => rows::end(&mut tx, job).await?,
        Err(refusal) => {
            let wait = limits::JOB_AGAIN_SECS << job.tries.clamp(0, 16);
            let wait = wait.min(limits::JOB_AGAIN_SECS_MAX);
            rows::put_off(&mut tx, job, commons.now().plus_secs(wait)).await?;
            tracing::warn!(job = job.kind, repo = %job.repo, %refusal, "a job failed; it is tried again in {wait} s");
        }
    }
    tx.commit().await?;
    Ok(worked.is_ok())
}
