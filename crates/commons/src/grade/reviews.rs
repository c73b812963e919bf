//! Reviews of evidence, as people signed them: kept as they came, and counted as long as their signer is a reviewer here.

use seedcorn_core::limits;
use seedcorn_core::openness::review::{self, Reviewed};
use seedcorn_db::{Tx, openness as rows};

use crate::access::{Grant, Level, Propose};
use crate::repo::Repo;
use crate::{Commons, Refusal, Result, jobs};

/// What a work is called in reviews of it.
pub(super) fn work(repo: &Repo) -> String {
    format!("{}/{}", repo.kind.plural(), repo.full_name())
}

/// Takes a signed review of a piece of evidence of a work. What it changes shows when the work is graded anew, which is asked
/// for.
///
/// # Errors
/// `Unprocessable` for what is no review, is signed by no reviewer of this hub, or is of another work.
pub async fn add_review(commons: &Commons, grant: &Grant<Propose>, note: &str) -> Result<Reviewed> {
    let repo = grant.repo();
    let refuse = |why: String| Refusal::Unprocessable(why);
    let reviewed = review::verified(note, &commons.reviewers).map_err(|bad| refuse(bad.to_string()))?;
    if !reviewed.review.work.eq_ignore_ascii_case(&work(repo)) {
        return Err(refuse(format!("the review is of {}, and this is {}", reviewed.review.work, work(repo))));
    }
    let mut tx = commons.db.write().await?;
    let grant = grant.confirm(&mut tx, commons.now()).await?;
    let most = i64::try_from(limits::REVIEWS_MAX).unwrap_or(i64::MAX);
    let there = rows::reviews(&mut tx, &repo.id, most).await?;
    if there.len() >= limits::REVIEWS_MAX {
        return Err(refuse(format!("a work has at most {} reviews", limits::REVIEWS_MAX)));
    }
    // Sent again, it is the same review.
    if !there.iter().any(|known| known == note) {
        rows::add_review(&mut tx, &grant.repo().id, note, commons.now()).await?;
        jobs::graded(commons, &mut tx, &repo.id, repo.kind).await?;
    }
    tx.commit().await?;
    Ok(reviewed)
}

/// The reviews of a work that count, the oldest first, each with the note that anybody can check.
pub async fn reviews(commons: &Commons, grant: &Grant<impl Level>) -> Result<Vec<(Reviewed, String)>> {
    within(&mut commons.db.look().await?, commons, grant.repo()).await
}

pub(super) async fn within(tx: &mut Tx, commons: &Commons, repo: &Repo) -> Result<Vec<(Reviewed, String)>> {
    if commons.reviewers.is_empty() {
        return Ok(Vec::new());
    }
    let most = i64::try_from(limits::REVIEWS_MAX).unwrap_or(i64::MAX);
    let notes = rows::reviews(tx, &repo.id, most).await?.into_iter();
    Ok(notes.filter_map(|note| Some((review::verified(&note, &commons.reviewers).ok()?, note))).collect())
}
