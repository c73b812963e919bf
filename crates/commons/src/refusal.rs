//! Why a deed was not done. Deeds decide what the asker may learn; the server only spells it.

use seedcorn_content::git::GitError;
use seedcorn_content::xet::store::XetError;
use seedcorn_content::{DepotError, OffloadError};
use seedcorn_core::digest::Oid;
use seedcorn_core::tree::TreeError;
use seedcorn_db::DbError;

/// What deeds return.
pub type Result<T, E = Refusal> = std::result::Result<T, E>;

/// Why not.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// No such repo, or none that the asker may know of: the two look alike.
    #[error("Repository not found")]
    Unseen,
    /// No such branch, tag or commit.
    #[error("Invalid rev id: {0}")]
    NoRevision(String),
    /// The revision exists and has no such path. `commit` is what the revision resolved to.
    #[error("{message}")]
    NoEntry {
        /// What to tell.
        message: String,
        /// The commit that lacks it, if one was found.
        commit: Option<Oid>,
    },
    /// The repo now has another name: `namespace/name`.
    #[error("this repository is now {0}")]
    Moved(String),
    /// Needs a token.
    #[error("{0}")]
    Unsigned(String),
    /// The token is unknown, expired or revoked.
    #[error("Invalid credentials in Authorization header")]
    BadToken,
    /// Known, but not allowed.
    #[error("{0}")]
    Forbidden(String),
    /// The repo's files need a grant that the asker has not; nobody has one without signing in.
    #[error("{text}")]
    Gated {
        /// What to tell.
        text: String,
        /// Whether it is known who asks.
        signed_in: bool,
    },
    /// Whoever runs the hub took the repo down. The Hub's clients know it by these words.
    #[error("Access to this resource is disabled.")]
    Disabled,
    /// A signed address that is wrong or has expired.
    #[error("{0}")]
    BadSeal(String),
    /// The request makes no sense; the text says which part and what to do.
    #[error("{0}")]
    Invalid(String),
    /// A body coded in a way that is not undone here.
    #[error("{0}")]
    Coded(String),
    /// A path, name or content that can be read but not be accepted.
    #[error("{0}")]
    Unprocessable(String),
    /// The branch moved since the asker looked.
    #[error("The branch was updated since you opened this page. Please refresh and try again.")]
    Stale,
    /// Something of that name is in the way.
    #[error("{0}")]
    Conflict(String),
    /// More than a limit allows; the text names the limit.
    #[error("{0}")]
    TooLarge(String),
    /// A range that the file does not have; the file's length.
    #[error("the range lies outside the file of {0} bytes")]
    Range(u64),
    /// Not here; the plain 404 of an address that leads nowhere.
    #[error("{0}")]
    NotFound(String),
    /// The sender stopped in the middle, or sends too slowly for what has to be kept in memory.
    #[error("{0}")]
    Slow(String),
    /// Too much at once; the same may be asked again.
    #[error("{0}")]
    Busy(String),
    /// No room left.
    #[error("the hub's storage is full; nothing was changed")]
    Full,
    /// Ours to mend. The text goes to the log, not to the asker.
    #[error("something broke on the hub's side")]
    Broken(#[source] anyhow::Error),
}

impl Refusal {
    /// Wraps anything that must not happen.
    pub fn broken(error: impl Into<anyhow::Error>) -> Refusal {
        Refusal::Broken(error.into())
    }
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        match error {
            DbError::Full => Refusal::Full,
            DbError::Busy(why) => {
                tracing::warn!(why, "the database is busy");
                Refusal::Busy(
                    "the database has too much in hand or does not answer; try again in a while".into(),
                )
            }
            DbError::Nul => Refusal::Invalid("a text may not hold NUL".into()),
            error => Refusal::broken(error),
        }
    }
}

impl From<DepotError> for Refusal {
    fn from(error: DepotError) -> Self {
        match error {
            DepotError::Full => Refusal::Full,
            error => Refusal::broken(error),
        }
    }
}

impl From<GitError> for Refusal {
    fn from(error: GitError) -> Self {
        match error {
            GitError::Depot(error) => error.into(),
            GitError::Folder(error) => error.into(),
            error => Refusal::broken(error),
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => Refusal::Full,
            _ => Refusal::broken(error),
        }
    }
}

impl From<OffloadError> for Refusal {
    fn from(error: OffloadError) -> Self {
        Refusal::broken(error)
    }
}

impl From<XetError> for Refusal {
    /// What a sender got wrong is theirs to mend; what is stored and unreadable is ours.
    fn from(error: XetError) -> Self {
        match error {
            XetError::Xorb(error) => Refusal::Invalid(format!("bad xorb: {error}")),
            XetError::Body(error) => Refusal::Invalid(format!("the body ended early: {error}")),
            XetError::TooLong(limit) => Refusal::TooLarge(format!("the body is longer than {limit} bytes")),
            XetError::Depot(error) => error.into(),
            XetError::Catalog(error) => match error.downcast::<DbError>() {
                Ok(error) => (*error).into(),
                Err(error) => Refusal::broken(XetError::Catalog(error)),
            },
            error => Refusal::broken(error),
        }
    }
}

impl From<TreeError> for Refusal {
    fn from(error: TreeError) -> Self {
        let message = error.to_string();
        match error {
            TreeError::TooMany(_) => Refusal::TooLarge(message),
            TreeError::NoSuchEntry(_) => Refusal::NoEntry { message, commit: None },
            TreeError::NotLoaded(_) => Refusal::broken(error),
            TreeError::BadPath(_) | TreeError::FileInTheWay { .. } | TreeError::FolderInTheWay(_) => {
                Refusal::Unprocessable(message)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_database_is_no_broken_one_whoever_asked_it() {
        let busy = || DbError::Busy("pool".into());
        let by_catalog = |error: DbError| Refusal::from(XetError::Catalog(Box::new(error)));
        assert!(matches!(Refusal::from(busy()), Refusal::Busy(_)));
        assert!(matches!(by_catalog(busy()), Refusal::Busy(_)));
        assert!(matches!(by_catalog(DbError::Full), Refusal::Full));
        assert!(matches!(by_catalog(DbError::Look("INSERT")), Refusal::Broken(_)));
        assert!(matches!(Refusal::from(XetError::Catalog("a map".into())), Refusal::Broken(_)));
    }
}
