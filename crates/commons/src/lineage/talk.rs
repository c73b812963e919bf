//! What those who run two works say of a derivation between them.

use seedcorn_core::access::{Action, Verdict, decide};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::lineage as rows;
use seedcorn_db::repos;

use crate::access::{Grant, See, subject};
use crate::{Commons, Refusal, Result};

/// Says something of what is between a work and one that it builds upon, by what names that: against it, or in answer.
///
/// # Errors
/// `Invalid` for what is no derivation, empty or too long; `Forbidden` for those who may publish to neither of the two.
pub async fn say(
    commons: &Commons,
    child: &Grant<See>,
    parent: &str,
    contests: bool,
    words: &str,
) -> Result<()> {
    let words = words.trim();
    if words.is_empty() {
        return Err(Refusal::Invalid("say why, so that others can judge".into()));
    }
    if words.chars().count() > limits::LINEAGE_WORDS_CHARS_MAX {
        let most = limits::LINEAGE_WORDS_CHARS_MAX;
        return Err(Refusal::Invalid(format!("what you say has more than {most} characters")));
    }
    let actor = child.actor().ok_or_else(|| Refusal::Unsigned("sign in to say something of it".into()))?;
    let repo = child.repo();
    let mut tx = commons.db.write().await?;
    repos::lock(&mut tx, &repo.id).await?;
    let found = rows::above(&mut tx, std::slice::from_ref(&repo.id), limits::LINEAGE_EDGES_MAX).await?;
    let Some(derivation) = found.into_iter().find(|row| row.parent == parent) else {
        return Err(Refusal::Invalid(format!("{} is not known to build upon {parent}", repo.full_name())));
    };
    let mut may = child.may(Action::Write);
    if let Some(id) = derivation.parent_repo.filter(|_| !may) {
        let parent = repos::find_by_id(&mut tx, &RepoId(id)).await?;
        may = parent.is_some_and(|parent| {
            let name = parent.full_name();
            decide(Some(actor), Action::Write, &subject(&parent, &name)) == Verdict::Allowed
        });
    }
    if !may {
        return Err(Refusal::Forbidden(
            "only those who publish to one of the two works speak of it here".into(),
        ));
    }
    let said = rows::words(&mut tx, std::slice::from_ref(&repo.id), limits::LINEAGE_TALK_MAX).await?;
    if said.len() as i64 >= limits::LINEAGE_TALK_MAX {
        return Err(Refusal::Invalid("no more can be said of what this work builds upon".into()));
    }
    rows::add_word(&mut tx, (&repo.id, parent), &actor.member, contests, words, commons.now()).await?;
    tx.commit().await?;
    commons.changed();
    Ok(())
}
