//! Where two lines of history parted.

use seedcorn_core::limits;
use seedcorn_db::git::Commit;

use super::graph::Walk;
use crate::access::{Grant, See};
use crate::{Commons, Refusal, Result};

/// Reached from the first, and from the second.
const FIRST: u8 = 1;
const SECOND: u8 = 2;
const BOTH: u8 = FIRST | SECOND;
/// Below a commit that both share: nothing new comes of it.
const BELOW: u8 = 4;

/// The commits that two share and that lead to no other such: mostly one, and several where the two were merged into each other (git's
/// `merge-base --all`).
#[derive(Clone, Debug)]
pub struct Bases {
    /// The commits, the youngest first.
    pub found: Vec<Commit>,
    /// Whether those are all: it is not looked further than [`limits::HISTORY_WALK_MAX`] commits.
    pub all: bool,
}

/// Where two commits parted.
pub async fn merge_bases(
    commons: &Commons,
    grant: &Grant<See>,
    first: &Commit,
    second: &Commit,
) -> Result<Bases> {
    let mut walk = Walk::new(commons, &grant.repo().id, [(first, FIRST), (second, SECOND)]);
    let mut found = Vec::new();
    // Two lines can meet as long as there are two.
    while walk.marks().filter(|mark| mark & BELOW == 0).fold(0, |all, mark| all | mark) == BOTH {
        if walk.walked >= limits::HISTORY_WALK_MAX {
            return Ok(Bases { found, all: false });
        }
        let Some((commit, mark)) = walk.next() else { break };
        let is_base = mark == BOTH;
        walk.follow(&commit, if is_base { BOTH | BELOW } else { mark }).await?;
        if is_base {
            found.push(commit);
        }
    }
    Ok(Bases { found, all: true })
}

/// The youngest commit that two commits share; `None` if they share none.
///
/// # Errors
/// `TooLarge` if it is not found within [`limits::HISTORY_WALK_MAX`] commits.
pub async fn merge_base(
    commons: &Commons,
    grant: &Grant<See>,
    first: &Commit,
    second: &Commit,
) -> Result<Option<Commit>> {
    let bases = merge_bases(commons, grant, first, second).await?;
    if bases.found.is_empty() && !bases.all {
        let max = limits::HISTORY_WALK_MAX;
        let text =
            format!("the two share no commit within {max}; compare them with two dots instead of three");
        return Err(Refusal::TooLarge(text));
    }
    Ok(bases.found.into_iter().next())
}

/// The commits that one leads to and another does not, the newest first: at most `limit`, and whether those are all.
pub async fn ahead(
    commons: &Commons,
    grant: &Grant<See>,
    (from, without): (&Commit, &Commit),
    limit: usize,
) -> Result<(Vec<Commit>, bool)> {
    let mut walk = Walk::new(commons, &grant.repo().id, [(from, FIRST), (without, SECOND)]);
    let mut found = Vec::new();
    while walk.marks().any(|mark| mark == FIRST) {
        if walk.walked >= limits::HISTORY_WALK_MAX {
            return Ok((found, false));
        }
        let Some((commit, mark)) = walk.next() else { break };
        if mark == FIRST && found.len() == limit {
            return Ok((found, false));
        }
        walk.follow(&commit, mark).await?;
        if mark == FIRST {
            found.push(commit);
        }
    }
    Ok((found, true))
}
