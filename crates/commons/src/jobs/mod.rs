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
use seedcorn_db::openness;

use crate::lineage::{self, TRACE};
use crate::scan::{self, SCAN};
use crate::signing::{self, SIGNED};
use crate::{Commons, Refusal, Result, grade};

/// Jobs that are looked for at once: few, so that an urgent one that comes meanwhile does not wait long.
const PAGE: i64 = 4;

/// The word for grading the default branch.
pub(crate) const REGRADE: &str = "regrade";

/// What is to be done with a repo.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Job {
    /// See how large the model on the default branch is.
    Measure,
    /// Grade how open the default branch is.
    Regrade,
    /// Ask for the grading of all that names it.
    Follow,
    /// See whether files may harm whoever opens them.
    Scan,
    /// See who signed the files on the default branch, and whether that holds.
    Sign,
    /// See what it builds upon.
    Trace,
    /// Ask for that of all that has what it had before.
    Retrace,
    /// See which repos share bytes with it, and ask for all of them to be weighed.
    Spread,
    /// See how much of it no other repo has that everybody may read.
    Weigh,
}

impl Job {
    /// The most urgent first: for what somebody looks at after a publication. New rules have all files looked into anew, which keeps
    /// nothing else waiting.
    const ALL: [Job; 9] = [
        Job::Measure,
        Job::Regrade,
        Job::Sign,
        Job::Follow,
        Job::Trace,
        Job::Retrace,
        Job::Spread,
        Job::Weigh,
        Job::Scan,
    ];

    fn word(self) -> &'static str {
        match self {
            Job::Measure => "measure",
            Job::Regrade => REGRADE,
            Job::Follow => "follow",
            Job::Scan => SCAN,
            Job::Sign => SIGNED,
            Job::Trace => TRACE,
            Job::Retrace => "retrace",
            Job::Spread => "spread",
            Job::Weigh => "weigh",
        }
    }
}

/// Asks for what follows when the default branch of a repo moved.
pub(crate) async fn moved(commons: &Commons, tx: &mut Tx, repo: &RepoId, kind: RepoKind) -> Result<()> {
    if kind == RepoKind::Model {
        rows::ask(tx, Job::Measure.word(), repo, commons.now()).await?;
    }
    rows::ask(tx, SCAN, repo, commons.now()).await?;
    rows::ask(tx, SIGNED, repo, commons.now()).await?;
    graded(commons, tx, repo, kind).await?;
    rows::ask(tx, Job::Follow.word(), repo, commons.now()).await?;
    rows::ask(tx, TRACE, repo, commons.now()).await?;
    tx.wake(&commons.work);
    Ok(())
}

/// Asks for what follows when a branch, a tag or a pull request of a repo is another one: it may hold weights of the way to the final
/// ones, and what harms.
pub(crate) async fn branched(commons: &Commons, tx: &mut Tx, repo: &RepoId, kind: RepoKind) -> Result<()> {
    rows::ask(tx, SCAN, repo, commons.now()).await?;
    tx.wake(&commons.work);
    graded(commons, tx, repo, kind).await
}

/// Asks for the grading of the default branch.
pub(crate) async fn graded(commons: &Commons, tx: &mut Tx, repo: &RepoId, kind: RepoKind) -> Result<()> {
    if grade::is_graded(kind) {
        rows::ask(tx, REGRADE, repo, commons.now()).await?;
        tx.wake(&commons.work);
    }
    Ok(())
}

/// Asks for what follows when others may know another thing of a repo than before: its name, whether it is there, who may
/// read it.
pub(crate) async fn told(commons: &Commons, tx: &mut Tx, repo: &RepoId, kind: RepoKind) -> Result<()> {
    graded(commons, tx, repo, kind).await?;
    rows::ask(tx, SIGNED, repo, commons.now()).await?;
    rows::ask(tx, Job::Follow.word(), repo, commons.now()).await?;
    rows::ask(tx, TRACE, repo, commons.now()).await?;
    if matches!(kind, RepoKind::Model | RepoKind::Dataset) {
        sharers(commons, tx, repo).await?;
    }
    tx.wake(&commons.work);
    Ok(())
}

