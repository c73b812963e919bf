//! Damage, told apart from not being able to look: one becomes a finding, the other ends the check.

use seedcorn_content::xet::store::XetError;
use seedcorn_content::{DepotError, OffloadError};
use seedcorn_db::DbError;

use crate::{Commons, Refusal, Result};

/// Why a thing was not found sound.
pub(super) enum Unsound {
    /// It is damaged or missing; the text goes on after its name and a colon.
    Bad(String),
    /// It could not be looked at.
    Unchecked(Refusal),
}

impl Unsound {
    pub(super) fn bad(why: impl std::fmt::Display) -> Unsound {
        Unsound::Bad(why.to_string())
    }

    /// A depot that answers but does not hand out an object has lost it: a bad sector is damage, a dead network is
    /// not.
    pub(super) async fn depot(commons: &Commons, error: DepotError) -> Unsound {
        match error {
            DepotError::Missing(path) => Unsound::Bad(format!("the depot has no {path}")),
            DepotError::Another(path) => Unsound::Bad(format!("the depot has another {path}")),
            DepotError::Full | DepotError::Address(_) => Unsound::Unchecked(error.into()),
            DepotError::Store(_) => match commons.depot.ping().await {
                Ok(()) => Unsound::Bad(format!("the depot cannot read it: {error}")),
                Err(_) => Unsound::Unchecked(error.into()),
            },
        }
    }

    pub(super) async fn xet(commons: &Commons, error: XetError) -> Unsound {
        match error {
            XetError::Depot(error) => Unsound::depot(commons, error).await,
            XetError::Catalog(_) | XetError::Offload(_) => Unsound::Unchecked(Refusal::broken(error)),
            error => Unsound::bad(error),
        }
    }
}

impl From<DbError> for Unsound {
    fn from(error: DbError) -> Self {
        Unsound::Unchecked(error.into())
    }
}

impl From<OffloadError> for Unsound {
    fn from(error: OffloadError) -> Self {
        Unsound::Unchecked(error.into())
    }
}

impl From<std::io::Error> for Unsound {
    fn from(error: std::io::Error) -> Self {
        Unsound::Unchecked(error.into())
    }
}

/// What is wrong with a thing, if something is; an error ends the check.
pub(super) fn settle<T>(looked: Result<T, Unsound>) -> Result<Result<T, String>> {
    match looked {
        Ok(sound) => Ok(Ok(sound)),
        Err(Unsound::Bad(why)) => Ok(Err(why)),
        Err(Unsound::Unchecked(refusal)) => Err(refusal),
    }
}
