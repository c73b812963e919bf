//! Puts the demo set into an empty hub, through the same deeds that clients use.

use seedcorn_core::access::Actor;

use super::{DemoRepo, groups, repos, used};
use crate::access::{Grant, Propose, Write, authorize};
use crate::admin::{self, NewNamespace};
use crate::publish::refs::{self, RefKind};
use crate::repo::{self, NewRepo};
use crate::{Commons, Refusal, Result, publish};

/// Makes the set; false, and nothing done, if the hub has a repo already.
pub async fn seed(commons: &Commons) -> Result<bool> {
    if seedcorn_db::repos::count(&mut commons.db.read().await?).await? > 0 {
        return Ok(false);
    }
    let now = commons.now();
    for group in groups() {
        let new = |name: &str, full_name: &str| NewNamespace {
            name: name.into(),
            full_name: full_name.into(),
            ..NewNamespace::default()
        };
        made(admin::add_group(&commons.db, new(group.name, group.full_name), now).await)?;
        for member in group.members {
            made(admin::add_member(&commons.db, new(member.name, member.full_name), now).await)?;
            admin::join(&commons.db, group.name, member.name, member.role, now).await?;
        }
    }
    for repo in repos() {
        make(commons, repo).await?;
    }
    used::seed(commons).await?;
    Ok(true)
}

/// A name that is there already is as good as one just made.
fn made<T>(result: Result<T>) -> Result<()> {
    match result {
        Ok(_) | Err(Refusal::Conflict(_)) => Ok(()),
        Err(refusal) => Err(refusal),
    }
}

/// The first member of the owning group, who signs the demo's commits.
async fn author(commons: &Commons, owner: &str) -> Result<Actor> {
    let group = groups().into_iter().find(|group| group.name == owner);
    let member = group.and_then(|group| group.members.first());
    let member = member.ok_or_else(|| Refusal::Broken(anyhow::anyhow!("{owner} has no members")))?;
    admin::act_as(commons, member.name).await
}

async fn make(commons: &Commons, demo: DemoRepo) -> Result<()> {
    let actor = author(commons, demo.owner).await?;
    let new = NewRepo {
        kind: demo.kind,
        owner: Some(demo.owner.into()),
        name: demo.name.into(),
        private: Some(false),
        sdk: String::new(),
    };
    repo::create(commons, &actor, new).await?;
    let full_name = format!("{}/{}", demo.owner, demo.name);
    let grant: Grant<Propose> = authorize(commons, Some(&actor), demo.kind, &full_name).await?;
    for commit in demo.commits {
        publish::whole(commons, &grant, commit.message, commit.files).await?;
        if let Some(tag) = commit.tag {
            let grant: Grant<Write> = authorize(commons, Some(&actor), demo.kind, &full_name).await?;
            refs::create(commons, &grant, RefKind::Tag, tag, None).await?;
        }
    }
    Ok(())
}