/// Asks for what follows when what a repo had first is another's, or another's is its own.
pub(crate) async fn sharers(commons: &Commons, tx: &mut Tx, repo: &RepoId) -> Result<()> {
    rows::ask(tx, Job::Retrace.word(), repo, commons.now()).await?;
    tx.wake(&commons.work);
    Ok(())
}

/// Asks for the grading of all repos that were graded by other rules than those of this program.
pub async fn regrade_all(commons: &Commons) -> Result<u64> {
    let mut tx = commons.db.write().await?;
    let kinds = [RepoKind::Model, RepoKind::Dataset];
    let asked = openness::ask_all(&mut tx, REGRADE, &kinds, &grade::rules(), commons.now()).await?;
    tx.commit().await?;
    Ok(asked)
}

/// Asks for what follows when a repo has more bytes, of which none can be another repo's as well: they lie in its own packs.
pub(crate) async fn grown(commons: &Commons, tx: &mut Tx, repo: &RepoId) -> Result<()> {
    rows::ask(tx, Job::Weigh.word(), repo, commons.now()).await?;
    tx.wake(&commons.work);
    Ok(())
}

/// Asks for what follows when a repo has other files than before, or others may see more or less of it.
pub(crate) async fn shared(commons: &Commons, tx: &mut Tx, repo: &RepoId) -> Result<()> {
    rows::ask(tx, Job::Spread.word(), repo, commons.now()).await?;
    tx.wake(&commons.work);
    Ok(())
}

/// Waits until there may be jobs: one was asked for in this process, or some time has passed.
pub async fn wait(commons: &Commons) {
    let patience = Duration::from_secs(limits::JOBS_LOOK_SECS);
    let _ = tokio::time::timeout(patience, commons.work.notified()).await;
}

/// Does every job that is due, and tells how many were done.
pub async fn run_due(commons: &Commons) -> Result<usize> {
    // Those that only a newer process knows are left to it.
    let kinds = Job::ALL.map(Job::word);
    let mut done = 0;
    loop {
        let jobs = rows::due(&mut commons.db.look().await?, &kinds, commons.now(), PAGE).await?;
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
    let Some(what) = Job::ALL.into_iter().find(|known| known.word() == job.kind) else {
        return Ok(false);
    };
    let mut tx = commons.db.write().await?;
    let Some(job) = rows::begin(&mut tx, job, commons.now().plus_secs(limits::JOB_SECS)).await? else {
        return Ok(false);
    };
    tx.commit().await?;
    let worked = work(commons, what, &job).await;
    let mut tx = commons.db.write().await?;
    match &worked {
        Ok(()) => rows::end(&mut tx, &job).await?,
        Err(refusal) => {
            let wait = limits::JOB_AGAIN_SECS << job.tries.clamp(1, 16);
            let wait = wait.min(limits::JOB_AGAIN_SECS_MAX);
            rows::put_off(&mut tx, &job, commons.now().plus_secs(wait)).await?;
            tracing::warn!(job = job.kind, repo = %job.repo, %refusal, "a job failed; it is tried again in {wait} s");
        }
    }
    tx.commit().await?;
    Ok(worked.is_ok())
}

async fn work(commons: &Commons, what: Job, job: &rows::Job) -> Result<()> {
    let work = match what {
        Job::Measure => measure::run(commons, job).boxed(),
        Job::Regrade => grade::regrade(commons, job).boxed(),
        Job::Follow => grade::follow(commons, job).boxed(),
        Job::Scan => scan::look(commons, job).boxed(),
        Job::Sign => signing::look(commons, job).boxed(),
        Job::Trace => lineage::trace(commons, job).boxed(),
        Job::Retrace => lineage::retrace(commons, job).boxed(),
        Job::Spread => weigh::spread(commons, job).boxed(),
        Job::Weigh => weigh::run(commons, job).boxed(),
    };
    // One that panics must not end the others.
    let work = std::panic::AssertUnwindSafe(work).catch_unwind();
    match tokio::time::timeout(Duration::from_secs(limits::JOB_SECS as u64 / 2), work).await {
        Ok(Ok(worked)) => worked,
        Ok(Err(_)) => Err(Refusal::Broken(anyhow::anyhow!("the job {} panicked", job.kind))),
        Err(_) => Err(Refusal::Busy("it takes too long".into())),
    }
}
