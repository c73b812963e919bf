//! What those who run two works say of a derivation between them.

use seedcorn_core::access::{Action, Verdict, decide};
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_core::repo::RepoKind;
use seedcorn_db::Tx;
use seedcorn_db::lineage as rows;
use seedcorn_db::repos::{self, Named};

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
    if child.actor().is_none() {
        return Err(Refusal::Unsigned("sign in to say something of it".into()));
    }
    let mut tx = commons.db.write().await?;
    if !repos::lock(&mut tx, &child.repo().id).await? {
        return Err(Refusal::Unseen);
    }
    let child = child.confirm(&mut tx, commons.now()).await?;
    let (repo, Some(actor)) = (child.repo(), child.actor()) else { return Err(Refusal::Unseen) };
    let found = rows::above(&mut tx, std::slice::from_ref(&repo.id), limits::LINEAGE_EDGES_MAX).await?;
    // By what names it in the lineage, or by its name as a work of this hub.
    let id = here(&mut tx, parent).await?;
    let named = found.iter().find(|row| row.parent == parent);
    let derivation = named.or_else(|| found.iter().find(|row| id.is_some() && row.parent_repo == id));
    let mut may = child.may(Action::Write);
    if let Some(id) = derivation.and_then(|row| row.parent_repo.clone()).filter(|_| !may) {
        let parent = repos::find_by_id(&mut tx, &RepoId(id)).await?;
        may = parent.is_some_and(|parent| {
            let name = parent.full_name();
            decide(Some(actor), Action::Write, &subject(&parent, &name)) == Verdict::Allowed
        });
    }
    // Strangers are told nothing of what is known and what is not.
    if !may {
        return Err(Refusal::Forbidden(
            "only those who publish to one of the two works speak of it here".into(),
        ));
    }
    let Some(derivation) = derivation else {
        return Err(Refusal::Invalid(format!("{} is not known to build upon {parent}", repo.full_name())));
    };
    let parent = derivation.parent.as_str();
    // Each side has its own room, so that neither silences the other.
    let of_child = child.may(Action::Write);
    if rows::said(&mut tx, &repo.id, parent, of_child).await? >= limits::LINEAGE_TALK_EACH {
        let most = limits::LINEAGE_TALK_EACH;
        return Err(Refusal::Invalid(format!(
            "{most} things were said for this work already: that is the most"
        )));
    }
    let word = rows::NewWord { child: &repo.id, parent, member: &actor.member, of_child, contests, words };
    rows::add_word(&mut tx, &word, commons.now()).await?;
    tx.commit().await?;
    commons.changed();
    Ok(())
}

/// The id of a work of this hub by its name, as `models/ada/one`.
async fn here(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    let Some((kind, full_name)) = name.split_once('/') else { return Ok(None) };
    let Some(kind) = RepoKind::from_plural(kind) else { return Ok(None) };
    Ok(match repos::find(tx, kind, full_name).await? {
        Named::Repo(repo) => Some(repo.id.0),
        Named::Free | Named::Deleted => None,
    })
}
