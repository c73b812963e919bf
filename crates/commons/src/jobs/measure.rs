//! How large the model on the default branch of a repo is, so that lists can be narrowed by it.

use seedcorn_db::jobs::{self, Job};
use seedcorn_db::{git, repos};

use crate::access::{self, Grant, Read};
use crate::model_size::{Says, model_size};
use crate::objects::MAIN;
use crate::{Commons, Refusal, Result};

pub(super) async fn run(commons: &Commons, job: &Job) -> Result<()> {
    let repo = &job.repo;
    let Some(grant): Option<Grant<Read>> = access::for_the_hub(commons, repo).await? else {
        return Ok(());
    };
    let Some(commit) = git::find_commit_of_ref(&mut commons.db.look().await?, repo, MAIN).await? else {
        return Ok(());
    };
    let says = model_size(commons, &grant, &commit).await?;
    let says = says.ok_or_else(|| Refusal::Busy("not all headers were read in time".into()))?;
    let mut tx = commons.db.write().await?;
    // In the order in which deeds lock the two: the repo, then its jobs.
    repos::lock(&mut tx, repo).await?;
    // If it was asked for again meanwhile, what is there may be newer than this.
    if jobs::hold(&mut tx, job).await? {
        repos::set_parameters(&mut tx, repo, parameters(&says)).await?;
    }
    Ok(tx.commit().await?)
}

/// What is in safetensors is the model itself, a GGUF beside it one rendering of it.
fn parameters(says: &Says) -> Option<i64> {
    let size = says.safetensors.as_ref().or(says.gguf.as_ref().map(|(size, _)| size))?;
    Some(i64::try_from(size.total).unwrap_or(i64::MAX))
}
