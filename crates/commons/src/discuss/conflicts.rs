//! Whether a pull request can be merged as it is.

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

/// Tells whether a pull request can be merged.
pub async fn conflicts(commons: &Commons, grant: &Grant<See>, sides: &Sides) -> Result<Conflicts> {
    let parted = sides.parted.as_ref();
    if parted.is_some_and(|parted| parted.oid == sides.head.oid) {
        return Ok(Conflicts::Nothing);
    }
    if parted.is_some_and(|parted| parted.oid == sides.onto.oid) {
        return Ok(Conflicts::Ahead);
    }
    let objects = Objects::open(commons, &grant.repo().id).await?;
    let roots = Three {
        base: parted.map(|commit| commit.tree),
        ours: Some(sides.onto.tree),
        theirs: Some(sides.head.tree),
    };
    match trees::merge(&objects, roots).await {
        Ok(merged) if merged.conflicts.is_empty() => Ok(Conflicts::None),
        Ok(merged) => Ok(Conflicts::Files(merged.conflicts.into_iter().collect())),
        Err(Refusal::TooLarge(why)) => Ok(Conflicts::Unknown(why)),
        Err(refusal) => Err(refusal),
    }
}
