//! What refs a repo has, as git's clients are told.

use seedcorn_core::digest::Oid;
use seedcorn_db::git;

use crate::access::{Grant, Read};
use crate::{Commons, Result};

/// A ref.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The whole name.
    pub name: String,
    /// What it points at: a commit, or an annotated tag on one.
    pub object: Oid,
    /// The commit.
    pub commit: Oid,
}

/// Every ref of a repo, by name: branches, tags and the heads of pull requests.
///
/// # Errors
/// Those of the database.
pub async fn named(commons: &Commons, grant: &Grant<Read>) -> Result<Vec<Named>> {
    let refs = git::list_refs(&mut commons.db.look().await?, &grant.repo().id).await?;
    let named = |row: git::Ref| Named { object: row.object(), commit: row.target, name: row.name };
    Ok(refs.into_iter().map(named).collect())
}
