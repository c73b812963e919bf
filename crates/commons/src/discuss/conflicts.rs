//! Whether a pull request can be merged as it is.

use seedcorn_core::digest::Oid;
use seedcorn_core::id::RepoId;

use super::merge::elsewhere;
use super::pull::Sides;
use super::trees::{self, Three};
use crate::access::{Grant, See};
use crate::objects::Objects;
use crate::{Commons, Refusal, Result};

/// How a pull request stands to what it would be merged into.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Conflicts {
    /// All that it brings is there already.
    Nothing,
    /// It goes on where the branch ends: the branch can just move on.
    Ahead,
    /// Both went on, and can be merged.
    None,
    /// Both changed these files in their own way; of many, the first.
    Files(Vec<String>),
    /// It cannot be told here: why.
    Unknown(String),
}

impl Conflicts {
    /// About how many bytes it takes to remember.
    pub(crate) fn weight(&self) -> u32 {
        let bytes = match self {
            Conflicts::Files(files) => files.iter().map(|path| path.len() + 32).sum(),
            Conflicts::Unknown(why) => why.len(),
            Conflicts::Nothing | Conflicts::Ahead | Conflicts::None => 0,
        };
        u32::try_from(bytes + 200).unwrap_or(u32::MAX)
    }
}

/// What is merged: in which repo, and the trees where both parted, of the one and of the other.
pub(crate) type Trial = (RepoId, Three<Oid>);

/// Tells whether a pull request can be merged. It is tried, a few at once, and remembered how it went: a page that everybody may read must
/// not cost that every time.
pub async fn conflicts(commons: &Commons, grant: &Grant<See>, sides: &Sides) -> Result<Conflicts> {
    if let Some(why) = sides.unclear {
        return Ok(Conflicts::Unknown(elsewhere(why)));
    }
    if sides.brings_nothing() {
        return Ok(Conflicts::Nothing);
    }
    if sides.is_ahead() {
        return Ok(Conflicts::Ahead);
    }
    let trial: Trial = (grant.repo().id.clone(), sides.roots());
    if let Some(known) = commons.trials.get(&trial) {
        return Ok(known);
    }
    let _turn = commons.trying.acquire().await.map_err(Refusal::broken)?;
    if let Some(known) = commons.trials.get(&trial) {
        return Ok(known);
    }
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let found = match trees::merge(&objects, sides.roots()).await {
        Ok(merged) if merged.conflicts.is_empty() => Conflicts::None,
        Ok(merged) => Conflicts::Files(merged.conflicts.into_iter().collect()),
        Err(Refusal::TooLarge(why)) => Conflicts::Unknown(why),
        Err(refusal) => return Err(refusal),
    };
    commons.trials.insert(trial, found.clone());
    Ok(found)
}
