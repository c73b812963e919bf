//! What is required of the openness of what somebody pulls: by the hub, by themselves, by their groups.

use seedcorn_core::access::Action;
use seedcorn_core::openness::{Grade, Policy, Ruling};
use seedcorn_db::git::{self, Commit};

use super::{at, brief, is_graded};
use crate::access::{Grant, Read};
use crate::objects::MAIN;
use crate::{Commons, Refusal, Result};

fn policy(commons: &Commons, grant: &Grant<Read>) -> Policy {
    let own = grant.actor().map_or(Policy::default(), |actor| actor.policy);
    commons.pull_policy.and(own)
}

/// Whether anything is asked of what is pulled by whoever has the grant.
pub(crate) fn is_asked(commons: &Commons, grant: &Grant<Read>) -> bool {
    let is_free = policy(commons, grant).is_none() || grant.may(Action::Write);
    !is_free && is_graded(grant.repo().kind)
}

/// Whether a revision may be pulled by whoever has the grant, as far as its openness is concerned. Tells a warning if one is
/// asked for. Without a commit, what is asked is of the default branch.
///
/// Whoever may publish to a repo may pull it: otherwise nobody could mend it.
///
/// # Errors
/// `Forbidden` with the reason.
pub async fn may_pull(
    commons: &Commons,
    grant: &Grant<Read>,
    commit: Option<&Commit>,
) -> Result<Option<String>> {
    let (policy, repo) = (policy(commons, grant), grant.repo());
    if !is_asked(commons, grant) {
        return Ok(None);
    }
    let commit = match commit {
        Some(commit) => commit.clone(),
        None => match git::find_commit_of_ref(&mut commons.db.look().await?, &repo.id, MAIN).await? {
            Some(commit) => commit,
            None => return Ok(None),
        },
    };
    let known = brief(commons, grant, &commit.oid).await?;
    let grade = match known {
        Some(brief) => brief.confirmed,
        None => at(commons, grant, &commit).await?.usual().confirmed,
    };
    let name = repo.full_name();
    let has = match grade {
        Grade::Unclassified => "no class of openness".to_owned(),
        grade => format!("Class {grade}"),
    };
    let page = format!("/{}{name}/openness", repo.kind.prefix());
    match policy.rule(grade.class()) {
        Ruling::Fine => Ok(None),
        Ruling::Warn(least) => {
            Ok(Some(format!("{name} has {has}, and Class {least} is asked for; {page} tells why")))
        }
        Ruling::Refuse(least) => {
            let whose = match commons.pull_policy.refuse >= Some(least) {
                true => "this hub requires",
                false => "you or one of your groups require",
            };
            Err(Refusal::Forbidden(format!(
                "{name} has {has}, and {whose} Class {least} of what is pulled; {page} tells why"
            )))
        }
    }
}
