//! Where two lines of history parted.

use std::collections::BTreeMap;

use seedcorn_core::digest::Oid;
use seedcorn_core::limits;
use seedcorn_db::git::{self, Commit};

use crate::access::{Grant, See};
use crate::{Commons, Refusal, Result};

/// Commits read at once.
const PAGE: i64 = 256;
/// Reached from the first, and from the second.
const BOTH: u8 = 3;

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
    let repo = &grant.repo().id;
    let mut reached: BTreeMap<Oid, u8> = BTreeMap::from([(first.oid, 1)]);
    *reached.entry(second.oid).or_default() |= 2;
    // Every commit comes after all that have it as a parent, so its marks are whole when it is met; and the first that
    // both reach has none above it.
    let mut place = (first.generation.max(second.generation) + 1, String::new());
    let mut walked = 0;
    while walked < limits::HISTORY_WALK_MAX {
        let mut tx = commons.db.read().await?;
        let page = git::list_commits_below(&mut tx, repo, (place.0, &place.1), PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else {
            return Ok(None);
        };
        place = (last.generation, last.oid.to_string());
        walked += page.len();
        for commit in page {
            match reached.remove(&commit.oid) {
                Some(BOTH) => return Ok(Some(commit)),
                Some(mark) => commit.parents().for_each(|parent| *reached.entry(parent).or_default() |= mark),
                None => {}
            }
        }
        // All that is left belongs to one of the two.
        let marks = reached.values().fold(0, |all, mark| all | mark);
        if marks != BOTH {
            return Ok(None);
        }
    }
    let max = limits::HISTORY_WALK_MAX;
    let text = format!("the two share no commit within {max}; compare them with two dots instead of three");
    Err(Refusal::TooLarge(text))
}

/// The commits that one leads to and another does not, the newest first: at most `limit`, and whether those are all.
pub async fn ahead(
    commons: &Commons,
    grant: &Grant<See>,
    (from, without): (&Commit, &Commit),
    limit: usize,
) -> Result<(Vec<Commit>, bool)> {
    const FROM: u8 = 1;
    let repo = &grant.repo().id;
    let mut reached: BTreeMap<Oid, u8> = BTreeMap::from([(from.oid, FROM)]);
    *reached.entry(without.oid).or_default() |= 2;
    let mut place = (from.generation.max(without.generation) + 1, String::new());
    let (mut found, mut walked) = (Vec::new(), 0);
    while reached.values().any(|mark| *mark == FROM) {
        if walked >= limits::HISTORY_WALK_MAX {
            return Ok((found, false));
        }
        let mut tx = commons.db.read().await?;
        let page = git::list_commits_below(&mut tx, repo, (place.0, &place.1), PAGE).await?;
        drop(tx);
        let Some(last) = page.last() else { break };
        place = (last.generation, last.oid.to_string());
        walked += page.len();
        for commit in page {
            let Some(mark) = reached.remove(&commit.oid) else { continue };
            commit.parents().for_each(|parent| *reached.entry(parent).or_default() |= mark);
            if mark == FROM && found.len() == limit {
                return Ok((found, false));
            }
            if mark == FROM {
                found.push(commit);
            }
        }
    }
    Ok((found, true))
}
