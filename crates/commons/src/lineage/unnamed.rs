//! What is measured and not declared: told to the owners of both works.

use std::collections::{BTreeMap, BTreeSet};

use seedcorn_core::access::Actor;
use seedcorn_core::id::RepoId;
use seedcorn_core::limits;
use seedcorn_db::lineage as rows;
use seedcorn_db::repos::{self, Repo};

use crate::{Commons, Result, list, people};

/// A work that has bytes of another which had them first, and does not say so.
#[derive(Clone, Debug)]
pub struct Unnamed {
    /// What has them.
    pub child: Repo,
    /// What had them first.
    pub parent: Repo,
}

/// What is measured and not declared between works of an owner and those of others, for those who publish in the owner's name;
/// nothing for others, and nothing of works that they may not see.
pub async fn unnamed(commons: &Commons, actor: &Actor, owner: &str) -> Result<Vec<Unnamed>> {
    let is_theirs = people::homes(commons, actor).await?.iter().any(|home| home == owner);
    if !is_theirs {
        return Ok(Vec::new());
    }
    let owner = people::profile(commons, owner).await?.namespace;
    let mut tx = commons.db.look().await?;
    let (mine, all) = list::sees(Some(actor));
    let pairs = rows::unnamed(&mut tx, &owner.id, (&mine, all), limits::LINEAGE_UNNAMED_MAX).await?;
    let ids: BTreeSet<&RepoId> = pairs.iter().flat_map(|(child, parent)| [child, parent]).collect();
    let ids: Vec<RepoId> = ids.into_iter().cloned().collect();
    let seen = repos::list_seen_by_id(&mut tx, &ids, &mine, all).await?;
    let seen: BTreeMap<&str, &Repo> = seen.iter().map(|repo| (repo.id.as_str(), repo)).collect();
    let find = |id: &RepoId| seen.get(id.as_str()).map(|repo| (*repo).clone());
    let told =
        |(child, parent): &(RepoId, RepoId)| Some(Unnamed { child: find(child)?, parent: find(parent)? });
    Ok(pairs.iter().filter_map(told).collect())
}
